"""The public DNS, as Konnect and certificate authorities see it: the public zones of all clouds.

The zone with the longest matching suffix answers for a name, in whichever account it is: every
public zone counts as delegated to. A name in no zone has the records that the admin API declared
for it. A routing policy answers with the values of all of its record sets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from sandbox.clouds.aws import route53, route53_records
from sandbox.clouds.azure import public_dns as azure_dns
from sandbox.clouds.gcp import dns as cloud_dns
from sandbox.konnect import records
from sandbox.store import Body, Found, Store

DECLARED = "public-dns-records"
"""The kind of the record sets that the admin API declared."""

RecordType = Literal["A", "CAA", "CNAME", "TXT"]


@dataclass(frozen=True)
class _Zone:
    cloud: str
    name: str
    found: Found


def values(store: Store, name: str, type_: RecordType) -> tuple[str, ...]:
    """The values of a record set, without dots at the ends of names. Empty: there is none."""
    name = _plain(name)
    zones = list(_zones(store))
    matching = [zone for zone in zones if f".{name}".endswith(f".{zone.name}")]
    if not matching:
        declared = store.get(records.CLOUD, DECLARED, _id(name, type_))
        return tuple(map(_plain, declared["values"])) if declared else ()
    longest = max(len(zone.name) for zone in matching)
    found: list[str] = []
    for zone in matching:
        if len(zone.name) == longest:
            found += _in_zone(store, zone, name, type_)
    return tuple(dict.fromkeys(map(_plain, found)))


def declare(store: Store, name: str, type_: RecordType, given: list[str]) -> None:
    """Let a name in no simulated zone have a record set; without values it has none."""
    id_ = _id(_plain(name), type_)
    if given:
        body = {"id": id_, "name": _plain(name), "type": type_, "values": given}
        store.put(records.CLOUD, DECLARED, id_, body)
    else:
        store.delete(records.CLOUD, DECLARED, id_)


def authorities(store: Store, name: str) -> tuple[str, ...] | None:
    """The CAs that CAA records allow to issue for a name; None when there are no such records.

    The set nearest to the name counts, on it or on a parent (RFC 8659).
    """
    labels = _plain(name).split(".")
    for index in range(len(labels)):
        found = values(store, ".".join(labels[index:]), "CAA")
        if found:
            parts = [value.split(" ", 2) for value in found]
            issuers = [part[2] for part in parts if len(part) == 3 and part[1] == "issue"]
            return tuple(issuer.strip('"').split(";")[0].strip() for issuer in issuers)
    return None


def _plain(name: str) -> str:
    return name.rstrip(".").lower() if " " not in name else name


def _id(name: str, type_: str) -> str:
    return f"{name}/{type_}"


def _zones(store: Store) -> Iterator[_Zone]:
    for zone in store.anywhere("aws", route53.ZONE.token):
        if not zone.body.get("vpcs"):
            yield _Zone("aws", _plain(zone.body["name"]), zone)
    for zone in store.anywhere("azure", azure_dns.ZONE.token):
        yield _Zone("azure", _plain(zone.id.rsplit("/", 1)[-1]), zone)
    for zone in store.anywhere("gcp", cloud_dns.ZONE.token):
        if zone.body.get("visibility") == "public":
            yield _Zone("gcp", _plain(zone.body["dnsName"]), zone)


def _in_zone(store: Store, zone: _Zone, name: str, type_: str) -> Iterable[str]:
    """The values of the record sets of a name and type in one zone."""
    match zone.cloud:
        case "aws":
            equal: dict[str, str | int] = {"zoneId": zone.found.id, "fqdn": name, "type": type_}
            for one in store.anywhere("aws", route53_records.RECORD.token, equal=equal):
                yield from one.body.get("records", [])
        case "azure":
            relative = "@" if name == zone.name else name.removesuffix(f".{zone.name}")
            id_ = f"{zone.found.id}/{type_}/{relative}".lower()
            for one in store.anywhere("azure", azure_dns.RECORD_SET.token):
                if one.id.lower() == id_:
                    yield from _azure_data(one.body)
        case _:
            for one in store.anywhere(
                "gcp", cloud_dns.RECORD.token, equal={"name": f"{name}.", "type": type_}
            ):
                here = zone.found.id.rsplit("/", 1)[-1], zone.found.tenant
                if (one.body["managedZone"], one.tenant) == here:
                    yield from one.body.get("rrdatas", [])
                    yield from _steered(one.body.get("routingPolicy") or {})


def _azure_data(body: Body) -> Iterator[str]:
    if cname := body.get("cnameRecord"):
        yield str(cname["cname"])
    for address in body.get("aRecords", []):
        yield str(address["ipv4Address"])
    for caa in body.get("caaRecords", []):
        yield f'{caa["flags"]} {caa["tag"]} "{caa["value"]}"'
    for text in body.get("txtRecords", []):
        yield "".join(text["value"])


def _steered(policy: dict[str, Any]) -> Iterator[str]:
    for kind in ("geos", "wrrs"):
        for item in policy.get(kind, []):
            yield from item.get("rrdatas", [])
