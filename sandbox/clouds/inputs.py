"""The inputs of a cloud type: their form, and what a reference in them means.

An input is declared once. From its declaration follow the checks of a preview, the comparison of
old and new values, the search for the object that a reference names, and what happens to the
holder of a reference when that object is deleted.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from sandbox.clouds.wire import Values, is_unknown

if TYPE_CHECKING:
    from sandbox.clouds.declare import Call, Error, ResourceType

Kind = Literal["text", "flag", "whole", "number", "texts", "wholes", "map", "block", "blocks"]
Failure = tuple[str, str]
"""A wrong property, and the reason."""
OnDelete = Literal["block", "cascade", "keep"]
"""What the deletion of an object does to a holder of a reference to it.

``block`` refuses the deletion, ``cascade`` deletes the holder too, ``keep`` leaves the holder as
it is, with a reference to nothing.
"""

_NOUN: Mapping[Kind, tuple[str, tuple[type, ...]]] = {
    "text": ("a string", (str,)),
    "flag": ("a boolean", (bool,)),
    "whole": ("an integer", (int,)),
    "number": ("a number", (int, float)),
    "texts": ("a list of strings", (list,)),
    "wholes": ("a list of integers", (list,)),
    "map": ("a map of strings", (dict,)),
    "block": ("an object", (dict,)),
    "blocks": ("a list of objects", (list,)),
}


@dataclass(frozen=True)
class Ref:
    """A reference to an object of one of the ``targets``; without any, of the type its id says.

    A target is a type, or the token of a type that is declared later. ``find`` makes the id of
    the target from the value of the input. ``elsewhere`` references may name an object of another
    account, subscription or project, and of another region. ``missing`` replaces the target's own
    error for an object that does not exist. ``names_object`` is a test of the value: when it is
    false, the value names no object of the sandbox.
    """

    targets: tuple[ResourceType | str, ...]
    on_delete: OnDelete = "block"
    find: Callable[[Call, str], str] | None = None
    elsewhere: bool = False
    missing: Error | None = None
    names_object: Callable[[Call, str], bool] | None = None


@dataclass(frozen=True)
class Input:
    """One input property.

    ``fixed`` says whether a change needs a new object; it may be a function of the old and the
    new value. The cloud fills in ``computed`` inputs that are left out. Such a value stays when
    the program later omits the input, or a member of one. ``unordered`` lists are sets.
    ``path`` inputs are part of the id and are never outputs. ``same`` says which spellings are
    equal for the cloud. ``between`` has the least and the largest number. ``form`` finds fault
    with the value of a text, or with each text of a list. ``allowed`` are the numbers that a list
    of integers may have.
    ``returned`` makes the value that the provider returns, where its form is another one.
    """

    kind: Kind
    required: bool = False
    default: Any = None
    fixed: bool | Callable[[Any, Any], bool] = False
    computed: bool = False
    unordered: bool = False
    path: bool = False
    choices: tuple[str, ...] = ()
    between: tuple[int, int] | None = None
    allowed: tuple[int, ...] = ()
    members: Mapping[str, Input] = field(default_factory=dict)
    same: Callable[[str, str], bool] | None = None
    form: Callable[[str, str], Iterable[Failure]] | None = None
    ref: Ref | None = None
    returned: Callable[[Any], Any] | None = None

    def forces_new(self, old: Any, new: Any) -> bool:
        """Whether the change from ``old`` to ``new`` needs a new object."""
        if not callable(self.fixed):
            return self.fixed
        return old is None or new is None or is_unknown(new) or self.fixed(old, new)

    def problems(self, at: str, value: Any) -> Iterator[Failure]:
        """The problems of ``value``, which is at the property path ``at``."""
        if is_unknown(value):
            return
        noun, types = _NOUN[self.kind]
        wrong = not isinstance(value, types)
        if self.kind in ("whole", "number"):  # a bool is an int to Python, not to a cloud
            wrong = wrong or isinstance(value, bool)
        if wrong:
            yield at, f"expected {noun}, got {value!r}"
        elif self.choices and value not in self.choices:
            yield at, f"expected {at} to be one of {list(self.choices)}, got {value!r}"
        elif self.between and not self.between[0] <= value <= self.between[1]:
            least, most = self.between
            yield at, f"expected {at} to be in the range ({least} - {most}), got {value}"
        elif self.kind == "text" and self.form is not None:
            yield from self.form(at, value)
        elif self.kind == "texts":
            for index, item in enumerate(value):
                yield from self._text_problems(f"{at}[{index}]", item)
        elif self.kind == "wholes":
            for index, item in enumerate(value):
                if not is_unknown(item) and item not in self.allowed:
                    allowed = list(self.allowed)
                    yield f"{at}[{index}]", f"expected {at} to be one of {allowed}, got {item!r}"
        elif self.kind == "map":
            for key, item in value.items():
                yield from self._text_problems(f"{at}.{key}", item)
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

    def _text_problems(self, at: str, item: Any) -> Iterator[Failure]:
        if is_unknown(item):
            return
        if not isinstance(item, str):
            yield at, f"expected a string, got {item!r}"
        elif self.form is not None:
            yield from self.form(at, item)

    def equal(self, old: Any, new: Any) -> bool:
        """Whether two values are equal for the cloud, whatever their order and spelling."""
        if isinstance(old, str) and isinstance(new, str) and self.same is not None:
            return self.same(old, new)
        if isinstance(old, dict) and isinstance(new, dict) and self.members:
            return all(self._member_equal(key, old, new) for key in {*old, *new})
        if isinstance(old, list) and isinstance(new, list):
            if self.unordered and any(spec.computed for spec in self.members.values()):
                return len(old) == len(new) and self._same_members(old, new)
            pairs = zip(self.canonical(old), self.canonical(new), strict=False)
            return len(old) == len(new) and all(self._item_equal(*pair) for pair in pairs)
        return bool(old == new)

    def _same_members(self, old: list[Any], new: list[Any]) -> bool:
        """Whether each member of a set has its equal in the other, which is as large.

        The members with the most properties choose first.
        """
        left = list(old)
        for item in sorted(new, key=lambda one: -len(one) if isinstance(one, dict) else 0):
            match = next((one for one in left if self._item_equal(one, item)), None)
            if match is None:
                return False
            left.remove(match)
        return True

    def _member_equal(self, key: str, old: Values, new: Values) -> bool:
        before, after = old.get(key), new.get(key)
        spec = self.members.get(key)
        if spec is not None and spec.computed and after is None:
            return True
        return bool(before == after) if spec is None else spec.equal(before, after)

    def _item_equal(self, old: Any, new: Any) -> bool:
        nested = isinstance(old, dict) or self.same is not None
        return self.equal(old, new) if nested else bool(old == new)

    def canonical(self, value: Any) -> Any:
        """``value`` with the members of every set in one order."""
        if isinstance(value, dict) and self.members:
            return {
                key: self.members[key].canonical(item) if key in self.members else item
                for key, item in value.items()
            }
        if isinstance(value, list):
            items = [self.canonical(item) if self.kind == "blocks" else item for item in value]
            return sorted(items, key=_as_text) if self.unordered else items
        return value

    def without_outputs(self, value: Any) -> Any:
        """``value`` without the members of objects, at any depth, that only the cloud sets."""
        if self.kind == "blocks" and isinstance(value, list):
            return [self._members_of(item) for item in value]
        return self._members_of(value) if self.kind == "block" else value

    def _members_of(self, value: Any) -> Any:
        if not self.members or not isinstance(value, dict):
            return value
        return {
            key: self.members[key].without_outputs(item)
            for key, item in value.items()
            if key in self.members
        }

    def references(self, at: str, value: Any) -> Iterator[tuple[str, Ref, str]]:
        """(property path, reference, value) of each reference in ``value``."""
        if value is None or is_unknown(value):
            return
        if self.ref is not None:
            values = value if isinstance(value, list) else [value]
            for item in values:
                yield at, self.ref, item
        elif self.members:
            items = value if isinstance(value, list) else [value]
            for item in items:
                for name, spec in self.members.items():
                    yield from spec.references(f"{at}.{name}", item.get(name))


def _as_text(value: Any) -> str:
    return json.dumps(value, sort_keys=True).lower()


def problems(
    inputs: Mapping[str, Input], values: Values, prefix: str, owner: str
) -> Iterator[Failure]:
    """All unknown, missing and wrongly typed members of ``values``; messages name ``owner``."""
    for name in values:
        if name not in inputs and not name.startswith("__"):
            yield prefix + name, f"the sandbox does not model the input {name} of {owner}"
    for name, spec in inputs.items():
        if name in values:
            yield from spec.problems(prefix + name, values[name])
        elif spec.required:
            yield prefix + name, f'Missing required argument: "{name}" of {owner} is required.'


def references(inputs: Mapping[str, Input], values: Values) -> Iterator[tuple[str, Ref, str]]:
    """(property path, reference, value) of each reference in ``values``."""
    for name, spec in inputs.items():
        yield from spec.references(name, values.get(name))


# Constructors, so that a declaration reads as a table.


def text(**how: Any) -> Input:
    """A string."""
    return Input("text", **how)


def flag(**how: Any) -> Input:
    """A boolean."""
    return Input("flag", **how)


def whole(**how: Any) -> Input:
    """An integer."""
    return Input("whole", **how)


def number(**how: Any) -> Input:
    """A number, which may have a fraction."""
    return Input("number", **how)


def texts(**how: Any) -> Input:
    """A list of strings."""
    return Input("texts", **how)


def text_set(**how: Any) -> Input:
    """A list of strings whose order has no meaning."""
    return Input("texts", unordered=True, **how)


def whole_set(allowed: Sequence[int], **how: Any) -> Input:
    """A list of integers whose order has no meaning, of those allowed."""
    return Input("wholes", unordered=True, allowed=tuple(allowed), **how)


def mapping(**how: Any) -> Input:
    """A map of strings."""
    return Input("map", **how)


def block(members: Mapping[str, Input], **how: Any) -> Input:
    """A nested object with these members."""
    return Input("block", members=members, **how)


def blocks(members: Mapping[str, Input], **how: Any) -> Input:
    """A list of nested objects with these members."""
    return Input("blocks", members=members, **how)


def cidr(**how: Any) -> Input:
    """An address block. A provider refuses one that is malformed before any call."""
    return Input("text", form=not_cidr, **how)


def ref(
    *targets: ResourceType | str,
    on_delete: OnDelete = "block",
    find: Callable[[Call, str], str] | None = None,
    elsewhere: bool = False,
    missing: Error | None = None,
    names_object: Callable[[Call, str], bool] | None = None,
    **how: Any,
) -> Input:
    """A string that names another object (`Ref`)."""
    of = Ref(targets, on_delete, find, elsewhere, missing, names_object)
    return Input("text", ref=of, **how)


def refs(
    *targets: ResourceType | str,
    on_delete: OnDelete = "block",
    find: Callable[[Call, str], str] | None = None,
    missing: Error | None = None,
    names_object: Callable[[Call, str], bool] | None = None,
    **how: Any,
) -> Input:
    """A list of strings, each of which names another object (`Ref`); its order has no meaning."""
    of = Ref(targets, on_delete, find, missing=missing, names_object=names_object)
    return Input("texts", unordered=True, ref=of, **how)


def not_cidr(at: str, value: str) -> Iterator[Failure]:
    """The provider's own error about a malformed block."""
    try:
        ipaddress.ip_network(value)
    except ValueError:
        yield at, f'"{value}" is not a valid CIDR block'


def switch(default: str | None, **how: Any) -> Input:
    """``enable`` or ``disable``. Without a default the cloud chooses."""
    return text(default=default, choices=("enable", "disable"), computed=default is None, **how)


def one_of(names: Sequence[str]) -> Callable[[Values], Iterator[Failure]]:
    """A check of a preview: at most one of these inputs is given."""

    def check(values: Values) -> Iterator[Failure]:
        given = [name for name in names if name in values]
        if len(given) > 1:
            said = ",".join(names)
            yield given[1], f"only one of `{said}` can be specified, but {given} were"

    return check
