"""Peerings of virtual networks, and connections of virtual hubs to virtual networks.

A peering has two sides, one on each network. The first is ``Initiated``; with the second both are
``Connected``. When one side is deleted, the other is ``Disconnected``. A connection of a hub has no
other side.

Kong's peerings are of these types too (``sandbox.handshakes.azure_peering``). Azure deletes the
peerings of a network with it. Here a network with a peering cannot be deleted, so that a network
that Kong uses is not lost.
"""

from __future__ import annotations

from typing import Any

from sandbox.clouds.azure.cloud import NETWORK, azure, holders, sub_resource
from sandbox.clouds.azure.hub_routes import HUB_OPERATION, own_table, routing_configuration
from sandbox.clouds.azure.names import owner_id, same_name
from sandbox.clouds.azure.network import VNET
from sandbox.clouds.azure.spaces import (
    PEERED,
    Peer,
    overlapping,
    peers,
    prefixes,
    remote_id,
)
from sandbox.clouds.azure.wan import VIRTUAL_HUB
from sandbox.clouds.declare import Call, Error
from sandbox.clouds.inputs import block, flag
from sandbox.clouds.wire import Values
from sandbox.store import Found

_NOT_FOUND: Error = (
    "InvalidGlobalResourceReference",
    "Resource {id} referenced by resource {it} was not found. Please make sure that the referenced "
    "resource exists.",
)
_OVERLAP: Error = (
    "VnetAddressSpacesOverlap",
    "Cannot create or update peering {it}. Virtual networks {remote} and {local} cannot be peered "
    "because their address spaces overlap. Overlapping address prefixes: {one}, {other}.",
)
_SAME_REMOTE: Error = (
    "AnotherPeeringAlreadyReferencesRemoteVnet",
    "Peering {it} cannot be created or updated because another peering {peering} already "
    "references remote virtual network {remote}.",
)
_PEER_OVERLAP: Error = (
    "VnetAddressSpaceOverlapsWithAlreadyPeeredVnet",
    "Cannot create or update peering {it}. Virtual networks {remote} and {local} cannot be peered "
    "because address space of the first virtual network overlaps with address space of virtual "
    "network {peer} already peered with the second virtual network. Overlapping address prefixes: "
    "{one}.",
)
_DISCONNECTED: Error = (
    "RemotePeeringIsDisconnected",
    "Cannot create or update peering {it} because remote peering {peering} referencing parent "
    "virtual network {local} is in Disconnected state. Update or re-create the remote peering to "
    "get it back to Initiated state. Peering gets Disconnected when remote vnet or remote peering "
    "is deleted and re-created.",
)
_NO_GATEWAYS: Error = (
    "RemoteVnetHasNoGateways",
    "Peering {it} cannot have UseRemoteGateways flag set to true because remote virtual network "
    "{remote} referenced by the peering does not have any gateways.",
)
_ONE_HUB: Error = (
    "VirtualNetworkConnectedToAnotherHub",
    "Virtual network {remote} cannot be connected to virtual hub {local}: it is connected to "
    "another virtual hub by {peering}.",
)
"""A network is connected to one hub only. Azure's code is not documented."""


def refuse_overlap(call: Call, local: Found, remote: Peer) -> None:
    """Refuse a peering of a network or hub with the network ``remote`` that Azure refuses."""
    facts = {"local": local.id, "remote": remote.id}
    pair = overlapping(remote.prefixes, prefixes(local.body))
    if pair is not None:
        raise call.error(_OVERLAP, one=pair[0], other=pair[1], **facts)
    for peer in peers(call, local):
        if peer.peering.lower() == remote.peering.lower():
            continue
        if peer.id.lower() == remote.id.lower():
            raise call.error(_SAME_REMOTE, peering=peer.peering, **facts)
        pair = overlapping(remote.prefixes, peer.prefixes)
        if pair is not None:
            raise call.error(_PEER_OVERLAP, one=pair[0], peer=peer.id, **facts)


def _local(call: Call) -> Found:
    """The network or hub that a peering belongs to."""
    return (call.found.get("virtualNetworkName") or call.found["virtualHubName"])[0]


def _remote(call: Call) -> Found:
    """The network that a peering refers to. Raises Azure's error without one."""
    found = call.found.get(PEERED)
    if not found:
        said = "Peering {it} must have a remoteVirtualNetwork."
        raise call.error(("InvalidRequestFormat", said))
    return found[0]


def _apart(call: Call) -> None:
    """A rule: the two networks overlap neither with each other nor with each other's peers."""
    local, remote = _local(call), _remote(call)
    it = call.world.cloud.types[call.token].id(call)
    refuse_overlap(call, local, Peer(it, remote.id, prefixes(remote.body)))
    for peer in peers(call, remote):
        pair = overlapping(prefixes(local.body), peer.prefixes)
        if pair is not None and peer.id.lower() != local.id.lower():
            raise call.error(
                _PEER_OVERLAP, one=pair[0], peer=peer.id, local=remote.id, remote=local.id
            )


def _no_gateways(call: Call) -> None:
    """A rule: gateways of the other network are used only if it has some. None has one yet."""
    if call.values.get("useRemoteGateways"):
        raise call.error(_NO_GATEWAYS, remote=_remote(call).id)


# Peerings of two networks


def _other_side(call: Call, network_id: str, remote: str) -> Found | None:
    """The peering of the network ``remote`` with the network ``network_id``."""
    network = call.world.find(VNET, network_id)
    users = [] if network is None else call.store.users(network)
    for prop, user in users:
        mirrored = user.kind == VNET_PEERING.token and prop == PEERED
        if mirrored and owner_id(user.id).lower() == remote.lower():
            return user
    return None


def _connected_remote(call: Call) -> None:
    """A rule: the other side is not ``Disconnected``."""
    local, remote = _local(call), _remote(call)
    other = _other_side(call, local.id, remote.id)
    if other is not None and other.body["peeringState"] == "Disconnected":
        raise call.error(_DISCONNECTED, peering=other.id, local=local.id)


def _set_other_side(call: Call, network_id: str, remote: str, state: str) -> Found | None:
    """Set the state of the other side of a peering, if there is one."""
    other = _other_side(call, network_id, remote)
    if other is not None:
        call.world.put(VNET_PEERING, other.id, {**other.body, **state_outputs(state)})
    return other


def state_outputs(state: str) -> Values:
    """The outputs of a peering that say its state."""
    level = "FullyInSync" if state == "Connected" else "RemoteNotInSync"
    return {"peeringState": state, "peeringSyncLevel": level}


def _sides(call: Call) -> Values:
    """The state and the remote prefixes of a peering; its other side becomes ``Connected``."""
    local, remote = _local(call), _remote(call)
    other = _set_other_side(call, local.id, remote.id, "Connected")
    space = {"addressPrefixes": prefixes(remote.body)}
    return {
        **state_outputs("Initiated" if other is None else "Connected"),
        "remoteAddressSpace": space,
        "remoteVirtualNetworkAddressSpace": space,
    }


def _disconnect(call: Call) -> None:
    """The other side of a deleted peering becomes ``Disconnected``."""
    _set_other_side(call, owner_id(call.id), remote_id(call.stored or {}), "Disconnected")


_REMOTE: dict[str, Any] = {"missing": _NOT_FOUND, "elsewhere": True}

VNET_PEERING = azure(
    NETWORK,
    "VirtualNetworkPeering",
    {
        "remoteVirtualNetwork": block(sub_resource(VNET, on_delete="keep", **_REMOTE), fixed=True),
        "allowForwardedTraffic": flag(),
        "allowGatewayTransit": flag(),
        "allowVirtualNetworkAccess": flag(),
        "doNotVerifyRemoteGateways": flag(),
        "useRemoteGateways": flag(),
    },
    parent=VNET,
    on_delete="block",
    rules=(_apart, _connected_remote, _no_gateways),
    has_guid=True,
    outputs=(
        "peeringState",
        "peeringSyncLevel",
        "remoteAddressSpace",
        "remoteVirtualNetworkAddressSpace",
    ),
    made=lambda call, id_: _sides(call),
    changed=_sides,
    deleted=_disconnect,
)


# Connections of a hub


def _one_hub(call: Call) -> None:
    """A rule: a network is connected to one hub."""
    local, remote = _local(call), _remote(call)
    for other in holders(call, remote, HUB_CONNECTION):
        if not same_name(owner_id(other.id), local.id):
            raise call.error(_ONE_HUB, remote=remote.id, local=local.id, peering=other.id)


def _own_hub_table(call: Call) -> None:
    """A rule: a connection is associated with a table of its own hub."""
    own_table(call, _local(call).id)


HUB_CONNECTION = azure(
    NETWORK,
    "HubVirtualNetworkConnection",
    {
        "remoteVirtualNetwork": block(sub_resource(VNET, **_REMOTE), fixed=True),
        "allowHubToRemoteVnetTransit": flag(),
        "allowRemoteVnetToUseHubVnetGateways": flag(),
        "enableInternetSecurity": flag(),
        "routingConfiguration": routing_configuration(),
    },
    parent=VIRTUAL_HUB,
    on_delete="block",
    named="connectionName",
    typed=False,
    operation=HUB_OPERATION,
    rules=(_apart, _one_hub, _own_hub_table),
)
