"""Customer gateways, and VPN connections of transit gateways.

A connection has two tunnels. Each has a public address of AWS and a /30 inside: AWS has its first
host, the customer gateway its second. Its attachment has an id of its own. Inside blocks and the
choice between IPv4 and IPv6 need a new connection; keys, algorithms, the customer gateway and the
transit gateway are updates in place (source of the AWS provider, ``aws_vpn_connection``).

Two connections of one transit gateway may have equal inside blocks ("Tunnel options for your
Site-to-Site VPN connection"). The two tunnels of one connection may not.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import Final

from sandbox.clouds.aws.cloud import aws, new_id
from sandbox.clouds.aws.transit_gateway import NOT_OWNER, TGW, VPN
from sandbox.clouds.aws.transit_gateway_routing import join_default_tables
from sandbox.clouds.declare import Call
from sandbox.clouds.inputs import (
    Failure,
    Input,
    flag,
    one_of,
    ref,
    text,
    text_set,
    whole,
    whole_set,
)
from sandbox.clouds.rules import needs, siblings
from sandbox.clouds.wire import Values
from sandbox.store import Store

_RESERVED_ASNS: Final[Mapping[int, str | None]] = {
    7224: None,
    9059: "eu-west-1",
    10124: "ap-northeast-1",
    17943: "ap-southeast-1",
}
"""ASN that a customer gateway may not have -> the region where it is reserved; None: everywhere.
Source: "Customer gateway options for your AWS Site-to-Site VPN connection"."""
_LONG_ASN: Final = 2147483647
"""The largest ``bgpAsn``. A larger ASN is a ``bgpAsnExtended``."""
_RESERVED_BLOCKS: Final = frozenset(
    {f"169.254.{third}.0/30" for third in range(6)} | {"169.254.169.252/30"}
)
"""Inside blocks that AWS reserves. Source: EC2 API, VpnTunnelOptionsSpecification."""
_KEY: Final = re.compile(r"[0-9A-Za-z_.]{8,64}")


def _ipv4(at: str, value: str) -> Iterator[Failure]:
    try:
        IPv4Address(value)
    except ValueError:
        yield at, f"expected {at} to contain a valid IPv4 address, got: {value}"


def _asn_form(at: str, value: str) -> Iterator[Failure]:
    if not value.isdigit() or not 1 <= int(value) <= 4294967295:
        yield at, f"{at} must be a valid ASN of 1 to 4294967295, got {value!r}"


def _inside_form(at: str, value: str) -> Iterator[Failure]:
    try:
        block = IPv4Network(value)
    except ValueError:
        yield at, f'expected {at} to contain a valid network Value, got: "{value}"'
        return
    if block.prefixlen != 30:
        yield at, f'expected "{at}" to contain a network Value with 30 significant bits: {value}'
    elif not block.subnet_of(IPv4Network("169.254.0.0/16")):
        yield at, f"invalid value for {at} (must be within 169.254.0.0/16): {value}"
    elif value in _RESERVED_BLOCKS:
        yield at, f"expected {at} to not be any of {sorted(_RESERVED_BLOCKS)}, got {value}"


def _key_form(at: str, value: str) -> Iterator[Failure]:
    """The key is secret, so no message has it."""
    if not 8 <= len(value) <= 64:
        yield at, f"expected length of {at} to be in the range (8 - 64), got {len(value)}"
    elif value.startswith("0"):
        yield at, f"invalid value for {at} (cannot start with zero character)"
    elif not _KEY.fullmatch(value):
        yield (
            at,
            f"invalid value for {at} (can only contain alphanumeric, period and underscore "
            "characters)",
        )


def _named(*allowed: str) -> Input:
    """A set of names, each of those allowed."""

    def form(at: str, value: str) -> Iterator[Failure]:
        if value not in allowed:
            yield at, f"expected {at} to be one of {list(allowed)}, got {value}"

    return text_set(form=form)


def _usable_asn(call: Call) -> None:
    """A rule: the ASN is not reserved, and is given as the right input."""
    values = call.values
    asn = int(values.get("bgpAsn") or values["bgpAsnExtended"])
    given = "bgpAsn" if "bgpAsn" in values else "bgpAsnExtended"
    if _RESERVED_ASNS.get(asn, "") in (None, call.place):
        said = "Value ({asn}) for parameter bgpAsn is invalid. The ASN is reserved in {region}"
        raise call.error(("InvalidParameterValue", said), asn=asn, region=call.place)
    if (given == "bgpAsn") != (asn <= _LONG_ASN):
        said = "Value ({asn}) for parameter {given} is invalid: bgpAsn is at most 2147483647"
        raise call.error(("InvalidParameterValue", said), asn=asn, given=given)


def _only_one(call: Call) -> None:
    """A rule: no other customer gateway has the address and ASN.

    EC2 would return the existing one ("CreateCustomerGateway"). Then two resources of a program
    would be one object, and deleting the one would delete the other. So this is an error here.
    """
    keys = ("bgpAsn", "bgpAsnExtended", "ipAddress", "type")
    mine = {key: call.values.get(key) for key in keys}
    for other, body in siblings(call, None):
        if mine == {key: body.get(key) for key in keys}:
            said = "{by} has the same type, IP address and BGP ASN"
            raise call.error(("InvalidCustomerGateway.Duplicate", said), by=other)


CUSTOMER_GATEWAY = aws(
    "aws:ec2/customerGateway:CustomerGateway",
    {
        "type": text(required=True, fixed=True, choices=("ipsec.1",)),
        "bgpAsn": text(fixed=True, form=_asn_form),
        "bgpAsnExtended": text(fixed=True, form=_asn_form),
        "ipAddress": text(fixed=True, form=_ipv4),
        "deviceName": text(fixed=True),
    },
    id="cgw",
    action="EC2: CreateCustomerGateway",
    updates="EC2: CreateTags",
    arn_of="ec2:customer-gateway",
    missing=(
        "InvalidCustomerGatewayID.NotFound",
        "The customerGateway ID '{id}' does not exist",
    ),
    in_use=("IncorrectState", "The customer gateway is in use: {by}"),
    checks=(one_of(("bgpAsn", "bgpAsnExtended")),),
    rules=(
        needs(
            "bgpAsn",
            "bgpAsnExtended",
            error=("MissingParameter", "The request must contain bgpAsn or bgpAsnExtended"),
        ),
        needs("ipAddress", error=("MissingParameter", "The request must contain an IP address")),
        _usable_asn,
        _only_one,
    ),
)

_PHASE_1_GROUPS: Final = (2, *range(14, 25))
_PHASE_2_GROUPS: Final = (2, 5, *range(14, 25))
_ENCRYPTION: Final = ("AES128", "AES256", "AES128-GCM-16", "AES256-GCM-16")
_INTEGRITY: Final = ("SHA1", "SHA2-256", "SHA2-384", "SHA2-512")


def _tunnel(number: int) -> dict[str, Input]:
    inputs = {
        "DpdTimeoutAction": text(choices=("clear", "none", "restart")),
        "DpdTimeoutSeconds": whole(between=(30, 3600)),
        "EnableTunnelLifecycleControl": flag(),
        "IkeVersions": _named("ikev1", "ikev2"),
        "InsideCidr": text(fixed=True, computed=True, form=_inside_form),
        "Phase1DhGroupNumbers": whole_set(_PHASE_1_GROUPS),
        "Phase1EncryptionAlgorithms": _named(*_ENCRYPTION),
        "Phase1IntegrityAlgorithms": _named(*_INTEGRITY),
        "Phase1LifetimeSeconds": whole(between=(900, 28800)),
        "Phase2DhGroupNumbers": whole_set(_PHASE_2_GROUPS),
        "Phase2EncryptionAlgorithms": _named(*_ENCRYPTION),
        "Phase2IntegrityAlgorithms": _named(*_INTEGRITY),
        "Phase2LifetimeSeconds": whole(between=(900, 3600)),
        "PresharedKey": text(computed=True, form=_key_form),
        "StartupAction": text(choices=("add", "start")),
    }
    return {f"tunnel{number}{name}": spec for name, spec in inputs.items()}


def _different_blocks(inputs: Values) -> Iterator[Failure]:
    first, second = (inputs.get(f"tunnel{number}InsideCidr") for number in (1, 2))
    if first is not None and first == second:
        yield (
            "tunnel2InsideCidr",
            f"the tunnels of a VPN connection have different inside CIDRs: {first}",
        )


def _own_gateway(call: Call) -> None:
    (gateway,) = call.found["transitGatewayId"]
    if gateway.tenant != call.tenant:
        raise call.error(NOT_OWNER, id=gateway.id)


def _digits(store: Store, of: str) -> str:
    """Hex digits that are different in each call, and the same in every run."""
    return hashlib.sha256(f"{of}:{store.serial(f'aws:{of}')}".encode()).hexdigest()


def _connect(call: Call, id_: str) -> Values:
    outputs: Values = {
        "customerGatewayConfiguration": f"<vpn_connection id='{id_}'/>",
        "enableAcceleration": False,
        "staticRoutesOnly": bool(call.values.get("staticRoutesOnly")),
    }
    for number in (1, 2):
        digits = _digits(call.store, "vpn-tunnel")
        serial = int(digits[:8], 16)
        inside = f"169.254.{10 + serial % 10}.{4 * (serial // 16 % 64)}/30"
        outputs |= {
            f"tunnel{number}Address": f"3.{serial % 200}.{serial // 256 % 256}.{number}",
            f"tunnel{number}BgpHoldtime": 30,
            f"tunnel{number}InsideCidr": call.values.get(f"tunnel{number}InsideCidr", inside),
            f"tunnel{number}PresharedKey": call.values.get(
                f"tunnel{number}PresharedKey", f"k{digits[:31]}"
            ),
        }
        first, second = IPv4Network(outputs[f"tunnel{number}InsideCidr"]).hosts()
        outputs[f"tunnel{number}VgwInsideAddress"] = str(first)
        outputs[f"tunnel{number}CgwInsideAddress"] = str(second)
    return {**outputs, "_state": "available", **_attach(call)}


def _attach(call: Call) -> Values:
    """The outputs that the transit gateway decides: the attachment, and the ASN of both tunnels."""
    stored = call.stored or {}
    attachment = stored.get("_attachment")
    if stored.get("transitGatewayId") != call.values["transitGatewayId"]:
        attachment = new_id(call.store, "tgw-attach")
    asn = str(call.target("transitGatewayId")["amazonSideAsn"])
    return {
        "transitGatewayAttachmentId": attachment,
        "_attachment": attachment,
        "tunnel1BgpAsn": asn,
        "tunnel2BgpAsn": asn,
    }


_OUTPUTS: Final = ("Address", "BgpAsn", "BgpHoldtime", "CgwInsideAddress", "VgwInsideAddress")

VPN_CONNECTION = aws(
    VPN,
    {
        "customerGatewayId": ref(CUSTOMER_GATEWAY, required=True),
        "transitGatewayId": ref(TGW),
        "type": text(required=True, fixed=True, choices=("ipsec.1",)),
        "enableAcceleration": flag(fixed=True, computed=True),
        "staticRoutesOnly": flag(fixed=True, computed=True),
        **_tunnel(1),
        **_tunnel(2),
    },
    id="vpn",
    action="EC2: CreateVpnConnection",
    updates="EC2: ModifyVpnConnection",
    arn_of="ec2:vpn-connection",
    missing=(
        "InvalidVpnConnectionID.NotFound",
        "The vpnConnection ID '{id}' does not exist",
    ),
    checks=(_different_blocks,),
    rules=(
        needs(
            "transitGatewayId",
            error=("MissingParameter", "The sandbox models VPN connections of transit gateways"),
        ),
        _own_gateway,
    ),
    outputs=(
        "customerGatewayConfiguration",
        "transitGatewayAttachmentId",
        *(f"tunnel{number}{name}" for number in (1, 2) for name in _OUTPUTS),
    ),
    secret_outputs=frozenset(
        {"customerGatewayConfiguration", "tunnel1PresharedKey", "tunnel2PresharedKey"}
    ),
    made=_connect,
    changed=_attach,
    created=lambda call: join_default_tables(call.world, (call.stored or {})["_attachment"]),
)
