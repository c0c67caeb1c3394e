"""Kong's peering with a virtual network, and its connection to a virtual hub.

Kong's application has a principal in the customer's directory. With the role that the customer
assigned to it, Kong creates both sides. The side of the customer's network is an object like a
peering that the customer declares; Kong's network and its side are not stored.
"""

from __future__ import annotations

from sandbox.accounts import CUSTOMER_AZURE_TENANT, KONG_AZURE_PRINCIPAL, KONG_AZURE_SUBSCRIPTION
from sandbox.clouds.azure import AZURE
from sandbox.clouds.azure.authorization import missing_actions
from sandbox.clouds.azure.network import VNET
from sandbox.clouds.azure.peering import HUB_CONNECTION, VNET_PEERING, refuse_overlap, state_outputs
from sandbox.clouds.azure.spaces import PEERED, Peer
from sandbox.clouds.azure.wan import VIRTUAL_HUB
from sandbox.clouds.declare import ResourceType
from sandbox.clouds.world import PENDING, World
from sandbox.store import Found, Store

VNET_ACTIONS = [
    "Microsoft.Network/virtualNetworks/read",
    "Microsoft.Network/virtualNetworks/virtualNetworkPeerings/read",
    "Microsoft.Network/virtualNetworks/virtualNetworkPeerings/write",
    "Microsoft.Network/virtualNetworks/virtualNetworkPeerings/delete",
    "Microsoft.Network/virtualNetworks/peer/action",
]
"""The actions that Kong's principal needs on a peered virtual network."""
HUB_ACTIONS = [
    "Microsoft.Network/virtualHubs/read",
    "Microsoft.Network/virtualHubs/hubVirtualNetworkConnections/read",
    "Microsoft.Network/virtualHubs/hubVirtualNetworkConnections/write",
    "Microsoft.Network/virtualHubs/hubVirtualNetworkConnections/delete",
]
"""The actions that Kong's principal needs on a virtual hub."""


def missing(
    store: Store,
    *,
    tenant_id: str,
    subscription_id: str,
    resource_group_name: str,
    vnet_name: str | None = None,
    vhub_name: str | None = None,
) -> str | None:
    """Why Kong's principal cannot peer with a network or hub; None when it can."""
    world = _world(store, subscription_id)
    type_, names = _target(resource_group_name, vnet_name, vhub_name)
    id_ = type_.id(world.call(type_, names))
    if tenant_id.lower() != CUSTOMER_AZURE_TENANT:
        return f"Kong's application has no consent in tenant {tenant_id}"
    target = world.get(type_, id_)
    if target is None or world.tenant == KONG_AZURE_SUBSCRIPTION:
        return f"{id_} does not exist"
    if PENDING in target:
        return f"{id_} is not provisioned yet"
    wanted = VNET_ACTIONS if type_ is VNET else HUB_ACTIONS
    lacking = missing_actions(world, KONG_AZURE_PRINCIPAL, id_, wanted)
    if lacking:
        return f"principal {KONG_AZURE_PRINCIPAL} lacks {', '.join(lacking)} on {id_}"
    return None


def open_(
    store: Store,
    *,
    subscription_id: str,
    resource_group_name: str,
    vnet_name: str | None = None,
    vhub_name: str | None = None,
    kong_vnet_id: str,
    cidr_block: str,
    name: str,
) -> str:
    """Create both sides of a peering with Kong's network; returns the id of the customer's side.

    Raises CloudError, with Azure's code, when the target does not exist, when the two are
    peered already, or when Kong's address space overlaps that of the target or of a network
    peered with it.
    """
    world = _world(store, subscription_id)
    type_, names = _target(resource_group_name, vnet_name, vhub_name)
    kind, named = (
        (VNET_PEERING, "virtualNetworkPeeringName")
        if type_ is VNET
        else (HUB_CONNECTION, "connectionName")
    )
    call = world.call(kind, {**names, named: name, "remoteVirtualNetwork": {"id": kong_vnet_id}})
    id_ = type_.id(call)
    target = world.find(type_, id_)
    if target is None:
        raise call.error(type_.missing, id=id_)
    if world.get(kind, kind.id(call)) is not None:
        # Attachments of two Kong networks may have the same name.
        call.values[named] = f"{name}-{store.serial('azure:peering')}"
    refuse_overlap(call, target, Peer(kind.id(call), kong_vnet_id, [cidr_block]))
    space = {"addressSpace": {"addressPrefixes": [cidr_block]}}
    kong = Found(AZURE.name, KONG_AZURE_SUBSCRIPTION, "", VNET.token, kong_vnet_id, space)
    call.found = {_parent(type_): [target], PEERED: [kong]}
    peering_id = kind.id(call)
    outputs = {**kind.made(call, peering_id), "_remotePrefixes": [cidr_block]}
    if kind is VNET_PEERING:
        outputs |= state_outputs("Connected")
    world.put(kind, peering_id, kind.body(call.values, outputs))
    return peering_id


def state(store: Store, peering_id: str) -> str | None:
    """``Connected`` or ``Succeeded`` (a hub's connection), or None when it does not exist."""
    world = _world(store, AZURE.tenant_of_id(peering_id, ""))
    for kind, prop in ((VNET_PEERING, "peeringState"), (HUB_CONNECTION, "provisioningState")):
        body = world.get(kind, peering_id)
        if body is not None:
            return str(body[prop])
    return None


def close(store: Store, peering_id: str) -> None:
    """Delete both sides of a peering."""
    world = _world(store, AZURE.tenant_of_id(peering_id, ""))
    for kind in (VNET_PEERING, HUB_CONNECTION):
        world.remove_all(kind, peering_id)


def _world(store: Store, subscription_id: str) -> World:
    return World(AZURE, store, subscription_id.lower())


def _target(
    resource_group_name: str, vnet_name: str | None, vhub_name: str | None
) -> tuple[ResourceType, dict[str, str]]:
    """(type, inputs with the names) of the network or hub to peer with."""
    if (vnet_name is None) == (vhub_name is None):
        raise ValueError("name either a virtual network or a virtual hub")
    type_ = VNET if vhub_name is None else VIRTUAL_HUB
    names = {"resourceGroupName": resource_group_name}
    return type_, {**names, _parent(type_): vnet_name or vhub_name or ""}


def _parent(type_: ResourceType) -> str:
    """The input of a peering that names its network or hub."""
    return "virtualNetworkName" if type_ is VNET else "virtualHubName"
