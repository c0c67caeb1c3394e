"""Draws the live state of an environment on a terminal.

Health is shown by a sign and a colour, so that it can be read without colours. Below ``WIDE``
columns the word `ready` is left out beside its sign. Below ``WITH_TRAFFIC`` columns the traffic has
a table of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from rich.console import Group, JustifyMethod, RenderableType
from rich.table import Table
from rich.text import Text

from tools.status.figures import OTHER, Figures, RegionFigures
from tools.status.judge import Exit, Finding, Health, age, health_of, led_by_entry, nodes_of
from tools.status.model import (
    Live,
    LiveAttachment,
    LiveControlPlane,
    LiveNetwork,
    LiveNode,
    LivePrivateDns,
    LiveView,
)

WIDE: Final = 120
"""Columns of a wide screen."""
WITH_TRAFFIC: Final = 150
"""Columns of a screen that has the traffic in the table of regions."""
MOST_FINDINGS: Final = 12
"""Findings that are listed of each health. `--json` has all."""

SIGNS: Final = {Health.WELL: "✔", Health.CHANGING: "…", Health.WRONG: "✖"}
STYLES: Final = {Health.WELL: "green", Health.CHANGING: "yellow", Health.WRONG: "bold red"}
_VERDICTS: Final = {
    Exit.WELL: "All is well",
    Exit.WRONG: "Something is wrong",
    Exit.UNREAD: "Not everything could be read",
    Exit.CHANGING: "Still changing",
}
_MOST_PENDING: Final = 3
_SOFT: Final = "dim"


@dataclass(frozen=True)
class Shown:
    """What a screen shows: the view, what was found in it, and the traffic."""

    view: LiveView
    findings: Sequence[Finding]
    figures: Figures
    status: Exit
    command: str = ""
    """The command that shows this."""
    wide: bool = True
    with_traffic: bool = True
    """Whether the table of regions has the traffic."""

    def health(self, one: Live) -> Health:
        """The health of an object."""
        return health_of(self.findings)(one.id)


def screen(shown: Shown, width: int) -> RenderableType:
    """The whole screen for a terminal of ``width`` columns."""
    shown = replace(shown, wide=width >= WIDE, with_traffic=width >= WITH_TRAFFIC)
    parts: list[RenderableType] = [_headline(shown), *_listed(shown)]
    if shown.view.control_planes or shown.view.networks:
        parts += [_planes(shown), _regions(shown)]
        if shown.view.domains:
            parts.append(_domains(shown))
        parts += _traffic(shown)
    else:
        parts.append(Text("\nNothing exists yet in Konnect.", style=_SOFT))
    return Group(*parts)


def verdict(status: Exit) -> str:
    """The exit status in words."""
    return _VERDICTS[status]


def _headline(shown: Shown) -> Text:
    view = shown.view
    line = Text()
    line.append(verdict(shown.status), style=f"bold {STYLES[shown.status.health]}")
    line.append(f"  {view.stack}", style="bold")
    at = f"{view.at:%Y-%m-%d %H:%M:%S}" if shown.wide else f"{view.at:%H:%M:%S}"
    return line.append(f" · {view.project} · Konnect {view.geo} · {at} UTC")


def _listed(shown: Shown) -> Iterator[RenderableType]:
    """Faults, lists that could not be read, and changes: one line each."""
    for health in (Health.WRONG, Health.CHANGING):
        found = [one for one in shown.findings if one.health is health]
        yield from (_line(one) for one in found[:MOST_FINDINGS])
        if len(found) > MOST_FINDINGS:
            yield Text(f"  and {len(found) - MOST_FINDINGS} more", style=STYLES[health])
        if health is Health.WRONG:
            for unread in shown.view.unread:
                yield Text(f"? {unread.what}: {unread.why}", style="red")
    if shown.view.update_runs:
        yield Text(f"{SIGNS[Health.CHANGING]} {update(shown.view)}", style=STYLES[Health.CHANGING])


def update(view: LiveView) -> str:
    """The update that runs, in words."""
    if not view.pending:
        return "the first update has not ended: the stack has exported no contract yet"
    more = len(view.pending) - _MOST_PENDING
    rest = f" and {more} more" if more > 0 else ""
    return f"an update runs, or was killed: {', '.join(view.pending[:_MOST_PENDING])}{rest}"


def _line(finding: Finding) -> Text:
    style = STYLES[finding.health]
    line = Text()
    line.append(f"{SIGNS[finding.health]} {finding.kind} {finding.name}", style=style)
    return line.append(f" {finding.text}")


def _table(title: str, *columns: str, right: Iterable[str] = ()) -> Table:
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
        padding=(0, 2, 0, 0),
        header_style=_SOFT,
    )
    numbers = set(right)
    for name in columns:
        justify: JustifyMethod = "right" if name in numbers else "left"
        table.add_column(name, justify=justify, overflow="fold", no_wrap=name == "REGION")
    return table


def _cell(one: Live, shown: Shown, what: str = "") -> Text:
    """A sign, what it is, its state and how long that has lasted."""
    health = shown.health(one)
    state = "" if one.state == "ready" and what and not shown.wide else one.state
    words = " ".join(filter(None, (what, state)))
    cell = Text()
    cell.append(f"{SIGNS[health]} ", style=STYLES[health])
    cell.append(words, style="" if health is Health.WELL else STYLES[health])
    since = age(one.since, shown.view.at)
    return cell.append(f" {since}", style=_SOFT) if since else cell


def _lines(cells: Sequence[Text]) -> Text:
    return Text("\n").join(cells) if cells else Text("none", style=_SOFT)


def _planes(shown: Shown) -> RenderableType:
    view = shown.view
    columns = ["NAME", "GATEWAY", "NODES", "CACHE"]
    table = _table("\nCONTROL PLANES", *columns, *(["PLUGINS"] if shown.wide else []))
    for plane in view.control_planes:
        nodes = [one for one in view.nodes if one.control_plane_id == plane.id]
        gateway = plane.version or "no configuration"
        cells = [
            _plane_cell(plane, shown),
            Text(f"{gateway} {plane.api_access}".strip() if shown.wide else gateway),
            _node_counts(nodes, shown, versions=False),
            _lines(_caches(plane, shown)),
        ]
        if shown.wide:
            cells.append(Text(str(sum(one.control_plane_id == plane.id for one in view.plugins))))
        table.add_row(*cells)
    return table


def _plane_cell(plane: LiveControlPlane, shown: Shown) -> Text:
    """A control plane by its name, or on a narrow screen by its key, such as ``main``."""
    if shown.wide:
        return _cell(plane, shown, plane.name)
    shortest = min((one.name for one in shown.view.control_planes), key=len)
    key = "main" if plane.name == shortest else plane.name.removeprefix(f"{shortest}-")
    return _cell(replace(plane, since=None), shown, key)


def _caches(plane: LiveControlPlane, shown: Shown) -> list[Text]:
    """The managed cache of a control plane, and the partials by which plugins use a Redis."""
    view = shown.view
    cells = [_cell(one, shown, one.tier) for one in view.caches if one.control_plane_id == plane.id]
    for partial in view.partials:
        if partial.control_plane_id == plane.id:
            own = partial.name.removeprefix(f"{plane.name}-")
            cells.append(
                _cell(partial, shown, "managed partial" if partial.managed else f"partial {own}")
            )
    return cells


def _node_counts(nodes: Sequence[LiveNode], shown: Shown, *, versions: bool) -> Text:
    """How many of some nodes are online, and whether they are in sync."""
    if not nodes:
        return Text("none", style=_SOFT)
    wrong = any(shown.health(one) is Health.WRONG for one in nodes)
    worst = Health.WRONG if wrong else Health.WELL
    online = [one for one in nodes if one.online]
    words = f"{SIGNS[worst]} {len(online)}/{len(nodes)}"
    unsynced = sum(one.in_sync is False for one in online)
    if shown.wide:
        words += " online"
    if unsynced:
        words += f", {unsynced} out of sync"
    elif shown.wide:
        words += ", in sync"
    cell = Text()
    cell.append(words, style=STYLES[worst])
    if versions:
        cell.append(f" {'/'.join(sorted({one.version for one in nodes}))}", style=_SOFT)
    return cell


def _regions(shown: Shown) -> RenderableType:
    """A row for each region, with all that is of it."""
    columns = ["REGION", "NETWORK", "GROUP", "NODES", "ATTACHMENTS"]
    if shown.view.private_dns:
        columns.append("DNS")
    numbers = ["REQUESTS", "ERRORS", "P95", "CACHE HITS"]
    traffic = shown.with_traffic and not shown.figures.why
    table = _table("\nREGIONS", *columns, *(numbers if traffic else ()), right=numbers)
    view = shown.view
    for network in view.networks:
        groups = [one for one in view.groups if one.network_id == network.id]
        cells = [
            Text(network.key),
            _cell(network, shown),
            _lines([_cell(one, shown) for one in groups]),
            _lines([_node_counts(nodes_of(one, view), shown, versions=True) for one in groups]),
            _of_network(network, view.attachments, shown),
        ]
        if view.private_dns:
            cells.append(_of_network(network, view.private_dns, shown))
        if traffic:
            cells += map(Text, _numbers(shown.figures.of(network.key)))
        table.add_row(*cells)
    return table


def _of_network(
    network: LiveNetwork, attached: Sequence[LiveAttachment | LivePrivateDns], shown: Shown
) -> Text:
    """A line for each attachment of a network."""
    return _lines(
        [_cell(one, shown, _kind(one.kind)) for one in attached if one.network_id == network.id]
    )


def _kind(kind: str) -> str:
    """A kind of attachment without its cloud, which is in the row: ``vpc-peering``."""
    return kind.partition("-")[2]


def _domains(shown: Shown) -> RenderableType:
    table = _table("\nCUSTOM DOMAINS", "NAME", "STATE", "CNAME", "CERTIFICATE", "CONTROL PLANE")
    for domain in shown.view.domains:
        plane = shown.view.control_plane(domain.control_plane_id)
        table.add_row(
            domain.name,
            _cell(domain, shown),
            Text("by the entry") if led_by_entry(domain, shown.view) else _verified(domain.cname),
            _verified(domain.ssl),
            plane.name if plane else domain.control_plane_id,
        )
    return table


def _verified(word: str) -> Text:
    return Text(word or "unknown", style="green" if word == "verified" else "red")


def _traffic(shown: Shown) -> list[RenderableType]:
    """The traffic, if the table of regions does not have it, or why there is none."""
    figures = shown.figures
    if figures.why:
        return [Text(f"\nTRAFFIC OF THE LAST HOUR  no figures: {figures.why}", style=_SOFT)]
    rest = figures.of(OTHER)
    if shown.with_traffic:
        note = Text("Requests, errors, p95 and cache hits are of the last hour.", style=_SOFT)
        if rest:
            note.append(f" {OTHER}: {rest.requests:,} requests.")
        return [note]
    if not figures.regions:
        return []
    columns = ("REGION", "REQUESTS", "ERRORS", "P95", "CACHE HITS")
    table = _table("\nTRAFFIC OF THE LAST HOUR", *columns, right=columns[1:])
    for one in figures.regions:
        table.add_row(one.region, *_numbers(one))
    return [table]


def _numbers(figures: RegionFigures | None) -> tuple[str, str, str, str]:
    if figures is None:
        return ("", "", "", "")
    return (
        f"{figures.requests:,}",
        percent(figures.error_rate),
        "-" if figures.p95 is None else f"{figures.p95:.0f} ms",
        percent(figures.hit_rate),
    )


def percent(share: float | None) -> str:
    """A share from 0 to 1 in percent: ``0.4 %``. A dash for None."""
    return "-" if share is None else f"{share * 100:.1f} %"
