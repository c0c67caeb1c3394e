"""The inputs, outputs and look-ups of this project, with their flags, by dotted path."""

from __future__ import annotations

import collections.abc
import importlib
import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from providers import konnect
from providers.base.model import HIDDEN, Inputs, SetOf, Trait
from providers.base.resource import output_names
from providers.konnect.resource import KonnectResource
from tools.parity.table import Flag, Flags

_SET: Final = get_args(SetOf)[1]


@dataclass(frozen=True)
class ResourceHere:
    """The inputs and outputs of a resource class, by dotted path."""

    inputs: type[Inputs]
    outputs: frozenset[str]
    secret_outputs: frozenset[str]
    ready: Any = None

    def flags(self, path: str, computed: bool) -> Flags | None:
        """The flags of the input (or ``computed``: the output) at ``path``; None: there is none."""
        name, *rest = path.split(".")
        if not computed:
            return self._input_flags(name, rest)
        if path.startswith("get_") and path in konnect.__all__:
            return frozenset({"computed"})  # A look-up returns it; it is not in state.
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
        required = any(info.is_required() for info in found) or _is_tag(found)
        flags.add("required" if required else "optional")
        if any(_is_set(info) for info in found):
            flags.add("set")
        traits = self.inputs.traits(name)
        if Trait.IMMUTABLE in traits:
            flags.add("replaces")
        if traits & HIDDEN:
            flags.add("sensitive")
        return frozenset(flags)

    def input_paths(self) -> Iterator[str]:
        """Every input but local ones, and every field of a nested part."""
        for name, info in self.inputs.model_fields.items():
            if Trait.LOCAL not in self.inputs.traits(name):
                yield from _paths(name, info.annotation)


@dataclass(frozen=True)
class LookupHere:
    """The arguments and the result of a look-up, and the names of all look-ups."""

    arguments: frozenset[str]
    result: Any
    others: frozenset[str]

    def has(self, path: str, computed: bool) -> bool:
        """Whether ``path`` is a field of the result, or else an argument or another look-up."""
        if computed:
            return leads(self.result, path.split("."))
        return path in self.arguments | self.others


def resource_here(name: str) -> ResourceHere | None:
    """The resource class of this name, or None."""
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
    """The look-up of this name, or None."""
    function = getattr(konnect, name, None)
    if function is None:
        return None
    hints = get_type_hints(function)
    result = hints.pop("return")
    return LookupHere(frozenset(hints), result, lookup_names())


def resource_names() -> frozenset[str]:
    """The names of the resource classes."""
    return frozenset(
        name
        for name, item in vars(konnect).items()
        if isinstance(item, type) and issubclass(item, KonnectResource)
    )


def lookup_names() -> frozenset[str]:
    """The names of the look-ups, without their ``_output`` forms."""
    return frozenset(
        name.removesuffix("_output") for name in konnect.__all__ if name.startswith("get_")
    )


def leads(annotation: Any, path: Sequence[str]) -> bool:
    """Whether a type has a field at ``path``. A free mapping has every field."""
    if not path:
        return True
    return any(leads(info.annotation, path[1:]) for info in _below(annotation, path[0]))


def _leaves(annotation: Any) -> Iterator[Any]:
    """The types that a value of ``annotation``, or an item of its list, can have."""
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
    """The fields of this name, one for each member of a union. A mapping has every name."""
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
    """Whether it is a literal with one value, which selects the member of a union."""
    return all(
        get_origin(info.annotation) is Literal and len(get_args(info.annotation)) == 1
        for info in found
    )


def _is_set(info: FieldInfo) -> bool:
    return _SET in info.metadata or any(
        _SET in getattr(arg, "__metadata__", ()) for arg in get_args(info.annotation)
    )
