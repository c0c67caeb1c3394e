"""Attachments and peerings: what is sent, read, and left alone."""

from __future__ import annotations

from typing import Any

import pytest

from providers.aviatrix.attachment import SpokeTransitAttachmentProvider
from providers.aviatrix.peering import TransitGatewayPeeringProvider
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


def test_an_attachment_that_the_list_does_not_show_yet_counts_as_created(configured: Any) -> None:
    joined = refusal("[AVXERR-TRANSIT-0034] Spoke gateway already joined")
    Controller(list_vpcs_summary=done([]), attach_spoke_to_transit_gw=joined).client()
    assert configured(SpokeTransitAttachmentProvider).create(ATTACHMENT).id == f"{SPOKE}~{A}"


def test_an_object_of_another_controller_is_neither_read_nor_deleted(configured: Any) -> None:
    controller = Controller()
    controller.client()
    provider = configured(TransitGatewayPeeringProvider)
    olds = {**PEERING, "controller": "https://other.test"}
    for call in (provider.read, provider.delete):
        with pytest.raises(ProviderError, match=r"other\.test.*Nothing was read"):
            call(f"{A}~{B}", olds)
    assert controller.calls == []
