"""What counts as ready, on its way and failed, for each kind of object that is awaited.

The items are as Konnect answers them; its states are in `/v2/cloud-gateways`.
"""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from providers.base.readiness import Failed, Ready, Waiting
from providers.konnect.cloud_gateways import addon, configuration, network, transit_gateway

Json = dict[str, Any]


def a_network(state: str, **more: Any) -> Json:
    return {
        "id": "n1",
        "name": "orders",
        "region": "us-east-1",
        "availability_zones": ["use1-az1"],
        "cidr_block": "10.4.0.0/16",
        "cloud_gateway_provider_account_id": "pa",
        "default": False,
        "state": state,
        "provider_metadata": {},
        **more,
    }


@pytest.mark.parametrize(
    ("state", "metadata", "verdict"),
    [
        ("created", None, Waiting("created")),
        ("initializing", None, Waiting("initializing")),
        ("initializing", {"reason": "quota"}, Waiting("initializing", "quota")),
        (
            "initializing",
            {"reported_status": "INVALID", "reason": "zone full"},
            Failed("initializing", "INVALID: zone full"),
        ),
        ("initializing", {"reported_status": "ERROR"}, Failed("initializing", "ERROR")),
        ("initializing", {"reported_status": "OK"}, Waiting("initializing", "OK")),
        # It stays recorded and unbuilt until a configuration refers to it.
        ("offline", None, Waiting("offline", "no configuration refers to it yet")),
        ("terminating", None, Failed("terminating")),
        ("terminated", None, Failed("terminated")),
        ("something-new", None, Waiting("something-new")),
    ],
)
def test_a_network_that_is_not_ready_is_on_its_way_or_failed_by_its_report(
    state: str, metadata: Json | None, verdict: object
) -> None:
    assert network.judge(a_network(state, state_metadata=metadata)) == verdict


def test_an_offline_network_that_a_configuration_refers_to_has_failed() -> None:
    item = a_network("offline", configuration_reference_count=1)
    assert network.judge(item) == Failed("offline")


def test_a_ready_network_yields_kongs_side_of_it() -> None:
    metadata = {"vpc_id": "vpc-1", "subnet_ids": ["s1", "s2"]}
    verdict = network.judge(a_network("ready", provider_metadata=metadata))
    assert isinstance(verdict, Ready)
    assert verdict.value.provider_metadata.vpc_id == "vpc-1"
    assert verdict.value.provider_metadata.subnet_ids == ("s1", "s2")
    assert verdict.value.cidr_block == "10.4.0.0/16"


def test_what_is_awaited_cannot_be_changed_and_keeps_what_is_new_in_konnect() -> None:
    """All who wait for an object share one value. A newer Konnect may return more fields."""
    verdict = network.judge(a_network("ready", tier="large"))
    assert isinstance(verdict, Ready)
    assert verdict.value.model_extra == {"tier": "large"}
    with pytest.raises(ValidationError, match="frozen"):
        verdict.value.state = "offline"


def test_counts_that_konnect_leaves_out_are_zero() -> None:
    verdict = network.judge(a_network("ready"))
    assert isinstance(verdict, Ready)
    found = verdict.value
    counts = (found.entity_version, found.transit_gateway_count)
    assert (*counts, found.configuration_reference_count) == (0, 0, 0)


def group(state: str, region: str = "us-east-1", network_id: str = "n1", **more: Any) -> Json:
    where = {"provider": "aws", "region": region, "cloud_gateway_network_id": network_id}
    return {"id": f"g-{region}-{network_id}", **where, "state": state, **more}


def a_configuration(*actual: Json, desired: list[Json] | None = None) -> Json:
    return {
        "id": "c1",
        "control_plane_id": "cp",
        "control_plane_geo": "us",
        "dataplane_group_config": [group("")] if desired is None else desired,
        "dataplane_groups": list(actual),
    }


EAST, WEST = group("", "us-east-1"), group("", "us-west-2", "n2")


@pytest.mark.parametrize(
    ("item", "verdict"),
    [
        (a_configuration(), Waiting("aws us-east-1 missing")),
        (a_configuration(group("initializing")), Waiting("aws us-east-1 initializing")),
        # One in another network or region is not the one that is wanted.
        (
            a_configuration(group("ready", network_id="other")),
            Waiting("aws us-east-1 ready and not wanted; aws us-east-1 missing"),
        ),
        (
            a_configuration(group("ready"), group("initializing", "us-west-2", "n2")),
            Waiting("aws us-west-2 initializing"),
        ),
        (
            a_configuration(group("ready"), desired=[EAST, WEST]),
            Waiting("aws us-west-2 missing"),
        ),
        # What still goes away still has addresses and holds its network.
        (
            a_configuration(group("ready"), group("terminating", "us-west-2", "n2")),
            Waiting("aws us-west-2 terminating"),
        ),
        (
            a_configuration(
                group("initializing", state_metadata={"reported_status": "ERROR", "reason": "r"})
            ),
            Failed("aws us-east-1 initializing", "ERROR: r"),
        ),
        (
            a_configuration(group("initializing", state_metadata={"reason": "slow"})),
            Waiting("aws us-east-1 initializing", "slow"),
        ),
        (
            a_configuration(
                group("initializing"),
                group("created", "us-west-2", "n2"),
                desired=[EAST, WEST],
            ),
            Waiting("aws us-east-1 initializing; aws us-west-2 created"),
        ),
    ],
)
def test_a_configuration_is_not_ready_while_a_wanted_group_is_not_or_another_is_there(
    item: Json, verdict: object
) -> None:
    assert configuration.judge(item) == verdict


@pytest.mark.parametrize(
    "east",
    [
        [],
        [group("initializing")],
        [group("initializing", state_metadata={"reported_status": "ERROR", "reason": "r"})],
    ],
)
def test_a_group_that_is_not_awaited_may_be_missing_or_fail(east: list[Json]) -> None:
    item = a_configuration(*east, group("ready", "us-west-2", "n2"), desired=[EAST, WEST])
    assert not isinstance(configuration.judge(item), Ready)
    verdict = configuration.judge(item, {("aws", "us-east-1")})
    assert isinstance(verdict, Ready)
    assert verdict.value.group("n2").state == "ready"
    waiting = configuration.judge(item, {("aws", "us-west-2")})
    assert not isinstance(waiting, Ready)


def test_a_network_or_an_attachment_that_is_not_awaited_counts_in_any_state() -> None:
    listed = network.judge_listed(a_network("offline", configuration_reference_count=1))
    assert isinstance(listed, Ready)
    assert listed.value.state == "offline"
    attachment = transit_gateway.judge_listed(an_attachment("error", AWS_HUB))
    assert isinstance(attachment, Ready)
    assert (attachment.value.state, attachment.value.attachment_id) == ("error", None)


def test_two_groups_of_one_region_are_told_apart_by_their_networks() -> None:
    second = group("", network_id="n2")
    item = a_configuration(group("initializing"), desired=[group(""), second])
    verdict = configuration.judge(item)
    assert isinstance(verdict, Waiting)
    assert "aws us-east-1 initializing" in verdict.state
    assert "aws us-east-1 missing" in verdict.state


def test_a_ready_configuration_yields_the_addresses_of_its_groups() -> None:
    addresses: Json = {
        "private_ip_addresses": ["10.4.0.7"],
        "egress_ip_addresses": ["3.3.3.3"],
        "hostnames": ["a.gateways.konggateway.com"],
    }
    verdict = configuration.judge(
        a_configuration(group("ready", **addresses), group("terminated", "us-west-2", "n2"))
    )
    assert isinstance(verdict, Ready)
    ready = verdict.value.group("n1")
    assert ready.private_ip_addresses == ("10.4.0.7",)
    assert ready.egress_ip_addresses == ("3.3.3.3",)
    assert ready.hostnames == ("a.gateways.konggateway.com",)


def test_an_emptied_configuration_is_ready_once_no_group_is_left() -> None:
    assert isinstance(configuration.judge(a_configuration(desired=[])), Ready)
    leaving = a_configuration(group("terminating"), desired=[])
    assert configuration.judge(leaving) == Waiting("aws us-east-1 terminating")


AWS_HUB = {"kind": "aws-transit-gateway-attachment", "transit_gateway_id": "tgw-1"}
AWS_VPC = {"kind": "aws-vpc-peering-attachment", "peer_vpc_id": "vpc-1"}
AZURE = {"kind": "azure-vnet-peering-attachment", "vnet_name": "v"}


def an_attachment(state: str, config: Json, **more: Any) -> Json:
    base = {"id": "t1", "name": "hub", "state": state, "entity_version": 1}
    return {**base, "transit_gateway_attachment_config": config, **more}


@pytest.mark.parametrize(
    ("state", "pending", "ready"),
    [
        ("created", Waiting, Waiting),
        ("initializing", Waiting, Waiting),
        ("pending-acceptance", Ready, Waiting),
        ("pending-user-action", Ready, Waiting),
        ("ready", Ready, Ready),
        ("error", Failed, Failed),
        ("terminating", Failed, Failed),
        ("terminated", Failed, Failed),
        ("something-new", Waiting, Waiting),
    ],
)
@pytest.mark.parametrize("config", [AWS_HUB | {"attachment_id": "tgw-attach-1"}, AWS_VPC, AZURE])
def test_an_attachment_is_first_offered_to_the_customer_and_then_ready(
    state: str, pending: type, ready: type, config: Json
) -> None:
    item = an_attachment(state, config)
    assert type(transit_gateway.judge_pending(item)) is pending
    assert type(transit_gateway.judge_ready(item)) is ready


def test_an_attachment_to_a_transit_gateway_is_offered_only_with_the_id_to_accept() -> None:
    nameless = an_attachment("pending-acceptance", AWS_HUB)
    assert transit_gateway.judge_pending(nameless) == Waiting("pending-acceptance")


@pytest.mark.parametrize(
    ("config", "attachment_id"),
    [
        (AWS_HUB | {"attachment_id": "tgw-attach-1"}, "tgw-attach-1"),
        (AWS_VPC | {"peering_connection_id": "pcx-1"}, "pcx-1"),
        (AWS_VPC, None),
        (AZURE, None),
    ],
)
def test_an_offered_attachment_yields_the_id_to_accept(
    config: Json, attachment_id: str | None
) -> None:
    verdict = transit_gateway.judge_pending(an_attachment("pending-acceptance", config))
    assert isinstance(verdict, Ready)
    assert verdict.value.attachment_id == attachment_id


@pytest.mark.parametrize(
    ("state", "config", "said"),
    [
        (
            "pending-acceptance",
            AWS_HUB | {"attachment_id": "tgw-attach-1"},
            "accept attachment tgw-attach-1 to",
        ),
        ("pending-acceptance", AWS_HUB, "accept attachment (unknown) to"),
        ("pending-acceptance", AWS_VPC, "accept the peering that Kong's VPC requests with VPC"),
        (
            "pending-user-action",
            AZURE | {"tenant_id": "t"},
            "consent to Kong's application at https://login.microsoftonline.com/t/adminconsent?"
            "client_id=my-application if nobody has, and give",
        ),
    ],
)
def test_a_waiting_attachment_says_what_the_customer_has_to_do(
    state: str, config: Json, said: str
) -> None:
    item = an_attachment(state, config, state_metadata={"reason": "not yet"})
    verdict = transit_gateway.judge_ready(item, "my-application")
    assert isinstance(verdict, Waiting)
    assert said in verdict.reason
    assert verdict.reason.endswith("; Konnect says: not yet")


@pytest.mark.parametrize(
    ("states", "verdict"),
    [
        (["ready", "ready"], None),
        (["ready", "initializing"], Waiting("resource initializing", "rcfg-1 as b.example")),
        (["error", "ready"], Failed("resource error", "rcfg-0 as a.example")),
        (
            ["ready", "missing"],
            Waiting(
                "resource missing",
                "Konnect does not find rcfg-1 as b.example: share it (or its group) with Kong's "
                "account, and give its resource gateway a subnet in a zone of the gateway network",
            ),
        ),
    ],
)
def test_a_resource_endpoint_is_ready_when_each_of_its_resources_is(
    states: list[str], verdict: Waiting | Failed | None
) -> None:
    resources = [
        {
            "resource_config_id": f"rcfg-{index}",
            "domain_name": f"{'ab'[index]}.example",
            "state": one,
        }
        for index, one in enumerate(states)
    ]
    config = {"kind": "aws-resource-endpoint-attachment", "resource_config": resources}
    found = transit_gateway.judge_ready(an_attachment("ready", config))
    if verdict is None:
        assert isinstance(found, Ready)
    else:
        assert found == verdict


def test_a_failed_attachment_says_why() -> None:
    metadata = {"reported_status": "ERROR", "reason": "no resource found for the RAM share ARN"}
    item = an_attachment("error", AWS_HUB, state_metadata=metadata)
    expected = Failed("error", "ERROR: no resource found for the RAM share ARN")
    assert transit_gateway.judge_pending(item) == expected
    assert transit_gateway.judge_ready(item) == expected


def an_addon(state: str, *groups: Json) -> Json:
    config = {
        "kind": "managed-cache.v0",
        "capacity_config": {"kind": "tiered", "tier": "small"},
        "data_plane_groups": list(groups),
        "state_metadata": {"cache_config_id": "partial-1"},
    }
    return {"id": "a1", "name": "cache", "state": state, "config": config}


@pytest.mark.parametrize(
    ("item", "verdict"),
    [
        (an_addon("initializing"), Waiting("initializing")),
        (
            an_addon("initializing", group("initializing")),
            Waiting("initializing"),
        ),
        (an_addon("ready", group("initializing")), Waiting("aws us-east-1 initializing")),
        # There is no failed state at the top: it shows in a group alone.
        (
            an_addon(
                "initializing",
                group("ready"),
                group("error", "us-west-2", state_metadata={"error_reason": "no capacity"}),
            ),
            Failed("initializing", "no capacity"),
        ),
        (
            an_addon("ready", group("error", state_metadata={"error_reason": "no capacity"})),
            Failed("aws us-east-1 error", "no capacity"),
        ),
        (an_addon("terminating", group("ready")), Failed("terminating")),
    ],
)
def test_an_add_on_is_not_ready_while_one_of_its_groups_is_not(item: Json, verdict: object) -> None:
    assert addon.judge(item) == verdict


@pytest.mark.parametrize("groups", [[], [group("ready"), group("ready", "us-west-2")]])
def test_an_add_on_that_is_ready_everywhere_yields_its_partial(groups: list[Json]) -> None:
    verdict = addon.judge(an_addon("ready", *groups))
    assert isinstance(verdict, Ready)
    assert verdict.value.cache_config_id == "partial-1"
