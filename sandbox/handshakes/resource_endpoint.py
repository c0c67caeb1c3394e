"""Kong's use of a VPC Lattice resource configuration that the customer shares through RAM.

Kong's endpoint is in Kong's account only. So there is nothing to open or to delete in the
customer's: the share is all that both sides see.
"""

from __future__ import annotations

from collections.abc import Collection

from sandbox.clouds.aws.lattice import RESOURCE_CONFIGURATION, RESOURCE_GATEWAY
from sandbox.clouds.aws.vpc import SUBNET
from sandbox.clouds.declare import name_of
from sandbox.handshakes.shares import owner_of, shared_resource
from sandbox.store import Store


def missing(store: Store, *, ram_share_arn: str, region: str) -> str | None:
    """Why Kong cannot use a resource configuration through a share; None if it can."""
    held, reason = shared_resource(store, ram_share_arn, region)
    owner = owner_of(store, ram_share_arn, region)
    if reason is None and owner.get(RESOURCE_CONFIGURATION, name_of(held)) is None:
        reason = f"resource share {ram_share_arn} holds no resource configuration"
    return reason


def unreachable(
    store: Store,
    *,
    ram_share_arn: str,
    region: str,
    resource_config_id: str,
    zones: Collection[str],
) -> str | None:
    """Why Kong cannot reach a resource configuration of a share; None if it can.

    It must be the shared one or a child of it, and its resource gateway must have a subnet in a
    zone of Kong's network. ``zones`` are zone ids: ``use2-az1``.
    """
    held, reason = shared_resource(store, ram_share_arn, region)
    if reason is not None:
        return reason
    owner = owner_of(store, ram_share_arn, region)
    shared, item = (
        owner.get(RESOURCE_CONFIGURATION, name_of(id_)) for id_ in (held, resource_config_id)
    )
    if item is None or shared is None:
        return f"resource configuration {resource_config_id} does not exist"
    group = name_of(str(item.get("resourceConfigurationGroupId", "")))
    if name_of(held) not in (name_of(resource_config_id), group):
        return f"resource configuration {resource_config_id} is not in {held}"
    gateway = owner.get(RESOURCE_GATEWAY, name_of(str(shared.get("resourceGatewayIdentifier", ""))))
    subnets = [owner.get(SUBNET, id_) for id_ in (gateway or {}).get("subnetIds", [])]
    if not any(subnet and subnet["availabilityZoneId"] in zones for subnet in subnets):
        return f"the resource gateway has no subnet in {', '.join(sorted(zones))}"
    return None
