"""Global addresses, and ranges that are allocated for private services.

A range with ``purpose: VPC_PEERING`` and without an address gets any free block of the network.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

from sandbox.clouds.declare import Call, Error
from sandbox.clouds.gcp.cloud import gcp, invalid, project_in
from sandbox.clouds.gcp.network import (
    PRIVATE,
    first_free,
    in_own_project,
    ip_block,
    network_ref,
    own_network,
    refuse_overlap,
    taken_blocks,
)
from sandbox.clouds.inputs import text, whole
from sandbox.clouds.wire import Values

_EXTERNAL = IPv4Address("203.0.113.0")
_NEEDS_NETWORK: Error = (
    "required",
    "An INTERNAL global address needs 'resource.network' and 'resource.purpose'",
)
_NO_ROOM: Error = (
    "RESOURCE_EXHAUSTED",
    "Couldn't find free blocks of /{length} in network '{network}'",
)


def _good_range(call: Call) -> None:
    """A rule: an internal address has a network, a purpose, a length, and a free block if given."""
    values = call.values
    if values["addressType"] == "EXTERNAL":
        return
    if "network" not in values or "purpose" not in values:
        raise call.error(_NEEDS_NETWORK)
    length = _length(values)
    if values["purpose"] == "VPC_PEERING" and not 8 <= length <= 29:
        raise invalid(call, "resource.prefixLength", length, "Must be 8 to 29")
    if "address" in values:
        wanted = ip_block(call, "resource.address", f"{values['address']}/{length}")
        refuse_overlap(call, own_network(call), wanted)


def _length(values: Values) -> int:
    return int(values.get("prefixLength", 32))


def _allocated(call: Call) -> str:
    """The first free block of the wanted prefix length."""
    network, length = own_network(call), _length(call.values)
    found = first_free([PRIVATE], length, taken_blocks(call.world, network))
    if found is None:
        raise call.error(_NO_ROOM, length=length, network=network)
    return str(found.network_address)


def _address(call: Call) -> Values:
    values, external = call.values, call.values["addressType"] == "EXTERNAL"
    free = str(_EXTERNAL + call.store.serial("gcp:external") % 256) if external else None
    return {
        "labelFingerprint": f"{call.store.serial('gcp:fingerprint'):012x}",
        "prefixLength": values.get("prefixLength", 0) if external else _length(values),
        "address": values.get("address") or free or _allocated(call),
    }


def allocated_block(body: Values) -> IPv4Network:
    """The block of an allocated range."""
    return IPv4Network(f"{body['address']}/{body['prefixLength']}")


def _ranges(body: Values) -> Iterator[tuple[str, IPv4Network]]:
    if body.get("purpose") == "VPC_PEERING":
        yield f"allocated range '{body['name']}'", allocated_block(body)


ADDRESS = gcp(
    "gcp:compute/globalAddress:GlobalAddress",
    {
        "address": text(fixed=True, computed=True),
        "addressType": text(default="EXTERNAL", choices=("EXTERNAL", "INTERNAL"), fixed=True),
        "description": text(fixed=True),
        "ipVersion": text(choices=("IPV4", "IPV6"), fixed=True),
        "network": network_ref(),
        "prefixLength": whole(fixed=True, computed=True),
        "purpose": text(choices=("VPC_PEERING", "PRIVATE_SERVICE_CONNECT"), fixed=True),
    },
    id="projects/{project}/global/addresses/{name}",
    links=("network",),
    self_link=True,
    stamped=True,
    labelled=True,
    rules=(in_own_project, _good_range),
    outputs=("labelFingerprint",),
    made=_address,
    ranges=_ranges,
)


def allocated_range(call: Call, value: str) -> str:
    """The path of the range that a name means, in the project of the network of the request."""
    return f"projects/{project_in(own_network(call))}/global/addresses/{value}"
