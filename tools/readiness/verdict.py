"""Verdicts of the checklist: what a check saw, an item of the list, and the item's result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tools.readiness.facts import Facts

GUIDE: Final = "https://developer.konghq.com/dedicated-cloud-gateways/production-readiness/"
"""Kong's "Dedicated Cloud Gateways production readiness guide"."""


class Verdict(StrEnum):
    """The result of an item, or of one thing that was seen. In order of weight."""

    NOT_APPLICABLE = "not-applicable"
    """The environment has nothing that the item is about."""
    PASS = "pass"
    MANUAL = "manual"
    """A program cannot decide it, or could not this time. Somebody has to look."""
    FAIL = "fail"


@dataclass(frozen=True)
class Seen:
    """One thing that a check saw: evidence."""

    verdict: Verdict
    subject: str
    """The object: ``aws-us-east-2: route table rtb-0ffa442c``."""
    value: str
    """The value that was seen, as a sentence says it: ``has no route to 10.72.0.0/20``."""
    remedy: str = ""
    """What to do about a failure, or where to look by hand."""
    at: datetime | None = None
    """When it was read. None: with all other facts."""


def passed(subject: str, value: str) -> Seen:
    """Evidence for the item."""
    return Seen(Verdict.PASS, subject, value)


def failed(subject: str, value: str, remedy: str) -> Seen:
    """Evidence against the item, and its remedy."""
    return Seen(Verdict.FAIL, subject, value, remedy)


def manual(subject: str, value: str, look: str) -> Seen:
    """What the program could not decide: why, and where to look."""
    return Seen(Verdict.MANUAL, subject, value, look)


def judged(holds: bool, subject: str, value: str, remedy: str) -> Seen:
    """Evidence for the item if it holds, else against it."""
    return passed(subject, value) if holds else failed(subject, value, remedy)


Check = Callable[["Facts"], Iterable[Seen]]


@dataclass(frozen=True)
class Item:
    """An item of the checklist."""

    id: str
    """Stable: the key in JSON and in the file of recorded evidence."""
    section: str
    title: str
    """What Kong's guide asks for, in short."""
    how: str
    """How it is checked, or what to look at and where."""
    check: Check
    anchor: str = ""
    """The part of Kong's guide."""

    @property
    def source(self) -> str:
        """The vendor's page."""
        return f"{GUIDE}#{self.anchor}" if self.anchor else GUIDE


@dataclass(frozen=True)
class Result:
    """An item with its verdict and all evidence, the weightiest first."""

    item: Item
    verdict: Verdict
    evidence: Sequence[Seen]

    @property
    def deciding(self) -> Iterator[Seen]:
        """The evidence that has the item's own verdict."""
        return (one for one in self.evidence if one.verdict is self.verdict)


_WEIGHT: Final = {verdict: weight for weight, verdict in enumerate(Verdict)}


def decide(item: Item, seen: Iterable[Seen]) -> Result:
    """The item's verdict: the weightiest of what was seen. Nothing seen: not applicable."""
    evidence = sorted(seen, key=lambda one: -_WEIGHT[one.verdict])
    verdict = evidence[0].verdict if evidence else Verdict.NOT_APPLICABLE
    return Result(item, verdict, tuple(evidence))
