"""Writes the live state of an environment as one HTML page, with the topology.

It is one file without scripts, and its content security policy forbids it to load anything. With
``refresh`` the browser reads the file again after so many seconds; `--watch` writes it as often.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tools.report.drawing import LinkPart, Mark, Part, Picture, PlanePart, RegionPart, draw
from tools.report.page import templates
from tools.report.places import Place, in_order
from tools.report.topology import link_title
from tools.status.figures import RegionFigures
from tools.status.judge import KINDS, Health, age, nodes_of
from tools.status.model import (
    Live,
    LiveAttachment,
    LiveCache,
    LiveControlPlane,
    LiveDomain,
    LiveNetwork,
    LiveNode,
    LivePrivateDns,
)
from tools.status.screen import SIGNS, Shown, percent, update, verdict

_RAIL: Final = Mark("same")
_HOME_NAMES: Final = (
    "transit_gateway_id",
    "peer_vpc_id",
    "vnet_name",
    "vhub_name",
    "peer_vpc_name",
)
"""The fields of an attachment's configuration that name the customer's side."""


def write_page(shown: Shown, file: Path, *, refresh: int | None = None) -> None:
    """Write the page in one step, so that a browser never reads half of it.

    ``refresh`` is in seconds. None: the browser does not read it again.
    """
    page = (
        templates(Path(__file__).parent)
        .get_template("status.html.j2")
        .render(
            shown=shown,
            view=shown.view,
            verdict=verdict(shown.status),
            refresh=refresh,
            picture=picture(shown),
            signs={health.value: sign for health, sign in SIGNS.items()},
            groups=_groups(shown),
            percent=percent,
            update=update(shown.view) if shown.view.update_runs else "",
        )
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    fresh.write_text(page, encoding="utf-8")
    fresh.replace(file)


def _groups(shown: Shown) -> list[tuple[str, list[dict[str, str]]]]:
    """The rows of every object, by the word for its kind. Plugins are only counted elsewhere."""
    found: dict[str, list[dict[str, str]]] = {}
    for one in shown.view.objects():
        kind = KINDS[type(one).__name__]
        if kind != "plugin" or shown.health(one) is not Health.WELL:
            row = {
                "name": one.name,
                "health": shown.health(one).value,
                "state": one.state,
                "age": age(one.since, shown.view.at),
                "details": "; ".join(filter(None, (one.reason, _details(one, shown)))),
            }
            found.setdefault(kind, []).append(row)
    return list(found.items())


def _details(one: Live, shown: Shown) -> str:
    """Further facts about an object, in a few words."""
    if isinstance(one, LiveNode):
        sync = {True: "in sync", False: "out of sync", None: "sync not known"}[one.in_sync]
        ping = age(one.last_ping, shown.view.at)
        return f"{one.version}, {sync}, last ping {ping} ago"
    if isinstance(one, LiveDomain):
        return f"CNAME {one.cname or 'unknown'}, certificate {one.ssl or 'unknown'}"
    if isinstance(one, LiveAttachment | LivePrivateDns):
        return one.kind
    return one.tier if isinstance(one, LiveCache) else ""


def picture(shown: Shown) -> Picture | None:
    """Draw the control planes and regions. None if there are none yet."""
    view = shown.view
    if not view.control_planes and not view.networks:
        return None
    # While a network is replaced there are two in a region: draw the one that stays.
    stays_last = sorted(view.networks, key=lambda one: one.state != "terminating")
    networks = {Place(one.cloud, one.region): one for one in stays_last}
    return draw(
        [_plane(one, shown) for one in view.control_planes],
        {place: _region(networks[place], shown) for place in in_order(networks)},
        _RAIL,
    )


def _mark(health: Health) -> Mark:
    return Mark(health.value, SIGNS[health])


def _worst(objects: Sequence[Live], shown: Shown) -> Mark:
    """The mark of the worst health of some objects."""
    there = {shown.health(one) for one in objects}
    order = (Health.WRONG, Health.CHANGING)
    return _mark(next((health for health in order if health in there), Health.WELL))


def _plane(plane: LiveControlPlane, shown: Shown) -> PlanePart:
    view = shown.view
    caches = [one for one in view.caches if one.control_plane_id == plane.id]
    partials = [one for one in view.partials if one.control_plane_id == plane.id]
    groups = [one for one in view.groups if one.control_plane_id == plane.id]
    lines = [plane.name]
    lines.append(f"gateway {plane.version}, {plane.api_access}" if plane.version else "no gateways")
    lines += [f"managed cache {one.tier}, {one.state}" for one in caches]
    return PlanePart(
        Part("Control plane", lines, _worst([plane, *caches, *partials], shown)),
        frozenset(Place(one.cloud, one.region) for one in groups),
    )


def _region(network: LiveNetwork, shown: Shown) -> RegionPart:
    view = shown.view
    groups = [one for one in view.groups if one.network_id == network.id]
    nodes = [node for group in groups for node in nodes_of(group, view)]
    attachments = [one for one in view.attachments if one.network_id == network.id]
    dns = [one for one in view.private_dns if one.network_id == network.id]
    lines = [f"{network.cidr}, {network.state}"]
    lines += [f"gateways {one.state}" for one in groups]
    if nodes:
        line = f"{sum(one.online for one in nodes)} of {len(nodes)} nodes online"
        unsynced = sum(one.in_sync is False for one in nodes if one.online)
        lines.append(line + (f", {unsynced} out of sync" if unsynced else ""))
    lines += _traffic(shown.figures.of(network.key))
    home = Part("Your network", _home_lines(attachments), _worst(attachments, shown))
    return RegionPart(
        Part("Gateway network", lines, _worst([network, *groups, *nodes], shown)),
        [_link(one, shown) for one in attachments],
        home if attachments else None,
        [Part("Private DNS", [f"{one.name}, {one.state}" for one in dns], _worst(dns, shown))]
        if dns
        else [],
    )


def _home_lines(attachments: Sequence[LiveAttachment]) -> list[str]:
    """The names of what is attached on the customer's side, then the addresses behind it."""
    names = [
        str(one.config[key]) for one in attachments for key in _HOME_NAMES if one.config.get(key)
    ]
    blocks = [block for one in attachments for block in one.cidr_blocks]
    return [*dict.fromkeys(names), *([", ".join(blocks)] if blocks else [])]


def _traffic(figures: RegionFigures | None) -> list[str]:
    if figures is None or not figures.requests:
        return []
    return [f"{figures.requests:,} requests, {percent(figures.error_rate)} errors"]


def _link(attachment: LiveAttachment, shown: Shown) -> LinkPart:
    mark = _worst([attachment], shown)
    title = link_title(f"{attachment.kind}-attachment")
    return LinkPart(f"{mark.sign} {title} {attachment.state}", mark)
