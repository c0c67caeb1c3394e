"""What every run of the tests has: the engine's fixtures and marker, and times per room."""

from __future__ import annotations

import os

import pytest

from tests import summary

pytest_plugins = ["tests.engine_fixture"]


def pytest_xdist_auto_num_workers() -> int:
    """Return how many tests `-n auto` runs at once: one more than there are cores.

    The tests with the engine wait for the sandbox's clock for a third of their time.
    """
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what uses the real engine. With several workers, put those tests first.

    The engine's tests take seconds to minutes each: begun last, one of them would keep a single
    worker busy while the others have nothing left to do.
    """
    for item in items:
        if "engine_executable" in getattr(item, "fixturenames", ()):
            item.add_marker("engine")
    if hasattr(config, "workerinput"):
        with_engine = {item.path for item in items if item.get_closest_marker("engine")}
        items.sort(key=lambda item: item.path not in with_engine)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how long the tests of each room took, when more than one room has run."""
    rooms = summary.time_per_room(
        report
        for reports in terminalreporter.stats.values()
        for report in reports
        if isinstance(report, pytest.TestReport)
    )
    if len(rooms) > 1:
        terminalreporter.section("time per room")
        for line in summary.lines(rooms):
            terminalreporter.write_line(line)
