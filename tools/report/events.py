"""Reads the engine's event log: one JSON object per line, as `--event-log` writes it.

The format is that of Pulumi Cloud's engine events (`apitype.EngineEvent` in pulumi/pulumi, sdk
3.258). New engines add fields, so only the fields that are read are declared here. If the engine
was killed, the last line is incomplete; all lines before it are valid.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError


class EventLogError(Exception):
    """A file is not an event log of the engine. The message names the file and the reason."""


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class StepState(_Wire):
    """A resource before or after a step. The engine has blanked the secrets in it."""

    id: str = ""
    inputs: Mapping[str, Any] | None = None
    outputs: Mapping[str, Any] | None = None
    protect: bool = False
    provider: str = ""
    """A reference to the resource's provider: its URN and its id."""


class StepMetadata(_Wire):
    """One step of the plan. ``op`` is the engine's operation, such as ``create-replacement``.

    ``keys`` are the properties that force a replacement. ``detailed_diff`` are the differences by
    path. Dynamic providers never give the latter.
    """

    op: str
    urn: str
    type: str
    old: StepState | None = None
    new: StepState | None = None
    keys: list[str] | None = None
    detailed_diff: Mapping[str, Any] | None = Field(None, alias="detailedDiff")


class Step(_Wire):
    """The start or the end of a step."""

    metadata: StepMetadata


class Policy(_Wire):
    """A violation of a rule. ``message`` starts with the rule's description."""

    resource_urn: str = Field("", alias="resourceUrn")
    message: str
    policy_name: str = Field(alias="policyName")
    enforcement_level: str = Field(alias="enforcementLevel")
    severity: str = ""


class Remediation(_Wire):
    """A rule has changed the inputs of a resource."""

    resource_urn: str = Field("", alias="resourceUrn")
    policy_name: str = Field(alias="policyName")
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


class PolicyRun(_Wire):
    """The rules that checked a resource or the stack."""

    passed: list[str] | None = None
    failed: list[str] | None = None


class Diagnostic(_Wire):
    """A message. ``severity`` is ``debug``, ``info``, ``info#err``, ``warning`` or ``error``."""

    urn: str = ""
    message: str
    severity: str


class Outcome(_Wire):
    """The end of the run. ``result`` is ``succeeded`` or ``failed``; old engines omit it."""

    result: str = ""
    policy_packs: Mapping[str, str] | None = Field(None, alias="PolicyPacks")


class Event(_Wire):
    """A line of the log. It holds one of these events, or none that is declared here."""

    sequence: int
    timestamp: int
    resource_pre: Step | None = Field(None, alias="resourcePreEvent")
    resource_outputs: Step | None = Field(None, alias="resOutputsEvent")
    policy: Policy | None = Field(None, alias="policyEvent")
    remediation: Remediation | None = Field(None, alias="policyRemediationEvent")
    policy_run: PolicyRun | None = Field(None, alias="policyAnalyzeSummaryEvent")
    policy_remediation_run: PolicyRun | None = Field(None, alias="policyRemediateSummaryEvent")
    policy_stack_run: PolicyRun | None = Field(None, alias="policyAnalyzeStackSummaryEvent")
    diagnostic: Diagnostic | None = Field(None, alias="diagnosticEvent")
    summary: Outcome | None = Field(None, alias="summaryEvent")

    @property
    def step(self) -> StepMetadata | None:
        """The step that this event starts or ends."""
        event = self.resource_pre or self.resource_outputs
        return event.metadata if event else None


def read_events(file: Path) -> list[Event]:
    """Read the events of a log in order, without the engine's debug messages.

    Raises:
        EventLogError: if the file cannot be read or is not an event log.

    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise EventLogError(f"{file} cannot be read as an event log: {error}") from error
    events = []
    for number, line in enumerate(lines, start=1):
        try:
            event = Event.model_validate_json(line)
        except ValidationError as error:
            if number == len(lines) > 1:
                break
            what = error.errors()[0]
            where = ".".join(map(str, what["loc"])) or "the line"
            raise EventLogError(
                f"{file} is not an event log of `pulumi preview --event-log`: "
                f"line {number}, {where}: {what['msg']}"
            ) from error
        if event.diagnostic is None or event.diagnostic.severity != "debug":
            events.append(event)
    if not events:
        raise EventLogError(f"{file} is an empty event log: the engine ended before it planned")
    return events
