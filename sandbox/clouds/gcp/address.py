"""Global addresses, and ranges that are allocated for private services.

A range with ``purpose: VPC_PEERING`` and without an address gets any free block of the network.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

from sandbox.clouds.declare import Call, Error
from sandbox.clouds.gcp.cloud import gcp, invalid, network_path
from sandbox.clouds.gcp.network import (
    in_own_project,
    ip_block,
    network_ref,
    refuse_overlap,
    taken_blocks,
)
from sandbox.clouds.inputs import text, whole
from sandbox.clouds.wire import Values

_EXTERNAL = IPv4Address("203.0.113.0")
_PRIVATE = IPv4Network("10.0.0.0/8")
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
        refuse_overlap(call, network_path(call.tenant, values["network"]), wanted)


def _length(values: Values) -> int:
    return int(values.get("prefixLength", 32))


def _allocated(call: Call) -> IPv4Network:
    """The first free block of the wanted prefix length in 10.0.0.0/8."""
    network, length = network_path(call.tenant, call.values["network"]), _length(call.values)
    taken = taken_blocks(call.world, network)
    for candidate in _PRIVATE.subnets(new_prefix=length):
        if not any(candidate.overlaps(block) for block in taken):
            return candidate
    raise call.error(_NO_ROOM, length=length, network=network)


def _address(call: Call, id_: str) -> Values:
    del id_
    values = call.values
    outputs: Values = {
        "labelFingerprint": f"{call.store.serial('gcp:fingerprint'):012x}",
        "prefixLength": values.get("prefixLength", 0),
    }
    if values["addressType"] == "EXTERNAL":
        next_one = str(_EXTERNAL + call.store.serial("gcp:external") % 256)
        return {**outputs, "address": values.get("address", next_one)}
    first = values.get("address") or str(_allocated(call).network_address)
    return {**outputs, "address": first, "prefixLength": _length(values)}


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
    network = call.values.get("network") or call.values.get("authorizedNetwork", "default")
    project = network_path(call.tenant, network).split("/")[1]
    return f"projects/{project}/global/addresses/{value}"
