"""Fixtures of the Konnect provider's tests: a simulated Konnect."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import pytest

from providers.base import credentials, crud
from tests.providers.konnect.local_konnect import LocalKonnect, serving


@pytest.fixture(autouse=True, scope="session")
def remembered_fingerprints() -> Iterator[None]:
    """A fingerprint is slow on purpose, so each is computed once."""
    with pytest.MonkeyPatch.context() as patch:
        remembered = functools.cache(credentials.fingerprint)
        patch.setattr(credentials, "fingerprint", remembered)
        patch.setattr(crud, "fingerprint", remembered)
        yield


@pytest.fixture(scope="session")
def _one_konnect() -> Iterator[LocalKonnect]:
    with serving() as konnect:
        yield konnect


@pytest.fixture
def konnect(_one_konnect: LocalKonnect) -> LocalKonnect:
    """An empty Konnect whose time stands still."""
    _one_konnect.reset()
    return _one_konnect
