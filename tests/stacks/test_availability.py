"""Settings held against Konnect's availability document."""

from __future__ import annotations

from typing import Any

import pytest

from stacks.settings import Settings, availability_problems, load

FILE = "stacks/Pulumi.test.yaml"


def environment() -> Settings:
    region = {
        "cloud": "aws",
        "region": "us-east-2",
        "cidr": "10.64.0.0/20",
        "landing": {"cidr": "10.65.0.0/16"},
    }
    required = {"environment": "dev", "geo": "us", "version": "3.13", "regions": [region]}
    return load("test", required)


def lines(settings: Settings, document: dict[str, Any]) -> list[str]:
    return [problem.line(FILE) for problem in availability_problems(settings, document)]


def offered(**changed: Any) -> dict[str, Any]:
    region = {
        "region": "us-east-2",
        "name": "Ohio",
        "availability_zones": ["use2-az1", "use2-az2", "use2-az3"],
        "cidr_blocks": ["10.0.0.0/8"],
        "reserved_cidr_blocks": ["10.100.0.0/16"],
    }
    versions = changed.pop("versions", ["3.12", "3.13"])
    provider = changed.pop("provider", "aws")
    return {
        "versions": versions,
        "instance_types": [],
        "providers": [{"provider": provider, "regions": [{**region, **changed}]}],
        "serverless_v1_providers": [],
    }


def test_an_environment_konnect_offers_has_no_problem() -> None:
    assert lines(environment(), offered()) == []


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (
            {"versions": ["3.11", "3.12"]},
            'gateway.version: "3.13" is not a version Konnect offers; use one of 3.11, 3.12',
        ),
        (
            {"region": "us-east-1"},
            'gateway.regions[0].region: "us-east-2" is not a region Konnect offers in aws; did '
            "you mean us-east-1?",
        ),
        (
            {"provider": "gcp"},
            'gateway.regions[0].region: "us-east-2" is not a region Konnect offers in aws; none '
            "is known",
        ),
        (
            {"availability_zones": ["use2-az1", "use2-az2"]},
            'gateway.regions[0].zones[2]: "use2-az3" is not a zone Konnect offers in us-east-2; '
            "did you mean use2-az1 or use2-az2?",
        ),
        (
            {"cidr_blocks": ["172.16.0.0/12"]},
            'gateway.regions[0].cidr: "10.64.0.0/20" lies outside 172.16.0.0/12; use a block of '
            "/16 to /23 inside 172.16.0.0/12 and outside 10.100.0.0/16",
        ),
        (
            {"reserved_cidr_blocks": ["10.64.0.0/12"]},
            'gateway.regions[0].cidr: "10.64.0.0/20" overlaps 10.64.0.0/12, reserved by Kong; '
            "use a block of /16 to /23 inside 10.0.0.0/8 and outside 10.64.0.0/12",
        ),
        (
            {"cidr_blocks": ["everything"]},
            "gateway: cannot be checked: the availability document is not as Kong publishes it, "
            "at providers.0.regions.0.cidr_blocks.0; check the Konnect server URL that it was "
            "read from",
        ),
    ],
)
def test_what_konnect_does_not_offer_is_told_with_what_it_does(
    changed: dict[str, Any], told: str
) -> None:
    assert lines(environment(), offered(**changed)) == [f"{FILE}: {told}"]


def test_all_that_is_unavailable_is_told_at_once() -> None:
    document = offered(versions=["3.12"], availability_zones=[])
    assert [problem.path for problem in availability_problems(environment(), document)] == [
        ("version",),
        ("regions", 0, "zones", 0),
        ("regions", 0, "zones", 1),
        ("regions", 0, "zones", 2),
    ]


def test_a_document_of_another_kind_is_refused_and_not_ignored() -> None:
    (line,) = lines(environment(), {"message": "not found"})
    assert "cannot be checked" in line


def test_an_environment_on_a_version_that_is_no_longer_offered_can_still_be_changed() -> None:
    old = offered(versions=["3.14"])
    assert list(availability_problems(environment(), old, live_versions={"3.13"})) == []
    (problem,) = availability_problems(environment(), old, live_versions={"3.12"})
    assert problem.path == ("version",)


@pytest.mark.parametrize(
    "changed",
    [{"region": "us-east-1"}, {"availability_zones": []}, {"cidr_blocks": ["172.16.0.0/12"]}],
    ids=["region", "zones", "blocks"],
)
def test_a_region_that_is_live_can_stay_where_konnect_no_longer_offers_it(
    changed: dict[str, Any],
) -> None:
    document = offered(**changed)
    assert list(availability_problems(environment(), document)) != []
    live = list(availability_problems(environment(), document, live_regions=["aws-us-east-2"]))
    assert live == []
