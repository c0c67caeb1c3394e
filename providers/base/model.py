"""Inputs of a resource, declared once: check, diff, replacement and drift derive from it.

A Pulumi dynamic provider compares plain dictionaries by default, and the wire makes that
useless: numbers arrive as floats, zones in any order, defaults from the server look like
changes. So each resource is one pydantic model whose fields carry their behaviour.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
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

Props = dict[str, Any]
T = TypeVar("T")


class Trait(Enum):
    """How a field behaves, given as metadata of its annotation."""

    IMMUTABLE = "immutable"
    """A change replaces the resource."""
    SERVER_DEFAULT = "server-default"
    """Left to Konnect when not written; then its value is an output and never a change."""
    SUBSET = "subset"
    """A mapping of which Konnect returns more than was written: only written keys count."""
    SECRET = "secret"
    """May hold credentials: they show in no message, and what is not returned is no drift."""
    CREDENTIAL = "credential"
    """Is one: shows in no message, and is a Pulumi secret however it was written."""
    WRITE_ONLY = "write-only"
    """A credential that Konnect never returns: recorded as a fingerprint only."""
    LOCAL = "local"
    """Steers this provider; is not part of the remote object."""


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
"""A list whose order and repetition mean nothing (zones, groups, members)."""


class Part(BaseModel):
    """A nested object of the inputs. Closed, as Konnect's request bodies are."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Inputs(Part):
    """The inputs of one resource type.

    ``adopt_existing_id`` takes over an object that someone else made instead of creating
    one; it accepts the Terraform provider's import id of that resource.
    """

    adopt_existing_id: Annotated[str | None, LOCAL] = None
    created_by: Annotated[str | None, LOCAL] = None
    """The stack that creates the object, as it marks it. The program fills it in."""
    delete_timeout: Annotated[float | None, LOCAL] = None
    """Seconds that a delete may take: the resource option ``custom_timeouts.delete``."""

    def problems(self) -> Iterator[tuple[str, str]]:
        """(property, reason) for each rule that spans several fields; all known here."""
        return iter(())

    def body(self, *without: str) -> Props:
        """The request body: what was written or has a default, but for what is local."""
        left_out = {*self.named(Trait.LOCAL), *without}
        return self.model_dump(mode="json", exclude_none=True, exclude=left_out)

    @classmethod
    def traits(cls, name: str) -> frozenset[Trait]:
        """The behaviours of a field."""
        return _traits(cls)[name]

    @classmethod
    def named(cls, *behaviours: Trait) -> list[str]:
        """The fields that behave in one of these ways."""
        return [name for name, traits in _traits(cls).items() if traits & {*behaviours}]


@functools.cache
def _traits(cls: type[Inputs]) -> dict[str, frozenset[Trait]]:
    return {
        name: frozenset(item for item in info.metadata if isinstance(item, Trait))
        for name, info in cls.model_fields.items()
    }


@functools.cache
def _adapters(cls: type[Inputs]) -> dict[str, TypeAdapter[Any]]:
    return {
        name: TypeAdapter(Annotated[info.annotation, info])  # type: ignore[arg-type]
        for name, info in cls.model_fields.items()
    }


@dataclass(frozen=True)
class Checked:
    """Normalised inputs, and one (property, reason) for each thing wrong with them."""

    inputs: Props
    failures: list[tuple[str, str]]


def check(cls: type[Inputs], news: Mapping[str, Any]) -> Checked:
    """Normalise ``news`` and find everything wrong with it. Never raises.

    Unknown values (of resources that do not exist yet) are passed through: what depends on
    them is judged once they are known.
    """
    given = {k: integers(v) for k, v in news.items() if not k.startswith("__") and v is not None}
    unknown = list(unknown_paths(given))
    if not unknown:
        return _check_known(cls, given)
    inputs: Props = {}
    failures: list[tuple[str, str]] = []
    for name in sorted(given.keys() - cls.model_fields.keys()):
        failures.append((name, f"there is no such property on {_noun(cls)}"))
    for name, info in cls.model_fields.items():
        if name not in given:
            if info.is_required():
                failures.append((name, "is required"))
            elif (default := info.get_default(call_default_factory=True)) is not None:
                inputs[name] = _plain(default)
            continue
        below = [path[1:] for path in unknown if path[0] == name]
        adapter = _adapters(cls)[name]
        try:
            inputs[name] = _plain(adapter.validate_python(given[name]))
        except ValidationError as error:
            inputs[name] = given[name]
            for item in error.errors(include_url=False, include_input=False):
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
            for item in error.errors(include_url=False, include_input=False)
        ]
        return Checked(given, failures)
    return Checked(dump(model), list(model.problems()))


_STAND_INS: Final = ("unknown-{}", "{{vault://unknown/{}}}")
_STAND_IN: Final = re.compile(r"unknown-\d+|\{vault://unknown/\d+\}")


def is_stand_in(value: object) -> bool:
    """Whether `Inputs.problems` sees this value in place of one that is not known yet."""
    return isinstance(value, str) and _STAND_IN.fullmatch(value) is not None


def _certain_problems(cls: type[Inputs], given: Props) -> list[tuple[str, str]]:
    """What the rules across fields find, whatever the unknown values will turn out to be.

    So a first preview tells of a missing version, not the update 40 minutes into it: the
    rules are tried with two quite different texts for each unknown, and what both show stands.
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
    """``value`` with a text of its own in place of each unknown."""
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
    }.get(item["type"], item["msg"])
    path = ".".join(map(str, loc))
    return f"{path}: {message}" if len(loc) > 1 else message


def _noun(cls: type[Inputs]) -> str:
    return cls.__name__.removesuffix("Inputs")


def _related(loc: tuple[int | str, ...], path: tuple[int | str, ...]) -> bool:
    """Whether an error at ``loc`` may only be due to the unknown at ``path``.

    Locations inside a union also hold the tag of its member, so one is compared with the
    other as a subsequence.
    """

    def within(short: tuple[int | str, ...], long: tuple[int | str, ...]) -> bool:
        rest = iter(long)
        return all(item in rest for item in short)

    return within(path, loc) or within(loc, path)


def dump(model: BaseModel) -> Props:
    """The plain JSON form of a model, without what was not written."""
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
    """``value`` with whole floats as ints: the wire has only floats, Konnect wants 6379."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: integers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [integers(item) for item in value]
    return value


def unknown_paths(value: object, at: tuple[int | str, ...] = ()) -> Iterator[tuple[int | str, ...]]:
    """Where ``value`` holds values that the engine does not know yet."""
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

    A field left to the server is compared only when it is written now.
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
    """Whether a write-only value is to be written: it is another one, or nobody knows.

    In a refresh it is not at hand, and the loss of its fingerprint is the drift.
    """
    if value is None:
        return recorded is None and cls.model_fields[name].is_required()
    return not fits(value, recorded)


def _normal(cls: type[Inputs], olds: Mapping[str, Any]) -> Props:
    """Old outputs in the form that check gives to inputs, field by field."""
    normal: Props = {}
    for name, adapter in _adapters(cls).items():
        value = integers(olds.get(name))
        if value is None:
            default = cls.model_fields[name].get_default(call_default_factory=True)
            value = None if cls.model_fields[name].is_required() else _plain(default)
        else:
            # An older or foreign shape is left as it is, so that it shows as a change.
            with suppress(ValidationError):
                value = _plain(adapter.validate_python(value))
        if value is not None:
            normal[name] = value
    return normal


def replacements(cls: type[Inputs], changed: Iterable[str]) -> list[str]:
    """Those of ``changed`` that cannot be changed in place."""
    immutable = set(cls.named(Trait.IMMUTABLE))
    return [name for name in changed if name in immutable]


def observed(cls: type[Inputs], remote: Mapping[str, Any], wanted: Mapping[str, Any]) -> Props:
    """What Konnect holds now for each input, in input form, for drift detection.

    ``remote`` are the fields as Konnect returned them; what is local, and a secret that is not
    returned, keep the recorded value; a mapping with server-side defaults is cut to the
    written keys.
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


def fingerprint_name(name: str) -> str:
    """The output that holds the fingerprint of a write-only input."""
    return f"{name}_fingerprint"


def fingerprint(value: str, salt: str) -> str:
    """What state holds of a write-only value: enough to see a change, too little to guess from.

    ``salt`` is any text that differs from object to object; the same value gives the same
    fingerprint with the same salt.
    """
    digest = hashlib.scrypt(value.encode(), salt=salt.encode(), n=2**14, r=8, p=1, dklen=32)
    return f"scrypt:{salt}:{digest.hex()}"


def fits(value: object, recorded: object) -> bool:
    """Whether ``value`` is the one whose fingerprint was recorded."""
    if not isinstance(value, str) or not isinstance(recorded, str):
        return False
    salt = recorded.removeprefix("scrypt:").rpartition(":")[0]
    return hmac.compare_digest(fingerprint(value, salt).encode(), recorded.encode())


def project(remote: Any, wanted: Any) -> Any:
    """``remote`` reduced to the keys that ``wanted`` has, at every depth."""
    if isinstance(remote, dict) and isinstance(wanted, dict):
        return {key: project(remote.get(key), item) for key, item in wanted.items()}
    if isinstance(remote, list) and isinstance(wanted, list) and len(remote) == len(wanted):
        return [project(*pair) for pair in zip(remote, wanted, strict=True)]
    return remote


_CREDENTIAL = re.compile("password|secret|token|credential|key|private|auth|header|param")
_LONG: Final = 16


def confidential(value: object, named: bool = False) -> Iterator[str]:
    """The strings inside ``value`` that must not show in a message.

    Those under a name that credentials have, and long ones under any name: a header may hold
    a token. Short words stay readable, and vault references give nothing away.
    """
    if isinstance(value, str):
        if (named or len(value) >= _LONG) and not value.startswith("{vault://"):
            yield value
            # Of a key in PEM text one line is enough, and an error may quote that.
            lines = value.splitlines()
            if len(lines) > 1:
                yield from (line for line in lines if len(line) >= _LONG and line[0] != "-")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from confidential(item, named or bool(_CREDENTIAL.search(key.lower())))
    elif isinstance(value, list):
        for item in value:
            yield from confidential(item, named)
