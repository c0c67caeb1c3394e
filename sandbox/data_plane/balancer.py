"""The balancer of one upstream on one node: weights, hashing, and the health of targets.

Each node keeps its own view of the health, as Kong's nodes do. Targets start healthy. Passive
checks count the results of ordinary requests. Active checks probe with HTTP or TCP, when their
interval is set. Kong says that passive checks are not available in Konnect or in hybrid mode; they
are played here all the same.

The algorithms ``latency`` and ``sticky-sessions`` are not played: they balance by weight.

Source: https://developer.konghq.com/gateway/traffic-control/health-checks-circuit-breakers/
"""

from __future__ import annotations

import asyncio
import hashlib
import math
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.store import Body

TCP_FAILURE = "tcp"
TIMEOUT = "timeout"

Probe = Callable[[str, str, float], Awaitable[int | str]]
"""Probe (kind of check, URL, timeout in seconds): a status, or ``tcp`` or ``timeout``."""

_ALGORITHMS = ("consistent-hashing", "least-connections", "round-robin")


@dataclass
class Target:
    """A target as one node sees it."""

    address: str
    weight: int
    failover: bool = False
    healthy: bool = True
    current: int = 0
    """The position in the weighted round robin."""
    open: int = 0
    """Requests in flight."""
    counts: dict[str, int] = field(default_factory=dict)
    """Results in a row, by ``passive`` or ``active`` and kind."""


class Balancer:
    """Chooses a target for each request, and learns from the results."""

    def __init__(self, upstream: Body, targets: Sequence[Body]) -> None:
        """Targets without a port get 8000, Kong's default."""
        self.upstream = upstream
        self.targets = [
            Target(_with_port(t["target"]), t.get("weight", 100), bool(t.get("failover")))
            for t in targets
        ]
        self._checks: Body = upstream.get("healthchecks") or {}

    @property
    def unplayed(self) -> list[str]:
        """The settings of the upstream that the sandbox does not play."""
        names = ("client_certificate", "use_srv_name")
        found = [f"upstream.{name}" for name in names if self.upstream.get(name)]
        if self.upstream.get("algorithm", "round-robin") not in _ALGORITHMS:
            found.append("upstream.algorithm")
        active = self._checks.get("active") or {}
        if _interval(active, True) or _interval(active, False):
            if active.get("type") in ("grpc", "grpcs"):  # they are probed with HTTP here
                found.append("upstream.healthchecks.active.type")
            if active.get("headers"):
                found.append("upstream.healthchecks.active.headers")
        return found

    def take_health(self, other: Balancer) -> None:
        """Take the health of the same targets over from the balancer of the last configuration."""
        known = {target.address: target for target in other.targets}
        for target in self.targets:
            if (old := known.get(target.address)) is not None:
                target.healthy, target.counts = old.healthy, old.counts

    def healthy(self) -> bool:
        """Whether enough weight is healthy (``healthchecks.threshold``, in percent)."""
        total = sum(target.weight for target in self.targets)
        there = sum(target.weight for target in self.targets if target.healthy)
        return total > 0 and there > 0 and 100 * there / total >= self._checks.get("threshold", 0)

    def choose(self, hashed: str | None, tried: Collection[str] = ()) -> Target | None:
        """A healthy target that was not tried, or None.

        ``hashed`` is the value that ``hash_on`` names; with it, equal values go to one target.
        """
        if not self.healthy():
            return None
        able = [t for t in self.targets if t.healthy and t.weight and t.address not in tried]
        able = [t for t in able if not t.failover] or able
        if not able:
            return None
        algorithm = self.upstream.get("algorithm", "round-robin")
        if hashed is not None and algorithm in ("consistent-hashing", "round-robin"):
            return max(able, key=lambda target: _score(hashed, target))
        if algorithm == "least-connections":
            return min(able, key=lambda target: (target.open + 1) / target.weight)
        return _round_robin(able)

    def report(self, target: Target, result: int | str, kind: str = "passive") -> None:
        """Count a result of a target: a status, or ``tcp`` or ``timeout``. May switch its health.

        A threshold of 0 switches that check off.
        """
        checks = self._checks.get(kind) or {}
        good, bad = checks.get("healthy") or {}, checks.get("unhealthy") or {}
        if isinstance(result, int) and result in (good.get("http_statuses") or ()):
            self._count(target, kind, "successes", good.get("successes", 0), healthy=True)
        elif isinstance(result, int):
            if result in (bad.get("http_statuses") or ()):
                limit = bad.get("http_failures", 0)
                self._count(target, kind, "http_failures", limit, healthy=False)
        else:
            name = "timeouts" if result == TIMEOUT else "tcp_failures"
            self._count(target, kind, name, bad.get(name, 0), healthy=False)

    def _count(self, target: Target, kind: str, name: str, limit: int, *, healthy: bool) -> None:
        if not limit:  # as in Kong, successes that do not count do not end a row of failures
            return
        opposite = ("http_failures", "tcp_failures", "timeouts") if healthy else ("successes",)
        for other in opposite:
            target.counts.pop(f"{kind}/{other}", None)
        key = f"{kind}/{name}"
        target.counts[key] = target.counts.get(key, 0) + 1
        if target.counts[key] >= limit and target.healthy is not healthy:
            target.healthy = healthy
            target.counts = {}

    async def probe(self, probe: Probe, *, sleep: Callable[[float], Awaitable[Any]]) -> None:
        """Probe the targets until cancelled: the healthy and the unhealthy at their intervals."""
        active = self._checks.get("active") or {}
        await asyncio.gather(
            self._probe_those(True, active, probe, sleep),
            self._probe_those(False, active, probe, sleep),
        )

    async def _probe_those(
        self,
        healthy: bool,
        active: Body,
        probe: Probe,
        sleep: Callable[[float], Awaitable[Any]],
    ) -> None:
        interval = _interval(active, healthy)
        if not interval:
            return
        kind, path = active.get("type", "http"), active.get("http_path", "/")
        while True:
            for target in [t for t in self.targets if t.healthy is healthy]:
                scheme = "https" if kind == "https" else "http"
                url = f"{scheme}://{target.address}{path}"
                self.report(target, await probe(kind, url, active.get("timeout", 1)), "active")
            await sleep(interval)


def _interval(active: Body, healthy: bool) -> float:
    """Seconds between two probes of the healthy targets, or of the others. 0: no probes."""
    return float((active.get("healthy" if healthy else "unhealthy") or {}).get("interval", 0))


def _with_port(address: str) -> str:
    return address if has_port(address) else f"{address}:8000"


def has_port(address: str) -> bool:
    """Whether an address ends with a port."""
    _, colon, port = address.rpartition(":")
    return bool(colon) and port.isdigit()


def _round_robin(able: Sequence[Target]) -> Target:
    """Smooth weighted round robin, as nginx has it."""
    for target in able:
        target.current += target.weight
    best = max(able, key=lambda target: target.current)
    best.current -= sum(target.weight for target in able)
    return best


def _score(hashed: str, target: Target) -> float:
    """Rendezvous hashing: the target with the highest score has the value."""
    digest = hashlib.sha256(f"{hashed}\0{target.address}".encode()).digest()
    fraction = (int.from_bytes(digest[:6], "big") + 1) / (2**48 + 2)
    return target.weight / -math.log(fraction)
