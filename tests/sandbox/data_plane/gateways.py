"""The gateways of a simulated Konnect, and servers behind them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from sandbox.data_plane.control import DataPlane
from tests.sandbox.konnect.client import Konnect, entities

Json = dict[str, Any]


class Gateways:
    """The data plane over a store, and requests to its nodes."""

    def __init__(self, konnect: Konnect, folder: Path) -> None:
        self.konnect = konnect
        self.uses = 0
        self.plane = DataPlane(konnect.store, folder, self._used)
        self._client = httpx.Client(timeout=10)

    def _used(self) -> None:
        self.uses += 1

    def start(self) -> None:
        self.plane.start()

    def follow(self) -> None:
        """Look at the configuration now, and not at the next interval."""
        assert self.plane.supervisor is not None
        self.plane.run(self.plane.supervisor.look())

    def hold_redis_down(self) -> None:
        """Kill all Redis servers, and keep them down."""
        assert self.plane.supervisor is not None
        for one in self.shown["redis"]:
            self.plane.run(self.plane.supervisor.hold_redis(one["key"], down=True))

    def tasks(self) -> set[str]:
        """The names of the coroutines that run in the loop of the gateways."""

        async def tasks() -> set[str]:
            return {getattr(task.get_coro(), "__name__", "") for task in asyncio.all_tasks()}

        return self.plane.run(tasks())

    @property
    def shown(self) -> Json:
        assert self.plane.supervisor is not None
        return self.plane.supervisor.shown()

    def names(self, region: str | None = None) -> list[str]:
        """The nodes, of one region or of all."""
        return [g["name"] for g in self.shown["gateways"] if region in (None, g["region"])]

    def get(self, path: str = "/", node: str | None = None, **options: Any) -> httpx.Response:
        return self.call("GET", path, node, **options)

    def call(
        self, method: str, path: str, node: str | None = None, **options: Any
    ) -> httpx.Response:
        """Send a request to a node, by default to the first."""
        named = {gateway["name"]: gateway["url"] for gateway in self.shown["gateways"]}
        url = named[node] if node else next(iter(named.values()))
        return self._client.request(method, url + path, **options)

    def close(self) -> None:
        self._client.close()
        self.plane.stop()


class Plane:
    """A control plane with gateways, whose entities a test writes."""

    def __init__(self, konnect: Konnect, *regions: str, cache: bool = False) -> None:
        self.konnect = konnect
        self.id = konnect.plane()
        networks = [konnect.network(region=region) for region in regions or ("us-east-2",)]
        konnect.configuration(self.id, *(konnect.group(network) for network in networks))
        konnect.wait(11)
        if cache:
            self.add_on = konnect.add_on(self.id)
            konnect.wait(16)

    def write(self, collection: str, **body: Any) -> Json:
        answer = self.konnect.post(entities(self.id, collection), body)
        assert answer.status == 201, answer.body
        written: Json = answer.body
        return written

    def api(self, host: str = "orders.internal", port: int = 80, **route: Any) -> tuple[Json, Json]:
        """A service and a route to it."""
        service = self.write("services", name=f"to {host} {port}".replace(" ", "-"), host=host)
        service = self.konnect.put(
            entities(self.id, f"services/{service['id']}"), {**service, "port": port}
        ).body
        route = {"name": "orders", "paths": ["/orders"], "protocols": ["http", "https"], **route}
        return service, self.write("routes", service={"id": service["id"]}, **route)

    def partial(self) -> str:
        """The partial of the managed cache."""
        (found,) = self.konnect.get(entities(self.id, "partials")).body["data"]
        return str(found["id"])


def server(name: str, status: Callable[[], int] = lambda: 200) -> ASGIApp:
    """An upstream that says its name and what it got."""

    async def answer(request: Request) -> JSONResponse:
        body = {
            "server": name,
            "path": request.url.path,
            "query": request.url.query,
            "headers": dict(request.headers),
            "body": (await request.body()).decode(),
        }
        return JSONResponse(body, status())

    return Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])


def until(happens: Callable[[], Any], seconds: float = 30.0) -> Any:
    """Wait until something is true, and return it."""
    deadline = time.monotonic() + seconds
    while not (found := happens()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
    return found
