"""Virtual WANs and their hubs.

The input with the name of a WAN is ``virtualWANName``; no other input of the package is spelled so.
"""

from __future__ import annotations

from sandbox.clouds.azure.cloud import NETWORK, azure, holders, sub_resource
from sandbox.clouds.azure.spaces import block as address_block
from sandbox.clouds.declare import Call, Error
from sandbox.clouds.inputs import block, flag, text

_HUB_SECONDS = 30 * 60
"""Microsoft: "Creating a hub can take 30 minutes to complete" (Virtual WAN, "Create a hub")."""

VIRTUAL_WAN = azure(
    NETWORK,
    "VirtualWan",
    {
        "allowBranchToBranchTraffic": flag(),
        "allowVnetToVnetTraffic": flag(),
        "disableVpnEncryption": flag(),
        "type": text(choices=("Basic", "Standard"), computed=True),
    },
    named="virtualWANName",
    outputs=("office365LocalBreakoutCategory",),
    made=lambda call, id_: {
        "type": call.values.get("type", "Standard"),
        "office365LocalBreakoutCategory": "None",
    },
)

_HUB_OVERLAP: Error = (
    "VirtualHubAddressPrefixOverlap",
    "The address prefix {prefix} of {it} overlaps with that of {id}.",
)


def _hub_range(call: Call) -> None:
    """A rule: a hub is at least a /24, and apart from the other hubs of its WAN.

    Hubs of one WAN are routed to each other.
    """
    prefix = call.values.get("addressPrefix")
    if prefix is None:
        if "virtualWan" in call.values:
            said = "Virtual hub {it} of a virtual WAN needs an addressPrefix."
            raise call.error(("InvalidRequestFormat", said))
        return
    id_ = VIRTUAL_HUB.id(call)
    wanted = address_block(call, prefix, id_)
    if wanted.prefixlen > 24:
        said = "The address prefix {prefix} of virtual hub {it} is smaller than a /24."
        raise call.error(("InvalidVirtualHubAddressPrefix", said), prefix=prefix)
    for wan in call.found.get("virtualWan.id", []):
        for other in holders(call, wan, VIRTUAL_HUB):
            taken = address_block(call, other.body["addressPrefix"], other.id)
            if other.id.lower() != id_.lower() and wanted.overlaps(taken):
                raise call.error(_HUB_OVERLAP, id=other.id, prefix=prefix)


VIRTUAL_HUB = azure(
    NETWORK,
    "VirtualHub",
    {
        "addressPrefix": text(fixed=True),
        "allowBranchToBranchTraffic": flag(),
        "hubRoutingPreference": text(choices=("ExpressRoute", "VpnGateway", "ASPath")),
        "sku": text(choices=("Basic", "Standard")),
        "virtualWan": block(sub_resource(VIRTUAL_WAN), fixed=True),
    },
    rules=(_hub_range,),
    outputs=("kind", "routingState"),
    made=lambda call, id_: {"kind": "Hub", "routingState": "Provisioning"},
    seconds=_HUB_SECONDS,
    ready={"routingState": "Provisioned"},
)
