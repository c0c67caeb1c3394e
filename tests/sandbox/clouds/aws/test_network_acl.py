"""The rules of network ACLs, with the codes that AWS answers."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.store import Store
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Failed, Made, Provider, Refused

DENY: dict[str, Any] = {
    "ruleNumber": 1,
    "protocol": "-1",
    "ruleAction": "deny",
    "cidrBlock": "10.64.0.0/20",
}


def test_a_rule_of_the_default_acl_goes_with_the_vpc(aws: Provider, here: Store, vpc: Made) -> None:
    inbound = aws.create(tokens.NETWORK_ACL_RULE, networkAclId=vpc["defaultNetworkAclId"], **DENY)
    outbound = aws.create(
        tokens.NETWORK_ACL_RULE, networkAclId=vpc["defaultNetworkAclId"], egress=True, **DENY
    )
    assert inbound.id.startswith("nacl-")
    assert inbound.id != outbound.id

    aws.delete(vpc)
    assert not here.list("aws", tokens.NETWORK_ACL_RULE)
    assert not here.list("aws", tokens.NETWORK_ACL)


def test_a_number_is_taken_once_in_each_direction(aws: Provider, vpc: Made) -> None:
    rule = {**DENY, "networkAclId": vpc["defaultNetworkAclId"]}
    aws.create(tokens.NETWORK_ACL_RULE, **rule)
    aws.create(tokens.NETWORK_ACL_RULE, **rule, egress=True)
    with pytest.raises(Refused, match=r"NetworkAclEntryAlreadyExists: .* identified by 1 already"):
        aws.create(tokens.NETWORK_ACL_RULE, **{**rule, "cidrBlock": "10.65.0.0/16"})


def test_number_100_of_a_default_acl_is_the_rule_that_allows_everything(
    aws: Provider, vpc: Made
) -> None:
    rule = {**DENY, "ruleNumber": 100}
    with pytest.raises(Refused, match="NetworkAclEntryAlreadyExists"):
        aws.create(tokens.NETWORK_ACL_RULE, **rule, networkAclId=vpc["defaultNetworkAclId"])
    own = aws.create(tokens.NETWORK_ACL, vpcId=vpc.id)
    aws.create(tokens.NETWORK_ACL_RULE, **rule, networkAclId=own.id)


def test_an_acl_has_at_most_20_rules_in_each_direction(aws: Provider, vpc: Made) -> None:
    own = aws.create(tokens.NETWORK_ACL, vpcId=vpc.id)
    for number in range(1, 21):
        aws.create(tokens.NETWORK_ACL_RULE, networkAclId=own.id, **{**DENY, "ruleNumber": number})
    with pytest.raises(Refused, match="NetworkAclEntryLimitExceeded"):
        aws.create(tokens.NETWORK_ACL_RULE, networkAclId=own.id, **{**DENY, "ruleNumber": 21})


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"ruleNumber": 0}, Failed, r"range \(1 - 32766\)"),
        ({"ruleNumber": 32767}, Failed, r"range \(1 - 32766\)"),
        ({"ruleAction": "block"}, Failed, "to be one of"),
        ({"cidrBlock": "10.64/20"}, Failed, "is not a valid CIDR block"),
        ({"cidrBlock": None}, Refused, "one of `cidr_block,ipv6_cidr_block`"),
        ({"protocol": "https"}, Refused, "Unknown protocol"),
        ({"protocol": "tcp"}, Refused, "MissingParameter.*portRange"),
        ({"protocol": "tcp", "fromPort": 443, "toPort": 80}, Refused, "'443-80' for portRange"),
    ],
)
def test_a_rule_that_is_not_well_formed_is_refused(
    aws: Provider, vpc: Made, change: dict[str, Any], error: type[Exception], message: str
) -> None:
    wanted = {**DENY, "networkAclId": vpc["defaultNetworkAclId"], **change}
    rule = {key: value for key, value in wanted.items() if value is not None}
    with pytest.raises(error, match=message):
        aws.create(tokens.NETWORK_ACL_RULE, **rule)


def test_every_change_of_a_rule_makes_a_new_one(aws: Provider, vpc: Made) -> None:
    rule = aws.create(tokens.NETWORK_ACL_RULE, networkAclId=vpc["defaultNetworkAclId"], **DENY)
    assert aws.diff(rule, ruleAction="allow").replaces
    assert not aws.diff(rule, protocol="all").detailedDiff
