"""Reads the gateway networks, their attachments, private DNS and caches from Konnect resources.

Kong's side of an attachment is not in any state: Konnect makes it. So the attachment stands for the
routes in Kong's network: in AWS its ``cidr_blocks``, in Azure and GCP the blocks of the peer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from reachability.graph import Network, Redis
from reachability.parts import Parts, block, element
from reachability.records import Record, Records

_KONNECT: Final = "pulumi-python:dynamic/konnect:"
NETWORK: Final = f"{_KONNECT}CloudGatewayNetwork"
CONFIGURATION: Final = f"{_KONNECT}CloudGatewayConfiguration"
ATTACHMENT: Final = f"{_KONNECT}CloudGatewayTransitGateway"
PRIVATE_DNS: Final = f"{_KONNECT}CloudGatewayPrivateDns"
ADDON: Final = f"{_KONNECT}CloudGatewayAddon"
CONTROL_PLANE: Final = f"{_KONNECT}GatewayControlPlane"
PARTIAL: Final = f"{_KONNECT}GatewayPartial"
CONFIG: Final = "transit_gateway_attachment_config"
DNS_CONFIG: Final = "private_dns_attachment_config"
_REDIS: Final = frozenset({"redis-ce", "redis-ee"})


@dataclass(frozen=True)
class KonnectAttachment:
    """An attachment of a gateway network in Konnect."""

    record: Record
    gateway: Network

    @property
    def kind(self) -> str:
        """Konnect's kind: ``aws-transit-gateway-attachment``."""
        return self.record.text(f"{CONFIG}.kind") or ""

    @property
    def cidr_blocks(self) -> list[str]:
        """The blocks that Kong's network routes into the attachment; only AWS has them."""
        return [str(one) for one in self.record.values("cidr_blocks.*")]


def read_gateways(parts: Parts) -> None:
    """Add the gateway networks."""
    clouds = _clouds(parts.records)
    for record in parts.records.of(NETWORK):
        cidr, region = block(record.text("cidr_block")), record.text("region") or record.name
        cloud = clouds.get(record.urn, "")
        if cidr is not None:
            parts.networks[record.urn] = Network(
                record.urn, element(record), cloud, (cidr,), gateway=f"{cloud}-{region}"
            )


def _clouds(records: Records) -> dict[str, str]:
    """The cloud of each gateway network, by URN.

    A network does not say it: the data-plane groups and the attachments do.
    """
    found: dict[str, str] = {}
    for configuration in records.of(CONFIGURATION):
        networks = records.targets(
            configuration, "dataplane_groups.*.cloud_gateway_network_id", NETWORK
        )
        by_region = {
            str(group.get("region")): str(group.get("provider"))
            for group in configuration.values("dataplane_groups.*")
        }
        for network in networks:
            if cloud := by_region.get(network.text("region") or ""):
                found[network.urn] = cloud
    for attachment in records.of(ATTACHMENT):
        network_of = records.target(attachment, "network_id", NETWORK)
        if network_of is not None:
            cloud = (attachment.text(f"{CONFIG}.kind") or "").partition("-")[0]
            found.setdefault(network_of.urn, cloud)
    return found


def attachments(parts: Parts, *kinds: str) -> Iterator[KonnectAttachment]:
    """The attachments of some kinds whose gateway network is in the stack."""
    for record in parts.records.of(ATTACHMENT):
        network = parts.records.target(record, "network_id", NETWORK)
        if network is None or network.urn not in parts.networks:
            continue
        found = KonnectAttachment(record, parts.networks[network.urn])
        if found.kind in kinds:
            yield found


def private_dns(parts: Parts, *kinds: str) -> Iterator[tuple[Record, str, str]]:
    """Private DNS of some kinds: the resource, its kind and the key of the gateway network."""
    for record in parts.records.of(PRIVATE_DNS):
        network = parts.records.target(record, "network_id", NETWORK)
        kind = record.text(f"{DNS_CONFIG}.kind") or ""
        if network is not None and kind in kinds:
            yield record, kind, network.urn


def read_redis(parts: Parts) -> None:
    """Add the Redis of each gateway: the managed cache, or the partial of its control plane."""
    records = parts.records
    for configuration in records.of(CONFIGURATION):
        plane = records.target(configuration, "control_plane_id", CONTROL_PLANE)
        networks = records.targets(
            configuration, "dataplane_groups.*.cloud_gateway_network_id", NETWORK
        )
        if plane is None:
            continue
        for network in networks:
            for addon in records.referring(plane, "owner.control_plane_id", ADDON):
                parts.redis.append(Redis(element(addon), network.urn, managed=True))
            for partial in records.referring(plane, "control_plane_id", PARTIAL):
                if partial.text("type") in _REDIS:
                    parts.redis.append(_of_partial(parts, partial, network.urn))


def _of_partial(parts: Parts, partial: Record, gateway: str) -> Redis:
    host, port = partial.text("config.host"), partial.text("config.port")
    causes = set(partial.dependencies.get("config", ()))
    endpoint = next(
        (
            one.key
            for one in parts.endpoints.values()
            if one.key in causes or (host and str(one.address) == host)
        ),
        None,
    )
    return Redis(element(partial), gateway, endpoint, host, int(float(port)) if port else 6379)
