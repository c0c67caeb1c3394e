"""Resource groups, virtual networks and subnets.

Deleting a resource group deletes everything in it. A virtual network with a peering of Kong's
cannot be deleted, neither alone nor with its group.
"""

from __future__ import annotations

from ipaddress import IPv4Network

from sandbox.clouds import tokens
from sandbox.clouds.azure_common import (
    CLOUD,
    azure_type,
    block_or_refuse,
    get,
    group_id,
    in_group,
    location,
    name_of,
    network_id,
    place_or_refuse,
    referred_or_refuse,
    refuse,
    subscription,
    under,
)
from sandbox.clouds.azure_peering import apart_from_peers_or_refuse, unpeered_or_refuse
from sandbox.clouds.inputs import block, blocks, flag, mapping, text, texts, whole
from sandbox.clouds.model import Call, CloudError
from sandbox.clouds.wire import Values

_INSIDE = (
    tokens.VNET,
    tokens.AZURE_SUBNET,
    tokens.NSG,
    tokens.SECURITY_RULE,
    tokens.AZURE_ROUTE_TABLE,
    tokens.VIRTUAL_WAN,
    tokens.VIRTUAL_HUB,
    tokens.ROLE_ASSIGNMENT,
)


def _create_group(call: Call, inputs: Values) -> tuple[str, Values]:
    place = inputs.get("location") or call.config.get("location")
    if not place:
        message = "The required property 'location' is missing: set it or azure-native:location"
        raise CloudError("LocationRequired", message)
    id_ = group_id(subscription(call), inputs["resourceGroupName"])
    return id_, {
        "location": place_or_refuse(place),
        "properties": {"provisioningState": "Succeeded"},
    }


def _delete_group(call: Call, id_: str, body: Values) -> None:
    del body
    for token in (tokens.VNET, tokens.VIRTUAL_HUB):
        for held, _ in under(call.store, token, id_):
            unpeered_or_refuse(call.store, held)
    for token in _INSIDE:
        for inside, _ in under(call.store, token, id_):
            call.store.delete(CLOUD, token, inside)


def _prefixes(inputs: Values) -> list[str]:
    return list((inputs.get("addressSpace") or {}).get("addressPrefixes") or [])


def _space_or_refuse(call: Call, id_: str, inputs: Values) -> None:
    """Refuse prefixes that are invalid, overlap each other or a peer, or miss a subnet."""
    prefixes = _prefixes(inputs)
    if not prefixes:
        message = f"addressSpace.addressPrefixes of {id_} must hold at least one prefix."
        raise refuse(400, "InvalidRequestFormat", message)
    space = [block_or_refuse(prefix, id_) for prefix in prefixes]
    _disjoint_or_refuse(id_, space)
    apart_from_peers_or_refuse(call.store, id_, prefixes)
    for subnet_id, subnet in under(call.store, tokens.AZURE_SUBNET, id_):
        for prefix in _subnet_prefixes(subnet):
            if not any(block_or_refuse(prefix, subnet_id).subnet_of(part) for part in space):
                raise _outside(subnet_id, id_)


def _disjoint_or_refuse(id_: str, space: list[IPv4Network]) -> None:
    """Refuse overlapping prefixes of one network. Azure's error code is not documented."""
    for index, block_ in enumerate(space):
        for other in space[:index]:
            if block_.overlaps(other):
                raise refuse(
                    400,
                    "NetcfgInvalidVirtualNetworkSite",
                    f"Virtual network '{name_of(id_)}' is not valid because its address prefix "
                    f"{block_} overlaps {other}.",
                )


def _outside(subnet_id: str, vnet_id: str) -> CloudError:
    return refuse(
        400,
        "NetcfgSubnetRangeOutsideVnet",
        f"Subnet '{name_of(subnet_id)}' is not valid because its IP address range is outside "
        f"the IP address range of virtual network '{name_of(vnet_id)}'.",
    )


def _create_vnet(call: Call, inputs: Values) -> tuple[str, Values]:
    id_ = network_id(
        subscription(call),
        inputs["resourceGroupName"],
        "virtualNetworks",
        inputs["virtualNetworkName"],
    )
    _space_or_refuse(call, id_, inputs)
    return id_, {"resourceGuid": f"{call.store.serial('azure:guid'):032x}"}


def _update_vnet(call: Call, id_: str, body: Values, inputs: Values) -> Values:
    del body
    _space_or_refuse(call, id_, inputs)
    return {}


def _delete_vnet(call: Call, id_: str, body: Values) -> None:
    del body
    unpeered_or_refuse(call.store, id_)
    for subnet_id, _ in under(call.store, tokens.AZURE_SUBNET, id_):
        call.store.delete(CLOUD, tokens.AZURE_SUBNET, subnet_id)


def _subnet_prefixes(inputs: Values) -> list[str]:
    if "addressPrefix" in inputs:
        return [inputs["addressPrefix"]]
    return list(inputs.get("addressPrefixes") or [])


def _subnet_or_refuse(call: Call, vnet_id: str, id_: str, inputs: Values) -> None:
    """Refuse a subnet that Azure would not accept.

    It must be in the network, overlap no other subnet, be at least a /29, and refer only to
    objects that exist.
    """
    vnet = get(call.store, tokens.VNET, vnet_id)
    if vnet is None:
        raise refuse(
            404,
            "ParentResourceNotFound",
            "Failed to perform 'write' on resource(s) of type 'virtualNetworks/subnets', "
            f"because the parent resource '{vnet_id}' could not be found.",
        )
    prefixes = _subnet_prefixes(inputs)
    if not prefixes:
        message = f"Subnet {id_} needs an addressPrefix or addressPrefixes."
        raise refuse(400, "InvalidRequestFormat", message)
    space = [block_or_refuse(prefix, vnet_id) for prefix in _prefixes(vnet)]
    for prefix in prefixes:
        wanted = block_or_refuse(prefix, id_)
        if wanted.prefixlen > 29:
            message = f"Subnet '{name_of(id_)}' is not valid: {prefix} is smaller than a /29."
            raise refuse(400, "NetcfgInvalidSubnet", message)
        if not any(wanted.subnet_of(part) for part in space):
            raise _outside(id_, vnet_id)
        for other_id, other in under(call.store, tokens.AZURE_SUBNET, vnet_id):
            taken = [block_or_refuse(item, other_id) for item in _subnet_prefixes(other)]
            if other_id != id_ and any(wanted.overlaps(item) for item in taken):
                raise refuse(
                    400,
                    "NetcfgSubnetRangesOverlap",
                    f"Subnet '{name_of(id_)}' is not valid because its IP address range overlaps "
                    "with that of an existing subnet in virtual network "
                    f"'{name_of(vnet_id)}' ('{name_of(other_id)}').",
                )
    for token, prop in (
        (tokens.NSG, "networkSecurityGroup"),
        (tokens.AZURE_ROUTE_TABLE, "routeTable"),
    ):
        referred_or_refuse(call.store, token, inputs.get(prop), id_, vnet["location"])


def _create_subnet(call: Call, inputs: Values) -> tuple[str, Values]:
    vnet_id = network_id(
        subscription(call),
        inputs["resourceGroupName"],
        "virtualNetworks",
        inputs["virtualNetworkName"],
    )
    id_ = f"{vnet_id}/subnets/{inputs['subnetName']}"
    _subnet_or_refuse(call, vnet_id, id_, inputs)
    return id_, {
        "type": "Microsoft.Network/virtualNetworks/subnets",
        "etag": f'W/"{call.store.serial("azure:etag"):08x}"',
        "provisioningState": "Succeeded",
    }


def _update_subnet(call: Call, id_: str, body: Values, inputs: Values) -> Values:
    del body
    _subnet_or_refuse(call, id_.rsplit("/subnets/", 1)[0], id_, inputs)
    return {}


_POLICY = ("Disabled", "Enabled", "NetworkSecurityGroupEnabled", "RouteTableEnabled")

TYPES = (
    azure_type(
        tokens.RESOURCE_GROUP,
        {"location": location(), "managedBy": text(replace=True), "tags": mapping()},
        ("properties",),
        _create_group,
        named="resourceGroupName",
        delete=_delete_group,
    ),
    in_group(
        tokens.VNET,
        {
            "addressSpace": block({"addressPrefixes": texts()}),
            "dhcpOptions": block({"dnsServers": texts()}),
            "enableDdosProtection": flag(),
            "enableVmProtection": flag(),
            "flowTimeoutInMinutes": whole(),
        },
        ("resourceGuid",),
        _create_vnet,
        named="virtualNetworkName",
        update=_update_vnet,
        delete=_delete_vnet,
    ),
    azure_type(
        tokens.AZURE_SUBNET,
        {
            "resourceGroupName": text(required=True, replace=True, path=True),
            "virtualNetworkName": text(required=True, replace=True, path=True),
            "addressPrefix": text(),
            "addressPrefixes": texts(),
            "networkSecurityGroup": block({"id": text()}),
            "routeTable": block({"id": text()}),
            "delegations": blocks(
                {"name": text(), "serviceName": text(), "type": text(), "actions": texts()}
            ),
            "serviceEndpoints": blocks({"service": text(), "locations": texts()}),
            "defaultOutboundAccess": flag(),
            "privateEndpointNetworkPolicies": text(choices=_POLICY),
            "privateLinkServiceNetworkPolicies": text(choices=_POLICY[:2]),
        },
        ("etag", "provisioningState"),
        _create_subnet,
        named="subnetName",
        update=_update_subnet,
    ),
)
