"""Reads VPN gateways of virtual hubs, VPN sites and their connections.

A link of a site makes a tunnel from each of the gateway's two instances. The other end has one
peer, so only the instance with the BGP address in the other end's block has a session. Sources:
Microsoft, "How to connect AWS and Azure using a BGP-enabled VPN gateway", "Virtual WAN FAQ" (ASN).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any, Final

from reachability.azure import HUB, parent
from reachability.elements import Condition
from reachability.graph import LinkEnd
from reachability.parts import block, element, exists, number
from reachability.records import Record, Records, type_of
from reachability.tunnels import Half

GATEWAY: Final = "azure-native:network:VpnGateway"
SITE: Final = "azure-native:network:VpnSite"
CONNECTION: Final = "azure-native:network:VpnConnection"
_ASN: Final = 65515
"""The ASN of every VPN gateway in a hub."""
_SESSION: Final = 30
"""The length of the prefix of a session's block."""


def branches(records: Records) -> Iterator[tuple[Record, Record]]:
    """The VPN connections, each with its hub."""
    for connection in records.of(CONNECTION):
        gateway = _gateway_of(records, connection)
        hub = None if gateway is None else records.target(gateway, "virtualHub.id", HUB)
        if hub is None:
            # Its route tables are those of the hub, with the gateway or without.
            hub = records.target(connection, "routingConfiguration", HUB)
        if hub is not None:
            yield connection, hub


def halves(records: Records) -> Iterator[Half]:
    """The ends of tunnels of VPN gateways: one for each link of a connection."""
    for connection, hub in branches(records):
        gateway = _gateway_of(records, connection)
        site = records.target(connection, "remoteVpnSite.id", SITE)
        routed = routed_in(records, connection, hub)
        for place, link in enumerate(_links(connection, gateway, site)):
            half = _half(connection, gateway, hub, site, (place, link))
            yield replace(half, conditions=(routed, *half.conditions))


def _links(
    connection: Record, gateway: Record | None, site: Record | None
) -> Iterator[dict[str, Any]]:
    """The links of a connection.

    A state keeps them encrypted, because they contain the pre-shared keys. Then there is one for
    each link of the site, with the BGP addresses of the gateway.
    """
    if not connection.is_unknown("vpnLinkConnections") or site is None:
        yield from connection.values("vpnLinkConnections.*")
        return
    sessions = [] if gateway is None else gateway.values("bgpSettings.bgpPeeringAddresses.*")
    addresses = [
        {"ipConfigurationId": one.get("ipconfigurationId"), "customBgpIpAddress": address}
        for one in sessions
        for address in one.get("customBgpIpAddresses") or ()
    ]
    for link in site.values("vpnSiteLinks.*"):
        named = {"name": link.get("name"), "enableBgp": True}
        yield {**named, "vpnGatewayCustomBgpAddresses": addresses}


def routed_in(records: Records, connection: Record, hub: Record) -> Condition:
    """The condition that the route tables of a connection are of its hub. Azure refuses others."""
    tables_of = records.targets(connection, "routingConfiguration", HUB)
    return Condition(
        not tables_of or hub in tables_of,
        element(connection),
        f"its route tables are those of {', '.join(one.name for one in tables_of)}, and it is on "
        f"{hub.name}",
        "give it route tables of its own hub",
    )


def _gateway_of(records: Records, connection: Record) -> Record | None:
    return parent(records, connection, "gatewayName", GATEWAY)


def _half(
    connection: Record,
    gateway: Record | None,
    hub: Record,
    site: Record | None,
    numbered: tuple[int, dict[str, Any]],
) -> Half:
    place, link = numbered
    name = str(link.get("name") or place)
    far = {} if site is None else _site_link(site, link, place)
    bgp = far.get("bgpProperties") or {}
    peer = _text(bgp.get("bgpPeeringAddress"))
    inside = None if peer is None else block(f"{peer}/{_SESSION}")
    instance, own = _instance(link, inside)
    end = LinkEnd(
        element(connection),
        hub.urn,
        connection.urn,
        hub.urn,
        asn=_ASN,
    )
    causes = connection.dependencies.get("vpnLinkConnections", ())
    return Half(
        f"{connection.urn}#{name}",
        element(connection),
        end,
        tuple(_conditions(connection, gateway, site, link, own)),
        gateway="" if gateway is None else gateway.urn,
        address=None if gateway is None else _address(gateway, instance),
        peer_at=element(connection if site is None else site),
        peer_gateways=frozenset(() if site is None else site.dependencies.get("vpnSiteLinks", ())),
        peer_address=_text(far.get("ipAddress")),
        peer_asn=number(_text(bgp.get("asn"))),
        inside=inside,
        bgp_address=own,
        peer_bgp_address=peer,
        keys=frozenset(urn for urn in causes if not type_of(urn).startswith("azure-native")),
        key_value=_text(link.get("sharedKey")),
    )


def _text(value: object) -> str | None:
    return str(value) if isinstance(value, str | int | float) else None


def _site_link(site: Record, link: dict[str, Any], place: int) -> dict[str, Any]:
    """The link of a site that a link connection is for: by id, by name, or by place."""
    listed: list[dict[str, Any]] = site.values("vpnSiteLinks.*")
    named = str((link.get("vpnSiteLink") or {}).get("id")).rpartition("/")[2]
    for wanted in (named, str(link.get("name"))):
        for one in listed:
            if str(one.get("name")) == wanted:
                return one
    return listed[place] if place < len(listed) else {}


def _instance(link: dict[str, Any], inside: IPv4Network | None) -> tuple[str, str | None]:
    """The gateway's instance with a BGP address in a block, and this address."""
    first: tuple[str, str | None] = ("Instance0", None)
    for one in link.get("vpnGatewayCustomBgpAddresses") or ():
        address = _text(one.get("customBgpIpAddress"))
        found = block(address)
        instance = str(one.get("ipConfigurationId"))
        if found is not None and inside is not None and found.subnet_of(inside):
            return instance, address
        first = (instance, address) if first[1] is None else first
    return first


def _address(gateway: Record, instance: str) -> str | None:
    """The public address of an instance."""
    for one in gateway.values("ipConfigurations.*"):
        if isinstance(one, dict) and str(one.get("id", "")).lower() == instance.lower():
            return _text(one.get("publicIpAddress"))
    for one in gateway.values("bgpSettings.bgpPeeringAddresses.*"):
        addresses = one.get("tunnelIpAddresses") if isinstance(one, dict) else None
        if addresses and str(one.get("ipconfigurationId", "")).lower() == instance.lower():
            return _text(addresses[0])
    return None


def _conditions(
    connection: Record,
    gateway: Record | None,
    site: Record | None,
    link: dict[str, Any],
    own: str | None,
) -> Iterator[Condition]:
    """What a tunnel and its BGP session need at this end."""
    yield exists(
        gateway is not None,
        connection,
        GATEWAY,
        "its VPN gateway does not exist",
        "create the VPN gateway in the hub",
    )
    yield exists(
        site is not None,
        connection,
        SITE,
        "its VPN site does not exist",
        "create the site with the addresses of the other end",
    )
    yield Condition(
        link.get("enableBgp") is True,
        element(connection),
        f"its link {link.get('name')} has no BGP, so no routes are exchanged",
        "set enableBgp: true",
    )
    if gateway is None:
        return
    known = gateway.values("bgpSettings.bgpPeeringAddresses.*.customBgpIpAddresses.*")
    yield Condition(
        own is None or own in map(str, known) or gateway.is_unknown("bgpSettings"),
        element(gateway),
        f"it does not have the BGP address {own} of {connection.name}",
        "add it to customBgpIpAddresses of the instance",
    )
