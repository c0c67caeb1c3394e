"""A fabric through the real engine: a copy of prod in three clouds, its growth, and its end."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.conftest import World
from tests.integration.test_environments import leaves_nothing, with_policies
from tools.addresses import write

MakeWorld = Callable[..., World]
Settings = dict[str, Any]

LIMIT = 1200.0
"""Seconds for a command of the engine. A fabric of six regions has some 500 resources."""

FABRIC: Settings = {
    "segments": {"shop": {}, "billing": {"connected": ["shop"]}},
    "spokes": {
        "shop": {"region": "aws-us-east-2", "segment": "shop", "cidr": "10.75.0.0/20"},
        "returns": {"region": "aws-us-east-2", "segment": "shop"},
        "stock": {"region": "aws-eu-west-1", "segment": "shop"},
        "orders": {"region": "azure-northeurope", "segment": "shop", "cidr": "10.91.0.0/20"},
        "ledger": {"region": "gcp-us-central1", "segment": "billing", "cidr": "10.111.0.0/20"},
    },
}
"""Some spokes have a written block, and ``make addresses`` gives the others one."""

SERVICES: Settings = {
    "landing-aws": {"cloud": "aws", "region": "eu-west-1", "address": "10.74.32.10"},
    "landing-azure": {"cloud": "azure", "region": "eastus2", "address": "10.89.0.10"},
    "landing-gcp": {"cloud": "gcp", "region": "europe-west1", "address": "10.110.0.10"},
    "shop": {"cloud": "aws", "region": "us-east-2", "address": "10.75.2.10"},
    "orders": {"cloud": "azure", "region": "northeurope", "address": "10.91.0.10"},
    "ledger": {"cloud": "gcp", "region": "us-central1", "address": "10.111.0.10"},
}
"""In landings and spokes of each cloud. A mandatory policy refuses a preview in which one of the
six gateways does not reach one of them."""


def with_fabric(settings: Settings) -> None:
    """Add a fabric. Its hubs in Azure are virtual hubs, whose blocks are in the recorded plan."""
    settings["fabric"] = json.loads(json.dumps(FABRIC))
    settings["services"] = SERVICES
    for region in settings["regions"]:
        if region["region"] in ("eastus2", "northeurope"):
            region["links"] = {"virtual-hub": {}}


def add_a_fourth_spoke_in_aws(settings: Settings) -> None:
    settings["fabric"]["spokes"]["search"] = {"region": "aws-eu-west-1", "segment": "shop"}


def add_a_third_hub_in_azure(settings: Settings) -> None:
    settings["regions"].append(
        {
            "region": "westus2",
            "zones": ["westus2-az1", "westus2-az2"],
            "links": {"virtual-hub": {}},
        }
    )


def add_a_third_segment(settings: Settings) -> None:
    settings["fabric"]["segments"]["lab"] = {"gateways": False}
    settings["fabric"]["spokes"]["lab"] = {"region": "gcp-us-central1", "segment": "lab"}


def ok(world: World, *arguments: str) -> str:
    """Run a command of the engine, which must succeed."""
    done = world.start(*arguments, "--stack", "prod").finish(limit=LIMIT)
    assert done.code == 0, done.output[-20_000:]
    return done.output


def operations(world: World) -> dict[str, set[str]]:
    """What a preview would do: the names of resources by operation."""
    text = ok(world, "preview", "--json")
    found: dict[str, set[str]] = {}
    for step in json.loads(text[text.index("{") :])["steps"]:
        found.setdefault(step["op"], set()).add(step["urn"].rpartition("::")[2])
    return found


def grown(world: World, change: Callable[[Settings], None]) -> dict[str, set[str]]:
    """What a preview would do after a change of the settings, which is then taken back."""
    files = [world.config_file("prod"), world.project.folder / "stacks" / "prod.addresses.yaml"]
    before = [file.read_text() for file in files]
    world.settings("prod", change)
    write(world.project.folder, "prod")
    found = operations(world)
    for file, text in zip(files, before, strict=True):
        file.write_text(text)
    return found


@pytest.mark.timeout(3600)
def test_prod_with_a_fabric_comes_up_stays_grows_in_place_and_goes_without_a_trace(
    make_world: MakeWorld,
) -> None:
    world = make_world(speed=3000)
    world.settings("prod", with_fabric)
    write(world.project.folder, "prod")
    world.init("prod")

    first = ok(world, "up", "--yes", *with_policies("prod"))
    assert "[mandatory]" not in first
    is_what_the_settings_declare(world)
    no_key_is_written(world)
    ok(world, "preview", "--expect-no-changes")
    ok(world, "refresh", "--yes", "--skip-preview", "--expect-no-changes")
    ok(world, "preview", "--expect-no-changes")

    for change in (add_a_fourth_spoke_in_aws, add_a_third_hub_in_azure, add_a_third_segment):
        done = grown(world, change)
        assert done["create"], change
        assert not done.keys() - {"create", "update", "same", "read"}, (change, done)

    world.run("state", "unprotect", "--all", "--yes", "--stack", "prod")
    ok(world, "destroy", "--yes", "--skip-preview")
    assert world.sandbox.settled(leaves_nothing), json.dumps(world.sandbox.state(), indent=1)


def is_what_the_settings_declare(world: World) -> None:
    """The contract has every hub, link and spoke, and the clouds have the objects."""
    fabric = world.outputs("prod")["fabric"]
    assert fabric["driver"] == "native"
    assert len(fabric["hubs"]) == 6
    assert fabric["spokes"].keys() == FABRIC["spokes"].keys()
    kinds: dict[str, int] = {}
    for link in fabric["links"].values():
        kinds[link["kind"]] = kinds.get(link["kind"], 0) + 1
    assert kinds == {"ipsec": 4, "transit-gateway-peering": 1, "virtual-wan": 1}
    tunnels = {key: len(link["near_addresses"]) for key, link in fabric["links"].items()}
    assert tunnels["aws-us-east-2-azure-eastus2"] == 4
    assert tunnels["aws-us-east-2-gcp-us-central1"] == 4
    assert tunnels["azure-eastus2-gcp-us-central1"] == 2
    state = world.sandbox.state()
    assert len(state["azure"]["azure-native:network:VirtualWan"]) == 1
    assert len(state["aws"]["aws:ec2/vpnConnection:VpnConnection"]) == 4


def no_key_is_written(world: World) -> None:
    """No pre-shared key is in clear anywhere: state, logs, copies."""
    keys = [
        str(one["outputs"]["value"]["plaintext"]).strip('"')
        for one in world.project.resources(stack="prod")
        if one["type"].endswith("multicloudgateway:PresharedKey")
    ]
    assert len({*keys}) == 4 + 4 + 2 + 2 + 2
    written = [text for _, text in world.everything_written()]
    assert not [key for key in keys if any(key in text for text in written)]
