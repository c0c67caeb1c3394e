"""Moving over from Terraform through the real engine: a program that adopts, and nothing else."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from tests.integration.conftest import CHECKOUT, World
from tests.providers.konnect.adopt import world as konnect_world
from tools.environment import on_path

MakeWorld = Callable[..., World]


def everything(world: World) -> konnect_world.World:
    """One object of every resource in the world's Konnect."""
    client = httpx.Client(
        base_url=world.sandbox.endpoint["konnect_url"],
        headers={"Authorization": f"Bearer {world.sandbox.token}"},
        timeout=30,
    )

    def call(method: str, path: str, body: Any) -> Any:
        answer = client.request(method, path, json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def advance(seconds: float) -> None:
        world.sandbox.admin("POST", "clock", json={"advance_seconds": seconds})

    with client:
        in_a_month = datetime.now(UTC) + timedelta(days=30)
        return konnect_world.World(call, advance, in_a_month.strftime("%Y-%m-%dT%H:%M:%SZ"))


def command(world: World, *arguments: str) -> str:
    """Run the command as its users do; returns its report."""
    done = subprocess.run(
        [sys.executable, "-m", "providers.konnect.adopt", *arguments],
        cwd=CHECKOUT,
        env={**os.environ, **world.sandbox.env},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def set_secrets(world: World, script: Path) -> None:
    """Run the script of the secrets with the test's engine."""
    subprocess.run(
        ["sh", script, "--stack", "dev"],
        cwd=world.project.folder,
        env={**world.project.env, "PATH": on_path(world.project.pulumi, world.project.env)},
        check=True,
        capture_output=True,
        timeout=120,
    )


def set_what_the_state_does_not_hold(world: World, script: Path) -> None:
    """Set the secrets that the script names and does not know, as its reader does."""
    unknown = re.findall(r"^# (\S+) is unknown: set it to ", script.read_text(), re.MULTILINE)
    assert unknown == ["alice_basic_auth_password"]
    for name in unknown:
        world.project.ok("config", "set", "--secret", name, "known-to-alice", "--stack", "dev")


def test_what_terraform_made_is_adopted_without_a_write_and_then_shows_no_change(
    make_world: MakeWorld, tmp_path: Path
) -> None:
    world = make_world(speed=0, program="")
    world.init("dev")
    made = everything(world)
    state, program, script = (tmp_path / name for name in ("tf.tfstate", "main.py", "secrets.sh"))
    state.write_text(json.dumps(made.terraform()))
    command(world, "--from", str(state), "--out", str(program), "--secrets-file", str(script))
    set_secrets(world, script)
    set_what_the_state_does_not_hold(world, script)
    main = world.project.folder / "__main__.py"
    main.write_text(program.read_text())
    writes = len(world.sandbox.writes())

    preview = json.loads(world.project.ok("preview", "--stack", "dev", "--json"))
    assert set(preview["changeSummary"]) == {"create"}
    world.up("dev")
    world.project.ok("preview", "--stack", "dev", "--expect-no-changes")
    world.project.ok("refresh", "--yes", "--skip-preview", "--stack", "dev")
    world.project.ok("preview", "--stack", "dev", "--expect-no-changes")
    assert len(world.sandbox.writes()) == writes
    for name, text in world.everything_written():
        found = [word for word in konnect_world.CREDENTIALS if word in text]
        assert found == [], name

    # A difference is named, and what is no longer said is no difference.
    text = program.read_text().replace('host="orders.internal"', 'host="other.internal"')
    kept = [line for line in text.splitlines() if "adopt_existing_id=" not in line]
    main.write_text("\n".join(kept))
    preview = world.project.ok("preview", "--stack", "dev", "--diff")
    assert '~ host              : "orders.internal" => "other.internal"' in preview
    assert "~ 1 to update" in preview
    assert "to create" not in preview
    assert "to replace" not in preview
    assert len(world.sandbox.writes()) == writes
