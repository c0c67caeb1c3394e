"""Pages of a list, by position or by an opaque cursor.

How an API names sizes, numbers and cursors in its queries and pages is its own.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.http.problems import invalid
from sandbox.http.queries import Query


@dataclass(frozen=True)
class Page:
    """A part of a list.

    ``start`` is the position of its first item, from 0. ``following`` and ``preceding`` are the
    start of the next and the previous page, None when there is none. A page past the end is
    empty.
    """

    items: list[Any]
    start: int
    following: int | None
    preceding: int | None


def page(items: Sequence[Any], start: int, size: int) -> Page:
    """The page of ``items`` with at most ``size`` items that begins at ``start``."""
    end = start + size
    return Page(
        items=list(items[start:end]),
        start=start,
        following=end if end < len(items) else None,
        preceding=max(0, start - size) if start > 0 else None,
    )


def cursor(position: int) -> str:
    """The opaque token of a position in a list."""
    return base64.urlsafe_b64encode(f"after:{position}".encode()).decode().rstrip("=")


def start_of(query: Query, name: str) -> int:
    """The position in the cursor ``name`` of a query; 0 when absent.

    Raises a 400 for a token that ``cursor`` did not make.
    """
    token = query.get(name, "")
    if not token:
        return 0
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
        position = int(text.removeprefix("after:"))
    except (binascii.Error, ValueError):
        position = -1
    if position < 0:
        raise invalid(name, "invalid", f"{name} is not a known cursor", source="query")
    return position
