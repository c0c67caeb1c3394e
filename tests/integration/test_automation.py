"""The project as a local program of Pulumi's Automation API, as a platform's own tools run it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pulumi import automation as auto

from tests.integration.conftest import World

MakeWorld = Callable[..., World]


def test_an_environment_is_driven_by_the_automation_api(
    make_world: MakeWorld, engine: Path
) -> None:
    world = make_world(speed=2000)
    stack = auto.create_or_select_stack(
        "dev",
        work_dir=str(world.project.folder),
        opts=auto.LocalWorkspaceOptions(
            pulumi_command=auto.PulumiCommand(root=str(engine.parent.parent)),
            env_vars=dict(world.project.env),
        ),
    )

    made = stack.up()
    assert made.summary.result == "succeeded"
    assert {region["attachment"]["state"] for region in made.outputs["regions"].value.values()} == {
        "ready"
    }
    again = stack.preview(expect_no_changes=True)
    assert set(again.change_summary) == {"same"}
    gone = stack.destroy()
    assert gone.summary.result == "succeeded"
    assert world.sandbox.settled(lambda _: not world.sandbox.konnect("networks"))
