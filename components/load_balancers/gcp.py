"""A load balancer of GCP in front of a private gateway, with the gateway's addresses as endpoints.

It is a regional internal proxy Network Load Balancer: Envoy proxies of Google, with addresses in a
subnetwork of their own, pass TCP through, so TLS ends at the gateway. The gateway's addresses are
outside our network, in a hybrid endpoint group. Google documents VPN, Interconnect and router
appliances as the ways to such endpoints, and does not name VPC peering: try it before you rely on
it.
Source: "Hybrid connectivity network endpoint groups", "Proxy-only subnets" and "Set up a regional
internal proxy Network Load Balancer with hybrid connectivity" of Google Cloud.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Final

import pulumi
import pulumi_gcp as gcp

from components.entry.base import EntryTarget
from components.load_balancers.base import GATEWAY_PORT, LoadBalancer, PrivateOrigin
from components.networks.attributes import GcpVpcAttributes

_SCHEME: Final = "INTERNAL_MANAGED"
_CONNECTIONS: Final = 100_000
"""Connections per address of the gateway. Google spreads connections by it; it is no limit."""


@dataclass(frozen=True)
class GcpLoadBalancerArgs:
    """A load balancer of a region, and where it is."""

    origin: PrivateOrigin
    vpc: GcpVpcAttributes
    subnetwork: pulumi.Input[str]
    """The id of the subnetwork that its address is in."""
    proxies: IPv4Network | None = None
    """The block of the proxy-only subnetwork, /26 or larger. None: the network has one already in
    the region; it can have only one that is active."""
    given: bool = False
    """Whether another team owns the network. It may be in another project than the provider's."""
    links: Sequence[pulumi.Resource] = ()
    """The links of the gateway network: their routes lead to the endpoints."""
    labels: Mapping[str, str] = field(default_factory=dict)


class GcpLoadBalancer(LoadBalancer):
    """A forwarding rule on port 443, a TCP proxy, and a backend with the gateway's addresses.

    When the addresses change, the endpoints are updated in place.
    """

    target: EntryTarget
    """The load balancer's address."""

    def __init__(
        self, name: str, args: GcpLoadBalancerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("GcpLoadBalancer", name, args, opts)
        self._region = args.origin.region
        # Without this, everything goes to the provider's project, not to that of the network.
        self._project = args.vpc.project if args.given else None
        proxy = gcp.compute.RegionTargetTcpProxy(
            name,
            region=self._region,
            project=self._project,
            backend_service=self._backend(args).id,
            opts=self.child(),
        )
        rule = gcp.compute.ForwardingRule(
            name,
            region=self._region,
            project=self._project,
            network=args.vpc.id,
            subnetwork=args.subnetwork,
            target=proxy.id,
            ip_protocol="TCP",
            port_range=str(GATEWAY_PORT),
            load_balancing_scheme=_SCHEME,
            # Clients in other regions of the network may connect, too.
            allow_global_access=True,
            labels=dict(args.labels),
            opts=self.child(self._proxies(args)),
        )
        self.target = EntryTarget(addresses=rule.ip_address.apply(lambda known: [known]))
        self.register_outputs({"address": rule.ip_address})

    def _proxies(self, args: GcpLoadBalancerArgs) -> list[pulumi.Resource]:
        """The subnetwork of Google's proxies, unless the network has one."""
        if args.proxies is None:
            return []
        subnetwork = gcp.compute.Subnetwork(
            f"{self.name}-proxies",
            region=self._region,
            project=self._project,
            network=args.vpc.id,
            ip_cidr_range=str(args.proxies),
            purpose="REGIONAL_MANAGED_PROXY",
            role="ACTIVE",
            opts=self.child(),
        )
        return [subnetwork]

    def _backend(self, args: GcpLoadBalancerArgs) -> gcp.compute.RegionBackendService:
        check = gcp.compute.RegionHealthCheck(
            self.name,
            region=self._region,
            project=self._project,
            check_interval_sec=10,
            timeout_sec=5,
            https_health_check={
                "port_specification": "USE_SERVING_PORT",
                "request_path": args.origin.health_path,
            },
            opts=self.child(),
        )
        # Every region in which Kong has gateways has a zone b. Endpoints are in none of our zones.
        zone = f"{self._region}-b"
        group = gcp.compute.NetworkEndpointGroup(
            self.name,
            zone=zone,
            project=self._project,
            network=args.vpc.id,
            network_endpoint_type="NON_GCP_PRIVATE_IP_PORT",
            default_port=GATEWAY_PORT,
            opts=self.child(),
        )
        endpoints = gcp.compute.NetworkEndpointList(
            self.name,
            zone=zone,
            project=self._project,
            network_endpoint_group=group.name,
            network_endpoints=args.origin.addresses.apply(
                lambda addresses: [
                    gcp.compute.NetworkEndpointListNetworkEndpointArgs(
                        ip_address=address, port=GATEWAY_PORT
                    )
                    for address in sorted(addresses)
                ]
            ),
            opts=self.child(args.links),
        )
        return gcp.compute.RegionBackendService(
            self.name,
            region=self._region,
            project=self._project,
            load_balancing_scheme=_SCHEME,
            protocol="TCP",
            health_checks=check.id,
            connection_draining_timeout_sec=300,
            backends=[
                {
                    "group": group.id,
                    "balancing_mode": "CONNECTION",
                    "max_connections_per_endpoint": _CONNECTIONS,
                }
            ],
            opts=self.child([endpoints]),
        )
