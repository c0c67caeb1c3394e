"""A gateway with a fabric in three clouds: what fails without each resource, and what is redundant.

The resources are those that the components declare. What depends on each is in `fabric_oracle`,
which knows names and the shape of the fabric only. The tests try some mutations of each type; this
tries all, in about three minutes of processor time:

    python -m tests.reachability.test_fabric_mutation
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from ipaddress import IPv4Network
from itertools import islice
from typing import Any, Final

import pulumi
import pytest

from components.fabric.model import FabricPlan, InspectionArgs, InspectionKind
from components.fabric.plan import fabric_plan
from components.gateway import MultiCloudGateway, MultiCloudGatewayArgs
from providers import konnect
from reachability.build import graph_of
from reachability.graph import Graph
from reachability.records import Record, Records
from reachability.walk import Walk, walk
from tests.components.fabric.gateways import REGIONS, SPOKES, fabric_of, gateway
from tests.components.gateway_mocks import World, run_program, unmocked
from tests.reachability.fabric_oracle import Call, Destination, Oracle, path_of
from tests.reachability.stacks import recorded

STEM = "gateway-prod"
LIST = "aws:ec2/managedPrefixList:ManagedPrefixList"
Mutations = Iterator[tuple[str, Record, Sequence[Record], set[Call]]]
"""What was done, to which resource, all resources after it, and what depends on it."""


@cache
def resources(preview: bool = False) -> tuple[Record, ...]:
    """The resources of a gateway in two regions of each cloud, with a fabric and spokes."""
    return recorded(registered(), preview)


@cache
def registered() -> World:
    """What the program of that gateway registers."""
    return built(gateway())


def built(args: MultiCloudGatewayArgs) -> World:
    """What the program of a gateway registers."""

    def make(provider: konnect.Provider) -> Any:
        MultiCloudGateway(STEM, args, pulumi.ResourceOptions(providers=[provider]))
        return {}

    world, _ = run_program(make)
    unmocked()
    return world


@cache
def plan() -> FabricPlan:
    found = gateway().fabric
    assert found is not None
    return found


@cache
def calls(closed: bool = False) -> tuple[Call, ...]:
    """Each gateway calls each landing and each spoke, or only those that gateways may not call."""
    built = plan()
    cores = {cloud.value: hub for cloud, hub in built.numbers.cores.items()}
    found = []
    for to in destinations():
        opened = not to.segment or built.segments[to.segment].gateways
        if opened == closed:
            continue
        for hub in built.hubs.values():
            found.append(Call(hub.key, hub.gateway, to, path_of(hub.key, to, cores)))
    return tuple(found)


def destinations() -> Iterator[Destination]:
    """A host in each subnet for workloads."""
    for network in graph().networks.values():
        for subnet in network.subnets:
            name = subnet.at.name.removeprefix(f"{STEM}-")
            if network.gateway or name.endswith("-transit") or "redis" in name:
                continue
            hub = next(one for one in plan().hubs if f"{one}-" in name)
            spoke = next((one for one in SPOKES if f"-{one}-" in name), "")
            place = name[-len("use2-az1") :] if network.cloud == "aws" else ""
            segment = SPOKES[spoke].segment if spoke else ""
            yield Destination(hub, spoke, place, subnet.prefix.network_address + 10, segment)


@cache
def graph(preview: bool = False) -> Graph:
    return graph_of(Records(resources(preview)))


def walked(found: Graph, call: Call) -> Walk | None:
    if call.gateway not in found.gateways:
        return None
    return walk(found, call.gateway, call.to.address, 443)


@pytest.mark.parametrize("preview", [False, True])
def test_every_gateway_reaches_every_landing_and_every_spoke_of_an_open_segment(
    preview: bool,
) -> None:
    found = {str(call): walked(graph(preview), call) for call in calls()}
    assert len(found) == len(calls()) == 72
    assert {name: one.stop for name, one in found.items() if one and one.stop} == {}
    for call in calls():
        one = found[str(call)]
        assert one is not None
        assert bool(one.assumptions) == imports_routes(call)


def imports_routes(call: Call) -> bool:
    """Whether a call needs routes that Kong's side of a peering in GCP imports."""
    return call.gateway.startswith("gcp-") and not call.own_landing


def test_no_gateway_reaches_a_spoke_of_a_closed_segment() -> None:
    found = [walked(graph(), call) for call in calls(closed=True)]
    assert len(found) == 12
    assert not any(one is not None and one.reaches for one in found)


def test_all_resources_of_networking_are_read() -> None:
    assert graph().unread == ()
    assert all(one.met for link in graph().links.values() for one in link.conditions)


def test_firewalls_of_the_hubs_see_both_directions_and_let_every_call_pass() -> None:
    inspection = InspectionArgs(kind=InspectionKind.NATIVE, organization="123456789012")
    inspected = fabric_plan(replace(fabric_of(REGIONS), inspection=inspection))
    found = graph_of(Records(recorded(built(gateway(plan=inspected)), preview=False)))
    assert found.unread == ()
    assert sorted(one.at.type.rpartition(":")[2] for one in found.firewalls.values()) == [
        "AzureFirewall",
        "AzureFirewall",
        "Firewall",
        "Firewall",
    ]
    walks = [one for call in calls() if (one := walked(found, call)) is not None]
    assert [one.stop for one in walks if one.stop] == []
    over = [
        any("routes" in hop.words and "through" in hop.words for hop in one.hops) for one in walks
    ]
    assert sum(over) > len(walks) // 2


@dataclass
class Report:
    """What the mutations showed."""

    tried: int = 0
    found: int = 0
    missed: list[str] = field(default_factory=list)
    blamed: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)
    redundant: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"tried {self.tried}, found {self.found}, missed {len(self.missed)}, falsely blamed "
            f"{len(self.blamed)}, not named {len(self.unnamed)}, redundant {len(self.redundant)}"
        )


def judge(mutations: Mutations) -> Report:
    """Compare what is lost after each mutation with what depends on it."""
    report = Report()
    for what, record, changed, due in mutations:
        report.tried += 1
        label = f"{what} {record.type.rpartition(':')[2]} {record.name}"
        found = graph_of(Records(changed))
        after = {call: walked(found, call) for call in calls()}
        lost = {call for call, one in after.items() if one is None or not one.reaches}
        report.missed += [f"{label}: {call}" for call in sorted(due - lost, key=str)]
        report.blamed += [f"{label}: {call}" for call in sorted(lost - due, key=str)]
        report.found += bool(due) and due == lost
        report.unnamed += [
            f"{label}: {one.stop}"
            for call in due & lost
            if (one := after[call]) is not None and not names(one, record, changed)
        ]
        if not due and not lost:
            report.redundant.append(label)
    return report


def names(found: Walk, record: Record, records: Sequence[Record]) -> bool:
    """Whether an answer names a resource or its type, or what is in it and goes with it."""
    stop = found.stop
    assert stop is not None
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


_NETWORKING = ("aws:", "azure-native:network", "azure-native:authorization", "gcp:")
_OF_KONNECT = ("CloudGatewayNetwork", "CloudGatewayTransitGateway", "PresharedKey")


def mutable() -> list[Record]:
    """The resources that packets may depend on."""
    return [
        one
        for one in resources()
        if (one.type.startswith(_NETWORKING) or one.type.endswith(_OF_KONNECT))
        and "ManagedZone" not in one.type
    ]


def oracle() -> Oracle:
    return Oracle(STEM, calls(), resources())


def removals() -> Mutations:
    asked = oracle()
    for one in mutable():
        rest = [other for other in resources() if other is not one]
        yield "without", one, rest, asked.depending(one)


SPOILED: Mapping[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = {
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


def spoiled() -> Mutations:
    asked = oracle()
    for one in mutable():
        change = SPOILED.get(one.type)
        if change is None or "redis" in one.name:
            continue
        changes = change(one.properties)
        if not changes:
            continue
        properties = {**one.properties, **changes}
        wrong = replace(one, properties=properties)
        rest = [wrong if other is one else other for other in resources()]
        yield "spoiled", one, rest, asked.depending(one)


def entries() -> Mutations:
    """Each list without one of its entries."""
    asked = oracle()
    for one in mutable():
        if one.type == LIST:
            listed = one.properties["entries"]
            for gone in listed:
                properties = {**one.properties, "entries": [it for it in listed if it != gone]}
                less = replace(one, properties=properties)
                rest = [less if other is one else other for other in resources()]
                due = asked.depending_on_entry(one, IPv4Network(gone["cidr"]))
                yield f"without {gone['cidr']} in", one, rest, due


_NOT_FOLLOWED: Final = frozenset(
    {
        # Names of resources, and the order of creation.
        ("*", "resourceGroupName"),
        ("RoleDefinition", "scope"),
        ("RoleDefinition", "roleDefinitionId"),
        ("RoleAssignment", "roleAssignmentName"),
        ("PeeringAttachment", "peerAccountId"),
        # All hubs of a virtual WAN lead everywhere, and Kong has a role on each.
        ("VpnGateway", "virtualHub"),
        ("HubVirtualNetworkConnection", "virtualHubName"),
        ("HubVirtualNetworkConnection", "routingConfiguration"),
        ("CloudGatewayTransitGateway", "transit_gateway_attachment_config"),
        # Such a route replaces another one of its block there, on which other calls depend.
        ("Route", "routeTableId"),
        ("Route", "transitGatewayRouteTableId"),
        # AWS refuses the peering of a hub with itself.
        ("PeeringAttachment", "transitGatewayId"),
        ("PeeringAttachment", "peerTransitGatewayId"),
        # Such a reference also changes what the calls of the other hub get.
        ("CloudGatewayTransitGateway", "network_id"),
        ("VpcAttachment", "vpcId"),
        ("SecurityRule", "networkSecurityGroupName"),
        # What stops the packet is in the other group or network, and the answer names that.
        ("Subnet", "networkSecurityGroup"),
        ("HaVpnGateway", "network"),
        # The other of two tunnels, and the other zone of an attachment, still work.
        ("Spoke", "linkedVpnTunnels"),
        ("VpcAttachment", "subnetIds"),
        # The subnetwork is then in the other region's network, which reaches it.
        ("Subnetwork", "network"),
    }
)
"""References by type and property that do not decide whether the calls of a resource work."""


def led_elsewhere() -> Mutations:
    """Each reference led to a resource of the same type at another hub: a wrong table, hub,
    attachment, gateway, router. What depends on the resource fails as without it."""
    asked, by_urn = oracle(), {one.urn: one for one in resources()}
    for one in mutable():
        kind = one.type.rpartition(":")[2]
        for name, urns in one.dependencies.items():
            if {(kind, name), ("*", name)} & _NOT_FOLLOWED or name.startswith("__"):
                continue
            for old in (by_urn[urn] for urn in urns if urn in by_urn):
                new = _elsewhere(old)
                if new is not None and not _only_order(kind, old):
                    wrong = _led(one, name, old, new)
                    rest = [wrong if other is one else other for other in resources()]
                    yield f"{name} led to {new.name}:", one, rest, asked.depending(one)


def _only_order(kind: str, old: Record) -> bool:
    """Whether a route of a VPC depends on an attachment, which it does not name.

    A list of another hub has some of the same blocks: `entries` tries what depends on a list.
    """
    routes = kind == "Route" and old.type.endswith(":VpcAttachment")
    return routes or kind == "PrefixListReference" or old.type == LIST


def _elsewhere(old: Record) -> Record | None:
    """A resource of the same type at another hub; with the same ending of its name, if any."""
    same = [
        one
        for one in resources()
        if one.type == old.type and _hub_in(one) not in ("", _hub_in(old))
    ]
    ending = old.name.rpartition("-")[2]
    return next((one for one in same if one.name.endswith(ending)), next(iter(same), None))


def _hub_in(record: Record) -> str:
    return next((hub for hub in plan().hubs if f"{hub}-" in f"{record.name}-"), "")


def _led(record: Record, name: str, old: Record, new: Record) -> Record:
    urns = [new.urn if urn == old.urn else urn for urn in record.dependencies[name]]
    return replace(
        record,
        properties={**record.properties, name: _renamed(record.properties.get(name), old, new)},
        dependencies={**record.dependencies, name: urns},
    )


def _renamed(value: Any, old: Record, new: Record) -> Any:
    """A value with the id, ARN or name of another resource: each contains the logical name."""
    if isinstance(value, Mapping):
        return {key: _renamed(item, old, new) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, old, new) for item in value]
    return value.replace(old.name, new.name) if isinstance(value, str) else value


def sample(mutations: Mutations) -> Mutations:
    """The first mutation of each type, and each tenth after it."""
    seen: Counter[str] = Counter()
    for one in mutations:
        if seen[one[1].type] % 10 == 0:
            yield one
        seen[one[1].type] += 1


def some_led_elsewhere() -> Mutations:
    """Each twelfth reference."""
    return islice(led_elsewhere(), 0, None, 12)


@pytest.mark.parametrize(
    ("mutations", "least"),
    [
        (lambda: sample(removals()), 50),
        (lambda: sample(spoiled()), 15),
        (lambda: sample(entries()), 0),
        (some_led_elsewhere, 20),
    ],
    ids=["removals", "spoiled", "entries", "led elsewhere"],
)
def test_exactly_the_calls_that_depend_on_a_mutated_resource_fail(
    mutations: Callable[[], Mutations], least: int
) -> None:
    report = judge(mutations())
    print(f"{len(calls())} calls: {report}")
    assert report.missed == []
    assert report.blamed == []
    assert report.unnamed == []
    assert report.tried > least
    assert report.found + len(report.redundant) == report.tried


if __name__ == "__main__":
    for every in (removals, spoiled, entries, led_elsewhere):
        found = judge(every())
        print(f"{len(calls())} calls, {every.__name__}: {found}")
        for line in (*found.missed, *found.blamed, *found.unnamed):
            print(f"  {line[:300]}")
