"""Functions to read properties of which some values are unknown in a preview.

The SDK raises when an unknown value is read, even by ``key in mapping``. A rule that stopped there
would miss the other values: these functions go on with the next one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pulumi_policy.proxy import UnknownValueError

from policies.rule import Unknowns


def is_set(props: Mapping[str, Any], key: str) -> bool:
    """Whether a property is given. True if its value is unknown."""
    if key not in set(props):
        return False
    try:
        return props[key] not in (None, "")
    except UnknownValueError:
        return True


def values_at(value: Any, path: str, unknowns: Unknowns, name: str) -> Iterator[Any]:
    """Every value at a path such as ``ingress.*.cidrBlocks.*``; ``*`` is each item of a list.

    Absent values are left out. An unknown value, at the path or above it, is recorded in
    ``unknowns`` under the resource's ``name``.
    """
    key, _, rest = path.partition(".")
    for each in _keys(value, key):
        with unknowns.noted(name):
            found = value[each]
            if found is None:
                continue
            if rest:
                yield from values_at(found, rest, unknowns, name)
            else:
                yield found


def _keys(value: Any, key: str) -> Sequence[Any]:
    if key == "*":
        return range(len(value)) if _is_list(value) else ()
    return [key] if isinstance(value, Mapping) and key in set(value) else ()


def leaves(
    value: Mapping[str, Any] | Sequence[Any], path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every scalar value with its path. For an unknown value, the SDK's error instead."""
    keys = list(value) if isinstance(value, Mapping) else range(len(value))
    for key in keys:
        below = (*path, str(key))
        try:
            found = value[key]  # type: ignore[index]
        except UnknownValueError as error:
            yield below, error
            continue
        if isinstance(found, Mapping) or _is_list(found):
            yield from leaves(found, below)
        else:
            yield below, found


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)
