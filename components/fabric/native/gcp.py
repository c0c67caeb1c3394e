"""The hub of a region in GCP: the landing's VPC network, with an HA VPN gateway.

A Cloud Router does not announce to one BGP peer what another taught it. So a hub with more than one
link has a hub of Network Connectivity Center, with a spoke of site-to-site data transfer for each
link. Then the router announces what all links teach, beside the ranges that it is given. Such
spokes must be of one VPC network, so each hub has its own.

Sources: Google Cloud, "Site-to-site data transfer overview" and "Advertised routes".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_gcp as gcp

from components.component import Component
from components.fabric.model import InspectionKind, LinkPlan
from components.fabric.native.gcp_inspection import GcpInspection, GcpInspectionArgs
from components.fabric.native.gcp_spoke import GcpFabricSpoke, GcpFabricSpokeArgs
from components.fabric.native.gcp_vpn import NAME_MAX, GcpVpnEnd, GcpVpnEndArgs
from components.fabric.native.hub import FabricHubArgs, FabricSpoke, FarEnd
from components.names import bounded_name
from components.networks.attributes import GcpVpcAttributes


class GcpFabricHub(Component):
    """The VPN of the landing's network, its spokes, and a firewall rule for remote gateways."""

    addresses: Sequence[pulumi.Output[str]]
    """The public addresses of its VPN gateway, by interface; none without a link."""
    vpn_gateway_id: pulumi.Output[str] | None
    """The id of its HA VPN gateway; None without a link."""

    def __init__(
        self, name: str, args: FabricHubArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("GcpFabricHub", name, args, opts)
        if not isinstance(args.side.network, GcpVpcAttributes):
            raise TypeError(f"hub {args.plan.key}: its landing is not a VPC network of GCP")
        self._args = args
        self._network = args.side.network
        self._end = self._vpn() if args.speaks or args.spokes else None
        self.addresses = self._end.addresses if self._end else ()
        self.vpn_gateway_id = self._end.vpn_gateway_id if self._end else None
        self._center = self._connectivity_center() if len(self._links()) > 1 else None
        self._let_remote_gateways_in()
        self._spokes = {key: self._spoke(key) for key in sorted(args.spokes)}
        if self._inspected:
            self._inspect(args)
        self.register_outputs({"addresses": self.addresses, "vpn_gateway_id": self.vpn_gateway_id})

    @property
    def spokes(self) -> Mapping[str, FabricSpoke]:
        """The spokes on it, by name."""
        # As an attribute with a type, Pulumi would take it for an output.
        return self._spokes

    def connect(
        self, link: LinkPlan, far: FarEnd, keys: Mapping[str, pulumi.Input[str]]
    ) -> Sequence[pulumi.Output[str]]:
        """Create this end of a link. Return its public address of each tunnel.

        Raises ``ValueError`` when the hub was created without a VPN gateway.
        """
        if self._end is None:
            raise ValueError(
                f"hub {self._args.plan.key}: has no VPN gateway for link {link.key}; "
                "create it with `speaks`"
            )
        addresses = self._end.connect(link, far, keys)
        if self._center is not None:
            self._transfer(link, far, self._center)
        return addresses

    def _vpn(self) -> GcpVpnEnd:
        plan = self._args.plan
        # A spoke announces its block itself. Announced here, it would also come back to the spoke.
        of_spokes = {spoke.cidr for spoke in self._args.spokes.values()}
        end = GcpVpnEndArgs(
            key=plan.key,
            network_id=self._network.id,
            region=plan.region,
            asn=plan.asn,
            advertised=[block for block in plan.advertised if block not in of_spokes],
            labels=self._args.tags,
            protect=self._args.protect,
        )
        return GcpVpnEnd(self, end)

    def _links(self) -> set[str]:
        """The keys of its links by IPsec: to other hubs, and to its spokes."""
        of_spokes = [spoke.link for spoke in self._args.spokes.values()]
        return {link.key for link in (*self._args.links, *of_spokes) if link is not None}

    def _connectivity_center(self) -> gcp.networkconnectivity.Hub:
        return gcp.networkconnectivity.Hub(
            f"{self.name}-connectivity-center",
            name=bounded_name(self.name, "transfer", NAME_MAX),
            labels=dict(self._args.tags),
            opts=self.child(),
        )

    def _transfer(self, link: LinkPlan, far: FarEnd, center: gcp.networkconnectivity.Hub) -> None:
        """Announce what this link teaches to the other links, and the other way round.

        Its BGP sessions exist by then: Google changes what they announce.
        """
        assert self._end is not None
        gcp.networkconnectivity.Spoke(
            f"{self.name}-{far.key}-transfer",
            name=bounded_name(self.name, far.key, NAME_MAX),
            hub=center.id,
            location=self._args.plan.region,
            linked_vpn_tunnels={
                "uris": [tunnel.self_link for tunnel in self._end.tunnels[link.key]],
                "site_to_site_data_transfer": True,
            },
            labels=dict(self._args.tags),
            opts=self.child(self._end.sessions[link.key]),
        )

    def _let_remote_gateways_in(self) -> None:
        plan = self._args.plan
        if plan.remote_gateways:
            gcp.compute.Firewall(
                f"{self.name}-from-remote-gateways",
                name=bounded_name(self.name, "in-gateways", NAME_MAX),
                network=self._network.id,
                direction="INGRESS",
                source_ranges=[str(block) for block in plan.remote_gateways],
                allows=[{"protocol": "tcp", "ports": [str(port) for port in plan.ports]}],
                opts=self.child(),
            )

    @property
    def _inspected(self) -> bool:
        return self._args.inspection.kind is not InspectionKind.NONE

    def _inspect(self, args: FabricHubArgs) -> None:
        """Inspect what the landing and the spokes that are created here let in."""
        plan, landing = args.plan, self._network
        firewalls = GcpInspectionArgs(
            hub=plan.key,
            inspection=args.inspection,
            region=plan.region,
            project=landing.project,
            labels=args.tags,
        )
        inspection = GcpInspection(f"{self.name}-inspection", firewalls, self.child())
        # The link has closed its rule for an isolated gateway.
        own = () if plan.isolated else (plan.gateway,)
        if sources := (*own, *plan.remote_gateways):
            inspection.inspect("landing", landing.id, sources, plan.ports)
        for key, built in self._spokes.items():
            spoke = args.spokes[key]
            if spoke.given is None and spoke.allowed:
                # A spoke may be called "landing".
                inspection.inspect(f"spoke-{key}", built.network_id, spoke.allowed, spoke.ports)

    def _spoke(self, key: str) -> FabricSpoke:
        args = GcpFabricSpokeArgs(
            plan=self._args.spokes[key],
            region=self._args.plan.region,
            labels=self._args.tags,
            protect=self._args.protect,
            inspected=self._inspected,
        )
        return GcpFabricSpoke(f"{self.name}-{key}", args, self.child()).built
