"""What Konnect has of an environment, read live: all that the checks look at.

Objects are as Konnect returns them. The calls run side by side.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from providers.base.errors import ProviderError
from providers.base.http import Json
from providers.konnect.analytics.metrics import MetricsQuery, query_metrics
from providers.konnect.client import Client
from providers.konnect.crud import GONE_STATES

GATEWAYS: Final = "/v2/cloud-gateways"
PLANES: Final = "/v2/control-planes"
ENTITIES: Final = ("services", "routes", "upstreams", "plugins", "certificates", "snis")
"""The collections of core entities that the checks look at."""
METRICS_WINDOW: Final = timedelta(hours=24)


@dataclass(frozen=True)
class Plane:
    """A control plane of the environment, with its data planes and its entities."""

    key: str
    id: str
    name: str
    api_access: str = ""
    """``private``, ``public`` or ``private+public``. Empty without data-plane groups."""
    groups: Sequence[Json] = ()
    nodes: Sequence[Json] = ()
    expected_hash: str = ""
    entities: Mapping[str, Sequence[Json]] = field(default_factory=dict)

    def all(self, collection: str) -> Sequence[Json]:
        """The entities of a collection: ``services``."""
        return self.entities.get(collection, ())

    @property
    def public(self) -> bool:
        """Whether its gateways have listeners on the internet."""
        return "public" in self.api_access


@dataclass(frozen=True)
class Network:
    """A gateway network of the environment, with what is attached to it."""

    region: str
    """The key of the region: ``aws-us-east-2``."""
    body: Json
    attachments: Sequence[Json] = ()
    private_dns: Sequence[Json] = ()

    @property
    def cloud(self) -> str:
        """``aws``, ``azure`` or ``gcp``."""
        return self.region.partition("-")[0]

    @property
    def cidr(self) -> str:
        """The block of the network."""
        return str(self.body["cidr_block"])


@dataclass(frozen=True)
class Live:
    """The environment in Konnect. ``now`` is Konnect's own time, by the clock of its answers."""

    planes: Sequence[Plane] = ()
    networks: Sequence[Network] = ()
    domains: Sequence[Json] = ()
    """Custom domains, each with its ``online_status``."""
    accounts: Mapping[str, str] = field(default_factory=dict)
    """Kong's account in each cloud, by cloud."""
    requests: Mapping[str, float] | None = None
    """Requests by the key of the control plane, in the last 24 hours. None: could not be read."""
    requests_error: str = ""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))


async def read_live(client: Client, contract: Mapping[str, Any], now: datetime) -> Live:
    """Read the environment of a contract (the stack outputs).

    Raises the errors of ``HttpClient.request``. If only the analytics cannot be read, the answer
    says so.
    """
    planes: Mapping[str, Any] = contract.get("control_planes") or {}
    regions: Mapping[str, Any] = contract.get("regions") or {}
    keys = {str(one["id"]): key for key, one in planes.items()}
    region_of = {str(one["network_id"]): key for key, one in regions.items()}

    async def listed(path: str, action: str, regional: bool = False) -> list[Json]:
        return await asyncio.to_thread(client.list_all, path, action, None, regional=regional)

    configurations, networks, domains, accounts = await asyncio.gather(
        listed(f"{GATEWAYS}/configurations", "listing cloud gateway configurations"),
        listed(f"{GATEWAYS}/networks", "listing cloud gateway networks"),
        listed(f"{GATEWAYS}/custom-domains", "listing custom domains"),
        listed(f"{GATEWAYS}/provider-accounts", "listing provider accounts"),
    )
    by_plane = {one["control_plane_id"]: one for one in configurations}
    ours = [one for one in networks if one["id"] in region_of]
    own_domains = [one for one in domains if one["control_plane_id"] in keys]
    (read_planes, read_networks, statuses, requests) = await asyncio.gather(
        asyncio.gather(
            *(
                _plane(client, key, str(planes[key]["name"]), id_, by_plane.get(id_, {}))
                for id_, key in keys.items()
            )
        ),
        asyncio.gather(*(_network(client, region_of[one["id"]], one) for one in ours)),
        asyncio.gather(*(_online(client, one) for one in own_domains if _there(one))),
        _requests(client, keys),
    )
    return Live(
        planes=sorted(read_planes, key=lambda one: one.key),
        networks=sorted(read_networks, key=lambda one: one.region),
        domains=statuses,
        accounts={one["provider"]: one["provider_account_id"] for one in accounts},
        requests=requests[0],
        requests_error=requests[1],
        now=now,
    )


def _there(item: Json) -> bool:
    return item.get("state") not in GONE_STATES


async def _plane(client: Client, key: str, name: str, id_: str, configuration: Json) -> Plane:
    path = f"{PLANES}/{id_}"
    nodes, expected, *entities = await asyncio.gather(
        asyncio.to_thread(client.list_items, f"{path}/nodes", f"listing nodes of {name}"),
        asyncio.to_thread(
            client.get,
            f"{path}/expected-config-hash",
            f"reading the expected configuration of {name}",
            regional=True,
        ),
        *(
            asyncio.to_thread(
                client.list_entities, f"{path}/core-entities/{kind}", f"listing {kind} of {name}"
            )
            for kind in ENTITIES
        ),
    )
    return Plane(
        key,
        id_,
        name,
        str(configuration.get("api_access") or ""),
        [one for one in configuration.get("dataplane_groups") or () if _there(one)],
        nodes,
        str(expected.get("expected_hash") or ""),
        dict(zip(ENTITIES, entities, strict=True)),
    )


async def _network(client: Client, region: str, body: Json) -> Network:
    path = f"{GATEWAYS}/networks/{body['id']}"
    attachments, private_dns = await asyncio.gather(
        asyncio.to_thread(client.list_all, f"{path}/transit-gateways", "listing attachments"),
        asyncio.to_thread(client.list_all, f"{path}/private-dns", "listing private DNS"),
    )
    return Network(
        region,
        body,
        [one for one in attachments if _there(one)],
        [one for one in private_dns if _there(one)],
    )


async def _online(client: Client, domain: Json) -> Json:
    path = f"{GATEWAYS}/custom-domains/{domain['id']}/online-status"
    status = await asyncio.to_thread(client.get, path, f"reading {domain['domain']}'s status")
    return {**domain, "online_status": status}


async def _requests(
    client: Client, keys: Mapping[str, str]
) -> tuple[Mapping[str, float] | None, str]:
    """Requests of the last 24 hours by control plane, or why they could not be read."""
    query = MetricsQuery(["request_count"], ["control_plane"], window=METRICS_WINDOW, limit=1000)
    try:
        answer = await query_metrics(client, query)
    except (ProviderError, ValueError, KeyError) as error:
        return None, str(error)
    counts = dict.fromkeys(keys.values(), 0.0)
    for row in answer.rows:
        key = keys.get(str(row.event.get("control_plane")))
        if key is not None:
            counts[key] += float(row.event.get("request_count") or 0)
    return counts, ""
