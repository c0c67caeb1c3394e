"""A scripted Konnect for client tests: what it answers, in order, and what it was asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx

from providers.konnect.client import Client, Connection

TOKEN = "kpat_canaryCANARYcanary0123456789"
BASE = "http://konnect.test:8080"

Answer = httpx.Response | type[httpx.TransportError] | Callable[[httpx.Request], httpx.Response]


class Script:
    """Answers one request after the other; the last answer is for all that follow."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, httpx.Response):
            return answer
        if isinstance(answer, type):
            raise answer("connection fault", request=request)
        return answer(request)

    @property
    def urls(self) -> list[str]:
        """What was asked for, as method and URL."""
        return [f"{request.method} {request.url}" for request in self.requests]

    @property
    def bodies(self) -> list[Any]:
        """The JSON bodies that were sent."""
        return [json.loads(request.content) for request in self.requests if request.content]

    def client(self, server_url: str = BASE, geo: str = "us", token: str | None = TOKEN) -> Client:
        """A client that talks to this script."""
        connection = Connection(server_url, token, geo)
        return Client(connection, httpx.MockTransport(self))


def answer(status: int = 200, body: Any = None, **headers: str) -> httpx.Response:
    """A JSON answer; header names with underscores for dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json={} if body is None else body, headers=named)


def problem(status: int, title: str, detail: str = "", **more: Any) -> httpx.Response:
    """A problem document as the cloud gateways API answers it."""
    body = {"status": status, "title": title, "detail": detail, "instance": "kong:trace:42", **more}
    content = json.dumps(body).encode()
    headers = {"content-type": "application/problem+json"}
    return httpx.Response(status, content=content, headers=headers)
