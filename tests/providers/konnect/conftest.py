"""Fixtures of the Konnect provider's tests: a simulated Konnect."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.providers.konnect.local_konnect import LocalKonnect, serving


@pytest.fixture(scope="session")
def _one_konnect() -> Iterator[LocalKonnect]:
    with serving() as konnect:
        yield konnect


@pytest.fixture
def konnect(_one_konnect: LocalKonnect) -> LocalKonnect:
    """An empty Konnect whose time stands still."""
    _one_konnect.reset()
    return _one_konnect
