"""Parse request bodies strictly, and list everything that is wrong with them.

The models are pydantic models in strict mode, because the APIs do not accept ``"5"`` for 5. What
is wrong is listed as parameters of a Refusal. A validator raises ``PydanticCustomError`` with the
name of its rule as the type; pydantic's own error types are translated to names of rules here.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from typing import Annotated, Any, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError, from_json
from pydantic_core.core_schema import ErrorType

from sandbox.http.problems import Parameter, Refusal, parameter

Model = TypeVar("Model", bound=BaseModel)

FIRST_LEVEL = "body"
"""The field of a problem with the body as a whole."""


class Closed(BaseModel):
    """A body in which an unknown key is an error."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Open(BaseModel):
    """A body whose schema allows unknown keys; they are ignored."""

    model_config = ConfigDict(strict=True, extra="ignore")


def is_uuid(value: str) -> bool:
    """Whether ``value`` is a UUID in its canonical form."""
    try:
        return str(uuid.UUID(value)) == value.lower()
    except ValueError:
        return False


def _checked_uuid(value: str) -> str:
    if not is_uuid(value):
        raise PydanticCustomError("is_uuid", "must be a UUID")
    return value.lower()


Uuid = Annotated[str, AfterValidator(_checked_uuid)]


def parse(model: type[Model], raw: bytes) -> Model:
    """Parse ``raw`` as a ``model``; a 400 lists every problem with it."""
    return parse_value(model, load(raw))


def load(raw: bytes) -> Any:
    """Parse ``raw`` as JSON; a number too large for a float (1e999) is refused too."""
    try:
        value = from_json(raw, allow_inf_nan=False)
        json.dumps(value, allow_nan=False)
    except ValueError:
        raise Refusal(
            400, parameters=[parameter(FIRST_LEVEL, None, "request format is invalid")]
        ) from None
    return value


def parse_value(model: type[Model], value: Any) -> Model:
    """Parse ``value`` as a ``model``; a 400 lists every problem with it."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise refusal_of(error, value) from None


def refusal_of(error: ValidationError, value: Any) -> Refusal:
    """The 400 that lists every problem of a validation error."""
    details = error.errors(include_url=False)
    return Refusal(400, parameters=[_translated(entry, value) for entry in details])


def _translated(error: ErrorDetails, body: Any) -> Parameter:
    field = field_path(error["loc"], body)
    context: dict[str, Any] = error.get("ctx", {})
    translate = _RULES.get(error["type"])
    if translate is not None:
        return translate(field, context)
    if error["type"] not in _BUILT_IN:
        extra = {key: context[key] for key in ("minimum", "maximum", "choices") if key in context}
        return parameter(field, error["type"], f"{field} {error['msg']}", **extra)
    return parameter(field, "invalid", f"{field}: {error['msg']}")


def field_path(loc: tuple[int | str, ...], body: Any) -> str:
    """A pydantic location as a dotted path without the tags of unions."""
    parts: list[str] = []
    here = body
    for index, step in enumerate(loc):
        last = index == len(loc) - 1
        in_list = isinstance(here, list) and isinstance(step, int) and step < len(here)
        if in_list or (isinstance(here, dict) and step in here):
            here = here[step]
        elif not last or not isinstance(here, dict | list):
            continue
        parts.append(str(step))
    return ".".join(parts) or FIRST_LEVEL


def _standard(rule: str, phrase: str) -> Callable[[str, dict[str, Any]], Parameter]:
    def translate(field: str, context: dict[str, Any]) -> Parameter:
        return parameter(field, rule, f"{field} {phrase}")

    return translate


def _bounded(
    rule: str, limit: str, key: str, phrase: str
) -> Callable[[str, dict[str, Any]], Parameter]:
    def translate(field: str, context: dict[str, Any]) -> Parameter:
        value = int(context[key])
        bound: dict[str, Any] = {limit: value}
        return parameter(field, rule, f"{field} {phrase.format(value)}", **bound)

    return translate


def _choice(field: str, context: dict[str, Any]) -> Parameter:
    text = str(context.get("expected") or context.get("expected_tags") or "")
    choices = re.findall(r"'([^']*)'", text) or [int(n) for n in re.findall(r"\d+", text)]
    listed = ", ".join(str(choice) for choice in choices)
    return parameter(
        field, "enum", f"{field} must be one of the following values: {listed}", choices=choices
    )


def _untagged(field: str, context: dict[str, Any]) -> Parameter:
    discriminator = str(context.get("discriminator", "kind")).strip("'")
    field = discriminator if field == FIRST_LEVEL else f"{field}.{discriminator}"
    return parameter(field, "required", f"{field} is required")


def _mistagged(field: str, context: dict[str, Any]) -> Parameter:
    discriminator = str(context.get("discriminator", "kind")).strip("'")
    field = discriminator if field == FIRST_LEVEL else f"{field}.{discriminator}"
    return _choice(field, context)


_RULES: dict[str, Callable[[str, dict[str, Any]], Parameter]] = {
    "missing": _standard("required", "is required"),
    "extra_forbidden": _standard("unknown_property", "should not exist"),
    "string_type": _standard("is_string", "must be a string"),
    "int_type": _standard("is_integer", "must be an integer number"),
    "int_from_float": _standard("is_integer", "must be an integer number"),
    "int_parsing_size": _standard("is_integer", "must be an integer number"),
    "float_type": _standard("is_number", "must be a number"),
    "bool_type": _standard("is_boolean", "must be a boolean"),
    "list_type": _standard("is_array", "must be an array"),
    "dict_type": _standard("is_object", "must be an object"),
    "model_type": _standard("is_object", "must be an object"),
    "model_attributes_type": _standard("is_object", "must be an object"),
    "string_pattern_mismatch": _standard("matches_regex", "has an invalid format"),
    "string_too_short": _bounded(
        "min_length", "minimum", "min_length", "must be longer than or equal to {} characters"
    ),
    "string_too_long": _bounded(
        "max_length", "maximum", "max_length", "must be shorter than or equal to {} characters"
    ),
    "too_short": _bounded("min_items", "minimum", "min_length", "must contain at least {} items"),
    "too_long": _bounded("max_items", "maximum", "max_length", "must contain at most {} items"),
    "greater_than_equal": _bounded("min", "minimum", "ge", "must not be less than {}"),
    "less_than_equal": _bounded("max", "maximum", "le", "must not be greater than {}"),
    "literal_error": _choice,
    "union_tag_not_found": _untagged,
    "union_tag_invalid": _mistagged,
}

_BUILT_IN = frozenset(get_args(ErrorType))
"""Pydantic's own error types; any other is the name of a rule."""
