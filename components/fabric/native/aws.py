"""The hub of a region in AWS: its Transit Gateway, with tables, links and spokes of the fabric.

The tables of the Transit Gateway:

- ``gateways`` and ``spokes``, of Kong's attachment and of the landing, which are there without a
  fabric too;
- ``transit``, of what arrives over VPNs and peerings. AWS announces its routes over the VPNs;
- ``segment-<name>``, of the spokes of a segment. Its routes are those to its own spokes, to the
  spokes of connected segments, to gateways that may reach it, and to other hubs.

A VPN propagates what it learns to all of them. Propagated routes cannot be filtered, so security
groups also keep out who may not call. A peering has no routing protocol, so its routes are static.
The landing's VPC has routes to the gateways of other regions only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv4Network
from typing import Self

import pulumi
import pulumi_aws as aws

from components.component import Component
from components.fabric.model import HubPlan, LinkPlan, SegmentArgs, StaticRoute
from components.fabric.native.aws_spoke import (
    AwsFabricSpoke,
    AwsFabricSpokeArgs,
    block_key,
    ingress_rules,
    routes_to_hub,
)
from components.fabric.native.aws_vpn import AwsVpnArgs, vpn_to
from components.fabric.native.hub import FabricHubArgs, FabricSpoke, FarEnd
from components.names import account_of
from components.networks.attributes import AwsHubAttributes, AwsVpcAttributes

_GATEWAYS, _LANDING, _TRANSIT = "gateways", "spokes", "transit"
"""Keys of the tables. ``spokes`` is the landing's: it is called so without a fabric."""


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
        self._tables = self._all_tables()
        self._gateway()
        self._landing_routes()
        self._spokes = {spoke: self._spoke(spoke).network for spoke in sorted(args.spokes)}
        self.register_outputs({"transit_gateway_id": hub.transit_gateway_id})

    @property
    def addresses(self) -> Sequence[pulumi.Output[str]]:
        """None: the addresses of tunnels are known only after `connect`."""
        return ()

    @property
    def vpn_gateway_id(self) -> pulumi.Output[str] | None:
        """None: AWS has no VPN gateway of its own here."""
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
        """Create the AWS end of a link by IPsec. Return the public address of each tunnel."""
        vpn = vpn_to(
            self,
            AwsVpnArgs(
                self._plan.region,
                self._hub.transit_gateway_id,
                link,
                far,
                keys,
                self._args.tags,
            ),
        )
        for interface, attachment_id in vpn.attachment_ids.items():
            key = f"{far.key}-vpn-{interface}"
            self._associate(key, attachment_id, _TRANSIT)
            self._propagate(key, attachment_id, self._tables)
        return vpn.addresses

    def peer(self, link: LinkPlan, far: Self) -> None:
        """Connect this Transit Gateway to that of another hub, in its account and region.

        Each end uses its own provider. Routes at both ends need the peering to be accepted.
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
        self._peered(link, f"{far._plan.key}-peering", accepted_id)
        far._peered(link, f"{self._plan.key}-peering", accepted_id)

    def _peered(self, link: LinkPlan, key: str, attachment_id: pulumi.Output[str]) -> None:
        """The association of one end of a peering, and the static routes over it."""
        self._associate(key, attachment_id, _TRANSIT)
        for route in self._plan.static_routes:
            if route.link != link.key:
                continue
            for table in self._tables:
                if self._takes(table, route):
                    self._route(table, route.prefix, attachment_id)

    def _takes(self, table: str, route: StaticRoute) -> bool:
        """Whether a table has a static route.

        The landing's has those to gateways. A segment that gateways may not reach has no others.
        """
        if table == _LANDING:
            return route.gateways_only
        segment = self._segments.get(table)
        return segment is None or segment.gateways or not route.gateways_only

    # Tables

    @property
    def _segments(self) -> Mapping[str, SegmentArgs]:
        """The segments that have a spoke here, by the key of their table."""
        here = {spoke.segment for spoke in self._args.spokes.values()}
        return {_table_of(name): self._args.segments[name] for name in sorted(here)}

    def _all_tables(self) -> Mapping[str, pulumi.Input[str]]:
        """The ids of the tables that packets enter, by key."""
        return {
            _GATEWAYS: self._hub.gateway_route_table_id,
            _LANDING: self._hub.spoke_route_table_id,
            **{key: self._table(key) for key in (_TRANSIT, *self._segments)},
        }

    def _table(self, key: str) -> pulumi.Output[str]:
        return aws.ec2transitgateway.RouteTable(
            f"{self.name}-{key}",
            region=self._plan.region,
            transit_gateway_id=self._hub.transit_gateway_id,
            tags=self._tags(key),
            opts=self.child(),
        ).id

    def _associate(self, key: str, attachment_id: pulumi.Input[str], table: str) -> None:
        aws.ec2transitgateway.RouteTableAssociation(
            f"{self.name}-{key}-association",
            region=self._plan.region,
            transit_gateway_attachment_id=attachment_id,
            transit_gateway_route_table_id=self._tables[table],
            opts=self.child(),
        )

    def _propagate(self, key: str, attachment_id: pulumi.Input[str], tables: Iterable[str]) -> None:
        for table in tables:
            aws.ec2transitgateway.RouteTablePropagation(
                f"{self.name}-{key}-to-{table}",
                region=self._plan.region,
                transit_gateway_attachment_id=attachment_id,
                transit_gateway_route_table_id=self._tables[table],
                opts=self.child(),
            )

    def _route(
        self, table: str, prefix: IPv4Network, attachment_id: pulumi.Input[str] | None
    ) -> None:
        """A static route; without an attachment, a table drops what is for the prefix."""
        aws.ec2transitgateway.Route(
            f"{self.name}-{table}-to-{block_key(prefix)}",
            region=self._plan.region,
            destination_cidr_block=str(prefix),
            transit_gateway_route_table_id=self._tables[table],
            transit_gateway_attachment_id=attachment_id,
            blackhole=True if attachment_id is None else None,
            opts=self.child(),
        )

    # What is attached

    def _gateway(self) -> None:
        """Routes to Kong's attachment. Those to an isolated gateway drop what is for it.

        The link itself has the route in the landing's table, and the one that drops.
        """
        tables = [_TRANSIT, *(key for key, of in self._segments.items() if of.gateways)]
        attachment_id = self._args.side.gateway_attachment_id
        if attachment_id is not None:
            self._propagate("gateway", attachment_id, tables)
        if self._plan.isolated:
            for table in (_TRANSIT, *self._segments):
                self._route(table, self._plan.gateway, None)

    def _landing_routes(self) -> None:
        """The landing: known to other hubs, with routes to their gateways, which it lets in."""
        self._propagate("landing", self._hub.vpc_attachment_id, [_TRANSIT])
        gateways = self._plan.remote_gateways
        # A route to a hub is refused until the VPC is attached to it.
        hub_id = pulumi.Output.all(self._hub.transit_gateway_id, self._hub.vpc_attachment_id).apply(
            lambda ids: ids[0]
        )
        region, tables = self._plan.region, self._landing.route_table_ids
        routes_to_hub(self, region, tables, hub_id, gateways)
        group_id = self._args.side.security_group_id
        if group_id is not None:
            ingress_rules(self, region, group_id, gateways, self._plan.ports)

    def _spoke(self, spoke: str) -> AwsFabricSpoke:
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
        reached_from = {plan.segment, *segment.connected}
        tables = [_TRANSIT, *(key for key in self._segments if key in map(_table_of, reached_from))]
        if segment.gateways:
            tables.append(_GATEWAYS)
        self._associate(f"spoke-{spoke}", made.attachment_id, _table_of(plan.segment))
        self._propagate(f"spoke-{spoke}", made.attachment_id, tables)
        return made

    def _tags(self, suffix: str) -> Mapping[str, str]:
        return {**self._args.tags, "Name": f"{self.name}-{suffix}"}


def _table_of(segment: str) -> str:
    """The key of a segment's table."""
    return f"segment-{segment}"
