"""An environment of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.server import Sandbox
from tests.sandbox.konnect.client import Konnect
from tests.tools.status.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with Sandbox(tmp_path / "sandbox", speed=0) as sandbox:
        konnect = Konnect(sandbox.store)
        yield World(sandbox, konnect)
        konnect.close()
