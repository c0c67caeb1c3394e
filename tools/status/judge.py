"""Judges the live state of an environment: what is wrong, and what still changes.

The rules, each for one kind of object, are listed in docs/status.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Final

from tools.status.model import (
    Live,
    LiveAttachment,
    LiveCache,
    LiveDomain,
    LiveGroup,
    LiveNode,
    LiveView,
)


class Health(StrEnum):
    """The health of an object."""

    WELL = "well"
    CHANGING = "changing"
    WRONG = "wrong"


class Exit(IntEnum):
    """The exit status of `python -m tools.status`, for monitoring."""

    WELL = 0
    WRONG = 1
    UNREAD = 2
    CHANGING = 3

    @property
    def health(self) -> Health:
        """The health of the whole environment. What could not be read counts as wrong."""
        if self is Exit.WELL:
            return Health.WELL
        return Health.CHANGING if self is Exit.CHANGING else Health.WRONG


KINDS: Final[Mapping[str, str]] = {
    "LiveControlPlane": "control plane",
    "LiveNetwork": "network",
    "LiveGroup": "data-plane group",
    "LiveNode": "node",
    "LiveAttachment": "attachment",
    "LivePrivateDns": "private DNS",
    "LiveDomain": "custom domain",
    "LiveCache": "managed cache",
    "LivePartial": "partial",
    "LivePlugin": "plugin",
    "GatewayControlPlane": "control plane",
    "CloudGatewayNetwork": "network",
    "CloudGatewayConfiguration": "configuration",
    "CloudGatewayTransitGateway": "attachment",
    "CloudGatewayPrivateDns": "private DNS",
    "CloudGatewayCustomDomain": "custom domain",
    "CloudGatewayAddon": "managed cache",
    "GatewayPartial": "partial",
    "GatewayPlugin": "plugin",
}
"""The word for each kind of object: of the live view, and of the stack's state."""

USUAL: Final[Mapping[str, str]] = {"network": "30 to 40 min", "managed cache": "about 15 min"}
"""How long Konnect takes to provision objects of a kind, by its documents."""

_YOUR_TURN: Final[Mapping[str, str]] = {
    "pending-acceptance": "Kong's side is there, and waits for your cloud to accept it",
    "pending-user-action": "Kong's side is there, and waits for a step in your cloud",
    "pending-association": "Kong's side is there, and waits for your cloud to authorise it",
}
"""What the states mean that wait for the customer's side."""
_DELETED: Final = (
    "is in the stack's state and not in Konnect: somebody deleted it; `make refresh` and `make up` "
    "create it again"
)
SYNC_LIMIT: Final = timedelta(seconds=60)
"""A node that is out of sync for longer after a change is wrong."""
_OUT_OF_SYNC: Final = (
    "is out of sync: it runs another configuration than its control plane has; it serves, without "
    "the last changes"
)


@dataclass(frozen=True)
class Finding:
    """Something wrong, or still changing: the object, and the reason in one line."""

    health: Health
    kind: str
    id: str
    name: str
    text: str


def judge(view: LiveView) -> list[Finding]:
    """Everything that is wrong, then everything that still changes."""
    found = [*_states(view), *_nodes(view), *_parts(view), *_partials(view), *_missing(view)]
    return sorted(found, key=lambda one: one.health is not Health.WRONG)


def exit_status(view: LiveView, findings: Sequence[Finding]) -> Exit:
    """The exit status: the first that applies of WRONG, UNREAD, CHANGING and WELL."""
    if any(one.health is Health.WRONG for one in findings):
        return Exit.WRONG
    if view.unread:
        return Exit.UNREAD
    return Exit.CHANGING if findings or view.update_runs else Exit.WELL


def health_of(findings: Sequence[Finding]) -> Callable[[str], Health]:
    """The health of an object by its id: the worst of its findings."""
    worst: dict[str, Health] = {}
    for one in findings:  # what is wrong is first
        worst.setdefault(one.id, one.health)
    return lambda id_: worst.get(id_, Health.WELL)


def age(since: datetime | None, now: datetime) -> str:
    """How long ago a time was, in its largest unit: ``12min``. Empty if it is not known."""
    if since is None:
        return ""
    seconds = max(0, round((now - since) / timedelta(seconds=1)))
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


def _finding(health: Health, one: Live, text: str) -> Finding:
    return Finding(health, KINDS[type(one).__name__], one.id, one.name, text)


def _states(view: LiveView) -> Iterator[Finding]:
    """Objects whose state is not `ready`, and objects that the stack does not know."""
    lifecycles = (
        *view.networks,
        *view.groups,
        *view.attachments,
        *view.private_dns,
        *view.domains,
        *view.caches,
    )
    for one in lifecycles:
        if one.state != "ready":
            health = Health.WRONG if one.failed else Health.CHANGING
            yield _finding(health, one, _state_text(one, view))
    for live in (*view.control_planes, *view.networks, *view.attachments, *view.private_dns):
        yield from _unknown(live, view)
    for live in (*view.domains, *view.caches, *view.partials, *view.plugins):
        yield from _unknown(live, view)


def _state_text(one: Live, view: LiveView) -> str:
    since = age(one.since, view.at)
    text = f"has been in state {one.state} for {since}" if since else f"is in state {one.state}"
    usual = USUAL.get(KINDS[type(one).__name__]) if _is_underway(one) else None
    if usual:
        text += f" (usually {usual})"
    reason = one.reason.removeprefix("ERROR: ").removeprefix("INVALID: ")
    why = reason or _YOUR_TURN.get(one.state, "")
    return f"{text}: {why}" if why else text


def _is_underway(one: Live) -> bool:
    return one.state in ("created", "initializing") and not one.failed


def _unknown(one: Live, view: LiveView) -> Iterator[Finding]:
    """An object of ours that the stack's state does not have."""
    if one.known or one.state == "terminating":
        return
    if view.pending:
        # The update that runs writes it into the state in a moment.
        yield _finding(Health.CHANGING, one, "not in the stack's state yet; an update runs")
        return
    text = (
        "is not in the stack's state: a killed update, or somebody else, made it; "
        "`make up` takes over what is its own, else delete it"
    )
    yield _finding(Health.WRONG, one, text)


def _nodes(view: LiveView) -> Iterator[Finding]:
    """Nodes that are offline and not replaced, out of sync, or incompatible; groups without nodes.

    A list that could not be read says nothing: neither of groups, nor of nodes.
    """
    unread = {one.what for one in view.unread}
    for node in view.nodes:
        if not node.online:
            if "configurations" not in unread and not replaced(node, view):
                pinged = age(node.last_ping, view.at)
                text = f"is offline; its last ping was {pinged} ago" if pinged else "is offline"
                yield _finding(Health.WRONG, node, text)
            continue
        if node.in_sync is False:
            yield _out_of_sync(node, view)
        if node.compatibility not in ("", "FULLY_COMPATIBLE"):
            word = node.compatibility.lower().replace("_", " ")
            why = f": {node.reason}" if node.reason else ""
            text = f"runs {node.version}, which is {word} with the control plane{why}"
            yield _finding(Health.WRONG, node, text)
    for group in view.groups:
        plane = view.control_plane(group.control_plane_id)
        if plane is not None and f"nodes of {plane.name}" in unread:
            continue
        online = sum(node.online for node in nodes_of(group, view))
        offline = any(not node.online for node in nodes_of(group, view))
        if group.state == "ready" and online < group.expected_nodes and not offline:
            text = f"has {online} nodes online, and should have {group.expected_nodes} or more"
            comes = online or view.update_runs
            yield _finding(Health.CHANGING if comes else Health.WRONG, group, text)


def _out_of_sync(node: LiveNode, view: LiveView) -> Finding:
    """A node gets a new configuration within seconds, which is not wrong."""
    plane = view.control_plane(node.control_plane_id)
    since = plane.expected_since if plane else None
    if view.update_runs or (since is not None and view.at - since < SYNC_LIMIT):
        return _finding(Health.CHANGING, node, "gets the last changes of its control plane")
    return _finding(Health.WRONG, node, _OUT_OF_SYNC)


def nodes_of(group: LiveGroup, view: LiveView) -> list[LiveNode]:
    """The nodes of a group, by their region."""
    return [
        node
        for node in view.nodes
        if node.control_plane_id == group.control_plane_id and node.region == group.key
    ]


def replaced(node: LiveNode, view: LiveView) -> bool:
    """Whether an offline node has been replaced: its group has all the nodes that it needs.

    Konnect lists stopped nodes for hours, for example after an upgrade.
    """
    group = next(
        (
            one
            for one in view.groups
            if (one.control_plane_id, one.key) == (node.control_plane_id, node.region)
        ),
        None,
    )
    if group is None:
        return node.region is not None  # its group has been deleted
    online = [one for one in nodes_of(group, view) if one.online]
    return len(online) >= group.expected_nodes


def _parts(view: LiveView) -> Iterator[Finding]:
    """Parts of objects with a state of their own: resources of attachments, regions of caches."""
    for attachment in view.attachments:
        yield from _resources(attachment)
    for cache in view.caches:
        yield from _cache_regions(cache)
    for domain in view.domains:
        yield from _online(domain, view)


def _resources(attachment: LiveAttachment) -> Iterator[Finding]:
    for name, state in attachment.parts.items():
        if state in ("missing", "error"):
            text = f"its resource {name} is {state}: it is not shared, or in none of the zones"
            yield _finding(Health.WRONG, attachment, text)
        elif state not in ("", "ready"):
            yield _finding(Health.CHANGING, attachment, f"its resource {name} is {state}")


def _cache_regions(cache: LiveCache) -> Iterator[Finding]:
    for one in cache.groups:
        why = f": {one.reason}" if one.reason else ""
        text = f"is {one.state} in {one.cloud}-{one.region}{why}"
        if one.state == "error":
            yield _finding(Health.WRONG, cache, text)
        elif one.state != "ready" and cache.state == "ready":
            yield _finding(Health.CHANGING, cache, text)


def _online(domain: LiveDomain, view: LiveView) -> Iterator[Finding]:
    """Faults in the records and the certificate of a domain whose state is `ready`."""
    if domain.state != "ready":
        return
    if domain.ssl == "unverified":
        text = (
            "has no valid certificate: it has expired, or was not issued; check that "
            f"_acme-challenge.{domain.name} leads to Kong, and that CAA records allow pki.goog"
        )
        yield _finding(Health.WRONG, domain, text)
    if domain.cname == "unverified" and not led_by_entry(domain, view):
        text = f"is unverified: the CNAME record {domain.name} does not lead to Kong's gateways"
        # The first update writes the record after it has created the domain.
        yield _finding(Health.WRONG if view.contract else Health.CHANGING, domain, text)


def led_by_entry(domain: LiveDomain, view: LiveView) -> bool:
    """Whether the environment's entry leads the name to regions: to their names, or to an edge.

    Then its record is not the one that Konnect verifies.
    """
    regions = view.contract.get("regions") or {}
    return any(domain.name in (region.get("names") or ()) for region in regions.values())


def _partials(view: LiveView) -> Iterator[Finding]:
    """Partials without their cache, and caches and plugins without their partial.

    Caches are listed before partials. While an update runs, it may create or delete a cache between
    the two lists, so nothing of this is wrong yet.
    """
    health = Health.CHANGING if view.update_runs else Health.WRONG
    caches = {one.control_plane_id: one for one in view.caches}
    unread = {one.what for one in view.unread}
    for partial in view.partials:
        if partial.managed and partial.control_plane_id not in caches and not unread:
            text = "leads nowhere: its control plane has no managed cache any more"
            yield _finding(health, partial, text)
    if any(what.startswith("partials") for what in unread):
        return
    ids = {one.id for one in view.partials}
    for cache in view.caches:
        if cache.state == "ready" and cache.partial_id and cache.partial_id not in ids:
            text = f"its partial {cache.partial_id} is not there, so plugins cannot use it"
            yield _finding(health, cache, text)
    for plugin in view.plugins:
        for id_ in set(plugin.partial_ids) - ids - view.other_partials:
            yield _finding(health, plugin, f"uses partial {id_}, which is not there")
    for key, plane in (view.contract.get("control_planes") or {}).items():
        id_ = plane.get("cache_partial_id")
        if id_ and id_ not in ids:
            text = f"is not there; the contract names it for plugins on control plane {key}"
            yield Finding(health, "partial", str(id_), str(id_), text)


def _missing(view: LiveView) -> Iterator[Finding]:
    """Objects that the stack's state has and Konnect does not."""
    for one in view.missing:
        health, text = Health.WRONG, _DELETED
        if view.pending:
            health, text = Health.CHANGING, "is not in Konnect; an update runs"
        yield Finding(health, KINDS[one.kind], one.id, one.name, text)
