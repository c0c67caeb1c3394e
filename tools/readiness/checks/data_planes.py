"""Data planes: deployed, connected, in sync, without errors, enough of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from providers.base.http import Json
from providers.konnect.analytics.regions import region_of
from tools.readiness.facts import Facts, state_of
from tools.readiness.konnect import Plane
from tools.readiness.verdict import Item, Seen, failed, judged, manual, passed

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
    remedy = f"a node is connected if it pinged within {SILENCE.seconds} s: ask Kong's support"
    for plane in facts.live.planes:
        for node in plane.nodes:
            value = f"last ping {_silent(facts, node).total_seconds():.0f} s ago"
            if not _online(facts, node) and _replaced(facts, plane, node):
                value += "; it is stopped, and its group has all the nodes that it needs"
                yield passed(_named(plane, node), value)
            else:
                yield judged(_online(facts, node), _named(plane, node), value, remedy)


def _silent(facts: Facts, node: Json) -> timedelta:
    """The time since the last ping of a node."""
    pinged = datetime.fromtimestamp(float(node.get("last_ping") or 0), UTC)
    return max(facts.live.now - pinged, timedelta())


def _online(facts: Facts, node: Json) -> bool:
    """Whether a node is connected: Konnect says so, or else its last ping is recent."""
    connected = (node.get("connection_state") or {}).get("is_connected")
    return _silent(facts, node) <= SILENCE if connected is None else bool(connected)


def _online_nodes(facts: Facts, plane: Plane) -> list[Json]:
    return [node for node in plane.nodes if _online(facts, node)]


def _replaced(facts: Facts, plane: Plane, node: Json) -> bool:
    """Whether a node that is offline has been replaced: its group has the nodes that it needs.

    Konnect lists stopped nodes for hours, for example after an upgrade.
    """
    groups = {f"{one.get('provider')}-{one.get('region')}": one for one in plane.groups}
    names = {key: str(one.get("region")) for key, one in groups.items()}
    key = region_of(str(node.get("hostname") or ""), names)
    if key is None:
        return False
    nodes = _online_nodes(facts, plane)
    online = [one for one in nodes if region_of(str(one.get("hostname") or ""), names) == key]
    return len(online) >= _least(groups[key], _zones(facts))


def _in_sync(facts: Facts) -> Iterator[Seen]:
    for plane in facts.live.planes:
        for node in _online_nodes(facts, plane):
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
        for node in _online_nodes(facts, plane):
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


def _zones(facts: Facts) -> dict[str, int]:
    """The number of zones of each gateway network, by id."""
    return {
        network.body["id"]: len(network.body.get("availability_zones") or ())
        for network in facts.live.networks
    }


def _enough(facts: Facts) -> Iterator[Seen]:
    zones = _zones(facts)
    for plane in facts.live.planes:
        if not plane.groups:
            continue
        online = len(_online_nodes(facts, plane))
        wanted = sum(_least(group, zones) for group in plane.groups)
        yield judged(
            online >= wanted,
            plane.name,
            f"has {online} connected nodes, and needs {wanted}",
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
        f"The last ping of each node is at most {SILENCE.seconds} seconds old. Nodes that are "
        "stopped and replaced do not count: Konnect lists them for hours.",
        _connected,
        _ANCHOR,
    ),
    Item(
        "data-planes-in-sync",
        _SECTION,
        "Data-plane nodes are in sync with their control plane",
        "The configuration hash of each connected node is the expected one.",
        _in_sync,
        _ANCHOR,
    ),
    Item(
        "data-planes-errors",
        _SECTION,
        "Data-plane nodes report no errors",
        "Each connected node is fully compatible, and no group has a reason.",
        _without_errors,
        _ANCHOR,
    ),
    Item(
        "data-planes-enough",
        _SECTION,
        "There are enough data planes for redundancy and scale",
        "At least one connected node per zone, or as many as a static group requests; base_rps for "
        "the expected load of the settings.",
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
