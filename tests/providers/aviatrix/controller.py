"""A scripted controller: what it answers to each action, in order, and what it was asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import httpx

from providers.aviatrix.client import Client, use_client
from providers.aviatrix.connection import Connection

PASSWORD = "canaryCANARYcanary0123456789"
TOKEN = "token-canary-5d1f"
BASE = "https://controller.test"

Answer = dict[str, Any] | httpx.Response | type[httpx.TransportError]


def done(results: Any = "done", **more: Any) -> dict[str, Any]:
    """The answer to a call that was done."""
    return {"return": True, "results": results, **more}


def refusal(reason: str) -> dict[str, Any]:
    """The answer to a call that was refused."""
    return {"return": False, "reason": reason}


class Controller:
    """Answers by action; the last answer to an action is for all that follow."""

    def __init__(self, **answers: Answer | list[Answer]) -> None:
        self.answers = {
            name: list(answer) if isinstance(answer, list) else [answer]
            for name, answer in answers.items()
        }
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.requests: list[httpx.Request] = []
        self.logins = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        fields = _fields(request)
        action = fields.pop("action")
        self.calls.append((action, fields))
        if action == "get_api_token" and action not in self.answers:
            return httpx.Response(200, json=done({"api_token": TOKEN}))
        if action == "login" and action not in self.answers:
            assert request.headers["X-Access-Key"] == TOKEN
            self.logins += 1
            return httpx.Response(200, json=done("welcome", CID=self.session))
        answers = self.answers[action]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, httpx.Response):
            return answer
        if isinstance(answer, type):
            raise answer("connection fault", request=request)
        return httpx.Response(200, json=answer)

    @property
    def session(self) -> str:
        """The session of the last login."""
        return f"session-{self.logins}"

    def asked(self, action: str) -> list[dict[str, Any]]:
        """The fields of each call of an action, without the session."""
        return [
            {name: value for name, value in fields.items() if name != "CID"}
            for named, fields in self.calls
            if named == action
        ]

    @property
    def actions(self) -> list[str]:
        """The actions in order, without logins."""
        return [name for name, _ in self.calls if name not in ("get_api_token", "login")]

    def client(self, clock: Callable[[], float] = lambda: 0.0) -> Client:
        """A client that talks to this controller, which providers in this process use too."""
        connection = Connection(BASE, "admin", PASSWORD)
        client = Client(connection, httpx.MockTransport(self), clock)
        use_client(client)
        return client


def _fields(request: httpx.Request) -> dict[str, Any]:
    if request.url.query:
        return dict(parse_qsl(request.url.query.decode()))
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        fields: dict[str, Any] = json.loads(request.content)
        return fields
    if kind.startswith("multipart/form-data"):
        return _parts(request.content, kind.partition("boundary=")[2])
    return dict(parse_qsl(request.content.decode()))


def _parts(content: bytes, boundary: str) -> dict[str, Any]:
    fields = {}
    for part in content.split(f"--{boundary}".encode())[1:-1]:
        head, _, body = part.strip(b"\r\n").partition(b"\r\n\r\n")
        name = head.partition(b'name="')[2].partition(b'"')[0]
        fields[name.decode()] = body.decode()
    return fields
