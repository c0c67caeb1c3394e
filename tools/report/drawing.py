"""Draws control planes and the regions that they serve, each cloud in a column.

The caller decides the text and the mark of each box: a preview marks a resource by its action, the
status by its health. Positions are in SVG units, which are pixels at full width.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tools.report.places import TITLES, Place

WIDTH: Final = 264
"""Width of a box."""
_CHARACTERS: Final = 36
"""Number of characters of average width that fit in a box."""
_GAP: Final = 40
_LINE: Final = 18
_PAD: Final = 10


@dataclass(frozen=True)
class Mark:
    """How an element is marked: a word, which is also its style, and a sign.

    Without a sign the word is not shown.
    """

    word: str
    sign: str = ""


@dataclass(frozen=True)
class Part:
    """The contents of a box. ``lines`` are below its title."""

    title: str
    lines: Sequence[str]
    mark: Mark


@dataclass(frozen=True)
class PlanePart:
    """A control plane, and the places of the regions that it serves."""

    part: Part
    places: frozenset[Place]


@dataclass(frozen=True)
class LinkPart:
    """A connection between a gateway network and the customer's network below it."""

    text: str
    mark: Mark


@dataclass(frozen=True)
class RegionPart:
    """A region from top to bottom: its network, its links, and further boxes."""

    network: Part
    links: Sequence[LinkPart] = ()
    home: Part | None = None
    """The customer's network, at the end of the links."""
    below: Sequence[Part] = ()
    """Further boxes, without a line."""


@dataclass(frozen=True)
class Box:
    """A box with its texts."""

    x: int
    y: int
    width: int
    height: int
    title: str
    lines: Sequence[str]
    mark: Mark


@dataclass(frozen=True)
class Line:
    """A connection: SVG path data, and its label at ``x``, ``y``."""

    path: str
    mark: Mark
    text: str = ""
    x: int = 0
    y: int = 0


@dataclass(frozen=True)
class Label:
    """A separate text: the heading of a column, or a region."""

    x: int
    y: int
    text: str
    heading: bool = False


@dataclass(frozen=True)
class Picture:
    """All elements of the diagram."""

    width: int
    height: int
    boxes: Sequence[Box]
    lines: Sequence[Line]
    labels: Sequence[Label]
    description: str


def draw(planes: Sequence[PlanePart], regions: Mapping[Place, RegionPart], rail: Mark) -> Picture:
    """Lay out control planes in a row, and below it a column of regions for each cloud.

    ``regions`` are drawn in their order. ``rail`` marks the lines from control planes to regions.
    """
    return _Drawing(planes, regions, rail).picture()


class _Drawing:
    """A drawing that grows box by box."""

    def __init__(
        self, planes: Sequence[PlanePart], regions: Mapping[Place, RegionPart], rail: Mark
    ) -> None:
        self._planes, self._regions, self._rail = planes, regions, rail
        self._boxes: list[Box] = []
        self._lines: list[Line] = []
        self._labels: list[Label] = []

    def picture(self) -> Picture:
        clouds = [cloud for cloud in TITLES if any(p.cloud == cloud for p in self._regions)]
        columns = max(len(clouds), len(self._planes))
        width = columns * (WIDTH + _GAP)
        for number, plane in enumerate(self._planes):
            self._box(_column_x(number), _PAD, plane.part)
        under_planes = max((box.y + box.height for box in self._boxes), default=0)
        top = under_planes + 12 * len(self._planes) + 36
        bottom = top
        for number, cloud in enumerate(clouds):
            bottom = max(bottom, self._draw_column(cloud, number, top, under_planes))
        words = [place.title for place in self._regions]
        description = (
            f"{len(self._planes)} control planes over {len(words)} regions: {', '.join(words)}."
        )
        return Picture(width, bottom + _PAD, self._boxes, self._lines, self._labels, description)

    def _draw_column(self, cloud: str, number: int, top: int, under_planes: int) -> int:
        x, y = _column_x(number), top
        self._labels.append(Label(x, y, TITLES[cloud], heading=True))
        tips: dict[int, list[int]] = {}
        for place in (one for one in self._regions if one.cloud == cloud):
            y += 30
            self._labels.append(Label(x, y, place.region))
            for index, plane in enumerate(self._planes):
                if place in plane.places:
                    tips.setdefault(index, []).append(y + 28)
            y = self._draw_region(x, y + _PAD, self._regions[place])
        for index, points in tips.items():
            self._draw_rail(index, x, points, under_planes)
        return y

    def _draw_rail(self, index: int, x: int, points: Sequence[int], under_planes: int) -> None:
        """Draw a line from a control plane along a bus, down beside a column, to its regions."""
        bus = under_planes + 14 + 12 * index
        rail = x - 10 - 5 * index
        plane = self._boxes[index]
        start = plane.x + WIDTH // 2
        path = f"M{start} {plane.y + plane.height} V{bus} H{rail} V{points[-1]}"
        path += "".join(f" M{rail} {point} H{x}" for point in points)
        self._lines.append(Line(path, self._rail))

    def _draw_region(self, x: int, y: int, region: RegionPart) -> int:
        y = self._box(x, y, region.network)
        for link in region.links:
            y = self._draw_link(x, y, link)
        if region.home is not None:
            y = self._box(x, y, region.home)
        for part in region.below:
            y = self._box(x, y + _PAD, part)
        return y

    def _draw_link(self, x: int, y: int, link: LinkPart) -> int:
        middle, end = x + 28, y + 34
        path = f"M{middle} {y} V{end}"
        self._lines.append(Line(path, link.mark, link.text, middle + _PAD, y + 22))
        return end

    def _box(self, x: int, y: int, part: Part) -> int:
        """Draw a box, and return its lower edge."""
        height = _PAD + _LINE * (1 + len(part.lines)) + _PAD // 2
        lines = [shortened(line) for line in part.lines]
        self._boxes.append(Box(x, y, WIDTH, height, part.title, lines, part.mark))
        return y + height


def shortened(text: str) -> str:
    """A text that fits in a box."""
    return text if len(text) <= _CHARACTERS else f"{text[: _CHARACTERS - 1]}…"


def _column_x(number: int) -> int:
    return _GAP - _PAD + number * (WIDTH + _GAP)
