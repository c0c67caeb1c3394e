"""The declaration of a simulated cloud type: its inputs, its outputs and the cloud's rules.

One declaration is enough for Check, Diff, Create, Read, Update and Delete. So a type is a table of
inputs and a few functions with the cloud's own rules. Property names are the camelCase names of the
Pulumi SDK of that cloud.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sandbox.clouds.wire import Values, is_unknown
from sandbox.store import Store

Kind = Literal["text", "flag", "whole", "texts", "map", "block", "blocks"]
Failure = tuple[str, str]
"""A wrong property, and the reason."""

_NOUN: Mapping[Kind, tuple[str, tuple[type, ...]]] = {
    "text": ("a string", (str,)),
    "flag": ("a boolean", (bool,)),
    "whole": ("an integer", (int,)),
    "texts": ("a list of strings", (list,)),
    "map": ("a map of strings", (dict,)),
    "block": ("an object", (dict,)),
    "blocks": ("a list of objects", (list,)),
}


class CloudError(Exception):
    """The cloud refused a request. The text is what its provider plugin would print."""

    def __init__(self, code: str, text: str) -> None:
        """``code`` is the cloud's error code (``InvalidSubnet.Conflict``); ``text`` contains it."""
        super().__init__(text)
        self.code = code


@dataclass(frozen=True)
class Input:
    """One input property.

    ``replace`` says whether a change needs a new object; it may be a function of the old and
    the new value. The cloud fills in ``computed`` inputs that are left out. Such a value stays
    when the program later omits the input. ``unordered`` lists are sets. ``path`` inputs are part
    of the id and are never outputs. ``same`` says which spellings are equal for the cloud.
    """

    kind: Kind
    required: bool = False
    default: Any = None
    replace: bool | Callable[[Any, Any], bool] = False
    computed: bool = False
    unordered: bool = False
    path: bool = False
    choices: tuple[str, ...] = ()
    members: Mapping[str, Input] = field(default_factory=dict)
    same: Callable[[str, str], bool] | None = None

    def forces_new(self, old: Any, new: Any) -> bool:
        """Whether the change from ``old`` to ``new`` needs a new object."""
        if not callable(self.replace):
            return self.replace
        return old is None or new is None or is_unknown(new) or self.replace(old, new)

    def problems(self, at: str, value: Any) -> Iterable[Failure]:
        """The problems of ``value``, which is at the property path ``at``."""
        if is_unknown(value):
            return
        noun, types = _NOUN[self.kind]
        wrong = not isinstance(value, types)
        if self.kind == "whole":  # a bool is an int to Python, not to a cloud
            wrong = wrong or isinstance(value, bool)
        if wrong:
            yield at, f"expected {noun}, got {value!r}"
        elif self.choices and value not in self.choices:
            yield at, f"expected {at} to be one of {list(self.choices)}, got {value!r}"
        elif self.kind == "texts":
            for index, item in enumerate(value):
                if not isinstance(item, str):
                    yield f"{at}[{index}]", f"expected a string, got {item!r}"
        elif self.kind == "block":
            yield from problems(self.members, value, f"{at}.", at)
        elif self.kind == "blocks":
            for index, item in enumerate(value):
                if is_unknown(item):
                    continue
                place = f"{at}[{index}]"
                if isinstance(item, dict):
                    yield from problems(self.members, item, f"{place}.", place)
                else:
                    yield place, f"expected an object, got {item!r}"


def problems(
    inputs: Mapping[str, Input], values: Values, prefix: str, owner: str
) -> Iterable[Failure]:
    """All unknown, missing and wrongly typed members of ``values``; messages name ``owner``."""
    for name in values:
        if name not in inputs and not name.startswith("__"):
            yield prefix + name, f"the sandbox does not model the input {name} of {owner}"
    for name, spec in inputs.items():
        if name in values:
            yield from spec.problems(prefix + name, values[name])
        elif spec.required:
            yield prefix + name, f'Missing required argument: "{name}" of {owner} is required.'


@dataclass(frozen=True)
class Call:
    """One request, as the functions of a type get it."""

    store: Store
    cloud: str
    token: str
    config: Mapping[str, Any]


@dataclass(frozen=True)
class Autoname:
    """How the provider generates a missing name: the logical name and random hex digits."""

    prop: str
    separator: str = "-"
    digits: int = 7
    longest: int = 255
    lower: bool = False
    guid: bool = False
    """Whether the whole name is a generated GUID."""


Create = Callable[[Call, Values], tuple[str, Values]]
"""From checked inputs to (id, outputs); raises CloudError. The caller stores the object."""
Update = Callable[[Call, str, Values, Values], Values]
"""From id, stored body and new inputs to the changed outputs; raises CloudError."""
Delete = Callable[[Call, str, Values], None]
"""From id and stored body; raises CloudError to refuse. The caller deletes the object."""
Read = Callable[[Call, str, Values], Values | None]
"""From id and stored body to the current body, or None when the object is gone."""
Check = Callable[[Values], Iterable[Failure]]


def nothing_more(call: Call, id_: str, body: Values) -> None:
    """Delete without a rule."""
    del call, id_, body


def as_given(call: Call, id_: str, body: Values, inputs: Values) -> Values:
    """Update without a rule."""
    del call, id_, body, inputs
    return {}


def as_stored(call: Call, id_: str, body: Values) -> Values | None:
    """Read the stored body."""
    del call, id_
    return body


def no_failures(inputs: Values) -> Iterable[Failure]:
    """Check nothing more than the declaration."""
    del inputs
    return ()


@dataclass(frozen=True)
class Operation:
    """A create, update or delete that takes time and locks objects.

    ``locks`` gives the names of the locked objects from the inputs or the stored object.
    ``seconds`` is the simulated duration. ``busy`` makes the error for a second operation.
    """

    locks: Callable[[Call, Values], Iterable[str]]
    seconds: float
    busy: Callable[[], CloudError]


@dataclass(frozen=True)
class ResourceType:
    """A cloud type: its token in the SDK, its inputs and outputs, and its rules."""

    token: str
    inputs: Mapping[str, Input]
    outputs: tuple[str, ...]
    create: Create
    update: Update = as_given
    delete: Delete = nothing_more
    read: Read = as_stored
    check: Check = no_failures
    autoname: Autoname | None = None
    secret_outputs: frozenset[str] = frozenset()
    operation: Operation | None = None

    def body(self, inputs: Values, outputs: Values) -> Values:
        """The stored body of an object: inputs and outputs, with path inputs hidden."""
        seen = {
            f"_{name}" if self.inputs[name].path else name: value
            for name, value in inputs.items()
            if name in self.inputs
        }
        return {**seen, **outputs}

    def inputs_of(self, body: Values, known: Values) -> Values:
        """The inputs that describe the current ``body``, for a refresh or an import.

        A refresh returns the inputs in ``known``, which the program set, and tags or labels that
        others added. An import (empty ``known``) returns every input that has a value.
        """
        found: Values = {key: value for key, value in known.items() if key.startswith("__")}
        for name, spec in self.inputs.items():
            value = body.get(name, body.get(f"_{name}"))
            wanted = not known or name in known or (value and name in ("tags", "labels"))
            if wanted and value is not None:
                given = known.get(name)
                spelt = isinstance(given, str) and spec.same and spec.same(given, value)
                found[name] = given if spelt else value
        return found


Invoke = Callable[[Call, Values], Values]


@dataclass(frozen=True)
class Package:
    """One provider plugin: its name and version for the engine, and its types."""

    name: str
    version: str
    cloud: str
    types: Mapping[str, ResourceType]
    invokes: Mapping[str, Invoke]
    records_defaults: bool = True
    """Whether inputs with defaults are listed under ``__defaults``, as in bridged providers."""
