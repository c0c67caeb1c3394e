"""A preview as a whole: steps merged, results told apart, the verdict."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.tools.report.logs import KONNECT, UNKNOWN, preview_of, recorded, step, urn
from tools.report.preview import Action, Preview

NETWORK = f"{KONNECT}CloudGatewayNetwork"


def policy(level: str, message: str = "Description.\nwhat is wrong", **more: Any) -> dict[str, Any]:
    said = {"policyName": "a-rule", "enforcementLevel": level, "message": message, **more}
    return {"policyEvent": said}


def failed(*events: dict[str, Any]) -> Preview:
    error = {"diagnosticEvent": {"message": "no", "severity": "error"}}
    return preview_of(*events, error)


def test_a_recorded_change_is_counted_once_for_each_resource() -> None:
    preview = recorded("change-prod")
    counts = Counter(one.action for one in preview.changes)
    assert counts == {Action.UPDATE: 7, Action.REPLACE: 7, Action.DELETE: 10}


def test_nothing_changes_in_a_preview_of_what_is_there() -> None:
    preview = recorded("same-prod")
    assert preview.changes == []
    assert preview.may_be_applied
    assert preview.verdict == "may be applied"


def test_the_engines_own_providers_are_not_resources_and_explicit_ones_are() -> None:
    preview = preview_of(
        step("create", "pulumi:providers:aws", "default_7_51_1", after={}),
        step("create", "pulumi:providers:pulumi-python", "konnect", after={}),
    )
    assert [one.name for one in preview.resources] == ["konnect"]


def test_a_rule_that_met_an_unknown_value_is_undecided_and_not_advice() -> None:
    preview = recorded("first-dev")
    assert [(one.rule, one.name, one.message) for one in preview.undecided] == [
        (
            "konnect-configuration-networks-known",
            "gateway-dev-configuration",
            "not known before `up`, which decides: gateway-dev-configuration "
            ".dataplane_groups.0.cloud_gateway_network_id",
        )
    ]
    assert {one.rule for one in preview.advisory} == {
        "cloud-stack-monthly-cost",
        "konnect-network-three-zones",
    }
    assert preview.may_be_applied


def test_a_finding_is_its_description_and_what_it_says_of_the_resource() -> None:
    (finding,) = recorded("change-prod").mandatory
    assert finding.description == "Blocks come from the plan."
    assert finding.message.startswith("gateway-prod-aws-us-east-2 has a block <b>outside</b>")
    assert finding.name == "gateway-prod-aws-us-east-2"
    assert finding.severity == "high"


def test_a_finding_on_the_stack_names_the_stack() -> None:
    (cost,) = (one for one in recorded("first-dev").findings if "cost" in one.rule)
    assert cost.name == "(stack)"


def test_rules_are_counted_whether_or_not_they_find_something() -> None:
    preview = recorded("first-dev")
    assert "konnect-quiet" in preview.rules
    assert len(preview.rules) == 6
    assert preview.packs == ("multicloud-gateway",)
    assert preview.stack_rules_ran


def test_a_remediation_names_what_it_set_and_not_to_what() -> None:
    (remedied,) = recorded("first-dev").remediations
    assert (remedied.rule, remedied.name) == (
        "cloud-vpc-owner-tag",
        "gateway-dev-aws-us-east-2-vpc",
    )
    assert remedied.paths == ("tags.owner",)


def test_what_a_rule_says_twice_is_one_finding() -> None:
    twice = policy("mandatory", resourceUrn=urn(NETWORK, "n"))
    assert len(preview_of(twice, twice).mandatory) == 1


@pytest.mark.parametrize(
    ("preview", "applied", "verdict"),
    [
        (preview_of(), True, "may be applied"),
        (preview_of(policy("advisory")), True, "may be applied"),
        (
            preview_of(policy("mandatory")),
            False,
            "may not be applied: 1 mandatory violation of 1 rule",
        ),
        (failed(), False, "cannot be applied: the preview failed"),
        (Preview.of([]), False, "may not be applied: the engine ended before the preview was "),
    ],
)
def test_the_verdict_says_whether_the_change_may_be_applied(
    preview: Preview, applied: bool, verdict: str
) -> None:
    assert preview.may_be_applied is applied
    assert preview.verdict.startswith(verdict)


def test_a_rule_of_mandatory_level_that_could_not_run_does_not_forbid() -> None:
    text = "can't run policy 'a' from policy pack 'p@v1' during preview: unknown value at .x"
    preview = preview_of(policy("mandatory", text))
    assert preview.may_be_applied
    assert [one.message for one in preview.undecided] == ["unknown value at .x"]


def test_messages_have_names_for_urns_and_no_colours() -> None:
    texts = [one.text for one in recorded("refused-prod").errors]
    assert any('resource "gateway-prod-azure-northeurope" cannot be deleted' in t for t in texts)
    assert not any("urn:pulumi" in text for text in texts)
    message = "<{%fg 1%}>red<{%reset%}> \x1b[31mtoo\x1b[0m"
    event = {"diagnosticEvent": {"message": message, "severity": "warning"}}
    assert [one.text for one in preview_of(event).messages] == ["red too"]


def test_a_replacement_that_deletes_first_says_so_and_the_other_does_not() -> None:
    by_name = {one.name: one for one in recorded("change-prod").changes}
    assert by_name["gateway-prod-cache"].deleted_first
    assert not by_name["gateway-prod-aws-us-east-2"].deleted_first


def test_a_reason_that_is_not_known_yet_is_told_apart_from_one_that_is() -> None:
    preview = preview_of(
        step(
            "replace", NETWORK, "a", {"owner": "x"}, {"owner": {"id": UNKNOWN}}, keys=["owner.id"]
        ),
        step("replace", NETWORK, "b", {"owner": "x"}, {"owner": "y"}, keys=["owner"]),
    )
    assert [one.undecided() for one in preview.changes] == [["owner"], []]


def test_what_differs_comes_from_the_engine_or_else_from_the_inputs() -> None:
    diff = {"tags.owner": {}, "rules[0].port": {}}
    preview = preview_of(
        step("update", "aws:ec2/vpc:Vpc", "a", {"x": 1}, {"x": 2}, detailedDiff=diff),
        step("update", NETWORK, "b", {"x": 1, "y": 1, "__p": 1}, {"x": 2, "y": 1, "__p": 2}),
    )
    assert [one.changed() for one in preview.changes] == [["rules", "tags"], ["x"]]
