"""The GitHub workflows: valid, in the order of promotion, with few rights and no key."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.conftest import (
    CHECKOUT,
    PROMOTION,
    SECRETS,
    STACKS,
    load,
    make_commands,
    mappings,
    unknown_to_make,
)

WORKFLOWS = sorted((CHECKOUT / ".github" / "workflows").glob("*.yml"))
ACTIONS = sorted((CHECKOUT / ".github" / "actions").glob("*/action.yml"))
FILES = [str(file.relative_to(CHECKOUT)) for file in (*WORKFLOWS, *ACTIONS)]
READ = {"contents": "read"}
AS_AN_ENVIRONMENT = {"contents": "read", "id-token": "write"}


def workflow(name: str) -> Any:
    return load(f".github/workflows/{name}.yml")


def jobs(name: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = workflow(name)["jobs"]
    return found


def everything() -> str:
    return "\n".join((CHECKOUT / file).read_text() for file in FILES)


def test_actionlint_has_nothing_to_say(actionlint: Path) -> None:
    done = subprocess.run(
        [actionlint, "-no-color", *WORKFLOWS], cwd=CHECKOUT, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(
    ("schema", "files"), [("github-workflows", WORKFLOWS), ("github-actions", ACTIONS)]
)
def test_the_files_are_what_github_publishes_as_their_schema(
    schema: str, files: list[Path]
) -> None:
    assert files
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}"]
    done = subprocess.run([*command, *files], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout


def test_they_call_only_what_make_has() -> None:
    assert unknown_to_make(everything()) == []
    assert {target for target, _ in make_commands(everything())} == {
        "check",
        "preview",
        "rehearse",
        "test",
        "up",
    }


def test_a_pull_request_rehearses_and_previews_every_environment() -> None:
    found = jobs("preview")
    for job in ("rehearse", "preview"):
        assert found[job]["strategy"]["matrix"] == {"stack": PROMOTION}
        assert found[job]["strategy"]["fail-fast"] is False
    assert set(PROMOTION) <= STACKS


def test_a_commit_is_promoted_from_one_environment_to_the_next() -> None:
    found = jobs("deploy")
    assert list(found) == PROMOTION
    assert [job.get("needs") for job in found.values()] == [None, *PROMOTION[:-1]]
    for name, job in found.items():
        assert job["uses"] == "./.github/workflows/pulumi.yml"
        assert job["with"] == {"target": "up", "stack": name, "environment": name}


def test_no_two_ups_of_one_environment_run_at_once_and_none_is_broken_off() -> None:
    groups = [job["concurrency"] for job in jobs("deploy").values()]
    assert groups == [{"group": f"up-{stack}", "cancel-in-progress": False} for stack in PROMOTION]


def test_a_rehearsal_needs_nothing_so_it_runs_for_forks() -> None:
    rehearse = jobs("preview")["rehearse"]
    assert "if" not in rehearse
    assert "secrets." not in str(rehearse)
    assert "vars." not in str(rehearse)
    assert "permissions" not in rehearse


def test_a_preview_with_real_accounts_is_left_out_for_forks() -> None:
    condition = "github.event.pull_request.head.repo.full_name == github.repository"
    assert jobs("preview")["preview"]["if"] == condition
    # With pull_request_target a fork's code would run with our secrets.
    assert list(workflow("preview")[True]) == ["pull_request"]


def test_a_preview_never_has_the_environment_that_may_write() -> None:
    given = jobs("preview")["preview"]["with"]
    assert given == {
        "target": "preview",
        "stack": "${{ matrix.stack }}",
        "environment": "preview-${{ matrix.stack }}",
    }


def test_the_report_is_kept_and_the_result_is_in_the_summary_even_when_it_failed() -> None:
    steps = jobs("pulumi")["run"]["steps"]
    kept = next(step for step in steps if "upload-artifact" in step.get("uses", ""))
    assert kept["if"] == "always() && inputs.target == 'preview'"
    assert kept["with"]["path"] == "preview-${{ inputs.stack }}.html"
    run = next(step for step in steps if "make preview" in step.get("run", ""))
    assert 'REPORT="preview-$STACK.html"' in run["run"]
    assert run["shell"] == "bash"  # GitHub runs this name with pipefail
    told = next(step for step in steps if "GITHUB_STEP_SUMMARY" in step.get("run", ""))
    assert told["if"] == "always()"


@pytest.mark.parametrize(
    ("target", "wanted"),
    [
        ("preview", "preview STACK=prod SANDBOX=off REPORT=preview-prod.html"),
        ("up", "up STACK=prod SANDBOX=off ARGS=--yes"),
    ],
)
@pytest.mark.parametrize("code", [0, 3])
def test_the_script_calls_make_and_ends_as_make_ends(
    target: str, wanted: str, code: int, tmp_path: Path
) -> None:
    (script,) = (
        step["run"] for step in jobs("pulumi")["run"]["steps"] if "make up" in step.get("run", "")
    )
    (tmp_path / "make").write_text(f'#!/bin/sh\necho "$@"\nexit {code}\n')
    (tmp_path / "make").chmod(0o755)
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=tmp_path,
        env={
            "PATH": f"{tmp_path}:/usr/bin:/bin",
            "TARGET": target,
            "STACK": "prod",
            "ACTIONS_ID_TOKEN_REQUEST_URL": "https://example.com",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "made up",
        },
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert (done.returncode, done.stdout.strip()) == (code, wanted)
    assert (tmp_path / "output.txt").read_text().strip() == wanted


@pytest.mark.parametrize("name", [file.stem for file in WORKFLOWS])
def test_rights_are_to_read_and_only_a_job_with_accounts_may_ask_for_a_token(name: str) -> None:
    assert workflow(name)["permissions"] == READ
    for job in jobs(name).values():
        has_accounts = "uses" in job or "environment" in job
        assert job.get("permissions") == (AS_AN_ENVIRONMENT if has_accounts else None)
        assert "uses" in job or job["timeout-minutes"] <= 180


def test_every_action_is_pinned_to_a_commit_and_says_which_version_that_is() -> None:
    used = re.findall(r"uses: (\S+)(?: +# (\S+))?", everything())
    foreign = [(action, said) for action, said in used if not action.startswith("./")]
    assert len(foreign) >= 8
    for action, said in foreign:
        assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", action)
        assert re.fullmatch(r"v\d+\.\d+\.\d+", said)
    pins: dict[str, set[str]] = {}
    for action, _ in foreign:
        pins.setdefault(action.split("@")[0], set()).add(action)
    assert {name for name, versions in pins.items() if len(versions) > 1} == set()


def test_they_use_only_local_files_that_exist() -> None:
    for path in re.findall(r"uses: \./(\S+)", everything()):
        assert (CHECKOUT / path).exists()


def test_no_secret_is_written_and_each_is_taken_from_the_environment() -> None:
    assert not SECRETS.search(everything())
    for file in FILES:
        for mapping in mappings(load(file)):
            for key, value in mapping.items():
                named = str(key).upper()
                if not re.search("TOKEN|SECRET|PASSPHRASE|PASSWORD|ACCESS_KEY", named):
                    continue
                assert value in ("write", "inherit") or value == f"${{{{ secrets.{named} }}}}"


def test_a_checkout_leaves_no_token_for_the_steps_after_it() -> None:
    for name in (file.stem for file in WORKFLOWS):
        for job in jobs(name).values():
            for step in job.get("steps", []):
                if "actions/checkout@" in step.get("uses", ""):
                    assert step["with"] == {"persist-credentials": False}


def test_what_is_cached_is_known_by_all_that_it_is_made_from() -> None:
    steps = load(".github/actions/prepare/action.yml")["runs"]["steps"]
    cache = next(step for step in steps if "actions/cache@" in step["uses"])
    patterns = re.findall(r"'([^']+)'", cache["with"]["key"])
    matched = {path.name for pattern in patterns for path in CHECKOUT.glob(pattern)}
    assert matched == {
        "engine.py",
        "go.mod",
        "go.sum",
        "pyproject.toml",
        "requirements-dev.txt",
        "requirements.txt",
    }
