"""Network Connectivity Center: hubs, and hybrid spokes of VPN tunnels.

Cloud Router does not announce what one BGP peer taught it to another. Spokes with site-to-site data
transfer in one hub do: their sites reach each other through Google's network.
Source: the REST resources ``hubs`` and ``spokes`` of the Network Connectivity API, and "ASN
requirements for site-to-site data transfer".
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import NAMESPACE_URL, uuid5

from sandbox.clouds.declare import Call, Error
from sandbox.clouds.gcp.cloud import NOT_FOUND, gcp, linked, path, same_link, stamp
from sandbox.clouds.gcp.regions import REGIONS
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
    for tunnel in _tunnels(call):
        if tunnel.place != location:
            raise call.error(_ELSEWHERE, tunnel=tunnel.id, location=location)
        for other, body in siblings(call, None):
            if tunnel.id in [path(uri) for uri in body["linkedVpnTunnels"]["uris"]]:
                raise call.error(_LINKED, tunnel=tunnel.id, by=other)


def _in_one_network(call: Call) -> None:
    """A rule: with data transfer, all tunnels of the hub's spokes are in one network."""
    if not call.values["linkedVpnTunnels"]["siteToSiteDataTransfer"]:
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


def _of_other_spokes(call: Call) -> Iterator[Found]:
    """The tunnels of the other spokes with data transfer of the same hub."""
    for _, body in siblings(call, None):
        linked_tunnels = body["linkedVpnTunnels"]
        if same_link(body["hub"], call.values["hub"]) and linked_tunnels["siteToSiteDataTransfer"]:
            for uri in linked_tunnels["uris"]:
                found = call.world.find(VPN_TUNNEL, path(uri))
                if found is not None:
                    yield found


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
    rules=(_with_tunnels, _in_one_network, _whole_links),
    outputs=("createTime", "state", "uniqueId", "updateTime"),
    made=lambda call: _times(call, call.values["name"]),
)
