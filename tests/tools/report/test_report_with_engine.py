"""The report of a preview that the real engine makes, with the project's own policies."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from reachability.answer import RESULTS
from reachability.records import records_of_state
from tests.integration.conftest import CANARY, World
from tools.report import Preview, write_page
from tools.report.changes import groups, interruptions
from tools.report.network import network
from tools.report.preview import Action
from tools.topology.render import svg
from tools.topology.scene import topology_of

POLICIES = Path(__file__).parents[3] / "policies"
SIGNATURE = "4dabf18193072939515e22adb298388d"


def secrets(value: Any) -> Iterator[str]:
    """Every secret text in a resource of an exported state."""
    if isinstance(value, dict):
        if SIGNATURE in value and "plaintext" in value:
            yield from texts(json.loads(value["plaintext"]))
        for inner in value.values():
            yield from secrets(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from secrets(inner)


def texts(value: Any) -> Iterator[str]:
    """The long ones: Google's provider makes a secret of every label, `prod` and all."""
    if isinstance(value, str) and len(value) > 15:
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from texts(inner)


def previewed(world: World, log: Path) -> tuple[int, Preview]:
    done = world.project.run(
        *("preview", "--stack", "prod", "--event-log", str(log)),
        *("--policy-pack", str(POLICIES)),
        *("--policy-pack-config", str(POLICIES / "config" / "prod.json")),
        env={"PULUMI_DEBUG_COMMANDS": "true", RESULTS: str(log.with_suffix(".json"))},
    )
    return done.code, Preview.read(log, log.with_suffix(".json"))


def move_a_network_and_grow(settings: dict[str, Any]) -> None:
    settings["regions"][1]["cidr"] = "10.72.32.0/20"
    settings["cache"] = {"tier": "2xlarge"}


def test_previews_of_prod_are_reported_as_the_engine_planned_them(
    make_world: Callable[..., World], tmp_path: Path
) -> None:
    world = make_world()
    world.init("prod")

    code, first = previewed(world, tmp_path / "first.jsonl")
    assert first.may_be_applied is (code == 0), first.verdict
    assert first.rules
    assert {one.action for one in first.changes} == {Action.CREATE}
    assert {group.place.title for group in groups(first)} > {
        "Konnect, all regions",
        "AWS us-east-2",
        "AWS eu-west-1",
        "Azure eastus2",
        "Azure northeurope",
        "GCP us-central1",
    }
    assert interruptions(first) == []

    drawn = network(first, "prod")
    world.up("prod")
    state = records_of_state(world.project.resources(stack="prod"))
    assert drawn == svg(topology_of("prod", state))
    world.settings("prod", move_a_network_and_grow)
    code, change = previewed(world, tmp_path / "change.jsonl")
    assert code != 0
    assert change.verdict != "may be applied"
    refused = [one for one in interruptions(change) if "Refused while it is protected" in one.what]
    assert [one.resource.name for one in refused] == ["gateway-prod-aws-eu-west-1"]
    assert any("gateway-prod-aws-eu-west-1" in one.text for one in change.errors)

    write_page(change, tmp_path / "report.html", stack="prod")
    known = {CANARY, *secrets(world.project.resources(stack="prod"))}
    assert len(known) > 1
    for file in ("first.jsonl", "change.jsonl", "report.html"):
        written = (tmp_path / file).read_text()
        assert not [secret for secret in known if secret in written], file
