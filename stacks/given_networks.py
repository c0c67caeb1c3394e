"""Reads and checks the networks of other stacks that an environment's regions are connected to.

It is separate from the contract, because this module imports the components. The exports of
another stack are in its state, so they are checked in the preview, before anything is created.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

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
from stacks.networks import AwsNetwork, AzureNetwork, Network, NetworkContract


@dataclass(frozen=True)
class GivenNetwork:
    """A customer network that another stack owns. In AWS it includes the hub of the network."""

    network: CustomerNetwork
    hub: AwsHubAttributes | None = None


@dataclass(frozen=True)
class GivenNetworks:
    """The networks of other stacks that were found, and the problems of the others."""

    by_region: Mapping[str, GivenNetwork]
    """The networks without a problem, by the key of their region."""
    problems: tuple[Problem, ...]
    """Regions that a contract does not have, or has with another CIDR block."""


async def given_networks(settings: Settings) -> GivenNetworks:
    """The networks that the settings refer to by ``landing.network``.

    Raises ContractError if a contract cannot be read.
    """
    referred = {r.landing.network for r in settings.regions if r.landing.network is not None}
    contracts = {stack: await NetworkContract.reference(stack) for stack in sorted(referred)}
    given: dict[str, GivenNetwork] = {}
    problems: list[Problem] = []
    for index, region in enumerate(settings.regions):
        if (stack := region.landing.network) is None:
            continue
        networks = contracts[stack].networks
        if problem := _problem(("regions", index, "landing"), region, stack, networks):
            problems.append(problem)
        else:
            given[region.key] = _given(networks[region.key])
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


def _given(network: Network) -> GivenNetwork:
    """Convert a network of the contract to the component's arguments."""
    if isinstance(network, AwsNetwork):
        hub = AwsHubAttributes(
            transit_gateway_id=network.transit_gateway_id,
            transit_gateway_arn=network.transit_gateway_arn,
            gateway_route_table_id=network.gateway_route_table_id,
            spoke_route_table_id=network.spoke_route_table_id,
            vpc_attachment_id=network.vpc_attachment_id,
        )
        # The VPC and its hub are in one account.
        account = pulumi.Output.from_input(network.transit_gateway_arn).apply(account_of)
        vpc = AwsVpcAttributes(network.vpc_id, network.route_table_ids, account)
        return GivenNetwork(vpc, hub)
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
