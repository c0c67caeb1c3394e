"""Releases in a simulated Konnect with gateways, and requests to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.types import ASGIApp

from tests.components.gateway_mocks import unmocked
from tests.components.release.stage import Stage
from tests.sandbox.data_plane.gateways import Gateways
from tests.sandbox.http.conftest import Served
from tests.sandbox.konnect.client import Konnect
from tests.sandbox.konnect.conftest import konnect, store, wall

__all__ = ["konnect", "store", "wall"]


@pytest.fixture
def serve() -> Iterator[Callable[[ASGIApp], str]]:
    """Serve an application on loopback; the result is its address."""
    served: list[Served] = []

    def start(app: ASGIApp) -> str:
        served.append(Served(app))
        return f"127.0.0.1:{served[-1].port}"

    yield start
    for one in served:
        one.stop()


@pytest.fixture
def stage(konnect: Konnect, tmp_path: Path) -> Iterator[Stage]:
    """A Konnect that programs reach by HTTP, and its gateways."""
    served = Served(konnect.app)
    gateways = Gateways(konnect, tmp_path)
    yield Stage(konnect, gateways, f"http://127.0.0.1:{served.port}")
    gateways.close()
    served.stop()
    unmocked()
