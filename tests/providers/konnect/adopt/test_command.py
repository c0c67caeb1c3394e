"""The command: its arguments, files, exit codes and report."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from providers.konnect.adopt.__main__ import app
from tests.providers.konnect.adopt.world import CREDENTIALS, STORED, World, resource
from tests.providers.konnect.example import ENTITY, PLANE
from tests.providers.konnect.local_konnect import LocalKonnect
from tests.providers.konnect.scripted import TOKEN


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state file with a service, and a portal for which there is no resource."""
    service = {"id": ENTITY, "control_plane_id": PLANE, "host": "orders.internal"}
    resources = [resource("gateway_service", "orders", service), resource("portal", "dev", {})]
    file = tmp_path / "terraform.tfstate"
    file.write_text(json.dumps({"version": 4, "resources": resources}))
    return file


@pytest.fixture
def full(konnect: LocalKonnect, tmp_path: Path) -> Path:
    """A state file with every resource."""
    file = tmp_path / "terraform.tfstate"
    file.write_text(json.dumps(World(konnect.call, konnect.advance).terraform()))
    return file


def run(*arguments: object, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(app, [str(word) for word in arguments], env=env)


def test_the_program_is_printed_and_the_report_goes_beside_it(state: Path) -> None:
    done = run("--from", state)
    assert done.exit_code == 0
    assert done.stdout.startswith('"""Adopts existing Konnect objects')
    assert "orders_service = konnect.GatewayService(" in done.stdout
    assert "GatewayService  1" in done.stderr
    assert "konnect_portal.dev: there is no such resource here" in done.stderr


def test_the_program_is_written_to_a_file_that_is_overwritten_by_force_only(
    state: Path, tmp_path: Path
) -> None:
    out = tmp_path / "gateway.py"
    assert run("--from", state, "--out", out).exit_code == 0
    written = out.read_text()
    out.write_text("mine")
    done = run("--from", state, "--out", out)
    assert done.exit_code == 2
    assert out.read_text() == "mine"
    assert run("--from", state, "--out", out, "--force").exit_code == 0
    assert out.read_text() == written


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--from-konnect"],
        ["--control-plane", "orders"],
        ["--from", "a", "--from-konnect", "--control-plane", "orders"],
        ["--from", "a", "--control-plane", "orders"],
    ],
)
def test_anything_but_one_source_is_wrong_usage(arguments: list[str]) -> None:
    assert run(*arguments).exit_code == 2


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    done = run("--from", tmp_path / "nowhere.tfstate")
    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "No such file" in done.stderr


def test_a_state_without_anything_to_take_over_is_an_error_that_says_why(tmp_path: Path) -> None:
    file = tmp_path / "terraform.tfstate"
    file.write_text(json.dumps({"version": 4, "resources": [resource("portal", "dev", {})]}))
    out = tmp_path / "gateway.py"
    done = run("--from", file, "--out", out)
    assert done.exit_code == 1
    assert "konnect_portal.dev" in done.stderr
    assert "has nothing to adopt" in done.stderr
    assert not out.exists()


def test_a_control_plane_is_read_with_the_environments_connection(konnect: LocalKonnect) -> None:
    plane = konnect.plane("orders")
    env = {"KONNECT_TOKEN": TOKEN, "KONNECT_SERVER_URL": konnect.url}
    done = run("--from-konnect", "--control-plane", "orders", env=env)
    assert done.exit_code == 0, done.stderr
    assert f'adopt_existing_id="{plane}"' in done.stdout
    assert run("--from-konnect", "--control-plane", "other", env=env).exit_code == 1


def test_without_a_token_the_error_says_so() -> None:
    done = run("--from-konnect", "--control-plane", "orders")
    assert done.exit_code == 1
    assert "KONNECT_TOKEN" in done.stderr


def test_neither_program_nor_report_holds_a_credential(full: Path) -> None:
    done = run("--from", full)
    assert done.exit_code == 0
    assert [word for word in CREDENTIALS if word in done.output] == []
    assert "pulumi config set --secret alice_key_auth_key" in done.stderr
    assert "# key of konnect_gateway_key_auth.alice: its value is in the source" in done.stderr


def test_the_secrets_file_is_its_owners_alone_and_sets_each_value(
    full: Path, tmp_path: Path
) -> None:
    script = tmp_path / "secrets.sh"
    script.write_text("open to all")
    done = run("--from", full, "--secrets-file", script, "--force")
    assert done.exit_code == 0
    assert script.stat().st_mode & 0o777 == 0o600
    assert [word for word in CREDENTIALS if word in done.output] == []

    # In place of `pulumi`: it writes what it is given into a file per secret.
    fake = tmp_path / "bin" / "pulumi"
    fake.parent.mkdir()
    fake.write_text('#!/bin/sh\necho "$@" >> "$0.calls"\ncat > "$0.$5"\n')
    fake.chmod(0o755)
    env = {**os.environ, "PATH": f"{fake.parent}:{os.environ['PATH']}"}
    subprocess.run(["sh", script, "--stack", "dev"], env=env, check=True)

    name = "password_config_store_secret_value"
    assert (fake.parent / f"pulumi.{name}").read_text() == STORED
    calls = (fake.parent / "pulumi.calls").read_text().splitlines()
    assert f"config set --secret --raw {name} --stack dev" in calls
    assert len(calls) == 10
