"""The controller's part of the sandbox's admin API, at one address with Konnect."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sandbox.aviatrix import admin, app
from sandbox.konnect.app import create_app
from sandbox.konnect.tokens import DEFAULT_TOKEN
from sandbox.store import Store
from tests.sandbox.aviatrix.controller import Controller

ACCOUNT = {"account_name": "a", "cloud_type": "1", "aws_account_number": "1", "aws_iam": "true"}


class Sandbox:
    """Konnect and the controller at one address, with the token of the sandbox."""

    def __init__(self, store: Store) -> None:
        konnect = create_app(store, others={app.NAME: admin.router})
        self._runner = asyncio.Runner()
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app.beside(app.create_app(store), konnect)),
            base_url="http://127.0.0.1",
            headers={"Authorization": f"Bearer {DEFAULT_TOKEN}"},
        )

    def call(self, method: str, path: str, **how: Any) -> httpx.Response:
        return self._runner.run(self._client.request(method, path, **how))

    def close(self) -> None:
        self._runner.run(self._client.aclose())
        self._runner.close()


@pytest.fixture
def sandbox(store: Store) -> Iterator[Sandbox]:
    sandbox = Sandbox(store)
    yield sandbox
    sandbox.close()


def test_each_api_has_its_own_paths(sandbox: Sandbox) -> None:
    answer = sandbox.call("GET", "/v2/api", params={"action": "get_api_token"})
    assert answer.json()["return"] is True
    assert sandbox.call("GET", "/v2/control-planes").json()["data"] == []
    assert sandbox.call("GET", "/v2.5/api/x").status_code == 403


def test_sessions_are_expired_on_demand(sandbox: Sandbox, controller: Controller) -> None:
    answer = sandbox.call("POST", "/_sandbox/aviatrix/expire-sessions")
    assert answer.json() == {"expired": 1}
    assert "CID is invalid" in controller.refused("list_accounts")


def test_failures_are_added_listed_and_deleted(sandbox: Sandbox, controller: Controller) -> None:
    path = "/_sandbox/aviatrix/failures"
    failure = {"action": "list_.*", "name": "", "reason": "no", "times": 2}
    assert sandbox.call("POST", path, json=failure).status_code == 201
    assert controller.refused("list_accounts") == "no"
    assert sandbox.call("GET", path).json() == {"failures": [{**failure, "times": 1}]}
    sandbox.call("DELETE", path)
    assert controller.ok("list_accounts") == {"account_list": []}


def test_a_gateway_is_kept_down_on_demand(sandbox: Sandbox, store: Store) -> None:
    given = {"gateway": "t", "tries": 3}
    assert sandbox.call("PUT", "/_sandbox/aviatrix/not-up", json=given).json() == given
    assert store.meta("aviatrix:not-up") == {"t": 3}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "failures", {"action": "("}),
        ("POST", "failures", {"action": "x", "times": 0}),
        ("PUT", "not-up", {"gateway": "", "tries": 1}),
    ],
)
def test_a_wrong_demand_is_refused(
    sandbox: Sandbox, method: str, path: str, body: dict[str, Any]
) -> None:
    assert sandbox.call(method, f"/_sandbox/aviatrix/{path}", json=body).status_code == 400


def test_faults_of_the_controller_are_added_at_the_same_address(sandbox: Sandbox) -> None:
    fault = {"api": "aviatrix", "path": "get_api_token", "status": 503}
    assert sandbox.call("POST", "/_sandbox/faults", json=fault).status_code == 201
    token = {"action": "get_api_token"}
    assert sandbox.call("GET", "/v2/api", params=token).status_code == 503
    assert sandbox.call("GET", "/v2/api", params=token).status_code == 200


def test_a_reset_deletes_objects_sessions_and_failures(
    sandbox: Sandbox, controller: Controller
) -> None:
    controller.ok("setup_account_profile", **{**ACCOUNT, "aws_account_number": "111122223333"})
    sandbox.call("POST", "/_sandbox/aviatrix/failures", json={"action": ".*"})
    sandbox.call("POST", "/_sandbox/reset")
    assert "CID is invalid" in controller.refused("list_accounts")
    controller.cid = controller.login()
    assert controller.ok("list_accounts") == {"account_list": []}
