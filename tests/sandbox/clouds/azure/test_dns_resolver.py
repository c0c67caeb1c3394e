"""DNS resolvers and their inbound endpoints in the simulated Azure."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.azure.objects import NETWORK, subnet
from tests.sandbox.clouds.harness import Made, Provider, Refused

DELEGATED = [{"name": "d", "serviceName": "Microsoft.Network/dnsResolvers"}]


def network_of(azure: Provider, name: str = "v", cidr: str = "10.0.0.0/16", **more: Any) -> Made:
    return azure.create(
        tokens.VNET,
        resourceGroupName="g",
        virtualNetworkName=name,
        addressSpace={"addressPrefixes": [cidr]},
        **more,
    )


def resolver_of(azure: Provider, network: Made, name: str = "d", **more: Any) -> Made:
    inputs = {"resourceGroupName": "g", "dnsResolverName": name}
    return azure.create(tokens.DNS_RESOLVER, **inputs, virtualNetwork={"id": network.id}, **more)


def endpoint_of(azure: Provider, inside: Made, name: str = "in", **configuration: Any) -> Made:
    return azure.create(
        tokens.DNS_INBOUND_ENDPOINT,
        resourceGroupName="g",
        dnsResolverName="d",
        inboundEndpointName=name,
        ipConfigurations=[{"subnet": {"id": inside.id}, **configuration}],
    )


@pytest.fixture
def network(azure: Provider, group: Made) -> Made:
    return network_of(azure)


@pytest.fixture
def resolver(azure: Provider, network: Made) -> Made:
    return resolver_of(azure, network)


def test_a_network_has_one_resolver_in_its_location(azure: Provider, resolver: Made) -> None:
    assert resolver.id == f"{NETWORK}/dnsResolvers/d"
    assert resolver["dnsResolverState"] == "Connected"
    network = network_of(azure, "w", "10.1.0.0/16")
    with pytest.raises(Refused, match=r"InvalidResourceReference.*virtualNetworks/w"):
        resolver_of(azure, network, "e", location="eastus2")
    resolver_of(azure, network, "e")
    with pytest.raises(Refused, match=r"has resolver .*/dnsResolvers/e already"):
        resolver_of(azure, network, "f")


def test_an_endpoint_takes_the_first_address_of_its_own_subnet(
    azure: Provider, resolver: Made
) -> None:
    inside = subnet(azure, addressPrefix="10.0.255.240/28", delegations=DELEGATED)
    made = endpoint_of(azure, inside)
    (configuration,) = made["ipConfigurations"]
    assert configuration["privateIpAddress"] == "10.0.255.244"
    assert configuration["privateIpAllocationMethod"] == "Dynamic"
    with pytest.raises(Refused, match=r"is used by .*inboundEndpoints/in"):
        endpoint_of(azure, inside, "second")
    for blocked in (inside, resolver):
        with pytest.raises(Refused):
            azure.delete(blocked)
    azure.delete(made)
    azure.delete(resolver)


def test_a_static_address_is_one_that_the_subnet_gives_out(azure: Provider, resolver: Made) -> None:
    inside = subnet(azure, addressPrefix="10.0.255.240/28", delegations=DELEGATED)
    static = {"privateIpAllocationMethod": "Static"}
    with pytest.raises(Refused, match="needs a privateIpAddress"):
        endpoint_of(azure, inside, **static)
    with pytest.raises(Refused, match=r"10\.0\.255\.241 is not available in subnet"):
        endpoint_of(azure, inside, **static, privateIpAddress="10.0.255.241")
    made = endpoint_of(azure, inside, **static, privateIpAddress="10.0.255.250")
    assert made["ipConfigurations"][0]["privateIpAddress"] == "10.0.255.250"


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"addressPrefix": "10.0.255.240/28"}, "is not delegated to"),
        (
            {
                "addressPrefix": "10.0.255.240/28",
                "delegations": [{"name": "d", "serviceName": "Microsoft.Sql/managedInstances"}],
            },
            "is not delegated to",
        ),
        ({"addressPrefix": "10.0.255.248/29", "delegations": DELEGATED}, "must be a /28 to /24"),
        ({"addressPrefix": "10.0.2.0/23", "delegations": DELEGATED}, "must be a /28 to /24"),
        ({"addressPrefix": "10.0.16.240/28", "delegations": DELEGATED}, "used by the service"),
    ],
)
def test_the_subnet_of_an_endpoint_is_delegated_and_neither_small_nor_reserved(
    azure: Provider, resolver: Made, inputs: dict[str, Any], said: str
) -> None:
    with pytest.raises(Refused, match=said):
        endpoint_of(azure, subnet(azure, **inputs))


def test_an_endpoint_is_in_the_network_of_its_resolver(azure: Provider, resolver: Made) -> None:
    network_of(azure, "w", "10.1.0.0/16")
    other = subnet(
        azure,
        virtualNetworkName="w",
        addressPrefix="10.1.255.240/28",
        delegations=DELEGATED,
    )
    with pytest.raises(Refused, match="is not in the resolver's network"):
        endpoint_of(azure, other)
