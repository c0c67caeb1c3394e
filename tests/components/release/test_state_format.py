"""The URNs of releases: what is in the state of every stack that has one.

Record new ones as `tests/components/test_state_format.py` says.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from tests.components.release.stage import Stage
from tests.components.release.test_canary import PROBES

RECORDED = Path(__file__).with_name("urns.txt")
STRATEGIES: dict[str, Any] = {
    "canary": {"stable": "v1", "new": "v2", "share": 10},
    "canary_plugin": {"stable": "v1", "new": "v2", "percentage": 10},
    "blue_green": {"active": "v1", "preview_header": "X-Release"},
    "ab": {"control": "v1", "header": "X-Variant", "variants": {"v2": ["b"]}},
}


def test_the_urns_of_releases_are_those_in_the_state_of_their_stacks(stage: Stage) -> None:
    versions = {"v1": {"targets": {"a": "10.0.1.1"}}, "v2": {"targets": {"b": "10.0.2.1"}}}
    built: set[str] = set()
    for name, strategy in STRATEGIES.items():
        declared = {"versions": versions, "health_checks": PROBES, "paths": ["/orders"]}
        stage.world.state.clear()  # each strategy is a release of its own, on its own control plane
        stage.up({**declared, name: strategy, "gate": "none"}, {"aws": stage.plane()})
        built |= {f"{name}: {urn}" for urn in stage.world.urns if "Release" in urn}
    text = "\n".join(sorted(built)) + "\n"
    if os.environ.get("RECORD"):
        RECORDED.write_text(text)
    assert text == RECORDED.read_text(), "a resource of another URN is replaced"
