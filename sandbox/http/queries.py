"""Values in the query of a request: whole numbers and booleans."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sandbox.http.problems import invalid

Query = Mapping[str, str]

_DIGITS = re.compile(r"-?[0-9]{1,18}")


def whole_number(query: Query, name: str, default: int, minimum: int = 1) -> int:
    """A whole number of the query; ``default`` when absent or empty.

    Raises a 400 for anything but decimal digits, and for a number below ``minimum``.
    """
    text = query.get(name, "")
    if text == "":
        return default
    if _DIGITS.fullmatch(text) is None:
        raise invalid(name, "is_integer", f"{name} must be an integer number", source="query")
    value = int(text)
    if value < minimum:
        reason = f"{name} must not be less than {minimum}"
        raise invalid(name, "min", reason, source="query", minimum=minimum)
    return value


def flag(query: Query, name: str) -> bool:
    """A boolean of the query; false when absent, a 400 for a value other than true or false."""
    text = query.get(name, "false")
    if text.lower() not in ("true", "false"):
        raise invalid(name, "is_boolean", f"{name} must be a boolean", source="query")
    return text.lower() == "true"
