"""What is particular to one resource or another: identical configurations, names that are
free again, entities without a name, import ids, secrets that Konnect quotes.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from starlette.responses import JSONResponse

from providers.base.errors import (
    AmbiguousWriteError,
    BadRequestError,
    ConflictError,
    ForbiddenError,
    MismatchError,
    ProviderError,
    ResponseError,
    TransportError,
)
from tests.providers.konnect import cases
from tests.providers.konnect.harness import Engine
from tests.providers.konnect.local_konnect import HOUR, LocalKonnect


def test_a_configuration_that_is_there_already_is_a_409_and_a_success(
    konnect: LocalKonnect,
) -> None:
    """Somebody applied the change by hand between the preview and the update."""
    engine = Engine(konnect, cases.configuration(konnect))
    id_, outputs = engine.create()
    plane = engine.case.inputs["control_plane_id"]
    network_id = engine.case.inputs["dataplane_groups"][0]["cloud_gateway_network_id"]
    by_hand = konnect.configuration(plane, network_id, version="3.14")
    konnect.requests.clear()
    outputs = engine.update(id_, outputs, engine.case.changed)
    assert konnect.writes == [("PUT", 409)]
    assert outputs["configuration_id"] == by_hand["id"]


def test_a_409_about_anything_else_is_an_error(konnect: LocalKonnect) -> None:
    engine = Engine(konnect, cases.configuration(konnect))
    konnect.fault(method="PUT", status=409)
    with pytest.raises(ConflictError, match="configuring control plane"):
        engine.create()
    id_, outputs = engine.create()
    konnect.fault(method="PUT", status=409)
    with pytest.raises(ConflictError):
        engine.update(id_, outputs, engine.case.changed)


def test_the_id_of_a_configuration_is_its_control_planes_through_every_change(
    konnect: LocalKonnect,
) -> None:
    engine = Engine(konnect, cases.configuration(konnect))
    id_, outputs = engine.create()
    assert id_ == engine.case.inputs["control_plane_id"]
    first = outputs["configuration_id"]
    outputs = engine.update(id_, outputs, engine.case.changed)
    assert outputs["configuration_id"] != first


def test_a_configuration_that_superseded_ours_is_what_is_read(konnect: LocalKonnect) -> None:
    """The Terraform provider reads the old one by its id and sees no drift."""
    engine = Engine(konnect, cases.configuration(konnect))
    id_, outputs = engine.create()
    network_id = konnect.network("other")
    konnect.configuration(id_, network_id)
    refreshed = engine.provider.read(id_, outputs)
    assert refreshed.outs is not None
    (group,) = refreshed.outs["dataplane_groups"]
    assert group["cloud_gateway_network_id"] == network_id
    assert refreshed.outs["configuration_id"] != outputs["configuration_id"]


def test_a_configuration_that_somebody_emptied_is_gone(konnect: LocalKonnect) -> None:
    engine = Engine(konnect, cases.configuration(konnect))
    id_, outputs = engine.create()
    konnect.configuration(id_)
    assert engine.provider.read(id_, outputs).id is None


@pytest.mark.parametrize("superseded", [False, True])
def test_a_configuration_is_adopted_by_terraforms_import_id_too(
    konnect: LocalKonnect, superseded: bool
) -> None:
    engine = Engine(konnect, cases.configuration(konnect))
    id_, outputs = engine.create()
    terraforms = outputs["configuration_id"]
    if superseded:
        outputs = engine.update(id_, outputs, engine.case.changed)
    adopted, seen = engine.create(engine.case.changed, adopt_existing_id=terraforms)
    assert adopted == id_
    assert engine.diff(seen, engine.case.changed).changes is not superseded


def test_an_attachment_is_adopted_by_network_and_id(konnect: LocalKonnect) -> None:
    engine = Engine(konnect, cases.transit_gateway(konnect))
    id_, _ = engine.create()
    network_id = engine.case.inputs["network_id"]
    adopted, seen = engine.create(adopt_existing_id=f"{network_id}/{id_}")
    assert (adopted, seen["network_id"]) == (id_, network_id)


def test_an_attachment_of_another_network_is_not_adopted(konnect: LocalKonnect) -> None:
    engine = Engine(konnect, cases.transit_gateway(konnect))
    id_, _ = engine.create()
    there = engine.case.inputs["network_id"]
    other = konnect.network("other")
    with pytest.raises(MismatchError) as error:
        engine.create(network_id=other, adopt_existing_id=f"{there}/{id_}")
    assert f'network_id is "{there}" in Konnect and "{other}" here' in str(error.value)


def test_a_core_entity_is_adopted_by_its_bare_id(konnect: LocalKonnect) -> None:
    engine = Engine(konnect, cases.service(konnect))
    id_, _ = engine.create()
    assert engine.create(adopt_existing_id=id_)[0] == id_


def test_the_name_of_what_is_terminating_is_free_for_a_new_one(konnect: LocalKonnect) -> None:
    engine = Engine(konnect, cases.network(konnect))
    first, outputs = engine.create()
    engine.provider.delete(first, outputs)
    assert [item["state"] for item in konnect.objects("networks")] == ["terminating"]
    assert engine.provider.read(first, outputs).id is None
    second, _ = engine.create()
    assert second != first


def test_objects_whose_name_only_begins_alike_are_not_ours(konnect: LocalKonnect) -> None:
    engine = Engine(konnect, cases.control_plane(konnect))
    longer, _ = engine.create(name="orders-eu")
    id_, _ = engine.create()
    assert id_ != longer


def test_an_exhausted_quota_names_it_and_its_limit(konnect: LocalKonnect) -> None:
    engine = Engine(konnect, cases.network(konnect))
    konnect.call("PUT", "/_sandbox/quotas", {"count/networks.not-offline": 0})
    with pytest.raises(ForbiddenError, match=r"403 Quota Exceeded: .* Max allowed: 0"):
        engine.create()


def test_a_second_cache_of_an_owner_is_konnects_refusal(konnect: LocalKonnect) -> None:
    engine = Engine(konnect, cases.addon(konnect))
    engine.create()
    with pytest.raises(BadRequestError, match="owner"):
        engine.create(name="another")


def test_a_cache_that_grows_is_one_patch_of_its_tier(konnect: LocalKonnect) -> None:
    engine = Engine(konnect, cases.addon(konnect))
    id_, outputs = engine.create()
    engine.settle()
    konnect.requests.clear()
    outputs = engine.update(id_, outputs, engine.case.changed)
    assert [method for method, _ in konnect.writes] == ["PATCH"]
    assert outputs["config"]["capacity_config"]["tier"] == "medium"


def test_a_patch_of_an_endpoint_sends_the_mapping_and_its_states_are_no_drift(
    konnect: LocalKonnect,
) -> None:
    endpoint = {
        "kind": "aws-resource-endpoint-attachment",
        "ram_share_arn": "arn:aws:ram:us-east-2:123456789012:resource-share/abc",
        "resource_config": [{"resource_config_id": "rcfg-1", "domain_name": "a.example"}],
    }
    case = cases.transit_gateway(konnect)
    inputs = {**case.inputs, "transit_gateway_attachment_config": endpoint}
    del inputs["cidr_blocks"]
    second = {"resource_config_id": "rcfg-2", "domain_name": "b.example"}
    engine = Engine(konnect, replace(case, inputs=inputs))
    id_, outputs = engine.create()
    konnect.call("POST", f"/_sandbox/accept/transit-gateways/{id_}")
    konnect.advance(HOUR)
    assert engine.provider.read(id_, outputs).outs == outputs
    mapping = [*endpoint["resource_config"], second]
    changed = {**endpoint, "resource_config": mapping}
    outputs = engine.update(id_, outputs, {**inputs, "transit_gateway_attachment_config": changed})
    assert outputs["transit_gateway_attachment_config"]["resource_config"] == mapping
    assert engine.provider.read(id_, outputs).outs == outputs


def unnamed(konnect: LocalKonnect) -> Engine:
    case = cases.service(konnect)
    inputs = {name: value for name, value in case.inputs.items() if name != "name"}
    return Engine(konnect, replace(case, inputs=inputs))


def test_an_entity_without_a_name_is_created_each_time(konnect: LocalKonnect) -> None:
    engine = unnamed(konnect)
    assert engine.create()[0] != engine.create()[0]


def test_an_entity_without_a_name_is_not_sent_twice_when_its_answer_is_lost(
    konnect: LocalKonnect,
) -> None:
    """Nothing tells whether it is there: a second POST would make a second one."""
    engine = unnamed(konnect)
    konnect.fault(method="POST", drop=True, when="after")
    with pytest.raises(TransportError, match="write its name, by which it can be found") as error:
        engine.create()
    assert not isinstance(error.value, AmbiguousWriteError)
    assert len(engine.ours) == 1


def test_two_plugins_of_a_name_are_told_apart_by_their_scope(konnect: LocalKonnect) -> None:
    engine = Engine(konnect, cases.plugin(konnect))
    plane = engine.case.inputs["control_plane_id"]
    services = [
        konnect.entity(plane, "services", name=name, host="a.internal") for name in ("a", "b")
    ]
    scopes: list[dict[str, Any]] = [{}, *({"service": {"id": id_}} for id_ in services)]
    first = [engine.create(**scope)[0] for scope in scopes]
    assert len(set(first)) == 3
    assert [engine.create(**scope)[0] for scope in scopes] == first


def test_two_plugins_of_a_scope_are_told_apart_by_their_instance_names(
    konnect: LocalKonnect,
) -> None:
    engine = Engine(konnect, cases.plugin(konnect))
    plane = engine.case.inputs["control_plane_id"]
    service = {"id": konnect.entity(plane, "services", name="a", host="a.internal")}
    one, _ = engine.create(instance_name="one")
    two, _ = engine.create(instance_name="two", service=service)
    assert one != two
    assert engine.create(instance_name="two", service=service)[0] == two


def test_the_partial_of_a_plugin_is_sent_with_its_known_path(konnect: LocalKonnect) -> None:
    engine = Engine(konnect, cases.plugin(konnect))
    engine.create()
    (plugin,) = engine.ours
    assert plugin["partials"][0]["path"] == "config.redis"
    assert "redis" not in plugin["config"]


def test_a_request_holds_nothing_that_is_not_konnects(konnect: LocalKonnect) -> None:
    """Neither `adopt_existing_id` nor the engine's keys: Konnect's bodies are closed."""
    engine = Engine(konnect, cases.control_plane(konnect))
    checked = engine.check(engine.case.inputs)
    result = engine.provider.create({**checked, "__provider": "gASV", "__defaults": []})
    assert result.outs is not None
    assert not any(name.startswith("__") for name in result.outs)


WITHOUT_A_BODY = ("SystemAccountTeam",)
"""What Konnect answers the create of without a body, so that no field is missed in it."""
ANSWERED = {name: case for name, case in cases.CASES.items() if name not in WITHOUT_A_BODY}


@pytest.mark.parametrize("case", ANSWERED.values(), ids=ANSWERED)
def test_an_answer_that_konnect_does_not_document_is_a_short_error_and_never_state(
    konnect: LocalKonnect, case: Callable[[LocalKonnect], cases.Case]
) -> None:
    engine = Engine(konnect, case(konnect))
    id_, outputs = engine.create()
    konnect.answer_with(JSONResponse({"data": [], "meta": {"page": {"total": 0}}}))
    with pytest.raises(ResponseError, match=r"the answer has no '.*', which the API documents"):
        engine.create()
    if not engine.case.listed:
        with pytest.raises(ResponseError, match=r"the answer has no '.*', which the API documents"):
            engine.provider.read(id_, outputs)


QUOTING = [
    {"detail": f"the value {cases.SECRET!r} is too short"},
    {"invalid_parameters": [{"field": "config.password", "reason": f"{cases.SECRET} is weak"}]},
]


@pytest.mark.parametrize("body", QUOTING, ids=lambda body: next(iter(body)))
def test_no_message_quotes_a_secret_that_konnect_quotes(
    konnect: LocalKonnect, body: dict[str, Any]
) -> None:
    engine = Engine(konnect, cases.partial(konnect))
    id_, outputs = engine.create()
    problem = {"status": 400, "title": "Invalid Request", **body}
    konnect.answer_with(JSONResponse(problem, status_code=400))
    for call in (
        lambda: engine.create(name="another"),
        lambda: engine.update(id_, outputs, engine.case.changed),
        lambda: engine.provider.delete(id_, outputs),
        lambda: engine.provider.read(id_, outputs),
    ):
        with pytest.raises(ProviderError) as error:
            call()
        assert "[redacted]" in str(error.value)
        shown = "".join(traceback.format_exception(error.value))
        assert cases.SECRET not in f"{shown} {error.value!r} {error.value.args}"
