"""Which region the nodes of analytics are in. Analytics itself has no dimension for it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence

from providers.base.http import Json
from providers.konnect.client import Client
from providers.konnect.cloud_gateways.configuration import PATH as CONFIGURATIONS


async def region_of_nodes(
    client: Client, control_plane_ids: Sequence[str]
) -> Mapping[str, str | None]:
    """The region of each node, such as ``aws-us-east-2``, by its id in ``data_plane_node``.

    The ids are ``<control plane id>:<node id>``. A control plane with one region has all its nodes
    there. Else the node's host name has to contain the name of one region of the control plane;
    None where it has none, or several of equal length. Sources:
    `/v2/control-planes/{id}/nodes` and `/v2/cloud-gateways/configurations`.
    """
    configurations, *nodes = await asyncio.gather(
        asyncio.to_thread(client.list_all, CONFIGURATIONS, "listing cloud gateway configurations"),
        *(asyncio.to_thread(_nodes, client, plane) for plane in control_plane_ids),
    )
    found: dict[str, str | None] = {}
    for plane, listed in zip(control_plane_ids, nodes, strict=True):
        regions = {
            f"{group['provider']}-{group['region']}": str(group["region"])
            for configuration in configurations
            if configuration["control_plane_id"] == plane
            for group in configuration["dataplane_groups"]
        }
        for node in listed:
            found[f"{plane}:{node['id']}"] = region_of(str(node["hostname"]), regions)
    return found


def _nodes(client: Client, control_plane_id: str) -> list[Json]:
    path = f"/v2/control-planes/{control_plane_id}/nodes"
    return client.list_items(path, f"listing nodes of control plane {control_plane_id}")


def region_of(hostname: str, regions: Mapping[str, str]) -> str | None:
    """The key of the region whose name is in a host name; ``regions`` is key -> name."""
    if len(regions) == 1:
        return next(iter(regions))
    named = [
        (len(name), key)
        for key, name in regions.items()
        if re.search(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])", hostname.lower())
    ]
    longest = max(named, default=(0, ""))[0]
    best = [key for length, key in named if length == longest]
    return best[0] if len(best) == 1 else None
