"""Firewall rules of a network."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_network

from sandbox.clouds.declare import Call, Error
from sandbox.clouds.gcp.cloud import gcp, invalid
from sandbox.clouds.gcp.network import in_own_project, network_ref
from sandbox.clouds.inputs import Failure, block, blocks, flag, text, text_set, texts, whole
from sandbox.clouds.wire import Values

_PORT_MAX = 65535
_PROTOCOLS = frozenset({"tcp", "udp", "icmp", "esp", "ah", "ipip", "sctp", "all"})
"""The protocols of a firewall rule that have a name. Others are given by number."""
_WITH_PORTS = frozenset({"tcp", "udp", "sctp", "6", "17", "132"})
_PORTS = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?", re.ASCII)

_NO_ACTION: Error = ("required", "Required field 'resource.allowed' or 'denied' not specified")
_NO_SOURCE: Error = (
    "invalid",
    "one of source_ranges, source_tags, or source_service_accounts must be defined for an "
    "INGRESS rule",
)
_SOURCE_OF_EGRESS: Error = ("invalid", "source ranges and tags cannot be set on an EGRESS rule")
_NO_PORTS = "Ports may only be specified on rules whose protocol is one of [TCP, UDP, SCTP]"


def _one_action(values: Values) -> Iterator[Failure]:
    """A check of a preview: a rule either allows or denies."""
    if "allows" in values and "denies" in values:
        yield "allows", '"allows": conflicts with denies'


def _is_range(at: str, value: str) -> Iterator[Failure]:
    try:
        ip_network(value)
    except ValueError:
        yield at, f"{value} is not a valid IP CIDR range"


def _good_sides(call: Call) -> None:
    """A rule: an ingress rule has sources, an egress rule has none."""
    values = call.values
    sources = bool(values.get("sourceRanges") or values.get("sourceTags"))
    if not values.get("allows") and not values.get("denies"):
        raise call.error(_NO_ACTION)
    egress = values.get("direction") == "EGRESS"
    if not egress and not sources:
        raise call.error(_NO_SOURCE)
    if egress and sources:
        raise call.error(_SOURCE_OF_EGRESS)


def _good_protocols(call: Call) -> None:
    """A rule: each protocol is known, by name or number 0 to 255, and has ports if it may."""
    for side, field in (("allows", "allowed"), ("denies", "denied")):
        for index, entry in enumerate(call.values.get(side, [])):
            _good_entry(call, f"resource.{field}[{index}]", entry)


def _good_entry(call: Call, field: str, entry: Values) -> None:
    protocol, ports = entry["protocol"].lower(), entry.get("ports", [])
    numbered = protocol.isdecimal() and int(protocol) <= 255
    if protocol not in _PROTOCOLS and not numbered:
        why = "Invalid IP protocol specification."
        raise invalid(call, f"{field}.IPProtocol", protocol, why)
    if ports and protocol not in _WITH_PORTS:
        raise invalid(call, f"{field}.ports", ports, _NO_PORTS)
    for index, value in enumerate(ports):
        found = _PORTS.fullmatch(value)
        low, high = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
        if not low <= high <= _PORT_MAX:
            why = "Invalid port range specification."
            raise invalid(call, f"{field}.ports[{index}]", value, why)


_ENTRY = {"protocol": text(required=True), "ports": texts()}

FIREWALL = gcp(
    "gcp:compute/firewall:Firewall",
    {
        "network": network_ref(required=True),
        "direction": text(fixed=True, computed=True, choices=("INGRESS", "EGRESS")),
        "priority": whole(default=1000, between=(0, 65535)),
        "allows": blocks(_ENTRY, unordered=True),
        "denies": blocks(_ENTRY, unordered=True),
        "sourceRanges": text_set(form=_is_range),
        "destinationRanges": text_set(form=_is_range),
        "sourceTags": text_set(),
        "targetTags": text_set(),
        "description": text(),
        "disabled": flag(),
        "logConfig": block({"metadata": text(required=True)}),
    },
    id="projects/{project}/global/firewalls/{name}",
    links=("network",),
    self_link=True,
    stamped=True,
    checks=(_one_action,),
    rules=(in_own_project, _good_sides, _good_protocols),
    fills={"direction": "INGRESS"},
)
