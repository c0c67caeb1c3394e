"""The rules of security groups, with the codes that AWS answers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Failed, Made, Provider, Refused


@pytest.fixture
def group(aws: Provider, vpc: Made) -> Made:
    return aws.create(tokens.SECURITY_GROUP, "group", vpcId=vpc.id)


def test_a_group_name_is_taken_once_per_vpc(aws: Provider, vpc: Made, group: Made) -> None:
    with pytest.raises(Refused, match=r"InvalidGroup\.Duplicate"):
        aws.create(tokens.SECURITY_GROUP, vpcId=vpc.id, name=group["name"])


def test_the_same_rule_twice_is_a_duplicate(aws: Provider, group: Made) -> None:
    rule: dict[str, Any] = {
        "securityGroupId": group.id,
        "ipProtocol": "tcp",
        "fromPort": 443,
        "toPort": 443,
        "cidrIpv4": "10.64.0.0/16",
    }
    first = aws.create(tokens.INGRESS_RULE, **rule)
    with pytest.raises(Refused, match=r"InvalidPermission\.Duplicate"):
        aws.create(tokens.INGRESS_RULE, **rule)
    aws.create(tokens.EGRESS_RULE, **rule)
    other = aws.create(tokens.INGRESS_RULE, **{**rule, "toPort": 8443})
    with pytest.raises(Refused, match=r"InvalidPermission\.Duplicate"):
        aws.update(other, toPort=443)
    assert first.id.startswith("sgr-")


def test_a_rule_needs_a_peer(aws: Provider, group: Made) -> None:
    with pytest.raises(Refused, match="one \\(and only one\\) of"):
        aws.create(tokens.INGRESS_RULE, securityGroupId=group.id, ipProtocol="-1")


def rule_of(group: Made, **change: Any) -> dict[str, Any]:
    rule = {
        "securityGroupId": group.id,
        "ipProtocol": "tcp",
        "fromPort": 443,
        "toPort": 443,
        "cidrIpv4": "10.64.0.0/16",
        **change,
    }
    return {key: value for key, value in rule.items() if value is not None}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"ipProtocol": "https"},
            "InvalidParameterValue: Invalid value 'https' for IP protocol. Unknown protocol.",
        ),
        ({"ipProtocol": "256"}, "Invalid value '256' for IP protocol"),
        ({"toPort": None}, "InvalidParameterValue.*'Must specify both from and to ports with TCP"),
        ({"fromPort": None}, "'Must specify both from and to ports with TCP/UDP.' for portRange"),
        (
            {"ipProtocol": "icmp", "fromPort": None, "toPort": None},
            "'Must specify both from and to ports with ICMP.' for portRange",
        ),
        ({"fromPort": -1}, r"InvalidPermission\.Malformed.*TCP/UDP port \(-1\) out of range"),
        ({"toPort": 65536}, r"InvalidPermission\.Malformed.*TCP/UDP port \(65536\) out of range"),
        ({"toPort": 80}, r"InvalidParameterValue.*Invalid TCP/UDP port range \(443:80\)"),
        (
            {"ipProtocol": "icmp", "fromPort": 256, "toPort": -1},
            r"InvalidPermission\.Malformed.*ICMP type or code \(256\) out of range",
        ),
    ],
)
@pytest.mark.parametrize("token", [tokens.INGRESS_RULE, tokens.EGRESS_RULE])
def test_a_rule_has_a_protocol_and_ports_that_ec2_takes(
    aws: Provider, group: Made, token: str, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(Refused, match=message):
        aws.create(token, **rule_of(group, **change))
    made = aws.create(token, **rule_of(group))
    with pytest.raises(Refused, match=message):
        aws.update(made, **change)


@pytest.mark.parametrize(
    "rule",
    [
        {"ipProtocol": "-1", "fromPort": None, "toPort": None},
        {"ipProtocol": "TCP"},
        {"ipProtocol": "6", "fromPort": 0, "toPort": 65535},
        {"ipProtocol": "icmp", "fromPort": 8, "toPort": -1},
        {"ipProtocol": "icmpv6", "fromPort": None, "toPort": None},
        {"ipProtocol": "50", "fromPort": None, "toPort": None},
    ],
)
def test_these_rules_are_taken(aws: Provider, group: Made, rule: dict[str, Any]) -> None:
    made = aws.create(tokens.INGRESS_RULE, **rule_of(group, **rule))
    assert made["securityGroupRuleId"] == made.id


@pytest.mark.parametrize("side", ["ingress", "egress"])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"protocol": "https"}, "Invalid value 'https' for IP protocol"),
        ({"toPort": 65536}, "out of range"),
        ({"toPort": 80}, "Invalid TCP/UDP port range"),
        (
            {"protocol": "-1"},
            "from_port .443. and to_port .443. must both be 0 to use the 'ALL' \"-1\" protocol",
        ),
        ({"cidrBlocks": ["10.0.0.0/33"]}, '"10.0.0.0/33" is not a valid CIDR block'),
        ({"cidrBlocks": []}, "InvalidParameterValue.*no source or destination"),
    ],
)
def test_an_inline_rule_keeps_the_same_rules(
    aws: Provider, vpc: Made, side: str, change: dict[str, Any], message: str
) -> None:
    rule = {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["10.0.0.0/8"]}
    good: dict[str, Any] = {"vpcId": vpc.id, side: [rule]}
    with pytest.raises((Refused, Failed), match=message):
        aws.create(tokens.SECURITY_GROUP, **{**good, side: [{**rule, **change}]})
    made = aws.create(tokens.SECURITY_GROUP, **good)
    with pytest.raises((Refused, Failed), match=message):
        aws.update(made, **{side: [{**rule, **change}]})


def test_an_inline_rule_refers_to_a_group_that_is_there(aws: Provider, vpc: Made) -> None:
    rule = {"protocol": "tcp", "fromPort": 443, "toPort": 443, "securityGroups": ["sg-0"]}
    with pytest.raises(Refused, match=r"InvalidGroup\.NotFound.*sg-0"):
        aws.create(tokens.SECURITY_GROUP, vpcId=vpc.id, ingress=[rule])


def test_a_group_that_others_refer_to_stays(aws: Provider, vpc: Made, group: Made) -> None:
    other = aws.create(tokens.SECURITY_GROUP, "other", vpcId=vpc.id)
    aws.create(
        tokens.INGRESS_RULE,
        securityGroupId=other.id,
        ipProtocol="-1",
        referencedSecurityGroupId=group.id,
    )
    with pytest.raises(Refused, match="DependencyViolation"):
        aws.delete(group)
    aws.delete(other)
    aws.delete(group)


def test_a_description_keeps_to_the_letters_of_ec2(aws: Provider, vpc: Made) -> None:
    with pytest.raises(Failed, match="doesn't comply with restrictions"):
        aws.create(tokens.SECURITY_GROUP, vpcId=vpc.id, description="an upstream | a gateway")
