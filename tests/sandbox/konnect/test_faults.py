"""Faults on demand, the request log, and the rest of the admin side."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.sandbox.konnect.client import GATEWAYS, NETWORKS, PLANES, Konnect

ACCOUNTS = f"{GATEWAYS}/provider-accounts"


def test_a_fault_fails_as_many_matching_requests_as_it_says(konnect: Konnect) -> None:
    fault = {"method": "GET", "path": "provider-accounts$", "status": 429, "times": 2}
    konnect.admin("POST", "faults", {**fault, "retry_after": 7})
    assert konnect.get(NETWORKS).status == 200
    answers = [konnect.get(ACCOUNTS) for _ in range(3)]
    assert [answer.status for answer in answers] == [429, 429, 200]
    assert answers[0].headers["retry-after"] == "7"


def test_a_fault_before_the_work_leaves_nothing_done(konnect: Konnect) -> None:
    konnect.admin("POST", "faults", {"method": "POST", "path": PLANES, "status": 503})
    assert konnect.post(PLANES, {"name": "prod"}).status == 503
    assert konnect.get(PLANES).body["data"] == []


def test_a_fault_after_the_work_loses_only_the_answer(konnect: Konnect) -> None:
    konnect.admin(
        "POST", "faults", {"method": "POST", "path": PLANES, "status": 500, "when": "after"}
    )
    assert konnect.post(PLANES, {"name": "prod"}).status == 500
    assert [plane["name"] for plane in konnect.get(PLANES).body["data"]] == ["prod"]


def test_a_delay_holds_the_answer_up(konnect: Konnect) -> None:
    konnect.admin("POST", "faults", {"path": "networks", "delay": 0.2})
    began = time.monotonic()
    assert konnect.get(NETWORKS).status == 200
    assert time.monotonic() - began >= 0.2


def test_faults_can_be_taken_back(konnect: Konnect) -> None:
    konnect.admin("POST", "faults", {"status": 500, "times": 9})
    konnect.admin("DELETE", "faults")
    assert konnect.get(NETWORKS).status == 200


@pytest.mark.parametrize(
    ("fault", "field"),
    [
        ({}, "body"),
        ({"status": 200}, "status"),
        ({"status": 500, "path": "("}, "path"),
        ({"status": 500, "when": "never"}, "when"),
        ({"status": 500, "times": 0}, "times"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(
    konnect: Konnect, fault: dict[str, Any], field: str
) -> None:
    answer = konnect.post("/_sandbox/faults", fault)
    assert (answer.status, list(answer.invalid)) == (400, [field])


def test_the_log_has_every_request_with_its_answer_and_none_of_the_admins(
    konnect: Konnect,
) -> None:
    konnect.get(NETWORKS, **{"page[size]": "1"})
    konnect.wait(60)
    konnect.get(f"{NETWORKS}/nobody")
    konnect.admin("GET", "clock")
    first, second = konnect.admin("GET", "requests")["requests"]
    assert (first["method"], first["status"], first["cloud"]) == ("GET", 200, "konnect")
    assert first["target"] == f"{NETWORKS}?page%5Bsize%5D=1"
    assert (second["target"], second["status"]) == (f"{NETWORKS}/nobody", 404)
    assert second["at"] - first["at"] == 3600


def test_the_clock_jumps_and_changes_its_pace(konnect: Konnect) -> None:
    before = konnect.admin("GET", "clock")
    after = konnect.admin("POST", "clock", {"advance_seconds": 90})
    assert after["epoch"] - before["epoch"] == 90
    assert konnect.admin("POST", "clock", {"speed": 5})["speed"] == 5
    assert konnect.post("/_sandbox/clock", {"advance_seconds": -1}).status == 400


def test_the_clock_moves_what_is_under_way(konnect: Konnect) -> None:
    network = konnect.network(ready=False)
    konnect.admin("POST", "clock", {"advance_seconds": 36 * 60})
    assert konnect.read(f"{NETWORKS}/{network['id']}")["state"] == "ready"


def test_a_reset_forgets_everything_but_the_time(konnect: Konnect) -> None:
    konnect.network()
    konnect.admin("POST", "faults", {"status": 500})
    konnect.admin("PUT", "quotas", {"count/networks.not-offline": 0})
    before = konnect.admin("GET", "clock")["epoch"]
    konnect.admin("POST", "reset")
    assert konnect.admin("GET", "state") == {}
    assert konnect.admin("GET", "requests") == {"requests": []}
    assert konnect.admin("GET", "clock")["epoch"] == before
    assert konnect.network(ready=False)["state"] == "initializing"


def test_the_state_can_be_narrowed_to_a_kind(konnect: Konnect) -> None:
    plane = konnect.plane("prod")
    konnect.network()
    state = konnect.admin("GET", "state", kind="control-planes")
    assert set(state["konnect"]) == {"control-planes"}
    assert state["konnect"]["control-planes"][plane]["name"] == "prod"


def test_a_network_that_fails_stays_initializing_with_a_reason(konnect: Konnect) -> None:
    network = konnect.network(ready=False)
    konnect.admin("POST", f"fail/networks/{network['id']}", {"reason": "quota of the cloud"})
    konnect.wait(600)
    failed = konnect.read(f"{NETWORKS}/{network['id']}")
    assert failed["state"] == "initializing"
    assert failed["state_metadata"] == {
        "reported_status": "INVALID",
        "reason": "quota of the cloud",
    }


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "quotas", {"count/networks": 1}),
        ("PUT", "quotas", {"count/networks.not-offline": "1"}),
        ("PUT", "quotas", []),
        ("PUT", "features", {"add_ons": 1}),
        ("PUT", "features", {"teleport": True}),
    ],
)
def test_the_admin_side_refuses_what_it_does_not_know(
    konnect: Konnect, method: str, path: str, body: Any
) -> None:
    assert konnect.call(method, f"/_sandbox/{path}", body).status == 400


def test_only_what_can_wait_or_fail_takes_a_hand(konnect: Konnect) -> None:
    network = konnect.network()
    for path in (f"accept/networks/{network['id']}", "fail/provider-accounts/x"):
        assert konnect.post(f"/_sandbox/{path}", {}).status == 404
