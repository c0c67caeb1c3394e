"""Mutations of a fabric's resources, one at a time, and what is lost after each.

What depends on each resource is in `fabric_oracle`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network
from typing import Any, Final, NamedTuple

from reachability.build import graph_of
from reachability.records import Record, Records
from reachability.trip import Stop
from tests.reachability.fabric_oracle import Call, Oracle
from tests.reachability.fabrics import STEM, Fabric, walked

LIST: Final = "aws:ec2/managedPrefixList:ManagedPrefixList"


class Mutation(NamedTuple):
    """A stack with one resource that is taken away or spoiled."""

    what: str
    record: Record
    records: Sequence[Record]
    """All resources after it."""
    due: set[Call]
    """The calls that it stops."""
    more: bool = False
    """Whether it may stop other calls too."""
    less: bool = False
    """Whether it may stop only some of them."""


@dataclass
class Report:
    """What the mutations showed."""

    tried: int = 0
    found: int = 0
    missed: list[str] = field(default_factory=list)
    blamed: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)
    redundant: list[tuple[str, Record]] = field(default_factory=list)
    """What was done, and the resource on which no call depends."""
    declared: int = 0
    """After how many mutations a declared service is not reached."""

    def __str__(self) -> str:
        return (
            f"tried {self.tried}, found {self.found}, missed {len(self.missed)}, falsely blamed "
            f"{len(self.blamed)}, not named {len(self.unnamed)}, redundant {len(self.redundant)}; "
            f"a declared service is lost after {self.declared}"
        )

    def redundant_lines(self) -> Iterator[str]:
        """The redundant elements of each type: how many, and their names."""
        by_type: dict[str, list[str]] = {}
        for what, record in self.redundant:
            name = record.name.removeprefix(f"{STEM}-")
            listed = by_type.setdefault(record.type.rpartition(":")[2], [])
            listed.append(name if what == "without" else f"{name} ({what})")
        for type_, names in sorted(by_type.items()):
            yield f"{type_}, {len(names)}: {', '.join(names)}"


def judge(calls: Sequence[Call], mutations: Iterable[Mutation]) -> Report:
    """Compare what is lost after each mutation with what depends on it."""
    report = Report()
    for mutation in mutations:
        record = mutation.record
        report.tried += 1
        label = f"{mutation.what} {record.type.rpartition(':')[2]} {record.name}"
        found = graph_of(Records(mutation.records))
        stops = {call: stop for call in calls if (stop := walked(found, call).stop) is not None}
        missed = set() if mutation.less else mutation.due - stops.keys()
        blamed = set() if mutation.more else stops.keys() - mutation.due
        report.missed += [f"{label}: {call}" for call in sorted(missed, key=str)]
        report.blamed += [f"{label}: {call}" for call in sorted(blamed, key=str)]
        report.declared += any(call.to.declared for call in stops)
        report.found += bool(stops) and not missed and not blamed
        report.unnamed += [
            f"{label}: {call}: {stop}"
            for call, stop in stops.items()
            if not names(stop, record, mutation.records)
        ]
        if not stops and not missed:
            report.redundant.append((mutation.what, record))
    return report


def names(stop: Stop, record: Record, records: Sequence[Record]) -> bool:
    """Whether an answer names a resource or its type, or what is in it and goes with it."""
    text = f"{stop.problem} {stop.remedy}"
    if stop.at.urn == record.urn or stop.wanted == record.type or record.name in text:
        return True
    within = inside(record, records)
    return any(stop.at.urn in within or stop.wanted == type_ for type_ in within.values())


def inside(record: Record, records: Sequence[Record]) -> Mapping[str, str]:
    """The types of the resources that need a resource, and of those that need them, by URN."""
    found = {record.urn: record.type}
    before = 0
    while before < len(found):
        before = len(found)
        for one in records:
            if any(urn in found for urns in one.dependencies.values() for urn in urns):
                found[one.urn] = one.type
    return found


_NETWORKING: Final = ("aws:", "azure-native:network", "azure-native:authorization", "gcp:")
_OF_KONNECT: Final = ("CloudGatewayNetwork", "CloudGatewayTransitGateway", "PresharedKey")


def mutable(fabric: Fabric) -> list[Record]:
    """The resources that packets may depend on."""
    return [
        one
        for one in fabric.resources()
        if (one.type.startswith(_NETWORKING) or one.type.endswith(_OF_KONNECT))
        and "ManagedZone" not in one.type
    ]


def oracle(fabric: Fabric) -> Oracle:
    return Oracle(STEM, fabric.calls, fabric.resources())


def removals(fabric: Fabric) -> Iterator[Mutation]:
    """Without each resource."""
    asked = oracle(fabric)
    for one in mutable(fabric):
        rest = [other for other in fabric.resources() if other is not one]
        yield Mutation("without", one, rest, asked.depending(one))


_SPOILED: Final[Mapping[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]]] = {
    "aws:ec2transitgateway/prefixListReference:PrefixListReference": lambda _: {"blackhole": True},
    LIST: lambda _: {"entries": [{"cidr": "192.0.2.0/24"}]},
    "aws:ec2/route:Route": lambda old: (
        {"destinationCidrBlock": "192.0.2.0/24"} if "destinationCidrBlock" in old else {}
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": lambda _: {"fromPort": 444},
    "aws:ram/resourceShare:ResourceShare": lambda _: {"allowExternalPrincipals": False},
    "aws:ec2/customerGateway:CustomerGateway": lambda _: {"bgpAsn": "64999"},
    "aws:ec2/vpnConnection:VpnConnection": lambda _: {"tunnel1InsideCidr": "169.254.99.0/30"},
    "azure-native:network:VpnGateway": lambda _: {"bgpSettings": {"asn": 65515}},
    "azure-native:network:VpnSite": lambda old: {
        "vpnSiteLinks": [
            {**link, "bgpProperties": {**link["bgpProperties"], "asn": 64999}}
            for link in old["vpnSiteLinks"]
        ]
    },
    "azure-native:network:VpnConnection": lambda old: {
        "vpnLinkConnections": [{**link, "enableBgp": False} for link in old["vpnLinkConnections"]]
    },
    "gcp:compute/firewall:Firewall": lambda _: {"sourceRanges": ["192.0.2.0/24"]},
    "gcp:compute/router:Router": lambda old: {"bgp": {**old["bgp"], "asn": 64999}},
    "gcp:compute/routerPeer:RouterPeer": lambda _: {"peerAsn": 64999},
    "gcp:compute/routerInterface:RouterInterface": lambda _: {"ipRange": "169.254.99.2/30"},
    "gcp:networkconnectivity/spoke:Spoke": lambda old: {
        "linkedVpnTunnels": {**old["linkedVpnTunnels"], "siteToSiteDataTransfer": False}
    },
}
"""By type: a change of a resource after which what depends on it fails as without it."""


def spoiled(fabric: Fabric) -> Iterator[Mutation]:
    """Each resource with a wrong block, port, number or flag."""
    asked = oracle(fabric)
    for one in mutable(fabric):
        change = _SPOILED.get(one.type)
        changes = change(one.properties) if change else {}
        if changes:
            wrong = replace(one, properties={**one.properties, **changes})
            yield Mutation("spoiled", one, _instead(fabric, one, wrong), asked.depending(one))


def entries(fabric: Fabric) -> Iterator[Mutation]:
    """Each prefix list without one of its entries."""
    asked = oracle(fabric)
    for one in mutable(fabric):
        if one.type == LIST:
            listed = one.properties["entries"]
            for gone in listed:
                properties = {**one.properties, "entries": [it for it in listed if it != gone]}
                less = replace(one, properties=properties)
                due = asked.depending_on_entry(one, IPv4Network(gone["cidr"]))
                yield Mutation(f"without {gone['cidr']} in", one, _instead(fabric, one, less), due)


def _instead(fabric: Fabric, old: Record, new: Record) -> list[Record]:
    return [new if other is old else other for other in fabric.resources()]
