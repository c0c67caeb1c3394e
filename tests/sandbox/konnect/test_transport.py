"""What HTTP itself asks of the simulated Konnect: media types, methods, page sizes, who may ask."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.store import Store
from tests.sandbox.konnect.client import (
    ADD_ONS,
    CONFIGURATIONS,
    NETWORKS,
    PLANES,
    Konnect,
    entities,
)
from tests.sandbox.konnect.test_system_accounts import token_body

STATE = "/_sandbox/state"


@pytest.mark.parametrize(
    "media", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""]
)
def test_a_body_that_is_said_to_be_no_json_is_a_415(konnect: Konnect, media: str) -> None:
    plane = konnect.plane()
    for path in (
        PLANES,
        NETWORKS,
        ADD_ONS,
        entities(plane, "services"),
        f"{PLANES}/{plane}/config-stores",
        f"{PLANES}/{plane}/dp-client-certificates",
        "/v3/system-accounts",
    ):
        headers = {"Content-Type": media}
        answer = konnect.call("POST", path, content=b"{}", headers=headers)
        assert answer.status == 415, path


@pytest.mark.parametrize(
    "media", ["application/json", "Application/JSON; charset=utf-8", "application/problem+json"]
)
def test_json_may_be_said_in_every_way_that_http_knows(konnect: Konnect, media: str) -> None:
    headers = {"Content-Type": media}
    answer = konnect.call("POST", PLANES, content=b'{"name": "prod"}', headers=headers)
    assert answer.status == 201


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", NETWORKS, "GET, POST"),
        ("POST", f"{NETWORKS}/x", "DELETE, GET, PATCH"),
        ("DELETE", CONFIGURATIONS, "GET, PUT"),
        ("PATCH", f"{PLANES}/x/core-entities/services/y", "DELETE, GET, PUT"),
        ("PUT", PLANES, "GET, POST"),
    ],
)
def test_a_method_that_a_path_does_not_take_is_a_405_that_names_those_it_does(
    konnect: Konnect, method: str, path: str, allowed: str
) -> None:
    answer = konnect.call(method, path)
    assert (answer.status, answer.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize("size", ["ten", "1e3", "+5", " 5", "1_0", "٣", "5.0", "0x5", "9" * 5000])
@pytest.mark.parametrize("path", [PLANES, NETWORKS, ADD_ONS])
def test_a_page_size_takes_digits_only(konnect: Konnect, path: str, size: str) -> None:
    answer = konnect.get(path, **{"page[size]": size})
    assert (answer.status, answer.invalid) == (400, {"page[size]": "is_integer"})


@pytest.mark.parametrize(("size", "status"), [("0", 400), ("-1", 400), ("1", 200), ("", 200)])
def test_a_page_has_at_least_one_item(konnect: Konnect, size: str, status: int) -> None:
    assert konnect.get(PLANES, **{"page[size]": size}).status == status


@pytest.mark.parametrize(
    ("size", "status"), [("0", 400), ("1", 200), ("1000", 200), ("1001", 400), ("+5", 400)]
)
def test_a_page_of_entities_has_the_documented_range(
    konnect: Konnect, size: str, status: int
) -> None:
    plane = konnect.plane()
    assert konnect.get(entities(plane, "services"), size=size).status == status


@pytest.mark.parametrize("token", [None, "kpat_somebodyelse000000"])
def test_the_sandbox_shows_itself_to_holders_of_its_token_only(
    store: Store, token: str | None
) -> None:
    stranger = Konnect(store, token)
    answer = stranger.get(STATE)
    assert (answer.status, answer.body["detail"]) == (
        401,
        "the sandbox's token is needed; endpoint.json has it",
    )
    assert stranger.post("/_sandbox/reset", {}).status == 401
    stranger.close()


def test_a_token_of_a_system_account_does_not_open_the_sandbox(
    konnect: Konnect, store: Store
) -> None:
    account = konnect.post("/v3/system-accounts", {"name": "ci", "description": "d"}).body
    body = token_body(konnect)
    made = konnect.post(f"/v3/system-accounts/{account['id']}/access-tokens", body).body
    stranger = Konnect(store, made["token"])
    assert stranger.get(STATE).status == 401
    stranger.close()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "127.0.0.1:8080"}, 200),
        ({"Host": "localhost"}, 200),
        ({"Host": "eu.localhost:80"}, 200),
        ({"Host": "[::1]:80"}, 200),
        ({"Host": "attacker.example"}, 403),
        ({"Host": "127.0.0.1.attacker.example:80"}, 403),
        ({"Host": "localhost.attacker.example"}, 403),
        ({"Host": "localhost:80", "Origin": "http://localhost:80"}, 200),
        ({"Host": "localhost:80", "Origin": "http://localhost:3000"}, 403),
        ({"Host": "localhost:80", "Origin": "https://attacker.example"}, 403),
        ({"Host": "localhost:80", "Origin": "null"}, 403),
    ],
)
def test_web_pages_do_not_reach_the_inside_of_the_sandbox(
    konnect: Konnect, headers: dict[str, Any], status: int
) -> None:
    assert konnect.call("GET", STATE, headers=headers).status == status
