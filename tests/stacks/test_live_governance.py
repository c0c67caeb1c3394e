"""Declared plugins against live control planes: other teams' objects, removals, doubles."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from components.governance.declarations import Scope
from components.governance.governance import TAG
from stacks import settings
from stacks.live import Live, LivePlane
from stacks.live_governance import (
    LivePlugins,
    found_objects,
    governance_live_problems,
    governance_live_warnings,
    scopes_by_name,
)
from stacks.models import Settings
from tests.stacks.baseline import BASELINE

GATEWAY = "gateway-test"
KEYS = ("main", "gcp-us-central1")
LIVE = Live(
    planes={key: LivePlane(key, f"{key}-id") for key in KEYS},
    control_planes={
        "aws-us-east-2": "main",
        "azure-eastus2": "main",
        "gcp-us-central1": "gcp-us-central1",
    },
)
Ids = dict[Scope, dict[str, str]]


def load(**governance: Any) -> Settings:
    document = copy.deepcopy(BASELINE)
    if governance:
        document["governance"] = governance
    return settings.load("test", document)


def plugin(key: str, name: str | None = None, plane: str = "main", **more: Any) -> dict[str, Any]:
    """A plugin of ours as Konnect lists it."""
    control_plane = GATEWAY if plane == "main" else f"{GATEWAY}-{plane}"
    given = {"instance_name": f"{control_plane}-{key}", "enabled": True, "tags": [TAG]}
    return {"id": f"{plane}-{key}-id", "name": name or key, **given, **more}


LIMITS = {key: plugin("rate-limit", "rate-limiting-advanced", key, tags=None) for key in KEYS}
"""The rate limits of the baseline, which are there before any governance."""


def there(*extra: dict[str, Any], ids: dict[str, Ids] | None = None) -> LivePlugins:
    """Both control planes with their rate limits, and more plugins on main."""
    plugins = {key: [limit] for key, limit in LIMITS.items()}
    plugins["main"] += extra
    return LivePlugins(plugins, ids or {key: {} for key in KEYS})


def problems(given: Settings, found: LivePlugins, live: Live = LIVE) -> list[str]:
    lines = governance_live_problems(GATEWAY, given, live, found)
    return [problem.line("f").removeprefix("f: gateway.governance.") for problem in lines]


def warnings(given: Settings, found: LivePlugins) -> list[str]:
    lines = governance_live_warnings(GATEWAY, given, found)
    return [problem.line("f").removeprefix("f: gateway.governance.") for problem in lines]


def test_an_environment_as_it_is_live_has_no_problem_and_no_warning() -> None:
    assert problems(load(), there()) == []
    assert warnings(load(), there()) == []
    declared = load(plugins={"key-auth": {}, "cors": {}})
    assert problems(declared, there(plugin("key-auth"))) == []


# Services, routes and consumer groups of other teams


def test_an_object_of_another_team_is_found_on_each_control_plane() -> None:
    given = load(plugins={"acl": {"service": "orders", "config": {"allow": ["a"]}}})
    ids: dict[str, Ids] = {key: {"service": {"orders": f"o-{key}", "x": "y"}} for key in KEYS}
    assert scopes_by_name(given) == {"service"}
    assert problems(given, there(ids=ids)) == []
    assert found_objects(given, there(ids=ids)) == {
        key: {"service": {"orders": f"o-{key}"}} for key in KEYS
    }


def test_an_object_that_one_control_plane_lacks_is_named_with_what_to_write() -> None:
    given = load(plugins={"acl": {"service": "orders", "config": {"allow": ["a"]}}})
    ids: dict[str, Ids] = {"main": {"service": {"orders": "o"}}, "gcp-us-central1": {}}
    assert problems(given, there(ids=ids)) == [
        'plugins.acl.service: "orders" is no service on control plane gcp-us-central1; write '
        "control_planes: {gcp-us-central1: null} until its owner has run `pulumi up` there"
    ]
    without = {"service": "orders", "config": {"allow": ["a"]}}
    null = {"control_planes": {"gcp-us-central1": None}}
    assert problems(load(plugins={"acl": {**without, **null}}), there(ids=ids)) == []


def test_a_misspelt_object_is_told_with_the_nearest_name() -> None:
    given = load(plugins={"key-auth": {"route": "order"}})
    ids: dict[str, Ids] = {key: {"route": {"orders": "o"}} for key in KEYS}
    (line,) = problems(given, there(ids=ids))
    assert line.startswith('plugins.key-auth.route: "order" is no route on control plane main and')
    assert "; did you mean orders? Or take the plugin out until its owner has run" in line


def test_in_a_new_environment_there_is_nothing_of_other_teams_yet() -> None:
    given = load(plugins={"key-auth": {"route": "orders"}})
    assert problems(given, LivePlugins(), Live()) == [
        'plugins.key-auth.route: "orders" is no route on control plane main and gcp-us-central1; '
        "take the plugin out until its owner has run `pulumi up`"
    ]


def test_a_consumer_group_that_is_declared_here_need_not_be_live() -> None:
    config = {"limit": [1], "window_size": [60]}
    limit = {"plugin": "rate-limiting-advanced", "consumer_group": "gold", "config": config}
    assert problems(load(plugins={"gold": limit}, consumer_groups=["gold"]), there()) == []
    (line,) = problems(load(plugins={"gold": limit}), there())
    assert line.startswith('plugins.gold.consumer_group: "gold" is no consumer group on control')


def test_an_override_of_a_control_plane_that_is_not_live_so_is_refused() -> None:
    given = load(plugins={"key-auth": {"control_planes": {"aws-us-east-2": None}}})
    (line,) = problems(given, there())
    assert line.startswith(
        "plugins.key-auth.control_planes.aws-us-east-2: is no control plane of the environment as"
    )


# Removals


def test_the_last_authentication_of_live_gateways_is_not_taken_away_unasked() -> None:
    live = there(plugin("key-auth"))
    for given in (
        load(),
        load(plugins={"cors": {}}),
        load(plugins={"key-auth": {"enabled": False}}),
    ):
        assert problems(given, live) == [
            "plugins.key-auth: authenticates requests on main (key-auth), and is deleted or "
            "switched off: everyone could call these APIs; declare it again, or write "
            "governance.allow_removal: [key-auth]"
        ]
        assert warnings(given, live) == []


def test_a_removal_that_is_allowed_is_a_warning() -> None:
    given = load(allow_removal=["key-auth"])
    assert problems(given, there(plugin("key-auth"))) == []
    (line,) = warnings(given, there(plugin("key-auth")))
    assert "everyone could call these APIs" in line


def test_an_authentication_may_take_the_place_of_another() -> None:
    given = load(plugins={"jwt": {}})
    live = there(plugin("key-auth"))
    assert problems(given, live) == []
    assert warnings(given, live) == [
        "plugins.key-auth: authenticates on main (key-auth), and jwt does then; make sure that "
        "clients send what it asks for"
    ]


def test_one_of_a_service_does_not_take_the_place_of_a_global_one() -> None:
    ids: dict[str, Ids] = {key: {"service": {"orders": f"o-{key}"}} for key in KEYS}
    given = load(plugins={"key-auth": {"service": "orders"}})
    (line,) = problems(given, there(plugin("key-auth"), ids=ids))
    assert "everyone could call these APIs" in line


ORDERS = {"service": {"id": "o-main"}}
SERVICES: dict[str, Ids] = {
    key: {"service": {"orders": f"o-{key}", "payments": f"p-{key}"}} for key in KEYS
}


@pytest.mark.parametrize(
    ("declared", "loss"),
    [
        ({"config": {"anonymous": "guest"}}, "gets config.anonymous"),
        ({"condition": 'http.method == "POST"'}, "gets another condition"),
        ({"protocols": ["https"]}, "no longer runs for http"),
        ({"service": "orders"}, "gets another scope"),
        ({"control_planes": {"main": {"config": {"anonymous": "x"}}}}, "gets config.anonymous"),
        ({"control_planes": {"main": {"enabled": False}}}, "is deleted or switched off"),
        ({"control_planes": {"main": None}}, "is deleted or switched off"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_authentication_that_would_let_requests_pass_is_refused(
    declared: dict[str, Any], loss: str
) -> None:
    document = {**copy.deepcopy(BASELINE), "version": "3.15"}
    live = there(plugin("key-auth", protocols=["http", "https"], config={}), ids=SERVICES)
    given = settings.load("test", {**document, "governance": {"plugins": {"key-auth": declared}}})
    (line,) = problems(given, live)
    again = "declare it again" if loss == "is deleted or switched off" else "write it as it is live"
    assert line == (
        f"plugins.key-auth: authenticates requests on main (key-auth), and {loss}: everyone could "
        f"call these APIs; {again}, or write governance.allow_removal: [key-auth]"
    )
    allowed = {"plugins": {"key-auth": declared}, "allow_removal": ["key-auth"]}
    given = settings.load("test", {**document, "governance": allowed})
    assert problems(given, live) == []
    assert len(warnings(given, live)) == 1


def test_an_authentication_that_lets_no_more_requests_pass_is_not_reported() -> None:
    live = plugin("key-auth", protocols=["http", "https"], config={"anonymous": "a"}, **ORDERS)
    for declared in (
        {"config": {"anonymous": "b"}, "service": "orders"},
        {"service": "orders", "protocols": ["grpc", "http", "https"]},
        {},
    ):
        given = load(plugins={"key-auth": declared})
        assert problems(given, there(live, ids=SERVICES)) == []
        assert warnings(given, there(live, ids=SERVICES)) == []


def test_an_authentication_does_not_move_from_one_service_to_another() -> None:
    given = load(plugins={"key-auth": {"service": "payments"}})
    (line,) = problems(given, there(plugin("key-auth", **ORDERS), ids=SERVICES))
    assert "(key-auth), and gets another scope: everyone could call these APIs" in line


def test_an_authentication_of_the_same_service_takes_the_place_of_another() -> None:
    given = load(plugins={"jwt": {"service": "orders"}})
    live = there(plugin("key-auth", **ORDERS), ids=SERVICES)
    assert problems(given, live) == []
    assert len(warnings(given, live)) == 1


def test_one_that_lets_anonymous_requests_pass_does_not_take_the_place_of_another() -> None:
    given = load(plugins={"jwt": {"config": {"anonymous": "guest"}}})
    (line,) = problems(given, there(plugin("key-auth")))
    assert "everyone could call these APIs" in line


def test_an_authentication_has_to_be_replaced_on_each_control_plane() -> None:
    given = load(plugins={"jwt": {"control_planes": {"main": None}}})
    live = there(plugin("key-auth"))
    of_gcp = plugin("key-auth", plane="gcp-us-central1")
    both = {**live.plugins, "gcp-us-central1": [*live.plugins["gcp-us-central1"], of_gcp]}
    (line,) = problems(given, LivePlugins(both, live.ids))
    assert line.startswith("plugins.key-auth: authenticates requests on main (key-auth), and is")
    (warning,) = warnings(given, LivePlugins(both, live.ids))
    assert warning.startswith("plugins.key-auth: authenticates on gcp-us-central1 (key-auth), and")


def test_a_plugin_that_refuses_requests_is_not_deleted_without_a_warning() -> None:
    live = there(plugin("partners", "acl"))
    assert problems(load(), live) == []
    assert warnings(load(), live) == [
        "plugins.partners: refuses requests on main (acl), and is deleted or switched off; make "
        "sure that upstreams may get what it refuses"
    ]


def test_a_limit_that_is_deleted_is_a_warning() -> None:
    document = {**copy.deepcopy(BASELINE), "rate_limit": None}
    given = settings.load("test", document)
    assert problems(given, there()) == []
    assert warnings(given, there()) == [
        "plugins.rate-limit: limits requests on main and gcp-us-central1 "
        "(rate-limiting-advanced), and is deleted or switched off; make sure that upstreams can "
        "take what comes then"
    ]


def test_plugins_of_other_stacks_may_come_and_go() -> None:
    theirs = {"id": "x", "name": "key-auth", "instance_name": "orders", "route": {"id": "r"}}
    lock = plugin("origin-lock", "pre-function", tags=[])
    assert problems(load(), there(theirs, lock)) == []
    assert warnings(load(), there(theirs, lock)) == []


# Doubles


def test_a_key_cannot_be_renamed_while_the_plugin_is_live() -> None:
    given = load(plugins={"authentication": {"plugin": "key-auth"}})
    assert problems(given, there(plugin("key-auth"))) == [
        "plugins.authentication: is key-auth, which is live on main with the key key-auth: "
        "Konnect takes one, and the new one would be created first; keep the key key-auth"
    ]


def test_a_plugin_that_another_stack_has_with_the_same_scope_is_refused() -> None:
    given = load(plugins={"key-auth": {}})
    theirs = {"id": "x", "name": "key-auth", "instance_name": "theirs"}
    (line,) = problems(given, there(theirs))
    assert line.startswith(
        "plugins.key-auth: is key-auth, and main has one with the same scope from elsewhere "
        "(theirs): Konnect takes one"
    )
    of_a_route = {**theirs, "route": {"id": "r"}}
    assert problems(given, there(of_a_route)) == []
