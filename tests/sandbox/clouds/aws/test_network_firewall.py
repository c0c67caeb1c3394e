"""Network firewalls of transit gateways, and endpoints of Gateway Load Balancers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Failed, Made, Provider, Refused

FORWARD = {
    "statelessDefaultActions": ["aws:forward_to_sfe"],
    "statelessFragmentDefaultActions": ["aws:forward_to_sfe"],
}
STRICT = {**FORWARD, "statefulEngineOptions": {"ruleOrder": "STRICT_ORDER"}}
MANAGED = "arn:aws:network-firewall:us-east-2:aws-managed:stateful-rulegroup/ThreatSignatures"
SERVICE = "com.amazonaws.vpce.us-east-2.vpce-svc-0123456789abcdef0"


def stateless(*sources: str, priority: int = 1) -> dict[str, Any]:
    """A stateless rule that passes what comes from blocks."""
    addresses = [{"addressDefinition": source} for source in sources]
    rule = {"actions": ["aws:pass"], "matchAttributes": {"sources": addresses}}
    return {"priority": priority, "ruleDefinition": rule}


def group(aws: Provider, *rules: dict[str, Any], type_: str = "STATELESS") -> Made:
    source = {"statelessRulesAndCustomActions": {"statelessRules": list(rules)}}
    return aws.create(
        tokens.NETWORK_FIREWALL_RULES,
        name="bypass",
        type=type_,
        capacity=3,
        ruleGroup={"rulesSource": source},
    )


def policy(aws: Provider, name: str = "policy", **parts: Any) -> Made:
    return aws.create(
        tokens.NETWORK_FIREWALL_POLICY, name, name=name, firewallPolicy={**FORWARD, **parts}
    )


def firewall(aws: Provider, tgw: Made, policy: Made, *zones: str, **more: Any) -> Made:
    return aws.create(
        tokens.NETWORK_FIREWALL,
        name="firewall",
        firewallPolicyArn=policy.id,
        transitGatewayId=tgw.id,
        availabilityZoneMappings=[{"availabilityZoneId": zone} for zone in zones],
        **more,
    )


def test_stateless_rules_fit_the_capacity_of_their_group(aws: Provider) -> None:
    with pytest.raises(Refused, match="use 4 of the capacity 3"):
        group(
            aws,
            stateless("10.0.0.0/16", "10.1.0.0/16"),
            stateless("10.2.0.0/16", "10.3.0.0/16", priority=2),
        )
    with pytest.raises(Refused, match="same priority"):
        group(aws, stateless("10.0.0.0/16"), stateless("10.1.0.0/16"))
    with pytest.raises(Refused, match="rules of another type"):
        group(aws, stateless("10.0.0.0/16"), type_="STATEFUL")
    made = group(aws, stateless("10.0.0.0/16", "10.1.0.0/16"))
    assert made.id == "arn:aws:network-firewall:us-east-2:111122223333:stateless-rulegroup/bypass"


def test_a_policy_has_groups_of_the_right_type_and_order(aws: Provider) -> None:
    bypass = group(aws, stateless("10.0.0.0/16"))
    for parts, reason in (
        ({"statefulDefaultActions": ["aws:drop_strict"]}, "STRICT_ORDER only"),
        ({"statelessDefaultActions": ["aws:ignore"]}, "aws:ignore"),
        (
            {"statefulRuleGroupReferences": [{"resourceArn": bypass.id}]},
            "which is not STATEFUL",
        ),
        (
            {"statefulRuleGroupReferences": [{"resourceArn": MANAGED, "priority": 1}]},
            "has a priority",
        ),
        (
            {**STRICT, "statefulRuleGroupReferences": [{"resourceArn": MANAGED, "priority": 1}]},
            "another order",
        ),
    ):
        with pytest.raises(Refused, match=f"InvalidRequestException.*{reason}"):
            policy(aws, **parts)
    managed = [{"resourceArn": f"{MANAGED}StrictOrder", "priority": 1}]
    of_bypass = [{"resourceArn": bypass.id, "priority": 1}]
    made = policy(
        aws,
        **STRICT,
        statefulRuleGroupReferences=managed,
        statelessRuleGroupReferences=of_bypass,
        statefulDefaultActions=["aws:alert_established"],
    )
    with pytest.raises(Refused, match=r"InvalidOperationException.*still in use"):
        aws.delete(bypass)
    aws.delete(made)
    aws.delete(bypass)


def test_a_firewall_has_zones_of_its_region_and_one_attachment(
    aws: Provider, connect: Any, tgw: Made
) -> None:
    rules = policy(aws)
    with pytest.raises(Failed, match="a zone or more"):
        firewall(aws, tgw, rules)
    with pytest.raises(Refused, match="availability zones of us-east-2"):
        firewall(aws, tgw, rules, "euw1-az1")
    made = firewall(aws, tgw, rules, "use2-az1")
    (status,) = made["firewallStatuses"]
    (state,) = status["transitGatewayAttachmentSyncStates"]
    more = [{"availabilityZoneId": f"use2-az{number}"} for number in (1, 2)]
    assert list(aws.diff(made, availabilityZoneMappings=more).replaces) == []
    (after,) = aws.update(made, availabilityZoneMappings=more)["firewallStatuses"]
    assert after["transitGatewayAttachmentSyncStates"] == [state]
    assert [one["availabilityZone"] for one in after["syncStates"]] == ["use2-az1", "use2-az2"]
    with pytest.raises(Refused, match="still in use"):
        aws.delete(rules)


def test_routes_lead_to_a_firewall_and_it_propagates_none(aws: Provider, tgw: Made) -> None:
    made = firewall(aws, tgw, policy(aws), "use2-az1", deleteProtection=True)
    (status,) = made["firewallStatuses"]
    attachment = status["transitGatewayAttachmentSyncStates"][0]["attachmentId"]
    table = aws.create(tokens.TGW_ROUTE_TABLE, transitGatewayId=tgw.id)
    link = {"transitGatewayAttachmentId": attachment, "transitGatewayRouteTableId": table.id}
    aws.create(tokens.TGW_ROUTE, destinationCidrBlock="0.0.0.0/0", **link)
    with pytest.raises(Refused, match="network-function cannot propagate"):
        aws.create(tokens.TGW_PROPAGATION, **link)
    with pytest.raises(Refused, match=r"IncorrectState.*Network Function"):
        aws.delete(tgw)
    with pytest.raises(Refused, match="DeleteProtection"):
        aws.delete(made)
    aws.delete(aws.update(made, deleteProtection=False))
    aws.delete(tgw)


def test_an_endpoint_has_one_subnet_of_its_vpc_and_a_service_of_its_region(
    aws: Provider, vpc: Made, subnet: Made
) -> None:
    given = {
        "vpcId": vpc.id,
        "subnetIds": [subnet.id],
        "serviceName": SERVICE,
        "vpcEndpointType": "GatewayLoadBalancer",
    }
    other = aws.create(tokens.VPC, "other", cidrBlock="10.1.0.0/16")
    foreign = aws.create(tokens.SUBNET, "foreign", vpcId=other.id, cidrBlock="10.1.0.0/24")
    for change, code in (
        ({"subnetIds": []}, "exactly one subnet"),
        ({"subnetIds": [foreign.id]}, "InvalidSubnetID.NotFound"),
        ({"serviceName": SERVICE.replace("us-east-2", "eu-west-1")}, "InvalidServiceName"),
    ):
        with pytest.raises(Refused, match=code):
            aws.create(tokens.VPC_ENDPOINT, **{**given, **change})
    with pytest.raises(Failed, match="the sandbox models the type GatewayLoadBalancer"):
        aws.create(tokens.VPC_ENDPOINT, **{**given, "vpcEndpointType": "Interface"})
    endpoint = aws.create(tokens.VPC_ENDPOINT, **given)
    table = aws.create(tokens.ROUTE_TABLE, vpcId=vpc.id)
    elsewhere = aws.create(tokens.ROUTE_TABLE, "elsewhere", vpcId=other.id)
    route = {"destinationCidrBlock": "0.0.0.0/0", "vpcEndpointId": endpoint.id}
    with pytest.raises(Refused, match="different networks"):
        aws.create(tokens.ROUTE, "elsewhere", routeTableId=elsewhere.id, **route)
    made = aws.create(tokens.ROUTE, routeTableId=table.id, **route)
    with pytest.raises(Refused, match="must be removed from route table"):
        aws.delete(endpoint)
    aws.delete(made)
    aws.delete(endpoint)
