"""Fixtures of the Konnect provider's tests: retries without waiting, no token from outside."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stamina

from providers.konnect.client import Connection, client_for
from tests.providers.konnect.local_konnect import LocalKonnect
from tests.providers.konnect.scripted import TOKEN


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    """Retry as often as ever and without a pause."""
    stamina.set_testing(True, attempts=8, cap=True)
    yield
    stamina.set_testing(False)


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave nothing of the developer's own Konnect in the environment."""
    for name in ("KONNECT_TOKEN", "KONNECT_SPAT", "KONNECT_SERVER_URL"):
        monkeypatch.delenv(name, raising=False)


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
