"""Resources as the engine shows them: in a policy, in a state, or in the events of a preview.

In a first preview ids are unknown. Then a reference is followed by the property dependencies, which
name the resource that a property comes from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

_UNKNOWN_TEXTS: Final = frozenset(
    {
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
        "[secret]",
    }
)
"""What the engine writes for an unknown value, and in events for a secret.

Source: pulumi, sdk/go/common/resource/plugin, and pkg/engine/events.go.
"""

_SECRET: Final = "4dabf18193072939515e22adb298388d"
"""The key that marks a secret in a state."""


_DECIDING: Final = (
    "addressPrefix",
    "addressPrefixes",
    "addressSpace",
    "cidrBlock",
    "cidrIpv4",
    "cidr_block",
    "cidr_blocks",
    "destinationCidrBlock",
    "destinationAddressPrefix",
    "destinationAddressPrefixes",
    "destinationPortRange",
    "destinationPortRanges",
    "destinationRanges",
    "entries",
    "ipCidrRange",
    "sourceAddressPrefix",
    "sourceAddressPrefixes",
    "sourceRanges",
)
"""Properties whose values decide where a packet goes."""


class Unknown(Enum):
    """The value of a property that is unknown in a preview."""

    VALUE = "unknown"


UNKNOWN: Final = Unknown.VALUE


@dataclass(frozen=True)
class Record:
    """One resource."""

    type: str
    """Its type token: ``aws:ec2/vpc:Vpc``."""
    urn: str
    properties: Mapping[str, Any]
    """Inputs, and outputs if there are any. Unknown values are ``UNKNOWN``."""
    id: str | None = None
    """The id in the cloud. None: not known yet."""
    dependencies: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By property: the URNs of the resources that its value comes from."""

    @property
    def name(self) -> str:
        """The logical name: the last part of the URN."""
        return self.urn.rpartition("::")[2]

    def values(self, path: str) -> list[Any]:
        """The known values at a path such as ``routes.*.addressPrefix``; ``*`` is each item."""
        return list(_values(self.properties, path))

    def text(self, path: str) -> str | None:
        """The known value at a path, as text. None: absent or unknown."""
        found = self.values(path)
        return str(found[0]) if found and not isinstance(found[0], list | dict) else None

    def is_unknown(self, name: str) -> bool:
        """Whether the value of a property, or a part of it, is unknown."""
        return _has_unknown(self.properties.get(name))


class Records:
    """The resources of a stack, with look-ups."""

    def __init__(self, records: Iterable[Record]) -> None:
        self.all: Sequence[Record] = list(records)
        self.by_urn: Mapping[str, Record] = {one.urn: one for one in self.all}
        self._by_type: dict[str, list[Record]] = {}
        self._by_identity: dict[str, list[Record]] = {}
        self._places = {one.urn: place for place, one in enumerate(self.all)}
        self._referring: dict[tuple[str, str, str], dict[str, list[Record]]] = {}
        for one in self.all:
            self._by_type.setdefault(one.type, []).append(one)
            for identity in _identities(one):
                self._by_identity.setdefault(identity, []).append(one)

    def of(self, *types: str) -> list[Record]:
        """The resources with one of the type tokens."""
        return [one for type_ in types for one in self._by_type.get(type_, ())]

    def target(self, record: Record, path: str, *types: str) -> Record | None:
        """The resource with one of the types that a property refers to, if it is in the stack."""
        found = self.targets(record, path, *types)
        return found[0] if found else None

    def targets(self, record: Record, path: str, *types: str) -> list[Record]:
        """The resources with one of the types that a property refers to.

        A known value is compared with their ids, ARNs and URLs first. Otherwise the dependencies
        of the property decide.
        """
        known = {str(value) for value in record.values(path) if not isinstance(value, list | dict)}
        found = {
            one.urn: one
            for value in known
            for one in self._by_identity.get(value, ())
            if one.type in types
        }
        if not found:
            causes = record.dependencies.get(path.partition(".")[0], ())
            listed = (self.by_urn.get(urn) for urn in causes)
            found = {one.urn: one for one in listed if one is not None and one.type in types}
        return sorted(
            found.values(), key=lambda one: (types.index(one.type), self._places[one.urn])
        )

    def referring(self, target: Record, path: str, *types: str) -> list[Record]:
        """The resources with one of the types whose property refers to a resource."""
        return [
            one
            for type_ in types
            for one in self._referrers(path, type_, target.type).get(target.urn, ())
        ]

    def _referrers(self, path: str, type_: str, target: str) -> dict[str, list[Record]]:
        """By URN of a resource of the type ``target``: the resources that refer to it."""
        key = (path, type_, target)
        if key not in self._referring:
            found: dict[str, list[Record]] = {}
            for one in self.of(type_):
                for each in self.targets(one, path, target):
                    found.setdefault(each.urn, []).append(one)
            self._referring[key] = found
        return self._referring[key]

    def undecided(self, *clouds: str) -> list[tuple[Record, str]]:
        """Properties of clouds' networking with unknown blocks and ports, as in a preview.

        Ids are not among them: references are followed by dependencies.
        """
        return [
            (one, name)
            for one in self.all
            if one.type.startswith((*clouds, "pulumi-python:"))
            for name in _DECIDING
            if one.is_unknown(name)
        ]

    def is_foreign(self, record: Record, path: str, *types: str) -> bool:
        """Whether a property refers to something of one of the types that another stack owns.

        So it is if its value comes from no resource with one of the types: it is written as an id,
        or comes from a stack reference. The property may depend on resources of other types too.
        """
        causes = record.dependencies.get(path.partition(".")[0], ())
        return not any(type_of(urn) in types for urn in causes)


def records_of_state(resources: Iterable[Mapping[str, Any]]) -> Records:
    """The resources of a deployment, as ``pulumi stack export`` or a preview's steps have them.

    Resources that are being deleted are left out.
    """
    return Records(
        Record(
            type=str(one["type"]),
            urn=str(one["urn"]),
            properties=plain({**(one.get("outputs") or {}), **(one.get("inputs") or {})}),
            id=_known(one.get("id")),
            dependencies=one.get("propertyDependencies") or {},
        )
        for one in resources
        if not one.get("delete")
    )


def _known(id_: str | None) -> str | None:
    return None if not id_ or plain(id_) is UNKNOWN else id_


def plain(value: Any) -> Any:
    """A value of a state without the marks of secrets, and with ``UNKNOWN`` where it is unknown.

    A secret that is encrypted or blanked is ``UNKNOWN``.
    """
    if isinstance(value, Mapping):
        if _SECRET in value:
            return plain(value["value"]) if "value" in value else UNKNOWN
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return UNKNOWN if isinstance(value, str) and value in _UNKNOWN_TEXTS else value


def type_of(urn: str) -> str:
    """The type token of a resource; a URN has those of its parents before it, with ``$``."""
    return urn.split("::")[-2].rpartition("$")[2]


def _identities(record: Record) -> set[str]:
    found = {record.id, *(record.text(key) for key in ("id", "arn", "selfLink"))}
    return {value for value in found if value}


def _values(value: Any, path: str) -> Iterator[Any]:
    key, _, rest = path.partition(".")
    if key == "*":
        items = value if isinstance(value, list) else []
    else:
        items = [value[key]] if isinstance(value, Mapping) and key in value else []
    for item in items:
        if item is None or item is UNKNOWN:
            continue
        if rest:
            yield from _values(item, rest)
        else:
            yield item


def _has_unknown(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_has_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(_has_unknown(item) for item in value)
    return value is UNKNOWN
