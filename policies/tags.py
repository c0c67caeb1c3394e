"""Required tags: which ones a resource lacks, and how they are added.

Bills and alarms identify a resource by its tags only. GCP calls tags labels and accepts lower-case
letters, digits, ``-`` and ``_``. Azure ignores the case of tag names.
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
"""JSON schema of the setting ``required``: the tags that every resource must have."""


def required(config: Mapping[str, Any], type_token: str) -> dict[str, str | None]:
    """The required tags, in the spelling of the type token's cloud."""
    tags: Mapping[str, str | None] = config["required"]
    if not type_token.startswith("gcp:"):
        return dict(tags)
    return {_folded(key): value and _folded(value) for key, value in tags.items()}


def missing(
    present: Iterable[str], wanted: Mapping[str, str | None], type_token: str
) -> dict[str, str | None]:
    """The wanted tags that are not present, each with the value to write."""
    same_case = type_token.startswith("azure-native:")
    there = {key.lower() if same_case else key for key in present}
    return {
        key: value
        for key, value in wanted.items()
        if (key.lower() if same_case else key) not in there
    }


def completed(props: Any, prop: str, absent: Mapping[str, str | None]) -> Any:
    """Add the absent tags that have a value to a resource's properties, and return them.

    None if no absent tag has a value. The properties are changed in place: the SDK's mapping then
    keeps secrets secret.
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
