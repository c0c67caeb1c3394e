"""Fixtures of the Konnect provider's tests: a simulated Konnect."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from providers.konnect.client import Connection, client_for
from tests.providers.konnect.local_konnect import LocalKonnect
from tests.providers.konnect.scripted import TOKEN


@pytest.fixture(scope="session")
def _one_konnect() -> Iterator[LocalKonnect]:
    konnect = LocalKonnect()
    yield konnect
    client_for(Connection(konnect.url, TOKEN))._http.close()  # Kept alive for the next call.
    konnect.stop()


@pytest.fixture
def konnect(_one_konnect: LocalKonnect) -> LocalKonnect:
    """An empty Konnect whose time stands still."""
    _one_konnect.reset()
    return _one_konnect
