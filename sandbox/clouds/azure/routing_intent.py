"""The routing intent of a virtual hub: which firewall inspects its private or Internet traffic.

A hub with routing intent has no custom route tables. Azure itself associates all connections with
the default table. A network virtual appliance is given by its id; appliances are not simulated.

Source: Microsoft, "How to configure Virtual WAN Hub routing intent and routing policies". Codes
that Microsoft does not document are ``InvalidRequestFormat`` here.
"""

from __future__ import annotations

import re

from sandbox.clouds.azure.cloud import NETWORK, REFERENCED, azure, holders
from sandbox.clouds.azure.firewall import AZURE_FIREWALL
from sandbox.clouds.azure.hub_routes import HUB_ROUTE_TABLE
from sandbox.clouds.azure.names import same_name
from sandbox.clouds.azure.wan import VIRTUAL_HUB
from sandbox.clouds.declare import Call, Error
from sandbox.clouds.inputs import blocks, ref, text, texts

_INVALID = "InvalidRequestFormat"
_DESTINATIONS = ("Internet", "PrivateTraffic")
_APPLIANCE = re.compile(
    r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.Network"
    r"/networkVirtualAppliances/[^/]+",
    re.IGNORECASE,
)

_CUSTOM_TABLES: Error = (
    _INVALID,
    "Routing intent {it} cannot be created: virtual hub {hub} has the custom route table {table}.",
)
_SECOND: Error = (
    _INVALID,
    "Routing intent {it} cannot be created: virtual hub {hub} has the routing intent {other}.",
)
_NOT_A_FIREWALL: Error = (
    _INVALID,
    "The nextHop {hop} of {it} is not an Azure Firewall or a network virtual appliance of virtual "
    "hub {hub}.",
)


def _without_custom_tables(call: Call) -> None:
    """A rule: the hub has no custom route tables, and no other routing intent."""
    hub, it = call.found["virtualHubName"][0], ROUTING_INTENT.id(call)
    for table in holders(call, hub, HUB_ROUTE_TABLE):
        raise call.error(_CUSTOM_TABLES, hub=hub.id, table=table.id)
    for other in holders(call, hub, ROUTING_INTENT):
        if not same_name(other.id, it):
            raise call.error(_SECOND, hub=hub.id, other=other.id)


def _policies(call: Call) -> None:
    """A rule: one policy for each destination, whose next hop is in the hub."""
    hub = call.found["virtualHubName"][0]
    policies = call.values.get("routingPolicies", [])
    destinations = [one for policy in policies for one in policy["destinations"]]
    if set(destinations) - set(_DESTINATIONS) or len(set(destinations)) < len(destinations):
        said = "The destinations of {it} must be Internet or PrivateTraffic, each once."
        raise call.error((_INVALID, said))
    for policy in policies:
        if not _APPLIANCE.fullmatch(policy["nextHop"]) and not _is_firewall(policy["nextHop"]):
            raise call.error(_NOT_A_FIREWALL, hop=policy["nextHop"], hub=hub.id)
    for firewall in call.found.get("routingPolicies.nextHop", []):
        if not same_name(firewall.body["virtualHub"]["id"], hub.id):
            raise call.error(_NOT_A_FIREWALL, hop=firewall.id, hub=hub.id)


def _is_firewall(id_: str) -> bool:
    return "/microsoft.network/azurefirewalls/" in id_.lower()


ROUTING_INTENT = azure(
    NETWORK,
    "RoutingIntent",
    {
        "routingPolicies": blocks(
            {
                "name": text(required=True),
                "destinations": texts(required=True),
                "nextHop": ref(
                    AZURE_FIREWALL,
                    required=True,
                    missing=REFERENCED,
                    names_object=lambda call, id_: _is_firewall(id_),
                    same=same_name,
                ),
            }
        ),
    },
    parent=VIRTUAL_HUB,
    on_delete="block",
    kind="routingIntent",
    rules=(_without_custom_tables, _policies),
)
