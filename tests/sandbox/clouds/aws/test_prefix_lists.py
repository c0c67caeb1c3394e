"""The rules of customer-managed prefix lists and of references to them, with AWS's codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Failed, Made, Provider, Refused

FUNCTION = "aws:ec2transitgateway/getRouteTableRoutes:getRouteTableRoutes"


def entries(*blocks: str) -> list[dict[str, str]]:
    return [{"cidr": block} for block in blocks]


def prefix_list(aws: Provider, most: int, *blocks: str, name: str = "gateways") -> Made:
    return aws.create(
        tokens.PREFIX_LIST,
        name,
        addressFamily="IPv4",
        maxEntries=most,
        entries=entries(*blocks),
    )


@pytest.fixture
def group(aws: Provider, vpc: Made) -> Made:
    return aws.create(tokens.SECURITY_GROUP, vpcId=vpc.id)


@pytest.fixture
def tgw_table(aws: Provider, tgw: Made) -> Made:
    return aws.create(tokens.TGW_ROUTE_TABLE, transitGatewayId=tgw.id)


def rule(aws: Provider, group: Made, of: Made, port: int = 443) -> Made:
    return aws.create(
        tokens.INGRESS_RULE,
        securityGroupId=group.id,
        prefixListId=of.id,
        ipProtocol="tcp",
        fromPort=port,
        toPort=port,
    )


def shown(aws: Provider, table: Made) -> dict[str, dict[str, Any]]:
    """The routes of a transit gateway route table, by block."""
    filters = [{"name": "type", "values": ["static", "propagated"]}]
    found = aws.invoke(FUNCTION, transitGatewayRouteTableId=table.id, filters=filters)
    return {route["destinationCidrBlock"]: route for route in found["routes"]}


def test_another_set_of_entries_is_a_new_version_and_another_maximum_is_not(
    aws: Provider,
) -> None:
    made = prefix_list(aws, 2, "10.64.0.0/16")
    assert made["version"] == 1
    larger = aws.update(made, maxEntries=5)
    assert (larger["version"], larger["maxEntries"]) == (1, 5)
    more = aws.update(larger, entries=entries("10.65.0.0/16", "10.64.0.0/16"))
    assert more["version"] == 2
    assert not aws.diff(more, entries=entries("10.64.0.0/16", "10.65.0.0/16")).diffs


@pytest.mark.parametrize(
    ("most", "blocks", "said"),
    [
        (1, ["10.64.0.0/16", "10.65.0.0/16"], "reached the maximum number of entries"),
        (2, ["10.64.0.0/16", "10.64.0.0/16"], "unique CIDRs"),
        (2, ["2001:db8::/32"], "address family IPv4"),
        (200, [f"10.64.{place}.0/24" for place in range(101)], r"limit \(100\)"),
    ],
)
def test_entries_that_aws_does_not_take_are_refused(
    aws: Provider, most: int, blocks: Sequence[str], said: str
) -> None:
    with pytest.raises(Refused, match=said):
        prefix_list(aws, most, *blocks)


def test_a_list_has_at_most_a_thousand_entries(aws: Provider) -> None:
    with pytest.raises(Failed, match="1 - 1000"):
        prefix_list(aws, 1001)


def test_a_region_has_at_most_a_hundred_lists(aws: Provider) -> None:
    for place in range(100):
        prefix_list(aws, 1, name=f"list-{place}")
    with pytest.raises(Refused, match="PrefixListLimitExceeded"):
        prefix_list(aws, 1, name="one-more")


def test_a_name_of_aws_is_refused(aws: Provider) -> None:
    with pytest.raises(Refused, match=r"com\.amazonaws"):
        aws.create(
            tokens.PREFIX_LIST, name="com.amazonaws.mine", addressFamily="IPv4", maxEntries=1
        )


def test_a_rule_counts_as_many_rules_as_its_list_may_have_entries(
    aws: Provider, group: Made
) -> None:
    thirty = prefix_list(aws, 30, "10.64.0.0/16")
    rule(aws, group, thirty, 443)
    second = rule(aws, group, thirty, 8443)
    with pytest.raises(Refused, match=r"RulesPerSecurityGroupLimitExceeded.*61 of 60"):
        aws.create(
            tokens.INGRESS_RULE,
            securityGroupId=group.id,
            cidrIpv4="10.1.0.0/16",
            ipProtocol="tcp",
            fromPort=443,
            toPort=443,
        )
    with pytest.raises(Refused, match=r"RulesPerSecurityGroupLimitExceeded.*62 of 60"):
        aws.update(thirty, maxEntries=31)
    aws.delete(second)
    assert aws.update(thirty, maxEntries=60)["maxEntries"] == 60


def test_a_route_counts_as_many_routes_as_its_list_may_have_entries(
    aws: Provider, table: Made, attachment: Made
) -> None:
    target = {"routeTableId": table.id, "transitGatewayId": attachment["transitGatewayId"]}
    large = prefix_list(aws, 500, "10.64.0.0/16")
    made = aws.create(tokens.ROUTE, destinationPrefixListId=large.id, **target)
    assert made["state"] == "active"
    with pytest.raises(Refused, match=r"RouteLimitExceeded.*501 of 500"):
        aws.create(tokens.ROUTE, destinationCidrBlock="10.70.0.0/16", **target)
    with pytest.raises(Refused, match="RouteAlreadyExists"):
        aws.create(tokens.ROUTE, destinationPrefixListId=large.id, **target)
    with pytest.raises(Refused, match=rf"DependencyViolation.*{made.id}"):
        aws.delete(large)


def test_an_entry_inside_the_vpc_is_accepted_because_aws_ignores_it(
    aws: Provider, table: Made, attachment: Made
) -> None:
    inside = prefix_list(aws, 2, "10.0.4.0/24", "10.64.0.0/16")
    made = aws.create(
        tokens.ROUTE,
        routeTableId=table.id,
        destinationPrefixListId=inside.id,
        transitGatewayId=attachment["transitGatewayId"],
    )
    assert made["state"] == "active"


def test_a_static_route_goes_before_a_prefix_list_and_that_before_a_propagated_route(
    aws: Provider, tgw_table: Made, attachment: Made
) -> None:
    at = {"transitGatewayRouteTableId": tgw_table.id}
    aws.create(tokens.TGW_PROPAGATION, transitGatewayAttachmentId=attachment.id, **at)
    listed = prefix_list(aws, 5, "10.0.0.0/16", "10.64.0.0/16", "10.65.0.0/16")
    made = aws.create(
        tokens.TGW_PREFIX_LIST,
        prefixListId=listed.id,
        transitGatewayAttachmentId=attachment.id,
        **at,
    )
    assert made.id == f"{tgw_table.id}_{listed.id}"
    aws.create(tokens.TGW_ROUTE, destinationCidrBlock="10.64.0.0/16", blackhole=True, **at)
    found = shown(aws, tgw_table)
    assert {block: route["prefixListId"] for block, route in found.items()} == {
        "10.0.0.0/16": listed.id,
        "10.64.0.0/16": "",
        "10.65.0.0/16": listed.id,
    }
    assert found["10.64.0.0/16"]["state"] == "blackhole"
    aws.update(listed, entries=entries("10.66.0.0/16"))
    assert set(shown(aws, tgw_table)) == {"10.0.0.0/16", "10.64.0.0/16", "10.66.0.0/16"}


def test_a_table_refers_to_a_list_once_and_with_one_target(
    aws: Provider, tgw_table: Made, attachment: Made
) -> None:
    listed = prefix_list(aws, 5, "10.64.0.0/16")
    at = {"transitGatewayRouteTableId": tgw_table.id, "prefixListId": listed.id}
    with pytest.raises(Refused, match="InvalidParameterCombination"):
        aws.create(tokens.TGW_PREFIX_LIST, **at)
    made = aws.create(tokens.TGW_PREFIX_LIST, blackhole=True, **at)
    with pytest.raises(Refused, match="already referenced"):
        aws.create(tokens.TGW_PREFIX_LIST, blackhole=True, **at)
    led = aws.update(made, blackhole=False, transitGatewayAttachmentId=attachment.id)
    assert led["transitGatewayAttachmentId"] == attachment.id
    with pytest.raises(Refused, match="DependencyViolation"):
        aws.delete(listed)
