from __future__ import annotations

import pytest

from sandbox.data_plane.counting import Sharing, Usage, bucket, window_name

SIZE = 60
START = 1_800_000_000


def usage(at: float, current: float, previous: float, *, sliding: bool, limit: float = 10) -> Usage:
    return Usage(limit, SIZE, START + at, current, previous, sliding)


@pytest.mark.parametrize(
    ("at", "start"), [(0, START), (59.9, START), (60, START + 60), (-0.1, START - 60)]
)
def test_a_window_begins_at_a_multiple_of_its_size(at: float, start: int) -> None:
    assert bucket("key", SIZE, START + at).start == start


@pytest.mark.parametrize(
    ("sliding", "at", "current", "previous", "used"),
    [
        (False, 0, 4, 10, 4),
        (False, 59, 4, 10, 4),
        (True, 0, 4, 10, 14),
        (True, 15, 12, 86, 76.5),
        (True, 30, 4, 10, 9),
        (True, 59.999, 4, 10, 4),
    ],
)
def test_a_sliding_window_adds_what_is_left_of_the_window_before(
    sliding: bool, at: float, current: float, previous: float, used: float
) -> None:
    assert usage(at, current, previous, sliding=sliding).used == pytest.approx(used, abs=0.01)


@pytest.mark.parametrize(
    ("sliding", "at", "current", "previous", "reset"),
    [
        # All used in a fixed window: it ends.
        (False, 20, 10, 0, 40),
        # Not all is used.
        (True, 20, 3, 0, 40),
        # 9 counted, 10 in the window before, of which 5 count: none of them may.
        (True, 30, 9, 10, 30),
        # 4 counted, of 10 in the window before 5 may count: they do now.
        (True, 20, 4, 10, 10),
        # 20 counted: in the next window 9 of them may count, 27 seconds before its end.
        (True, 0, 20, 0, 60 + 33),
    ],
)
def test_after_the_reset_one_more_request_fits(
    sliding: bool, at: float, current: float, previous: float, reset: int
) -> None:
    before = usage(at, current, previous, sliding=sliding)
    assert before.reset == reset
    ends = at + reset
    after = (
        usage(ends, current + 1, previous, sliding=sliding)
        if ends < SIZE
        else usage(ends, 1, current, sliding=sliding)
    )
    assert not after.exceeded


@pytest.mark.parametrize(
    ("size", "name"), [(1, "Second"), (60, "Minute"), (3600, "Hour"), (86400, "Day"), (90, "90")]
)
def test_a_header_has_the_unit_of_a_window_or_its_seconds(size: int, name: str) -> None:
    assert window_name(size) == name


REDIS = {"host": "r"}


@pytest.mark.parametrize(
    ("config", "sharing"),
    [
        ({"strategy": "local"}, Sharing("n")),
        ({"strategy": "local", "sync_rate": 1, "redis": REDIS}, Sharing("n")),
        ({"strategy": "redis", "sync_rate": -1, "redis": REDIS}, Sharing("n")),
        ({"strategy": "redis", "sync_rate": 0, "redis": REDIS}, Sharing("n", REDIS, 0)),
        ({"strategy": "redis", "sync_rate": 0.5, "redis": REDIS}, Sharing("n", REDIS, 0.5)),
    ],
)
def test_counters_are_shared_with_a_redis_and_a_sync_rate(
    config: dict[str, object], sharing: Sharing
) -> None:
    assert Sharing.of({"namespace": "n", **config}) == sharing
