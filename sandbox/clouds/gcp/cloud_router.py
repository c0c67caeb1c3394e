"""Cloud Routers, their interfaces and their BGP peers.

In the API interfaces and peers are lists of the router; the provider adds and deletes their members
one by one. The provider's id of an interface is ``REGION/ROUTER/NAME``, without the project.
Sources: the REST resource ``routers`` of Compute Engine; "Establish BGP sessions", "Configure the
BGP identifier range for a Cloud Router" and "Quotas and limits" of Cloud Router.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, ip_network
from typing import Any

from sandbox.clouds.declare import Call, Error
from sandbox.clouds.gcp.cloud import gcp, invalid, linked, network_path, path, same_link
from sandbox.clouds.gcp.network import in_own_project, network_ref
from sandbox.clouds.inputs import Failure, Input, block, blocks, flag, ref, text, texts, whole
from sandbox.clouds.rules import siblings, when_new
from sandbox.clouds.wire import Values
from sandbox.store import Found

LINK_LOCAL = IPv4Network("169.254.0.0/16")
METADATA = IPv4Address("169.254.169.254")
"""The metadata server of every VM: no BGP session may use it."""
PRIVATE_ASNS = (range(64512, 65535), range(4_200_000_000, 4_294_967_295))
"""The ASNs that RFC 6996 leaves for private use."""
_RANGES_MAX = 200
"""The most ranges of its own that a router announces to a peer."""
_ROUTERS_MAX = 5
"""The most routers of a network in a region."""
_PEERS_MAX = 128
"""The most BGP peers of a router."""

_NO_NETWORK: Error = ("required", "Required field 'resource.network' not specified")
_ASN_USED: Error = (
    "badRequest",
    "The ASN of router '{id}' is {asn} and cannot be changed to {new}: BGP peers use it ({by}).",
)
_BLOCK_TAKEN: Error = (
    "invalid",
    "Invalid value for field '{field}': '{block}'. It overlaps with the range {other} of '{by}' in "
    "the same network.",
)
_TUNNEL_TAKEN: Error = ("badRequest", "VPN tunnel '{tunnel}' is already linked to '{by}'")
_LIMIT: Error = ("limitExceeded", "Exceeded limit '{what}' on resource '{id}'. Limit: {limit}", 403)
_ONE_PEER: Error = ("badRequest", "Interface '{interface}' already has the BGP peer '{by}'")


def _is_private_asn(at: str, value: int) -> Iterator[Failure]:
    if not any(value in private for private in PRIVATE_ASNS):
        yield at, f"expected {at} to be a RFC6996-compliant Local ASN, got: {value}"


def _private_asn(values: Values) -> Iterator[Failure]:
    """The provider's own error about an ASN that is not for private use."""
    asn = (values.get("bgp") or {}).get("asn")
    if isinstance(asn, int | float):
        yield from _is_private_asn("bgp.asn", int(asn))


def _custom_only(where: str, given: Values) -> Iterator[Failure]:
    """The provider's own error about groups and ranges without the mode ``CUSTOM``."""
    if given.get("advertiseMode", "DEFAULT") == "DEFAULT":
        for name in ("advertisedGroups", "advertisedIpRanges"):
            if given.get(name):
                why = f"{name} cannot be specified when using advertiseMode DEFAULT"
                yield f"{where}{name}", why


def _is_block(at: str, value: str) -> Iterator[Failure]:
    try:
        ip_network(value)
    except ValueError:
        yield at, f'"{value}" is not a valid CIDR block'


_ADVERTISED = {
    "advertiseMode": text(computed=True, choices=("DEFAULT", "CUSTOM")),
    "advertisedGroups": texts(),
    "advertisedIpRanges": blocks(
        {"range": text(required=True, form=_is_block), "description": text()}
    ),
}


def _good_groups(call: Call) -> None:
    """A rule: the only group of prefixes is ``ALL_SUBNETS``."""
    for group in (call.values.get("bgp") or call.values).get("advertisedGroups") or []:
        if group != "ALL_SUBNETS":
            raise invalid(call, "advertisedGroups", group, "It must be ALL_SUBNETS.")


def _with_network(call: Call) -> None:
    if "network" not in call.values:
        raise call.error(_NO_NETWORK)


def _few_ranges(call: Call) -> None:
    """A rule: a router or a peer has at most 200 ranges to announce."""
    ranges = (call.values.get("bgp") or call.values).get("advertisedIpRanges") or []
    if len(ranges) > _RANGES_MAX:
        what = "custom advertised routes per BGP session"
        raise call.error(_LIMIT, what=what, id=call.id, limit=_RANGES_MAX)


def _few_routers(call: Call) -> None:
    """A rule: a network has at most five routers in a region."""
    own = network_path(call.tenant, call.values["network"])
    others = [
        other
        for other, body in siblings(call, None)
        if network_path(call.tenant, body["network"]) == own
    ]
    if len(others) >= _ROUTERS_MAX:
        what = "Cloud Routers per region and network"
        raise call.error(_LIMIT, what=what, id=own, limit=_ROUTERS_MAX)


def _good_identifiers(call: Call) -> None:
    """A rule: BGP identifiers are from a /30 or larger of 169.254.0.0/16, free in the network."""
    value = (call.values.get("bgp") or {}).get("identifierRange")
    if value is None:
        return
    field, why = "resource.bgp.identifierRange", "It must be a /30 or larger in 169.254.0.0/16."
    try:
        wanted = IPv4Network(value)
    except ValueError:
        raise invalid(call, field, value, why) from None
    if wanted.prefixlen > 30 or not wanted.subnet_of(LINK_LOCAL):
        raise invalid(call, field, value, why)
    _refuse_taken(call, field, network_path(call.tenant, call.values["network"]), wanted)


def _refuse_taken(call: Call, field: str, network: str, wanted: IPv4Network) -> None:
    """Refuse a link-local block that overlaps with one of another router or interface."""
    for other in _with_link_local(call, network):
        value = other.body.get("ipRange") or other.body["bgp"]["identifierRange"]
        theirs = IPv4Interface(value).network
        if theirs.overlaps(wanted):
            raise call.error(_BLOCK_TAKEN, field=field, block=wanted, other=theirs, by=other.id)


def _with_link_local(call: Call, network: str) -> Iterator[Found]:
    """The other routers with BGP identifiers, and interfaces, of a network."""
    own = (call.token, call.tenant, call.place, call.id)
    for token, at in ((ROUTER.token, "network"), (ROUTER_INTERFACE.token, "_network")):
        for found in call.store.anywhere("gcp", token):
            has = "ipRange" in found.body or "identifierRange" in (found.body.get("bgp") or {})
            same = (found.kind, found.tenant, found.place, found.id) == own
            if has and not same and path(found.body.get(at, "")) == network:
                yield found


def _asn_is_kept(call: Call) -> None:
    """A rule: the ASN is fixed while the router has peers (``routers``, field ``bgp.asn``)."""
    old = ((call.stored or {}).get("bgp") or {}).get("asn")
    new = (call.values.get("bgp") or {}).get("asn")
    if old is None or new == old:
        return
    peers = [
        peer.id
        for peer in call.world.every(ROUTER_PEER)
        if _name(peer.body["router"]) == call.values["name"]
    ]
    if peers:
        raise call.error(_ASN_USED, id=call.id, asn=old, new=new, by=", ".join(peers))


ROUTER = gcp(
    "gcp:compute/router:Router",
    {
        "network": network_ref(),
        "description": text(),
        "bgp": block(
            {
                **_ADVERTISED,
                "asn": whole(required=True),
                "identifierRange": text(computed=True),
                "keepaliveInterval": whole(computed=True, between=(20, 60)),
            }
        ),
    },
    id="projects/{project}/regions/{region}/routers/{name}",
    links=("network",),
    self_link=True,
    stamped=True,
    regional=True,
    checks=(_private_asn, lambda values: _custom_only("bgp.", values.get("bgp") or {})),
    rules=(
        _with_network,
        in_own_project,
        when_new(_few_routers),
        _good_groups,
        _few_ranges,
        _good_identifiers,
        _asn_is_kept,
    ),
)


def _name(value: str) -> str:
    """The name in a name, path or URL."""
    return value.rsplit("/", 1)[-1]


def router_ref(**how: Any) -> Input:
    """An input that names a router of the region."""
    return ref(ROUTER, find=linked("regions/{region}/routers"), same=same_link, fixed=True, **how)


def _is_name(at: str, value: str) -> Iterator[Failure]:
    if "/" in value:
        yield at, f'"{value}" is not the name of a router'


def _one_source(values: Values) -> Iterator[Failure]:
    """The provider's own error about an interface of nothing."""
    if "ipRange" not in values and "vpnTunnel" not in values:
        yield "vpnTunnel", "one of `ip_range,vpn_tunnel` must be specified"


def _good_range(call: Call) -> None:
    """A rule: the range is a host of a /29 or /30 in 169.254.0.0/16, free in the whole network."""
    value = call.values.get("ipRange")
    field = "resource.interfaces.ipRange"
    if value is None:
        raise invalid(call, field, "", "The sandbox allocates no range: give one.")
    try:
        address = IPv4Interface(value)
    except ValueError:
        raise invalid(call, field, value, "It must be an address with a prefix length.") from None
    block_ = address.network
    if not block_.subnet_of(LINK_LOCAL) or block_.prefixlen not in (29, 30):
        why = "It must be an address of a /29 or /30 in 169.254.0.0/16."
        raise invalid(call, field, value, why)
    if address.ip in (block_.network_address, block_.broadcast_address):
        raise invalid(call, field, value, "It must not be the network or broadcast address.")
    if METADATA in block_:
        raise invalid(call, field, value, f"{METADATA} is the metadata server.")
    _refuse_taken(call, field, path(call.target("router").get("network", "")), block_)


def _tunnel_of_router(call: Call) -> None:
    """A rule: the tunnel uses this router, and no other interface uses the tunnel."""
    tunnel = call.found.get("vpnTunnel")
    if not tunnel:
        return
    if _name(tunnel[0].body["router"]) != _name(call.values["router"]):
        why = f"The tunnel uses the router '{tunnel[0].body['router']}'."
        raise invalid(call, "resource.interfaces.linkedVpnTunnel", tunnel[0].id, why)
    for other, body in siblings(call, None):
        if _name(body.get("vpnTunnel", "")) == tunnel[0].body["name"]:
            raise call.error(_TUNNEL_TAKEN, tunnel=tunnel[0].id, by=other)


ROUTER_INTERFACE = gcp(
    "gcp:compute/routerInterface:RouterInterface",
    {
        # The provider takes its name only, and no path.
        "router": router_ref(required=True, on_delete="cascade", form=_is_name),
        "ipRange": text(fixed=True, computed=True),
        "ipVersion": text(fixed=True, computed=True, choices=("IPV4", "IPV6")),
        "vpnTunnel": ref(
            "gcp:compute/vPNTunnel:VPNTunnel",
            find=linked("regions/{region}/vpnTunnels"),
            same=same_link,
            fixed=True,
        ),
    },
    id=lambda call: f"{call.place}/{_name(call.values['router'])}/{call.values['name']}",
    regional=True,
    checks=(_one_source,),
    rules=(_good_range, _tunnel_of_router),
    fills={"ipVersion": "IPV4"},
    made=lambda call: {"_network": call.target("router")["network"]},
)


def _interface(call: Call, value: str) -> str:
    """The id of an interface of the peer's router."""
    return f"{call.place}/{_name(call.values['router'])}/{_name(value)}"


def _own_address(call: Call) -> IPv4Interface:
    return IPv4Interface(call.target("interface")["ipRange"])


def _good_peer(call: Call) -> None:
    """A rule: both addresses are in the interface's range, and the ASN is another router's."""
    values, own = call.values, _own_address(call)
    given = values.get("ipAddress")
    if given is not None and given != str(own.ip):
        why = f"The address of the interface is {own.ip}."
        raise invalid(call, "resource.bgpPeers.ipAddress", given, why)
    peer, field = values.get("peerIpAddress", ""), "resource.bgpPeers.peerIpAddress"
    try:
        address = IPv4Address(peer)
    except ValueError:
        raise invalid(call, field, peer, "It must be an IPv4 address.") from None
    if address == own.ip or address not in list(own.network.hosts()):
        why = f"It must be another address of the range {own.network} of the interface."
        raise invalid(call, field, peer, why)
    asn = values["peerAsn"]
    if not 1 <= asn <= 4_294_967_295:
        raise invalid(call, "resource.bgpPeers.peerAsn", asn, "Must be 1 to 4294967295.")
    if asn == (call.target("router").get("bgp") or {}).get("asn"):
        why = "It must not be the ASN of the router itself."
        raise invalid(call, "resource.bgpPeers.peerAsn", asn, why)


def _few_peers(call: Call) -> None:
    """A rule: a router has at most 128 BGP peers."""
    own = _name(call.values["router"])
    others = [other for other, body in siblings(call, None) if _name(body["router"]) == own]
    if len(others) >= _PEERS_MAX:
        raise call.error(_LIMIT, what="BGP peers per router", id=own, limit=_PEERS_MAX)


def _one_session(call: Call) -> None:
    """A rule: an interface of a tunnel has one BGP session."""
    for other, body in siblings(call, None):
        if _name(body["router"]) == _name(call.values["router"]) and _name(
            body["interface"]
        ) == _name(call.values["interface"]):
            raise call.error(_ONE_PEER, interface=call.values["interface"], by=other)


ROUTER_PEER = gcp(
    "gcp:compute/routerPeer:RouterPeer",
    {
        **_ADVERTISED,
        "advertiseMode": text(default="DEFAULT", choices=("DEFAULT", "CUSTOM")),
        "advertisedRoutePriority": whole(between=(0, 65535)),
        "enable": flag(default=True),
        "interface": ref(ROUTER_INTERFACE, find=_interface, required=True, fixed=True),
        "ipAddress": text(computed=True),
        "peerAsn": whole(required=True),
        "peerIpAddress": text(computed=True),
        "router": router_ref(required=True, on_delete="cascade"),
    },
    id=lambda call: (
        f"projects/{call.tenant}/regions/{call.place}/routers/{_name(call.values['router'])}/"
        f"{call.values['name']}"
    ),
    regional=True,
    checks=(lambda values: _custom_only("", values),),
    rules=(_good_groups, _few_ranges, _good_peer, _one_session, when_new(_few_peers)),
    outputs=("managementType",),
    made=lambda call: {
        "managementType": "MANAGED_BY_USER",
        **({} if "ipAddress" in call.values else {"ipAddress": str(_own_address(call).ip)}),
    },
)
