"""Route 53 Resolver endpoints, rules and their VPCs, and what Resolver refuses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Failed, Made, Provider, Refused


@pytest.fixture
def group(aws: Provider, vpc: Made) -> Made:
    return aws.create(tokens.SECURITY_GROUP, vpcId=vpc.id)


def endpoint_of(
    aws: Provider, subnet: Made, group: Made, *ips: str | None, direction: str = "OUTBOUND"
) -> Made:
    """An endpoint with these addresses, each in the subnet; None leaves the choice to AWS."""
    addresses = [{"subnetId": subnet.id, **({"ip": ip} if ip else {})} for ip in ips]
    inputs = {"ipAddresses": addresses, "securityGroupIds": [group.id]}
    return aws.create(tokens.RESOLVER_ENDPOINT, direction.lower(), direction=direction, **inputs)


def rule_of(aws: Provider, endpoint: Made, name: str = "rule", **more: Any) -> Made:
    inputs = {"ruleType": "FORWARD", "resolverEndpointId": endpoint.id, **more}
    targets = [{"ip": "10.9.0.4"}]
    return aws.create(
        tokens.RESOLVER_RULE, name, **{"domainName": "acme.", "targetIps": targets, **inputs}
    )


def associate(aws: Provider, rule: Made, vpc: Made, name: str = "association") -> Made:
    inputs = {"resolverRuleId": rule.id, "vpcId": vpc.id}
    return aws.create(tokens.RESOLVER_RULE_ASSOCIATION, name, **inputs)


@pytest.fixture
def endpoint(aws: Provider, subnet: Made, group: Made) -> Made:
    return endpoint_of(aws, subnet, group, None, None)


def ips(endpoint: Made) -> list[str]:
    return [item["ip"] for item in endpoint["ipAddresses"]]


def test_an_endpoint_gets_the_first_free_addresses_of_its_subnets(
    aws: Provider, vpc: Made, subnet: Made, group: Made, endpoint: Made
) -> None:
    assert endpoint.id.startswith("rslvr-out-")
    assert endpoint["hostVpcId"] == vpc.id
    assert ips(endpoint) == ["10.0.0.4", "10.0.0.5"]
    second = endpoint_of(aws, subnet, group, "10.0.0.200", None, direction="INBOUND")
    assert second.id.startswith("rslvr-in-")
    assert ips(second) == ["10.0.0.200", "10.0.0.6"]


def test_addresses_that_aws_chose_are_no_change(
    aws: Provider, subnet: Made, endpoint: Made
) -> None:
    refreshed = aws.read(endpoint)
    assert refreshed is not None
    assert refreshed.inputs["ipAddresses"] == endpoint.inputs["ipAddresses"]
    assert list(aws.diff(refreshed).diffs) == []
    chosen = endpoint["ipAddresses"]
    imported = aws.read(endpoint, as_import=True)
    assert imported is not None
    assert imported.inputs["ipAddresses"] == chosen
    asked = [{"subnetId": subnet.id, "ip": ip} for ip in reversed(ips(endpoint))]
    assert list(aws.diff(imported, ipAddresses=asked).diffs) == []
    mixed = [{"subnetId": subnet.id}, {"subnetId": subnet.id, "ip": "10.0.0.4"}]
    assert list(aws.diff(imported, ipAddresses=mixed).diffs) == []
    assert ips(aws.update(endpoint, ipAddresses=mixed)) == ["10.0.0.5", "10.0.0.4"]
    other = [{"subnetId": subnet.id, "ip": "10.0.0.9"}, {"subnetId": subnet.id}]
    assert list(aws.diff(imported, ipAddresses=other).replaces) == []
    assert list(aws.diff(imported, ipAddresses=other).diffs) == ["ipAddresses"]


def test_an_endpoint_keeps_its_addresses_when_one_is_added(
    aws: Provider, subnet: Made, endpoint: Made
) -> None:
    more = [{"subnetId": subnet.id, "ip": "10.0.0.9"}, *[{"subnetId": subnet.id}] * 2]
    changed = aws.update(endpoint, ipAddresses=more)
    assert ips(changed) == ["10.0.0.9", "10.0.0.4", "10.0.0.5"]
    assert changed["ipAddresses"][1:] == endpoint["ipAddresses"]


@pytest.mark.parametrize(
    ("addresses", "said"),
    [
        (("10.0.1.4", None), "InvalidRequestException: .*not in subnet .* or is reserved"),
        (("10.0.0.3", None), "InvalidRequestException: .*not in subnet .* or is reserved"),
        (("10.0.0.255", None), "InvalidRequestException: .*not in subnet .* or is reserved"),
        (("10.0.0.9", "10.0.0.9"), "ResourceExistsException: .*already in use"),
    ],
)
def test_an_address_is_free_and_of_its_subnet(
    aws: Provider, subnet: Made, group: Made, addresses: tuple[str | None, ...], said: str
) -> None:
    with pytest.raises(Refused, match=said):
        endpoint_of(aws, subnet, group, *addresses)


def test_an_endpoint_has_two_addresses(aws: Provider, subnet: Made, group: Made) -> None:
    with pytest.raises(Failed, match="takes 2 to 10 items, but config has 1"):
        endpoint_of(aws, subnet, group, None)
    with pytest.raises(Failed, match="valid IPv4 address, got: x"):
        endpoint_of(aws, subnet, group, "x", None)


def test_an_endpoint_is_in_one_vpc(aws: Provider, subnet: Made, group: Made) -> None:
    other = aws.create(tokens.VPC, "other", cidrBlock="10.1.0.0/16")
    stranger = aws.create(tokens.SECURITY_GROUP, "stranger", vpcId=other.id)
    with pytest.raises(Refused, match=f"InvalidRequestException: {stranger.id} is not in VPC"):
        endpoint_of(aws, subnet, stranger, None, None)
    away = aws.create(tokens.SUBNET, "away", vpcId=other.id, cidrBlock="10.1.0.0/24")
    with pytest.raises(Refused, match=f"InvalidRequestException: {away.id} is not in VPC"):
        aws.create(
            tokens.RESOLVER_ENDPOINT,
            direction="INBOUND",
            ipAddresses=[{"subnetId": subnet.id}, {"subnetId": away.id}],
            securityGroupIds=[group.id],
        )


def test_a_name_has_no_dots(aws: Provider, endpoint: Made) -> None:
    with pytest.raises(Failed, match="letters, digits, hyphens"):
        rule_of(aws, endpoint, "acme.internal")


def test_an_endpoint_stays_while_a_rule_uses_it(aws: Provider, vpc: Made, endpoint: Made) -> None:
    rule = rule_of(aws, endpoint)
    assert rule["domainName"] == "acme"
    assert rule["shareStatus"] == "NOT_SHARED"
    with pytest.raises(Refused, match=rf"DeleteResolverEndpoint.*RSLVR-00600.*{rule.id}"):
        aws.delete(endpoint)
    association = associate(aws, rule, vpc)
    with pytest.raises(Refused, match="ResourceInUseException: Please disassociate"):
        aws.delete(rule)
    for made in (association, rule, endpoint):
        aws.delete(made)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"ruleType": "SYSTEM"}, "Cannot specify resolver endpoint ID and target IP for SYSTEM"),
        ({"targetIps": []}, "needs a resolver endpoint ID and a target IP"),
    ],
)
def test_a_rule_has_the_inputs_of_its_type(
    aws: Provider, endpoint: Made, change: dict[str, Any], said: str
) -> None:
    with pytest.raises(Refused, match=f"InvalidRequestException: .*{said}"):
        rule_of(aws, endpoint, **change)


def test_a_rule_forwards_through_an_outbound_endpoint(
    aws: Provider, subnet: Made, group: Made, endpoint: Made
) -> None:
    inbound = endpoint_of(aws, subnet, group, None, None, direction="INBOUND")
    with pytest.raises(Refused, match="is not OUTBOUND"):
        rule_of(aws, inbound)
    rule = rule_of(aws, endpoint)
    assert list(aws.diff(rule, targetIps=[{"ip": "10.9.0.5"}]).replaces) == []
    assert list(aws.diff(rule, domainName="acme").diffs) == []
    assert list(aws.diff(rule, domainName="other").replaces) == ["domainName"]


def test_a_vpc_has_one_rule_for_a_domain(aws: Provider, vpc: Made, endpoint: Made) -> None:
    first, second = rule_of(aws, endpoint), rule_of(aws, endpoint, "second")
    associate(aws, first, vpc)
    with pytest.raises(Refused, match=f"same domain name with same VPC.*{first.id}"):
        associate(aws, second, vpc, "again")


def test_a_rule_does_not_forward_a_vpc_to_its_own_endpoint(
    aws: Provider, vpc: Made, subnet: Made, group: Made, endpoint: Made
) -> None:
    inbound = endpoint_of(aws, subnet, group, None, None, direction="INBOUND")
    rule = rule_of(aws, endpoint, targetIps=[{"ip": ips(inbound)[0]}])
    with pytest.raises(Refused, match=f"RSLVR-00804.*{rule.id} to VPC {vpc.id}"):
        associate(aws, rule, vpc)
