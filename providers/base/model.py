"""Models of resource inputs. Check, diff, replacement and drift derive from them.

A Pulumi dynamic provider compares plain dictionaries by default. That shows false changes:
numbers arrive as floats, zones in any order, and the server adds defaults. So each resource has
one pydantic model whose fields declare their behaviour.
"""

from __future__ import annotations

import functools
import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Final, TypeVar

from pulumi.output import Unknown
from pydantic import AfterValidator, BaseModel, ConfigDict, TypeAdapter, ValidationError

from providers.base.credentials import fingerprint_name, fits

Props = dict[str, Any]
T = TypeVar("T")


class Trait(Enum):
    """The behaviour of a field, as metadata of its annotation."""

    IMMUTABLE = "immutable"
    """A change replaces the resource."""
    SERVER_DEFAULT = "server-default"
    """If not written, Konnect sets the value. It is then an output and never a change."""
    SUBSET = "subset"
    """Konnect returns more keys of this mapping than were written. Only written keys count."""
    SECRET = "secret"
    """May hold credentials. No message shows it. A value that is not returned is not drift."""
    CREDENTIAL = "credential"
    """A credential. No message shows it, and it is always a Pulumi secret."""
    WRITE_ONLY = "write-only"
    """A credential that Konnect never returns. State records only its fingerprint."""
    LOCAL = "local"
    """An option of this provider. It is not part of the remote object."""


IMMUTABLE = Trait.IMMUTABLE
SERVER_DEFAULT = Trait.SERVER_DEFAULT
SUBSET = Trait.SUBSET
SECRET = Trait.SECRET
CREDENTIAL = Trait.CREDENTIAL
WRITE_ONLY = Trait.WRITE_ONLY
LOCAL = Trait.LOCAL

CREDENTIALS: Final = frozenset({CREDENTIAL, WRITE_ONLY})
HIDDEN: Final = CREDENTIALS | {SECRET}
_KEPT: Final = HIDDEN | {LOCAL}


def _canonical(value: object) -> str:
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json", exclude_none=True)
    return json.dumps(value, sort_keys=True)


def _as_set(values: list[T]) -> list[T]:
    unique = {_canonical(value): value for value in values}
    return [unique[key] for key in sorted(unique)]


SetOf = Annotated[list[T], AfterValidator(_as_set)]
"""A list whose order and repetition have no meaning (zones, groups, members)."""


class Part(BaseModel):
    """A nested object of the inputs. Unknown fields are errors, as in Konnect's requests."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Returned(BaseModel):
    """An object that the service returned. It keeps fields that are not declared here.

    It cannot be changed: all who await or look up one object share it.
    """

    model_config = ConfigDict(extra="allow", frozen=True)


class Inputs(Part):
    """The inputs of one resource type.

    ``adopt_existing_id`` adopts an existing object instead of creating one. It accepts the
    Terraform provider's import id of that resource.
    """

    adopt_existing_id: Annotated[str | None, LOCAL] = None
    created_by: Annotated[str | None, LOCAL] = None
    """The stack that creates the object, as ``project/stack/id``. The program sets it."""
    delete_timeout: Annotated[float | None, LOCAL] = None
    """Seconds that a delete may take: the resource option ``custom_timeouts.delete``."""

    def problems(self) -> Iterator[tuple[str, str]]:
        """(property, reason) for each broken rule across fields. All values are known here."""
        return iter(())

    def body(self, *without: str) -> Props:
        """The request body: fields that are set, except LOCAL ones and those in ``without``."""
        left_out = {*self.named(Trait.LOCAL), *without}
        return self.model_dump(mode="json", exclude_none=True, exclude=left_out)

    @classmethod
    def defaults(cls) -> Props:
        """The default of each field that has one, as plain JSON."""
        return {name: _plain(value) for name, value in _defaults(cls).items()}

    @classmethod
    def traits(cls, name: str) -> frozenset[Trait]:
        """The traits of a field."""
        return _traits(cls)[name]

    @classmethod
    def named(cls, *behaviours: Trait) -> list[str]:
        """The names of the fields that have one of these traits."""
        return [name for name, traits in _traits(cls).items() if traits & {*behaviours}]


@functools.cache
def _traits(cls: type[Inputs]) -> dict[str, frozenset[Trait]]:
    return {
        name: frozenset(item for item in info.metadata if isinstance(item, Trait))
        for name, info in cls.model_fields.items()
    }


@functools.cache
def _defaults(cls: type[Inputs]) -> dict[str, Any]:
    optional = {n: info for n, info in cls.model_fields.items() if not info.is_required()}
    values = {n: info.get_default(call_default_factory=True) for n, info in optional.items()}
    return {name: value for name, value in values.items() if value is not None}


@functools.cache
def _adapters(cls: type[Inputs]) -> dict[str, TypeAdapter[Any]]:
    return {
        name: TypeAdapter(Annotated[info.annotation, info])  # type: ignore[arg-type]
        for name, info in cls.model_fields.items()
    }


@dataclass(frozen=True)
class Checked:
    """Normalised inputs, and a (property, reason) for each problem."""

    inputs: Props
    failures: list[tuple[str, str]]


def check(cls: type[Inputs], news: Mapping[str, Any]) -> Checked:
    """Normalise ``news`` and find every problem in it. Never raises.

    Unknown values (of resources that do not exist yet) pass. They are checked once they are
    known.
    """
    given = {k: integers(v) for k, v in news.items() if not k.startswith("__") and v is not None}
    unknown = list(unknown_paths(given))
    if not unknown:
        return _check_known(cls, given)
    defaults = cls.defaults()
    inputs: Props = {}
    failures: list[tuple[str, str]] = []
    for name in sorted(given.keys() - cls.model_fields.keys()):
        failures.append((name, f"there is no such property on {_noun(cls)}"))
    for name, info in cls.model_fields.items():
        if name not in given:
            if info.is_required():
                failures.append((name, "is required"))
            elif name in defaults:
                inputs[name] = defaults[name]
            continue
        below = [path[1:] for path in unknown if path[0] == name]
        adapter = _adapters(cls)[name]
        try:
            inputs[name] = _plain(adapter.validate_python(given[name]))
        except ValidationError as error:
            inputs[name] = given[name]
            for item in error.errors(include_url=False):
                if not any(_related(item["loc"], path) for path in below):
                    failures.append((name, _reason((name, *item["loc"]), item)))
        if below:
            inputs[name] = given[name]
    return Checked(inputs, failures or _certain_problems(cls, given))


def _check_known(cls: type[Inputs], given: Props) -> Checked:
    try:
        model = cls.model_validate(given)
    except ValidationError as error:
        failures = [
            (str(item["loc"][0]) if item["loc"] else "", _reason(item["loc"], item))
            for item in error.errors(include_url=False)
        ]
        return Checked(given, failures)
    return Checked(dump(model), list(model.problems()))


_STAND_INS: Final = ("unknown-{}", "{{vault://unknown/{}}}")
_STAND_IN: Final = re.compile(r"unknown-\d+|\{vault://unknown/\d+\}")


def is_stand_in(value: object) -> bool:
    """Whether `Inputs.problems` sees this value in place of one that is not known yet."""
    return isinstance(value, str) and _STAND_IN.fullmatch(value) is not None


def _certain_problems(cls: type[Inputs], given: Props) -> list[tuple[str, str]]:
    """Broken rules across fields that do not depend on the unknown values.

    A first preview reports them (a missing version, say), not an update after 40 minutes. The
    rules are checked twice, with two different texts for each unknown value. A problem is
    reported if both checks find it.
    """
    found: list[list[tuple[str, str]]] = []
    for form in _STAND_INS:
        texts = map(form.format, itertools.count())
        try:
            found.append(list(cls.model_validate(_known(given, texts)).problems()))
        except ValidationError:
            return []
    first, second = found
    return [problem for problem in first if problem in second]


def _known(value: Any, texts: Iterator[str]) -> Any:
    """``value`` with the next text in place of each unknown."""
    if isinstance(value, Unknown):
        return next(texts)
    if isinstance(value, dict):
        return {key: _known(item, texts) for key, item in value.items()}
    if isinstance(value, list):
        return [_known(item, texts) for item in value]
    return value


def _reason(loc: tuple[int | str, ...], item: Mapping[str, Any]) -> str:
    message = {
        "missing": "is required",
        "extra_forbidden": "there is no such property",
        "value_error": item["msg"].removeprefix("Value error, "),
    }.get(item["type"], item["msg"])
    path = ".".join(map(str, loc))
    return f"{path}: {message}" if len(loc) > 1 else message


def _noun(cls: type[Inputs]) -> str:
    return cls.__name__.removesuffix("Inputs")


def _related(loc: tuple[int | str, ...], path: tuple[int | str, ...]) -> bool:
    """Whether the unknown value at ``path`` may be the cause of an error at ``loc``.

    A location inside a union also holds the tag of the union's member, so the two are compared
    as subsequences.
    """

    def within(short: tuple[int | str, ...], long: tuple[int | str, ...]) -> bool:
        rest = iter(long)
        return all(item in rest for item in short)

    return within(path, loc) or within(loc, path)


def dump(model: BaseModel) -> Props:
    """A model as plain JSON, without fields that are None."""
    return model.model_dump(mode="json", exclude_none=True)


def _plain(value: object) -> Any:
    if isinstance(value, BaseModel):
        return dump(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value.value if isinstance(value, Enum) else value


def integers(value: Any) -> Any:
    """``value`` with whole floats as ints. Pulumi sends only floats; Konnect wants ints."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: integers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [integers(item) for item in value]
    return value


def unknown_paths(value: object, at: tuple[int | str, ...] = ()) -> Iterator[tuple[int | str, ...]]:
    """The paths in ``value`` of values that the engine does not know yet."""
    if isinstance(value, Unknown):
        yield at
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from unknown_paths(item, (*at, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from unknown_paths(item, (*at, index))


def changes(cls: type[Inputs], olds: Mapping[str, Any], news: Mapping[str, Any]) -> list[str]:
    """The fields in which ``news`` (checked inputs) differs from ``olds`` (outputs).

    A SERVER_DEFAULT field is compared only if it is in ``news``.
    """
    before = _normal(cls, olds)
    after = {k: integers(v) for k, v in news.items() if v is not None}
    changed = []
    for name in cls.model_fields:
        traits = cls.traits(name)
        if Trait.LOCAL in traits or (Trait.SERVER_DEFAULT in traits and name not in after):
            continue
        if Trait.WRITE_ONLY in traits:
            if _rewritten(cls, name, olds.get(fingerprint_name(name)), after.get(name)):
                changed.append(name)
            continue
        unknown = next(unknown_paths(after.get(name)), None) is not None
        if unknown or before.get(name) != after.get(name):
            changed.append(name)
    return changed


def _rewritten(cls: type[Inputs], name: str, recorded: object, value: object) -> bool:
    """Whether a write-only value must be written: it changed, or its fingerprint is missing.

    A refresh does not have the value. There a missing fingerprint counts as drift.
    """
    if value is None:
        return recorded is None and cls.model_fields[name].is_required()
    return not fits(value, recorded)


def _normal(cls: type[Inputs], olds: Mapping[str, Any]) -> Props:
    """Old outputs in the normalised form of ``check``, field by field."""
    defaults = cls.defaults()
    normal: Props = {}
    for name, adapter in _adapters(cls).items():
        value = integers(olds.get(name))
        if value is None:
            value = defaults.get(name)
        else:
            # A value in another form (of an older release, say) stays: it shows as a change.
            with suppress(ValidationError):
                value = _plain(adapter.validate_python(value))
        if value is not None:
            normal[name] = value
    return normal


def replacements(cls: type[Inputs], changed: Iterable[str]) -> list[str]:
    """The fields in ``changed`` that are immutable."""
    immutable = set(cls.named(Trait.IMMUTABLE))
    return [name for name in changed if name in immutable]


def observed(cls: type[Inputs], remote: Mapping[str, Any], wanted: Mapping[str, Any]) -> Props:
    """The current remote value of each input, in input form, for drift detection.

    ``remote`` are the fields that Konnect returned. Local fields, and secrets that Konnect does
    not return, keep the value in ``wanted``. A SUBSET mapping is cut to the written keys.
    WRITE_ONLY fields are left out.
    """
    result: Props = {}
    for name in cls.model_fields:
        traits = cls.traits(name)
        if Trait.WRITE_ONLY in traits:
            continue
        if traits & _KEPT and remote.get(name) is None:
            value = wanted.get(name)
        else:
            value = integers(remote.get(name))
        if Trait.SUBSET in traits and wanted.get(name) is not None:
            value = project(value, wanted[name])
        if value is not None:
            result[name] = value
    return _normal(cls, result)


def project(remote: Any, wanted: Any) -> Any:
    """``remote`` reduced to the keys that ``wanted`` has, at every depth."""
    if isinstance(remote, dict) and isinstance(wanted, dict):
        return {key: project(remote.get(key), item) for key, item in wanted.items()}
    if isinstance(remote, list) and isinstance(wanted, list) and len(remote) == len(wanted):
        return [project(*pair) for pair in zip(remote, wanted, strict=True)]
    return remote
