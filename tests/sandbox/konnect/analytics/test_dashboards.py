"""Dashboards: what the document accepts, refuses and lists, and who may do it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.konnect.client import Json, Konnect
from tests.sandbox.konnect.test_access import NOBODY, issued, role

PATH = "/v2/dashboards"
PLANE = "d5ac5d88-efed-4e10-9dfe-0b0a6646c219"

TILE: Json = {
    "layout": {"position": {"col": 0, "row": 0}, "size": {"cols": 3, "rows": 1}},
    "type": "chart",
    "definition": {
        "query": {
            "datasource": "api_usage",
            "metrics": ["request_count"],
            "dimensions": ["time", "gateway_service"],
            "filters": [{"field": "control_plane", "operator": "in", "value": [PLANE]}],
            "granularity": "hourly",
            "time_range": {"type": "relative", "time_range": "24h"},
        },
        "chart": {"type": "timeseries_line", "chart_title": "Requests", "stacked": True},
    },
}


def tile(**query: Any) -> Json:
    definition = TILE["definition"]
    return {**TILE, "definition": {**definition, "query": {**definition["query"], **query}}}


def body(*tiles: Json, **fields: Any) -> Json:
    return {"name": "traffic", "definition": {"tiles": list(tiles)}, **fields}


def test_a_dashboard_is_created_read_updated_and_deleted(konnect: Konnect) -> None:
    made = konnect.post(PATH, body(TILE, labels={"env": "prod"}))
    assert made.status == 201
    assert made.body["definition"] == {"tiles": [TILE]}
    path = f"{PATH}/{made.body['id']}"
    assert konnect.read(path) == made.body
    konnect.wait(1)
    put = konnect.put(path, {**body(), "name": "all traffic"}).body
    assert (put["name"], put["definition"], put["labels"]) == ("all traffic", {"tiles": []}, {})
    assert put["updated_at"] > put["created_at"] == made.body["created_at"]
    assert konnect.delete(path).status == 204
    assert konnect.get(path).status == 404


def test_two_dashboards_may_have_one_name(konnect: Konnect) -> None:
    assert [konnect.post(PATH, body()).status for _ in range(2)] == [201, 201]


REFUSED: dict[str, tuple[Json, str]] = {
    "no tiles": ({"name": "a", "definition": {}}, "definition.tiles"),
    "no name": ({"definition": {"tiles": []}}, "name"),
    "a metric of analytics that dashboards do not have": (
        body(tile(metrics=["error_rate"])),
        "definition.tiles.0.definition.query.metrics.0",
    ),
    "a dimension of another datasource": (
        body(tile(dimensions=["ai_plugin"])),
        "definition.tiles.0.definition.query.dimensions.0",
    ),
    "three dimensions": (
        body(tile(dimensions=["time", "route", "consumer"])),
        "definition.tiles.0.definition.query.dimensions",
    ),
    "a datasource without dashboards": (
        body(tile(datasource="managed_cache_usage")),
        "definition.tiles.0.definition.query.datasource",
    ),
    "a filter on a service without its control plane": (
        body(tile(filters=[{"field": "gateway_service", "operator": "in", "value": [PLANE]}])),
        "definition.tiles.0.definition.query.filters.0",
    ),
    "a column beyond the sixth": (
        body({**TILE, "layout": {**TILE["layout"], "position": {"col": 6, "row": 0}}}),
        "definition.tiles.0.layout.position.col",
    ),
    "a property that charts do not have": (
        body({**TILE, "definition": {**TILE["definition"], "chart": {"type": "donut", "x": 1}}}),
        "definition.tiles.0.definition.chart.x",
    ),
    "too many tiles": (body(*[TILE] * 103), "definition.tiles"),
    "a reserved label": (body(labels={"kong-env": "prod"}), "labels.kong-env"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_the_document_does_not_allow_is_a_400_that_names_it(
    konnect: Konnect, case: str
) -> None:
    given, field = REFUSED[case]
    answer = konnect.post(PATH, given)
    assert answer.status == 400
    assert list(answer.invalid) == [field]


def test_dashboards_are_filtered_and_sorted(konnect: Konnect) -> None:
    for name in ("b", "a", "c"):
        konnect.post(PATH, body(name=name, labels={"env": name}))
        konnect.wait(1)
    second = konnect.read(PATH)["data"][1]

    def names(**query: str) -> list[str]:
        return [item["name"] for item in konnect.get(PATH, **query).body["data"]]

    assert names() == ["b", "a", "c"]
    assert names(sort="name") == ["a", "b", "c"]
    assert names(sort="created_at desc") == ["c", "a", "b"]
    assert names(**{"filter[name]": "a"}) == ["a"]
    assert names(**{"filter[id][neq]": second["id"]}) == ["b", "c"]
    assert names(**{"filter[labels.env][ocontains]": "a,c"}) == ["a", "c"]
    assert names(**{"filter[created_at][gte]": second["created_at"]}) == ["a", "c"]
    assert names(**{"page[size]": "2", "page[number]": "2"}) == ["c"]
    assert konnect.get(PATH, **{"filter[created_at][lt]": "monday"}).status == 400
    assert konnect.get(PATH, sort="id").status == 400


def test_a_dashboard_is_of_one_geo(konnect: Konnect) -> None:
    eu = {"headers": {"host": "eu.api.konghq.com"}}
    made = konnect.call("POST", PATH, body(), **eu).body
    assert konnect.call("GET", f"{PATH}/{made['id']}", **eu).status == 200
    us = konnect.call("GET", f"{PATH}/{made['id']}", headers={"host": "us.api.konghq.com"})
    assert us.status == 404


def test_roles_decide_who_may_write_a_dashboard(
    konnect: Konnect, holding: Callable[[str], Konnect]
) -> None:
    def with_role(name: str) -> Konnect:
        return holding(issued(konnect, role("Dashboards", name))["token"])

    made = konnect.post(PATH, body()).body
    path = f"{PATH}/{made['id']}"
    viewer, editor, creator = map(with_role, ("Viewer", "Editor", "Creator"))
    assert viewer.get(path).status == 200
    assert viewer.put(path, body()).status == 403
    assert editor.put(path, body()).status == 200
    assert editor.delete(path).status == 403
    assert creator.get(path).status == 403
    own = creator.post(PATH, body()).body
    assert [item["id"] for item in creator.read(PATH)["data"]] == [own["id"]]
    assert creator.delete(f"{PATH}/{own['id']}").status == 204
    assert holding(issued(konnect)["token"]).get(PATH).status == 403
    assert viewer.get(f"{PATH}/{NOBODY}").status == 404
