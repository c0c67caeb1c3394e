"""With whom networks are shared."""

from __future__ import annotations

import pytest

from policies import types
from policies.rules.cloud_kong_principals_only import policy
from tests.policies.runner import UNKNOWN, Resource, resource, run

CONFIG = {"aws_accounts": ["444455556666"], "azure_principals": ["kong-object-id"]}


def share(name: str, principal: str) -> Resource:
    return resource(types.AWS_SHARE_PRINCIPAL, name, {"principal": principal})


def role(name: str, principal: str) -> Resource:
    return resource(types.AZURE_ROLE_ASSIGNMENT, name, {"principalId": principal})


def test_compliant_shares_and_roles_are_kongs() -> None:
    stack = [share("share", "444455556666"), role("role", "kong-object-id")]
    assert run(policy, stack, CONFIG).violations == []


@pytest.mark.parametrize(
    "bad",
    [
        share("bad", "444455556667"),
        share("bad", "arn:aws:organizations::1:organization/o-1"),
        share("bad", "kong-object-id"),
        role("bad", "someone"),
    ],
)
def test_another_principal_is_a_violation(bad: Resource) -> None:
    outcome = run(policy, [bad], CONFIG)
    assert outcome.names == ["bad"]
    assert "the list of Kong's" in outcome.messages


def test_a_missing_principal_or_setting_is_a_violation() -> None:
    nobody = resource(types.AWS_SHARE_PRINCIPAL, "nobody", {})
    assert run(policy, [nobody], CONFIG).names == ["nobody"]
    assert run(policy, [share("share", "444455556666")]).names == ["share"]


def test_an_unknown_principal_is_said_and_hides_no_other_violation() -> None:
    outcome = run(policy, [share("later", UNKNOWN), role("bad", "someone")], CONFIG)
    assert outcome.names == ["bad"]
    assert "later .principal" in str(outcome.unknown)


def test_an_excepted_share_is_with_someone_else() -> None:
    config = {**CONFIG, "exceptions": [{"resource": "audit", "reason": "our own auditors"}]}
    assert run(policy, [share("audit", "1"), share("bad", "1")], config).names == ["bad"]
