"""A preview: its changes, the results of the policies, the engine's messages, the verdict.

The policy SDK reports an advisory if a rule meets an unknown value, whatever the rule's level. Here
such a rule is *undecided*: `up` decides. If the plan itself fails, rules about the whole stack do
not run. The engine does not report that, but ``stack_rules_ran`` does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from stacks.costs import SENTINELS
from tools.report.events import Diagnostic, Event, Policy, Remediation, StepMetadata, read_events


class Action(StrEnum):
    """What happens to a resource, in order of severity."""

    SAME = "same"
    IMPORT = "import"
    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"


_ACTIONS: Mapping[str, Action] = {
    "create": Action.CREATE,
    "update": Action.UPDATE,
    "delete": Action.DELETE,
    "replace": Action.REPLACE,
    "create-replacement": Action.REPLACE,
    "delete-replaced": Action.REPLACE,
    "import": Action.IMPORT,
    "import-replacement": Action.REPLACE,
    "read-replacement": Action.REPLACE,
}
"""By the engine's operation. All others (`same`, `read`, `refresh`, `discard`) change nothing."""


@dataclass
class Resource:
    """A resource in the plan: its action, and its inputs before and after.

    ``stacks.costs.estimate`` accepts it, and reads the inputs after the change.
    """

    urn: str
    resource_type: str
    action: Action = Action.SAME
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    id: str = ""
    """The id after the change. It is empty or unknown if there is none yet."""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    """The outputs after the change, as far as they are known."""
    was_protected: bool = False
    is_protected: bool = False
    provider: str = ""
    """The URN of the resource's provider, if it is not the default one."""
    deleted_first: bool = False
    """Whether a replacement deletes the old object before it creates the new one."""
    reasons: set[str] = field(default_factory=set)
    """Top-level properties that force a replacement."""
    diff: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        """The logical name of the resource."""
        return name_of(self.urn)

    @property
    def kind(self) -> str:
        """The type without its package: ``CloudGatewayNetwork``."""
        return self.resource_type.rpartition(":")[2]

    @property
    def props(self) -> Mapping[str, Any]:
        """The inputs after the change."""
        return self.after or {}

    @property
    def exists_after(self) -> bool:
        """Whether the resource exists after the change."""
        return self.action is not Action.DELETE

    def changed(self) -> list[str]:
        """The names of the top-level inputs that differ.

        The engine gives the differences for the clouds' providers. For dynamic providers the inputs
        are compared. An input that the provider fills in counts only if both sides have it.
        """
        if self.diff:
            return sorted(self.diff)
        if self.before is None or self.after is None:
            return []
        both = {key for key in (*self.before, *self.after) if not key.startswith("__")}
        return sorted(key for key in both if self.before.get(key) != self.after.get(key))

    def undecided(self) -> list[str]:
        """Properties that force a replacement only if their unknown new values differ."""
        return sorted(key for key in self.reasons if has_unknown(self.props.get(key)))


@dataclass(frozen=True)
class Finding:
    """A rule's finding about a resource. ``level`` is ``mandatory`` or ``advisory``."""

    rule: str
    level: str
    severity: str
    urn: str
    description: str
    message: str
    undecided: bool = False

    @property
    def name(self) -> str:
        """The logical name of the resource, or ``(stack)``."""
        return "(stack)" if "::pulumi:pulumi:Stack::" in self.urn else name_of(self.urn)

    @property
    def mandatory(self) -> bool:
        """Whether the finding forbids the change."""
        return self.level == "mandatory" and not self.undecided


@dataclass(frozen=True)
class Remedied:
    """The inputs of a resource that a rule has corrected, by name."""

    rule: str
    urn: str
    paths: tuple[str, ...]

    @property
    def name(self) -> str:
        """The logical name of the resource."""
        return name_of(self.urn)


@dataclass(frozen=True)
class Message:
    """A message of the engine or a program. ``level`` is ``error``, ``warning`` or ``info``."""

    level: str
    urn: str
    text: str

    @property
    def name(self) -> str:
        """The logical name of the message's resource. Empty if it has none."""
        return name_of(self.urn)


@dataclass(frozen=True)
class Preview:
    """The content of the event log of a preview."""

    resources: tuple[Resource, ...]
    findings: tuple[Finding, ...]
    remediations: tuple[Remedied, ...]
    rules: tuple[str, ...]
    packs: tuple[str, ...]
    stack_rules_ran: bool
    messages: tuple[Message, ...]
    result: str
    """``succeeded`` or ``failed``. Empty if the engine did not finish."""
    walked: tuple[tuple[str, str, str], ...] = ()
    """Service, gateway and result of each walk to a declared service."""
    dependencies: Mapping[str, Mapping[str, Sequence[str]]] | None = None
    """By URN and property: the URNs of the resources that its value comes from. None: not known."""

    @classmethod
    def read(cls, event_log: Path, reachability: Path | None = None) -> Preview:
        """Read an event log, and what the rule about reachability wrote for the report, if it ran.

        Raises:
            EventLogError: if the file is not an event log.

        """
        preview = cls.of(read_events(event_log))
        if reachability is None or not reachability.exists():
            return preview
        more = json.loads(reachability.read_text(encoding="utf-8"))
        return replace(
            preview,
            walked=tuple((row[0], row[1], row[2]) for row in more["walked"]),
            dependencies=more["dependencies"],
        )

    @classmethod
    def of(cls, events: Iterable[Event]) -> Preview:
        """Build the preview from the events of a log."""
        resources: dict[str, Resource] = {}
        findings: dict[Finding, None] = {}
        remediations: dict[Remedied, None] = {}
        rules: set[str] = set()
        packs: list[str] = []
        messages: dict[Message, None] = {}
        stack_rules_ran, result = False, ""
        for event in events:
            if event.step is not None:
                _take(resources, event.step)
            if event.policy is not None:
                rules.add(event.policy.policy_name)
                findings[_finding(event.policy)] = None
            if event.remediation is not None:
                rules.add(event.remediation.policy_name)
                remediations[_remedied(event.remediation)] = None
            for run in (event.policy_run, event.policy_remediation_run, event.policy_stack_run):
                if run is not None:
                    rules |= {*(run.passed or ()), *(run.failed or ())}
            stack_rules_ran |= event.policy_stack_run is not None
            if event.diagnostic is not None:
                said = _message(event.diagnostic)
                if said.text not in _EMPTY:
                    messages[said] = None
            if event.summary is not None:
                result = event.summary.result
                packs = [name.partition("|")[0] for name in event.summary.policy_packs or ()]
        return cls(
            tuple(resources.values()),
            tuple(findings),
            tuple(remediations),
            tuple(sorted(rules)),
            tuple(packs),
            stack_rules_ran,
            tuple(messages),
            result,
        )

    @property
    def changes(self) -> list[Resource]:
        """The resources that the plan changes."""
        return [one for one in self.resources if one.action is not Action.SAME]

    @property
    def mandatory(self) -> list[Finding]:
        """The findings that forbid the change."""
        return [one for one in self.findings if one.mandatory]

    @property
    def advisory(self) -> list[Finding]:
        """The findings that only warn."""
        return [one for one in self.findings if not one.mandatory and not one.undecided]

    @property
    def undecided(self) -> list[Finding]:
        """The findings that only `up` can decide."""
        return [one for one in self.findings if one.undecided]

    @property
    def errors(self) -> list[Message]:
        """The error messages, if the preview failed."""
        return [one for one in self.messages if one.level == "error"]

    @property
    def may_be_applied(self) -> bool:
        """Whether no mandatory rule is violated and the preview finished without an error."""
        return not self.mandatory and not self.errors and self.result == "succeeded"

    @property
    def verdict(self) -> str:
        """One line: whether the change may be applied, and if not, why."""
        if self.mandatory:
            rules = {one.rule for one in self.mandatory}
            found = _count(len(self.mandatory), "mandatory violation")
            return f"may not be applied: {found} of {_count(len(rules), 'rule')}"
        if not self.result:
            return "may not be applied: the engine ended before the preview was complete"
        if not self.may_be_applied:
            return "cannot be applied: the preview failed"
        return "may be applied"


def gravest(actions: Iterable[Action]) -> Action:
    """The most severe of the actions."""
    return max(actions, key=list(Action).index)


def name_of(urn: str) -> str:
    """The logical name of a resource: the last part of its URN."""
    return urn.rpartition("::")[2]


def has_unknown(value: object) -> bool:
    """Whether a value contains something that is unknown before `up`."""
    return any(isinstance(leaf, str) and leaf in SENTINELS for leaf in _leaves(value))


def _leaves(value: object) -> Iterator[object]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield value


def _take(resources: dict[str, Resource], step: StepMetadata) -> None:
    """Merge a step into its resource. A replacement has three steps."""
    if step.type.startswith("pulumi:providers:") and name_of(step.urn).startswith("default"):
        return  # The engine's own resources, which it does not count either.
    resource = resources.setdefault(step.urn, Resource(step.urn, step.type))
    action = _ACTIONS.get(step.op, Action.SAME)
    if step.op == "delete-replaced" and resource.action is Action.SAME:
        resource.deleted_first = True
    resource.action = gravest((resource.action, action))
    if step.old is not None:
        resource.before = step.old.inputs or {}
        resource.was_protected = step.old.protect
    if step.new is not None:
        resource.after = step.new.inputs or {}
        resource.id = step.new.id
        resource.outputs = step.new.outputs or resource.outputs
        resource.is_protected = step.new.protect
    for state in (step.old, step.new):
        if state is not None:
            resource.provider = state.provider.rpartition("::")[0]
    resource.reasons |= {_root(path) for path in step.keys or ()}
    resource.diff |= {_root(path) for path in step.detailed_diff or ()}


def _root(path: str) -> str:
    return re.split(r"[.\[]", path, maxsplit=1)[0]


_NOT_RUN = re.compile(r"can't run policy .* during preview: (?P<why>.*)", re.DOTALL)


def _finding(event: Policy) -> Finding:
    message = _plain(event.message)
    not_run = _NOT_RUN.match(message)
    if not_run:
        description, text = "", not_run["why"]
    else:
        first, newline, rest = message.partition("\n")
        description, text = (first, rest) if newline else ("", message)
    return Finding(
        event.policy_name,
        event.enforcement_level,
        event.severity,
        event.resource_urn,
        description,
        text.strip(),
        undecided=not_run is not None,
    )


def _remedied(event: Remediation) -> Remedied:
    paths = _differing(event.before or {}, event.after or {})
    return Remedied(event.policy_name, event.resource_urn, tuple(sorted(paths)))


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """The paths at which two sets of properties differ, without the values."""
    for key in {*before, *after}:
        one, other = before.get(key), after.get(key)
        if one == other:
            continue
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            yield from (f"{key}.{path}" for path in _differing(one, other))
        else:
            yield key


_MARKUP = re.compile(r"<\{%.*?%\}>|\x1b\[[0-9;]*m")


_URN = re.compile(r"urn:pulumi:[^\s\"'`]+::([^\s\"'`:]+)")


def _plain(text: str) -> str:
    """Strip colour markup (the engine's or a terminal's) from a text, and replace URNs by names."""
    return _URN.sub(r"\1", _MARKUP.sub("", text)).strip()


_EMPTY = ("", "preview failed")
"""Messages that add nothing to ``result``."""


def _message(event: Diagnostic) -> Message:
    level = event.severity if event.severity in ("error", "warning") else "info"
    return Message(level, event.urn, _plain(event.message))


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
