"""Recorded address plans: what is written is read back, and a wrong file tells all its errors."""

from __future__ import annotations

from ipaddress import IPv4Network as Net
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from components.addressing.plan import AddressPlan, RegionRequest, extended
from components.addressing.roles import Role
from components.regions import REGIONS, Cloud
from stacks.address_files import AddressPlanError, read_plan, read_plans, text_of

REGION_KEYS = [(cloud, region) for cloud in Cloud for region in list(REGIONS[cloud])[:4]]


def plan_of(*regions: tuple[Cloud, str], plan: AddressPlan | None = None) -> AddressPlan:
    requests: dict[Cloud, dict[str, RegionRequest]] = {}
    for cloud, region in regions:
        requests.setdefault(cloud, {})[region] = RegionRequest(spokes={"shop": 22})
    return extended(plan or AddressPlan(), requests)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def put(folder: Path, stack: str, text: str) -> None:
    (folder / f"{stack}.addresses.yaml").write_text(text)


def lines(folder: Path, text: str) -> list[str]:
    """Write a plan that is wrong, and return the lines of the error without the file."""
    put(folder, "dev", text)
    with pytest.raises(AddressPlanError) as caught:
        read_plans(folder, "dev")
    told = str(caught.value).split("\n")
    assert all(line.startswith("stacks/dev.addresses.yaml: ") for line in told)
    return [line.removeprefix("stacks/dev.addresses.yaml: ") for line in told]


@given(st.lists(st.sampled_from(REGION_KEYS), unique=True), st.data())
def test_a_plan_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory,
    regions: list[tuple[Cloud, str]],
    data: st.DataObject,
) -> None:
    folder = tmp_path_factory.mktemp("plans")
    plan = plan_of(*regions)
    if regions:
        plan = plan_of(*data.draw(st.lists(st.sampled_from(regions), unique=True)), plan=plan)
        cloud, region = data.draw(st.sampled_from(regions))
        pins = {Role.GATEWAY: Net("192.168.0.0/20"), Role.LANDING: Net("192.168.64.0/20")}
        plan = extended(plan, {cloud: {region: RegionRequest(pins, network="acme/net/dev")}})
    text = text_of("dev", plan)
    put(folder, "dev", text)
    assert read_plan(folder, "dev") == plan
    assert text_of("dev", read_plan(folder, "dev")) == text


def test_a_file_has_one_block_in_a_line_and_sorted_keys() -> None:
    text = text_of("dev", plan_of((Cloud.AZURE, "eastus2")))
    assert text == (
        "# The recorded address plan of the stack dev: written by `make addresses STACK=dev`, to be"
        "\n"
        "# committed. A block never changes, and nobody else gets it until a person releases it.\n"
        "# docs/addresses.md\n"
        "azure:\n"
        "  regions:\n"
        "    eastus2:\n"
        "      gateway: 10.80.0.0/20\n"
        "      hub: 10.80.16.0/23\n"
        "      landing: 10.80.128.0/17\n"
        "      load_balancers: 10.80.192.0/24\n"
        "      reserve: 10.80.0.0/16\n"
        "      resolvers: 10.80.193.0/27\n"
        "      spokes:\n"
        "        shop: 10.80.20.0/22\n"
        "  summary: 10.80.0.0/14\n"
    )


def test_a_stack_without_a_file_has_no_plan(folder: Path) -> None:
    put(folder, "prod", "")
    assert read_plans(folder, "dev") is None


def test_an_empty_file_is_an_empty_plan(folder: Path) -> None:
    put(folder, "dev", "# nothing yet\n")
    plans = read_plans(folder, "dev")
    assert plans is not None
    assert plans.own == AddressPlan()


def test_all_errors_of_an_edited_file_are_told_at_once(folder: Path) -> None:
    text = """
aws:
  summary: 10.64.0.0/14
  regions:
    us-east-2:
      gateway: 10.64.0.1/20
      landin: 10.65.0.0/16
    eu-west-1: {retired: maybe}
azure:
  regions: {}
oracle: {}
"""
    assert lines(folder, text) == [
        'aws.regions.us-east-2.gateway: "10.64.0.1/20" has host bits; the network is 10.64.0.0/20; '
        "write 10.64.0.0/20",
        'aws.regions.us-east-2.landin: "10.65.0.0/16" is not a known key; did you mean landing?',
        'aws.regions.eu-west-1.retired: "maybe" should be a valid boolean; write for example '
        "retired: true (Whether the region is not in the stack file any more)",
        "azure.summary: is missing; add for example summary: 10.64.0.0/14 (The prefix that covers "
        "the blocks of this cloud. New blocks are given in it)",
        "oracle: {} is not a known key; use one of aws, azure, fabric, gcp, routing_domain",
    ]


def test_blocks_that_the_cloud_does_not_accept_are_told_at_once(folder: Path) -> None:
    text = """
aws:
  summary: 10.64.0.0/14
  regions:
    us-east-2:
      gateway: 10.64.0.0/24
      hub: 10.64.16.0/23
      landing: 10.65.0.0/16
      resolvers: 10.66.0.0/25
      reserve: 10.72.0.0/16
azure:
  summary: 10.0.0.0/14
  regions:
    eastus2:
      landing: 10.0.0.0/16
      load_balancers: 10.0.128.0/27
      replaced: {10.1.0.1/20: gateway}
      resolvers: 10.0.1.0/27
"""
    assert lines(folder, text) == [
        'aws.regions.us-east-2.gateway: "10.64.0.0/24" is a /24, and a gateway network in aws is '
        "/16 to /23; use a block of /16 to /23 inside 10.0.0.0/8, 100.64.0.0/10, 172.16.0.0/12, "
        "192.168.0.0/16, 198.18.0.0/15 and outside 10.100.0.0/16, 172.17.0.0/16",
        'aws.regions.us-east-2.hub: "10.64.16.0/23" is a block that aws does not have; delete it',
        'aws.regions.us-east-2.resolvers: "10.66.0.0/25" is not 10.65.0.128/25; delete it: its '
        "place follows from the landing",
        'aws.regions.us-east-2.reserve: "10.72.0.0/16" lies outside 10.64.0.0/14, the summary of '
        "aws; write a block inside it",
        'azure.regions.eastus2.load_balancers: "10.0.128.0/27" is a /27, and in azure it is /8 to '
        "/26; write a /24",
        'azure.regions.eastus2.resolvers: "10.0.1.0/27" overlaps 10.0.1.0/24, which the cloud uses '
        "itself; write another block",
        'azure.regions.eastus2.replaced["10.1.0.1/20"]: has host bits; the network is 10.1.0.0/20; '
        "write 10.1.0.0/20",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("aws:\n<<<<<<< HEAD\n  summary: 1\n>>>>>>> branch\n", "has conflict markers of a merge;"),
        ("aws: [", "is not YAML: while parsing"),
        ("aws: {summary: 1, summary: 2}", "aws.summary: is written twice, again in line 1; delete"),
        ("- aws", "should be an object"),
    ],
)
def test_a_file_that_is_no_plan_is_explained(folder: Path, text: str, told: str) -> None:
    (line,) = lines(folder, text)
    assert told in line


def test_regions_of_two_branches_that_got_one_block_are_one_error_after_the_merge(
    folder: Path,
) -> None:
    base = plan_of((Cloud.AWS, "us-east-2"))
    one = plan_of((Cloud.AWS, "us-east-2"), (Cloud.AWS, "eu-west-1"), plan=base)
    other = plan_of((Cloud.AWS, "us-east-2"), (Cloud.AWS, "us-west-2"), plan=base)
    merged, theirs = (yaml.safe_load(text_of("dev", plan)) for plan in (one, other))
    merged["aws"]["regions"] |= theirs["aws"]["regions"]
    assert lines(folder, yaml.safe_dump(merged)) == [
        'aws.regions.us-west-2.reserve: "10.65.0.0/16" of aws-us-west-2 reserve overlaps '
        "10.65.0.0/16 of aws-eu-west-1 reserve; delete the region that is not live yet here, and "
        f"run `make addresses STACK=dev PROJECT={folder.parent.resolve()}`"
    ]


def test_a_conflict_with_another_stack_names_both_owners_and_a_free_block(folder: Path) -> None:
    plan = "aws: {summary: 10.%s.0.0/14, regions: {us-east-2: {gateway: 10.64.0.0/20}}}"
    put(folder, "prod", plan % 72)
    assert lines(folder, plan % 64) == [
        'aws.regions.us-east-2.gateway: "10.64.0.0/20" of aws-us-east-2 gateway overlaps '
        "10.64.0.0/20 of aws-us-east-2 gateway in stacks/prod.addresses.yaml; move the one that is "
        "not live yet: 10.64.16.0/20 is free"
    ]
    put(folder, "prod", "routing_domain: prod\n" + plan % 72)
    assert read_plans(folder, "dev") is not None


def test_spokes_and_former_blocks_that_overlap_are_told_where_they_stand(folder: Path) -> None:
    text = """
aws:
  summary: 10.64.0.0/14
  regions:
    eu-west-1: {gateway: 10.64.0.0/20, landing: 10.65.0.0/16}
    us-east-2:
      spokes: {shop: 10.64.8.0/22}
      replaced: {10.65.16.0/20: gateway}
"""
    told = lines(folder, text)
    assert [line.partition(" overlaps ")[0] for line in told] == [
        'aws.regions.us-east-2.spokes.shop: "10.64.8.0/22" of aws-us-east-2 spoke shop',
        'aws.regions.us-east-2.replaced["10.65.16.0/20"]: "10.65.16.0/20" of aws-us-east-2 former '
        "gateway",
    ]


def test_a_conflict_without_room_says_so(folder: Path) -> None:
    regions = "{a: {landing: 10.0.0.0/8}, b: {landing: 10.0.0.0/8}}"
    (line,) = lines(folder, f"azure: {{summary: 10.0.0.0/8, regions: {regions}}}")
    assert line.endswith("; move the one that is not live yet; no block of its size is free")


def test_the_routing_domain_is_written_and_read_back(folder: Path) -> None:
    put(folder, "dev", text_of("dev", AddressPlan(routing_domain="lab")))
    assert read_plan(folder, "dev").routing_domain == "lab"


def test_a_wrong_plan_of_another_stack_does_not_stop_this_one(folder: Path) -> None:
    put(folder, "prod", "aws: 1")
    put(folder, "dev", "")
    plans = read_plans(folder, "dev")
    assert plans is not None
    assert plans.others == {}
    (told,) = plans.unreadable
    assert told.startswith("stacks/prod.addresses.yaml: aws: 1 ")


def test_a_number_of_two_owners_is_refused_after_a_merge(folder: Path) -> None:
    text = """
fabric:
  driver: native
  asns: {aws-us-east-2: 64513, gcp-us-central1: 64513, gcp-us-east1: 23456}
  tunnels:
    aws-us-east-2-gcp-us-central1: [169.254.64.0/30, 169.254.0.0/30]
    gcp-us-central1-shop: [169.254.64.0/30, 169.254.64.4/30]
"""
    twice = "delete the one that is not live yet; it gets another when it is recorded again"
    assert lines(folder, text) == [
        f"fabric.asns.gcp-us-central1: 64513 is the ASN of aws-us-east-2 too; {twice}",
        "fabric.asns.gcp-us-east1: 23456 is not an ASN from 64513 to 65500; restore the file from "
        "version control",
        'fabric.tunnels.aws-us-east-2-gcp-us-central1[1]: "169.254.0.0/30" is not a /30 in '
        "169.254.64.0/18, 169.254.21.0/24, 169.254.22.0/24; restore the file from version control",
        'fabric.tunnels.gcp-us-central1-shop[0]: "169.254.64.0/30" is the block of '
        f"aws-us-east-2-gcp-us-central1[0] too; {twice}",
    ]
