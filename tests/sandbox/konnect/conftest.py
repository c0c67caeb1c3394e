"""A simulated Konnect of its own for each test, in memory, time at a standstill."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.clock import VirtualClock
from sandbox.store import Store
from tests.sandbox.konnect.client import Konnect
from tests.sandbox.konnect.customer import Customer


@pytest.fixture
def store() -> Iterator[Store]:
    store = Store(":memory:", VirtualClock(speed=0))
    yield store
    store.close()


@pytest.fixture
def konnect(store: Store) -> Iterator[Konnect]:
    konnect = Konnect(store)
    yield konnect
    konnect.close()


@pytest.fixture
def customer(monkeypatch: pytest.MonkeyPatch) -> Customer:
    """The customer's side of every handshake, nothing granted yet."""
    customer = Customer()
    monkeypatch.setattr("sandbox.konnect.attachments.handshake", customer)
    return customer
