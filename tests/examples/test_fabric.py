"""The example with a fabric: its recorded addresses and numbers are complete."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from components.fabric.model import FabricDriver
from reachability.build import graph_of
from reachability.records import Records
from reachability.services import declared_services, verdicts
from stacks import settings
from stacks.address_files import read_plans
from stacks.arguments import gateway_args
from tests.reachability.fabrics import prod
from tools.addresses import outcome

EXAMPLE = Path(__file__).parents[2] / "examples" / "fabric"


@pytest.mark.parametrize("stack", ["prod", "aviatrix"])
def test_everything_that_the_example_needs_is_recorded(stack: str) -> None:
    assert not outcome(EXAMPLE, stack).changed


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


def test_all_six_gateways_reach_all_six_services_live_and_in_a_first_preview() -> None:
    for preview in (False, True):
        records = Records(prod().resources(preview))
        found = verdicts(graph_of(records), declared_services(records))
        assert len({(one.gateway, one.service.key) for one in found}) == 36
        assert [one.stop for one in found if one.stop] == []
        # Kong's network in GCP must import what the landing learns over VPN.
        assumed = {(one.gateway, one.service.key) for one in found if one.assumptions}
        in_gcp = [one.gateway for one in found if one.gateway.startswith("gcp-")]
        services = {one.service.key for one in found}
        beyond = {(gateway, service) for gateway in in_gcp for service in services}
        assert assumed == beyond - {("gcp-us-central1", "tax")}
