"""The parts of a gateway as they were built: its control planes and its regions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import pulumi

from components.cache.managed import ManagedCache
from components.cache.regional import RegionalCache
from components.connectivity.side import CustomerSide
from components.dns.base import PrivateDnsComponent
from components.gateway.args import RegionArgs
from components.governance import Governance
from providers import konnect


@dataclass(frozen=True)
class PlaneOfGateway:
    """A control plane of the gateway with its configuration, cache and governance."""

    key: str
    """``main``, a cloud, or a cloud and region."""
    control_plane: konnect.GatewayControlPlane
    configuration: konnect.CloudGatewayConfiguration
    cache: ManagedCache | RegionalCache | None
    governance: Governance

    @property
    def cache_kind(self) -> Literal["managed", "regional"] | None:
        """``managed`` by Konnect, ``regional`` for a Redis of the region, None for no cache."""
        if self.cache is None:
            return None
        return "managed" if isinstance(self.cache, ManagedCache) else "regional"

    @property
    def counters(self) -> Literal["region", "data-plane"]:
        """What a plugin's counters are shared by: all data planes of a region, or none."""
        return "data-plane" if self.cache is None else "region"

    @property
    def cache_partial_id(self) -> pulumi.Output[str] | None:
        """The id of the Redis partial for plugins; None without a cache."""
        return None if self.cache is None else self.cache.partial_id


@dataclass(frozen=True)
class RegionOfGateway:
    """A region of the gateway: its network, its group of data planes and the customer's side."""

    args: RegionArgs
    control_plane: PlaneOfGateway
    network: konnect.CloudGatewayNetwork
    customer: CustomerSide
    """The customer's network and its links."""
    dns: Mapping[str, PrivateDnsComponent] = field(default_factory=dict)
    """The private DNS of the region, by key."""

    @property
    def group(self) -> pulumi.Output[konnect.ActualGroup]:
        """The running data planes with their addresses and hostnames."""
        return pulumi.Output.all(self.control_plane.configuration.ready, self.network.ready).apply(
            lambda ready: self._group_of(ready[0], ready[1].id)
        )

    def _group_of(
        self, configuration: konnect.Configuration, network_id: str
    ) -> konnect.ActualGroup:
        """The group in a network. That of an isolated region may be missing."""
        running = [one.cloud_gateway_network_id for one in configuration.dataplane_groups]
        if self.args.isolated and network_id not in running:
            return konnect.ActualGroup(
                id="", provider=self.args.cloud, region=self.args.region, state="missing"
            )
        return configuration.group(network_id)

    @property
    def hostnames(self) -> pulumi.Output[list[str]]:
        """Names under which clients reach the region."""
        return self.group.apply(lambda group: list(group.hostnames))

    @property
    def private_ip_addresses(self) -> pulumi.Output[list[str]]:
        """The private addresses of the region; empty without private listeners."""
        return self.group.apply(lambda group: list(group.private_ip_addresses))

    @property
    def expected_private_ip_addresses(self) -> pulumi.Output[list[str]]:
        """As ``private_ip_addresses``; in a preview, the addresses that the group has now."""
        configuration = self.control_plane.configuration
        return pulumi.Output.all(configuration.expected, self.network.ready).apply(
            lambda known: [
                address
                for group in known[0].dataplane_groups
                if group.cloud_gateway_network_id == known[1].id
                for address in group.private_ip_addresses
            ]
        )

    @property
    def egress_ip_addresses(self) -> pulumi.Output[list[str]]:
        """The addresses from which the gateway calls upstreams on the internet."""
        return self.group.apply(lambda group: list(group.egress_ip_addresses))

    @property
    def attachment_ids(self) -> dict[str, pulumi.Output[str]]:
        """The ids of Konnect's attachments, by the key of their link."""
        return {key: link.attachment_id for key, link in self.customer.links.items()}

    @property
    def security_group_id(self) -> pulumi.Output[str] | None:
        """The id of the security group that lets the gateway in; None in GCP."""
        return self.customer.security_group_id
