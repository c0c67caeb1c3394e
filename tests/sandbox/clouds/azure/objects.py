"""Objects that several tests of Azure create, and the ids of their group."""

from __future__ import annotations

from typing import Any

from sandbox.accounts import CUSTOMER_AZURE_SUBSCRIPTION
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Made, Provider

GROUP = f"/subscriptions/{CUSTOMER_AZURE_SUBSCRIPTION}/resourceGroups/g"
NETWORK = f"{GROUP}/providers/Microsoft.Network"


def subnet(azure: Provider, name: str = "s", **inputs: Any) -> Made:
    base = {
        "resourceGroupName": "g",
        "virtualNetworkName": "v",
        "subnetName": name,
        "addressPrefix": "10.0.0.0/24",
    }
    return azure.create(tokens.AZURE_SUBNET, **{**base, **inputs})


def rule(azure: Provider, name: str = "r", **inputs: Any) -> Made:
    base = {
        "resourceGroupName": "g",
        "networkSecurityGroupName": "n",
        "securityRuleName": name,
        "access": "Allow",
        "direction": "Inbound",
        "protocol": "Tcp",
        "priority": 100,
        "sourceAddressPrefix": "10.64.0.0/16",
        "sourcePortRange": "*",
        "destinationAddressPrefix": "*",
        "destinationPortRange": "443",
    }
    given = {key: value for key, value in {**base, **inputs}.items() if value is not None}
    return azure.create(tokens.SECURITY_RULE, **given)
