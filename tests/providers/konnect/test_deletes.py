"""Deleting for real: in the order that Konnect asks for, bounded, and never hiding a refusal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from providers.base import crud
from providers.base.errors import BadRequestError, DeadlineError, DependentsError
from providers.konnect.core_entities.partial import GatewayPartialProvider
from tests.providers.konnect import cases
from tests.providers.konnect.harness import Engine
from tests.providers.konnect.local_konnect import HOUR, RUSH, LocalKonnect

MINUTE = 60.0
QUICK = 600.0
"""Simulated seconds per second at which four minutes are four tenths of a second."""
GCP_PEERING = {
    "kind": "gcp-vpc-peering-attachment",
    "peer_project_id": "orders-prod",
    "peer_vpc_name": "hub",
}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for a fraction of a second where half an hour is due."""
    monkeypatch.setattr(crud, "DELETE_TIMEOUT", 0.3)


def statuses(konnect: LocalKonnect, method: str) -> list[int]:
    return [request.status for request in konnect.requests if request.method == method]


def test_a_network_is_deleted_once_nothing_refers_to_it_any_more(konnect: LocalKonnect) -> None:
    case = cases.network(konnect)
    engine = Engine(konnect, case)
    id_, outputs = engine.create()
    konnect.advance(HOUR)
    plane = konnect.plane()
    konnect.configuration(plane, id_)
    konnect.advance(HOUR)
    konnect.configuration(plane)
    konnect.requests.clear()
    konnect.speed(QUICK)  # The groups terminate for four minutes, and still refer to it.
    engine.provider.delete(id_, outputs)
    assert statuses(konnect, "DELETE") == [204]
    assert [item["state"] for item in konnect.objects("networks")] == ["terminating"]


@pytest.mark.usefixtures("impatient")
def test_a_network_that_is_still_referred_to_says_by_what(konnect: LocalKonnect) -> None:
    engine = Engine(konnect, cases.network(konnect))
    id_, outputs = engine.create()
    konnect.advance(HOUR)
    plane = konnect.plane()
    konnect.configuration(plane, id_)
    attachment = Engine(konnect, cases.transit_gateway(konnect))
    attachment.create(network_id=id_)
    konnect.requests.clear()
    with pytest.raises(DeadlineError) as error:
        engine.provider.delete(id_, outputs)
    text = str(error.value)
    assert text.startswith(
        f"deleting cloud gateway network 'orders-1f2e3d4c' ({id_}) is not done after"
    )
    assert f"the configuration of control plane {plane}" in text
    assert "attachment 'orders-hub' (initializing)" in text
    assert statuses(konnect, "DELETE") == []


def test_a_network_that_terminates_already_is_not_deleted_again(konnect: LocalKonnect) -> None:
    engine = Engine(konnect, cases.network(konnect))
    id_, outputs = engine.create()
    engine.provider.delete(id_, outputs)
    konnect.requests.clear()
    engine.provider.delete(id_, outputs)
    assert konnect.writes == []


def test_a_configuration_is_emptied_and_its_groups_awaited_gone(konnect: LocalKonnect) -> None:
    engine = Engine(konnect, cases.configuration(konnect))
    id_, outputs = engine.create()
    konnect.advance(HOUR)
    konnect.requests.clear()
    konnect.speed(QUICK)
    engine.provider.delete(id_, outputs)
    assert konnect.writes == [("PUT", 200)]
    assert konnect.objects("data-plane-groups") == []
    network_id = engine.case.inputs["dataplane_groups"][0]["cloud_gateway_network_id"]
    konnect.call("DELETE", f"/v2/cloud-gateways/networks/{network_id}")


@pytest.mark.usefixtures("impatient")
def test_groups_that_do_not_go_are_named(konnect: LocalKonnect) -> None:
    engine = Engine(konnect, cases.configuration(konnect))
    id_, outputs = engine.create()
    with pytest.raises(DeadlineError, match=r"aws us-east-2 is terminating\. It is still in state"):
        engine.provider.delete(id_, outputs)
    # Run again, it goes on waiting: nothing is written a second time.
    konnect.requests.clear()
    konnect.speed(RUSH)
    engine.provider.delete(id_, outputs)
    assert konnect.writes == []


def test_emptying_keeps_version_and_access_as_konnect_asks(konnect: LocalKonnect) -> None:
    engine = Engine(konnect, cases.configuration(konnect))
    engine.create(api_access="private")
    engine.delete(engine.case.inputs["control_plane_id"], {})
    emptied = max(konnect.objects("configurations"), key=lambda item: item["entity_version"])
    assert emptied["dataplane_group_config"] == []
    assert (emptied["version"], emptied["api_access"]) == ("3.13", "private")


def test_an_attachment_is_awaited_gone_before_its_hub_is_deleted(konnect: LocalKonnect) -> None:
    engine = Engine(konnect, cases.transit_gateway(konnect))
    id_, outputs = engine.create()
    konnect.call("POST", f"/_sandbox/accept/transit-gateways/{id_}")
    konnect.advance(HOUR)
    konnect.requests.clear()
    konnect.speed(QUICK)
    engine.provider.delete(id_, outputs)
    assert statuses(konnect, "DELETE") == [204]
    assert konnect.objects("transit-gateways") == []


def test_an_attachment_that_is_being_set_up_is_deleted_as_soon_as_konnect_takes_it(
    konnect: LocalKonnect,
) -> None:
    engine = Engine(konnect, cases.transit_gateway(konnect))
    id_, outputs = engine.create()
    konnect.speed(QUICK)  # Kong's side takes three minutes, in which a DELETE is a 400.
    engine.provider.delete(id_, outputs)
    assert statuses(konnect, "DELETE")[-1] == 204
    assert konnect.objects("transit-gateways") == []


@pytest.mark.usefixtures("impatient")
def test_an_attachment_that_stays_in_setting_up_says_so(konnect: LocalKonnect) -> None:
    engine = Engine(konnect, cases.transit_gateway(konnect))
    id_, outputs = engine.create()
    with pytest.raises(DeadlineError, match=rf"'orders-hub' \({id_}\) .* it is initializing"):
        engine.provider.delete(id_, outputs)


def test_a_peering_that_the_customer_never_mirrored_is_deleted_at_once(
    konnect: LocalKonnect,
) -> None:
    """GCP shows as `initializing` for as long as the other side is missing: nobody could ever
    delete it if that state were waited out.
    """
    network_id = konnect.network("gcp", provider="gcp")
    engine = Engine(konnect, cases.transit_gateway(konnect))
    inputs = {
        "network_id": network_id,
        "name": "hub",
        "transit_gateway_attachment_config": GCP_PEERING,
    }
    id_, outputs = engine.create(inputs)
    konnect.advance(5 * MINUTE)
    assert [item["state"] for item in konnect.objects("transit-gateways")] == ["initializing"]
    konnect.requests.clear()
    konnect.speed(QUICK)
    engine.provider.delete(id_, outputs)
    assert statuses(konnect, "DELETE") == [204]


def test_an_attachment_that_failed_can_be_deleted(konnect: LocalKonnect) -> None:
    engine = Engine(konnect, cases.transit_gateway(konnect))
    id_, outputs = engine.create()
    konnect.call("POST", f"/_sandbox/fail/transit-gateways/{id_}", {"reason": "no share"})
    engine.delete(id_, outputs)
    assert konnect.objects("transit-gateways") == []


def test_a_refusal_to_delete_an_attachment_is_not_waited_out(konnect: LocalKonnect) -> None:
    """A 400 that no time mends is shown, not repeated for half an hour."""
    engine = Engine(konnect, cases.transit_gateway(konnect))
    id_, outputs = engine.create()
    konnect.call("POST", f"/_sandbox/accept/transit-gateways/{id_}")
    konnect.advance(HOUR)
    konnect.requests.clear()
    konnect.fault(method="DELETE", status=400)
    with pytest.raises(BadRequestError, match=f"deleting transit gateway 'orders-hub' \\({id_}"):
        engine.provider.delete(id_, outputs)
    assert statuses(konnect, "DELETE") == [400]


@pytest.mark.parametrize("case", [cases.network, cases.transit_gateway, cases.addon])
def test_a_delete_whose_answer_was_lost_was_done(
    konnect: LocalKonnect, case: Callable[[LocalKonnect], cases.Case]
) -> None:
    """Sent again it is a 400, since the object is terminating already: that is what was wanted."""
    engine = Engine(konnect, case(konnect))
    id_, outputs = engine.create()
    if engine.case.kind == "transit-gateways":
        konnect.call("POST", f"/_sandbox/accept/transit-gateways/{id_}")
    konnect.advance(HOUR)
    konnect.requests.clear()
    konnect.fault(method="DELETE", drop=True, when="after")
    konnect.speed(QUICK)
    engine.provider.delete(id_, outputs)
    assert statuses(konnect, "DELETE")[1:] == [400]
    assert [item["state"] for item in engine.ours] in ([], ["terminating"])


def test_a_cache_is_awaited_gone_before_its_groups_are_deleted(konnect: LocalKonnect) -> None:
    engine = Engine(konnect, cases.addon(konnect))
    id_, outputs = engine.create()
    konnect.advance(HOUR)
    konnect.requests.clear()
    konnect.speed(QUICK)
    engine.provider.delete(id_, outputs)
    assert statuses(konnect, "DELETE") == [204]
    assert konnect.objects("add-ons") == []


def test_a_cache_that_plugins_use_names_the_refusal_at_once(konnect: LocalKonnect) -> None:
    engine = Engine(konnect, cases.addon(konnect))
    plane = engine.case.inputs["owner"]["control_plane_id"]
    konnect.configuration(plane, konnect.network())
    id_, outputs = engine.create()
    konnect.advance(HOUR)
    partial = konnect.call("GET", f"/v2/control-planes/{plane}/core-entities/partials")["data"][0]
    konnect.entity(
        plane,
        "plugins",
        name="rate-limiting-advanced",
        config={"limit": [5], "window_size": [60], "strategy": "redis", "sync_rate": 1},
        partials=[{"id": partial["id"]}],
    )
    konnect.requests.clear()
    with pytest.raises(BadRequestError) as error:
        engine.provider.delete(id_, outputs)
    assert f"deleting add-on 'orders-cache' ({id_}): Konnect answered 400" in str(error.value)
    assert "1 " in str(error.value)
    assert statuses(konnect, "DELETE") == [400]


@pytest.mark.usefixtures("impatient")
def test_a_cache_that_does_not_go_says_so(konnect: LocalKonnect) -> None:
    engine = Engine(konnect, cases.addon(konnect))
    id_, outputs = engine.create()
    konnect.advance(HOUR)
    with pytest.raises(DeadlineError, match="it is terminating"):
        engine.provider.delete(id_, outputs)


def test_a_partial_that_plugins_use_is_not_deleted_and_they_are_named(
    konnect: LocalKonnect,
) -> None:
    plugin = Engine(konnect, cases.plugin(konnect))
    plugin_id, _ = plugin.create()
    (link,) = plugin.case.inputs["partials"]
    partial = Engine(konnect, replace(plugin.case, provider=GatewayPartialProvider))
    konnect.requests.clear()
    name = plugin.case.inputs["name"]
    props = {**plugin.case.inputs, "name": "shared-redis"}
    with pytest.raises(DependentsError, match=rf"partial shared-redis .* linked to it: {name} \("):
        partial.provider.delete(link["id"], props)
    assert statuses(konnect, "DELETE") == []
    konnect.call("DELETE", f"/v2/{plugin.case.kind}/{plugin_id}")
    partial.provider.delete(link["id"], props)
    partial.provider.delete(link["id"], props)
    assert statuses(konnect, "DELETE")[-1] == 204
