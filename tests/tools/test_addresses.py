"""`make addresses`: what is recorded, retired and released, and that nothing wrong is written."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from stacks.address_files import read_plan, read_plans
from stacks.settings import load, stack_file
from tools import addresses
from tools.addresses import AddressesError, lines_of, outcome, outside_summaries, write

CHECKOUT = Path(__file__).parents[2]
GATEWAY = "multicloud-gateway:gateway"
NEW = "      - region: eu-west-1\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the shipped stack files, without fabrics and plans."""
    (tmp_path / "stacks").mkdir()
    for stack in ("dev", "staging", "prod"):
        text = (CHECKOUT / stack_file(stack)).read_text()
        (tmp_path / stack_file(stack)).write_text(without_fabric(text))
    return tmp_path


def without_fabric(text: str) -> str:
    """A stack file without its fabric, whose numbers are in the recorded plan only."""
    return re.sub(r"(?m)^    fabric:.*\n(?: {5,}.*\n|\s*\n)*", "", text)


def plan_text(project: Path, stack: str = "dev") -> str:
    return (project / "stacks" / f"{stack}.addresses.yaml").read_text()


def append(project: Path, text: str, stack: str = "dev") -> None:
    with (project / stack_file(stack)).open("a") as file:
        file.write(text)


def edit(project: Path, old: str, new: str, stack: str = "dev") -> None:
    file = project / stack_file(stack)
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_a_shipped_environment_is_the_same_with_a_recorded_plan(project: Path, stack: str) -> None:
    write(project, stack)
    config = yaml.safe_load((project / stack_file(stack)).read_text())["config"]
    plans = read_plans(project / "stacks", stack)
    assert plans is not None
    assert list(outside_summaries(plans.own)) == []
    assert load(stack, config[GATEWAY], plans=plans) == load(stack, config[GATEWAY])
    assert not write(project, stack).changed


def test_a_new_region_gets_blocks_and_no_other_block_changes(project: Path) -> None:
    write(project, "dev")
    before = plan_text(project)
    append(project, NEW)
    found = write(project, "dev")
    assert list(lines_of(found)) == [
        "+ aws-eu-west-1 reserve 10.66.0.0/16",
        "+ aws-eu-west-1 gateway 10.66.0.0/20",
        "+ aws-eu-west-1 landing 10.66.128.0/17",
        "+ aws-eu-west-1 load_balancers 10.66.129.0/24",
        "+ aws-eu-west-1 resolvers 10.66.128.128/25",
    ]
    assert set(before.splitlines()) <= set(plan_text(project).splitlines())


def test_a_deleted_region_is_retired_until_it_is_released(project: Path) -> None:
    append(project, NEW)
    write(project, "dev")
    edit(project, NEW, "")
    assert list(lines_of(write(project, "dev"))) == [
        "  aws-eu-west-1 is retired: its blocks stay taken until it is released"
    ]
    append(project, NEW.replace("eu-west-1", "us-west-2"))
    write(project, "dev")
    assert "      reserve: 10.64.128.0/17\n" in plan_text(project)
    assert "- aws-eu-west-1 reserve 10.66.0.0/16" in lines_of(
        write(project, "dev", release=["aws-eu-west-1"])
    )
    assert "eu-west-1" not in plan_text(project)


def test_a_region_is_deleted_and_released_in_one_run(project: Path) -> None:
    append(project, NEW)
    write(project, "dev")
    edit(project, NEW, "")
    write(project, "dev", release=["aws-eu-west-1"])
    assert "eu-west-1" not in plan_text(project)


def test_a_spoke_gets_a_block_in_its_region(project: Path) -> None:
    found = write(project, "dev", spokes=["aws-us-east-2/shop", "aws-us-east-2/bank:22"])
    assert "+ aws-us-east-2 spoke shop 10.66.16.0/20" in lines_of(found)
    assert "+ aws-us-east-2 spoke bank 10.66.0.0/22" in lines_of(found)
    assert not write(project, "dev").changed


def test_other_stacks_and_what_the_gateway_reaches_are_left_free(project: Path) -> None:
    landing = "landing: {cidr: 10.65.0.0/16, reach: [10.66.0.0/16]}"
    edit(project, "landing: 10.65.0.0/16", landing)
    append(project, NEW)
    edit(project, "10.69.0.0/16", "10.67.0.0/17", stack="staging")
    write(project, "dev")
    assert "reserve: 10.64.64.0/18\n" in plan_text(project)
    assert "summary: 10.64.0.0/15\n" in plan_text(project)


def test_a_conflict_with_the_plan_of_another_stack_writes_nothing(project: Path) -> None:
    write(project, "prod")
    edit(project, "10.64.0.0/20", "10.72.0.0/20")
    with pytest.raises(AddressesError, match=r"of aws-us-east-2 gateway in stacks/prod.addresses"):
        write(project, "dev")
    assert not (project / "stacks" / "dev.addresses.yaml").exists()


def test_another_pin_is_told_with_the_block_that_stays_taken(project: Path) -> None:
    write(project, "dev")
    edit(project, "10.64.0.0/20", "10.64.16.0/20")
    assert list(lines_of(write(project, "dev"))) == [
        "~ aws-us-east-2 gateway 10.64.16.0/20, was 10.64.0.0/20",
        "+ aws-us-east-2 former gateway 10.64.0.0/20",
    ]


def test_a_wrong_plan_of_another_stack_must_be_mended_first(project: Path) -> None:
    (project / "stacks" / "prod.addresses.yaml").write_text("aws: 1")
    with pytest.raises(AddressesError, match=r"stacks/prod.addresses.yaml: aws: 1 should be"):
        write(project, "dev")


def test_an_environment_of_another_routing_domain_may_have_the_same_addresses(
    project: Path,
) -> None:
    (project / stack_file("staging")).unlink()
    (project / stack_file("prod")).unlink()
    (project / "stacks" / "lab.addresses.yaml").write_text("routing_domain: lab\n")
    shutil.copy(project / stack_file("dev"), project / stack_file("lab"))
    edit(project, "control_plane:", "environment: dev\n    control_plane:", stack="lab")
    edit(project, "environment: dev # gives", "# gives", stack="lab")
    write(project, "lab")
    write(project, "dev")
    document = yaml.safe_load(plan_text(project, "lab"))
    assert document.pop("routing_domain") == "lab"
    assert document == yaml.safe_load(plan_text(project))


def test_a_pin_outside_the_summary_is_recorded_with_a_note(project: Path) -> None:
    write(project, "dev")
    append(project, f"{NEW}        cidr: 192.168.0.0/20\n        landing: 10.66.0.0/16\n")
    found = write(project, "dev")
    assert list(outside_summaries(found.after)) == [
        "192.168.0.0/20 of aws-eu-west-1 gateway is outside 10.64.0.0/14, the summary of aws: "
        "routes and firewall rules must name it too"
    ]


@pytest.mark.parametrize(
    ("spokes", "release", "told"),
    [
        (["shop"], [], "'shop' is not a spoke; write it like aws-us-east-2/shop:20"),
        (
            ["aws-us-east-1/shop"],
            [],
            "aws-us-east-1 is not in the stack file; did you mean",
        ),
        (["aws-us-east-2/shop:15"], [], "a /15 is no network in aws; write /16 to /22"),
        ([], ["us-east-2"], "'us-east-2' is not a region; write it like aws-us-east-2"),
        ([], ["aws-us-east-2"], "aws-us-east-2 is in the stack file, and has no former block; del"),
    ],
)
def test_a_wish_that_cannot_be_met_is_explained(
    project: Path, spokes: list[str], release: list[str], told: str
) -> None:
    write(project, "dev")
    before = plan_text(project)
    with pytest.raises(AddressesError, match=told):
        write(project, "dev", spokes, release)
    assert plan_text(project) == before


def test_a_stack_file_that_is_not_there_or_wrong_is_explained(project: Path) -> None:
    with pytest.raises(AddressesError, match=r"Pulumi.deb.yaml does not exist; did you mean dev\?"):
        write(project, "deb")
    edit(project, "geo: us", "geo: moon")
    with pytest.raises(AddressesError, match=r'gateway.geo: "moon" '):
        write(project, "dev")
    (project / stack_file("dev")).write_text("config: [")
    with pytest.raises(AddressesError, match="is not YAML"):
        write(project, "dev")


def test_the_command_writes_checks_and_refuses(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addresses, "CHECKOUT", project)
    run = CliRunner().invoke
    stale = run(addresses.app, ["dev", "--check"])
    assert stale.exit_code == 1
    assert "+      gateway: 10.64.0.0/20" in stale.output
    assert not (project / "stacks" / "dev.addresses.yaml").exists()
    made = run(addresses.app, ["dev"])
    assert (made.exit_code, "Wrote stacks/dev.addresses.yaml" in made.output) == (0, True)
    again = run(addresses.app, ["dev", "--check"])
    assert (again.exit_code, "has everything already" in again.output) == (0, True)
    refused = run(addresses.app, ["dev", "--release", "aws-us-east-2"])
    assert (refused.exit_code, "error: aws-us-east-2 is in the" in refused.output) == (1, True)


def test_two_branches_merge_and_the_region_that_is_not_live_gets_another_block(
    project: Path, tmp_path: Path
) -> None:
    file = project / stack_file("dev")
    plans = {}
    write(project, "dev")
    plans["base"], shared = plan_text(project), file.read_text()
    for name, region in (("ours", "eu-west-1"), ("theirs", "us-west-2")):
        (project / "stacks" / "dev.addresses.yaml").write_text(plans["base"])
        file.write_text(f"{shared}      - region: {region}\n")
        write(project, "dev")
        plans[name] = plan_text(project)
    for name, text in plans.items():
        (tmp_path / name).write_text(text)
    command = ["git", "merge-file", "--stdout", "ours", "base", "theirs"]
    merged = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)
    recorded = project / "stacks" / "dev.addresses.yaml"
    recorded.write_text(merged.stdout)
    append(project, NEW)
    with pytest.raises(AddressesError, match="delete the region that is not live yet here"):
        write(project, "dev")

    document = yaml.safe_load(merged.stdout)
    del document["aws"]["regions"]["eu-west-1"]
    recorded.write_text(yaml.safe_dump(document))
    write(project, "dev")
    assert set(plans["theirs"].splitlines()) <= set(plan_text(project).splitlines())


def test_two_new_stacks_that_got_one_summary_are_told_once_per_cloud(project: Path) -> None:
    write(project, "dev")
    text = plan_text(project)
    (project / "stacks" / "lab.addresses.yaml").write_text(text)
    with pytest.raises(AddressesError) as caught:
        write(project, "dev")
    lines = str(caught.value).split("\n")
    assert [line.partition("; ")[0] for line in lines] == [
        f'stacks/dev.addresses.yaml: {cloud}.summary: "{block}" of {cloud} summary overlaps '
        f"{block} of {cloud} summary in stacks/lab.addresses.yaml"
        for cloud, block in (("aws", "10.64.0.0/14"), ("azure", "10.80.0.0/14"))
    ]
    assert lines[0].endswith(
        "; delete aws here if it is not live yet, and run "
        f"`make addresses STACK=dev PROJECT={project.resolve()}`"
    )


def test_what_outcome_returns_is_what_write_writes(project: Path) -> None:
    expected = outcome(project, "dev")
    write(project, "dev")
    assert plan_text(project) == expected.new_text
    assert read_plan(project / "stacks", "dev") == expected.after


def test_the_page_shows_what_the_command_prints(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addresses, "CHECKOUT", project)
    page = (CHECKOUT / "docs" / "addresses.md").read_text()
    shown = [part.partition("```")[0] for part in page.split("```\n+ ")[1:]]
    first = CliRunner().invoke(addresses.app, ["dev"])
    append(project, NEW)
    second = lines_of(write(project, "dev"))
    *regions, fabric = [f"+ {text}" for text in shown]
    assert regions == [first.output, "".join(f"{line}\n" for line in second)]
    with_fabric(project)
    assert {*fabric.splitlines()} <= {*lines_of(write(project, "prod"))}


FABRIC = """\
    fabric:
      segments: {shop: {}}
      spokes: {shop: {region: gcp-us-central1, segment: shop}}
"""


def with_fabric(project: Path) -> None:
    """Give prod a fabric: its regions in Azure need virtual hubs."""
    if "virtual-hub" not in (project / stack_file("prod")).read_text():
        for landing in ("10.89.0.0/16", "10.90.0.0/16"):
            old = f"        landing: {landing}\n"
            edit(project, old, f"{old}        links: {{virtual-hub: {{}}}}\n", "prod")
    append(project, FABRIC, "prod")


def test_the_numbers_of_a_fabric_are_recorded_and_printed_like_blocks(project: Path) -> None:
    with_fabric(project)
    told = list(lines_of(write(project, "prod")))
    assert [line for line in told if line.startswith("+ fabric")] == [
        "+ fabric driver native",
        "+ fabric core aws aws-us-east-2",
        "+ fabric core azure azure-eastus2",
        "+ fabric core gcp gcp-us-central1",
        "+ fabric asn aws-eu-west-1 64513",
        "+ fabric asn aws-us-east-2 64514",
        "+ fabric asn gcp-europe-west1 64515",
        "+ fabric asn gcp-us-central1 64516",
        "+ fabric asn gcp-us-central1-shop 64517",
        "+ fabric tunnels aws-us-east-2-azure-eastus2 169.254.21.0/30, 169.254.21.4/30, "
        "169.254.22.0/30, 169.254.22.4/30",
        "+ fabric tunnels aws-us-east-2-gcp-us-central1 169.254.64.0/30, 169.254.64.4/30, "
        "169.254.64.8/30, 169.254.64.12/30",
        "+ fabric tunnels azure-eastus2-gcp-us-central1 169.254.21.8/30, 169.254.22.8/30",
        "+ fabric tunnels gcp-us-central1-gcp-europe-west1 169.254.64.16/30, 169.254.64.20/30",
        "+ fabric tunnels gcp-us-central1-shop 169.254.64.24/30, 169.254.64.28/30",
    ]
    assert any(line.startswith("+ gcp-us-central1 spoke shop ") for line in told)
    assert not write(project, "prod").changed


def test_a_region_more_gets_numbers_and_changes_none(project: Path) -> None:
    with_fabric(project)
    before = write(project, "prod").after
    edit(project, FABRIC, f"      - region: ap-south-1\n{FABRIC}", "prod")
    found = write(project, "prod")
    assert [line for line in lines_of(found) if "fabric" in line] == [
        "+ fabric asn aws-ap-south-1 64518"
    ]
    assert before.fabric.tunnels == found.after.fabric.tunnels


def test_the_numbers_of_a_deleted_fabric_stay_until_they_are_released(project: Path) -> None:
    with_fabric(project)
    recorded = write(project, "prod").after.fabric
    with pytest.raises(AddressesError, match="fabric is in the stack file; delete it there"):
        write(project, "prod", release=["fabric"])
    edit(project, FABRIC, "", "prod")
    assert write(project, "prod").after.fabric == recorded
    told = list(lines_of(write(project, "prod", release=["fabric"])))
    assert "- fabric asn aws-us-east-2 64514" in told
    assert "fabric" not in yaml.safe_load(plan_text(project, "prod"))


def test_a_core_that_is_given_up_is_printed_with_the_one_that_follows_it(project: Path) -> None:
    with_fabric(project)
    write(project, "prod")
    text = (project / stack_file("prod")).read_text()
    first, second = (text.index(f"- region: {name}") for name in ("us-east-2", "eu-west-1"))
    edit(project, text[first:second], "", "prod")
    with pytest.raises(AddressesError, match=r"aws-us-east-2 as fabric\.cores\.aws"):
        write(project, "prod")
    told = list(lines_of(write(project, "prod", release=["aws-us-east-2"])))
    assert "~ fabric core aws aws-eu-west-1, was aws-us-east-2" in told
    assert "- fabric asn aws-us-east-2 64514" in told


def test_fabrics_of_one_routing_domain_share_no_asn(project: Path) -> None:
    with_fabric(project)
    first = write(project, "prod").after.fabric
    landing = "        landing: 10.85.0.0/16\n"
    edit(project, landing, f"{landing}        links: {{virtual-hub: {{}}}}\n", "staging")
    append(project, FABRIC, "staging")
    second = write(project, "staging").after.fabric
    assert second.asns
    assert not {*first.asns.values()} & {*second.asns.values()}
    assert not write(project, "prod").changed
