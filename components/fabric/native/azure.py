"""The hub of a region in Azure: its virtual hub, with the links and spokes of the fabric.

Hubs of one virtual WAN are connected already, so only links to other clouds are created. The tables
of a virtual hub:

- ``defaultRouteTable``, which each hub has, with the label ``default``. Kong's connection uses it,
  and we cannot change that; Microsoft demands it of all VPN connections. So landings and spokes of
  segments that gateways reach use it too;
- ``segment-<name>`` of a segment that gateways do not reach, with the label of that name.

All connections propagate to the label ``default``, so that other clouds learn them. A spoke also
propagates to the labels of its own and of connected segments, and a VPN to the labels of all tables
in Azure. So routes keep gateways out of a segment, and network security groups keep other segments
out.

With inspection, routing intent is instead of the tables: see `AzureInspection`.

Source: Microsoft, "About virtual hub routing".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv4Network
from typing import Final

import pulumi
from pulumi_azure_native import network

from components.component import Component
from components.fabric.azure_routing import closed_segments, routing_intents, segment_tables
from components.fabric.model import HubPlan, LinkPlan, SegmentArgs
from components.fabric.native.azure_inspection import AzureInspection, AzureInspectionArgs
from components.fabric.native.azure_rules import ALLOW, DENY, INBOUND, add_rule
from components.fabric.native.azure_spoke import AzureFabricSpoke, AzureFabricSpokeArgs
from components.fabric.native.azure_vpn import AzureVpnEnd, AzureVpnEndArgs
from components.fabric.native.hub import FabricHubArgs, FabricSpoke, FarEnd
from components.fabric.numbers import azure_bgp_addresses
from components.networks.attributes import AzureHubAttributes, AzureVnetAttributes

DEFAULT_LABEL: Final = "default"
"""The label of the default table of each hub. Source: Microsoft, "About virtual hub routing"."""


class AzureFabricHub(Component):
    """The part of a fabric at one virtual hub. Creating its VPN gateway takes 30 minutes."""

    def __init__(
        self, name: str, args: FabricHubArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Raises ``ValueError`` without a virtual hub, or without the plan of the whole fabric."""
        super().__init__("AzureFabricHub", name, args, opts)
        self._args = args
        hub, landing = args.side.hub, args.side.network
        if not isinstance(hub, AzureHubAttributes) or not isinstance(landing, AzureVnetAttributes):
            raise ValueError(f"{args.plan.key} has no virtual hub; add a virtual-hub link")
        if args.fabric is None:
            raise ValueError(f"{args.plan.key} has no plan of the whole fabric; pass it as fabric")
        self._hub, self._fabric = hub, args.fabric
        self._closed = closed_segments(self._fabric)
        self._end = self._vpn() if args.speaks else None
        self._limit_landing(landing)
        # A hub makes one table or connection at a time, and refuses another one meanwhile.
        connection = args.side.landing_connection
        self._made: list[pulumi.Resource] = [] if connection is None else [connection]
        segments = segment_tables(self._fabric).get(self._plan.key, ())
        self._tables = {segment: self._table(segment) for segment in segments}
        self._spokes = {spoke: self._spoke(spoke) for spoke in sorted(args.spokes)}
        if self._is_inspected:
            self._inspect()
        self.register_outputs({"hub_id": hub.hub_id})

    @property
    def addresses(self) -> Sequence[pulumi.Output[str]]:
        """The public addresses of the VPN gateway's instances 0 and 1; none without a gateway."""
        return () if self._end is None else self._end.addresses

    @property
    def vpn_gateway_id(self) -> pulumi.Output[str] | None:
        """None: only GCP connects gateways by their ids."""
        return None

    @property
    def spokes(self) -> Mapping[str, FabricSpoke]:
        """The spokes on the hub, by name."""
        return self._spokes

    @property
    def _plan(self) -> HubPlan:
        return self._args.plan

    def connect(
        self, link: LinkPlan, far: FarEnd, keys: Mapping[str, pulumi.Input[str]]
    ) -> Sequence[pulumi.Output[str]]:
        """Create the Azure end of a link by IPsec. Return its public address of each tunnel."""
        if self._end is None:
            raise ValueError(f"{self._plan.key} has no VPN gateway for link {link.key}")
        return self._end.connect(link, far, keys, self._routing(None, self._closed))

    def _vpn(self) -> AzureVpnEnd:
        end = AzureVpnEndArgs(
            key=self._plan.key,
            region=self._plan.region,
            hub=self._hub,
            virtual_wan_id=self._args.side.virtual_wan_id,
            bgp_addresses=azure_bgp_addresses(self._fabric.numbers, self._plan.key),
            tags=self._args.tags,
            protect=self._args.protect,
        )
        return AzureVpnEnd(self, end)

    def _limit_landing(self, landing: AzureVnetAttributes) -> None:
        """Let the gateways of other regions in to the landing on its ports, and nothing else.

        The hub connects all networks on it, and Azure lets them in by default. The rules of the
        region's own links have lower priorities, so they come first.
        """
        first = landing.security_rule_priority + 100
        gateways, denied = self._plan.remote_gateways, self._others
        if gateways:
            add_rule(
                self,
                landing,
                "from-remote-gateways",
                first,
                ALLOW,
                INBOUND,
                gateways,
                self._plan.ports,
            )
        if denied:
            add_rule(self, landing, "not-from-fabric", first + 1, DENY, INBOUND, denied)

    @property
    def _others(self) -> Sequence[IPv4Network]:
        """The blocks of all spokes, and of all that is behind the hubs of other regions."""
        blocks = {spoke.cidr for spoke in self._fabric.spokes.values()}
        for key, hub in self._fabric.hubs.items():
            if key != self._plan.key:
                blocks.update((hub.gateway, *hub.advertised))
        return sorted(blocks)

    def _inspect(self) -> None:
        """Lead the private traffic of the hub through a firewall."""
        inspection = self._args.inspection
        AzureInspection(
            f"{self.name}-inspection",
            AzureInspectionArgs(
                region=self._plan.region,
                hub=self._hub,
                fabric=self._fabric,
                after=self._made,
                appliance_id=inspection.endpoints.get(self._plan.key),
                bypass=inspection.bypass,
                tags=self._args.tags,
                protect=self._args.protect,
            ),
            self.child(),
        )

    @property
    def _is_inspected(self) -> bool:
        """Whether Azure chooses the tables of connections, because the hub has routing intent."""
        return self._plan.key in routing_intents(self._fabric)

    def _table(self, segment: str) -> pulumi.Output[str]:
        table = network.HubRouteTable(
            f"{self.name}-segment-{segment}",
            resource_group_name=self._hub.resource_group_name,
            virtual_hub_name=self._hub.hub_name,
            route_table_name=_label(segment),
            labels=[_label(segment)],
            opts=self.child(self._made),
        )
        self._made.append(table)
        return table.id

    def _spoke(self, name: str) -> FabricSpoke:
        plan = self._args.spokes[name]
        segment = self._args.segments[plan.segment]
        spoke = AzureFabricSpoke(
            f"{self.name}-{name}",
            AzureFabricSpokeArgs(
                plan=plan,
                region=self._plan.region,
                hub=self._hub,
                routing_configuration=self._routing(
                    self._tables.get(plan.segment), self._reached(plan.segment, segment)
                ),
                after=tuple(self._made),
                isolated_from=self._plan.gateway if self._plan.isolated else None,
                tags=self._args.tags,
                protect=self._args.protect,
            ),
            self.child(),
        )
        self._made.append(spoke.connection)
        return spoke.network

    def _reached(self, name: str, segment: SegmentArgs) -> Sequence[str]:
        """The segments with tables of their own that learn the spokes of a segment."""
        return [one for one in self._closed if one == name or one in segment.connected]

    def _routing(
        self, table_id: pulumi.Output[str] | None, segments: Iterable[str]
    ) -> network.RoutingConfigurationArgs | None:
        """The tables of a connection: its own (None: the default one), and which learn of it."""
        if self._is_inspected:
            return None
        default = pulumi.Output.concat(self._hub.hub_id, "/hubRouteTables/defaultRouteTable")
        labels = [DEFAULT_LABEL, *(_label(segment) for segment in segments)]
        return network.RoutingConfigurationArgs(
            associated_route_table=network.SubResourceArgs(
                id=default if table_id is None else table_id
            ),
            propagated_route_tables=network.PropagatedRouteTableArgs(labels=labels),
        )


def _label(segment: str) -> str:
    """The name of a segment's table, and its label."""
    return f"segment-{segment}"
