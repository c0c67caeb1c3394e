"""The scripts in the GitHub workflows, run as GitHub runs them, with stand-ins for its programs."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.conftest import load


def step(workflow: str, job: str, word: str) -> dict[str, Any]:
    """The step of a job whose script has a word."""
    steps = load(f".github/workflows/{workflow}.yml")["jobs"][job]["steps"]
    (found,) = (one for one in steps if word in one.get("run", ""))
    return dict(found)


class Runner:
    """A folder with the programs that a script finds first, and what they were called with."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.programs = folder / "programs"
        self.programs.mkdir()

    def program(self, name: str, script: str) -> None:
        (self.programs / name).write_text(f"#!/bin/bash\n{script}\n")
        (self.programs / name).chmod(0o755)

    def run(
        self, script: str, env: Mapping[str, str] | None = None, shell: str = "bash -e"
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*shell.split(), "-c", script],
            cwd=self.folder,
            env={"PATH": f"{self.programs}:{os.environ['PATH']}", **(env or {})},
            capture_output=True,
            text=True,
            timeout=30,
        )


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


WITH_PIPEFAIL = "bash --noprofile --norc -eo pipefail"
"""What GitHub runs for `shell: bash`. Without `shell` it runs `bash -e`."""


def make_env(tmp_path: Path, **more: str) -> dict[str, str]:
    """The variables of the step that calls make."""
    return {
        "TARGET": "up",
        "STACK": "prod",
        "AZURE_CLIENT": "",
        "AZURE_TENANT": "",
        "AZURE_SUBSCRIPTION": "",
        "RUNNER_TEMP": str(tmp_path),
        "ACTIONS_ID_TOKEN_REQUEST_URL": "https://example.com/token?api-version=2.0",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "made up",
        **more,
    }


@pytest.mark.parametrize(
    ("target", "wanted"),
    [
        ("preview", "preview STACK=prod SANDBOX=off REPORT=preview-prod.html"),
        ("up", "up STACK=prod SANDBOX=off ARGS=--yes"),
    ],
)
@pytest.mark.parametrize("code", [0, 3])
def test_the_script_calls_make_and_ends_as_make_ends(
    target: str, wanted: str, code: int, runner: Runner, tmp_path: Path
) -> None:
    runner.program("make", f'echo "$@"\nexit {code}')
    script = step("pulumi", "run", "make up")["run"]
    done = runner.run(script, make_env(tmp_path, TARGET=target), WITH_PIPEFAIL)
    assert (done.returncode, done.stdout.strip()) == (code, wanted)
    assert (tmp_path / "output.txt").read_text().strip() == wanted


def test_the_log_is_written_by_a_shell_that_sees_a_failure_before_a_pipe() -> None:
    assert step("pulumi", "run", "make up")["shell"] == "bash"  # GitHub runs this with pipefail


def test_azure_s_settings_are_left_out_where_azure_is_not_used(
    runner: Runner, tmp_path: Path
) -> None:
    runner.program("make", "env")
    script = step("pulumi", "run", "make up")["run"]
    done = runner.run(script, make_env(tmp_path), WITH_PIPEFAIL)
    assert done.returncode == 0, done.stderr
    names = {line.split("=")[0] for line in done.stdout.splitlines()}
    assert {name for name in names if name.startswith(("ARM_", "AZURE_CLIENT_", "AZURE_FED"))} == (
        set()
    )


def test_azure_s_token_is_in_its_file_before_make_starts_and_is_written_anew_while_it_runs(
    runner: Runner, tmp_path: Path
) -> None:
    runner.program("curl", 'echo "$@" >> asked; echo "{\\"value\\": \\"token-$(wc -l < asked)\\"}"')
    runner.program("sleep", "exec /bin/sleep 0.05")
    runner.program(
        "make",
        'cat "$AZURE_FEDERATED_TOKEN_FILE"; echo; stat -c %a "$AZURE_FEDERATED_TOKEN_FILE"\n'
        'until grep -q token-3 "$AZURE_FEDERATED_TOKEN_FILE"; do /bin/sleep 0.05; done\n'
        'echo "$ARM_USE_OIDC $ARM_CLIENT_ID $ARM_TENANT_ID $ARM_SUBSCRIPTION_ID"\n'
        'echo "$ARM_OIDC_REQUEST_URL $ARM_OIDC_REQUEST_TOKEN"\n'
        'echo "$AZURE_CLIENT_ID $AZURE_TENANT_ID"',
    )
    script = step("pulumi", "run", "make up")["run"]
    azure = {"AZURE_CLIENT": "app", "AZURE_TENANT": "tenant", "AZURE_SUBSCRIPTION": "sub"}
    done = runner.run(script, make_env(tmp_path, **azure), WITH_PIPEFAIL)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "token-1",
        "600",
        "true app tenant sub",
        "https://example.com/token?api-version=2.0 made up",
        "app tenant",
    ]
    asked = (tmp_path / "asked").read_text().splitlines()
    assert "Authorization: bearer made up" in asked[0]
    assert asked[0].endswith("?api-version=2.0&audience=api://AzureADTokenExchange")


def test_azure_s_token_is_written_anew_before_it_is_five_minutes_old() -> None:
    script = step("pulumi", "run", "make up")["run"]
    assert "while sleep 240 " in script


@pytest.mark.parametrize("answer", ["exit 22", "echo '{}'"])
def test_make_does_not_start_without_azure_s_token(
    answer: str, runner: Runner, tmp_path: Path
) -> None:
    runner.program("curl", answer)
    runner.program("make", "echo started")
    script = step("pulumi", "run", "make up")["run"]
    done = runner.run(script, make_env(tmp_path, AZURE_CLIENT="app"), WITH_PIPEFAIL)
    assert done.returncode != 0
    assert "started" not in done.stdout


def test_an_aws_session_has_as_many_seconds_as_the_job_has_minutes(
    runner: Runner, tmp_path: Path
) -> None:
    script = step("pulumi", "run", "seconds=")["run"]
    done = runner.run(script, {"MINUTES": "180", "GITHUB_OUTPUT": str(tmp_path / "output")})
    assert done.returncode == 0
    assert (tmp_path / "output").read_text() == "seconds=10800\n"


def deploy_over(runner: Runner, deployments: str, order: str) -> subprocess.CompletedProcess[str]:
    """Run the step that compares this commit with the deployed one."""
    (runner.folder / "deployments.json").write_text(
        f'{{"data": {{"repository": {{"deployments": {{"nodes": {deployments}}}}}}}}}'
    )
    runner.program(
        "gh",
        'echo "$@" | tr "\\n" " " >> asked; echo >> asked\n'
        'if [ "$2" != graphql ]; then echo ' + order + "; exit; fi\n"
        'while [ "$1" != --jq ]; do shift; done\njq -r "$2" deployments.json',
    )
    return runner.run(
        step("pulumi", "run", "graphql")["run"],
        {
            "GITHUB_REPOSITORY": "our-org/multicloud-gateway",
            "GITHUB_REPOSITORY_OWNER": "our-org",
            "GITHUB_SHA": "this",
            "ENVIRONMENT": "prod",
        },
    )


ACTIVE = '{"commitOid": "that", "state": "ACTIVE"}'
WAITING = '{"commitOid": "other", "state": "WAITING"}'
INACTIVE = '{"commitOid": "old", "state": "INACTIVE"}'


def test_a_commit_that_is_older_than_the_deployed_one_is_refused_with_the_way_back(
    runner: Runner,
) -> None:
    done = deploy_over(runner, f"[{WAITING}, {ACTIVE}, {INACTIVE}]", "ahead")
    assert done.returncode == 1
    assert "prod has that, which is newer than this" in done.stdout
    assert "revert" in done.stdout
    deployments, order = (runner.folder / "asked").read_text().splitlines()
    assert "owner=our-org -f name=multicloud-gateway -f environment=prod" in deployments
    assert "repos/our-org/multicloud-gateway/compare/this...that" in order


@pytest.mark.parametrize("order", ["behind", "identical", "diverged"])
def test_any_other_commit_is_deployed(order: str, runner: Runner) -> None:
    assert deploy_over(runner, f"[{ACTIVE}]", order).returncode == 0


@pytest.mark.parametrize("deployments", ["[]", f"[{WAITING}]"])
def test_the_first_commit_is_deployed(deployments: str, runner: Runner) -> None:
    assert deploy_over(runner, deployments, "ahead").returncode == 0


def test_only_up_is_refused_an_older_commit_before_anything_else() -> None:
    first = load(".github/workflows/pulumi.yml")["jobs"]["run"]["steps"][0]
    assert first == step("pulumi", "run", "graphql")
    assert first["if"] == "inputs.target == 'up'"


@pytest.mark.parametrize(
    ("checks", "preview", "needed", "ready"),
    [
        ("success", "success", "true", True),
        ("success", "skipped", "false", True),  # a fork
        ("success", "skipped", "true", False),
        ("success", "failure", "true", False),
        ("success", "cancelled", "true", False),
        ("success", "failure", "false", False),
        ("failure", "success", "true", False),
        ("cancelled", "success", "true", False),
        ("skipped", "skipped", "false", False),
    ],
)
def test_a_pull_request_is_ready_when_everything_that_it_needs_succeeded(
    checks: str, preview: str, needed: str, ready: bool, runner: Runner
) -> None:
    jobs = load(".github/workflows/preview.yml")["jobs"]
    job = jobs["ready"]
    assert job["if"] == "always()"
    assert job["needs"] == ["checks", "preview"]
    env = {"CHECKS": checks, "PREVIEW": preview, "PREVIEW_NEEDED": needed}
    (only,) = job["steps"]
    assert only["env"] == {
        "CHECKS": "${{ needs.checks.result }}",
        "PREVIEW": "${{ needs.preview.result }}",
        "PREVIEW_NEEDED": f"${{{{ {jobs['preview']['if']} }}}}",
    }
    assert (runner.run(only["run"], env).returncode == 0) is ready
