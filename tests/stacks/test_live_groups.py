"""Consumer groups that settings delete while others have put something into them."""

from __future__ import annotations

import copy
from typing import Any

from stacks import settings
from stacks.live_governance import LivePlugins
from stacks.live_groups import deleted_groups, group_problems
from tests.stacks.baseline import BASELINE

OURS = "pulumi:multicloud-gateway:test:0a1b2c3d"
THEIRS = "pulumi:orders:test:0a1b2c3d"
GOLD = {"id": "gold-id", "name": "gold", "tags": [OURS]}
SILVER = {"id": "silver-id", "name": "silver", "tags": [OURS]}
OF_OTHERS = {"id": "orders-id", "name": "orders", "tags": [THEIRS]}
LIVE = {"main": [GOLD, SILVER, OF_OTHERS], "gcp-us-central1": [GOLD]}


def plugin(group: str, tag: str) -> dict[str, Any]:
    given = {"id": "limit-id", "instance_name": "limit", "tags": [tag]}
    return {"name": "rate-limiting-advanced", "consumer_group": {"id": group}, **given}


def deleted(*declared: str) -> dict[str, list[Any]]:
    document = copy.deepcopy(BASELINE)
    document["governance"] = {"consumer_groups": list(declared)}
    environment = settings.load("test", document)
    return deleted_groups(environment, "multicloud-gateway", "test", LIVE)


def problems(
    groups: dict[str, list[Any]], consumers: dict[str, Any], *plugins: dict[str, Any]
) -> list[str]:
    there = LivePlugins({"main": plugins})
    found = group_problems(groups, consumers, there, "multicloud-gateway", "test")
    return [problem.line("f") for problem in found]


def test_groups_of_this_stack_that_are_no_longer_declared_are_deleted() -> None:
    assert deleted("gold") == {"main": [SILVER]}
    assert deleted() == {"main": [GOLD, SILVER], "gcp-us-central1": [GOLD]}


def test_an_empty_group_may_be_deleted() -> None:
    assert problems(deleted(), {}) == []


def test_a_group_with_consumers_is_not_deleted() -> None:
    consumers = [{"id": str(number), "username": f"c{number}"} for number in range(7)]
    (line,) = problems(deleted("gold"), {"silver-id": consumers})
    assert line == (
        'f: gateway.governance.consumer_groups: "silver" would be deleted on main with 7 consumers '
        "(c0, c1, c2, c3, c4, …) of others: the limits of these consumers would change at once; "
        "keep the group until their owners have taken these out, and run `pulumi up`"
    )


def test_a_group_that_limits_plugins_of_others_is_not_deleted() -> None:
    (line,) = problems(deleted("silver"), {}, plugin("gold-id", THEIRS))
    assert "1 plugin (rate-limiting-advanced (limit) of orders/test) of others" in line


def test_plugins_of_this_stack_go_with_their_group() -> None:
    assert problems(deleted(), {}, plugin("gold-id", OURS)) == []
