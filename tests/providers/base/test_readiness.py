"""The driver of all waits: when Konnect is asked, what ends a wait, and what is said then.

Time is virtual: the clock moves by what the driver sleeps, so 35 minutes cost nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

import pytest

from providers.base.errors import (
    DeadlineError,
    FailedStateError,
    RateLimitedError,
    ResponseError,
    ServerError,
    StatusError,
    TransportError,
    UnauthorizedError,
    WaitError,
)
from providers.base.readiness import (
    INTERVAL_MAX,
    INTERVAL_MIN,
    MISSING_GRACE,
    Collection,
    Failed,
    Json,
    Ready,
    Verdict,
    Waiting,
    elapsed,
    interval,
    until,
)
from providers.konnect.cloud_gateways.base import reason_of
from providers.konnect.resource import by_id, shared_collection
from tests.providers.konnect.scripted import Script, answer

T = TypeVar("T")

TIMEOUT = 3600.0


class Time:
    """A clock that moves by what is slept; ``held`` keeps every long sleep from ending."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.held = False

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)
        if self.held and seconds >= INTERVAL_MIN:
            await asyncio.Event().wait()
        self.now += seconds


class Konnect:
    """Objects of which each is ready some seconds after the beginning."""

    def __init__(self, time: Time, **ready_after: float) -> None:
        self.time = time
        self.began = time.now
        self.ready_after = ready_after
        self.calls = 0
        self.faults: list[Exception] = []

    def list(self) -> Sequence[Json]:
        self.calls += 1
        if self.faults:
            raise self.faults.pop(0)
        passed = self.time.now - self.began
        return [
            {"id": id_, "state": "ready" if passed >= after else "initializing"}
            for id_, after in self.ready_after.items()
        ]

    def collection(self) -> Collection:
        return Collection(self.list, by_id, self.time.clock, self.time.sleep)


def judge(item: Json) -> Verdict[str]:
    if item["state"] == "ready":
        return Ready(item["id"])
    kind = Failed if item["state"] == "error" else Waiting
    return kind(item["state"], item.get("reason", ""))


def never_ready(_: Json) -> Verdict[str]:
    return Waiting("initializing")


def run(test: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a test in an event loop of its own; what hangs is a failure."""
    return asyncio.run(asyncio.wait_for(test(), timeout=10))


class Lines(list[str]):
    """The lines shown beside a resource."""

    def __call__(self, message: str) -> None:
        self.append(message)


def wait(
    collection: Collection,
    id_: str,
    timeout: float = TIMEOUT,
    advice: str = "",
    lines: Lines | None = None,
) -> Coroutine[Any, Any, str]:
    log = Lines() if lines is None else lines
    return collection.wait(id_, f"network {id_}", judge, timeout, advice, log)


async def both(collection: Collection, first: str, second: str) -> list[Any]:
    """Two waits at once, each with its result or its error."""
    waits = (wait(collection, first), wait(collection, second))
    return list(await asyncio.gather(*waits, return_exceptions=True))


def test_any_number_of_waits_costs_the_calls_of_one() -> None:
    def calls_for(count: int) -> int:
        time = Time()
        ids = [f"n{number}" for number in range(count)]
        konnect = Konnect(time, **dict.fromkeys(ids, 2100.0))
        collection = konnect.collection()

        async def everybody() -> list[str]:
            return await asyncio.gather(*(wait(collection, id_) for id_ in ids))

        assert run(everybody) == ids
        return konnect.calls

    assert calls_for(48) == calls_for(1) < 300


@pytest.mark.parametrize("after", [0.0, 3.0, 60.0, 2100.0])
def test_a_wait_ends_soon_after_the_object_is_ready(after: float) -> None:
    time = Time()
    konnect = Konnect(time, a=after)
    assert run(lambda: wait(konnect.collection(), "a")) == "a"
    overshot = time.now - konnect.began - after
    assert overshot <= max(0.04 * after, 1.0)
    assert overshot <= INTERVAL_MAX + 1


def test_waits_end_each_at_its_own_time() -> None:
    time = Time()
    konnect = Konnect(time, quick=10.0, slow=1000.0)
    ends: dict[str, float] = {}

    async def one(collection: Collection, id_: str) -> None:
        await wait(collection, id_)
        ends[id_] = time.now - konnect.began

    async def all_of_them() -> None:
        collection = konnect.collection()
        await asyncio.gather(one(collection, "quick"), one(collection, "slow"))

    run(all_of_them)
    assert ends["quick"] < 12
    assert 1000 <= ends["slow"] < 1020


def test_a_wait_that_joins_late_is_looked_at_soon() -> None:
    time = Time()
    konnect = Konnect(time, slow=10_000.0, there=0.0)

    async def late() -> str:
        collection = konnect.collection()
        first = asyncio.ensure_future(wait(collection, "slow"))
        while konnect.calls < 5:
            await asyncio.sleep(0)
        time.held = True  # The driver is asleep until its next look, for as long as it takes.
        await asyncio.sleep(0.02)
        calls = konnect.calls
        await asyncio.sleep(0.02)
        assert konnect.calls == calls
        result = await wait(collection, "there")
        assert konnect.calls == calls + 1
        first.cancel()
        return result

    assert run(late) == "there"


def test_a_collection_serves_again_after_everybody_left() -> None:
    konnect = Konnect(Time(), a=0.0, b=0.0)

    async def twice() -> list[str]:
        collection = konnect.collection()
        return [await wait(collection, "a"), await wait(collection, "b")]

    assert run(twice) == ["a", "b"]


def test_progress_names_the_state_and_for_how_long_it_has_been_so() -> None:
    lines = Lines()
    konnect = Konnect(Time(), a=200.0)
    run(lambda: wait(konnect.collection(), "a", lines=lines))
    assert lines[0] == "initializing for 0s"
    assert any(line.startswith("initializing for 3m") for line in lines)


def test_the_deadline_names_object_state_duration_history_reason_and_the_next_step() -> None:
    time = Time()
    states = iter(["created", "initializing"])
    state = {"id": "a-1", "state": "created", "reason": "no capacity"}

    def fetch() -> Sequence[Json]:
        if time.now > 1060:
            state["state"] = next(states, "initializing")
        return [state]

    collection = Collection(fetch, by_id, time.clock, time.sleep)
    with pytest.raises(DeadlineError) as error:
        run(lambda: wait(collection, "a-1", timeout=120, advice="Ask Kong support"))
    text = str(error.value)
    assert text.startswith("network a-1 (a-1) is initializing, not ready, 2m0")
    assert "(seen: created after 0s, initializing after 1m0" in text
    assert "Reason: no capacity. Ask Kong support." in text
    assert text.endswith("The object is kept in state: run `pulumi up` again to go on waiting.")


def test_a_failed_state_is_raised_at_once_with_its_reason() -> None:
    time = Time()
    failing = {"id": "a", "state": "error", "reason": "INVALID: RAM share not found"}
    collection = Collection(lambda: [failing], by_id, time.clock, time.sleep)
    with pytest.raises(FailedStateError, match="is error, not ready, 0s into the wait") as error:
        run(lambda: wait(collection, "a"))
    assert "Reason: INVALID: RAM share not found" in str(error.value)
    assert "run `pulumi up` again" in str(error.value)


def outage(error: Exception, looks: int) -> tuple[Time, Konnect]:
    konnect = Konnect(Time(), a=0.0)
    konnect.faults = [error] * looks
    return konnect.time, konnect


TRANSIENT = [
    TransportError("listing: no answer"),
    ServerError("listing", 503, "Service Unavailable"),
    RateLimitedError("listing", 429, "Too Many Requests"),
]


@pytest.mark.parametrize("error", TRANSIENT, ids=lambda e: type(e).__name__)
def test_an_outage_is_sat_out_and_shown(error: Exception) -> None:
    lines = Lines()
    time, konnect = outage(error, looks=20)
    assert run(lambda: wait(konnect.collection(), "a", lines=lines)) == "a"
    assert konnect.calls == 21
    assert time.now - konnect.began >= 20 * INTERVAL_MAX
    assert lines == [f"asking again: {error}"] * 20


@pytest.mark.parametrize("error", TRANSIENT, ids=lambda e: type(e).__name__)
def test_an_outage_is_sat_out_until_the_deadline_only(error: Exception) -> None:
    time, konnect = outage(error, looks=10_000)
    with pytest.raises(type(error)):
        run(lambda: wait(konnect.collection(), "a", timeout=300))
    assert 300 <= time.now - konnect.began <= 300 + INTERVAL_MAX + 1


@pytest.mark.parametrize(
    "error",
    [UnauthorizedError("listing", 401, "Unauthorized"), StatusError("listing", 403, "Forbidden")],
    ids=lambda e: type(e).__name__,
)
def test_a_refusal_is_no_outage(error: Exception) -> None:
    time, konnect = outage(error, looks=10_000)
    assert run(lambda: both(konnect.collection(), "a", "b")) == [error, error]
    assert konnect.calls == 1
    assert time.now - konnect.began < INTERVAL_MAX


def test_an_object_may_be_listed_late_and_then_counts_as_missing() -> None:
    time = Time()
    konnect = Konnect(time, a=0.0)

    def lagging(until: float) -> Collection:
        def fetch() -> Sequence[Json]:
            return konnect.list() if time.now - konnect.began > until else []

        return Collection(fetch, by_id, time.clock, time.sleep)

    assert run(lambda: wait(lagging(MISSING_GRACE - 5), "a")) == "a"
    time.now = konnect.began
    with pytest.raises(FailedStateError, match=r"network a \(a\) is missing, not ready, 3\ds"):
        run(lambda: wait(lagging(1000), "a"))


def test_a_look_never_waits_and_all_looks_of_a_preview_share_one_call() -> None:
    konnect = Konnect(Time(), a=100.0, b=0.0)

    async def looks() -> list[Json | None]:
        collection = konnect.collection()
        together = await asyncio.gather(*map(collection.look, ["a", "b", "nowhere"]))
        return [*together, await collection.look("b")]

    ready = {"id": "b", "state": "ready"}
    assert run(looks) == [{"id": "a", "state": "initializing"}, ready, None, ready]
    assert konnect.calls == 1


def test_a_look_shows_the_error_even_of_an_outage() -> None:
    error = TransportError("listing: no answer")
    _, konnect = outage(error, looks=1)
    with pytest.raises(TransportError, match="no answer"):
        run(lambda: konnect.collection().look("a"))


def test_a_look_that_is_given_up_disturbs_no_other() -> None:
    konnect = Konnect(Time(), a=0.0)

    async def one_leaves() -> Json | None:
        collection = konnect.collection()
        leaves = asyncio.ensure_future(collection.look("a"))
        stays = asyncio.ensure_future(collection.look("a"))
        await asyncio.sleep(0)
        leaves.cancel()
        return await stays

    assert run(one_leaves) == {"id": "a", "state": "ready"}


def test_a_wait_that_is_given_up_disturbs_no_other() -> None:
    konnect = Konnect(Time(), a=30.0, b=30.0)

    async def one_leaves() -> str:
        collection = konnect.collection()
        leaves = asyncio.ensure_future(wait(collection, "a"))
        stays = asyncio.ensure_future(wait(collection, "b"))
        while konnect.calls < 2:
            await asyncio.sleep(0)
        leaves.cancel()
        return await stays

    assert run(one_leaves) == "b"


def test_an_object_that_cannot_be_judged_ends_its_own_wait_only() -> None:
    time = Time()
    items = [{"id": "odd"}, {"id": "a", "state": "ready"}]
    collection = Collection(lambda: items, by_id, time.clock, time.sleep)
    odd, fine = run(lambda: both(collection, "odd", "a"))
    assert isinstance(odd, WaitError)
    assert str(odd) == "network odd (odd) cannot be followed: KeyError: 'state'"
    assert fine == "a"


def test_a_list_that_cannot_be_read_ends_the_waits_instead_of_hanging_them() -> None:
    time = Time()
    collection = Collection(lambda: [{"name": "without id"}], by_id, time.clock, time.sleep)
    for call in (lambda: wait(collection, "a"), lambda: collection.look("a")):
        with pytest.raises(ResponseError, match="list cannot be read: KeyError: 'id'"):
            run(call)


def test_a_line_that_cannot_be_shown_ends_its_own_wait_only() -> None:
    konnect = Konnect(Time(), a=5.0, b=5.0)

    class Broken(Lines):
        def __call__(self, message: str) -> None:
            raise OSError("display is gone")

    async def one_is_mute() -> str:
        collection = konnect.collection()
        stays = asyncio.ensure_future(wait(collection, "b"))
        with pytest.raises(WaitError, match="cannot be followed: OSError: display is gone"):
            await wait(collection, "a", lines=Broken())
        return await stays

    assert run(one_is_mute) == "b"


def test_one_collection_per_list_serves_a_program_and_another_event_loop_has_its_own() -> None:
    """Automation API programs run in one process one after the other, each in its own loop."""
    script = Script(answer(body={"meta": {"page": {"total": 1}}, "data": [{"id": "a"}]}))
    client = script.client()

    async def program() -> tuple[Collection, Json | None]:
        collection = shared_collection(client, "/v2/a", "listing", by_id)
        assert shared_collection(client, "/v2/a", "listing", by_id) is collection
        assert shared_collection(client, "/v2/b", "listing", by_id) is not collection
        held = asyncio.ensure_future(collection.wait("a", "a", never_ready, 60, "", Lines()))
        item = await collection.look("a")
        held.cancel()
        return collection, item

    first, second = run(program), run(program)
    assert first[0] is not second[0]
    assert first[1] == second[1] == {"id": "a"}


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (48.9, "48s"),
        (60, "1m00s"),
        (200, "3m20s"),
        (3599, "59m59s"),
        (3600, "1h00m"),
        (3720, "1h02m"),
    ],
)
def test_a_duration_is_written_as_people_say_it(seconds: float, text: str) -> None:
    assert elapsed(seconds) == text


def test_the_interval_is_a_share_of_the_wait_within_bounds() -> None:
    assert [interval(s) for s in (0, 5, 100, 375, 100_000)] == [0.25, 0.25, 4.0, 15.0, 15.0]


@pytest.mark.parametrize(
    ("metadata", "text"),
    [
        (None, ""),
        ({}, ""),
        ({"reason": "r"}, "r"),
        ({"reported_status": "INVALID", "reason": "r"}, "INVALID: r"),
        ({"error_reason": "e"}, "e"),
    ],
)
def test_the_reason_is_what_konnect_reports(metadata: Json | None, text: str) -> None:
    assert reason_of({"state_metadata": metadata}) == text


class Deletion:
    """Something that stays in the way for some seconds of a virtual clock."""

    def __init__(self, gone_after: float) -> None:
        self.now = 0.0
        self.looks = 0
        self.gone_after = gone_after

    def obstacle(self) -> str | None:
        self.looks += 1
        return None if self.now >= self.gone_after else "group aws us-east-1 is terminating"

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def run(self, timeout: float) -> None:
        until(self.obstacle, "deleting network 'n'", timeout, lambda: self.now, self.sleep)


def test_a_delete_that_is_done_at_once_is_looked_at_once() -> None:
    deletion = Deletion(0)
    deletion.run(60)
    assert (deletion.looks, deletion.now) == (1, 0)


def test_a_delete_waits_until_nothing_is_in_the_way() -> None:
    deletion = Deletion(600)
    deletion.run(1800)
    assert 600 <= deletion.now <= 600 + INTERVAL_MAX


def test_a_delete_is_bounded_and_names_what_is_in_the_way() -> None:
    deletion = Deletion(10_000)
    with pytest.raises(DeadlineError) as error:
        deletion.run(1800)
    assert 1800 <= deletion.now <= 1800 + INTERVAL_MAX
    assert str(error.value).startswith("deleting network 'n' is not done after 30m")
    assert "group aws us-east-1 is terminating" in str(error.value)
    assert "run the command again" in str(error.value)
