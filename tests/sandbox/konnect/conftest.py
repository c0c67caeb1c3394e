"""A simulated Konnect of its own for each test, in memory, both clocks at a standstill."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from sandbox.clock import VirtualClock
from sandbox.store import Store
from tests.sandbox.konnect.client import Konnect
from tests.sandbox.konnect.customer import Customer


class Wall:
    """The wall clock, under a test's control."""

    def __init__(self) -> None:
        self.seconds = time.time()

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def store(wall: Wall) -> Iterator[Store]:
    store = Store(":memory:", VirtualClock(speed=0, wall=wall))
    yield store
    store.close()


@pytest.fixture
def konnect(store: Store) -> Iterator[Konnect]:
    konnect = Konnect(store)
    yield konnect
    konnect.close()


@pytest.fixture
def holding(store: Store) -> Iterator[Callable[[str], Konnect]]:
    """Clients of the same Konnect that hold other tokens."""
    clients: list[Konnect] = []

    def client(token: str) -> Konnect:
        clients.append(Konnect(store, token))
        return clients[-1]

    yield client
    for each in clients:
        each.close()


@pytest.fixture
def customer(monkeypatch: pytest.MonkeyPatch) -> Customer:
    """The customer's side of every handshake, nothing granted yet."""
    customer = Customer()
    for kind in (
        "azure_peering",
        "gcp_peering",
        "resource_endpoint",
        "transit_gateway",
        "vpc_peering",
    ):
        monkeypatch.setattr(f"sandbox.konnect.attachments.{kind}", getattr(customer, kind))
    return customer
