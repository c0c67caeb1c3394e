"""Runs one rule on property dicts as the engine's policy host does: for the tests of rules.

A rule that gets plain dicts never meets what a preview cannot know. Here properties take the
host's own way: numbers become floats on the wire, secrets are opened, and a proxy raises at each
unknown value. The engine's part is done too: a rule's configuration is checked against its schema,
whose defaults fill the gaps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jsonschema
from google.protobuf import json_format, struct_pb2
from pulumi_policy import (
    Policy,
    PolicyCustomTimeouts,
    PolicyProviderResource,
    PolicyResource,
    PolicyResourceOptions,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.deserialize import deserialize_properties, serialize_properties
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError, unknown_checking_proxy

from policies.rule import Violation, name_of

UNKNOWN = UNKNOWN_STRING_VALUE
"""A value that a preview cannot know, anywhere in the properties of a resource."""

ENFORCEMENT_LEVELS = ["advisory", "mandatory", "remediate", "disabled"]


@dataclass(frozen=True)
class Resource:
    """One resource of a made-up stack."""

    type: str
    name: str
    props: Mapping[str, Any]
    protect: bool = False
    parent: str | None = None
    dependencies: Mapping[str, Sequence[str]] = field(default_factory=dict)
    provider: PolicyProviderResource | None = None


@dataclass(frozen=True)
class Outcome:
    """What a rule says: what is wrong, and what it could not know (None: nothing)."""

    violations: list[Violation]
    unknown: str | None

    @property
    def names(self) -> list[str]:
        """The names of the resources to mend, in the order of the violations."""
        return [name_of(violation.urn) for violation in self.violations]

    @property
    def messages(self) -> str:
        """All that the violations say, a line each."""
        return "\n".join(violation.message for violation in self.violations)


def resource(
    type: str,
    name: str,
    props: Mapping[str, Any],
    *,
    protect: bool = False,
    parent: str | None = None,
    dependencies: Mapping[str, Sequence[str]] | None = None,
) -> Resource:
    """Describe a resource; ``parent`` and the values of ``dependencies`` are names of others."""
    return Resource(type, name, props, protect, parent, dependencies or {})


def run(
    policy: Policy, resources: Sequence[Resource], config: Mapping[str, Any] | None = None
) -> Outcome:
    """Run a rule on a stack of resources; ``config`` are the rule's own settings."""
    settings = configured(policy, config or {})
    found: list[Violation] = []
    unknown: list[str] = []

    def validate(args: Any, urn: str = "") -> None:
        def report(message: str, violating: str | None = None) -> None:
            found.append(Violation(message, urn or violating or ""))

        try:
            policy.validate(args, report)  # type: ignore[attr-defined]
        except UnknownValueError as error:
            unknown.append(error.message)

    if isinstance(policy, StackValidationPolicy):
        validate(StackValidationArgs(_stack(resources), settings))
    else:
        assert isinstance(policy, ResourceValidationPolicy)
        for one, seen in zip(resources, _stack(resources), strict=True):
            args = ResourceValidationArgs(
                one.type, seen.props, seen.urn, one.name, seen.opts, one.provider, settings
            )
            validate(args, seen.urn)
    return Outcome(found, "; ".join(unknown) or None)


def remediated(
    policy: ResourceValidationPolicy, one: Resource, config: Mapping[str, Any] | None = None
) -> dict[str, Any] | None:
    """Return the inputs of a resource as a rule mends them; None when it leaves them."""
    args = ResourceValidationArgs(
        one.type,
        unknown_checking_proxy(_as_received(one.props, secrets=True)),
        _urn(one, {one.name: one}),
        one.name,
        _options(one),
        None,
        configured(policy, config or {}),
    )
    mended = policy.remediate(args)
    return dict(serialize_properties(mended)) if mended else None  # type: ignore[arg-type]


def schema_of(policy: Policy) -> dict[str, Any]:
    """The JSON schema of a rule's entry in a configuration file, as the engine checks it."""
    rule = policy.config_schema
    return {
        "type": "object",
        "properties": {
            "enforcementLevel": {"enum": ENFORCEMENT_LEVELS},
            **(rule.properties if rule else {}),
        },
        "required": list(rule.required or []) if rule else [],
        "additionalProperties": False,
    }


def configured(policy: Policy, config: Mapping[str, Any]) -> dict[str, Any]:
    """A rule's settings as they reach it: checked, with defaults, numbers as floats."""
    schema = schema_of(policy)
    jsonschema.validate(dict(config), schema)
    settings = {k: v["default"] for k, v in schema["properties"].items() if "default" in v}
    settings |= {k: v for k, v in config.items() if k != "enforcementLevel"}
    received = _over_the_wire(settings)
    return received


def _stack(resources: Sequence[Resource]) -> list[PolicyResource]:
    by_name = {one.name: one for one in resources}
    assert len(by_name) == len(resources), "the names of these resources are not unique"
    seen = {
        one.name: PolicyResource(
            one.type,
            unknown_checking_proxy(_as_received(one.props)),
            _urn(one, by_name),
            one.name,
            _options(one),
            one.provider,
            None,
            [],
            {},
        )
        for one in resources
    }
    for one in resources:
        this = seen[one.name]
        this.parent = seen[one.parent] if one.parent else None
        for key, names in one.dependencies.items():
            this.property_dependencies[key] = [seen[name] for name in names]
            this.dependencies.extend(seen[name] for name in names)
    return list(seen.values())


def _as_received(props: Mapping[str, Any], *, secrets: bool = False) -> dict[str, Any]:
    return deserialize_properties(_over_the_wire(serialize_properties(props)), secrets)


def _over_the_wire(values: Mapping[str, Any]) -> dict[str, Any]:
    struct = struct_pb2.Struct()
    struct.update(values)
    received: dict[str, Any] = json_format.MessageToDict(struct)
    return received


def _options(one: Resource) -> PolicyResourceOptions:
    return PolicyResourceOptions(one.protect, [], None, [], PolicyCustomTimeouts(0, 0, 0), [])


def _urn(one: Resource, by_name: Mapping[str, Resource]) -> str:
    types, this = [one.type], one
    while this.parent is not None and this.parent in by_name:
        this = by_name[this.parent]
        types.insert(0, this.type)
    return f"urn:pulumi:test::multicloud-gateway::{'$'.join(types)}::{one.name}"
