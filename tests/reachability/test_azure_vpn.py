"""The connections of VPN gateways in Azure, as a state and a preview show them."""

from __future__ import annotations

from typing import Any

import pytest

from reachability.azure_vpn import CONNECTION, GATEWAY, SITE, halves
from reachability.records import records_of_state

HUB = "azure-native:network:VirtualHub"
SEALED = {
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    "ciphertext": "v1",
}


def urn(type_: str, name: str) -> str:
    return f"urn:pulumi:prod::gateway::{type_}::{name}"


def resource(
    type_: str, name: str, inputs: dict[str, Any], dependencies: dict[str, list[str]]
) -> dict[str, Any]:
    id_ = f"/subscriptions/s/{name}"
    return {
        "type": type_,
        "urn": urn(type_, name),
        "custom": True,
        "id": id_,
        "inputs": inputs,
        "outputs": {"id": id_, **inputs},
        "propertyDependencies": dependencies,
    }


def state(links: Any) -> list[dict[str, Any]]:
    """A hub with a VPN gateway, and a connection to a site with two links."""
    sessions = [
        {"ipconfigurationId": f"Instance{one}", "customBgpIpAddresses": [f"169.254.2{1 + one}.9"]}
        for one in (0, 1)
    ]
    site = [
        {
            "name": f"tunnel-{one}",
            "ipAddress": f"35.220.0.{4 + one}",
            "bgpProperties": {"asn": 64517, "bgpPeeringAddress": f"169.254.2{1 + one}.10"},
        }
        for one in (0, 1)
    ]
    gateway = {
        "gatewayName": "vpn",
        "virtualHub": {"id": "/subscriptions/s/hub"},
        "bgpSettings": {"asn": 65515, "bgpPeeringAddresses": sessions},
    }
    connection = {
        "gatewayName": "vpn",
        "remoteVpnSite": {"id": "/subscriptions/s/site"},
        "vpnLinkConnections": links,
    }
    return [
        resource(HUB, "hub", {}, {}),
        resource(GATEWAY, "vpn", gateway, {"virtualHub": [urn(HUB, "hub")]}),
        resource(SITE, "site", {"vpnSiteLinks": site}, {}),
        resource(
            CONNECTION,
            "connection",
            connection,
            {"gatewayName": [urn(GATEWAY, "vpn")], "remoteVpnSite": [urn(SITE, "site")]},
        ),
    ]


OPEN = [
    {
        "name": f"tunnel-{one}",
        "enableBgp": True,
        "sharedKey": "key",
        "vpnGatewayCustomBgpAddresses": [
            {"ipConfigurationId": f"Instance{one}", "customBgpIpAddress": f"169.254.2{1 + one}.9"}
        ],
    }
    for one in (0, 1)
]


@pytest.mark.parametrize("links", [OPEN, SEALED])
def test_a_connection_has_a_tunnel_for_each_link_also_if_its_state_is_encrypted(links: Any) -> None:
    found = list(halves(records_of_state(state(links))))
    assert [(str(one.inside), one.bgp_address, one.peer_bgp_address) for one in found] == [
        ("169.254.21.8/30", "169.254.21.9", "169.254.21.10"),
        ("169.254.22.8/30", "169.254.22.9", "169.254.22.10"),
    ]
    assert all(condition.met for one in found for condition in one.conditions)
