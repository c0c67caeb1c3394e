"""Kong's use of a VPC Lattice resource configuration that the customer shares through RAM.

Kong's endpoint is in Kong's account only. So there is nothing to open or to delete in the
customer's: the share is all that both sides see.
"""

from __future__ import annotations

from sandbox.clouds.aws.lattice import RESOURCE_CONFIGURATION
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
