"""A new environment through the real engine: what the tool wrote previews as it stands."""

from __future__ import annotations

from collections.abc import Callable

from tests.integration.conftest import World
from tools.new_stack import write


def test_a_new_environment_previews_as_it_was_written(make_world: Callable[..., World]) -> None:
    world = make_world()
    file = write(world.project.folder, "qa", regions=["us-east-2", "azure/uksouth"])
    assert file == world.config_file("qa")
    world.init("qa")

    shown = world.project.ok("preview", "--stack", "qa")

    for name in ("gateway-qa-aws-us-east-2", "gateway-qa-azure-uksouth"):
        assert f"konnect:CloudGatewayNetwork {name} create" in " ".join(shown.split()), shown
    assert "warning" not in shown
    assert world.sandbox.writes() == []
