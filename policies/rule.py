"""What every rule is made of: what it looks at, what it finds, and what it cannot know yet.

The policy SDK stops a rule at the first value that a preview cannot know, and reports it as an
advisory whatever the rule's level. A rule must not lose what it has found before, nor what it
would find after: here each resource is looked at on its own, what is unknown is collected and
said at the end, and the same rule decides on it during ``up``, when everything is known.

A resource rule sees the inputs of one resource and refuses it before it is created. A stack rule
sees all resources together, in an ``up`` after they were created; so what one resource shows is
always a resource rule.
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
"""Configuration of every rule: resources, by a glob of their names, that it lets pass, and why."""


@dataclass(frozen=True)
class Violation:
    """One thing that may not be. ``urn`` is the resource to mend; empty means the whole stack.

    The message says what is wrong and what to write instead, and never holds a value that may be
    secret: rules read secrets in clear.
    """

    message: str
    urn: str = ""


class Unknown(UnknownValueError):
    """Values that a rule needs and a preview does not know; ``up`` decides."""

    def __init__(self, errors: Sequence[tuple[str, UnknownValueError]]) -> None:
        """Name each value by the resource and the path below its properties."""
        super().__init__(errors[0][1].unknown_type_sentinel, errors[0][1].props)
        where = ", ".join(f"{name} .{'.'.join(error.props)}" for name, error in errors)
        self.message = f"not known before `up`, which decides: {where}"


@dataclass
class Unknowns:
    """Collects what a preview cannot know, so that a rule goes on with the next resource."""

    errors: list[tuple[str, UnknownValueError]] = field(default_factory=list)

    @contextmanager
    def noted(self, name: str) -> Iterator[None]:
        """Note a value of the named resource that turns out to be unknown within the block."""
        try:
            yield
        except UnknownValueError as error:
            self.errors.append((name, error))

    def raise_if_any(self) -> None:
        """Tell the SDK what could not be decided."""
        if self.errors:
            raise Unknown(self.errors)


ResourceCheck = Callable[[ResourceValidationArgs, Config], Iterable[str]]
ResourceRemedy = Callable[[ResourceValidationArgs, Config], Mapping[str, Any] | None]
StackCheck = Callable[[Sequence[PolicyResource], Config, Unknowns], Iterable[Violation]]


def excepted(name: str, config: Config) -> bool:
    """Whether the configuration lets this resource pass; ``name`` is its logical name."""
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

    ``check`` yields one message for each thing that is wrong; it is called for resources of
    ``types`` (type tokens) only. ``config`` are the rule's own settings as JSON schemas by name;
    their ``default`` is what ``check`` finds when a configuration file says nothing.
    ``remediate`` returns inputs to use instead, or None; it runs before ``check`` where the level
    is ``remediate``, and sees unknown values as they stand: the SDK does not raise there.
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
                report(message, args.urn)
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
    """A rule about resources together.

    ``check`` gets every resource, and reads each within ``with unknowns.noted(resource.name)``.
    Violations of excepted resources are dropped.
    """
    defaults = _defaults(config)

    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        settings = {**defaults, **args.get_config()}
        unknowns = Unknowns()
        for violation in check(args.resources, settings, unknowns):
            if not excepted(name_of(violation.urn), settings):
                report(violation.message, violation.urn or None)
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
    """The resources of some type tokens, in the order of registration."""
    return [resource for resource in resources if resource.resource_type in types]


def _schema(config: Mapping[str, Any] | None) -> PolicyConfigSchema:
    return PolicyConfigSchema({**(config or {}), "exceptions": EXCEPTIONS})


def _defaults(config: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: schema["default"] for name, schema in (config or {}).items()}
