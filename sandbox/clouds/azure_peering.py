"""Peerings of a virtual network or hub with networks of Kong, and Azure's rules for them.

A connection of a virtual hub is a peering too, so the same rules apply to both: two peered networks
must not overlap, and two networks that are peered with the same third one must not overlap.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network

from sandbox.clouds import tokens
from sandbox.clouds.azure_common import refuse, under
from sandbox.clouds.wire import Values
from sandbox.store import Store

_KINDS = (tokens.VNET_PEERING, tokens.HUB_CONNECTION)


def peerings_of(store: Store, id_: str) -> Iterator[tuple[str, Values]]:
    """(id, body) of each peering of the network or hub ``id_``."""
    for token in _KINDS:
        yield from under(store, token, id_)


def unpeered_or_refuse(store: Store, id_: str) -> None:
    """A network or hub cannot be deleted while Kong has a peering with it."""
    for token in _KINDS:
        held_by = [peering for peering, _ in under(store, token, id_)]
        if held_by:
            kind = "VirtualNetwork" if token == tokens.VNET_PEERING else "VirtualHub"
            message = f"{kind} {id_} is in use by {', '.join(held_by)} and cannot be deleted."
            raise refuse(400, f"InUse{kind}CannotBeDeleted", message)


def peering_or_refuse(
    store: Store, id_: str, prefixes: Iterable[str], *, name: str, remote: str, block: str
) -> None:
    """Refuse a peering of ``id_`` with the network ``remote`` that Azure would not accept.

    ``prefixes`` are the address prefixes of ``id_``, ``block`` is that of ``remote``.
    """
    start = f"Cannot create or update peering {id_}/{name}. Virtual networks {remote} and {id_}"
    for prefix in prefixes:
        if _overlap(prefix, block):
            raise refuse(
                400,
                "VnetAddressSpacesOverlap",
                f"{start} cannot be peered because their address spaces overlap. Overlapping "
                f"address prefixes: {block}, {prefix}.",
            )
    for other_id, other in peerings_of(store, id_):
        other_remote = other["remoteVirtualNetwork"]["id"]
        if other_remote == remote:
            raise refuse(
                400,
                "AnotherPeeringAlreadyReferencesRemoteVnet",
                f"Peering {id_}/{name} cannot be created or updated because another peering "
                f"{other_id} already references remote virtual network {remote}.",
            )
        if _overlap(other["_cidrBlock"], block):
            raise refuse(
                400,
                "VnetAddressSpaceOverlapsWithAlreadyPeeredVnet",
                f"{start} cannot be peered because address space of the first virtual network "
                f"overlaps with address space of virtual network {other_remote} already peered "
                f"with the second virtual network. Overlapping address prefixes: {block}.",
            )


def apart_from_peers_or_refuse(store: Store, id_: str, prefixes: Iterable[str]) -> None:
    """Refuse a prefix of a peered network that overlaps with one of its peers."""
    for prefix in prefixes:
        for peering_id, peering in peerings_of(store, id_):
            if _overlap(prefix, peering["_cidrBlock"]):
                raise refuse(
                    400,
                    "VnetAddressSpacesOverlap",
                    f"The address prefix {prefix} of {id_} overlaps with {peering['_cidrBlock']} "
                    f"of the network that is peered by {peering_id}.",
                )


def _overlap(one: str, other: str) -> bool:
    return IPv4Network(one).overlaps(IPv4Network(other))
