"""CloudFront in front of all regions: the region of a request, the certificate, the secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pulumi
import pytest
from pulumi.runtime.mocks import MockResourceArgs
from py_mini_racer import MiniRacer

from components.entry.base import EdgeArgs, EntryOrigin, HealthProbe
from components.entry.cloudfront import CloudFrontEdge, choosing_code
from components.regions import Cloud
from providers import konnect
from tests.components.gateway_mocks import World, run_program, unmocked

NAME = "api.example.com"


@dataclass(frozen=True)
class Origin:
    """A region; its output is made inside of the program that uses it."""

    region: str
    more: dict[str, Any]

    def made(self) -> EntryOrigin:
        name = pulumi.Output.from_input(f"{self.region}.example")
        return EntryOrigin(f"aws-{self.region}", Cloud.AWS, self.region, name, **self.more)


def origin(region: str, **more: Any) -> Origin:
    return Origin(region, more)


@dataclass
class Acm(World):
    """Mocks in which ACM asks for a record for each name."""

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        id_, outputs = super().new_resource(args)
        if args.typ.endswith("acm/certificate:Certificate"):
            names = [args.inputs["domainName"], *args.inputs.get("subjectAlternativeNames", [])]
            outputs["domainValidationOptions"] = [
                {
                    "domainName": name,
                    "resourceRecordName": f"_proof.{name}.",
                    "resourceRecordType": "CNAME",
                    "resourceRecordValue": "_token.acm-validations.aws.",
                }
                for name in names
            ]
        return id_, outputs


@pytest.fixture(autouse=True)
def _unmocked() -> Iterator[None]:
    yield
    unmocked()


def built(*origins: Origin, **more: Any) -> tuple[World, Any]:
    def make(provider: konnect.Provider) -> Any:
        made = [one.made() for one in origins]
        given = EdgeArgs([NAME], {NAME: None}, made, HealthProbe())
        edge = CloudFrontEdge("edge", replace(given, **more))
        return [[record.name, record.values] for record in edge.records]

    return run_program(make, world=Acm())


def chosen(shares: dict[str, int], method: str, requests: int = 3000) -> dict[str, int]:
    """How many requests each origin, or pair of origins, gets when the function runs."""
    mock = (
        "const got = {}; const count = (key) => { got[key] = (got[key] || 0) + 1; };"
        "const cf = { selectRequestOriginById: count,"
        " createRequestOriginGroup: (group) => count(group.originIds.join()) };"
    )
    code = choosing_code(shares).replace("import cf from 'cloudfront';", mock)
    run = f"for (let i = 0; i < {requests}; i++) handler({{ request: {{ method: '{method}' }} }});"
    found: dict[str, int] = json.loads(str(MiniRacer().eval(f"{code}{run}JSON.stringify(got);")))
    return found


def test_requests_are_shared_by_weight_and_a_drained_region_gets_none() -> None:
    found = chosen({"a": 100, "b": 50, "c": 0}, "POST")
    assert found.keys() == {"a", "b"}
    assert 0.55 < found["a"] / 3000 < 0.78


def test_a_request_that_only_reads_names_the_region_to_try_next() -> None:
    assert chosen({"a": 1, "b": 1}, "GET").keys() == {"a,b", "b,a"}
    assert chosen({"a": 1, "b": 0}, "GET").keys() == {"a"}


def test_the_function_names_the_regions_with_a_share() -> None:
    world, _ = built(origin("one", weight=30), origin("two", drained=True), origin("three"))
    code = world.one("cloudfront/function:Function").inputs["code"]
    assert code.startswith("import cf from 'cloudfront';\n")
    assert 'SHARES = [["aws-one", 30], ["aws-three", 100]]' in code


def test_a_drain_changes_the_function_and_not_the_distribution() -> None:
    worlds = [built(origin("one", drained=drained), origin("two"))[0] for drained in (False, True)]
    codes, distributions = (
        [world.one(suffix).inputs for world in worlds] for suffix in (":Function", ":Distribution")
    )
    assert codes[0]["code"] != codes[1]["code"]
    assert distributions[0] == distributions[1]


def test_one_region_needs_no_function() -> None:
    world, _ = built(origin("one"))
    assert world.of(":Function") == []
    behavior = world.one(":Distribution").inputs["defaultCacheBehavior"]
    assert behavior["functionAssociations"] == []


def test_a_record_of_a_zone_that_is_not_ours_is_to_be_written_by_hand() -> None:
    world, records = built(origin("one"))
    assert records == [[f"_proof.{NAME}", ["_token.acm-validations.aws"]]]
    validation = world.one("CertificateValidation").inputs
    assert validation["validationRecordFqdns"] == [f"_proof.{NAME}"]
    assert world.one("acm/certificate:Certificate").inputs["region"] == "us-east-1"


def test_the_firewall_is_left_out_when_it_is_not_wanted() -> None:
    assert built(origin("one"))[0].one(":Distribution").inputs["webAclId"]
    world, _ = built(origin("one"), waf=False)
    assert world.of(":WebAcl") == []
    assert "webAclId" not in world.one(":Distribution").inputs


def test_all_regions_cannot_be_drained() -> None:
    with pytest.raises(ValueError, match=r"all regions \(aws-one, aws-two\) are drained"):
        built(origin("one", drained=True), origin("two", weight=0))
