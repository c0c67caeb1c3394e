"""Bodies of upstreams, their health checks and their targets, with Kong's defaults."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sandbox.konnect.core_models import Entity, Identified, Part, Path, Reference

CheckType = Literal["grpc", "grpcs", "http", "https", "tcp"]
Status = Annotated[int, Field(ge=100, le=999)]
Count = Annotated[int, Field(ge=0, le=255)]
Seconds = Annotated[int | float, Field(ge=0, le=65535)]


class ActiveHealthy(Part):
    """When probes mark a target healthy."""

    http_statuses: list[Status] = [200, 302]
    interval: Seconds = 0
    successes: Count = 0


class ActiveUnhealthy(Part):
    """When probes mark a target unhealthy."""

    http_failures: Count = 0
    http_statuses: list[Status] = [429, 404, *range(500, 506)]
    interval: Seconds = 0
    tcp_failures: Count = 0
    timeouts: Count = 0


class ActiveChecks(Part):
    """Active health checks: probes."""

    concurrency: Annotated[int, Field(ge=1, le=2147483648)] = 10
    headers: dict[str, list[str]] | None = None
    healthy: ActiveHealthy = ActiveHealthy()
    http_path: Path = "/"
    https_sni: str | None = None
    https_verify_certificate: bool = True
    timeout: Seconds = 1
    type: CheckType = "http"
    unhealthy: ActiveUnhealthy = ActiveUnhealthy()


class PassiveHealthy(Part):
    """When ordinary requests mark a target healthy."""

    http_statuses: list[Status] = [*range(200, 209), 226, *range(300, 309)]
    successes: Count = 0


class PassiveUnhealthy(Part):
    """When ordinary requests mark a target unhealthy."""

    http_failures: Count = 0
    http_statuses: list[Status] = [429, 500, 503]
    tcp_failures: Count = 0
    timeouts: Count = 0


class PassiveChecks(Part):
    """Passive health checks: the results of ordinary requests."""

    healthy: PassiveHealthy = PassiveHealthy()
    type: CheckType = "http"
    unhealthy: PassiveUnhealthy = PassiveUnhealthy()


class HealthChecks(Part):
    """Health checks; Konnect adds defaults for absent properties."""

    active: ActiveChecks = ActiveChecks()
    passive: PassiveChecks = PassiveChecks()
    threshold: Annotated[int | float, Field(ge=0, le=100)] = 0


class Upstream(Entity):
    """A virtual host name that balances requests over targets."""

    name: Annotated[str, Field(min_length=1, pattern=r"^[A-Za-z0-9._-]+$")]
    algorithm: Literal[
        "consistent-hashing", "latency", "least-connections", "round-robin", "sticky-sessions"
    ] = "round-robin"
    hash_on: Literal[
        "consumer", "cookie", "header", "ip", "none", "path", "query_arg", "uri_capture"
    ] = "none"
    hash_fallback: Literal[
        "consumer", "cookie", "header", "ip", "none", "path", "query_arg", "uri_capture"
    ] = "none"
    hash_on_header: str | None = None
    hash_fallback_header: str | None = None
    hash_on_cookie: str | None = None
    hash_on_cookie_path: str = "/"
    hash_on_query_arg: Annotated[str, Field(min_length=1)] | None = None
    hash_fallback_query_arg: Annotated[str, Field(min_length=1)] | None = None
    hash_on_uri_capture: Annotated[str, Field(min_length=1)] | None = None
    hash_fallback_uri_capture: Annotated[str, Field(min_length=1)] | None = None
    host_header: str | None = None
    slots: Annotated[int, Field(ge=10, le=65536)] = 10000
    use_srv_name: bool = False
    sticky_sessions_cookie: str | None = None
    sticky_sessions_cookie_path: str = "/"
    healthchecks: HealthChecks = HealthChecks()
    client_certificate: Reference | None = None


class Target(Identified):
    """An address of an upstream; its timestamps may have fractions of a second."""

    created_at: int | float | None = None
    updated_at: int | float | None = None

    target: Annotated[str, Field(min_length=1)]
    upstream: Reference | None = None
    weight: Annotated[int, Field(ge=0, le=65535)] = 100
    failover: bool = False
