"""The rules of GCP, with the reasons GCP answers."""

from __future__ import annotations

import ssl
from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2

from sandbox.accounts import CUSTOMER_GCP_PROJECT, KONG_GCP_PROJECT
from sandbox.clock import VirtualClock
from sandbox.clouds import CloudServers, serve_clouds, wire
from sandbox.clouds.gcp import GCP
from sandbox.clouds.gcp.redis import REDIS
from sandbox.clouds.world import PENDING, World
from sandbox.store import Store
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.conftest import Connect
from tests.sandbox.clouds.harness import Failed, Made, Provider, Refused, struct, urn

API = "https://www.googleapis.com/compute/v1/"
PROJECT = f"projects/{CUSTOMER_GCP_PROJECT}"
KONG = f"projects/{KONG_GCP_PROJECT}/global/networks/kong-1"


@pytest.fixture
def network(gcp: Provider) -> Made:
    return gcp.create(tokens.GCP_NETWORK, name="n", autoCreateSubnetworks=False)


def subnetwork(gcp: Provider, name: str, block: str, network: str = "n", **more: Any) -> Made:
    return gcp.create(
        tokens.GCP_SUBNETWORK, name, name=name, network=network, ipCidrRange=block, **more
    )


# Networks


def test_ids_are_paths_and_links_are_urls(gcp: Provider, network: Made) -> None:
    assert network.id == f"{PROJECT}/global/networks/n"
    assert network["selfLink"] == API + network.id
    made = subnetwork(gcp, "s", "10.0.0.0/24")
    assert made.id == f"{PROJECT}/regions/us-east4/subnetworks/s"
    assert made["gatewayAddress"] == "10.0.0.1"
    assert made["project"] == CUSTOMER_GCP_PROJECT


def test_a_name_is_taken_once(gcp: Provider, network: Made) -> None:
    with pytest.raises(Refused, match=r"Error 409: .* already exists, alreadyExists"):
        gcp.create(tokens.GCP_NETWORK, name="n")


def test_a_name_is_lower_case(gcp: Provider) -> None:
    with pytest.raises(Failed, match="doesn't match regexp"):
        gcp.create(tokens.GCP_NETWORK, name="Gateway")


def test_an_unknown_region_is_refused(gcp: Provider, network: Made) -> None:
    with pytest.raises(Refused, match="regions/us-east99"):
        subnetwork(gcp, "s", "10.0.0.0/24", region="us-east99")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"block": "10.0.0.0/30"}, "At least a /29, invalid"),
        ({"block": "10.0.0.1/24"}, "Must be a CIDR address range"),
        ({"block": "10.0.0.128/25"}, "conflicts with existing subnetwork 'first'"),
        ({"network": "other"}, "Error 404: .*networks/other' was not found, notFound"),
    ],
)
def test_a_subnetwork_fits_its_network(
    gcp: Provider, network: Made, change: dict[str, str], reason: str
) -> None:
    subnetwork(gcp, "first", "10.0.0.0/24")
    with pytest.raises(Refused, match=reason):
        subnetwork(gcp, "second", **{"block": "10.0.1.0/24", **change})


def test_an_auto_mode_network_uses_its_half_of_ten(gcp: Provider) -> None:
    gcp.create(tokens.GCP_NETWORK, name="n")
    with pytest.raises(Refused, match="conflicts with an auto mode subnetwork"):
        subnetwork(gcp, "s", "10.128.0.0/20")


def test_a_range_grows_in_place_unless_a_neighbour_is_in_the_way(
    gcp: Provider, network: Made
) -> None:
    first = subnetwork(gcp, "first", "10.0.0.0/24")
    grown = gcp.update(first, ipCidrRange="10.0.0.0/23")
    assert grown["ipCidrRange"] == "10.0.0.0/23"
    subnetwork(gcp, "second", "10.0.2.0/24")
    with pytest.raises(Refused, match="conflicts with existing subnetwork 'second'"):
        gcp.update(grown, ipCidrRange="10.0.0.0/22")


def test_secondary_ranges_count(gcp: Provider, network: Made) -> None:
    subnetwork(
        gcp,
        "first",
        "10.0.0.0/24",
        secondaryIpRanges=[{"rangeName": "pods", "ipCidrRange": "10.1.0.0/16"}],
    )
    with pytest.raises(Refused, match="invalidIPCidrRange"):
        subnetwork(gcp, "second", "10.1.4.0/24")


def test_a_network_goes_only_when_nothing_uses_it(gcp: Provider, network: Made) -> None:
    user = subnetwork(gcp, "s", "10.0.0.0/24")
    with pytest.raises(Refused, match=f"{user.id}', resourceInUseByAnotherResource"):
        gcp.delete(network)
    gcp.delete(user)
    gcp.delete(network)
    assert gcp.read(network) is None


def firewall(gcp: Provider, **inputs: Any) -> Made:
    base = {"network": "n", "sourceRanges": ["10.64.0.0/16"], "allows": [{"protocol": "tcp"}]}
    merged = {k: v for k, v in {**base, **inputs}.items() if v is not None}
    return gcp.create(tokens.GCP_FIREWALL, **merged)


def test_a_firewall_says_from_where_and_what(gcp: Provider, network: Made) -> None:
    assert firewall(gcp)["direction"] == "INGRESS"
    with pytest.raises(Refused, match="one of source_ranges, source_tags"):
        firewall(gcp, name="f", sourceRanges=None)
    with pytest.raises(Refused, match=r"'resource\.allowed' or 'denied' not specified"):
        firewall(gcp, name="f", allows=None)
    with pytest.raises(Failed, match="conflicts with denies"):
        firewall(gcp, name="f", denies=[{"protocol": "udp"}])
    with pytest.raises(Failed, match="not a valid IP CIDR range"):
        firewall(gcp, name="f", sourceRanges=["everywhere"])


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (
            {"protocol": "https"},
            r"resource\.allowed\[0\]\.IPProtocol': 'https'\. Invalid IP protocol specification",
        ),
        ({"protocol": "256"}, "Invalid IP protocol specification"),
        (
            {"protocol": "tcp", "ports": ["443", "http"]},
            r"resource\.allowed\[0\]\.ports\[1\]': 'http'\. Invalid port range specification",
        ),
        ({"protocol": "tcp", "ports": ["65536"]}, "Invalid port range specification"),
        ({"protocol": "udp", "ports": ["443-80"]}, "Invalid port range specification"),
        ({"protocol": "tcp", "ports": ["80,443"]}, "Invalid port range specification"),
        ({"protocol": "icmp", "ports": ["8"]}, r"protocol is one of \[TCP, UDP, SCTP\]"),
        ({"protocol": "all", "ports": ["443"]}, r"protocol is one of \[TCP, UDP, SCTP\]"),
    ],
)
def test_a_firewall_has_protocols_and_ports_that_gcp_takes(
    gcp: Provider, network: Made, rule: dict[str, Any], message: str
) -> None:
    with pytest.raises(Refused, match=message):
        firewall(gcp, allows=[rule])
    with pytest.raises(Refused, match=message.replace("allowed", "denied")):
        firewall(gcp, allows=None, denies=[rule])
    with pytest.raises(Refused, match=message):
        gcp.update(firewall(gcp), allows=[rule])


@pytest.mark.parametrize(
    "rule",
    [
        {"protocol": "TCP", "ports": ["443", "8000-8999"]},
        {"protocol": "6", "ports": ["0-65535"]},
        {"protocol": "icmp"},
        {"protocol": "47"},
        {"protocol": "all"},
    ],
)
def test_a_firewall_takes_these(gcp: Provider, network: Made, rule: dict[str, Any]) -> None:
    assert firewall(gcp, allows=[rule])["allows"] == [rule]


def test_the_priority_of_a_firewall_is_in_range(gcp: Provider, network: Made) -> None:
    for priority in (-1, 65536):
        with pytest.raises(Failed, match=r"in the range \(0 - 65535\)"):
            firewall(gcp, priority=priority)
    assert firewall(gcp, priority=0)["priority"] == 0


# Peerings


def link(network: str, project: str = PROJECT) -> str:
    """The path of a network that is given by its name, path or URL."""
    return network if "/" in network else f"{project}/global/networks/{network}"


def peer(gcp: Provider, network: str, other: str, name: str = "p") -> Made:
    ends = {"network": link(network), "peerNetwork": link(other)}
    return gcp.create(tokens.GCP_PEERING, name, name=name, **ends)


@pytest.mark.parametrize("prop", ["network", "peerNetwork"])
def test_a_peering_names_networks_by_path_or_url(gcp: Provider, network: Made, prop: str) -> None:
    ends = {"network": link("n"), "peerNetwork": KONG, prop: "n"}
    with pytest.raises(Failed, match=rf'"{prop}" \("n"\) doesn\'t match regexp'):
        gcp.create(tokens.GCP_PEERING, **ends)


def test_two_peerings_of_ones_own_become_active_together(gcp: Provider, network: Made) -> None:
    other = gcp.create(tokens.GCP_NETWORK, name="m", autoCreateSubnetworks=False)
    there = peer(gcp, network["selfLink"], other["selfLink"])
    assert (there.id, there["state"]) == ("n/p", "INACTIVE")
    back = peer(gcp, other["selfLink"], network["selfLink"])
    assert back["state"] == "ACTIVE"
    read = gcp.read(there)
    assert read is not None
    assert read["state"] == "ACTIVE"
    gcp.delete(back)
    read = gcp.read(there)
    assert read is not None
    assert read["state"] == "INACTIVE"


def test_an_active_peer_keeps_its_ranges_to_itself(gcp: Provider, network: Made) -> None:
    gcp.create(tokens.GCP_NETWORK, "m", name="m", autoCreateSubnetworks=False)
    subnetwork(gcp, "theirs", "10.5.0.0/24", network="m")
    peer(gcp, "n", "m")
    peer(gcp, "m", "n")
    with pytest.raises(Refused, match=r"overlaps with an IP range .* in an active peer \(p\)"):
        subnetwork(gcp, "ours", "10.5.0.0/25")


def test_overlapping_networks_cannot_be_peered(gcp: Provider, network: Made) -> None:
    gcp.create(tokens.GCP_NETWORK, "m", name="m", autoCreateSubnetworks=False)
    subnetwork(gcp, "ours", "10.5.0.0/24")
    subnetwork(gcp, "theirs", "10.5.0.0/16", network="m")
    with pytest.raises(Refused, match="invalidIPCidrRange"):
        peer(gcp, "n", "m")


def test_two_peers_of_a_network_do_not_overlap(gcp: Provider, network: Made) -> None:
    for name, block in (("m", "10.5.0.0/16"), ("o", "10.5.8.0/24")):
        gcp.create(tokens.GCP_NETWORK, name, name=name, autoCreateSubnetworks=False)
        subnetwork(gcp, f"in-{name}", block, network=name)
    peer(gcp, "n", "m")
    peer(gcp, "m", "n")
    with pytest.raises(Refused, match=r"\(10\.5\.0\.0/16\) in an active peer \(p\) of the local"):
        peer(gcp, "n", "o", name="q")


@pytest.mark.parametrize(
    ("ours", "other", "reason"),
    [
        ("missing", KONG, "networks/missing' was not found, notFound"),
        ("n", "missing", "networks/missing' was not found, notFound"),
        ("n", "n", "Cannot peer network with itself"),
    ],
)
def test_a_peering_joins_two_networks_that_are_there(
    gcp: Provider, network: Made, ours: str, other: str, reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        peer(gcp, ours, other)


def test_a_network_is_peered_once_with_another(gcp: Provider, network: Made) -> None:
    peer(gcp, "n", KONG)
    with pytest.raises(Refused, match="alreadyExists"):
        peer(gcp, "n", KONG, name="again")
    with pytest.raises(Refused, match="resourceInUseByAnotherResource"):
        gcp.delete(network)


# Private services and Redis


@pytest.fixture
def reserved(gcp: Provider, network: Made) -> Made:
    return gcp.create(
        tokens.GCP_ADDRESS,
        name="services",
        network=network.id,
        purpose="VPC_PEERING",
        addressType="INTERNAL",
        prefixLength=20,
    )


@pytest.fixture
def connection(gcp: Provider, network: Made, reserved: Made) -> Made:
    return gcp.create(
        tokens.GCP_CONNECTION,
        network=network.id,
        service="servicenetworking.googleapis.com",
        reservedPeeringRanges=["services"],
    )


def redis(gcp: Provider, name: str = "r", **inputs: Any) -> Made:
    base = {"name": name, "memorySizeGb": 1, "authorizedNetwork": "n", "deletionProtection": False}
    return gcp.create(tokens.GCP_REDIS, name, **{**base, **inputs})


def test_a_reserved_range_is_free_and_stays_while_it_is_used(
    gcp: Provider, network: Made, reserved: Made, connection: Made
) -> None:
    taken = f"{reserved['address']}/{reserved['prefixLength']}"
    with pytest.raises(Refused, match="conflicts with allocated range 'services'"):
        subnetwork(gcp, "s", taken)
    with pytest.raises(Refused, match="resourceInUseByAnotherResource"):
        gcp.delete(reserved)
    assert connection.id == (f"{network.id.replace('/', '%2F')}:servicenetworking.googleapis.com")


def test_a_connection_needs_an_allocated_range(gcp: Provider, network: Made) -> None:
    with pytest.raises(Refused, match="Cannot find allocated range 'services'"):
        gcp.create(
            tokens.GCP_CONNECTION,
            network=network.id,
            service="servicenetworking.googleapis.com",
            reservedPeeringRanges=["services"],
        )


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
    with pytest.raises(Failed, match="1 to 300 GiB"):
        gcp.create(tokens.GCP_REDIS, memorySizeGb=size)


def test_a_protected_instance_is_not_destroyed(gcp: Provider, network: Made) -> None:
    made = gcp.create(tokens.GCP_REDIS, memorySizeGb=1, authorizedNetwork="n")
    with pytest.raises(Refused, match="deletion_protection=false"):
        gcp.delete(made)
    gcp.delete(gcp.update(made, deletionProtection=False))


def test_labels_are_lower_case(gcp: Provider, network: Made) -> None:
    with pytest.raises(Refused, match="violates format constraints"):
        redis(gcp, labels={"Team": "platform"})


def test_labels_of_the_provider_come_on_top(gcp: Provider, network: Made) -> None:
    made = redis(gcp, labels={"team": "platform"})
    assert made["effectiveLabels"] == {"team": "platform", "goog-pulumi-provisioned": "true"}


def test_the_project_is_the_customers(gcp: Provider) -> None:
    config = gcp.invoke("gcp:organizations/getClientConfig:getClientConfig")
    assert (config["project"], config["region"]) == (CUSTOMER_GCP_PROJECT, "us-east4")
    project = gcp.invoke("gcp:organizations/getProject:getProject")
    assert project["projectId"] == CUSTOMER_GCP_PROJECT


def test_the_default_labels_of_a_provider_are_on_its_resources(connect: Connect) -> None:
    gcp = connect("gcp", {"defaultLabels": {"owner": "edge", "team": "other"}})
    made = gcp.create(tokens.GCP_ADDRESS, name="a", labels={"team": "platform"})
    assert made["labels"] == {"team": "platform"}
    assert made["pulumiLabels"] == {
        "owner": "edge",
        "team": "platform",
        "goog-pulumi-provisioned": "true",
    }


def test_a_secondary_range_that_an_update_adds_is_free(gcp: Provider, network: Made) -> None:
    first = subnetwork(gcp, "first", "10.0.0.0/24")
    subnetwork(gcp, "second", "10.1.0.0/24")
    taken = [{"rangeName": "pods", "ipCidrRange": "10.1.0.0/20"}]
    with pytest.raises(Refused, match="conflicts with existing subnetwork 'second'"):
        gcp.update(first, secondaryIpRanges=taken)
    free = [{"rangeName": "pods", "ipCidrRange": "10.2.0.0/20"}]
    assert gcp.update(first, secondaryIpRanges=free)["secondaryIpRanges"] == free


def test_a_connection_takes_ranges_of_its_own_network_only(
    gcp: Provider, network: Made, reserved: Made
) -> None:
    other = gcp.create(tokens.GCP_NETWORK, "m", name="m", autoCreateSubnetworks=False)
    with pytest.raises(Refused, match=r"range 'services' in network '.*/m'"):
        gcp.create(
            tokens.GCP_CONNECTION,
            network=other.id,
            service="servicenetworking.googleapis.com",
            reservedPeeringRanges=["services"],
        )


def test_an_abandoned_connection_leaves_its_peering_in_the_network(
    gcp: Provider, network: Made, reserved: Made, connection: Made
) -> None:
    gcp.delete(gcp.update(connection, deletionPolicy="ABANDON"))
    gcp.delete(reserved)
    with pytest.raises(Refused, match="already being used by 'n/servicenetworking-googleapis-com'"):
        gcp.delete(network)


def test_a_connection_that_is_protected_is_not_destroyed(gcp: Provider, connection: Made) -> None:
    kept = gcp.update(connection, deletionPolicy="PREVENT")
    with pytest.raises(Refused, match="deletion_policy PREVENT"):
        gcp.delete(kept)


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
