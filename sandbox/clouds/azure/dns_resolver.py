"""Azure DNS Private Resolver: the resolver of a virtual network, and its inbound endpoints.

An inbound endpoint has a subnet of its own, which is delegated to the service. Outbound endpoints
and forwarding rulesets, with which a network of the customer asks others, are not modelled.

Source: Microsoft, "What is Azure DNS Private Resolver", sections "Virtual network restrictions" and
"Subnet restrictions", and "Azure DNS Private Resolver endpoints and rulesets". The codes of the
refusals are not documented: they are ``InvalidRequestFormat`` here, as elsewhere in this package.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

from sandbox.clouds.azure.cloud import REFERENCED, Module, azure, holders, sub_resource
from sandbox.clouds.azure.names import (
    LOCATIONS,
    located,
    location,
    owner_id,
    place,
    same_location,
    same_name,
)
from sandbox.clouds.azure.network import SUBNET, VNET
from sandbox.clouds.azure.spaces import prefixes
from sandbox.clouds.declare import Call, CloudError
from sandbox.clouds.inputs import block, blocks, mapping, text
from sandbox.clouds.wire import Values
from sandbox.store import Found

DNS_RESOLVER = Module("dnsresolver", "Microsoft.Network", "2023-07-01-preview")
DELEGATED_TO = "Microsoft.Network/dnsResolvers"
_RESERVED = (IPv4Address("10.0.1.0"), IPv4Address("10.0.16.255"))
"""The range in which no subnet of an endpoint may be."""
_FIRST = 4
"""Azure keeps the first four addresses of a subnet, and the last one."""


def _refused(call: Call, said: str) -> CloudError:
    return call.error(("InvalidRequestFormat", said.replace("{", "{{").replace("}", "}}")))


def _one_of_a_network(call: Call) -> None:
    """A rule: a network has one resolver, which is in its location."""
    (network,) = call.found["virtualNetwork.id"]
    if not same_location(str(place(call)), network.body["location"]):
        raise call.error(REFERENCED, id=network.id)
    for other in holders(call, network, RESOLVER):
        if not same_name(other.id, RESOLVER.id(call)):
            raise _refused(call, f"Virtual network {network.id} has resolver {other.id} already.")


RESOLVER = azure(
    DNS_RESOLVER,
    "DnsResolver",
    {"virtualNetwork": block(sub_resource(VNET, required=True), required=True, fixed=True)},
    has_guid=True,
    outputs=("dnsResolverState",),
    rules=(_one_of_a_network,),
    made=lambda call, id_: {"dnsResolverState": "Connected"},
)


def _subnets(call: Call) -> list[Found]:
    return list(call.found.get("ipConfigurations.subnet.id", []))


def _good_subnet(call: Call) -> None:
    """A rule: the subnet is the endpoint's own, delegated, of a good size and of the network."""
    subnets = _subnets(call)
    if len(subnets) != len(call.values["ipConfigurations"]) or not subnets:
        raise _refused(call, "An inbound endpoint needs IP configurations with a subnet.")
    network = call.found["dnsResolverName"][0].body["virtualNetwork"]["id"]
    for subnet in subnets:
        if not same_name(owner_id(subnet.id), network):
            raise _refused(call, f"Subnet {subnet.id} is not in the resolver's network {network}.")
        services = [one.get("serviceName") for one in subnet.body.get("delegations", [])]
        if services != [DELEGATED_TO]:
            raise _refused(call, f"Subnet {subnet.id} is not delegated to {DELEGATED_TO}.")
        for prefix in prefixes(subnet.body):
            _good_range(call, subnet, IPv4Network(prefix))
        for _, user in call.store.users(subnet):
            if not same_name(user.id, ENDPOINT.id(call)):
                raise _refused(call, f"Subnet {subnet.id} is used by {user.id}.")


def _good_range(call: Call, subnet: Found, range_: IPv4Network) -> None:
    if not 24 <= range_.prefixlen <= 28:
        raise _refused(call, f"Subnet {subnet.id} is {range_}: it must be a /28 to /24.")
    if range_.network_address <= _RESERVED[1] and range_.broadcast_address >= _RESERVED[0]:
        said = f"Subnet {subnet.id} is {range_}, in {_RESERVED[0]} - {_RESERVED[1]}, which is used "
        raise _refused(call, f"{said}by the service.")


def _good_address(call: Call) -> None:
    """A rule: an address is given exactly when it is static, and its subnet has it."""
    for given, subnet in zip(call.values["ipConfigurations"], _subnets(call), strict=True):
        is_static = given.get("privateIpAllocationMethod") == "Static"
        address = given.get("privateIpAddress")
        if is_static and address is None:
            raise _refused(call, "A Static privateIpAllocationMethod needs a privateIpAddress.")
        if is_static and address not in list(_given_out(subnet)):
            raise _refused(call, f"Address {address} is not available in subnet {subnet.id}.")


def _given_out(subnet: Found) -> Iterator[str]:
    """The addresses of a subnet that it gives to endpoints."""
    for prefix in prefixes(subnet.body):
        for address in list(IPv4Network(prefix))[_FIRST:-1]:
            yield str(address)


def _addresses(call: Call) -> Values:
    """The IP configurations with their addresses. A dynamic one is the first of its subnet."""
    configurations = [
        {
            **given,
            "privateIpAllocationMethod": given.get("privateIpAllocationMethod", "Dynamic"),
            "privateIpAddress": given.get("privateIpAddress") or next(_given_out(subnet)),
        }
        for given, subnet in zip(call.values["ipConfigurations"], _subnets(call), strict=True)
    ]
    return {"ipConfigurations": configurations}


ENDPOINT = azure(
    DNS_RESOLVER,
    "InboundEndpoint",
    {
        "location": location(),
        "tags": mapping(),
        "ipConfigurations": blocks(
            {
                "subnet": block(sub_resource(SUBNET, required=True), required=True),
                "privateIpAddress": text(computed=True),
                "privateIpAllocationMethod": text(computed=True, choices=("Static", "Dynamic")),
            },
            required=True,
            computed=True,
        ),
    },
    parent=RESOLVER,
    on_delete="block",
    has_guid=True,
    rules=(
        located(
            "Type", "resource type 'Microsoft.Network/dnsResolvers/inboundEndpoints'", LOCATIONS
        ),
        _good_subnet,
        _good_address,
    ),
    made=lambda call, id_: {"location": place(call), **_addresses(call)},
    changed=_addresses,
)
