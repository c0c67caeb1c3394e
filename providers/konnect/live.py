"""The objects that an organisation has in Konnect, for checks before a program creates any.

The waits of the program use the same lists, so a preview lists each kind once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from providers.base.http import Json
from providers.konnect.client import Connection, client_for
from providers.konnect.cloud_gateways import addon, configuration, network, transit_gateway
from providers.konnect.control_planes import control_plane
from providers.konnect.crud import GONE_STATES


@dataclass(frozen=True)
class LiveObjects:
    """Objects as Konnect lists them, without objects that are being deleted."""

    networks: Sequence[Json]
    """Source: `/v2/cloud-gateways/networks`."""
    configurations: Sequence[Json]
    """Source: `/v2/cloud-gateways/configurations`."""
    addons: Sequence[Json]
    """Source: `/v2/cloud-gateways/add-ons`."""
    control_planes: Sequence[Json]
    """Control planes of the connection's geo. Source: `/v2/control-planes`."""


async def get_live_attachments(
    connection: Connection, network_ids: Collection[str]
) -> Mapping[str, Sequence[Json]]:
    """List the attachments of networks, by the id of their network.

    Call it in a running program (``pulumi.run``). Source:
    `/v2/cloud-gateways/networks/{id}/transit-gateways`, one request for each network.
    """
    client = client_for(connection)
    found = await asyncio.gather(
        *(transit_gateway.collection(client, id_).listed() for id_ in network_ids)
    )
    return {
        id_: [item for item in items if item.get("state") not in GONE_STATES]
        for id_, items in zip(network_ids, found, strict=True)
    }


async def get_live_plugins(
    connection: Connection, control_plane_ids: Collection[str]
) -> Mapping[str, Sequence[Json]]:
    """List the plugins of control planes, by the id of their control plane.

    Call it in a running program (``pulumi.run``). Source:
    `/v2/control-planes/{id}/core-entities/plugins`.
    """
    return await get_live_entities(connection, control_plane_ids, "plugins")


async def get_live_entities(
    connection: Connection, control_plane_ids: Collection[str], collection: str
) -> Mapping[str, Sequence[Json]]:
    """List a collection of control planes, by the id of their control plane.

    ``collection`` is as in the path: ``services``, ``routes``, ``consumer_groups``. Call it in a
    running program (``pulumi.run``). Source:
    `/v2/control-planes/{id}/core-entities/{collection}`.
    """
    client = client_for(connection)
    found = await asyncio.gather(
        *(
            asyncio.to_thread(
                client.list_entities,
                f"{control_plane.PATH}/{id_}/core-entities/{collection}",
                f"listing {collection.replace('_', ' ')}",
            )
            for id_ in control_plane_ids
        )
    )
    return dict(zip(control_plane_ids, found, strict=True))


async def get_live_objects(connection: Connection) -> LiveObjects:
    """List the objects of an organisation. Call it in a running program (``pulumi.run``)."""
    client = client_for(connection)
    lists = await asyncio.gather(
        network.collection(client).listed(),
        configuration.collection(client).listed(),
        addon.collection(client).listed(),
        asyncio.to_thread(
            client.list_all, control_plane.PATH, "listing control planes", regional=True
        ),
    )
    networks, configurations, addons, planes = (
        [item for item in items if item.get("state") not in GONE_STATES] for items in lists
    )
    return LiveObjects(networks, configurations, addons, planes)
