"""Application Gateways of the v2 SKUs.

A gateway is alone in its subnet, whose security group lets Azure's managers in. It needs a public
address, also when no listener uses it: private deployments are an opt-in of a subscription that is
not simulated. The probes of backends are not simulated.

Source: Microsoft, "Application Gateway infrastructure configuration" and "Application Gateway
components". Codes that it does not document are ``InvalidRequestFormat`` here.
"""

from __future__ import annotations

import ipaddress
import uuid
from typing import Any

from sandbox.clouds.azure.application_gateway_parts import (
    backend_settings,
    certificates,
    each_of,
    listener,
    named_parts,
    pool,
    refused,
    routing_rule,
)
from sandbox.clouds.azure.cloud import NETWORK, REFERENCED, azure, sub_resource
from sandbox.clouds.azure.firewall_policies import FIREWALL_POLICY
from sandbox.clouds.azure.names import owner_id, place, same_location, same_name
from sandbox.clouds.azure.network import SUBNET, VNET
from sandbox.clouds.azure.public_addresses import PUBLIC_ADDRESS
from sandbox.clouds.azure.security import NSG, inbound_rules
from sandbox.clouds.azure.spaces import prefixes
from sandbox.clouds.declare import Call, Error
from sandbox.clouds.inputs import Input, block, blocks, flag, text, texts, whole
from sandbox.clouds.wire import Values
from sandbox.store import Found

_CREATE_SECONDS = 6 * 60
"""Microsoft: "v2 SKU ... can take up to 6 minutes to provision" (Application Gateway FAQ)."""
_MANAGER_PORTS = range(65200, 65536)
"""Ports on which Azure manages the instances of a v2 gateway."""
_ANYBODY = {"*", "internet", "gatewaymanager", "0.0.0.0/0"}

_MANAGERS_BLOCKED: Error = (
    "ApplicationGatewaySubnetInboundTrafficBlockedByNetworkSecurityGroup",
    "Network security group {id} blocks incoming internet traffic on ports 65200 - 65535 to subnet "
    "{subnet}, associated with Application Gateway {it}. This is not permitted for Application "
    "Gateways that have V2 Sku.",
)
_FIREWALL_SKU: Error = (
    "ApplicationGatewayFirewallCannotBeEnabledForSelectedSku",
    "Application Gateway {it} does not support WebApplicationFirewall with the selected SKU {sku}.",
)
_NO_FIREWALL: Error = (
    "ApplicationGatewayFirewallNotConfiguredForSelectedSku",
    "The selected SKU tier {sku} of Application Gateway {it} requires a WebApplicationFirewall.",
)


def _sound_sku(call: Call) -> None:
    """A rule: the SKU has its tier, a number of instances, and a firewall only in WAF_v2."""
    sku = call.values.get("sku", {})
    tier = sku.get("tier")
    if not tier or sku.get("name") != tier:
        raise refused(call, "The name and tier of the sku must be given, and be the same.")
    if ("capacity" in sku) == ("autoscaleConfiguration" in call.values):
        raise refused(call, "Either sku.capacity or autoscaleConfiguration must be given.")
    has_policy = bool(call.values.get("firewallPolicy", {}).get("id"))
    if has_policy and tier != "WAF_v2":
        raise call.error(_FIREWALL_SKU, sku=tier)
    if not has_policy and tier == "WAF_v2":
        raise call.error(_NO_FIREWALL, sku=tier)


def _own_subnet(call: Call) -> None:
    """A rule: a gateway is in one subnet of its region, in which only gateways are."""
    subnets = call.found.get("gatewayIPConfigurations.subnet.id", [])
    if len(subnets) != 1:
        raise refused(call, "Application Gateway needs one gatewayIPConfiguration with a subnet.")
    subnet = subnets[0]
    network = call.world.find(VNET, owner_id(subnet.id))
    if network is None or not same_location(network.body["location"], str(place(call))):
        raise call.error(REFERENCED, id=subnet.id)
    for path, user in call.store.users(subnet):
        if user.kind != GATEWAY.token:
            said = f"Subnet {subnet.id} has other resources ({user.id} at {path}). Only "
            raise refused(call, f"{said}Application Gateways may be in it.")
    _let_managers_in(call, subnet)


def _let_managers_in(call: Call, subnet: Found) -> None:
    """Refuse a subnet whose security group keeps Azure's managers out."""
    id_ = subnet.body.get("networkSecurityGroup", {}).get("id")
    group = call.world.find(NSG, id_) if id_ else None
    if group is None:
        return
    for rule in inbound_rules(call, group):
        if _is_for_managers(rule):
            if rule["access"] == "Allow":
                return
            break
    raise call.error(_MANAGERS_BLOCKED, id=group.id, subnet=subnet.id)


def _is_for_managers(rule: Values) -> bool:
    """Whether a security rule is for all traffic of Azure's managers."""
    sources = {rule.get("sourceAddressPrefix", "").lower()}
    ports = [*rule.get("destinationPortRanges", []), rule.get("destinationPortRange", "")]
    return (
        bool(sources & _ANYBODY)
        and rule["protocol"] in ("*", "Tcp")
        and any(_covers(value) for value in ports if value)
    )


def _covers(ports: str) -> bool:
    low, _, high = ("0-65535" if ports == "*" else ports).partition("-")
    return int(low) <= _MANAGER_PORTS[0] and int(high or low) >= _MANAGER_PORTS[-1]


def _frontend(call: Call, frontend: Values) -> None:
    """A private address is static and in a subnet."""
    if not frontend.get("subnet"):
        return
    if frontend.get("privateIPAllocationMethod") != "Static":
        raise refused(call, f"The private address of {frontend['name']} must be Static.")
    (subnet,) = call.found["frontendIPConfigurations.subnet.id"]
    address = ipaddress.IPv4Address(frontend.get("privateIPAddress", "0.0.0.0"))
    blocks_ = [ipaddress.IPv4Network(prefix) for prefix in prefixes(subnet.body)]
    if not any(address in block_ for block_ in blocks_):
        raise refused(call, f"{address} of {frontend['name']} is not in subnet {subnet.id}.")


def _has_public_address(call: Call) -> None:
    """A rule: one frontend has a public address."""
    if not call.found.get("frontendIPConfigurations.publicIPAddress.id"):
        sku = call.values["sku"]["name"]
        raise refused(call, f"Application Gateway with the SKU {sku} needs a public IP address.")


def _with_principals(identity: Values) -> Values:
    """The identity as Azure returns it: its ids are keys of an object."""
    ids = identity.get("userAssignedIdentities")
    if not isinstance(ids, list):
        return identity
    known = {id_: {"clientId": _guid(id_), "principalId": _guid(f"{id_}/p")} for id_ in ids}
    return {**identity, "userAssignedIdentities": known}


def _guid(seed: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, seed))


_POINTER = {"id": text(same=same_name)}
_NAMED: dict[str, Input] = {"name": text()}
_PROTOCOL: dict[str, Any] = {"choices": ("Http", "Https")}
_SKU = ("Standard_v2", "WAF_v2")

GATEWAY = azure(
    NETWORK,
    "ApplicationGateway",
    {
        "sku": block({"name": text(choices=_SKU), "tier": text(choices=_SKU), "capacity": whole()}),
        "autoscaleConfiguration": block(
            {"minCapacity": whole(required=True, between=(0, 125)), "maxCapacity": whole()}
        ),
        "enableHttp2": flag(),
        "firewallPolicy": block(sub_resource(FIREWALL_POLICY)),
        "identity": block(
            {"type": text(choices=("UserAssigned",)), "userAssignedIdentities": texts()},
            returned=_with_principals,
        ),
        "zones": texts(fixed=True),
        "gatewayIPConfigurations": blocks({**_NAMED, "subnet": block(sub_resource(SUBNET))}),
        "frontendIPConfigurations": blocks(
            {
                **_NAMED,
                "privateIPAddress": text(),
                "privateIPAllocationMethod": text(choices=("Static", "Dynamic")),
                "publicIPAddress": block(sub_resource(PUBLIC_ADDRESS)),
                "subnet": block(sub_resource(SUBNET)),
            }
        ),
        "frontendPorts": blocks({**_NAMED, "port": whole(between=(1, 65535))}),
        "sslCertificates": blocks(
            {**_NAMED, "data": text(), "password": text(), "keyVaultSecretId": text()}
        ),
        "sslPolicy": block(
            {
                "policyType": text(choices=("Predefined", "Custom", "CustomV2")),
                "policyName": text(
                    choices=(
                        "AppGwSslPolicy20150501",
                        "AppGwSslPolicy20170401",
                        "AppGwSslPolicy20170401S",
                        "AppGwSslPolicy20220101",
                        "AppGwSslPolicy20220101S",
                    )
                ),
            }
        ),
        "trustedRootCertificates": blocks({**_NAMED, "data": text(), "keyVaultSecretId": text()}),
        "backendAddressPools": blocks(
            {**_NAMED, "backendAddresses": blocks({"fqdn": text(), "ipAddress": text()})}
        ),
        "probes": blocks(
            {
                **_NAMED,
                "protocol": text(**_PROTOCOL),
                "host": text(),
                "path": text(),
                "port": whole(),
                "interval": whole(between=(1, 86400)),
                "timeout": whole(between=(1, 86400)),
                "unhealthyThreshold": whole(between=(1, 20)),
                "pickHostNameFromBackendHttpSettings": flag(),
                "match": block({"body": text(), "statusCodes": texts()}),
            }
        ),
        "backendHttpSettingsCollection": blocks(
            {
                **_NAMED,
                "port": whole(between=(1, 65535)),
                "protocol": text(**_PROTOCOL),
                "cookieBasedAffinity": text(choices=("Enabled", "Disabled")),
                "hostName": text(),
                "pickHostNameFromBackendAddress": flag(),
                "requestTimeout": whole(between=(1, 86400)),
                "probe": block(_POINTER),
                "trustedRootCertificates": blocks(_POINTER),
            }
        ),
        "httpListeners": blocks(
            {
                **_NAMED,
                "frontendIPConfiguration": block(_POINTER),
                "frontendPort": block(_POINTER),
                "protocol": text(**_PROTOCOL),
                "hostName": text(),
                "sslCertificate": block(_POINTER),
                "requireServerNameIndication": flag(),
            }
        ),
        "requestRoutingRules": blocks(
            {
                **_NAMED,
                "ruleType": text(choices=("Basic",)),
                "priority": whole(between=(1, 20000)),
                "httpListener": block(_POINTER),
                "backendAddressPool": block(_POINTER),
                "backendHttpSettings": block(_POINTER),
            }
        ),
    },
    has_guid=True,
    rules=(
        _sound_sku,
        _own_subnet,
        _has_public_address,
        named_parts,
        certificates,
        each_of("frontendIPConfigurations", _frontend),
        each_of("httpListeners", listener),
        each_of("backendAddressPools", pool),
        each_of("backendHttpSettingsCollection", backend_settings),
        each_of("requestRoutingRules", routing_rule),
    ),
    outputs=("operationalState",),
    made=lambda call, id_: {"operationalState": "Starting"},
    seconds=_CREATE_SECONDS,
    ready={"operationalState": "Running"},
)
