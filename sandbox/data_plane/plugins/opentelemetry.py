"""opentelemetry: sends a trace of each sampled request to a collector, in OTLP over HTTP.

There is a span ``kong`` for the request and a span ``kong.balancer`` for its upstream. Metrics and
the gateway's own logs are not played. As in Kong, there are no spans unless the node's environment
has ``KONG_TRACING_INSTRUMENTATIONS``.
Source: https://developer.konghq.com/plugins/opentelemetry/, and for ``OTEL_RESOURCE_ATTRIBUTES``
https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/. That the plugin's
own attributes win over those of the environment is not documented.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import unquote

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from sandbox.data_plane.exchange import Answer, Exchange, Node
from sandbox.data_plane.sending import queue_of
from sandbox.store import Body

NAME = "opentelemetry"
PRIORITY = 14
FIELDS = frozenset(
    {"connect_timeout", "headers", "queue", "read_timeout", "resource_attributes"}
    | {"sampling_rate", "sampling_strategy", "send_timeout", "traces_endpoint"}
)

_DEFAULT_RATE = "0.01"
"""``tracing_sampling_rate`` of kong.conf."""
_PARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_TRACE = "opentelemetry"
"""The key of the trace in the facts of a request."""


@dataclass(frozen=True)
class _Trace:
    """A request's trace."""

    trace_id: str
    span_id: str
    parent_id: str
    sampled: bool


async def access(x: Exchange, config: Body) -> Answer | None:
    """Decide whether the request is traced, and pass the trace on to the upstream."""
    if config.get("traces_endpoint") and _instrumentations(x.node):
        trace = _trace(x, config)
        x.facts[_TRACE] = trace
        flags = "01" if trace.sampled else "00"
        x.headers["traceparent"] = f"00-{trace.trace_id}-{trace.span_id}-{flags}"
    return None


async def log(x: Exchange, config: Body) -> None:
    """Put the spans of a sampled request into the queue of this plugin."""
    trace: _Trace | None = x.facts.get(_TRACE)
    if trace is None or not trace.sampled:
        return
    url = config["traces_endpoint"]
    queue = queue_of(x.node, (NAME, url), config["queue"], partial(_send, x.node, config))
    for span in _spans(x, trace):
        queue.put(span)


async def _send(node: Node, config: Body, batch: Sequence[Span]) -> None:
    """Send spans as one request to the collector."""
    message = ExportTraceServiceRequest()
    resource = message.resource_spans.add()
    resource.resource.attributes.extend(_attributes(_resource(node, config)))
    scope = resource.scope_spans.add()
    scope.scope.name = "kong-internal"
    scope.spans.extend(batch)
    headers = {"Content-Type": "application/x-protobuf", **(config.get("headers") or {})}
    await node.call("POST", config["traces_endpoint"], headers, message.SerializeToString())


def _environment(node: Node) -> dict[str, str]:
    return {one["name"]: one.get("value", "") for one in node.group.get("environment") or ()}


def _instrumentations(node: Node) -> frozenset[str]:
    """What becomes a span on a node; empty for nothing."""
    text = _environment(node).get("KONG_TRACING_INSTRUMENTATIONS", "off")
    return frozenset(one.strip() for one in text.split(",")) - {"off", ""}


def _resource(node: Node, config: Body) -> dict[str, str]:
    """The attributes of everything that a node sends."""
    text = _environment(node).get("OTEL_RESOURCE_ATTRIBUTES", "")
    pairs = (part.partition("=") for part in text.split(",") if "=" in part)
    environment = {name.strip(): unquote(value.strip()) for name, _, value in pairs}
    own = {"service.name": "kong", "service.instance.id": node.name}
    return {**own, **environment, **(config.get("resource_attributes") or {})}


def _trace(x: Exchange, config: Body) -> _Trace:
    found = _PARENT.fullmatch(x.headers.get("traceparent", ""))
    span_id = secrets.token_hex(8)
    trace_id, parent_id = (found[1], found[2]) if found else (secrets.token_hex(16), "")
    if found is not None:
        sampled = bool(int(found[3], 16) & 1)
        follows = config.get("sampling_strategy") == "parent_probability_fallback"
        if follows or not sampled:
            return _Trace(trace_id, span_id, parent_id, sampled)
    return _Trace(trace_id, span_id, parent_id, _is_sampled(trace_id, _rate(x.node, config)))


def _rate(node: Node, config: Body) -> float:
    rate = config.get("sampling_rate")
    if rate is None:
        rate = _environment(node).get("KONG_TRACING_SAMPLING_RATE", _DEFAULT_RATE)
    return float(rate)


def _is_sampled(trace_id: str, rate: float) -> bool:
    """Whether a trace is in the sampled share. Its id decides, so all nodes decide alike."""
    return int(trace_id[16:], 16) < rate * 2**64


def _spans(x: Exchange, trace: _Trace) -> Iterator[Span]:
    assert x.answer is not None
    began = round(x.facts["began"] * 1e9)
    ended = began + round(x.facts["latency_ms"] * 1e6)
    status = x.answer.status
    attributes: dict[str, str | int] = {
        "http.method": x.facts["client_method"],
        "http.url": x.client_path,
        "http.status_code": status,
        "http.client_ip": x.client_ip,
        "kong.request.id": x.headers.get("X-Kong-Request-Id", ""),
    }
    if x.route is not None:
        attributes["http.route"] = (x.route.get("paths") or ["/"])[0]
    failed = Status(code=Status.STATUS_CODE_ERROR) if status >= 500 else None
    yield Span(
        trace_id=bytes.fromhex(trace.trace_id),
        span_id=bytes.fromhex(trace.span_id),
        parent_span_id=bytes.fromhex(trace.parent_id),
        name="kong",
        kind=Span.SPAN_KIND_SERVER,
        start_time_unix_nano=began,
        end_time_unix_nano=ended,
        attributes=_attributes(attributes),
        status=failed,
    )
    if x.facts.get("proxied") and _instrumentations(x.node) & {"all", "balancer"}:
        yield Span(
            trace_id=bytes.fromhex(trace.trace_id),
            span_id=secrets.token_bytes(8),
            parent_span_id=bytes.fromhex(trace.span_id),
            name="kong.balancer",
            kind=Span.SPAN_KIND_CLIENT,
            start_time_unix_nano=ended - round(x.facts["upstream_ms"] * 1e6),
            end_time_unix_nano=ended,
        )


def _attributes(values: Mapping[str, str | int]) -> list[KeyValue]:
    return [
        KeyValue(
            key=name,
            value=AnyValue(int_value=value)
            if isinstance(value, int)
            else AnyValue(string_value=value),
        )
        for name, value in values.items()
    ]
