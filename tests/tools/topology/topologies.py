"""Topologies as an environment with a fabric has them: any number of regions in each cloud."""

from __future__ import annotations

from dataclasses import replace

from tools.topology.model import (
    GatewayLink,
    HubBox,
    HubLine,
    NetworkBox,
    RegionBox,
    Topology,
    Walked,
)

_HUBS = {"aws": "Transit Gateway", "azure": "virtual hub", "gcp": "HA VPN gateway"}
_WITHIN = {"aws": "peering", "azure": "virtual WAN", "gcp": "2 tunnels, BGP"}
_FIRST = {"aws": 72, "azure": 88, "gcp": 108}


def fabric(each: int) -> Topology:
    """A fabric with ``each`` regions in each cloud; the first of a cloud is its core."""
    regions, lines = [], []
    for cloud, hub in _HUBS.items():
        keys = [f"{cloud}-region-{number}" for number in range(each)]
        for number, key in enumerate(keys):
            carries = Walked.CARRIES if number < 2 else Walked.NO
            landing = _network(f"{key}-vpc", "landing", f"10.{73 + number}.0.0/16")
            homes = [landing, _spoke(cloud, number)] if number % 3 == 0 else [landing]
            regions.append(
                RegionBox(
                    key,
                    cloud,
                    f"region-{number}",
                    _network(f"{key}", "gateway", f"10.{_FIRST[cloud]}.{number * 16}.0/20"),
                    [GatewayLink(hub if cloud != "gcp" else "VPC peering", carries)],
                    [HubBox(f"{key}-hub", hub, number == 0, str(64513 + number))],
                    [replace(home, hub=f"{key}-hub") for home in homes],
                )
            )
        lines += [HubLine(keys[0], key, _WITHIN[cloud], Walked.CARRIES) for key in keys[1:]]
    ends = ("aws-region-0", "azure-region-0", "gcp-region-0")
    lines.append(HubLine(ends[0], ends[1], "4 tunnels, BGP", Walked.CARRIES, 2))
    lines.append(HubLine(ends[0], ends[2], "4 tunnels, BGP", Walked.CARRIES, 2))
    lines.append(HubLine(ends[1], ends[2], "2 tunnels, BGP"))
    return Topology("prod", regions, lines, (), 12)


def _network(name: str, title: str, block: str) -> NetworkBox:
    services = ["orders :443"] if title == "landing" and "region-0" in name else []
    return NetworkBox(name, title, [block], services=services)


def _spoke(cloud: str, number: int) -> NetworkBox:
    segment = ("retail", "payments")[number % 2]
    block = f"10.{_FIRST[cloud] + 3}.{number}.0/24"
    return NetworkBox(f"{cloud}-shop-{number}", f"shop-{number}", [block], segment)
