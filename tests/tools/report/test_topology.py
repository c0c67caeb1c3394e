"""The picture and the address map: what is drawn, and that it fits."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import Any

import pytest

from tests.tools.report.logs import KONNECT, UNKNOWN, preview_of, recorded, step, urn
from tools.report.drawing import Box, Picture
from tools.report.preview import Action
from tools.report.topology import address_map, picture

NETWORK = f"{KONNECT}CloudGatewayNetwork"
ATTACHMENT = f"{KONNECT}CloudGatewayTransitGateway"


def drawn(name: str) -> Picture:
    found = picture(recorded(name))
    assert found is not None
    return found


def test_every_control_plane_network_landing_link_and_cache_is_drawn() -> None:
    found = drawn("first-dev")
    assert Counter(box.title for box in found.boxes) == {
        "Control plane": 1,
        "Gateway network": 2,
        "Your VPC": 1,
        "Your VNet": 1,
    }
    assert {line.text for line in found.lines if line.text} == {
        "+ Transit Gateway",
        "+ VNet peering",
    }
    assert list(found.boxes[0].lines) == [
        "gateway-dev",
        "gateway 3.13, private+public",
        "+ managed cache small",
    ]
    assert [label.text for label in found.labels if label.heading] == ["AWS", "Azure"]


def test_what_is_replaced_or_removed_is_drawn_as_such() -> None:
    actions = {box.lines[0]: box.mark.word for box in drawn("change-prod").boxes}
    assert actions["10.72.32.0/20, 3 zones"] == Action.REPLACE
    assert actions["10.88.16.0/20, 2 zones"] == Action.DELETE
    assert actions["10.88.0.0/20, 2 zones"] == Action.SAME
    assert actions["25 GiB"] == Action.UPDATE


def test_a_control_plane_is_as_changed_as_its_configuration() -> None:
    planes = [box for box in drawn("change-prod").boxes if box.title == "Control plane"]
    assert [box.mark.word for box in planes] == [Action.UPDATE, Action.UPDATE]


@pytest.mark.parametrize(
    ("package", "inputs", "home", "account"),
    [
        (
            "aws",
            {"assumeRoles": '[{"roleArn":"arn:aws:iam::222233334444:role/gateway"}]'},
            "aws:ec2/vpc:Vpc",
            "222233334444",
        ),
        (
            "azure-native",
            {"subscriptionId": "0f39574d-d756-48cf-b622-0e27a6943bd2"},
            "azure-native:network:VirtualNetwork",
            "0f39574d-d756-48cf-b622-0e27a6943bd2",
        ),
        ("gcp", {"project": "acme-data"}, "gcp:compute/network:Network", "acme-data"),
    ],
)
def test_a_landing_in_an_account_of_its_own_says_which(
    package: str, inputs: dict[str, str], home: str, account: str
) -> None:
    cloud, region = {
        "aws": ("aws", "us-east-2"),
        "azure-native": ("azure", "eastus2"),
        "gcp": ("gcp", "us-central1"),
    }[package]
    name, provider = f"gw-{cloud}-{region}", f"pulumi:providers:{package}"
    own = f"{urn(provider, 'own')}::0a1b"
    network = {"region": region, "cidr_block": "10.0.0.0/20", "availability_zones": ["a"]}
    found = picture(
        preview_of(
            step("same", provider, "own", inputs, inputs),
            step("create", NETWORK, name, after=network),
            step("create", home, f"{name}-home", after={"region": region}, provider=own),
            step("create", ATTACHMENT, f"{name}-attachment", after={"cidr_blocks": []}),
        )
    )
    assert found is not None
    (box,) = [box for box in found.boxes if box.title.startswith("Your")]
    assert box.lines[-1] == account


def overlap(one: Box, other: Box) -> bool:
    beside = one.x + one.width <= other.x or other.x + other.width <= one.x
    return not (beside or one.y + one.height <= other.y or other.y + other.height <= one.y)


@pytest.mark.parametrize("name", ["first-dev", "change-prod", "same-prod"])
def test_boxes_do_not_overlap_and_stay_inside(name: str) -> None:
    found = drawn(name)
    assert not [pair for pair in combinations(found.boxes, 2) if overlap(*pair)]
    for box in found.boxes:
        assert 0 < box.x < box.x + box.width < found.width
        assert 0 < box.y < box.y + box.height < found.height


def test_a_long_name_is_cut_to_fit() -> None:
    plane = step("create", f"{KONNECT}GatewayControlPlane", "p", after={"name": "n" * 80})
    found = picture(preview_of(plane))
    assert found is not None
    assert list(found.boxes[0].lines) == ["n" * 35 + "…", "no gateways"]


def test_a_link_into_another_stacks_network_says_so() -> None:
    attachment = {
        "cidr_blocks": ["10.65.0.0/16"],
        "transit_gateway_attachment_config": {"kind": "aws-transit-gateway-attachment"},
    }
    found = picture(
        preview_of(
            step("create", NETWORK, "g-aws-us-east-2", after={"region": "us-east-2"}),
            step("create", ATTACHMENT, "g-aws-us-east-2-attachment", after=attachment),
        )
    )
    assert found is not None
    assert [(box.title, list(box.lines)) for box in found.boxes][1:] == [
        ("A network of another stack", ["10.65.0.0/16"])
    ]


def test_a_project_without_gateways_has_no_picture_and_no_addresses() -> None:
    preview = preview_of(step("create", f"{KONNECT}GatewayService", "s", after={"name": "s"}))
    assert picture(preview) is None
    assert address_map(preview) == []


def test_addresses_are_listed_by_region_with_what_they_replace() -> None:
    found = [
        (one.place.key, one.use, str(one.cidr), one.was)
        for one in address_map(recorded("change-prod"))
    ]
    assert found == [
        ("aws-eu-west-1", "gateway network", "10.72.16.0/20", ""),
        ("aws-eu-west-1", "landing", "10.74.0.0/16", ""),
        ("aws-us-east-2", "gateway network", "10.72.32.0/20", "10.72.0.0/20"),
        ("aws-us-east-2", "landing", "10.73.0.0/16", ""),
        ("aws-us-east-2", "behind the link", "10.75.0.0/16", ""),
        ("azure-eastus2", "gateway network", "10.88.0.0/20", ""),
        ("azure-eastus2", "landing", "10.89.0.0/16", ""),
        ("gcp-us-central1", "gateway network", "10.108.0.0/20", ""),
        ("gcp-us-central1", "landing", "10.109.0.0/17", ""),
    ]


def test_networks_of_a_fabric_are_no_landings() -> None:
    hub = "multicloudgateway:index:TransitFabric$multicloudgateway:index:AwsFabricHub"
    vpc, place = "aws:ec2/vpc:Vpc", {"region": "us-east-2"}
    kind = {"kind": "aws-transit-gateway-attachment"}
    preview = preview_of(
        step("create", NETWORK, "g-aws-us-east-2", after={**place, "cidr_block": "10.72.0.0/20"}),
        of_parent(
            f"{hub}$multicloudgateway:index:AwsFabricSpoke$multicloudgateway:index:AwsVpc",
            step("create", vpc, "g-fabric-aws-us-east-2-spoke-shop-vpc", after=SHOP),
        ),
        of_parent(hub, step("create", vpc, "g-fabric-aws-us-east-2-inspection-vpc", after=CHECKED)),
        step("create", vpc, "g-aws-us-east-2-vpc", after={"cidrBlock": "10.73.0.0/16"}),
        step(
            "create",
            ATTACHMENT,
            "g-aws-us-east-2-attachment",
            after={"transit_gateway_attachment_config": kind},
        ),
    )
    assert [(one.use, str(one.cidr)) for one in address_map(preview)] == [
        ("gateway network", "10.72.0.0/20"),
        ("landing", "10.73.0.0/16"),
        ("spoke", "10.72.128.0/20"),
        ("hub", "100.64.0.0/22"),
    ]
    found = picture(preview)
    assert found is not None
    assert [list(box.lines) for box in found.boxes if box.title == "Your VPC"] == [["10.73.0.0/16"]]


SHOP = {"cidrBlock": "10.72.128.0/20"}
CHECKED = {"cidrBlock": "100.64.0.0/22"}


def of_parent(parents: str, event: dict[str, Any]) -> dict[str, Any]:
    """The step of a resource whose parents have these types."""
    metadata = event["resOutputsEvent"]["metadata"]
    named = metadata["urn"].replace(metadata["type"], f"{parents}${metadata['type']}")
    return {"resOutputsEvent": {"metadata": {**metadata, "urn": named}}}


def test_a_bar_places_a_block_within_the_prefix_of_its_cloud() -> None:
    by_cidr = {str(one.cidr): one for one in address_map(recorded("first-dev"))}
    landing = by_cidr["10.65.0.0/16"]
    assert str(landing.within) == "10.64.0.0/15"
    assert (landing.offset, landing.share) == (0.5, 0.5)
    assert by_cidr["10.64.0.0/20"].share == pytest.approx(1 / 32)


def test_a_block_that_is_not_known_yet_is_left_out() -> None:
    inputs = {"region": "us-east-2", "cidr_block": UNKNOWN}
    assert address_map(preview_of(step("create", NETWORK, "n", after=inputs))) == []
