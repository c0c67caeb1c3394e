"""Checks a plugin's or a partial's configuration against its published schema."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple, TypeGuard

from multicloudgateway.published.schemas import Schema


class Problem(NamedTuple):
    """What is wrong with one field.

    ``path`` is dotted, with the index of an item of a list: ``config.targets.0.model.name``.
    """

    path: str
    reason: str


def problems(
    schema: Schema,
    config: object,
    *,
    path: str = "config",
    filled: Collection[str] = (),
    unknown: Callable[[object], bool] = lambda value: False,
) -> list[Problem]:
    """Everything in ``config`` that ``schema`` does not allow.

    ``None`` is as good as a field that is left out. ``path`` is the path of ``config`` itself.
    ``filled`` are the paths of fields that a partial fills, such as ``config.redis`` or
    ``config.targets[]``; they are not required. A value for which ``unknown`` is true is
    accepted: in a preview, a value that another resource has yet to produce.
    """
    places = frozenset(place.removesuffix("[]") for place in filled)
    return list(_Check(places, unknown).value(schema, config, path))


def is_vault_reference(value: object) -> bool:
    """Whether a value is a reference to a secret, such as ``{vault://env/PASSWORD}``."""
    return isinstance(value, str) and value.startswith("{vault://") and value.endswith("}")


def is_required(parent: Schema, name: str) -> bool:
    """Whether a field of a record is required and has no default."""
    field = parent["properties"][name]
    named = name in parent.get("required", ()) or bool(field.get("x-lua-required"))
    return named and "default" not in field


def variant_key(schema: Schema) -> str:
    """The field that tells the variants of a ``oneOf`` apart: it has one value in each."""
    first: Schema = schema["oneOf"][0]["properties"]
    return next(name for name, field in first.items() if len(field.get("enum", ())) == 1)


def variant(schema: Schema, value: object) -> Schema | None:
    """The variant of a ``oneOf`` that a value chooses, or None."""
    key = variant_key(schema)
    chosen = value.get(key) if isinstance(value, Mapping) else None
    for option in schema["oneOf"]:
        if chosen == option["properties"][key]["enum"][0]:
            found: Schema = option
            return found
    return None


class _Check:
    def __init__(self, filled: frozenset[str], unknown: Callable[[object], bool]) -> None:
        self.filled = filled
        self.unknown = unknown

    def value(self, schema: Schema, value: object, path: str) -> Iterator[Problem]:
        if value is None or self.unknown(value):
            return
        if schema.get("x-referenceable") and is_vault_reference(value):
            return
        if "oneOf" in schema:
            yield from self._variant(schema, value, path)
            return
        reason = _wrong_type(schema, value) or _wrong_value(schema, value)
        if reason is not None:
            yield Problem(path, reason)
        elif isinstance(value, Mapping):
            yield from self._object(schema, value, path)
        elif isinstance(value, list | tuple):
            for index, item in enumerate(value):
                yield from self._element(schema["items"], item, f"{path}.{index}")

    def _element(self, schema: Schema, value: object, path: str) -> Iterator[Problem]:
        if value is None and not schema.get("nullable"):
            yield Problem(path, "required field missing")
        yield from self.value(schema, value, path)

    def _variant(self, schema: Schema, value: object, path: str) -> Iterator[Problem]:
        key = variant_key(schema)
        chosen = variant(schema, value)
        if chosen is not None:
            yield from self.value(chosen, value, path)
        elif not isinstance(value, Mapping):
            yield Problem(path, f"expected a record, got {_shown(schema, value)}")
        elif value.get(key) is None:
            yield Problem(f"{path}.{key}", "required field missing")
        elif not self.unknown(value[key]):
            names = [option["properties"][key]["enum"][0] for option in schema["oneOf"]]
            yield Problem(f"{path}.{key}", _not_among(names, _shown({"enum": names}, value[key])))

    def _object(self, schema: Schema, value: Mapping[str, Any], path: str) -> Iterator[Problem]:
        fields = schema.get("properties")
        if fields is None:
            values = schema["additionalProperties"]
            for key, item in value.items():
                if isinstance(values, Mapping):
                    yield from self._element(values, item, f"{path}.{key}")
            return
        for key, item in value.items():
            if key in fields:
                yield from self.value(fields[key], item, f"{path}.{key}")
            elif not self.unknown(key):
                yield Problem(f"{path}.{key}", _unknown_field(key, fields))
        for key in fields:
            absent = value.get(key) is None and f"{path}.{key}" not in self.filled
            if absent and is_required(schema, key):
                yield Problem(f"{path}.{key}", "required field missing")


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_integer(value: object) -> bool:
    return _is_number(value) and float(value).is_integer()


_EXPECTED: Mapping[str, tuple[str, Callable[[object], bool]]] = {
    "string": ("a string", lambda value: isinstance(value, str)),
    "boolean": ("a boolean", lambda value: isinstance(value, bool)),
    "number": ("a number", _is_number),
    "integer": ("an integer", _is_integer),
    "array": ("an array", lambda value: isinstance(value, list | tuple)),
}


def _wrong_type(schema: Schema, value: object) -> str | None:
    if schema["type"] == "object":
        expected = "a record" if "properties" in schema else "a map"
        fits = isinstance(value, Mapping)
    else:
        expected, test = _EXPECTED[schema["type"]]
        fits = test(value)
    return None if fits else f"expected {expected}, got {_shown(schema, value)}"


def _wrong_value(schema: Schema, value: Any) -> str | None:
    if "enum" in schema and value not in schema["enum"]:
        return _not_among(schema["enum"], _shown(schema, value))
    low, high = schema.get("minimum"), schema.get("maximum")
    if (low is not None and value < low) or (high is not None and value > high):
        return f"{_shown(schema, value)} is not {_range(low, high)}"
    fewest, most = schema.get("minLength"), schema.get("maxLength")
    if (fewest is not None and len(value) < fewest) or (most is not None and len(value) > most):
        return f"length {len(value)} is not {_range(fewest, most)}"
    return None


def _range(low: object, high: object) -> str:
    if high is None:
        return f"at least {low}"
    return f"at most {high}" if low is None else f"between {low} and {high}"


def _not_among(choices: Collection[Any], shown: str) -> str:
    return f"expected one of: {', '.join(map(str, choices))}; got {shown}"


def _unknown_field(name: str, fields: Mapping[str, Any]) -> str:
    close = get_close_matches(name, fields, n=1)
    return f"unknown field; did you mean {close[0]!r}?" if close else "unknown field"


def _shown(schema: Schema, value: object) -> str:
    """The value for a message, or only its kind where it may be a credential."""
    if schema.get("x-encrypted") or isinstance(value, Mapping | list | tuple):
        return _kind(value)
    limited = "enum" in schema or schema.get("type") in ("boolean", "integer", "number")
    if isinstance(value, str) and (schema.get("x-referenceable") or not limited):
        return _kind(value)
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _kind(value: object) -> str:
    if isinstance(value, str):
        return "a string"
    if isinstance(value, bool):
        return "a boolean"
    if _is_number(value):
        return "a number"
    return "an array" if isinstance(value, list | tuple) else "a record"
