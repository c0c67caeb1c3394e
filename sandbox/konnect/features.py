"""What Kong has to switch on for an organisation: add-ons, groups of cloud gateways.

Both are behind flags that only Kong's support sets; on here, off through the admin side.
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
