"""Reads and checks the networks that exist already and that an environment's regions are linked to.

They are given by ids in the settings, or by another stack that exports them. It is separate from
the contract, because this module imports the components. The exports of another stack are in its
state, so they are checked in the preview, before anything is created.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pulumi

from components.links.kinds import OVER_A_HUB, LinkKind
from components.names import account_of
from components.networks.attributes import (
    AwsHubAttributes,
    AwsVpcAttributes,
    AzureVnetAttributes,
    CustomerNetwork,
    GcpVpcAttributes,
)
from stacks.errors import Path, Problem
from stacks.models import Region, Settings
from stacks.models.given_network import AwsNetworkIds, AzureNetworkIds, NetworkIds
from stacks.networks import AwsNetwork, AzureNetwork, Network, NetworkContract


@dataclass(frozen=True)
class GivenNetwork:
    """A customer network that exists already. In AWS it may include the hub of the network."""

    network: CustomerNetwork
    hub: AwsHubAttributes | None = None


@dataclass(frozen=True)
class GivenNetworks:
    """The networks that exist already and fit their regions, and the problems of the others."""

    by_region: Mapping[str, GivenNetwork]
    """The networks without a problem, by the key of their region."""
    problems: tuple[Problem, ...]
    """Networks that a contract does not have, or has with another CIDR block, and networks without
    the ids that a link needs."""


async def given_networks(settings: Settings) -> GivenNetworks:
    """The networks that the settings refer to by ``landing.network``.

    Raises ContractError if a contract cannot be read.
    """
    referred = {stack for region in settings.regions if (stack := region.landing.network_stack)}
    contracts = {stack: await NetworkContract.reference(stack) for stack in sorted(referred)}
    given: dict[str, GivenNetwork] = {}
    problems: list[Problem] = []
    for index, region in enumerate(settings.regions):
        written = region.landing.network
        if written is None:
            continue
        path: Path = ("regions", index, "landing")
        if isinstance(written, str):
            networks = contracts[written].networks
            if problem := _problem(path, region, written, networks):
                problems.append(problem)
                continue
            network = _exported(networks[region.key])
        else:
            network = _of_ids(written)
        if lacking := list(_lacking((*path, "network"), region, network)):
            problems += lacking
        else:
            given[region.key] = network
    return GivenNetworks(given, tuple(problems))


def _problem(
    path: Path, region: Region, stack: str, networks: Mapping[str, Network]
) -> Problem | None:
    network = networks.get(region.key)
    if network is None:
        wrong = f"exports no network {region.key}, only: {', '.join(sorted(networks)) or 'none'}"
        remedy = "ask the network team to add it, or delete network so that one is created here"
        return Problem((*path, "network"), wrong, remedy, stack)
    if network.cidr != str(region.landing.cidr):
        wrong = f"is not the block of {stack}'s network {region.key}, which is {network.cidr}"
        return Problem(
            (*path, "cidr"), wrong, f"write cidr: {network.cidr}", str(region.landing.cidr)
        )
    return None


def _lacking(path: Path, region: Region, given: GivenNetwork) -> Iterator[Problem]:
    """The ids that a link of the region needs and the network does not have; all are in AWS."""
    vpc = given.network
    if not isinstance(vpc, AwsVpcAttributes):
        return
    stack = region.landing.network_stack

    def problem(key: str, wrong: str, remedy: str) -> Problem:
        if stack is None:
            return Problem((*path, key), wrong, remedy)
        wrong = f"exports no {key} that {region.key} needs: {wrong}"
        return Problem(path, wrong, f"ask the network team to export it, or {remedy}", stack)

    kinds = {link.kind: link.key for link in region.chosen_links}
    for kind, key in kinds.items():
        if kind in OVER_A_HUB and given.hub is None:
            wrong = f"is missing: link {key} goes over the hub that the VPC is attached to"
            yield problem("hub", wrong, "add hub, or write links: {vpc-peering: {}}")
        if kind is LinkKind.RESOURCE_ENDPOINT and not set(vpc.subnet_ids) & set(region.zones):
            there = ", ".join(vpc.subnet_ids) or "no zone"
            wrong = (
                f"is in {there}, and link {key} needs a subnet in a zone of the gateway network: "
                f"{', '.join(region.zones)}"
            )
            yield problem("subnet_ids", wrong, "add a subnet in one of these zones")
    routed = [key for kind, key in kinds.items() if kind is not LinkKind.RESOURCE_ENDPOINT]
    if routed and not vpc.route_table_ids:
        wrong = f"is missing: link {routed[0]} needs a route to the gateway"
        yield problem("route_table_ids", wrong, "add the VPC's route tables, each with a name")


def _of_ids(ids: NetworkIds) -> GivenNetwork:
    """Convert the ids of a network in the settings to the component's arguments."""
    if isinstance(ids, AwsNetworkIds):
        vpc = AwsVpcAttributes(ids.vpc_id, ids.route_table_ids, ids.account, ids.subnet_ids)
        if ids.hub is None:
            return GivenNetwork(vpc)
        arn = ids.hub.transit_gateway_arn
        hub = AwsHubAttributes(
            transit_gateway_id=arn.rpartition("/")[2],
            transit_gateway_arn=arn,
            gateway_route_table_id=ids.hub.gateway_route_table_id,
            spoke_route_table_id=ids.hub.spoke_route_table_id,
            vpc_attachment_id=ids.hub.vpc_attachment_id,
        )
        return GivenNetwork(vpc, hub)
    if isinstance(ids, AzureNetworkIds):
        parts = ids.vnet_id.split("/")
        return GivenNetwork(
            AzureVnetAttributes(
                resource_group_name=parts[4],
                resource_group_id="/".join(parts[:5]),
                vnet_name=parts[8],
                vnet_id=ids.vnet_id,
                network_security_group_name=ids.network_security_group_name,
                workload_cidr=str(ids.workload_cidr),
                security_rule_priority=ids.security_rule_priority,
            )
        )
    _, project, _, _, name = ids.id.split("/")
    self_link = f"https://www.googleapis.com/compute/v1/{ids.id}"
    return GivenNetwork(GcpVpcAttributes(name, project, ids.id, self_link))


def _exported(network: Network) -> GivenNetwork:
    """Convert a network of the contract to the component's arguments."""
    if isinstance(network, AwsNetwork):
        return _exported_in_aws(network)
    if isinstance(network, AzureNetwork):
        return GivenNetwork(
            AzureVnetAttributes(
                resource_group_name=network.resource_group_name,
                resource_group_id=network.resource_group_id,
                vnet_name=network.vnet_name,
                vnet_id=network.vnet_id,
                network_security_group_name=network.network_security_group_name,
                workload_cidr=network.workload_cidr,
                security_rule_priority=network.security_rule_priority,
            )
        )
    return GivenNetwork(
        GcpVpcAttributes(
            name=network.name,
            project=network.project,
            id=network.id,
            self_link=network.self_link,
        )
    )


def _exported_in_aws(network: AwsNetwork) -> GivenNetwork:
    """Convert a VPC of the contract. It has a hub if all ids of the hub are exported."""
    hub, account = None, network.account
    if (
        network.transit_gateway_id is not None
        and network.transit_gateway_arn is not None
        and network.gateway_route_table_id is not None
        and network.spoke_route_table_id is not None
        and network.vpc_attachment_id is not None
    ):
        hub = AwsHubAttributes(
            transit_gateway_id=network.transit_gateway_id,
            transit_gateway_arn=network.transit_gateway_arn,
            gateway_route_table_id=network.gateway_route_table_id,
            spoke_route_table_id=network.spoke_route_table_id,
            vpc_attachment_id=network.vpc_attachment_id,
        )
        # The VPC and its hub are in one account.
        if account is None:
            account = pulumi.Output.from_input(hub.transit_gateway_arn).apply(account_of)
    vpc = AwsVpcAttributes(network.vpc_id, network.route_table_ids, account, network.subnet_ids)
    return GivenNetwork(vpc, hub)
