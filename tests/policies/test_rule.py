"""What every rule is made of, on rules made up for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from pulumi_policy import (
    Policy,
    PolicyProviderResource,
    PolicyResource,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
)

from policies.rule import (
    Config,
    Unknowns,
    Violation,
    excepted,
    name_of,
    of_type,
    resource_rule,
    stack_rule,
)
from tests.policies.runner import UNKNOWN, Resource, remediated, resource, run

LIMIT = {"limit": {"type": "integer", "default": 3}}


def thing(name: str, size: Any, kind: str = "test:index:Thing") -> Resource:
    return resource(kind, name, {"size": size})


def too_large(args: ResourceValidationArgs, config: Config) -> Iterator[str]:
    if args.props["size"] > config["limit"]:
        yield f"is larger than {config['limit']:g}"


def any_too_large(
    resources: Sequence[PolicyResource], config: Config, unknowns: Unknowns
) -> Iterator[Violation]:
    for one in of_type(resources, "test:index:Thing"):
        with unknowns.noted(one.name):
            if one.props["size"] > config["limit"]:
                yield Violation(f"is larger than {config['limit']:g}", one.urn)


def halved(args: ResourceValidationArgs, config: Config) -> dict[str, Any] | None:
    size = args.props["size"]
    return {**args.props, "size": size / 2} if size > config["limit"] else None


ABOUT: dict[str, Any] = {"severity": Severity.LOW, "remedy": "Make it smaller.", "config": LIMIT}
MENDING = resource_rule(
    "mending", "Things are small.", ["test:index:Thing"], too_large, remediate=halved, **ABOUT
)
RULES: list[Policy] = [
    resource_rule("single", "Things are small.", ["test:index:Thing"], too_large, **ABOUT),
    stack_rule("together", "Things are small.", any_too_large, **ABOUT),
]
both_kinds = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)


@both_kinds
def test_only_resources_of_its_types_are_judged(rule: Policy) -> None:
    stack = [thing("small", 3), thing("large", 4), thing("other", 4, "test:index:Other")]
    outcome = run(rule, stack)
    assert outcome.names == ["large"]
    assert outcome.messages == "is larger than 3"


@both_kinds
def test_a_message_names_the_account_of_a_resource_in_one_of_its_own(rule: Policy) -> None:
    provider = PolicyProviderResource(
        "pulumi:providers:gcp", {"project": "acme-data"}, "urn", "own"
    )
    stack = [replace(thing("large", 4), provider=provider), thing("ambient", 4)]
    assert run(rule, stack).messages == "is larger than 3 (account acme-data)\nis larger than 3"


@both_kinds
def test_a_setting_of_the_configuration_replaces_the_default(rule: Policy) -> None:
    assert run(rule, [thing("large", 4)], {"limit": 4}).violations == []


@both_kinds
def test_each_unknown_is_named_and_what_was_found_before_and_after_is_kept(rule: Policy) -> None:
    stack = [thing("a", 9), thing("b", UNKNOWN), thing("c", 9), thing("d", UNKNOWN), thing("e", 9)]
    outcome = run(rule, stack)
    assert outcome.names == ["a", "c", "e"]
    assert "b .size" in str(outcome.unknown)
    assert "d .size" in str(outcome.unknown)


@both_kinds
def test_an_exception_is_a_glob_of_names(rule: Policy) -> None:
    config = {"exceptions": [{"resource": "old-*", "reason": "goes soon"}]}
    assert run(rule, [thing("old-1", 9), thing("not-old-1", 9)], config).names == ["not-old-1"]


def test_an_unknown_value_of_an_excepted_resource_is_not_waited_for() -> None:
    config = {"exceptions": [{"resource": "old", "reason": "goes soon"}]}
    assert run(RULES[0], [thing("old", UNKNOWN)], config).unknown is None


def test_a_rule_may_mend_what_it_would_refuse_unless_it_is_excepted() -> None:
    assert isinstance(MENDING, ResourceValidationPolicy)
    assert remediated(MENDING, thing("large", 4)) == {"size": 2}
    assert remediated(MENDING, thing("small", 3)) is None
    assert remediated(MENDING, thing("other", 4, "test:index:Other")) is None
    config = {"exceptions": [{"resource": "large", "reason": "has to be"}]}
    assert remediated(MENDING, thing("large", 4), config) is None


def test_a_resource_is_excepted_by_its_logical_name() -> None:
    config = {"exceptions": [{"resource": "gateway-*-redis", "reason": "no CA to trust"}]}
    assert excepted("gateway-prod-gcp-us-central1-redis", config)
    assert not excepted("gateway-prod-cache", config)
    assert not excepted("gateway-prod-cache", {})


def test_a_name_is_the_last_part_of_a_urn() -> None:
    assert name_of("urn:pulumi:prod::multicloud-gateway::a:b:C$d:e:F::net-1") == "net-1"
