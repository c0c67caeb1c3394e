"""The JSON document of `make status JSON=1`. Its shape is described in docs/status.md.

Fields are only ever added within one ``SCHEMA``.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from tools.status.figures import WINDOW, Figures
from tools.status.judge import KINDS, Exit, health_of
from tools.status.model import Live, LiveGroup, LiveNetwork, LiveNode, LiveView
from tools.status.screen import Shown

SCHEMA: Final = 1
"""The version of the document's shape."""

_LEFT_OUT: Final = frozenset({"id", "name", "state", "reason", "since", "known", "config", "parts"})
"""Fields of an object that every object has, and those that may hold credentials."""


def document(shown: Shown) -> dict[str, Any]:
    """The live state as JSON values. It holds no configuration of plugins and partials."""
    view = shown.view
    health = health_of(shown.findings)
    return {
        **_head(shown.status),
        "at": view.at.isoformat(),
        "project": view.project,
        "stack": view.stack,
        "geo": view.geo,
        "findings": [asdict(one) for one in shown.findings],
        "unread": [asdict(one) for one in view.unread],
        "update_runs": view.update_runs,
        "pending": list(view.pending),
        "objects": [_object(one, view, health(one.id).value) for one in view.objects()],
        "traffic": _traffic(shown.figures),
    }


def failure(reason: str) -> dict[str, Any]:
    """The document when nothing could be read."""
    return {**_head(Exit.UNREAD), "error": reason}


def _head(status: Exit) -> dict[str, Any]:
    return {"schema": SCHEMA, "status": status.name.lower(), "exit_status": int(status)}


def _object(one: Live, view: LiveView, health: str) -> dict[str, Any]:
    details = {
        key: value.isoformat() if hasattr(value, "isoformat") else value
        for key, value in asdict(one).items()
        if key not in _LEFT_OUT
    }
    return {
        "kind": KINDS[type(one).__name__],
        "id": one.id,
        "name": one.name,
        "region": _region(one, view),
        "health": health,
        "state": one.state,
        "reason": one.reason,
        "since": one.since.isoformat() if one.since else None,
        "seconds": round((view.at - one.since).total_seconds()) if one.since else None,
        "known": one.known,
        "details": {key: value for key, value in details.items() if key != "region"},
    }


def _region(one: Live, view: LiveView) -> str | None:
    """The key of the region of an object, if it has one."""
    if isinstance(one, LiveNode):
        return one.region
    if isinstance(one, LiveNetwork | LiveGroup):
        return one.key
    network = view.network(getattr(one, "network_id", ""))
    return network.key if network else None


def _traffic(figures: Figures) -> dict[str, Any]:
    return {
        "window_seconds": round(WINDOW.total_seconds()),
        "why": figures.why or None,
        "regions": [
            {**asdict(one), "error_rate": one.error_rate, "hit_rate": one.hit_rate}
            for one in figures.regions
        ],
    }
