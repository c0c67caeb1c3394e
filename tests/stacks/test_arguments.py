"""From settings to the component's arguments."""

from __future__ import annotations

from ipaddress import IPv4Network

from components.landing.base import GcpNetwork

from components.gateway import RateLimitArgs
from components.regions import ApiAccess, CacheTier, Cloud, Geo
from stacks import settings
from stacks.arguments import gateway_args
from tests.stacks.baseline import BASELINE, PRINCIPAL, with_change


def test_everything_in_the_settings_reaches_the_gateway() -> None:
    value = with_change("regions", 0, "landing", "ports", to=[443, 8443])
    loaded = settings.load("test", value)

    args = gateway_args(loaded)

    assert (args.version, args.geo, args.base_rps) == ("3.13", Geo.EU, 100)
    assert (args.api_access, args.cache_tier) == (ApiAccess.PRIVATE, CacheTier.SMALL)
    assert args.rate_limit == RateLimitArgs(1000, 60, 0.5)
    assert args.protect
    assert (args.description, args.labels) == ("Test gateways", {"env": "test"})
    aws, _, gcp = args.regions
    assert aws.cloud is Cloud.AWS
    assert aws.landing_cidr == IPv4Network("10.65.0.0/16")
    assert aws.reach == (IPv4Network("10.128.0.0/16"),)
    assert aws.ports == (443, 8443)
    assert aws.tags == loaded.tags_for(Cloud.AWS)
    assert gcp.tags == loaded.tags_for(Cloud.GCP)
    assert gcp.ports == (443,)


def test_with_manual_consent_kong_gets_no_role() -> None:
    manual = with_change("azure", to={"consent": "manual"})

    assert gateway_args(settings.load("test", BASELINE)).azure.principal_id == PRINCIPAL
    assert gateway_args(settings.load("test", manual)).azure.principal_id is None


def test_a_landing_in_another_stack_s_network_gets_it_and_no_other_does() -> None:
    landing = {"cidr": "10.97.0.0/16", "network": "organization/network-team/dev"}
    loaded = settings.load("test", with_change("regions", 2, "landing", to=landing))
    network = GcpNetwork(name="shared", project="p", id="projects/p/x", self_link="https://x")

    args = gateway_args(loaded, {"gcp-us-central1": network, "aws-us-east-2": network})

    assert [region.network for region in args.regions] == [None, None, network]
