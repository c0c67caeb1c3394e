"""From settings to the component's arguments."""

from __future__ import annotations

from ipaddress import IPv4Network

from components.governance import RateLimitArgs
from components.networks.attributes import GcpVpcAttributes
from components.placement import Placement
from components.regions import ApiAccess, CacheTier, Cloud
from stacks import settings
from stacks.arguments import gateway_args
from stacks.given_networks import GivenNetwork
from tests.stacks.baseline import BASELINE, PRINCIPAL, with_change


def test_everything_in_the_settings_reaches_the_gateway() -> None:
    value = with_change("regions", 0, "landing", "ports", to=[443, 8443])
    loaded = settings.load("test", value)

    args = gateway_args(loaded)

    assert (args.version, args.base_rps) == ("3.13", 100)
    assert (args.api_access, args.cache_tier) == (ApiAccess.PRIVATE, CacheTier.SMALL)
    assert args.rate_limit == RateLimitArgs(1000, 60, 0.5)
    assert args.protect
    assert args.control_planes is Placement.SHARED
    assert (args.description, args.labels) == ("Test gateways", {"env": "test"})
    aws, _, gcp = args.regions
    assert aws.cloud is Cloud.AWS
    assert aws.customer_cidr == IPv4Network("10.65.0.0/16")
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
    document = with_change("regions", 2, "landing", to=landing)
    loaded = settings.load("test", {**document, "cache": None})
    network = GcpVpcAttributes(name="shared", project="p", id="projects/p/x", self_link="https://x")
    given = GivenNetwork(network)

    args = gateway_args(loaded, {"gcp-us-central1": given, "aws-us-east-2": given})

    assert [region.network for region in args.regions] == [None, None, network]


def test_a_region_that_is_live_is_told_where_it_is_and_a_new_one_is_not() -> None:
    loaded = settings.load("test", with_change("control_planes", to="per-region"))

    args = gateway_args(loaded, placement={"gcp-us-central1": "gcp-us-central1"})

    assert args.control_planes is Placement.PER_REGION
    assert [region.control_plane for region in args.regions] == [None, None, "gcp-us-central1"]


def test_a_protected_environment_protects_its_zones_and_its_edge() -> None:
    changes = {
        "api_access": "public",
        "zones": {"api.example.com": {"service": "route53", "create": True}},
        "entry": {
            "strategy": "edge",
            "name": "www.api.example.com",
            "edge": {"service": "front-door"},
        },
    }

    for protect in (True, False):
        loaded = settings.load("test", {**BASELINE, **changes, "protect": protect})
        clients = gateway_args(loaded).clients
        assert clients is not None
        assert clients.entry is not None
        assert clients.entry.edge is not None
        assert clients.entry.edge.protect is protect
        assert [zone.protect for zone in clients.zones.values()] == [protect]
