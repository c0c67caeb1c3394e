"""The GCP landing: a network peered with Kong's, from both sides.

Konnect stays `initializing` until our side of the peering exists, and our side needs the
name of Kong's network, which is known only when that is ready. One peering operation may
run at a time on a network, so a second peering of a landing must depend on the first.
"""

from __future__ import annotations

import hashlib
from typing import Final

import pulumi
import pulumi_gcp as gcp

from components import addressing
from components.landing.base import GcpNetwork, Landing, LandingArgs, Link, RedisEndpoint
from components.regions import Cloud
from providers import konnect

REDIS_NAME_MAX: Final = 40
"""Characters of a Memorystore id; most other names in GCP have 63."""


def redis_name(landing: str) -> str:
    """The Memorystore id of a landing: a long name is cut, and told apart by a digest."""
    name = f"{landing}-redis"
    if len(name) <= REDIS_NAME_MAX:
        return name
    tail = f"-{hashlib.sha256(landing.encode()).hexdigest()[:6]}-redis"
    return landing[: REDIS_NAME_MAX - len(tail)].rstrip("-") + tail


class GcpLanding(Landing):
    """Network, subnetwork, both peerings, firewall; a regional Redis where one is asked for."""

    cloud = Cloud.GCP

    def build(self, args: LandingArgs, link: Link) -> None:
        """The customer's network at once, the peerings when Kong's network is ready."""
        given = self.given(args, GcpNetwork)
        network = given or self._create(args)
        self._connect(link, network)
        gcp.compute.Firewall(
            f"{self.name}-from-gateway",
            name=f"{self.name}-from-gateway",
            network=network.id,
            # A rule goes to the project of the provider, whatever its network's is.
            project=given.project if given else None,
            direction="INGRESS",
            source_ranges=[str(args.network_cidr)],
            allows=[{"protocol": "tcp", "ports": [str(port) for port in args.ports]}],
            opts=self.child(),
        )
        self.network_name = pulumi.Output.from_input(network.name)
        if args.redis_gib is not None:
            self.redis = self._redis(args, args.redis_gib, network)

    def _create(self, args: LandingArgs) -> GcpNetwork:
        name = self.name
        layout = addressing.gcp_landing(args.cidr)
        network = gcp.compute.Network(
            f"{name}-network",
            name=name,
            auto_create_subnetworks=False,
            # So that routes learned in one region serve the gateways of all.
            routing_mode="GLOBAL",
            opts=self.child(),
        )
        gcp.compute.Subnetwork(
            f"{name}-workload",
            name=f"{name}-workload",
            network=network.id,
            region=args.region,
            ip_cidr_range=str(layout.workload),
            private_ip_google_access=True,
            opts=self.child(),
        )
        return GcpNetwork(
            name=network.name, project=network.project, id=network.id, self_link=network.self_link
        )

    def _connect(self, link: Link, network: GcpNetwork) -> None:
        """The peering from Kong's side, and then from ours."""
        name = self.name
        attachment = konnect.CloudGatewayTransitGateway(
            f"{name}-attachment",
            network_id=link.network_id,
            name=name,
            transit_gateway_attachment_config={
                "kind": "gcp-vpc-peering-attachment",
                "peer_project_id": network.project,
                "peer_vpc_name": network.name,
            },
            opts=self.child(),
        )
        kong_network = pulumi.Output.all(link.account, link.network.ready).apply(
            lambda known: (
                f"projects/{known[0].provider_account_id}/global/networks/"
                f"{known[1].provider_metadata.vpc_id}"
            )
        )
        mirror = gcp.compute.NetworkPeering(
            f"{name}-peering",
            name=f"{name}-kong",
            network=network.self_link,
            peer_network=kong_network,
            import_custom_routes=True,
            export_custom_routes=True,
            import_subnet_routes_with_public_ip=True,
            export_subnet_routes_with_public_ip=True,
            stack_type="IPV4_ONLY",
            # On the way down our side goes first, which Konnect's attachment survives.
            opts=self.child([attachment]),
        )
        self.attachment = attachment.ready_after(mirror)

    def _redis(self, args: LandingArgs, memory_gib: int, network: GcpNetwork) -> RedisEndpoint:
        """A Memorystore in the region, since Konnect has no managed cache in GCP.

        Memorystore lives in a network of Google's that is peered with ours, and peerings are
        not transitive: whether Kong's network reaches it through ours is for a reachability
        check to say. Until it does, rate limits fall back to counters per data plane.
        """
        instance = gcp.redis.Instance(
            f"{self.name}-redis",
            name=redis_name(self.name),
            region=args.region,
            tier="STANDARD_HA",
            memory_size_gb=memory_gib,
            redis_version="REDIS_7_2",
            authorized_network=network.id,
            auth_enabled=True,
            transit_encryption_mode="SERVER_AUTHENTICATION",
            # The provider's default refuses every destroy; counters are no data worth that.
            deletion_protection=False,
            labels=args.tags,
            opts=self.child(),
        )
        return RedisEndpoint(instance.host, instance.port, instance.auth_string)
