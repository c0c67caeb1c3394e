"""Reads private DNS: which names each gateway resolves, with which records or servers.

Sources: Kong, "Private hosted zones", "Outbound DNS resolver" and "Private DNS" of Dedicated Cloud
Gateways; Amazon Route 53, "Associating a VPC and a private hosted zone of different accounts".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address
from typing import Any, Final

from reachability import aws, azure, gcp, konnect
from reachability.elements import Condition
from reachability.graph import Endpoint, Resolution
from reachability.konnect import DNS_CONFIG
from reachability.parts import Parts, address, block, element, exists
from reachability.records import Record

AWS_ZONE: Final = "aws:route53/zone:Zone"
AWS_RECORD: Final = "aws:route53/record:Record"
AWS_AUTHORIZATION: Final = "aws:route53/vpcAssociationAuthorization:VpcAssociationAuthorization"
AZURE_ZONE: Final = "azure-native:privatedns:PrivateZone"
AZURE_RECORD: Final = "azure-native:privatedns:PrivateRecordSet"
AZURE_INBOUND: Final = "azure-native:dnsresolver:InboundEndpoint"
GCP_ZONE: Final = "gcp:dns/managedZone:ManagedZone"
GCP_RECORD: Final = "gcp:dns/recordSet:RecordSet"
GCP_MEMBER: Final = "gcp:projects/iAMMember:IAMMember"

_LINK_ACTION: Final = "Microsoft.Network/privateDnsZones/virtualNetworkLinks/write"


def read_dns(parts: Parts) -> None:
    """Add what each gateway resolves in private."""
    _read_inbound_endpoints(parts)
    for record, _, gateway in konnect.private_dns(parts, "aws-private-hosted-zone-attachment"):
        _hosted_zone(parts, record, gateway)
    for record, _, gateway in konnect.private_dns(parts, "azure-private-hosted-zone-attachment"):
        _azure_zone(parts, record, gateway)
    for record, _, gateway in konnect.private_dns(parts, "gcp-private-hosted-zone-attachment"):
        _gcp_zone(parts, record, gateway)
    for record, _, gateway in konnect.private_dns(
        parts, "aws-outbound-resolver", "azure-outbound-resolver"
    ):
        _forwarding(parts, record, gateway)


def _hosted_zone(parts: Parts, record: Record, gateway: str) -> None:
    records = parts.records
    path = f"{DNS_CONFIG}.hosted_zone_id"
    zone = records.target(record, path, AWS_ZONE)
    if zone is None:
        # The domain of another stack's zone is not in the attachment: it may be any.
        parts.resolutions.append(Resolution(element(record), gateway, ""))
        return
    authorized = any(
        gateway in (one.urn for one in records.targets(authorization, "vpcId", konnect.NETWORK))
        for authorization in records.referring(zone, "zoneId", AWS_AUTHORIZATION)
    )
    condition = exists(
        authorized,
        record,
        AWS_AUTHORIZATION,
        f"{element(zone)} does not authorize the association with the gateway's VPC",
        "authorize the association",
    )
    parts.resolutions.append(
        Resolution(
            element(record),
            gateway,
            _domain(zone.text("name")),
            (condition,),
            _addresses(records.referring(zone, "zoneId", AWS_RECORD), "name", "records.*"),
        )
    )


def _azure_zone(parts: Parts, record: Record, gateway: str) -> None:
    records = parts.records
    zone = azure.parent(records, record, f"{DNS_CONFIG}.domain_name", AZURE_ZONE)
    if zone is None:
        domain = _domain(record.text(f"{DNS_CONFIG}.domain_name"))
        parts.resolutions.append(Resolution(element(record), gateway, domain))
        return
    domain = _domain(zone.text("privateZoneName") or zone.text("name"))
    own = [
        one
        for one in records.of(AZURE_RECORD)
        if azure.parent(records, one, "privateZoneName", AZURE_ZONE) == zone
    ]
    found: dict[str, tuple[IPv4Address, ...]] = {}
    for one in own:
        key = one.text("relativeRecordSetName") or one.text("name") or ""
        name = domain if key == "@" else f"{key}.{domain}"
        found[name] = _known(one.values("aRecords.*.ipv4Address"))
    conditions = tuple(azure.granted(records, record, zone, _LINK_ACTION))
    parts.resolutions.append(Resolution(element(record), gateway, domain, conditions, found))


def _gcp_zone(parts: Parts, record: Record, gateway: str) -> None:
    records = parts.records
    zone = records.target(record, f"{DNS_CONFIG}.domain_name", GCP_ZONE)
    members = [one for one in records.of(GCP_MEMBER) if one.text("role") == "roles/dns.peer"]
    if zone is None:
        domain = _domain(record.text(f"{DNS_CONFIG}.domain_name"))
        parts.resolutions.append(Resolution(element(record), gateway, domain))
        return
    network = records.target(record, f"{DNS_CONFIG}.peer_vpc_name", gcp.NETWORK)
    visible = records.targets(zone, "privateVisibilityConfig.networks.*.networkUrl", gcp.NETWORK)
    conditions = (
        Condition(
            network is None or network in visible,
            element(zone),
            "the zone is not visible in the network that the gateway asks",
            "add the network to private_visibility_config",
        ),
        exists(
            bool(members),
            record,
            GCP_MEMBER,
            "Kong may not peer with the network for DNS: nobody grants it roles/dns.peer",
            "grant roles/dns.peer to Kong's principal in the network's project",
        ),
    )
    own = records.referring(zone, "managedZone", GCP_RECORD) or [
        one for one in records.of(GCP_RECORD) if one.text("managedZone") == zone.text("name")
    ]
    parts.resolutions.append(
        Resolution(
            element(record),
            gateway,
            _domain(zone.text("dnsName")),
            conditions,
            _addresses(own, "name", "rrdatas.*"),
        )
    )


def _forwarding(parts: Parts, record: Record, gateway: str) -> None:
    records = parts.records
    config = record.properties.get(DNS_CONFIG)
    domains: Mapping[str, Any] = {}
    if isinstance(config, Mapping) and isinstance(config.get("dns_config"), Mapping):
        domains = config["dns_config"]
    behind = {one.urn for one in records.targets(record, DNS_CONFIG, aws.RESOLVER, AZURE_INBOUND)}
    endpoints = tuple(key for key in parts.endpoints if key.partition("#")[0] in behind)
    known = {str(one.address) for key, one in parts.endpoints.items() if key in endpoints}
    for domain, servers in domains.items():
        given = servers.get("remote_dns_server_ip_addresses") if isinstance(servers, dict) else None
        listed = _known(given) if isinstance(given, list) else ()
        own = endpoints if not listed or {str(one) for one in listed} & known else ()
        parts.resolutions.append(
            Resolution(
                element(record),
                gateway,
                _domain(domain),
                servers=() if own else listed,
                endpoints=own,
            )
        )


def _read_inbound_endpoints(parts: Parts) -> None:
    """Add inbound endpoints of Azure's DNS resolvers."""
    records = parts.records
    for one in records.of(AZURE_INBOUND):
        subnet = records.target(one, "ipConfigurations.*.subnet.id", azure.SUBNET)
        if subnet is None:
            continue
        vnet = azure.parent(records, subnet, "virtualNetworkName", azure.VNET)
        prefix = block(subnet.text("addressPrefix"))
        if vnet is not None and prefix is not None:
            at = address(one.text("ipConfigurations.*.privateIpAddress"))
            parts.endpoints[one.urn] = Endpoint(one.urn, element(one), vnet.urn, prefix, at, (53,))


def _addresses(records: list[Record], name: str, path: str) -> dict[str, tuple[IPv4Address, ...]]:
    """The addresses of A records by full name. Others have none that is known."""
    return {_domain(one.text(name)): _known(one.values(path)) for one in records}


def _known(texts: list[Any]) -> tuple[IPv4Address, ...]:
    return tuple(_each(texts))


def _each(texts: list[Any]) -> Iterator[IPv4Address]:
    for text in texts:
        found = address(text) if isinstance(text, str) else None
        if found is not None:
            yield found


def _domain(text: str | None) -> str:
    return (text or "").rstrip(".").lower()
