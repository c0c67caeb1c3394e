"""The reader of `make status`: it compares with the stack's state of the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from providers.konnect.client import Connection
from tests.tools.status.world import World
from tools.status.__main__ import FIGURES_EVERY, Reader
from tools.status.judge import Exit
from tools.status.known import Known


@dataclass
class Stack:
    """A stack in place of `Source`: ``before_read`` happens before each reading of its state."""

    world: World
    before_read: list[Callable[[], None]] = field(default_factory=list)

    def known(self) -> Known:
        if self.before_read:
            self.before_read.pop(0)()
        return self.world.known

    def connection(self, known: Known) -> Connection:
        return self.world.connection

    def now(self) -> datetime:
        return self.world.now()


def test_an_object_that_an_up_creates_meanwhile_is_not_taken_for_a_stray(world: World) -> None:
    """The state is read before Konnect is, and has the object when it is read again."""
    world.create_all()
    kept = [one for one in world.resources if one["id"] != world.cache]
    all_of_it = list(world.resources)

    def without_cache() -> None:
        world.resources = kept

    def with_cache() -> None:
        world.resources = all_of_it

    shown = asyncio.run(Reader(Stack(world, [without_cache, with_cache])).shown())
    assert (shown.findings, shown.status) == ([], Exit.WELL)


def test_a_stray_is_wrong_if_the_state_stays_without_it(world: World) -> None:
    world.create_all()
    world.resources = [one for one in world.resources if one["id"] != world.cache]
    shown = asyncio.run(Reader(Stack(world)).shown())
    assert ([one.kind for one in shown.findings], shown.status) == (["managed cache"], Exit.WRONG)


def test_traffic_is_asked_for_once_a_minute(world: World) -> None:
    world.create_all()
    clock = iter([0.0, FIGURES_EVERY - 1, FIGURES_EVERY, FIGURES_EVERY])
    reader = Reader(Stack(world), monotonic=lambda: next(clock))
    counts = []
    for _ in range(3):
        asyncio.run(reader.shown())
        log = world.konnect.admin("GET", "requests")["requests"]
        counts.append(sum(entry["target"].startswith("/v2/metrics") for entry in log))
    assert counts[0] == counts[1] < counts[2]
