"""Kong's attachment to an AWS transit gateway that the customer shares through RAM."""

from __future__ import annotations

from sandbox.clouds.aws.cloud import new_id
from sandbox.clouds.aws.transit_gateway import TGW
from sandbox.clouds.aws.transit_gateway_attachments import (
    ATTACHED_ALREADY,
    TGW_ATTACHMENT,
    first_state,
    join_when_accepted,
)
from sandbox.clouds.declare import name_of
from sandbox.handshakes.shares import kong, shared_resource
from sandbox.store import Store


def missing(
    store: Store, *, ram_share_arn: str, region: str, transit_gateway_id: str
) -> str | None:
    """Why Kong cannot attach to a transit gateway (id or ARN) through a share; None if it can.

    ``region`` is that of the gateway network.
    """
    held, reason = shared_resource(store, ram_share_arn, region)
    if reason is not None:
        return reason
    if kong(store, region).find(TGW, name_of(held)) is None:
        return f"resource share {ram_share_arn} holds no transit gateway"
    if name_of(transit_gateway_id) != name_of(held):
        return f"resource share {ram_share_arn} holds {held}, not {transit_gateway_id}"
    return None


def open_(
    store: Store,
    *,
    transit_gateway_id: str,
    region: str,
    kong_vpc_id: str,
    kong_subnet_ids: list[str],
    cidr_block: str,
    name: str,
) -> str:
    """Attach Kong's VPC to the customer's gateway (id or ARN); returns the attachment id.

    The attachment waits for acceptance unless the gateway accepts shared attachments
    automatically. A CIDR that overlaps another attachment is not an error; the gateway then
    has no route to it. Raises CloudError when the gateway is not shared with Kong, or when the
    VPC is attached to it already.
    """
    world, gateway_id = kong(store, region), name_of(transit_gateway_id)
    call = world.call(TGW_ATTACHMENT, {})
    gateway = world.find(TGW, gateway_id)
    if gateway is None:
        raise call.error(TGW.missing, id=gateway_id)
    if any(world.where(TGW_ATTACHMENT, transitGatewayId=gateway_id, vpcId=kong_vpc_id)):
        raise call.error(ATTACHED_ALREADY, transitGatewayId=gateway_id)
    id_ = new_id(store, "tgw-attach")
    attachment = {
        "transitGatewayId": gateway_id,
        "vpcId": kong_vpc_id,
        "vpcOwnerId": world.tenant,
        "subnetIds": kong_subnet_ids,
        "applianceModeSupport": "disable",
        "dnsSupport": "enable",
        "ipv6Support": "disable",
        "securityGroupReferencingSupport": "disable",
        "region": region,
        "tags": {"Name": name},
        "_cidrBlock": cidr_block,
        "_state": first_state(world, gateway),
    }
    world.put(TGW_ATTACHMENT, id_, attachment)
    join_when_accepted(world, attachment, id_, gateway)
    return id_


def state(store: Store, *, region: str, attachment_id: str) -> str:
    """``pendingAcceptance``, ``available``, or ``deleted``, by the customer or by Kong."""
    body = kong(store, region).get(TGW_ATTACHMENT, attachment_id)
    return "deleted" if body is None else str(body["_state"])


def close(store: Store, *, region: str, attachment_id: str) -> None:
    """Delete Kong's attachment with its associations and propagations.

    Static routes to it stay in their tables and become blackholes.
    """
    kong(store, region).remove_all(TGW_ATTACHMENT, attachment_id)
