"""The example with a fabric: its recorded addresses and numbers are complete."""

from __future__ import annotations

from pathlib import Path

import yaml

from components.fabric.model import FabricDriver
from stacks import settings
from stacks.address_files import read_plans
from stacks.arguments import gateway_args
from tools.addresses import outcome

EXAMPLE = Path(__file__).parents[2] / "examples" / "fabric"


def test_everything_that_the_example_needs_is_recorded() -> None:
    assert not outcome(EXAMPLE, "prod").changed


def test_the_example_is_prod_with_a_fabric() -> None:
    document = yaml.safe_load((EXAMPLE / "stacks" / "Pulumi.prod.yaml").read_text())["config"]
    plans = read_plans(EXAMPLE / "stacks", "prod")
    assert plans is not None
    loaded = settings.load("prod", document["multicloud-gateway:gateway"], plans=plans)
    fabric = gateway_args(loaded, recorded=plans.own).fabric
    assert fabric is not None
    assert fabric.driver is FabricDriver.NATIVE
    assert fabric.spokes.keys() == {"shop", "till", "ledger"}
    shipped = yaml.safe_load((EXAMPLE.parents[1] / settings.stack_file("prod")).read_text())
    prod = settings.load("prod", shipped["config"]["multicloud-gateway:gateway"])
    assert [one.key for one in loaded.regions] == [one.key for one in prod.regions]
    assert loaded.services.keys() == {"orders", "stock", "tax", "shop", "till", "ledger"}
