"""FireNet, segmentation and external connections: what is sent, read again, and deleted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from multicloudgateway import state
from providers.aviatrix.crud import AviatrixProvider
from providers.aviatrix.errors import RefusedError
from providers.aviatrix.external_connection import TransitExternalDeviceConnProvider
from providers.aviatrix.firenet.association import FirewallInstanceAssociationProvider
from providers.aviatrix.firenet.firenet import FirenetProvider
from providers.aviatrix.firenet.firewall_instance import FirewallInstanceProvider
from providers.aviatrix.firenet.policy import TransitFirenetPolicyProvider
from providers.aviatrix.segmentation.association import (
    SegmentationNetworkDomainAssociationProvider,
)
from providers.aviatrix.segmentation.domain import SegmentationNetworkDomainProvider
from providers.aviatrix.segmentation.policy import (
    SegmentationNetworkDomainConnectionPolicyProvider,
)
from providers.base.errors import MismatchError, TakenError
from tests.providers.aviatrix.conftest import MARK
from tests.providers.aviatrix.controller import Controller, done, refusal

HUB = f"hub-{MARK}"
FIREWALL = {"id": "i-1", "name": f"fw-{MARK}", "gateway": HUB, "enabled": True, "vendor": "Generic"}
FIRENET = {
    "vpc_id": "vpc-1~~transit",
    "inspection": "yes",
    "firewall_egress": "no",
    "firewall_hashing": "5-Tuple",
    "egress_static_cidr": [],
    "exclude_cidr": [],
}
CANARY = "canary-of-the-tunnel-0123456789ab"


@dataclass
class Case:
    """A type of object: its inputs, the controller's lists, and what is sent."""

    provider: type[AviatrixProvider[Any]]
    wanted: dict[str, Any]
    reads: dict[str, Any]
    """By action: the answers while the object is not there, and after it was created."""
    created: list[tuple[str, dict[str, Any]]]
    deleted: list[tuple[str, dict[str, Any]]]
    answers: dict[str, Any] = field(default_factory=dict)
    """Answers to writes other than `done`."""
    id: str = ""


CASES = [
    Case(
        FirenetProvider,
        {"vpc_id": "vpc-1", "excluded_cidrs": ["10.2.0.0/16", "10.1.0.0/16"]},
        {
            "show_firenet_detail": (
                done(FIRENET),
                done({**FIRENET, "exclude_cidr": ["10.1.0.0/16", "10.2.0.0/16"]}),
            )
        },
        [
            (
                "edit_firenet_excluded_cidr",
                {"vpc_id": "vpc-1", "exclude_cidr": "10.1.0.0/16,10.2.0.0/16"},
            )
        ],
        [("edit_firenet_excluded_cidr", {"vpc_id": "vpc-1"})],
        id="vpc-1",
    ),
    Case(
        FirewallInstanceProvider,
        {
            "cloud_type": 1,
            "vpc_id": "vpc-1",
            "firenet_gw_name": HUB,
            "firewall_name": f"fw-{MARK}",
            "firewall_image": "Some Firewall",
            "firewall_size": "c5.xlarge",
            "egress_subnet": "10.0.0.32/28",
            "password": CANARY,
        },
        {
            "show_firenet_detail": (done(FIRENET), done({**FIRENET, "firewall": [FIREWALL]})),
            "get_instance_by_id": (
                done(
                    {
                        "instance_id": "i-1",
                        "instance_name": f"fw-{MARK}",
                        "instance_size": "c5.xlarge",
                        "firewall_image": "Some Firewall",
                        "egress_subnet": "10.0.0.32/28",
                        "gw_name": HUB,
                        "lan_interface_id": "eni-1",
                    }
                ),
            ),
        },
        [
            (
                "add_firewall_instance",
                {
                    "cloud_type": "1",
                    "gw_name": HUB,
                    "firewall_name": f"fw-{MARK}",
                    "firewall_image": "Some Firewall",
                    "firewall_size": "c5.xlarge",
                    "egress_subnet": "10.0.0.32/28",
                    "password": CANARY,
                    "no_associate": "true",
                },
            )
        ],
        [
            (
                "delete_firenet_firewall_instance",
                {"vpc_id": "vpc-1", "firewall_id": "i-1", "async": "true"},
            ),
            ("check_task_status", {"request_id": "task-1"}),
        ],
        {
            "add_firewall_instance": done({"text": "launched", "firewall_id": "i-1"}),
            "delete_firenet_firewall_instance": done("task-1"),
        },
        id="i-1",
    ),
    Case(
        FirewallInstanceAssociationProvider,
        {
            "vpc_id": "vpc-1",
            "firenet_gw_name": HUB,
            "instance_id": "i-1",
            "firewall_name": f"fw-{MARK}",
            "lan_interface": "eni-1",
            "egress_interface": "eni-2",
            "attached": True,
        },
        {"show_firenet_detail": (done(FIRENET), done({**FIRENET, "firewall": [FIREWALL]}))},
        [
            (
                "associate_firewall_with_firenet",
                {
                    "vpc_id": "vpc-1",
                    "gateway_name": HUB,
                    "firewall_id": "i-1",
                    "lan_interface": "eni-1",
                    "egress_interface": "eni-2",
                    "firewall_name": f"fw-{MARK}",
                },
            ),
            (
                "attach_firewall_to_firenet",
                {"vpc_id": "vpc-1", "gateway_name": HUB, "firewall_id": "i-1"},
            ),
        ],
        [
            (name, {"vpc_id": "vpc-1", "gateway_name": HUB, "firewall_id": "i-1"})
            for name in ("detach_firewall_from_firenet", "disassociate_firewall_with_firenet")
        ],
        id=f"vpc-1~~{HUB}~~i-1",
    ),
    Case(
        TransitFirenetPolicyProvider,
        {"transit_firenet_gateway_name": HUB, "inspected_resource_name": "SPOKE:shop"},
        {
            "list_transit_firenet_spoke_policies": (
                done([{"gw_name": HUB, "inspected": [], "management_access": "no"}]),
                done([{"gw_name": HUB, "inspected": ["SPOKE:shop"], "management_access": "no"}]),
            )
        },
        [
            (
                "add_spoke_to_transit_firenet_inspection",
                {"firenet_gateway_name": HUB, "spoke_gateway_name": "SPOKE:shop"},
            )
        ],
        [
            (
                "delete_spoke_from_transit_firenet_inspection",
                {"firenet_gateway_name": HUB, "spoke_gateway_name": "SPOKE:shop"},
            )
        ],
        id=f"{HUB}~SPOKE:shop",
    ),
    Case(
        SegmentationNetworkDomainProvider,
        {"domain_name": f"shops-{MARK}"},
        {"list_multi_cloud_security_domain_names": (done([]), done([f"shops-{MARK}"]))},
        [("add_multi_cloud_security_domain", {"domain_name": f"shops-{MARK}"})],
        [("delete_multi_cloud_security_domain", {"domain_name": f"shops-{MARK}"})],
        id=f"shops-{MARK}",
    ),
    Case(
        SegmentationNetworkDomainAssociationProvider,
        {"network_domain_name": f"shops-{MARK}", "attachment_name": "shop"},
        {
            "list_multi_cloud_domain_attachments": (
                done({"attachments": [{"name": "shop", "domain": ""}]}),
                done({"attachments": [{"name": "shop", "domain": f"shops-{MARK}"}]}),
            )
        },
        [
            (
                "associate_attachment_to_multi_cloud_security_domain",
                {"domain_name": f"shops-{MARK}", "attachment_name": "shop"},
            )
        ],
        [
            (
                "disassociate_attachment_from_multi_cloud_security_domain",
                {"domain_name": f"shops-{MARK}", "attachment_name": "shop"},
            )
        ],
        id=f"shops-{MARK}~shop",
    ),
    Case(
        SegmentationNetworkDomainConnectionPolicyProvider,
        {"domain_name_1": f"a-{MARK}", "domain_name_2": f"b-{MARK}"},
        {
            "list_multi_cloud_security_domain_connection_policy": (
                done({"connected_domains": [], "not_connected_domains": [f"b-{MARK}"]}),
                done({"connected_domains": [f"b-{MARK}"], "not_connected_domains": []}),
            )
        },
        [
            (
                "connect_multi_cloud_security_domains",
                {"domain_name": f"a-{MARK}", "other_domain_name": f"b-{MARK}"},
            )
        ],
        [
            (
                "disconnect_multi_cloud_security_domains",
                {"domain_name": f"a-{MARK}", "other_domain_name": f"b-{MARK}"},
            )
        ],
        id=f"a-{MARK}~b-{MARK}",
    ),
    Case(
        TransitExternalDeviceConnProvider,
        {
            "vpc_id": "vpc-1",
            "connection_name": "landing",
            "gw_name": HUB,
            "bgp_local_as_num": 64600,
            "bgp_remote_as_num": 64513,
            "remote_gateway_ip": "203.0.113.1,203.0.113.2",
            "local_tunnel_cidr": "169.254.64.2/30,169.254.64.6/30",
            "remote_tunnel_cidr": "169.254.64.1/30,169.254.64.5/30",
            "pre_shared_key": CANARY,
        },
        {
            "get_site2cloud_conn_detail": (
                refusal("Connection landing does not exist"),
                done(
                    {
                        "connections": {
                            "name": ["landing"],
                            "vpc_id": ["vpc-1"],
                            "gw_name": HUB,
                            "bgp_status": "enabled",
                            "bgp_local_asn_number": "64600",
                            "bgp_remote_asn_number": "64513",
                            "peer_ip": "203.0.113.1, 203.0.113.2",
                            "bgp_local_ip": "169.254.64.2/30,169.254.64.6/30",
                            "bgp_remote_ip": "169.254.64.1/30,169.254.64.5/30",
                        }
                    }
                ),
            )
        },
        [
            (
                "connect_transit_gw_to_external_device",
                {
                    "vpc_id": "vpc-1",
                    "connection_name": "landing",
                    "transit_gw": HUB,
                    "bgp_local_as_number": "64600",
                    "external_device_as_number": "64513",
                    "external_device_ip_address": "203.0.113.1,203.0.113.2",
                    "local_tunnel_ip": "169.254.64.2/30,169.254.64.6/30",
                    "remote_tunnel_ip": "169.254.64.1/30,169.254.64.5/30",
                    "pre_shared_key": CANARY,
                    "routing_protocol": "bgp",
                    "tunnel_protocol": "IPsec",
                    "auth_type": "psk",
                    "enable_ikev2": "true",
                },
            )
        ]
        * 2,
        [("disconnect_transit_gw", {"vpc_id": "vpc-1", "connection_name": "landing"})],
        {"connect_transit_gw_to_external_device": [refusal(f"Gateway {HUB} is not up"), done()]},
        id="landing~vpc-1",
    ),
]


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


def test_another_key_deletes_the_connection_and_creates_it_again(configured: Any) -> None:
    case = CASES[-1]
    controller = Controller(
        get_site2cloud_conn_detail=case.reads["get_site2cloud_conn_detail"][1],
        connect_transit_gw_to_external_device=done(),
        disconnect_transit_gw=done(),
    )
    controller.client()
    provider = configured(case.provider)
    olds = provider.create(provider.check({}, {**case.wanted, "created_by": MARK}).inputs).outs
    news = {**provider.check({}, case.wanted).inputs, "pre_shared_key": "another-key-of-the-tunnel"}
    assert provider.diff(case.id, olds, news).replaces == []
    outs = provider.update(case.id, olds, news).outs
    writes = ["disconnect_transit_gw", "connect_transit_gw_to_external_device"]
    assert [name for name in controller.actions if name in writes] == writes * 2
    assert provider.diff(case.id, outs, news).changes is False


def test_another_key_creates_a_connection_again_that_an_interrupted_run_deleted(
    configured: Any,
) -> None:
    case = CASES[-1]
    controller = Controller(
        get_site2cloud_conn_detail=case.reads["get_site2cloud_conn_detail"][1],
        connect_transit_gw_to_external_device=done(),
        disconnect_transit_gw=refusal("Connection landing does not exist in vpc-1"),
    )
    controller.client()
    provider = configured(case.provider)
    inputs = provider.check({}, case.wanted).inputs
    provider.update(case.id, inputs, {**inputs, "pre_shared_key": "another-key-of-the-tunnel"})
    assert "connect_transit_gw_to_external_device" in controller.actions


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
