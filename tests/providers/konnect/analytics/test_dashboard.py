"""What is particular to dashboards: names that are not unique, and defaults that Konnect has."""

from __future__ import annotations

import copy

import pytest

from providers.base.model import changes, check
from providers.konnect.analytics.dashboard import DashboardInputs
from tests.providers.konnect.groups import analytics
from tests.providers.konnect.harness import Engine
from tests.providers.konnect.local_konnect import LocalKonnect


@pytest.fixture
def dashboards(konnect: LocalKonnect) -> Engine:
    """A dashboard that is managed."""
    return Engine(konnect, analytics.traffic(konnect))


def test_a_create_continues_with_its_own_dashboard_beside_one_of_the_same_name(
    dashboards: Engine,
) -> None:
    id_, _ = dashboards.create()
    body = {"name": dashboards.case.inputs["name"], "definition": {"tiles": []}}
    theirs = dashboards.konnect.call("POST", "/v2/dashboards", body)
    again, _ = dashboards.create()
    assert again == id_ != theirs["id"]


def test_a_tile_that_somebody_narrowed_in_konnect_is_drift(dashboards: Engine) -> None:
    id_, outputs = dashboards.create()
    remote = dashboards.konnect.call("GET", f"/v2/dashboards/{id_}")
    narrowed = copy.deepcopy(remote["definition"])
    narrowed["tiles"][0]["definition"]["query"]["filters"] = [
        {"field": "status_code", "operator": "in", "value": [200]}
    ]
    body = {"name": remote["name"], "definition": narrowed, "labels": remote["labels"]}
    dashboards.konnect.call("PUT", f"/v2/dashboards/{id_}", body)
    seen = dashboards.provider.read(id_, outputs).inputs
    assert seen is not None
    wanted = check(DashboardInputs, dashboards.case.inputs).inputs
    assert changes(DashboardInputs, seen, wanted) == ["definition"]


def test_defaults_of_the_published_document_are_no_drift() -> None:
    written = {"name": "orders", "definition": analytics.definition("Requests")}
    query = written["definition"]["tiles"][0]["definition"]["query"]
    del query["metrics"], query["filters"]
    filled = copy.deepcopy(written)
    filled["definition"]["tiles"][0]["definition"]["query"] |= {
        "metrics": ["request_count"],
        "filters": [],
        "time_range": {"type": "relative", "time_range": "1h", "tz": "Etc/UTC"},
    }
    assert changes(DashboardInputs, filled, check(DashboardInputs, written).inputs) == []
