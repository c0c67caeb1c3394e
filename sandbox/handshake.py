"""Kong's side of private attachments, as it appears in the customer's clouds.

The simulated Konnect calls these functions inside a transaction of the store. Kong uses only
what the customer granted: a share, a role, a mirror peering. When a grant is missing, the
function returns the reason, or the cloud raises ``CloudError``. While Kong's side exists, the
customer's network or gateway cannot be deleted.
"""

from __future__ import annotations

import ipaddress

from sandbox.accounts import (
    CUSTOMER_AWS_ACCOUNT,
    KONG_AWS_ACCOUNT,
    KONG_GCP_PROJECT,
)
from sandbox.clouds import (
    aws_common,
    aws_ram,
    gcp_common,
    gcp_peering,
    tokens,
)
from sandbox.clouds.aws_attachments import (
    close_attachment,
    join_default_tables,
    open_attachment,
    tgw_id,
    tgw_or_refuse,
    unattached_or_refuse,
)
from sandbox.clouds.model import CloudError
from sandbox.store import Store

__all__ = [
    "CloudError",
    "aws_open_tgw_attachment",
    "aws_open_vpc_peering",
    "aws_remove_tgw_attachment",
    "aws_remove_vpc_peering",
    "aws_resource_share_problem",
    "aws_tgw_attachment_state",
    "aws_tgw_share_problem",
    "aws_vpc_peering_state",
    "gcp_activate_peering",
    "gcp_deactivate_peering",
    "gcp_mirror_exists",
]


def aws_tgw_share_problem(
    store: Store, *, ram_share_arn: str, region: str, transit_gateway_id: str
) -> str | None:
    """Why Kong cannot attach to a transit gateway (id or ARN) through a share; None if it can.

    ``region`` is that of the gateway network. A share and its resources are in one region.
    """
    held, problem = _shared_resource(store, ram_share_arn, region)
    if problem is None and aws_common.find(store, tokens.TGW, tgw_id(held)) is None:
        problem = f"resource share {ram_share_arn} holds no transit gateway"
    elif problem is None and tgw_id(transit_gateway_id) != tgw_id(held):
        problem = f"resource share {ram_share_arn} holds {held}, not {transit_gateway_id}"
    return problem


def aws_resource_share_problem(store: Store, *, ram_share_arn: str, region: str) -> str | None:
    """Why Kong cannot use a VPC Lattice resource configuration through a share; None if it can."""
    held, problem = _shared_resource(store, ram_share_arn, region)
    if problem is None and not aws_ram.is_resource_configuration(held, region):
        problem = f"resource share {ram_share_arn} holds no resource configuration"
    return problem


def _shared_resource(store: Store, share_arn: str, region: str) -> tuple[str, str | None]:
    """(ARN of the only resource in a share, reason why Kong cannot use the share or None).

    Konnect requires exactly one resource in a share. The ARN is empty when there is none.
    """
    share = f"resource share {share_arn}"
    if aws_common.find(store, tokens.RAM_SHARE, share_arn, region) is None:
        return "", f"{share} does not exist in {region}"
    principals = aws_common.where(
        store, tokens.RAM_PRINCIPAL, resourceShareArn=share_arn, principal=KONG_AWS_ACCOUNT
    )
    if not any(principals):
        return "", f"{share} is not shared with account {KONG_AWS_ACCOUNT}"
    held = aws_ram.resources_of(store, share_arn)
    if len(held) > 1:
        return "", f"{share} holds {len(held)} resources instead of one"
    return (held[0] if held else ""), None


def aws_open_tgw_attachment(
    store: Store,
    *,
    transit_gateway_id: str,
    kong_vpc_id: str,
    kong_subnet_ids: list[str],
    cidr_block: str,
    name: str,
) -> str:
    """Attach Kong's VPC to the customer's gateway (id or ARN); returns the attachment id.

    The attachment waits for acceptance unless the gateway accepts shared attachments
    automatically. A CIDR that overlaps another attachment is not an error; the gateway then
    has no route to it. Raises CloudError when the gateway does not exist, or when the VPC is
    attached to it already.
    """
    id_ = tgw_id(transit_gateway_id)
    gateway = tgw_or_refuse(store, "EC2: CreateTransitGatewayVpcAttachment", id_)
    unattached_or_refuse(store, id_, kong_vpc_id)
    accepted = gateway["autoAcceptSharedAttachments"] == "enable"
    attachment = {
        "vpcId": kong_vpc_id,
        "subnetIds": kong_subnet_ids,
        "applianceModeSupport": "disable",
        "dnsSupport": "enable",
        "ipv6Support": "disable",
        "securityGroupReferencingSupport": "disable",
        "tags": {"Name": name},
        "_cidrBlock": cidr_block,
    }
    opened = open_attachment(store, id_, attachment, owner=KONG_AWS_ACCOUNT, accepted=accepted)
    if accepted:
        join_default_tables(store, opened)
    return opened


def aws_tgw_attachment_state(store: Store, attachment_id: str) -> str | None:
    """``pendingAcceptance``, ``available``, ``deleted`` (by the customer), or None if unknown."""
    for token in (tokens.TGW_ATTACHMENT, tokens.TGW_ATTACHMENT_DELETED):
        body = aws_common.find(store, token, attachment_id)
        if body is not None:
            return str(body["_state"])
    return None


def aws_remove_tgw_attachment(store: Store, attachment_id: str) -> None:
    """Delete Kong's attachment with its associations, propagations and static routes."""
    close_attachment(store, attachment_id, by_customer=False)
    store.delete(aws_common.CLOUD, tokens.TGW_ATTACHMENT_DELETED, attachment_id)


def aws_open_vpc_peering(
    store: Store,
    *,
    peer_vpc_id: str,
    peer_account_id: str,
    peer_vpc_region: str,
    kong_vpc_id: str,
    cidr_block: str,
) -> str | None:
    """Request a peering with the customer's VPC; returns its id.

    None when AWS would fail the request at once: the VPC does not exist in that account and
    region, or its CIDR overlaps Kong's.
    """
    vpc = aws_common.find(store, tokens.VPC, peer_vpc_id, peer_vpc_region)
    if vpc is None or peer_account_id != CUSTOMER_AWS_ACCOUNT:
        return None
    if _overlap(cidr_block, vpc["cidrBlock"]):
        return None
    id_ = aws_common.new_id(store, "pcx")
    peering = {
        "vpcId": kong_vpc_id,
        "ownerId": KONG_AWS_ACCOUNT,
        "peerVpcId": peer_vpc_id,
        "peerOwnerId": peer_account_id,
        "peerRegion": peer_vpc_region,
        "region": peer_vpc_region,
        "_state": "pending-acceptance",
        "_cidrBlock": cidr_block,
    }
    store.put(aws_common.CLOUD, tokens.VPC_PEERING, id_, peering)
    return id_


def aws_vpc_peering_state(store: Store, peering_id: str) -> str | None:
    """``pending-acceptance``, ``active``, or None when the peering does not exist."""
    body = aws_common.find(store, tokens.VPC_PEERING, peering_id)
    return None if body is None else str(body["_state"])


def aws_remove_vpc_peering(store: Store, peering_id: str) -> None:
    """Delete Kong's peering and the customer's accepter of it."""
    store.delete(aws_common.CLOUD, tokens.VPC_PEERING, peering_id)
    store.delete(aws_common.CLOUD, tokens.VPC_PEERING_ACCEPTER, peering_id)


def _overlap(one: str, other: str) -> bool:
    return ipaddress.ip_network(one).overlaps(ipaddress.ip_network(other))


def _gcp_paths(peer_project_id: str, peer_vpc_name: str, kong_network: str) -> tuple[str, str]:
    """The paths of (the customer's network, Kong's network)."""
    ours = gcp_common.network_path(peer_project_id, peer_vpc_name)
    return ours, gcp_common.network_path(KONG_GCP_PROJECT, kong_network)


def gcp_mirror_exists(
    store: Store, *, peer_project_id: str, peer_vpc_name: str, kong_network: str
) -> bool:
    """Whether the customer's network has a peering with Kong's network."""
    ours, kong = _gcp_paths(peer_project_id, peer_vpc_name, kong_network)
    return any(gcp_peering.peerings(store, ours, kong))


def gcp_activate_peering(
    store: Store, *, peer_project_id: str, peer_vpc_name: str, kong_network: str, cidr_block: str
) -> None:
    """Create Kong's peering; the customer's peering becomes ACTIVE.

    Raises CloudError, with GCP's reason, when Kong's block overlaps a range of the
    customer's network or of another network peered with it.
    """
    ours, kong = _gcp_paths(peer_project_id, peer_vpc_name, kong_network)
    gcp_peering.apart_or_refuse(store, ours, kong, [ipaddress.IPv4Network(cidr_block)])
    gcp_peering.set_state(store, ours, kong, active=True, block=cidr_block)


def gcp_deactivate_peering(
    store: Store, *, peer_project_id: str, peer_vpc_name: str, kong_network: str
) -> None:
    """Delete Kong's peering; the customer's peering stays and becomes INACTIVE."""
    ours, kong = _gcp_paths(peer_project_id, peer_vpc_name, kong_network)
    gcp_peering.set_state(store, ours, kong, active=False)
