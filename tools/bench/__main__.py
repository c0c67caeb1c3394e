"""Measures the performance budgets: the time of `up` and previews, requests to Konnect, memory.

Times are ratios of two measurements from the same run on the same machine, so that a slow or busy
machine changes the result little. The project's components run through the real engine, against
sandboxes of their own. State is in `.cache/bench` and is deleted at the end.

`up` / critical path. The critical path is the shortest possible time of an `up`. It has two parts.
The first is the longest chain of a network, a group of data planes in it and the cache of its
control plane, with durations from Konnect's timestamps, at the sandbox's speed. The second is the
time of another `up` of the same program without changes: engine, imports, and a check of every
resource. With a fabric, the longest chain of slow cloud resources counts if it is longer: a virtual
hub in Azure, its VPN gateway and a connection. Their durations are from the engine's event log. So
the ratio shows the time that the program wastes: objects created one after the other instead of in
parallel, late polls, clouds that wait for each other. Attachments are in no chain, because part of
their time is the customer's side, which this project creates itself.

The sandbox runs faster than real time, but the engine does not. A second lost in the engine counts
as a minute of a simulated hour, but is only a second of a real one. So programs with many regions
run at a lower speed. For each step the engine writes all of its state to a file, so the amount
written grows with the square of the number of resources: with 48 regions it writes for more than a
minute, and with a fabric of 48 regions (about 2,000 resources) for about nine. Meanwhile a virtual
hub waits for its turn. With real networks this does not matter.

The address plan and walks over a fabric are measured alone, in processor time.

    python -m tools.bench            3, 12 and 48 regions, a fabric, the previews: about 35 minutes
    python -m tools.bench --quick    3 regions and the previews, each once: about 2 minutes
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Final

import typer
import yaml
from rich.console import Console

from tools import engine
from tools.bench.addresses import measure_addresses
from tools.bench.figures import (
    Measure,
    creations,
    critical_path,
    kinds,
    longest_chain,
    reads,
    table,
)
from tools.bench.programs import PROGRAM, settings_of, spread
from tools.bench.walks import measure_walks
from tools.bench.world import Memory, new_world
from tools.engine import CHECKOUT
from tools.processes import exit_on_signals
from tools.progress import duration, say, step
from tools.run import readable_errors

SPEEDS: Final = {3: 90.0, 12: 60.0, 48: 20.0}
"""By the number of regions of a program: simulated seconds per second during its `up`."""
FAST: Final = 6000.0
"""Simulated seconds per second if the time of provisioning is not measured."""
REPEATS: Final = 3
"""Number of previews of each program. The median counts."""
WIDTH: Final = 140
"""Width of the result in characters, if the output is not a terminal."""

UP_BUDGET: Final = 1.10
WRITES_BUDGET: Final = 1.0
READS_BUDGET: Final = 1.0
PREVIEW_BUDGET: Final = 4.0
MEMORY_BUDGET: Final = 400.0

FABRIC: Final = 48
"""The number of regions of the program with a fabric: 16 in each cloud."""
FABRIC_SPEED: Final = 2.5
"""Simulated seconds per second during the `up` with a fabric, which takes about half an hour."""
_KONNECT: Final = "pulumi-python:dynamic/konnect:"

POLICIES: Final = (
    *("--policy-pack", str(CHECKOUT / "policies")),
    *("--policy-pack-config", str(CHECKOUT / "policies" / "config" / "prod.json")),
)
"""Engine flags that run the policy pack in a preview of prod."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def measure_up(
    folder: Path, pulumi: Path, size: int, speed: float, *, fabric: bool = False
) -> tuple[list[Measure], Memory]:
    """Measure the `up` of a program with ``size`` regions, and the sandbox's memory during it.

    With ``fabric``, the regions of each gateway are connected with each other.
    """
    what = f"up of {size} regions" + (" with a fabric" if fabric else "")
    model = yaml.safe_load((CHECKOUT / "stacks" / "Pulumi.prod.yaml").read_text())
    with new_world(folder, pulumi, speed) as world:
        gateways = spread(world.get("/v2/cloud-gateways/availability.json"), size)
        project = world.project("bench", PROGRAM)
        prod = model["config"]["multicloud-gateway:gateway"]
        described = settings_of(prod, gateways, fabric=fabric)
        project.configure({"multicloud-gateway:gateways": described})

        # Without the preview: it would be in both times, and make the ratio look better.
        up = ("up", "--yes", "--skip-preview")
        log = folder / "events.jsonl"
        with step(what.replace("up of", "Bringing up")):
            wall = project.run(*up, events=log)
        writes = sum(entry["method"] != "GET" for entry in world.requests())
        resources = project.resources()
        objects = sum(one["type"].startswith(_KONNECT) for one in resources)
        took = creations(map(json.loads, log.read_text().splitlines()))
        with step("Once more, with nothing to do"):
            idle = project.run(*up, "--expect-no-changes")
        lists = (
            world.get(f"/v2/cloud-gateways/{kind}")["data"]
            for kind in ("networks", "configurations", "add-ons")
        )
        path = max(critical_path(*lists) / speed, longest_chain(resources, took))
        return [
            Measure(
                f"{what}: time / critical path",
                wall / (path + idle),
                UP_BUDGET,
                f"{wall:.1f} s / ({path:.1f} s + {idle:.1f} s)",
            ),
            Measure(
                f"{what}: Konnect writes / objects",
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
    began, load = time.monotonic(), os.getloadavg()[0]
    measures = [*measure_addresses(), *measure_walks()]
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
            if not quick:
                place = Path(folder, "fabric")
                found, memory = measure_up(place, pulumi, FABRIC, FABRIC_SPEED, fabric=True)
                measures += found
            what = f"memory of the sandbox, {sizes[-1]} regions{'' if quick else ' with a fabric'}"
            basis = "peak of its resident set"
            measures.append(Measure(what, memory.mib, MEMORY_BUDGET, basis, "MiB"))
            repeats = 1 if quick else REPEATS
            measures += measure_previews(Path(folder, "previews"), pulumi, repeats)
    width = None if sys.stdout.isatty() else WIDTH
    Console(highlight=False, width=width).print(table(measures))
    took = duration(time.monotonic() - began)
    say(f"Measured in {took} on {os.cpu_count()} cores, whose load was {load:.1f} before.")
    sys.exit(0 if all(measure.kept for measure in measures) else 1)


if __name__ == "__main__":
    exit_on_signals()
    app()
