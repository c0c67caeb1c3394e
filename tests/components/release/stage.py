"""Where releases are played: programs under Pulumi's mocks whose Konnect objects are real.

Each resource that a program registers is checked, created or updated by its provider class in a
simulated Konnect, in the order in which the program registers it; what a later program leaves out
is deleted at its end. Gateways answer requests meanwhile.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pulumi
from pulumi.dynamic import Config, ConfigureRequest
from pulumi.runtime.mocks import MockResourceArgs

from components.release import Release, ReleaseArgs
from multicloudgateway import state
from providers import konnect
from providers.konnect.client import Connection, client_for
from sandbox.konnect.tokens import DEFAULT_TOKEN
from tests.components.gateway_mocks import World, plain, run_program
from tests.providers.konnect.example import unsealed
from tests.sandbox.data_plane.gateways import Gateways, Plane
from tests.sandbox.konnect.client import Konnect, entities

Json = dict[str, Any]
_DYNAMIC = "pulumi-python:dynamic/"


@dataclass
class Kept:
    """A resource in state."""

    provider: Any
    id: str
    outs: Json


@dataclass
class RealWorld(World):
    """Registered resources become objects in a simulated Konnect."""

    url: str = ""
    state: dict[str, Kept] = field(default_factory=dict)
    """By name, over all programs."""
    changes: list[tuple[str, str]] = field(default_factory=list)
    """(what happened, name) of the last program."""

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        """Create or update the object."""
        named = super().new_resource(args)
        if not args.typ.startswith(_DYNAMIC):
            return named
        news = {k: v for k, v in plain(args.inputs).items() if not k.startswith("__")}
        kept = self.state.get(args.name)
        if kept is None:
            provider = state.provider(args.typ.removeprefix(_DYNAMIC))
            settings = {"konnect:token": DEFAULT_TOKEN, "konnect:server_url": self.url}
            provider.configure(ConfigureRequest(Config(settings, "p")))
            made = provider.create(_inputs(provider.check({}, news)))
            kept = self.state[args.name] = Kept(provider, made.id, unsealed(made.outs))
            self.changes.append(("create", args.name))
            return kept.id, kept.outs
        inputs = _inputs(kept.provider.check(kept.outs, news))
        difference = kept.provider.diff(kept.id, kept.outs, inputs)
        assert not difference.replaces, (args.name, difference.replaces)
        if difference.changes:
            kept.outs = unsealed(kept.provider.update(kept.id, kept.outs, inputs).outs)
            self.changes.append(("update", args.name))
        return kept.id, kept.outs

    def konnect(self, request: httpx.Request) -> httpx.Response:
        """Pass a request of the program on to the simulated Konnect."""
        response = httpx.request(
            request.method,
            f"{self.url}{request.url.raw_path.decode()}",
            content=request.read(),
            headers={
                "Authorization": f"Bearer {DEFAULT_TOKEN}",
                "Content-Type": "application/json",
            },
        )
        return httpx.Response(response.status_code, content=response.content)

    def delete_missing(self) -> None:
        """Delete what the last program did not register, newest first."""
        registered = {resource.name for resource in self.resources}
        for name in reversed([name for name in self.state if name not in registered]):
            kept = self.state.pop(name)
            kept.provider.delete(kept.id, kept.outs)
            self.changes.append(("delete", name))


def _inputs(checked: Any) -> Json:
    assert checked.failures == [], [(one.property, one.reason) for one in checked.failures]
    inputs: Json = checked.inputs
    return inputs


@dataclass
class Traffic:
    """What requests were answered, and by whom."""

    statuses: Counter[int] = field(default_factory=Counter)
    servers: Counter[str] = field(default_factory=Counter)

    def take(self, answer: httpx.Response) -> None:
        """Count an answer."""
        self.statuses[answer.status_code] += 1
        if answer.headers.get("content-type", "").startswith("application/json"):
            self.servers[str(answer.json().get("server"))] += 1


class Stage:
    """A Konnect, its gateways, and the programs that run against it."""

    def __init__(self, konnect: Konnect, gateways: Gateways, url: str) -> None:
        self.konnect, self.gateways = konnect, gateways
        self.world = RealWorld(url=url)
        self.client = client_for(Connection(url, DEFAULT_TOKEN))

    def plane(self, *regions: str) -> Plane:
        """A control plane with gateways in these AWS regions."""
        return Plane(self.konnect, *regions)

    def up(
        self,
        args: Mapping[str, Any],
        planes: Mapping[str, Plane],
        *,
        config: Mapping[str, str] | None = None,
    ) -> list[tuple[str, str]]:
        """Run a program with one release, ``orders``, and let the gateways follow. Its changes."""
        ids = {key: plane.id for key, plane in planes.items()}

        def program(provider: konnect.Provider) -> Any:
            opts = pulumi.ResourceOptions(providers=[provider])
            release = Release(
                "orders",
                ReleaseArgs(**args),
                ids,
                service="orders",
                opts=opts,
            )
            routes = [
                konnect.GatewayRoute(
                    f"route-{key}",
                    control_plane_id=ids[key],
                    name="orders",
                    service={"id": service.id},
                    paths=["/orders"],
                    protocols=["http", "https"],
                    opts=pulumi.ResourceOptions(provider=provider),
                ).id
                for key, service in release.services.items()
            ]
            return pulumi.Output.all(release.hosts, *routes)

        return self.run(program, config)

    def run(
        self, program: Callable[[konnect.Provider], Any], config: Mapping[str, str] | None = None
    ) -> list[tuple[str, str]]:
        """Run a program, and let the gateways follow. Its changes."""
        self.world.resources.clear()
        self.world.changes = []
        pulumi.runtime.set_all_config(dict(config or {}))
        run_program(program, world=self.world)
        self.world.delete_missing()
        if self.gateways.plane.supervisor is not None:
            self.gateways.follow()
        return self.world.changes

    def weights(self, plane: Plane) -> dict[str, int]:
        """The live weights by address."""
        found: dict[str, int] = {}
        for upstream in self.konnect.get(entities(plane.id, "upstreams")).body["data"]:
            path = entities(plane.id, f"upstreams/{upstream['id']}/targets")
            found |= {t["target"]: t["weight"] for t in self.konnect.get(path).body["data"]}
        return found

    def send(self, requests: int, node: str | None = None, **options: Any) -> Traffic:
        """Send requests to a gateway, one after the other."""
        traffic = Traffic()
        for _ in range(requests):
            traffic.take(self.gateways.get("/orders", node, **options))
        return traffic

    @contextmanager
    def load_only(self) -> Iterator[Traffic]:
        """Requests without a pause, while the block runs."""
        traffic = Traffic()
        url = self.gateways.shown["gateways"][0]["url"]

        def send(client: httpx.Client) -> None:
            traffic.take(client.get(f"{url}/orders"))

        with repeated(send):
            yield traffic

    @contextmanager
    def load(self, plane: Plane) -> Iterator[Traffic]:
        """Requests without a pause, while the block runs. The store is sampled all the time.

        At its end the upstream must have had a target with a weight at every look.
        """
        looks: list[Json] = []
        (upstream,) = self.konnect.get(entities(plane.id, "upstreams")).body["data"]
        url = self.world.url + entities(plane.id, f"upstreams/{upstream['id']}/targets")
        headers = {"Authorization": f"Bearer {DEFAULT_TOKEN}"}

        def sample(client: httpx.Client) -> None:
            targets = client.get(url, headers=headers).json()["data"]
            looks.append({target["target"]: target["weight"] for target in targets})
            time.sleep(0.002)

        with self.load_only() as traffic, repeated(sample):
            yield traffic
        assert looks
        assert [weights for weights in looks if not any(weights.values())] == []


@contextmanager
def repeated(work: Callable[[httpx.Client], None]) -> Iterator[None]:
    """Repeat some work in a thread while the block runs. A failure of it fails the block."""
    stop, failures = threading.Event(), list[Exception]()

    def repeat() -> None:
        with httpx.Client(timeout=30) as client:
            while not stop.is_set():
                try:
                    work(client)
                except Exception as failure:
                    failures.append(failure)
                    return

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    assert failures == []


def until(happens: Callable[[], Any], seconds: float = 60.0) -> None:
    """Wait until something is true."""
    deadline = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
