"""Writes a topology as SVG, as DOT for Graphviz, or as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tools.topology.layout import Text, colours, draw
from tools.topology.model import NetworkBox, RegionBox, Topology, Walked

_WIDTHS: Final = {"small": 6.1, "service": 6.1, "firewall": 6.1}
"""Average width of a character by the style of a text, in SVG units; 6.9 for others."""


def svg(topology: Topology) -> str:
    """A picture that needs nothing else: an SVG document with its styles."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["fitted"] = _fitted
    template = environment.get_template("picture.svg.j2")
    return template.render(
        drawing=draw(topology),
        title=f"Network of {topology.stack}",
        description=description(topology),
    )


def description(topology: Topology) -> str:
    """The picture in words, for those who cannot see it."""
    words = [f"{len(topology.regions)} regions: {', '.join(r.key for r in topology.regions)}."]
    words += [f"{one.near} to {one.far}: {one.title}." for one in topology.lines]
    if topology.walks:
        failed, unknown = len(topology.failures), len(topology.unknown)
        words.append(f"{topology.walks} connections to services: {failed} do not arrive.")
        if unknown:
            words.append(f"Of {unknown} it is not known whether they arrive.")
    return " ".join(words)


def _fitted(text: Text) -> str:
    """The text, cut to the width that it must fit in."""
    limit = int(text.limit / _WIDTHS.get(text.style, 6.9))
    if not text.limit or len(text.text) <= limit:
        return text.text
    return f"{text.text[: limit - 1]}…"


def as_json(topology: Topology) -> str:
    """The topology as one JSON document."""
    return json.dumps(asdict(topology), indent=2) + "\n"


def dot(topology: Topology) -> str:
    """The topology in the language of Graphviz: a cluster for each cloud and region."""
    return "\n".join(_dot_lines(topology)) + "\n"


def _dot_lines(topology: Topology) -> Iterator[str]:
    palette = colours(topology)
    yield "graph network {"
    yield f"  label={_quoted(f'Network of {topology.stack}')}; compound=true; rankdir=LR"
    yield "  node [shape=box, fontname=Helvetica]; edge [fontname=Helvetica]"
    for cloud in dict.fromkeys(one.cloud for one in topology.regions):
        yield f"  subgraph {_quoted(f'cluster {cloud}')} {{"
        yield f"    label={_quoted(cloud)}"
        for region in topology.regions:
            if region.cloud == cloud:
                yield from (f"    {line}" for line in _dot_region(region, palette))
        yield "  }"
    for one in topology.lines:
        label = f"label={_quoted(one.title)}{_dot_style(one.walked)}"
        yield f"  {_middle(topology, one.near)} -- {_middle(topology, one.far)} [{label}]"
    yield "}"


def _dot_region(region: RegionBox, palette: Mapping[str, str]) -> Iterator[str]:
    yield f"subgraph {_quoted(f'cluster {region.key}')} {{"
    yield f"  label={_quoted(region.region + (' (core)' if region.core else ''))}"
    for network in (region.gateway, *region.networks):
        words = _quoted("\n".join((network.title, *network.blocks, *network.services)))
        colour = palette.get(network.segment)
        tint = "" if colour is None else f", color={_quoted(colour)}"
        yield f"  {_node(region.key, network)} [label={words}{tint}]"
    for hub in region.hubs:
        words = _quoted("\n".join((hub.title, *hub.firewalls)))
        yield f"  {_quoted(hub.name)} [label={words}, shape=hexagon]"
        for network in region.networks:
            if network.hub == hub.name:
                yield f"  {_node(region.key, network)} -- {_quoted(hub.name)}"
    for upper, lower in zip(region.hubs, region.hubs[1:], strict=False):
        yield f"  {_quoted(upper.name)} -- {_quoted(lower.name)}"
    yield from (f"  {line}" for line in _dot_links(region))
    yield "}"


def _dot_links(region: RegionBox) -> Iterator[str]:
    """The links of a gateway: a peering leads to the landing, any other link to the hub."""
    for link in region.links:
        ends = [_node(region.key, network) for network in region.networks[:1]]
        if region.hubs and "peering" not in link.title:
            ends = [_quoted(region.hubs[0].name)]
        label = f"label={_quoted(link.title)}{_dot_style(link.walked)}"
        for end in ends:
            yield f"{_node(region.key, region.gateway)} -- {end} [{label}]"


def _node(key: str, network: NetworkBox) -> str:
    return _quoted(f"{key} {network.name}")


def _middle(topology: Topology, key: str) -> str:
    region = next(one for one in topology.regions if one.key == key)
    return _quoted(region.hubs[0].name) if region.hubs else _node(key, region.gateway)


def _dot_style(walked: Walked) -> str:
    return {
        Walked.NO: "",
        Walked.CARRIES: ", color=darkgreen, penwidth=2",
        Walked.STOPS: ", color=red, style=dashed",
    }[walked]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


FORMATS: Final[Mapping[str, Callable[[Topology], str]]] = {"svg": svg, "dot": dot, "json": as_json}
"""What writes each format."""
