"""Quotas of the organisation: too few of anything is one problem by name, before an update."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from providers import konnect
from stacks.models import Settings
from stacks.quotas import CACHES, GROUPS, NETWORKS, quota_needs, quota_problems
from tests.stacks.baseline import BASELINE
from tests.stacks.test_live import GATEWAY, in_konnect, live_of, load

REMEDY = "delete those that are not used, or ask Kong for more"
NOTHING = konnect.LiveObjects([], [], [], [])
OTHERS = konnect.LiveObjects(
    networks=[
        {"id": "n-1", "name": "other", "cidr_block": "10.9.0.0/20", "availability_zones": []}
        | {"state": "ready"},
        {"id": "n-2", "name": "idle", "cidr_block": "10.8.0.0/20", "availability_zones": []}
        | {"state": "offline"},
    ],
    configurations=[
        {
            "control_plane_id": "other-plane",
            "dataplane_groups": [
                {"id": "g-1", "state": "ready"},
                {"id": "g-2", "state": "terminating"},
            ],
        }
    ],
    addons=[{"id": "a-1", "owner": {}, "config": {}}],
    control_planes=[],
)
"""What other environments have: one network in use, one group and one cache."""


def quotas(**values: int) -> Sequence[konnect.ResourceQuota]:
    names = {"networks": NETWORKS, "groups": GROUPS, "caches": CACHES}
    return [
        konnect.ResourceQuota(
            resource=names[key], name=key, description=key, value=value, default=value
        )
        for key, value in values.items()
    ]


def lines(settings: Settings, found: konnect.LiveObjects, **values: int) -> list[str]:
    live = live_of(GATEWAY, settings, found)
    return [
        problem.line("test.yaml").removeprefix("test.yaml: ")
        for problem in quota_problems(quota_needs(settings, live, found), quotas(**values))
    ]


def test_every_quota_that_is_too_small_is_told_at_once() -> None:
    assert lines(load(BASELINE), OTHERS, networks=3, groups=3, caches=1) == [
        "gateway.regions: needs more networks than allowed: 3 new and 1 in use, but the quota "
        f"count/networks.not-offline allows 3; {REMEDY}",
        "gateway.regions: needs more data-plane groups than allowed: 3 new and 1 in use, but the "
        f"quota count/data-plane-groups-estimate allows 3; {REMEDY}",
        "gateway.cache: needs more managed caches than allowed: 1 new and 1 in use, but the quota "
        f"count/managed-cache-instances allows 1; {REMEDY}",
    ]


def test_exactly_enough_is_enough() -> None:
    assert lines(load(BASELINE), OTHERS, networks=4, groups=4, caches=2) == []


def test_what_the_environment_has_is_not_new() -> None:
    found = in_konnect()
    running = [
        {**one, "dataplane_groups": [{"id": f"g-{one['id']}", "state": "ready"}]}
        for one in found.configurations
    ]
    live = konnect.LiveObjects(found.networks, running, found.addons, found.control_planes)
    assert lines(load(BASELINE), live, networks=0, groups=0, caches=0) == []


def test_only_control_planes_without_gcp_need_a_managed_cache() -> None:
    without_gcp = {**BASELINE, "control_planes": "per-cloud"}
    assert lines(load(without_gcp), NOTHING, caches=1) == [
        "gateway.cache: needs more managed caches than allowed: 2 new and 0 in use, but the quota "
        f"count/managed-cache-instances allows 1; {REMEDY}"
    ]


@pytest.mark.parametrize("document", [BASELINE, {**BASELINE, "cache": None}])
def test_a_quota_that_konnect_does_not_list_is_not_checked(document: dict[str, Any]) -> None:
    assert lines(load(document), OTHERS) == []
