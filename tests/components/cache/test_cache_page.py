"""The tables of the page on the cache are those of Kong's published schemas."""

from __future__ import annotations

import re
from pathlib import Path

from multicloudgateway import published

PAGE = (Path(__file__).parents[3] / "docs" / "cache.md").read_text()
PLACES = [
    (name, place)
    for name in sorted(published.plugin_names())
    for place in published.redis_places(name)
]


def _rows(columns: int) -> list[tuple[str, ...]]:
    """The rows of plugins in the tables with this many columns."""
    lines = re.findall(r"^\| `([a-z-]+)`(?: \([^)]*\))? \|(.*)\|$", PAGE, re.MULTILINE)
    rows = [(name, *(cell.strip(" `") for cell in cells.split("|"))) for name, cells in lines]
    return [row for row in rows if len(row) == columns and row[-1].startswith(("config", "the"))]


def _setting(switch: tuple[str, ...] | None) -> str:
    return "the place itself" if switch is None else ".".join(("config", *switch))


def test_the_page_has_every_plugin_that_takes_a_redis_partial() -> None:
    assert _rows(4) == [
        (name, place.type, ".".join(("config", *place.path)), _setting(place.switch))
        for name, place in PLACES
        if place.takes_partial
    ]


def test_the_page_has_every_place_that_takes_no_partial() -> None:
    assert _rows(3) == [
        (name, ".".join(("config", *place.path)), _setting(place.switch))
        for name, place in PLACES
        if not place.takes_partial
    ]
