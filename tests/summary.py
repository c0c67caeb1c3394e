"""How long the tests of each room took, from the reports of a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

import pytest


def time_per_room(reports: Iterable[pytest.TestReport]) -> dict[str, tuple[float, int]]:
    """Return the seconds and the number of tests of each room, slowest room first.

    A room is the first folder below `tests`. Seconds are those of setup, call and teardown, on
    whichever worker they ran.
    """
    rooms: dict[str, tuple[float, int]] = {}
    for report in reports:
        folders = PurePosixPath(report.nodeid.partition("::")[0]).parts[1:-1]
        room = folders[0] if folders else "tests"
        seconds, tests = rooms.get(room, (0.0, 0))
        is_test = report.when == "call" or report.outcome == "skipped"
        rooms[room] = (seconds + report.duration, tests + is_test)
    return dict(sorted(rooms.items(), key=lambda entry: -entry[1][0]))


def lines(rooms: Mapping[str, tuple[float, int]]) -> list[str]:
    """Return a line for each room, and one for their sum."""
    total = sum(seconds for seconds, _ in rooms.values())
    count = sum(tests for _, tests in rooms.values())
    table = [*rooms.items(), ("all rooms together", (total, count))]
    return [f"{seconds:8.1f} s  {tests:5d} tests  {room}" for room, (seconds, tests) in table]
