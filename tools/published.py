"""`python -m tools.published FOLDER`: reduce Kong's published documents to what the tests check.

The documents describe the requests and responses of Konnect's APIs. Tests read reduced copies in
`tests/published`. The copies keep paths, operations, parameters, schemas, formats, enums and status
codes. They leave out prose, examples and hints to code generators, which no test reads. The schemas
of plugins are not here: `python -m tools.plugin_schemas` derives them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

DOCUMENTS = (
    "cloud-gateways-v2",
    "control-planes-v2",
    "control-planes-config-v2",
    "identity-v3",
    "mesh-v0",
    "analytics-metrics-v2",
    "analytics-dashboards-v2",
)
"""OpenAPI documents: `NAME.yaml` becomes `NAME.json`."""

PARTS = {"mesh-v0": ("/mesh/control-planes", "/mesh/control-planes/{cpId}")}
"""Documents of which only these paths are kept, with what they refer to."""

LICENSE = "LICENSE"
TARGET = Path("tests/published")

_PROSE = frozenset(
    {"description", "summary", "title", "example", "examples", "externalDocs", "tags"}
)
_UNCHECKED = frozenset({"security", "securitySchemes", "deprecated", "contact", "license"})
_EXTENSIONS = frozenset({"x-encrypted", "x-oas-source"})
"""Extensions that are kept: which fields Kong encrypts, and the revision of a document."""

_NAMED = frozenset(
    {
        "properties",
        "patternProperties",
        "paths",
        "schemas",
        "parameters",
        "responses",
        "requestBodies",
        "headers",
        "content",
        "mapping",
    }
)
"""Keywords whose keys are names, not keywords: a property may be named `title`."""

_VALUES = frozenset({"enum", "const", "default", "required"})
"""Keywords that hold values, which are kept unchanged."""


class PublishedError(Exception):
    """A document is missing. The text is for the user."""


def reduce(node: Any) -> Any:
    """A part of a document, without prose, examples and hints to code generators."""
    if isinstance(node, list):
        return [reduce(item) for item in node]
    if not isinstance(node, dict):
        return node
    reduced = {}
    for key, value in node.items():
        if key in _VALUES:
            reduced[key] = value
        elif key in _NAMED and isinstance(value, dict):
            reduced[key] = {str(name): reduce(item) for name, item in value.items()}
        elif _is_checked(str(key)):
            reduced[key] = reduce(value)
    return reduced


def _is_checked(key: str) -> bool:
    if key.startswith("x-"):
        return key in _EXTENSIONS
    return key not in _PROSE and key not in _UNCHECKED


def part(document: dict[str, Any], paths: Sequence[str]) -> dict[str, Any]:
    """A document with some of its paths, and the components that these refer to."""
    kept = {path: item for path, item in document["paths"].items() if path in paths}
    components: dict[str, Any] = {}
    waiting = list(_references(kept))
    while waiting:
        kind, name = waiting.pop().removeprefix("#/components/").split("/")
        if name not in components.setdefault(kind, {}):
            components[kind][name] = document["components"][kind][name]
            waiting += _references(components[kind][name])
    ordered = {
        kind: {name: known[name] for name in document["components"][kind] if name in known}
        for kind, known in components.items()
    }
    return {**document, "paths": kept, "components": ordered}


def _references(node: Any) -> Iterator[str]:
    """Every ``$ref`` in a part of a document."""
    if isinstance(node, list):
        for item in node:
            yield from _references(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value
            else:
                yield from _references(value)


def reduce_document(document: dict[str, Any]) -> dict[str, Any]:
    """A reduced OpenAPI document. It keeps its title and version, which identify it."""
    reduced: dict[str, Any] = reduce(document)
    reduced["info"]["title"] = document["info"]["title"]
    reduced["servers"] = [{"url": server["url"]} for server in document["servers"]]
    return reduced


def reduced_files(source: Path) -> Iterator[tuple[str, str]]:
    """Yield the name and text of every reduced file, from the documents in a folder.

    Raises:
        PublishedError: if a document is not in the folder.

    """
    # The C loader reads half a megabyte of YAML in half a second instead of ten.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for name in DOCUMENTS:
        document = reduce_document(yaml.load(_text(source / f"{name}.yaml"), Loader=loader))
        if name in PARTS:
            document = part(document, PARTS[name])
        yield f"{name}.json", _compact(document)
    yield LICENSE, _text(source / LICENSE)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise PublishedError(f"{path} is not there; it is one of the published documents") from None


def _compact(document: dict[str, Any]) -> str:
    """Return JSON with a line for each entry of the two upper levels, so that diffs are short."""
    lines = []
    for name, section in document.items():
        if isinstance(section, dict) and section:
            entries = ",\n".join(f"{json.dumps(key)}:{_line(section[key])}" for key in section)
            lines.append(f"{json.dumps(name)}:{{\n{entries}\n}}")
        else:
            lines.append(f"{json.dumps(name)}:{_line(section)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _line(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def main(
    folder: Annotated[Path, typer.Argument(help="The folder of the published documents.")],
    target: Annotated[Path, typer.Option(help="Where the reduced ones go.")] = TARGET,
) -> None:
    """Write the published documents of FOLDER, reduced, to tests/published."""
    try:
        files = dict(reduced_files(folder))
    except PublishedError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    target.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (target / name).write_text(text, encoding="utf-8")
        typer.echo(f"{target / name}: {len(text.encode()) // 1024} KiB")


if __name__ == "__main__":
    typer.run(main)
