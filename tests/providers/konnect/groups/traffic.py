"""What a request passes on its way to an upstream: upstreams and their targets."""

from __future__ import annotations

from collections.abc import Callable

from providers.konnect.core_entities import target, upstream
from tests.providers.konnect.case import Case
from tests.providers.konnect.example import ENTITY, OTHER, PLANE, Example, Props
from tests.providers.konnect.local_konnect import LocalKonnect

UPSTREAM = Example(
    upstream.GatewayUpstreamProvider,
    upstream.GatewayUpstream,
    full={
        "control_plane_id": PLANE,
        "name": "orders.internal",
        "algorithm": "consistent-hashing",
        "client_certificate": {"id": ENTITY},
        "hash_on": "ip",
        "hash_on_cookie": "session",
        "hash_on_cookie_path": "/orders",
        "hash_on_header": "x-tenant",
        "hash_on_query_arg": "tenant",
        "hash_on_uri_capture": "tenant",
        "hash_fallback": "none",
        "hash_fallback_header": "x-user",
        "hash_fallback_query_arg": "user",
        "hash_fallback_uri_capture": "user",
        "healthchecks": {
            "active": {
                "type": "https",
                "concurrency": 5,
                "headers": {"x-probe": ["a", "b"]},
                "healthy": {"http_statuses": [200, 204], "interval": 5, "successes": 2},
                "http_path": "/health/ready",
                "https_sni": "orders.internal",
                "https_verify_certificate": False,
                "timeout": 0.5,
                "unhealthy": {
                    "http_failures": 3,
                    "http_statuses": [500, 503],
                    "interval": 2.5,
                    "tcp_failures": 1,
                    "timeouts": 4,
                },
            },
            "passive": {
                "type": "http",
                "healthy": {"http_statuses": [200, 201], "successes": 1},
                "unhealthy": {
                    "http_failures": 5,
                    "http_statuses": [429, 500],
                    "tcp_failures": 2,
                    "timeouts": 7,
                },
            },
            "threshold": 50,
        },
        "host_header": "orders.example.com",
        "slots": 1000,
        "sticky_sessions_cookie": "orders-session",
        "sticky_sessions_cookie_path": "/orders/",
        "use_srv_name": True,
        "tags": ["orders", "prod"],
        "adopt_existing_id": ENTITY,
    },
    least={"control_plane_id": PLANE, "name": "orders.internal"},
    replaces={"control_plane_id": OTHER},
    updates={
        "name": "orders-2.internal",
        "algorithm": "least-connections",
        "client_certificate": {"id": OTHER},
        "hash_on": "cookie",
        "hash_on_cookie": "session-2",
        "hash_on_cookie_path": "/",
        "hash_on_header": "x-tenant-2",
        "hash_on_query_arg": "tenant-2",
        "hash_on_uri_capture": "tenant-2",
        "hash_fallback": "consumer",
        "hash_fallback_header": "x-user-2",
        "hash_fallback_query_arg": "user-2",
        "hash_fallback_uri_capture": "user-2",
        "healthchecks": {"passive": {"unhealthy": {"http_failures": 6}}},
        "host_header": "orders-2.example.com",
        "slots": 2000,
        "sticky_sessions_cookie": "orders-session-2",
        "sticky_sessions_cookie_path": "/",
        "use_srv_name": False,
        "tags": ["dev"],
    },
)

TARGET = Example(
    target.GatewayTargetProvider,
    target.GatewayTarget,
    full={
        "control_plane_id": PLANE,
        "upstream_id": ENTITY,
        "target": "10.0.0.1:8443",
        "weight": 50,
        "failover": True,
        "tags": ["orders", "prod"],
        "adopt_existing_id": ENTITY,
    },
    least={"control_plane_id": PLANE, "upstream_id": ENTITY, "target": "10.0.0.1:8443"},
    replaces={"control_plane_id": OTHER, "upstream_id": OTHER},
    updates={
        "target": "10.0.0.2:8443",
        "weight": 0,
        "failover": False,
        "tags": ["dev"],
    },
)

EXAMPLES: tuple[Example, ...] = (UPSTREAM, TARGET)


def upstream_case(konnect: LocalKonnect) -> Case:
    """An upstream with health checks of its own."""
    plane = konnect.plane()

    def probing(interval: float) -> Props:
        return {"active": {"healthy": {"interval": interval, "http_statuses": [204, 200]}}}

    return Case(
        UPSTREAM.provider,
        f"control-planes/{plane}/core-entities/upstreams",
        inputs={
            "control_plane_id": plane,
            "name": "orders.internal",
            "hash_on": "header",
            "hash_on_header": "x-tenant",
            "healthchecks": probing(5),
        },
        change={"slots": 100, "healthchecks": probing(2.5)},
        fixed={},
        import_id=f'{{{{"id": "{{id}}", "control_plane_id": "{plane}"}}}}',
    )


def target_case(konnect: LocalKonnect) -> Case:
    """A target of an upstream."""
    plane = konnect.plane()
    upstream_id = konnect.entity(plane, "upstreams", name="orders.internal")
    places = f'"control_plane_id": "{plane}", "upstream_id": "{upstream_id}"'
    return Case(
        TARGET.provider,
        f"control-planes/{plane}/core-entities/targets",
        inputs={
            "control_plane_id": plane,
            "upstream_id": upstream_id,
            "target": "10.0.0.1",
            "tags": ["b", "a"],
        },
        change={"weight": 10, "failover": True},
        fixed={},
        import_id=f'{{{{"id": "{{id}}", {places}}}}}',
    )


CASES: dict[str, Callable[[LocalKonnect], Case]] = {
    "GatewayUpstream": upstream_case,
    "GatewayTarget": target_case,
}
