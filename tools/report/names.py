"""The names of the gateways, their records, and the region that a client would reach.

Latency is approximated by distance on the map: the region whose place is nearest to the client's,
with the bias of geoproximity as Route 53 applies it. Health is not looked at.
Source of the bias: Amazon Route 53, "Geoproximity routing".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from components.entry.places import Coordinates, distance, place_of
from components.regions import Cloud
from tools.report.preview import Action, Preview, Resource, has_unknown

CLIENTS: Final[Mapping[str, Coordinates]] = {
    "Ohio": (40.0, -83.0),
    "Dublin": (53.3, -6.3),
    "Iowa": (41.6, -93.6),
}
"""Places of clients for which the page says which region they would reach."""

_ENTRY: Final = "multicloudgateway:index:Entry"
_STEERING: Final = re.compile(r"multicloudgateway:index:\w+Steering")
LATER: Final = "known after up"


@dataclass(frozen=True)
class Origin:
    """The gateway of a region behind a name."""

    key: str
    cloud: Cloud
    region: str
    weight: int = 100
    drained: bool = False
    bias: int = 0

    @property
    def share(self) -> int:
        """The weight, or 0 when the region is drained."""
        return 0 if self.drained else self.weight


@dataclass(frozen=True)
class Name:
    """A name, how it leads clients, and the region that each client of ``CLIENTS`` reaches."""

    fqdn: str
    how: str
    reached: Mapping[str, str]
    drained: Sequence[str] = ()


@dataclass(frozen=True)
class Record:
    """A record set in a public zone."""

    name: str
    type: str
    value: str
    ttl: str
    action: Action


def reached(client: Coordinates, origins: Sequence[Origin], routing: str) -> str:
    """The region that a client reaches, or the shares of the regions when weights decide."""
    open_ones = [one for one in origins if not one.drained]
    if routing == "weighted":
        total = sum(one.share for one in open_ones)
        shares = [f"{one.key} {one.share / total:.0%}" for one in open_ones if one.share]
        return ", ".join(shares) if shares else "no region"
    places = [(one, place_of(one.cloud, one.region)) for one in open_ones]
    known = [
        (_biased(distance(client, place), one.bias), one.key) for one, place in places if place
    ]
    return min(known)[1] if known else "not known"


def _biased(kilometres: float, bias: int) -> float:
    """A distance with the bias of a region, -90 to 90."""
    return kilometres * (1 - bias / 100) if bias >= 0 else kilometres / (1 + bias / 100)


def names(preview: Preview) -> list[Name]:
    """The names after the change, in the order of the settings."""
    after = [one for one in preview.resources if one.exists_after]
    steered = {
        str(one.props["fqdn"]): one.props for one in after if _STEERING.fullmatch(one.resource_type)
    }
    found: list[Name] = []
    for entry in after:
        if entry.resource_type != _ENTRY:
            continue
        for fqdn, keys in entry.props.get("names", {}).items():
            found.append(_name(fqdn, keys, entry.props, steered.get(fqdn)))
    return found


def _name(
    fqdn: str, keys: Sequence[str], entry: Mapping[str, Any], steering: Mapping[str, Any] | None
) -> Name:
    if edge := entry.get("edge"):
        return Name(fqdn, f"edge {edge['service']}", dict.fromkeys(CLIENTS, "the edge chooses"))
    if steering is None:
        return Name(fqdn, "one region", dict.fromkeys(CLIENTS, ", ".join(keys)))
    origins = [_origin(one) for one in steering["origins"]]
    routing = str(steering["routing"])
    return Name(
        fqdn,
        routing,
        {client: reached(place, origins, routing) for client, place in CLIENTS.items()},
        [one.key for one in origins if one.drained],
    )


def _origin(inputs: Mapping[str, Any]) -> Origin:
    return Origin(
        str(inputs["key"]),
        Cloud(inputs["cloud"]),
        str(inputs["region"]),
        int(inputs.get("weight", 100)),
        bool(inputs.get("drained", False)),
        int(inputs.get("bias", 0)),
    )


def public_records(preview: Preview) -> list[Record]:
    """The record sets in public zones, by name."""
    return sorted(_records(preview.resources), key=lambda one: (one.name, one.value))


def _records(resources: Iterable[Resource]) -> Iterator[Record]:
    for one in resources:
        props = one.props if one.exists_after else one.before or {}
        match one.resource_type:
            case "aws:route53/record:Record":
                alias = [str(item.get("name")) for item in props.get("aliases") or []]
                values = props.get("records") or alias
                name, type_ = props.get("name"), props.get("type")
            case "azure-native:dns:RecordSet":
                values = (props.get("cnameRecord") or {}).get("cname") or LATER
                name = f"{props.get('relativeRecordSetName')}.{props.get('zoneName')}"
                type_ = props.get("recordType")
            case "gcp:dns/recordSet:RecordSet":
                values = props.get("rrdatas") or "steered"
                name, type_ = props.get("name"), props.get("type")
            case _:
                continue
        set_ = f" ({props['setIdentifier']})" if props.get("setIdentifier") else ""
        yield Record(
            f"{_text(name).rstrip('.')}{set_}",
            _text(type_),
            _text(values),
            _text(props.get("ttl", "")).removesuffix(".0"),
            one.action,
        )


def _text(value: Any) -> str:
    if has_unknown(value):
        return LATER
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
