"""A simulated Konnect with gateways for each test. Only their traffic is in real time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.types import ASGIApp

from tests.sandbox.data_plane.gateways import Gateways
from tests.sandbox.http.conftest import Served
from tests.sandbox.konnect.client import Konnect
from tests.sandbox.konnect.conftest import konnect, store, wall

__all__ = ["konnect", "store", "wall"]


@pytest.fixture
def gateways(konnect: Konnect, tmp_path: Path) -> Iterator[Gateways]:
    gateways = Gateways(konnect, tmp_path)
    yield gateways
    gateways.close()


@pytest.fixture
def serve() -> Iterator[Callable[[ASGIApp], int]]:
    """Serve an application on loopback; the result is its port."""
    served: list[Served] = []

    def start(app: ASGIApp) -> int:
        served.append(Served(app))
        return served[-1].port

    yield start
    for one in served:
        one.stop()
