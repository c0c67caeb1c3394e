"""Transformations of fields and of JSON objects: remove, rename, replace, add, append.

Source: https://developer.konghq.com/plugins/request-transformer-advanced/ ("Order of execution",
"Arrays and nested objects").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Fields = dict[str, list[str]]
"""The values of headers, query parameters or fields of a form, by name."""
Token = str | int
"""A step into a JSON value: a property, an index from 0, or ``*`` for each element."""

_SEGMENT = re.compile(r"([^\[\]]*)((?:\[(?:\*|\d+)\])*)")


@dataclass(frozen=True)
class Changes:
    """What is done to the fields of one part of a request, in this order."""

    remove: Sequence[str] = ()
    rename: Sequence[tuple[str, str]] = ()
    replace: Sequence[tuple[str, Any]] = ()
    add: Sequence[tuple[str, Any]] = ()
    append: Sequence[tuple[str, Any]] = ()

    def __bool__(self) -> bool:
        """Whether there is anything to do."""
        return any((self.remove, self.rename, self.replace, self.add, self.append))


def grouped(pairs: Iterable[tuple[str, str]]) -> Fields:
    """Pairs by name."""
    fields: Fields = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return fields


def flat(fields: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """Fields as pairs."""
    return [(name, value) for name, values in fields.items() for value in values]


def change_fields(fields: Fields, changes: Changes) -> None:
    """Apply changes to headers, query parameters or fields of a form."""
    for name in changes.remove:
        fields.pop(name, None)
    for name, new in changes.rename:
        if name in fields:
            fields[new] = fields.pop(name)
    for name, value in changes.replace:
        if name in fields:
            fields[name] = [value]
    for name, value in changes.add:
        fields.setdefault(name, [value])
    for name, value in changes.append:
        fields.setdefault(name, []).append(value)


def change_json(value: dict[str, Any], changes: Changes, *, dots_in_keys: bool) -> None:
    """Apply changes to a JSON object.

    Without ``dots_in_keys`` names lead into it: ``customers[*].info.phone``. Indexes begin at 1.
    """

    def places(name: str) -> list[tuple[Any, Token]]:
        return [(value, name)] if dots_in_keys else list(_places(value, path_of(name)))

    for name in changes.remove:
        for container, key in reversed(places(name)):
            if _has(container, key):
                del container[key]
    for name, new in changes.rename:
        for container, key in places(name):
            if isinstance(container, dict) and key in container:
                container[new] = container.pop(key)
    for name, new_value in changes.replace:
        for container, key in places(name):
            if _has(container, key):
                container[key] = new_value
    for name, new_value in changes.add:
        for container, key in places(name):
            if isinstance(container, dict):
                container.setdefault(key, new_value)
    for name, new_value in changes.append:
        for container, key in places(name):
            if _has(container, key) or isinstance(container, dict):
                old = container[key] if _has(container, key) else None
                container[key] = _appended(old, new_value)


def path_of(name: str) -> list[Token]:
    """The steps of a name such as ``customers[*].phones[1]``."""
    tokens: list[Token] = []
    for part in name.split("."):
        found = _SEGMENT.fullmatch(part)
        if found is None:
            tokens.append(part)
            continue
        if found[1]:
            tokens.append(found[1])
        for index in re.findall(r"\[(\*|\d+)\]", found[2]):
            tokens.append(index if index == "*" else int(index) - 1)
    return tokens


def _places(value: Any, path: Sequence[Token]) -> Iterator[tuple[Any, Token]]:
    """The containers at the end of a path, each with its last step."""
    step, *rest = path
    for key in _keys(value, step):
        if not rest:
            yield value, key
        elif _has(value, key):
            yield from _places(value[key], rest)


def _keys(value: Any, step: Token) -> Sequence[Token]:
    if isinstance(value, list):
        if step == "*":
            return range(len(value))
        return [step] if isinstance(step, int) else []
    return [step] if isinstance(value, dict) and isinstance(step, str) else []


def _has(container: Any, key: Token) -> bool:
    if isinstance(container, list):
        return isinstance(key, int) and 0 <= key < len(container)
    return isinstance(container, dict) and key in container


def _appended(old: Any, value: Any) -> list[Any]:
    """The old value and a new one. A value that is neither a text nor a list is replaced."""
    if isinstance(old, list):
        return [*old, value]
    return [old, value] if isinstance(old, str) else [value]
