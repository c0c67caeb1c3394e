"""The declaration of a simulated cloud type, and the cloud that it is registered with.

One declaration is enough for Check, Diff, Create, Read, Update and Delete. A type is a table of
inputs, a few errors with the cloud's own codes, and functions for what is a real algorithm.
Property names are the camelCase names of the Pulumi SDK of that cloud.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from sandbox.accounts import AMBIENT, KONG
from sandbox.clouds.inputs import Failure, Input, OnDelete
from sandbox.clouds.wire import Values
from sandbox.store import Found, Store

if TYPE_CHECKING:
    from sandbox.clouds.world import World

Error = tuple[str, str] | tuple[str, str, int]
"""The cloud's code of an error, its text, and the HTTP status if it is not 400.

The text may have ``{id}``, ``{name}`` (the last part of the id), ``{by}`` (the objects that use
it), and what a rule adds.
"""


class CloudError(Exception):
    """The cloud refused a request. The text is what its provider plugin would print."""

    def __init__(self, code: str, text: str) -> None:
        """``code`` is the cloud's error code (``InvalidSubnet.Conflict``); ``text`` contains it."""
        super().__init__(text)
        self.code = code


Verb = Literal["create", "update", "delete"]
"""What a request does with an object, for the name of the operation in errors."""


@dataclass
class Call:
    """One request for an object, or for a function, as the functions of a type get it.

    ``values`` are the checked inputs. ``id`` and ``stored`` are those of the object before the
    request; a create and a function have none. ``action`` is the operation that creates an object
    of the type. ``found`` has the objects that the inputs refer to,
    by property path.
    """

    world: World
    config: Mapping[str, Any]
    token: str
    values: Values
    id: str = ""
    stored: Values | None = None
    action: str = ""
    verb: Verb = "create"
    found: dict[str, list[Found]] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        """The whole store, for counters and the clock."""
        return self.world.store

    @property
    def tenant(self) -> str:
        """The account, subscription or project of the request."""
        return self.world.tenant

    @property
    def place(self) -> str:
        """The region of the request, or empty."""
        return self.world.place

    def error(self, error: Error, **facts: object) -> CloudError:
        """The cloud's error, as its provider prints it."""
        return self.world.cloud.error(self, error, facts)

    def target(self, path: str) -> Values:
        """The body of the object that the input at ``path`` refers to; empty without one."""
        found = self.found.get(path)
        return found[0].body if found else {}


Rule = Callable[[Call], None]
"""A rule of the cloud on creates and updates. It raises CloudError."""
Check = Callable[[Values], Iterable[Failure]]
"""A check of a preview. It gets the inputs that are known; see ``wire.Given``."""


@dataclass(frozen=True)
class Autoname:
    """How the provider makes a missing name: the logical name and random hex digits, if any."""

    prop: str
    separator: str = "-"
    digits: int = 7
    longest: int = 255
    lower: bool = False
    guid: bool = False
    """Whether the whole name is a generated GUID."""

    @property
    def random(self) -> bool:
        """Whether a replacement gets another name, and can exist beside the object it replaces."""
        return self.guid or self.digits > 0


@dataclass(frozen=True)
class Operation:
    """A create, update or delete that locks objects while it runs.

    ``locks`` gives the names of the locked objects. ``seconds`` is the simulated duration.
    ``busy`` is the error for a second operation. ``queued`` tells whether the provider plugin lets
    its own requests wait for each other, so that only those of another one are refused.
    """

    locks: Callable[[Call], Iterable[str]]
    seconds: float
    busy: Error
    queued: bool = True


def nothing_more(call: Call, id_: str) -> Values:
    """No outputs of a new object."""
    del call, id_
    return {}


def no_change(call: Call) -> Values:
    """No outputs that an update changes."""
    del call
    return {}


def _no_more(call: Call) -> None:
    del call


def _as_stored(call: Call) -> Values | None:
    return call.stored


@dataclass(frozen=True)
class ResourceType:
    """A cloud type: its token in the SDK, its inputs and outputs, and its rules.

    ``id`` makes the id of a new object. ``made`` gives the outputs of a new object, ``changed``
    those that an update changes. ``created`` and ``deleted`` do what the cloud does beside it;
    ``deleted`` may refuse. ``read`` gives the current body, or None when the object is gone.

    ``missing`` is the error for an id of no object, ``taken`` for an id that exists, ``in_use``
    for a deletion while others refer to it: one error, or one by the token of the user.
    ``action`` is the operation in errors: ``EC2: CreateSubnet``.

    ``seconds`` is how long a new object takes on the simulated clock, and ``ready`` the outputs
    that it has then. 0 is at once. ``pending`` is the error for a reference to one that is not
    ready. ``visible`` tells whether a tenant sees, from a place, an object of another tenant or
    place.
    """

    token: str
    inputs: Mapping[str, Input]
    outputs: tuple[str, ...]
    id: Callable[[Call], str]
    made: Callable[[Call, str], Values] = nothing_more
    changed: Callable[[Call], Values] = no_change
    created: Callable[[Call], None] = _no_more
    deleted: Callable[[Call], None] = _no_more
    read: Callable[[Call], Values | None] = _as_stored
    rules: tuple[Rule, ...] = ()
    checks: tuple[Check, ...] = ()
    action: str = ""
    missing: Error = ("NotFound", "{id} does not exist", 404)
    taken: Error = ("AlreadyExists", "{id} already exists", 409)
    in_use: Error | Mapping[str, Error] = ("InUse", "{id} is in use by {by}")
    pending: Error = ("NotReady", "{id} is not ready", 409)
    autoname: Autoname | None = None
    secret_outputs: frozenset[str] = frozenset()
    operation: Operation | None = None
    seconds: float = 0
    ready: Mapping[str, Any] = field(default_factory=dict)
    regional: bool = True
    visible: Callable[[World, Found], bool] | None = None

    def body(self, inputs: Values, outputs: Values) -> Values:
        """The stored body of an object: inputs and outputs, with path inputs hidden."""
        seen = {
            f"_{name}" if self.inputs[name].path else name: value
            for name, value in inputs.items()
            if name in self.inputs
        }
        return {**seen, **outputs}

    def values(self, body: Values) -> Values:
        """The inputs that a stored body was made of."""
        found = {}
        for name, spec in self.inputs.items():
            value = body.get(f"_{name}" if spec.path else name)
            if value is not None:
                found[name] = value
        return found

    def inputs_of(self, body: Values, known: Values) -> Values:
        """The inputs that describe the current ``body``, for a refresh or an import.

        A refresh returns the inputs in ``known``, which the program set, and tags or labels that
        others added. An import (empty ``known``) returns every input that has a value.
        """
        found: Values = {key: value for key, value in known.items() if key.startswith("__")}
        for name, value in self.values(body).items():
            if not known or name in known or (value and name in ("tags", "labels")):
                given = known.get(name)
                spec = self.inputs[name]
                value = spec.without_outputs(value)
                spelt = isinstance(given, str) and spec.same and spec.same(given, value)
                filled_in = any(member.computed for member in spec.members.values())
                kept = spelt or (filled_in and spec.equal(value, given))
                found[name] = given if kept else value
        return found

    @cached_property
    def on_delete(self) -> Mapping[str, OnDelete]:
        """Property path of a reference -> what the deletion of its target does to the holder."""
        return dict(_policies("", self.inputs))


def _policies(prefix: str, inputs: Mapping[str, Input]) -> Iterator[tuple[str, OnDelete]]:
    for name, spec in inputs.items():
        if spec.ref is not None:
            yield prefix + name, spec.ref.on_delete
        yield from _policies(f"{prefix}{name}.", spec.members)


Function = Callable[[Call], Values]
"""A function (data source) of a package: from its arguments (``values``) to its result."""


class Cloud:
    """One cloud and its provider package: what all its types share. Types register with it."""

    name: str
    """``aws``, ``azure`` or ``gcp``."""
    package: str
    """The name of the provider package."""
    version: str
    """The version of the SDK that the project pins. The engine warns when they differ."""
    records_defaults: bool = True
    """Whether inputs with defaults are listed under ``__defaults``, as in bridged providers."""

    def __init__(self) -> None:
        self.types: dict[str, ResourceType] = {}
        self.functions: dict[str, Function] = {}

    def register(self, type_: ResourceType) -> ResourceType:
        """Add a type. Returns it, so that a declaration is one expression."""
        if type_.token in self.types:
            raise ValueError(f"{type_.token} is declared twice")
        self.types[type_.token] = type_
        return type_

    def function(self, token: str) -> Callable[[Function], Function]:
        """Register the decorated function of the package under its token."""

        def register(function: Function) -> Function:
            self.functions[token] = function
            return function

        return register

    def own_tenant(self, tenant: str) -> str:
        """``tenant``, or the ambient one. Raises CloudError for Kong's."""
        found = tenant or AMBIENT[self.name]
        if found == KONG[self.name]:
            raise CloudError("AccessDenied", f"access to {found} is denied: it is Kong's")
        return found

    def tenant(self, config: Mapping[str, Any], values: Values, token: str) -> str:
        """The tenant of a request, from the provider's configuration and the inputs."""
        raise NotImplementedError

    def place(self, config: Mapping[str, Any], values: Values, token: str) -> str:
        """The place of a request, or empty where ids say the place. Raises CloudError."""
        del config, values, token
        return ""

    def tenant_of_id(self, id_: str, tenant: str) -> str:
        """The tenant in an id; ``tenant`` where the ids of the cloud do not say it."""
        del id_
        return tenant

    def types_of_id(self, id_: str) -> tuple[ResourceType, ...]:
        """The type of an object where its id says it: for references to objects of any type."""
        del id_
        return ()

    def place_of_id(self, id_: str, place: str) -> str:
        """The place in an id; ``place`` where the ids of the cloud do not say it."""
        del id_
        return place

    def error(self, call: Call, error: Error, facts: Mapping[str, object]) -> CloudError:
        """The error that the provider prints for one of the cloud."""
        raise NotImplementedError


def name_of(id_: str) -> str:
    """The last part of an id."""
    return id_.rstrip("/").rsplit("/", 1)[-1]


def filled(error: Error, facts: Mapping[str, object]) -> tuple[str, str, int]:
    """(code, text with the facts, HTTP status) of an error."""
    code, text = error[0], error[1]
    status = error[2] if len(error) > 2 else 400
    named = {"name": name_of(str(facts["id"])), **facts} if "id" in facts else facts
    return code, text.format_map(named), status
