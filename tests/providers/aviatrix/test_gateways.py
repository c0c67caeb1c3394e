"""Transit and spoke gateways, their HA peers and settings: tasks, reads, updates, deletion."""

from __future__ import annotations

from typing import Any

import pytest

from providers.aviatrix.client import Task
from providers.aviatrix.errors import RefusedError
from providers.aviatrix.gateways.ha_gateway import HaGatewayProvider
from providers.aviatrix.gateways.listing import Gateways, judge, judge_in_preview
from providers.aviatrix.gateways.settings import TransitGatewaySettingsProvider
from providers.aviatrix.gateways.spoke_gateway import SpokeGatewayProvider
from providers.aviatrix.gateways.transit_gateway import TransitGatewayProvider
from providers.base.errors import FailedStateError, TakenError
from providers.base.readiness import Failed, Ready, Waiting
from tests.providers.aviatrix.conftest import MARK
from tests.providers.aviatrix.controller import Controller, done, refusal

HUB = f"hub-{MARK}"
WANTED: dict[str, Any] = {
    "account_name": "aws",
    "cloud_type": 1,
    "gw_name": HUB,
    "vpc_id": "vpc-1",
    "vpc_reg": "us-east-2",
    "gw_size": "t3.medium",
    "subnet": "10.0.0.0/28",
    "tags": {"team": "net"},
    "created_by": MARK,
}
AZURE = {**WANTED, "cloud_type": 8, "vpc_id": "vnet:rg:guid", "vpc_reg": "East US", "zone": "az-1"}
GCP = {**WANTED, "cloud_type": 4, "vpc_id": "vpc~-~project", "vpc_reg": "us-east1-b"}
LISTED: dict[str, Any] = {
    "vpc_name": HUB,
    "account_name": "aws",
    "cloud_type": 1,
    "vpc_id": "vpc-1~~transit",
    "vpc_region": "us-east-2",
    "vpc_size": "t3.medium",
    "public_subnet": "10.0.0.0/28",
    "gateway_zone": "us-east-2a",
    "high_perf": "no",
    "vpc_state": "up",
    "public_ip": "203.0.113.1",
    "private_ip": "10.0.0.4",
}
IN_PROGRESS = refusal("REQUEST_IN_PROGRESS")
SMALL = {"vpc_size": "t3.medium", "wanted_size": "c5n.xlarge"}


def test_a_transit_gateway_begins_to_be_created_and_its_task_is_recorded(configured: Any) -> None:
    controller = Controller(
        list_vpcs_summary=done([]), create_multicloud_primary_gateway=done("task-1")
    )
    controller.client()
    provider = configured(TransitGatewayProvider)
    inputs = provider.check({}, WANTED).inputs
    created = provider.create(inputs)
    assert (created.id, created.outs["request_id"]) == (HUB, "task-1")
    assert controller.asked("create_multicloud_primary_gateway") == [
        {
            "account_name": "aws",
            "cloud_type": "1",
            "gw_name": HUB,
            "vpc_id": "vpc-1",
            "vpc_region": "us-east-2",
            "gw_size": "t3.medium",
            "gw_subnet": "10.0.0.0/28",
            "single_az_ha": "enabled",
            "insane_mode": "no",
            "reuse_eip": "off",
            "json_tags": '{"team": "net"}',
            "transit": "true",
            "connected_transit": "no",
            "enable_hybrid_connection": "false",
            "async": "true",
        }
    ]


@pytest.mark.parametrize(
    ("wanted", "sent"),
    [
        (AZURE, {"gw_subnet": "10.0.0.0/28~~az-1~~", "vpc_region": "East US"}),
        (GCP, {"gw_subnet": "10.0.0.0/28", "zone": "us-east1-b"}),
        (
            {**WANTED, "insane_mode": True, "zone": "us-east-2a"},
            {"gw_subnet": "10.0.0.0/28~~us-east-2a", "insane_mode": "yes"},
        ),
        ({**AZURE, "enable_transit_firenet": True}, {"firenet": "true"}),
        (
            {
                **GCP,
                "enable_transit_firenet": True,
                "lan_vpc_id": "lan",
                "lan_private_subnet": "10.1.0.0/28",
            },
            {"firenet": "true", "lan_vpc": "lan", "lan_subnet": "10.1.0.0/28"},
        ),
    ],
)
def test_each_cloud_has_its_own_form_of_subnet_zone_and_firenet(
    configured: Any, wanted: dict[str, Any], sent: dict[str, str]
) -> None:
    controller = Controller(
        list_vpcs_summary=done([]), create_multicloud_primary_gateway=done("task-1")
    )
    controller.client()
    provider = configured(TransitGatewayProvider)
    provider.create(provider.check({}, wanted).inputs)
    fields = controller.asked("create_multicloud_primary_gateway")[0]
    assert {name: fields.get(name) for name in sent} == sent
    assert ("zone" in fields) is (wanted["cloud_type"] == 4)


@pytest.mark.parametrize(
    ("wanted", "listed"),
    [
        (WANTED, {}),
        (
            AZURE,
            {
                "cloud_type": 8,
                "vpc_id": "vnet:rg:guid",
                "vpc_region": "East US",
                "gateway_zone": "1",
            },
        ),
        (
            AZURE | {"zone": None},
            {
                "cloud_type": 8,
                "vpc_id": "vnet:rg:guid",
                "vpc_region": "East US",
                "gateway_zone": "AvailabilitySet",
            },
        ),
        (GCP, {"cloud_type": 4, "vpc_id": "vpc~-~project", "gateway_zone": "us-east1-b"}),
    ],
)
def test_a_gateway_that_is_read_does_not_differ_from_what_was_written(
    configured: Any, wanted: dict[str, Any], listed: dict[str, Any]
) -> None:
    Controller(list_vpcs_summary=done([{**LISTED, **listed}])).client()
    provider = configured(TransitGatewayProvider)
    inputs = provider.check({}, wanted).inputs
    read = provider.read(HUB, {**inputs, "request_id": "task-1"})
    assert read.outs["request_id"] == "task-1"
    assert provider.diff(HUB, read.outs, inputs).changes is False


def test_a_gateway_that_nobody_lists_is_gone(configured: Any) -> None:
    Controller(list_vpcs_summary=done([])).client()
    assert configured(TransitGatewayProvider).read(HUB, WANTED).id is None


def test_a_gateway_that_another_has_is_not_taken_and_that_of_a_killed_run_is(
    configured: Any,
) -> None:
    Controller(list_vpcs_summary=done([LISTED])).client()
    provider = configured(TransitGatewayProvider)
    inputs = provider.check({}, WANTED).inputs
    assert provider.create(inputs).id == HUB
    with pytest.raises(TakenError, match="left as it is"):
        provider.create({**inputs, "created_by": "ffffffff"})


def test_a_new_size_is_a_task_and_a_new_subnet_a_replacement(configured: Any) -> None:
    controller = Controller(list_vpcs_summary=done([LISTED]), edit_gw_config=done("task-2"))
    controller.client()
    provider = configured(TransitGatewayProvider)
    inputs = provider.check({}, WANTED).inputs
    larger = {**inputs, "gw_size": "c5n.xlarge"}
    assert provider.diff(HUB, inputs, larger).replaces == []
    assert provider.update(HUB, inputs, larger).outs["request_id"] == "task-2"
    assert controller.asked("edit_gw_config") == [
        {"cloud_type": "1", "gw_name": HUB, "gw_size": "c5n.xlarge", "async": "true"}
    ]
    moved = {**inputs, "subnet": "10.0.0.16/28"}
    assert provider.diff(HUB, inputs, moved).replaces == ["subnet"]


def test_a_gateway_whose_task_failed_is_created_by_the_next_update(configured: Any) -> None:
    controller = Controller(
        list_vpcs_summary=done([]),
        check_task_status=refusal("no capacity"),
        create_multicloud_primary_gateway=done("task-2"),
    )
    controller.client()
    provider = configured(TransitGatewayProvider)
    inputs = provider.check({}, WANTED).inputs
    olds = {**inputs, "request_id": "task-1"}
    diff = provider.diff(HUB, olds, inputs)
    assert (diff.changes, diff.replaces) == (True, [])
    assert provider.update(HUB, olds, inputs).outs["request_id"] == "task-2"
    assert len(controller.asked("create_multicloud_primary_gateway")) == 1


def test_a_gateway_that_is_still_being_created_is_left_to_its_task(configured: Any) -> None:
    Controller(list_vpcs_summary=done([]), check_task_status=IN_PROGRESS).client()
    provider = configured(TransitGatewayProvider)
    inputs = provider.check({}, WANTED).inputs
    assert provider.diff(HUB, {**inputs, "request_id": "task-1"}, inputs).changes is False


def test_a_delete_waits_until_its_task_is_done_and_tells_why_it_failed(configured: Any) -> None:
    controller = Controller(delete_container=done("task-3"), check_task_status=done())
    controller.client()
    provider = configured(TransitGatewayProvider)
    provider.delete(HUB, WANTED)
    assert controller.asked("delete_container") == [
        {"cloud_type": "1", "gw_name": HUB, "async": "true"}
    ]
    Controller(
        delete_container=done("task-3"), check_task_status=refusal("it has peerings")
    ).client()
    with pytest.raises(FailedStateError, match=f"deleting transit gateway '{HUB}'.*has peerings"):
        provider.delete(HUB, WANTED)


def test_a_delete_waits_for_the_task_of_an_interrupted_run(configured: Any) -> None:
    busy = refusal(f"Gateway {HUB} is not up: it is deleting")
    deleting = done([{**LISTED, "vpc_state": "deleting"}])
    controller = Controller(
        delete_container=[busy, refusal(f"Gateway {HUB} does not exist")],
        list_vpcs_summary=[deleting, deleting, done([])],
    )
    controller.client()
    configured(TransitGatewayProvider).delete(HUB, WANTED)
    assert len(controller.asked("delete_container")) == 2
    Controller(
        delete_container=refusal(f"Gateway {HUB} is in use"), list_vpcs_summary=done([LISTED])
    ).client()
    with pytest.raises(RefusedError, match="is in use"):
        configured(TransitGatewayProvider).delete(HUB, WANTED)


def test_an_ha_peer_is_named_after_its_gateway_and_read_from_its_details(configured: Any) -> None:
    peer = {"vpc_name": f"{HUB}-hagw", "vpc_size": "t3.medium", "public_subnet": "10.0.0.16/28"}
    controller = Controller(
        list_vpcs_summary=[done([LISTED]), done([{**LISTED, "hagw_details": peer}])],
        create_multicloud_ha_gateway=done("task-1"),
    )
    controller.client()
    provider = configured(HaGatewayProvider)
    inputs = provider.check(
        {},
        {
            "primary_gw_name": HUB,
            "cloud_type": 1,
            "gw_size": "t3.medium",
            "subnet": "10.0.0.16/28",
            "created_by": MARK,
        },
    ).inputs
    created = provider.create(inputs)
    assert created.id == f"{HUB}-hagw"
    assert controller.asked("create_multicloud_ha_gateway") == [
        {
            "primary_gw_name": HUB,
            "ha_gw_name": f"{HUB}-hagw",
            "gw_size": "t3.medium",
            "gw_subnet": "10.0.0.16/28",
            "insane_mode": "no",
            "async": "true",
        }
    ]
    read = provider.read(created.id, created.outs)
    assert provider.diff(created.id, read.outs, inputs).changes is False


def test_settings_write_what_differs_and_read_what_is(configured: Any) -> None:
    plain = {**LISTED, "local_as_number": "", "connected_transit": "yes"}
    written = {
        **plain,
        "local_as_number": "64600",
        "enable_segmentation": "yes",
        "enable_transit_firenet": True,
    }
    names = (
        "edit_transit_local_as_number",
        "enable_transit_gateway_for_multi_cloud_security_domain",
        "enable_gateway_for_transit_firenet",
        "disable_gateway_for_transit_firenet",
    )
    controller = Controller(
        list_vpcs_summary=[done([plain]), done([written])], **dict.fromkeys(names, done())
    )
    controller.client()
    provider = configured(TransitGatewaySettingsProvider)
    inputs = provider.check(
        {},
        {
            "gw_name": HUB,
            "cloud_type": 1,
            "local_as_number": 64600,
            "connected_transit": True,
            "enable_segmentation": True,
            "enable_transit_firenet": True,
        },
    ).inputs
    created = provider.create(inputs)
    assert controller.actions[1:4] == list(names[:3])
    assert controller.asked(names[0]) == [{"gateway_name": HUB, "local_as_num": "64600"}]
    assert controller.asked(names[1]) == [{"transit_gateway_name": HUB}]
    read = provider.read(HUB, created.outs)
    assert provider.diff(HUB, read.outs, inputs).changes is False
    off = {**inputs, "enable_transit_firenet": False}
    assert provider.diff(HUB, created.outs, off).replaces == []
    provider.update(HUB, created.outs, off)
    provider.delete(HUB, created.outs)
    assert controller.asked(names[3]) == [{"gateway_name": HUB}] * 2


def test_a_spoke_gateway_is_no_transit_gateway(configured: Any) -> None:
    controller = Controller(
        list_vpcs_summary=done([]), create_multicloud_primary_gateway=done("task-1")
    )
    controller.client()
    provider = configured(SpokeGatewayProvider)
    provider.create(provider.check({}, WANTED).inputs)
    sent = controller.asked("create_multicloud_primary_gateway")[0]
    assert "transit" not in sent
    assert sent["enable_bgp"] == "no"


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        ({"vpc_state": "up"}, Ready),
        ({}, Ready),
        ({"vpc_state": "waiting"}, Waiting),
        ({"task": {"state": "running"}}, Waiting),
        ({"present": False, "task": {"state": "running"}}, Waiting),
        ({"present": False, "task": {"state": "done"}}, Waiting),
        ({"present": False, "task": {"state": "failed", "reason": "no capacity"}}, Failed),
        ({"vpc_state": "up", "task": {"state": "failed"}}, Ready),
        ({"vpc_state": "up", **SMALL, "task": {"state": "running"}}, Waiting),
        ({"vpc_state": "up", **SMALL, "task": {"state": "failed", "reason": "quota"}}, Failed),
        ({"vpc_state": "up", **SMALL, "task": {"state": "done"}}, Ready),
    ],
)
def test_a_gateway_is_ready_when_it_is_up_and_failed_when_only_its_task_is_left(
    item: dict[str, Any], kind: type
) -> None:
    assert isinstance(judge({"vpc_name": HUB, **item}), kind)


def test_a_gateway_that_could_not_be_resized_tells_why_and_is_known_in_a_preview() -> None:
    controller = Controller(list_vpcs_summary=done([LISTED]), check_task_status=refusal("quota"))
    watched = Gateways(controller.client())
    watched.watch(HUB, "task-2", "c5n.xlarge")
    (item,) = watched._fetch()
    assert judge(item) == Failed("not resized", "its size is t3.medium, not c5n.xlarge: quota")
    preview = judge_in_preview({**item, "vpc_state": "updating"})
    assert isinstance(preview, Ready)
    assert preview.value.public_ip == LISTED["public_ip"]
    assert isinstance(judge_in_preview({"vpc_name": HUB, "vpc_state": "launching"}), Waiting)


def test_a_wait_may_begin_while_the_tasks_of_others_are_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    controller = Controller(list_vpcs_summary=done([]), check_task_status=IN_PROGRESS)
    client = controller.client()
    watched = Gateways(client)
    watched.watch("first", "task-1")
    asked = client.task

    def ask(task_id: str) -> Task:
        watched.watch(f"after-{task_id}", f"{task_id}-1")
        return asked(task_id)

    monkeypatch.setattr(client, "task", ask)
    assert [item["vpc_name"] for item in watched._fetch()] == ["first"]
    assert {item["vpc_name"] for item in watched._fetch()} >= {"first", "after-task-1"}


def test_only_the_tasks_of_gateways_that_are_not_up_are_asked_for() -> None:
    controller = Controller(
        list_vpcs_summary=done([LISTED]), check_task_status=refusal("no capacity")
    )
    watched = Gateways(controller.client())
    watched.watch(HUB, "task-1")
    watched.watch("lost", "task-2")
    found = {item["vpc_name"]: item for item in watched._fetch()}
    assert controller.asked("check_task_status") == [{"request_id": "task-2"}]
    assert judge(found["lost"]) == Failed("failed", "no capacity")
