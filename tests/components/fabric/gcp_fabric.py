"""Connects the hubs of a plan that are in GCP, with made-up ends in the other clouds."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from components.fabric.model import FabricLinkKind, FabricPlan, HubPlan, LinkPlan
from components.fabric.native.gcp import GcpFabricHub
from components.fabric.native.hub import FabricHubArgs, FarEnd, LinkEnd, RegionSide
from components.networks.gcp import GcpVpc, GcpVpcArgs
from components.regions import Cloud

LABELS: Mapping[str, str] = {"team": "edge"}


def connect_gcp(
    plan: FabricPlan, name: str = "gw", *, policies_first: bool = False, protect: bool = False
) -> dict[str, GcpFabricHub]:
    """Create the landings and hubs in GCP, and their links and spokes."""
    plans = {key: hub for key, hub in plan.hubs.items() if hub.cloud is Cloud.GCP}
    hubs = {
        key: gcp_hub(plan, hub, name, policies_first=policies_first, protect=protect)
        for key, hub in plans.items()
    }
    for key, hub in hubs.items():
        for link in ipsec_links(plan, key):
            other = link.far if link.near == key else link.near
            end = hubs.get(other)
            hub.connect(link, far_end(link, other, plan.hubs[other].asn, end), keys_of(link))
    for spoke in plan.spokes.values():
        if spoke.hub in hubs and spoke.link is not None and spoke.asn is not None:
            end = hubs[spoke.hub].spokes[spoke.name].end
            assert end is not None
            near = far_end(spoke.link, spoke.name, spoke.asn, end)
            hubs[spoke.hub].connect(spoke.link, near, keys_of(spoke.link))
            far = far_end(spoke.link, spoke.hub, plan.hubs[spoke.hub].asn, hubs[spoke.hub])
            end.connect(spoke.link, far, keys_of(spoke.link))
    return hubs


def gcp_hub(
    plan: FabricPlan,
    hub: HubPlan,
    name: str = "gw",
    *,
    policies_first: bool = False,
    protect: bool = False,
) -> GcpFabricHub:
    """Create a landing and its hub, without links."""
    landing = GcpVpc(
        f"{name}-{hub.key}", GcpVpcArgs(hub.region, hub.landing, policies_first=policies_first)
    )
    links = ipsec_links(plan, hub.key)
    args = FabricHubArgs(
        plan=hub,
        side=RegionSide(landing.attributes),
        spokes={key: plan.spokes[key] for key in hub.spokes},
        segments=plan.segments,
        inspection=plan.inspection,
        speaks=bool(links),
        links=links,
        tags=LABELS,
        protect=protect,
    )
    return GcpFabricHub(f"{name}-fabric-{hub.key}", args)


def ipsec_links(plan: FabricPlan, hub: str) -> list[LinkPlan]:
    return [link for link in plan.links_of(hub) if link.kind is FabricLinkKind.IPSEC]


def keys_of(link: LinkPlan) -> dict[str, pulumi.Input[str]]:
    """A pre-shared key for each tunnel, the same at both ends."""
    return {tunnel.key: f"{link.key}-{tunnel.key}" for tunnel in link.tunnels}


def far_end(link: LinkPlan, key: str, asn: int, end: LinkEnd | None) -> FarEnd:
    """The other end of a link: one in GCP, or addresses of another cloud."""
    if end is not None:
        return FarEnd(
            key,
            asn,
            [end.addresses[tunnel.far_interface] for tunnel in link.tunnels],
            end.vpn_gateway_id,
        )
    start = 1 if key.startswith("aws") else 101
    return FarEnd(key, asn, [f"20.7.7.{start + place}" for place, _ in enumerate(link.tunnels)])
