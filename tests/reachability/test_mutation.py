"""Each resource of a shipped environment, taken away or spoiled: what depends on it fails."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest

from reachability import aws, azure, gcp, konnect
from reachability.build import graph_of
from reachability.records import Records
from tests.reachability.mutation import Service, judge, removals, spoiled, verdicts
from tests.reachability.stacks import stack_records

_MODULES = (aws, azure, gcp)
TYPES = frozenset(
    value
    for module in _MODULES
    for value in vars(module).values()
    # A resource group contains everything: nothing is left to ask about without it.
    if isinstance(value, str) and value.count(":") >= 2 and value != azure.RESOURCE_GROUP
) | {konnect.NETWORK, konnect.ATTACHMENT}


def services_of(stack: str) -> list[Service]:
    """A service in each subnet for workloads, and the forwarded Redis of each region in GCP."""
    graph = graph_of(Records(stack_records(stack)))
    found = []
    for key, gateway in graph.gateways.items():
        for network in graph.networks.values():
            if network.gateway or f"-{key}" not in network.at.name:
                continue
            for subnet in network.subnets:
                if subnet.at.name.endswith("-transit"):
                    continue
                address: IPv4Address | None = subnet.prefix.network_address + 10
                zone = subnet.at.name.rpartition(f"{key}-")[2] if network.cloud == "aws" else ""
                port = 443
                if "redis" in subnet.at.name:
                    address, zone, port = None, "redis", 6379
                found.append(Service(key, zone, address, port))
        assert gateway.gateway == key
    return found


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_exactly_the_services_that_depend_on_a_mutated_resource_become_unreachable(
    stack: str,
) -> None:
    records = stack_records(stack)
    services = services_of(stack)
    removed = judge(records, services, removals(records, TYPES))
    changed = judge(records, services, spoiled(records, TYPES))
    print(f"{stack}: {len(services)} services\n  taken away: {removed}\n  spoiled: {changed}")
    assert removed.tried > 30
    for report in (removed, changed):
        assert report.found + len(report.redundant) == report.tried
        assert report.missed == []
        assert report.blamed == []
        assert report.unnamed == []


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_a_first_preview_without_ids_gives_the_same_answers_as_a_live_stack(stack: str) -> None:
    services = services_of(stack)
    live = verdicts(graph_of(Records(stack_records(stack))), services)
    preview = verdicts(graph_of(Records(stack_records(stack, preview=True))), services)
    assert all(one is not None and one.reaches for one in preview.values())
    assert [one and one.hops for one in preview.values() if one and "redis" not in one.target] == [
        one and one.hops for one in live.values() if one and "redis" not in one.target
    ]
