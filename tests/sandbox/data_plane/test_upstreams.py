"""Services and upstreams behind a gateway: tries, timeouts, balancing, circuit breaking."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from tests.sandbox.data_plane.gateways import Gateways, Plane, server, until
from tests.sandbox.konnect.client import Konnect, entities

Serve = Callable[[ASGIApp], int]

NOBODY = "127.0.0.1:1"


def balanced(plane: Plane, targets: dict[str, int], **upstream: Any) -> None:
    """A route to an upstream with targets and their weights."""
    made = plane.write("upstreams", name="shop", **upstream)
    for target, weight in targets.items():
        path = entities(plane.id, f"upstreams/{made['id']}/targets")
        assert plane.konnect.post(path, {"target": target, "weight": weight}).status == 201
    plane.api("shop")


def test_requests_are_balanced_over_the_targets_by_weight(
    konnect: Konnect, gateways: Gateways, serve: Serve
) -> None:
    plane = Plane(konnect)
    targets = {f"127.0.0.1:{serve(server(name))}": w for name, w in (("a", 30), ("b", 10))}
    balanced(plane, targets)
    gateways.start()
    servers = Counter(gateways.get("/orders").json()["server"] for _ in range(20))
    assert servers == {"a": 15, "b": 5}


def test_a_target_that_cannot_be_reached_costs_no_request(
    konnect: Konnect, gateways: Gateways, serve: Serve
) -> None:
    balanced(Plane(konnect), {NOBODY: 100, f"127.0.0.1:{serve(server('a'))}": 100})
    gateways.start()
    assert {gateways.get("/orders").status_code for _ in range(6)} == {200}


def test_the_circuit_of_a_failing_target_opens_and_closes_again(
    konnect: Konnect, gateways: Gateways, serve: Serve
) -> None:
    health = [500]
    port = serve(server("a", lambda: health[0]))
    checks = {
        "passive": {"unhealthy": {"http_statuses": [500], "http_failures": 2}},
        "active": {
            "http_path": "/alive",
            "timeout": 1,
            "unhealthy": {"interval": 0.1},
            "healthy": {"http_statuses": [200], "successes": 1},
        },
    }
    balanced(Plane(konnect), {f"127.0.0.1:{port}": 100}, healthchecks=checks)
    gateways.start()
    statuses = [gateways.get("/orders").status_code for _ in range(3)]
    assert statuses == [500, 500, 503]
    answer = gateways.get("/orders")
    assert answer.json()["message"] == "failure to get a peer from the ring-balancer"
    health[0] = 200
    until(lambda: gateways.get("/orders").status_code == 200)


def test_equal_consumers_of_a_hashed_upstream_stay_with_one_target(
    konnect: Konnect, gateways: Gateways, serve: Serve
) -> None:
    targets = {f"127.0.0.1:{serve(server(name))}": 100 for name in ("a", "b")}
    hashing = {"algorithm": "consistent-hashing", "hash_on": "header", "hash_on_header": "x-user"}
    balanced(Plane(konnect), targets, **hashing)
    gateways.start()

    def servers(user: str) -> set[str]:
        sent = {"X-User": user}
        return {gateways.get("/orders", headers=sent).json()["server"] for _ in range(3)}

    found = [servers(f"user-{number}") for number in range(12)]
    assert all(len(of_user) == 1 for of_user in found)
    assert set().union(*found) == {"a", "b"}


def test_a_service_that_answers_too_late_is_a_504(
    konnect: Konnect, gateways: Gateways, serve: Serve
) -> None:
    asked: list[str] = []

    async def slow(request: Request) -> Response:
        asked.append(request.method)
        await asyncio.sleep(1)
        return JSONResponse({})

    plane = Plane(konnect)
    app = Starlette(routes=[Route("/{path:path}", slow, methods=["GET", "POST"])])
    service, _ = plane.api("127.0.0.1", serve(app))
    late = {**service, "port": service["port"], "read_timeout": 100, "retries": 1}
    assert konnect.put(entities(plane.id, f"services/{service['id']}"), late).status == 200
    gateways.start()
    assert gateways.call("POST", "/orders").status_code == 504
    assert gateways.get("/orders").status_code == 504
    assert asked == ["POST", "GET", "GET"]


def test_a_mapped_host_is_called_on_this_machine(
    konnect: Konnect, gateways: Gateways, serve: Serve
) -> None:
    Plane(konnect).api("orders.example.com", 443)
    gateways.start()
    supervisor = gateways.plane.supervisor
    assert supervisor is not None
    supervisor.map_upstreams({"orders.example.com": f"127.0.0.1:{serve(server('mine'))}"})
    got = gateways.get("/orders").json()
    assert (got["server"], got["headers"]["host"]) == ("mine", "orders.example.com:443")


def test_preserve_host_sends_the_host_of_the_client(
    konnect: Konnect, gateways: Gateways, serve: Serve
) -> None:
    Plane(konnect).api("127.0.0.1", serve(server("a")), preserve_host=True)
    gateways.start()
    got = gateways.get("/orders", headers={"Host": "api.example.com"}).json()
    assert got["headers"]["host"] == "api.example.com"
