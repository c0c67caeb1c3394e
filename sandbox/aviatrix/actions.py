"""Actions: what a request may ask of the controller, and with which fields.

Every call of the classic API names an action. The answer is an envelope with HTTP 200, also for a
failure: ``{"return": false, "reason": "…"}``. The sandbox refuses a field that the action does not
have, so that a misspelt one is found; the controller ignores it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Any, Literal

from sandbox.store import Body, Store

TRUE_FALSE = ("true", "false")
YES_NO = ("yes", "no")
ON_OFF = ("on", "off")
ENABLED_DISABLED = ("enabled", "disabled")
ANY_FLAG = (*TRUE_FALSE, *YES_NO)
"""The words of a flag whose spelling is not documented."""
_ON = frozenset({"true", "yes", "on", "enabled"})

ALWAYS = ("action", "CID")
"""The fields that every request may have."""


class Refused(Exception):
    """The controller refuses a request; the text is the ``reason`` of the answer."""


@dataclass(frozen=True)
class Asked:
    """A request for an action, with its checked fields.

    An empty field is one that the client's form has and does not use. In an edit it empties a list.
    """

    store: Store
    action: str
    fields: Mapping[str, str]
    files: Mapping[str, bytes] = field(default_factory=dict)
    access_key: str = ""
    """The header ``X-Access-Key``."""

    def __getitem__(self, name: str) -> str:
        return self.fields[name]

    def get(self, name: str, default: str = "") -> str:
        """A field; ``default`` when it is absent or empty."""
        return self.fields.get(name) or default

    def given(self, *names: str) -> list[str]:
        """Those of some fields that the request has, empty ones too."""
        return [name for name in names if name in self.fields]

    def flag(self, name: str, default: bool = False) -> bool:
        """Whether a flag is set, in any of the controller's spellings."""
        given = self.fields.get(name, "")
        return given in _ON if given else default

    def listed(self, name: str) -> list[str]:
        """The parts of a comma separated list; empty without the field."""
        return [part.strip() for part in self.get(name).split(",") if part.strip()]

    def whole(self, name: str, low: int, high: int) -> int | None:
        """A whole number; None without the field. Raises Refused outside of the limits."""
        given = self.get(name)
        if not given:
            return None
        if not given.isdecimal() or not low <= int(given) <= high:
            raise Refused(f"{name} {given} must be a whole number from {low} to {high}")
        return int(given)

    def cidrs(self, name: str) -> list[str]:
        """The CIDR blocks of a comma separated list. Raises Refused for anything else."""
        blocks = self.listed(name)
        for block in blocks:
            cidr(name, block)
        return blocks


def cidr(name: str, value: str) -> IPv4Network:
    """The block that a field holds. Raises Refused for host bits and for no block."""
    try:
        return IPv4Network(value)
    except ValueError:
        raise Refused(f"{name} {value} is not a valid CIDR") from None


@dataclass(frozen=True)
class Work:
    """What a request does to one object, and how long it takes in simulated seconds.

    ``create``: the object is stored already, in state ``launching``; when the work is done,
    ``fields`` are set and it is ``up``. A failure deletes it. ``update``: ``fields`` are set when
    the work is done, and ``delete``: the object is deleted then. Until then its state says so.
    ``extra`` are keys of the answer beside ``results``.
    """

    does: Literal["create", "update", "delete"]
    kind: str
    id: str
    seconds: float
    results: Any
    fields: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Plain:
    """An answer with keys beside ``results``."""

    results: Any
    extra: Mapping[str, Any]


@dataclass(frozen=True)
class Failed:
    """A failure that keeps what the request has stored."""

    reason: str


Handler = Callable[[Asked], Any]
"""Performs an action. Returns a Work, a Plain, a Failed, or the ``results`` of the answer."""


@dataclass(frozen=True)
class Action:
    """An action: its fields, and the words that a field may hold.

    ``reads`` says that it is asked by GET. ``may_be_async`` says that it takes ``async=true``.
    ``public`` actions need no session.
    """

    name: str
    handler: Handler
    required: tuple[str, ...]
    optional: tuple[str, ...]
    words: Mapping[str, tuple[str, ...]]
    reads: bool
    may_be_async: bool
    public: bool

    def check(self, fields: Mapping[str, str]) -> None:
        """Raise Refused for a missing or unknown field, or for another word than a field takes."""
        for name in self.required:
            if not fields.get(name):
                raise Refused(f"{name} is required")
        known = {*ALWAYS, *self.required, *self.optional, *self.words}
        if self.may_be_async:
            known.add("async")
        for name in fields:
            if name not in known:
                raise Refused(f"{self.name} has no field {name}")
        for name, words in {**self.words, "async": TRUE_FALSE}.items():
            given = fields.get(name, "")
            if given and given not in words:
                raise Refused(f"{name} {given} must be {' or '.join(words)}")


ACTIONS: dict[str, Action] = {}
"""Name -> action. The modules of the controller register theirs here."""


def action(
    name: str,
    required: Iterable[str] = (),
    optional: Iterable[str] = (),
    *,
    words: Mapping[str, tuple[str, ...]] | None = None,
    reads: bool = False,
    may_be_async: bool = False,
    public: bool = False,
) -> Callable[[Handler], Handler]:
    """Register the decorated function as an action."""

    def register(handler: Handler) -> Handler:
        assert name not in ACTIONS, f"{name} is declared twice"
        ACTIONS[name] = Action(
            name,
            handler,
            tuple(required),
            tuple(optional),
            words or {},
            reads,
            may_be_async,
            public,
        )
        return handler

    return register


def success(results: Any, extra: Mapping[str, Any] | None = None) -> Body:
    """The envelope of a success."""
    return {"return": True, "results": results, **(extra or {})}


def failure(reason: str) -> Body:
    """The envelope of a failure."""
    return {"return": False, "reason": reason}
