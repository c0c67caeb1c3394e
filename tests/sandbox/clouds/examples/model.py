"""Example objects of a cloud: every type, with every reference of its declaration.

The tests over all types are made from these. A new type needs an example for each of its
references, and no test of its own for what a reference means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.clouds.declare import Cloud
from sandbox.clouds.inputs import Ref
from tests.sandbox.clouds.harness import Made, Provider

Pick = str | Callable[[Made], Any]


@dataclass(frozen=True)
class Of:
    """In the inputs of an example: a value of another example, which is created first.

    ``pick`` is the name of an output, ``id``, or a function.
    """

    name: str
    pick: Pick = "id"

    def value(self, made: Made) -> Any:
        if callable(self.pick):
            return self.pick(made)
        return made.id if self.pick == "id" else made[self.pick]


@dataclass(frozen=True)
class Example:
    """An object of a type.

    ``by_other`` ones belong to the other tenant. ``after`` names examples that must exist though
    no input names them.
    """

    token: str
    inputs: Mapping[str, Any]
    by_other: bool = False
    after: tuple[str, ...] = ()


@dataclass(frozen=True)
class Examples:
    """The examples of one cloud.

    ``own`` and ``other`` configure the providers of the examples, ``third`` that of a tenant that
    shares nothing with them. ``away`` is merged into the first two for another place; None for a
    cloud whose references know no place.

    ``third_tenant`` and ``other_place`` say what the cloud answers to a reference to an object
    there, where it is not the error for an object that does not exist: (token or name of an
    example, property path) -> code, or None when the cloud permits it.

    ``missing`` makes the value of a reference to nothing from that of one to an object.
    """

    cloud: Cloud
    own: Mapping[str, Any]
    other: Mapping[str, Any]
    third: Mapping[str, Any]
    examples: Mapping[str, Example]
    away: Mapping[str, Any] | None = None
    third_tenant: Mapping[tuple[str, str], str | None] = field(default_factory=dict)
    other_place: Mapping[tuple[str, str], str | None] = field(default_factory=dict)
    missing: Callable[[Any], Any] = lambda value: f"{value}0"


class Builder:
    """Creates examples, each once, with what they refer to."""

    def __init__(self, of: Examples, own: Provider, other: Provider) -> None:
        self._of = of
        self._own, self._other = own, other
        self.made: dict[str, Made] = {}
        """Name -> object, in order of creation."""

    def provider(self, name: str) -> Provider:
        return self._other if self._of.examples[name].by_other else self._own

    def build(self, name: str) -> Made:
        """Create the example, unless it exists already."""
        if name not in self.made:
            self.made[name] = self.create(name, self.inputs(name))
        return self.made[name]

    def create(self, name: str, inputs: Mapping[str, Any]) -> Made:
        return self.provider(name).create(self._of.examples[name].token, name, **inputs)

    def inputs(self, name: str, instead: tuple[str, Any] | None = None) -> dict[str, Any]:
        """The inputs of an example, with what they refer to created.

        ``instead`` is (property path, value) to use for a reference.
        """
        example = self._of.examples[name]
        for needed in example.after:
            self.build(needed)
        return {
            prop: self._resolved(prop, value, instead) for prop, value in example.inputs.items()
        }

    def _resolved(self, path: str, value: Any, instead: tuple[str, Any] | None) -> Any:
        if isinstance(value, Of):
            if instead is not None and instead[0] == path:
                return instead[1]
            return value.value(self.build(value.name))
        if isinstance(value, dict):
            return {
                key: self._resolved(f"{path}.{key}", item, instead) for key, item in value.items()
            }
        if isinstance(value, list):
            return [self._resolved(path, item, instead) for item in value]
        return value


@dataclass(frozen=True)
class Reference:
    """A reference of an example to another one."""

    of: Examples
    name: str
    """The example that refers."""
    path: str
    target: Of
    ref: Ref
    fixed: bool

    @property
    def token(self) -> str:
        return self.of.examples[self.name].token

    @property
    def missing(self) -> str:
        """The code of the error for an object that does not exist."""
        target = self.of.cloud.types[self.of.examples[self.target.name].token]
        return (self.ref.missing or target.missing)[0]

    def answer(self, answers: Mapping[tuple[str, str], str | None]) -> str | None:
        """What the cloud answers to this reference: one of ``answers``, or that of ``missing``."""
        of_type = answers.get((self.token, self.path), self.missing)
        return answers.get((self.name, self.path), of_type)

    def __str__(self) -> str:
        return f"{self.of.cloud.name} {self.name} {self.path}"


def references(of: Examples) -> Iterator[Reference]:
    """Every reference that an example has."""
    for name, example in of.examples.items():
        type_ = of.cloud.types[example.token]
        seen: set[str] = set()
        for path, target in _marks(example.inputs):
            ref = _declared(type_.inputs, path)
            if ref is not None and path not in seen:
                seen.add(path)
                fixed = type_.inputs[path.split(".")[0]].fixed is not False
                yield Reference(of, name, path, target, ref, fixed)


def _marks(inputs: Mapping[str, Any]) -> Iterator[tuple[str, Of]]:
    """(property path, mark) of the values of other examples."""
    for prop, value in inputs.items():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, Of):
                yield prop, item
            elif isinstance(item, dict):
                yield from ((f"{prop}.{path}", mark) for path, mark in _marks(item))


def _declared(inputs: Mapping[str, Any], path: str) -> Ref | None:
    """The reference that a type declares at a property path."""
    first, _, rest = path.partition(".")
    spec = inputs[first]
    if rest:
        return _declared(spec.members, rest)
    found: Ref | None = spec.ref
    return found
