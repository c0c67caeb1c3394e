"""Telemetry of the data planes: the plugins of a control plane, the environment of each group.

All data-plane groups of a control plane have the same plugins. What differs by region must come
from the environment variables of a group, or from a control plane of the region's own. Plain data:
no resources.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import pulumi

from components.governance import PluginDeclaration
from components.regions import Cloud

OPENTELEMETRY: Final = "opentelemetry"
HTTP_LOG: Final = "http-log"
"""The plugins' names and their keys: they are in resource names, so they never change."""

SamplingStrategy = Literal["parent_drop_probability_fallback", "parent_probability_fallback"]
Instrumentation = Literal[
    "all",
    "balancer",
    "db_query",
    "dns_query",
    "http_client",
    "plugin_access",
    "plugin_header_filter",
    "plugin_rewrite",
    "request",
    "router",
]

_BATCH: Final = 200
"""Log entries in one request. Kong's default is 1: a request to the collector for each request."""


@dataclass(frozen=True)
class OtlpEndpoints:
    """Where a collector takes OTLP over HTTP. Each is a full URL or a vault reference."""

    traces: str | None = None
    """``http://collector.internal:4318/v1/traces``."""
    metrics: str | None = None
    """``http://collector.internal:4318/v1/metrics``."""
    logs: str | None = None
    """The gateway's own logs, not those of requests: ``http://collector.internal:4318/v1/logs``."""


@dataclass(frozen=True)
class OpenTelemetryArgs:
    """The plugin ``opentelemetry`` of all control planes."""

    endpoints: OtlpEndpoints
    regions: Mapping[str, OtlpEndpoints] = field(default_factory=dict)
    """Other endpoints by the key of a region, whose control plane has no other region."""
    headers: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Headers for the collector. A credential is a vault reference or a Pulumi secret."""
    sampling_rate: float | None = None
    """The share of requests that are traced, 0 to 1. None: Kong's default, 0.01."""
    sampling_strategy: SamplingStrategy = "parent_drop_probability_fallback"
    """What a caller's sampling decision counts for."""
    instrumentations: Sequence[Instrumentation] = ("all",)
    """What becomes a span, if there is an endpoint of traces. Kong's default is nothing."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """Further resource attributes, the same everywhere."""


@dataclass(frozen=True)
class HttpLogArgs:
    """The plugin ``http-log`` of all control planes: an entry for each request, as JSON."""

    endpoint: str
    """A URL or a vault reference."""
    regions: Mapping[str, str] = field(default_factory=dict)
    """Other endpoints by the key of a region, whose control plane has no other region."""
    headers: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Headers for the collector. A credential is a vault reference or a Pulumi secret."""


@dataclass(frozen=True)
class TelemetryArgs:
    """What all data planes send to collectors."""

    opentelemetry: OpenTelemetryArgs | None = None
    http_log: HttpLogArgs | None = None


@dataclass(frozen=True)
class Place:
    """A region as telemetry names it."""

    cloud: Cloud
    region: str

    @property
    def key(self) -> str:
        """Cloud and region: ``aws-us-east-2``."""
        return f"{self.cloud.value}-{self.region}"

    @property
    def attributes(self) -> dict[str, str]:
        """The attributes of the region, by OpenTelemetry's semantic conventions.

        Source: https://opentelemetry.io/docs/specs/semconv/resource/cloud/
        """
        return {"cloud.provider": self.cloud.value, "cloud.region": self.region}


def telemetry_plugins(
    telemetry: TelemetryArgs, control_plane: str, places: Sequence[Place]
) -> dict[str, PluginDeclaration]:
    """The plugins of a control plane, by key. ``places`` are its regions.

    ``control_plane`` is its name in Konnect. Raises ``ValueError`` if a region of it has endpoints
    of its own and it has other regions too.
    """
    found: dict[str, PluginDeclaration] = {}
    if telemetry.opentelemetry is not None:
        _require_own_plane(telemetry.opentelemetry.regions, control_plane, places)
        config = _opentelemetry(telemetry.opentelemetry, control_plane, places)
        found[OPENTELEMETRY] = PluginDeclaration(OPENTELEMETRY, config)
    if telemetry.http_log is not None:
        _require_own_plane(telemetry.http_log.regions, control_plane, places)
        config = _http_log(telemetry.http_log, control_plane, places)
        found[HTTP_LOG] = PluginDeclaration(HTTP_LOG, config)
    return found


def _require_own_plane(
    regions: Mapping[str, object], control_plane: str, places: Sequence[Place]
) -> None:
    if len(places) > 1 and (own := [one.key for one in places if one.key in regions]):
        raise ValueError(
            f"region {own[0]} has endpoints of its own, and control plane {control_plane} has "
            f"{len(places)} regions with the same plugins; {SHARED_PLANE_REMEDY}"
        )


SHARED_PLANE_REMEDY: Final = (
    "use one name that each region's private DNS resolves to a collector nearby, or write "
    "control_planes: per-region for a gateway that is new"
)


def common_attributes(places: Sequence[Place]) -> dict[str, str]:
    """The attributes that all regions of a control plane have in common: the cloud, the region."""
    first, *rest = [one.attributes for one in places]
    return {name: value for name, value in first.items() if all(one[name] == value for one in rest)}


def _opentelemetry(
    args: OpenTelemetryArgs, control_plane: str, places: Sequence[Place]
) -> dict[str, Any]:
    endpoints = args.regions.get(places[0].key, args.endpoints)
    attributes = {
        **common_attributes(places),
        "kong.control_plane": control_plane,
        **args.attributes,
    }
    config: dict[str, Any] = {"resource_attributes": attributes}
    if endpoints.traces is not None:
        config |= {
            "traces_endpoint": endpoints.traces,
            "sampling_strategy": args.sampling_strategy,
        }
        if args.sampling_rate is not None:
            config["sampling_rate"] = args.sampling_rate
    if endpoints.logs is not None:
        config["logs_endpoint"] = endpoints.logs
    if endpoints.metrics is not None:
        config["metrics"] = {
            "endpoint": endpoints.metrics,
            "enable_bandwidth_metrics": True,
            "enable_latency_metrics": True,
            "enable_request_metrics": True,
        }
    if args.headers:
        config["headers"] = dict(args.headers)
    return config


def _http_log(args: HttpLogArgs, control_plane: str, places: Sequence[Place]) -> dict[str, Any]:
    common = {name.replace(".", "_"): text for name, text in common_attributes(places).items()}
    added = {**common, "control_plane": control_plane}
    config: dict[str, Any] = {
        "http_endpoint": args.regions.get(places[0].key, args.endpoint),
        "ssl_verify": True,
        "queue": {"max_batch_size": _BATCH},
        "custom_fields_by_lua": {name: f"return {_lua(text)}" for name, text in added.items()},
    }
    if args.headers:
        config["headers"] = dict(args.headers)
    return config


def _lua(text: str) -> str:
    """A text as a literal of Lua: as in JSON, but without ``\\u``, which Lua does not have."""
    return json.dumps(text, ensure_ascii=False)


def group_environment(telemetry: TelemetryArgs | None, place: Place) -> list[dict[str, str]]:
    """The environment variables of a region's data planes; none without ``opentelemetry``.

    Konnect's documentation of dedicated gateways lists both variables as settable.
    """
    if telemetry is None or telemetry.opentelemetry is None:
        return []
    text = ",".join(f"{name}={value}" for name, value in place.attributes.items())
    variables = [{"name": "OTEL_RESOURCE_ATTRIBUTES", "value": text}]
    args = telemetry.opentelemetry
    if args.regions.get(place.key, args.endpoints).traces is not None:
        text = ",".join(args.instrumentations)
        variables.append({"name": "KONG_TRACING_INSTRUMENTATIONS", "value": text})
    return variables
