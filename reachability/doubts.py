"""Why a service that no walk reaches may be reached after all: a stack does not show everything."""

from __future__ import annotations

from typing import Final

from reachability.graph import Graph
from reachability.records import Record, Records
from reachability.services import Verdict

NOT_READ: Final = "not known: the cloud has resources of networking that the walk does not read"
NOT_DECIDED: Final = "not known before `up`: it depends on values that are unknown in a preview"
_CLOUDS: Final = ("aws", "azure", "gcp")
"""What the keys of regions and the types of a cloud's resources begin with."""


def _clouds(one: Verdict) -> tuple[str, ...]:
    """The clouds of the gateway, of the service, and of all that the walk crosses or stops at."""
    crossed = [hop.at.type for hop in one.hops]
    crossed += [] if one.stop is None else [one.stop.at.type]
    there = (one.gateway, one.service.cloud, *crossed)
    return tuple(cloud for cloud in _CLOUDS if any(name.startswith(cloud) for name in there))


def doubt(one: Verdict, graph: Graph, records: Records) -> str:
    """``NOT_READ`` or ``NOT_DECIDED``. Empty: the service is reached, or it certainly is not."""
    if one.reaches:
        return ""
    if any(more.type.startswith(_clouds(one)) for more in graph.unread):
        return NOT_READ
    return NOT_DECIDED if undecided(one, records) else ""


def undecided(one: Verdict, records: Records) -> list[tuple[Record, str]]:
    """The properties with unknown blocks and ports in the clouds of a walk, which may decide it."""
    return records.undecided(*_clouds(one))
