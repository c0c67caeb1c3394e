"""Names of clients under Pulumi's mocks: what leads where, and what has a certificate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components.domains.base import DnsService, ZoneArgs, zone_of
from components.domains.custom_domain import CertificateArgs, DomainArgs, require_caa
from components.entry.clients import ClientsArgs, public_name
from components.entry.entry import EntryArgs
from components.entry.kinds import Strategy
from components.gateway import MultiCloudGateway
from components.load_balancers.base import LoadBalancerChoice, LoadBalancerKind
from components.regions import ApiAccess
from providers import konnect
from tests.components.gateway_mocks import World, run_program, unmocked
from tests.components.gateways import AWS, AZURE, GCP, args

API = "api.example.com"
ZONES = {"example.com": ZoneArgs("example.com", DnsService.ROUTE53, create=True)}
CERTIFICATE = CertificateArgs("{vault://konnect/cert}", "{vault://konnect/key}")


@pytest.fixture(autouse=True)
def _unmocked() -> Iterator[None]:
    yield
    unmocked()


def geo(*keys: str) -> EntryArgs:
    return EntryArgs(Strategy.GEO, {API: keys})


def built(*regions: Any, clients: ClientsArgs, **more: Any) -> World:
    def make(provider: konnect.Provider) -> Any:
        opts = pulumi.ResourceOptions(providers=[provider])
        gateway = MultiCloudGateway("gw", args(*regions, clients=clients, **more), opts)
        return pulumi.Output.all(*[one.ready for one in gateway.clients.domains.values()])

    world, _ = run_program(make)
    return world


def test_a_name_of_two_control_planes_has_konnects_certificate_on_one_and_yours_on_the_other() -> (
    None
):
    clients = ClientsArgs(
        ZONES,
        [DomainArgs(API, certificate=CERTIFICATE)],
        geo("aws-us-east-2", "gcp-us-central1"),
    )
    world = built(AWS, GCP, clients=clients)
    domain = world.one("konnect:CloudGatewayCustomDomain")
    assert domain.inputs["control_plane_id"] == "gw-control-plane-id"
    certificate, sni = world.one("konnect:GatewayCertificate"), world.one("konnect:GatewaySni")
    other = "gw-gcp-us-central1-control-plane-id"
    assert (certificate.inputs["control_plane_id"], sni.inputs["name"]) == (other, API)
    assert certificate.inputs["key"] == "{vault://konnect/key}"
    records = {one.inputs.get("setIdentifier", "acme"): one for one in world.of("record:Record")}
    assert records["aws-us-east-2"].inputs["records"] == ["us-east-2.example"]
    assert records["gcp-us-central1"].inputs["records"] == ["us-central1.example"]
    assert records["acme"].inputs["records"] == [
        "_acme-challenge.gw-control-plane.acme.gateways.konggateway.com"
    ]


def test_a_second_control_plane_without_a_certificate_is_an_error() -> None:
    clients = ClientsArgs(ZONES, [DomainArgs(API)], geo("aws-us-east-2", "gcp-us-central1"))
    with pytest.raises(ValueError, match="served by control plane gcp-us-central1 too"):
        built(AWS, GCP, clients=clients)


def test_a_name_leads_to_the_load_balancer_of_a_private_gateway() -> None:
    subnets = {"a": "subnet-1", "b": "subnet-2"}
    choice = LoadBalancerChoice(LoadBalancerKind.NETWORK, internal=False, subnet_ids=subnets)
    clients = ClientsArgs(ZONES, [DomainArgs(API)], geo("aws-us-east-2"))
    region = replace(AWS, load_balancer=choice)
    world = built(region, clients=clients, api_access=ApiAccess.PRIVATE)
    balancer = world.one("lb/loadBalancer:LoadBalancer")
    record = next(one for one in world.of("record:Record") if "setIdentifier" in one.inputs)
    assert record.inputs["records"] == [f"{balancer.name}.elb.example"]


def test_a_zone_is_created_or_looked_up_once_for_all_names_in_it() -> None:
    clients = ClientsArgs(ZONES, [DomainArgs(API), DomainArgs("old.example.com")], None)
    world = built(AWS, AZURE, clients=clients)
    assert world.one("zone:Zone").inputs["name"] == "example.com"
    assert sorted(one.inputs["name"] for one in world.of("record:Record")) == [
        "_acme-challenge.api.example.com",
        "_acme-challenge.old.example.com",
        "api.example.com",
        "old.example.com",
    ]


@pytest.mark.parametrize(
    ("fqdn", "zone"),
    [
        ("a.b.example.com", "b.example.com"),
        ("b.example.com", "b.example.com"),
        ("c.example.com", "example.com"),
        ("myexample.com", None),
    ],
)
def test_a_name_is_in_the_zone_with_the_longest_matching_suffix(fqdn: str, zone: str) -> None:
    assert zone_of(fqdn, ["example.com", "b.example.com"]) == zone


@pytest.mark.parametrize(
    ("sets", "allowed"),
    [
        ({}, True),
        ({"example.com": ['0 issue "pki.goog"']}, True),
        ({"example.com": ['0 issue "pki.goog; validationmethods=dns-01"']}, True),
        ({"example.com": ['0 issue "amazon.com"']}, False),
        ({"example.com": ['0 issue "amazon.com"'], API: ['0 issue "pki.goog"']}, True),
        ({"example.com": ['0 issue "pki.goog"'], API: ['0 issue ";"']}, False),
        ({"example.com": ['0 iodef "mailto:a@example.com"']}, True),
        ({"com": ['0 issue "amazon.com"']}, True),
    ],
)
def test_the_nearest_caa_records_decide_about_a_certificate(
    sets: dict[str, list[str]], allowed: bool
) -> None:
    if allowed:
        require_caa(API, "example.com", sets)
        return
    with pytest.raises(konnect.ProviderError, match=r"issues its certificate: add the CAA record"):
        require_caa(API, "example.com", sets)


def test_an_isolated_region_whose_data_planes_konnect_has_lost_has_a_name_that_never_resolves() -> (
    None
):
    assert public_name([], "aws-us-east-2", drained=True) == "aws-us-east-2.invalid"
    assert public_name(["a.example.com"], "aws-us-east-2", drained=True) == "a.example.com"
    with pytest.raises(
        konnect.ProviderError, match="aws-us-east-2: its data planes have no public name"
    ):
        public_name([], "aws-us-east-2")
