"""Login, sessions, styles of requests, envelopes, fields, and faults."""

from __future__ import annotations

import pytest

from sandbox.aviatrix.app import CLASSIC
from sandbox.aviatrix.sessions import PASSWORD, USERNAME, expire_all
from sandbox.http import faults
from sandbox.store import Store
from tests.sandbox.aviatrix.controller import FORM, Controller

ACCOUNT = {
    "account_name": "aws",
    "cloud_type": "1",
    "aws_account_number": "111122223333",
    "aws_iam": "true",
}
LOGIN = {"action": "login", "username": USERNAME, "password": PASSWORD}


def test_a_token_is_issued_to_a_get_with_a_form_body_or_a_query(controller: Controller) -> None:
    by_body = controller.send("GET", content="action=get_api_token&log_enable=true", headers=FORM)
    by_query = controller.send("GET", params={"action": "get_api_token"})
    for answer in (by_body, by_query):
        assert answer.json()["results"]["api_token"]
        assert answer.json()["results"]["legal_terms"] == ""


@pytest.mark.parametrize(
    ("change", "key"),
    [({"password": "wrong"}, True), ({"username": "wrong"}, True), ({}, False)],
    ids=["password", "username", "access key"],
)
def test_a_bad_login_is_refused(controller: Controller, change: dict[str, str], key: bool) -> None:
    headers = {"X-Access-Key": controller.token() if key else "unknown"}
    answer = controller.send("POST", data={**LOGIN, **change}, headers=headers)
    assert (answer.status_code, answer.json()["return"]) == (200, False)
    assert "CID" not in answer.json()


def test_a_login_ends_no_other_session(controller: Controller) -> None:
    controller.login()
    assert controller.ok("list_accounts") == {"account_list": []}


def test_an_unknown_action_is_a_failure_with_status_200(controller: Controller) -> None:
    answer = controller.send("POST", data={"action": "make_tea", "CID": controller.cid})
    assert (answer.status_code, answer.json()) == (
        200,
        {"return": False, "reason": "Valid action required"},
    )


def test_an_unknown_cid_has_the_marker_of_each_style(controller: Controller) -> None:
    controller.cid = "gone"
    for envelope in (
        controller.form("list_accounts"),
        controller.form("setup_account_profile", **ACCOUNT),
    ):
        assert "CID is invalid" in envelope["reason"]
    by_json = controller.json("attach_spoke_to_transit_gw", spoke_gw="s", transit_gw="t")
    assert by_json["reason"] == "Session gone expired"


def test_a_request_without_a_cid_is_refused(controller: Controller) -> None:
    answer = controller.send("GET", params={"action": "list_accounts"}).json()
    assert answer["reason"] == "CID is required"


def test_expired_sessions_need_a_new_login(controller: Controller, store: Store) -> None:
    assert expire_all(store) == 1
    assert "CID is invalid" in controller.refused("list_accounts")
    controller.cid = controller.login()
    assert controller.ok("list_accounts") == {"account_list": []}


def test_the_newer_api_refuses_an_unknown_session_with_a_403(controller: Controller) -> None:
    path = "/v2.5/api/app-domains"
    answer = controller.send("GET", path, headers={"Authorization": "cid gone"})
    assert (answer.status_code, answer.json()) == (403, {"message": "Invalid CID"})
    answer = controller.send("GET", path, headers={"Authorization": f"cid {controller.cid}"})
    assert answer.status_code == 404
    assert "not an endpoint" in answer.json()["message"]


@pytest.mark.parametrize("missing", ["account_name", "cloud_type"])
def test_a_missing_required_field_is_named(controller: Controller, missing: str) -> None:
    fields = {key: value for key, value in ACCOUNT.items() if key != missing}
    assert controller.refused("setup_account_profile", **fields) == f"{missing} is required"
    empty = {**ACCOUNT, missing: ""}
    assert controller.refused("setup_account_profile", **empty) == f"{missing} is required"


def test_an_unknown_field_and_a_wrong_word_are_refused(controller: Controller) -> None:
    reason = controller.refused("setup_account_profile", **ACCOUNT, account_nmae="x")
    assert reason == "setup_account_profile has no field account_nmae"
    reason = controller.refused("setup_account_profile", **{**ACCOUNT, "aws_iam": "yes"})
    assert reason == "aws_iam yes must be true or false"


def test_form_and_json_are_read_alike(controller: Controller) -> None:
    answer = controller.json("setup_account_profile", **{**ACCOUNT, "cloud_type": 1})
    assert answer["return"], answer
    assert controller.ok("list_accounts")["account_list"][0]["cloud_type"] == 1


def test_reads_are_asked_by_get_and_writes_by_post(controller: Controller) -> None:
    fields = {"CID": controller.cid, **ACCOUNT}
    answer = controller.send("GET", params={"action": "setup_account_profile", **fields}).json()
    assert answer["reason"] == "setup_account_profile needs POST"
    read = {"action": "list_accounts", "CID": controller.cid}
    assert controller.send("POST", data=read).json()["reason"] == "list_accounts needs GET"


def test_a_body_that_is_no_json_object_is_an_error_of_the_transport(controller: Controller) -> None:
    for body in ("{", "[]"):
        headers = {"content-type": "application/json"}
        answer = controller.send("POST", content=body, headers=headers)
        assert (answer.status_code, answer.json()["return"]) == (400, False)


def test_faults_match_the_action_and_the_names_of_a_request(
    controller: Controller, store: Store
) -> None:
    fault = {"api": "aviatrix", "path": "action=setup_account_profile.*aws", "status": 502}
    faults.add(store, faults.parse(fault, ["aviatrix"]))
    assert controller.ok("list_accounts") == {"account_list": []}
    form = {"action": "setup_account_profile", "CID": controller.cid, **ACCOUNT}
    answer = controller.send("POST", data=form)
    assert answer.status_code == 502
    assert "json" not in answer.headers["content-type"]
    assert controller.ok("list_accounts") == {"account_list": []}


def test_a_lost_response_leaves_the_work_done(controller: Controller, store: Store) -> None:
    fault = {"api": "aviatrix", "path": "setup_account", "status": 503, "when": "after"}
    faults.add(store, faults.parse(fault, ["aviatrix"]))
    form = {"action": "setup_account_profile", "CID": controller.cid, **ACCOUNT}
    assert controller.send("POST", data=form).status_code == 503
    assert "already exists" in controller.refused("setup_account_profile", **ACCOUNT)


def test_the_request_log_shows_actions_and_names_and_no_secrets(
    controller: Controller, store: Store
) -> None:
    secrets = {"aws_iam": "false", "aws_access_key": "AKIA0", "aws_secret_key": "hidden"}
    controller.ok("setup_account_profile", **{**ACCOUNT, **secrets})
    log = store.requests("aviatrix")
    assert log[-1]["target"] == f"{CLASSIC}?action=setup_account_profile&account_name=aws"
    assert not any(word in str(log) for word in ("hidden", PASSWORD, controller.cid))
