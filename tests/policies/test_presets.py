"""Presets satisfy the policies: an API on a gateway with one needs no plugin of its own."""

from __future__ import annotations

from typing import Any

import pytest

from components.governance import PRESETS
from components.governance.presets import PresetName
from policies.rules import (
    konnect_ai_route_prompt_guard,
    konnect_ai_route_token_quota,
    konnect_route_authentication,
    konnect_route_rate_limit,
    konnect_secret_referenced,
    konnect_tls_verification,
)
from tests.policies.rules.apis import BASE, plugin, route
from tests.policies.runner import Resource, run

COMMON = [
    konnect_route_authentication.policy,
    konnect_route_rate_limit.policy,
    konnect_secret_referenced.policy,
    konnect_tls_verification.policy,
]
OF_MODELS = [konnect_ai_route_prompt_guard.policy, konnect_ai_route_token_quota.policy]


def plugins_of(preset: PresetName) -> list[Resource]:
    return [
        plugin(key, document.get("plugin", key), config=document["config"])
        for key, document in PRESETS[preset].plugins.items()
    ]


@pytest.mark.parametrize("policy", COMMON, ids=lambda policy: policy.name)
@pytest.mark.parametrize("preset", PRESETS)
def test_a_route_on_a_gateway_with_a_preset_is_compliant(preset: PresetName, policy: Any) -> None:
    outcome = run(policy, [*BASE, route("r"), *plugins_of(preset)])
    assert outcome.violations == []
    assert outcome.unknown is None


@pytest.mark.parametrize("policy", OF_MODELS, ids=lambda policy: policy.name)
def test_an_ai_route_on_a_gateway_with_the_ai_preset_is_compliant(policy: Any) -> None:
    ai_route = [*BASE, route("r"), plugin("ai", "ai-proxy-advanced", route="r")]
    assert run(policy, ai_route).names == ["r"]
    assert run(policy, [*ai_route, *plugins_of("ai-gateway")]).violations == []
