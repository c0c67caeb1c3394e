"""Konnect's three ways of paging a list.

They are page numbers (cloud gateways, control planes), opaque cursors (group memberships,
config stores, nodes), and ``size`` with ``offset`` (core entities). The documents give no
default and no maximum size for the first two. Here they are 10 and 100, small enough that a
test finds a client that reads only the first page. A page past the end is empty and does not
repeat the last page, because the Terraform provider takes the total of items for the number of
pages.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from sandbox.konnect.problems import Refusal, invalid

DEFAULT_SIZE = 10
MAXIMUM_SIZE = 100
CORE_DEFAULT_SIZE = 100
CORE_MAXIMUM_SIZE = 1000

Query = Mapping[str, str]


_DIGITS = re.compile(r"-?[0-9]{1,18}")


def _whole(query: Query, name: str, default: int, minimum: int = 1) -> int:
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


def numbered(query: Query, items: Sequence[Any]) -> dict[str, Any]:
    """One page of ``items`` by ``page[size]`` and ``page[number]`` (from 1)."""
    size = min(_whole(query, "page[size]", DEFAULT_SIZE), MAXIMUM_SIZE)
    number = _whole(query, "page[number]", 1)
    start = (number - 1) * size
    return {
        "meta": {"page": {"number": number, "size": size, "total": len(items)}},
        "data": list(items[start : start + size]),
    }


def cursor(position: int) -> str:
    """The opaque token of a position in a list."""
    return base64.urlsafe_b64encode(f"after:{position}".encode()).decode().rstrip("=")


def position_of(token: str, field: str) -> int:
    """The position in a token of ``cursor``; a 400 for an unknown token."""
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
        position = int(text.removeprefix("after:"))
    except (binascii.Error, ValueError):
        raise invalid(field, "invalid", f"{field} is not a known cursor", source="query") from None
    if position < 0:
        raise invalid(field, "invalid", f"{field} is not a known cursor", source="query")
    return position


def memberships(query: Query, items: Sequence[Any], path: str) -> dict[str, Any]:
    """One page by ``page[size]`` and ``page[after]``; only the first page has ``total``."""
    size = min(_whole(query, "page[size]", DEFAULT_SIZE), MAXIMUM_SIZE)
    after = query.get("page[after]", "")
    start = position_of(after, "page[after]") if after else 0
    page: dict[str, Any] = {"size": size, "next": _next(path, start + size, len(items))}
    if start == 0:
        page["total"] = len(items)
    return {"meta": {"page": page}, "data": list(items[start : start + size])}


def stores(query: Query, items: Sequence[Any], path: str) -> dict[str, Any]:
    """One page of config stores or secrets, with ``next`` and ``previous``."""
    size = min(_whole(query, "page[size]", DEFAULT_SIZE), MAXIMUM_SIZE)
    after = query.get("page[after]", "")
    start = position_of(after, "page[after]") if after else 0
    back = _path(path, max(0, start - size)) if start else None
    page = {"size": size, "next": _next(path, start + size, len(items)), "previous": back}
    return {"meta": {"page": page}, "data": list(items[start : start + size])}


def offsets(query: Query, items: Sequence[Any], path: str) -> dict[str, Any]:
    """One page of core entities; every page but the last has ``next`` and ``offset``."""
    size = _whole(query, "size", CORE_DEFAULT_SIZE)
    if size > CORE_MAXIMUM_SIZE:
        raise Refusal(
            400,
            parameters=[
                {"field": "size", "reason": f"size must not be greater than {CORE_MAXIMUM_SIZE}"}
            ],
        )
    offset = query.get("offset", "")
    start = position_of(offset, "offset") if offset else 0
    answer: dict[str, Any] = {"data": list(items[start : start + size])}
    if start + size < len(items):
        token = cursor(start + size)
        answer["offset"] = token
        answer["next"] = f"{path}?offset={quote(token)}"
    return answer


def counted(query: Query, items: Sequence[Any], path: str) -> dict[str, Any]:
    """One page of data-plane nodes; every page but the last has ``next``."""
    size = min(_whole(query, "page[size]", CORE_DEFAULT_SIZE), CORE_MAXIMUM_SIZE)
    after = query.get("page[after]", "")
    start = position_of(after, "page[after]") if after else 0
    page: dict[str, Any] = {"total_count": len(items)}
    if start + size < len(items):
        page["next"] = _path(path, start + size)
    return {"items": list(items[start : start + size]), "page": page}


def _path(path: str, position: int) -> str:
    return f"{path}?page%5Bafter%5D={cursor(position)}"


def _next(path: str, position: int, total: int) -> str | None:
    return _path(path, position) if position < total else None
