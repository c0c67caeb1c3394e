"""Konnect's three ways of paging a list.

They are page numbers (cloud gateways, control planes), opaque cursors (group memberships,
config stores, nodes), and ``size`` with ``offset`` (core entities). The documents give no
default and no maximum size for the first two. Here they are 10 and 100, small enough that a
test finds a client that reads only the first page. A page past the end is empty and does not
repeat the last page, because the Terraform provider takes the total of items for the number of
pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from sandbox.http.paging import cursor, page, start_of
from sandbox.http.problems import Refusal
from sandbox.http.queries import Query, whole_number

DEFAULT_SIZE = 10
MAXIMUM_SIZE = 100
CORE_DEFAULT_SIZE = 100
CORE_MAXIMUM_SIZE = 1000
_SIZE = "page[size]"
_NUMBER = "page[number]"
_AFTER = "page[after]"


def _size(query: Query, default: int = DEFAULT_SIZE, maximum: int = MAXIMUM_SIZE) -> int:
    return min(whole_number(query, _SIZE, default), maximum)


def numbered(query: Query, items: Sequence[Any]) -> dict[str, Any]:
    """One page of ``items`` by ``page[size]`` and ``page[number]`` (from 1)."""
    size = _size(query)
    number = whole_number(query, _NUMBER, 1)
    return {
        "meta": {"page": {"number": number, "size": size, "total": len(items)}},
        "data": page(items, (number - 1) * size, size).items,
    }


def memberships(query: Query, items: Sequence[Any], path: str) -> dict[str, Any]:
    """One page by ``page[size]`` and ``page[after]``; only the first page has ``total``."""
    size = _size(query)
    shown = page(items, start_of(query, _AFTER), size)
    meta: dict[str, Any] = {"size": size, "next": _link(path, shown.following)}
    if shown.start == 0:
        meta["total"] = len(items)
    return {"meta": {"page": meta}, "data": shown.items}


def stores(query: Query, items: Sequence[Any], path: str) -> dict[str, Any]:
    """One page of config stores or secrets, with ``next`` and ``previous``."""
    size = _size(query)
    shown = page(items, start_of(query, _AFTER), size)
    meta = {
        "size": size,
        "next": _link(path, shown.following),
        "previous": _link(path, shown.preceding),
    }
    return {"meta": {"page": meta}, "data": shown.items}


def core_size(query: Query) -> int:
    """The ``size`` of a page of core entities, 1 to ``CORE_MAXIMUM_SIZE``; else a 400."""
    size = whole_number(query, "size", CORE_DEFAULT_SIZE)
    if size > CORE_MAXIMUM_SIZE:
        reason = f"size must not be greater than {CORE_MAXIMUM_SIZE}"
        raise Refusal(400, parameters=[{"field": "size", "reason": reason}])
    return size


def offsets(query: Query, items: Sequence[Any], path: str) -> dict[str, Any]:
    """One page of core entities; every page but the last has ``next`` and ``offset``."""
    shown = page(items, start_of(query, "offset"), core_size(query))
    answer: dict[str, Any] = {"data": shown.items}
    if shown.following is not None:
        token = cursor(shown.following)
        answer["offset"] = token
        answer["next"] = f"{path}?offset={quote(token)}"
    return answer


def counted(query: Query, items: Sequence[Any], path: str) -> dict[str, Any]:
    """One page of data-plane nodes; every page but the last has ``next``."""
    size = _size(query, CORE_DEFAULT_SIZE, CORE_MAXIMUM_SIZE)
    shown = page(items, start_of(query, _AFTER), size)
    meta: dict[str, Any] = {"total_count": len(items)}
    if shown.following is not None:
        meta["next"] = _link(path, shown.following)
    return {"items": shown.items, "page": meta}


def _link(path: str, start: int | None) -> str | None:
    """The path of the page that begins at ``start``; None for no page."""
    return None if start is None else f"{path}?page%5Bafter%5D={cursor(start)}"
