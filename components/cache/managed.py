"""Konnect's managed cache of a control plane, and the Redis partial for it.

A control plane with a data-plane group in GCP cannot own one: Konnect refuses the add-on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi

from components.component import Component
from components.regions import CacheTier
from providers import konnect


@dataclass(frozen=True)
class ManagedCacheArgs:
    """The managed cache of one control plane."""

    tier: CacheTier
    """From ``micro`` (0.5 GiB) to ``24xlarge`` (300 GiB). It can be raised, never lowered."""
    control_plane_id: pulumi.Input[str]
    control_plane_geo: pulumi.Input[str]
    """Konnect's geo of the control plane: ``us``."""
    configuration: konnect.CloudGatewayConfiguration
    """The control plane's data planes. The cache is created after them."""


class ManagedCache(Component):
    """The add-on, and the partial that Konnect creates for it."""

    addon: konnect.CloudGatewayAddon
    partial_id: pulumi.Output[str]
    """The Redis partial for plugins of the control plane, once the cache is ready."""

    def __init__(
        self, name: str, args: ManagedCacheArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("ManagedCache", name, args, opts)
        self.addon = konnect.CloudGatewayAddon(
            name,
            name=name,
            owner={
                "kind": "control-plane",
                # A cache that is created before the data planes becomes ready but does not work.
                "control_plane_id": _once_ready(args.control_plane_id, args.configuration.ready),
                "control_plane_geo": args.control_plane_geo,
            },
            config={
                "kind": "managed-cache.v0",
                "capacity_config": {"kind": "tiered", "tier": args.tier.value},
            },
            opts=self.child(),
        )
        provider = self.get_provider("pulumi-python:dynamic:Resource")
        self.partial_id = konnect.get_managed_partial_output(
            args.control_plane_id,
            self.addon.ready.apply(lambda ready: ready.cache_config_id),
            provider if isinstance(provider, konnect.Provider) else None,
        )
        self.register_outputs({"partial_id": self.partial_id})


def _once_ready(id_: pulumi.Input[str], ready: pulumi.Output[Any]) -> pulumi.Output[str]:
    """The id: in an update only when ``ready`` is known, in a preview at once.

    When a configuration changes, its outputs are unknown in the preview. If the owner of a cache
    came from them, every new gateway version would show a replacement of the cache.
    """
    if pulumi.runtime.is_dry_run():
        return pulumi.Output.from_input(id_)
    return pulumi.Output.all(id_, ready).apply(lambda values: str(values[0]))
