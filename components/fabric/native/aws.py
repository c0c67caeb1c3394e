"""The hub of a region in AWS: its Transit Gateway, with tables, links and spokes of the fabric.

The tables of the Transit Gateway:

- ``gateways`` and ``spokes``, of Kong's attachment and of the landing, which are there without a
  fabric too;
- ``transit``, of what arrives over VPNs and peerings. AWS announces its routes over the VPNs;
- ``segment-<name>``, of the spokes of a segment. Its routes are those to its own spokes, to the
  spokes of connected segments, to gateways that may reach it, and to other hubs.

A VPN propagates what it learns to all of them, and propagated routes cannot be filtered. A peering
has no routing protocol, so its routes are those of up to three prefix lists: gateways, networks,
and summaries, which lead to the core (`RouteScope`). Both lead further than a segment may reach. So
the tables of gateways and segments have one more list, whose blocks they drop: the longest prefix
decides. The landing's VPC has routes to the gateways of other regions only. A hub or a spoke more
updates lists in place.

With inspection, each of these tables leads to the firewall what it led to gateways, landing,
spokes and other hubs, and one table more, ``inspected``, leads on what comes back from it.
``transit`` keeps its routes to other hubs: a packet is inspected at the hubs where it begins and
ends.

- Switching it on creates first: the firewall (minutes), ``inspected`` with its routes, then the
  routes to the firewall. Propagations and routes that these take the place of are deleted at the
  end. The firewall gets each block in two halves, so its routes are longer than those, and go
  before them from the first moment.
- The two directions of a connection change their way some seconds apart. AWS Network Firewall
  accepts connections that it did not see begin. Firewalls of others may reset them.
- The attachment of a gateway and that of its landing still propagate to each other's table. The
  longer routes to the firewall go before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final, Self

import pulumi
import pulumi_aws as aws

from components.component import Component
from components.fabric.model import (
    AWS_ENDPOINTS,
    HubPlan,
    InspectionKind,
    LinkPlan,
    RouteScope,
    SegmentArgs,
)
from components.fabric.native.aws_inspection import (
    AwsFirewallEndpoints,
    AwsNetworkFirewall,
    FirewallEndpointsArgs,
    NetworkFirewallArgs,
)
from components.fabric.native.aws_prefix_lists import ingress_rules, prefix_list, routes_to_hub
from components.fabric.native.aws_spoke import AwsFabricSpoke, AwsFabricSpokeArgs
from components.fabric.native.aws_tables import AwsTransitTables
from components.fabric.native.aws_vpn import AwsVpnArgs, vpn_to
from components.fabric.native.hub import FabricHubArgs, FabricSpoke, FarEnd
from components.fabric.routes import halves
from components.names import account_of
from components.networks.attributes import AwsHubAttributes, AwsVpcAttributes

_GATEWAYS: Final = "gateways"
_LANDING: Final = "spokes"
"""The landing's table: it is called so without a fabric."""
_TRANSIT: Final = "transit"
_INSPECTED: Final = "inspected"
_REMOTE: Final = "remote-gateways"
"""The name of the list of other regions' gateways."""


@dataclass(frozen=True)
class _Peering:
    """A peering of a hub."""

    link: str
    """The key of the link."""
    far: HubPlan
    attachment_id: pulumi.Output[str]
    """Its attachment, after it was accepted."""


class AwsFabricHub(Component):
    """The part of a fabric at one Transit Gateway."""

    def __init__(
        self, name: str, args: FabricHubArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Raises ``ValueError`` for a region without a Transit Gateway."""
        super().__init__("AwsFabricHub", name, args, opts)
        self._args = args
        hub, network = args.side.hub, args.side.network
        if not isinstance(hub, AwsHubAttributes) or not isinstance(network, AwsVpcAttributes):
            raise ValueError(f"{args.plan.key} has no Transit Gateway; add a transit-gateway link")
        self._hub, self._landing = hub, network
        self._inspected = args.inspection.kind is not InspectionKind.NONE
        self._tables = self._all_tables()
        self._peerings: list[_Peering] = []
        self._close()
        self._ready = [*self._gateway(), *self._landing_of_hub()]
        """What the firewall leads on to."""
        self._spokes = {}
        for spoke in sorted(args.spokes):
            made, propagations = self._spoke(spoke)
            self._spokes[spoke] = made.network
            self._ready += propagations
        self.register_outputs({"transit_gateway_id": hub.transit_gateway_id})

    @property
    def addresses(self) -> Sequence[pulumi.Output[str]]:
        """None: the addresses of tunnels are known only after `connect`."""
        return ()

    @property
    def vpn_gateway_id(self) -> pulumi.Output[str] | None:
        """None: only Google connects by ids of VPN gateways."""
        return None

    @property
    def spokes(self) -> Mapping[str, FabricSpoke]:
        """The spokes on the hub, by name."""
        return self._spokes

    def connect(
        self, link: LinkPlan, far: FarEnd, keys: Mapping[str, pulumi.Input[str]]
    ) -> Sequence[pulumi.Output[str]]:
        """Create the AWS end of a link by IPsec. Return the public address of each tunnel."""
        region, hub_id = self._plan.region, self._hub.transit_gateway_id
        vpn = vpn_to(self, AwsVpnArgs(region, hub_id, link, far, keys, self._args.tags))
        direct = [_TRANSIT, _INSPECTED] if self._inspected else self._entered
        for interface, attachment_id in vpn.attachment_ids.items():
            key = f"{far.key}-vpn-{interface}"
            self._tables.associate(key, attachment_id, _TRANSIT)
            self._ready += self._tables.propagate(key, attachment_id, direct)
        return vpn.addresses

    def peer(self, link: LinkPlan, far: Self) -> None:
        """Connect this Transit Gateway to that of another hub, in its account and region.

        Each end uses its own provider. Both need the peering to be accepted.
        """
        peering = aws.ec2transitgateway.PeeringAttachment(
            f"{self.name}-{far._plan.key}-peering",
            region=self._plan.region,
            transit_gateway_id=self._hub.transit_gateway_id,
            peer_transit_gateway_id=far._hub.transit_gateway_id,
            peer_region=far._plan.region,
            peer_account_id=pulumi.Output.from_input(far._hub.transit_gateway_arn).apply(
                account_of
            ),
            tags=self._tags(f"{far._plan.key}-peering"),
            opts=self.child(),
        )
        accepter = aws.ec2transitgateway.PeeringAttachmentAccepter(
            f"{far.name}-{self._plan.key}-accepter",
            region=far._plan.region,
            transit_gateway_attachment_id=peering.id,
            tags=far._tags(f"{self._plan.key}-peering"),
            opts=far.child(),
        )
        accepted_id = accepter.transit_gateway_attachment_id
        for end, other in ((self, far), (far, self)):
            end._tables.associate(f"{other._plan.key}-peering", accepted_id, _TRANSIT)
            end._peerings.append(_Peering(link.key, other._plan, accepted_id))

    def lead(self) -> None:
        """Lead what is behind other hubs over the peerings, and then packets to the firewall.

        With a further peering a block may move to it from the list of the core. So that list
        changes last, and the block is in both for a moment, not in none.
        """
        direct: list[pulumi.Resource] = []
        for peering in sorted(self._peerings, key=lambda one: (one.far.core, one.far.key)):
            direct += self._lead_over(peering, direct if peering.far.core else [])
        if self._inspected:
            self._inspect([*self._ready, *direct])

    def _lead_over(
        self, peering: _Peering, after: Sequence[pulumi.Resource]
    ) -> Sequence[pulumi.Resource]:
        """The lists of what tables lead over a peering, and the references to them."""
        over = [route for route in self._plan.static_routes if route.link == peering.link]
        references = []
        for scope in RouteScope:
            name = f"{peering.far.key}-{scope.value}"
            blocks = (one.prefix for one in over if one.scope is scope)
            list_id = self._list(name, blocks, after)
            if list_id is not None:
                references += [
                    self._tables.refer(table, name, list_id, peering.attachment_id)
                    for table in self._tables_of(scope)
                ]
        return references

    def _tables_of(self, scope: RouteScope) -> Sequence[str]:
        """The tables that have the routes of a scope over peerings."""
        entered = [_TRANSIT, _INSPECTED] if self._inspected else self._entered
        match scope:
            case RouteScope.GATEWAYS:
                without = {key for key, of in self._segments.items() if not of.gateways}
            case RouteScope.NETWORKS:
                without = {_LANDING}
            case RouteScope.SUMMARIES:
                without = {_TRANSIT}
        return [table for table in entered if table not in without]

    def _close(self) -> None:
        """Drop what a gateway or a segment must not reach, whatever other routes lead there."""
        closed = {_GATEWAYS: self._plan.closed_to_gateways}
        for segment, blocks in self._plan.closed_to_segments.items():
            closed[_table_of(segment)] = blocks
        for table, blocks in closed.items():
            list_id = self._list(f"{table}-closed", blocks)
            if list_id is not None:
                self._tables.refer(table, "closed", list_id, None)

    def _list(
        self, name: str, blocks: Iterable[IPv4Network], after: Sequence[pulumi.Resource] = ()
    ) -> pulumi.Output[str] | None:
        return prefix_list(self, name, self._plan.region, blocks, self._args.tags, after)

    @property
    def _plan(self) -> HubPlan:
        return self._args.plan

    @property
    def _segments(self) -> Mapping[str, SegmentArgs]:
        """The segments that have a spoke here, by the key of their table."""
        here = {spoke.segment for spoke in self._args.spokes.values()}
        return {_table_of(name): self._args.segments[name] for name in sorted(here)}

    @property
    def _entered(self) -> Sequence[str]:
        """The tables of what arrives from networks and over links."""
        return [_GATEWAYS, _LANDING, _TRANSIT, *self._segments]

    def _all_tables(self) -> AwsTransitTables:
        given = {
            _GATEWAYS: self._hub.gateway_route_table_id,
            _LANDING: self._hub.spoke_route_table_id,
        }
        tables = AwsTransitTables(
            self, self._plan.region, self._hub.transit_gateway_id, given, self._args.tags
        )
        for key in (_TRANSIT, *self._segments):
            tables.create(key)
        if self._inspected:
            tables.create(_INSPECTED)
        return tables

    def _gateway(self) -> Sequence[pulumi.Resource]:
        """Routes to Kong's attachment. Those to an isolated gateway drop what is for it.

        The link itself has the route in the landing's table, and the one that drops. The tables of
        segments drop it by their lists.
        """
        tables = [_TRANSIT, *(key for key, of in self._segments.items() if of.gateways)]
        if self._plan.isolated:
            for table in (_TRANSIT, *([_INSPECTED] if self._inspected else [])):
                self._tables.drop(table, self._plan.gateway)
        attachment_id = self._args.side.gateway_attachment_id
        if attachment_id is None:
            return []
        return self._propagated("gateway", attachment_id, tables)

    def _landing_of_hub(self) -> Sequence[pulumi.Resource]:
        """The landing: known to other hubs, with routes to their gateways, which it lets in."""
        # A route to a hub is refused until the VPC is attached to it.
        hub_id = pulumi.Output.all(self._hub.transit_gateway_id, self._hub.vpc_attachment_id).apply(
            lambda ids: ids[0]
        )
        name, region, tables = _REMOTE, self._plan.region, self._landing.route_table_ids
        list_id = self._list(name, self._plan.remote_gateways)
        group_id = self._args.side.security_group_id
        if list_id is not None:
            routes_to_hub(self, name, region, tables, hub_id, list_id)
        if list_id is not None and group_id is not None:
            ingress_rules(self, name, region, group_id, list_id, self._plan.ports)
        return self._propagated("landing", self._hub.vpc_attachment_id, [_TRANSIT])

    def _spoke(self, spoke: str) -> tuple[AwsFabricSpoke, Sequence[pulumi.Resource]]:
        plan = self._args.spokes[spoke]
        made = AwsFabricSpoke(
            f"{self.name}-spoke-{spoke}",
            AwsFabricSpokeArgs(
                plan,
                self._plan.region,
                self._plan.zones,
                self._hub.transit_gateway_id,
                self._args.tags,
                self._args.protect,
            ),
            self.child(),
        )
        segment = self._args.segments[plan.segment]
        reaching = {_table_of(name) for name in (plan.segment, *segment.connected)}
        tables = [_TRANSIT, *(key for key in self._segments if key in reaching)]
        if segment.gateways:
            tables.append(_GATEWAYS)
        key = f"spoke-{spoke}"
        self._tables.associate(key, made.attachment_id, _table_of(plan.segment))
        return made, self._propagated(key, made.attachment_id, tables)

    def _propagated(
        self, key: str, attachment_id: pulumi.Input[str], tables: Sequence[str]
    ) -> Sequence[pulumi.Resource]:
        """Propagate a network here to tables, or behind the firewall, if there is one."""
        return self._tables.propagate(
            key, attachment_id, [_INSPECTED] if self._inspected else tables
        )

    def _inspect(self, ready: Sequence[pulumi.Resource]) -> None:
        """Lead to the firewall, after what it leads on to is ``ready``."""
        attachment_id = self._firewall()
        back = self._tables.associate("firewall", attachment_id, _INSPECTED)
        for table, prefixes in self._inspected_prefixes().items():
            divided = {half for prefix in prefixes for half in halves(prefix)}
            list_id = self._list(f"{table}-firewall", divided)
            if list_id is not None:
                self._tables.refer(table, "firewall", list_id, attachment_id, [back, *ready])

    def _inspected_prefixes(self) -> Mapping[str, set[IPv4Network]]:
        """What each table leads to the firewall."""
        plan = self._plan
        gateway = set() if plan.isolated else {plan.gateway}
        prefixes = {
            _GATEWAYS: {plan.landing, *plan.gateway_reach},
            _LANDING: {*plan.remote_gateways, *gateway},
            _TRANSIT: {plan.landing, *gateway},
            **{table: set[IPv4Network]() for table in self._segments},
        }
        for spoke in self._args.spokes.values():
            prefixes[_TRANSIT].add(spoke.cidr)
            prefixes[_table_of(spoke.segment)] |= set(spoke.routes)
        return prefixes

    def _firewall(self) -> pulumi.Output[str]:
        """Create the firewall. Return the id of its attachment."""
        plan, inspection, name = self._plan, self._args.inspection, f"{self.name}-inspection"
        hub_id, tags = self._hub.transit_gateway_id, self._args.tags
        if inspection.kind is InspectionKind.NATIVE:
            protected = [plan.landing, *(spoke.cidr for spoke in self._args.spokes.values())]
            args = NetworkFirewallArgs(
                plan.region, plan.zones, hub_id, protected, inspection.bypass, tags
            )
            return AwsNetworkFirewall(name, args, self.child()).attachment_id
        endpoints = FirewallEndpointsArgs(
            plan.region,
            plan.own or AWS_ENDPOINTS,
            plan.zones,
            inspection.endpoints[plan.key],
            hub_id,
            tags,
            self._args.protect,
        )
        return AwsFirewallEndpoints(name, endpoints, self.child()).attachment_id

    def _tags(self, suffix: str) -> Mapping[str, str]:
        return {**self._args.tags, "Name": f"{self.name}-{suffix}"}


def _table_of(segment: str) -> str:
    """The key of a segment's table."""
    return f"segment-{segment}"
