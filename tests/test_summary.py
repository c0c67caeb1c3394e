"""What a run of the tests says of itself: the marker of the engine, and the times per room."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.summary import lines, time_per_room

CHECKOUT = Path(__file__).parents[1]


def report(nodeid: str, when: str, duration: float, outcome: str = "passed") -> pytest.TestReport:
    return pytest.TestReport(nodeid, (nodeid, None, ""), {}, outcome, None, when, duration=duration)


def test_a_room_s_time_is_of_all_phases_of_all_its_tests_slowest_room_first() -> None:
    rooms = time_per_room(
        [
            report("tests/stacks/test_a.py::test_x", "call", 1.0),
            report("tests/providers/konnect/test_b.py::test_x[a/b::c]", "setup", 2.0),
            report("tests/providers/konnect/test_b.py::test_x[a/b::c]", "call", 0.25),
            report("tests/providers/konnect/test_b.py::test_y", "setup", 0.0, "skipped"),
            report("tests/test_c.py::test_x", "call", 0.5),
        ]
    )
    assert list(rooms.items()) == [
        ("providers", (2.25, 2)),
        ("stacks", (1.0, 1)),
        ("tests", (0.5, 1)),
    ]
    assert lines(rooms)[-1].split() == ["3.8", "s", "4", "tests", "all", "rooms", "together"]


def test_what_uses_the_engine_s_fixture_is_marked_and_what_uses_a_stand_in_is_not() -> None:
    files = ["tests/deploy/test_backends.py", "tests/providers/konnect/test_crud.py"]
    command = [sys.executable, "-m", "pytest", "--collect-only", "-qq", "-m", "engine", *files]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert [file for file in files if f"{file}:" in done.stdout] == files[:1]
