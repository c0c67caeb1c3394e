"""HA VPN: gateways, the gateways of others, and tunnels.

A tunnel of the sandbox carries no packets. Its status says whether the other end exists, where that
is a gateway of GCP too. Classic VPN is not modelled.
Source: the REST resources ``vpnGateways``, ``externalVpnGateways`` and ``vpnTunnels`` of Compute
Engine, and "Cloud VPN overview".
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from ipaddress import IPv4Address
from typing import Any

from sandbox.clouds.declare import Call, Error, ResourceType
from sandbox.clouds.gcp.cloud import gcp, invalid, linked, path, same_link
from sandbox.clouds.gcp.cloud_router import router_ref
from sandbox.clouds.gcp.network import in_own_project, network_ref
from sandbox.clouds.inputs import Failure, Input, blocks, ref, text, text_set, whole
from sandbox.clouds.rules import siblings
from sandbox.clouds.wire import Values
from sandbox.store import Found

_ADDRESSES = IPv4Address("35.220.0.0")
"""Interfaces of gateways get addresses from here on."""
INTERFACES = {
    "SINGLE_IP_INTERNALLY_REDUNDANT": 1,
    "TWO_IPS_REDUNDANCY": 2,
    "FOUR_IPS_REDUNDANCY": 4,
}
"""Redundancy type of an external gateway -> how many interfaces it has."""
UP = "Tunnel is up and running."
_ALONE = "No incoming packets from peer"
_REFUSED = "Peer rejected the shared secret"

_NO_GATEWAY: Error = (
    "badRequest",
    "'resource.vpnGateway' and 'resource.vpnGatewayInterface' are required",
)
_NO_ROUTER: Error = ("badRequest", "A tunnel of an HA VPN gateway needs 'resource.router'")
_NO_PEER: Error = (
    "badRequest",
    "One of 'resource.peerExternalGateway' and 'resource.peerGcpGateway' is required",
)
_NO_SECRET: Error = ("required", "Required field 'resource.sharedSecret' not specified")
_TAKEN: Error = (
    "badRequest",
    "Interface {interface} of the VPN gateway already has a tunnel to {peer}: '{by}'",
)


def _fingerprint(call: Call) -> str:
    return f"{call.store.serial('gcp:fingerprint'):012x}"


def _interfaces(call: Call) -> Values:
    first = _ADDRESSES + 2 * call.store.serial("gcp:vpn")
    return {
        "labelFingerprint": _fingerprint(call),
        "vpnInterfaces": [{"id": id_, "ipAddress": str(first + id_)} for id_ in (0, 1)],
    }


HA_VPN_GATEWAY = gcp(
    "gcp:compute/haVpnGateway:HaVpnGateway",
    {
        "network": network_ref(required=True),
        "description": text(fixed=True),
        "gatewayIpVersion": text(default="IPV4", fixed=True, choices=("IPV4",)),
        "stackType": text(default="IPV4_ONLY", fixed=True, choices=("IPV4_ONLY",)),
    },
    id="projects/{project}/regions/{region}/vpnGateways/{name}",
    links=("network",),
    self_link=True,
    labelled=True,
    regional=True,
    rules=(in_own_project,),
    outputs=("labelFingerprint", "vpnInterfaces"),
    made=_interfaces,
)


def _good_interfaces(call: Call) -> None:
    """A rule: as many interfaces as the redundancy type says, with ids from 0, each an address."""
    interfaces, kind = call.values.get("interfaces", []), call.values.get("redundancyType")
    if kind is None:
        raise invalid(call, "resource.redundancyType", "", "It must be set.")
    field = "resource.interfaces"
    if sorted(one.get("id", 0) for one in interfaces) != list(range(INTERFACES[kind])):
        why = f"{kind} needs the interfaces 0 to {INTERFACES[kind] - 1}."
        raise invalid(call, field, [one.get("id", 0) for one in interfaces], why)
    given = [one.get("ipAddress", "") for one in interfaces]
    for index, value in enumerate(given):
        at = f"{field}[{index}].ipAddress"
        try:
            IPv4Address(value)
        except ValueError:
            raise invalid(call, at, value, "It must be an IPv4 address.") from None
        if value in given[:index]:
            raise invalid(call, at, value, "Two interfaces must not have the same address.")
        for gateway in call.store.anywhere("gcp", HA_VPN_GATEWAY.token):
            if value in [one["ipAddress"] for one in gateway.body["vpnInterfaces"]]:
                raise invalid(call, at, value, "It must not be an address of Google Cloud.")


EXTERNAL_VPN_GATEWAY = gcp(
    "gcp:compute/externalVpnGateway:ExternalVpnGateway",
    {
        "description": text(fixed=True),
        "redundancyType": text(fixed=True, choices=tuple(INTERFACES)),
        "interfaces": blocks({"id": whole(), "ipAddress": text()}, fixed=True),
    },
    id="projects/{project}/global/externalVpnGateways/{name}",
    self_link=True,
    labelled=True,
    rules=(_good_interfaces,),
    outputs=("labelFingerprint",),
    made=lambda call: {"labelFingerprint": _fingerprint(call)},
)


def _one_peer(values: Values) -> Iterator[Failure]:
    """The provider's own error about two peers."""
    if "peerExternalGateway" in values and "peerGcpGateway" in values:
        yield "peerGcpGateway", '"peer_gcp_gateway": conflicts with peer_external_gateway'


def _complete(call: Call) -> None:
    """A rule: a tunnel has an interface of a gateway, a router, a peer and a secret."""
    values = call.values
    if "vpnGateway" not in values or "vpnGatewayInterface" not in values:
        raise call.error(_NO_GATEWAY)
    if "router" not in values:
        raise call.error(_NO_ROUTER)
    if "peerExternalGateway" not in values and "peerGcpGateway" not in values:
        raise call.error(_NO_PEER)
    if not values.get("sharedSecret"):
        raise call.error(_NO_SECRET)


def _good_index(call: Call) -> None:
    """A rule: the interface is one of the gateway, and the peer's one of the external gateway."""
    own = call.values["vpnGatewayInterface"]
    if own not in (0, 1):
        why = "An HA VPN gateway has the interfaces 0 and 1."
        raise invalid(call, "resource.vpnGatewayInterface", own, why)
    if "peerExternalGateway" not in call.values:
        return
    ids = [one.get("id", 0) for one in call.target("peerExternalGateway")["interfaces"]]
    peer = call.values.get("peerExternalGatewayInterface")
    if peer not in ids:
        why = f"The external gateway has the interfaces {ids}."
        raise invalid(call, "resource.peerExternalGatewayInterface", peer, why)


def _same_network(call: Call) -> None:
    """A rule: gateway and router are in the region of the tunnel, and in one network."""
    for prop in ("vpnGateway", "router"):
        target = call.found[prop][0]
        if target.place != call.place:
            why = f"It must be in the region of the tunnel, {call.place}."
            raise invalid(call, f"resource.{prop}", target.id, why)
    network, other = call.target("vpnGateway")["network"], call.target("router")["network"]
    if network != other:
        why = f"The router is in {path(other)}, and the VPN gateway in {path(network)}."
        raise invalid(call, "resource.router", call.found["router"][0].id, why)
    if "peerGcpGateway" in call.found:
        peer = call.found["peerGcpGateway"][0]
        if peer.id == call.found["vpnGateway"][0].id:
            raise invalid(call, "resource.peerGcpGateway", peer.id, "It is the gateway itself.")


def _peer_address(call: Call) -> str:
    """The public address of the other end."""
    if "peerGcpGateway" in call.found:
        interfaces = call.target("peerGcpGateway")["vpnInterfaces"]
        return str(interfaces[call.values["vpnGatewayInterface"]]["ipAddress"])
    wanted = call.values["peerExternalGatewayInterface"]
    interfaces = call.target("peerExternalGateway")["interfaces"]
    return next(str(one["ipAddress"]) for one in interfaces if one.get("id", 0) == wanted)


def _one_tunnel_each(call: Call) -> None:
    """A rule: an interface of a gateway has one tunnel to an address."""
    peer, own = _peer_address(call), call.values["vpnGatewayInterface"]
    for other, body in siblings(call, None):
        if same_link(body["vpnGateway"], call.values["vpnGateway"]) and (
            body["vpnGatewayInterface"],
            body["peerIp"],
        ) == (own, peer):
            raise call.error(_TAKEN, interface=own, peer=peer, by=other)


def _tunnel(call: Call) -> Values:
    gateway, peer = call.found["vpnGateway"][0].id, _peer(call)
    return {
        "labelFingerprint": _fingerprint(call),
        "sharedSecretHash": hashlib.sha256(call.values["sharedSecret"].encode()).hexdigest(),
        "tunnelId": f"{5_000_000_000_000_000_000 + call.store.serial('gcp:number')}",
        "peerIp": _peer_address(call),
        "localTrafficSelectors": ["0.0.0.0/0"],
        "remoteTrafficSelectors": ["0.0.0.0/0"],
        "detailedStatus": _status(call, _other_end(call, gateway, peer)),
        "_gateway": gateway,
        "_peer": peer,
        "_network": call.target("vpnGateway")["network"],
        "_asn": (call.target("router").get("bgp") or {}).get("asn"),
    }


def _peer(call: Call) -> str:
    """The id of the gateway at the other end."""
    found = call.found.get("peerGcpGateway") or call.found["peerExternalGateway"]
    return found[0].id


def _other_end(call: Call, gateway: str, peer: str) -> Found | None:
    """The tunnel at the other end of one between two gateways of GCP, if it exists."""
    for other in call.store.anywhere("gcp", call.token):
        ends = (other.body["_gateway"], other.body["_peer"], other.body["vpnGatewayInterface"])
        if ends == (peer, gateway, call.values["vpnGatewayInterface"]):
            return other
    return None


def _status(call: Call, mirror: Found | None) -> str:
    if mirror is None:
        return _ALONE
    return UP if mirror.body["sharedSecret"] == call.values["sharedSecret"] else _REFUSED


def _tell_other_end(call: Call) -> None:
    """Give the tunnel at the other end the status of this one."""
    assert call.stored is not None
    mirror = _other_end(call, call.stored["_gateway"], call.stored["_peer"])
    if mirror is not None:
        _set_status(call, mirror, call.stored["detailedStatus"])


def _leave_other_end(call: Call) -> None:
    """Give the tunnel at the other end the status of one that is alone."""
    assert call.stored is not None
    mirror = _other_end(call, call.stored["_gateway"], call.stored["_peer"])
    if mirror is not None:
        _set_status(call, mirror, _ALONE)


def _set_status(call: Call, tunnel: Found, status: str) -> None:
    world = call.world.of(tunnel.tenant, tunnel.place)
    world.put(VPN_TUNNEL, tunnel.id, {**tunnel.body, "detailedStatus": status})


def _gateway_ref(target: ResourceType, collection: str, **how: Any) -> Input:
    return ref(target, find=linked(collection), same=same_link, fixed=True, **how)


VPN_TUNNEL = gcp(
    "gcp:compute/vPNTunnel:VPNTunnel",
    {
        "description": text(fixed=True),
        "ikeVersion": whole(default=2, fixed=True, between=(1, 2)),
        "localTrafficSelectors": text_set(fixed=True, computed=True),
        "peerExternalGateway": _gateway_ref(EXTERNAL_VPN_GATEWAY, "global/externalVpnGateways"),
        "peerExternalGatewayInterface": whole(fixed=True),
        "peerGcpGateway": _gateway_ref(
            HA_VPN_GATEWAY, "regions/{region}/vpnGateways", elsewhere=True
        ),
        "peerIp": text(fixed=True, computed=True),
        "remoteTrafficSelectors": text_set(fixed=True, computed=True),
        "router": router_ref(),
        "sharedSecret": text(fixed=True),
        "vpnGateway": _gateway_ref(HA_VPN_GATEWAY, "regions/{region}/vpnGateways"),
        "vpnGatewayInterface": whole(fixed=True),
    },
    id="projects/{project}/regions/{region}/vpnTunnels/{name}",
    self_link=True,
    stamped=True,
    labelled=True,
    regional=True,
    checks=(_one_peer,),
    rules=(_complete, _good_index, _same_network, _one_tunnel_each),
    secret_outputs=frozenset({"sharedSecret"}),
    outputs=("detailedStatus", "labelFingerprint", "sharedSecretHash", "tunnelId"),
    made=_tunnel,
    created=_tell_other_end,
    deleted=_leave_other_end,
)
"""A tunnel of an HA VPN gateway. ``peerGcpGateway`` may be of another project or region."""
