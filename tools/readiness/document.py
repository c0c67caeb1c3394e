"""The report as JSON. The shape is stable: docs/readiness.md describes it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from tools.readiness.report import Report
from tools.readiness.verdict import Result, Seen, Verdict

VERSION: Final = "1.0"
"""A minor version adds keys. A major version deletes a key or changes its meaning."""


def document(report: Report) -> dict[str, Any]:
    """The report as plain data."""
    return {
        "version": VERSION,
        "stack": report.stack,
        "ready": report.ready,
        "read_at": _time(report.at),
        "cloud": {"read_at": _time(report.cloud_at), "live": report.cloud_live},
        "counts": {str(verdict): report.counts[verdict] for verdict in Verdict},
        "items": [_item(report, one) for one in report.results],
    }


def _item(report: Report, result: Result) -> dict[str, Any]:
    item = result.item
    return {
        "id": item.id,
        "section": item.section,
        "title": item.title,
        "how": item.how,
        "source": item.source,
        "verdict": str(result.verdict),
        "evidence": [_seen(report, one) for one in result.evidence],
    }


def _seen(report: Report, seen: Seen) -> dict[str, Any]:
    return {
        "verdict": str(seen.verdict),
        "object": seen.subject,
        "value": seen.value,
        "remedy": seen.remedy,
        "at": _time(seen.at or report.at),
    }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
