"""The declaration of record sets, for public and private DNS zones.

The record sets of both have the same form: one type in the SDK, and in the REST API a type for each
record type. Azure's errors for wrong records are not documented: they are ``BadRequest`` here, the
code of its other refusals.

Source: Microsoft, "Overview of DNS zones and records".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.clouds.azure.cloud import (
    AZURE,
    NOT_FOUND,
    Module,
    arm_type,
    etag,
    holders,
    parents,
)
from sandbox.clouds.azure.names import same_name, valid_record_name
from sandbox.clouds.declare import Call, Error, ResourceType, Rule, name_of
from sandbox.clouds.inputs import Input, block, blocks, mapping, text, texts, whole

MEMBERS: Mapping[str, Mapping[str, Input]] = {
    "A": {"ipv4Address": text()},
    "AAAA": {"ipv6Address": text()},
    "CAA": {"flags": whole(), "tag": text(), "value": text()},
    "CNAME": {"cname": text()},
    "MX": {"preference": whole(), "exchange": text()},
    "NS": {"nsdname": text()},
    "PTR": {"ptrdname": text()},
    "SRV": {"priority": whole(), "weight": whole(), "port": whole(), "target": text()},
    "TXT": {"value": texts()},
}
"""By record type: the members of a record."""

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


def prop_of(kind: str) -> str:
    """The input with the records of a type: ``aRecords``, ``cnameRecord``."""
    return "cnameRecord" if kind == "CNAME" else f"{kind.lower()}Records"


def record_set(
    module: Module,
    name: str,
    zone: ResourceType,
    kinds: tuple[str, ...],
    *,
    aliases: Mapping[str, Input] | None = None,
    rules: tuple[Rule, ...] = (),
    outputs: tuple[str, ...] = (),
    made: Mapping[str, Any] | None = None,
) -> ResourceType:
    """Declare the record sets of a type of zones, with records of these ``kinds``."""
    assert zone.autoname is not None
    zone_name = zone.autoname.prop
    above = AZURE.kinds[zone.token][0]
    whole_kind = f"{above}/recordSets"

    def cname_alone(call: Call) -> None:
        """A rule: a CNAME is not at the apex, and no other record set has its name."""
        kind, relative = call.values["recordType"], call.values["relativeRecordSetName"]
        if kind == "CNAME" and relative == "@":
            raise call.error(_APEX)
        for other in holders(call, call.found[zone_name][0], declared):
            both = {kind, other.body["_recordType"]}
            if same_name(name_of(other.id), relative) and len(both) > 1 and "CNAME" in both:
                raise call.error(_BESIDE_CNAME, kind=kind, id=other.id)

    declared = arm_type(
        module,
        name,
        {
            **parents(zone, "cascade", whole_kind),
            "recordType": text(required=True, fixed=True, path=True, choices=kinds),
            "ttl": whole(),
            "metadata": mapping(),
            **{
                prop_of(kind): block(MEMBERS[kind]) if kind == "CNAME" else blocks(MEMBERS[kind])
                for kind in kinds
            },
            **(aliases or {}),
        },
        kind=whole_kind,
        named="relativeRecordSetName",
        digits=0,
        typed=False,
        id=lambda call: (
            f"{zone.id(call)}/{call.values['recordType']}/{call.values['relativeRecordSetName']}"
        ),
        missing=NOT_FOUND,
        rules=(valid_record_name("relativeRecordSetName"), _own_records, cname_alone, *rules),
        outputs=("type", "etag", "fqdn", *outputs),
        made=lambda call, id_: {
            "type": f"{above}/{call.values['recordType']}",
            "etag": etag(call),
            "fqdn": f"{name_of(id_)}.{call.values[zone_name]}.".removeprefix("@."),
            **(made or {}),
        },
        changed=lambda call: {"etag": etag(call)},
    )
    # The REST API has a type for each record type; the SDK has one for all.
    AZURE.kinds[declared.token] = tuple(f"{above}/{kind}" for kind in kinds)
    return declared


def _own_records(call: Call) -> None:
    """A rule: a record set has records of its own type only."""
    kind = call.values["recordType"]
    for prop in map(prop_of, MEMBERS):
        if prop in call.values and prop != prop_of(kind):
            raise call.error(_WRONG_RECORDS, kind=kind, given=prop, prop=prop_of(kind))
