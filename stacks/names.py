"""Converts documents between the names of the models and the camelCase of Pulumi packages.

A stack file and Python write ``api_access``. Programs that use the Pulumi package write
``apiAccess``, as Pulumi's other packages do. Only the names of models' fields are converted. The
keys of maps are the user's data and stay as they are: region keys, labels, the configuration of a
Kong plugin.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Final, Union, get_args, get_origin

import pulumi
from pydantic import BaseModel

if TYPE_CHECKING:
    from stacks.errors import Path, Problem

Model = type[BaseModel]
Types = tuple[Any, ...]
"""The types that a value may have; none for a value that is the user's data."""


def camel_case(name: str) -> str:
    """Write the name of a field in camelCase: ``base_rps`` becomes ``baseRps``."""
    first, *others = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in others)


def to_camel_case(model: Model, document: Any) -> Any:
    """Convert a document with the field names of ``model`` to camelCase."""
    return _renamed((model,), document, lambda fields, key: camel_case(key))


def to_field_names(model: Model, document: Any) -> Any:
    """Convert a document in camelCase to the field names of ``model``.

    A key that already is a field name is kept, and so is a key that is neither.
    """
    return _renamed((model,), document, _field_name)


def snake_case_paths(model: Model, document: Any) -> Iterator[Path]:
    """The paths of the keys that are written as in a stack file instead of in camelCase."""
    yield from _snake_case_paths((model,), document, ())


def problem_in_camel_case(model: Model, problem: Problem) -> Problem:
    """Convert the path, the words and the value of a problem about a converted document.

    Words are kept in a problem about the user's data, such as the configuration of a plugin.
    """
    types: Types = (model,)
    path: list[str | int] = []
    for step in problem.path:
        fields = _fields(types)
        path.append(camel_case(step) if isinstance(step, str) and step in fields else step)
        types = below(types, step) or ((str,) if fields else ())  # a key that the model lacks
    if _is_data(types):
        return replace(problem, path=tuple(path))
    return replace(
        problem,
        path=tuple(path),
        wrong=words_in_camel_case(model, problem.wrong),
        remedy=words_in_camel_case(model, problem.remedy),
        value=_renamed(types, problem.value, lambda fields, key: camel_case(key)),
    )


def words_in_camel_case(model: Model, text: str) -> str:
    """Convert each field name of ``model`` and of its parts in a message."""
    names = _names(model)
    return _WORD.sub(lambda word: camel_case(word[0]) if word[0] in names else word[0], text)


_WORD: Final = re.compile(r"(?<![\w/{.-])[a-z0-9]+(?:_[a-z0-9]+)+(?![\w/-])")


def models_of(model: Model) -> frozenset[Model]:
    """A model and all models of its parts."""
    found: set[Model] = set()
    waiting: list[Any] = [model]
    while waiting:
        for form in _forms((waiting.pop(),)):
            if _is_model(form):
                if form not in found:
                    found.add(form)
                    waiting += [field.annotation for field in form.model_fields.values()]
            else:
                waiting += [part for part in get_args(form) if part is not ...]
    return frozenset(found)


@cache
def _names(model: Model) -> frozenset[str]:
    """The field names in a model and its parts that are written differently in camelCase."""
    names = {name for part in models_of(model) for name in part.model_fields}
    return frozenset(name for name in names if camel_case(name) != name)


def _field_name(fields: Mapping[str, Types], key: str) -> str:
    """The field that a key in camelCase stands for, or the key itself."""
    if key in fields:
        return key
    return next((name for name in fields if camel_case(name) == key), key)


def _renamed(types: Types, value: Any, rename: Callable[[Mapping[str, Types], str], str]) -> Any:
    """Copy a value. ``rename`` gives the new name of a key that stands for a field."""
    if isinstance(value, Mapping):
        fields = _fields(types)
        copy = {}
        for key, item in value.items():
            name = _field_name(fields, key) if isinstance(key, str) else key
            renamed = rename(fields, key) if name in fields else key
            copy[renamed] = _renamed(below(types, name), item, rename)
        return copy
    if isinstance(value, list | tuple):
        return [_renamed(below(types, index), item, rename) for index, item in enumerate(value)]
    return value


def _snake_case_paths(types: Types, value: Any, path: Path) -> Iterator[Path]:
    if isinstance(value, Mapping):
        fields = _fields(types)
        for key, item in value.items():
            if key in fields and camel_case(key) != key:
                yield (*path, key)
            yield from _snake_case_paths(below(types, key), item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _snake_case_paths(below(types, index), item, (*path, index))


def _forms(types: Types) -> Iterator[Any]:
    """The models, containers and plain types among types, without wrappers around them."""
    for one in types:
        origin: Any = get_origin(one)
        arguments = get_args(one)
        if origin in (Annotated, pulumi.Output):
            yield from _forms(arguments[:1])
        elif origin in (Union, UnionType):
            yield from _forms(arguments)
        else:
            yield one


def takes_outputs(types: Types) -> bool:
    """Whether a type says that its value may be an Output."""
    return any(_has_output(one) for one in types)


def takes_anything(types: Types) -> bool:
    """Whether a value may be of any type, as in the user's data."""
    return not types or Any in types


def _has_output(one: Any) -> bool:
    origin: Any = get_origin(one)
    if origin is pulumi.Output:
        return True
    wrapped = origin in (Annotated, Union, UnionType)
    return wrapped and any(_has_output(argument) for argument in get_args(one))


def _is_data(types: Types) -> bool:
    """Whether a value is the user's data: of any type, or a map of such values."""
    forms = [form for form in _forms(types) if form is not NoneType]
    return all(form is Any or get_args(form)[-1:] == (Any,) for form in forms)


def _is_model(form: Any) -> bool:
    return isinstance(form, type) and issubclass(form, BaseModel)


def _fields(types: Types) -> dict[str, Types]:
    """The fields of the models among types, each with its types."""
    fields: dict[str, Types] = {}
    for form in _forms(types):
        if _is_model(form):
            for name, field in form.model_fields.items():
                fields[name] = (*fields.get(name, ()), field.annotation)
    return fields


def below(types: Types, step: object) -> Types:
    """The types of what is at a key or an index. A key may be in camelCase."""
    fields = _fields(types)
    if isinstance(step, str) and (name := _field_name(fields, step)) in fields:
        return fields[name]
    below: list[Any] = []
    for form in _forms(types):
        origin, arguments = get_origin(form), get_args(form)
        if isinstance(step, int) and origin in (list, tuple, Sequence):
            below += [one for one in arguments if one is not ...]
        elif isinstance(step, str) and origin in (dict, Mapping):
            below.append(arguments[1])
    return tuple(below)
