"""FireNet, segmentation and external connections: what is sent, read again, and deleted."""

from __future__ import annotations

from typing import Any

import pytest

from multicloudgateway import state
from providers.aviatrix.errors import RefusedError
from providers.aviatrix.firenet.firenet import FirenetProvider
from providers.base.errors import MismatchError, TakenError
from tests.providers.aviatrix.cases import CANARY, CASES, FIRENET, FIREWALL, HUB, Case
from tests.providers.aviatrix.conftest import MARK
from tests.providers.aviatrix.controller import Controller, done, refusal


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.provider.noun.replace(" ", "-"))
def test_an_object_is_created_read_without_a_difference_found_again_and_deleted(
    configured: Any, case: Case
) -> None:
    writes = {name for name, _ in [*case.created, *case.deleted]} | {"check_task_status"}
    controller = Controller(
        **{name: list(answers) for name, answers in case.reads.items()},
        **{name: case.answers.get(name, done()) for name in writes},
    )
    controller.client()
    provider = configured(case.provider)
    inputs = provider.check({}, {**case.wanted, "created_by": MARK}).inputs
    created = provider.create(inputs)
    assert created.id == case.id
    assert CANARY not in str(created.outs)

    def written() -> list[tuple[str, dict[str, Any]]]:
        return [
            (name, {key: value for key, value in fields.items() if key != "CID"})
            for name, fields in controller.calls
            if name in writes
        ]

    assert written() == case.created
    read = provider.read(created.id, created.outs)
    assert provider.diff(created.id, read.outs, inputs).changes is False
    imported = provider.import_id(created.id)[1]
    assert all(imported[name] == created.outs[name] for name in imported)
    before = len(written())
    provider.delete(created.id, created.outs)
    assert written()[before:] == case.deleted


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if case.provider is not FirenetProvider],
    ids=lambda case: case.provider.noun.replace(" ", "-"),
)
def test_an_object_of_a_killed_run_is_found_and_that_of_another_left_alone(
    configured: Any, case: Case
) -> None:
    controller = Controller(
        **{name: answers[-1] for name, answers in case.reads.items()},
        connect_transit_gw_to_external_device=done(),
        disconnect_transit_gw=done(),
    )
    controller.client()
    provider = configured(case.provider)
    inputs = provider.check({}, {**case.wanted, "created_by": MARK}).inputs
    assert provider.create(inputs).id == case.id
    with pytest.raises(TakenError):
        provider.create({**inputs, "created_by": "ffffffff"})


def test_a_firewall_is_taken_out_of_the_traffic_in_place(configured: Any) -> None:
    case = CASES[2]
    controller = Controller(
        show_firenet_detail=done({**FIRENET, "firewall": [FIREWALL]}),
        detach_firewall_from_firenet=done(),
    )
    controller.client()
    provider = configured(case.provider)
    olds = provider.check({}, case.wanted).inputs
    news = {**olds, "attached": False}
    assert provider.diff(case.id, olds, news).replaces == []
    provider.update(case.id, olds, news)
    assert controller.actions[0] == "detach_firewall_from_firenet"


def test_advertised_blocks_are_written_after_the_connection_and_updated_in_place(
    configured: Any,
) -> None:
    case, action = CASES[-1], "edit_transit_connection_bgp_manual_advertise_cidrs"
    absent, there = case.reads["get_site2cloud_conn_detail"]
    controller = Controller(
        get_site2cloud_conn_detail=[absent, there],
        connect_transit_gw_to_external_device=done(),
        **{action: done()},
    )
    controller.client()
    provider = configured(case.provider)
    inputs = provider.check(
        {}, {**case.wanted, "manual_bgp_advertised_cidrs": ["10.0.0.0/8"]}
    ).inputs
    created = provider.create(inputs)
    more = {**inputs, "manual_bgp_advertised_cidrs": ["10.0.0.0/8", "172.16.0.0/12"]}
    assert provider.diff(case.id, created.outs, more).replaces == []
    provider.update(case.id, created.outs, more)
    field = "connection_bgp_manual_advertise_cidrs"
    sent = [fields[field] for fields in controller.asked(action)]
    assert sent == ["10.0.0.0/8", "10.0.0.0/8,172.16.0.0/12"]


def test_another_key_replaces_the_connection_and_deletes_it_first(configured: Any) -> None:
    case = CASES[-1]
    controller = Controller(
        get_site2cloud_conn_detail=list(case.reads["get_site2cloud_conn_detail"]),
        connect_transit_gw_to_external_device=done(),
    )
    controller.client()
    provider = configured(case.provider)
    inputs = provider.check({}, {**case.wanted, "created_by": MARK}).inputs
    olds = provider.create(inputs).outs
    assert provider.diff(case.id, olds, inputs).changes is False
    diff = provider.diff(case.id, olds, {**inputs, "pre_shared_key": "another-key-of-the-tunnel"})
    assert (diff.replaces, diff.delete_before_replace) == (["pre_shared_key"], True)


def test_the_connection_of_a_killed_run_is_created_again_because_nobody_knows_its_key(
    configured: Any,
) -> None:
    case = CASES[-1]
    controller = Controller(
        get_site2cloud_conn_detail=case.reads["get_site2cloud_conn_detail"][1],
        connect_transit_gw_to_external_device=done(),
        disconnect_transit_gw=done(),
    )
    controller.client()
    provider = configured(case.provider)
    provider.create(provider.check({}, {**case.wanted, "created_by": MARK}).inputs)
    writes = ["disconnect_transit_gw", "connect_transit_gw_to_external_device"]
    assert [name for name in controller.actions if name in writes] == writes


def test_a_connection_without_bgp_is_not_adopted(configured: Any) -> None:
    static = {"name": ["landing"], "vpc_id": ["vpc-1"], "gw_name": HUB, "bgp_status": "disabled"}
    Controller(get_site2cloud_conn_detail=done({"connections": static})).client()
    case = CASES[-1]
    provider = configured(case.provider)
    inputs = provider.check({}, {**case.wanted, "adopt_existing_id": case.id}).inputs
    with pytest.raises(MismatchError, match="bgp_remote_as_num is null"):
        provider.create(inputs)


def test_a_firewall_that_an_interrupted_run_launched_is_told_with_the_way_out(
    configured: Any,
) -> None:
    case = CASES[1]
    Controller(
        show_firenet_detail=done(FIRENET),
        add_firewall_instance=refusal(f"Firewall fw-{MARK} already exists"),
    ).client()
    provider = configured(case.provider)
    inputs = provider.check({}, {**case.wanted, "created_by": MARK}).inputs
    with pytest.raises(RefusedError, match=r"already exists.*interrupted.*adopt_existing_id"):
        provider.create(inputs)


def test_a_firewall_cannot_be_inspected_for_a_network_without_firenet(configured: Any) -> None:
    Controller(show_firenet_detail=refusal("FireNet of vpc-1 not found in DB")).client()
    case = CASES[2]
    assert configured(case.provider).read(case.id, case.wanted).id is None


TYPES = {
    "aviatrix:Account",
    "aviatrix:Firenet",
    "aviatrix:FirewallInstance",
    "aviatrix:FirewallInstanceAssociation",
    "aviatrix:HaGateway",
    "aviatrix:SegmentationNetworkDomain",
    "aviatrix:SegmentationNetworkDomainAssociation",
    "aviatrix:SegmentationNetworkDomainConnectionPolicy",
    "aviatrix:SpokeGateway",
    "aviatrix:SpokeTransitAttachment",
    "aviatrix:TransitExternalDeviceConn",
    "aviatrix:TransitFirenetPolicy",
    "aviatrix:TransitGateway",
    "aviatrix:TransitGatewayPeering",
    "aviatrix:TransitGatewaySettings",
}
"""Types that state may hold. They never change."""


def test_every_type_that_state_may_hold_is_known() -> None:
    assert {kind for kind in state.MODULES if kind.startswith("aviatrix:")} == TYPES


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_state_finds_the_provider_of_every_type(kind: str) -> None:
    provider = state.provider(kind)
    assert provider.vendor == "aviatrix"
    assert provider.__reduce__() == (state.provider, (kind,))
