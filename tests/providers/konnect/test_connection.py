"""Where Konnect is and who asks: hosts, geos, tokens, and what is no address at all."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from pulumi.dynamic import Config, ConfigureRequest

from providers.base.errors import ConfigurationError
from providers.konnect.client import Connection
from providers.konnect.vocabulary import Geo
from tests.providers.konnect.examples import NETWORK
from tests.providers.konnect.scripted import BASE, TOKEN, Script, answer


@pytest.mark.parametrize(
    ("server_url", "geo", "cloud_gateways", "control_planes"),
    [
        (
            "https://global.api.konghq.com",
            "eu",
            "https://global.api.konghq.com",
            "https://eu.api.konghq.com",
        ),
        (
            "https://au.api.konghq.com",
            "au",
            "https://global.api.konghq.com",
            "https://au.api.konghq.com",
        ),
        (BASE, "eu", BASE, BASE),
        ("https://konnect-proxy.example.com", "us", *["https://konnect-proxy.example.com"] * 2),
        ("https://api.konghq.com.evil.example", "us", *["https://api.konghq.com.evil.example"] * 2),
    ],
)
def test_kongs_own_hosts_are_derived_and_any_other_address_is_honoured_for_every_call(
    server_url: str, geo: str, cloud_gateways: str, control_planes: str
) -> None:
    script = Script(answer(body={"data": []}))
    client = script.client(server_url, geo)
    client.get("/v2/a", "reading")
    client.post("/v2/a", "creating", {})
    client.list_all("/v2/a", "listing")
    client.public("/v2/a", "reading")
    assert {f"{r.url.scheme}://{r.url.netloc.decode()}" for r in script.requests} == {
        cloud_gateways
    }
    script.requests.clear()
    client.get("/v2/b", "reading", regional=True)
    client.post("/v2/b", "creating", {}, regional=True)
    client.put("/v2/b", "changing", {}, regional=True)
    client.patch("/v2/b", "changing", {}, regional=True)
    client.delete("/v2/b", "deleting", regional=True)
    client.list_entities("/v2/b", "listing")
    client.list_all("/v2/b", "listing", regional=True)
    assert {f"{r.url.scheme}://{r.url.netloc.decode()}" for r in script.requests} == {
        control_planes
    }


@pytest.mark.parametrize(
    ("given", "environment", "token"),
    [
        ("given", {"KONNECT_TOKEN": "personal", "KONNECT_SPAT": "system"}, "given"),
        (None, {"KONNECT_TOKEN": "personal", "KONNECT_SPAT": "system"}, "personal"),
        (None, {"KONNECT_SPAT": "system"}, "system"),
        (None, {"KONNECT_TOKEN": "", "KONNECT_SPAT": "system"}, "system"),
        (None, {}, None),
    ],
)
def test_the_token_is_the_given_one_then_the_personal_then_the_systems(
    given: str | None, environment: dict[str, str], token: str | None
) -> None:
    assert Connection.resolve(given, environ=environment).token == token


@pytest.mark.parametrize(
    ("given", "environment", "url", "geo"),
    [
        ({}, {}, "https://global.api.konghq.com", "us"),
        (
            {},
            {"KONNECT_SERVER_URL": "https://eu.api.konghq.com/"},
            "https://eu.api.konghq.com",
            "eu",
        ),
        ({"server_url": BASE}, {"KONNECT_SERVER_URL": "https://eu.api.konghq.com"}, BASE, "us"),
        ({"server_url": BASE + "/", "geo": "sg"}, {}, BASE, "sg"),
        (
            {"server_url": "https://eu.api.konghq.com", "geo": "me"},
            {},
            "https://eu.api.konghq.com",
            "me",
        ),
    ],
)
def test_the_address_is_the_given_one_then_the_environments_and_names_the_geo(
    given: dict[str, Any], environment: dict[str, str], url: str, geo: str
) -> None:
    connection = Connection.resolve(**given, environ=environment)
    assert (connection.server_url, connection.geo) == (url, geo)


def test_the_process_environment_is_read_when_none_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KONNECT_TOKEN", TOKEN)
    monkeypatch.setenv("KONNECT_SERVER_URL", BASE)
    assert Connection.resolve() == Connection(BASE, TOKEN, "us")


@pytest.mark.parametrize(
    "url",
    [
        "konnect.example.com",
        "ftp://konnect.example.com",
        "https://",
        "https:///v2",
        "https://konnect.example.com/v2",
        "https://konnect.example.com?x=1",
        "https://konnect.example.com#x",
        "https://konnect.example.com:port",
        "https://konnect.example.com:99999",
        "https://[::1",
    ],
)
def test_what_is_no_base_url_is_refused_by_name(url: str) -> None:
    with pytest.raises(ConfigurationError, match="is not a base URL such as https://global"):
        Connection.resolve(server_url=url, environ={})


def test_a_geo_that_konnect_does_not_have_is_refused_with_those_it_has() -> None:
    with pytest.raises(ConfigurationError) as error:
        Connection.resolve(geo="mars", environ={})
    assert all(geo in str(error.value) for geo in ("mars", *list(Geo)))


def test_without_a_token_the_error_says_where_to_put_one_and_nothing_is_sent() -> None:
    script = Script(answer())
    client = script.client(token=None)
    with pytest.raises(ConfigurationError, match="no Konnect token: set KONNECT_TOKEN"):
        client.get("/v2/a", "reading")
    assert script.requests == []


def test_the_token_is_sent_as_a_bearer_and_not_at_all_where_none_is_needed() -> None:
    script = Script(answer())
    script.client().get("/v2/a", "reading")
    script.client(token=None).public("/v2/cloud-gateways/availability.json", "reading")
    script.client().public("/v2/cloud-gateways/availability.json", "reading")
    sent = [request.headers.get("authorization") for request in script.requests]
    assert sent == [f"Bearer {TOKEN}", None, None]


def test_a_connection_does_not_show_its_token() -> None:
    connection = Connection(BASE, TOKEN)
    assert TOKEN not in repr(connection)
    assert TOKEN not in str(connection)
    assert TOKEN not in f"{connection!r:>200}"


def test_a_provider_error_leaves_no_traceback_in_the_log_and_any_other_error_does(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """gRPC logs what a call raises. The engine shows that log to the user."""
    NETWORK.provider().configure(ConfigureRequest(Config({}, "orders")))
    log = logging.getLogger("grpc._server")
    for error in (ConfigurationError("no token"), ValueError("a defect")):
        log.error("Exception calling application", exc_info=error)
    log.error("no thread is free")
    found = [(record.getMessage(), record.exc_info) for record in caplog.records]
    assert [message for message, _ in found] == [
        "Exception calling application",
        "no thread is free",
    ]
    assert found[0][1] is not None
    assert found[0][1][0] is ValueError
