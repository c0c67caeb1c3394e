"""Writes an HTML page about a preview, for the reviewers of a pull request.

CI keeps the page as an artefact, and people open it from disk. So it is one file without scripts,
and its content security policy forbids it to load anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from stacks.costs import Estimate, estimate
from tools.report.changes import Interruption, groups, interruptions
from tools.report.names import CLIENTS, names, public_records
from tools.report.network import network
from tools.report.places import Place
from tools.report.preview import Action, Message, Preview, Resource
from tools.report.summary import counts, not_run, rows
from tools.report.topology import SIGNS, address_map, picture

CHANGES: Sequence[Action] = (
    Action.CREATE,
    Action.IMPORT,
    Action.UPDATE,
    Action.REPLACE,
    Action.DELETE,
)


def write_page(preview: Preview, file: Path, *, stack: str, title: str | None = None) -> None:
    """Write the page. ``title`` is its heading; the default is ``Preview of <stack>``."""
    environment = templates()
    environment.filters["usd"] = _usd
    page = environment.get_template("page.html.j2").render(
        title=title or f"Preview of {stack}", stack=stack, **_content(preview, stack)
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(page, encoding="utf-8")


def templates(*folders: Path) -> Environment:
    """The templates of pages in some folders, and those that all pages share."""
    return Environment(
        loader=FileSystemLoader([*folders, Path(__file__).parent]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )


def _content(preview: Preview, stack: str) -> dict[str, Any]:
    before, after = _estimates(preview)
    actions = Counter(one.action for one in preview.changes)
    found, stops = rows(preview), interruptions(preview)
    return {
        "preview": preview,
        "actions": [action for action in CHANGES if actions[action]],
        "action_counts": actions,
        "signs": SIGNS,
        "groups": groups(preview),
        "interruptions": _by_resource(stops),
        "interrupted": len({one.resource.urn for one in stops}),
        "picture": picture(preview),
        "network": network(preview, stack),
        "blocks": address_map(preview),
        "names": names(preview),
        "records": public_records(preview),
        "clients": list(CLIENTS),
        "rows": found,
        "holding": sorted(set(preview.rules) - {row.rule for row in found}),
        "descriptions": {one.rule: one.description for one in preview.findings if one.description},
        "counts": counts(preview),
        "not_run": not_run(preview),
        "before": before,
        "after": after,
        "notes": _notes(preview),
    }


def _by_resource(
    stops: Iterable[Interruption],
) -> list[tuple[Place, list[tuple[Resource, list[Interruption]]]]]:
    """Group interruptions by place, then by resource. They must be sorted by place."""
    found: dict[Place, dict[str, list[Interruption]]] = {}
    for one in stops:
        found.setdefault(one.place, {}).setdefault(one.resource.urn, []).append(one)
    return [
        (place, [(some[0].resource, some) for some in by_urn.values()])
        for place, by_urn in found.items()
    ]


def _estimates(preview: Preview) -> tuple[Estimate, Estimate]:
    """The estimated cost before and after the change."""
    were = [replace(one, after=one.before) for one in preview.resources if one.before is not None]
    return estimate(were), estimate(one for one in preview.resources if one.exists_after)


def _notes(preview: Preview) -> list[Message]:
    """The informational messages. The preview has no duplicates."""
    return [one for one in preview.messages if one.level == "info"]


def _usd(amount: Decimal) -> str:
    return f"{amount:,.2f}"
