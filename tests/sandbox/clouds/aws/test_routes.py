"""The rules of VPC route tables and routes, with the codes that AWS answers."""

from __future__ import annotations

import pytest

from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Failed, Made, Provider, Refused


def test_a_route_to_a_gateway_needs_an_attachment_of_its_vpc(
    aws: Provider, table: Made, tgw: Made
) -> None:
    with pytest.raises(Refused, match=r"InvalidTransitGatewayID\.NotFound"):
        aws.create(
            tokens.ROUTE,
            routeTableId=table.id,
            destinationCidrBlock="10.64.0.0/16",
            transitGatewayId=tgw.id,
        )


def test_a_route_to_an_attached_gateway_turns_into_a_blackhole_with_the_attachment_gone(
    aws: Provider, table: Made, attachment: Made
) -> None:
    route = aws.create(
        tokens.ROUTE,
        routeTableId=table.id,
        destinationCidrBlock="10.64.0.0/16",
        transitGatewayId=attachment["transitGatewayId"],
    )
    assert (route.id[:10], route["state"]) == (f"r-{table.id}"[:10], "active")
    aws.delete(attachment)
    read = aws.read(route)
    assert read is not None
    assert read["state"] == "blackhole"


def test_a_route_exists_once(aws: Provider, vpc: Made, table: Made) -> None:
    gateway = aws.create(tokens.INTERNET_GATEWAY, vpcId=vpc.id)
    route = {
        "routeTableId": table.id,
        "destinationCidrBlock": "0.0.0.0/0",
        "gatewayId": gateway.id,
    }
    aws.create(tokens.ROUTE, **route)
    with pytest.raises(Refused, match="RouteAlreadyExists"):
        aws.create(tokens.ROUTE, **route)
    with pytest.raises(Refused, match=f"DependencyViolation.*{gateway.id}"):
        aws.delete(gateway)


def test_a_route_inside_the_vpc_is_refused(aws: Provider, table: Made, attachment: Made) -> None:
    with pytest.raises(Refused, match="more specific than one of this VPC's CIDR blocks"):
        aws.create(
            tokens.ROUTE,
            routeTableId=table.id,
            destinationCidrBlock="10.0.4.0/24",
            transitGatewayId=attachment["transitGatewayId"],
        )


def test_a_route_has_one_target(aws: Provider, table: Made) -> None:
    with pytest.raises(Failed, match="only one of"):
        aws.create(
            tokens.ROUTE,
            routeTableId=table.id,
            destinationCidrBlock="0.0.0.0/0",
            gatewayId="igw-1",
            transitGatewayId="tgw-1",
        )
    with pytest.raises(Refused, match="MissingParameter"):
        aws.create(tokens.ROUTE, routeTableId=table.id, destinationCidrBlock="0.0.0.0/0")


def test_a_subnet_has_one_route_table(aws: Provider, vpc: Made, table: Made, subnet: Made) -> None:
    first = aws.create(tokens.ROUTE_TABLE_ASSOCIATION, routeTableId=table.id, subnetId=subnet.id)
    other = aws.create(tokens.ROUTE_TABLE, vpcId=vpc.id)
    with pytest.raises(Refused, match=r"Resource\.AlreadyAssociated"):
        aws.create(tokens.ROUTE_TABLE_ASSOCIATION, routeTableId=other.id, subnetId=subnet.id)
    with pytest.raises(Refused, match="DependencyViolation"):
        aws.delete(table)
    aws.update(first, routeTableId=other.id)
    aws.delete(table)


def test_a_route_table_is_associated_within_its_vpc(
    aws: Provider, table: Made, subnet: Made
) -> None:
    other = aws.create(tokens.VPC, "other", cidrBlock="10.1.0.0/16")
    distant = aws.create(tokens.SUBNET, "distant", vpcId=other.id, cidrBlock="10.1.0.0/24")
    detached = aws.create(tokens.INTERNET_GATEWAY)
    for member in ({"subnetId": distant.id}, {"gatewayId": detached.id}):
        (id_,) = member.values()
        with pytest.raises(Refused, match=f"{table.id} and {id_} are in other networks"):
            aws.create(tokens.ROUTE_TABLE_ASSOCIATION, routeTableId=table.id, **member)
    with pytest.raises(Refused, match="belong to different networks"):
        aws.create(
            tokens.ROUTE,
            routeTableId=table.id,
            destinationCidrBlock="0.0.0.0/0",
            gatewayId=detached.id,
        )
