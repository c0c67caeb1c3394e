"""How rules read into properties of which a preview knows only a part.

The SDK raises where a value is unknown, and even ``key in mapping`` reads it. A rule that stopped
there would miss what stands beside it: these functions go on with the next value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pulumi_policy.proxy import UnknownValueError

from policies.rule import Unknowns


def is_set(props: Mapping[str, Any], key: str) -> bool:
    """Whether a property is written; one that is unknown is."""
    if key not in set(props):
        return False
    try:
        return props[key] not in (None, "")
    except UnknownValueError:
        return True


def values_at(value: Any, path: str, unknowns: Unknowns, name: str) -> Iterator[Any]:
    """Every value at a path, ``*`` being each item of a list: ``ingress.*.cidrBlocks.*``.

    What is not written is left out. What is unknown, or lies in something unknown, is noted under
    the resource's ``name``.
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
    """All that is written, with its path; in place of what is unknown the SDK's error."""
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
