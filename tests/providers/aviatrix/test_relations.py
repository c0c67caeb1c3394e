"""Attachments and peerings: what is sent, read, and left alone."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.output import Unknown

from providers.aviatrix.attachment import SpokeTransitAttachmentProvider
from providers.aviatrix.errors import RefusedError
from providers.aviatrix.firenet.association import FirewallInstanceAssociationProvider
from providers.aviatrix.firenet.policy import TransitFirenetPolicyProvider
from providers.aviatrix.peering import TransitGatewayPeeringProvider
from providers.aviatrix.segmentation.association import (
    SegmentationNetworkDomainAssociationProvider,
)
from providers.aviatrix.segmentation.policy import (
    SegmentationNetworkDomainConnectionPolicyProvider,
)
from providers.base.errors import ProviderError, TakenError
from tests.providers.aviatrix.conftest import MARK
from tests.providers.aviatrix.controller import Controller, done, refusal

A, B, SPOKE = f"a-{MARK}", f"b-{MARK}", f"spoke-{MARK}"
PEERING = {"transit_gateway_name1": A, "transit_gateway_name2": B, "created_by": MARK}
ATTACHMENT = {"spoke_gw_name": SPOKE, "transit_gw_name": A, "created_by": MARK}


def test_a_peering_is_created_found_in_either_order_and_deleted(configured: Any) -> None:
    controller = Controller(
        list_inter_transit_gateway_peering=[
            done([]),
            done([[{"gateway1": "x", "gateway2": "y"}, {"gateway1": B, "gateway2": A}]]),
        ],
        create_inter_transit_gateway_peering=done(),
        delete_inter_transit_gateway_peering=done(),
    )
    controller.client()
    provider = configured(TransitGatewayPeeringProvider)
    created = provider.create(PEERING)
    assert created.id == f"{A}~{B}"
    sent = controller.asked("create_inter_transit_gateway_peering")
    assert sent == [{"gateway1": A, "gateway2": B, "private_ip_peering": "no"}]
    read = provider.read(created.id, created.outs)
    assert provider.diff(created.id, read.outs, PEERING).changes is False
    provider.delete(created.id, created.outs)
    deleted = controller.asked("delete_inter_transit_gateway_peering")
    assert deleted == [{"gateway1": A, "gateway2": B}]
    with pytest.raises(TakenError):
        provider.create({**PEERING, "created_by": "ffffffff"})


def test_an_attachment_is_created_read_from_the_list_of_gateways_and_deleted(
    configured: Any,
) -> None:
    spoke = {"vpc_name": SPOKE, "transit_gw_name": A}
    controller = Controller(
        list_vpcs_summary=[done([{**spoke, "transit_gw_name": ""}]), done([spoke])],
        attach_spoke_to_transit_gw=done(),
        detach_spoke_from_transit_gw=refusal("Gateway has not joined to any transit"),
    )
    controller.client()
    provider = configured(SpokeTransitAttachmentProvider)
    inputs = provider.check({}, {**ATTACHMENT, "route_tables": ["rtb-b", "rtb-a"]}).inputs
    created = provider.create(inputs)
    sent = controller.asked("attach_spoke_to_transit_gw")
    assert sent == [{"spoke_gw": SPOKE, "transit_gw": A, "route_table_list": "rtb-a,rtb-b"}]
    read = provider.read(created.id, created.outs)
    assert provider.diff(created.id, read.outs, inputs).changes is False
    provider.delete(created.id, created.outs)
    assert controller.actions[-1] == "detach_spoke_from_transit_gw"


JOINED = refusal("[AVXERR-TRANSIT-0034] Spoke gateway already joined")


def test_an_attachment_that_another_run_makes_at_the_same_time_is_found(configured: Any) -> None:
    spoke = {"vpc_name": SPOKE, "transit_gw_name": A}
    Controller(
        list_vpcs_summary=[done([]), done([spoke])], attach_spoke_to_transit_gw=JOINED
    ).client()
    wanted = {**ATTACHMENT, "route_tables": []}
    assert configured(SpokeTransitAttachmentProvider).create(wanted).id == f"{SPOKE}~{A}"


def test_a_firewall_that_was_associated_and_not_attached_is_attached(configured: Any) -> None:
    wanted = {
        "vpc_id": "vpc-1",
        "firenet_gw_name": A,
        "instance_id": "i-1",
        "lan_interface": "eni-1",
        "attached": True,
        "created_by": MARK,
    }
    listed = {"id": "i-1", "gateway": A, "enabled": False}
    controller = Controller(
        show_firenet_detail=[done({"firewall": []}), done({"firewall": [listed]})],
        associate_firewall_with_firenet=refusal("Firewall i-1 is already associated"),
        attach_firewall_to_firenet=done(),
    )
    controller.client()
    configured(FirewallInstanceAssociationProvider).create(wanted)
    assert controller.actions.count("attach_firewall_to_firenet") == 1


def test_a_spoke_that_has_joined_another_transit_gateway_does_not_count_as_attached(
    configured: Any,
) -> None:
    spoke = {"vpc_name": SPOKE, "transit_gw_name": B}
    Controller(list_vpcs_summary=done([spoke]), attach_spoke_to_transit_gw=JOINED).client()
    with pytest.raises(RefusedError, match="already joined"):
        configured(SpokeTransitAttachmentProvider).create(ATTACHMENT)


@pytest.mark.parametrize("reason", ["has not joined to any transit", f"is not attached to {A}"])
def test_an_attachment_that_is_gone_counts_as_deleted(configured: Any, reason: str) -> None:
    controller = Controller(detach_spoke_from_transit_gw=refusal(f"Gateway {SPOKE} {reason}"))
    controller.client()
    configured(SpokeTransitAttachmentProvider).delete(f"{SPOKE}~{A}", ATTACHMENT)
    assert controller.actions == ["detach_spoke_from_transit_gw"]


@pytest.mark.parametrize(
    ("kind", "olds", "changed"),
    [
        (
            SpokeTransitAttachmentProvider,
            {**ATTACHMENT, "route_tables": []},
            {"transit_gw_name": B},
        ),
        (
            SegmentationNetworkDomainAssociationProvider,
            {"network_domain_name": "shop", "attachment_name": SPOKE},
            {"network_domain_name": "billing"},
        ),
    ],
)
def test_what_may_be_at_one_place_only_leaves_the_old_place_first(
    configured: Any, kind: Any, olds: dict[str, Any], changed: dict[str, Any]
) -> None:
    diff = configured(kind).diff("x", olds, {**olds, **changed})
    assert diff.replaces == list(changed)
    assert diff.delete_before_replace is True


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (TransitGatewayPeeringProvider, ("transit_gateway_name1", "transit_gateway_name2")),
        (SegmentationNetworkDomainConnectionPolicyProvider, ("domain_name_1", "domain_name_2")),
    ],
)
def test_a_pair_in_the_other_order_is_the_same_object(
    configured: Any, kind: Any, names: tuple[str, str]
) -> None:
    controller = Controller(
        list_inter_transit_gateway_peering=done([[{"gateway1": A, "gateway2": B}]]),
        list_multi_cloud_security_domain_connection_policy=done({"connected_domains": [A, B]}),
    )
    controller.client()
    provider = configured(kind)
    olds, news = dict(zip(names, (A, B), strict=True)), dict(zip(names, (B, A), strict=True))
    diff = provider.diff(f"{A}~{B}", olds, news)
    assert (diff.changes, diff.replaces) == (True, [])
    outs = provider.update(f"{A}~{B}", olds, news).outs
    assert {name: outs[name] for name in names} == news
    assert provider.read(f"{A}~{B}", outs).id == f"{A}~{B}"
    assert all(name.startswith("list_") for name in controller.actions)
    moved = provider.diff(f"{A}~{B}", olds, {**olds, names[1]: "c"})
    assert moved.replaces == [names[1]]


def test_an_object_of_another_controller_is_neither_read_nor_deleted(configured: Any) -> None:
    controller = Controller()
    controller.client()
    provider = configured(TransitGatewayPeeringProvider)
    olds = {**PEERING, "controller": "https://other.test"}
    for call in (provider.read, provider.delete):
        with pytest.raises(ProviderError, match=r"other\.test.*Nothing was read"):
            call(f"{A}~{B}", olds)
    assert controller.calls == []


@pytest.mark.parametrize(
    ("kind", "olds", "name"),
    [
        (
            SegmentationNetworkDomainAssociationProvider,
            {"network_domain_name": "gateways", "attachment_name": "landing"},
            "attachment_name",
        ),
        (
            TransitFirenetPolicyProvider,
            {
                "transit_firenet_gateway_name": A,
                "inspected_resource_name": "SITE2CLOUD:landing",
            },
            "inspected_resource_name",
        ),
    ],
)
def test_what_names_a_connection_goes_before_it_and_comes_again_after_it(
    configured: Any, kind: Any, olds: dict[str, Any], name: str
) -> None:
    # The engine asks with an unknown name while it replaces a connection that is deleted first.
    diff = configured(kind).diff("id", olds, {**olds, name: Unknown()})
    assert diff.replaces == [name]
