"""The networks of other stacks that an environment's landings use: looked up and checked.

Apart from the contract, because this knows the components. What another stack exports is in its
state, so all of this is decided in the preview, before anything is built.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Final

from components.landing.base import AwsNetwork, AzureNetwork, GcpNetwork, GivenNetwork
from stacks.errors import Path, Problem, SettingsError
from stacks.models import Region, Settings
from stacks.networks import Network, NetworkContract

_KINDS: Final[Mapping[str, type[GivenNetwork]]] = {
    "aws": AwsNetwork,
    "azure": AzureNetwork,
    "gcp": GcpNetwork,
}


async def given_networks(settings: Settings) -> dict[str, GivenNetwork]:
    """The networks that ``landing.network`` refers to, by the key of their region.

    Raises SettingsError for all regions that a contract does not have, or has with another
    CIDR, and ContractError for a contract that cannot be read.
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
    if problems:
        raise SettingsError(settings.file, problems)
    return given


def _problem(
    path: Path, region: Region, stack: str, networks: Mapping[str, Network]
) -> Problem | None:
    network = networks.get(region.key)
    if network is None:
        wrong = f"has no network {region.key}, only {', '.join(sorted(networks)) or 'none at all'}"
        remedy = "have it added there, or remove network, and one is made here"
        return Problem((*path, "network"), wrong, remedy, stack)
    if network.cidr != str(region.landing.cidr):
        wrong = f"is not the block of {stack}'s network {region.key}, which is {network.cidr}"
        return Problem(
            (*path, "cidr"), wrong, f"write cidr: {network.cidr}", str(region.landing.cidr)
        )
    return None


def _given(network: Network) -> GivenNetwork:
    """The component's own words for it, which are the same ones."""
    kind = _KINDS[network.cloud]
    return kind(**{field.name: getattr(network, field.name) for field in fields(kind)})
