"""A canary through the real engine: three updates under load, and one that the gate stops."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tests.integration.conftest import World
from tests.sandbox.data_plane.gateways import server
from tests.sandbox.http.conftest import Served

MakeWorld = Callable[..., World]

PROGRAM = """
import json
from pathlib import Path

import pulumi

from multicloudgateway import Release, ReleaseArgs, konnect

declared = json.loads(Path("release.json").read_text())
provider = konnect.Provider("konnect")
opts = pulumi.ResourceOptions(providers=[provider])
release = Release(
    "orders", ReleaseArgs(**declared["release"]), declared["planes"], service="orders", opts=opts
)
for key, service in release.services.items():
    konnect.GatewayRoute(
        f"orders-{key}",
        control_plane_id=declared["planes"][key],
        name="orders",
        service={"id": service.id},
        paths=["/orders"],
        protocols=["http"],
        opts=pulumi.ResourceOptions(provider=provider),
    )
"""
PROBES = {
    "active": {
        "type": "tcp",
        "healthy": {"interval": 5, "successes": 1},
        "unhealthy": {"interval": 5, "tcp_failures": 1},
    }
}


class Live:
    """Konnect and the gateways of a world, over HTTP."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.statuses: Counter[int] = Counter()
        self.servers: Counter[str] = Counter()
        self.empty: list[Any] = []
        headers = {"Authorization": f"Bearer {world.sandbox.token}"}
        url = world.sandbox.endpoint["konnect_url"]
        self.client = httpx.Client(base_url=url, headers=headers, timeout=60)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        response = self.client.request(method, f"/v2/{path}", json=body)
        response.raise_for_status()
        return response.json()

    def plane(self) -> str:
        """A control plane with gateways that run."""
        accounts = self.call("GET", "cloud-gateways/provider-accounts")["data"]
        plane = self.call("POST", "control-planes", {"name": "orders", "cloud_gateway": True})["id"]
        network = {
            "name": "orders",
            "cloud_gateway_provider_account_id": next(
                one["id"] for one in accounts if one["provider"] == "aws"
            ),
            "region": "us-east-2",
            "availability_zones": ["use2-az1", "use2-az2"],
            "cidr_block": "10.0.0.0/20",
        }
        network_id = self.call("POST", "cloud-gateways/networks", network)["id"]
        ready = f"cloud-gateways/networks/{network_id}"
        wait(lambda: self.call("GET", ready)["state"] == "ready")
        group = {
            "provider": "aws",
            "region": "us-east-2",
            "cloud_gateway_network_id": network_id,
            "autoscale": {"kind": "autopilot", "base_rps": 100},
        }
        configuration = {
            "control_plane_id": plane,
            "control_plane_geo": "us",
            "version": "3.13",
            "dataplane_groups": [group],
        }
        self.call("PUT", "cloud-gateways/configurations", configuration)
        wait(self.gateways)
        return str(plane)

    def gateways(self) -> list[dict[str, Any]]:
        """Start the gateways, or let them follow what has changed."""
        shown: list[dict[str, Any]] = self.world.sandbox.admin("POST", "data-plane")["gateways"]
        return shown

    def targets(self, plane: str) -> dict[str, int]:
        """The live weights by address."""
        entities = f"control-planes/{plane}/core-entities"
        (upstream,) = self.call("GET", f"{entities}/upstreams")["data"]
        found = self.call("GET", f"{entities}/upstreams/{upstream['id']}/targets")["data"]
        return {target["target"]: target["weight"] for target in found}

    def writes(self) -> list[tuple[str, str]]:
        """(method, collection) of each write to the entities of control planes."""
        return [
            (entry["method"], entry["target"].split("/")[-2])
            for entry in self.world.sandbox.writes()
            if "/core-entities/" in entry["target"]
        ]

    def send(self, requests: int) -> None:
        """Send requests to a gateway that has the latest configuration."""
        url = self.gateways()[0]["url"]
        with httpx.Client(timeout=60) as client:
            for _ in range(requests):
                self._take(client.get(f"{url}/orders"))

    @contextmanager
    def load(self, plane: str) -> Iterator[None]:
        """Requests and looks at the upstream without a pause, while the block runs."""
        stop, failures = threading.Event(), list[Exception]()
        url = self.gateways()[0]["url"]

        def run() -> None:
            with httpx.Client(timeout=60) as client:
                while not stop.is_set():
                    try:
                        self._take(client.get(f"{url}/orders"))
                        weights = self.targets(plane)
                    except Exception as failure:
                        failures.append(failure)
                        return
                    if not any(weights.values()):
                        self.empty.append(weights)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
        assert failures == []

    def _take(self, answer: httpx.Response) -> None:
        self.statuses[answer.status_code] += 1
        self.servers[answer.json()["server"]] += 1


def wait(happens: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 600
    while not happens():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def declare(world: World, plane: str, new: str, share: int, versions: dict[str, str]) -> None:
    """Write what the program reads: version ``new`` beside the one before it."""
    release = {
        "versions": {key: {"targets": {key: address}} for key, address in versions.items()},
        "canary": {"stable": next(key for key in versions if key != new), "new": new},
        "health_checks": PROBES,
        "gate": {"min_requests": 5, "max_error_rate": 0.1},
    }
    release["canary"]["share"] = share
    world.project.write("release.json", json.dumps({"planes": {"main": plane}, "release": release}))


def changes(world: World, *flags: str) -> set[tuple[str, str]]:
    """`pulumi up`, and the (operation, name) of each object that it changed.

    The component is none: it records the share as its input.
    """
    log = world.project.folder / "events.json"
    log.unlink(missing_ok=True)
    arguments = ("--yes", "--skip-preview", "--stack", "dev", "--event-log", str(log))
    world.project.ok("up", *arguments, *flags, env={"PULUMI_DEBUG_COMMANDS": "true"})
    found = [json.loads(line) for line in log.read_text().splitlines()]
    steps = [one["resourcePreEvent"]["metadata"] for one in found if "resourcePreEvent" in one]
    objects = [s for s in steps if "multicloudgateway:index:" not in s["type"]]
    return {(s["op"], s["urn"].rpartition("::")[2]) for s in objects if s["op"] != "same"}


def test_a_canary_goes_to_a_hundred_percent_in_three_updates_and_a_broken_version_stops_at_ten(
    make_world: MakeWorld,
) -> None:
    world = make_world(speed=2000, program=PROGRAM)
    world.init("dev")
    api = Live(world)
    plane = api.plane()
    served = [
        Served(server("v1")),
        Served(server("v2")),
        Served(server("v3", lambda: 500)),
    ]
    v1, v2, v3 = (f"127.0.0.1:{one.port}" for one in served)
    try:
        declare(world, plane, "v2", 0, {"v1": v1, "v2": v2})
        changes(world)
        first = len(api.writes())
        steps = []
        with api.load(plane):
            for share in (10, 50, 100):
                declare(world, plane, "v2", share, {"v1": v1, "v2": v2})
                steps.append(changes(world))
                more = api.servers["v2"] + 20
                wait(lambda least=more: api.servers["v2"] > least)
        weights = {("update", "orders-main-target-v1"), ("update", "orders-main-target-v2")}
        assert steps == [weights, weights, weights]
        assert set(api.statuses) == {200}
        assert api.empty == []
        assert api.writes()[first:] == 6 * [("PUT", "targets")]
        world.project.ok("preview", "--stack", "dev", "--expect-no-changes")

        declare(world, plane, "v3", 10, {"v2": v2, "v3": v3})
        changes(world)
        api.send(300)
        assert api.statuses[500] >= 20
        before_refusal = api.targets(plane)
        declare(world, plane, "v3", 50, {"v2": v2, "v3": v3})
        refused = world.run("up", "--yes", "--stack", "dev")
        assert refused.code != 0
        assert "requests to version 'v3' in the last 15m were answered 5xx" in refused.output
        assert "roll back: pulumi up --config release:rollback=orders" in refused.output
        assert "Traceback" not in refused.output
        assert api.targets(plane) == before_refusal

        rolled_back = changes(world, "--config", "release:rollback=orders")
        assert rolled_back == {
            ("update", "orders-main-target-v2"),
            ("update", "orders-main-target-v3"),
        }
        assert api.targets(plane)[v3] == 0
    finally:
        for one in served:
            one.stop()
        api.client.close()
