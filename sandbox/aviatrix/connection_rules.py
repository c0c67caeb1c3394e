"""The rules of an external device connection: which fields its protocols need and refuse."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Interface

from sandbox.aviatrix.actions import Asked, Refused
from sandbox.aviatrix.cloud_networks import AWS_TYPE, AZURE_TYPE, GCP_TYPE
from sandbox.aviatrix.gateway_settings import HIGHEST_ASN
from sandbox.store import Body

IPSEC, GRE, LAN = "IPsec", "GRE", "LAN"

_GCM = tuple(f"AES-{bits}-GCM-{icv}" for bits in (128, 256) for icv in (64, 96, 128))
_ENCRYPTIONS = ("3DES", "AES-128-CBC", "AES-192-CBC", "AES-256-CBC", *_GCM)
_GROUPS = ("1", "2", "5", *(str(number) for number in range(14, 22)))
_HASHES = ("1", "256", "384", "512")
ALGORITHMS = {
    "phase1_authentication": ("SHA-256", tuple(f"SHA-{bits}" for bits in _HASHES)),
    "phase1_dh_groups": ("14", _GROUPS),
    "phase1_encryption": ("AES-256-CBC", _ENCRYPTIONS),
    "phase2_authentication": (
        "HMAC-SHA-256",
        ("NO-AUTH", *(f"HMAC-SHA-{bits}" for bits in _HASHES)),
    ),
    "phase2_dh_groups": ("14", _GROUPS),
    "phase2_encryption": ("AES-256-CBC", (*_ENCRYPTIONS, "NULL-ENCR")),
}
"""Field -> (default, accepted values)."""

_ASNS = ("bgp_local_as_number", "external_device_as_number", "backup_external_device_as_number")
_ONLY_BGP = ("enable_bfd", "bgp_md5_key", "enable_bgp_multihop")
_BFD = ("bfd_transmit_interval", "bfd_receive_interval", "bfd_detect_multiplier")
_TUNNEL_IPS = (
    "local_tunnel_ip",
    "remote_tunnel_ip",
    "backup_local_tunnel_ip",
    "backup_remote_tunnel_ip",
)
_KEYS = ("pre_shared_key", "backup_pre_shared_key", "auth_type", "enable_ikev2")
_LAN_IPS = ("remote_lan_ip", "local_lan_ip", "backup_remote_lan_ip", "backup_local_lan_ip")


def check(asked: Asked, gateway: Body) -> None:
    """Raise Refused for a connection that its gateway cannot have."""
    protocol = asked.get("tunnel_protocol", IPSEC)
    _check_routing(asked, protocol)
    if protocol == LAN:
        _check_lan(asked, gateway)
    else:
        _check_tunnels(asked, protocol)
    _check_algorithms(asked, protocol)
    _check_bfd(asked)
    if protocol != IPSEC:
        _refuse(asked, _KEYS, f"a {protocol} connection")
    own, given = gateway["local_as_number"], asked.get("bgp_local_as_number")
    if own and given and own != given:
        name = gateway["name"]
        raise Refused(f"bgp_local_as_number {given} is not the AS number of gateway {name}: {own}")


def is_bgp(asked: Asked) -> bool:
    """Whether a connection has BGP and not static routes."""
    return asked["routing_protocol"] == "bgp"


def device_addresses(asked: Asked) -> list[str]:
    """The one or two addresses of the external device."""
    return asked.listed("external_device_ip_address")


def _refuse(asked: Asked, fields: tuple[str, ...], of: str) -> None:
    for field in fields:
        if asked.get(field) and asked.get(field) not in ("false", "no"):
            raise Refused(f"{field} is not a field of {of}")


def _require(asked: Asked, *fields: str) -> None:
    for field in fields:
        if not asked.get(field):
            raise Refused(f"{field} is required")


def _check_routing(asked: Asked, protocol: str) -> None:
    if not is_bgp(asked):
        if protocol == GRE:
            raise Refused("routing_protocol static is not for GRE: it must be bgp")
        _require(asked, "remote_subnet")
        asked.cidrs("remote_subnet")
        _refuse(asked, (*_ASNS, *_ONLY_BGP), "a static connection")
        return
    _require(asked, *_ASNS[:2])
    for field in _ASNS:
        asked.whole(field, 1, HIGHEST_ASN)
    _refuse(asked, ("remote_subnet",), "a BGP connection")
    if asked.flag("enable_ha"):
        _require(asked, _ASNS[2])


def _check_tunnels(asked: Asked, protocol: str) -> None:
    """IPsec and GRE: the device's addresses, and those inside the tunnels."""
    _require(asked, "external_device_ip_address")
    _refuse(asked, (*_LAN_IPS, "peer_vnet_id"), f"a {protocol} connection")
    addresses = device_addresses(asked)
    for address in addresses:
        _address("external_device_ip_address", address)
    if len(addresses) > 2 or len(set(addresses)) != len(addresses):
        given = asked["external_device_ip_address"]
        raise Refused(f"external_device_ip_address {given} must be one or two distinct addresses")
    if asked.flag("enable_ha") and len(addresses) != 2:
        raise Refused("external_device_ip_address must have two addresses with enable_ha true")
    for local, remote in (_TUNNEL_IPS[:2], _TUNNEL_IPS[2:]):
        _check_inside(asked, local, remote, protocol)


def _check_inside(asked: Asked, local: str, remote: str, protocol: str) -> None:
    """The two ends of a tunnel are different addresses of one small block."""
    ours, theirs = interfaces(asked, local), interfaces(asked, remote)
    if len(ours) != len(theirs):
        raise Refused(f"{local} and {remote} must have as many addresses as each other")
    if len(ours) > 2:
        raise Refused(f"{local} must have at most two addresses")
    lengths = (30,) if protocol == IPSEC else (29, 30)
    for one, other in zip(ours, theirs, strict=True):
        if one.network != other.network or one.network.prefixlen not in lengths:
            sizes = " or ".join(f"/{length}" for length in lengths)
            raise Refused(f"{local} {one} and {remote} {other} must be in one {sizes}")
        ends = (one.network.network_address, one.network.broadcast_address)
        if one.ip == other.ip or one.ip in ends or other.ip in ends:
            raise Refused(f"{local} {one} and {remote} {other} must be two hosts of their block")


def interfaces(asked: Asked, field: str) -> list[IPv4Interface]:
    """The addresses with prefix lengths of a field."""
    found = []
    for part in asked.listed(field):
        if "/" not in part:
            raise Refused(f"{field} {part} must have a prefix length")
        try:
            found.append(IPv4Interface(part))
        except ValueError:
            raise Refused(f"{field} {part} is not an IPv4 address with a prefix length") from None
    return found


def _check_lan(asked: Asked, gateway: Body) -> None:
    """LAN: the device is in a network beside the gateway, without a tunnel."""
    name = gateway["name"]
    if gateway["cloud_type"] == AWS_TYPE or not gateway["bgp_lan"]:
        raise Refused(f"Gateway {name} has no BGP over LAN, which is chosen at creation")
    _require(asked, "remote_lan_ip")
    if gateway["cloud_type"] == GCP_TYPE:
        _require(asked, "local_lan_ip")
    if gateway["cloud_type"] != AZURE_TYPE:
        _refuse(asked, ("peer_vnet_id",), "a LAN connection outside of Azure")
    if asked.flag("enable_ha"):
        _require(asked, "backup_remote_lan_ip")
    for field in _LAN_IPS:
        if asked.get(field):
            _address(field, asked[field])
    fields = ("external_device_ip_address", "direct_connect", *_TUNNEL_IPS)
    _refuse(asked, fields, "a LAN connection")


def _address(field: str, value: str) -> None:
    try:
        IPv4Address(value)
    except ValueError:
        raise Refused(f"{field} {value} is not an IPv4 address") from None


def _check_algorithms(asked: Asked, protocol: str) -> None:
    given = [field for field in ALGORITHMS if asked.get(field)]
    if not given:
        return
    if protocol != IPSEC:
        raise Refused(f"{given[0]} is not a field of a {protocol} connection")
    for field, (_, values) in ALGORITHMS.items():
        _require(asked, field)
        if asked[field] not in values:
            raise Refused(f"{field} {asked[field]} must be one of {', '.join(values)}")
    if all(asked[field] == default for field, (default, _) in ALGORITHMS.items()):
        raise Refused("phase1 and phase2 fields are all defaults: leave them out")


def _check_bfd(asked: Asked) -> None:
    limits = ((10, 60000), (10, 60000), (2, 255))
    for field, (low, high) in zip(_BFD, limits, strict=True):
        if asked.get(field) and not asked.flag("enable_bfd"):
            raise Refused(f"{field} needs enable_bfd true")
        asked.whole(field, low, high)


def bfd(asked: Asked) -> Body:
    """The BFD timers of a connection, in milliseconds, and its multiplier."""
    values = [int(asked.get(field, default)) for field, default in zip(_BFD, _TIMERS, strict=True)]
    return dict(zip(("tx_interval", "rx_interval", "multiplier"), values, strict=True))


_TIMERS = ("300", "300", "3")
