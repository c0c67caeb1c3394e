"""Private endpoints, and the groups of private DNS zones that have their names.

Only endpoints of Azure Managed Redis are modelled, approved at once as within one subscription. The
records that a zone group writes are in its ``recordSets``; they are no objects of their own.

Source: Microsoft, "What is a private endpoint", "Azure Private Endpoint private DNS zone values",
and the REST API of both. Codes that it does not document are ``InvalidRequestFormat`` here.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from sandbox.clouds.azure.cloud import (
    NETWORK,
    REFERENCED,
    azure,
    holders,
    sub_resource,
)
from sandbox.clouds.azure.names import owner_id, place, same_location, same_name
from sandbox.clouds.azure.network import SUBNET, VNET
from sandbox.clouds.azure.private_dns import ZONE
from sandbox.clouds.azure.redis_enterprise import CLUSTER
from sandbox.clouds.azure.spaces import prefixes
from sandbox.clouds.declare import Call, CloudError, name_of
from sandbox.clouds.inputs import block, blocks, ref, text, texts
from sandbox.clouds.wire import Values
from sandbox.store import Found

_SECONDS = 60.0
"""How long a new endpoint takes, in simulated seconds. Microsoft documents no number."""
_FIRST = 4
"""Azure keeps the first four addresses of a subnet, and the last one."""
REDIS_GROUP = "redisEnterprise"
"""The sub-resource of a cluster of Azure Managed Redis."""


def _refused(call: Call, said: str) -> CloudError:
    return call.error(("InvalidRequestFormat", "{said}"), said=said)


def _one_connection(call: Call) -> None:
    """A rule: an endpoint has a subnet and one connection, to the sub-resource of its target."""
    if not call.found.get("subnet.id"):
        raise _refused(call, "A private endpoint needs a subnet.")
    connections = call.values.get("privateLinkServiceConnections", [])
    if len(connections) != 1:
        raise _refused(call, "A private endpoint must have exactly one private link connection.")
    if not call.found.get("privateLinkServiceConnections.privateLinkServiceId"):
        raise _refused(call, "A private link connection needs a privateLinkServiceId.")
    if connections[0].get("groupIds") != [REDIS_GROUP]:
        given = connections[0].get("groupIds", [])
        raise _refused(call, f"Group ids {given} are not valid for the target: {REDIS_GROUP}.")


def _subnet(call: Call) -> Found:
    return call.found["subnet.id"][0]


def _in_location(call: Call) -> None:
    """A rule: an endpoint is in the location of its network."""
    network = call.world.find(VNET, owner_id(_subnet(call).id))
    if network is None or not same_location(network.body["location"], str(place(call))):
        raise call.error(REFERENCED, id=_subnet(call).id)


def _free_address(call: Call) -> str:
    """The first address of the subnet that no other endpoint has."""
    taken = {
        address for other in holders(call, _subnet(call), ENDPOINT) for address in _addresses(other)
    }
    for prefix in prefixes(_subnet(call).body):
        for address in list(IPv4Network(prefix))[_FIRST:-1]:
            if str(address) not in taken:
                return str(address)
    raise _refused(call, f"Subnet {_subnet(call).id} has no free address.")


def _addresses(endpoint: Found) -> Iterator[str]:
    for config in endpoint.body["customDnsConfigs"]:
        yield from config["ipAddresses"]


def _endpoint(call: Call, id_: str) -> Values:
    target = call.found["privateLinkServiceConnections.privateLinkServiceId"][0]
    (connection,) = call.values["privateLinkServiceConnections"]
    state = {"status": "Approved", "description": "Auto-Approved", "actionsRequired": "None"}
    address = _free_address(call)
    return {
        "privateLinkServiceConnections": [
            {
                **connection,
                "id": f"{id_}/privateLinkServiceConnections/{connection.get('name')}",
                "privateLinkServiceConnectionState": state,
            }
        ],
        "customDnsConfigs": [{"fqdn": target.body["hostName"], "ipAddresses": [address]}],
        "networkInterfaces": [{"id": f"{owner_id(id_)}/networkInterfaces/{name_of(id_)}.nic"}],
    }


ENDPOINT = azure(
    NETWORK,
    "PrivateEndpoint",
    {
        "subnet": block(
            {
                **sub_resource(SUBNET),
                # The SDK fills these in; they say nothing about an endpoint.
                "privateEndpointNetworkPolicies": text(computed=True),
                "privateLinkServiceNetworkPolicies": text(computed=True),
            },
            fixed=True,
        ),
        "privateLinkServiceConnections": blocks(
            {
                "name": text(),
                "id": text(computed=True),
                "privateLinkServiceId": ref(
                    CLUSTER, missing=REFERENCED, same=same_name, on_delete="keep"
                ),
                "groupIds": texts(),
                "requestMessage": text(computed=True),
                "privateLinkServiceConnectionState": block(
                    {"status": text(), "description": text(), "actionsRequired": text()},
                    computed=True,
                ),
            },
            fixed=True,
        ),
        "customNetworkInterfaceName": text(fixed=True),
    },
    rules=(_one_connection, _in_location),
    outputs=("customDnsConfigs", "networkInterfaces"),
    made=_endpoint,
    seconds=_SECONDS,
)


def _records(call: Call) -> Values:
    """The configurations of a group, with the records that it writes in each zone."""
    endpoint = call.found["privateEndpointName"][0]
    zones = call.found.get("privateDnsZoneConfigs.privateDnsZoneId", [])
    (config,) = endpoint.body["customDnsConfigs"]
    label = config["fqdn"].split(".redis.")[0]
    return {
        "privateDnsZoneConfigs": [
            {
                **given,
                "recordSets": [
                    {
                        "recordType": "A",
                        "recordSetName": label,
                        "fqdn": f"{label}.{name_of(zone.id)}",
                        "ttl": 10,
                        "ipAddresses": config["ipAddresses"],
                    }
                ],
            }
            for given, zone in zip(call.values.get("privateDnsZoneConfigs", []), zones, strict=True)
        ]
    }


def _named_configs(call: Call) -> None:
    """A rule: a group has one to five configurations, each with a name and a zone."""
    configs = call.values.get("privateDnsZoneConfigs", [])
    if not 1 <= len(configs) <= 5:
        raise _refused(call, "A private DNS zone group has 1 to 5 zone configurations.")
    for config in configs:
        if not config.get("name") or not config.get("privateDnsZoneId"):
            raise _refused(call, "A zone configuration needs a name and a privateDnsZoneId.")


ZONE_GROUP = azure(
    NETWORK,
    "PrivateDnsZoneGroup",
    {
        "privateDnsZoneConfigs": blocks(
            {
                "name": text(),
                "privateDnsZoneId": ref(
                    ZONE, missing=REFERENCED, same=same_name, elsewhere=True, on_delete="keep"
                ),
            },
            computed=True,
        ),
    },
    parent=ENDPOINT,
    kind="privateDnsZoneGroups",
    typed=False,
    rules=(_named_configs,),
    made=lambda call, id_: _records(call),
    changed=_records,
)
