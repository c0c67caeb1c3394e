"""The policy results as a terminal shows them."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from tests.tools.report.logs import events_of, preview_of, recorded
from tools.report import Preview, summary


def printed(preview: Preview, width: int, *, terminal: bool = False) -> list[str]:
    file = io.StringIO()
    Console(file=file, width=width, force_terminal=terminal).print(summary(preview))
    return [line.rstrip() for line in file.getvalue().splitlines()]


def test_a_wide_terminal_shows_each_rule_with_resource_and_message_side_by_side() -> None:
    assert printed(recorded("change-prod"), 140) == [
        "mandatory  konnect-network-cidr-in-plan",
        "  gateway-prod-aws-us-east-2      gateway-prod-aws-us-east-2 has a block <b>outside</b> "
        "the plan: use one of 10.72.0.0/20",
        "",
        "advisory   cloud-stack-monthly-cost",
        "  (stack)                         1073.00 USD a month is above the ceiling of 10",
        "",
        "advisory   konnect-network-three-zones",
        "  gateway-prod-azure-eastus2      has fewer than three zones: add one",
        "",
        "on up      konnect-configuration-networks-known",
        "  gateway-prod-configuration      not known before `up`, which decides: "
        "gateway-prod-configuration",
        "                                  .dataplane_groups.0.cloud_gateway_network_id",
        "",
        "remedied   cloud-vpc-owner-tag",
        "  gateway-prod-aws-eu-west-1-vpc  set tags.owner",
        "  gateway-prod-aws-us-east-2-vpc  set tags.owner",
        "",
        "policies: 6 rules, 1 mandatory, 2 advisory, 1 decided on up, 2 remedied",
        "the change may not be applied: 1 mandatory violation of 1 rule",
    ]


def test_a_narrow_terminal_shows_the_message_below_the_resource() -> None:
    lines = printed(recorded("change-prod"), 80)
    assert lines[:4] == [
        "mandatory  konnect-network-cidr-in-plan",
        "  gateway-prod-aws-us-east-2",
        "    gateway-prod-aws-us-east-2 has a block <b>outside</b> the plan: use one of",
        "    10.72.0.0/20",
    ]
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("width", [40, 80, 100, 140])
def test_names_are_whole_at_any_width(width: int) -> None:
    lines = printed(recorded("first-dev"), width)
    assert any("gateway-dev-aws-us-east-2-vpc" in line for line in lines)
    assert max(map(len, lines)) <= width


def test_colours_are_for_terminals_only() -> None:
    assert "\x1b[" in "".join(printed(recorded("change-prod"), 80, terminal=True))
    assert "\x1b[" not in "".join(printed(recorded("change-prod"), 80))


def test_without_a_pack_one_line_says_so() -> None:
    assert printed(recorded("same-prod"), 80) == [
        "policies: no policy pack ran",
        "the change may be applied",
    ]


def test_rules_that_hold_are_counted_and_not_listed() -> None:
    run = {"policyAnalyzeSummaryEvent": {"passed": ["a", "b"]}}
    assert printed(preview_of(run), 80)[0] == (
        "policies: 2 rules, 0 mandatory, 0 advisory, 0 decided on up"
    )


def test_rules_about_the_stack_that_did_not_run_are_told() -> None:
    run = {"policyAnalyzeSummaryEvent": {"passed": ["a"]}}
    end = {"summaryEvent": {"result": "failed", "PolicyPacks": {"p|local|policies": "1"}}}
    preview = Preview.of(events_of(run, end))
    assert printed(preview, 100)[0] == (
        "rules about the whole stack did not run: the preview failed before them"
    )


def test_text_of_rules_is_never_taken_for_markup() -> None:
    event = {
        "policyEvent": {
            "policyName": "r",
            "enforcementLevel": "mandatory",
            "message": "D.\n[bold]x[/bold] [/nothing]",
        }
    }
    assert any("[bold]x[/bold] [/nothing]" in line for line in printed(preview_of(event), 80))
