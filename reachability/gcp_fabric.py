"""Reads HA VPN, Cloud Routers and hybrid spokes of Network Connectivity Center of GCP.

A Cloud Router announces the subnetworks of its network, or the ranges that it is given. Blocks of
peered networks are among neither, unless a range names them. It hands on what another VPN taught it
only with a hub of Network Connectivity Center, then in any mode. Sources: Google Cloud, "HA VPN
topologies", "Advertised routes", "Learned routes", "Site-to-site data transfer overview".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any, Final

from reachability.elements import Condition
from reachability.gcp import NETWORK, SUBNETWORK
from reachability.graph import LinkEnd
from reachability.parts import block, blocks, element, exists, number
from reachability.records import Record, Records
from reachability.tunnels import Half

GATEWAY: Final = "gcp:compute/haVpnGateway:HaVpnGateway"
PEER_GATEWAY: Final = "gcp:compute/externalVpnGateway:ExternalVpnGateway"
TUNNEL: Final = "gcp:compute/vPNTunnel:VPNTunnel"
ROUTER: Final = "gcp:compute/router:Router"
INTERFACE: Final = "gcp:compute/routerInterface:RouterInterface"
PEER: Final = "gcp:compute/routerPeer:RouterPeer"
CENTER: Final = "gcp:networkconnectivity/hub:Hub"
SPOKE: Final = "gcp:networkconnectivity/spoke:Spoke"


def halves(records: Records) -> Iterator[Half]:
    """The ends of tunnels of HA VPN gateways."""
    for tunnel in records.of(TUNNEL):
        gateway = _named(records, tunnel, "vpnGateway", GATEWAY)
        router = _named(records, tunnel, "router", ROUTER)
        network = None
        for owner in (gateway, router):
            if owner is not None and network is None:
                network = _named(records, owner, "network", NETWORK)
        if network is not None:
            yield _half(records, tunnel, gateway, router, network)


def _named(records: Records, record: Record, path: str, type_: str) -> Record | None:
    """The resource that a property refers to: by id, by dependency, or by its name in GCP."""
    found = records.target(record, path, type_)
    if found is not None:
        return found
    name = (record.text(path) or "").rpartition("/")[2]
    return next((one for one in records.of(type_) if name and one.text("name") == name), None)


@dataclass(frozen=True)
class _Session:
    """The BGP session of a tunnel: an interface of a router, and a peer."""

    interface: Record | None
    peer: Record | None


def _half(
    records: Records,
    tunnel: Record,
    gateway: Record | None,
    router: Record | None,
    network: Record,
) -> Half:
    session = _session(records, tunnel)
    place = number(tunnel.text("vpnGatewayInterface")) or 0
    range_ = None if session.interface is None else session.interface.text("ipRange")
    peer_at, peers, address = _peer(records, tunnel)
    end = LinkEnd(
        element(tunnel),
        network.urn,
        tunnel.urn,
        speaker=None if router is None else element(router),
        asn=None if router is None else number(router.text("bgp.asn")),
        announced=_announced(records, router, session.peer, network),
        transfer=_transfer(records, tunnel, network),
        region="" if _global(network) else tunnel.text("region") or "",
    )
    return Half(
        tunnel.urn,
        element(tunnel),
        end,
        tuple(_conditions(records, tunnel, gateway, router, network, session)),
        gateway="" if gateway is None else gateway.urn,
        address=_address(gateway, "vpnInterfaces", place),
        peer_at=element(peer_at),
        peer_gateways=peers,
        peer_address=address,
        peer_asn=None if session.peer is None else number(session.peer.text("peerAsn")),
        inside=block(range_),
        bgp_address=None if range_ is None else range_.partition("/")[0],
        peer_bgp_address=None if session.peer is None else session.peer.text("peerIpAddress"),
        keys=frozenset(tunnel.dependencies.get("sharedSecret", ())),
        key_value=tunnel.text("sharedSecret"),
        interface=str(place),
    )


def _session(records: Records, tunnel: Record) -> _Session:
    interface = next(
        (
            one
            for one in records.of(INTERFACE)
            if _named(records, one, "vpnTunnel", TUNNEL) is tunnel
        ),
        None,
    )
    if interface is None:
        return _Session(None, None)
    peer = next(
        (
            one
            for one in records.of(PEER)
            if _named(records, one, "interface", INTERFACE) is interface
        ),
        None,
    )
    return _Session(interface, peer)


def _peer(records: Records, tunnel: Record) -> tuple[Record, frozenset[str], str | None]:
    """The other end's gateway: the resource that has it, what it comes from, its address."""
    own = records.target(tunnel, "peerGcpGateway", GATEWAY)
    place = number(tunnel.text("vpnGatewayInterface")) or 0
    if own is not None:
        return tunnel, frozenset({own.urn}), _address(own, "vpnInterfaces", place)
    outside = records.target(tunnel, "peerExternalGateway", PEER_GATEWAY)
    if outside is None:
        return tunnel, frozenset(), None
    place = number(tunnel.text("peerExternalGatewayInterface")) or 0
    causes = frozenset(outside.dependencies.get("interfaces", ()))
    return outside, causes, _address(outside, "interfaces", place)


def _address(gateway: Record | None, name: str, place: int) -> str | None:
    """The public address of an interface."""
    listed: list[Any] = [] if gateway is None else gateway.values(f"{name}.*")
    for order, one in enumerate(listed):
        if isinstance(one, dict) and int(float(one.get("id", order))) == place:
            found = one.get("ipAddress")
            return found if isinstance(found, str) else None
    return None


def _announced(
    records: Records, router: Record | None, peer: Record | None, network: Record
) -> tuple[IPv4Network, ...]:
    """The blocks that a Cloud Router announces. A peer may have a mode of its own."""
    if router is None:
        return ()
    source: dict[str, Any] = dict(router.properties.get("bgp") or {})
    if peer is not None and peer.text("advertiseMode") == "CUSTOM":
        source = dict(peer.properties)
    groups = source.get("advertisedGroups") or ()
    found: list[IPv4Network] = []
    if source.get("advertiseMode") != "CUSTOM" or "ALL_SUBNETS" in groups:
        region = "" if _global(network) else router.text("region")
        for one in records.referring(network, "network", SUBNETWORK):
            prefix = block(one.text("ipCidrRange"))
            if prefix is not None and region in ("", None, one.text("region")):
                found.append(prefix)
    if source.get("advertiseMode") == "CUSTOM":
        ranges = source.get("advertisedIpRanges") or ()
        found += blocks(one.get("range") for one in ranges if isinstance(one, dict))
    return tuple(found)


def _global(network: Record) -> bool:
    return network.text("routingMode") == "GLOBAL"


def _transfer(records: Records, tunnel: Record, network: Record) -> str:
    """The hub of Network Connectivity Center that hands on what a tunnel learns."""
    for spoke in records.of(SPOKE):
        vpn = spoke.properties.get("linkedVpnTunnels")
        if not isinstance(vpn, dict) or vpn.get("siteToSiteDataTransfer") is not True:
            continue
        linked = records.targets(spoke, "linkedVpnTunnels.uris.*", TUNNEL)
        center = records.target(spoke, "hub", CENTER)
        if tunnel in linked and center is not None:
            return f"{center.urn} {network.urn}"
    return ""


def _conditions(
    records: Records,
    tunnel: Record,
    gateway: Record | None,
    router: Record | None,
    network: Record,
    session: _Session,
) -> Iterator[Condition]:
    """What a tunnel needs at this end."""
    yield exists(
        gateway is not None, tunnel, GATEWAY, "it has no HA VPN gateway", "give it a HA VPN gateway"
    )
    yield exists(
        router is not None, tunnel, ROUTER, "it has no Cloud Router", "give it a Cloud Router"
    )
    if router is not None:
        yield Condition(
            _named(records, router, "network", NETWORK) is network,
            element(router),
            f"it is not in {network.name}, the network of "
            + ("its VPN gateway" if gateway is None else gateway.name),
            "give the tunnel a Cloud Router of the gateway's network",
        )
    yield from _session_conditions(records, tunnel, router, session)


def _session_conditions(
    records: Records, tunnel: Record, router: Record | None, session: _Session
) -> Iterator[Condition]:
    """What the BGP session of a tunnel needs."""
    interface, peer = session.interface, session.peer
    yield exists(
        interface is not None,
        tunnel,
        INTERFACE,
        "no interface of the Cloud Router is for it",
        "create a router interface for the tunnel",
    )
    if interface is None:
        return
    yield exists(
        peer is not None,
        interface,
        PEER,
        "it has no BGP peer",
        "create a router peer for the interface",
    )
    for one in (interface, peer):
        if one is not None and router is not None:
            yield Condition(
                _named(records, one, "router", ROUTER) is router,
                element(one),
                f"it is not on {router.name}, the Cloud Router of the tunnel",
                "give it the tunnel's Cloud Router",
            )
    if peer is not None:
        yield Condition(
            peer.properties.get("enable") is not False,
            element(peer),
            "it is switched off",
            "set enable: true",
        )
