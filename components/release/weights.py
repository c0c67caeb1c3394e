"""Shares and weights: what each target of two versions gets, and the share that weights mean."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping


def weights(stable: Collection[str], new: Collection[str], share: int) -> dict[str, int]:
    """The weight of each target, so that the new ones together get ``share`` percent.

    The targets of a version have equal weights: ``(100 - share) * m / len(stable)`` and
    ``share * m / len(new)``, where m is the least common multiple of the two lengths, so that all
    are whole numbers. The weights of a share do not depend on the step before. Konnect takes 0 to
    65535: enough for 655 targets of a version. Raises ValueError for a share that is not 0 to 100.
    """
    if not 0 <= share <= 100:
        raise ValueError(f"share {share} is not 0 to 100")
    multiple = math.lcm(max(len(stable), 1), max(len(new), 1))
    return {key: (100 - share) * multiple // len(stable) for key in stable} | {
        key: share * multiple // len(new) for key in new
    }


def share_of(targets: Collection[str], live: Mapping[str, int]) -> float:
    """The percent of the requests that the weights give to ``targets``; 0 without any weight."""
    total = sum(live.values())
    return 100 * sum(live.get(target, 0) for target in targets) / total if total else 0.0
