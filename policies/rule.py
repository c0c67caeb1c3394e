"""The building blocks of every rule: resource rules, stack rules, violations, unknown values.

The policy SDK stops a rule at the first value that is unknown in a preview, and reports an
advisory, whatever the rule's level. That would lose the rule's other violations. So here each
resource is checked separately, and unknown values are collected and reported at the end. During
``up`` all values are known, and the same rule decides.

A resource rule sees the inputs of one resource and refuses it before it is created. A stack rule
sees all resources together; in an ``up`` it runs after they were created. So a check that needs
only one resource is always a resource rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Final

from pulumi_policy import (
    EnforcementLevel,
    PolicyConfigSchema,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from policies.accounts import in_account

Config = Mapping[str, Any]

EXCEPTIONS: Final[dict[str, Any]] = {
    "type": "array",
    "default": [],
    "items": {
        "type": "object",
        "required": ["resource", "reason"],
        "properties": {"resource": {"type": "string"}, "reason": {"type": "string"}},
        "additionalProperties": False,
    },
}
"""Configuration of every rule: exempt resources, by a glob of their names, each with a reason."""


@dataclass(frozen=True)
class Violation:
    """A violation of a rule. ``urn`` is the resource to correct; empty means the whole stack.

    The message says what is wrong and what to write instead. It must not contain a value that may
    be secret: rules read secrets in clear text.
    """

    message: str
    urn: str = ""


class Unknown(UnknownValueError):
    """Values that a rule needs and that are unknown in a preview. ``up`` decides."""

    def __init__(self, errors: Sequence[tuple[str, UnknownValueError]]) -> None:
        """Name each value by the resource and the path below its properties."""
        super().__init__(errors[0][1].unknown_type_sentinel, errors[0][1].props)
        where = ", ".join(f"{name} .{'.'.join(error.props)}" for name, error in errors)
        self.message = f"not known before `up`, which decides: {where}"


@dataclass
class Unknowns:
    """Collects values that are unknown in a preview, so that a rule can check other resources."""

    errors: list[tuple[str, UnknownValueError]] = field(default_factory=list)

    @contextmanager
    def noted(self, name: str) -> Iterator[None]:
        """Catch an unknown value within the block and record it for the named resource."""
        try:
            yield
        except UnknownValueError as error:
            self.errors.append((name, error))

    def raise_if_any(self) -> None:
        """Raise Unknown for the SDK if any value was unknown."""
        if self.errors:
            raise Unknown(self.errors)


ResourceCheck = Callable[[ResourceValidationArgs, Config], Iterable[str]]
ResourceRemedy = Callable[[ResourceValidationArgs, Config], Mapping[str, Any] | None]
StackCheck = Callable[[Sequence[PolicyResource], Config, Unknowns], Iterable[Violation]]


def excepted(name: str, config: Config) -> bool:
    """Whether the configuration exempts this resource. ``name`` is its logical name."""
    return any(fnmatchcase(name, one["resource"]) for one in config.get("exceptions", ()))


def name_of(urn: str) -> str:
    """The logical name of a resource: the last part of its URN."""
    return urn.rpartition("::")[2]


def resource_rule(
    name: str,
    description: str,
    types: Iterable[str],
    check: ResourceCheck,
    *,
    severity: Severity,
    remedy: str,
    config: Mapping[str, Any] | None = None,
    level: EnforcementLevel = EnforcementLevel.MANDATORY,
    remediate: ResourceRemedy | None = None,
) -> ResourceValidationPolicy:
    """A rule about the inputs of single resources.

    ``check`` is called for resources of ``types`` (type tokens) and yields one message for each
    violation. ``config`` are the rule's own settings: a JSON schema by name, each with a
    ``default``, which applies if the configuration file does not set it.
    ``remediate`` returns the inputs to use instead, or None. It runs before ``check`` if the level
    is ``remediate``. The SDK does not raise there: unknown values appear as sentinel values.
    """
    wanted = frozenset(types)
    defaults = _defaults(config)

    def looks_at(args: ResourceValidationArgs, settings: Config) -> bool:
        return args.resource_type in wanted and not excepted(args.name, settings)

    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        settings = {**defaults, **args.get_config()}
        if not looks_at(args, settings):
            return
        unknowns = Unknowns()
        with unknowns.noted(args.name):
            for message in check(args, settings):
                report(message + in_account(args.provider), args.urn)
        unknowns.raise_if_any()

    def mend(args: ResourceValidationArgs) -> Any:
        settings = {**defaults, **args.get_config()}
        return remediate(args, settings) if remediate and looks_at(args, settings) else None

    return ResourceValidationPolicy(
        name=name,
        description=description,
        validate=validate,
        remediate=mend if remediate else None,
        enforcement_level=level,
        config_schema=_schema(config),
        severity=severity,
        remediation_steps=remedy,
    )


def stack_rule(
    name: str,
    description: str,
    check: StackCheck,
    *,
    severity: Severity,
    remedy: str,
    config: Mapping[str, Any] | None = None,
    level: EnforcementLevel = EnforcementLevel.MANDATORY,
) -> StackValidationPolicy:
    """A rule about several resources of a stack together.

    ``check`` gets all resources, and must read each within ``with unknowns.noted(resource.name)``.
    Violations of exempt resources are dropped.
    """
    defaults = _defaults(config)

    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        settings = {**defaults, **args.get_config()}
        unknowns = Unknowns()
        providers = {one.urn: one.provider for one in args.resources}
        for violation in check(args.resources, settings, unknowns):
            if not excepted(name_of(violation.urn), settings):
                account = in_account(providers.get(violation.urn))
                report(violation.message + account, violation.urn or None)
        unknowns.raise_if_any()

    return StackValidationPolicy(
        name=name,
        description=description,
        validate=validate,
        enforcement_level=level,
        config_schema=_schema(config),
        severity=severity,
        remediation_steps=remedy,
    )


def of_type(resources: Iterable[PolicyResource], *types: str) -> list[PolicyResource]:
    """The resources with one of the type tokens, in the order of registration."""
    return [resource for resource in resources if resource.resource_type in types]


def _schema(config: Mapping[str, Any] | None) -> PolicyConfigSchema:
    return PolicyConfigSchema({**(config or {}), "exceptions": EXCEPTIONS})


def _defaults(config: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: schema["default"] for name, schema in (config or {}).items()}
