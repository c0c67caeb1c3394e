"""Faults of HTTP APIs and of clouds wait in one list, in the store."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.clock import VirtualClock
from sandbox.http import faults
from sandbox.http.problems import Refusal
from sandbox.store import Store

VPC = "aws:ec2/vpc:Vpc"


def add(store: Store, **fault: Any) -> None:
    faults.add(store, faults.parse(fault, ["zoo", "another"]))


def test_a_fault_without_an_api_is_that_of_the_api_it_was_sent_to(
    client: httpx.Client, admin: httpx.Client, store: Store
) -> None:
    created = admin.post("/_sandbox/faults", json={"status": 503, "retry_after": 2})
    assert (created.status_code, created.json()["api"]) == (201, "zoo")
    assert faults.for_api(store, "another", "GET", "/pets") is None
    answer = client.get("/pets")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert client.get("/pets").status_code == 200


def test_a_fault_of_one_api_waits_while_others_are_used(client: httpx.Client, store: Store) -> None:
    add(store, api="another", status=500)
    assert client.get("/pets").status_code == 200
    assert len(faults.waiting(store)) == 1


def test_a_dropped_connection_is_logged_as_unfinished(client: httpx.Client, store: Store) -> None:
    add(store, drop=True, when="after", method="post")
    with pytest.raises(httpx.RemoteProtocolError):
        client.post("/pets", json={"name": "cat"})
    assert client.get("/pets/cat").status_code == 200
    assert [r["status"] for r in store.requests("zoo")] == [0, 200]


def test_a_delay_is_waited_for_without_a_worker_or_the_store(
    client: httpx.Client, store: Store
) -> None:
    add(store, delay=0.2, status=500, path="^/pets/cat")
    began = time.monotonic()
    assert client.get("/pets/cat").status_code == 500
    assert time.monotonic() - began >= 0.2


def test_the_waiting_faults_can_be_listed_and_deleted(admin: httpx.Client, store: Store) -> None:
    add(store, status=500, times=2)
    add(store, cloud="aws", code="RequestLimitExceeded")
    assert faults.for_api(store, "zoo", "GET", "/pets") is not None
    listed = admin.get("/_sandbox/faults").json()["faults"]
    assert [(f.get("api"), f.get("cloud"), f["times"]) for f in listed] == [
        ("zoo", None, 1),
        (None, "aws", 1),
    ]
    assert admin.delete("/_sandbox/faults").status_code == 204
    assert faults.waiting(store) == []


def test_a_fault_of_a_cloud_acts_on_its_method_and_type(store: Store) -> None:
    add(store, cloud="aws", method="Create", token="ec2/vpc", code="VpcLimitExceeded", times=2)
    assert faults.for_cloud(store, "gcp", "Create", VPC) is None
    assert faults.for_cloud(store, "aws", "Delete", VPC) is None
    assert faults.for_cloud(store, "aws", "Create", "aws:ec2/subnet:Subnet") is None
    for _ in range(2):
        fault = faults.for_cloud(store, "aws", "Create", VPC)
        assert fault is not None
        assert (fault.code, fault.message) == ("VpcLimitExceeded", "Injected by the sandbox")
        assert (fault.delay, fault.drop, fault.when) == (0.0, False, "before")
    assert faults.for_cloud(store, "aws", "Create", VPC) is None


def test_a_fault_of_a_cloud_says_what_its_servicer_has_to_do(store: Store) -> None:
    add(store, cloud="azure", delay=1.5, when="after", drop=True)
    fault = faults.for_cloud(store, "azure", "Update", "azure-native:network:VirtualNetwork")
    assert fault is not None
    assert (fault.code, fault.delay, fault.drop, fault.when) == (None, 1.5, True, "after")


def test_the_first_fault_that_applies_acts_first(store: Store) -> None:
    for code in ("First", "Second"):
        add(store, cloud="gcp", code=code)
    found = [faults.for_cloud(store, "gcp", "Read", "gcp:x") for _ in range(3)]
    assert [fault.code if fault else None for fault in found] == ["First", "Second", None]


def test_faults_wait_across_a_restart(tmp_path: Path) -> None:
    for code in ("First", "Second"):
        store = Store(tmp_path / "sandbox.sqlite3", VirtualClock(speed=0))
        if code == "First":
            add(store, cloud="aws", code=code, times=2)
            add(store, cloud="aws", code="Second")
            assert faults.for_cloud(store, "aws", "Read", VPC) is not None
        else:
            found = [faults.for_cloud(store, "aws", "Read", VPC) for _ in range(3)]
            assert [fault.code if fault else None for fault in found] == ["First", "Second", None]
        store.close()


@pytest.mark.parametrize(
    ("fault", "field"),
    [
        ({"cloud": "aws"}, "body"),
        ({"cloud": "ibm", "code": "X"}, "cloud"),
        ({"cloud": "aws", "status": 500, "drop": True}, "status"),
        ({"cloud": "aws", "code": "X", "token": "("}, "token"),
        ({"cloud": "aws", "code": ""}, "code"),
        ({"status": 500, "code": "X"}, "code"),
        ({"status": 99}, "status"),
        ({"status": 500, "api": "zo"}, "api"),
        ([], "body"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(fault: Any, field: str) -> None:
    with pytest.raises(Refusal) as refused:
        faults.parse(fault, ["zoo", "another"])
    assert [entry["field"] for entry in refused.value.parameters] == [field]
