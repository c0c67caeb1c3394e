"""One peering operation at a time: what another provider instance and the same one meet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Any, TypeVar

import pytest

from sandbox.accounts import CUSTOMER_GCP_PROJECT
from sandbox.clock import VirtualClock
from sandbox.clouds import serve_clouds
from sandbox.store import Store
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Made, Provider, Refused

T = TypeVar("T")
IN_PROGRESS = (
    "googleapi: Error 400: There is a peering operation in progress on the local or peer "
    "network. Try again later., badRequest"
)
SOON = 0.2
"""Real seconds in which a request that does not wait would be done."""


class Works:
    """The operations of the cloud: each is running until ``finish`` is called."""

    def __init__(self) -> None:
        self.started, self._over = Event(), Event()
        self.seconds: list[float] = []

    def pause(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self.started.set()
        assert self._over.wait(30)

    def finish(self) -> None:
        self._over.set()

    def begin_again(self) -> None:
        self.started.clear()
        self._over.clear()


class Room:
    """Provider instances of one cloud, and threads for requests that take time."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._threads = ThreadPoolExecutor(64)
        self._opened: list[Provider] = []
        self.gcp = self.instance()
        for name in ("hub", "one", "two", "far", "away"):
            self.gcp.create(tokens.GCP_NETWORK, name, name=name, autoCreateSubnetworks=False)

    def instance(self) -> Provider:
        self._opened.append(Provider(self._port, {"region": "us-east4"}))
        return self._opened[-1]

    def peer(self, provider: Provider, network: str, other: str) -> Future[Made]:
        name = f"{network}-{other}"
        networks = f"projects/{CUSTOMER_GCP_PROJECT}/global/networks"
        ends = {"network": f"{networks}/{network}", "peerNetwork": f"{networks}/{other}"}
        return self.submit(provider.create, tokens.GCP_PEERING, name, name=name, **ends)

    def submit(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> Future[T]:
        return self._threads.submit(work, *args, **kwargs)

    def close(self) -> None:
        self._threads.shutdown()
        for provider in self._opened:
            provider.close()


@pytest.fixture
def works() -> Works:
    return Works()


@pytest.fixture
def room(works: Works) -> Iterator[Room]:
    store = Store(":memory:", VirtualClock(speed=10))
    servers = serve_clouds(store, pause=works.pause)
    room = Room(servers.ports["gcp"])
    yield room
    works.finish()
    room.close()
    servers.stop()
    store.close()


@pytest.mark.parametrize(
    ("network", "other"), [("hub", "two"), ("two", "hub"), ("one", "two"), ("one", "hub")]
)
def test_a_second_operation_on_a_network_of_the_first_is_refused(
    room: Room, works: Works, network: str, other: str
) -> None:
    first = room.peer(room.gcp, "hub", "one")
    assert works.started.wait(30)
    assert works.seconds == [1.5]
    elsewhere = room.instance()
    with pytest.raises(Refused) as refused:
        room.peer(elsewhere, network, other).result(30)
    assert str(refused.value) == IN_PROGRESS
    works.finish()
    assert first.result(30).id == "hub/hub-one"
    assert room.peer(elsewhere, network, other).result(30).id == f"{network}/{network}-{other}"


def test_an_operation_on_other_networks_goes_on(room: Room, works: Works) -> None:
    first = room.peer(room.gcp, "hub", "one")
    assert works.started.wait(30)
    second = room.peer(room.instance(), "far", "away")
    works.finish()
    assert {first.result(30).id, second.result(30).id} == {"hub/hub-one", "far/far-away"}


def test_many_operations_keep_no_other_request_waiting(room: Room, works: Works) -> None:
    """The engine runs 32 operations at once, and a virtual hub in Azure takes half an hour."""
    peerings = []
    for number in range(40):
        names = f"near-{number}", f"away-{number}"
        for name in names:
            room.gcp.create(tokens.GCP_NETWORK, name, name=name, autoCreateSubnetworks=False)
        peerings.append(room.peer(room.instance(), *names))
    made = room.submit(
        room.gcp.create, tokens.GCP_NETWORK, "more", name="more", autoCreateSubnetworks=False
    )
    assert made.result(30).id
    assert not any(one.done() for one in peerings)
    works.finish()
    assert all(one.result(30) for one in peerings)


def test_a_provider_instance_waits_for_its_own_operation(room: Room, works: Works) -> None:
    first = room.peer(room.gcp, "hub", "one")
    assert works.started.wait(30)
    second = room.peer(room.gcp, "hub", "two")
    with pytest.raises(TimeoutError):
        second.result(SOON)
    works.finish()
    assert first.result(30).id == "hub/hub-one"
    assert second.result(30).id == "hub/hub-two"


def test_deleting_a_peering_is_an_operation_too(room: Room, works: Works) -> None:
    works.finish()
    made = room.peer(room.gcp, "hub", "one").result(30)
    works.begin_again()
    deleted = room.submit(room.gcp.delete, made)
    assert works.started.wait(30)
    with pytest.raises(Refused, match="peering operation in progress"):
        room.peer(room.instance(), "hub", "two").result(30)
    works.finish()
    deleted.result(30)


def test_a_refused_peering_leaves_its_networks_free(room: Room, works: Works) -> None:
    with pytest.raises(Refused, match="Cannot peer network with itself"):
        room.peer(room.gcp, "hub", "hub").result(30)
    works.finish()
    assert room.peer(room.instance(), "hub", "one").result(30).id == "hub/hub-one"


def test_a_hub_in_azure_refuses_a_second_operation_also_of_the_same_provider(
    works: Works,
) -> None:
    works.finish()
    store = Store(":memory:", VirtualClock(speed=100_000))
    servers = serve_clouds(store, pause=works.pause)
    azure = Provider(servers.ports["azure-native"], {"location": "eastus2"})
    azure.create(tokens.RESOURCE_GROUP, resourceGroupName="g", location="eastus2")
    wan = azure.create(tokens.VIRTUAL_WAN, resourceGroupName="g", virtualWANName="w")
    for hub, prefix in (("h", "10.9.0.0/23"), ("other", "10.8.0.0/23")):
        names = {"resourceGroupName": "g", "virtualHubName": hub}
        azure.create(tokens.VIRTUAL_HUB, **names, virtualWan={"id": wan.id}, addressPrefix=prefix)

    def table(name: str, hub: str = "h") -> Made:
        names = {"resourceGroupName": "g", "virtualHubName": hub, "routeTableName": name}
        return azure.create(tokens.HUB_ROUTE_TABLE, **names)

    works.begin_again()
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(table, "one")
        assert works.started.wait(30)
        with pytest.raises(Refused, match="AnotherOperationInProgress"):
            table("two")
        elsewhere = threads.submit(table, "two", "other")
        works.finish()
        assert first.result(30).id.endswith("/one")
        assert elsewhere.result(30).id.endswith("/other/hubRouteTables/two")
    assert table("two").id.endswith("/h/hubRouteTables/two")
    azure.close()
    servers.stop()
    store.close()
