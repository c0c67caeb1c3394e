"""A known number of requests through the gateways, and what analytics says of them."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from components.observability import DASHBOARDS, dashboard_definition
from providers.konnect.analytics.metrics import (
    Filter,
    MetricsAnswer,
    MetricsQuery,
    query_metrics,
)
from providers.konnect.analytics.regions import region_of
from providers.konnect.client import Client, Connection
from sandbox.server import Sandbox
from tests.sandbox.data_plane.gateways import Plane
from tests.sandbox.http.conftest import Served
from tests.sandbox.konnect.client import Konnect

ADMIN = "/_sandbox"
TOKENS = {"prompt_tokens": 20, "completion_tokens": 40, "total_tokens": 60}


def upstream() -> ASGIApp:
    """A server with a slow answer, an error, and a model."""

    async def answer(request: Request) -> JSONResponse:
        await asyncio.sleep(0.03)
        return JSONResponse({"path": request.url.path})

    async def fail(request: Request) -> JSONResponse:
        return JSONResponse({}, 500)

    async def model(request: Request) -> JSONResponse:
        asked = await request.json()
        return JSONResponse({"model": f"{asked['model']}-2", "choices": [], "usage": TOKENS})

    return Starlette(
        routes=[
            Route("/broken", fail),
            Route("/v1/chat/completions", model, methods=["POST"]),
            Route("/{path:path}", answer),
        ]
    )


@dataclass(frozen=True)
class Sent:
    """A request with its response."""

    node: str
    path: str
    status: int
    cache: str | None
    from_upstream: bool
    latency: float
    """Milliseconds, as Kong says in its headers, each rounded."""


def sent(node: str, path: str, answer: httpx.Response) -> Sent:
    headers = answer.headers
    parts = ("X-Kong-Upstream-Latency", "X-Kong-Proxy-Latency", "X-Kong-Response-Latency")
    latency = sum(float(headers.get(name, 0)) for name in parts)
    return Sent(
        node,
        path,
        answer.status_code,
        headers.get("X-Cache-Status"),
        "X-Kong-Upstream-Latency" in headers,
        latency,
    )


@dataclass
class Traffic:
    """What was sent, and who can ask for it."""

    plane: Plane
    client: Client
    sent: list[Sent] = field(default_factory=list)
    nodes: dict[str, str] = field(default_factory=dict)
    """Host name -> region."""

    def ask(self, *metrics: str, **query: Any) -> MetricsAnswer:
        wanted = MetricsQuery(metrics or ("request_count",), **query)
        return asyncio.run(query_metrics(self.client, wanted))

    def counts(self, *dimensions: str) -> dict[tuple[Any, ...], Any]:
        """Requests by the names of dimensions."""
        found: dict[tuple[Any, ...], Any] = {}
        for row in self.ask(dimensions=dimensions, limit=1000).rows:
            found[tuple(row.names.get(name) for name in dimensions)] = row.event["request_count"]
        return found

    def sent_by(self, key: Callable[[Sent], tuple[Any, ...]]) -> Counter[tuple[Any, ...]]:
        return Counter(key(one) for one in self.sent)


def declare(plane: Plane, port: int) -> None:
    """An API with routes that are plain, broken, cached, limited and answered by a model."""
    on: dict[str, dict[str, Any]] = {}
    for name in ("plain", "broken", "cached", "limited", "model"):
        service = plane.write("services", name=name, host="127.0.0.1", port=port)
        on[name] = {"service": {"id": service["id"]}}
        plane.write("routes", name=name, paths=[f"/{name}"], strip_path=False, **on[name])
    content = {"strategy": "memory", "content_type": ["application/json"]}
    plane.write("plugins", name="proxy-cache-advanced", config=content, **on["cached"])
    limit = {"limit": [3], "window_size": [3600], "strategy": "local", "sync_rate": -1}
    plane.write("plugins", name="rate-limiting-advanced", config=limit, **on["limited"])
    url = f"http://127.0.0.1:{port}/v1/chat/completions"
    options = {"upstream_url": url, "input_cost": 1000, "output_cost": 2000}
    target = {
        "route_type": "llm/v1/chat",
        "model": {"provider": "openai", "name": "tiny", "options": options},
    }
    plane.write("plugins", name="ai-proxy-advanced", config={"targets": [target]}, **on["model"])


@pytest.fixture(scope="module")
def traffic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traffic]:
    folder: Path = tmp_path_factory.mktemp("sandbox")
    served = Served(upstream())
    with Sandbox(folder, speed=0) as sandbox, httpx.Client(timeout=30) as http:
        local = Konnect(sandbox.store)
        plane = Plane(local, "us-east-2", "eu-west-1")
        declare(plane, served.port)
        local.admin("PUT", "analytics", {"queries_per_minute": 1000})
        url, token = sandbox.endpoint["konnect_url"], sandbox.endpoint["token"]
        http.headers["Authorization"] = f"Bearer {token}"
        started = http.post(f"{url}{ADMIN}/data-plane").raise_for_status().json()
        traffic = Traffic(plane, Client(Connection(url, token)))
        traffic.nodes = {one["name"]: one["region"] for one in started["gateways"]}
        send(traffic, http, started["gateways"])
        yield traffic
        local.close()
    served.stop()


def send(traffic: Traffic, http: httpx.Client, gateways: list[dict[str, Any]]) -> None:
    """Send requests to all nodes at once, another number of them to each."""

    def one(node: str, url: str, path: str) -> Sent:
        if path == "/model":
            body = {"messages": [{"role": "user", "content": "hello"}]}
            return sent(node, path, http.post(f"{url}{path}", json=body))
        return sent(node, path, http.get(f"{url}{path}"))

    wanted = [
        (gateway["name"], gateway["url"], path)
        for number, gateway in enumerate(gateways, 1)
        for path, times in {
            "/plain": 4 * number,
            "/broken": number,
            "/cached": 3,
            "/limited": 5,
            "/model": 2,
            "/nowhere": 1,
        }.items()
        for _ in range(times)
    ]
    traffic.sent = [one(gateway["name"], gateway["url"], "/cached") for gateway in gateways]
    with ThreadPoolExecutor(8) as pool:
        traffic.sent += pool.map(lambda call: one(*call), wanted)
    assert {one.status for one in traffic.sent} == {200, 404, 429, 500}
    assert {one.cache for one in traffic.sent} == {None, "Miss", "Hit"}


def service_of(one: Sent) -> str | None:
    return None if one.path == "/nowhere" else one.path.strip("/")


def test_requests_are_counted_by_service_and_status(traffic: Traffic) -> None:
    expected = traffic.sent_by(lambda one: (service_of(one), str(one.status)))
    assert traffic.counts("gateway_service", "status_code") == expected


def test_requests_are_counted_by_node_and_cache_status(traffic: Traffic) -> None:
    expected = traffic.sent_by(lambda one: (one.node, one.cache))
    assert traffic.counts("data_plane_node", "cache_status") == expected


def test_requests_are_counted_by_control_plane_and_source(traffic: Traffic) -> None:
    name = traffic.plane.konnect.read(f"/v2/control-planes/{traffic.plane.id}")["name"]
    expected = traffic.sent_by(lambda one: (name, "upstream" if one.from_upstream else "kong"))
    assert traffic.counts("control_plane", "response_source") == expected


def test_requests_are_counted_by_region_of_their_node(traffic: Traffic) -> None:
    regions = {f"aws-{region}": region for region in traffic.nodes.values()}
    found: Counter[str | None] = Counter()
    for row in traffic.ask(dimensions=["data_plane_node"]).rows:
        count = row.event["request_count"]
        assert isinstance(count, int)
        found[region_of(row.names["data_plane_node"], regions)] += count
    assert found == Counter(f"aws-{traffic.nodes[one.node]}" for one in traffic.sent)


def test_rates_are_shares_of_the_requests(traffic: Traffic) -> None:
    (row,) = traffic.ask("error_rate", "cache_hit_rate").rows
    errors = sum(one.status >= 400 for one in traffic.sent)
    cached = [one for one in traffic.sent if one.cache is not None]
    hits = sum(one.cache == "Hit" for one in cached)
    assert row.event["error_rate"] == pytest.approx(errors / len(traffic.sent), abs=1e-5)
    assert row.event["cache_hit_rate"] == pytest.approx(hits / len(cached), abs=1e-5)


def test_latencies_are_those_of_the_responses_within_the_resolution(traffic: Traffic) -> None:
    (row,) = traffic.ask(
        "response_latency_average",
        "response_latency_p50",
        "response_latency_p95",
        filters=[Filter("response_source", "in", ["upstream"])],
    ).rows
    values = sorted(one.latency for one in traffic.sent if one.from_upstream)
    rounding = 1.0  # of two headers, half a millisecond each
    average = sum(values) / len(values)
    assert row.event["response_latency_average"] == pytest.approx(average, abs=rounding)
    for percent in (50, 95):
        value = values[math.ceil(len(values) * percent / 100) - 1]
        found = row.event[f"response_latency_p{percent}"]
        assert found == pytest.approx(value, abs=rounding + 0.05 * (value + rounding))


def test_prompts_are_counted_with_their_model_tokens_and_cost(traffic: Traffic) -> None:
    prompts = sum(one.path == "/model" for one in traffic.sent)
    (row,) = traffic.ask(
        "ai_request_count",
        "total_tokens",
        "cost",
        dimensions=["ai_request_model", "ai_response_model"],
        datasource="llm_usage",
    ).rows
    assert row.event == {
        "ai_request_model": "tiny",
        "ai_response_model": "tiny-2",
        "ai_request_count": prompts,
        "total_tokens": 60 * prompts,
        "cost": pytest.approx(prompts * (20 * 1000 + 40 * 2000) / 1e6),
    }


def test_buckets_of_time_add_up_to_all_requests(traffic: Traffic) -> None:
    answer = traffic.ask(
        dimensions=["time"], window=timedelta(minutes=15), granularity="tenSecondly"
    )
    assert answer.granularity == timedelta(seconds=10)
    counts = [row.event["request_count"] for row in answer.rows]
    assert sum(count for count in counts if isinstance(count, int)) == len(traffic.sent)


PASSES: dict[str, Callable[[Sent, list[Any]], bool]] = {
    "status_code": lambda one, values: one.status in values,
    "status_code_grouped": lambda one, values: f"{one.status // 100}XX" in values,
}
TILES = [
    pytest.param(tile, id=f"{kind}: {tile['definition']['chart']['chart_title']}")
    for kind in DASHBOARDS
    for tile in dashboard_definition(kind, [])["tiles"]
]


@pytest.mark.parametrize("tile", TILES)
def test_each_tile_of_a_dashboard_shows_the_traffic_of_its_control_planes(
    traffic: Traffic, tile: dict[str, Any]
) -> None:
    query = tile["definition"]["query"]
    own = {"field": "control_plane", "operator": "in", "value": [traffic.plane.id]}
    body = {**query, "filters": [*query.get("filters", ()), own]}
    answer = traffic.client.post("/v2/metrics", "asking for a tile", body, regional=True)

    passing = [
        one
        for one in traffic.sent
        if all(PASSES[test["field"]](one, test["value"]) for test in query.get("filters", ()))
    ]
    prompts = sum(one.path == "/model" for one in traffic.sent)
    totals = {
        "request_count": len(passing),
        "ai_request_count": prompts,
        **{name: count * prompts for name, count in TOKENS.items()},
        "cost": prompts * (20 * 1000 + 40 * 2000) / 1e6,
    }
    assert passing
    for metric in query["metrics"]:
        values = [row["event"][metric] for row in answer["data"]]
        assert any(values), metric
        if metric in totals:
            found = sum(value for value in values if value is not None)
            assert found == pytest.approx(totals[metric]), metric


def test_a_tile_shows_nothing_of_other_control_planes(traffic: Traffic) -> None:
    tile = dashboard_definition("traffic", [])["tiles"][0]
    other = {
        "field": "control_plane",
        "operator": "in",
        "value": ["00000000-0000-4000-8000-000000000000"],
    }
    body = {**tile["definition"]["query"], "filters": [other]}
    answer = traffic.client.post("/v2/metrics", "asking for a tile", body, regional=True)
    assert answer["data"] == []


def test_the_counts_stay_when_the_gateways_stop(traffic: Traffic) -> None:
    url = traffic.client.connection.server_url
    headers = {"Authorization": traffic.client.connection.authorization}
    httpx.delete(f"{url}{ADMIN}/data-plane", headers=headers, timeout=30).raise_for_status()
    assert traffic.counts() == {(): len(traffic.sent)}
