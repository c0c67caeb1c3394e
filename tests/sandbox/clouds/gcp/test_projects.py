"""Projects and regions of GCP: what one project, or one region, sees of another."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.accounts import (
    CUSTOMER_GCP_PROJECT,
    CUSTOMER_GCP_PROJECT_NUMBER,
    KONG_GCP_PROJECT,
)
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.conftest import Connect
from tests.sandbox.clouds.harness import Made, Provider, Refused

OTHER = "acme-gateway-emea"
CLIENT_CONFIG = "gcp:organizations/getClientConfig:getClientConfig"
GET_PROJECT = "gcp:organizations/getProject:getProject"


@pytest.fixture
def other(connect: Connect) -> Provider:
    """A provider instance of another project of the customer."""
    return connect("gcp", {"project": OTHER, "region": "us-east4"})


def network(gcp: Provider, name: str = "n", **more: Any) -> Made:
    return gcp.create(tokens.GCP_NETWORK, name, name=name, autoCreateSubnetworks=False, **more)


def link(name: str, project: str = CUSTOMER_GCP_PROJECT) -> str:
    return f"projects/{project}/global/networks/{name}"


def subnetwork(gcp: Provider, name: str = "s", network: str = "n", **more: Any) -> Made:
    inputs = {"name": name, "network": network, "ipCidrRange": "10.0.0.0/24", **more}
    return gcp.create(tokens.GCP_SUBNETWORK, name, **inputs)


def peer(gcp: Provider, own: str, peer_network: str, name: str = "p") -> Made:
    ends = {"network": own, "peerNetwork": peer_network}
    return gcp.create(tokens.GCP_PEERING, name, name=name, **ends)


def test_a_network_of_another_project_does_not_exist_for_its_bare_name(
    gcp: Provider, other: Provider
) -> None:
    network(gcp)
    with pytest.raises(Refused, match=rf"projects/{OTHER}/global/networks/n' was not found"):
        subnetwork(other)
    assert network(other).id == link("n", OTHER)
    assert subnetwork(other)["project"] == OTHER


def test_the_input_project_comes_before_that_of_the_provider(
    gcp: Provider, other: Provider
) -> None:
    made = network(gcp, project=OTHER)
    assert made.id == link("n", OTHER)
    assert other.read(made) is not None
    gcp.delete(made)
    assert other.read(made) is None


def test_an_id_names_the_project_and_the_region(connect: Connect, gcp: Provider) -> None:
    network(gcp)
    made = subnetwork(gcp)
    elsewhere = connect("gcp", {"project": OTHER, "region": "europe-west3"})
    nowhere = connect("gcp")
    for provider in (elsewhere, nowhere):
        found = provider.read(made, as_import=True)
        assert found is not None
        assert (found["project"], found["region"]) == (CUSTOMER_GCP_PROJECT, "us-east4")


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        (tokens.GCP_SUBNETWORK, {"ipCidrRange": "10.0.0.0/24"}),
        (
            tokens.GCP_FIREWALL,
            {"sourceRanges": ["10.0.0.0/8"], "allows": [{"protocol": "tcp"}]},
        ),
        (
            tokens.GCP_ADDRESS,
            {"addressType": "INTERNAL", "purpose": "VPC_PEERING", "prefixLength": 20},
        ),
    ],
)
def test_what_a_network_consists_of_is_in_its_project(
    gcp: Provider, other: Provider, token: str, inputs: dict[str, Any]
) -> None:
    made = network(gcp)
    with pytest.raises(Refused, match="Cross project referencing is not allowed"):
        other.create(token, network=made["selfLink"], **inputs)
    assert other.create(token, network=made["selfLink"], project=CUSTOMER_GCP_PROJECT, **inputs)


def test_a_name_may_be_used_again_in_another_region(gcp: Provider) -> None:
    network(gcp)
    subnetwork(gcp)
    again = subnetwork(gcp, region="europe-west3", ipCidrRange="10.0.1.0/24")
    assert again.id.endswith("regions/europe-west3/subnetworks/s")
    with pytest.raises(Refused, match="Error 409"):
        subnetwork(gcp, ipCidrRange="10.0.2.0/24")


def test_a_regional_resource_needs_a_region(connect: Connect, gcp: Provider) -> None:
    network(gcp)
    with pytest.raises(Refused, match="Cannot determine region"):
        subnetwork(connect("gcp"))


def test_peerings_across_projects_become_active_with_both_sides(
    gcp: Provider, other: Provider
) -> None:
    ours, theirs = network(gcp), network(other)
    there = peer(gcp, ours["selfLink"], theirs["selfLink"])
    assert there["state"] == "INACTIVE"
    back = peer(other, theirs.id, ours.id)
    assert (there.id, back.id, back["state"]) == ("n/p", "n/p", "ACTIVE")
    read = gcp.read(there)
    assert read is not None
    assert (read["state"], read["peerNetwork"]) == ("ACTIVE", theirs["selfLink"])
    other.delete(back)
    read = gcp.read(there)
    assert read is not None
    assert read["state"] == "INACTIVE"
    with pytest.raises(Refused, match="resourceInUseByAnotherResource"):
        gcp.delete(ours)
    other.delete(theirs)
    gcp.delete(there)
    gcp.delete(ours)


def test_a_peering_belongs_to_the_project_of_its_network(gcp: Provider, other: Provider) -> None:
    ours, theirs = network(gcp), network(other)
    made = peer(other, ours.id, theirs.id)
    assert gcp.read(made, as_import=True) is not None
    assert other.read(made, as_import=True) is None
    other.delete(made)
    assert gcp.read(made, as_import=True) is None


def test_ranges_of_a_peer_in_another_project_are_kept_apart(gcp: Provider, other: Provider) -> None:
    ours, theirs = network(gcp), network(other)
    subnetwork(other)
    peer(gcp, ours.id, theirs.id)
    peer(other, theirs.id, ours.id)
    with pytest.raises(Refused, match=r"in an active peer \(p\) of the local network"):
        subnetwork(gcp)


def test_an_instance_on_a_network_of_another_project_needs_its_project_or_service_access(
    gcp: Provider, other: Provider
) -> None:
    shared = network(gcp)
    inputs: dict[str, Any] = {
        "memorySizeGb": 1,
        "authorizedNetwork": shared.id,
        "deletionProtection": False,
    }
    with pytest.raises(Refused, match="use connect mode PRIVATE_SERVICE_ACCESS"):
        other.create(tokens.GCP_REDIS, **inputs)
    direct = other.create(tokens.GCP_REDIS, "direct", project=CUSTOMER_GCP_PROJECT, **inputs)
    assert direct["authorizedNetwork"] == shared.id
    inputs["connectMode"] = "PRIVATE_SERVICE_ACCESS"
    with pytest.raises(Refused, match="private service access is not enabled"):
        other.create(tokens.GCP_REDIS, **inputs)
    gcp.create(
        tokens.GCP_ADDRESS,
        name="services",
        network=shared.id,
        addressType="INTERNAL",
        purpose="VPC_PEERING",
        prefixLength=20,
    )
    gcp.create(
        tokens.GCP_CONNECTION,
        network=shared.id,
        service="servicenetworking.googleapis.com",
        reservedPeeringRanges=["services"],
    )
    made = other.create(tokens.GCP_REDIS, reservedIpRange="services", **inputs)
    assert (made["project"], made["authorizedNetwork"]) == (OTHER, shared.id)
    with pytest.raises(Refused, match=rf"already being used by .*{made.id}'"):
        other.delete(Made(tokens.GCP_ADDRESS, "it", _range(shared), {}, {}, {}))


def _range(of: Made) -> str:
    return of.id.replace("networks/n", "addresses/services")


def test_nothing_of_kongs_project_can_be_used(connect: Connect, gcp: Provider) -> None:
    with pytest.raises(Refused, match="it is Kong's"):
        network(connect("gcp", {"project": KONG_GCP_PROJECT}))
    with pytest.raises(Refused, match="it is Kong's"):
        network(gcp, project=KONG_GCP_PROJECT)
    with pytest.raises(Refused, match=r"Error 403: .*forbidden"):
        subnetwork(gcp, network=link("kong-1", KONG_GCP_PROJECT))
    with pytest.raises(Refused, match="it is Kong's"):
        gcp.invoke(GET_PROJECT, projectId=KONG_GCP_PROJECT)


def test_functions_answer_for_the_provider_that_asks(gcp: Provider, other: Provider) -> None:
    for provider, project in ((gcp, CUSTOMER_GCP_PROJECT), (other, OTHER)):
        assert provider.invoke(CLIENT_CONFIG)["project"] == project
        assert provider.invoke(GET_PROJECT)["projectId"] == project
    assert gcp.invoke(GET_PROJECT)["number"] == CUSTOMER_GCP_PROJECT_NUMBER
    number = other.invoke(GET_PROJECT)["number"]
    assert number != CUSTOMER_GCP_PROJECT_NUMBER
    assert gcp.invoke(GET_PROJECT, projectId=OTHER)["number"] == number


def test_a_provider_that_names_no_project_has_the_ambient_one(gcp: Provider) -> None:
    config = gcp.invoke(CLIENT_CONFIG)
    assert (config["project"], config["region"]) == (CUSTOMER_GCP_PROJECT, "us-east4")
