"""A store of its own for each test, the clouds on free ports, one provider per cloud."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from sandbox.clock import VirtualClock
from sandbox.clouds import CloudServers, serve_clouds
from sandbox.store import Store
from tests.sandbox.clouds.harness import Provider

Connect = Callable[..., Provider]


@pytest.fixture
def store() -> Iterator[Store]:
    store = Store(":memory:", VirtualClock(speed=0))
    yield store
    store.close()


@pytest.fixture
def clouds(store: Store) -> Iterator[CloudServers]:
    servers = serve_clouds(store)
    yield servers
    servers.stop()


@pytest.fixture
def connect(clouds: CloudServers) -> Iterator[Connect]:
    """Open a provider instance of a package with a configuration."""
    opened: list[Provider] = []

    def connect(package: str, config: Mapping[str, Any] | None = None) -> Provider:
        opened.append(Provider(clouds.ports[package], config))
        return opened[-1]

    yield connect
    for provider in opened:
        provider.close()


@pytest.fixture
def aws(connect: Connect) -> Provider:
    return connect("aws", {"region": "us-east-2"})


@pytest.fixture
def azure(connect: Connect) -> Provider:
    return connect("azure-native", {"location": "westeurope"})


@pytest.fixture
def gcp(connect: Connect) -> Provider:
    return connect("gcp", {"region": "us-east4"})
