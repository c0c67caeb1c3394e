"""Ways in for clients that Google offers: the policies of Cloud DNS, and the load balancer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pytest
from pulumi.runtime.mocks import MockResourceArgs

from components.domains.base import DnsService, ZoneArgs
from components.domains.zones import dns_zone
from components.entry.base import EdgeArgs, EntryOrigin, HealthProbe, SteeringArgs
from components.entry.cloud_dns import CloudDnsSteering
from components.entry.google_load_balancer import GoogleLoadBalancer
from components.entry.google_places import nearest_google_region
from components.entry.kinds import Routing
from components.entry.places import PLACES
from components.regions import REGIONS, Cloud
from providers import konnect
from sandbox.clouds.gcp.regions import REGIONS as GOOGLE_REGIONS
from tests.components.gateway_mocks import World, run_program, unmocked

NAME = "api.example.com"
PROOF = "_acme-challenge_abc.api.example.com."


@dataclass
class Authorized(World):
    """Mocks that give a DNS authorization the record that it asks for."""

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        id_, outputs = super().new_resource(args)
        if args.typ.endswith(":DnsAuthorization"):
            record = {"name": PROOF, "type": "CNAME", "data": "x.authorize.example."}
            outputs["dnsResourceRecords"] = [record]
        return id_, outputs


@pytest.fixture(autouse=True)
def _unmocked() -> Iterator[None]:
    yield
    unmocked()


Origin = Callable[[], EntryOrigin]
"""Makes an origin. An output needs the event loop of the program that it is in."""


def origin(cloud: Cloud, region: str, **more: Any) -> Origin:
    key = f"{cloud.value}-{region}"
    return lambda: EntryOrigin(
        key, cloud, region, pulumi.Output.from_input(f"k.{key}.example"), **more
    )


FRANKFURT = origin(Cloud.AWS, "eu-central-1")
IOWA = origin(Cloud.GCP, "us-central1")


def zone_in(service: DnsService) -> Any:
    args = ZoneArgs("example.com", service, managed_zone="z", resource_group="g")
    return dns_zone("zone", args, pulumi.ComponentResource("test:index:Parent", "parent"))


def policies(
    origins: Sequence[Origin], routing: Routing = Routing.GEOPROXIMITY
) -> dict[str, dict[str, Any]]:
    """The routing policy of each record set, by its name."""

    def make(provider: konnect.Provider) -> Any:
        del provider
        zone = zone_in(DnsService.CLOUD_DNS)
        args = SteeringArgs(NAME, zone, [one() for one in origins], HealthProbe(), 60, routing)
        CloudDnsSteering("steered", args)
        return {}

    world, _ = run_program(make)
    return {
        record.inputs["name"]: record.inputs["routingPolicy"]
        for record in world.of(":RecordSet")
        if (record.inputs["type"], record.inputs["ttl"]) == ("CNAME", 60)
    }


def geo(location: str, data: str) -> dict[str, Any]:
    return {"location": location, "rrdatas": [data]}


def weighted(**shares: int) -> dict[str, Any]:
    items = [
        {"weight": weight, "rrdatas": [f"k.{key.replace('_', '-')}.example."]}
        for key, weight in shares.items()
    ]
    return {"wrrs": items}


def test_a_place_leads_to_the_region_that_is_nearest_to_it() -> None:
    assert policies([IOWA, FRANKFURT]) == {
        f"{NAME}.": {
            "geos": [
                geo("europe-west3", "k.aws-eu-central-1.example."),
                geo("us-central1", "k.gcp-us-central1.example."),
            ]
        }
    }


def test_a_drained_region_leaves_its_place_to_others() -> None:
    drained = origin(Cloud.AWS, "eu-central-1", drained=True)
    assert policies([IOWA, drained])[f"{NAME}."] == {
        "geos": [geo("us-central1", "k.gcp-us-central1.example.")]
    }


@pytest.mark.parametrize(
    ("more", "shares"),
    [
        ({"weight": 20}, {"aws_eu_central_1": 100, "azure_germanywestcentral": 20}),
        ({"drained": True}, {"aws_eu_central_1": 100, "azure_germanywestcentral": 0}),
    ],
)
def test_regions_at_one_place_share_its_clients_under_a_name_of_their_own(
    more: dict[str, Any], shares: dict[str, int]
) -> None:
    found = policies([IOWA, FRANKFURT, origin(Cloud.AZURE, "germanywestcentral", **more)])
    assert found[f"europe-west3.{NAME}."] == weighted(**shares)
    assert geo("europe-west3", f"europe-west3.{NAME}.") in found[f"{NAME}."]["geos"]


def test_a_place_whose_regions_are_all_drained_keeps_its_name_and_gets_no_clients() -> None:
    both = [
        origin(cloud, region, drained=True)
        for cloud, region in ((Cloud.AWS, "eu-central-1"), (Cloud.AZURE, "germanywestcentral"))
    ]
    found = policies([IOWA, *both])
    assert found[f"europe-west3.{NAME}."] == weighted(
        aws_eu_central_1=1, azure_germanywestcentral=1
    )
    assert [item["location"] for item in found[f"{NAME}."]["geos"]] == ["us-central1"]


def test_by_weight_a_drained_region_stays_with_the_weight_0() -> None:
    drained = origin(Cloud.AWS, "eu-central-1", drained=True)
    assert policies([IOWA, drained], Routing.WEIGHTED) == {
        f"{NAME}.": weighted(gcp_us_central1=100, aws_eu_central_1=0)
    }


@pytest.mark.parametrize(
    ("origins", "said"),
    [
        ([origin(Cloud.GCP, "us-central1", drained=True)], "gcp-us-central1.*would lead nowhere"),
        ([IOWA, origin(Cloud.AWS, "moon-1")], "aws-moon-1: its place on the map is not known"),
    ],
)
def test_what_cloud_dns_cannot_steer_is_an_error(origins: list[Origin], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        policies(origins)


def test_a_name_of_another_dns_service_is_an_error() -> None:
    def make(provider: konnect.Provider) -> Any:
        del provider
        zone = zone_in(DnsService.AZURE_DNS)
        args = SteeringArgs(NAME, zone, [IOWA()], HealthProbe(), 60, Routing.WEIGHTED)
        CloudDnsSteering("steered", args)

    with pytest.raises(ValueError, match=r"its zone example\.com is not in Cloud DNS"):
        run_program(make)


@pytest.mark.parametrize(
    ("cloud", "region", "near"),
    [
        (Cloud.AWS, "us-east-2", "us-east5"),
        (Cloud.AWS, "us-east-1", "us-east4"),
        (Cloud.AZURE, "northeurope", "europe-west2"),
        (Cloud.GCP, "me-west1", "me-west1"),
        (Cloud.AWS, "moon-1", None),
    ],
)
def test_the_nearest_region_of_google_is_found(cloud: Cloud, region: str, near: str | None) -> None:
    assert nearest_google_region(cloud, region) == near


def test_every_documented_region_is_near_a_region_that_google_has() -> None:
    for cloud, regions in REGIONS.items():
        for region in regions:
            if region in PLACES[cloud]:
                assert nearest_google_region(cloud, region) in GOOGLE_REGIONS


def edge(
    origins: Sequence[Origin], *, ours: bool = True, secret: str | None = None, **more: Any
) -> tuple[World, Any]:
    def make(provider: konnect.Provider) -> Any:
        del provider
        zones = {NAME: zone_in(DnsService.CLOUD_DNS) if ours else None}
        if secret is not None:
            more["origin_secret"] = pulumi.Output.secret(secret)
        args = EdgeArgs([NAME], zones, [one() for one in origins], HealthProbe(), **more)
        made = GoogleLoadBalancer("edge", args)
        by_hand = [(record.name, record.values) for record in made.records]
        return {"records": by_hand}

    world, returned = run_program(make, world=Authorized())
    return world, returned


def test_the_edge_shares_requests_and_sends_its_secret() -> None:
    drained = origin(Cloud.AWS, "eu-central-1", drained=True)
    world, _ = edge([IOWA, drained], secret="s3cret")
    (url_map,) = world.of(":URLMap")
    assert url_map.inputs["defaultRouteAction"]["weightedBackendServices"] == [
        {"backendService": "edge-gcp-us-central1-id", "weight": 100},
        {"backendService": "edge-aws-eu-central-1-id", "weight": 0},
    ]
    services = world.of(":BackendService")
    assert [one.inputs["customRequestHeaders"] for one in services] == [
        ["x-origin-verify: s3cret"]
    ] * 2
    assert all(one.inputs["securityPolicy"] == "edge-waf-id" for one in services)


def test_without_a_firewall_there_is_no_policy() -> None:
    world, _ = edge([IOWA], waf=False)
    assert world.of(":SecurityPolicy") == []
    (service,) = world.of(":BackendService")
    assert "securityPolicy" not in service.inputs
    assert "customRequestHeaders" not in service.inputs


def test_the_proof_of_a_name_is_written_to_its_zone_or_returned() -> None:
    world, returned = edge([IOWA])
    (proof,) = world.of(":RecordSet")
    assert (proof.inputs["name"], proof.inputs["rrdatas"]) == (PROOF, ["x.authorize.example."])
    (certificate,) = world.of(":Certificate")
    assert proof.urn in certificate.depends_on
    assert returned["records"] == []
    unmocked()

    world, returned = edge([IOWA], ours=False)
    assert world.of(":RecordSet") == []
    assert returned["records"] == [(PROOF.rstrip("."), ["x.authorize.example"])]


def test_an_edge_that_would_lead_nowhere_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"edge: all regions \(gcp-us-central1\) are drained"):
        edge([origin(Cloud.GCP, "us-central1", drained=True)])
