"""Dashboards of Konnect Analytics."""

from __future__ import annotations

from collections.abc import Callable

from providers.konnect.analytics import dashboard
from tests.providers.konnect.case import Case
from tests.providers.konnect.example import ENTITY, PLANE, Example, Props
from tests.providers.konnect.local_konnect import LocalKonnect


def definition(*titles: str) -> Props:
    """A dashboard with a tile for each title, as the provider's check leaves it."""
    tiles = [
        {
            "type": "chart",
            "layout": {"position": {"col": 0, "row": row}, "size": {"cols": 6, "rows": 1}},
            "definition": {
                "query": {
                    "datasource": "api_usage",
                    "metrics": ["request_count"],
                    "dimensions": ["time", "control_plane"],
                    "filters": [],
                },
                "chart": {"type": "timeseries_bar", "chart_title": title, "stacked": True},
            },
        }
        for row, title in enumerate(titles)
    ]
    preset = {"field": "control_plane", "operator": "in", "value": [PLANE]}
    return {"tiles": tiles, "preset_filters": [preset]}


DASHBOARD = Example(
    dashboard.DashboardProvider,
    dashboard.Dashboard,
    full={
        "name": "orders traffic",
        "definition": definition("Requests"),
        "labels": {"team": "orders"},
        "adopt_existing_id": ENTITY,
    },
    least={"name": "orders traffic", "definition": {"tiles": [], "preset_filters": []}},
    updates={
        "name": "orders requests",
        "definition": definition("Requests", "Requests again"),
        "labels": {"team": "platform"},
    },
)

EXAMPLES: tuple[Example, ...] = (DASHBOARD,)


def traffic(_: LocalKonnect) -> Case:
    """A dashboard of requests."""
    return Case(
        DASHBOARD.provider,
        "dashboards",
        inputs={"name": "orders traffic", "definition": definition("Requests")},
        change={"definition": definition("Requests", "Requests again")},
        fixed={},
    )


CASES: dict[str, Callable[[LocalKonnect], Case]] = {"Dashboard": traffic}
