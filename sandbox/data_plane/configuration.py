"""What the sandbox's Konnect says that data-plane nodes do: groups, entities, managed caches.

It is read from the store, in one transaction. A control plane's entities are read again only when
one of them has changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from multicloudgateway import published
from sandbox.data_plane import redis_addresses
from sandbox.data_plane.plugins import PLUGINS
from sandbox.data_plane.redis_addresses import RedisPath
from sandbox.konnect import (
    add_ons,
    configurations,
    entities,
    groups,
    nodes,
    organizations,
    plugins,
    records,
)
from sandbox.konnect.control_planes import members_of
from sandbox.konnect.core_collections import COLLECTIONS
from sandbox.konnect.links import MEMBERS
from sandbox.store import Body, Store

CACHE = "ADDON_MANAGED_CACHE_"
"""The beginning of the variables that Konnect sets in nodes with a managed cache."""


@dataclass(frozen=True)
class Configuration:
    """The entities of a control plane, or of all members of a control plane group.

    ``plugins`` have their partials in place.
    """

    version: str
    entities: Mapping[str, Sequence[Body]]
    unsupported: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Id of a plugin -> what the sandbox does not play of it, for example ``cors``."""
    redis_addresses: frozenset[tuple[str, int]] = frozenset()
    """(host, port) of each Redis that its plugins name by an address."""
    members: Mapping[str, str] = field(default_factory=dict)
    """Id of a service or a route -> the member of the control plane group that has it."""


@dataclass(frozen=True)
class Group:
    """A data-plane group with its nodes and what they run."""

    body: Body
    plane: Body
    nodes: Sequence[str]
    configuration: Configuration
    cache: str | None
    """The key of the Redis of its managed cache, or None."""
    redis_paths: Mapping[tuple[str, int], RedisPath] = field(default_factory=dict)
    """Where other Redis addresses of its plugins lead."""
    organization: str = ""
    """The store's tenant of its organisation."""
    add_on: str | None = None
    """The id of the add-on that is its managed cache."""

    @property
    def cache_host(self) -> str | None:
        """The host name of its managed cache, which only its own nodes know."""
        if self.cache is None:
            return None
        return f"{self.cache.partition('/')[0]}.{self.body['region']}.cache.internal"

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables of its nodes."""
        own = {v["name"]: v["value"] for v in self.body.get("environment") or () if "value" in v}
        host = self.cache_host
        if host is None:
            return own
        values = {
            "HOST": host,
            "PORT": "6379",
            "USERNAME": "sandbox",
            "SERVER_NAME": host,
            "AUTH_PROVIDER": self.body["provider"],
            "AWS_CACHE_NAME": host.partition(".")[0],
            "AWS_REGION": self.body["region"],
            "AWS_ASSUME_ROLE_ARN": "",
            "AZURE_TENANT_ID": "",
        }
        return own | {CACHE + name: value for name, value in values.items()}


class Configurations:
    """Reads the groups from the store, and keeps the entities of each control plane."""

    def __init__(self, store: Store) -> None:
        """Nothing is read before ``read``."""
        self._store = store
        self._known: dict[str, Configuration] = {}

    def read(self) -> list[Group]:
        """The groups whose nodes run: those that have been ready and are not being deleted."""
        with self._store.transaction():
            found = [
                group
                for organization in organizations.every(self._store)
                for group in self._of(organizations.store_of(self._store, organization))
            ]
        running = {group.plane["id"] for group in found}
        self._known = {id_: known for id_, known in self._known.items() if id_ in running}
        return found

    def _of(self, store: Store) -> Iterator[Group]:
        caches = _caches(store)
        for body in records.every(store, records.GROUPS):
            plane = records.get(store, records.CONTROL_PLANES, body["_control_plane_id"])
            if plane is None or not groups.has_nodes(body):
                continue
            configuration = self._configuration(store, plane["id"])
            cache = caches.get(body["id"])
            yield Group(
                body,
                plane,
                nodes.online_hostnames(store, body),
                configuration,
                None if cache is None else cache.key,
                redis_addresses.paths(store, body, configuration.redis_addresses),
                store.tenant,
                None if cache is None else cache.add_on,
            )

    def _configuration(self, store: Store, plane_id: str) -> Configuration:
        planes = [plane_id, *members_of(store, plane_id)]
        gateway = configurations.version_of(store, plane_id)
        version = ",".join(f"{id_}:{entities.changes(store, id_)}" for id_ in planes)
        version = f"{gateway} {version}"
        known = self._known.get(plane_id)
        if known is not None and known.version == version:
            return known
        found = {
            name: [body for id_ in planes for body in entities.every(store, id_, name)]
            for name in COLLECTIONS
            if name != "plugins"
        }
        found["consumer_group_members"] = [
            body for id_ in planes for body in entities.every(store, id_, MEMBERS)
        ]
        found["plugins"] = [
            plugins.expanded(store, id_, body)
            for id_ in planes
            for body in entities.every(store, id_, "plugins")
        ]
        unsupported = {body["id"]: _unsupported(body, gateway) for body in found["plugins"]}
        named = frozenset(redis_addresses.addresses(found["plugins"]))
        members = {
            body["id"]: id_
            for id_ in planes[1:]
            for name in ("services", "routes")
            for body in entities.every(store, id_, name)
        }
        self._known[plane_id] = Configuration(version, found, unsupported, named, members)
        return self._known[plane_id]


def _unsupported(plugin: Body, gateway: str | None) -> list[str]:
    """What the sandbox does not play of a plugin: its name, or some of its settings."""
    name = plugin["name"]
    module = PLUGINS.get(name)
    if module is None:
        return [name]
    found = [f"{name}.{field}" for field in ("ordering", "condition") if plugin.get(field)]
    played = getattr(module, "FIELDS", None)
    schema = published.plugin(name, gateway)
    if played is None or schema is None:
        return found
    default = published.with_defaults(schema.config, {})
    return found + [
        f"{name}.{setting}"
        for setting, value in plugin["config"].items()
        if setting not in played and value is not None and value != default.get(setting)
    ]


@dataclass(frozen=True)
class _Cache:
    """A managed cache of a data-plane group: the key of its Redis, and the id of the add-on."""

    key: str
    add_on: str


def _caches(store: Store) -> dict[str, _Cache]:
    """Data-plane group -> its managed cache, where that one is there.

    A cache stays online while its tier changes; then the add-on and its groups are initializing.
    """
    found: dict[str, _Cache] = {}
    for add_on in records.every(store, records.ADD_ONS):
        resizing = add_on["state"] == "initializing" and add_on["_cache_config_id"] is not None
        for entry in add_on["config"]["data_plane_groups"]:
            if entry["state"] == "ready" or (resizing and entry["state"] == "initializing"):
                key = f"{add_ons.owner_id(add_on)}/{entry['id']}"
                found[entry["id"]] = _Cache(key, add_on["id"])
    return found
