"""Gateway Services and upstreams: TLS to production hosts, health checks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from providers.base.http import Json
from tools.readiness.facts import Facts, title
from tools.readiness.verdict import Item, Seen, judged

CLEAR: Final = frozenset({"http", "grpc", "tcp", "udp", "ws"})
"""Protocols without TLS."""
_VERIFIES: Final = frozenset({"https", "wss", "grpcs", "tls"})
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_SECTION: Final = "Control planes"
_ANCHOR: Final = "konnect-configuration"


def _services(facts: Facts) -> Iterator[Seen]:
    for plane in facts.live.planes:
        for service in plane.all("services"):
            if service.get("enabled") is not False and service.get("host") not in _LOCAL:
                yield _service(f"{plane.name}: service {title(service)}", service)


def _service(subject: str, service: Json) -> Seen:
    protocol, host = str(service.get("protocol")), service.get("host")
    url = f"{protocol}://{host}:{service.get('port')}"
    if protocol in CLEAR:
        return judged(False, subject, f"calls {url} without TLS", "use https and tls_verify: true")
    checked = protocol not in _VERIFIES or service.get("tls_verify") is True
    value = f"calls {url}, certificate {'checked' if checked else 'not checked'}"
    return judged(checked, subject, value, "set tls_verify: true")


def _health(facts: Facts) -> Iterator[Seen]:
    for plane in facts.live.planes:
        for upstream in plane.all("upstreams"):
            how = _checks_of(upstream.get("healthchecks") or {})
            yield judged(
                bool(how),
                f"{plane.name}: upstream {title(upstream)}",
                f"has {how} health checks" if how else "has no health checks",
                "set healthchecks, for example konnect.health_checks.circuit_breaker(...)",
            )


def _checks_of(healthchecks: dict[str, Any]) -> str:
    """The kinds of health checks that are on: ``active and passive``. Empty: none."""
    active = healthchecks.get("active") or {}
    passive = (healthchecks.get("passive") or {}).get("unhealthy") or {}
    found = []
    if (active.get("unhealthy") or {}).get("interval") or (active.get("healthy") or {}).get(
        "interval"
    ):
        found.append("active")
    if any(passive.get(key) for key in ("http_failures", "tcp_failures", "timeouts")):
        found.append("passive")
    return " and ".join(found)


ITEMS: Final = (
    Item(
        "services-tls",
        _SECTION,
        "Gateway Services call production hosts with TLS, and check their certificates",
        "No service has a protocol without TLS; tls_verify is true. Whether host, port and "
        "timeouts are the right ones, only their owners know.",
        _services,
        _ANCHOR,
    ),
    Item(
        "upstream-health-checks",
        _SECTION,
        "Upstreams have health checks",
        "Each upstream has active or passive health checks that are on.",
        _health,
        _ANCHOR,
    ),
)
