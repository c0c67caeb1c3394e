"""The guard of a gateway: silent until it is deleted, and then it asks who still uses it."""

from __future__ import annotations

from typing import Any

import pytest

from providers.base.errors import DependentsError, ProviderError
from providers.konnect.ownership import Owner
from tests.providers.konnect.case import Case
from tests.providers.konnect.example import OTHER, OWNER
from tests.providers.konnect.examples import DEPENDENTS
from tests.providers.konnect.harness import Engine
from tests.providers.konnect.local_konnect import PLANES, LocalKonnect

BILLING = [Owner("billing-api", "prod", "0a0a0a0a").tag]
ORDERS = [Owner("orders", "dev", "0b0b0b0b").tag]


@pytest.fixture
def plane(konnect: LocalKonnect) -> str:
    return konnect.plane()


@pytest.fixture
def guard(konnect: LocalKonnect, plane: str) -> Engine:
    inputs = {"control_plane_ids": {"main": plane}}
    engine = Engine(konnect, Case(DEPENDENTS.provider, "none", inputs, {}, {}))
    konnect.requests.clear()
    return engine


def refusal(guard: Engine) -> str:
    """What a delete says; nothing but reads is sent."""
    guard.konnect.requests.clear()
    with pytest.raises(DependentsError) as error:
        guard.delete(*guard.create())
    assert guard.konnect.writes == []
    return str(error.value)


def ids(**planes: str) -> dict[str, Any]:
    return {"control_plane_ids": planes}


def test_nothing_but_a_delete_asks_for_the_apis_of_others(guard: Engine, plane: str) -> None:
    id_, outputs = guard.create()
    assert outputs["control_plane_ids"] == {"main": plane}
    read = guard.provider.read(id_, outputs)
    assert (read.id, read.outs) == (id_, outputs)
    assert guard.diff(outputs, guard.case.inputs).changes is False
    outputs = guard.update(id_, outputs, ids(main=plane, other=OTHER))
    assert outputs["control_plane_ids"] == {"main": plane, "other": OTHER}
    assert {request.path for request in guard.konnect.requests} <= {"/v3/organizations/me"}


def test_a_change_of_control_planes_never_replaces_the_guard(guard: Engine) -> None:
    diff = guard.diff(guard.case.inputs, ids(main=OTHER))
    assert (diff.changes, diff.replaces) == (True, [])


def test_an_unused_gateway_may_go(konnect: LocalKonnect, guard: Engine, plane: str) -> None:
    # Of the gateway itself, and of nobody's API.
    konnect.entity(plane, "plugins", name="rate-limiting-advanced", config=LIMIT)
    guard.delete(*guard.create())
    assert {request.method for request in konnect.requests[1:]} == {"GET"}


def test_what_the_gateways_own_stack_has_does_not_keep_it(
    konnect: LocalKonnect, guard: Engine, plane: str
) -> None:
    konnect.entity(plane, "routes", name="health", paths=["/_entry/health"], tags=[OWNER.tag])
    guard.case.inputs["created_by"] = str(OWNER)
    konnect.requests.clear()
    guard.delete(*guard.create())
    assert {request.method for request in konnect.requests} == {"GET"}


LIMIT = {"limit": [5], "window_size": [60], "strategy": "local"}


def test_a_consumers_project_and_stack_are_named_with_what_they_have(
    konnect: LocalKonnect, guard: Engine, plane: str
) -> None:
    service = konnect.entity(plane, "services", name="billing", host="b.internal", tags=BILLING)
    konnect.entity(plane, "routes", name="bills", paths=["/b"], service={"id": service}, tags=[])
    konnect.entity(plane, "consumers", username="anna", tags=[*BILLING, "team"])
    said = refusal(guard)
    assert f"in main ({plane}) billing-api (stack prod) has service billing, consumer anna" in said
    assert f"in main ({plane}) no stack (by their tags) has route bills" in said
    assert "`pulumi destroy`" in said


def test_each_control_plane_is_asked(konnect: LocalKonnect, guard: Engine, plane: str) -> None:
    other = konnect.plane("other")
    konnect.entity(
        other,
        "services",
        name="orders",
        host="o.internal",
        tags=ORDERS,
    )
    guard.case.inputs["control_plane_ids"]["gcp"] = other
    said = refusal(guard)
    assert f"in gcp ({other}) orders (stack dev) has service orders" in said
    assert plane not in said


def test_of_many_entities_some_are_named_and_all_are_counted(
    konnect: LocalKonnect, guard: Engine, plane: str
) -> None:
    for n in range(7):
        konnect.entity(plane, "consumers", username=f"c{n}", tags=BILLING)
    assert " and 2 more" in refusal(guard)


def test_a_control_plane_that_is_gone_has_no_dependents(
    konnect: LocalKonnect, guard: Engine, plane: str
) -> None:
    id_, outputs = guard.create()
    konnect.call("DELETE", f"{PLANES}/{plane}")
    guard.delete(id_, outputs)


@pytest.mark.parametrize("status", [401, 403, 500])
@pytest.mark.parametrize("kind", ["services", "routes", "consumers"])
def test_what_cannot_be_asked_is_not_deleted(guard: Engine, kind: str, status: int) -> None:
    id_, outputs = guard.create()
    guard.konnect.fault(path=f"/{kind}", method="GET", status=status, times=100)
    with pytest.raises(ProviderError, match="looking whether control plane"):
        guard.delete(id_, outputs)


def test_a_control_plane_that_leaves_is_asked_about_before_it_is_deleted(
    konnect: LocalKonnect, guard: Engine, plane: str
) -> None:
    id_, outputs = guard.create()
    konnect.entity(plane, "services", name="billing", host="b.internal", tags=BILLING)
    with pytest.raises(DependentsError, match="billing-api"):
        guard.update(id_, outputs, ids(other=OTHER))
    # Under another key it is still the same one.
    updated = guard.update(id_, outputs, ids(first=plane))
    assert updated["control_plane_ids"] == {"first": plane}
