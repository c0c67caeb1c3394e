"""Features that Kong enables per organisation: add-ons and control plane groups.

In Konnect only Kong's support can enable them. Here both are on, and the admin API can switch
them off.
"""

from __future__ import annotations

from sandbox.konnect import records
from sandbox.store import Store

ADD_ONS = "add_ons"
CONTROL_PLANE_GROUPS = "control_plane_groups"
ALL = (ADD_ONS, CONTROL_PLANE_GROUPS)

_KIND = "features"


def enabled(store: Store, feature: str) -> bool:
    """Whether the organisation has a feature."""
    flag = store.get(records.CLOUD, _KIND, feature)
    return True if flag is None else bool(flag["enabled"])


def switch(store: Store, feature: str, on: bool) -> None:
    """Switch a feature on or off."""
    store.put(records.CLOUD, _KIND, feature, {"enabled": on})
