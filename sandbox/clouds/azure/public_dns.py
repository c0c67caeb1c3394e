"""Public DNS zones and their record sets.

Zones are global: their location is ``global``, and the provider's default, the location of the
resource group, is refused. The deletion of a zone deletes its record sets. The NS and SOA record
sets at the apex, which Azure creates with a zone, are counted but not modelled. An alias record set
has a ``targetResource`` instead of records.

Sources: Microsoft, "Overview of DNS zones and records" and "Azure DNS alias records overview".
"""

from __future__ import annotations

from sandbox.clouds.azure.cloud import AZURE, NOT_FOUND, PUBLIC_DNS, azure, holders
from sandbox.clouds.azure.names import same_name, valid_zone_name
from sandbox.clouds.azure.record_sets import prop_of, record_set
from sandbox.clouds.declare import Call, Error
from sandbox.clouds.inputs import block, ref, text
from sandbox.clouds.wire import Values

_APEX_RECORD_SETS = 2
"""NS and SOA, which every zone has."""
_NO_ALIAS: Error = (
    "BadRequest",
    "The record set '{it_name}' of type '{kind}' cannot be an alias: only A, AAAA and CNAME can.",
)
_BOTH: Error = (
    "BadRequest",
    "The record set '{it_name}' has a target resource and records. An alias record set has no "
    "records.",
)


def _name_servers(call: Call) -> list[str]:
    """Four name servers. Zones of the same name get others."""
    number = call.store.serial("azure:dns zone") % 10 + 1
    domains = ("com", "net", "org", "info")
    return [
        f"ns{index}-{number:02}.azure-dns.{domain}."
        for index, domain in enumerate(domains, start=1)
    ]


def _counted(call: Call) -> Values:
    """A zone with its number of record sets."""
    assert call.stored is not None
    zone = call.world.find(ZONE, call.id)
    assert zone is not None
    own = sum(1 for _ in holders(call, zone, RECORD_SET))
    return {**call.stored, "numberOfRecordSets": _APEX_RECORD_SETS + own}


ZONE = azure(
    PUBLIC_DNS,
    "Zone",
    {"zoneType": text(choices=("Public",), computed=True)},
    kind="dnszones",
    is_global=True,
    well_named=valid_zone_name,
    common=("etag",),
    outputs=(
        "maxNumberOfRecordSets",
        "maxNumberOfRecordsPerRecordSet",
        "nameServers",
        "numberOfRecordSets",
    ),
    made=lambda call, id_: {
        "zoneType": "Public",
        "maxNumberOfRecordSets": 10000,
        "maxNumberOfRecordsPerRecordSet": 20,
        "nameServers": _name_servers(call),
        "numberOfRecordSets": _APEX_RECORD_SETS,
    },
    read=_counted,
)


@AZURE.function("azure-native:dns:getZone")
def _get_zone(call: Call) -> Values:
    """The zone with a name in a resource group."""
    id_ = ZONE.id(call)
    zone = call.world.find(ZONE, id_)
    if zone is None:
        raise call.error(NOT_FOUND, id=id_)
    call.id, call.stored = zone.id, zone.body
    shown = {key: value for key, value in _counted(call).items() if not key.startswith("_")}
    return {**shown, "id": zone.id}


def _alias_or_records(call: Call) -> None:
    """A rule: an alias is an A, AAAA or CNAME record set, and has no records."""
    kind = call.values["recordType"]
    if not call.values.get("targetResource", {}).get("id"):
        return
    if kind not in ("A", "AAAA", "CNAME"):
        raise call.error(_NO_ALIAS, kind=kind)
    if call.values.get(prop_of(kind)):
        raise call.error(_BOTH)


RECORD_SET = record_set(
    PUBLIC_DNS,
    "RecordSet",
    ZONE,
    ("A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SRV", "TXT"),
    # Azure empties an alias whose target is deleted. Here it keeps the id.
    aliases={
        "targetResource": block({"id": ref(on_delete="keep", elsewhere=True, same=same_name)})
    },
    rules=(_alias_or_records,),
    outputs=("provisioningState",),
    made={"provisioningState": "Succeeded"},
)
