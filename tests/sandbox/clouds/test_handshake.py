"""Kong's side of private networking against what the customer made, cloud by cloud."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from sandbox import handshake
from sandbox.accounts import (
    CUSTOMER_AWS_ACCOUNT,
    CUSTOMER_AZURE_SUBSCRIPTION,
    CUSTOMER_AZURE_TENANT,
    CUSTOMER_GCP_PROJECT,
    KONG_AWS_ACCOUNT,
    KONG_AZURE_PRINCIPAL,
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


# Azure


@pytest.fixture
def vnet(azure: Provider) -> Made:
    azure.create(tokens.RESOURCE_GROUP, resourceGroupName="g")
    return azure.create(
        tokens.VNET,
        resourceGroupName="g",
        virtualNetworkName="v",
        addressSpace={"addressPrefixes": ["10.0.0.0/16"]},
    )


@pytest.fixture
def hub(azure: Provider) -> Made:
    azure.create(tokens.RESOURCE_GROUP, resourceGroupName="g")
    wan = azure.create(tokens.VIRTUAL_WAN, resourceGroupName="g", virtualWANName="w")
    return azure.create(
        tokens.VIRTUAL_HUB,
        resourceGroupName="g",
        virtualHubName="h",
        virtualWan={"id": wan.id},
        addressPrefix="10.0.0.0/23",
    )


def grant(azure: Provider, scope: str, *actions: str, without: tuple[str, ...] = ()) -> None:
    subscription = f"/subscriptions/{CUSTOMER_AZURE_SUBSCRIPTION}"
    role = azure.create(
        tokens.ROLE_DEFINITION,
        f"role at {scope}",
        scope=subscription,
        roleName=f"role at {scope}",
        assignableScopes=[subscription],
        permissions=[{"actions": list(actions), "notActions": list(without)}],
    )
    azure.create(
        tokens.ROLE_ASSIGNMENT,
        f"at {scope}",
        scope=scope,
        principalId=KONG_AZURE_PRINCIPAL,
        principalType="ServicePrincipal",
        roleDefinitionId=role.id,
    )


def grant_problem(store: Store, **changed: str) -> str | None:
    place = {
        "tenant_id": CUSTOMER_AZURE_TENANT,
        "subscription_id": CUSTOMER_AZURE_SUBSCRIPTION,
        "resource_group_name": "g",
        **changed,
    }
    with store.transaction():
        return handshake.azure_grant_problem(store, **place)


def peer(store: Store, cidr_block: str = KONG_CIDR, kong: str = "kong", **target: str) -> str:
    with store.transaction():
        return handshake.azure_open_peering(
            store,
            subscription_id=CUSTOMER_AZURE_SUBSCRIPTION,
            resource_group_name="g",
            kong_vnet_id=f"/subscriptions/kong/virtualNetworks/{kong}",
            cidr_block=cidr_block,
            name="kong",
            **target,
        )


def test_a_grant_on_the_network_is_enough(azure: Provider, store: Store, vnet: Made) -> None:
    assert "lacks" in str(grant_problem(store, vnet_name="v"))
    grant(azure, vnet.id, *handshake.VNET_ACTIONS)
    assert grant_problem(store, vnet_name="v") is None


@pytest.mark.parametrize("levels", [0, 4, 6])
def test_a_grant_above_the_network_counts(
    azure: Provider, store: Store, vnet: Made, levels: int
) -> None:
    scope = vnet.id.rsplit("/", levels)[0] if levels else vnet.id
    grant(azure, scope, "Microsoft.Network/virtualNetworks/*")
    assert grant_problem(store, vnet_name="v") is None


def test_a_grant_beside_the_network_does_not_count(
    azure: Provider, store: Store, vnet: Made
) -> None:
    other = azure.create(
        tokens.VNET,
        resourceGroupName="g",
        virtualNetworkName="v2",
        addressSpace={"addressPrefixes": ["10.1.0.0/16"]},
    )
    grant(azure, other.id, *handshake.VNET_ACTIONS)
    assert "lacks" in str(grant_problem(store, vnet_name="v"))


def test_the_missing_actions_are_named(azure: Provider, store: Store, vnet: Made) -> None:
    grant(azure, vnet.id, *handshake.VNET_ACTIONS[:-1])
    reason = grant_problem(store, vnet_name="v")
    assert f"lacks {handshake.VNET_ACTIONS[-1]} on {vnet.id}" in str(reason)


def test_what_a_role_takes_back_is_missing(azure: Provider, store: Store, vnet: Made) -> None:
    grant(azure, vnet.id, "Microsoft.Network/*", without=("*/delete",))
    reason = grant_problem(store, vnet_name="v")
    assert "virtualNetworkPeerings/delete" in str(reason)


def test_a_network_or_tenant_that_is_not_there_is_told(store: Store, vnet: Made) -> None:
    assert "does not exist" in str(grant_problem(store, vnet_name="other"))
    elsewhere = grant_problem(store, vnet_name="v", tenant_id="another")
    assert "no consent in tenant another" in str(elsewhere)


def test_a_peered_network_stays_until_kong_lets_go(
    azure: Provider, store: Store, vnet: Made
) -> None:
    peering = peer(store, vnet_name="v")
    assert peering == f"{vnet.id}/virtualNetworkPeerings/kong"
    group = Made(tokens.RESOURCE_GROUP, "it", vnet.id.split("/providers")[0], {}, {}, {})
    for held in (vnet, group):
        with pytest.raises(Refused, match="InUseVirtualNetworkCannotBeDeleted"):
            azure.delete(held)
    with store.transaction():
        handshake.azure_remove_peering(store, peering)
    azure.delete(vnet)


def test_two_attachments_of_one_name_are_two_peerings(
    azure: Provider, store: Store, vnet: Made
) -> None:
    first = peer(store, vnet_name="v")
    second = peer(store, "10.65.0.0/16", "kong-2", vnet_name="v")
    assert first != second
    with store.transaction():
        handshake.azure_remove_peering(store, first)
    with pytest.raises(Refused, match=second):
        azure.delete(vnet)


def test_azure_refuses_to_peer_overlapping_networks(store: Store, vnet: Made) -> None:
    with pytest.raises(handshake.CloudError, match="VnetAddressSpacesOverlap"):
        peer(store, cidr_block="10.0.0.0/20", vnet_name="v")


def test_two_networks_of_one_block_cannot_both_be_peered_with_one(
    azure: Provider, store: Store, vnet: Made
) -> None:
    first = peer(store, vnet_name="v")
    message = (
        "VnetAddressSpaceOverlapsWithAlreadyPeeredVnet.*virtualNetworks/kong already peered.*"
        "Overlapping address prefixes: 10.64.128.0/20"
    )
    with pytest.raises(handshake.CloudError, match=message):
        peer(store, "10.64.128.0/20", "kong-2", vnet_name="v")
    with store.transaction():
        handshake.azure_remove_peering(store, first)
    peer(store, "10.64.128.0/20", "kong-2", vnet_name="v")


def test_a_network_of_kong_is_peered_once_with_a_network(store: Store, vnet: Made) -> None:
    first = peer(store, vnet_name="v")
    message = f"AnotherPeeringAlreadyReferencesRemoteVnet.*{first}"
    with pytest.raises(handshake.CloudError, match=message):
        peer(store, vnet_name="v")


def test_a_peered_network_does_not_grow_into_its_peer(
    azure: Provider, store: Store, vnet: Made
) -> None:
    peer(store, vnet_name="v")
    with pytest.raises(Refused, match=r"VnetAddressSpacesOverlap.*10\.64\.16\.0/20"):
        azure.update(vnet, addressSpace={"addressPrefixes": ["10.0.0.0/16", "10.64.16.0/20"]})
    azure.update(vnet, addressSpace={"addressPrefixes": ["10.0.0.0/16", "10.66.0.0/16"]})


def test_two_networks_of_one_block_cannot_both_be_connected_to_a_hub(
    store: Store, hub: Made
) -> None:
    peer(store, vhub_name="h")
    with pytest.raises(handshake.CloudError, match="VnetAddressSpaceOverlapsWithAlreadyPeeredVnet"):
        peer(store, KONG_CIDR, "kong-2", vhub_name="h")


def test_a_hub_is_peered_like_a_network(azure: Provider, store: Store, hub: Made) -> None:
    grant(azure, hub.id, *handshake.VNET_ACTIONS)
    assert "hubVirtualNetworkConnections" in str(grant_problem(store, vhub_name="h"))
    grant(azure, hub.id.rsplit("/", 4)[0], *handshake.HUB_ACTIONS)
    assert grant_problem(store, vhub_name="h") is None
    with pytest.raises(handshake.CloudError, match="VnetAddressSpacesOverlap"):
        peer(store, cidr_block="10.0.1.0/24", vhub_name="h")
    peering = peer(store, vhub_name="h")
    with pytest.raises(Refused, match="InUseVirtualHubCannotBeDeleted"):
        azure.delete(hub)
    with store.transaction():
        handshake.azure_remove_peering(store, peering)
    azure.delete(hub)


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
