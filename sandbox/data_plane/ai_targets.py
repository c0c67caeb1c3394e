"""The targets of ai-proxy-advanced: which one is next, and which one has failed too often.

Source: https://developer.konghq.com/ai-gateway/load-balancing/. A node balances by what it has
seen itself, as Kong does.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.data_plane.exchange import Exchange, Node

PLAYED = frozenset({"consistent-hashing", "lowest-usage", "priority", "round-robin"})
"""The balancing algorithms that the sandbox plays. For others it takes turns."""

_MEMORY = "ai-proxy-advanced"
"""The first part of the keys in a node's memory."""

Target = Mapping[str, Any]


@dataclass
class State:
    """What a node knows of a target.

    ``credit`` is its turn in weighted turns, ``used`` the tokens or the cost that it has used.
    ``failed`` are the times of its failures, in seconds since the epoch.
    """

    credit: float = 0.0
    used: float = 0.0
    failed: list[float] = field(default_factory=list)


def label(target: Target) -> str:
    """What tells a target from the others: provider, model and address."""
    model = target["model"]
    options = model.get("options") or {}
    return f"{model['provider']}/{model.get('name')}@{options.get('upstream_url') or 'provider'}"


def state_of(node: Node, target: Target) -> State:
    """What a node knows of a target."""
    state: State = node.memory.setdefault((_MEMORY, label(target)), State())
    return state


def note_failure(node: Node, target: Target, balancer: Mapping[str, Any]) -> None:
    """Note that a target has failed, if failures are counted: ``max_fails`` is not 0."""
    if int(balancer["max_fails"]):
        state_of(node, target).failed.append(node.now())


def is_available(node: Node, target: Target, balancer: Mapping[str, Any]) -> bool:
    """Whether a target has not failed ``max_fails`` times within ``fail_timeout``."""
    most = int(balancer["max_fails"])
    if most == 0:
        return True
    oldest = node.now() - float(balancer["fail_timeout"]) / 1000
    state = state_of(node, target)
    state.failed = [moment for moment in state.failed if moment > oldest]
    return len(state.failed) < most


def choose(
    x: Exchange, targets: Sequence[Target], balancer: Mapping[str, Any], tried: Sequence[str]
) -> Target | None:
    """The target of the next try, or None if all are unavailable.

    ``tried`` are the labels of the targets that this request has tried. Those that were tried
    less often come first.
    """
    available = [target for target in targets if is_available(x.node, target, balancer)]
    if not available:
        return None
    fewest = min(tried.count(label(target)) for target in available)
    fresh = [target for target in available if tried.count(label(target)) == fewest]
    algorithm = balancer["algorithm"]
    hashed = x.headers.get(balancer["hash_on_header"])
    if algorithm == "consistent-hashing" and hashed:
        return max(fresh, key=lambda target: _hash_rank(hashed, target))
    if algorithm == "lowest-usage":
        return min(fresh, key=lambda target: state_of(x.node, target).used / target["weight"])
    if algorithm == "priority":
        highest = max(target["weight"] for target in fresh)
        fresh = [target for target in fresh if target["weight"] == highest]
    return _next(x.node, fresh)


def _next(node: Node, targets: Sequence[Target]) -> Target:
    """Take turns by weight, spread evenly: the target with the most credit pays for all."""
    for target in targets:
        state_of(node, target).credit += target["weight"]
    chosen = max(targets, key=lambda target: state_of(node, target).credit)
    state_of(node, chosen).credit -= sum(target["weight"] for target in targets)
    return chosen


def _hash_rank(value: str, target: Target) -> float:
    """A rank of a target for a value, by which most values keep their target."""
    part = (zlib.crc32(f"{value}:{label(target)}".encode()) + 1) / 2**32
    return -float(target["weight"]) / math.log(part) if part < 1 else math.inf
