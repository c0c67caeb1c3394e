"""A client of the simulated controller: requests over its real HTTP application."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from sandbox.aviatrix import records
from sandbox.aviatrix.actions import ACTIONS
from sandbox.aviatrix.app import CLASSIC, create_app
from sandbox.aviatrix.sessions import PASSWORD, USERNAME
from sandbox.store import Store

Json = dict[str, Any]

FORM = {"content-type": "application/x-www-form-urlencoded"}
MINUTE = 60.0


class Controller:
    """Requests to a simulated controller in this process, time at a standstill."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._runner = asyncio.Runner()
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(create_app(store)), base_url="http://127.0.0.1"
        )
        self.cid = self.login()

    def close(self) -> None:
        self._runner.run(self._client.aclose())
        self._runner.close()

    def send(
        self, method: str, path: str = CLASSIC, *, passing: bool = False, **how: Any
    ) -> httpx.Response:
        """Send a request. With ``passing``, time passes until the response comes."""
        return self._runner.run(self._send(method, path, passing, how))

    async def _send(self, method: str, path: str, passing: bool, how: Json) -> httpx.Response:
        request = asyncio.create_task(self._client.request(method, path, **how))
        while passing and not request.done():
            await asyncio.sleep(0.005)
            self.store.clock.advance(60)
        return await asyncio.wait_for(request, 60)

    def token(self) -> str:
        answer = self.send("GET", content="action=get_api_token&log_enable=true", headers=FORM)
        return str(answer.json()["results"]["api_token"])

    def login(self) -> str:
        """Begin a session; returns its CID."""
        form = {"action": "login", "username": USERNAME, "password": PASSWORD}
        answer = self.send("POST", data=form, headers={"X-Access-Key": self.token()}).json()
        assert answer["return"], answer
        return str(answer["CID"])

    def form(self, action: str, *, passing: bool = False, **fields: str) -> Json:
        """The envelope of a write by form, or of a read by query."""
        given = {"action": action, "CID": self.cid, **fields}
        reads = action in ACTIONS and ACTIONS[action].reads
        if reads:
            answer = self.send("GET", params=given, passing=passing)
        else:
            answer = self.send("POST", data=given, passing=passing)
        assert answer.status_code == 200, answer.text
        assert "json" in answer.headers["content-type"]
        envelope: Json = answer.json()
        return envelope

    def json(self, action: str, *, passing: bool = False, **fields: Any) -> Json:
        """The envelope of a write by JSON."""
        given = {"action": action, "CID": self.cid, **fields}
        envelope: Json = self.send("POST", json=given, passing=passing).json()
        return envelope

    def ok(self, action: str, **fields: str) -> Any:
        """The results of a request that succeeds at once."""
        envelope = self.form(action, **fields)
        assert envelope["return"], envelope
        return envelope["results"]

    def does(self, action: str, **fields: str) -> Any:
        """The results of a request that succeeds after a time, which passes."""
        envelope = self.form(action, passing=True, **fields)
        assert envelope["return"], envelope
        return envelope["results"]

    def refused(self, action: str, **fields: str) -> str:
        """The reason of a request that fails."""
        envelope = self.form(action, passing=True, **fields)
        assert envelope["return"] is False, envelope
        assert "results" not in envelope
        return str(envelope["reason"])

    def begin(self, action: str, **fields: str) -> asyncio.Task[httpx.Response]:
        """Send a write whose response comes after a time, and do not wait for it."""
        given = {"action": action, "CID": self.cid, **fields}

        async def begin() -> asyncio.Task[httpx.Response]:
            request = asyncio.create_task(self._client.post(CLASSIC, data=given))
            while not any(records.every(self.store, records.TASKS)):
                await asyncio.sleep(0.005)
            return request

        return self._runner.run(begin())

    def finish(self, request: asyncio.Task[httpx.Response]) -> Json:
        """Let time pass until a response comes; returns its envelope."""

        async def finish() -> httpx.Response:
            while not request.done():
                await asyncio.sleep(0.005)
                self.store.clock.advance(60)
            return await request

        envelope: Json = self._runner.run(finish()).json()
        return envelope

    def refused_now(self, action: str, **fields: str) -> str:
        """The reason of a request that fails, while time stands still."""
        envelope = self.form(action, **fields)
        assert envelope["return"] is False, envelope
        return str(envelope["reason"])

    def wait(self, minutes: float) -> None:
        """Let simulated time pass."""
        self.store.clock.advance(minutes * MINUTE)

    def gateway(self, name: str) -> Json:
        """A gateway as the controller lists it."""
        (found,) = self.ok("list_vpcs_summary", gateway_name=name)
        shown: Json = found
        return shown
