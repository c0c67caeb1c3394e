"""The network contract: each version is read, and its networks reach the regions they are for.

`network_exports/` holds what a network stack exported in each version.
"""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
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
    exports: dict[str, Any],
    landings: Mapping[str, str | dict[str, Any]],
    links: dict[str, Any] | None = None,
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
            "links": links or {},
        }
        for index, (key, landing) in enumerate(landings.items())
    ]
    environment = settings.load(
        "dev",
        {
            "geo": "us",
            "version": "3.13",
            "cache": None,
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
    assert taken - told == set()


def test_all_regions_of_one_stack_are_found_by_one_reference_with_nothing_lost() -> None:
    asked, found = look_up(LATEST, referring())

    assert asked == [STACK]
    for key, network in LATEST["networks"].items():
        told = {"cloud": network["cloud"], "cidr": network["cidr"]}
        assert {**found[key], **told} == network


def test_before_1_1_the_account_of_a_vpc_is_in_the_arn_of_its_hub() -> None:
    _, found = look_up(RECORDED["1.0"], referring())

    assert found["aws-us-east-2"]["account"] == "111122223333"
    assert found["aws-us-east-2"]["subnet_ids"] == {}


def without_a_hub() -> dict[str, Any]:
    """The exports of a network team that has no hub."""
    exports = copy.deepcopy(LATEST)
    vpc = exports["networks"]["aws-us-east-2"]
    kept = ("cloud", "cidr", "vpc_id", "account", "route_table_ids", "subnet_ids")
    exports["networks"]["aws-us-east-2"] = {key: vpc[key] for key in kept}
    return exports


def test_a_vpc_without_a_hub_can_be_peered_and_not_be_on_a_transit_gateway() -> None:
    landing = {"cidr": CIDRS["aws-us-east-2"], "network": STACK}
    _, found = look_up(without_a_hub(), {"aws-us-east-2": landing}, {"vpc-peering": {}})
    assert found["aws-us-east-2"]["vpc_id"] == LATEST["networks"]["aws-us-east-2"]["vpc_id"]

    with pytest.raises(settings.SettingsError) as caught:
        look_up(without_a_hub(), {"aws-us-east-2": landing})
    assert str(caught.value) == (
        f'stacks/Pulumi.dev.yaml: gateway.regions[0].landing.network: "{STACK}" exports no hub '
        "that aws-us-east-2 needs: is missing: link transit-gateway goes over the hub that the VPC "
        "is attached to; ask the network team to export it, or add hub, or write links: "
        "{vpc-peering: {}}"
    )


# Networks given by ids

AWS_IDS: dict[str, Any] = {
    "vpc_id": "vpc-0b807ff08e2cbdb01",
    "account": "222233334444",
    "route_table_ids": {"workload": "rtb-020b3e1fb75bad56b"},
    "subnet_ids": {"use2-az1": "subnet-039fa2d2bd8f6fafc"},
    "hub": {
        "transit_gateway_arn": "arn:aws:ec2:us-east-2:222233334444:transit-gateway/tgw-0ea8",
        "gateway_route_table_id": "tgw-rtb-00b6",
        "spoke_route_table_id": "tgw-rtb-05d2",
        "vpc_attachment_id": "tgw-attach-0722",
    },
}
ENDPOINT = {
    "resource-endpoint": {
        "resources": {"orders": {"domain_name": "orders.acme.internal", "ip_address": "10.65.1.20"}}
    }
}


def by_ids(key: str, ids: dict[str, Any], links: dict[str, Any] | None = None) -> dict[str, Any]:
    """What a link takes of a network that is given by ids."""
    asked, found = look_up({}, {key: {"cidr": CIDRS[key], "network": ids}}, links)
    assert asked == []
    return dict(found[key])


def test_ids_give_a_link_the_same_as_a_stack_and_what_an_id_contains_is_read_from_it() -> None:
    told = LATEST["networks"]
    aws = by_ids("aws-us-east-2", AWS_IDS)
    assert set(aws) == set(told["aws-us-east-2"]) - {"cloud", "cidr"}
    assert (aws["transit_gateway_id"], aws["account"]) == ("tgw-0ea8", "222233334444")
    azure = told["azure-eastus2"]
    keys = ("vnet_id", "network_security_group_name", "workload_cidr", "security_rule_priority")
    found = by_ids("azure-eastus2", {key: azure[key] for key in keys})
    assert {**found, "cloud": "azure", "cidr": azure["cidr"]} == azure
    gcp = told["gcp-us-central1"]
    found = by_ids("gcp-us-central1", {"id": gcp["id"]})
    assert {**found, "cloud": "gcp", "cidr": gcp["cidr"]} == gcp


@pytest.mark.parametrize(
    ("missing", "links", "said"),
    [
        (
            "hub",
            None,
            "network.hub: is missing: link transit-gateway goes over the hub that the VPC is "
            "attached to; add hub, or write links: {vpc-peering: {}}",
        ),
        ("route_table_ids", None, "network.route_table_ids: is missing: link transit-gateway"),
        ("route_table_ids", {"vpc-peering": {}}, "link vpc-peering needs a route to the gateway"),
        (
            "subnet_ids",
            ENDPOINT,
            "network.subnet_ids: is in no zone, and link resource-endpoint needs a subnet in a "
            "zone of the gateway network: use2-az1; add a subnet in one of these zones",
        ),
        ("hub", ENDPOINT, None),
        ("hub", {"vpc-peering": {}}, None),
        ("subnet_ids", {"vpc-peering": {}}, None),
    ],
)
def test_each_kind_of_link_names_the_ids_that_it_needs(
    missing: str, links: dict[str, Any] | None, said: str | None
) -> None:
    ids = {key: value for key, value in AWS_IDS.items() if key != missing}
    if said is None:
        assert by_ids("aws-us-east-2", ids, links)["vpc_id"] == AWS_IDS["vpc_id"]
        return
    with pytest.raises(settings.SettingsError) as caught:
        by_ids("aws-us-east-2", ids, links)
    (line,) = str(caught.value).splitlines()
    assert said in line


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
        ({}, "exports no network-team contract, and this program reads 1.0 to 1.1"),
        (
            {**LATEST, "contract": "1.2"},
            "network-team contract 1.2, and this program reads 1.0",
        ),
        ({"contract": "1.1"}, "networks: Field required"),
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
