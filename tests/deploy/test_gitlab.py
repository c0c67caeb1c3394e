"""The GitLab pipeline: valid, in the order of promotion, and without a key."""

from __future__ import annotations

import json
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
    load,
    make_commands,
    mappings,
    unknown_to_make,
)

FILE = CHECKOUT / ".gitlab-ci.yml"
KEYWORDS = {"workflow", "stages", "default"}
OF_A_MERGE_REQUEST = '$CI_PIPELINE_SOURCE == "merge_request_event"'
OF_THE_PROJECT = "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID"
AFTER_THE_MERGE = "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH"


def job(name: str) -> dict[str, Any]:
    """A job with what it `extends`, as GitLab merges it: mappings deeply, the rest replaced."""
    pipeline = load(".gitlab-ci.yml")

    def merged(base: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
        both = dict(base)
        for key, value in more.items():
            old = both.get(key)
            if isinstance(old, dict) and isinstance(value, dict):
                value = merged(old, value)
            both[key] = value
        return both

    found: dict[str, Any] = pipeline[name]
    return merged(job(found["extends"]), found) if "extends" in found else found


def test_the_file_is_what_gitlab_publishes_as_its_schema() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.gitlab-ci"]
    command += ["--data-transform", "gitlab-ci", str(FILE)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout


def test_every_job_has_one_of_the_stages_and_everything_it_extends() -> None:
    pipeline = load(".gitlab-ci.yml")
    for name in pipeline.keys() - KEYWORDS:
        if not name.startswith("."):
            assert job(name)["stage"] in pipeline["stages"]


def test_it_calls_only_what_make_has() -> None:
    text = FILE.read_text()
    assert unknown_to_make(text) == []
    assert {target for target, _ in make_commands(text)} == {
        "check",
        "preview",
        "rehearse",
        "test",
        "up",
    }


def test_a_merge_request_rehearses_and_previews_every_environment() -> None:
    for name in ("rehearse", "preview"):
        assert job(name)["parallel"] == {"matrix": [{"STACK": PROMOTION}]}
        assert job(name)["artifacts"]["when"] == "always"


def test_the_commit_that_is_deployed_is_the_one_that_was_checked() -> None:
    pipelines = [rule["if"] for rule in load(".gitlab-ci.yml")["workflow"]["rules"]]
    assert pipelines == [OF_A_MERGE_REQUEST, AFTER_THE_MERGE]
    for name in ("check", "test", "rehearse"):
        # Without rules a job is in every pipeline, and one that fails stops the later stages.
        assert job(name).keys().isdisjoint({"rules", "allow_failure", "when", "only", "except"})
        assert job(name)["stage"] == "check"
    stages = load(".gitlab-ci.yml")["stages"]
    assert stages.index("check") < stages.index("dev")


def test_a_commit_is_promoted_from_one_environment_to_the_next() -> None:
    ups = [job(stack) for stack in PROMOTION]
    assert [up["variables"]["STACK"] for up in ups] == PROMOTION
    assert [up["environment"] for up in ups] == [{"name": stack} for stack in PROMOTION]
    assert [up["stage"] for up in ups] == load(".gitlab-ci.yml")["stages"][-3:] == PROMOTION
    # dev needs nothing by name, so it waits for all stages before its own.
    assert [up.get("needs") for up in ups] == [None, ["dev"], ["staging"]]
    assert {up["rules"][0]["if"] for up in ups} == {AFTER_THE_MERGE}


def test_prod_waits_for_a_person_and_is_not_done_until_it_is() -> None:
    assert job("prod")["rules"] == [
        {"if": AFTER_THE_MERGE, "when": "manual", "allow_failure": False}
    ]


def test_no_two_ups_of_one_environment_run_at_once_and_none_is_broken_off() -> None:
    ups = [job(stack) for stack in PROMOTION]
    assert [up["resource_group"] for up in ups] == [f"up-{stack}" for stack in PROMOTION]
    assert {up["interruptible"] for up in ups} == {False}


SETTINGS = {
    "resource_group_default_process_mode": "oldest_first",
    "ci_forward_deployment_enabled": "true",
    "process_mode": "oldest_first",
}
"""What GitLab needs so that waiting jobs start in order and none is older than what is deployed."""


def test_the_file_and_the_page_say_how_to_set_the_order_which_no_file_can() -> None:
    page = (CHECKOUT / "docs" / "operations.md").read_text()
    for text in (FILE.read_text(), page):
        sent = dict(re.findall(r"--data (\w+)=(\w+)", text))
        assert {name: sent[name] for name in SETTINGS} == SETTINGS
    (groups,) = re.findall(r"for group in (.+?);", page)
    assert groups.split() == [job(stack)["resource_group"] for stack in PROMOTION]


def test_a_rehearsal_needs_nothing_so_it_runs_for_forks() -> None:
    rehearse = job("rehearse")
    assert rehearse.keys().isdisjoint({"id_tokens", "environment", "before_script", "secrets"})
    assert "rules" not in rehearse  # whichever project it comes from
    assert rehearse["script"] == ["make rehearse STACK=$STACK REPORT=rehearsal-$STACK.html"]
    assert rehearse["parallel"] == {"matrix": [{"STACK": PROMOTION}]}


def test_a_preview_with_real_accounts_is_left_out_for_forks() -> None:
    preview = job("preview")
    assert preview["rules"] == [{"if": f"{OF_A_MERGE_REQUEST} && {OF_THE_PROJECT}"}]
    # An environment of its own, whose variables name roles that read.
    assert preview["environment"] == {"name": "preview/$STACK", "action": "verify"}


def test_each_cloud_has_a_token_made_for_it() -> None:
    for name in ("preview", *PROMOTION):
        assert {key: value["aud"] for key, value in job(name)["id_tokens"].items()} == {
            "AWS_ID_TOKEN": "sts.amazonaws.com",
            "AZURE_ID_TOKEN": "api://AzureADTokenExchange",
            "GCP_ID_TOKEN": "https://iam.googleapis.com/$GCP_WORKLOAD_IDENTITY_PROVIDER",
        }


AWS = {"AWS_ROLE_ARN": "arn:aws:iam::111111111111:role/gateway"}
AZURE = {"AZURE_CLIENT_ID": "app", "AZURE_TENANT_ID": "tenant", "AZURE_SUBSCRIPTION_ID": "sub"}
GCP = {
    "GCP_WORKLOAD_IDENTITY_PROVIDER": "projects/1/locations/global/x",
    "GCP_SERVICE_ACCOUNT": "gateway@example.com",
}


def log_in(variables: dict[str, str], folder: Path) -> dict[str, str]:
    """Run what comes before a job's script, and return the variables that it adds."""
    prod = job("prod")
    given = {
        **variables,
        **{token: f"made-for-{token}" for token in prod["id_tokens"]},
        "PATH": "/usr/bin:/bin",
        "TMPDIR": str(folder),
    }
    script = "\n".join([*prod["before_script"], "env -0"])
    done = subprocess.run(
        ["bash", "-e", "-c", script], env=given, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, done.stderr
    env = dict(line.split("=", 1) for line in done.stdout.split("\0") if line)
    return {name: value for name, value in env.items() if given.get(name) != value}


def written(path: str) -> str:
    """What a file has that nobody else may read."""
    assert Path(path).stat().st_mode & 0o077 == 0
    return Path(path).read_text()


def test_each_cloud_s_token_is_where_its_sdk_looks(tmp_path: Path) -> None:
    found = log_in({**AWS, **AZURE, **GCP}, tmp_path)
    assert written(found["AWS_WEB_IDENTITY_TOKEN_FILE"]) == "made-for-AWS_ID_TOKEN"
    assert written(found["AZURE_FEDERATED_TOKEN_FILE"]) == "made-for-AZURE_ID_TOKEN"
    assert found["ARM_OIDC_TOKEN"] == "made-for-AZURE_ID_TOKEN"
    assert found["ARM_USE_OIDC"] == "true"
    names = ("ARM_CLIENT_ID", "ARM_TENANT_ID", "ARM_SUBSCRIPTION_ID")
    assert [found[name] for name in names] == ["app", "tenant", "sub"]
    credentials = json.loads(written(found["GOOGLE_APPLICATION_CREDENTIALS"]))
    assert credentials["audience"] == "//iam.googleapis.com/projects/1/locations/global/x"
    assert written(credentials["credential_source"]["file"]) == "made-for-GCP_ID_TOKEN"
    assert "/gateway@example.com:generate" in credentials["service_account_impersonation_url"]


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [
        ({}, set()),
        (AWS, {"AWS_WEB_IDENTITY_TOKEN_FILE"}),
        (
            AZURE,
            {
                *("ARM_CLIENT_ID", "ARM_OIDC_TOKEN", "ARM_SUBSCRIPTION_ID", "ARM_TENANT_ID"),
                *("ARM_USE_OIDC", "AZURE_FEDERATED_TOKEN_FILE"),
            },
        ),
        (GCP, {"GOOGLE_APPLICATION_CREDENTIALS"}),
    ],
    ids=["none", "AWS", "Azure", "GCP"],
)
def test_a_cloud_that_is_not_used_gets_no_settings(
    variables: dict[str, str], wanted: set[str], tmp_path: Path
) -> None:
    added = log_in(variables, tmp_path).keys() - {"PWD", "SHLVL", "_"}
    assert added == wanted
    used = {"aws-id-token": AWS, "azure-id-token": AZURE, "gcp-id-token": GCP}
    files = {file.name for file in tmp_path.rglob("*-id-token")}
    assert files == {name for name, cloud in used.items() if cloud == variables}
    assert "variables" not in job("preview")


def test_a_token_lives_as_long_as_its_job() -> None:
    # GitLab takes the job's timeout; without one the token expires after five minutes.
    assert [job(stack)["timeout"] for stack in PROMOTION] == ["3h"] * 3
    assert job("preview")["timeout"] == "1h"


def test_only_the_job_that_built_the_engine_saves_the_cache() -> None:
    policies = {name: job(name)["cache"]["policy"] for name in ("check", "rehearse", "preview")}
    assert set(policies.values()) == {"pull"}
    assert job("test")["cache"] == {**job("check")["cache"], "policy": "pull-push"}
    assert job("test")["script"] == ["make test"]


def test_a_job_that_may_write_takes_nothing_from_a_cache() -> None:
    assert [job(stack)["cache"] for stack in PROMOTION] == [[], [], []]


def test_no_secret_is_written() -> None:
    assert not SECRETS.search(FILE.read_text())
    for mapping in mappings(load(".gitlab-ci.yml")):
        for key in mapping:
            assert not re.search("KONNECT|SECRET|PASSPHRASE|PASSWORD|ACCESS_KEY", str(key).upper())
