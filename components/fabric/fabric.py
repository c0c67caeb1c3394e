"""TransitFabric: one network that connects the hubs of all regions in all clouds."""

from __future__ import annotations

from typing import Any

import pulumi

from components.component import Component
from components.fabric.azure_routing import routing_intents, segment_tables
from components.fabric.model import FabricDriver
from components.fabric.parts import FabricParts, TransitFabricArgs
from providers.keys import FabricRecord


class TransitFabric(Component):
    """Hubs, the links between them, and their spokes, built by the driver of the plan."""

    def __init__(
        self, name: str, args: TransitFabricArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("TransitFabric", name, args, opts)
        self.plan = args.plan
        self._record()
        self.parts = _build(self, args)
        """Hubs, links and spokes, as they were built."""
        self.register_outputs(self.exported())

    def _record(self) -> None:
        """Record in state what a preview refuses to change: see `FabricRecord`."""
        numbers, hubs = self.plan.numbers, self.plan.hubs.values()
        accounts = {} if self.plan.aviatrix is None else self.plan.aviatrix.accounts
        FabricRecord(
            f"{self.name}-record",
            driver=self.plan.driver.value,
            cores={cloud.value: core for cloud, core in numbers.cores.items()},
            asns=dict(numbers.asns),
            tunnels={key: list(map(str, blocks)) for key, blocks in numbers.tunnels.items()},
            spokes={
                name: f"{spoke.hub} {spoke.cidr}"
                for name, spoke in self.plan.spokes.items()
                if spoke.given is None
            },
            segment_tables={hub: list(of) for hub, of in segment_tables(self.plan).items()},
            routing_intents=list(routing_intents(self.plan)),
            networks={hub.key: str(hub.transit.cidr) for hub in hubs if hub.transit},
            accounts={hub.cloud.value: accounts[hub.cloud] for hub in hubs if hub.transit},
            firenet=[hub.key for hub in hubs if hub.transit and hub.transit.firenet],
            opts=self.child(),
        )

    def exported(self) -> dict[str, Any]:
        """The outputs: hubs, links and spokes by key, in plain values and Outputs."""
        return {
            "hubs": {
                key: {"id": hub.id, "vpn_addresses": list(hub.vpn_addresses)}
                for key, hub in self.parts.hubs.items()
            },
            "links": {
                key: {
                    "kind": link.kind.value,
                    "near_addresses": list(link.near_addresses),
                    "far_addresses": list(link.far_addresses),
                }
                for key, link in self.parts.links.items()
            },
            "spokes": {
                name: {"network_id": spoke.network_id, "subnet_ids": dict(spoke.subnet_ids)}
                for name, spoke in self.parts.spokes.items()
            },
        }


def _build(fabric: TransitFabric, args: TransitFabricArgs) -> FabricParts:
    """Build the fabric. The modules of a driver are loaded only when it is used."""
    match args.plan.driver:
        case FabricDriver.NATIVE:
            from components.fabric.native.links import native_fabric

            return native_fabric(fabric, args)
        case FabricDriver.AVIATRIX:
            from components.fabric.aviatrix import aviatrix_fabric

            return aviatrix_fabric(fabric, args)
