"""What Konnect has of a release: weights of targets, the host of the service, the canary plugin.

It is read in each preview, and again in the update, so a step is held against what is live.
Konnect does not tell the health of targets: each data plane has its own view of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from components.release.names import ReleaseNames
from providers.base.http import Json
from providers.konnect.client import Client
from providers.konnect.core_entities.base import NAME_TAG

CANARY = "canary"
"""The name of Kong's plugin."""
VERSION_TAG = "release-version:"
"""The beginning of the tag that names the version of a target."""


STABLE_TAG = "release-stable:"
"""The beginning of the tag that names the stable version of a shared upstream."""
ROLLED_BACK_TAG = "release-rolled-back"
"""The tag of the upstream of a version that a rollback took the requests from."""


@dataclass(frozen=True)
class LivePlane:
    """A release on one control plane. Everything is empty before the first `up`."""

    weights: Mapping[str, int] = field(default_factory=dict)
    """Weights by address, of the upstream that the versions share."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Versions by address, where the target has the tag of one."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Names of the targets' resources in the program, by address."""
    stable: str | None = None
    """The stable version of the upstream that the versions share."""
    rolled_back: frozenset[str] = frozenset()
    """Names of the upstreams of versions that a rollback took the requests from."""
    changed_at: float | None = None
    """When a weight last changed, in seconds since 1970."""
    service_host: str | None = None
    """None: there is no service."""
    services: Mapping[str, str] = field(default_factory=dict)
    """Ids by the name of the service."""
    plugin: Mapping[str, Any] | None = None
    """The config of the service's canary plugin. None: there is none, or it is switched off."""
    plugin_host: str | None = None
    """The upstream that the plugin sends requests to, also while it is switched off."""
    plugin_changed_at: float | None = None


async def read_live(
    client: Client, control_planes: Mapping[str, str], names: ReleaseNames
) -> dict[str, LivePlane]:
    """Read a release on its control planes (ids by key), all at the same time.

    Source: `/v2/control-planes/{id}/core-entities`, upstreams, targets, services and plugins.
    """
    found = await asyncio.gather(
        *(asyncio.to_thread(_read, client, id_, names) for id_ in control_planes.values())
    )
    return dict(zip(control_planes, found, strict=True))


def _read(client: Client, control_plane_id: str, names: ReleaseNames) -> LivePlane:
    def listed(collection: str) -> Sequence[Json]:
        path = f"/v2/control-planes/{control_plane_id}/core-entities/{collection}"
        return list(client.list_entities(path, f"listing {collection} for release {names.service}"))

    services = {str(one["name"]): one for one in listed("services") if one.get("name")}
    service = services.get(names.service)
    upstreams = listed("upstreams")
    upstream = next((one for one in upstreams if one["name"] == names.upstream), None)
    targets = listed(f"upstreams/{upstream['id']}/targets") if upstream else ()
    changes = [float(one.get("updated_at") or one.get("created_at") or 0) for one in targets]
    plugin = next(
        (
            one
            for one in (listed("plugins") if service else ())
            if one["name"] == CANARY
            and service is not None
            and (one.get("service") or {}).get("id") == service["id"]
        ),
        None,
    )
    return LivePlane(
        weights={str(one["target"]): int(one.get("weight", 100)) for one in targets},
        versions=_tagged(targets, VERSION_TAG),
        names=_tagged(targets, NAME_TAG),
        stable=_tag(upstream, STABLE_TAG) if upstream else None,
        rolled_back=frozenset(
            str(one["name"]) for one in upstreams if ROLLED_BACK_TAG in (one.get("tags") or ())
        ),
        changed_at=max(changes, default=None),
        service_host=str(service["host"]) if service else None,
        services={name: str(one["id"]) for name, one in services.items()},
        plugin=plugin["config"] if plugin and plugin.get("enabled", True) else None,
        plugin_host=plugin["config"].get("upstream_host") if plugin else None,
        plugin_changed_at=float(plugin.get("updated_at") or 0) if plugin else None,
    )


def _tagged(targets: Sequence[Json], prefix: str) -> dict[str, str]:
    """The rest of the tag with a prefix, by the address of each target that has one."""
    found = {str(one["target"]): _tag(one, prefix) for one in targets}
    return {address: tag for address, tag in found.items() if tag is not None}


def _tag(entity: Json, prefix: str) -> str | None:
    tags = [tag for tag in entity.get("tags") or () if tag.startswith(prefix)]
    return tags[0].removeprefix(prefix) if tags else None
