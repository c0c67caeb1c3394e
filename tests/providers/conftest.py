"""Fixtures of all tests of providers: retries without waiting, no token from outside."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stamina


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
