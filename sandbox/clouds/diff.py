"""The changes between old and new inputs, and whether they need a replacement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sandbox.clouds.declare import ResourceType
from sandbox.clouds.wire import Values

ChangeKind = Literal["add", "delete", "update"]


@dataclass(frozen=True)
class Change:
    """One changed property, by its path (``addressSpace.addressPrefixes[0]``)."""

    path: str
    kind: ChangeKind
    replace: bool

    @property
    def prop(self) -> str:
        """The top-level property that contains the change."""
        return self.path.split(".")[0].split("[")[0]


def _kind(old: Any, new: Any) -> ChangeKind:
    if old is None:
        return "add"
    return "delete" if new is None else "update"


def _paths(path: str, old: Any, new: Any) -> Iterator[tuple[str, ChangeKind]]:
    """The paths of the smallest differences between two values."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            if old.get(key) != new.get(key):
                yield from _paths(f"{path}.{key}", old.get(key), new.get(key))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            before = old[index] if index < len(old) else None
            after = new[index] if index < len(new) else None
            if before != after:
                yield from _paths(f"{path}[{index}]", before, after)
    else:
        yield path, _kind(old, new)


def changes(type_: ResourceType, old: Values, new: Values, ignored: set[str]) -> list[Change]:
    """All changes of inputs from ``old`` to ``new``, without the ``ignored`` properties."""
    found = []
    for name, spec in type_.inputs.items():
        before, after = old.get(name), new.get(name)
        left_to_the_cloud = spec.computed and after is None
        if name in ignored or left_to_the_cloud or spec.equal(before, after):
            continue
        replace = spec.forces_new(before, after)
        pair = spec.canonical(before), spec.canonical(after)
        found += [Change(path, kind, replace) for path, kind in _paths(name, *pair)]
    return found
