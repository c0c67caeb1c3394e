"""Shares and weights: what each target of two versions gets, and the share that weights mean."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

from components.release.model import MOST_WEIGHT


def weights(stable: Collection[str], new: Collection[str], share: int) -> dict[str, int]:
    """The weight of each target, so that the new ones together get ``share`` percent.

    The targets of a version have equal weights, as small as whole numbers allow at every share:
    ``(100 - share) * m / len(stable)`` and ``share * m / len(new)``, where m is the least common
    multiple of the two lengths. So the weights of a share do not depend on the step before. Raises
    ValueError for a share that is not 0 to 100, and for more targets than weights can express.
    """
    if not 0 <= share <= 100:
        raise ValueError(f"share {share} is not 0 to 100")
    multiple = math.lcm(max(len(stable), 1), max(len(new), 1))
    found = {key: (100 - share) * multiple // len(stable) for key in stable}
    found |= {key: share * multiple // len(new) for key in new}
    too_large = [key for key, weight in found.items() if weight > MOST_WEIGHT]
    if too_large:
        raise ValueError(
            f"{len(stable)} and {len(new)} targets need weights up to {max(found.values())}, and "
            f"{MOST_WEIGHT} is the most: use numbers of targets with a common divisor"
        )
    return found


def share_of(targets: Collection[str], live: Mapping[str, int]) -> float:
    """The percent of the requests that the weights give to ``targets``; 0 without any weight."""
    total = sum(live.values())
    return 100 * sum(live.get(target, 0) for target in targets) / total if total else 0.0
