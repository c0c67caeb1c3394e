"""The fabric of an environment: its settings and recorded blocks and numbers, as a plan."""

from __future__ import annotations

from components.addressing.plan import AddressPlan
from components.fabric.model import FabricArgs, FabricPlan, HubArgs, SpokeArgs
from components.fabric.plan import fabric_plan
from components.links.kinds import LinkKind
from stacks.models import Region, Settings
from stacks.models.fabric import FabricSettings


def fabric_args(
    settings: Settings,
    fabric: FabricSettings,
    recorded: AddressPlan | None = None,
    used_asns: frozenset[int] = frozenset(),
) -> FabricArgs:
    """A fabric as the planner takes it, with what is recorded of it.

    ``used_asns`` are ASNs of others, which no new router gets.
    """
    plan = recorded or AddressPlan()
    return FabricArgs(
        hubs=[_hub(region) for region in settings.regions],
        driver=fabric.driver,
        links=fabric.links,
        segments={name: one.segment_args for name, one in fabric.segments.items()},
        spokes={
            name: SpokeArgs(
                hub=one.region,
                cidr=one.cidr,
                segment=one.segment,
                ports=one.ports,
                given=None if one.network is None else one.network.given,
            )
            for name, one in fabric.spokes.items()
        },
        inspection=fabric.inspection.inspection_args,
        summaries={cloud: there.summary for cloud, there in plan.clouds.items()},
        numbers=plan.fabric,
        used_asns=used_asns,
        aviatrix=None if fabric.aviatrix is None else fabric.aviatrix.aviatrix_args,
    )


def planned_fabric(
    settings: Settings, recorded: AddressPlan | None, used_asns: frozenset[int] = frozenset()
) -> FabricPlan | None:
    """The plan of an environment's fabric; None if it has none.

    ``used_asns`` are ASNs of others, which no new router gets.

    Raises `FabricError` if it cannot be built. `stacks.rules.fabric` reports that before.
    """
    if settings.fabric is None:
        return None
    return fabric_plan(fabric_args(settings, settings.fabric, recorded, used_asns))


def _hub(region: Region) -> HubArgs:
    hubs = (one.hub for one in region.chosen_links if one.kind is LinkKind.VIRTUAL_HUB)
    own = next((hub.address_prefix for hub in hubs if hub is not None), None)
    return HubArgs(
        cloud=region.cloud,
        region=region.region,
        gateway=region.cidr,
        landing=region.landing.cidr,
        zones=region.zones,
        own=own,
        ports=region.landing.ports,
        reach=region.landing.reach,
        isolated=region.isolated,
    )
