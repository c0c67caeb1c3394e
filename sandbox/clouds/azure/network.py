"""Virtual networks and subnets."""

from __future__ import annotations

from ipaddress import IPv4Network

from sandbox.clouds.azure.cloud import NETWORK, REFERENCED, azure, holders, sub_resource
from sandbox.clouds.azure.names import owner_id, same_location, same_name
from sandbox.clouds.azure.security import NSG, ROUTE_TABLE
from sandbox.clouds.azure.spaces import block as address_block
from sandbox.clouds.azure.spaces import overlapping, peered_by, peers, prefixes
from sandbox.clouds.declare import Call, Error, name_of
from sandbox.clouds.inputs import block, blocks, flag, text, texts, whole
from sandbox.clouds.wire import Values

_INVALID = "InvalidRequestFormat"
_OVERLAP: Error = (
    "NetcfgInvalidVirtualNetworkSite",
    "Virtual network '{it_name}' is not valid because its address prefix {one} overlaps {other}.",
)
"""The error for overlapping prefixes of one network. Azure's code is not documented."""
_PEER_OVERLAP: Error = (
    "VnetAddressSpacesOverlap",
    "The address prefix {one} of {it} overlaps with {other} of the network that is peered by "
    "{peering}.",
)
_OUTSIDE: Error = (
    "NetcfgSubnetRangeOutsideVnet",
    "Subnet '{name}' is not valid because its IP address range is outside the IP address range of "
    "virtual network '{network}'.",
)
_SUBNETS_OVERLAP: Error = (
    "NetcfgSubnetRangesOverlap",
    "Subnet '{it_name}' is not valid because its IP address range overlaps with that of an "
    "existing subnet in virtual network '{network}' ('{name}').",
)


def _space(call: Call) -> None:
    """A rule: the prefixes are valid, overlap neither each other nor a peer, and hold subnets."""
    given, id_ = prefixes(call.values), VNET.id(call)
    if not given:
        said = "addressSpace.addressPrefixes of {it} must hold at least one prefix."
        raise call.error((_INVALID, said))
    space = [address_block(call, prefix, id_) for prefix in given]
    for index, one in enumerate(space):
        for other in space[:index]:
            if one.overlaps(other):
                raise call.error(_OVERLAP, one=one, other=other)
    stored = call.world.find(VNET, id_) if call.stored is not None else None
    if stored is None:
        return
    for peer in (*peers(call, stored), *peered_by(call, stored)):
        pair = overlapping(given, peer.prefixes)
        if pair is not None:
            raise call.error(_PEER_OVERLAP, one=pair[0], other=pair[1], peering=peer.peering)
    for subnet in holders(call, stored, SUBNET):
        for prefix in prefixes(subnet.body):
            _refuse_outside(call, subnet.id, prefix, space)


def _refuse_outside(call: Call, subnet_id: str, prefix: str, space: list[IPv4Network]) -> None:
    """Refuse a prefix of a subnet that is not in the address space of its network."""
    wanted = address_block(call, prefix, subnet_id)
    if not any(wanted.subnet_of(part) for part in space):
        raise call.error(_OUTSIDE, id=subnet_id, network=name_of(owner_id(subnet_id)))


_PEERING = (
    *("name", "peeringState", "peeringSyncLevel", "provisioningState"),
    *("remoteAddressSpace", "remoteVirtualNetwork", "remoteVirtualNetworkAddressSpace"),
)
"""What a network shows of each of its peerings."""


def _with_peerings(call: Call) -> Values:
    """The network with its peerings, those that Kong made too."""
    assert call.stored is not None
    network = call.world.find(VNET, call.id)
    assert network is not None
    peerings = [
        {"id": one.id, **{key: one.body[key] for key in _PEERING if key in one.body}}
        for prop, one in call.store.users(network)
        if prop == "virtualNetworkName" and "remoteVirtualNetwork" in one.body
    ]
    return {**call.stored, "virtualNetworkPeerings": peerings}


VNET = azure(
    NETWORK,
    "VirtualNetwork",
    {
        "addressSpace": block({"addressPrefixes": texts()}),
        "dhcpOptions": block({"dnsServers": texts()}),
        "enableDdosProtection": flag(),
        "enableVmProtection": flag(),
        "flowTimeoutInMinutes": whole(),
    },
    rules=(_space,),
    has_guid=True,
    outputs=("virtualNetworkPeerings",),
    made=lambda call, id_: {"virtualNetworkPeerings": []},
    read=_with_peerings,
)


def _range(call: Call) -> None:
    """A rule: a subnet is in its network, at least a /29, and apart from the other subnets."""
    network, id_ = call.found["virtualNetworkName"][0], SUBNET.id(call)
    given = prefixes(call.values)
    if not given:
        said = "Subnet {it} needs an addressPrefix or addressPrefixes."
        raise call.error((_INVALID, said))
    space = [address_block(call, prefix, network.id) for prefix in prefixes(network.body)]
    for prefix in given:
        if address_block(call, prefix, id_).prefixlen > 29:
            said = "Subnet '{it_name}' is not valid: {prefix} is smaller than a /29."
            raise call.error(("NetcfgInvalidSubnet", said), prefix=prefix)
        _refuse_outside(call, id_, prefix, space)
        for other in holders(call, network, SUBNET):
            if not same_name(other.id, id_) and overlapping([prefix], prefixes(other.body)):
                raise call.error(_SUBNETS_OVERLAP, id=other.id, network=name_of(network.id))


def _region(call: Call) -> None:
    """A rule: what a subnet refers to is in the location of its network."""
    network = call.found["virtualNetworkName"][0]
    for path in ("networkSecurityGroup.id", "routeTable.id"):
        for other in call.found.get(path, []):
            if not same_location(other.body["location"], network.body["location"]):
                raise call.error(REFERENCED, id=other.id)


_POLICY = ("Disabled", "Enabled", "NetworkSecurityGroupEnabled", "RouteTableEnabled")

SUBNET = azure(
    NETWORK,
    "Subnet",
    {
        "addressPrefix": text(),
        "addressPrefixes": texts(),
        "networkSecurityGroup": block(sub_resource(NSG)),
        "routeTable": block(sub_resource(ROUTE_TABLE)),
        "delegations": blocks(
            {"name": text(), "serviceName": text(), "type": text(), "actions": texts()}
        ),
        "serviceEndpoints": blocks({"service": text(), "locations": texts()}),
        "defaultOutboundAccess": flag(),
        "privateEndpointNetworkPolicies": text(choices=_POLICY),
        "privateLinkServiceNetworkPolicies": text(choices=_POLICY[:2]),
    },
    parent=VNET,
    rules=(_range, _region),
)
