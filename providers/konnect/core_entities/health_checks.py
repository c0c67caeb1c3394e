"""Health checks of an upstream, and the functions that write them: circuit breaking.

    from providers import konnect

    konnect.GatewayUpstream(
        "orders",
        control_plane_id=plane.id,
        name="orders.internal",
        healthchecks=konnect.health_checks.circuit_breaker(failures=5, http_path="/health"),
    )

Each data plane decides for itself which targets are healthy. It sends no requests to an unhealthy
target. If no target is healthy, it answers 503.

Passive checks watch ordinary requests. They only take a target out: an unhealthy target gets no
requests, so nothing would bring it back. Active checks are probes; they also bring a target back.
So a circuit breaker has both. Kong says that passive checks are not available in Konnect or in
hybrid mode. So its probes watch healthy targets too.

Source: ``Upstream.healthchecks`` in the Control Planes Config API, and
https://developer.konghq.com/gateway/traffic-control/health-checks-circuit-breakers/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from providers.base.errors import ProviderError
from providers.base.model import Part, SetOf

CheckType = Literal["grpc", "grpcs", "http", "https", "tcp"]
UrlPath = Annotated[str, Field(pattern=r"^/([^/]+(/[^/]+)*/?)?$")]
Statuses = SetOf[Annotated[int, Field(ge=100, le=999)]]
Count = Annotated[int, Field(ge=0, le=255)]
Seconds = Annotated[int | float, Field(ge=0, le=65535)]


class PassiveHealthy(Part):
    """What makes a target healthy: the statuses of its responses to ordinary requests."""

    http_statuses: Statuses | None = None
    successes: Count | None = None


class ActiveHealthy(PassiveHealthy):
    """What makes a target healthy: successful probes, sent every ``interval`` seconds."""

    interval: Seconds | None = None


class PassiveUnhealthy(Part):
    """What makes a target unhealthy: the number of failures of each kind."""

    http_failures: Count | None = None
    http_statuses: Statuses | None = None
    tcp_failures: Count | None = None
    timeouts: Count | None = None


class ActiveUnhealthy(PassiveUnhealthy):
    """What makes a target unhealthy: failed probes, sent every ``interval`` seconds."""

    interval: Seconds | None = None


class ActiveChecks(Part):
    """Active health checks: probes that Kong sends."""

    type: CheckType | None = None
    concurrency: Annotated[int | None, Field(ge=1, le=2147483648)] = None
    headers: dict[str, SetOf[str]] | None = None
    healthy: ActiveHealthy | None = None
    http_path: UrlPath | None = None
    https_sni: str | None = None
    https_verify_certificate: bool | None = None
    timeout: Seconds | None = None
    unhealthy: ActiveUnhealthy | None = None


class PassiveChecks(Part):
    """Passive health checks: Kong watches the responses to ordinary requests."""

    type: CheckType | None = None
    healthy: PassiveHealthy | None = None
    unhealthy: PassiveUnhealthy | None = None


class HealthChecks(Part):
    """Health checks. ``threshold`` is the percentage of weight that must be healthy."""

    active: ActiveChecks | None = None
    passive: PassiveChecks | None = None
    threshold: Annotated[int | float | None, Field(ge=0, le=100)] = None


def active(
    *,
    interval: float,
    unhealthy_interval: float | None = None,
    successes: int = 2,
    http_failures: int = 3,
    tcp_failures: int = 3,
    timeouts: int = 3,
    healthy_statuses: Sequence[int] | None = None,
    unhealthy_statuses: Sequence[int] | None = None,
    type: CheckType = "http",
    http_path: str = "/",
    timeout: float = 1,
    concurrency: int | None = None,
    headers: Mapping[str, Sequence[str]] | None = None,
    https_sni: str | None = None,
    https_verify_certificate: bool | None = None,
) -> dict[str, Any]:
    """Active health checks: probes, which take a target out and bring it back.

    ``interval`` is the time between probes of a healthy target, ``unhealthy_interval`` of an
    unhealthy one (default: the same), both in seconds from 0 to 65535; 0 sends none.
    ``successes`` is the number of good probes that bring a target back; ``http_failures``,
    ``tcp_failures`` and ``timeouts`` are the numbers of bad ones that take it out: 0 to 255, 0
    does not count them. Statuses are from 100 to 999; Kong's defaults are 200 and 302 for good
    ones, 404, 429 and 500 to 505 for bad ones. ``type`` is one of grpc, grpcs, http, https and tcp;
    with tcp, a probe only connects. ``timeout`` is that of a probe, in seconds from 0 to 65535.
    ``concurrency`` is the number of targets that are probed at the same time, at least 1 (Kong's
    default is 10). ``headers`` are sent with each probe: a name and its values.

    Raises `ProviderError` with all values that are out of range, and for checks that would never
    take a target out or never bring it back.
    """
    retry = interval if unhealthy_interval is None else unhealthy_interval
    checks = _written(
        type=type,
        http_path=http_path,
        timeout=timeout,
        concurrency=concurrency,
        headers=None if headers is None else {key: list(item) for key, item in headers.items()},
        https_sni=https_sni,
        https_verify_certificate=https_verify_certificate,
        healthy=_written(
            interval=interval, successes=successes, http_statuses=_listed(healthy_statuses)
        ),
        unhealthy=_written(
            interval=retry,
            http_failures=http_failures,
            tcp_failures=tcp_failures,
            timeouts=timeouts,
            http_statuses=_listed(unhealthy_statuses),
        ),
    )
    return _checked("active health checks", {"active": checks})


def passive(
    *,
    http_failures: int = 0,
    tcp_failures: int = 0,
    timeouts: int = 0,
    successes: int = 2,
    unhealthy_statuses: Sequence[int] | None = None,
    type: CheckType = "http",
) -> dict[str, Any]:
    """Passive health checks: ordinary requests take a target out and never bring it back.

    Combine them with `active`, or use `circuit_breaker`. Without active checks an unhealthy target
    stays out until it is set healthy in the Admin API of each data plane, which a dedicated
    gateway does not have.

    ``http_failures`` are responses with one of ``unhealthy_statuses`` (100 to 999; Kong's default
    is 429, 500 and 503), ``tcp_failures`` failed connections, ``timeouts`` requests that time
    out. Each is 0 to 255; 0 does not count them. A good response sets the counts back to 0, unless
    ``successes`` is 0. ``type`` is as in `active`.

    Raises `ProviderError` with all values that are out of range, and if nothing is counted.
    """
    checks = {
        "type": type,
        "healthy": {"successes": successes},
        "unhealthy": _written(
            http_failures=http_failures,
            tcp_failures=tcp_failures,
            timeouts=timeouts,
            http_statuses=_listed(unhealthy_statuses),
        ),
    }
    return _checked("passive health checks", {"passive": checks})


def circuit_breaker(
    *,
    failures: int,
    timeouts: int | None = None,
    unhealthy_statuses: Sequence[int] | None = (500, 502, 503, 504),
    probe_interval: float = 10,
    retry_interval: float = 10,
    successes: int = 2,
    healthy_statuses: Sequence[int] | None = None,
    type: CheckType = "http",
    http_path: str = "/",
    timeout: float = 1,
    https_sni: str | None = None,
    https_verify_certificate: bool | None = None,
) -> dict[str, Any]:
    """Take a target out when requests or probes fail; bring it back when probes succeed.

    ``failures`` is the number of consecutive responses with one of ``unhealthy_statuses``, and of
    failed connections; ``timeouts`` is the number of timeouts (default: ``failures``). Both are 0
    to 255; 0 does not count them, and one must be above 0. ``unhealthy_statuses`` are from 100 to
    999; None means Kong's default, 429, 500 and 503. Ordinary requests and probes are counted
    apart.

    A healthy target is probed every ``probe_interval`` seconds (0 to 65535) at ``http_path``; 0
    sends no probes to it, so only ordinary requests take it out. An unhealthy one is probed every
    ``retry_interval`` seconds (more than 0, at most 65535), and is back after ``successes`` probes
    (1 to 255) with one of ``healthy_statuses`` (Kong's default is 200 and 302). ``timeout`` is that
    of a probe, in seconds. ``type`` is as in `active`: write ``https`` if the service uses it.

    Raises `ProviderError` with all that is wrong.
    """
    counted = _written(
        http_failures=failures,
        tcp_failures=failures,
        timeouts=failures if timeouts is None else timeouts,
        http_statuses=_listed(unhealthy_statuses),
    )
    probed = counted if probe_interval else {}
    checks = {
        "active": _written(
            type=type,
            http_path=http_path,
            timeout=timeout,
            https_sni=https_sni,
            https_verify_certificate=https_verify_certificate,
            healthy=_written(
                interval=probe_interval,
                successes=successes,
                http_statuses=_listed(healthy_statuses),
            ),
            unhealthy={**probed, "interval": retry_interval},
        ),
        "passive": {"type": type, "healthy": {"successes": successes}, "unhealthy": counted},
    }
    return _checked("circuit breaker", checks)


def _written(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _listed(statuses: Sequence[int] | None) -> list[int] | None:
    return None if statuses is None else list(statuses)


def _checked(noun: str, checks: dict[str, Any]) -> dict[str, Any]:
    """The checks as they are, or one `ProviderError` with all that is wrong."""
    if wrong := [*_wrong_values(checks)] or [*_broken_rules(checks)]:
        raise ProviderError(f"{noun}: " + "; ".join(wrong))
    return checks


def _wrong_values(checks: Mapping[str, Any]) -> Iterator[str]:
    try:
        HealthChecks.model_validate(checks)
    except ValidationError as error:
        for item in error.errors():
            path = ".".join(map(str, item["loc"]))
            yield f"{path}: {item['input']!r}: {item['msg']}"


def _broken_rules(checks: Mapping[str, Any]) -> Iterator[str]:
    """Checks that would never take a target out, or never bring it back."""
    active, passive = checks.get("active"), checks.get("passive")
    if passive and not _counts(passive):
        yield "passive.unhealthy: no failure is counted; set a number of failures to at least 1"
    if active is None:
        return
    interval, retry = active["healthy"]["interval"], active["unhealthy"]["interval"]
    if interval > 0 and not _counts(active):
        yield "active.unhealthy: no failure is counted; set a number of failures to at least 1"
    if retry == 0:
        yield "active.unhealthy.interval: 0 never brings a target back; write seconds above 0"
    if active["healthy"]["successes"] == 0:
        yield "active.healthy.successes: 0 never brings a target back; write at least 1"


def _counts(checks: Mapping[str, Any]) -> bool:
    kinds = ("http_failures", "tcp_failures", "timeouts")
    return any(checks["unhealthy"].get(kind) for kind in kinds)
