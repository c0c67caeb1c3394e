"""The resources of a stack, as the engine shows them: the clouds' side of an environment.

The source is `pulumi stack export`. With the event log of `pulumi refresh --preview-only`, which
reads every resource from its cloud and changes nothing, the values are those of now.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tools.report.events import Event

DELETED = frozenset({"delete", "delete-replaced", "discard"})
"""Operations of a refresh for a resource that is gone from its cloud."""


class StateError(Exception):
    """The state of a stack cannot be read. The text is for the user."""


@dataclass(frozen=True)
class Resource:
    """A resource of the stack. ``props`` are its inputs, and over them its outputs."""

    type: str
    name: str
    id: str
    props: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Any] = field(default_factory=dict)

    def text(self, key: str) -> str:
        """A property as text. Empty if there is none."""
        return str(self.props.get(key) or "")


@dataclass(frozen=True)
class Resources:
    """All resources of a stack that exist."""

    all: Sequence[Resource] = ()
    at: datetime | None = None
    """When they were read from the clouds, or when the state was written."""
    live: bool = False
    """Whether they were read from the clouds, and not only from the state."""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    """The stack outputs: the contract of the environment."""

    def of(self, *types: str) -> Iterator[Resource]:
        """The resources of some types."""
        return (one for one in self.all if one.type in types)

    def by_id(self, type_: str, id_: str) -> Resource | None:
        """The resource with an id. Azure compares ids without case."""
        wanted = id_.lower()
        return next((one for one in self.of(type_) if one.id.lower() == wanted), None)


def read_resources(
    exported: str, events: Sequence[Event] = (), at: datetime | None = None
) -> Resources:
    """The resources from the output of `pulumi stack export`, and from a refresh at ``at``.

    Raises StateError if the first is not a deployment.
    """
    try:
        deployment = json.loads(exported)["deployment"] or {}
        written = datetime.fromisoformat(deployment["manifest"]["time"])
        known: list[dict[str, Any]] = deployment.get("resources") or []
        fresh = _refreshed(events)
        found: list[Resource] = []
        outputs: Mapping[str, Any] = {}
        for one in known:
            urn, type_ = one["urn"], one["type"]
            if type_ == "pulumi:pulumi:Stack":
                outputs = one.get("outputs") or {}
            if one.get("delete") or urn in fresh.gone:
                continue
            inputs = one.get("inputs") or {}
            props = {**inputs, **(one.get("outputs") or {}), **fresh.outputs.get(urn, {})}
            name = urn.rpartition("::")[2]
            found.append(Resource(type_, name, str(one.get("id") or ""), props, inputs))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StateError(f"the state of the stack cannot be read: {error!r}") from error
    return Resources(tuple(found), at or written, bool(events), outputs)


@dataclass(frozen=True)
class _Fresh:
    outputs: Mapping[str, Mapping[str, Any]]
    gone: frozenset[str]


def _refreshed(events: Sequence[Event]) -> _Fresh:
    """What a refresh found: new outputs by URN, and the resources that are gone."""
    outputs: dict[str, Mapping[str, Any]] = {}
    gone = set()
    for event in events:
        if event.resource_outputs is None:
            continue
        step = event.resource_outputs.metadata
        if step.op in DELETED or (step.new is None and step.old is not None):
            gone.add(step.urn)
        elif step.new is not None and step.new.outputs is not None:
            outputs[step.urn] = step.new.outputs
    return _Fresh(outputs, frozenset(gone))
