"""Compares the Terraform provider's attributes, as `parity.yaml` has them, with the models here.

The table is kept by people, because the Terraform provider's documentation can be read by people
only and what is better here is theirs to say. So it is a claim, and this is what holds it against
the code: every attribute leads to an input, an output or a field of what `ready` resolves to.

    python -m tools.parity            print the totals; 1 when an attribute is nowhere here
    python -m tools.parity --write    write docs/parity.md from the table, too
"""

from __future__ import annotations

import collections.abc
import functools
import importlib
import itertools
import sys
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import typer
import yaml
from pydantic import BaseModel, ConfigDict, model_validator
from pydantic.fields import FieldInfo
from rich.console import Console
from rich.table import Table as Shown

from providers import konnect
from providers.base.model import HIDDEN, Inputs, SetOf, Trait
from providers.base.resource import output_names
from providers.konnect.resource import KonnectResource
from tools.engine import CHECKOUT
from tools.progress import say

TABLE: Final = CHECKOUT / "providers" / "konnect" / "parity.yaml"
PAGE: Final = CHECKOUT / "docs" / "parity.md"

Flag = Literal["required", "computed", "replaces", "sensitive", "set"]
Flags = frozenset[Flag]
FLAGS: Final[tuple[Flag, ...]] = get_args(Flag)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


# The table.


class Closed(BaseModel):
    """A part of the table, in which a key that is misspelled is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Attribute(Closed):
    """One attribute of Terraform. ``ours`` is empty where the name is the same here."""

    flags: Flags
    ours: str = ""
    here: Flags | None = None
    differs: str = ""

    @model_validator(mode="before")
    @classmethod
    def _flags_are_bare_keys(cls, written: Any) -> Any:
        flags = [key for key, value in written.items() if value is None]
        return {**{key: written[key] for key in written.keys() - {*flags}}, "flags": flags}

    @model_validator(mode="after")
    def _a_difference_is_explained(self) -> Attribute:
        if self.here is not None and (self.here == self.flags or not self.differs):
            raise ValueError("`here` is for other flags than Terraform's, and `differs` says why")
        return self

    @property
    def ours_flags(self) -> Flags:
        """The flags that it has here."""
        return self.flags if self.here is None else self.here


class Entry(Closed):
    """What resources and look-ups share."""

    better: list[str]
    repeated: Mapping[str, list[str]] = {}
    attributes: Mapping[str, Attribute]

    def rows(self) -> Iterator[tuple[str, str, Attribute]]:
        """(Terraform's path, ours, attribute) with every <word> spelled out."""
        for path, attribute in self.attributes.items():
            words = [word for word in self.repeated if f"<{word}>" in path]
            for names in itertools.product(*(self.repeated[word] for word in words)):
                full, ours = path, attribute.ours or path
                for word, name in zip(words, names, strict=True):
                    full = full.replace(f"<{word}>", name)
                    ours = ours.replace(f"<{word}>", name)
                yield full, ours, attribute


class ResourceEntry(Entry):
    """A resource of Terraform and the class that stands for it here."""

    resource: str
    import_id: str
    depends: list[str] = []
    ours_only: list[str] = []


class LookupEntry(Entry):
    """A data source of Terraform and the function that stands for it here."""

    function: str


class Table(Closed):
    """All of `parity.yaml`."""

    provider: str
    shared: Mapping[str, Any]
    resources: Mapping[str, ResourceEntry]
    resources_ours_only: list[str]
    lookups: Mapping[str, LookupEntry]
    lookups_ours_only: list[str]


@functools.cache
def load() -> Table:
    """The table. Raises pydantic's ValidationError when it is not of its form."""
    return Table.model_validate(yaml.safe_load(TABLE.read_text(encoding="utf-8")))


# What is here.

_SET: Final = get_args(SetOf)[1]


@dataclass(frozen=True)
class ResourceHere:
    """The inputs and outputs of a resource class, by dotted path."""

    inputs: type[Inputs]
    outputs: frozenset[str]
    secret_outputs: frozenset[str]
    ready: Any = None

    def flags(self, path: str, computed: bool) -> Flags | None:
        """The flags of what ``path`` leads to, as an input or as an output; None: to nothing."""
        name, *rest = path.split(".")
        if not computed:
            return self._input_flags(name, rest)
        if path.startswith("get_") and path in konnect.__all__:
            return frozenset({"computed"})  # A look-up has what is no part of the state.
        if name == "ready":
            known = bool(rest) and self.ready is not None and leads(self.ready, rest)
        elif name in self.inputs.model_fields:
            known = name in self.outputs and self._input_flags(name, rest) is not None
        else:
            known = name in self.outputs or path == "id"
        if not known:
            return None
        return frozenset({"computed", "sensitive"} if name in self.secret_outputs else {"computed"})

    def _input_flags(self, name: str, rest: Sequence[str]) -> Flags | None:
        if name not in self.inputs.model_fields:
            return None
        found = [self.inputs.model_fields[name]]
        for step in rest:
            found = [below for info in found for below in _below(info.annotation, step)]
        if not found:
            return None
        flags: set[Flag] = set()
        if any(info.is_required() for info in found) or _is_tag(found):
            flags.add("required")
        if any(_is_set(info) for info in found):
            flags.add("set")
        traits = self.inputs.traits(name)
        if Trait.IMMUTABLE in traits:
            flags.add("replaces")
        if traits & HIDDEN:
            flags.add("sensitive")
        return frozenset(flags)

    def input_paths(self) -> Iterator[str]:
        """Every input, and below it every field of a nested part. Not what is local."""
        for name, info in self.inputs.model_fields.items():
            if Trait.LOCAL not in self.inputs.traits(name):
                yield from _paths(name, info.annotation)


@dataclass(frozen=True)
class LookupHere:
    """The arguments and the result of a look-up, and the other look-ups that there are."""

    arguments: frozenset[str]
    result: Any
    others: frozenset[str]

    def has(self, path: str, computed: bool) -> bool:
        """Whether ``path`` leads to a field of the result, or is an argument or a look-up."""
        if computed:
            return leads(self.result, path.split("."))
        return path in self.arguments | self.others


def resource_here(name: str) -> ResourceHere | None:
    """A resource class, or None when there is none of this name."""
    cls = getattr(konnect, name, None)
    if cls is None:
        return None
    ready = getattr(cls, "ready", None)
    return ResourceHere(
        getattr(importlib.import_module(cls.__module__), f"{name}Provider").Inputs,
        frozenset(output_names(cls)),
        frozenset(cls.secret_outputs),
        None if ready is None else get_args(get_type_hints(ready.func)["return"])[0],
    )


def lookup_here(name: str) -> LookupHere | None:
    """A look-up, or None when there is none of this name."""
    function = getattr(konnect, name, None)
    if function is None:
        return None
    hints = get_type_hints(function)
    result = hints.pop("return")
    return LookupHere(frozenset(hints), result, lookup_names())


def resource_names() -> frozenset[str]:
    """The resource classes that there are."""
    return frozenset(
        name
        for name, item in vars(konnect).items()
        if isinstance(item, type) and issubclass(item, KonnectResource)
    )


def lookup_names() -> frozenset[str]:
    """The look-ups that there are, without their ``_output`` forms."""
    return frozenset(
        name.removesuffix("_output") for name in konnect.__all__ if name.startswith("get_")
    )


def leads(annotation: Any, path: Sequence[str]) -> bool:
    """Whether a type has a field at ``path``. A free mapping has every one."""
    if not path:
        return True
    return any(leads(info.annotation, path[1:]) for info in _below(annotation, path[0]))


def _leaves(annotation: Any) -> Iterator[Any]:
    """The types that a value of ``annotation`` or an item of it can have."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from _leaves(args[0])
    elif origin in (Union, types.UnionType):
        for arg in args:
            yield from _leaves(arg)
    elif origin in (list, tuple, collections.abc.Sequence):
        yield from _leaves(args[0])
    else:
        yield annotation


def _below(annotation: Any, name: str) -> list[FieldInfo]:
    """The fields of this name, one for each kind that has it; of a mapping, what any key has."""
    found: list[FieldInfo] = []
    for leaf in _leaves(annotation):
        if isinstance(leaf, type) and issubclass(leaf, BaseModel):
            if name in leaf.model_fields:
                found.append(leaf.model_fields[name])
        elif get_origin(leaf) in (dict, collections.abc.Mapping):
            value = get_args(leaf)[1]
            inside = _below(value, name)
            closed = any(isinstance(x, type) and issubclass(x, BaseModel) for x in _leaves(value))
            found += inside if closed else [FieldInfo(annotation=leaf, default=None)]
    return found


def _paths(path: str, annotation: Any) -> Iterator[str]:
    names = {
        name: info
        for leaf in _leaves(annotation)
        if isinstance(leaf, type) and issubclass(leaf, BaseModel)
        for name, info in leaf.model_fields.items()
    }
    if not names:
        yield path
    for name, info in names.items():
        yield from _paths(f"{path}.{name}", info.annotation)


def _is_tag(found: Sequence[FieldInfo]) -> bool:
    """A literal with a single value tells the kinds of a union apart, so it has to be written."""
    return all(
        get_origin(info.annotation) is Literal and len(get_args(info.annotation)) == 1
        for info in found
    )


def _is_set(info: FieldInfo) -> bool:
    return _SET in info.metadata or any(
        _SET in getattr(arg, "__metadata__", ()) for arg in get_args(info.annotation)
    )


# The totals and the page.


def unmapped(table: Table) -> dict[str, list[str]]:
    """What leads to nothing here: the attributes, by the name of their class or function."""
    missing: dict[str, list[str]] = {}
    for name, entry in table.resources.items():
        here = resource_here(entry.resource)
        for path, ours, attribute in entry.rows():
            if here is None or here.flags(ours, "computed" in attribute.flags) is None:
                missing.setdefault(entry.resource, []).append(f"konnect_{name}.{path}")
    for name, lookup in table.lookups.items():
        function = lookup_here(lookup.function)
        for path, ours, attribute in lookup.rows():
            if function is None or not function.has(ours, "computed" in attribute.flags):
                missing.setdefault(lookup.function, []).append(f"data.konnect_{name}.{path}")
    return missing


def count(entries: Mapping[str, Entry]) -> int:
    """The attributes of all entries."""
    return sum(len(list(entry.rows())) for entry in entries.values())


def page(table: Table) -> str:
    """The documentation page, in Markdown."""
    total = count(table.resources) + count(table.lookups)
    lines = [
        "# Parity with the Terraform provider",
        "",
        "<!-- Written by `python -m tools.parity --write` from providers/konnect/parity.yaml. -->",
        "",
        f"Every attribute of `{table.provider}` for the gateways, and where it is here: {total} "
        f"attributes of {len(table.resources)} resources and {len(table.lookups)} data sources.",
        "",
        "Flags: **required**; **computed**, an output; **replaces**, a change needs a new object;",
        "**sensitive**, never shown; **set**, order means nothing. `ready.x` is the field `x` of",
        "what the resource's `ready` resolves to. `adopt_existing_id` takes Terraform's import id.",
        "",
        "## Resources",
        "",
        "| Terraform | here | attributes | import id | better here |",
        "| --- | --- | --: | --- | --- |",
    ]
    for name, entry in table.resources.items():
        anchor = f"[`konnect_{name}`](#konnect_{name})"
        better = "<br>".join(entry.better)
        number = len(list(entry.rows()))
        lines.append(
            f"| {anchor} | `{entry.resource}` | {number} | {_code(entry.import_id)} | {better} |"
        )
    only = ", ".join(f"`{name}`" for name in table.resources_ours_only)
    lines += [
        "",
        f"Only here: {only}.",
        "",
        "## Data sources",
        "",
        "| Terraform | here | attributes | better here |",
        "| --- | --- | --: | --- |",
    ]
    for name, lookup in table.lookups.items():
        anchor = f"[`data konnect_{name}`](#data-konnect_{name})"
        better = "<br>".join(lookup.better)
        number = len(list(lookup.rows()))
        lines.append(f"| {anchor} | `{lookup.function}` | {number} | {better} |")
    only = ", ".join(f"`{name}`" for name in table.lookups_ours_only)
    lines += ["", f"Only here: {only}."]
    for name, entry in table.resources.items():
        lines += ["", f"## konnect_{name}", "", *_attributes(entry)]
        if entry.ours_only:
            only = ", ".join(f"`{path}`" for path in entry.ours_only)
            lines += ["", f"Only here: {only}."]
    for name, lookup in table.lookups.items():
        lines += ["", f"## data konnect_{name}", "", *_attributes(lookup)]
    return "\n".join(lines) + "\n"


def _attributes(entry: Entry) -> Iterator[str]:
    yield "| Terraform | flags | here | flags here | why they differ |"
    yield "| --- | --- | --- | --- | --- |"
    for path, attribute in entry.attributes.items():
        terraform, ours = _words(attribute.flags), _words(attribute.ours_flags)
        place = f"`{attribute.ours or path}`"
        yield f"| `{path}` | {terraform} | {place} | {ours} | {attribute.differs} |"
    if entry.repeated:
        yield ""
    for word, names in entry.repeated.items():
        yield f"`<{word}>` is each of {', '.join(f'`{name}`' for name in names)}."


def _words(flags: Flags) -> str:
    return " ".join(flag for flag in FLAGS if flag in flags)


def _code(import_id: str) -> str:
    """An import id as code, without what is said about it in brackets."""
    form, _, remark = import_id.partition(" (")
    return f"`{form}`" + (f" ({remark}" if remark else "")


@app.command()
def main(
    write: Annotated[bool, typer.Option("--write", help="Write docs/parity.md.")] = False,
) -> None:
    """Print the totals of the table. Exits with 1 when an attribute is nowhere here."""
    table = load()
    if write:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page(table), encoding="utf-8")
        say(f"Wrote {PAGE.relative_to(CHECKOUT)}.")
    missing = unmapped(table)
    for name, paths in missing.items():
        what = "has not" if hasattr(konnect, name) else "is not there for"
        say(f"{name} {what} {', '.join(paths)}")
    lost = sum(map(len, missing.values()))
    total = count(table.resources) + count(table.lookups)
    covered = {e.resource for e in table.resources.values()} & resource_names()
    shown = Shown("", table.provider)
    shown.add_row("attributes mapped", str(total - lost))
    shown.add_row("unmapped", str(lost), style="bold red" if lost else "")
    shown.add_row("resources covered", str(len(covered)))
    Console(highlight=False).print(shown)
    sys.exit(1 if lost else 0)


if __name__ == "__main__":
    app()
