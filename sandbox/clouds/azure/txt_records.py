"""The TXT records in the public DNS zones of all simulated clouds.

A name can be in the zone of another cloud than the service that asks for its record.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.store import Store

_AZURE, _ROUTE53, _CLOUD_DNS = (
    "azure-native:dns:RecordSet",
    "aws:route53/record:Record",
    "gcp:dns/recordSet:RecordSet",
)


def txt_values(store: Store, name: str) -> set[str]:
    """The values of the TXT records of a name, which has no dot at its end."""
    found = set()
    for owner, value in _records(store):
        if owner.rstrip(".").lower() == name.lower():
            found.add(value.strip('"'))
    return found


def _records(store: Store) -> Iterator[tuple[str, str]]:
    """(full name, value) of every TXT record."""

    def bodies(cloud: str, token: str) -> Iterator[dict[str, Any]]:
        for found in store.anywhere(cloud, token):
            yield found.body

    for body in bodies("azure", _AZURE):
        for record in body.get("txtRecords", []):
            yield body["fqdn"], "".join(record["value"])
    for body in bodies("aws", _ROUTE53):
        if body["type"] == "TXT":
            yield from ((body["fqdn"], value) for value in body.get("records", []))
    for body in bodies("gcp", _CLOUD_DNS):
        if body["type"] == "TXT":
            yield from ((body["name"], value) for value in body.get("rrdatas", []))
