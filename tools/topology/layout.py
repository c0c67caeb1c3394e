"""Places the parts of a topology: a column for each cloud, a card for each region.

The core of a cloud is the first card of its column. Links between hubs of a cloud run on a rail
beside the column. Links between clouds run up in the gap beside their cards and over the columns,
each in a lane of its own. Positions are in SVG units, which are pixels at full size.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tools.topology.model import (
    HubBox,
    HubLine,
    NetworkBox,
    RegionBox,
    Topology,
    Walked,
    counted,
)

TITLES: Final[Mapping[str, str]] = {"aws": "AWS", "azure": "Azure", "gcp": "GCP"}
"""The clouds in the order of their columns."""

_BOX: Final = 150
"""Width of a box in a card."""
_BETWEEN: Final = 26
"""Width between the boxes of a card."""
CARD: Final = 3 * _BOX + 2 * _BETWEEN + 24
"""Width of a card."""
_LANE: Final = 12
"""Distance of two lanes."""
_LINE: Final = 16
"""Height of a line of text."""
_MARGIN: Final = 24


@dataclass(frozen=True)
class Rect:
    """A rectangle on the picture."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Text:
    """A line of text. ``style`` is a class of the picture's style sheet."""

    x: int
    y: int
    text: str
    style: str = ""
    limit: int = 0
    """The width that it must fit in. 0: any."""


@dataclass(frozen=True)
class Shape:
    """A box with its texts."""

    rect: Rect
    style: str
    texts: Sequence[Text]
    stripe: str = ""
    """The colour of the stripe at its left edge. Empty: it has none."""
    title: str = ""
    """What a pointer on it shows: the name of the resource."""


@dataclass(frozen=True)
class Path:
    """A connection: SVG path data, with a label."""

    data: str
    style: str
    label: Text | None = None
    title: str = ""


@dataclass
class Drawing:
    """The picture as it grows."""

    width: int = 0
    height: int = 0
    shapes: list[Shape] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)


SERVICE: Final = "●"
"""The sign of a declared service, in the network that has its address."""
FIREWALL: Final = "▦"
"""The sign of a firewall at a hub."""
COLOURS: Final = (
    "#0b7285",
    "#a61e4d",
    "#5f3dc4",
    "#2b8a3e",
    "#d9480f",
    "#1864ab",
    "#862e9c",
    "#5c940d",
)
"""Colours of segments, in the order of their names. After the last one they begin again."""


def colours(topology: Topology) -> Mapping[str, str]:
    """The colour of each segment."""
    return {name: COLOURS[place % len(COLOURS)] for place, name in enumerate(topology.segments)}


def draw(topology: Topology) -> Drawing:
    """Lay out a topology."""
    return _Layout(topology).drawing()


def _width(text: str) -> int:
    """About how wide a text is at 12 pixels."""
    return int(len(text) * 6.6)


class _Layout:
    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._colours = colours(topology)
        self._drawing = Drawing()
        self._cards: dict[str, Rect] = {}
        self._columns = {
            cloud: sorted(
                (one for one in topology.regions if one.cloud == cloud),
                key=lambda one: not one.core,
            )
            for cloud in TITLES
            if any(one.cloud == cloud for one in topology.regions)
        }
        clouds = {one.key: one.cloud for one in topology.regions}
        known = [one for one in topology.lines if one.near in clouds and one.far in clouds]
        self._within = [one for one in known if clouds[one.near] == clouds[one.far]]
        self._between = [one for one in known if clouds[one.near] != clouds[one.far]]
        self._of = clouds

    def drawing(self) -> Drawing:
        top = 84 + (_LANE + 8) * len(self._between)
        x = _MARGIN
        bottom = top
        for cloud, regions in self._columns.items():
            x += self._rail_width(cloud)
            self._drawing.texts.append(Text(x, top - 14, TITLES[cloud], "cloud"))
            y = top
            for region in regions:
                y = self._card(x, y, region) + 18
            bottom = max(bottom, y)
            x += CARD + _LANE * (1 + sum(cloud in self._ends(one) for one in self._between))
        self._draw_rails()
        self._draw_between(top)
        self._drawing.width = max(x + _MARGIN, 640)
        self._drawing.texts.append(
            Text(_MARGIN, 34, f"Network of {self._topology.stack}", "heading")
        )
        self._drawing.height = self._legend(bottom + 22)
        return self._drawing

    def _ends(self, line: HubLine) -> set[str]:
        return {self._of[line.near], self._of[line.far]}

    def _rail_width(self, cloud: str) -> int:
        """The room for the rails beside a column: one for each hub that several links share."""
        return 30 + _LANE * len(self._rails(cloud))

    def _rails(self, cloud: str) -> Mapping[str, Sequence[HubLine]]:
        """The links within a cloud, by the hub that they begin at."""
        rails: dict[str, list[HubLine]] = {}
        for line in self._within:
            if self._of[line.near] == cloud:
                rails.setdefault(line.near, []).append(line)
        return rails

    def _card(self, x: int, y: int, region: RegionBox) -> int:
        """Draw a region. Return its lower edge."""
        inner, first = y + 32, x + 12
        middle, last = first + _BOX + _BETWEEN, first + 2 * (_BOX + _BETWEEN)
        gateway = self._network(first, inner, region.gateway, "gateway")
        low = gateway.y + gateway.height
        at = inner
        hubs = []
        for hub in region.hubs:
            hubs.append(self._hub(middle, at, hub))
            at = hubs[-1].y + hubs[-1].height + 8
        low, at = max(low, at - 8), inner
        homes = []
        for network in region.networks:
            homes.append(self._network(last, at, network, "home"))
            at = homes[-1].y + homes[-1].height + 8
        low = max(low, at - 8)
        self._inside(region, gateway, hubs, homes)
        rect = Rect(x, y, CARD, low + 12 - y)
        self._cards[region.key] = rect
        words = f"{region.region} (core)" if region.core else region.region
        style = f"card {region.cloud}"
        self._drawing.shapes.insert(
            0, Shape(rect, style, [Text(x + 12, y + 21, words, "region")], title=region.key)
        )
        return rect.y + rect.height

    def _inside(
        self, region: RegionBox, gateway: Rect, hubs: Sequence[Rect], homes: Sequence[Rect]
    ) -> None:
        """The links in a card: gateway to hub or landing, and hub to networks."""
        right, level = gateway.x + gateway.width, gateway.y + 20
        over_hub = bool(hubs) and not all("peering" in one.title for one in region.links)
        for place, link in enumerate(region.links):
            line = level + 14 * place
            is_peering = "peering" in link.title and bool(homes)
            end = homes[0].x if is_peering or not over_hub else hubs[0].x
            if is_peering and hubs:
                line = gateway.y - 6
                data = f"M{right - 20} {gateway.y} V{line} H{homes[0].x + 20} V{homes[0].y}"
            else:
                data = f"M{right} {line} H{end}"
            label = None
            if end - right > 2 * _BETWEEN:
                label = Text(right + 10, line - 5, link.title, "label")
            self._drawing.paths.append(Path(data, f"link {link.walked}", label, link.title))
        for upper, lower, box in zip(hubs, hubs[1:], region.hubs[1:], strict=False):
            x = upper.x + _BOX // 2
            data = f"M{x} {upper.y + upper.height} V{lower.y}"
            self._drawing.paths.append(Path(data, f"link {box.walked}"))
        by_name = {
            box.name: (rect, place)
            for place, (box, rect) in enumerate(zip(region.hubs, hubs, strict=True))
        }
        for home, network in zip(homes, region.networks, strict=True):
            if network.hub in by_name:
                hub, place = by_name[network.hub]
                start = hub.x + hub.width
                bend = start + _BETWEEN // 2 + 6 * place
                data = f"M{start} {hub.y + 20} H{bend} V{home.y + 20} H{home.x}"
                self._drawing.paths.append(Path(data, f"link {network.walked}"))

    def _network(self, x: int, y: int, box: NetworkBox, style: str) -> Rect:
        lines = [(box.title, "bold"), *((one, "small") for one in box.blocks)]
        lines += [(f"{one}", "small") for one in box.caches]
        lines += [(f"{SERVICE} {one}", "service") for one in box.services]
        stripe = self._colours.get(box.segment, "")
        return self._box(x, y, lines, f"{style} {box.walked}", box.name, stripe)

    def _hub(self, x: int, y: int, box: HubBox) -> Rect:
        lines = [(box.title, "bold")]
        if box.asn:
            lines.append((f"ASN {box.asn}", "small"))
        lines += [(f"{FIREWALL} {one}", "firewall") for one in box.firewalls]
        return self._box(x, y, lines, f"hub {box.walked}", box.name, "")

    def _box(
        self,
        x: int,
        y: int,
        lines: Sequence[tuple[str, str]],
        style: str,
        name: str,
        stripe: str,
    ) -> Rect:
        rect = Rect(x, y, _BOX, 12 + _LINE * len(lines))
        texts = [
            Text(x + 10, y + 19 + _LINE * place, text, kind, _BOX - 16)
            for place, (text, kind) in enumerate(lines)
        ]
        self._drawing.shapes.append(Shape(rect, f"box {style}", texts, stripe, name))
        return rect

    def _draw_rails(self) -> None:
        for cloud in self._columns:
            for place, (near, lines) in enumerate(self._rails(cloud).items()):
                self._draw_rail(near, lines, place)

    def _draw_rail(self, near: str, lines: Sequence[HubLine], place: int) -> None:
        start = self._cards[near]
        x, level = start.x - 12 - _LANE * place, start.y + 16
        for line in lines:
            end = self._cards[line.far]
            target = end.y + 16
            data = f"M{start.x} {level} H{x} V{target} H{end.x}"
            title = f"{line.near} to {line.far}: {line.title}"
            self._drawing.paths.append(Path(data, f"rail {line.walked}", title=title))
        titles = ", ".join(dict.fromkeys(line.title for line in lines))
        regions = counted(len({line.far for line in lines}), "region")
        words = Text(start.x + CARD - 12, start.y + 21, f"{titles} to {regions}", "label end")
        self._drawing.texts.append(words)

    def _draw_between(self, top: int) -> None:
        """Draw the links between clouds: up beside the columns, and over them."""
        used: dict[str, int] = {}
        order = list(self._columns)
        for place, line in enumerate(self._between):
            ends = sorted((line.near, line.far), key=lambda key: order.index(self._of[key]))
            lane = top - 44 - (_LANE + 8) * place
            data = ""
            xs = []
            for key in ends:
                card, cloud = self._cards[key], self._of[key]
                x = card.x + CARD + _LANE * (1 + used.get(cloud, 0))
                level = card.y + 34 + 10 * used.get(cloud, 0)
                used[cloud] = used.get(cloud, 0) + 1
                xs.append(x)
                step = f"M{card.x + CARD} {level} H{x} V{lane}"
                data += step if not data else f" H{x} V{level} H{card.x + CARD}"
            words = f"{line.title}"
            if line.services:
                words += f", {counted(line.services, 'service')}"
            beside = (xs[0] - 1) // _LANE * _LANE + _LANE * (2 + len(self._between))
            label = Text(beside, lane - 4, words, "label")
            title = f"{line.near} to {line.far}: {line.title}"
            self._drawing.paths.append(Path(data, f"line {line.walked}", label, title))

    def _legend(self, y: int) -> int:
        """What lines, signs and stripes mean, what failed or is unknown. Return the lower edge."""
        y = self._flow(self._meanings(), y)
        y = self._flow([(f"segment {name}", "swatch") for name in self._colours], y)
        sentences = [(one, "failure") for one in self._topology.failures]
        sentences += [(one, "small") for one in self._topology.unknown]
        for sentence, style in sentences:
            for line in _wrapped(sentence, self._drawing.width - 2 * _MARGIN):
                self._drawing.texts.append(Text(_MARGIN, y, line, style))
                y += _LINE
        return y + _MARGIN

    def _flow(self, items: Sequence[tuple[str, str]], y: int) -> int:
        """Write texts beside each other, each with its line, sign or stripe. Return the next line.

        A text that does not fit in the line is in the next one.
        """
        x = _MARGIN
        for words, style in items:
            before = 38 if style.startswith("link") else 18 if style == "swatch" else 0
            if x > _MARGIN and x + before + _width(words) > self._drawing.width - _MARGIN:
                x, y = _MARGIN, y + 20
            if style.startswith("link"):
                self._drawing.paths.append(Path(f"M{x} {y - 4} H{x + 30}", style))
            elif style == "swatch":
                colour = self._colours[words.removeprefix("segment ")]
                rect = Rect(x, y - 11, 12, 12)
                self._drawing.shapes.append(Shape(rect, style, (), colour))
            text = style if not before else "small"
            self._drawing.texts.append(Text(x + before, y, words, text))
            x += before + _width(words) + 28
        return y + 24 if items else y

    def _meanings(self) -> Sequence[tuple[str, str]]:
        """What lines and signs mean, with the style of each."""
        regions = self._topology.regions
        found = [("connection", f"link {Walked.NO}")]
        if self._topology.walks:
            found.append(("declared services are reached over it", f"link {Walked.CARRIES}"))
        if self._topology.failures:
            stops = "a connection to a service stops at this line or red box"
            found.append((stops, f"link {Walked.STOPS}"))
        if any(one.services for region in regions for one in region.networks):
            found.append((f"{SERVICE} declared service", "service"))
        if any(hub.firewalls for region in regions for hub in region.hubs):
            found.append((f"{FIREWALL} firewall", "firewall"))
        return found


def _wrapped(text: str, width: int) -> Iterator[str]:
    line = ""
    for word in text.split():
        if line and _width(f"{line} {word}") > width:
            yield line
            line = word
        else:
            line = f"{line} {word}".strip()
    yield line
