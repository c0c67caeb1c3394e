"""Private DNS zones, their links to virtual networks, and their record sets.

Zones and links are global: their location is ``global``, and the provider's default, the location
of the resource group, is refused. A zone has links until they are deleted; the deletion of a
virtual network deletes its links. The SOA record set, which Azure creates with a zone, is not
modelled.

Sources: Microsoft, "What is a private Azure DNS zone", "What is a virtual network link" and
"Overview of DNS zones and records". Azure's errors for names and for wrong records are not
documented: they are ``BadRequest`` here, the code of its other refusals.
"""

from __future__ import annotations

from sandbox.clouds.azure.cloud import (
    AZURE,
    NOT_FOUND,
    PRIVATE_DNS,
    arm_type,
    azure,
    etag,
    holders,
    parents,
    sub_resource,
)
from sandbox.clouds.azure.names import owner_id, same_name, valid_record_name, valid_zone_name
from sandbox.clouds.azure.network import VNET
from sandbox.clouds.declare import Call, Error, name_of
from sandbox.clouds.inputs import Input, block, blocks, flag, mapping, text, texts, whole

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

_MEMBERS: dict[str, dict[str, Input]] = {
    "A": {"ipv4Address": text()},
    "AAAA": {"ipv6Address": text()},
    "CNAME": {"cname": text()},
    "MX": {"preference": whole(), "exchange": text()},
    "PTR": {"ptrdname": text()},
    "SRV": {"priority": whole(), "weight": whole(), "port": whole(), "target": text()},
    "TXT": {"value": texts()},
}
"""By record type: the members of a record."""
_PROPS = {kind: f"{kind.lower()}Records" for kind in _MEMBERS} | {"CNAME": "cnameRecord"}
"""By record type: the input with the records."""
_WRONG_RECORDS: Error = (
    "BadRequest",
    "The record set '{it_name}' of type '{kind}' must not have {given}: its records are in {prop}.",
)
_APEX: Error = ("BadRequest", "A CNAME record set cannot be created at the zone apex ('@').")
_BESIDE_CNAME: Error = (
    "Conflict",
    "The {kind} record could not be created because another record with the same name already "
    "exists in this zone: {id}. A CNAME record has its name alone.",
    409,
)


def _own_records(call: Call) -> None:
    """A rule: a record set has records of its own type only."""
    kind = call.values["recordType"]
    for prop in _PROPS.values():
        if prop in call.values and prop != _PROPS[kind]:
            raise call.error(_WRONG_RECORDS, kind=kind, given=prop, prop=_PROPS[kind])


def _cname_alone(call: Call) -> None:
    """A rule: a CNAME is not at the apex, and no other record set has its name."""
    kind, name = call.values["recordType"], call.values["relativeRecordSetName"]
    if kind == "CNAME" and name == "@":
        raise call.error(_APEX)
    for other in holders(call, call.found["privateZoneName"][0], RECORD_SET):
        kinds = {kind, other.body["_recordType"]}
        if same_name(name_of(other.id), name) and len(kinds) > 1 and "CNAME" in kinds:
            raise call.error(_BESIDE_CNAME, kind=kind, id=other.id)


RECORD_SET = arm_type(
    PRIVATE_DNS,
    "PrivateRecordSet",
    {
        **parents(ZONE, "cascade", "Microsoft.Network/privateDnsZones/recordSets"),
        "recordType": text(required=True, fixed=True, path=True, choices=tuple(_MEMBERS)),
        "ttl": whole(),
        "metadata": mapping(),
        **{
            _PROPS[kind]: block(members) if kind == "CNAME" else blocks(members)
            for kind, members in _MEMBERS.items()
        },
    },
    kind="Microsoft.Network/privateDnsZones/recordSets",
    named="relativeRecordSetName",
    digits=0,
    typed=False,
    id=lambda call: (
        f"{ZONE.id(call)}/{call.values['recordType']}/{call.values['relativeRecordSetName']}"
    ),
    missing=NOT_FOUND,
    rules=(valid_record_name("relativeRecordSetName"), _own_records, _cname_alone),
    outputs=("type", "etag", "fqdn", "isAutoRegistered"),
    made=lambda call, id_: {
        "type": f"Microsoft.Network/privateDnsZones/{call.values['recordType']}",
        "etag": etag(call),
        "fqdn": f"{name_of(id_)}.{call.values['privateZoneName']}.".removeprefix("@."),
        "isAutoRegistered": False,
    },
    changed=lambda call: {"etag": etag(call)},
)
# The REST API has a type for each record type; the SDK has one for all.
AZURE.kinds[RECORD_SET.token] = tuple(
    f"Microsoft.Network/privateDnsZones/{kind}" for kind in _MEMBERS
)
