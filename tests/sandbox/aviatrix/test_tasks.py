"""Work that takes time: request ids, polls, failures, and restarts."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.aviatrix import tasks
from sandbox.clock import VirtualClock
from sandbox.store import Store
from tests.sandbox.aviatrix.conftest import Estate
from tests.sandbox.aviatrix.controller import Controller

CREATE = "create_multicloud_primary_gateway"
ASYNC = {"async": "true"}


def test_an_async_request_is_polled_until_its_time_has_passed(estate: Estate) -> None:
    controller = estate.controller
    request_id = controller.ok(CREATE, **estate.aws_form("t", 1, transit="true", **ASYNC))
    for _ in range(3):
        reason = controller.refused_now("check_task_status", request_id=request_id)
        assert reason == "REQUEST_IN_PROGRESS"
    shown = controller.gateway("t")
    assert (shown["vpc_state"], shown["public_ip"]) == ("launching", "")
    controller.wait(6)
    for _ in range(2):
        text = controller.ok("check_task_status", request_id=request_id)
        assert text == "Successfully created Gateway t."
    assert controller.gateway("t")["vpc_state"] == "up"


def test_a_request_that_is_not_async_is_answered_when_its_work_is_done(estate: Estate) -> None:
    form = estate.aws_form("t", 1, transit="true")
    estate.controller.store.clock.set_speed(10_000)
    begun = estate.controller.store.clock.now()
    assert estate.controller.ok(CREATE, **form) == "Successfully created Gateway t."
    assert estate.controller.store.clock.now() - begun >= 300
    assert estate.controller.gateway("t")["vpc_state"] == "up"


def test_an_ha_gateway_is_named_in_the_first_answer_and_in_polls(estate: Estate) -> None:
    controller = estate.controller
    estate.transit("t", 1)
    envelope = controller.form(
        "create_multicloud_ha_gateway",
        primary_gw_name="t",
        gw_size="c5.xlarge",
        gw_subnet="10.1.0.0/28",
        autogen_hagw_name="yes",
        **ASYNC,
    )
    assert envelope["ha_gw_name"] == "t-hagw"
    controller.wait(5)
    poll = controller.form("check_task_status", request_id=envelope["results"])
    assert poll["ha_gw_name"] == "t-hagw"


def test_only_some_actions_may_be_async(controller: Controller) -> None:
    reason = controller.refused("delete_account_profile", account_name="a", **ASYNC)
    assert reason == "delete_account_profile has no field async"


def test_an_unknown_request_id_does_not_exist(controller: Controller) -> None:
    reason = controller.refused("check_task_status", request_id="0")
    assert reason == "request_id 0 does not exist"


def test_a_refused_request_begins_no_task(estate: Estate) -> None:
    form = estate.aws_form("t", 1, account_name="none", **ASYNC)
    assert "does not exist" in estate.controller.refused(CREATE, **form)


def test_a_failed_creation_leaves_nothing(estate: Estate, store: Store) -> None:
    controller = estate.controller
    tasks.fail_next(store, CREATE, "t", "[AVXERR-GATEWAY-0079] no capacity", 1)
    form = estate.aws_form("t", 1, transit="true")
    request_id = controller.ok(CREATE, **form, **ASYNC)
    assert controller.gateway("t")["vpc_state"] == "launching"
    controller.wait(6)
    reason = controller.refused("check_task_status", request_id=request_id)
    assert reason == "[AVXERR-GATEWAY-0079] no capacity"
    assert controller.ok("list_vpcs_summary") == []
    controller.does(CREATE, **form)


def test_a_failed_deletion_leaves_the_gateway_as_it_was(estate: Estate, store: Store) -> None:
    controller = estate.controller
    estate.transit("t", 1)
    tasks.fail_next(store, "delete_container", "", "terminated too slowly", 1)
    fields = {"cloud_type": "1", "gw_name": "t"}
    assert controller.refused("delete_container", **fields) == "terminated too slowly"
    assert controller.gateway("t")["vpc_state"] == "up"
    controller.does("delete_container", **fields)


def test_a_failure_waits_for_its_action_and_its_name(estate: Estate, store: Store) -> None:
    tasks.fail_next(store, "create_.*_gateway", "other", "no", 1)
    estate.transit("t", 1)
    assert tasks.waiting(store)
    form = estate.aws_form("other", 2)
    assert estate.controller.refused(CREATE, **form) == "no"
    assert tasks.waiting(store) == []


def test_a_failure_also_acts_on_what_takes_no_time(controller: Controller, store: Store) -> None:
    tasks.fail_next(store, "list_accounts", "", "no", 2)
    assert [controller.refused("list_accounts") for _ in range(2)] == ["no", "no"]
    assert controller.ok("list_accounts") == {"account_list": []}


def test_a_gateway_that_a_task_works_on_takes_no_other(estate: Estate) -> None:
    controller = estate.controller
    controller.ok(CREATE, **estate.aws_form("t", 1, transit="true", **ASYNC))
    fields = {"cloud_type": "1", "gw_name": "t"}
    assert "is launching" in controller.refused_now("delete_container", **fields)
    controller.wait(6)
    controller.ok("delete_container", **fields, **ASYNC)
    assert "is deleting" in controller.refused_now("delete_container", **fields)


def test_a_gateway_that_is_being_resized_is_not_deleted(estate: Estate, store: Store) -> None:
    controller = estate.controller
    estate.transit("t", 1)
    fields = {"cloud_type": "1", "gw_name": "t"}
    tasks.fail_next(store, "edit_gw_config", "t", "no capacity", 1)
    for size in ("c5n.xlarge", "c5n.4xlarge"):
        controller.ok("edit_gw_config", **fields, gw_size=size, **ASYNC)
        reason = controller.refused_now("delete_container", **fields)
        assert reason == "Gateway t is not up: it is updating"
        controller.wait(5)
    assert controller.gateway("t")["vpc_size"] == "c5n.4xlarge"
    controller.does("delete_container", **fields)


@pytest.mark.parametrize("restart", [False, True])
def test_sessions_objects_and_tasks_survive_a_restart(tmp_path: Path, restart: bool) -> None:
    path = tmp_path / "sandbox.sqlite3"
    store = Store(path, VirtualClock(speed=0))
    first = Controller(store)
    first.ok(
        "setup_account_profile",
        account_name="a",
        cloud_type="1",
        aws_account_number="111122223333",
        aws_iam="true",
    )
    cid = first.cid
    first.close()
    if restart:
        store.close()
        store = Store(path, VirtualClock(speed=0))
    second = Controller(store)
    second.cid = cid
    assert len(second.ok("list_accounts")["account_list"]) == 1
    second.close()
    store.close()
