"""A pytest plugin for `tools.mutants`: measures how long each test takes, and selects tests.

MUTANTS_DURATIONS=file    write {test id: seconds} to this file
MUTANTS_TESTS=file        run only the tests whose ids are in this file, one per line, in its order
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from pathlib import Path

import pytest

_durations: dict[str, float] = defaultdict(float)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Select the listed tests, in the order of the list."""
    file = os.environ.get("MUTANTS_TESTS")
    if file:
        place = {nodeid: at for at, nodeid in enumerate(Path(file).read_text().split("\n"))}
        items[:] = [item for item in items if item.nodeid in place]
        items.sort(key=lambda item: place[item.nodeid])


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add the duration of a phase to its test."""
    _durations[report.nodeid] += report.duration


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the durations. With several workers, only the controller has all of them."""
    file = os.environ.get("MUTANTS_DURATIONS")
    if file and not hasattr(session.config, "workerinput"):
        Path(file).write_text(json.dumps(_durations))
