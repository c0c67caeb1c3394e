"""Filters of lists: ``filter[field][operator]=value`` in a query.

Each list declares its fields. Any other filter is a 400 whose ``field`` is the key as it is in
the query, with its brackets. A field is looked up by its dotted path (``owner.name``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.http.bodies import is_uuid
from sandbox.http.problems import invalid

Items = Iterable[tuple[str, str]]
Test = tuple[str, str, str]
"""(field, operator, value)."""

_KEY = re.compile(r"filter\[([^\[\]]+)\](?:\[([^\[\]]*)\])?")
_LISTS = frozenset({"oeq", "ocontains"})


@dataclass(frozen=True)
class Filter:
    """The filters that one field accepts; ``bare`` fields accept a value without an operator."""

    operators: tuple[str, ...]
    bare: bool = False
    uuid: bool = False
    choices: tuple[str, ...] = ()


TEXT = Filter(("eq", "neq", "contains", "oeq", "ocontains"))
ID = Filter(("eq", "neq", "oeq"))
UUID = Filter(("eq", "neq", "oeq"), uuid=True)


def choice(*values: str, bare: bool = True) -> Filter:
    """The filter of a field with a closed set of values: bare, ``eq``, ``neq`` or ``oeq``."""
    return Filter(("eq", "neq", "oeq"), bare=bare, choices=values)


def read(query: Items, fields: Mapping[str, Filter]) -> list[Test]:
    """The filters of ``query``; a 400 for the first that the list does not accept."""
    tests: list[Test] = []
    for key, value in query:
        if not key.startswith("filter"):
            continue
        match = _KEY.fullmatch(key)
        declared = fields.get(match[1]) if match else None
        if match is None or declared is None:
            raise invalid(key, "unknown_property", f'"{key}" is not allowed', source="query")
        operator = match[2] or ""
        if operator == "" and declared.bare:
            operator = "eq"
            if value == "" and not declared.choices:
                continue  # "filter[name]=" tests that the field exists, which is always true
        elif not declared.operators:
            raise invalid(key, "unknown_property", f'"{key}" is not allowed', source="query")
        elif operator not in declared.operators:
            raise invalid(
                key,
                "enum",
                f'"{key}" must use one of [{", ".join(declared.operators)}]',
                source="query",
                choices=list(declared.operators),
            )
        _check_values(key, operator, value, declared)
        tests.append((match[1], operator, value))
    return tests


def _check_values(key: str, operator: str, value: str, declared: Filter) -> None:
    for part in value.split(",") if operator in _LISTS else [value]:
        if declared.uuid and not is_uuid(part):
            raise invalid(key, "is_uuid", f'"{key}" must be a valid GUID', source="query")
        if declared.choices and part not in declared.choices:
            listed = ", ".join(declared.choices)
            raise invalid(
                key,
                "enum",
                f'"{key}" must be one of [{listed}]',
                source="query",
                choices=list(declared.choices),
            )


def select(items: Iterable[Any], tests: Sequence[Test]) -> list[Any]:
    """The items that match every filter."""
    return [item for item in items if all(passes(item, test) for test in tests)]


def passes(item: Any, test: Test) -> bool:
    """Whether one item matches one filter; a missing field equals no value."""
    name, operator, wanted = test
    value = item
    for step in name.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    text = None if value is None else str(value)
    if operator == "eq":
        return text == wanted
    if operator == "neq":
        return text != wanted
    if text is None:
        return False
    if operator == "contains":
        return wanted in text
    parts = wanted.split(",")
    if operator == "ocontains":
        return any(part in text for part in parts)
    return text in parts
