"""What must never happen to a real account, through the real engine."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.engine_fixture import Done
from tests.integration.conftest import CHECKOUT, World

MakeWorld = Callable[..., World]

PROGRAM = """
import pulumi
from multicloudgateway import konnect

provider = konnect.Provider("konnect", geo=pulumi.Config().get("geo") or "us")
opts = pulumi.ResourceOptions(provider=provider)
plane = konnect.GatewayControlPlane("plane", name="orders", cloud_gateway=True, opts=opts)
konnect.GatewayService(
    "orders",
    control_plane_id=plane.id,
    name="orders",
    host="orders.internal",
    path=pulumi.Config().get("path"),
    opts=opts,
)
"""


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    """A control plane with a service, up."""
    world = make_world(speed=2000, program=PROGRAM)
    world.init("dev")
    world.up("dev")
    return world


def recorded(world: World) -> list[dict[str, Any]]:
    """What the stack's state holds of each resource: its URN, id, inputs and outputs."""
    kept = ("urn", "id", "inputs", "outputs", "provider", "parent", "protect")
    resources = world.project.resources(stack="dev")
    return [{name: one.get(name) for name in kept} for one in resources]


def objects(world: World) -> dict[str, Any]:
    """What the program has in Konnect."""
    return {kind: world.sandbox.konnect(kind) for kind in ("control-planes", "services")}


COMMANDS = (
    ("destroy", "--yes", "--skip-preview"),
    ("refresh", "--yes", "--skip-preview"),
    ("preview",),
    ("up", "--yes", "--skip-preview"),
)


def test_another_organisations_or_geos_token_changes_nothing_and_names_both(world: World) -> None:
    world.run("config", "set", "path", "/v2", "--stack", "dev")
    before, there = recorded(world), objects(world)
    body = {"organization": "Globex"}
    theirs = world.sandbox.admin("POST", "tokens", json=body)["token"]

    for command in COMMANDS:
        done = world.project.run(*command, "--stack", "dev", env={"KONNECT_TOKEN": theirs})
        refused(done, "'acme'", "'Globex'")
    assert recorded(world) == before

    world.run("config", "set", "geo", "eu", "--stack", "dev")
    refused(world.run("preview", "--stack", "dev"), "in geo us", "in geo eu")
    refused(world.run("up", "--yes", "--skip-preview", "--stack", "dev"), "in geo us", "in geo eu")
    assert objects(world) == there

    world.run("config", "set", "geo", "us", "--stack", "dev")
    world.up("dev")
    world.project.ok("destroy", "--yes", "--skip-preview", "--stack", "dev")
    assert world.sandbox.konnect("control-planes") == {}


def refused(done: Done, *named: str) -> None:
    assert done.code != 0, done.output
    assert "Nothing was read, changed or deleted" in done.output
    for name in named:
        assert name in done.output
    assert "Traceback" not in done.output


def test_a_stack_of_the_same_name_on_another_backend_takes_nothing_over(
    world: World, tmp_path: Path
) -> None:
    there = objects(world)
    (tmp_path / "other-backend").mkdir()
    env = {"PULUMI_BACKEND_URL": f"file://{tmp_path / 'other-backend'}"}
    world.project.ok("stack", "init", "dev", env=env)

    done = world.project.run("up", "--yes", "--skip-preview", "--stack", "dev", env=env)

    assert done.code != 0
    assert "control plane with name 'orders' exists already" in done.output
    assert "write adopt_existing_id" in done.output
    assert objects(world) == there
    world.project.ok("preview", "--stack", "dev", "--expect-no-changes")


def test_a_provider_class_in_another_file_changes_no_state(world: World, tmp_path: Path) -> None:
    """The next release has moved the class. Only the table of `multicloudgateway.state` knows."""
    world.project.ok(
        "refresh", "--yes", "--skip-preview", "--stack", "dev"
    )  # It records defaults of Konnect's.
    before = recorded(world)
    release = tmp_path / "next-release"
    for package in ("components", "multicloudgateway", "providers", "stacks"):
        shutil.copytree(
            CHECKOUT / package, release / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    konnect = release / "providers" / "konnect"
    old, new = konnect / "control_planes" / "control_plane.py", konnect / "planes.py"
    old.rename(new)
    for file in release.rglob("*.py"):
        text = file.read_text()
        text = re.sub(r"(providers\.konnect)\.control_planes\.control_plane\b", r"\1.planes", text)
        text = re.sub(
            r"from providers\.konnect\.control_planes import control_plane$",
            "from providers.konnect import planes as control_plane",
            text,
            flags=re.MULTILINE,
        )
        file.write_text(text)
    env = {"PYTHONPATH": str(release)}

    world.project.ok("preview", "--stack", "dev", "--expect-no-changes", env=env)
    world.project.ok(
        "refresh", "--yes", "--skip-preview", "--stack", "dev", "--expect-no-changes", env=env
    )
    assert recorded(world) == before
    world.project.ok("destroy", "--yes", "--skip-preview", "--stack", "dev", env=env)
    assert world.sandbox.konnect("control-planes") == {}


@pytest.mark.parametrize("package", ["providers"])
def test_a_program_beside_a_package_of_our_name_gets_one_line(
    make_world: MakeWorld, package: str
) -> None:
    world = make_world(speed=2000, program=PROGRAM)
    world.init("dev")
    world.project.write(f"{package}/__init__.py", "")

    done = world.run("preview", "--stack", "dev")

    assert done.code != 0
    assert f"multicloud-gateway needs its own package '{package}'" in done.output
    assert "Traceback" not in done.output
