"""The network contract: each version is read, and its networks reach the regions they are for.

`network_exports/` holds what a network stack exported in each version.
"""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs, Mocks

from components.networks import attributes
from stacks import networks, settings
from stacks.given_networks import given_networks
from stacks.networks import NetworkContract
from stacks.references import ContractError
from tests.event_loops import run_and_close
from tests.stacks.baseline import PRINCIPAL

STACK = "acme/network-team/dev"
RECORDED = {
    file.stem: json.loads(file.read_text())
    for file in (Path(__file__).parent / "network_exports").iterdir()
}
LATEST: dict[str, Any] = RECORDED[NetworkContract.VERSION]
CIDRS = {key: network["cidr"] for key, network in LATEST["networks"].items()}


class Referred(Mocks):
    """Stacks with their exports; remembers which were asked for."""

    def __init__(self, exports: dict[str, Any]) -> None:
        self.exports = exports
        self.asked: list[str] = []

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        assert args.typ == "pulumi:pulumi:StackReference"
        self.asked.append(args.name)
        return args.name, {"name": args.name, "outputs": self.exports, "secretOutputNames": []}

    def call(self, args: MockCallArgs) -> dict[Any, Any]:
        raise AssertionError(args.token)


@pytest.fixture(autouse=True)
def nothing_pending() -> Iterator[None]:
    """Leave no unfinished Output of an event loop that is over to the tests after these."""
    yield
    pulumi.runtime.settings.reset_options()


def look_up(
    exports: dict[str, Any], landings: dict[str, str | dict[str, str]]
) -> tuple[list[str], dict[str, Any]]:
    """What is asked for and found by the settings of regions with these landings, by key."""
    regions = [
        {
            "cloud": key.split("-")[0],
            "region": key.split("-", 1)[1],
            "cidr": f"10.{120 + index}.0.0/20",
            "zones": {"aws": ["use2-az1"], "azure": ["eastus2-az2"], "gcp": ["us-central1-a"]}[
                key.split("-")[0]
            ],
            "landing": landing,
        }
        for index, (key, landing) in enumerate(landings.items())
    ]
    environment = settings.load(
        "dev",
        {
            "geo": "us",
            "version": "3.13",
            "azure": {"kong_principal_id": PRINCIPAL},
            "regions": regions,
        },
    )
    mocks = Referred(exports)

    async def run() -> dict[str, Any]:
        pulumi.runtime.set_mocks(mocks, preview=True)
        found = await given_networks(environment)
        if found.problems:
            raise settings.SettingsError(environment.file, found.problems)
        return {
            key: {
                field.name: await plain(getattr(part, field.name))
                for part in (given.network, given.hub)
                if part is not None
                for field in fields(part)
            }
            for key, given in found.by_region.items()
        }

    async def plain(value: Any) -> Any:
        return await pulumi.Output.from_input(value).future()

    return mocks.asked, run_and_close(run())


def referring(**changed: str) -> dict[str, str | dict[str, str]]:
    return {key: {"cidr": changed.get(key, cidr), "network": STACK} for key, cidr in CIDRS.items()}


def test_every_minor_version_was_recorded() -> None:
    major, minor = map(int, NetworkContract.VERSION.split("."))
    assert sorted(RECORDED) == [f"{major}.{number}" for number in range(minor + 1)]


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        ("AwsNetwork", ("AwsVpcAttributes", "AwsHubAttributes")),
        ("AzureNetwork", ("AzureVnetAttributes",)),
        ("GcpNetwork", ("GcpVpcAttributes",)),
    ],
)
def test_the_contract_has_all_that_a_link_takes_in_the_same_words(
    kind: str, parts: tuple[str, ...]
) -> None:
    told = set(getattr(networks, kind).model_fields)
    taken = {field.name for part in parts for field in fields(getattr(attributes, part))}
    assert told - taken == {"cloud", "cidr"}
    # The account of a VPC is in the ARN of its hub.
    assert taken - told == ({"account"} if kind == "AwsNetwork" else set())


def test_all_regions_of_one_stack_are_found_by_one_reference_with_nothing_lost() -> None:
    asked, found = look_up(LATEST, referring())

    assert asked == [STACK]
    for key, network in LATEST["networks"].items():
        told = {"cloud": network["cloud"], "cidr": network["cidr"]}
        if network["cloud"] == "aws":
            assert found[key].pop("account") == network["transit_gateway_arn"].split(":")[4]
        assert {**found[key], **told} == network


def test_landings_with_networks_of_their_own_refer_to_nothing() -> None:
    mixed = {**CIDRS, "gcp-us-central1": {"cidr": "10.97.0.0/16", "network": STACK}}

    assert look_up(LATEST, dict(CIDRS)) == ([], {})
    asked, found = look_up(LATEST, mixed)
    assert (asked, list(found)) == ([STACK], ["gcp-us-central1"])


def test_every_missing_network_and_every_other_cidr_is_told_at_once() -> None:
    exports = copy.deepcopy(LATEST)
    del exports["networks"]["gcp-us-central1"]
    exports["networks"]["aws-us-east-2"]["cidr"] = "10.66.0.0/16"

    with pytest.raises(settings.SettingsError) as caught:
        look_up(exports, referring())
    assert str(caught.value).splitlines() == [
        'stacks/Pulumi.dev.yaml: gateway.regions[0].landing.cidr: "10.65.0.0/16" is not the block '
        f"of {STACK}'s network aws-us-east-2, which is 10.66.0.0/16; write cidr: 10.66.0.0/16",
        f'stacks/Pulumi.dev.yaml: gateway.regions[2].landing.network: "{STACK}" exports no '
        "network gcp-us-central1, only: aws-us-east-2, azure-eastus2; ask the network team to add "
        "it, or delete network so that one is created here",
    ]


@pytest.mark.parametrize(
    ("exports", "told"),
    [
        ({}, "exports no network-team contract, and this program reads 1.0"),
        ({**LATEST, "contract": "1.1"}, "network-team contract 1.1, and this program reads 1.0"),
        ({"contract": "1.0"}, "networks: Field required"),
        ({**LATEST, "networks": {"aws-us-east-2": {"cloud": "aws"}}}, r"us-east-2\S+vpc_id: Field"),
        ({**LATEST, "networks": {"ibm-us": {"cloud": "ibm"}}}, "ibm-us: Input tag 'ibm' found"),
    ],
    ids=["none", "newer", "empty", "incomplete", "cloud"],
)
def test_a_contract_that_cannot_be_read_is_one_error(exports: dict[str, Any], told: str) -> None:
    with pytest.raises(ContractError, match=told):
        look_up(exports, referring())


def test_a_network_team_needs_neither_the_components_nor_a_clouds_sdk() -> None:
    program = (
        "import sys, stacks.networks\n"
        "loaded = {m.split('.')[0] for m in sys.modules}\n"
        "assert not loaded & {'components', 'providers', 'pulumi_aws', 'pulumi_gcp'}, loaded\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)


@pytest.mark.parametrize(("priority", "taken"), [(100, True), (4095, True), (4096, False)])
def test_a_network_security_group_keeps_two_priorities(priority: int, taken: bool) -> None:
    """Azure has priorities up to 4096, and the second rule has the next one."""
    exports = copy.deepcopy(LATEST)
    exports["networks"]["azure-eastus2"]["security_rule_priority"] = priority
    if taken:
        _, found = look_up(exports, referring())
        assert found["azure-eastus2"]["security_rule_priority"] == priority
    else:
        with pytest.raises(ContractError, match="security_rule_priority"):
            look_up(exports, referring())
