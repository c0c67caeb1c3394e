"""The internal load balancer of GCP: in a landing that is created here, and in a given network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from typing import Any

import pulumi
import pytest

from components.connectivity.side import CustomerSide
from components.load_balancers.base import LoadBalancerChoice, LoadBalancerKind, PrivateOrigin
from components.load_balancers.build import RegionalLoadBalancerArgs, load_balancer
from components.networks.attributes import GcpVpcAttributes
from components.regions import Cloud
from providers import konnect
from tests.components.gateway_mocks import World, run_program, unmocked

NETWORK = "projects/acme/global/networks/landing"
ADDRESSES = ["10.96.0.8", "10.96.0.7"]


@pytest.fixture(autouse=True)
def _unmocked() -> Iterator[None]:
    yield
    unmocked()


def built(cidr: str = "10.97.0.0/16", subnet_ids: Mapping[str, str] | None = None) -> World:
    """Build it in a network, whose workload subnetwork is ours unless ``subnet_ids`` are given."""

    def make(provider: konnect.Provider) -> Any:
        del provider
        known = pulumi.Output.from_input
        side = CustomerSide(
            GcpVpcAttributes("landing", "acme", NETWORK, f"https://example/{NETWORK}"),
            known(NETWORK),
            known("landing"),
            known("acme"),
            links={},
            subnet_ids={} if subnet_ids else {"workload": known("workload-id")},
        )
        addresses = known(ADDRESSES)
        origin = PrivateOrigin(
            "gcp-us-central1", "us-central1", IPv4Network("10.96.0.0/20"), addresses
        )
        choice = LoadBalancerChoice(LoadBalancerKind.NETWORK, subnet_ids=subnet_ids or {})
        args = RegionalLoadBalancerArgs(
            Cloud.GCP, choice, origin, side, IPv4Network(cidr), ["us-central1-a"], {"team": "api"}
        )
        load_balancer("lb", args, pulumi.ResourceOptions())
        return {}

    world, _ = run_program(make)
    return world


def test_its_proxies_are_in_the_upper_half_of_the_landing_before_it_exists() -> None:
    world = built()
    (proxies,) = world.of(":Subnetwork")
    assert proxies.inputs["ipCidrRange"] == "10.97.128.0/23"
    assert (proxies.inputs["purpose"], proxies.inputs["role"]) == (
        "REGIONAL_MANAGED_PROXY",
        "ACTIVE",
    )
    (rule,) = world.of(":ForwardingRule")
    assert proxies.urn in rule.depends_on
    assert (rule.inputs["subnetwork"], rule.inputs["labels"]) == ("workload-id", {"team": "api"})
    assert "project" not in rule.inputs


def test_its_endpoints_are_the_addresses_of_the_gateway() -> None:
    (endpoints,) = built().of(":NetworkEndpointList")
    assert endpoints.inputs["networkEndpoints"] == [
        {"ipAddress": "10.96.0.7", "port": 443},
        {"ipAddress": "10.96.0.8", "port": 443},
    ]


def test_in_a_given_network_it_is_in_the_owners_project_and_uses_its_proxies() -> None:
    world = built(subnet_ids={"clients": "projects/acme/regions/us-central1/subnetworks/clients"})
    assert world.of(":Subnetwork") == []
    (rule,) = world.of(":ForwardingRule")
    assert rule.inputs["subnetwork"].endswith("/clients")
    in_gcp = [one for one in world.resources if one.type.startswith("gcp:")]
    assert {one.inputs.get("project") for one in in_gcp} == {"acme"}


def test_a_landing_without_room_for_proxies_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"10\.97\.0\.0/24 has no room for proxies"):
        built("10.97.0.0/24")
