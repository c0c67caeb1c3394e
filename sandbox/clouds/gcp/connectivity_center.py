"""Network Connectivity Center: hubs, and hybrid spokes of VPN tunnels.

A Cloud Router does not announce to one BGP peer what another taught it. It does between spokes with
site-to-site data transfer in one hub, in any of its modes: their sites reach each other through
Google's network.
Sources: the REST resources ``hubs`` and ``spokes`` of the Network Connectivity API; "ASN
requirements for site-to-site data transfer", "Network Connectivity Center locations", and "Quotas
and limits" of Network Connectivity Center.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import NAMESPACE_URL, uuid5

from sandbox.clouds.declare import Call, Error
from sandbox.clouds.gcp.cloud import NOT_FOUND, gcp, linked, path, same_link, stamp
from sandbox.clouds.gcp.cloud_router import ROUTER_INTERFACE, ROUTER_PEER
from sandbox.clouds.gcp.regions import NO_DATA_TRANSFER, REGIONS
from sandbox.clouds.gcp.vpn import VPN_TUNNEL
from sandbox.clouds.inputs import Input, Ref, block, flag, ref, text
from sandbox.clouds.rules import siblings
from sandbox.clouds.wire import Values
from sandbox.store import Found

_NO_LINK: Error = ("INVALID_ARGUMENT", "A spoke must have linked resources: 'linkedVpnTunnels'")
_ELSEWHERE: Error = (
    "INVALID_ARGUMENT",
    "VPN tunnel '{tunnel}' is not in the location of the spoke, {location}",
)
_LINKED: Error = ("FAILED_PRECONDITION", "VPN tunnel '{tunnel}' is already in spoke '{by}'")
_TWO_NETWORKS: Error = (
    "FAILED_PRECONDITION",
    "All spokes with site-to-site data transfer of a hub must be in one VPC network: '{tunnel}' is "
    "in {network}, and others are in {other}",
)
_INCOMPLETE: Error = (
    "FAILED_PRECONDITION",
    "All tunnels of a VPN gateway to the same peer gateway must be in one spoke: '{tunnel}' is not",
)
_TWO_ASNS: Error = (
    "FAILED_PRECONDITION",
    "All Cloud Routers of the spokes of a hub must have the same ASN: {asn} and {other}",
)
_PEER_ASNS: Error = (
    "FAILED_PRECONDITION",
    "All BGP peers of a spoke must have the same ASN: {asn} and {other}",
)
_SAME_PEER_ASN: Error = (
    "FAILED_PRECONDITION",
    "BGP peers of two spokes must have different ASNs: spoke '{by}' has {asn} too",
)
_NO_TRANSFER: Error = (
    "INVALID_ARGUMENT",
    "Site-to-site data transfer is not supported in the location {location}",
)
_TOO_MANY: Error = (
    "INVALID_ARGUMENT",
    "A spoke can have {limit} linked VPN tunnels, and has {count}",
)
_TUNNELS_MAX = 8
"""The most VPN tunnels of a spoke."""


def _times(call: Call, id_: str) -> Values:
    now = stamp(call.store)
    seed = f"{id_} {call.store.serial('gcp:number')}"
    return {
        "createTime": now,
        "updateTime": now,
        "uniqueId": str(uuid5(NAMESPACE_URL, seed)),
        "state": "ACTIVE",
    }


HUB = gcp(
    "gcp:networkconnectivity/hub:Hub",
    {
        "description": text(),
        "policyMode": text(fixed=True, computed=True, choices=("PRESET", "CUSTOM")),
        "presetTopology": text(fixed=True, computed=True, choices=("MESH", "STAR")),
    },
    id="projects/{project}/locations/global/hubs/{name}",
    labelled=True,
    fills={"policyMode": "PRESET", "presetTopology": "MESH"},
    outputs=("createTime", "state", "uniqueId", "updateTime"),
    made=lambda call: _times(call, call.values["name"]),
)


def _tunnels(call: Call) -> list[Found]:
    return call.found.get("linkedVpnTunnels.uris", [])


def _with_tunnels(call: Call) -> None:
    """A rule: the spoke links tunnels of its own region, each in no other spoke."""
    location = call.values["location"]
    if location not in REGIONS:
        raise call.error(NOT_FOUND, id=f"projects/{call.tenant}/locations/{location}")
    if not _tunnels(call):
        raise call.error(_NO_LINK)
    if (count := len(_tunnels(call))) > _TUNNELS_MAX:
        raise call.error(_TOO_MANY, limit=_TUNNELS_MAX, count=count)
    for tunnel in _tunnels(call):
        if tunnel.place != location:
            raise call.error(_ELSEWHERE, tunnel=tunnel.id, location=location)
        for other, body in siblings(call, None):
            if tunnel.id in [path(uri) for uri in body["linkedVpnTunnels"]["uris"]]:
                raise call.error(_LINKED, tunnel=tunnel.id, by=other)


def _in_one_network(call: Call) -> None:
    """A rule: with data transfer, all tunnels of the hub's spokes are in one network."""
    if not _transfers(call):
        return
    known: tuple[str, int] | None = None
    for tunnel in (*_of_other_spokes(call), *_tunnels(call)):
        network, asn = tunnel.body["_network"], tunnel.body["_asn"]
        first, of_first = known or (network, asn)
        if network != first:
            facts = {"tunnel": tunnel.id, "network": path(network), "other": path(first)}
            raise call.error(_TWO_NETWORKS, **facts)
        if asn != of_first:
            raise call.error(_TWO_ASNS, asn=asn, other=of_first)
        known = (network, asn)


def _transfers(call: Call) -> bool:
    return bool(call.values["linkedVpnTunnels"]["siteToSiteDataTransfer"])


def _can_transfer(call: Call) -> None:
    """A rule: not every region has data transfer."""
    location = call.values["location"]
    if _transfers(call) and location in NO_DATA_TRANSFER:
        raise call.error(_NO_TRANSFER, location=location)


def _of_other_spokes(call: Call) -> Iterator[Found]:
    """The tunnels of the other spokes with data transfer of the same hub."""
    for _, tunnels in _other_spokes(call):
        yield from tunnels


def _other_spokes(call: Call) -> Iterator[tuple[str, list[Found]]]:
    """(id, tunnels) of the other spokes with data transfer of the same hub."""
    for id_, body in siblings(call, None):
        linked_tunnels = body["linkedVpnTunnels"]
        if same_link(body["hub"], call.values["hub"]) and linked_tunnels["siteToSiteDataTransfer"]:
            found = [call.world.find(VPN_TUNNEL, path(uri)) for uri in linked_tunnels["uris"]]
            yield id_, [one for one in found if one is not None]


def _peer_asns(call: Call) -> None:
    """A rule: the BGP peers of a spoke have one ASN, and those of another spoke another one.

    Otherwise a peer drops what the other spoke announces: its own ASN is in the AS path.
    """
    if not _transfers(call):
        return
    own = sorted({asn for tunnel in _tunnels(call) for asn in _asns(call, tunnel)})
    if len(own) > 1:
        raise call.error(_PEER_ASNS, asn=own[0], other=own[1])
    for by, tunnels in _other_spokes(call):
        for asn in (asn for tunnel in tunnels for asn in _asns(call, tunnel) if asn in own):
            raise call.error(_SAME_PEER_ASN, by=by, asn=asn)


def _asns(call: Call, tunnel: Found) -> Iterator[int]:
    """The ASN of the BGP peer in a tunnel, if it has a session yet."""
    at = call.world.of(tunnel.tenant, tunnel.place)
    for _, interface in at.where(ROUTER_INTERFACE):
        if interface.get("vpnTunnel") and same_link(interface["vpnTunnel"], tunnel.body["name"]):
            for _, peer in at.where(ROUTER_PEER, interface=interface["name"]):
                if same_link(peer["router"], interface["router"]):
                    yield peer["peerAsn"]


def _whole_links(call: Call) -> None:
    """A rule: the tunnels of a gateway to the same peer are in one spoke."""
    ids = {tunnel.id for tunnel in _tunnels(call)}
    pairs = {(tunnel.body["_gateway"], tunnel.body["_peer"]) for tunnel in _tunnels(call)}
    at = call.world.of(call.tenant, call.values["location"])
    for other in at.every(VPN_TUNNEL):
        if (other.body["_gateway"], other.body["_peer"]) in pairs and other.id not in ids:
            raise call.error(_INCOMPLETE, tunnel=other.id)


def _uris() -> Input:
    """The tunnels of a spoke: the order of the list counts."""
    target = Ref((VPN_TUNNEL,), find=lambda call, value: path(value))
    return Input("texts", required=True, ref=target)


SPOKE = gcp(
    "gcp:networkconnectivity/spoke:Spoke",
    {
        "hub": ref(
            HUB, find=linked("locations/global/hubs"), same=same_link, required=True, fixed=True
        ),
        "location": text(required=True, fixed=True),
        "description": text(),
        "linkedVpnTunnels": block(
            {"siteToSiteDataTransfer": flag(required=True), "uris": _uris()}, fixed=True
        ),
    },
    id=lambda call: (
        f"projects/{call.tenant}/locations/{call.values['location']}/spokes/{call.values['name']}"
    ),
    labelled=True,
    rules=(_with_tunnels, _can_transfer, _in_one_network, _whole_links, _peer_asns),
    outputs=("createTime", "state", "uniqueId", "updateTime"),
    made=lambda call: _times(call, call.values["name"]),
)
