"""The pack as a whole: every rule is in it, says what it is, is configured and is tested."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pulumi_policy import EnforcementLevel, Policy, ResourceValidationPolicy, StackValidationPolicy

from policies.rule import excepted
from policies.rules import RULES
from stacks.environments import EnvironmentClass
from tests.policies.runner import configured, schema_of

CHECKOUT = Path(__file__).parents[2]
MODULES = sorted((CHECKOUT / "policies/rules").glob("[!_]*.py"))
CONFIGS = sorted((CHECKOUT / "policies/config").glob("*.json"))
CASES = {
    "compliant": ("compliant",),
    "violating": ("violation", "violates"),
    "missing": ("missing",),
    "unknown": ("unknown",),
    "excepted": ("excepted", "exception"),
}
"""The cases each rule is tested with, by the words of which a test's name has one."""

every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
every_config = pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.stem)


def test_every_module_of_a_rule_is_in_the_pack_under_its_own_name() -> None:
    assert [rule.name for rule in RULES] == [file.stem.replace("_", "-") for file in MODULES]


def test_every_environment_class_has_a_configuration() -> None:
    assert [file.stem for file in CONFIGS] == sorted(EnvironmentClass)


@every_rule
def test_a_rule_says_what_it_wants_how_much_it_matters_and_what_to_do(rule: Policy) -> None:
    assert isinstance(rule, ResourceValidationPolicy | StackValidationPolicy)
    assert rule.description.endswith(".")
    assert rule.severity is not None
    assert rule.remediation_steps
    assert rule.remediation_steps.endswith(".")
    assert isinstance(rule.enforcement_level, EnforcementLevel)


@every_rule
def test_the_settings_of_a_rule_are_a_schema_whose_defaults_fit_it(rule: Policy) -> None:
    schema = schema_of(rule)
    jsonschema.Draft7Validator.check_schema(schema)
    defaults = {k: v["default"] for k, v in schema["properties"].items() if "default" in v}
    jsonschema.validate(defaults, schema)


@pytest.mark.parametrize(
    ("rule", "settings"),
    [
        ("cloud-kong-principals-only", {"aws_accounts": "111122223333"}),
        ("cloud-kong-principals-only", {"aws_accounts": [111122223333]}),
        ("cloud-kong-principals-only", {"azure_principals": "0a1b2c3d"}),
        ("cloud-kong-principals-only", {"azure_principals": [1]}),
        ("cloud-resource-required-tags", {"required": ["team"]}),
        ("cloud-resource-required-tags", {"required": {"team": 1}}),
        ("cloud-stack-monthly-cost", {"ceiling": "10000"}),
        ("cloud-stack-monthly-cost", {"ceiling": -1}),
        ("konnect-ai-route-prompt-guard", {"plugins": "ai-prompt-guard"}),
        ("konnect-ai-route-prompt-guard", {"plugins": [1]}),
        ("konnect-configuration-minimum-version", {"min_version": 3.13}),
        ("konnect-configuration-minimum-version", {"min_version": "3"}),
        ("konnect-configuration-private-access", {"allowed": "private"}),
        ("konnect-configuration-private-access", {"allowed": ["internal"]}),
        ("konnect-configuration-private-access", {"allowed": []}),
        ("konnect-custom-domain-caa", {"caa_checked": "example.com"}),
        ("konnect-custom-domain-caa", {"caa_checked": [1]}),
        ("konnect-custom-domain-caa", {"caa_checked": [""]}),
        ("konnect-gateway-cache-in-every-region", {"required": "yes"}),
        ("konnect-gateway-protected", {"required": "yes"}),
        ("konnect-gateway-regions-per-cloud", {"min_regions": "2"}),
        ("konnect-gateway-regions-per-cloud", {"min_regions": 0}),
        ("konnect-network-availability-zones", {"min_zones": "2"}),
        ("konnect-network-availability-zones", {"min_zones": 0}),
        ("konnect-network-cidr-size", {"max_prefix_length": "20"}),
        ("konnect-network-cidr-size", {"max_prefix_length": 15}),
        ("konnect-network-cidr-size", {"max_prefix_length": 24}),
        ("konnect-object-required-labels", {"required": ["team"]}),
        ("konnect-route-authentication", {"plugins": "jwt"}),
        ("konnect-route-authentication", {"plugins": [1]}),
        ("konnect-route-rate-limit", {"plugins": "rate-limiting"}),
        ("konnect-route-rate-limit", {"plugins": [1]}),
        ("konnect-route-rate-limit", {"rate_limited_elsewhere": "yes"}),
        ("konnect-tls-verification", {"require_written": "yes"}),
        ("konnect-tls-verification", {"exceptions": "redis"}),
        ("konnect-tls-verification", {"exceptions": ["redis"]}),
        ("konnect-tls-verification", {"exceptions": [{"resource": "redis"}]}),
        ("konnect-tls-verification", {"exceptions": [{"reason": "has a CA of its own"}]}),
        ("konnect-tls-verification", {"exceptions": [{"resource": 1, "reason": "is old"}]}),
        ("konnect-tls-verification", {"exceptions": [{"resource": "redis", "reason": 1}]}),
        (
            "konnect-tls-verification",
            {"exceptions": [{"resource": "redis", "reason": "is old", "until": "May"}]},
        ),
    ],
)
def test_a_setting_of_another_kind_is_refused(rule: str, settings: dict[str, Any]) -> None:
    (policy,) = (one for one in RULES if one.name == rule)
    with pytest.raises(jsonschema.ValidationError):
        configured(policy, settings)


@every_config
def test_a_configuration_names_every_rule_once_and_fits_its_schema(file: Path) -> None:
    config = json.loads(file.read_text(), object_pairs_hook=_without_duplicates)
    assert sorted(config) == sorted(rule.name for rule in RULES)
    for rule in RULES:
        jsonschema.validate(config[rule.name], schema_of(rule))
        assert "enforcementLevel" in config[rule.name], rule.name


@every_config
def test_the_redis_of_a_region_may_have_a_certificate_of_its_own_ca(file: Path) -> None:
    """Its names in a stack: shared and per-region control planes, and one for a cloud."""
    config = json.loads(file.read_text())["konnect-tls-verification"]
    for plane in ("gateway-prod-gcp-us-central1", "gateway-prod-gcp"):
        assert excepted(f"{plane}-cache-redis", config)
    assert not excepted("gateway-prod-orders-redis", config)
    recorded = CHECKOUT / "tests" / "components" / "urns" / "prod.txt"
    partials = [line for line in recorded.read_text().splitlines() if "GatewayPartial::" in line]
    assert partials
    assert all(excepted(line.rpartition("::")[2], config) for line in partials)


@every_rule
def test_a_rule_is_tested_with_every_case(rule: Policy) -> None:
    module = CHECKOUT / "tests/policies/rules" / f"test_{rule.name.replace('-', '_')}.py"
    tests = [
        node.name
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    untested = {
        case
        for case, words in CASES.items()
        if not any(word in name for name in tests for word in words)
    }
    assert not untested


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    keys = [key for key, _ in pairs]
    assert len(set(keys)) == len(keys), keys
    return dict(pairs)
