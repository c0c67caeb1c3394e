"""Decides whether a packet filter lets a packet pass."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address

from reachability.graph import Direction, Filter, Rule


@dataclass(frozen=True)
class Packet:
    """A packet, as the subnet or host with the filter sees it."""

    direction: Direction
    local: IPv4Address
    remote: IPv4Address
    port: int
    """The destination port."""
    protocol: str = "tcp"
    groups: tuple[str, ...] = ()
    """Keys of the filters of the host at the other end, if it is known."""


def matches(rule: Rule, packet: Packet) -> bool:
    """Whether a rule is about a packet."""
    return (
        rule.direction is packet.direction
        and rule.protocol.lower() in ("all", packet.protocol)
        and any(low <= packet.port <= high for low, high in rule.ports)
        and any(packet.local in one for one in rule.locals)
        and (
            any(packet.remote in one for one in rule.remotes)
            or bool(set(rule.groups) & set(packet.groups))
        )
    )


def decide(filter_: Filter, packet: Packet) -> tuple[bool, Rule | None]:
    """Whether a packet passes, and the rule that decided. None: no rule matched."""
    found = [rule for rule in filter_.rules if matches(rule, packet)]
    while found:
        first = min(found, key=lambda rule: (rule.priority, rule.allows))
        if first.skips_to is None:
            return first.allows, first
        found = [rule for rule in found if rule.priority >= first.skips_to]
    return filter_.allows_by_default[packet.direction], None


def refusal(filters: Sequence[Filter], packet: Packet) -> tuple[Filter, Rule | None] | None:
    """The first filter that refuses a packet, and its rule. None: all let it pass."""
    for filter_ in filters:
        allowed, rule = decide(filter_, packet)
        if not allowed:
            return filter_, rule
    return None


def permission(filters: Iterable[Filter], packet: Packet) -> Filter | None:
    """The first of several filters that lets a packet pass."""
    return next((one for one in filters if decide(one, packet)[0]), None)
