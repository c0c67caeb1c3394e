"""The documentation page docs/parity.md, made from the table and Terraform's schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from tools.engine import CHECKOUT
from tools.parity.compare import expected, missing_lookups, missing_resources, words
from tools.parity.schema import Schema
from tools.parity.table import FLAGS, Entry, Flags, Table, count

PAGE: Final = CHECKOUT / "docs" / "parity.md"

_INTRODUCTION: Final = """\
# Parity with the Terraform provider

<!-- Written by `python -m tools.parity --write` from providers/konnect/parity.yaml. -->

This page compares `{provider}` with this project: {attributes} attributes of {resources}
resources and {lookups} data sources. The attributes and flags of Terraform are those that the
Terraform provider reports.

| flag | meaning |
| --- | --- |
| required | must be written |
| optional | may be written |
| computed | an output; *optional computed*: Konnect sets it when it is not written |
| replaces | a change replaces the object |
| sensitive | never shown |
| set | the order means nothing |

`ready.x` is the field `x` of what the resource's `ready` resolves to. `adopt_existing_id` accepts
Terraform's import id. `konnect_gateway_plugin` stands for the {plugins} resources
`konnect_gateway_plugin_NAME`.

## Not covered

{missing}

Out of scope are the parts of Konnect that are neither gateways nor needed to run them:

| part of Konnect | resources and data sources in Terraform |
| --- | --- |
"""


def page(table: Table, schema: Schema) -> str:
    """The documentation page, in Markdown."""
    lines = [
        _INTRODUCTION.format(
            provider=schema.provider,
            attributes=count(table.resources) + count(table.lookups),
            resources=len(table.resources),
            lookups=len(table.lookups),
            plugins=len(schema.plugins),
            missing=_missing(table, schema),
        )
        + "\n".join(
            f"| {part} | {_names('konnect_', names)} |"
            for part, names in table.out_of_scope.items()
        ),
        "",
        *_resources(table),
        "",
        *_lookups(table),
    ]
    for name, entry in table.resources.items():
        lines += ["", f"## konnect_{name}", "", *_attributes(entry, schema.resources[name])]
        if entry.ours_only:
            lines += ["", f"Only here: {_names('', entry.ours_only)}."]
    for name, lookup in table.lookups.items():
        attributes = schema.data_sources[name]
        lines += ["", f"## data konnect_{name}", "", *_attributes(lookup, attributes)]
    return "\n".join(lines) + "\n"


def _missing(table: Table, schema: Schema) -> str:
    missing = {
        "Resources": missing_resources(table, schema),
        "Data sources": missing_lookups(table, schema),
    }
    return "\n\n".join(
        f"{kind} without a counterpart yet: {_names('konnect_', names)}."
        if names
        else f"{kind}: each one in scope has a counterpart."
        for kind, names in missing.items()
    )


def _resources(table: Table) -> Iterator[str]:
    yield "## Resources"
    yield ""
    yield "| Terraform | here | attributes | import id | better here |"
    yield "| --- | --- | --: | --- | --- |"
    for name, entry in table.resources.items():
        anchor = f"[`konnect_{name}`](#konnect_{name})"
        better = "<br>".join(entry.better)
        number = len(list(entry.rows()))
        yield f"| {anchor} | `{entry.resource}` | {number} | {_code(entry.import_id)} | {better} |"
    yield ""
    yield f"Only here: {_names('', table.resources_ours_only)}."


def _lookups(table: Table) -> Iterator[str]:
    yield "## Data sources"
    yield ""
    yield "| Terraform | here | attributes | better here |"
    yield "| --- | --- | --: | --- |"
    for name, lookup in table.lookups.items():
        anchor = f"[`data konnect_{name}`](#data-konnect_{name})"
        better = "<br>".join(lookup.better)
        yield f"| {anchor} | `{lookup.function}` | {len(list(lookup.rows()))} | {better} |"
    yield ""
    yield f"Only here: {_names('', table.lookups_ours_only)}."


def _attributes(entry: Entry, attributes: Mapping[str, str]) -> Iterator[str]:
    """One line a row; a row with a <word> has the flags of the first name."""
    yield "| Terraform | flags | here | flags here | why they differ |"
    yield "| --- | --- | --- | --- | --- |"
    first = {id(attribute): path for path, _, attribute in reversed([*entry.rows()])}
    for path, attribute in entry.attributes.items():
        flags = words(attributes[first[id(attribute)]], attribute)
        ours = expected(flags, attribute)
        place = f"`{attribute.ours or path}`"
        yield f"| `{path}` | {_flags(flags)} | {place} | {_flags(ours)} | {attribute.differs} |"
    if entry.repeated:
        yield ""
    for word, names in entry.repeated.items():
        yield f"`<{word}>` is each of {_names('', names)}."


def _flags(flags: Flags) -> str:
    return " ".join(flag for flag in FLAGS if flag in flags)


def _names(prefix: str, names: Sequence[str]) -> str:
    return ", ".join(f"`{prefix}{name}`" for name in names)


def _code(import_id: str) -> str:
    """An import id as code, followed by its remark in brackets."""
    form, _, remark = import_id.partition(" (")
    return f"`{form}`" + (f" ({remark}" if remark else "")
