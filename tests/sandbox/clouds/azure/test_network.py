"""Virtual networks and subnets, with Azure's codes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.azure.objects import NETWORK, subnet
from tests.sandbox.clouds.harness import Made, Provider, Refused


@pytest.mark.parametrize(
    ("prefix", "code"),
    [
        ("10.0.0.0/33", "InvalidAddressPrefixFormat"),
        ("ten", "InvalidAddressPrefixFormat"),
        ("10.0.0.1/16", "InvalidCIDRNotation"),
    ],
)
def test_a_prefix_is_well_formed(azure: Provider, group: Made, prefix: str, code: str) -> None:
    with pytest.raises(Refused, match=code):
        azure.create(tokens.VNET, resourceGroupName="g", addressSpace={"addressPrefixes": [prefix]})


def test_the_prefixes_of_a_network_do_not_overlap(azure: Provider, vnet: Made) -> None:
    overlapping = {"addressPrefixes": ["10.0.0.0/16", "10.0.128.0/20"]}
    message = r"NetcfgInvalidVirtualNetworkSite.*10\.0\.128\.0/20 overlaps 10\.0\.0\.0/16"
    with pytest.raises(Refused, match=message):
        azure.create(
            tokens.VNET, resourceGroupName="g", virtualNetworkName="w", addressSpace=overlapping
        )
    with pytest.raises(Refused, match=message):
        azure.update(vnet, addressSpace=overlapping)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"addressPrefix": "10.1.0.0/24"}, "NetcfgSubnetRangeOutsideVnet"),
        ({"addressPrefix": "10.0.0.128/25"}, "NetcfgSubnetRangesOverlap"),
        ({"addressPrefix": "10.0.1.0/30"}, "NetcfgInvalidSubnet"),
        ({"virtualNetworkName": "other"}, "ParentResourceNotFound"),
        ({"networkSecurityGroup": {"id": f"{NETWORK}/x"}}, "InvalidResourceReference"),
        ({"routeTable": {"id": f"{NETWORK}/x"}}, "InvalidResourceReference"),
    ],
)
def test_a_subnet_fits_its_network(
    azure: Provider, vnet: Made, change: dict[str, Any], code: str
) -> None:
    subnet(azure, "first")
    with pytest.raises(Refused, match=code):
        subnet(azure, "second", **{"addressPrefix": "10.0.1.0/24", **change})


def test_a_subnet_refers_to_its_own_location_only(azure: Provider, vnet: Made, group: Made) -> None:
    far = azure.create(tokens.NSG, resourceGroupName="g", location="uksouth")
    with pytest.raises(Refused, match="InvalidResourceReference"):
        subnet(azure, networkSecurityGroup={"id": far.id})


def test_an_address_space_cannot_shrink_under_its_subnets(azure: Provider, vnet: Made) -> None:
    subnet(azure)
    with pytest.raises(Refused, match="NetcfgSubnetRangeOutsideVnet"):
        azure.update(vnet, addressSpace={"addressPrefixes": ["10.0.128.0/17"]})
