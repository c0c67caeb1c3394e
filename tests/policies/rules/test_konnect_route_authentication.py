"""Authentication of routes; with it, which plugins govern a route."""

from __future__ import annotations

from typing import Any

import pytest

from policies.rules.konnect_route_authentication import policy
from tests.policies.rules.apis import BASE, plugin, route
from tests.policies.runner import UNKNOWN, Resource, resource, run


@pytest.mark.parametrize("scope", [{"route": "r"}, {"service": "orders"}, {}])
def test_a_compliant_route_is_governed_itself_by_its_service_or_by_its_control_plane(
    scope: dict[str, str],
) -> None:
    outcome = run(policy, [*BASE, route("r"), plugin("auth", **scope)])
    assert outcome.violations == []
    assert outcome.unknown is None


@pytest.mark.parametrize("kind", ["jwt", "mtls-auth", "openid-connect"])
def test_a_compliant_route_may_ask_in_any_way(kind: str) -> None:
    assert run(policy, [*BASE, route("r"), plugin("auth", kind)]).violations == []


def test_a_missing_plugin_is_a_violation_of_the_route() -> None:
    outcome = run(policy, [*BASE, route("r")])
    assert outcome.names == ["r"]
    assert "no authentication plugin" in outcome.messages


@pytest.mark.parametrize(
    "useless",
    [
        plugin("useless", "cors"),
        plugin("useless", enabled=False),
        plugin("useless", route="other"),
        plugin("useless", service="payments"),
        plugin("useless", route="r", service="payments"),
        plugin("useless", plane="plane-2"),
        plugin("useless", plane="id-of-another"),
        plugin("useless", consumer={"id": "id-c"}),
        plugin("useless", consumer_group={"id": UNKNOWN}),
        plugin("useless", condition='http.path == "/x"'),
        plugin("useless", config={"anonymous": "nobody"}),
        plugin("useless", config={"anonymous": UNKNOWN}),
    ],
)
def test_a_plugin_that_asks_not_everyone_of_the_route_leaves_a_violation(
    useless: Resource,
) -> None:
    kinds = {one.name: one for one in BASE}
    others = [
        resource(kinds["plane"].type, "plane-2", {}),
        resource(kinds["orders"].type, "payments", {}),
        route("other", service="payments"),
        plugin("other-auth", route="other"),
    ]
    assert run(policy, [*BASE, *others, route("r"), useless]).names == ["r"]


def test_a_route_without_a_service_is_governed_by_its_control_plane() -> None:
    lone = route("r", service=None)
    assert run(policy, [*BASE, lone, plugin("auth")]).violations == []
    assert run(policy, [*BASE, lone, plugin("auth", service="orders")]).names == ["r"]


def test_ids_of_another_stack_are_compared() -> None:
    away = route("r", service="id-s", plane="id-cp")
    for scope in ({"service": "id-s"}, {}):
        assert run(policy, [away, plugin("auth", plane="id-cp", **scope)]).violations == []
    for scope in ({"service": "id-t"}, {}):
        assert run(policy, [away, plugin("auth", plane="id-cp2", **scope)]).names == ["r"]


def test_the_configuration_adds_plugins_of_ones_own() -> None:
    stack = [*BASE, route("r"), plugin("auth", "acme-auth")]
    assert run(policy, stack).names == ["r"]
    assert run(policy, stack, {"plugins": ["acme-auth"]}).violations == []


@pytest.mark.parametrize(
    "changed",
    [
        {"enabled": UNKNOWN},
        {"config": UNKNOWN},
        {"kind": UNKNOWN},
        {"service": UNKNOWN},
        {"plane": UNKNOWN},
    ],
)
def test_what_is_unknown_is_said(changed: dict[str, Any]) -> None:
    later = plugin("later", **{"plane": "id-cp", **changed})
    outcome = run(policy, [later, route("r", service="id-s", plane="id-cp")])
    assert outcome.violations == []
    assert "later ." in str(outcome.unknown)


def test_what_is_unknown_hides_no_violation_of_another_route() -> None:
    later = plugin("later", route="r", enabled=UNKNOWN)
    outcome = run(policy, [*BASE, later, route("r"), route("bad")])
    assert outcome.names == ["bad"]
    assert "later .enabled" in str(outcome.unknown)


def test_one_plugin_that_surely_governs_makes_an_unknown_one_not_worth_saying() -> None:
    outcome = run(policy, [*BASE, plugin("later", enabled=UNKNOWN), route("r"), plugin("auth")])
    assert outcome.violations == []
    assert outcome.unknown is None


def test_an_excepted_route_is_open() -> None:
    config = {"exceptions": [{"resource": "*-health", "reason": "asked by machines"}]}
    stack = [*BASE, route("orders-health"), route("bad")]
    assert run(policy, stack, config).names == ["bad"]
