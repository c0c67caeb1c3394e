"""Where state is and who keeps its secrets, through the real engine, on folders as backends."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.engine_fixture import COMMAND_LIMIT, PYTHON_RUNTIME, Project

CANARY = "canary-51f0c7"
PROGRAM = f"""
import pulumi

pulumi.export("word", pulumi.Output.secret("{CANARY}"))
"""
UP = ("up", "--yes", "--skip-preview", "--stack", "dev")


class Place:
    """A project whose backend is what its Pulumi.yaml says, as the environment names none."""

    def __init__(self, folder: Path, engine: Path, env: Mapping[str, str]) -> None:
        self.state = folder / "own-state"
        self.other = folder / "other-state"
        for path in (self.state, self.other, folder / "project"):
            path.mkdir()
        named = {key: value for key, value in env.items() if key != "PULUMI_BACKEND_URL"}
        self.project = Project(folder / "project", engine, named)
        described = {
            "name": "probe",
            "runtime": PYTHON_RUNTIME,
            "backend": {"url": f"file://{self.state}"},
        }
        self.project.write("Pulumi.yaml", json.dumps(described))
        self.project.write("__main__.py", PROGRAM)
        self.project.ok("stack", "init", "dev", "--secrets-provider", "passphrase")

    @property
    def elsewhere(self) -> dict[str, str]:
        """The variable that leads to the other backend."""
        return {"PULUMI_BACKEND_URL": f"file://{self.other}"}

    def files(self) -> set[str]:
        """Names of the files of stacks in the project's own backend, without copies."""
        found = (self.state / ".pulumi" / "stacks").rglob("dev.*")
        return {file.name for file in found if not file.name.endswith((".attrs", ".bak"))}

    def stacks(self, env: Mapping[str, str]) -> list[str]:
        """Names of the stacks in a backend."""
        return [
            found["name"] for found in json.loads(self.project.ok("stack", "ls", "--json", env=env))
        ]

    def word(self, env: Mapping[str, str]) -> str:
        """The secret that the stack exports."""
        shown = self.project.ok(
            "stack", "output", "word", "--show-secrets", "--stack", "dev", env=env
        )
        return shown.strip()


@pytest.fixture
def place(engine: Path, pulumi_env: dict[str, str], tmp_path: Path) -> Place:
    return Place(tmp_path, engine, pulumi_env)


def test_the_project_says_where_its_state_is_and_the_environment_has_the_last_word(
    place: Place,
) -> None:
    place.project.ok(*UP)
    assert place.files() == {"dev.json"}
    assert place.stacks({}) == ["dev"]
    assert place.stacks(place.elsewhere) == []
    assert list(place.other.rglob("dev*")) == []


def test_a_stack_moves_to_another_backend_with_its_secrets_and_without_a_change(
    place: Place,
) -> None:
    place.project.ok(*UP)
    place.project.ok("stack", "export", "--stack", "dev", "--file", "dev.json")
    assert CANARY not in (place.project.folder / "dev.json").read_text()

    moved = place.elsewhere
    place.project.ok("stack", "init", "dev", "--secrets-provider", "passphrase", env=moved)
    place.project.ok("stack", "import", "--stack", "dev", "--file", "dev.json", env=moved)
    assert place.word(moved) == CANARY
    place.project.ok("preview", "--expect-no-changes", "--stack", "dev", env=moved)


def test_a_changed_secrets_provider_keeps_the_stack_and_shuts_out_the_old_passphrase(
    place: Place,
) -> None:
    place.project.ok(*UP)
    # The engine reads the new passphrase from its input when nobody is there to be asked.
    command = [place.project.pulumi, "stack", "change-secrets-provider", "passphrase"]
    subprocess.run(
        [*command, "--stack", "dev", "--non-interactive"],
        cwd=place.project.folder,
        env=dict(place.project.env),
        input="another\n",
        text=True,
        check=True,
        timeout=COMMAND_LIMIT,
    )
    refused = place.project.run("preview", "--stack", "dev")
    assert refused.code != 0
    assert "incorrect passphrase" in refused.output
    changed = {"PULUMI_CONFIG_PASSPHRASE": "another"}
    assert place.word(changed) == CANARY
    place.project.ok("preview", "--expect-no-changes", "--stack", "dev", env=changed)


def test_a_preview_takes_no_lock_and_waits_for_none(place: Place) -> None:
    place.project.ok(*UP)
    locks = place.state / ".pulumi" / "locks" / "organization" / "probe" / "dev"
    locks.mkdir(parents=True, exist_ok=True)
    held = {"pid": 1, "username": "other", "hostname": "other", "timestamp": "2026-01-02T03:04:05Z"}
    (locks / "held.json").write_text(json.dumps(held))

    # The program counts the locks while its preview runs: the other one's is alone.
    place.project.write(
        "__main__.py",
        f"{PROGRAM}\nimport pathlib\n\nfound = list(pathlib.Path({str(locks)!r}).glob('*.json'))\n"
        'pulumi.log.info(f"locks: {len(found)}")\n',
    )
    assert "locks: 1" in place.project.ok("preview", "--stack", "dev")

    refused = place.project.run(*UP)
    assert refused.code != 0
    assert "currently locked" in refused.output


def test_state_is_compressed_when_asked_and_read_whether_or_not(place: Place) -> None:
    place.project.ok(*UP, env={"PULUMI_DIY_BACKEND_ZSTD": "true"})
    assert place.files() == {"dev.json.zst"}
    assert place.word({}) == CANARY
    place.project.ok(*UP)
    assert place.files() == {"dev.json"}


def test_a_policy_pack_named_in_the_environment_is_held(place: Place) -> None:
    place.project.write(
        "pack/PulumiPolicy.yaml", json.dumps({"runtime": PYTHON_RUNTIME, "version": "1.0.0"})
    )
    place.project.write(
        "pack/__main__.py",
        "from pulumi_policy import EnforcementLevel, PolicyPack, StackValidationPolicy\n"
        "rule = StackValidationPolicy('never', 'd', lambda stack, report: report('not today'),\n"
        "    EnforcementLevel.MANDATORY)\n"
        "PolicyPack('pack', policies=[rule])\n",
    )
    refused = place.project.run(*UP, env={"PULUMI_OPTION_POLICY_PACK": "pack"})
    assert refused.code != 0
    assert "not today" in refused.output
