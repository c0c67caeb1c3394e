"""Regions in accounts of their own, through the real engine: up, nothing to do, moved, gone."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.integration.conftest import World
from tests.integration.test_environments import leaves_nothing

SUBSCRIPTION = "0f39574d-d756-48cf-b622-0e27a6943bd2"
AMBIENT = {
    "aws-us-east-2": "111122223333",
    "azure-eastus2": "0a1b2c3d-0000-4000-8000-00000000bbbb",
    "gcp-us-central1": "acme-gateway-landing",
}
NAMED = {
    "aws-eu-west-1": "222233334444",
    "azure-northeurope": SUBSCRIPTION,
    "gcp-europe-west1": "acme-europe",
}

Settings = dict[str, Any]


def with_accounts(settings: Settings) -> None:
    """Of the two regions in each cloud, the second is in an account of its own."""
    settings["protect"] = False
    settings["accounts"] = {
        "ireland": {"role_arn": "arn:aws:iam::222233334444:role/gateway"},
        "dublin": {"subscription_id": SUBSCRIPTION},
        "belgium": {"project": "acme-europe"},
    }
    names = {"eu-west-1": "ireland", "northeurope": "dublin", "europe-west1": "belgium"}
    for region in settings["regions"]:
        if name := names.get(region["region"]):
            region["account"] = name


def test_a_stack_in_two_accounts_two_subscriptions_and_two_projects_comes_up_stays_and_goes(
    make_world: Callable[..., World],
) -> None:
    world = make_world(speed=2000)
    world.settings("prod", with_accounts)
    world.init("prod")
    world.up("prod")

    regions = world.outputs("prod")["regions"]
    assert {key: one["landing"]["account"] for key, one in regions.items()} == AMBIENT | NAMED
    states = [a["state"] for one in regions.values() for a in one["attachments"].values()]
    assert states == ["ready"] * 6
    state = world.sandbox.state()
    for cloud, kind in (
        ("aws", "aws:ec2/vpc:Vpc"),
        ("azure", "azure-native:network:VirtualNetwork"),
        ("gcp", "gcp:compute/network:Network"),
    ):
        (other,) = [id_ for key, id_ in NAMED.items() if key.startswith(cloud)]
        assert len(state[cloud][kind]) == len(state[f"{cloud}/{other}"][kind]) == 1

    world.project.ok("preview", "--stack", "prod", "--expect-no-changes")
    refreshed = ("refresh", "--yes", "--skip-preview", "--stack", "prod", "--expect-no-changes")
    world.project.ok(*refreshed)

    def moved(settings: Settings) -> None:
        with_accounts(settings)
        (region,) = [one for one in settings["regions"] if one["region"] == "eu-west-1"]
        del region["account"]
        settings["regions"][0]["account"] = "ireland"

    world.settings("prod", moved)
    refused = world.run("preview", "--stack", "prod")
    assert refused.code != 0
    assert (
        "would move aws-us-east-2 from account 111122223333, where its landing is live, to account "
        "222233334444" in refused.output
    )
    assert "would move aws-eu-west-1 from account 222233334444" in refused.output

    world.settings("prod", with_accounts)
    world.project.ok("destroy", "--yes", "--skip-preview", "--stack", "prod")
    assert world.sandbox.settled(leaves_nothing), json.dumps(world.sandbox.state(), indent=1)
