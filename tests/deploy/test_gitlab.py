"""The GitLab pipeline: valid, in the order of promotion, and without a key."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

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
        (rule,) = job(name)["rules"]
        assert rule["if"].startswith(OF_A_MERGE_REQUEST)
        assert job(name)["artifacts"]["when"] == "always"


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


def test_a_rehearsal_needs_nothing_so_it_runs_for_forks() -> None:
    rehearse = job("rehearse")
    assert rehearse.keys().isdisjoint({"id_tokens", "environment", "before_script", "secrets"})
    assert rehearse["rules"] == [{"if": OF_A_MERGE_REQUEST}]  # whichever project it comes from
    assert rehearse["script"] == ["make rehearse STACK=$STACK REPORT=rehearsal-$STACK.html"]
    assert rehearse["parallel"] == {"matrix": [{"STACK": PROMOTION}]}


def test_a_preview_with_real_accounts_is_left_out_for_forks() -> None:
    preview = job("preview")
    assert preview["rules"] == [{"if": f"{OF_A_MERGE_REQUEST} && {OF_THE_PROJECT}"}]
    # An environment of its own, whose variables name roles that read.
    assert preview["environment"] == {"name": "preview/$STACK", "action": "verify"}


def test_each_cloud_has_a_token_made_for_it_which_the_job_writes_where_its_sdk_looks(
    tmp_path: Path,
) -> None:
    for name in ("preview", *PROMOTION):
        assert {key: value["aud"] for key, value in job(name)["id_tokens"].items()} == {
            "AWS_ID_TOKEN": "sts.amazonaws.com",
            "AZURE_ID_TOKEN": "api://AzureADTokenExchange",
            "GCP_ID_TOKEN": "https://iam.googleapis.com/$GCP_WORKLOAD_IDENTITY_PROVIDER",
        }
    prod = job("prod")
    files = {
        name: str(tmp_path / Path(value).name)
        for name, value in prod["variables"].items()
        if value.startswith("/tmp/")
    }
    given = {
        **files,
        **{token: f"made-for-{token}" for token in prod["id_tokens"]},
        "GCP_WORKLOAD_IDENTITY_PROVIDER": "projects/1/locations/global/x",
        "GCP_SERVICE_ACCOUNT": "gateway@example.com",
        "PATH": "/usr/bin:/bin",
    }
    script = "\n".join([*prod["before_script"], 'printf %s "$ARM_OIDC_TOKEN"'])
    done = subprocess.run(
        ["bash", "-e", "-c", script], env=given, capture_output=True, text=True, timeout=30
    )
    assert (done.returncode, done.stdout) == (0, "made-for-AZURE_ID_TOKEN")

    def written(name: str) -> str:
        path = Path(files[name])
        assert path.stat().st_mode & 0o077 == 0
        return path.read_text()

    assert written("AWS_WEB_IDENTITY_TOKEN_FILE") == "made-for-AWS_ID_TOKEN"
    assert written("AZURE_FEDERATED_TOKEN_FILE") == "made-for-AZURE_ID_TOKEN"
    assert written("GCP_ID_TOKEN_FILE") == "made-for-GCP_ID_TOKEN"
    credentials = json.loads(written("GOOGLE_APPLICATION_CREDENTIALS"))
    assert credentials["audience"] == "//iam.googleapis.com/projects/1/locations/global/x"
    assert credentials["credential_source"] == {"file": files["GCP_ID_TOKEN_FILE"]}
    assert "/gateway@example.com:generate" in credentials["service_account_impersonation_url"]


def test_no_secret_is_written() -> None:
    assert not SECRETS.search(FILE.read_text())
    for mapping in mappings(load(".gitlab-ci.yml")):
        for key in mapping:
            assert not re.search("KONNECT|SECRET|PASSPHRASE|PASSWORD|ACCESS_KEY", str(key).upper())
