"""VPN gateways in virtual hubs, their sites and connections, with what Azure refuses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.azure.objects import NETWORK
from tests.sandbox.clouds.harness import Made, Provider, Refused, secret

POLICY = {
    "ikeEncryption": "AES256",
    "ikeIntegrity": "SHA256",
    "dhGroup": "DHGroup14",
    "ipsecEncryption": "AES256",
    "ipsecIntegrity": "SHA256",
    "pfsGroup": "PFS14",
    "saLifeTimeSeconds": 3600,
    "saDataSizeKilobytes": 102400000,
}


@pytest.fixture
def wan(azure: Provider, group: Made) -> Made:
    return azure.create(tokens.VIRTUAL_WAN, resourceGroupName="g", virtualWANName="w")


@pytest.fixture
def hub(azure: Provider, wan: Made) -> Made:
    return azure.create(
        tokens.VIRTUAL_HUB,
        resourceGroupName="g",
        virtualHubName="h",
        virtualWan={"id": wan.id},
        addressPrefix="10.9.0.0/23",
    )


def gateway(
    azure: Provider,
    hub: Made,
    first: tuple[str, ...] = ("169.254.21.2",),
    second: tuple[str, ...] = ("169.254.22.2",),
    **inputs: Any,
) -> Made:
    custom = {"Instance0": list(first), "Instance1": list(second)}
    settings = {
        "asn": 65515,
        "bgpPeeringAddresses": [
            {"ipconfigurationId": instance, "customBgpIpAddresses": addresses}
            for instance, addresses in custom.items()
        ],
    }
    base = {"gatewayName": "v", "virtualHub": {"id": hub.id}, "bgpSettings": settings}
    return azure.create(tokens.AZURE_VPN_GATEWAY, resourceGroupName="g", **{**base, **inputs})


def link(number: int, **more: Any) -> dict[str, Any]:
    """A link of a site, with a BGP peer in the tunnel's inside block."""
    return {
        "name": str(number),
        "ipAddress": f"52.1.2.{number + 1}",
        "bgpProperties": {"asn": 64513, "bgpPeeringAddress": f"169.254.21.{4 * number + 1}"},
        **more,
    }


def site(azure: Provider, wan: Made, *links: dict[str, Any], name: str = "s") -> Made:
    return azure.create(
        tokens.VPN_SITE,
        resourceGroupName="g",
        vpnSiteName=name,
        virtualWan={"id": wan.id},
        vpnSiteLinks=list(links or (link(0),)),
    )


def connection(azure: Provider, to: Made, name: str = "c", **link_inputs: Any) -> Made:
    """A connection to the first link of a site. ``more`` is for the link connection."""
    base = {
        "name": "0",
        "vpnSiteLink": {"id": f"{to.id}/vpnSiteLinks/0"},
        "sharedKey": "a-key",
        "enableBgp": True,
        "vpnGatewayCustomBgpAddresses": [
            {"ipConfigurationId": "Instance0", "customBgpIpAddress": "169.254.21.2"},
            {"ipConfigurationId": "Instance1", "customBgpIpAddress": "169.254.22.2"},
        ],
        "ipsecPolicies": [POLICY],
    }
    return azure.create(
        tokens.AZURE_VPN_CONNECTION,
        resourceGroupName="g",
        gatewayName="v",
        connectionName=name,
        remoteVpnSite={"id": to.id},
        vpnLinkConnections=[{**base, **link_inputs}],
    )


def test_a_gateway_has_two_instances_with_addresses_of_their_own(
    azure: Provider, hub: Made
) -> None:
    made = gateway(azure, hub)

    assert made.id == f"{NETWORK}/vpnGateways/v"
    first, second = made["bgpSettings"]["bgpPeeringAddresses"]
    assert (first["ipconfigurationId"], second["ipconfigurationId"]) == ("Instance0", "Instance1")
    assert first["defaultBgpIpAddresses"] == ["10.9.0.12"]
    assert second["customBgpIpAddresses"] == ["169.254.22.2"]
    public = {one["id"]: one["publicIpAddress"] for one in made["ipConfigurations"]}
    assert public["Instance0"] == first["tunnelIpAddresses"][0]
    assert len(set(public.values())) == 2
    assert made["bgpSettings"]["asn"] == 65515


def test_a_hub_has_one_gateway(azure: Provider, hub: Made) -> None:
    gateway(azure, hub)
    with pytest.raises(Refused, match="has the VPN gateway"):
        gateway(azure, hub, gatewayName="second")


def test_a_gateway_stays_in_its_hub(azure: Provider, hub: Made) -> None:
    made = gateway(azure, hub)
    assert azure.diff(made, virtualHub={"id": f"{hub.id}-2"}).replaces == ["virtualHub"]
    assert not azure.diff(made, vpnGatewayScaleUnit=2).replaces


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        (("169.254.20.2",), (), "must be from 169.254.21.0 to 169.254.22.255"),
        (("10.0.0.1",), (), "must be from 169.254.21.0 to 169.254.22.255"),
        (("169.254.21.2",), ("169.254.21.2",), "each is of one instance"),
    ],
)
def test_custom_bgp_addresses_are_link_local_and_of_one_instance(
    azure: Provider, hub: Made, first: tuple[str, ...], second: tuple[str, ...], reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        gateway(azure, hub, first, second)


def test_the_asn_of_a_gateway_is_fixed(azure: Provider, hub: Made) -> None:
    with pytest.raises(Refused, match="must be 65515"):
        gateway(azure, hub, bgpSettings={"asn": 64999})


@pytest.mark.parametrize(
    ("links", "reason"),
    [
        ([link(0), link(0)], "a name of its own"),
        ([link(0), link(1, ipAddress="52.1.2.1")], "an address of its own"),
        ([link(0, fqdn="peer.example")], "an ipAddress or an fqdn"),
        ([link(0, ipAddress="10.0.0.4")], "not a public address"),
        ([link(0, bgpProperties={"asn": 65515, "bgpPeeringAddress": "169.254.21.1"})], "reserve"),
        ([link(0, bgpProperties={"asn": 64513})], "need asn and bgpPeeringAddress"),
        ([link(number) for number in range(5)], "needs one to 4"),
    ],
)
def test_the_links_of_a_site_are_complete_and_apart(
    azure: Provider, wan: Made, links: list[dict[str, Any]], reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        site(azure, wan, *links)


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({"vpnSiteLink": {"id": f"{NETWORK}/vpnSites/s/vpnSiteLinks/1"}}, "is not a link of"),
        (
            {
                "vpnGatewayCustomBgpAddresses": [
                    {"ipConfigurationId": "Instance1", "customBgpIpAddress": "169.254.21.2"}
                ]
            },
            "is not one of Instance1",
        ),
        ({"enableBgp": False}, "and not enableBgp"),
        ({"sharedKey": "k" * 129}, "1 to 128 ASCII"),
        ({"sharedKey": "ключ"}, "1 to 128 ASCII"),
        ({"ipsecPolicies": [{**POLICY, "dhGroup": "DHGroup1"}]}, "dhGroup DHGroup1"),
        ({"ipsecPolicies": [{**POLICY, "ipsecIntegrity": "GCMAES256"}]}, "both must be"),
        ({"ipsecPolicies": [{**POLICY, "saLifeTimeSeconds": 60}]}, "must be at least 300"),
    ],
)
def test_a_link_connection_meets_its_site_and_its_gateway(
    azure: Provider, hub: Made, wan: Made, inputs: dict[str, Any], reason: str
) -> None:
    gateway(azure, hub)
    to = site(azure, wan)
    with pytest.raises(Refused, match=reason):
        connection(azure, to, **inputs)
    made = connection(azure, to, sharedKey=secret("a-key"))
    assert made["vpnLinkConnections"][0]["id"].endswith("/c/vpnLinkConnections/0")


def test_a_branch_uses_the_default_table(azure: Provider, hub: Made, wan: Made) -> None:
    gateway(azure, hub)
    made = connection(azure, site(azure, wan))
    table = azure.create(
        tokens.HUB_ROUTE_TABLE, resourceGroupName="g", virtualHubName="h", routeTableName="t"
    )
    with pytest.raises(Refused, match="associated with the defaultRouteTable"):
        azure.update(made, routingConfiguration={"associatedRouteTable": {"id": table.id}})
    azure.update(made, routingConfiguration={"propagatedRouteTables": {"ids": [{"id": table.id}]}})
    with pytest.raises(Refused, match="InUseHubRouteTableCannotBeDeleted"):
        azure.delete(table)


def test_a_site_of_another_wan_is_not_connected(azure: Provider, hub: Made, wan: Made) -> None:
    other = azure.create(tokens.VIRTUAL_WAN, resourceGroupName="g", virtualWANName="other")
    gateway(azure, hub)
    with pytest.raises(Refused, match="not of the virtual WAN"):
        connection(azure, site(azure, other))


def test_a_site_is_connected_once_by_a_gateway(azure: Provider, hub: Made, wan: Made) -> None:
    gateway(azure, hub)
    to = site(azure, wan)
    connection(azure, to)
    with pytest.raises(Refused, match="is connected to it by"):
        connection(azure, to, name="again")


def test_what_a_connection_uses_stays(azure: Provider, hub: Made, wan: Made) -> None:
    v, to = gateway(azure, hub), site(azure, wan)
    made = connection(azure, to)
    less = [{"ipconfigurationId": "Instance0", "customBgpIpAddresses": []}]
    with pytest.raises(Refused, match=r"169\.254\.21\.2 of VPN gateway .* is in use"):
        azure.update(v, bgpSettings={"bgpPeeringAddresses": less})
    with pytest.raises(Refused, match="is in use by connection"):
        azure.update(to, vpnSiteLinks=[link(1)])
    for held in (to, v, hub, wan):
        with pytest.raises(Refused, match="CannotBeDeleted"):
            azure.delete(held)
    for one in (made, to, v, hub, wan):
        azure.delete(one)
