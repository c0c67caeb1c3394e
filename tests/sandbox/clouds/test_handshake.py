"""Kong's side of private networking against what the customer made, cloud by cloud."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from sandbox import handshake
from sandbox.accounts import (
    CUSTOMER_AWS_ACCOUNT,
    CUSTOMER_GCP_PROJECT,
    KONG_AWS_ACCOUNT,
    KONG_GCP_PROJECT,
)
from sandbox.store import Store
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Made, Provider, Refused

KONG_CIDR = "10.64.0.0/16"
KONG_VPC = "vpc-0123456789abcdef0"
LATTICE = (
    f"arn:aws:vpc-lattice:us-east-2:{CUSTOMER_AWS_ACCOUNT}:resourceconfiguration/"
    "rcfg-0123456789abcdef0"
)

# AWS


@pytest.fixture
def tgw(aws: Provider) -> Made:
    return aws.create(
        tokens.TGW,
        defaultRouteTableAssociation="disable",
        defaultRouteTablePropagation="disable",
    )


def share(aws: Provider, *arns: str, principal: str | None = KONG_AWS_ACCOUNT) -> str:
    made = aws.create(tokens.RAM_SHARE, allowExternalPrincipals=True)
    for arn in arns:
        aws.create(tokens.RAM_RESOURCE, resourceArn=arn, resourceShareArn=made.id)
    if principal is not None:
        aws.create(tokens.RAM_PRINCIPAL, principal=principal, resourceShareArn=made.id)
    return made.id


def problem(store: Store, arn: str, tgw: str, region: str = "us-east-2") -> str | None:
    with store.transaction():
        return handshake.aws_tgw_share_problem(
            store, ram_share_arn=arn, region=region, transit_gateway_id=tgw
        )


def lattice_problem(store: Store, arn: str, region: str = "us-east-2") -> str | None:
    with store.transaction():
        return handshake.aws_resource_share_problem(store, ram_share_arn=arn, region=region)


def attach(store: Store, tgw: str) -> str:
    with store.transaction():
        return handshake.aws_open_tgw_attachment(
            store,
            transit_gateway_id=tgw,
            kong_vpc_id=KONG_VPC,
            kong_subnet_ids=["subnet-0123456789abcdef0"],
            cidr_block=KONG_CIDR,
            name="kong",
        )


def state(store: Store, attachment: str) -> str | None:
    with store.transaction():
        return handshake.aws_tgw_attachment_state(store, attachment)


def accept(aws: Provider, attachment: str) -> Made:
    return aws.create(tokens.TGW_ACCEPTER, transitGatewayAttachmentId=attachment)


def test_a_complete_share_serves_by_id_and_by_arn(aws: Provider, store: Store, tgw: Made) -> None:
    arn = share(aws, tgw["arn"])
    for resource in (tgw.id, tgw["arn"]):
        assert problem(store, arn, resource) is None


def test_each_gap_in_a_share_is_told(aws: Provider, store: Store, tgw: Made) -> None:
    other = aws.create(tokens.TGW, "other")
    assert "does not exist" in str(problem(store, "arn:none", tgw.id))
    for principal in (None, "999988887777"):
        unshared = problem(store, share(aws, tgw["arn"], principal=principal), tgw.id)
        assert f"not shared with account {KONG_AWS_ACCOUNT}" in str(unshared)
    assert "holds no transit gateway" in str(problem(store, share(aws), tgw.id))
    assert f"not {other.id}" in str(problem(store, share(aws, tgw["arn"]), other.id))
    both = share(aws, tgw["arn"], other["arn"])
    assert "2 resources instead of one" in str(problem(store, both, tgw.id))


def test_a_share_serves_in_its_own_region_only(aws: Provider, store: Store, tgw: Made) -> None:
    told = str(problem(store, share(aws, tgw["arn"]), tgw.id, region="eu-west-1"))
    assert "does not exist in eu-west-1" in told


def test_a_resource_endpoint_needs_a_lattice_resource_configuration(
    aws: Provider, store: Store, tgw: Made
) -> None:
    assert lattice_problem(store, share(aws, LATTICE)) is None
    assert "holds no resource configuration" in str(lattice_problem(store, share(aws, tgw["arn"])))
    assert "holds no transit gateway" in str(problem(store, share(aws, LATTICE), tgw.id))
    mixed = share(aws, tgw["arn"], LATTICE)
    for told in (lattice_problem(store, mixed), problem(store, mixed, tgw.id)):
        assert "2 resources instead of one" in str(told)


def test_a_network_of_kong_is_attached_once_to_a_gateway(store: Store, tgw: Made) -> None:
    first = attach(store, tgw.id)
    with pytest.raises(handshake.CloudError, match="DuplicateTransitGatewayAttachment"):
        attach(store, tgw.id)
    with store.transaction():
        handshake.aws_remove_tgw_attachment(store, first)
    attach(store, tgw.id)


def test_an_attachment_waits_to_be_accepted(aws: Provider, store: Store, tgw: Made) -> None:
    attachment = attach(store, tgw["arn"])
    assert state(store, attachment) == "pendingAcceptance"
    table = aws.create(tokens.TGW_ROUTE_TABLE, transitGatewayId=tgw.id)
    link = {
        "transitGatewayAttachmentId": attachment,
        "transitGatewayRouteTableId": table.id,
    }
    with pytest.raises(Refused, match="IncorrectState"):
        aws.create(tokens.TGW_ASSOCIATION, **link)
    accepted = accept(aws, attachment)
    assert state(store, attachment) == "available"
    assert (accepted.id, accepted["vpcId"]) == (attachment, KONG_VPC)
    assert accepted["vpcOwnerId"] == KONG_AWS_ACCOUNT
    aws.create(tokens.TGW_ASSOCIATION, **link)
    with pytest.raises(Refused, match="IncorrectState"):
        accept(aws, attachment)


def test_a_gateway_that_accepts_by_itself_leaves_nothing_to_accept(
    aws: Provider, store: Store
) -> None:
    tgw = aws.create(tokens.TGW, autoAcceptSharedAttachments="enable")
    attachment = attach(store, tgw.id)
    assert state(store, attachment) == "available"
    with pytest.raises(Refused, match="IncorrectState"):
        accept(aws, attachment)
    associated = f"{tgw['associationDefaultRouteTableId']}_{attachment}"
    assert store.get("aws", tokens.TGW_ASSOCIATION, associated) is not None


def test_an_attachment_is_seen_in_the_region_of_its_gateway_only(
    connect: Any, store: Store, tgw: Made
) -> None:
    attachment = attach(store, tgw.id)
    elsewhere = connect("aws", {"region": "eu-west-1"})
    with pytest.raises(Refused, match=r"InvalidTransitGatewayAttachmentID\.NotFound"):
        accept(elsewhere, attachment)


def test_deleting_the_accepter_deletes_kongs_attachment(
    aws: Provider, store: Store, tgw: Made
) -> None:
    attachment = attach(store, tgw.id)
    aws.delete(accept(aws, attachment))
    assert state(store, attachment) == "deleted"
    aws.delete(tgw)
    with store.transaction():
        handshake.aws_remove_tgw_attachment(store, attachment)
    assert state(store, attachment) is None


def test_kong_removing_its_attachment_takes_its_links_along(
    aws: Provider, store: Store, tgw: Made
) -> None:
    attachment = attach(store, tgw.id)
    accepted = accept(aws, attachment)
    table = aws.create(tokens.TGW_ROUTE_TABLE, transitGatewayId=tgw.id)
    link = {
        "transitGatewayAttachmentId": attachment,
        "transitGatewayRouteTableId": table.id,
    }
    made = [
        aws.create(tokens.TGW_ASSOCIATION, **link),
        aws.create(tokens.TGW_PROPAGATION, **link),
    ]
    with pytest.raises(Refused, match=f"IncorrectState.*{attachment}"):
        aws.delete(tgw)
    with store.transaction():
        handshake.aws_remove_tgw_attachment(store, attachment)
    assert state(store, attachment) is None
    for gone in (*made, accepted):
        assert aws.read(gone) is None
    aws.delete(table)
    aws.delete(tgw)
    assert store.everything() == {}


def test_an_overlap_does_not_stop_a_transit_gateway(aws: Provider, store: Store, tgw: Made) -> None:
    aws.create(tokens.VPC, cidrBlock=KONG_CIDR)
    assert state(store, attach(store, tgw.id)) == "pendingAcceptance"


def test_an_attachment_to_a_gateway_that_is_gone_is_refused(store: Store) -> None:
    with pytest.raises(handshake.CloudError, match=r"InvalidTransitGatewayID\.NotFound"):
        attach(store, "tgw-00000000000000000")


def open_peering(store: Store, vpc: str, **changed: str) -> str | None:
    request = {
        "peer_vpc_id": vpc,
        "peer_account_id": CUSTOMER_AWS_ACCOUNT,
        "peer_vpc_region": "us-east-2",
        "kong_vpc_id": KONG_VPC,
        "cidr_block": KONG_CIDR,
        **changed,
    }
    with store.transaction():
        return handshake.aws_open_vpc_peering(store, **request)


def test_a_vpc_peering_is_accepted_on_request(aws: Provider, store: Store) -> None:
    vpc = aws.create(tokens.VPC, cidrBlock="10.0.0.0/16")
    peering = open_peering(store, vpc.id)
    assert peering is not None
    passive = aws.create(tokens.VPC_PEERING_ACCEPTER, vpcPeeringConnectionId=peering)
    assert passive["acceptStatus"] == "pending-acceptance"
    active = aws.update(passive, autoAccept=True)
    assert active["acceptStatus"] == "active"
    assert (active["vpcId"], active["peerOwnerId"]) == (vpc.id, KONG_AWS_ACCOUNT)
    aws.delete(active)
    assert handshake.aws_vpc_peering_state(store, peering) == "active"
    with pytest.raises(Refused, match=f"DependencyViolation.*{peering}"):
        aws.delete(vpc)
    with store.transaction():
        handshake.aws_remove_vpc_peering(store, peering)
    assert handshake.aws_vpc_peering_state(store, peering) is None
    aws.delete(vpc)


def test_a_route_to_a_deleted_peering_is_a_blackhole(aws: Provider, store: Store) -> None:
    vpc = aws.create(tokens.VPC, cidrBlock="10.0.0.0/16")
    route = {"routeTableId": vpc["mainRouteTableId"], "destinationCidrBlock": KONG_CIDR}
    with pytest.raises(Refused, match=r"InvalidVpcPeeringConnectionID\.NotFound"):
        aws.create(tokens.ROUTE, vpcPeeringConnectionId="pcx-1", **route)
    peering = open_peering(store, vpc.id)
    made = aws.create(tokens.ROUTE, vpcPeeringConnectionId=peering, **route)
    assert made["state"] == "active"
    with store.transaction():
        handshake.aws_remove_vpc_peering(store, str(peering))
    left = aws.read(made)
    assert left is not None
    assert (left["state"], left["vpcPeeringConnectionId"]) == ("blackhole", peering)
    with pytest.raises(Refused, match="RouteAlreadyExists"):
        aws.create(tokens.ROUTE, "again", vpcPeeringConnectionId=peering, **route)


@pytest.mark.parametrize(
    "changed",
    [
        {"peer_vpc_id": "vpc-00000000000000000"},
        {"peer_account_id": "999988887777"},
        {"peer_vpc_region": "eu-west-1"},
        {"cidr_block": "10.0.128.0/20"},
    ],
)
def test_a_peering_that_cannot_be_is_not_opened(
    aws: Provider, store: Store, changed: dict[str, str]
) -> None:
    vpc = aws.create(tokens.VPC, cidrBlock="10.0.0.0/16")
    assert open_peering(store, vpc.id, **changed) is None


# GCP


def test_a_mirror_peering_becomes_active_and_inactive_with_kongs(
    gcp: Provider, store: Store
) -> None:
    network = gcp.create(tokens.GCP_NETWORK, name="n", autoCreateSubnetworks=False)
    place = {
        "peer_project_id": CUSTOMER_GCP_PROJECT,
        "peer_vpc_name": "n",
        "kong_network": "kong-1",
    }
    assert not handshake.gcp_mirror_exists(store, **place)
    peering = gcp.create(
        tokens.GCP_PEERING,
        network=network["selfLink"],
        peerNetwork=f"projects/{KONG_GCP_PROJECT}/global/networks/kong-1",
    )
    assert peering["state"] == "INACTIVE"
    assert handshake.gcp_mirror_exists(store, **place)
    assert not handshake.gcp_mirror_exists(store, **{**place, "kong_network": "kong-2"})
    for step, expected in (
        (partial(handshake.gcp_activate_peering, cidr_block=KONG_CIDR), "ACTIVE"),
        (handshake.gcp_deactivate_peering, "INACTIVE"),
    ):
        with store.transaction():
            step(store, **place)
        read = gcp.read(peering)
        assert read is not None
        assert read["state"] == expected
        assert expected == "ACTIVE" or "Waiting for peer" in read["stateDetails"]
    gcp.delete(peering)
    assert not handshake.gcp_mirror_exists(store, **place)


def gcp_peer(gcp: Provider, kong: str) -> Made:
    """The customer's peering of the network ``n`` with a network of Kong."""
    return gcp.create(
        tokens.GCP_PEERING,
        kong,
        network="n",
        peerNetwork=f"projects/{KONG_GCP_PROJECT}/global/networks/{kong}",
    )


def activate(store: Store, kong: str, cidr_block: str) -> None:
    with store.transaction():
        handshake.gcp_activate_peering(
            store,
            peer_project_id=CUSTOMER_GCP_PROJECT,
            peer_vpc_name="n",
            kong_network=kong,
            cidr_block=cidr_block,
        )


def test_kongs_block_overlaps_no_range_of_the_network_it_is_peered_with(
    gcp: Provider, store: Store
) -> None:
    gcp.create(tokens.GCP_NETWORK, name="n", autoCreateSubnetworks=False)
    subnet = {"network": "n", "region": "us-east4"}
    gcp.create(tokens.GCP_SUBNETWORK, "first", ipCidrRange="10.5.0.0/24", **subnet)
    gcp_peer(gcp, "kong-1")
    with pytest.raises(handshake.CloudError, match=r"\(10\.5\.0\.0/16\) overlaps .* local network"):
        activate(store, "kong-1", "10.5.0.0/16")
    activate(store, "kong-1", KONG_CIDR)
    with pytest.raises(Refused, match=rf"overlaps with an IP range \({KONG_CIDR}\) in an active"):
        gcp.create(tokens.GCP_SUBNETWORK, "second", ipCidrRange="10.64.8.0/24", **subnet)


def test_two_networks_of_one_block_cannot_both_be_peered_with_one_in_gcp(
    gcp: Provider, store: Store
) -> None:
    gcp.create(tokens.GCP_NETWORK, name="n", autoCreateSubnetworks=False)
    first = gcp_peer(gcp, "kong-1")
    gcp_peer(gcp, "kong-2")
    activate(store, "kong-1", KONG_CIDR)
    message = rf"\({KONG_CIDR}\) in an active peer \({first['name']}\) of the local network"
    with pytest.raises(handshake.CloudError, match=message):
        activate(store, "kong-2", "10.64.0.0/20")
    gcp.delete(first)
    activate(store, "kong-2", "10.64.0.0/20")
