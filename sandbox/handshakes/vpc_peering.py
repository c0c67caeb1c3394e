"""Kong's VPC peering with a VPC of the customer."""

from __future__ import annotations

from ipaddress import IPv4Network

from sandbox.clouds.aws.cloud import new_id
from sandbox.clouds.aws.peering import PEERED_ALREADY, VPC_PEERING
from sandbox.clouds.aws.vpc import VPC
from sandbox.handshakes.shares import kong
from sandbox.store import Store


def missing(
    store: Store,
    *,
    peer_vpc_id: str,
    peer_account_id: str,
    peer_vpc_region: str,
    cidr_block: str,
) -> str | None:
    """Why a request of Kong to peer with the customer's VPC would fail; None if it would not.

    The VPC must exist in that account and region, and its block must not overlap Kong's
    ``cidr_block``.
    """
    vpc = kong(store, peer_vpc_region).of(peer_account_id).get(VPC, peer_vpc_id)
    if vpc is None:
        where = f"account {peer_account_id}, region {peer_vpc_region}"
        return f"no VPC {peer_vpc_id} in {where}"
    if IPv4Network(cidr_block).overlaps(IPv4Network(vpc["cidrBlock"])):
        return f"VPC {peer_vpc_id} has the block {vpc['cidrBlock']}, which overlaps {cidr_block}"
    return None


def open_(
    store: Store,
    *,
    region: str,
    peer_vpc_id: str,
    peer_account_id: str,
    peer_vpc_region: str,
    kong_vpc_id: str,
    cidr_block: str,
) -> str:
    """Request a peering from Kong's VPC in ``region``; returns its id.

    Raises CloudError when the two are peered already.
    """
    world = kong(store, region)
    for other, _ in world.where(VPC_PEERING, vpcId=kong_vpc_id, peerVpcId=peer_vpc_id):
        raise world.call(VPC_PEERING, {}).error(PEERED_ALREADY, by=other)
    id_ = new_id(store, "pcx")
    peering = {
        "vpcId": kong_vpc_id,
        "peerVpcId": peer_vpc_id,
        "peerOwnerId": peer_account_id,
        "peerRegion": peer_vpc_region,
        "region": region,
        "acceptStatus": "pending-acceptance",
        "_cidrBlock": cidr_block,
    }
    world.put(VPC_PEERING, id_, peering)
    return id_


def state(store: Store, *, region: str, peering_id: str) -> str:
    """``pending-acceptance``, ``active``, or ``deleted`` when the peering does not exist."""
    body = kong(store, region).get(VPC_PEERING, peering_id)
    return "deleted" if body is None else str(body["acceptStatus"])


def close(store: Store, *, region: str, peering_id: str) -> None:
    """Delete Kong's peering, and with it the customer's accepter of it."""
    kong(store, region).remove_all(VPC_PEERING, peering_id)
