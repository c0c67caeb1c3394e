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
AS_AN_ENVIRONMENT = {"contents": "read", "deployments": "read", "id-token": "write"}
CALLED = {"checks", "pulumi"}
"""Workflows that other workflows call."""


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
    for job in (jobs("checks")["rehearse"], jobs("preview")["preview"]):
        assert job["strategy"]["matrix"] == {"stack": PROMOTION}
        assert job["strategy"]["fail-fast"] is False
    assert set(PROMOTION) <= STACKS


def test_a_commit_is_promoted_from_one_environment_to_the_next() -> None:
    found = jobs("deploy")
    assert list(found) == ["checks", *PROMOTION]
    assert [found[stack]["needs"] for stack in PROMOTION] == ["checks", *PROMOTION[:-1]]
    for stack in PROMOTION:
        assert found[stack]["uses"] == "./.github/workflows/pulumi.yml"
        given = found[stack]["with"]
        assert given == {"target": "up", "stack": stack, "environment": stack, "minutes": 180}


def test_the_commit_that_is_deployed_is_the_one_that_was_checked() -> None:
    # The same workflow file, the same run: `./` and a checkout without `ref` are the run's commit.
    checks = jobs("deploy")["checks"]
    assert checks["uses"] == "./.github/workflows/checks.yml"
    assert "continue-on-error" not in str(jobs("checks"))
    assert set(jobs("checks")) == {"check", "test", "rehearse"}
    assert workflow("deploy")[True]["push"] == {"branches": ["main"]}
    for name in CALLED:
        for job in jobs(name).values():
            checkouts = [step for step in job["steps"] if "checkout@" in step.get("uses", "")]
            assert [step["with"] for step in checkouts] == [{"persist-credentials": False}]


def test_only_main_is_deployed_even_if_somebody_starts_the_workflow_on_another_branch() -> None:
    # Every later job needs this one, and is skipped with it.
    assert jobs("deploy")["checks"]["if"] == "github.ref == 'refs/heads/main'"
    for stack in PROMOTION:
        assert "if" not in jobs("deploy")[stack]


def test_the_merge_queue_runs_what_a_pull_request_runs_and_previews_forks_too() -> None:
    assert set(workflow("preview")[True]) == {"pull_request", "merge_group"}
    assert jobs("preview")["checks"] == {"uses": "./.github/workflows/checks.yml"}
    assert jobs("preview")["preview"]["if"].startswith("github.event_name == 'merge_group' || ")


def test_no_two_ups_of_one_environment_run_at_once_and_none_is_broken_off() -> None:
    groups = [jobs("deploy")[stack]["concurrency"] for stack in PROMOTION]
    assert [group["group"] for group in groups] == [f"up-{stack}" for stack in PROMOTION]
    assert {group["cancel-in-progress"] for group in groups} == {False}


def test_a_third_deploy_waits_behind_the_second() -> None:
    # The default, `single`, cancels the one that waits.
    assert {jobs("deploy")[stack]["concurrency"]["queue"] for stack in PROMOTION} == {"max"}


def test_checks_need_nothing_so_they_run_for_forks() -> None:
    for job in jobs("checks").values():
        assert job.keys().isdisjoint({"if", "permissions", "environment", "env"})
        assert "secrets." not in str(job)
        assert "vars." not in str(job)


def test_a_preview_with_real_accounts_is_left_out_for_forks() -> None:
    condition = "github.event.pull_request.head.repo.full_name == github.repository"
    assert jobs("preview")["preview"]["if"] == f"github.event_name == 'merge_group' || {condition}"
    # With pull_request_target a fork's code would run with our secrets.
    assert "pull_request_target" not in workflow("preview")[True]


def test_a_preview_never_has_the_environment_that_may_write() -> None:
    given = jobs("preview")["preview"]["with"]
    assert given == {
        "target": "preview",
        "stack": "${{ matrix.stack }}",
        "environment": "preview-${{ matrix.stack }}",
        "minutes": 60,
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


@pytest.mark.parametrize("name", [file.stem for file in WORKFLOWS])
def test_rights_are_to_read_and_only_a_job_with_accounts_may_ask_for_a_token(name: str) -> None:
    assert workflow(name)["permissions"] == READ
    for job in jobs(name).values():
        has_accounts = job.get("uses") == "./.github/workflows/pulumi.yml" or "environment" in job
        assert job.get("permissions") == (AS_AN_ENVIRONMENT if has_accounts else None)


def test_every_job_has_a_limit() -> None:
    limits = [job.get("timeout-minutes") for name in CALLED for job in jobs(name).values()]
    assert limits.count("${{ inputs.minutes }}") == 1
    assert all(isinstance(one, int) or one == "${{ inputs.minutes }}" for one in limits)


def test_aws_credentials_last_as_long_as_the_job_and_no_longer_than_aws_allows() -> None:
    run = jobs("pulumi")["run"]
    login = next(step for step in run["steps"] if "configure-aws" in step.get("uses", ""))
    session = next(step for step in run["steps"] if step.get("id") == "session")
    # GitHub's expressions cannot multiply, so a step does (test_github_scripts.py runs it).
    assert login["with"]["role-duration-seconds"] == "${{ steps.session.outputs.seconds }}"
    assert session["env"] == {"MINUTES": "${{ inputs.minutes }}"}
    assert run["timeout-minutes"] == "${{ inputs.minutes }}"
    calls = [jobs("preview")["preview"], *(jobs("deploy")[stack] for stack in PROMOTION)]
    # 15 minutes to 12 hours: STS AssumeRoleWithWebIdentity.
    assert all(15 <= call["with"]["minutes"] <= 12 * 60 for call in calls)
    # A first `up` takes up to two hours.
    assert all(jobs("deploy")[stack]["with"]["minutes"] >= 120 for stack in PROMOTION)


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
                accepted = {
                    "write",
                    "inherit",
                    "${{ github.token }}",
                    f"${{{{ secrets.{named} }}}}",
                }
                assert value in accepted


def test_a_checkout_leaves_no_token_for_the_steps_after_it() -> None:
    for name in (file.stem for file in WORKFLOWS):
        for job in jobs(name).values():
            for step in job.get("steps", []):
                if "actions/checkout@" in step.get("uses", ""):
                    assert step["with"] == {"persist-credentials": False}


def cache_steps(kind: str) -> list[tuple[str, int, dict[str, Any]]]:
    """Steps that use the cache, with the job and the position: `restore`, `save`, or `both`."""
    action = "actions/cache@" if kind == "both" else f"actions/cache/{kind}@"
    everywhere = {name: job.get("steps", []) for name in CALLED for name, job in jobs(name).items()}
    everywhere["prepare"] = load(".github/actions/prepare/action.yml")["runs"]["steps"]
    return [
        (job, position, step)
        for job, steps in everywhere.items()
        for position, step in enumerate(steps)
        if step.get("uses", "").startswith(action)
    ]


def test_what_is_cached_is_known_by_all_that_it_is_made_from() -> None:
    ((_, _, cache),) = cache_steps("restore")
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


def test_the_cache_is_saved_once_the_engine_and_the_environment_are_there() -> None:
    # A saved cache never changes: `check` needs no engine, and would save one without it.
    ((job, position, save),) = cache_steps("save")
    assert job == "test"
    steps = jobs("checks")["test"]["steps"]
    assert {"run": "make test"} in steps[:position]
    # No `always()`: tests that fail may have ended before the engine was there.
    assert save["if"] == "steps.prepare.outputs.hit != 'true'"


def test_the_cache_is_saved_under_the_name_by_which_it_is_restored() -> None:
    ((_, _, save),) = cache_steps("save")
    ((_, _, restore),) = cache_steps("restore")
    assert save["with"]["path"] == restore["with"]["path"]
    assert save["with"]["key"] == "${{ steps.prepare.outputs.key }}"
    outputs = load(".github/actions/prepare/action.yml")["outputs"]
    assert outputs["key"]["value"] == f"${{{{ steps.{restore['id']}.outputs.cache-primary-key }}}}"
    assert outputs["hit"]["value"] == f"${{{{ steps.{restore['id']}.outputs.cache-hit }}}}"


def test_providers_are_cached_by_a_job_that_downloads_them_each_stack_its_own() -> None:
    # This action saves at the end of its job.
    ((job, _, cache),) = cache_steps("both")
    assert job == "run"
    assert cache["with"]["path"] == "~/.pulumi/plugins"
    assert "-${{ inputs.stack }}-" in cache["with"]["key"]
    assert "hashFiles('requirements.txt')" in cache["with"]["key"]


def test_a_job_that_may_write_takes_nothing_from_a_cache() -> None:
    ((_, _, providers),) = cache_steps("both")
    assert providers["if"] == "inputs.target == 'preview'"
    ((_, _, restore),) = cache_steps("restore")
    assert restore["if"] == "inputs.cache == 'true'"
    steps = jobs("pulumi")["run"]["steps"]
    prepare = next(step for step in steps if step.get("uses") == "./.github/actions/prepare")
    assert prepare["with"] == {"cache": "${{ inputs.target == 'preview' }}"}
