"""Compares Terraform's attributes and flags with those that the table and the models have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tools.parity.here import lookup_here, resource_here
from tools.parity.schema import Schema
from tools.parity.table import Attribute, Entry, Flag, Flags, ResourceEntry, Table


@dataclass(frozen=True)
class Comparison:
    """What is wrong, by ``konnect_NAME.PATH`` with what is wrong about it."""

    unmapped: Mapping[str, str] = field(default_factory=dict)
    """Attributes that lead to nothing here."""
    wrong_flags: Mapping[str, str] = field(default_factory=dict)
    """Attributes whose flags here are neither Terraform's nor explained in the table."""
    unknown: Mapping[str, str] = field(default_factory=dict)
    """Rows of the table for what Terraform does not have."""


def compare(table: Table, schema: Schema) -> Comparison:
    """Everything that is wrong with the table, held against Terraform and the models."""
    unmapped: dict[str, str] = {}
    wrong_flags: dict[str, str] = {}
    unknown: dict[str, str] = {}
    for name, entry in table.resources.items():
        attributes = schema.resources.get(name, {})
        unmapped |= _without_row(f"konnect_{name}", entry, attributes)
        unknown |= _unknown(f"konnect_{name}", entry, attributes)
        for path, ours, attribute in entry.rows():
            if path in attributes:
                terraform = words(attributes[path], attribute)
                flags = expected(terraform, attribute)
                found = _resource_flags(entry, ours, flags)
                at = f"konnect_{name}.{path}"
                if found is None:
                    unmapped[at] = f"{entry.resource} has no {ours}"
                elif found != flags:
                    wrong_flags[at] = f"{show(flags)} is expected, {show(found)} is here"
                elif attribute.here == expected(terraform, None):
                    wrong_flags[at] = "`here` repeats Terraform's flags"
    for name, lookup in table.lookups.items():
        attributes = schema.data_sources.get(name, {})
        unmapped |= _without_row(f"data.konnect_{name}", lookup, attributes)
        unknown |= _unknown(f"data.konnect_{name}", lookup, attributes)
        function = lookup_here(lookup.function)
        for path, ours, _ in lookup.rows():
            computed = "optional" not in attributes.get(path, "")
            if path in attributes and (function is None or not function.has(ours, computed)):
                unmapped[f"data.konnect_{name}.{path}"] = f"{lookup.function} has no {ours}"
    return Comparison(unmapped, wrong_flags, unknown)


def words(flags: str, attribute: Attribute) -> Flags:
    """The flags of an attribute in Terraform: those of its schema, and ``replaces``."""
    found: set[Flag] = set(flags.split())  # type: ignore[arg-type]
    return frozenset(found | {"replaces"} if attribute.replaces else found)


def expected(terraform: Flags, attribute: Attribute | None) -> Flags:
    """The flags that an attribute should have here: ``here``, or Terraform's.

    What is optional and computed in Terraform is an optional input here. The order of an
    output means nothing, so an output is not a set.
    """
    if attribute is not None and attribute.here is not None:
        return attribute.here
    if "optional" in terraform:
        return terraform - {"computed"}
    return terraform - {"set"} if "computed" in terraform else terraform


def show(flags: Flags) -> str:
    """The flags as words, sorted."""
    return " ".join(sorted(flags)) or "no flag"


def without_row(entry: Entry, attributes: Mapping[str, str]) -> Iterator[str]:
    """The attributes of Terraform that no row stands for.

    A row stands for itself, for everything above it, and, when no other row is below it, for
    everything below it.
    """
    rows = {path for path, _, _ in entry.rows()}
    parents = {above for path in rows for above in _above(path)}
    leaves = rows - parents
    for path in attributes:
        if path not in rows | parents and leaves.isdisjoint(_above(path)):
            yield path


def missing_resources(table: Table, schema: Schema) -> list[str]:
    """The resources of Terraform that have no counterpart here yet."""
    return sorted(schema.resources.keys() - table.resources.keys())


def missing_lookups(table: Table, schema: Schema) -> list[str]:
    """The data sources of Terraform that have no counterpart here yet."""
    return sorted(schema.data_sources.keys() - table.lookups.keys())


def _above(path: str) -> list[str]:
    steps = path.split(".")
    return [".".join(steps[:end]) for end in range(1, len(steps))]


def _without_row(name: str, entry: Entry, attributes: Mapping[str, str]) -> dict[str, str]:
    return {f"{name}.{path}": "has no row" for path in without_row(entry, attributes)}


def _unknown(name: str, entry: Entry, attributes: Mapping[str, str]) -> dict[str, str]:
    return {
        f"{name}.{path}": "Terraform has no such attribute"
        for path, _, _ in entry.rows()
        if path not in attributes
    }


def _resource_flags(entry: ResourceEntry, ours: str, flags: Flags) -> Flags | None:
    """The flags here; ``replaces`` as in ``flags`` where it depends on the value."""
    here = resource_here(entry.resource)
    found = None if here is None else here.flags(ours, "computed" in flags)
    if found is not None and ours.partition(".")[0] in entry.depends:
        return (found - {"replaces"}) | (flags & {"replaces"})
    return found
