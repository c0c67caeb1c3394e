"""Every rule through the real engine: each violation is stopped.

That the shipped environments have none is asserted where they come up, in
`tests/integration/test_environments.py`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from policies.rule import name_of
from policies.rules import RULES
from tests.engine_fixture import PYTHON_RUNTIME, Project
from tests.integration.conftest import Sandbox, World
from tests.policies.violations import EVERY_VIOLATION, HELPERS, PROGRAM, ROWS
from tools.environment import for_local_backend

MakeWorld = Callable[..., World]

POLICIES = Path(__file__).parents[2] / "policies"


@pytest.fixture(scope="module")
def project(engine: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Return a project for previews, which leave nothing behind."""
    base = tmp_path_factory.mktemp("violations")
    sandbox = Sandbox(base / "sandbox", 1200.0).start()
    env = for_local_backend(
        engine, os.environ, state=base / "state", home=base / "home", passphrase="test"
    )
    made = Project(base / "project", engine, env | sandbox.env)
    made.write("Pulumi.yaml", yaml.safe_dump({"name": "probe", "runtime": PYTHON_RUNTIME}))
    made.ok("stack", "init", "prod")
    yield made
    for running in made.running:
        running.end()
    sandbox.stop()


@dataclass(frozen=True)
class Judged:
    """An engine command with the pack: its exit code, what the policies said, its text."""

    code: int
    said: list[dict[str, Any]]
    text: str

    @property
    def mandatory(self) -> set[tuple[str, str]]:
        """The violations that stop it, each as (rule, resource)."""
        return {
            (event["policyName"], name_of(event.get("resourceUrn", "")))
            for event in self.said
            if event["enforcementLevel"] == "mandatory"
        }


def judged(project: Project, stack: str, *command: str) -> Judged:
    """Run an engine command with the pack and the configuration named as the stack."""
    log = project.folder / "events.jsonl"
    log.unlink(missing_ok=True)
    done = project.run(
        *(*command, "--stack", stack, "--event-log", str(log)),
        *("--policy-pack", str(POLICIES)),
        *("--policy-pack-config", str(POLICIES / "config" / f"{stack}.json")),
        env={"PULUMI_DEBUG_COMMANDS": "true"},  # --event-log is hidden without.
    )
    events = [json.loads(line) for line in log.read_text().splitlines()]
    said = [event["policyEvent"] for event in events if "policyEvent" in event]
    return Judged(done.code, said, done.output)


def test_every_rule_has_a_row() -> None:
    assert sorted(row.rule for row in ROWS) == sorted(rule.name for rule in RULES)


def test_the_program_that_the_rows_add_to_has_no_violation(project: Project) -> None:
    project.write("__main__.py", PROGRAM)
    outcome = judged(project, "prod", "preview")
    assert outcome.mandatory == set(), outcome.text
    assert outcome.code == 0, outcome.text


def test_each_violation_fires_its_rule_and_no_other_on_the_right_resource(
    project: Project,
) -> None:
    project.write("__main__.py", EVERY_VIOLATION)
    outcome = judged(project, "prod", "preview")
    assert outcome.mandatory == {(row.rule, row.resource) for row in ROWS}, outcome.text
    assert outcome.code != 0, outcome.text


def test_what_a_preview_cannot_know_is_said_and_up_decides_before_it_is_made(
    make_world: MakeWorld,
) -> None:
    late = 'network("bad", "us-east-1", control_plane("main").id.apply(lambda _: "10.72.0.0/22"))'
    world = make_world(program=HELPERS + late)
    world.init("prod")

    before = judged(world.project, "prod", "preview")
    assert before.code == 0, before.text
    assert before.mandatory == set(), before.text
    assert "not known before `up`, which decides: bad .cidr_block" in before.text

    after = judged(world.project, "prod", "up", "--yes", "--skip-preview")
    assert after.code != 0, after.text
    assert after.mandatory == {("konnect-network-cidr-size", "bad")}, after.text
    assert world.sandbox.konnect("control-planes")
    assert not world.sandbox.konnect("networks")
