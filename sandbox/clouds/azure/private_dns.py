"""Private DNS zones, their links to virtual networks, and their record sets.

Zones and links are global: their location is ``global``, and the provider's default, the location
of the resource group, is refused. A zone has links until they are deleted; the deletion of a
virtual network deletes its links. The SOA record set, which Azure creates with a zone, is not
modelled.

Sources: Microsoft, "What is a private Azure DNS zone" and "What is a virtual network link". Azure's
errors for names are not documented: they are ``BadRequest`` here, the code of its other refusals.
"""

from __future__ import annotations

from sandbox.clouds.azure.cloud import AZURE, PRIVATE_DNS, azure, sub_resource
from sandbox.clouds.azure.names import owner_id, same_name, valid_zone_name
from sandbox.clouds.azure.network import VNET
from sandbox.clouds.azure.record_sets import record_set
from sandbox.clouds.declare import Call, Error, name_of
from sandbox.clouds.inputs import block, flag, text

ZONE = azure(
    PRIVATE_DNS,
    "PrivateZone",
    {},
    kind="privateDnsZones",
    is_global=True,
    well_named=valid_zone_name,
    in_use=(
        "CannotDeleteResource",
        "Cannot delete resource while nested resources exist. Some existing nested resource IDs "
        "include: '{by}'. Please delete all nested resources before deleting this resource.",
        409,
    ),
    outputs=(
        "maxNumberOfRecordSets",
        "maxNumberOfVirtualNetworkLinks",
        "maxNumberOfVirtualNetworkLinksWithRegistration",
    ),
    made=lambda call, id_: {
        "maxNumberOfRecordSets": 25000,
        "maxNumberOfVirtualNetworkLinks": 1000,
        "maxNumberOfVirtualNetworkLinksWithRegistration": 100,
    },
)

# Links

_NO_NETWORK: Error = ("BadRequest", "Virtual network resource not found for '{id}'")
_SAME_ZONE: Error = (
    "BadRequest",
    "A virtual network cannot be linked to multiple zones with overlapping namespaces. You tried "
    "to link virtual network with '{zone}' and '{other}' zones.",
)
_SECOND_REGISTRATION: Error = (
    "Conflict",
    "A virtual network can only be linked to 1 Private DNS zone(s) with auto-registration enabled; "
    "conflicting Private DNS zone is '{other}'.",
    409,
)


def _one_zone_of_a_name(call: Call) -> None:
    """A rule: a network is linked once to a zone, to one zone of a name, and registers in one."""
    network = call.values.get("virtualNetwork", {}).get("id")
    if network is None:
        raise call.error(_NO_NETWORK, id="")
    it = LINK.id(call)
    zone = name_of(owner_id(it))
    for link in call.store.anywhere(AZURE.name, LINK.token):
        if same_name(link.id, it) or not same_name(link.body["virtualNetwork"]["id"], network):
            continue
        other = name_of(owner_id(link.id))
        if same_name(zone, other):
            raise call.error(_SAME_ZONE, zone=zone, other=other)
        if call.values.get("registrationEnabled") and link.body["registrationEnabled"]:
            raise call.error(_SECOND_REGISTRATION, other=owner_id(link.id))


LINK = azure(
    PRIVATE_DNS,
    "VirtualNetworkLink",
    {
        "virtualNetwork": block(
            sub_resource(VNET, _NO_NETWORK, elsewhere=True, on_delete="cascade"), fixed=True
        ),
        "registrationEnabled": flag(computed=True),
        "resolutionPolicy": text(choices=("Default", "NxDomainRedirect")),
    },
    parent=ZONE,
    on_delete="block",
    is_global=True,
    rules=(_one_zone_of_a_name,),
    outputs=("virtualNetworkLinkState",),
    made=lambda call, id_: {
        "registrationEnabled": call.values.get("registrationEnabled", False),
        "virtualNetworkLinkState": "Completed",
    },
)

# Record sets

RECORD_SET = record_set(
    PRIVATE_DNS,
    "PrivateRecordSet",
    ZONE,
    ("A", "AAAA", "CNAME", "MX", "PTR", "SRV", "TXT"),
    outputs=("isAutoRegistered",),
    made={"isAutoRegistered": False},
)
