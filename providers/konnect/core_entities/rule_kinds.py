"""Kinds of rules between the fields of a plugin's config, as Kong's schemas have them.

A rule is a function from the fields to the rules that they break.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from multicloudgateway import published


class BrokenRule(NamedTuple):
    """A rule that a config breaks. ``path`` is dotted: ``config.targets.0.description``."""

    path: str
    wrong: str
    remedy: str


Found = Iterator[BrokenRule]


class Fields:
    """The fields of a config, by dotted path without ``config``."""

    def __init__(
        self, schema: published.Schema, config: Mapping[str, object], filled: Collection[str]
    ) -> None:
        self._schema = schema
        self._config = config
        self._filled = filled

    def __getitem__(self, path: str) -> Any:
        """The value that is written, or else the default of the schema, or None."""
        value: Any = self._config
        field: Any = self._schema
        for key in path.split("."):
            value = value.get(key) if isinstance(value, Mapping) else None
            field = field.get("properties", {}).get(key, {})
        return field.get("default") if value is None else value

    def is_set(self, path: str) -> bool:
        """Whether a field has a value that is not empty. Kong ignores empty values in its rules."""
        place = f"config.{path}"
        if any(place == at or place.startswith(f"{at}.") for at in self._filled):
            return True
        return self[path] not in (None, "", [], {})

    def number(self, path: str) -> float | None:
        """A number, or None if the field has none (yet)."""
        value = self[path]
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return value if is_number else None

    def records(self, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """(path, record) of each item of a list or map of records."""
        value = self[path]
        if isinstance(value, Mapping):
            items = [(str(key), item) for key, item in value.items()]
        elif isinstance(value, list | tuple):
            items = [(str(index), item) for index, item in enumerate(value)]
        else:
            items = []
        for key, item in items:
            if isinstance(item, Mapping):
                yield f"{path}.{key}", item


Rule = Callable[[Fields], Found]


def broken(path: str, wrong: str, remedy: str) -> BrokenRule:
    """A broken rule at a path without ``config``."""
    return BrokenRule(f"config.{path}", wrong, remedy)


def at_least_one_of(*names: str) -> Rule:
    """One of these fields must be set (Kong: ``at_least_one_of``)."""

    def rule(fields: Fields) -> Found:
        if not any(fields.is_set(name) for name in names):
            wrong = (
                "is missing" if len(names) == 1 else f"is missing, and so is {any_of(names[1:])}"
            )
            yield broken(names[0], wrong, f"add {any_of(names)}")

    return rule


def at_least_one_true(*names: str) -> Rule:
    """One of these booleans must be true."""

    def rule(fields: Fields) -> Found:
        if all(fields[name] is False for name in names):
            yield broken(names[0], f"is false, and so is {any_of(names[1:])}", "write true for one")

    return rule


def only_one_of(*names: str) -> Rule:
    """Not more than one of these fields may be set (Kong: ``only_one_of``)."""

    def rule(fields: Fields) -> Found:
        written = [name for name in names if fields.is_set(name)]
        if len(written) > 1:
            wrong = f"excludes {written[0]}, which is set too"
            yield broken(written[-1], wrong, "delete one of the two")

    return rule


def all_or_none_of(*names: str) -> Rule:
    """These fields are set together (Kong: ``mutually_required``)."""

    def rule(fields: Fields) -> Found:
        missing = [name for name in names if not fields.is_set(name)]
        if len(missing) < len(names):
            for name in missing:
                others = any_of([other for other in names if other not in missing])
                yield broken(name, f"is missing, and {others} needs it", f"add {name}")

    return rule


def needs(field: str, value: object, needed: str) -> Rule:
    """With this value of one field, another field is required (Kong: ``conditional``)."""
    text = value if isinstance(value, str) else json.dumps(value)

    def rule(fields: Fields) -> Found:
        if fields[field] == value and not fields.is_set(needed):
            yield broken(needed, f"is missing, and {field}: {text} needs it", f"add {needed}")

    return rule


def excludes(field: str, *others: str) -> Rule:
    """With one field set (a boolean: true), the others may not be."""

    def rule(fields: Fields) -> Found:
        if fields[field] is False or not fields.is_set(field):
            return
        for other in others:
            if fields.is_set(other) and fields[other] is not False:
                yield broken(other, f"excludes {field}, which is set too", "delete one of the two")

    return rule


def above(least: float, *names: str) -> Rule:
    """Numbers that must be greater than a bound (Kong: ``gt``)."""

    def rule(fields: Fields) -> Found:
        for name in names:
            value = fields.number(name)
            if value is not None and value <= least:
                wrong = f"is {value:g}, which is not above {least:g}"
                yield broken(name, wrong, f"write a number above {least:g}")

    return rule


def any_of(names: Sequence[str]) -> str:
    """Names for a message: ``a, b or c``."""
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))
