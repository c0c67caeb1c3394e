"""Measures the performance budgets: the time of `up` and previews, requests to Konnect, memory.

Times are ratios of two measurements from the same run on the same machine, so that a slow or busy
machine changes the result little. The project's components run through the real engine, against
sandboxes of their own. State is in `.cache/bench` and is deleted at the end.

`up` / critical path. The critical path is the shortest possible time of an `up`. It has two parts.
The first is the longest chain of a network, a group of data planes in it and the cache of its
control plane, with durations from Konnect's timestamps, at the sandbox's speed. The second is the
time of another `up` of the same program without changes: engine, imports, and a check of every
resource. So the ratio shows the time that the program wastes: objects created one after the other
instead of in parallel, late polls, clouds that wait for each other. Attachments are in no chain,
because part of their time is the customer's side, which this project creates itself.

The sandbox runs faster than real time, but the engine does not. A second lost in the engine counts
as a minute of a simulated hour, but is only a second of a real one. So programs with many regions
run at a lower speed. For each step the engine writes all of its state to a file, so the amount
written grows with the square of the number of resources: with 48 regions it writes for more than a
minute. With real networks this does not matter.

    python -m tools.bench            3, 12 and 48 regions, and the previews: about 8 minutes
    python -m tools.bench --quick    3 regions and the previews, each once: about 2 minutes
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import httpx
import psutil
import typer
import yaml
from rich.console import Console
from rich.table import Table

from components import addressing
from tools import engine
from tools.engine import CHECKOUT
from tools.environment import for_local_backend
from tools.processes import watch
from tools.progress import duration, say, step
from tools.run import readable_errors
from tools.sandbox_process import Sandbox

Json = dict[str, Any]

SPEEDS: Final = {3: 90.0, 12: 60.0, 48: 20.0}
"""By the number of regions of a program: simulated seconds per second during its `up`."""
FAST: Final = 6000.0
"""Simulated seconds per second if the time of provisioning is not measured."""
REPEATS: Final = 3
"""Number of previews of each program. The median counts."""
COMMAND_LIMIT: Final = 600.0
"""Limit of one engine command, in seconds."""
RSS_INTERVAL: Final = 0.2
"""Seconds between two measurements of the sandbox's memory."""

WIDTH: Final = 140
"""Width of the result in characters, if the output is not a terminal."""

UP_BUDGET: Final = 1.10
WRITES_BUDGET: Final = 1.0
READS_BUDGET: Final = 1.0
PREVIEW_BUDGET: Final = 3.0
MEMORY_BUDGET: Final = 400.0

BLOCK: Final = 20
"""Prefix length of every gateway network and landing. All three clouds accept it."""
ZONES: Final = 3
"""Number of zones of every network."""

PROGRAM: Final = '''\
"""Every gateway of the configuration, each built as the project's own program builds its one."""

import pulumi

from components.gateway import MultiCloudGateway
from providers import konnect
from stacks import exports, settings
from stacks.arguments import gateway_args

offered = konnect.get_availability(konnect.Connection.resolve())
provider = konnect.Provider("konnect")
for name, described in pulumi.Config().require_object("gateways").items():
    environment = settings.load(name, described)
    if problems := list(settings.availability_problems(environment, offered)):
        raise settings.SettingsError(environment.file, problems)
    gateway = MultiCloudGateway(
        name, gateway_args(environment), opts=pulumi.ResourceOptions(providers=[provider])
    )
    pulumi.export(name, exports.exports(gateway))
'''

POLICIES: Final = (
    *("--policy-pack", str(CHECKOUT / "policies")),
    *("--policy-pack-config", str(CHECKOUT / "policies" / "config" / "prod.json")),
)
"""Engine flags that run the policy pack in a preview of prod."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


# What is measured.


@dataclass(frozen=True)
class Measure:
    """One line of the result. ``basis`` is how the number was calculated."""

    what: str
    measured: float
    budget: float
    basis: str
    unit: str = ""

    @property
    def kept(self) -> bool:
        """Whether the measure is within its budget."""
        return self.measured <= self.budget


def table(measures: Iterable[Measure]) -> Table:
    """A table of measures and their budgets."""
    shown = Table("what", "measured", "budget", "verdict", "made of")
    for measure in measures:
        unit = f" {measure.unit}" if measure.unit else ""
        shown.add_row(
            measure.what,
            f"{measure.measured:.2f}{unit}",
            f"at most {measure.budget:g}{unit}",
            "[green]kept[/]" if measure.kept else "[bold red]broken[/]",
            measure.basis,
        )
    return shown


def provisioning(item: Json) -> float:
    """Simulated seconds from an object's creation until it was ready (its last change)."""
    created, updated = (datetime.fromisoformat(item[key]) for key in ("created_at", "updated_at"))
    return (updated - created).total_seconds()


def critical_path(
    networks: Iterable[Json], configurations: Iterable[Json], add_ons: Iterable[Json]
) -> float:
    """Simulated seconds of the longest chain: a network, a group in it, its control plane's cache.

    The arguments are the items of Konnect's three lists.
    """
    network = {item["id"]: provisioning(item) for item in networks}
    cache = {item["owner"]["control_plane_id"]: provisioning(item) for item in add_ons}
    return max(
        network[group["cloud_gateway_network_id"]]
        + provisioning(group)
        + cache.get(configuration["control_plane_id"], 0.0)
        for configuration in configurations
        for group in configuration["dataplane_groups"]
    )


def reads(targets: Iterable[str]) -> Counter[str]:
    """Count the requests of each list. A request of a single object counts for its list.

    A list is identified by its path, so lists of different parents are different lists: Konnect
    has no list of the attachments of all networks.
    """
    return Counter(_list_of(target.partition("?")[0]) for target in targets)


def _list_of(path: str) -> str:
    parent, _, last = path.rpartition("/")
    return parent if _is_id(last) else path


def kinds(lists: Mapping[str, int]) -> dict[str, int]:
    """Sum the counts of lists by kind (the last segment of the path), over all parents."""
    counted: Counter[str] = Counter()
    for path, count in lists.items():
        counted[path.rpartition("/")[2].removesuffix(".json")] += count
    return dict(counted)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


# What is built.


def spread(availability: Json, count: int) -> list[list[tuple[str, Json]]]:
    """Spread regions over the clouds that Konnect offers, and over as few gateways as possible.

    A gateway can have a region only once, and the three clouds offer fewer than 48 regions. When
    the regions of a cloud are used up, the next gateway of the program starts with the first again.

    Returns:
        For each gateway, its pairs of cloud and offered region.

    """
    offered = {cloud["provider"]: cloud["regions"] for cloud in availability["providers"]}
    gateways: list[list[tuple[str, Json]]] = []
    for index in range(count):
        turn, cloud_index = divmod(index, len(offered))
        cloud = list(offered)[cloud_index]
        gateway, region = divmod(turn, len(offered[cloud]))
        if gateway == len(gateways):
            gateways.append([])
        gateways[gateway].append((cloud, offered[cloud][region]))
    return gateways


def settings_of(model: Json, gateways: Sequence[Sequence[tuple[str, Json]]]) -> dict[str, Json]:
    """The settings of every gateway: those of ``model``, with its own regions and CIDR blocks."""
    wanted = {
        f"{gateway} {cloud} {region['region']} {side}": BLOCK
        for gateway, regions in enumerate(gateways)
        for cloud, region in regions
        for side in ("gateway", "landing")
    }
    blocks = addressing.plan(wanted)

    def described(gateway: int, cloud: str, region: Json) -> Json:
        owner = f"{gateway} {cloud} {region['region']}"
        return {
            "cloud": cloud,
            "region": region["region"],
            "zones": region["availability_zones"][:ZONES],
            "cidr": str(blocks[f"{owner} gateway"]),
            "landing": {"cidr": str(blocks[f"{owner} landing"])},
        }

    return {
        # A short name, as it is the prefix of other names: GCP accepts 40 characters for a Redis.
        f"g{gateway}": {**model, "regions": [described(gateway, *region) for region in regions]}
        for gateway, regions in enumerate(gateways)
    }


# Where it is measured.


@dataclass
class Memory:
    """Measures the peak of a process's resident memory, in a thread of its own."""

    pid: int
    peak: int = 0
    _ended: threading.Event = field(default_factory=threading.Event)

    @property
    def mib(self) -> float:
        """The peak so far, in MiB."""
        return self.peak / 2**20

    @contextmanager
    def watched(self) -> Iterator[Memory]:
        """Measure until the block ends."""
        thread = threading.Thread(target=self._look, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._ended.set()
            thread.join()

    def _look(self) -> None:
        process = psutil.Process(self.pid)
        with suppress(psutil.NoSuchProcess):
            while not self._ended.wait(RSS_INTERVAL):
                self.peak = max(self.peak, process.memory_info().rss)


@dataclass(frozen=True)
class Project:
    """A copy of the project, with a program and a stack of its own."""

    folder: Path
    pulumi: Path
    env: Mapping[str, str]
    stack: str

    def configure(self, config: Json) -> None:
        """Set the stack's configuration."""
        file = self.folder / "stacks" / f"Pulumi.{self.stack}.yaml"
        written = yaml.safe_load(file.read_text()) or {}
        file.write_text(yaml.safe_dump({**written, "config": config}))

    def run(self, *arguments: str) -> float:
        """Run an engine command, which must succeed. Returns its wall time in seconds."""
        command = [str(self.pulumi), *arguments, "--stack", self.stack, "--non-interactive"]
        began = time.perf_counter()
        watch(command, limit=COMMAND_LIMIT, cwd=self.folder, env=self.env)
        return time.perf_counter() - began

    def konnect_objects(self) -> int:
        """The number of Konnect resources in the state."""
        file = self.folder / "state.json"
        self.run("stack", "export", "--file", str(file))
        resources = json.loads(file.read_text())["deployment"]["resources"]
        prefix = "pulumi-python:dynamic/konnect:"
        return sum(resource["type"].startswith(prefix) for resource in resources)


@dataclass(frozen=True)
class World:
    """A sandbox, with the engine and the environment to use it."""

    folder: Path
    pulumi: Path
    env: Mapping[str, str]
    memory: Memory

    def project(self, stack: str, program: str) -> Project:
        """Copy the project, replace its program, and create a stack in it."""
        folder = self.folder / stack
        for room in ("components", "providers", "stacks"):
            # Copies, not links: an edit of a file during the measurement must change nothing.
            shutil.copytree(CHECKOUT / room, folder / room)
        described = yaml.safe_load((CHECKOUT / "Pulumi.yaml").read_text())
        described["runtime"] = {"name": "python", "options": {"virtualenv": sys.prefix}}
        (folder / "Pulumi.yaml").write_text(yaml.safe_dump(described))
        (folder / "__main__.py").write_text(program)
        project = Project(folder, self.pulumi, self.env, stack)
        project.run("stack", "init")
        return project

    def get(self, path: str) -> Json:
        """Send a GET request to the sandbox: to its Konnect API, or to its own."""
        answer = httpx.get(
            self.env["KONNECT_SERVER_URL"] + path,
            params={"page[size]": "100"} if path.startswith("/v2/") else None,
            headers={"Authorization": f"Bearer {self.env['KONNECT_TOKEN']}"},
            timeout=60,
        )
        found: Json = answer.raise_for_status().json()
        return found

    def requests(self) -> list[Json]:
        """All requests to Konnect so far, except probes of its address."""
        logged = self.get("/_sandbox/requests?cloud=konnect")["requests"]
        return [entry for entry in logged if entry["target"].startswith("/v2/")]


@contextmanager
def new_world(folder: Path, pulumi: Path, speed: float) -> Iterator[World]:
    """Start a sandbox in a folder, and stop it when the block ends."""
    box = Sandbox(CHECKOUT, folder / "sandbox")
    try:
        endpoint = box.start(speed=speed)
        env = for_local_backend(
            pulumi, os.environ, state=folder / "state", home=folder / "home", passphrase="bench"
        )
        with Memory(endpoint.pid).watched() as memory:
            yield World(folder, pulumi, env | box.variables(), memory)
    finally:
        box.stop()


# The measurements.


def measure_up(folder: Path, pulumi: Path, size: int, speed: float) -> tuple[list[Measure], Memory]:
    """Measure the `up` of a program with ``size`` regions, and the sandbox's memory during it."""
    model = yaml.safe_load((CHECKOUT / "stacks" / "Pulumi.prod.yaml").read_text())
    with new_world(folder, pulumi, speed) as world:
        gateways = spread(world.get("/v2/cloud-gateways/availability.json"), size)
        project = world.project("bench", PROGRAM)
        described = settings_of(model["config"]["multicloud-gateway:gateway"], gateways)
        project.configure({"multicloud-gateway:gateways": described})

        # Without the preview: it would be in both times, and make the ratio look better.
        up = ("up", "--yes", "--skip-preview")
        with step(f"Bringing up {size} regions"):
            wall = project.run(*up)
        writes = sum(entry["method"] != "GET" for entry in world.requests())
        objects = project.konnect_objects()
        with step("Once more, with nothing to do"):
            idle = project.run(*up, "--expect-no-changes")
        lists = (
            world.get(f"/v2/cloud-gateways/{kind}")["data"]
            for kind in ("networks", "configurations", "add-ons")
        )
        path = critical_path(*lists) / speed
        return [
            Measure(
                f"up of {size} regions: time / critical path",
                wall / (path + idle),
                UP_BUDGET,
                f"{wall:.1f} s / ({path:.1f} s + {idle:.1f} s)",
            ),
            Measure(
                f"up of {size} regions: Konnect writes / objects",
                writes / objects,
                WRITES_BUDGET,
                f"{writes} / {objects}",
            ),
        ], world.memory


def measure_previews(folder: Path, pulumi: Path, repeats: int) -> list[Measure]:
    """Measure previews of prod with the policies and without changes, and of an empty program."""
    with new_world(folder, pulumi, FAST) as world:
        prod = world.project("prod", (CHECKOUT / "__main__.py").read_text())
        empty = world.project("empty", '"""Nothing."""\n')
        with step("Bringing up prod"):
            prod.run("up", "--yes", "--skip-preview")
        preview = ("preview", "--expect-no-changes", *POLICIES)
        times: list[float] = []
        floors: list[float] = []
        before = len(world.requests())
        with step("Previewing prod, and nothing"):
            times.append(prod.run(*preview))
            asked = reads(entry["target"] for entry in world.requests()[before:])
            floors.append(empty.run("preview"))
            for _ in range(repeats - 1):
                times.append(prod.run(*preview))
                floors.append(empty.run("preview"))
    took, floor = statistics.median(times), statistics.median(floors)
    by_kind = ", ".join(f"{count} of {kind}" for kind, count in sorted(kinds(asked).items()))
    return [
        Measure(
            "preview of prod: Konnect reads of a list, at most",
            max(asked.values()),
            READS_BUDGET,
            f"{by_kind}; attachments have a list for each network",
        ),
        Measure(
            "preview of prod with policies / of an empty program without",
            took / floor,
            PREVIEW_BUDGET,
            f"{took:.1f} s / {floor:.1f} s",
        ),
    ]


@app.command()
def main(
    quick: Annotated[
        bool, typer.Option("--quick", help="3 regions only, and every preview once.")
    ] = False,
) -> None:
    """Measure the budgets. Exits with 1 when one is broken."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that child processes are stopped
    began, load = time.monotonic(), os.getloadavg()[0]
    measures: list[Measure] = []
    with readable_errors():
        pulumi = engine.ensure()
        root = CHECKOUT / ".cache" / "bench"
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=root) as folder:
            sizes = list(SPEEDS)[: 1 if quick else None]
            for size in sizes:
                place = Path(folder, f"regions-{size}")
                found, memory = measure_up(place, pulumi, size, SPEEDS[size])
                measures += found
            what, basis = f"memory of the sandbox, {sizes[-1]} regions", "peak of its resident set"
            measures.append(Measure(what, memory.mib, MEMORY_BUDGET, basis, "MiB"))
            repeats = 1 if quick else REPEATS
            measures += measure_previews(Path(folder, "previews"), pulumi, repeats)
    width = None if sys.stdout.isatty() else WIDTH
    Console(highlight=False, width=width).print(table(measures))
    took = duration(time.monotonic() - began)
    say(f"Measured in {took} on {os.cpu_count()} cores, whose load was {load:.1f} before.")
    sys.exit(0 if all(measure.kept for measure in measures) else 1)


if __name__ == "__main__":
    app()
