"""Redis instances of the simulated GCP."""

from __future__ import annotations

import ssl

import pytest
from pulumi.runtime.proto import provider_pb2

from sandbox.accounts import CUSTOMER_GCP_PROJECT
from sandbox.clock import VirtualClock
from sandbox.clouds import CloudServers, serve_clouds, wire
from sandbox.clouds.gcp import GCP
from sandbox.clouds.gcp.redis import REDIS
from sandbox.clouds.world import PENDING, World
from sandbox.store import Store
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.gcp.objects import PROJECT, redis
from tests.sandbox.clouds.harness import Failed, Made, Provider, Refused, struct, urn


def test_a_plain_instance_listens_on_6379_with_neither_password_nor_certificate(
    gcp: Provider, network: Made
) -> None:
    made = redis(gcp)
    assert made.id == f"{PROJECT}/locations/us-east4/instances/r"
    assert (made["port"], made["authString"], made["serverCaCerts"]) == (6379, "", [])
    assert made["replicaCount"] == 0


def test_an_encrypted_instance_listens_on_6378_with_a_certificate(
    gcp: Provider, network: Made
) -> None:
    made = redis(gcp, transitEncryptionMode="SERVER_AUTHENTICATION", tier="STANDARD_HA")
    assert made["port"] == 6378
    assert made["replicaCount"] == 1
    (certificate,) = made["serverCaCerts"]
    assert ssl.PEM_cert_to_DER_cert(certificate["cert"])
    assert certificate["expireTime"] > certificate["createTime"]


def test_the_password_of_an_instance_is_a_secret(gcp: Provider, network: Made) -> None:
    checked, _ = gcp.check(
        tokens.GCP_REDIS, memorySizeGb=1, authorizedNetwork="n", authEnabled=True
    )
    answer = gcp.stub.Create(
        provider_pb2.CreateRequest(urn=urn(tokens.GCP_REDIS, "it"), properties=struct(checked))
    )
    bag = wire.decode(answer.properties)
    assert len(bag.values["authString"]) == 36
    assert "authString" in bag.secrets


def test_an_instance_id_has_forty_characters_at_most(gcp: Provider, network: Made) -> None:
    with pytest.raises(Refused, match="must be between 1-40 characters"):
        redis(gcp, "r" * 41)
    redis(gcp, "r" * 40)


def test_switching_authentication_on_mints_a_password(gcp: Provider, network: Made) -> None:
    made = redis(gcp)
    assert gcp.update(made, authEnabled=True)["authString"] != ""


def test_the_host_lies_in_the_reserved_range(gcp: Provider, network: Made) -> None:
    made = redis(gcp, reservedIpRange="10.9.8.0/29")
    assert made["host"].startswith("10.9.8.")
    with pytest.raises(Refused, match="conflicts with Redis instance 'r'"):
        redis(gcp, "second", reservedIpRange="10.9.8.0/28")


def test_an_instance_behind_a_connection_takes_a_block_of_the_allocated_range(
    gcp: Provider, connection: Made, reserved: Made
) -> None:
    made = redis(gcp, connectMode="PRIVATE_SERVICE_ACCESS")
    other = redis(gcp, "second", connectMode="PRIVATE_SERVICE_ACCESS")
    assert made["host"] != other["host"]
    assert made["host"].rsplit(".", 1)[0] == reserved["address"].rsplit(".", 1)[0]
    with pytest.raises(Refused, match="Producer services"):
        gcp.delete(connection)


def test_private_service_access_needs_a_connection(gcp: Provider, network: Made) -> None:
    with pytest.raises(Refused, match="private service access is not enabled"):
        redis(gcp, connectMode="PRIVATE_SERVICE_ACCESS")


def test_an_instance_without_a_network_wants_the_default_one(gcp: Provider) -> None:
    with pytest.raises(Refused, match="networks/default' was not found"):
        gcp.create(tokens.GCP_REDIS, memorySizeGb=1)


@pytest.mark.parametrize("size", [0, 301])
def test_an_instance_holds_1_to_300_gib(gcp: Provider, size: int) -> None:
    with pytest.raises(Failed, match=rf"memorySizeGb to be in the range \(1 - 300\), got {size}"):
        gcp.create(tokens.GCP_REDIS, memorySizeGb=size)


def test_a_protected_instance_is_not_destroyed(gcp: Provider, network: Made) -> None:
    made = gcp.create(tokens.GCP_REDIS, memorySizeGb=1, authorizedNetwork="n")
    with pytest.raises(Refused, match="deletion_protection=false"):
        gcp.delete(made)
    gcp.delete(gcp.update(made, deletionProtection=False))


def test_a_new_instance_takes_five_minutes() -> None:
    clock = VirtualClock(speed=10)
    store = Store(":memory:", clock)
    waited: list[float] = []

    def pause(seconds: float) -> None:
        waited.append(seconds)
        clock.advance(300)

    servers = serve_clouds(store, pause=pause)
    gcp = Provider(servers.ports["gcp"], {"region": "us-east4"})
    try:
        gcp.create(tokens.GCP_NETWORK, name="n", autoCreateSubnetworks=False)
        made = redis(gcp)
        assert waited == [pytest.approx(30, abs=1)]
        assert gcp.update(made, memorySizeGb=2)["memorySizeGb"] == 2
    finally:
        gcp.close()
        servers.stop()
        store.close()


def test_an_instance_that_is_not_ready_takes_no_update(clouds: CloudServers, store: Store) -> None:
    gcp = Provider(clouds.ports["gcp"], {"region": "us-east4"})
    gcp.create(tokens.GCP_NETWORK, name="n", autoCreateSubnetworks=False)
    made = redis(gcp)
    with store.transaction():
        world = World(GCP, store, CUSTOMER_GCP_PROJECT, "us-east4")
        body = world.get(REDIS, made.id) or {}
        world.put(REDIS, made.id, {**body, PENDING: {}}, due=store.clock.now() + 300)
    with pytest.raises(Refused, match="is not ready: it is being created"):
        gcp.update(made, memorySizeGb=2)
    store.clock.advance(300)
    gcp.update(made, memorySizeGb=2)
    gcp.close()
