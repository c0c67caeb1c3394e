"""The rules of transit gateways and their routing, with the codes that AWS answers."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.accounts import CUSTOMER_AWS_ACCOUNT
from sandbox.clouds.aws import AWS
from sandbox.clouds.aws.transit_gateway_routing import Route, routes
from sandbox.clouds.world import World
from sandbox.store import Store
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Failed, Made, Provider, Refused


def gateway_routes(store: Store, table: str) -> list[Route]:
    """The routes of a transit gateway's table, as its owner sees them."""
    return routes(World(AWS, store, CUSTOMER_AWS_ACCOUNT, "us-east-2"), table)


def test_an_attachment_needs_its_gateway_and_one_subnet_per_zone(
    aws: Provider, vpc: Made, subnet: Made, tgw: Made
) -> None:
    twin = aws.create(
        tokens.SUBNET,
        "twin",
        vpcId=vpc.id,
        cidrBlock="10.0.1.0/24",
        availabilityZoneId="use2-az2",
    )
    base: dict[str, Any] = {"vpcId": vpc.id, "subnetIds": [subnet.id], "transitGatewayId": tgw.id}
    for change, code in (
        ({"transitGatewayId": "tgw-00000000000000000"}, "InvalidTransitGatewayID.NotFound"),
        ({"vpcId": "vpc-00000000000000000"}, "InvalidVpcID.NotFound"),
        ({"subnetIds": ["subnet-00000000000000000"]}, "InvalidSubnetID.NotFound"),
        ({"subnetIds": [subnet.id, twin.id]}, "DuplicateSubnetsInSameZone"),
    ):
        with pytest.raises(Refused, match=code):
            aws.create(tokens.TGW_ATTACHMENT, **{**base, **change})
    aws.create(tokens.TGW_ATTACHMENT, **base)
    with pytest.raises(Refused, match="DuplicateTransitGatewayAttachment"):
        aws.create(tokens.TGW_ATTACHMENT, **base)


def test_an_attachment_has_at_least_one_subnet(
    aws: Provider, vpc: Made, attachment: Made, tgw: Made
) -> None:
    with pytest.raises(Failed, match=r"subnetIds.*at least 1 item, got 0"):
        aws.create(tokens.TGW_ATTACHMENT, vpcId=vpc.id, subnetIds=[], transitGatewayId=tgw.id)
    with pytest.raises(Failed, match=r"subnetIds.*at least 1 item, got 0"):
        aws.update(attachment, subnetIds=[])


def test_an_attachment_has_subnets_of_its_own_vpc(
    aws: Provider, subnet: Made, attachment: Made, tgw: Made
) -> None:
    other = aws.create(tokens.VPC, "other", cidrBlock="10.1.0.0/16")
    with pytest.raises(Refused, match=rf"InvalidSubnetID\.NotFound.*{subnet.id}"):
        aws.create(
            tokens.TGW_ATTACHMENT,
            "other",
            vpcId=other.id,
            subnetIds=[subnet.id],
            transitGatewayId=tgw.id,
        )
    foreign = aws.create(tokens.SUBNET, "foreign", vpcId=other.id, cidrBlock="10.1.0.0/24")
    with pytest.raises(Refused, match=rf"InvalidSubnetID\.NotFound.*{foreign.id}"):
        aws.update(attachment, subnetIds=[foreign.id])


def routes_of(aws: Provider, table: Made) -> dict[str, tuple[str, str]]:
    """Destination -> (type, state) of the routes of a transit gateway's table."""
    found = aws.invoke(
        "aws:ec2transitgateway/getRouteTableRoutes:getRouteTableRoutes",
        transitGatewayRouteTableId=table.id,
        filters=[{"name": "state", "values": ["active", "blackhole"]}],
    )
    return {
        route["destinationCidrBlock"]: (route["type"], route["state"]) for route in found["routes"]
    }


def attached(aws: Provider, tgw: Made, name: str, block: str) -> Made:
    """A VPC of a block, attached to the gateway and in none of its default tables."""
    vpc = aws.create(tokens.VPC, name, cidrBlock=block)
    subnet = aws.create(tokens.SUBNET, name, vpcId=vpc.id, cidrBlock=block)
    return aws.create(
        tokens.TGW_ATTACHMENT,
        name,
        vpcId=vpc.id,
        subnetIds=[subnet.id],
        transitGatewayId=tgw.id,
        transitGatewayDefaultRouteTableAssociation=False,
        transitGatewayDefaultRouteTablePropagation=False,
    )


def test_a_gateway_has_at_most_20_route_tables(aws: Provider) -> None:
    tgw = aws.create(
        tokens.TGW, defaultRouteTableAssociation="disable", defaultRouteTablePropagation="disable"
    )
    for number in range(20):
        aws.create(tokens.TGW_ROUTE_TABLE, f"table-{number}", transitGatewayId=tgw.id)
    with pytest.raises(Refused, match="has 20 route tables"):
        aws.create(tokens.TGW_ROUTE_TABLE, "one-more", transitGatewayId=tgw.id)


def test_of_two_overlapping_blocks_a_table_has_a_route_to_the_first_only(
    aws: Provider, tgw: Made, store: Store
) -> None:
    table = aws.create(tokens.TGW_ROUTE_TABLE, transitGatewayId=tgw.id)
    made = [attached(aws, tgw, name, f"10.9.0.0/{name}") for name in ("24", "25")]
    for one in made:
        aws.create(
            tokens.TGW_PROPAGATION,
            one.name,
            transitGatewayAttachmentId=one.id,
            transitGatewayRouteTableId=table.id,
        )
    assert [route.attachment for route in gateway_routes(store, table.id)] == [made[0].id]


def test_of_two_identical_blocks_a_table_has_a_route_to_the_first_only(
    aws: Provider, tgw: Made, store: Store
) -> None:
    table = aws.create(tokens.TGW_ROUTE_TABLE, transitGatewayId=tgw.id)
    old, new = (attached(aws, tgw, name, "10.9.0.0/24") for name in ("old", "new"))
    apart = attached(aws, tgw, "apart", "10.9.1.0/25")
    propagations = [
        aws.create(
            tokens.TGW_PROPAGATION,
            made.name,
            transitGatewayAttachmentId=made.id,
            transitGatewayRouteTableId=table.id,
        )
        for made in (old, new, apart)
    ]
    assert [route.attachment for route in gateway_routes(store, table.id)] == [old.id, apart.id]
    assert routes_of(aws, table) == {
        "10.9.0.0/24": ("propagated", "active"),
        "10.9.1.0/25": ("propagated", "active"),
    }
    # What the second could not propagate stays away until its propagation is made again.
    aws.delete(propagations[0])
    aws.delete(old)
    assert [route.attachment for route in gateway_routes(store, table.id)] == [apart.id]
    aws.delete(propagations[1])
    aws.create(
        tokens.TGW_PROPAGATION,
        transitGatewayAttachmentId=new.id,
        transitGatewayRouteTableId=table.id,
    )
    assert {route.attachment for route in gateway_routes(store, table.id)} == {new.id, apart.id}


def test_identical_blocks_in_a_default_table_are_no_different(
    aws: Provider, tgw: Made, store: Store
) -> None:
    old, new = (attached(aws, tgw, name, "10.9.0.0/24") for name in ("old", "new"))
    for made in (old, new):
        aws.update(made, transitGatewayDefaultRouteTablePropagation=True)
    found = gateway_routes(store, tgw["propagationDefaultRouteTableId"])
    assert [route.attachment for route in found] == [old.id]


def test_a_static_route_goes_before_a_propagated_one(aws: Provider, tgw: Made) -> None:
    table = aws.create(tokens.TGW_ROUTE_TABLE, transitGatewayId=tgw.id)
    spoke = attached(aws, tgw, "spoke", "10.9.0.0/24")
    link = {
        "transitGatewayAttachmentId": spoke.id,
        "transitGatewayRouteTableId": table.id,
    }
    aws.create(tokens.TGW_PROPAGATION, **link)
    aws.create(tokens.TGW_ROUTE, destinationCidrBlock="10.9.0.0/24", **link)
    aws.create(
        tokens.TGW_ROUTE,
        "hole",
        destinationCidrBlock="10.8.0.0/16",
        transitGatewayRouteTableId=table.id,
        blackhole=True,
    )
    assert routes_of(aws, table) == {
        "10.9.0.0/24": ("static", "active"),
        "10.8.0.0/16": ("static", "blackhole"),
    }


def test_a_static_route_of_a_gateway_turns_into_a_blackhole_with_its_attachment_gone(
    aws: Provider, tgw: Made
) -> None:
    table = aws.create(tokens.TGW_ROUTE_TABLE, transitGatewayId=tgw.id)
    spoke = attached(aws, tgw, "spoke", "10.9.0.0/24")
    route = aws.create(
        tokens.TGW_ROUTE,
        destinationCidrBlock="10.10.0.0/16",
        transitGatewayAttachmentId=spoke.id,
        transitGatewayRouteTableId=table.id,
    )
    assert route["blackhole"] is False
    aws.delete(spoke)
    assert routes_of(aws, table) == {"10.10.0.0/16": ("static", "blackhole")}
    read = aws.read(route)
    assert read is not None
    assert read["blackhole"] is True
    assert "transitGatewayAttachmentId" not in read.outputs
    with pytest.raises(Refused, match="RouteAlreadyExists"):
        aws.create(
            tokens.TGW_ROUTE,
            destinationCidrBlock="10.10.0.0/16",
            transitGatewayRouteTableId=table.id,
            blackhole=True,
        )
    aws.delete(route)
    assert routes_of(aws, table) == {}


def test_the_routes_of_a_table_are_filtered_by_type_and_state(aws: Provider, tgw: Made) -> None:
    table = aws.create(tokens.TGW_ROUTE_TABLE, transitGatewayId=tgw.id)
    for filters, message in (
        ([], "MissingParameter"),
        ([{"name": "type", "values": ["dynamic"]}], "InvalidParameterValue"),
        ([{"name": "colour", "values": ["red"]}], "InvalidParameterValue"),
    ):
        with pytest.raises(Refused, match=message):
            aws.invoke(
                "aws:ec2transitgateway/getRouteTableRoutes:getRouteTableRoutes",
                transitGatewayRouteTableId=table.id,
                filters=filters,
            )


def test_a_subnet_of_an_attachment_stays(aws: Provider, subnet: Made, attachment: Made) -> None:
    with pytest.raises(Refused, match=f"DependencyViolation.*{attachment.id}"):
        aws.delete(subnet)


def test_a_gateway_with_attachments_stays(aws: Provider, tgw: Made, attachment: Made) -> None:
    with pytest.raises(Refused, match=f"IncorrectState.*{attachment.id}"):
        aws.delete(tgw)
    aws.delete(attachment)
    aws.delete(tgw)


def test_a_default_table_takes_every_attachment(
    aws: Provider, tgw: Made, attachment: Made, here: Store
) -> None:
    default = tgw["associationDefaultRouteTableId"]
    linked = f"{default}_{attachment.id}"
    assert here.get("aws", tokens.TGW_ASSOCIATION, linked) is not None
    assert here.get("aws", tokens.TGW_PROPAGATION, linked) is not None
    own = aws.create(tokens.TGW_ROUTE_TABLE, transitGatewayId=tgw.id)
    with pytest.raises(Refused, match=r"Resource\.AlreadyAssociated"):
        aws.create(
            tokens.TGW_ASSOCIATION,
            transitGatewayAttachmentId=attachment.id,
            transitGatewayRouteTableId=own.id,
        )
    left = aws.update(attachment, transitGatewayDefaultRouteTableAssociation=False)
    assert here.get("aws", tokens.TGW_ASSOCIATION, linked) is None
    aws.create(
        tokens.TGW_ASSOCIATION,
        transitGatewayAttachmentId=left.id,
        transitGatewayRouteTableId=own.id,
    )
    with pytest.raises(Refused, match=f"IncorrectState.*{attachment.id}"):
        aws.delete(own)


def test_an_update_leaves_an_attachment_in_the_table_it_was_moved_to(
    aws: Provider, tgw: Made, attachment: Made, here: Store
) -> None:
    own = aws.create(tokens.TGW_ROUTE_TABLE, transitGatewayId=tgw.id)
    moved = aws.create(
        tokens.TGW_ASSOCIATION,
        transitGatewayAttachmentId=attachment.id,
        transitGatewayRouteTableId=own.id,
        replaceExistingAssociation=True,
    )
    aws.update(attachment, tags={"a": "b"})
    assert aws.read(moved) is not None
    linked = f"{tgw['associationDefaultRouteTableId']}_{attachment.id}"
    assert here.get("aws", tokens.TGW_ASSOCIATION, linked) is None


def test_links_and_routes_of_a_gateway_exist_once(
    aws: Provider, tgw: Made, attachment: Made
) -> None:
    table = aws.create(tokens.TGW_ROUTE_TABLE, transitGatewayId=tgw.id)
    link = {
        "transitGatewayAttachmentId": attachment.id,
        "transitGatewayRouteTableId": table.id,
    }
    made = aws.create(tokens.TGW_PROPAGATION, **link)
    assert made.id == f"{table.id}_{attachment.id}"
    assert (made["resourceId"], made["resourceType"]) == (attachment["vpcId"], "vpc")
    with pytest.raises(Refused, match=r"TransitGatewayRouteTablePropagation\.Duplicate"):
        aws.create(tokens.TGW_PROPAGATION, **link)
    route = aws.create(tokens.TGW_ROUTE, destinationCidrBlock="10.9.0.0/16", **link)
    assert route.id == f"{table.id}_10.9.0.0/16"
    with pytest.raises(Refused, match="RouteAlreadyExists"):
        aws.create(tokens.TGW_ROUTE, destinationCidrBlock="10.9.0.0/16", **link)
    with pytest.raises(Refused, match="InvalidParameterCombination"):
        aws.create(
            tokens.TGW_ROUTE,
            destinationCidrBlock="10.8.0.0/16",
            transitGatewayRouteTableId=table.id,
        )


def test_an_attachment_of_another_gateway_cannot_be_associated(
    aws: Provider, attachment: Made
) -> None:
    other = aws.create(tokens.TGW, "other")
    table = aws.create(tokens.TGW_ROUTE_TABLE, transitGatewayId=other.id)
    with pytest.raises(Refused, match="do not belong to the same transit gateway"):
        aws.create(
            tokens.TGW_PROPAGATION,
            transitGatewayAttachmentId=attachment.id,
            transitGatewayRouteTableId=table.id,
        )


def test_only_a_pending_attachment_can_be_accepted(aws: Provider, attachment: Made) -> None:
    with pytest.raises(Refused, match="IncorrectState"):
        aws.create(tokens.TGW_ACCEPTER, transitGatewayAttachmentId=attachment.id)
    with pytest.raises(Refused, match=r"InvalidTransitGatewayAttachmentID\.NotFound"):
        aws.create(tokens.TGW_ACCEPTER, transitGatewayAttachmentId="tgw-attach-0")
