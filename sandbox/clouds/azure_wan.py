"""Virtual WANs and their hubs.

The input with the name of a WAN is ``virtualWANName``; no other input of the package is spelled so.
"""

from __future__ import annotations

from sandbox.clouds import tokens
from sandbox.clouds.azure_common import (
    CLOUD,
    block_or_refuse,
    in_group,
    network_id,
    referred_or_refuse,
    refuse,
    subscription,
)
from sandbox.clouds.azure_peering import unpeered_or_refuse
from sandbox.clouds.inputs import block, flag, text
from sandbox.clouds.model import Call
from sandbox.clouds.wire import Values


def _create_wan(call: Call, inputs: Values) -> tuple[str, Values]:
    id_ = network_id(
        subscription(call), inputs["resourceGroupName"], "virtualWans", inputs["virtualWANName"]
    )
    return id_, {"type": inputs.get("type", "Standard"), "office365LocalBreakoutCategory": "None"}


def _delete_wan(call: Call, id_: str, body: Values) -> None:
    del body
    held_by = [
        hub_id
        for hub_id, hub in call.store.list(CLOUD, tokens.VIRTUAL_HUB)
        if (hub.get("virtualWan") or {}).get("id") == id_
    ]
    if held_by:
        message = f"VirtualWan {id_} is in use by {', '.join(held_by)} and cannot be deleted."
        raise refuse(400, "InUseVirtualWanCannotBeDeleted", message)


def _create_hub(call: Call, inputs: Values) -> tuple[str, Values]:
    id_ = network_id(
        subscription(call), inputs["resourceGroupName"], "virtualHubs", inputs["virtualHubName"]
    )
    if "virtualWan" in inputs and "addressPrefix" not in inputs:
        message = f"Virtual hub {id_} of a virtual WAN needs an addressPrefix."
        raise refuse(400, "InvalidRequestFormat", message)
    if "addressPrefix" in inputs:
        prefix = block_or_refuse(inputs["addressPrefix"], id_)
        if prefix.prefixlen > 24:
            message = f"The address prefix {prefix} of virtual hub {id_} is smaller than a /24."
            raise refuse(400, "InvalidVirtualHubAddressPrefix", message)
        _apart_or_refuse(call, id_, inputs)
    referred_or_refuse(call.store, tokens.VIRTUAL_WAN, inputs.get("virtualWan"), id_)
    return id_, {"routingState": "Provisioned", "kind": "Hub"}


def _apart_or_refuse(call: Call, id_: str, inputs: Values) -> None:
    """Refuse overlapping hubs of one WAN, because they are routed to each other."""
    wanted = block_or_refuse(inputs["addressPrefix"], id_)
    for other_id, other in call.store.list(CLOUD, tokens.VIRTUAL_HUB):
        same_wan = other.get("virtualWan") == inputs.get("virtualWan") and "virtualWan" in inputs
        if same_wan and wanted.overlaps(block_or_refuse(other["addressPrefix"], other_id)):
            message = f"The address prefix {wanted} of {id_} overlaps with that of {other_id}."
            raise refuse(400, "VirtualHubAddressPrefixOverlap", message)


def _delete_hub(call: Call, id_: str, body: Values) -> None:
    del body
    unpeered_or_refuse(call.store, id_)


TYPES = (
    in_group(
        tokens.VIRTUAL_WAN,
        {
            "allowBranchToBranchTraffic": flag(),
            "allowVnetToVnetTraffic": flag(),
            "disableVpnEncryption": flag(),
            "type": text(choices=("Basic", "Standard"), computed=True),
        },
        ("office365LocalBreakoutCategory",),
        _create_wan,
        named="virtualWANName",
        delete=_delete_wan,
    ),
    in_group(
        tokens.VIRTUAL_HUB,
        {
            "addressPrefix": text(replace=True),
            "allowBranchToBranchTraffic": flag(),
            "hubRoutingPreference": text(choices=("ExpressRoute", "VpnGateway", "ASPath")),
            "sku": text(choices=("Basic", "Standard")),
            "virtualWan": block({"id": text()}, replace=True),
        },
        ("kind", "routingState"),
        _create_hub,
        named="virtualHubName",
        delete=_delete_hub,
    ),
)
