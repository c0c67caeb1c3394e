"""The Konnect objects that a stack has in its state: what has to exist.

The source is `pulumi stack export`. The engine writes the state after every step and takes no lock
to read it, so it can be read in the middle of an `up`. The contract is in the state too, once the
first `up` has exported it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from providers.konnect.ownership import Owner

PREFIX: Final = "pulumi-python:dynamic/konnect:"
"""Begins the type of every Konnect resource. The rest is the resource type, as in `konnect.*`."""
_STACK: Final = "pulumi:pulumi:Stack"
_PROVIDER: Final = "pulumi:providers:pulumi-python"
_SECRET: Final = "4dabf18193072939515e22adb298388d"
"""The key by which the engine marks a secret in the state."""


class StateError(Exception):
    """A state that is not as the engine writes it. The text is for the user."""


@dataclass(frozen=True)
class KnownObject:
    """A Konnect resource in the state of a stack.

    ``kind`` is the resource type: ``CloudGatewayNetwork``. ``name`` is the name in the program.
    ``outputs`` has the resource's inputs and what Konnect answered. Secrets in it are encrypted.
    """

    kind: str
    id: str
    name: str
    urn: str
    outputs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The object's name in Konnect, if it has one, else its name in the program."""
        return str(self.outputs.get("domain") or self.outputs.get("name") or self.name)


@dataclass(frozen=True)
class Known:
    """What a stack knows of its Konnect objects."""

    project: str
    stack: str
    objects: Sequence[KnownObject] = ()
    owners: frozenset[Owner] = frozenset()
    """The marks of the stack, one for each `konnect.Provider`. Empty before the first `up`."""
    geo: str = ""
    """The geo of the control planes: ``us``. Empty before the first `up`."""
    pending: Sequence[str] = ()
    """The names of resources that an update creates, updates or deletes just now."""
    contract: Mapping[str, Any] = field(default_factory=dict)
    """The stack outputs. Empty until the first `up` has ended."""

    @classmethod
    def read(cls, exported: str, project: str, stack: str) -> Known:
        """Read the output of `pulumi stack export`.

        Raises StateError if it is not a deployment.
        """
        try:
            deployment = json.loads(exported)["deployment"] or {}
            resources: list[dict[str, Any]] = deployment.get("resources") or []
            pending = deployment.get("pending_operations") or []
            names = tuple(_name(one["resource"]["urn"]) for one in pending)
            objects = tuple(_objects(resources))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise StateError(f"the state of stack {stack} cannot be read: {error!r}") from error
        providers = [one for one in resources if one["type"] == _PROVIDER and one.get("id")]
        of_stack = next((one for one in resources if one["type"] == _STACK), {})
        geos = (str((one.get("outputs") or {}).get("konnect:geo") or "") for one in providers)
        return cls(
            project,
            stack,
            objects,
            frozenset(Owner.of(project, stack, one["id"]) for one in providers),
            next(filter(None, geos), ""),
            names,
            of_stack.get("outputs") or {},
        )

    def of_kind(self, kind: str) -> list[KnownObject]:
        """The objects of one resource type, by the order in which they were created."""
        return [one for one in self.objects if one.kind == kind]

    def ids(self, kind: str) -> frozenset[str]:
        """The ids of all objects of one resource type."""
        return frozenset(one.id for one in self.of_kind(kind))


def _objects(resources: Sequence[Mapping[str, Any]]) -> Iterator[KnownObject]:
    for one in resources:
        # What a replacement will delete (`delete`) is not expected to stay.
        if one["type"].startswith(PREFIX) and one.get("id") and not one.get("delete"):
            outputs = {**(one.get("inputs") or {}), **(one.get("outputs") or {})}
            plain = {key: value for key, value in outputs.items() if not _is_secret(value)}
            yield KnownObject(
                one["type"].removeprefix(PREFIX), one["id"], _name(one["urn"]), one["urn"], plain
            )


def _is_secret(value: object) -> bool:
    return isinstance(value, Mapping) and _SECRET in value


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]
