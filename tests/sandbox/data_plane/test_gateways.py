"""Gateways: one per node, and each does what its control plane's configuration says."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from sandbox.data_plane import asgi
from sandbox.store import Store
from tests.sandbox.data_plane.gateways import Gateways, Plane, server, until
from tests.sandbox.konnect.client import CONFIGURATIONS, Konnect, entities

Serve = Callable[[ASGIApp], int]


def test_a_ready_group_has_one_gateway_per_availability_zone(
    konnect: Konnect, gateways: Gateways
) -> None:
    Plane(konnect, "us-east-2", "eu-west-1")
    gateways.start()
    assert (len(gateways.names("us-east-2")), len(gateways.names("eu-west-1"))) == (3, 2)
    assert len({gateway["url"] for gateway in gateways.shown["gateways"]}) == 5


def test_a_group_that_is_not_ready_has_none_until_it_is(
    konnect: Konnect, gateways: Gateways
) -> None:
    plane = konnect.plane()
    konnect.configuration(plane, konnect.group(konnect.network()))
    gateways.start()
    assert gateways.names() == []
    konnect.wait(11)
    until(gateways.names)


def test_a_deleted_group_loses_its_gateways(konnect: Konnect, gateways: Gateways) -> None:
    plane = Plane(konnect)
    gateways.start()
    url = gateways.shown["gateways"][0]["url"]
    konnect.configuration(plane.id)
    gateways.follow()
    assert gateways.names() == []
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_the_health_path_needs_no_route(konnect: Konnect, gateways: Gateways) -> None:
    Plane(konnect)
    gateways.start()
    assert gateways.get("/___konnect/healthz").status_code == 200


def test_a_request_without_a_route_is_a_404_of_kong(konnect: Konnect, gateways: Gateways) -> None:
    Plane(konnect)
    gateways.start()
    answer = gateways.get("/nowhere")
    assert answer.status_code == 404
    assert answer.json()["message"] == "no Route matched with those values"
    assert answer.json()["request_id"] == answer.headers["X-Kong-Request-Id"]
    assert answer.headers["Server"].startswith("kong/3.13")
    assert "X-Kong-Response-Latency" in answer.headers


def test_a_request_goes_to_the_service_of_its_route(
    konnect: Konnect, gateways: Gateways, serve: Serve
) -> None:
    Plane(konnect).api("127.0.0.1", serve(server("orders")))
    gateways.start()
    answer = gateways.call("POST", "/orders/7?a=1&a=2", content=b"beans", headers={"X-Own": "yes"})
    got = answer.json()
    assert (got["server"], got["path"], got["query"]) == ("orders", "/7", "a=1&a=2")
    assert (got["body"], got["headers"]["x-own"]) == ("beans", "yes")
    assert got["headers"]["x-forwarded-for"] == "127.0.0.1"
    assert got["headers"]["x-forwarded-prefix"] == "/orders"
    assert answer.headers["Via"].startswith("1.1 kong/")
    latencies = ("X-Kong-Upstream-Latency", "X-Kong-Proxy-Latency")
    assert all(int(answer.headers[name]) >= 0 for name in latencies)


def test_a_service_outside_of_this_machine_is_played_by_the_built_in_upstream(
    konnect: Konnect, gateways: Gateways
) -> None:
    Plane(konnect).api("orders.example.com", 8080)
    gateways.start()
    answer = gateways.get("/orders/7")
    assert answer.json()["url"] == "http://orders.example.com:8080/7"
    assert answer.headers["X-Sandbox-Upstream"] == "built-in"


def test_a_changed_configuration_is_in_force_without_a_restart(
    konnect: Konnect, gateways: Gateways
) -> None:
    plane = Plane(konnect)
    gateways.start()
    assert gateways.get("/orders").status_code == 404
    plane.api()
    until(lambda: gateways.get("/orders").status_code == 200)


def test_a_disabled_service_has_no_routes(konnect: Konnect, gateways: Gateways) -> None:
    plane = Plane(konnect)
    service, _ = plane.api()
    path = entities(plane.id, f"services/{service['id']}")
    assert konnect.put(path, {**service, "enabled": False}).status == 200
    gateways.start()
    assert gateways.get("/orders").status_code == 404


def test_a_service_that_cannot_be_reached_is_a_502_of_kong(
    konnect: Konnect, gateways: Gateways
) -> None:
    Plane(konnect).api("127.0.0.1", 1)
    gateways.start()
    answer = gateways.get("/orders")
    assert answer.status_code == 502
    message = "An invalid response was received from the upstream server"
    assert answer.json()["message"] == message


def test_a_plugin_that_is_not_played_is_named_in_a_header(
    konnect: Konnect, gateways: Gateways
) -> None:
    plane = Plane(konnect)
    _, route = plane.api()
    plane.write("plugins", name="xml-threat-protection", config={}, route={"id": route["id"]})
    plane.api(name="others", paths=["/others"], host="others.internal")
    gateways.start()
    named = gateways.get("/orders").headers["X-Sandbox-Unsupported-Plugins"]
    assert named == "xml-threat-protection"
    assert "X-Sandbox-Unsupported-Plugins" not in gateways.get("/others").headers


def test_the_entities_of_all_members_of_a_control_plane_group_are_in_force(
    konnect: Konnect, gateways: Gateways
) -> None:
    group = Plane.__new__(Plane)
    group.konnect = konnect
    group.id = konnect.plane(cluster_type="CLUSTER_TYPE_CONTROL_PLANE_GROUP")
    members = [konnect.plane(cloud_gateway=False) for _ in range(2)]
    konnect.put(
        f"/v2/control-planes/{group.id}/group-memberships",
        {"members": [{"id": member} for member in members]},
    )
    konnect.configuration(group.id, konnect.group(konnect.network()))
    konnect.wait(11)
    for number, member in enumerate(members):
        group.id = member
        group.api(f"{number}.internal", name=f"r{number}", paths=[f"/{number}"])
    gateways.start()
    assert [gateways.get(path).status_code for path in ("/0", "/1", "/2")] == [200, 200, 404]


def test_gateways_keep_their_ports_over_a_restart(
    konnect: Konnect, gateways: Gateways, tmp_path: Path
) -> None:
    Plane(konnect)
    gateways.start()
    before = gateways.shown["gateways"]
    gateways.plane.stop()
    gateways.start()
    assert gateways.shown["gateways"] == before
    assert konnect.get(CONFIGURATIONS).status == 200


def test_a_request_to_a_gateway_is_a_use_of_the_sandbox(
    konnect: Konnect, gateways: Gateways
) -> None:
    Plane(konnect)
    gateways.start()
    gateways.get("/orders")
    assert gateways.uses == 1


def test_a_body_that_a_plugin_has_changed_arrives_whole(
    konnect: Konnect, gateways: Gateways, serve: Serve
) -> None:
    plane = Plane(konnect)
    plane.api("127.0.0.1", serve(server("orders")))
    added = {"add": {"body": ["checked:by the gateway"]}}
    plane.write("plugins", name="request-transformer-advanced", config=added)
    gateways.start()
    got = gateways.call("POST", "/orders", json={"beans": 1})
    assert got.status_code == 200
    assert json.loads(got.json()["body"]) == {"beans": 1, "checked": "by the gateway"}


@pytest.mark.parametrize(
    ("sent", "forwarded", "client"),
    [
        ("192.0.2.7", "192.0.2.7, 127.0.0.1", "192.0.2.7"),
        ("10.1.1.1, 192.0.2.7", "10.1.1.1, 192.0.2.7, 127.0.0.1", "192.0.2.7"),
        ("nobody", "nobody, 127.0.0.1", "127.0.0.1"),
    ],
)
def test_the_client_is_the_last_address_that_a_load_balancer_has_forwarded(
    konnect: Konnect, gateways: Gateways, serve: Serve, sent: str, forwarded: str, client: str
) -> None:
    Plane(konnect).api("127.0.0.1", serve(server("orders")))
    gateways.start()
    got = gateways.get("/orders", headers={"X-Forwarded-For": sent}).json()["headers"]
    assert (got["x-forwarded-for"], got["x-real-ip"]) == (forwarded, client)


def test_a_response_has_one_date(konnect: Konnect, gateways: Gateways, serve: Serve) -> None:
    Plane(konnect).api("127.0.0.1", serve(server("orders")))
    gateways.start()
    assert len(gateways.get("/orders").headers.get_list("date")) == 1
    assert len(gateways.get("/nowhere").headers.get_list("date")) == 1


def test_repeated_headers_of_a_response_stay_apart(
    konnect: Konnect, gateways: Gateways, serve: Serve
) -> None:
    async def two_cookies(request: Request) -> Response:
        response = Response()
        response.set_cookie("a", "1")
        response.set_cookie("b", "2")
        return response

    app = Starlette(routes=[Route("/{path:path}", two_cookies)])
    Plane(konnect).api("127.0.0.1", serve(app))
    gateways.start()
    cookies = gateways.get("/orders").headers.get_list("set-cookie")
    assert [cookie.partition(";")[0] for cookie in cookies] == ["a=1", "b=2"]


def test_gateways_that_are_just_starting_stop_with_all_others(
    konnect: Konnect, gateways: Gateways, tmp_path: Path
) -> None:
    plane = konnect.plane()
    konnect.configuration(plane, konnect.group(konnect.network()))
    gateways.start()
    konnect.wait(11)
    until(gateways.names)  # the first one listens, others may not yet
    gateways.plane.stop()
    ports = json.loads((tmp_path / "ports.json").read_text()).values()
    assert ports
    for port in ports:
        with socket.socket() as free:
            free.bind(("127.0.0.1", port))


def test_a_request_whose_client_leaves_before_its_end_does_not_reach_the_service(
    konnect: Konnect, gateways: Gateways, serve: Serve
) -> None:
    arrived: list[bytes] = []

    async def keep(request: Request) -> Response:
        arrived.append(await request.body())
        return Response()

    app = Starlette(routes=[Route("/{path:path}", keep, methods=["POST"])])
    Plane(konnect).api("127.0.0.1", serve(app))
    gateways.start()
    url = httpx.URL(gateways.shown["gateways"][0]["url"])
    with socket.create_connection((url.host, url.port)) as client:
        client.sendall(b"POST /orders HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf")
    gateways.call("POST", "/orders", content=b"whole")
    assert arrived == [b"whole"]


def test_what_cannot_be_saved_at_the_end_keeps_no_server_running(
    konnect: Konnect, gateways: Gateways, monkeypatch: pytest.MonkeyPatch
) -> None:
    Plane(konnect, cache=True)
    gateways.start()
    (redis,) = gateways.shown["redis"]
    assert gateways.plane.supervisor is not None

    def full(store: Store) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(gateways.plane.supervisor.metrics, "save", full)
    with pytest.raises(OSError, match="no space"):
        gateways.plane.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((redis["host"], redis["port"]))


def test_a_gateway_that_has_stopped_pushes_no_counters_any_more(
    konnect: Konnect, gateways: Gateways
) -> None:
    plane = Plane(konnect, cache=True)
    plane.api()
    shared = {"limit": [5], "window_size": [3600], "strategy": "redis", "sync_rate": 0.1}
    partials = [{"id": plane.partial()}]
    plane.write("plugins", name="rate-limiting-advanced", config=shared, partials=partials)
    gateways.start()
    gateways.hold_redis_down()
    assert gateways.get("/orders").status_code == 200
    assert "_later" in gateways.tasks()
    konnect.configuration(plane.id)
    gateways.follow()
    assert gateways.names() == []
    assert "_later" not in gateways.tasks()


def test_who_waits_for_gateways_that_stop_does_not_wait_for_ever(
    konnect: Konnect, gateways: Gateways
) -> None:
    gateways.start()
    waiting = gateways.plane.submit(asyncio.sleep(60))
    gateways.plane.stop()
    assert waiting.cancelled()


def test_a_client_that_sends_no_more_of_its_body_gets_408(
    konnect: Konnect, gateways: Gateways, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asgi, "LONGEST_WAIT", 0.2)
    Plane(konnect)
    gateways.start()
    url = httpx.URL(gateways.shown["gateways"][0]["url"])
    with socket.create_connection((url.host, url.port), timeout=5) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf")
        assert client.recv(1000).startswith(b"HTTP/1.1 408 ")


def test_a_request_whose_body_has_two_lengths_is_refused(
    konnect: Konnect, gateways: Gateways
) -> None:
    Plane(konnect).api()
    gateways.start()
    url = httpx.URL(gateways.shown["gateways"][0]["url"])
    with socket.create_connection((url.host, url.port), timeout=5) as client:
        lengths = b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"
        client.sendall(
            b"POST /orders HTTP/1.1\r\nHost: a\r\n" + lengths + b"\r\n2\r\nab\r\n0\r\n\r\n"
        )
        assert client.recv(1000).startswith(b"HTTP/1.1 400 ")


def test_a_client_cannot_hide_its_address_from_the_service(
    konnect: Konnect, gateways: Gateways, serve: Serve
) -> None:
    Plane(konnect).api("127.0.0.1", serve(server("orders")))
    gateways.start()
    named = {"Connection": "X-Forwarded-For, X-Real-IP, Host, X-Own", "X-Own": "yes"}
    got = gateways.get("/orders", headers=named).json()["headers"]
    assert (got["x-forwarded-for"], got["x-real-ip"]) == ("127.0.0.1", "127.0.0.1")
    assert "x-own" not in got


def test_the_error_of_a_plugin_has_the_id_of_the_request(
    konnect: Konnect, gateways: Gateways
) -> None:
    plane = Plane(konnect)
    plane.api()
    plane.write("plugins", name="key-auth", config={})
    gateways.start()
    answer = gateways.get("/orders")
    assert answer.status_code == 401
    expected = {
        "message": "No API key found in request",
        "request_id": answer.headers["X-Kong-Request-Id"],
    }
    assert answer.json() == expected


def test_a_route_that_is_not_played_is_named_on_requests_of_other_routes(
    konnect: Konnect, gateways: Gateways
) -> None:
    plane = Plane(konnect)
    plane.api()
    plane.write("routes", name="secure", snis=["api.example.com"], protocols=["https"])
    gateways.start()
    named = gateways.get("/orders").headers["X-Sandbox-Unsupported-Plugins"]
    assert named == "route.snis"


def test_the_gateway_of_a_node_that_is_taken_offline_stops_until_it_is_back(
    konnect: Konnect, gateways: Gateways
) -> None:
    plane = Plane(konnect)
    gateways.start()
    first, *others = gateways.names()
    konnect.admin("PUT", f"nodes/{plane.id}/{first}", {"online": False})
    gateways.follow()
    assert gateways.names() == others
    konnect.admin("PUT", f"nodes/{plane.id}/{first}", {})
    gateways.follow()
    assert sorted(gateways.names()) == sorted([first, *others])
