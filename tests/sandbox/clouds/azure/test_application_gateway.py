"""Application Gateways, public addresses and firewall policies in the simulated Azure."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import pytest

from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.azure.objects import NETWORK, rule, subnet
from tests.sandbox.clouds.harness import Failed, Made, Provider, Refused

GATEWAY = f"{NETWORK}/applicationGateways/a"
INVALID = 'Status=400 Code="InvalidRequestFormat"'
MANAGERS = {
    "sourceAddressPrefix": "GatewayManager",
    "destinationPortRange": "65200-65535",
    "priority": 300,
}


def address(azure: Provider, name: str = "p", **more: Any) -> Made:
    inputs = {
        "resourceGroupName": "g",
        "publicIpAddressName": name,
        "sku": {"name": "Standard"},
        "publicIPAllocationMethod": "Static",
    }
    return azure.create(tokens.PUBLIC_ADDRESS, **{**inputs, **more})


def firewall(azure: Provider, *sets: tuple[str, str]) -> Made:
    return azure.create(
        tokens.FIREWALL_POLICY,
        resourceGroupName="g",
        policyName="w",
        managedRules={
            "managedRuleSets": [
                {"ruleSetType": kind, "ruleSetVersion": version}
                for kind, version in sets or (("OWASP", "3.2"),)
            ]
        },
    )


@dataclass
class Parts:
    """What a gateway refers to, and its inputs."""

    azure: Provider
    subnet: Made
    address: Made
    policy: Made

    @property
    def inputs(self) -> dict[str, Any]:
        return {
            "resourceGroupName": "g",
            "applicationGatewayName": "a",
            "sku": {"name": "WAF_v2", "tier": "WAF_v2"},
            "autoscaleConfiguration": {"minCapacity": 0, "maxCapacity": 2},
            "firewallPolicy": {"id": self.policy.id},
            "gatewayIPConfigurations": [{"name": "own", "subnet": {"id": self.subnet.id}}],
            "frontendIPConfigurations": [
                {"name": "public", "publicIPAddress": {"id": self.address.id}},
                {
                    "name": "private",
                    "subnet": {"id": self.subnet.id},
                    "privateIPAddress": "10.0.1.10",
                    "privateIPAllocationMethod": "Static",
                },
            ],
            "frontendPorts": [{"name": "https", "port": 443}],
            "sslCertificates": [{"name": "own", "data": "cGZ4", "password": "p"}],
            "backendAddressPools": [
                {"name": "gateway", "backendAddresses": [{"ipAddress": "10.64.0.4"}]}
            ],
            "probes": [
                {"name": "health", "protocol": "Https", "host": "api.example", "path": "/health"}
            ],
            "backendHttpSettingsCollection": [
                {
                    "name": "https",
                    "port": 443,
                    "protocol": "Https",
                    "probe": {"id": f"{GATEWAY}/probes/health"},
                }
            ],
            "httpListeners": [
                {
                    "name": "https",
                    "protocol": "Https",
                    "frontendIPConfiguration": {
                        "id": f"{GATEWAY}/frontendIPConfigurations/private"
                    },
                    "frontendPort": {"id": f"{GATEWAY}/frontendPorts/https"},
                    "sslCertificate": {"id": f"{GATEWAY}/sslCertificates/own"},
                }
            ],
            "requestRoutingRules": [
                {
                    "name": "all",
                    "ruleType": "Basic",
                    "priority": 100,
                    "httpListener": {"id": f"{GATEWAY}/httpListeners/https"},
                    "backendAddressPool": {"id": f"{GATEWAY}/backendAddressPools/gateway"},
                    "backendHttpSettings": {"id": f"{GATEWAY}/backendHttpSettingsCollection/https"},
                }
            ],
        }

    def gateway(self, **more: Any) -> Made:
        given = {key: one for key, one in {**self.inputs, **more}.items() if one is not None}
        return self.azure.create(tokens.APPLICATION_GATEWAY, **given)


@pytest.fixture
def parts(azure: Provider, vnet: Made, nsg: Made) -> Parts:
    rule(azure, **MANAGERS)
    own = subnet(azure, "own", addressPrefix="10.0.1.0/24", networkSecurityGroup={"id": nsg.id})
    return Parts(azure, own, address(azure), firewall(azure))


def test_a_gateway_runs_and_its_backends_change_in_place(parts: Parts) -> None:
    made = parts.gateway()
    assert made.id == GATEWAY
    assert made["operationalState"] == "Running"
    pool = {"name": "gateway", "backendAddresses": [{"ipAddress": "10.64.0.9"}]}
    assert not parts.azure.diff(made, backendAddressPools=[pool]).replaces
    assert parts.azure.update(made, backendAddressPools=[pool])["backendAddressPools"] == [pool]


def test_what_a_gateway_uses_stays(parts: Parts) -> None:
    made = parts.gateway()
    with pytest.raises(Refused, match=f"PublicIPAddressCannotBeDeleted.*allocated to.*{GATEWAY}"):
        parts.azure.delete(parts.address)
    with pytest.raises(Refused, match="InUseSubnetCannotBeDeleted"):
        parts.azure.delete(parts.subnet)
    with pytest.raises(Refused, match="InUseWebApplicationFirewallPolicyCannotBeDeleted"):
        parts.azure.delete(parts.policy)
    parts.azure.delete(made)
    parts.azure.delete(parts.address)


def changed(value: Any, path: str, new: Any) -> Any:
    """A copy of ``value`` with another one at a path like ``0.probe.id``; None deletes it."""
    copy = deepcopy(value)
    at = copy
    *parents, last = path.split(".")
    for step in parents:
        at = at[int(step) if isinstance(at, list) else step]
    if new is None:
        del at[last]
    else:
        at[last] = new
    return copy


@pytest.mark.parametrize(
    ("prop", "path", "value", "said"),
    [
        (
            "requestRoutingRules",
            "0.priority",
            None,
            "ApplicationGatewayRequestRoutingRulePriorityCannotBeEmpty.*requestRoutingRules/all",
        ),
        (
            "probes",
            "0.protocol",
            "Http",
            "ApplicationGatewayProbeProtocolMustMatchBackendHttpSettingsProtocol",
        ),
        (
            "httpListeners",
            "0.frontendPort.id",
            f"{GATEWAY}/frontendPorts/other",
            "InvalidResourceReference.*frontendPorts/other referenced by .*httpListeners/https",
        ),
        ("httpListeners", "0.sslCertificate", None, "needs an sslCertificate"),
        ("probes", "0.host", None, "Probe health needs a host"),
        ("probes", "0.path", "health", "must begin with '/'"),
        ("sslCertificates", "0.data", None, "either data or a keyVaultSecretId"),
        ("frontendPorts", "0.name", "", "must have a name of its own"),
        ("backendAddressPools", "0.backendAddresses", [{}], "an fqdn or an ipAddress"),
        (
            "backendAddressPools",
            "0.backendAddresses",
            [{"ipAddress": "gateway"}],
            "no IPv4 address",
        ),
        ("frontendIPConfigurations", "1.privateIPAddress", "10.0.2.4", "is not in subnet"),
        ("frontendIPConfigurations", "1.privateIPAllocationMethod", "Dynamic", "must be Static"),
        ("sku", "tier", "Standard_v2", "name and tier"),
        ("sku", "capacity", 2, "Either sku.capacity or autoscaleConfiguration"),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(
    parts: Parts, prop: str, path: str, value: Any, said: str
) -> None:
    with pytest.raises(Refused, match=f"Status=400.*{said}"):
        parts.gateway(**{prop: changed(parts.inputs[prop], path, value)})


def test_a_certificate_of_a_key_vault_needs_an_identity(parts: Parts) -> None:
    certificates = [{"name": "own", "keyVaultSecretId": "https://v.vault.azure.net/secrets/c"}]
    with pytest.raises(Refused, match=f"{INVALID}.*user assigned identity"):
        parts.gateway(sslCertificates=certificates)
    identity = {"type": "UserAssigned", "userAssignedIdentities": ["/subscriptions/s/i"]}
    made = parts.gateway(sslCertificates=certificates, identity=identity)
    (known,) = made["identity"]["userAssignedIdentities"].items()
    assert known[0] == "/subscriptions/s/i"
    assert set(known[1]) == {"clientId", "principalId"}
    read = parts.azure.read(made)
    assert read is not None
    assert read.inputs["identity"] == identity


def test_two_listeners_do_not_share_a_port_and_a_name(parts: Parts) -> None:
    (one,) = parts.inputs["httpListeners"]
    with pytest.raises(Refused, match="ApplicationGatewayHttpListenersUsingSameFrontendPort"):
        parts.gateway(httpListeners=[one, {**one, "name": "second"}])


def test_a_firewall_fits_the_sku(parts: Parts) -> None:
    with pytest.raises(Refused, match="ApplicationGatewayFirewallNotConfiguredForSelectedSku"):
        parts.gateway(firewallPolicy=None)
    with pytest.raises(Refused, match="ApplicationGatewayFirewallCannotBeEnabledForSelectedSku"):
        parts.gateway(sku={"name": "Standard_v2", "tier": "Standard_v2"})


def test_a_gateway_needs_a_public_address(parts: Parts) -> None:
    private = parts.inputs["frontendIPConfigurations"][1:]
    with pytest.raises(Refused, match=f"{INVALID}.*needs a public IP address"):
        parts.gateway(frontendIPConfigurations=private)


def test_the_security_group_of_the_subnet_lets_managers_in(
    parts: Parts, azure: Provider, nsg: Made
) -> None:
    rule(azure, "deny", access="Deny", sourceAddressPrefix="*", destinationPortRange="*")
    code = "ApplicationGatewaySubnetInboundTrafficBlockedByNetworkSecurityGroup"
    with pytest.raises(Refused, match=f"{code}.*{nsg.id} blocks .*65200 - 65535"):
        parts.gateway()


def test_a_gateway_is_in_a_network_of_its_region(parts: Parts, azure: Provider) -> None:
    with pytest.raises(Refused, match=f"InvalidResourceReference.*{parts.subnet.id}"):
        parts.gateway(location="northeurope")


def test_an_address_is_static_and_its_label_is_its_own(azure: Provider, group: Made) -> None:
    with pytest.raises(Refused, match="must have AllocationMethod set to Static"):
        address(azure, publicIPAllocationMethod="Dynamic")
    with pytest.raises(Failed, match="Basic"):
        address(azure, sku={"name": "Basic"})
    made = address(azure, dnsSettings={"domainNameLabel": "acme"})
    assert made["dnsSettings"]["fqdn"] == "acme.westeurope.cloudapp.azure.com"
    with pytest.raises(Refused, match=r"DnsRecordInUse.*acme\.westeurope"):
        address(azure, "p2", dnsSettings={"domainNameLabel": "acme"})
    assert address(azure, "p3")["ipAddress"] != made["ipAddress"]


def test_a_firewall_policy_has_known_rule_sets(azure: Provider, group: Made) -> None:
    with pytest.raises(Refused, match=f"{INVALID}.*OWASP 2.2.9 is not supported"):
        firewall(azure, ("OWASP", "2.2.9"))
    with pytest.raises(Refused, match=f"{INVALID}.*common attacks"):
        firewall(azure, ("Microsoft_BotManagerRuleSet", "1.1"))
