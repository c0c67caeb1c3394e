"""Measures how long an address plan takes to give and to check many blocks."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from components.addressing.conflicts import conflicts
from components.addressing.plan import AddressPlan, RegionRequest, Requests, extended
from components.regions import Cloud
from tools.bench.figures import Measure

ALLOCATIONS: Final = 10_000
"""Number of blocks of the measured plan."""
SECONDS_BUDGET: Final = 1.0
"""Seconds to give the blocks. It is also a budget of a plan that has all but one already."""
GROWTH_BUDGET: Final = 1.5
"""Time of a block in the measured plan / in one with a tenth of its blocks."""

_REGIONS: Final = 16  # In each cloud, so that each has the smallest reserve, a /18.
_SPOKE: Final = 28
_REPEATS: Final = 3


def requests(count: int) -> Requests:
    """Requests of regions in all clouds that need ``count`` spokes together."""
    regions = [(cloud, f"region-{index}") for cloud in Cloud for index in range(_REGIONS)]
    spokes: dict[tuple[Cloud, str], dict[str, int]] = {region: {} for region in regions}
    for index in range(count):
        spokes[regions[index % len(regions)]][f"spoke-{index}"] = _SPOKE
    return {
        cloud: {
            region: RegionRequest(spokes=spokes[cloud, region])
            for other, region in regions
            if other is cloud
        }
        for cloud in Cloud
    }


def measure_addresses(count: int = ALLOCATIONS) -> list[Measure]:
    """Measure a plan with ``count`` blocks: new, recorded, and in relation to a tenth of them."""
    few, many = requests(count // 10), requests(count)
    plan = extended(AddressPlan(), requests(count - 1))
    short = _fastest(lambda: extended(AddressPlan(), few))
    long = _fastest(lambda: extended(AddressPlan(), many))
    one = _fastest(lambda: extended(plan, many))
    check = _fastest(lambda: conflicts("plan", plan, {}))
    ratio = long / count / (short / (count // 10))
    return [
        Measure(
            f"{count} address blocks: time of a block / of one in a tenth of the plan",
            ratio,
            GROWTH_BUDGET,
            f"{long / count * 1e6:.0f} us / {short / (count // 10) * 1e6:.0f} us",
        ),
        Measure(f"{count} address blocks, all new", long, SECONDS_BUDGET, "processor time", "s"),
        Measure(
            f"one address block more than {count - 1}, and the search for conflicts",
            one + check,
            SECONDS_BUDGET,
            f"{one:.2f} s + {check:.2f} s of processor time",
            "s",
        ),
    ]


def _fastest(work: Callable[[], object]) -> float:
    """Seconds of processor time of the fastest of a few runs."""
    times = []
    for _ in range(_REPEATS):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)
