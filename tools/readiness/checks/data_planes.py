"""Data planes: deployed, connected, in sync, without errors, enough of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from providers.base.http import Json
from tools.readiness.facts import Facts, state_of
from tools.readiness.konnect import Plane
from tools.readiness.verdict import Item, Seen, failed, judged, manual

SILENCE: Final = timedelta(seconds=90)
"""The longest time since the last ping of a node that counts as connected."""
COMPATIBLE: Final = "COMPATIBILITY_STATE_FULLY_COMPATIBLE"
AUTOPILOT_FACTOR: Final = 10
"""An autopilot group scales up to this many times its ``base_rps``, unless it has ``max_rps``."""
_SECTION: Final = "Data planes"
_ANCHOR: Final = "konnect-configuration"


def _named(plane: Plane, node: Json) -> str:
    return f"{plane.name}: node {node.get('hostname') or node.get('id')}"


def _group(plane: Plane, group: Json) -> str:
    return f"{plane.name}: group {group.get('provider')}-{group.get('region')}"


def _deployed(facts: Facts) -> Iterator[Seen]:
    for plane in facts.live.planes:
        for group in plane.groups:
            ready = group.get("state") == "ready"
            remedy = "wait until it is ready; if its reason does not go away, ask Kong's support"
            yield judged(ready, _group(plane, group), state_of(group), remedy)
        if plane.groups:
            yield judged(
                bool(plane.nodes),
                plane.name,
                f"has {len(plane.nodes)} registered nodes",
                "look at Data Plane Nodes in Konnect, and ask Kong's support",
            )


def _connected(facts: Facts) -> Iterator[Seen]:
    for plane in facts.live.planes:
        for node in plane.nodes:
            pinged = datetime.fromtimestamp(float(node.get("last_ping") or 0), UTC)
            silent = max(facts.live.now - pinged, timedelta())
            value = f"last ping {silent.total_seconds():.0f} s ago"
            remedy = (
                f"a node is connected if it pinged within {SILENCE.seconds} s: ask Kong's support"
            )
            yield judged(silent <= SILENCE, _named(plane, node), value, remedy)


def _in_sync(facts: Facts) -> Iterator[Seen]:
    for plane in facts.live.planes:
        for node in plane.nodes:
            runs = str(node.get("config_hash") or "none")
            in_sync = runs == plane.expected_hash
            value = f"runs configuration {runs[:8]}"
            if not in_sync:
                value += f", expected {plane.expected_hash[:8]}"
            remedy = (
                "wait a minute after the last change; if it stays so, look at the node's issues"
            )
            yield judged(in_sync, _named(plane, node), value, remedy)


def _without_errors(facts: Facts) -> Iterator[Seen]:
    for plane in facts.live.planes:
        for group in plane.groups:
            if group.get("state_metadata") and group.get("state") == "ready":
                remedy = "look at the group in Konnect"
                yield failed(_group(plane, group), state_of(group), remedy)
        for node in plane.nodes:
            status = node.get("compatibility_status") or {}
            issues = [str(one.get("code") or one) for one in status.get("issues") or ()]
            value = (
                f"{status.get('state') or 'no compatibility status'} {', '.join(issues)}".strip()
            )
            yield judged(
                status.get("state") == COMPATIBLE and not issues,
                _named(plane, node),
                value,
                "upgrade the data planes, or take out what their version does not have",
            )


def _enough(facts: Facts) -> Iterator[Seen]:
    zones = {
        network.body["id"]: len(network.body.get("availability_zones") or ())
        for network in facts.live.networks
    }
    for plane in facts.live.planes:
        if not plane.groups:
            continue
        wanted = sum(_least(group, zones) for group in plane.groups)
        yield judged(
            len(plane.nodes) >= wanted,
            plane.name,
            f"has {len(plane.nodes)} nodes; one per zone of its regions is {wanted}",
            "wait for autoscaling, or raise base_rps",
        )
    yield from _sized(facts)


def _least(group: Json, zones: dict[str, int]) -> int:
    """The fewest nodes of a group that keep it up when a zone fails."""
    autoscale = group.get("autoscale") or {}
    if autoscale.get("kind") == "static":
        return int(autoscale.get("requested_instances") or 1)
    return max(zones.get(str(group.get("cloud_gateway_network_id")), 1), 1)


def _sized(facts: Facts) -> Iterator[Seen]:
    """The expected load of the settings against what autopilot scales to."""
    cache: dict[str, Any] = facts.settings.get("cache") or {}
    expected = ((cache.get("expected") or {}) if isinstance(cache, dict) else {}).get("rps")
    if expected is None:
        return
    for plane in facts.live.planes:
        for group in plane.groups:
            autoscale = group.get("autoscale") or {}
            if autoscale.get("kind") != "autopilot":
                continue
            most = autoscale.get("max_rps") or AUTOPILOT_FACTOR * int(autoscale["base_rps"])
            value = f"scales to {most} requests per second; {expected} are expected"
            yield judged(int(most) >= int(expected), _group(plane, group), value, "raise base_rps")


def _logs(facts: Facts) -> Iterator[Seen]:
    for plane in facts.live.planes:
        if plane.groups:
            look = f"API Gateway > {plane.name} > Control Plane Logs: no deployment errors"
            yield manual(plane.name, "Konnect has no API for these logs", look)


ITEMS: Final = (
    Item(
        "data-planes-deployed",
        _SECTION,
        "Data planes are deployed and registered",
        "Every data-plane group is ready, and every control plane has nodes.",
        _deployed,
        _ANCHOR,
    ),
    Item(
        "data-planes-connected",
        _SECTION,
        "Data-plane nodes are connected",
        f"The last ping of each node is at most {SILENCE.seconds} seconds old.",
        _connected,
        _ANCHOR,
    ),
    Item(
        "data-planes-in-sync",
        _SECTION,
        "Data-plane nodes are in sync with their control plane",
        "The configuration hash of each node is the expected one.",
        _in_sync,
        _ANCHOR,
    ),
    Item(
        "data-planes-errors",
        _SECTION,
        "Data-plane nodes report no errors",
        "Each node is fully compatible with its configuration, and no group has a reason.",
        _without_errors,
        _ANCHOR,
    ),
    Item(
        "data-planes-enough",
        _SECTION,
        "There are enough data planes for redundancy and scale",
        "At least one node per zone, and base_rps for the expected load of the settings.",
        _enough,
        _ANCHOR,
    ),
    Item(
        "data-planes-logs",
        _SECTION,
        "The logs of data planes have no deployment errors",
        "By hand: Konnect shows the logs in its console only.",
        _logs,
        _ANCHOR,
    ),
)
