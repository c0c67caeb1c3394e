"""A simulated Konnect in this process, for the providers' own client."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path

import httpx

from providers.konnect.client import Client, Connection
from sandbox.clock import VirtualClock
from sandbox.konnect.app import create_app
from sandbox.konnect.tokens import DEFAULT_TOKEN
from sandbox.store import Store

URL = "http://127.0.0.1"


class InProcess(httpx.BaseTransport):
    """Requests to the sandbox's application without a socket, one after another."""

    def __init__(self, store: Store) -> None:
        self._transport = httpx.ASGITransport(create_app(store))
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            return asyncio.run(self._answer(request))

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        body = request.read()
        asked = httpx.Request(request.method, request.url, headers=request.headers, content=body)
        answer = await self._transport.handle_async_request(asked)
        content = await answer.aread()
        return httpx.Response(answer.status_code, headers=answer.headers, content=content)


def copy_of(database: Path, folder: Path) -> Store:
    """A store with the objects of a sandbox's database. Its clock stands still."""
    copied = folder / "copy.sqlite3"
    with sqlite3.connect(database) as source, sqlite3.connect(copied) as target:
        source.backup(target)
    return Store(copied, VirtualClock(speed=0))


def client_of(store: Store) -> Client:
    """The providers' client of an in-process Konnect."""
    connection = Connection(URL, DEFAULT_TOKEN)
    return Client(connection, InProcess(store))
