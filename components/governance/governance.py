"""The plugins that a control plane has for all its APIs, and what they need.

Consumer groups, CA certificates and vaults of the control plane; an embeddings partial. Plugins
that can use Redis use the cache of the control plane.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pulumi

from components.cache.sizing import SYNC_RATE
from components.cache.wiring import RedisCache, wire
from components.component import Component
from components.governance.declarations import PluginDeclaration, Scope
from components.governance.presets import RATE_LIMIT
from multicloudgateway import published
from providers import konnect

RATE_LIMITING: Final = "rate-limiting-advanced"

TAG: Final = "multicloudgateway-governance"
"""The tag of declared plugins, by which a later preview knows them."""

_NAMESPACE: Final = "namespace"
_CA_CERTIFICATES: Final = "ca_certificates"
_EMBEDDINGS: Final = "embeddings"


@dataclass(frozen=True)
class RateLimitArgs:
    """A rate limit over all APIs of the control plane together, for each consumer."""

    limit: int
    """Requests per window, at least 1."""
    window_size: int
    """Length of the window in seconds, at least 1."""
    sync_rate: float = SYNC_RATE
    """Seconds between two synchronisations of counters with Redis; Kong recommends 0.5."""


@dataclass(frozen=True)
class VaultArgs:
    """A backend of vault references. Its key is the prefix: ``{vault://<key>/name}``."""

    backend: str
    """``aws``, ``gcp``, ``azure``, ``hcv``, ``conjur`` or ``env``."""
    config: Mapping[str, Any] = field(default_factory=dict)
    """As Kong documents it for the backend."""
    description: str | None = None


@dataclass(frozen=True)
class GovernanceChoice:
    """The governance of a gateway, declared once for all its control planes."""

    plugins: Mapping[str, PluginDeclaration] = field(default_factory=dict)
    """By a key that never changes: it is in the plugin's name."""
    consumer_groups: Sequence[str] = ()
    """Names of consumer groups that each control plane gets."""
    ca_certificates: Mapping[str, str] = field(default_factory=dict)
    """PEM by key. A plugin names the keys in ``config.ca_certificates``."""
    embeddings: Mapping[str, Any] | None = None
    """Config of the embeddings partial for plugins that compare prompts. None for none."""
    vaults: Mapping[str, VaultArgs] = field(default_factory=dict)
    """By their prefix."""
    found: Mapping[str, Mapping[Scope, Mapping[str, str]]] = field(default_factory=dict)
    """Ids of the services, routes and consumer groups of other stacks that plugins are limited to:
    by the key of the control plane, the scope and the name."""


@dataclass(frozen=True)
class GovernanceArgs:
    """The governance of one control plane."""

    control_plane_id: pulumi.Input[str]
    namespace: str
    """Name of the counters in Redis; a different one for each control plane. Kong's default is a
    random name, which would be a change in every preview."""
    rate_limit: RateLimitArgs | None = None
    """Short form of a plugin with the key ``rate-limit``. None for no limit. A plugin of that key
    in ``plugins`` takes its place."""
    partial_id: pulumi.Input[str] | None = None
    """The Redis partial for the counters of ``rate_limit``. None: each data plane counts for
    itself."""
    plugins: Mapping[str, PluginDeclaration] = field(default_factory=dict)
    """The declarations for this control plane, without overrides."""
    cache: RedisCache | None = None
    """The cache for ``plugins``. None: they count and cache in each data plane, where they can."""
    version: str | None = None
    """Gateway version, major and minor. None: the newest that has the plugin."""
    consumer_groups: Sequence[str] = ()
    ca_certificates: Mapping[str, str] = field(default_factory=dict)
    embeddings: Mapping[str, Any] | None = None
    vaults: Mapping[str, VaultArgs] = field(default_factory=dict)
    found: Mapping[Scope, Mapping[str, str]] = field(default_factory=dict)
    """As in `GovernanceChoice`, for this control plane."""


class Governance(Component):
    """The plugins of a control plane. The instance name of each says what it does.

    Raises ``ValueError`` if a plugin needs a Redis and there is no cache, or is limited to an
    object that is neither here nor in ``found``.
    """

    def __init__(
        self, name: str, args: GovernanceArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("Governance", name, args, opts)
        self.args = args
        self.consumer_group_ids: Mapping[str, pulumi.Output[str]] = {
            group: konnect.GatewayConsumerGroup(
                f"{name}-consumer-group-{group}",
                control_plane_id=args.control_plane_id,
                name=group,
                opts=self.child(),
            ).id
            for group in args.consumer_groups
        }
        """By name."""
        self._ca_certificate_ids = {
            key: konnect.GatewayCaCertificate(
                f"{name}-ca-{key}",
                control_plane_id=args.control_plane_id,
                cert=cert,
                opts=self.child(),
            ).id
            for key, cert in args.ca_certificates.items()
        }
        vaults = [self._vault(prefix, vault) for prefix, vault in args.vaults.items()]
        self._embeddings_id = self._embeddings(vaults)
        if args.rate_limit is not None and RATE_LIMIT not in args.plugins:
            self._limit(args, args.rate_limit)
        for key, declared in args.plugins.items():
            self._plugin(key, declared, vaults)
        self.register_outputs({})

    def _limit(self, args: GovernanceArgs, rate: RateLimitArgs) -> None:
        config: dict[str, Any] = {
            "limit": [rate.limit],
            "window_size": [rate.window_size],
            "namespace": args.namespace,
            "strategy": "local" if args.partial_id is None else "redis",
        }
        if args.partial_id is not None:
            config["sync_rate"] = rate.sync_rate
        konnect.GatewayPlugin(
            f"{self.name}-{RATE_LIMIT}",
            control_plane_id=args.control_plane_id,
            name=RATE_LIMITING,
            instance_name=instance_name(args.namespace, RATE_LIMIT),
            config=config,
            partials=None if args.partial_id is None else [{"id": args.partial_id}],
            opts=self.child(),
        )

    def _vault(self, prefix: str, vault: VaultArgs) -> konnect.GatewayVault:
        return konnect.GatewayVault(
            f"{self.name}-vault-{prefix}",
            control_plane_id=self.args.control_plane_id,
            name=vault.backend,
            prefix=prefix,
            config=dict(vault.config),
            description=vault.description,
            opts=self.child(),
        )

    def _embeddings(self, vaults: Sequence[pulumi.Resource]) -> pulumi.Output[str] | None:
        if self.args.embeddings is None:
            return None
        return konnect.GatewayPartial(
            f"{self.name}-embeddings",
            control_plane_id=self.args.control_plane_id,
            name=f"{self.args.namespace}-embeddings",
            type=_EMBEDDINGS,
            config=self.args.embeddings,
            opts=self.child(vaults),
        ).id

    def _plugin(
        self, key: str, declared: PluginDeclaration, vaults: Sequence[pulumi.Resource]
    ) -> None:
        args = self.args
        config = completed_config(key, declared, args.namespace, cached=args.cache is not None)
        if authorities := config.get(_CA_CERTIFICATES):
            config[_CA_CERTIFICATES] = [
                self._ca_certificate_ids.get(one, one) for one in authorities
            ]
        wired = wire(
            declared.plugin,
            config,
            args.cache,
            partials=self._embeddings_link(declared, config),
            version=args.version,
        )
        scope: dict[Scope, dict[str, pulumi.Input[str]]] = {
            kind: {"id": self._id_of(key, kind, name)} for kind, name in declared.scope.items()
        }
        konnect.GatewayPlugin(
            f"{self.name}-{key}",
            control_plane_id=args.control_plane_id,
            name=declared.plugin,
            instance_name=instance_name(args.namespace, key),
            config=wired.config,
            partials=list(wired.partials) or None,
            enabled=declared.enabled,
            protocols=None if declared.protocols is None else list(declared.protocols),
            service=scope.get("service"),
            route=scope.get("route"),
            consumer_group=scope.get("consumer_group"),
            ordering=declared.ordering,
            condition=declared.condition,
            tags=[TAG, *declared.tags],
            opts=self.child(vaults),
        )

    def _embeddings_link(
        self, declared: PluginDeclaration, config: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        if self._embeddings_id is None or not takes_embeddings(declared, config, self.args.version):
            return []
        return [{"id": self._embeddings_id, "path": f"config.{_EMBEDDINGS}"}]

    def _id_of(self, key: str, kind: Scope, name: str) -> pulumi.Input[str]:
        if kind == "consumer_group" and name in self.consumer_group_ids:
            return self.consumer_group_ids[name]
        found = self.args.found.get(kind, {}).get(name)
        if found is None:
            raise ValueError(
                f"plugin {key!r} is limited to {kind.replace('_', ' ')} {name!r}, whose id on "
                f"control plane {self.args.namespace} is not given: add it to found"
            )
        return found


def instance_name(namespace: str, key: str) -> str:
    """The instance name of a plugin on a control plane, whose name is its namespace."""
    return f"{namespace}-{key}"


def completed_config(
    key: str, declared: PluginDeclaration, namespace: str, *, cached: bool = True
) -> dict[str, Any]:
    """The config of a plugin with a namespace for its counters, where it counts.

    Each plugin counts apart from the others. The rate limit has the namespace itself. ``cached`` is
    whether the control plane has a cache: another one of the gateway may have one, and Kong refuses
    an interval where nothing is synchronised.
    """
    config = dict(declared.config)
    if not cached and not _names_redis(config):
        config.pop("sync_rate", None)
    schema = published.newest_plugin(declared.plugin)
    if schema is not None and _NAMESPACE in schema.config.get("properties", {}):
        own = namespace if key == RATE_LIMIT else instance_name(namespace, key)
        config.setdefault(_NAMESPACE, own)
    return config


def _names_redis(config: Mapping[str, Any]) -> bool:
    """Whether a config uses a Redis of its own."""
    return "redis" in config or "redis" in (config.get("strategy"), config.get("policy"))


def takes_embeddings(
    declared: PluginDeclaration, config: Mapping[str, Any], version: str | None
) -> bool:
    """Whether a plugin gets the embeddings partial: it needs one, or asks for a semantic balancer.

    A plugin with embeddings of its own keeps them.
    """
    schema = published.plugin(declared.plugin, version) or published.newest_plugin(declared.plugin)
    if schema is None or _EMBEDDINGS not in schema.partials or _EMBEDDINGS in config:
        return False
    balancer = config.get("balancer") or {}
    return (
        published.is_required(schema.config, _EMBEDDINGS) or balancer.get("algorithm") == "semantic"
    )
