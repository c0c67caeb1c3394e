"""The picture of a network: what it shows, and that it is legible."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pulumi
import pytest
import yaml

from components.fabric.model import SpokeArgs
from components.fabric.plan import fabric_plan
from components.gateway import MultiCloudGateway
from providers import konnect
from reachability.records import Record, Records
from stacks import settings
from stacks.address_files import read_plans
from stacks.arguments import gateway_args
from tests import shipped
from tests.components.fabric import gateways
from tests.components.gateway_mocks import run_program, unmocked
from tests.reachability.aviatrix_mocks import resources as aviatrix_resources
from tests.reachability.fabrics import for_tests
from tests.reachability.stacks import recorded, records_of, stack_records
from tests.tools.topology.topologies import fabric
from tools.stack import StackError
from tools.topology.__main__ import Format, write
from tools.topology.layout import Rect, draw
from tools.topology.model import RegionBox, Topology, Walked
from tools.topology.render import FORMATS, svg
from tools.topology.scene import topology_of

SVG = "{http://www.w3.org/2000/svg}"
HOME = {"cloud": "aws", "region": "us-east-2", "gateways": ["aws-us-east-2"]}
SERVICES = {
    "orders": {**HOME, "address": "10.73.32.10"},
    "lost": {**HOME, "address": "10.200.0.1"},
}


def _prod_with(services: dict[str, Any]) -> tuple[Record, ...]:
    document = {**shipped.document_of("prod"), "services": services}
    return records_of(document, "prod", preview=False)


def cards(topology: Topology) -> list[Rect]:
    return [one.rect for one in draw(topology).shapes if one.style.startswith("card")]


def boxes(topology: Topology) -> list[Rect]:
    return [one.rect for one in draw(topology).shapes if one.style.startswith("box")]


def overlap(one: Rect, other: Rect) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


@pytest.mark.parametrize("each", [1, 2, 16])
def test_nothing_lies_over_anything_else_however_many_regions_there_are(each: int) -> None:
    topology = fabric(each)
    for rects in (cards(topology), boxes(topology)):
        assert len(rects) >= 3 * each
        assert not [pair for pair in itertools.combinations(rects, 2) if overlap(*pair)]


@pytest.mark.parametrize("each", [1, 2, 16])
def test_everything_is_inside_the_picture(each: int) -> None:
    drawing = draw(fabric(each))
    for shape in drawing.shapes:
        rect = shape.rect
        assert rect.x >= 0
        assert rect.x + rect.width <= drawing.width
        assert rect.y >= 0
        assert rect.y + rect.height <= drawing.height
    for path in drawing.paths:
        numbers = [int(one) for one in re.findall(r"[HM](\d+)", path.data)]
        assert max(numbers) <= drawing.width


def test_the_legend_goes_on_in_the_next_line_where_the_picture_is_narrow() -> None:
    topology = fabric(1)
    region = topology.regions[0]
    spokes = [replace(region.networks[1], segment=f"segment-{number}") for number in range(9)]
    hub = replace(region.hubs[0], firewalls=["Network Firewall"])
    narrow = replace(region, networks=[*region.networks[:1], *spokes], hubs=[hub])
    drawing = draw(replace(topology, regions=[narrow], lines=(), failures=["orders is lost"]))
    legend = [one for one in drawing.texts if one.style in ("small", "service", "firewall")]
    assert {"● declared service", "▦ firewall", "segment segment-8"} <= {one.text for one in legend}
    for one in legend:
        assert one.x + 6 * len(one.text) <= drawing.width


def test_two_links_between_clouds_never_share_a_lane() -> None:
    drawing = draw(fabric(2))
    lanes = [
        re.search(r"V(\d+) H", one.data) for one in drawing.paths if one.style.startswith("line")
    ]
    assert len(lanes) == 3
    assert len({one.group(1) for one in lanes if one}) == 3


def test_the_core_of_a_cloud_is_the_first_card_of_its_column() -> None:
    topology = fabric(3)
    turned = replace(topology, regions=list(reversed(topology.regions)))
    tops: dict[int, tuple[int, str]] = {}
    for shape in draw(turned).shapes:
        if shape.style.startswith("card"):
            tops[shape.rect.x] = min(
                tops.get(shape.rect.x, (9999, "")), (shape.rect.y, shape.title)
            )
    assert {title for _, title in tops.values()} == {
        "aws-region-0",
        "azure-region-0",
        "gcp-region-0",
    }


def test_the_picture_of_prod_shows_its_regions_blocks_and_caches() -> None:
    topology = topology_of("prod", Records(stack_records("prod")))
    assert [one.key for one in topology.regions] == [
        "aws-eu-west-1",
        "aws-us-east-2",
        "azure-eastus2",
        "azure-northeurope",
        "gcp-europe-west1",
        "gcp-us-central1",
    ]
    aws = topology.regions[1]
    assert aws.gateway.blocks == ["10.72.0.0/20"]
    assert list(aws.gateway.caches) == ["managed cache"]
    assert [one.title for one in aws.hubs] == ["Transit Gateway"]
    assert [(one.title, one.blocks) for one in aws.networks] == [("landing", ["10.73.0.0/16"])]
    texts = [one.text for one in ElementTree.fromstring(svg(topology)).iter(f"{SVG}text")]
    assert {"us-east-2", "eastus2", "us-central1", "10.72.0.0/20"} <= {str(one) for one in texts}


def test_what_a_walk_crosses_and_where_it_stops_is_marked() -> None:
    topology = topology_of("prod", Records(_prod_with(SERVICES)))
    first = topology.regions[1]
    assert first.networks[0].services == ["orders :443"]
    assert first.networks[0].walked is Walked.CARRIES
    assert [one.walked for one in first.links] == [Walked.CARRIES]
    assert topology.walks == 2
    (failure,) = topology.failures
    assert "lost (10.200.0.1:443)" in failure
    assert "aws-us-east-2" in failure
    assert first.gateway.walked is Walked.STOPS
    assert "lost" in svg(topology)


def test_the_picture_of_a_fabric_shows_its_links_cores_and_segments() -> None:
    topology = topology_of("prod", Records(for_tests().resources()))
    links = {(one.near, one.far): one.title for one in topology.lines}
    assert links == {
        ("aws-us-east-2", "aws-eu-west-1"): "peering",
        ("azure-eastus2", "azure-northeurope"): "virtual WAN",
        ("gcp-us-central1", "gcp-europe-west1"): "2 tunnels, BGP",
        ("aws-us-east-2", "azure-eastus2"): "4 tunnels, BGP",
        ("aws-us-east-2", "gcp-us-central1"): "4 tunnels, BGP",
        ("azure-eastus2", "gcp-us-central1"): "2 tunnels, BGP",
    }
    cores = {one.key for one in topology.regions if one.core}
    assert cores == {"aws-us-east-2", "azure-eastus2", "gcp-us-central1"}
    assert all(len(one.hubs) == 1 for one in topology.regions)
    spokes = {n.title: n.segment for r in topology.regions for n in r.networks if n.segment}
    assert spokes == {name: spoke.segment for name, spoke in gateways.SPOKES.items()}


def _regions_with(spokes: dict[str, SpokeArgs]) -> dict[str, RegionBox]:
    """The regions of a fabric with these spokes, by key."""
    args = replace(gateways.fabric_of(gateways.REGIONS), spokes=spokes)

    def make(provider: konnect.Provider) -> Any:
        built = gateways.gateway(plan=fabric_plan(args))
        MultiCloudGateway("gw", built, pulumi.ResourceOptions(providers=[provider]))
        return {}

    world, _ = run_program(make)
    unmocked()
    topology = topology_of("test", Records(recorded(world, preview=False)))
    return {one.key: one for one in topology.regions}


def test_a_spoke_with_the_name_of_a_part_of_a_hub_hides_no_hub() -> None:
    spokes = {
        "vpn": SpokeArgs("gcp-us-central1", IPv4Network("10.100.0.0/20"), "shop"),
        "hub": SpokeArgs("azure-eastus2", IPv4Network("10.85.0.0/20"), "shop"),
    }
    shown = _regions_with(spokes)
    gcp, azure = shown["gcp-us-central1"], shown["azure-eastus2"]
    assert [one.title for one in gcp.hubs] == ["HA VPN gateway"]
    assert [one.title for one in azure.hubs] == ["virtual hub"]
    assert sorted(one.title for one in gcp.networks) == ["landing", "vpn"]
    assert sorted(one.title for one in azure.networks) == ["hub", "landing"]
    assert {one.segment for one in gcp.networks} == {"", "shop"}


def test_the_picture_in_the_documentation_is_that_of_the_example() -> None:
    """``make topology STACK=prod PROJECT=examples/fabric OUT=docs/topology-prod.svg`` draws it."""
    folder = shipped.CHECKOUT / "examples" / "fabric" / "stacks"
    config = yaml.safe_load((folder / "Pulumi.prod.yaml").read_text())["config"]
    plans = read_plans(folder, "prod")
    assert plans is not None
    environment = settings.load("prod", config["multicloud-gateway:gateway"], plans=plans)

    def make(provider: konnect.Provider) -> Any:
        args = gateway_args(environment, recorded=plans.own)
        MultiCloudGateway("gateway-prod", args, pulumi.ResourceOptions(providers=[provider]))
        return {}

    world, _ = run_program(make)
    unmocked()
    topology = topology_of("prod", Records(recorded(world, preview=False)))
    assert not topology.failures
    assert svg(topology) == (shipped.CHECKOUT / "docs" / "topology-prod.svg").read_text()


def test_missing_folders_are_created_and_the_name_of_the_file_decides_the_format(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    topology = fabric(1)
    said = write(topology, out=Path("pictures/new/prod.dot"))
    assert said == "Wrote pictures/new/prod.dot: 3 regions, 3 links between hubs"
    assert Path("pictures/new/prod.dot").read_text().startswith("graph network {")
    assert write(topology, Format.JSON).startswith("Wrote prod-topology.json: ")
    assert write(topology).startswith("Wrote prod-topology.svg: ")
    one = replace(topology, regions=topology.regions[:1], lines=topology.lines[:1])
    assert write(one).endswith(": 1 region, 1 link between hubs")


def test_a_file_that_cannot_be_written_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=f"OUT={tmp_path}: cannot be written: Is a directory"):
        write(fabric(1), out=tmp_path)


def test_a_spoke_with_a_region_or_a_part_of_a_network_in_its_name_is_in_its_own_region() -> None:
    spokes = {
        "to-gcp-us-central1": SpokeArgs("aws-us-east-2", IPv4Network("10.67.0.0/20"), "shop"),
        "db": SpokeArgs("aws-us-east-2", IPv4Network("10.67.16.0/20"), "lab"),
        "vpc": SpokeArgs("aws-eu-west-1", IPv4Network("10.67.32.0/20"), "shop"),
    }
    shown = _regions_with(spokes)
    there = [(one.title, one.segment) for one in shown["aws-us-east-2"].networks]
    assert there == [("landing", ""), ("db", "lab"), ("to-gcp-us-central1", "shop")]
    assert [one.title for one in shown["aws-eu-west-1"].networks] == ["landing", "vpc"]
    assert [one.title for one in shown["gcp-us-central1"].networks] == ["landing"]


def test_the_picture_of_a_fabric_by_aviatrix_has_its_spokes_and_transit_networks() -> None:
    topology = topology_of("prod", Records(aviatrix_resources()))
    shown = {one.key: one for one in topology.regions}
    spokes = {
        n.title: (r.key, n.segment) for r in topology.regions for n in r.networks if n.segment
    }
    assert spokes == {name: (one.hub, one.segment) for name, one in gateways.SPOKES.items()}
    aws = shown["aws-us-east-2"]
    assert [one.title for one in aws.hubs] == ["Transit Gateway", "Aviatrix transit"]
    assert [one.title for one in aws.networks] == ["landing", "shop", "transit"]
    assert [one.asn for one in aws.hubs] == ["64515", "64516"]
    assert aws.core


def test_json_has_all_and_dot_names_every_network_and_hub_once() -> None:
    topology = fabric(2)
    read = json.loads(FORMATS["json"](topology))
    assert len(read["regions"]) == 6
    assert read["lines"][-1]["title"] == "2 tunnels, BGP"
    written = FORMATS["dot"](topology)
    for region in topology.regions:
        for network in (region.gateway, *region.networks):
            declared = f'"{region.key} {network.name}" [label='
            lines = [line.strip() for line in written.splitlines()]
            assert sum(line.startswith(declared) for line in lines) == 1
    assert written.count(" -- ") >= len(topology.lines)
    assert written.count("{") == written.count("}")


def test_graphviz_reads_the_dot_file(tmp_path: Path) -> None:
    for number, topology in enumerate(
        (fabric(2), topology_of("prod", Records(for_tests().resources())))
    ):
        written = FORMATS["dot"](topology)
        # In the language DOT a value without quotes is a name of letters and digits, or a number.
        unquoted = re.findall(r"=([^\s\",;\]]+)", re.sub(r'"(\\.|[^"\\])*"', '""', written))
        assert [one for one in unquoted if not re.fullmatch(r"[A-Za-z_]\w*|[0-9.]+", one)] == []
        if (graphviz := shutil.which("dot")) is not None:
            file = tmp_path / f"{number}.dot"
            file.write_text(written)
            subprocess.run([graphviz, "-Tsvg", "-o", file.with_suffix(".svg"), file], check=True)


def test_names_are_escaped_in_every_format() -> None:
    topology = fabric(1)
    region = topology.regions[0]
    spoke = replace(region.networks[0], title='<shop & "more">')
    odd = replace(topology, regions=[replace(region, networks=[spoke]), *topology.regions[1:]])
    texts = [one.text for one in ElementTree.fromstring(svg(odd)).iter(f"{SVG}text")]
    assert '<shop & "more">' in texts
    assert json.loads(FORMATS["json"](odd))["regions"][0]["networks"][0]["title"] == spoke.title
    assert r"<shop & \"more\">" in FORMATS["dot"](odd)
