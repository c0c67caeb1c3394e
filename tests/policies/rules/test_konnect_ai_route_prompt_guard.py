"""AI routes: ai-prompt-guard."""

from __future__ import annotations

import pytest

from policies.rules.konnect_ai_route_prompt_guard import policy
from tests.policies.rules.apis import BASE, plugin, route
from tests.policies.runner import UNKNOWN, Resource, run

KIND = "ai-prompt-guard"


@pytest.mark.parametrize("proxy", ["ai-proxy", "ai-proxy-advanced"])
@pytest.mark.parametrize("scope", [{"route": "r"}, {"service": "orders"}, {}])
def test_a_compliant_ai_route_is_governed(proxy: str, scope: dict[str, str]) -> None:
    stack = [*BASE, route("r"), plugin("ai", proxy, service="orders"), plugin("it", KIND, **scope)]
    outcome = run(policy, stack)
    assert outcome.violations == []
    assert outcome.unknown is None


@pytest.mark.parametrize("proxy", ["ai-proxy", "ai-proxy-advanced"])
def test_a_missing_plugin_is_a_violation_of_each_route_that_leads_to_a_model(proxy: str) -> None:
    routes = [route("r1"), route("r2"), route("plain", service=None)]
    outcome = run(policy, [*BASE, *routes, plugin("ai", proxy, service="orders")])
    assert outcome.names == ["r1", "r2"]
    assert "has an AI proxy and no prompt guard plugin" in outcome.messages


def test_a_route_with_two_ways_to_a_model_is_one_violation() -> None:
    proxies = [plugin("ai", "ai-proxy", service="orders"), plugin("ai-2", "ai-proxy-advanced")]
    assert run(policy, [*BASE, route("bad"), *proxies]).names == ["bad"]


def test_a_plugin_on_one_route_leaves_a_violation_of_the_others() -> None:
    stack = [*BASE, route("r"), route("bad"), plugin("ai", "ai-proxy", service="orders")]
    assert run(policy, [*stack, plugin("it", KIND, route="r")]).names == ["bad"]


def test_a_model_on_a_service_whose_routes_are_elsewhere_is_a_violation_of_its_plugin() -> None:
    proxy = plugin("ai", "ai-proxy", service="orders")
    assert run(policy, [*BASE, proxy]).names == ["ai"]
    for scope in ({"service": "orders"}, {}):
        assert run(policy, [*BASE, proxy, plugin("it", KIND, **scope)]).violations == []


@pytest.mark.parametrize(
    "other", [plugin("cors", "cors"), plugin("off", "ai-proxy", enabled=False)]
)
def test_a_route_that_leads_to_no_model_needs_nothing(other: Resource) -> None:
    assert run(policy, [*BASE, route("r"), other]).violations == []


@pytest.mark.parametrize(
    "later",
    [
        plugin("later", KIND, route="r", enabled=UNKNOWN),
        plugin("later", "ai-proxy", route="r", enabled=UNKNOWN),
        plugin("later", "ai-proxy", service=UNKNOWN),
    ],
)
def test_what_is_unknown_is_said_and_hides_no_other_violation(later: Resource) -> None:
    routes = [route("r"), route("bad", service=None)]
    proxies = [plugin("ai", "ai-proxy", route="bad")]
    if later.props["name"] == KIND:
        proxies.append(plugin("ai-r", "ai-proxy", route="r"))
    outcome = run(policy, [*BASE, later, *routes, *proxies])
    assert outcome.names == ["bad"]
    assert "later ." in str(outcome.unknown)


def test_an_excepted_route_passes() -> None:
    config = {"exceptions": [{"resource": "lab-*", "reason": "a model of our own"}]}
    stack = [*BASE, route("lab-1"), route("bad"), plugin("ai", "ai-proxy", service="orders")]
    assert run(policy, stack, config).names == ["bad"]
