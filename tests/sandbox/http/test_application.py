"""An API of a stranger over the kit: everything but its endpoints, tokens and errors is there."""

from __future__ import annotations

import socket
import threading
import time

import httpx
import pytest

from sandbox.http.application import Api, Application
from sandbox.http.routing import Router
from sandbox.store import Store
from tests.sandbox.http.api import get_broken
from tests.sandbox.http.conftest import Served

CAT = {"name": "cat"}


def statuses(store: Store) -> list[tuple[str, str, int]]:
    return [(r["method"], r["target"], r["status"]) for r in store.requests("zoo")]


def test_an_endpoint_gets_what_it_asks_for_by_name(client: httpx.Client) -> None:
    created = client.post("/pets", json=CAT)
    assert (created.status_code, created.json()) == (201, {**CAT, "legs": 4, "keeper": "Ann"})
    assert client.get("/pets/cat").json() == created.json()
    gone = client.delete("/pets/cat")
    assert (gone.status_code, gone.content) == (204, b"")


def test_a_refused_request_changes_nothing(client: httpx.Client) -> None:
    assert client.post("/pets", json={"name": "tiger"}).status_code == 403
    assert client.get("/pets").json() == {"pets": [], "more": None}


def test_errors_have_the_form_of_the_api(client: httpx.Client) -> None:
    client.post("/pets", json=CAT)
    again = client.post("/pets", json=CAT)
    assert (again.status_code, again.json()) == (
        409,
        {"error": {"code": 409, "text": "there is a cat"}},
    )
    wrong = client.post("/pets", json={"name": "c", "legs": "4", "fur": True}).json()
    assert wrong["error"]["fields"] == {
        "name": "min_length",
        "legs": "is_integer",
        "fur": "unknown_property",
    }


def test_an_api_without_errors_of_its_own_shows_problem_documents(store: Store) -> None:
    api = Api("plain", Router(), lambda call: {})
    served = Served(Application(api, store))
    try:
        with served.client() as client:
            answer = client.get("/nowhere")
    finally:
        served.stop()
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {"status": 404, "title": "Not Found", "detail": "Not Found"}


def test_lists_are_paged_with_opaque_cursors(client: httpx.Client) -> None:
    for name in ("ant", "bee", "cow"):
        client.post("/pets", json={"name": name})
    first = client.get("/pets").json()
    second = client.get("/pets", params={"from": first["more"]}).json()
    assert [pet["name"] for pet in first["pets"]] == ["ant", "bee"]
    assert ([pet["name"] for pet in second["pets"]], second["more"]) == (["cow"], None)
    assert client.get("/pets", params={"from": "x"}).status_code == 400
    assert client.get("/pets", params={"most": "0"}).status_code == 400


def test_a_caller_without_a_token_is_refused_before_the_path_is_looked_up(served: Served) -> None:
    with served.client("another") as stranger:
        for path in ("/pets", "/nowhere"):
            assert stranger.get(path).status_code == 401


def test_an_unknown_path_is_a_404_and_an_unknown_method_a_405(client: httpx.Client) -> None:
    assert client.get("/nowhere").json()["error"] == {"code": 404, "text": "no such place"}
    answer = client.put("/pets/cat", json={})
    assert (answer.status_code, answer.headers["allow"]) == (405, "DELETE, GET")
    assert client.head("/pets").status_code == 405


def test_a_parameter_is_one_step_or_the_rest_of_a_path(client: httpx.Client) -> None:
    assert client.get("/cages/north/7").json() == {"place": "north/7"}
    assert client.get("/cages/north").json() == {"place": "north"}
    assert client.get("/pets/cat/tail").status_code == 404


def test_a_mistake_in_an_endpoint_is_a_500_that_names_it(client: httpx.Client) -> None:
    answer = client.get("/broken")
    assert answer.status_code == 500
    assert answer.json()["error"]["text"] == (
        "the sandbox failed: ZeroDivisionError: a mistake of the API"
    )


def test_a_body_that_is_too_large_is_a_413(client: httpx.Client, store: Store) -> None:
    assert client.post("/pets", json={"name": "c" * 980}).status_code == 201
    assert client.post("/pets", json={"name": "c" * 1001}).status_code == 413
    assert [status for *_, status in statuses(store)] == [201, 413]


def test_a_body_of_another_content_type_is_a_415(client: httpx.Client) -> None:
    headers = {"Content-Type": "text/plain"}
    answer = client.post("/pets", content=b"{}", headers=headers)
    assert (answer.status_code, answer.json()["error"]["text"]) == (
        415,
        "content type text/plain is not supported; send application/json",
    )


def test_the_log_has_every_request_with_its_status(client: httpx.Client, store: Store) -> None:
    client.post("/pets", json=CAT)
    client.get("/pets/dog", params={"a": "b c"})
    assert statuses(store) == [("POST", "/pets", 201), ("GET", "/pets/dog?a=b+c", 404)]


def test_a_client_that_hangs_up_in_its_body_is_logged(served: Served, store: Store) -> None:
    with socket.create_connection(("127.0.0.1", served.port)) as connection:
        connection.sendall(b"POST /pets HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
    deadline = time.monotonic() + 10
    while not statuses(store) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert statuses(store) == [("POST", "/pets", 499)]


def test_an_endpoint_that_asks_for_what_nobody_offers_is_refused_at_the_start(
    store: Store,
) -> None:
    router = Router()
    router.get("/pets/{name}")(lambda name, weather: {})
    with pytest.raises(TypeError, match=r"needs \['name'\] and may have \['path', 'query'"):
        Application(Api("zoo", router, lambda call: {}), store)


def test_an_endpoint_that_ignores_a_parameter_of_its_path_is_refused_at_the_start(
    store: Store,
) -> None:
    router = Router()
    router.get("/pets/{name}")(get_broken)
    with pytest.raises(TypeError, match=r"has the parameters \[\]"):
        Application(Api("zoo", router, lambda call: {}), store)


def test_a_request_that_holds_the_store_stops_no_other_connection(
    client: httpx.Client, admin: httpx.Client, store: Store
) -> None:
    began, release = threading.Event(), threading.Event()

    def hold() -> None:
        with store.transaction():
            began.set()
            release.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    began.wait()
    waiting = [threading.Thread(target=client.get, args=("/pets",)) for _ in range(20)]
    for thread in waiting:
        thread.start()
    try:
        for _ in range(5):
            assert admin.get("/_sandbox/health", timeout=2).json() == {"status": "ok"}
        assert all(thread.is_alive() for thread in waiting)
    finally:
        release.set()
        for thread in (holder, *waiting):
            thread.join()
    assert [status for *_, status in statuses(store)] == [200] * 20


def test_the_health_of_the_sandbox_needs_no_token(served: Served) -> None:
    with served.client("another") as stranger:
        assert stranger.get("/_sandbox/health").status_code == 200
        assert stranger.get("/_sandbox/state").status_code == 401
        refused = stranger.get("/_sandbox/health", headers={"Host": "attacker.example"})
        assert refused.status_code == 403
