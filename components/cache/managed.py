"""Konnect's managed cache of a control plane or of a control plane group, and its partials.

A control plane with a data-plane group in GCP cannot own one: Konnect refuses the add-on.

Konnect creates a partial for the cache of a control plane, and none for that of a group. A group
has no plugins of its own: its members have them. So every member gets partials here. Their names
differ, because the names of all members' entities must be unique in a group.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components.cache.partials import CacheComponent, RedisPartials
from components.cache.references import RedisReferences
from components.regions import CacheTier
from providers import konnect


@dataclass(frozen=True)
class ManagedCacheArgs:
    """The managed cache of one control plane, or of one control plane group."""

    tier: CacheTier
    """From ``micro`` (0.5 GiB) to ``24xlarge`` (300 GiB). It can be raised, never lowered."""
    control_plane_id: pulumi.Input[str]
    """The owner: a control plane, or a control plane group if there are ``members``."""
    control_plane_geo: pulumi.Input[str]
    """Konnect's geo of the owner: ``us``."""
    configuration: konnect.CloudGatewayConfiguration
    """The owner's data planes. The cache is created after them."""
    members: Mapping[str, pulumi.Input[str]] | None = None
    """The ids of the members of the control plane group that owns the cache, by a key of yours.

    A key is in the names of the member's partials and must never change. None: a control plane
    owns the cache.
    """


class ManagedCache(CacheComponent):
    """The add-on, and the Redis partials for it.

    The cache of a control plane is for its plugins: ``cache.partial_id``. The cache of a group is
    for the plugins of its members: ``cache.members["orders"].partial_id``.
    """

    addon: konnect.CloudGatewayAddon

    def __init__(
        self, name: str, args: ManagedCacheArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("ManagedCache", name, args, opts)
        self.addon = konnect.CloudGatewayAddon(
            name,
            name=name,
            owner=_owner(args),
            config={
                "kind": "managed-cache.v0",
                "capacity_config": {"kind": "tiered", "tier": args.tier.value},
            },
            opts=self.child(),
        )
        env = _references(self.addon)
        # Not annotated on the class: Pulumi would read that as the type of an input of this name.
        self.members: Mapping[str, RedisPartials] = {
            key: RedisPartials(self, f"{name}-{key}", id_, env)
            for key, id_ in (args.members or {}).items()
        }
        """The cache for the plugins of each member, by its key. Empty without a group."""
        if args.members is None:
            partial_id = self._konnects_partial(args.control_plane_id)
            self._partials = RedisPartials(
                self, name, args.control_plane_id, env, {"redis-ee": partial_id}
            )
            outputs: dict[str, Any] = {"partial_id": partial_id}
        else:
            partial_ids = {key: member.partial_id for key, member in self.members.items()}
            outputs = {"partial_ids": partial_ids}
        self.register_outputs({**outputs, "groups": self.groups.apply(_plain)})

    @property
    def groups(self) -> pulumi.Output[tuple[konnect.AddonGroup, ...]]:
        """Each data plane group of the cache with its cloud, region and state.

        An update waits until the cache is ready in all of them. A preview has the states of now.
        """
        return self.addon.data_plane_groups

    def _konnects_partial(self, control_plane_id: pulumi.Input[str]) -> pulumi.Output[str]:
        provider = self.get_provider("pulumi-python:dynamic:Resource")
        return konnect.get_managed_partial_output(
            control_plane_id,
            self.addon.ready.apply(lambda ready: ready.cache_config_id),
            provider if isinstance(provider, konnect.Provider) else None,
        )


def _owner(args: ManagedCacheArgs) -> dict[str, pulumi.Input[str]]:
    # A cache that is created before the data planes becomes ready but does not work.
    id_ = _once_ready(args.control_plane_id, args.configuration.ready)
    kind = "control-plane" if args.members is None else "control-plane-group"
    field = kind.replace("-", "_")
    return {"kind": kind, f"{field}_id": id_, f"{field}_geo": args.control_plane_geo}


def _references(addon: konnect.CloudGatewayAddon) -> RedisReferences:
    """How plugins reach the cache. Konnect has the values once the cache was ready."""
    known = addon.expected.apply(lambda one: one.references)
    return RedisReferences(
        host=known.apply(lambda one: one.cache_host),
        port=known.apply(lambda one: one.cache_port),
        username=known.apply(lambda one: one.cache_username),
        server_name=known.apply(lambda one: one.cache_server_name),
        cloud_authentication=known.apply(_cloud_authentication),
    )


def _cloud_authentication(references: konnect.CacheReferences) -> dict[str, str | bool]:
    """The login of a data plane: with its identity in AWS, in Azure, or in both."""
    given = {key: value for key, value in references.cloud_authentication.items() if value}
    if any(key.startswith("aws_") for key in given):
        # Kong's default is true, and a managed cache in AWS is never serverless.
        return {**given, "aws_is_serverless": False}
    return {**given}


def _plain(groups: tuple[konnect.AddonGroup, ...]) -> list[dict[str, str]]:
    return [{"provider": one.provider, "region": one.region, "state": one.state} for one in groups]


def _once_ready(id_: pulumi.Input[str], ready: pulumi.Output[Any]) -> pulumi.Output[str]:
    """The id: in an update only when ``ready`` is known, in a preview at once.

    When a configuration changes, its outputs are unknown in the preview. If the owner of a cache
    came from them, every new gateway version would show a replacement of the cache.
    """
    if pulumi.runtime.is_dry_run():
        return pulumi.Output.from_input(id_)
    return pulumi.Output.all(id_, ready).apply(lambda values: str(values[0]))
