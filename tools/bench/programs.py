"""The measured program: gateways with as many regions as wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from components.addressing import DCGW_POOLS, DCGW_RESERVED, FreeSpace

Json = dict[str, Any]

BLOCK: Final = 20
"""Prefix length of every gateway network and landing. All three clouds accept it."""
HUB: Final = 23
"""Prefix length of a virtual hub."""
ZONES: Final = 3
"""Number of zones of every network."""

PROGRAM: Final = '''\
"""Every gateway of the configuration, each built as the project's own program builds its one."""

import pulumi

from components.gateway import MultiCloudGateway
from providers import konnect
from stacks import exports, lean, settings
from stacks.arguments import gateway_args


async def main():
    with lean.collector_paused():
        offered = konnect.get_availability(konnect.Connection.resolve())
        provider = konnect.Provider("konnect")
        for name, described in pulumi.Config().require_object("gateways").items():
            # The numbers of a fabric are given anew in each run, which gives the same ones.
            environment = settings.load(name, described, recording=True)
            if problems := list(settings.availability_problems(environment, offered)):
                raise settings.SettingsError(environment.file, problems)
            lean.load_on_use(environment.clouds)
            gateway = MultiCloudGateway(
                name, gateway_args(environment), opts=pulumi.ResourceOptions(providers=[provider])
            )
            pulumi.export(name, exports.exports(gateway))
    await lean.registered()


pulumi.run(main)
'''


def spread(availability: Json, count: int) -> list[list[tuple[str, Json]]]:
    """Spread regions over the clouds that Konnect offers, and over as few gateways as possible.

    A gateway can have a region only once, and the three clouds offer fewer than 48 regions. When
    the regions of a cloud are used up, the next gateway of the program starts with the first again.

    Returns:
        For each gateway, its pairs of cloud and offered region.

    """
    offered = {cloud["provider"]: cloud["regions"] for cloud in availability["providers"]}
    gateways: list[list[tuple[str, Json]]] = []
    for index in range(count):
        turn, cloud_index = divmod(index, len(offered))
        cloud = list(offered)[cloud_index]
        gateway, region = divmod(turn, len(offered[cloud]))
        if gateway == len(gateways):
            gateways.append([])
        gateways[gateway].append((cloud, offered[cloud][region]))
    return gateways


def settings_of(
    model: Json, gateways: Sequence[Sequence[tuple[str, Json]]], *, fabric: bool = False
) -> dict[str, Json]:
    """The settings of every gateway: those of ``model``, with its own regions and CIDR blocks.

    With ``fabric``, the regions of a gateway are connected with each other.
    """
    space = FreeSpace(DCGW_POOLS, DCGW_RESERVED)

    def described(cloud: str, region: Json) -> Json:
        written = {
            "cloud": cloud,
            "region": region["region"],
            "zones": region["availability_zones"][:ZONES],
            "cidr": str(space.take(BLOCK)),
            "landing": {"cidr": str(space.take(BLOCK))},
        }
        if fabric and cloud == "azure":
            written["links"] = {"virtual-hub": {"address_prefix": str(space.take(HUB))}}
        return written

    more = {"fabric": {"driver": "native"}} if fabric else {}
    return {
        # A short name, as it is the prefix of other names: GCP accepts 40 characters for a Redis.
        f"g{gateway}": {**model, **more, "regions": [described(*region) for region in regions]}
        for gateway, regions in enumerate(gateways)
    }
