"""Peerings of transit gateways: acceptance, static routes, and the order of deletes."""

from __future__ import annotations

import pytest

from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.conftest import Connect
from tests.sandbox.clouds.harness import Made, Provider, Refused

ROUTES = "aws:ec2transitgateway/getRouteTableRoutes:getRouteTableRoutes"


@pytest.fixture
def ireland(connect: Connect) -> Provider:
    return connect("aws", {"region": "eu-west-1"})


@pytest.fixture
def far(ireland: Provider) -> Made:
    return ireland.create(tokens.TGW, "far", defaultRouteTableAssociation="disable")


@pytest.fixture
def peering(aws: Provider, tgw: Made, far: Made) -> Made:
    return aws.create(
        tokens.TGW_PEERING,
        transitGatewayId=tgw.id,
        peerTransitGatewayId=far.id,
        peerRegion="eu-west-1",
    )


def accepted(provider: Provider, peering: Made) -> Made:
    return provider.create(tokens.TGW_PEERING_ACCEPTER, transitGatewayAttachmentId=peering.id)


def test_a_peering_is_accepted_by_the_other_end_only(
    aws: Provider, ireland: Provider, tgw: Made, far: Made, peering: Made
) -> None:
    assert peering["state"] == "pendingAcceptance"
    with pytest.raises(Refused, match="UnauthorizedOperation"):
        accepted(aws, peering)
    accepter = accepted(ireland, peering)
    assert (accepter["transitGatewayId"], accepter["peerTransitGatewayId"]) == (far.id, tgw.id)
    assert accepter["peerRegion"] == "us-east-2"
    read = aws.read(peering)
    assert read is not None
    assert read["state"] == "available"
    with pytest.raises(Refused, match=r"IncorrectState.*available"):
        accepted(ireland, peering)


def test_gateways_of_one_region_and_of_one_asn_can_be_peered(aws: Provider, tgw: Made) -> None:
    near = aws.create(tokens.TGW, "near")
    assert near["amazonSideAsn"] == tgw["amazonSideAsn"]
    ends = {"transitGatewayId": tgw.id, "peerRegion": "us-east-2"}
    peering = aws.create(tokens.TGW_PEERING, peerTransitGatewayId=near.id, **ends)
    accepted(aws, peering)
    with pytest.raises(Refused, match="DuplicateTransitGatewayAttachment"):
        aws.create(
            tokens.TGW_PEERING,
            "back",
            transitGatewayId=near.id,
            peerTransitGatewayId=tgw.id,
            peerRegion="us-east-2",
        )
    with pytest.raises(Refused, match="cannot be peered with itself"):
        aws.create(tokens.TGW_PEERING, "self", peerTransitGatewayId=tgw.id, **ends)


def test_a_peering_with_the_wrong_region_fails(aws: Provider, tgw: Made, far: Made) -> None:
    with pytest.raises(Refused, match=r"unexpected state 'failed'.*eu-west-2"):
        aws.create(
            tokens.TGW_PEERING,
            transitGatewayId=tgw.id,
            peerTransitGatewayId=far.id,
            peerRegion="eu-west-2",
        )


def test_a_route_needs_an_accepted_peering_and_none_propagates(
    aws: Provider, ireland: Provider, tgw: Made, far: Made, peering: Made
) -> None:
    table = ireland.create(tokens.TGW_ROUTE_TABLE, transitGatewayId=far.id)
    link = {"transitGatewayAttachmentId": peering.id, "transitGatewayRouteTableId": table.id}
    for token, more in (
        (tokens.TGW_ROUTE, {"destinationCidrBlock": "10.64.0.0/16"}),
        (tokens.TGW_ASSOCIATION, {}),
    ):
        with pytest.raises(Refused, match=r"IncorrectState.*pendingAcceptance"):
            ireland.create(token, **link, **more)
    accepted(ireland, peering)
    ireland.create(tokens.TGW_ROUTE, destinationCidrBlock="10.64.0.0/16", **link)
    association = ireland.create(tokens.TGW_ASSOCIATION, **link)
    assert (association["resourceType"], association["resourceId"]) == ("peering", tgw.id)
    with pytest.raises(Refused, match=r"UnsupportedOperation.*peering cannot propagate"):
        ireland.create(tokens.TGW_PROPAGATION, **link)
    near = aws.create(tokens.TGW_ROUTE_TABLE, transitGatewayId=tgw.id)
    with pytest.raises(Refused, match=r"Resource\.AlreadyAssociated"):  # with the default table
        aws.create(
            tokens.TGW_ASSOCIATION,
            transitGatewayAttachmentId=peering.id,
            transitGatewayRouteTableId=near.id,
        )


def test_a_route_over_a_peering_stays_as_a_blackhole_when_the_accepter_is_deleted(
    aws: Provider, tgw: Made, ireland: Provider, peering: Made
) -> None:
    table = aws.create(tokens.TGW_ROUTE_TABLE, transitGatewayId=tgw.id)
    accepter = accepted(ireland, peering)
    aws.create(
        tokens.TGW_ROUTE,
        transitGatewayAttachmentId=peering.id,
        transitGatewayRouteTableId=table.id,
        destinationCidrBlock="10.64.0.0/16",
    )
    with pytest.raises(Refused, match=f"IncorrectState.*Peering Attachments: {peering.id}"):
        aws.delete(tgw)
    ireland.delete(accepter)
    assert aws.read(peering) is None
    found = aws.invoke(
        ROUTES,
        transitGatewayRouteTableId=table.id,
        filters=[{"name": "type", "values": ["static"]}],
    )
    assert [route["state"] for route in found["routes"]] == ["blackhole"]
    aws.delete(tgw)
