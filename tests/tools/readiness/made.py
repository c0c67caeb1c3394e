"""Small environments for the tests of the checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tools.readiness.facts import Facts
from tools.readiness.konnect import Live, Network, Plane
from tools.readiness.names import NamesError, RecordType
from tools.readiness.report import ITEMS
from tools.readiness.resources import Resource, Resources
from tools.readiness.verdict import Item, Verdict, decide

Json = dict[str, Any]

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
KONG = "444455556666"


class Zone:
    """Public DNS with given records."""

    def __init__(self, records: Mapping[tuple[str, RecordType], Sequence[str]] | None) -> None:
        self._records = records

    def values(self, name: str, type_: RecordType) -> tuple[str, ...]:
        if self._records is None:
            raise NamesError("nobody answers")
        return tuple(self._records.get((name, type_), ()))


def item(id_: str) -> Item:
    """The item with an id."""
    return next(one for one in ITEMS if one.id == id_)


def verdict(id_: str, facts: Facts) -> Verdict:
    """The verdict of an item."""
    return decide(item(id_), item(id_).check(facts)).verdict


def values(id_: str, facts: Facts) -> str:
    """All that the check of an item saw, as one text."""
    return "\n".join(f"{one.subject}: {one.value}" for one in item(id_).check(facts))


def network(
    region: str, cidr: str = "10.72.0.0/20", *, attachments: Sequence[Json] = (), **more: Any
) -> Network:
    """A gateway network that is ready."""
    body = {"id": f"network of {region}", "cidr_block": cidr, "state": "ready"}
    zones = {"availability_zones": ["a", "b", "c"], "provider_metadata": {"vpc_id": "kong-vpc"}}
    return Network(region, {**body, **zones}, attachments, **more)


def attachment(kind: str, *, state: str = "ready", **config: Any) -> Json:
    """An attachment."""
    return {
        "id": "attachment",
        "name": "link",
        "state": state,
        "transit_gateway_attachment_config": {"kind": kind, **config},
    }


def private_dns(kind: str, *, state: str = "ready", **config: Any) -> Json:
    """A private DNS object."""
    return {
        "id": "dns",
        "name": "dns",
        "state": state,
        "private_dns_attachment_config": {"kind": kind, **config},
    }


def group(**more: Any) -> Json:
    """A data-plane group."""
    autoscale = {"kind": "autopilot", "base_rps": 100, "max_rps": 1000}
    place = {"provider": "aws", "region": "us-east-2"}
    return {"id": "group", "state": "ready", "autoscale": autoscale, **place, **more}


def node(**more: Any) -> Json:
    """A node that is connected."""
    return {"hostname": "node", "last_ping": NOW.timestamp(), **more}


def plane(**more: Any) -> Plane:
    """A control plane with a group and three nodes."""
    given: Json = {"api_access": "private", "groups": [group()], "nodes": [node()] * 3, **more}
    return Plane("main", "plane", "gateway", **given)


def resource(type_: str, id_: str = "it", **props: Any) -> Resource:
    """A resource whose inputs are its properties."""
    return Resource(type_, id_, id_, props, props)


def facts(
    *resources: Resource,
    planes: Sequence[Plane] = (),
    networks: Sequence[Network] = (),
    records: Mapping[tuple[str, RecordType], Sequence[str]] | None = None,
    outputs: Json | None = None,
    settings: Json | None = None,
    live: bool = True,
    **more: Any,
) -> Facts:
    """The facts of a small environment."""
    konnect = Live(planes, networks, accounts={"aws": KONG}, now=NOW, **more)
    found = Resources(resources, NOW, live, outputs or {})
    return Facts("prod", konnect, found, settings or {}, Zone(records))
