"""Kong's side of private attachments, as it appears in the customer's clouds.

The simulated Konnect calls these functions inside a transaction of the store. Kong uses only
what the customer granted: a share, a role, a mirror peering. When a grant is missing, the
function returns the reason, or the cloud raises ``CloudError``. While Kong's side exists, the
customer's network or gateway cannot be deleted.
"""

from __future__ import annotations

import ipaddress

from sandbox.accounts import (
    KONG_GCP_PROJECT,
)
from sandbox.clouds import (
    gcp_common,
    gcp_peering,
)
from sandbox.clouds.model import CloudError
from sandbox.store import Store

__all__ = [
    "CloudError",
    "gcp_activate_peering",
    "gcp_deactivate_peering",
    "gcp_mirror_exists",
]


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
