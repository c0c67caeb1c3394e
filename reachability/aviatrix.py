"""Reads the fabric of an Aviatrix controller: transit gateways, spokes, peerings, connections.

The controller routes by itself: a transit gateway knows all that is attached to it, and with
connected transit all that its peers know. It gives spokes routes to all of it. With segmentation,
network domains and their connection policies decide who knows whom; each domain is kept apart on
peerings too. What firewalls see is in `aviatrix_firenet`.

Sources: Aviatrix, Terraform resources `aviatrix_transit_gateway` (connected transit, segmentation),
`aviatrix_transit_external_device_conn`, `aviatrix_segmentation_network_domain`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from reachability import aws, azure, gcp
from reachability.graph import Attachment, HubTable, Link, LinkEnd
from reachability.parts import Parts, block, element, exists, number
from reachability.records import Record, Records, type_of
from reachability.tunnels import Half

PREFIX: Final = "pulumi-python:dynamic/aviatrix:"
"""How the type tokens of a controller's objects begin."""
TRANSIT: Final = f"{PREFIX}TransitGateway"
SETTINGS: Final = f"{PREFIX}TransitGatewaySettings"
HA: Final = f"{PREFIX}HaGateway"
SPOKE: Final = f"{PREFIX}SpokeGateway"
ATTACHMENT: Final = f"{PREFIX}SpokeTransitAttachment"
PEERING: Final = f"{PREFIX}TransitGatewayPeering"
CONNECTION: Final = f"{PREFIX}TransitExternalDeviceConn"
DOMAIN: Final = f"{PREFIX}SegmentationNetworkDomain"
ASSOCIATION: Final = f"{PREFIX}SegmentationNetworkDomainAssociation"
POLICY: Final = f"{PREFIX}SegmentationNetworkDomainConnectionPolicy"
NETWORKS: Final = (aws.VPC, azure.VNET, gcp.NETWORK)


@dataclass(frozen=True)
class _Attached:
    """What is attached to a transit gateway: a spoke or a connection, and its domain."""

    key: str
    hub: str
    domain: str


@dataclass(frozen=True)
class _Settings:
    """What a transit gateway tells its peers."""

    asn: int | None = None
    hands_on: bool = False
    """Whether it tells them what other peers taught it: connected transit."""


def read_links(parts: Parts) -> None:
    """Add transit gateways with what is attached to them, and their peerings."""
    records = parts.records
    attached = [*_spokes(parts), *_connections(parts)]
    domains = sorted({one.domain for one in attached} | {one.urn for one in records.of(DOMAIN)})
    allowed = _allowed(records)
    peerings = list(_peerings(records, domains))
    parts.links.update({one.key: one for one in peerings})
    for transit in records.of(TRANSIT):
        for domain in domains:
            key = _table(transit.urn, domain)
            own = [
                one.key
                for one in attached
                if one.hub == transit.urn and one.domain in {domain, *allowed[domain]}
            ]
            over = [
                link.key
                for link in peerings
                if link.key.endswith(f"#{domain}") and transit.urn in {end.hub for end in link.ends}
            ]
            at = element(transit)
            parts.tables[key] = HubTable(key, at, transit.urn, propagated=(*own, *over))
            parts.tables[f"{key}#own"] = HubTable(f"{key}#own", at, transit.urn, (), tuple(own))


def _table(transit: str, domain: str) -> str:
    """The key of what a domain knows at a transit gateway."""
    return f"{transit}#{domain}"


def _domain_of(records: Records, attachment: Record, *sides: Record) -> str:
    """The domain of an attachment. Empty: it is in none."""
    for association in records.of(ASSOCIATION):
        found = records.targets(association, "attachment_name", SPOKE, CONNECTION)
        names = {one.text("connection_name") or one.text("gw_name") for one in sides}
        known = association.text("attachment_name")
        if any(one in (attachment, *sides) for one in found) or (known and known in names):
            domain = named(records, association, "network_domain_name", DOMAIN, "domain_name")
            return "" if domain is None else domain.urn
    return ""


def _allowed(records: Records) -> dict[str, set[str]]:
    """By domain: the domains that it is connected with by policies."""
    found: dict[str, set[str]] = defaultdict(set)
    for policy in records.of(POLICY):
        ends = [
            named(records, policy, f"domain_name_{place}", DOMAIN, "domain_name")
            for place in (1, 2)
        ]
        if ends[0] is not None and ends[1] is not None:
            found[ends[0].urn].add(ends[1].urn)
            found[ends[1].urn].add(ends[0].urn)
    return found


def named(records: Records, record: Record, path: str, type_: str, name: str) -> Record | None:
    """The resource that a property has the name of."""
    text = record.text(path)
    by_name = [one for one in records.of(type_) if text and one.text(name) == text]
    return by_name[0] if by_name else records.target(record, path, type_)


def _spokes(parts: Parts) -> Iterator[_Attached]:
    records = parts.records
    for gateway in records.of(SPOKE):
        owner = records.target(gateway, "vpc_id", *NETWORKS)
        if owner is not None:
            parts.unattached[owner.urn] = exists(
                False,
                gateway,
                ATTACHMENT,
                "it is attached to no transit gateway",
                "attach it to the transit gateway of its region",
            )
    for attachment in records.of(ATTACHMENT):
        transit = named(records, attachment, "transit_gw_name", TRANSIT, "gw_name")
        spoke = named(records, attachment, "spoke_gw_name", SPOKE, "gw_name")
        network = None if spoke is None else records.target(spoke, "vpc_id", *NETWORKS)
        if transit is None or spoke is None or network is None:
            parts.unattached[""] = exists(
                False,
                attachment,
                SPOKE if spoke is None else TRANSIT,
                "it has no spoke gateway with a network, or no transit gateway",
                "create the gateways that it attaches",
            )
            continue
        domain = _domain_of(records, attachment, spoke)
        parts.attachments[attachment.urn] = Attachment(
            attachment.urn,
            element(attachment),
            transit.urn,
            network.urn,
            table=_table(transit.urn, domain),
            automatic=True,
        )
        yield _Attached(attachment.urn, transit.urn, domain)


def _peerings(records: Records, domains: Sequence[str]) -> Iterator[Link]:
    """The peerings of transit gateways: a link for each domain, which it keeps apart."""
    for peering in records.of(PEERING):
        near, far = (
            named(records, peering, f"transit_gateway_name{place}", TRANSIT, "gw_name")
            for place in (1, 2)
        )
        if near is None or far is None:
            continue
        settings = [_settings(records, transit) for transit in (near, far)]
        for domain in domains:
            key = f"{peering.urn}#{domain}"
            ends = [
                LinkEnd(
                    element(peering),
                    transit.urn,
                    key,
                    _table(transit.urn, domain),
                    asn=known.asn,
                    announces=_table(transit.urn, domain) + ("" if known.hands_on else "#own"),
                )
                for transit, known in zip((near, far), settings, strict=True)
            ]
            yield Link(key, element(peering), (ends[0], ends[1]))


def _settings(records: Records, transit: Record) -> _Settings:
    """The settings of a transit gateway, which are a resource of their own."""
    for record in records.of(SETTINGS):
        if named(records, record, "gw_name", TRANSIT, "gw_name") is transit:
            hands_on = record.properties.get("connected_transit") is True
            return _Settings(number(record.text("local_as_number")), hands_on)
    return _Settings()


def _ha_peer(records: Records, transit: Record) -> Record | None:
    for one in records.of(HA):
        if named(records, one, "primary_gw_name", TRANSIT, "gw_name") is transit:
            return one
    return None


def _connections(parts: Parts) -> Iterator[_Attached]:
    """The connections to native hubs. Each has a tunnel of the gateway, and one of its HA peer."""
    records = parts.records
    for connection in records.of(CONNECTION):
        transit = named(records, connection, "gw_name", TRANSIT, "gw_name")
        if transit is None:
            continue
        domain = _domain_of(records, connection, connection)
        gateways = (transit, _ha_peer(records, transit))
        parts.halves += _halves(connection, gateways, domain)
        yield _Attached(connection.urn, transit.urn, domain)


def _halves(
    connection: Record, gateways: tuple[Record, Record | None], domain: str
) -> Iterator[Half]:
    transit, ha_peer = gateways
    key_causes = connection.dependencies.get("pre_shared_key", ())
    locals_, remotes, addresses = (
        (connection.text(name) or "").split(",")
        for name in ("local_tunnel_cidr", "remote_tunnel_cidr", "remote_gateway_ip")
    )
    for place, (own, peer) in enumerate(zip(locals_, remotes, strict=False)):
        gateway = transit if place == 0 else ha_peer
        end = LinkEnd(
            element(connection),
            transit.urn,
            connection.urn,
            _table(transit.urn, domain),
            asn=number(connection.text("bgp_local_as_num")),
        )
        yield Half(
            f"{connection.urn}#{place}",
            element(connection),
            end,
            (
                exists(
                    gateway is not None,
                    transit,
                    HA,
                    f"it has no HA peer for the second tunnel of {connection.name}",
                    "give it an HA peer: ha_subnet",
                ),
            ),
            gateway="" if gateway is None else gateway.urn,
            address=None,
            peer_at=element(connection),
            peer_gateways=frozenset(),
            peer_address=addresses[place] if len(addresses) == len(locals_) else None,
            peer_asn=number(connection.text("bgp_remote_as_num")),
            inside=block(own),
            bgp_address=own.partition("/")[0] or None,
            peer_bgp_address=peer.partition("/")[0] or None,
            keys=frozenset(one for one in key_causes if type_of(one) != TRANSIT),
            key_value=connection.text("pre_shared_key"),
        )
