"""The simulated clock: its speed, and that it never goes back."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from sandbox.clock import VirtualClock, rfc3339

WALL = 1_800_000_000.0


@dataclass
class Machine:
    """The real time and the monotonic counter of a machine, under a test's control."""

    wall: float = WALL
    ticks: float = 50.0

    def run(self, seconds: float) -> None:
        self.wall += seconds
        self.ticks += seconds

    def sleep(self, seconds: float) -> None:
        """The machine sleeps: the counter stands still."""
        self.wall += seconds

    def clock(self, speed: float) -> VirtualClock:
        return VirtualClock(speed, wall=lambda: self.wall, ticks=lambda: self.ticks)


@pytest.mark.parametrize("speed", [1, 600])
def test_a_clock_starts_at_the_real_time_and_runs_at_its_speed(speed: float) -> None:
    machine = Machine()
    clock = machine.clock(speed)
    assert clock.now() == WALL
    machine.run(2)
    assert clock.now() == WALL + 2 * speed


def test_a_stopped_clock_moves_by_advance_only() -> None:
    machine = Machine()
    clock = machine.clock(0)
    machine.run(100)
    assert clock.now() == WALL
    clock.advance(30)
    assert clock.now() == WALL + 30


def test_a_clock_stands_still_while_the_machine_sleeps() -> None:
    machine = Machine()
    clock = machine.clock(600)
    machine.run(1)
    machine.sleep(3600)
    assert clock.now() == WALL + 600


def test_a_clock_does_not_follow_the_real_time_when_it_is_set_back() -> None:
    machine = Machine()
    clock = machine.clock(1)
    machine.run(10)
    machine.wall -= 7200
    machine.ticks += 1
    assert clock.now() == WALL + 11


def test_a_change_of_speed_does_not_move_the_time() -> None:
    machine = Machine()
    clock = machine.clock(600)
    machine.run(1)
    clock.set_speed(1)
    assert clock.now() == WALL + 600
    machine.run(5)
    assert clock.now() == WALL + 605


def test_a_clock_continues_from_an_earlier_run() -> None:
    machine = Machine()
    clock = machine.clock(10)
    clock.continue_from(WALL + 5000)
    assert clock.now() == WALL + 5000
    machine.run(1)
    assert clock.now() == WALL + 5010


def test_a_clock_takes_no_negative_speed() -> None:
    with pytest.raises(ValueError, match="not -1"):
        VirtualClock(-1)


def test_a_timestamp_has_milliseconds_and_utc() -> None:
    assert rfc3339(WALL + 0.25) == "2027-01-15T08:00:00.250Z"
