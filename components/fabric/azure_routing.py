"""How each virtual hub of a fabric in Azure is routed: by tables of segments or by routing intent.

A hub has one or the other: Azure refuses routing intent beside a custom route table. Source:
Microsoft, "How to configure Virtual WAN Hub routing intent and routing policies", Prerequisites.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from components.fabric.model import FabricDriver, FabricPlan, InspectionKind
from components.regions import Cloud


def closed_segments(plan: FabricPlan) -> Sequence[str]:
    """The segments that gateways do not reach and that have a spoke in Azure, by name.

    Aviatrix has its own: network domains.
    """
    if plan.driver is not FabricDriver.NATIVE:
        return ()
    spokes = plan.spokes.values()
    used = {one.segment for one in spokes if plan.hubs[one.hub].cloud is Cloud.AZURE}
    return [name for name in sorted(used) if not plan.segments[name].gateways]


def segment_tables(plan: FabricPlan) -> Mapping[str, Sequence[str]]:
    """The segments that have a route table in each hub, by the key of the hub.

    They are the closed ones with a spoke on the hub. With routing intent there are none.
    """
    if plan.inspection.kind is not InspectionKind.NONE:
        return {}
    found: dict[str, list[str]] = {}
    for name in closed_segments(plan):
        for hub in sorted({one.hub for one in plan.spokes.values() if one.segment == name}):
            if plan.hubs[hub].cloud is Cloud.AZURE:
                found.setdefault(hub, []).append(name)
    return found


def routing_intents(plan: FabricPlan) -> Sequence[str]:
    """The keys of the hubs that lead private traffic to a firewall, by routing intent."""
    if plan.driver is not FabricDriver.NATIVE or plan.inspection.kind is InspectionKind.NONE:
        return ()
    return [key for key, hub in sorted(plan.hubs.items()) if hub.cloud is Cloud.AZURE]
