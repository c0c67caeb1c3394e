"""Writes `isolated` of a region into the text of a stack file, and keeps all else as it is.

A YAML library would write the whole file anew. Only the position of the region's own keys is taken
from the parser; the text around them stays, with its comments and its order.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import yaml

CLOUDS: Final = ("aws", "azure", "gcp")
KEY: Final = "isolated"

_SETTINGS: Final = "multicloud-gateway:gateway"


class StackFileError(Exception):
    """The stack file cannot be edited. The text is for the user."""


def with_isolated(text: str, region: str, *, isolated: bool) -> str:
    """The text of a stack file with a region isolated, or not.

    ``region`` is the region's key or its name: ``aws-us-east-2`` or ``us-east-2``. Raises
    StackFileError if the file has no such region, and for YAML that cannot be edited in place.
    """
    try:
        node = _region(yaml.compose(text), region)
        edited = _edited(text, node, isolated=isolated)
        before, after = yaml.safe_load(text), yaml.safe_load(edited)
    except yaml.YAMLError as error:
        raise StackFileError(f"the stack file is no valid YAML: {error}") from error
    if _plain(before, region, isolated) != _plain(after, region, isolated):
        raise StackFileError(
            f"{region} cannot be edited without a change of other settings, because the stack file "
            f"uses YAML aliases: write {KEY}: {str(isolated).lower()} by hand, and update"
        )
    return edited


def _edited(text: str, node: yaml.MappingNode, *, isolated: bool) -> str:
    for key, value in node.value:
        if key.value == KEY:
            if isolated:
                return _replaced(text, value, "true")
            return _without(text, key, value)
    if not isolated:
        return text
    key, value = next(pair for pair in node.value if pair[0].value == "region")
    if node.flow_style:
        at = value.end_mark.index
        return f"{text[:at]}, {KEY}: true{text[at:]}"
    line_end = text.find("\n", value.end_mark.index)
    at = len(text) if line_end < 0 else line_end
    return f"{text[:at]}\n{' ' * key.start_mark.column}{KEY}: true{text[at:]}"


def _replaced(text: str, value: yaml.Node, new: str) -> str:
    return text[: value.start_mark.index] + new + text[value.end_mark.index :]


def _without(text: str, key: yaml.Node, value: yaml.Node) -> str:
    """Delete a key that has a line of its own, or follows a comma; else write ``false``."""
    start, end = key.start_mark.index, value.end_mark.index
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end + 1
    rest = text[end:line_end].strip()
    if not text[line_start:start].strip() and (not rest or rest.startswith("#")):
        return text[:line_start] + text[line_end:]
    before = text[:start].rstrip()
    if before.endswith(","):
        return before[:-1] + text[end:]
    return _replaced(text, value, "false")


def _region(root: yaml.Node | None, wanted: str) -> yaml.MappingNode:
    """The node of a region."""
    node: Any = root
    for step in ("config", _SETTINGS, "regions"):
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        node = next((value for key, value in pairs if key.value == step), None)
    items = node.value if isinstance(node, yaml.SequenceNode) else []
    known = []
    for item in items:
        if isinstance(item, yaml.MappingNode):
            scalars = {key.value: value.value for key, value in item.value}
            if wanted in _names(scalars):
                return item
            known.append(str(scalars.get("region")))
    there = ", ".join(known) or "none"
    raise StackFileError(f"the stack file has no region {wanted!r} (there are: {there})")


def _names(region: dict[str, Any]) -> Iterator[str]:
    """The names of a region: its own, and with its cloud, which may be left out."""
    name = region.get("region")
    if isinstance(name, str):
        yield name
        written = region.get("cloud")
        yield from (f"{cloud}-{name}" for cloud in CLOUDS if written in (None, cloud))


def _plain(document: Any, region: str, isolated: bool) -> Any:
    """A document with the region isolated or not, so that only other differences count."""
    for item in document["config"][_SETTINGS]["regions"]:
        if region in _names(item):
            item[KEY] = isolated
    return document
