"""Observability: what data planes send to collectors, and dashboards in Konnect."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from components.observability import (
    DashboardKind,
    HttpLogArgs,
    OpenTelemetryArgs,
    OtlpEndpoints,
)
from components.observability.telemetry import Instrumentation, SamplingStrategy
from providers.base.sealed import is_reference
from stacks.errors import Problem, refusal
from stacks.models.base import Model
from stacks.models.governance import Key

_URL = re.compile(r"https?://[^/?#\s]+([/?#]\S*)?")


def _endpoint(text: str) -> str:
    if is_reference(text):
        return text
    if not _URL.fullmatch(text):
        remedy = "write http:// or https://, a host and a path, or a vault reference"
        raise refusal(Problem((), "is not a URL", remedy))
    if "@" in text.split("/")[2]:
        # The message must not have the value.
        wrong, remedy = "has a user and a password", "write them in headers, as vault references"
        raise refusal(Problem((), wrong, remedy, f"({len(text)} characters)"))
    return text


Endpoint = Annotated[str, AfterValidator(_endpoint)]
"""A URL, or a reference ``{vault://<prefix>/<name>}`` that each data plane resolves for itself."""


def _once(names: tuple[DashboardKind, ...]) -> tuple[DashboardKind, ...]:
    for index, name in enumerate(names):
        if name in names[:index]:
            raise refusal(Problem((index,), "is named twice", "name each dashboard once", name))
    return names


def _headers_of_http_log(headers: dict[str, str]) -> dict[str, str]:
    """Source: the schema of Kong's ``http-log``, which refuses these names."""
    for name in headers:
        if name.lower() in ("content-length", "content-type", "host"):
            wrong = "is for a header that http-log sets itself"
            raise refusal(Problem((name,), wrong, "delete it", headers[name]))
    return headers


class OtlpEndpointSettings(Model):
    """Where a collector takes OTLP over HTTP."""

    traces: Annotated[
        Endpoint | None, Field(examples=["http://otel.shop.internal:4318/v1/traces"])
    ] = None
    """Spans of requests: a URL or a vault reference."""
    metrics: Annotated[
        Endpoint | None, Field(examples=["http://otel.shop.internal:4318/v1/metrics"])
    ] = None
    """Counts, latencies and sizes of requests: a URL or a vault reference."""
    logs: Annotated[Endpoint | None, Field(examples=["http://otel.shop.internal:4318/v1/logs"])] = (
        None
    )
    """The gateway's own logs, not those of requests: a URL or a vault reference."""

    @model_validator(mode="after")
    def _not_empty(self) -> OtlpEndpointSettings:
        if not (self.traces or self.metrics or self.logs):
            raise refusal(Problem((), "is empty", "add traces, metrics or logs: a URL"))
        return self

    @property
    def chosen(self) -> OtlpEndpoints:
        """The component's argument."""
        return OtlpEndpoints(self.traces, self.metrics, self.logs)


class OpenTelemetrySettings(Model):
    """The plugin ``opentelemetry`` of all control planes."""

    endpoints: Annotated[
        OtlpEndpointSettings,
        Field(examples=[{"traces": "http://otel.shop.internal:4318/v1/traces"}]),
    ]
    """The collector. One name for all regions, which private DNS resolves in each region."""
    regions: Annotated[
        dict[Key, OtlpEndpointSettings],
        Field(examples=[{"aws-us-east-2": {"traces": "http://otel.ohio.internal:4318/v1/traces"}}]),
    ] = {}
    """Another collector for a region, whose control plane has no other region."""
    headers: Annotated[
        dict[str, str], Field(examples=[{"Authorization": "{vault://platform/otel-token}"}])
    ] = {}
    """Headers for the collector; credentials are vault references or secrets."""
    sampling_rate: Annotated[float | None, Field(ge=0, le=1, examples=[0.1])] = None
    """Share of requests that are traced, 0 to 1; Kong's default, if left out, is 0.01."""
    sampling_strategy: Annotated[
        SamplingStrategy, Field(examples=["parent_probability_fallback"])
    ] = "parent_drop_probability_fallback"
    """Whether a caller's decision to trace counts too, or only its decision not to."""
    instrumentations: Annotated[
        tuple[Instrumentation, ...], Field(min_length=1, examples=[["request", "balancer"]])
    ] = ("all",)
    """What becomes a span: all, or some of request, balancer, router and other phases of Kong."""
    attributes: Annotated[
        dict[str, Annotated[str, Field(min_length=1)]], Field(examples=[{"team": "platform"}])
    ] = {}
    """Further resource attributes, the same everywhere."""

    def chosen(self) -> OpenTelemetryArgs:
        """The component's argument, with headers as they are written."""
        return OpenTelemetryArgs(
            endpoints=self.endpoints.chosen,
            regions={key: one.chosen for key, one in self.regions.items()},
            headers=self.headers,
            sampling_rate=self.sampling_rate,
            sampling_strategy=self.sampling_strategy,
            instrumentations=self.instrumentations,
            attributes=self.attributes,
        )


class HttpLogSettings(Model):
    """The plugin ``http-log`` of all control planes: an entry for each request, as JSON."""

    endpoint: Annotated[Endpoint, Field(examples=["https://logs.shop.internal/kong"])]
    """A URL or a vault reference. One name for all regions, which private DNS resolves in each."""
    regions: Annotated[
        dict[Key, Endpoint], Field(examples=[{"aws-us-east-2": "https://logs.ohio.internal/kong"}])
    ] = {}
    """Another endpoint for a region, whose control plane has no other region."""
    headers: Annotated[
        dict[str, str],
        AfterValidator(_headers_of_http_log),
        Field(examples=[{"X-Api-Key": "{vault://platform/log-key}"}]),
    ] = {}
    """Headers for the collector; credentials are vault references or secrets."""

    def chosen(self) -> HttpLogArgs:
        """The component's argument, with headers as they are written."""
        return HttpLogArgs(self.endpoint, self.regions, self.headers)


class TelemetrySettings(Model):
    """What all data planes send to collectors."""

    opentelemetry: Annotated[
        OpenTelemetrySettings | None,
        Field(examples=[{"endpoints": {"traces": "http://otel.shop.internal:4318/v1/traces"}}]),
    ] = None
    """Traces, metrics and the gateway's own logs, in OTLP over HTTP."""
    http_log: Annotated[
        HttpLogSettings | None, Field(examples=[{"endpoint": "https://logs.shop.internal/kong"}])
    ] = None
    """A log entry for each request, in JSON over HTTP."""


class ObservabilitySettings(Model):
    """What is seen of the gateways."""

    dashboards: Annotated[
        tuple[DashboardKind, ...], AfterValidator(_once), Field(examples=[["traffic", "ai"]])
    ] = ()
    """Dashboards in Konnect Analytics: traffic, ai."""
    telemetry: Annotated[
        TelemetrySettings | None,
        Field(examples=[{"http_log": {"endpoint": "https://logs.shop.internal/kong"}}]),
    ] = None
    """What all data planes send to collectors; null for nothing."""
