"""Tags that everything of an environment carries, and how the missing ones are written.

A bill and an alarm know an object by its tags only. GCP calls them labels and takes lower-case
letters, digits, ``-`` and ``_``; Azure does not tell ``Env`` from ``env``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

REQUIRED: Final[Mapping[str, Any]] = {
    "type": "object",
    "description": "Tag to the value that is written where it is missing; null: nobody can guess",
    "additionalProperties": {"type": ["string", "null"]},
    "default": {},
}
"""Configuration: the tags that must be there."""


def required(config: Mapping[str, Any], type_token: str) -> dict[str, str | None]:
    """The required tags as the cloud of a type token spells them."""
    tags: Mapping[str, str | None] = config["required"]
    if not type_token.startswith("gcp:"):
        return dict(tags)
    return {_folded(key): value and _folded(value) for key, value in tags.items()}


def missing(
    present: Iterable[str], wanted: Mapping[str, str | None], type_token: str
) -> dict[str, str | None]:
    """Those of the wanted tags that are not there, with the value to write."""
    same_case = type_token.startswith("azure-native:")
    there = {key.lower() if same_case else key for key in present}
    return {
        key: value
        for key, value in wanted.items()
        if (key.lower() if same_case else key) not in there
    }


def completed(props: Any, prop: str, absent: Mapping[str, str | None]) -> Any:
    """The properties of a resource with what has a value written; None if there is nothing.

    They are changed in place: the SDK's mapping then keeps secrets secret.
    """
    values = {key: value for key, value in absent.items() if value is not None}
    if not values:
        return None
    if props.get(prop) is None:
        props[prop] = values
    else:
        for key, value in values.items():
            props[prop][key] = value
    return props


def _folded(text: str) -> str:
    return re.sub(r"[^a-z0-9_-]", "-", text.lower())
