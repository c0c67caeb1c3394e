"""Isolated regions: which can be, and what is left to the owner of another team's network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from components.links.kinds import LinkKind
from components.regions import Cloud
from stacks.errors import Path, Problem
from stacks.live import Live
from stacks.models import Settings

_LEFT: Final[Mapping[Cloud, str]] = {
    Cloud.AWS: "deny {block} both ways in the network ACLs of the VPC's subnets",
    Cloud.AZURE: "route {block} to the next hop None in the route tables of the VNet's subnets",
}
"""By cloud: how the owner of a network cuts connections that exist. In GCP nothing is left."""


def isolation_problems(settings: Settings, live: Live) -> Iterator[Problem]:
    """Every isolated region that is not live, or would get another network.

    Isolation changes rules and routes of a region that exists. A region that is built isolated
    would never have its links.
    """
    for index, region in enumerate(settings.regions):
        if region.isolated and not live.has(region):
            wrong = f"isolates {region.key}, and Konnect has no network of it with {region.cidr}"
            remedy = "delete isolated, run `pulumi up`, and isolate the region after that"
            if live.networks.get(region.key):
                remedy = "write the cidr and zones of the live network; change them after that"
            yield Problem(("regions", index, "isolated"), wrong, remedy, value=True)


def isolation_warnings(settings: Settings) -> Iterator[Problem]:
    """What isolation leaves to the owners of given networks, and of networks behind a hub."""
    for index, region in enumerate(settings.regions):
        path: Path = ("regions", index, "isolated")
        if not region.isolated:
            continue
        network, left = region.landing.network, _LEFT.get(region.cloud)
        if network is not None and left is not None:
            owner = region.landing.network_stack or "another team"
            wrong = (
                f"lets connections that exist live on in the network of {owner}, because its owner "
                "has what cuts them"
            )
            remedy = f"ask the owner to {left.format(block=region.cidr)}"
            yield Problem(path, wrong, remedy, value=True)
        hubs = [one.hub for one in region.chosen_links if one.kind is LinkKind.VIRTUAL_HUB]
        if any(hub is not None and hub.hub_id is not None for hub in hubs) or (
            hubs and region.landing.reach
        ):
            wrong = "leaves other networks of the virtual hub connected with the gateway"
            remedy = f"ask their owners to deny {region.cidr} in their network security groups"
            yield Problem(path, wrong, remedy, value=True)
