"""Telemetry of real requests: spans and log entries at a collector, with the region they are of."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from components.observability import (
    HttpLogArgs,
    OpenTelemetryArgs,
    OtlpEndpoints,
    Place,
    TelemetryArgs,
    group_environment,
    telemetry_plugins,
)
from components.regions import Cloud
from tests.sandbox.data_plane.gateways import Gateways, Plane, until
from tests.sandbox.konnect.client import Konnect

PLACES = (Place(Cloud.AWS, "us-east-2"), Place(Cloud.AWS, "eu-west-1"))
SAMPLED = {"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}
NOT_SAMPLED = {"traceparent": f"00-{'a' * 32}-{'b' * 16}-00"}


@dataclass
class Collector:
    """A server that keeps what it gets: (path, headers, body)."""

    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    port: int = 0

    @property
    def app(self) -> ASGIApp:
        async def take(request: Request) -> Response:
            body = await request.body()
            self.got.append((request.url.path, dict(request.headers), body))
            return Response()

        return Starlette(routes=[Route("/{path:path}", take, methods=["POST"])])

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    @property
    def resources(self) -> list[tuple[dict[str, str], list[Span]]]:
        """The spans with the attributes of their resource."""
        found = []
        for path, _, body in list(self.got):
            if path == "/v1/traces":
                for one in ExportTraceServiceRequest.FromString(body).resource_spans:
                    attributes = {a.key: a.value.string_value for a in one.resource.attributes}
                    found.append((attributes, [s for part in one.scope_spans for s in part.spans]))
        return found

    @property
    def entries(self) -> list[dict[str, Any]]:
        """The log entries."""
        bodies = [json.loads(body) for path, _, body in list(self.got) if path == "/logs"]
        return [entry for body in bodies for entry in body]


@pytest.fixture
def collector(serve: Callable[[ASGIApp], int]) -> Collector:
    found = Collector()
    found.port = serve(found.app)
    return found


def telemetry(collector: Collector, **otel: Any) -> TelemetryArgs:
    """Telemetry as an environment declares it, with every request sampled."""
    endpoints = OtlpEndpoints(traces=collector.url("/v1/traces"))
    given = {"sampling_rate": 1, "headers": {"X-Token": "{vault://env/otel-token}"}, **otel}
    return TelemetryArgs(OpenTelemetryArgs(endpoints, **given), HttpLogArgs(collector.url("/logs")))


def gateway(konnect: Konnect, args: TelemetryArgs, **more: str) -> Plane:
    """A control plane with two regions, the environment of each, an API, and the plugins."""
    plane = Plane(konnect)
    groups = []
    for place in PLACES:
        network = konnect.network(name=f"net-{place.region}", region=place.region)
        variables = [*group_environment(args, place), *_variables(**more)]
        groups.append(konnect.group(network) | {"region": place.region, "environment": variables})
    konnect.configuration(plane.id, *groups)
    konnect.wait(60)
    plane.api()
    for declared in telemetry_plugins(args, "gateway-test", PLACES).values():
        queue = {**declared.config.get("queue", {}), "max_coalescing_delay": 0.01}
        config = {**declared.config, "queue": queue}
        plane.write("plugins", name=declared.plugin, config=config)
    return plane


def _variables(**named: str) -> Iterator[dict[str, str]]:
    for name, value in named.items():
        yield {"name": name, "value": value}


def test_spans_and_logs_of_requests_arrive_with_the_region_of_their_data_plane(
    konnect: Konnect, gateways: Gateways, collector: Collector
) -> None:
    gateway(konnect, telemetry(collector), OTEL_TOKEN="secret-0123")
    gateways.start()

    for place in PLACES:
        node = gateways.names(place.region)[0]
        answer = gateways.get("/orders/7", node)
        assert answer.status_code == 200
        assert "X-Sandbox-Unsupported-Plugins" not in answer.headers

    until(lambda: len(collector.resources) == 2 and len(collector.entries) == 2)
    found = {
        attributes["cloud.region"]: (attributes, spans) for attributes, spans in collector.resources
    }
    assert set(found) == {"us-east-2", "eu-west-1"}
    for attributes, spans in found.values():
        assert attributes["cloud.provider"] == "aws"
        assert attributes["kong.control_plane"] == "gateway-test"
        assert attributes["service.name"] == "kong"
        assert [span.name for span in spans] == ["kong", "kong.balancer"]
        assert spans[1].parent_span_id == spans[0].span_id
        assert {a.key: a.value.int_value for a in spans[0].attributes}["http.status_code"] == 200
    tokens = {headers.get("x-token") for path, headers, _ in collector.got if path == "/v1/traces"}
    assert tokens == {"secret-0123"}
    assert [entry["control_plane"] for entry in collector.entries] == ["gateway-test"] * 2
    assert {entry["response"]["status"] for entry in collector.entries} == {200}
    assert {entry["route"]["name"] for entry in collector.entries} == {"orders"}
    assert {entry["cloud_provider"] for entry in collector.entries} == {"aws"}


def test_the_upstream_gets_the_trace_and_a_client_decides_on_it(
    konnect: Konnect, gateways: Gateways, collector: Collector
) -> None:
    gateway(konnect, telemetry(collector))
    gateways.start()

    sent = gateways.get("/orders", headers=SAMPLED).json()["headers"]["traceparent"]
    assert sent.startswith(f"00-{'a' * 32}-")
    assert "b" * 16 not in sent
    assert gateways.get("/orders", headers=NOT_SAMPLED).status_code == 200

    until(lambda: len(collector.entries) == 2 and collector.resources)
    spans = [span for _, several in collector.resources for span in several]
    assert {span.trace_id.hex() for span in spans} == {"a" * 32}
    assert [span.parent_span_id.hex() for span in spans if span.name == "kong"] == ["b" * 16]


def test_a_rate_of_zero_traces_only_what_a_client_asks_for(
    konnect: Konnect, gateways: Gateways, collector: Collector
) -> None:
    follow = {"sampling_rate": 0, "sampling_strategy": "parent_probability_fallback"}
    gateway(konnect, telemetry(collector, **follow))
    gateways.start()

    gateways.get("/orders")
    gateways.get("/orders", headers=SAMPLED)
    until(lambda: len(collector.entries) == 2 and collector.resources)
    (one,) = [s for _, spans in collector.resources for s in spans if s.name == "kong"]
    assert one.trace_id.hex() == "a" * 32


def test_a_request_that_no_route_matches_and_one_that_fails_are_logged_too(
    konnect: Konnect, gateways: Gateways, collector: Collector
) -> None:
    plane = gateway(konnect, telemetry(collector))
    plane.api("127.0.0.1", 9, name="broken", paths=["/broken"])
    gateways.start()

    assert gateways.get("/nowhere").status_code == 404
    assert gateways.get("/broken").status_code == 502
    until(lambda: len(collector.entries) == 2)
    assert {entry["response"]["status"] for entry in collector.entries} == {404, 502}
    until(lambda: Status.STATUS_CODE_ERROR in _codes(collector))


def _codes(collector: Collector) -> list[int]:
    """The status of each request that was traced."""
    return [s.status.code for _, spans in collector.resources for s in spans if s.name == "kong"]


def test_a_collector_that_is_away_costs_no_request(
    konnect: Konnect, gateways: Gateways, collector: Collector
) -> None:
    collector.port = 9
    gateway(konnect, telemetry(collector))
    gateways.start()
    assert [gateways.get("/orders").status_code for _ in range(5)] == [200] * 5


def test_what_waits_is_sent_when_a_gateway_stops(
    konnect: Konnect, gateways: Gateways, collector: Collector
) -> None:
    plane = gateway(konnect, TelemetryArgs(http_log=None))
    queue = {"max_batch_size": 200, "max_coalescing_delay": 600}
    config = {"http_endpoint": collector.url("/logs"), "queue": queue}
    plane.write("plugins", name="http-log", config=config)
    gateways.start()
    gateways.get("/orders")
    assert collector.entries == []
    gateways.plane.stop()
    assert [entry["response"]["status"] for entry in collector.entries] == [200]
