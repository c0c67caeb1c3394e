"""Packet filters, and whether they let a packet pass."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from typing import Final

from reachability.elements import Element

ANY: Final = IPv4Network("0.0.0.0/0")
PORTS: Final = (0, 65535)


class Direction(StrEnum):
    """The direction of a packet, as a subnet or a host sees it."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True)
class Rule:
    """One rule of a packet filter."""

    at: Element
    direction: Direction
    allows: bool
    priority: int = 0
    """Lower numbers decide first. Of equal ones, a denial decides."""
    protocol: str = "all"
    """``tcp``, ``udp``, ``icmp``, a number, or ``all``."""
    ports: tuple[tuple[int, int], ...] = (PORTS,)
    """Ranges of destination ports, both ends included."""
    remotes: tuple[IPv4Network, ...] = (ANY,)
    """Blocks at the other end: sources of ``in``, destinations of ``out``."""
    locals: tuple[IPv4Network, ...] = (ANY,)
    """Blocks at this end."""
    groups: tuple[str, ...] = ()
    """Keys of filters at the other end. A packet from a host with one of them matches too."""
    skips_to: int | None = None
    """The rule does not decide about its packets: rules from this priority on do. None: it does."""


@dataclass(frozen=True)
class Filter:
    """A packet filter: rules by priority, then a default.

    AWS: a security group or a network ACL. Azure: a network security group. GCP: the firewall
    rules of a network for hosts with some tags.
    """

    at: Element
    key: str
    stateful: bool
    """Whether replies pass without a rule."""
    rules: tuple[Rule, ...]
    allows_by_default: Mapping[Direction, bool]
    wanted: str
    """The type token of a rule."""


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
