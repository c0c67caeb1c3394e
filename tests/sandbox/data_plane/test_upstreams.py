"""Services and upstreams behind a gateway: tries, timeouts, balancing, circuit breaking."""

from __future__ import annotations

import asyncio
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from sandbox.data_plane import upstreams
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


def test_a_client_without_the_cookie_of_an_upstream_gets_one_and_stays_with_its_target(
    konnect: Konnect, gateways: Gateways, serve: Serve
) -> None:
    targets = {f"127.0.0.1:{serve(server(name))}": 100 for name in ("a", "b")}
    hashing = {"algorithm": "consistent-hashing", "hash_on": "cookie", "hash_on_cookie": "shop"}
    balanced(Plane(konnect), targets, **hashing)
    gateways.start()
    first = gateways.get("/orders", headers={"Cookie": "a{=1"})
    cookie, path = first.headers["set-cookie"].split("; ")
    assert (cookie.partition("=")[0], path) == ("shop", "Path=/")
    for _ in range(6):
        again = gateways.get("/orders", headers={"Cookie": f"b=2; {cookie}"})
        assert again.json()["server"] == first.json()["server"]
        assert "set-cookie" not in again.headers


def test_what_a_service_has_beyond_the_limits_of_the_sandbox_is_named(
    konnect: Konnect, gateways: Gateways
) -> None:
    plane = Plane(konnect)
    service, _ = plane.api()
    beyond = {**service, "read_timeout": 120000, "retries": 20}
    assert konnect.put(entities(plane.id, f"services/{service['id']}"), beyond).status == 200
    gateways.start()
    named = gateways.get("/orders").headers["X-Sandbox-Unsupported-Plugins"]
    assert named == "service.read_timeout, service.retries"


def test_a_path_that_a_plugin_set_does_not_lead_to_another_host(
    konnect: Konnect, gateways: Gateways, serve: Serve
) -> None:
    plane = Plane(konnect)
    plane.api("orders.example.com")
    own = {"replace": {"uri": "$(headers.x-path)"}}
    plane.write("plugins", name="request-transformer-advanced", config=own)
    gateways.start()
    inside = f"@127.0.0.1:{serve(server('inside'))}/"
    answer = gateways.get("/orders", headers={"X-Path": inside})
    assert answer.json()["url"] == f"http://orders.example.com/{inside}"


def respond(konnect: Konnect, gateways: Gateways, serve: Serve, response: Response) -> None:
    """Start gateways with a route to a service that has one response and is called once."""

    async def answer(request: Request) -> Response:
        return response

    plane = Plane(konnect)
    app = Starlette(routes=[Route("/{path:path}", answer)])
    service, _ = plane.api("127.0.0.1", serve(app))
    once = {**service, "retries": 0}
    assert konnect.put(entities(plane.id, f"services/{service['id']}"), once).status == 200
    gateways.start()


def test_a_response_to_head_has_the_length_that_the_service_says(
    konnect: Konnect, gateways: Gateways, serve: Serve
) -> None:
    respond(konnect, gateways, serve, Response(b"x" * 1234))
    assert gateways.call("HEAD", "/orders").headers["content-length"] == "1234"


def test_a_coding_that_the_gateway_does_not_know_stays_on_the_body(
    konnect: Konnect, gateways: Gateways, serve: Serve
) -> None:
    coded = Response(b"\x0b\x02\x80ok\x03", headers={"Content-Encoding": "unheard-of"})
    respond(konnect, gateways, serve, coded)
    answer = gateways.get("/orders")
    assert answer.headers["content-encoding"] == "unheard-of"
    assert answer.content == b"\x0b\x02\x80ok\x03"


def test_a_response_that_is_too_large_is_refused(
    konnect: Konnect, gateways: Gateways, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upstreams, "LARGEST_RESPONSE", 2**20)
    respond(konnect, gateways, serve, Response(b"x" * (2**20 + 1)))
    answer = gateways.get("/orders")
    assert answer.status_code == 502
    assert answer.json()["message"].endswith("has more than the 1 MiB of the sandbox")


def test_a_response_without_an_end_is_a_504(
    konnect: Konnect, gateways: Gateways, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def forever() -> AsyncIterator[bytes]:
        while True:
            yield b"more "
            await asyncio.sleep(0.05)

    monkeypatch.setattr(upstreams, "LONGEST_RESPONSE", 0.3)
    respond(konnect, gateways, serve, StreamingResponse(forever()))
    assert gateways.get("/orders").status_code == 504


def test_a_tcp_check_is_content_with_a_server_that_says_nothing(
    konnect: Konnect, gateways: Gateways
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        active = {
            "type": "tcp",
            "timeout": 0.1,
            "healthy": {"interval": 0.1},
            "unhealthy": {"interval": 0.1, "tcp_failures": 1, "timeouts": 1},
        }
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        plane = Plane(konnect)
        balanced(plane, {address: 100}, healthchecks={"active": active})
        (service,) = konnect.get(entities(plane.id, "services")).body["data"]
        hasty = {**service, "read_timeout": 100, "retries": 0}
        assert konnect.put(entities(plane.id, f"services/{service['id']}"), hasty).status == 200
        gateways.start()
        time.sleep(0.5)
        assert gateways.get("/orders").status_code == 504  # it is asked, and 503 if it were not


async def call(url: str) -> None:
    nothing: dict[str, str] = {}
    await upstreams.Upstreams().call("GET", url, nothing, b"", httpx.Timeout(1))


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999/", "http://[::1/"])
def test_an_address_that_is_none_is_an_error_of_the_call(url: str) -> None:
    with pytest.raises(httpx.HTTPError):
        asyncio.run(call(url))
