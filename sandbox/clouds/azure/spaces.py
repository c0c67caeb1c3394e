"""Address spaces of networks and hubs, and who is peered with them.

A connection of a virtual hub is a peering too, so the same rules apply to both: two peered networks
must not overlap, and two networks that are peered with the same third one must not overlap.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network

from sandbox.clouds.azure.cloud import AZURE
from sandbox.clouds.azure.names import owner_id
from sandbox.clouds.declare import Call
from sandbox.clouds.wire import Values
from sandbox.store import Found

PEERED = "remoteVirtualNetwork.id"
"""The reference of a peering to the other network."""
_OWN = ("virtualNetworkName", "virtualHubName")
"""The references of a peering to the network or hub that it belongs to."""


def block(call: Call, prefix: str, owner: str) -> IPv4Network:
    """Parse an address prefix of ``owner``. Raises Azure's error for one with host bits."""
    try:
        loose = IPv4Network(prefix, strict=False)
    except ValueError:
        said = "Address prefix {prefix} for resource {owner} is not formatted correctly."
        raise call.error(("InvalidAddressPrefixFormat", said), prefix=prefix, owner=owner) from None
    if str(loose) != prefix:
        said = (
            "The address prefix {prefix} in resource {owner} has an invalid CIDR notation. For the "
            "given prefix length, the address prefix should be {loose}."
        )
        raise call.error(("InvalidCIDRNotation", said), prefix=prefix, owner=owner, loose=loose)
    return loose


def prefixes(body: Values) -> list[str]:
    """The address prefixes of a network, subnet or hub."""
    if "addressPrefix" in body:
        return [body["addressPrefix"]]
    if "addressSpace" in body:
        return list(body["addressSpace"].get("addressPrefixes") or [])
    return list(body.get("addressPrefixes") or [])


def overlapping(one: Iterable[str], other: Iterable[str]) -> tuple[str, str] | None:
    """The first pair of prefixes that overlap."""
    rest = list(other)
    for mine in one:
        for theirs in rest:
            if IPv4Network(mine).overlaps(IPv4Network(theirs)):
                return mine, theirs
    return None


@dataclass(frozen=True)
class Peer:
    """A network as another network sees it through a peering."""

    peering: str
    id: str
    prefixes: list[str]


def peers(call: Call, of: Found) -> Iterator[Peer]:
    """The networks that a network or hub has peerings or connections with, as it declares them."""
    for prop, peering in call.store.users(of):
        if prop in _OWN and "remoteVirtualNetwork" in peering.body:
            other = remote_id(peering.body)
            yield Peer(peering.id, other, _remote_prefixes(call, other, peering.body))


def peered_by(call: Call, of: Found) -> Iterator[Peer]:
    """The networks and hubs that have a peering or connection with a network."""
    for prop, peering in call.store.users(of):
        if prop == PEERED:
            owner = owner_id(peering.id)
            yield Peer(peering.id, owner, _remote_prefixes(call, owner, {}))


def remote_id(peering: Values) -> str:
    """The id of the other network of a peering."""
    return str(peering["remoteVirtualNetwork"].get("id", ""))


def _remote_prefixes(call: Call, id_: str, peering: Values) -> list[str]:
    """The prefixes of the network ``id_``. Kong's networks are not stored, only their prefixes."""
    for type_ in AZURE.types_of_id(id_):
        body = call.world.get(type_, id_)
        if body is not None:
            return prefixes(body)
    return list(peering.get("_remotePrefixes", []))
