"""Derives the data of `multicloudgateway.published` from Kong's published plugin schemas.

    python -m tools.plugin_schemas FOLDER...

A folder holds the schemas of one gateway version, with a JSON file for each plugin. Its name ends
in that version (``plugin-schemas-3.15``, or ``3.15``). Kong publishes the schemas under the MIT
licence in https://github.com/Kong/developer.konghq.com, in ``app/_schemas/gateway/plugins``. The
output is ``multicloudgateway/published/data/plugins-<version>.json.gz`` for each folder. A new
version must be added to ``VERSIONS`` in ``multicloudgateway/published/schemas.py``.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from tools.engine import CHECKOUT

DATA = CHECKOUT / "multicloudgateway" / "published" / "data"

Json = dict[str, Any]

_PROSE = frozenset({"description", "title", "x-speakeasy-type-override"})
_MARKS = frozenset({"x-terraform-transform-const"})
_KEPT = frozenset(
    {
        "additionalProperties",
        "default",
        "enum",
        "items",
        "maxLength",
        "maximum",
        "minLength",
        "minimum",
        "nullable",
        "oneOf",
        "properties",
        "required",
        "type",
        "x-encrypted",
        "x-foreign",
        "x-lua-required",
        "x-referenceable",
        "x-supported-partials",
    }
)


class SchemaError(Exception):
    """A folder or schema cannot be read."""


def plugin_name(stem: str) -> str:
    """The name of a file's plugin: ``rate-limiting`` for ``RateLimiting``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=.)(?=[A-Z][a-z])", "-", stem).lower()


def reduced(schema: Any) -> Any:
    """The schema without prose.

    Raises SchemaError if the schema has a keyword that the checks do not support.
    """
    if not isinstance(schema, dict):
        return schema
    unknown = schema.keys() - _KEPT - _PROSE - _MARKS
    if unknown:
        raise SchemaError(f"unknown keywords {', '.join(sorted(unknown))}: teach the checks first")
    kept: Json = {key: schema[key] for key in sorted(schema.keys() & _KEPT)}
    if "properties" in kept:
        fields = kept["properties"]
        kept["properties"] = {name: reduced(fields[name]) for name in sorted(fields)}
    for key in ("additionalProperties", "items"):
        if key in kept:
            kept[key] = reduced(kept[key])
    if "oneOf" in kept:
        kept["oneOf"] = [reduced(option) for option in kept["oneOf"]]
    return kept


def partials_of(plugins: Mapping[str, Json]) -> dict[str, Json]:
    """The schemas of partials by type: for each, the one that most plugins have at its place."""
    found: dict[str, Counter[str]] = {}
    for type_, schema in _places(plugins):
        found.setdefault(type_, Counter())[json.dumps(schema, sort_keys=True)] += 1
    return {type_: json.loads(found[type_].most_common(1)[0][0]) for type_ in sorted(found)}


def _places(plugins: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    for plugin in plugins.values():
        for entry in plugin.get("x-supported-partials", ()):
            (path,) = entry["paths"]
            schema = plugin
            for step in path.split("."):
                schema = schema["properties"][step.removesuffix("[]")]
                if step.endswith("[]"):
                    schema = schema["items"]
            yield entry["name"], schema


def document(folder: Path) -> Json:
    """The reduced schemas of a folder, with the schemas of the partials.

    Raises SchemaError if the folder has no schemas, or two different schemas of one plugin.
    """
    plugins: dict[str, Json] = {}
    for path in sorted(folder.glob("*.json")):
        name = plugin_name(path.stem)
        try:
            schema = reduced(json.loads(path.read_text(encoding="utf-8")))
        except (SchemaError, ValueError) as error:
            raise SchemaError(f"{path}: {error}") from None
        if plugins.setdefault(name, schema) != schema:
            raise SchemaError(f"{path}: another schema of {name} is in the same folder")
    if not plugins:
        raise SchemaError(f"{folder} has no *.json: name a folder with one schema a plugin")
    ordered = {name: plugins[name] for name in sorted(plugins)}
    return {"plugins": ordered, "partials": partials_of(ordered)}


def write(folder: Path, data: Path) -> Path:
    """Write the data file of a folder and return its path. The same input gives the same bytes.

    Raises SchemaError as `document` does, or if the folder's name does not end in a version.
    """
    version = re.search(r"\d+\.\d+$", folder.name)
    if version is None:
        raise SchemaError(f"{folder}: its name must end in the gateway version, such as 3.15")
    text = json.dumps(document(folder), separators=(",", ":"))
    path = data / f"plugins-{version[0]}.json.gz"
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
    return path


def main(
    folders: Annotated[list[Path], typer.Argument(exists=True, file_okay=False)],
    data: Annotated[Path, typer.Option(help="Where the data files are written.")] = DATA,
) -> None:
    """Write one data file for each folder of published plugin schemas."""
    for folder in folders:
        try:
            typer.echo(write(folder.resolve(), data))
        except SchemaError as error:
            typer.echo(f"error: {error}", err=True)
            raise typer.Exit(1) from None


if __name__ == "__main__":
    typer.run(main)
