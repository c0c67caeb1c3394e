"""The settings files of examples: every kind of link, and networks that are given by their ids."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from components.links.kinds import LinkKind
from stacks import settings
from tests.examples.conftest import MakeExample, MakeWorld

EXAMPLES = Path(__file__).parents[2] / "examples"


def written(example: str) -> Any:
    """The settings in the file of an example."""
    content = yaml.safe_load((EXAMPLES / example / "gateway.yaml").read_text())
    return content["config"]["multicloud-gateway:gateway"]


def test_the_example_of_links_has_every_kind_in_two_accounts_of_each_cloud() -> None:
    loaded = settings.load("links", written("links"))
    assert {link.kind for one in loaded.regions for link in one.chosen_links} == set(LinkKind)
    accounts = {(region.cloud, region.account is None) for region in loaded.regions}
    assert len(accounts) == 6


def test_a_gateway_on_networks_that_are_given_by_ids_links_them_and_leaves_them(
    make_world: MakeWorld, make_example: MakeExample
) -> None:
    world = make_world()
    project = make_example(world, "given-networks")
    project.ok("stack", "init", "given")
    project.ok("up", "--yes", "--skip-preview", "--stack", "given")
    exported = project.outputs(stack="given")
    before = world.sandbox.state()

    def given(of_dev: dict[str, Any]) -> None:
        of_dev.clear()
        of_dev |= written("given-networks")

    world.settings("dev", given)
    aws, azure, gcp = (one["landing"]["network"] for one in written("given-networks")["regions"])
    # The sandbox numbers objects in the order of their creation: the file has those ids.
    told = [aws["vpc_id"], *aws["route_table_ids"].values(), *aws["subnet_ids"].values()]
    told += [*aws["hub"].values(), azure["vnet_id"], gcp["id"]]
    assert set(told) == set(exported.values()) - {exported["hub_id"]}
    world.init("dev")
    world.up("dev", preview=True)

    regions = world.outputs("dev")["regions"]
    assert {
        (key, link): one["state"]
        for key, region in regions.items()
        for link, one in region["attachments"].items()
    } == dict.fromkeys(
        [
            ("aws-us-east-2", "transit-gateway"),
            ("aws-us-east-2", "backends"),
            ("azure-eastus2", "vnet-peering"),
            ("azure-eastus2", "virtual-hub"),
            ("gcp-us-central1", "vpc-peering"),
        ],
        "ready",
    )
    landing = {key: region["landing"] for key, region in regions.items()}
    assert landing["aws-us-east-2"]["account"] == "222233334444"
    assert landing["azure-eastus2"]["hub_id"] == exported["hub_id"]
    world.project.ok("preview", "--stack", "dev", "--expect-no-changes")

    world.project.ok("destroy", "--yes", "--skip-preview", "--stack", "dev")
    after = world.sandbox.state()
    for tenant in ("aws/222233334444", "azure", "gcp"):
        assert after[tenant].keys() == before[tenant].keys(), tenant
    project.ok("destroy", "--yes", "--skip-preview", "--stack", "given")


@pytest.mark.parametrize("example", ["links", "given-networks"])
def test_the_comment_of_an_example_is_the_command_that_rehearses_it(example: str) -> None:
    text = (EXAMPLES / example / "gateway.yaml").read_text()
    assert f"SETTINGS=examples/{example}/gateway.yaml" in text
