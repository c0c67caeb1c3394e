"""Bad settings through the real engine: one clear line each, at preview, nothing created."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.conftest import World

MakeWorld = Callable[..., World]
Settings = dict[str, Any]


def overlap(settings: Settings) -> None:
    settings["regions"][1]["landing"] = settings["regions"][0]["landing"]


def too_small(settings: Settings) -> None:
    settings["regions"][0]["cidr"] = "10.64.0.0/24"


def unknown_region(settings: Settings) -> None:
    settings["regions"].append(
        {
            "cloud": "aws",
            "region": "us-east-9",
            "zones": ["use9-az1"],
            "cidr": "10.112.0.0/20",
            "landing": "10.113.0.0/16",
        }
    )


def unknown_zone(settings: Settings) -> None:
    settings["regions"][0]["zones"] = ["use2-az1", "use2-az9"]


def no_such_tier(settings: Settings) -> None:
    settings["cache"] = {"tier": "huge"}


def no_such_version(settings: Settings) -> None:
    settings["version"] = "3.99"


Mistakes = dict[str, tuple[Callable[[Settings], None], list[str]]]

IN_THE_SETTINGS: Mistakes = {
    "overlapping CIDR": (overlap, ["gateway.regions[1].landing", "10.65.0.0/16", "overlap"]),
    "a /24 network": (too_small, ["gateway.regions[0].cidr", "10.64.0.0/24", "/23"]),
    "unknown zone": (unknown_zone, ["gateway.regions[0].zones", "use2-az9"]),
    "unknown cache tier": (no_such_tier, ["gateway.cache.tier", "huge", "small"]),
}
"""What the settings show by themselves."""

NOT_OFFERED: Mistakes = {
    "unknown region": (unknown_region, ["gateway.regions[2].region", "us-east-9"]),
    "unknown version": (no_such_version, ["gateway.version", "3.99"]),
}
"""What Konnect does not offer: it is asked when the settings are right by themselves."""


def diagnostics(output: str) -> list[str]:
    """The errors of the engine's summary; its progress lines repeat them."""
    lines = output.split("Diagnostics:")[1].splitlines()
    return [line for line in lines if not line.strip().startswith("warning:")]


@pytest.fixture(scope="module")
def nothing_was_created() -> Callable[[World], None]:
    def check(world: World) -> None:
        state = world.sandbox.state()
        assert world.sandbox.writes() == []
        assert not state.get("aws")
        assert not state.get("azure")

    return check


@pytest.mark.parametrize("mistakes", [IN_THE_SETTINGS, NOT_OFFERED], ids=["settings", "offer"])
def test_each_of_many_mistakes_is_one_clear_line_before_anything_is_created(
    make_world: MakeWorld, nothing_was_created: Callable[[World], None], mistakes: Mistakes
) -> None:
    world = make_world()
    world.init("dev")
    for mistake, _ in mistakes.values():
        world.settings("dev", mistake)

    done = world.run("up", "--yes", "--stack", "dev")

    assert done.code != 0
    for name, (_, words) in mistakes.items():
        lines = [line for line in diagnostics(done.output) if words[0] in line]
        assert len(lines) == 1, (name, diagnostics(done.output))
        for word in words:
            assert word in lines[0], (name, lines[0])
    assert "Traceback" not in done.output, done.output
    nothing_was_created(world)


def test_a_missing_token_is_one_clear_line_at_preview(
    make_world: MakeWorld, nothing_was_created: Callable[[World], None]
) -> None:
    world = make_world()
    world.init("dev")

    done = world.project.run("preview", "--stack", "dev", env={"KONNECT_TOKEN": ""})

    assert done.code != 0
    (line,) = [line for line in diagnostics(done.output) if "no Konnect token" in line]
    assert "KONNECT_TOKEN" in line
    assert "Traceback" not in done.output
    nothing_was_created(world)


def test_a_wrong_token_is_told_with_what_to_check_and_without_the_token(
    make_world: MakeWorld,
) -> None:
    world = make_world()
    world.init("dev")
    wrong = "kpat_wrong5b1e77c0d2f34a9c8e61"

    done = world.project.run("preview", "--stack", "dev", env={"KONNECT_TOKEN": wrong})

    assert done.code != 0
    assert "401" in done.output
    assert wrong not in done.output
    assert "Traceback" not in done.output


def test_a_token_in_plain_text_is_refused_and_not_shown_and_a_secret_one_is_taken(
    make_world: MakeWorld, nothing_was_created: Callable[[World], None]
) -> None:
    world = make_world()
    world.init("dev")
    token = world.sandbox.token
    at = ("konnect:token", token, "--stack", "dev")

    world.project.ok("config", "set", "--plaintext", *at)
    done = world.project.run("preview", "--stack", "dev", env={"KONNECT_TOKEN": ""})
    assert done.code != 0
    (line,) = [line for line in diagnostics(done.output) if "in plain text" in line]
    assert "pulumi config set --secret konnect:token" in line
    assert token not in done.output
    nothing_was_created(world)

    world.project.ok("config", "set", "--secret", *at)
    world.project.ok("preview", "--stack", "dev", env={"KONNECT_TOKEN": ""})


def test_input_errors_of_a_resource_are_told_all_at_once_at_preview(
    make_world: MakeWorld,
) -> None:
    program = """
import pulumi
from providers import konnect

provider = konnect.Provider("konnect")
konnect.CloudGatewayNetwork(
    "bad",
    name="",
    cloud_gateway_provider_account_id="a",
    region="us-east-2",
    availability_zones=[],
    cidr_block="everything",
    opts=pulumi.ResourceOptions(provider=provider),
)
"""
    world = make_world(program=program)
    world.init("dev")

    done = world.run("preview", "--stack", "dev")

    assert done.code != 0
    for name in ("name", "availability_zones", "cidr_block"):
        assert f"{name!r}" in done.output or f"property {name}" in done.output, done.output
    assert world.sandbox.writes() == []
