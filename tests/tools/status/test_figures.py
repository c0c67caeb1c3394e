"""The traffic of a region from the rows of its nodes."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

import pytest

from providers.konnect.analytics.metrics import MetricsRow
from sandbox.konnect.analytics import figures as stored
from tests.tools.status.world import World
from tools.status.figures import OTHER, figures_of, read_figures
from tools.status.model import LiveView


def row(node: str, **event: str | float | None) -> MetricsRow:
    named = {"data_plane_node": f"8824b7d5-9f2c-536d-a5fa-4e523535f585:{node}", **event}
    return MetricsRow(datetime(2026, 1, 1, tzinfo=UTC), named, {})


def test_nodes_are_summed_by_region_and_a_percentile_is_the_highest(world: World) -> None:
    world.create_all()
    view = world.view()
    first, second, _ = (node.id for node in view.nodes)
    figures = figures_of(
        [
            row(first, request_count=90, response_latency_p95=20.0),
            row(second, request_count=10, response_latency_p95=80.0),
            row("deleted", request_count=3, response_latency_p95=None),
        ],
        [
            row(first, status_code_grouped="2XX", request_count=81),
            row(first, status_code_grouped="4XX", request_count=7),
            row(first, status_code_grouped="5XX", request_count=2),
            row(second, status_code_grouped="3XX", request_count=5),
            row(second, status_code_grouped="5xx", request_count=5),
            row("deleted", status_code_grouped=None, request_count=3),
        ],
        [
            row(first, cache_status="Hit", request_count=30),
            row(first, cache_status="Miss", request_count=10),
            row(first, cache_status="Bypass", request_count=40),
            row(first, cache_status=None, request_count=50),
        ],
        view,
    )
    region = figures.of("aws-us-east-2")
    assert region is not None
    assert (region.requests, region.errors, region.error_rate) == (100, 14, 0.14)
    assert (region.p95, region.hit_rate) == (80.0, 0.75)
    assert [one.region for one in figures.regions] == ["aws-us-east-2", OTHER]


def test_a_region_without_requests_has_no_rates(world: World) -> None:
    world.create_all()
    (region,) = figures_of([], [], [], world.view()).regions
    assert (region.requests, region.error_rate, region.p95, region.hit_rate) == (
        0,
        None,
        None,
        None,
    )


def test_konnect_is_asked_for_requests_errors_latency_and_cache_hits(world: World) -> None:
    world.create_all()
    view = world.view()
    bucket = int(time.time()) // 10 * 10
    for status, cache, requests in (
        (200, "Hit", 6),
        (200, "Miss", 2),
        (404, None, 1),
        (503, None, 1),
    ):
        one = stored.Figures()
        for _ in range(requests):
            one.measure(response_latency=20.0)
        one.add(requests=requests, errors=requests * (status >= 400))
        labels = {
            "control_plane": world.plane,
            "data_plane_node": f"{world.plane}:{view.nodes[0].id}",
            "status_code": status,
            "cache_status": cache,
        }
        series = {stored.key_of(labels): one}
        stored.save(world.konnect.store, stored.TRAFFIC, {bucket: series})
    figures = asyncio.run(read_figures(world.connection, view))
    assert figures.why == ""
    (region,) = figures.regions
    assert (region.requests, region.errors, region.cached, region.hits) == (10, 2, 8, 6)
    assert region.p95 == pytest.approx(20, rel=0.05)


def test_analytics_that_refuses_is_a_reason_and_no_error(world: World) -> None:
    world.create_all()
    fault = {"method": "POST", "path": "/v2/metrics", "status": 403}
    world.konnect.admin("POST", "faults", fault)
    figures = asyncio.run(read_figures(world.connection, world.view()))
    assert "403" in figures.why
    assert figures.regions == ()


def test_without_control_planes_nothing_is_asked(world: World) -> None:
    empty = LiveView(project="p", stack="s", geo="us", at=world.now())
    assert asyncio.run(read_figures(world.connection, empty)).why == "there is no control plane yet"
