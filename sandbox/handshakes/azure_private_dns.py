"""Kong's link of its virtual network to a private DNS zone of the customer.

With the role that the customer assigned to Kong's principal, Kong creates the link in the
customer's zone, under the name that the customer chose. It is an object like a link that the
customer declares; Kong's network is not stored.
"""

from __future__ import annotations

from sandbox.accounts import CUSTOMER_AZURE_TENANT, KONG_AZURE_PRINCIPAL, KONG_AZURE_SUBSCRIPTION
from sandbox.clouds.azure import AZURE
from sandbox.clouds.azure.authorization import missing_actions
from sandbox.clouds.azure.private_dns import LINK, ZONE
from sandbox.clouds.declare import Call
from sandbox.clouds.world import World
from sandbox.store import Store

ZONE_ACTIONS = [
    "Microsoft.Network/privateDnsZones/read",
    "Microsoft.Network/privateDnsZones/virtualNetworkLinks/read",
    "Microsoft.Network/privateDnsZones/virtualNetworkLinks/write",
    "Microsoft.Network/privateDnsZones/virtualNetworkLinks/delete",
]
"""The actions that Kong's principal needs on a private DNS zone.

Konnect's wizard prints the role; Kong's documentation does not list its actions.
"""


def missing(
    store: Store,
    *,
    tenant_id: str,
    subscription_id: str,
    resource_group_name: str,
    zone_name: str,
    link_name: str,
) -> str | None:
    """Why Kong's principal cannot link its network to a zone; None when it can."""
    call = _call(store, subscription_id, resource_group_name, zone_name, link_name)
    zone_id, link_id = ZONE.id(call), LINK.id(call)
    if tenant_id.lower() != CUSTOMER_AZURE_TENANT:
        return f"Kong's application has no consent in tenant {tenant_id}"
    if call.tenant == KONG_AZURE_SUBSCRIPTION or call.world.get(ZONE, zone_id) is None:
        return f"private DNS zone {zone_id} does not exist"
    lacking = missing_actions(call.world, KONG_AZURE_PRINCIPAL, zone_id, ZONE_ACTIONS)
    if lacking:
        return f"principal {KONG_AZURE_PRINCIPAL} lacks {', '.join(lacking)} on {zone_id}"
    if call.world.get(LINK, link_id) is not None:
        return f"link {link_id} exists already: peer_vnet_link_name must be the name of no link"
    return None


def open_(
    store: Store,
    *,
    subscription_id: str,
    resource_group_name: str,
    zone_name: str,
    link_name: str,
    kong_vnet_id: str,
) -> str:
    """Link Kong's network to the zone; returns the id of the link.

    Raises CloudError, with Azure's code, when Kong's network is linked to a zone of the same name,
    or when the link's name is not valid.
    """
    call = _call(store, subscription_id, resource_group_name, zone_name, link_name)
    call.values |= {"virtualNetwork": {"id": kong_vnet_id}, "location": "global"}
    for rule in LINK.rules:
        rule(call)
    link_id = LINK.id(call)
    call.world.put(LINK, link_id, LINK.body(call.values, LINK.made(call, link_id)))
    return link_id


def state(store: Store, link_id: str) -> str | None:
    """``Completed``, or None when the link does not exist."""
    body = _world(store, link_id).get(LINK, link_id)
    return None if body is None else str(body["virtualNetworkLinkState"])


def close(store: Store, link_id: str) -> None:
    """Delete the link."""
    _world(store, link_id).remove_all(LINK, link_id)


def _world(store: Store, link_id: str) -> World:
    return World(AZURE, store, AZURE.tenant_of_id(link_id, ""))


def _call(
    store: Store, subscription_id: str, resource_group_name: str, zone_name: str, link_name: str
) -> Call:
    """A request for the link, with the names in its id."""
    names = {
        "resourceGroupName": resource_group_name,
        "privateZoneName": zone_name,
        "virtualNetworkLinkName": link_name,
    }
    return World(AZURE, store, subscription_id.lower()).call(LINK, names)
