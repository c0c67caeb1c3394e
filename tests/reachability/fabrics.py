"""Gateways with a fabric in three clouds, as programs register them under mocks.

`for_tests` has two regions of each cloud and spokes in three segments. `prod` has the settings of
examples/fabric. Each gateway calls each declared service, and a host in each subnet without one.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pulumi
import yaml

from components.gateway import MultiCloudGateway, MultiCloudGatewayArgs
from providers import konnect
from reachability.build import graph_of
from reachability.graph import Graph, Network, Subnet
from reachability.records import Record, Records
from reachability.services import Service, Verdict, declared_services, verdict
from stacks import settings
from stacks.address_files import read_plans
from stacks.arguments import gateway_args
from tests.components.fabric.gateways import gateway
from tests.components.gateway_mocks import World, run_program, unmocked
from tests.reachability.fabric_oracle import Call, Destination, path_of
from tests.reachability.stacks import recorded

STEM = "gateway-prod"
EXAMPLE = Path(__file__).parents[2] / "examples" / "fabric" / "stacks"


class Fabric:
    """A gateway with a fabric, and what its gateways call."""

    def __init__(self, name: str, args: MultiCloudGatewayArgs) -> None:
        assert args.fabric is not None
        self.name = name
        self.plan = args.fabric
        self._world = built(args)
        self._recorded: dict[bool, tuple[Record, ...]] = {}

    def resources(self, preview: bool = False) -> tuple[Record, ...]:
        """All resources. In a preview no id is known."""
        if preview not in self._recorded:
            self._recorded[preview] = recorded(self._world, preview)
        return self._recorded[preview]

    @cached_property
    def graph(self) -> Graph:
        return graph_of(Records(self.resources()))

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """Each gateway calls each destination that gateways may call."""
        return tuple(self._calls(closed=False))

    @cached_property
    def closed_calls(self) -> tuple[Call, ...]:
        """Calls of destinations that gateways may not call."""
        return tuple(self._calls(closed=True))

    def _calls(self, closed: bool) -> Iterator[Call]:
        cores = {cloud.value: hub for cloud, hub in self.plan.numbers.cores.items()}
        for to in self._destinations():
            opened = not to.segment or self.plan.segments[to.segment].gateways
            if opened != closed:
                for hub in self.plan.hubs.values():
                    yield Call(hub.key, hub.gateway, to, path_of(hub.key, to, cores))

    def _destinations(self) -> Iterator[Destination]:
        """A declared service or a host in each subnet for workloads."""
        services = declared_services(Records(self.resources()))
        assert not any(service.gateways for service in services)
        for network in self.graph.networks.values():
            for subnet in network.subnets:
                name = subnet.at.name
                if network.gateway or name.endswith("-transit") or "redis" in name:
                    continue
                own = [one for one in services if one.address and one.address in subnet.prefix]
                for service in own or [None]:
                    yield self._destination(network, subnet, service)

    def _destination(
        self, network: Network, subnet: Subnet, service: Service | None
    ) -> Destination:
        name = subnet.at.name.removeprefix(f"{STEM}-")
        hub = next(one for one in self.plan.hubs if f"{one}-" in name)
        spoke = next((one for one in self.plan.spokes if f"-{one}-" in name), "")
        place = name[-len("use2-az1") :] if network.cloud == "aws" else ""
        segment = self.plan.spokes[spoke].segment if spoke else ""
        address = subnet.prefix.network_address + 10
        called = service or Service(f"{spoke or hub} {place}".rstrip(), 443, address)
        return Destination(hub, spoke, place, called, segment, service is not None)


def built(args: MultiCloudGatewayArgs) -> World:
    """What the program of a gateway registers."""

    def make(provider: konnect.Provider) -> Any:
        MultiCloudGateway(STEM, args, pulumi.ResourceOptions(providers=[provider]))
        return {}

    world, _ = run_program(make)
    unmocked()
    return world


@cache
def for_tests() -> Fabric:
    """The gateway of the tests of the fabric."""
    return Fabric("gateway of tests", gateway())


@cache
def prod() -> Fabric:
    """prod of examples/fabric, with its recorded addresses and numbers."""
    document = yaml.safe_load((EXAMPLE / "Pulumi.prod.yaml").read_text())["config"]
    plans = read_plans(EXAMPLE, "prod")
    assert plans is not None
    loaded = settings.load("prod", document["multicloud-gateway:gateway"], plans=plans)
    return Fabric("prod", gateway_args(loaded, recorded=plans.own))


def walked(found: Graph, call: Call) -> Verdict:
    """Whether a gateway reaches what it calls."""
    return verdict(found, call.to.service, call.gateway)
