"""Route tables of virtual hubs, which table a connection uses, and BGP peers in connected networks.

Each hub has the tables ``defaultRouteTable``, with the label ``default``, and ``noneRouteTable``
from the beginning; they are not stored. A connection uses the table that it is associated with. It
propagates to tables by their ids, or by labels to all tables of the WAN that have the label.

Source: Microsoft, "About virtual hub routing", "How to configure virtual hub routing". Codes that
Microsoft does not document are ``InvalidRequestFormat`` here.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

from sandbox.clouds.azure.cloud import NETWORK, REFERENCED, azure, one_at_a_time, sub_resource
from sandbox.clouds.azure.names import owner_id, same_name
from sandbox.clouds.azure.spaces import block as address_block
from sandbox.clouds.azure.spaces import prefixes, remote_id
from sandbox.clouds.azure.wan import VIRTUAL_HUB
from sandbox.clouds.declare import Call, Error, name_of
from sandbox.clouds.inputs import Input, block, blocks, number, ref, text, text_set, texts
from sandbox.clouds.wire import Values
from sandbox.store import Found

ROUTING_INTENT = "azure-native:network:RoutingIntent"
_CONNECTION = "azure-native:network:HubVirtualNetworkConnection"
_INVALID = "InvalidRequestFormat"
_BUILT_IN = ("defaultroutetable", "noneroutetable")

_TAKEN: Error = ("AlreadyExists", "cannot create already existing resource '{it}'", 0)
_INTENT: Error = (
    _INVALID,
    "Route table {it} cannot be created: virtual hub {hub} has the routing intent {intent}, and a "
    "hub with routing intent has no custom route tables.",
)
_FOREIGN_TABLE: Error = (
    _INVALID,
    "Connection {it} cannot be associated with route table {table}: it is of another virtual hub.",
)
_RESERVED: Error = (_INVALID, "The ASN {asn} of {it} is reserved: {list} cannot be used.")

HUB_OPERATION = one_at_a_time(60)
"""An operation on a connection, a route table or a BGP peer of a hub. Microsoft publishes neither
the rule nor a duration. The Terraform provider locks the hub for each of them (``locks.ByName`` in
``virtual_hub_connection_resource.go``), and the seconds are an estimate."""

RESERVED_ASNS = frozenset(
    {8074, 8075, 12076, 23456, 65515, 65517, 65518, 65519, 65520}
    | set(range(64496, 64512))
    | set(range(65535, 65552))
)
"""ASNs that Azure or IANA reserves: no peer may have them. Source: Microsoft, "VPN Gateway FAQ"."""


def is_custom(call: Call, id_: str) -> bool:
    """Whether a route table is one that the customer created: the others are not stored."""
    del call
    return name_of(id_).lower() not in _BUILT_IN


def intent_of(call: Call, hub: Found) -> Found | None:
    """The routing intent of a hub."""
    users = (user for _, user in call.store.users(hub) if user.kind == ROUTING_INTENT)
    return next(users, None)


def unreserved(call: Call, asn: float | None) -> None:
    """Refuse an ASN of a peer that Azure or IANA reserves."""
    if asn is not None and int(asn) in RESERVED_ASNS:
        raise call.error(_RESERVED, asn=int(asn), list="ASNs that Azure or IANA reserves")


def _custom_table(call: Call) -> None:
    """A rule: a table has a name of its own, and its hub no routing intent."""
    hub = call.found["virtualHubName"][0]
    if not is_custom(call, HUB_ROUTE_TABLE.id(call)):
        raise call.error(_TAKEN)
    intent = intent_of(call, hub)
    if intent is not None:
        raise call.error(_INTENT, hub=hub.id, intent=intent.id)
    for route in call.values.get("routes", []):
        if route["destinationType"] == "CIDR":
            for prefix in route["destinations"]:
                address_block(call, prefix, HUB_ROUTE_TABLE.id(call))


def _with_connections(call: Call) -> Values:
    """The table with the connections that use it, and those that propagate to it by its id."""
    assert call.stored is not None
    found = call.world.find(HUB_ROUTE_TABLE, call.id)
    assert found is not None
    users = call.store.users(found)
    return {
        **call.stored,
        "associatedConnections": [one.id for path, one in users if "associated" in path],
        "propagatingConnections": [one.id for path, one in users if "propagated" in path],
    }


HUB_ROUTE_TABLE = azure(
    NETWORK,
    "HubRouteTable",
    {
        "labels": text_set(),
        "routes": blocks(
            {
                "name": text(required=True),
                "destinationType": text(required=True, choices=("CIDR", "ResourceId", "Service")),
                "destinations": texts(required=True),
                "nextHopType": text(required=True, choices=("ResourceId",)),
                "nextHop": ref(required=True, missing=REFERENCED, same=same_name),
            }
        ),
    },
    parent=VIRTUAL_HUB,
    on_delete="block",
    named="routeTableName",
    operation=HUB_OPERATION,
    rules=(_custom_table,),
    outputs=("associatedConnections", "propagatingConnections"),
    made=lambda call, id_: {"associatedConnections": [], "propagatingConnections": []},
    read=_with_connections,
)


# The routing configuration of a connection


def routing_configuration(*, branch: bool = False) -> Input:
    """The input with the tables of a connection. Without it, the connection uses the default one.

    The connection of a ``branch`` is never associated with a custom table.
    """
    table = sub_resource(HUB_ROUTE_TABLE, names_object=is_custom)
    propagated = {"ids": blocks(table, unordered=True), "labels": text_set()}
    static = {"name": text(), "addressPrefixes": texts(), "nextHopIpAddress": text()}
    routes = {} if branch else {"vnetRoutes": block({"staticRoutes": blocks(static)})}
    return block(
        {
            "associatedRouteTable": block({"id": text(same=same_name)} if branch else table),
            "propagatedRouteTables": block(propagated),
            **routes,
        }
    )


def associated_table(values: Values) -> str | None:
    """The id of the table that a connection is associated with, if it says one."""
    table = values.get("routingConfiguration", {}).get("associatedRouteTable", {})
    return str(table["id"]) if "id" in table else None


def own_table(call: Call, hub_id: str) -> None:
    """Refuse a connection of a hub that is associated with the table of another hub."""
    table = associated_table(call.values)
    if table is not None and not same_name(owner_id(table), hub_id):
        raise call.error(_FOREIGN_TABLE, table=table)


# BGP peers


def _peer_in_network(call: Call) -> None:
    """A rule: a BGP peer has an address in the connected network, and an ASN of its own."""
    connections = call.found.get("hubVirtualNetworkConnection.id")
    address, asn = call.values.get("peerIp"), call.values.get("peerAsn")
    if not connections or address is None or asn is None:
        said = "BGP connection {it} needs a hubVirtualNetworkConnection, a peerIp and a peerAsn."
        raise call.error((_INVALID, said))
    unreserved(call, asn)
    space = list(_space(call, connections[0]))
    if not any(IPv4Address(address) in one for one in space):
        said = "The peerIp {address} of {it} is not in the virtual network of connection {id}."
        raise call.error((_INVALID, said), address=address, id=connections[0].id)


def _space(call: Call, connection: Found) -> Iterator[IPv4Network]:
    """The address space of the network that a connection of a hub connects."""
    id_ = remote_id(connection.body)
    for type_ in call.world.cloud.types_of_id(id_):
        yield from map(IPv4Network, prefixes(call.world.get(type_, id_) or {}))


BGP_CONNECTION = azure(
    NETWORK,
    "VirtualHubBgpConnection",
    {
        "hubVirtualNetworkConnection": block(
            {"id": ref(_CONNECTION, missing=REFERENCED, same=same_name)}
        ),
        "peerAsn": number(),
        "peerIp": text(),
    },
    parent=VIRTUAL_HUB,
    on_delete="block",
    kind="bgpConnections",
    named="connectionName",
    operation=HUB_OPERATION,
    rules=(_peer_in_network,),
    outputs=("connectionState",),
    made=lambda call, id_: {"connectionState": "Connected"},
)
