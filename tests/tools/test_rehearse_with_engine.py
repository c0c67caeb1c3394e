"""Rehearsals through the real engine and the real sandbox, whole and broken at every step."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest

from tests.tools.checkout import Checkout
from tools.engine import CHECKOUT

PROGRAM = """
import pulumi
from pulumi import runtime

from thing import Thing

config = pulumi.Config()
breaks = config.get("breaks")
if breaks == ("preview" if runtime.is_dry_run() else "up"):
    raise pulumi.RunError("broken on purpose")
Thing("thing", {"breaks": breaks})
state = "initializing" if breaks == "reachability" else "ready"
pulumi.export("regions", {"aws-us-east-2": {"attachment": {"state": state}}})
"""

THING = """
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider


class ThingProvider(ResourceProvider):
    def create(self, props):
        return CreateResult("thing", props)

    def diff(self, id, old, new):
        return DiffResult(changes=new["breaks"] == "no-op")

    def delete(self, id, props):
        if props["breaks"] == "destroy":
            raise Exception("broken on purpose")


class Thing(Resource):
    def __init__(self, name, props):
        super().__init__(ThingProvider(), name, props)
"""

STEPS = ["preview with policies", "up", "no-op check", "reachability", "destroy"]


@pytest.fixture
def checkout(make_checkout: Callable[[str], Checkout]) -> Checkout:
    made = make_checkout(PROGRAM)
    (made.folder / "thing.py").write_text(THING)
    shutil.rmtree(made.folder / "sandbox")
    (made.folder / "sandbox").symlink_to(CHECKOUT / "sandbox")
    return made


def verdicts(output: str) -> dict[str, str]:
    """The verdict of each step, from the table at the end."""
    rows = (line.split("│") for line in output.splitlines() if line.startswith("│"))
    return {row[1].strip(): row[2].strip() for row in rows if row[1].strip()}


def test_a_rehearsal_goes_from_nothing_to_nothing_and_touches_nothing_else(
    checkout: Checkout,
) -> None:
    checkout.configure("prod", config={"multicloud-gateway:breaks": "nothing"})
    before = checkout.contents()
    done = checkout.run(
        "prod",
        module="tools.rehearse",
        PULUMI_BACKEND_URL="s3://a-real-bucket",
        KONNECT_TOKEN="real",
    )
    assert done.code == 0, done.output
    assert verdicts(done.output) == dict.fromkeys(STEPS, "ok")
    assert "The rehearsal of prod succeeded" in done.output
    assert checkout.contents() == before
    assert not (checkout.folder / ".cache" / "state").exists()
    assert not list((checkout.folder / ".cache" / "rehearsal").iterdir())


def test_a_rehearsal_takes_its_settings_from_any_file_and_brings_another_project_up_first(
    checkout: Checkout,
) -> None:
    settings = checkout.folder / "elsewhere" / "gateway.yaml"
    settings.parent.mkdir()
    settings.write_text("config: {'multicloud-gateway:breaks': nothing}\n")
    other = checkout.folder / "examples" / "other"
    (other / "stacks").mkdir(parents=True)
    for name in ("__main__.py", "thing.py"):
        shutil.copy(checkout.folder / name, other / name)
    project = (checkout.folder / "Pulumi.yaml").read_text()
    project = project.replace("name: multicloud-gateway", "name: other")
    (other / "Pulumi.yaml").write_text(project.replace(".cache/venv", "../../.cache/venv"))
    (other / "stacks" / "Pulumi.links.yaml").write_text("config: {'other:breaks': nothing}\n")
    flags = ("--settings", str(settings), "--first", "examples/other")
    done = checkout.run("links", *flags, module="tools.rehearse")
    assert done.code == 0, done.output
    assert verdicts(done.output) == dict.fromkeys(["first project", *STEPS], "ok")


@pytest.mark.parametrize(
    ("breaks", "step"),
    list(zip(("preview", "up", "no-op", "reachability", "destroy"), STEPS, strict=True)),
)
def test_a_broken_step_ends_the_rehearsal_and_is_named(
    checkout: Checkout, breaks: str, step: str
) -> None:
    checkout.configure("prod", config={"multicloud-gateway:breaks": breaks})
    done = checkout.run("prod", module="tools.rehearse")
    assert done.code == 1, done.output
    assert f"The rehearsal of prod failed at: {step}" in done.output
    at = STEPS.index(step)
    assert verdicts(done.output) == {
        **dict.fromkeys(STEPS[:at], "ok"),
        step: "failed",
        **dict.fromkeys(STEPS[at + 1 :], "not run"),
    }
    assert not list((checkout.folder / ".cache" / "rehearsal").iterdir())
