"""The forwarders to a Memorystore, and what a region has instead of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

import pulumi
import pytest

from components.cache.choice import RedisChoice, RedisKind
from components.cache.gcp_forwarders import startup_script
from components.cache.regional import RedisEndpoint
from components.networks.attributes import GcpVpcAttributes
from tests.components.gateway_mocks import World
from tests.components.gateways import AWS, GCP, GCP_EU, args

Build = Callable[..., tuple[World, dict[str, Any]]]
NAME = "gw-gcp-us-central1-redis-forwarders"
FORWARDERS = (
    "RegionInstanceTemplate",
    "RegionInstanceGroupManager",
    "RegionHealthCheck",
    "RegionBackendService",
    "ForwardingRule",
)


def test_the_partial_has_the_address_of_the_load_balancer(build: Build) -> None:
    world, _ = build(args(GCP))

    partial = world.one("konnect:GatewayPartial").inputs["config"]
    assert (partial["host"], partial["port"]) == ("10.97.130.2", 6379)
    assert partial["password"] == "redis-password"
    assert (partial["ssl"], partial["ssl_verify"]) == (True, False)


def test_the_forwarders_are_two_vms_in_two_zones_without_a_way_out(build: Build) -> None:
    world, _ = build(args(GCP))

    group = world.one("RegionInstanceGroupManager").inputs
    assert (group["targetSize"], group["distributionPolicyZones"]) == (2, list(GCP.zones))
    assert group["updatePolicy"] == {
        "type": "PROACTIVE",
        "minimalAction": "REPLACE",
        "maxSurgeFixed": 2,
        "maxUnavailableFixed": 0,
    }
    assert group["waitForInstances"] is True
    template = world.one("RegionInstanceTemplate").inputs
    assert template["networkInterfaces"] == [{"subnetwork": f"{NAME}-subnet-id"}]
    assert "serviceAccount" not in template
    assert template["shieldedInstanceConfig"] == {
        "enableSecureBoot": True,
        "enableVtpm": True,
        "enableIntegrityMonitoring": True,
    }
    assert template["disks"][0]["sourceImage"].startswith("projects/cos-cloud/")


def test_a_region_with_one_zone_has_both_vms_in_it(build: Build) -> None:
    world, _ = build(args(GCP_EU))

    group = world.one("RegionInstanceGroupManager").inputs
    assert (group["targetSize"], group["distributionPolicyZones"]) == (2, ["europe-west1-b"])
    assert group["updatePolicy"]["maxSurgeFixed"] == 1


def test_a_forwarder_gives_packets_the_address_of_redis_and_has_no_secret(build: Build) -> None:
    world, _ = build(args(GCP))

    script = world.one("RegionInstanceTemplate").inputs["metadata"]["startup-script"]
    assert script == startup_script("10.0.0.3", 6379)
    assert "-j DNAT --to-destination 10.0.0.3:6379\n" in script
    assert "-d 10.0.0.3 --dport 6379 -j MASQUERADE\n" in script
    assert "redis-password" not in script
    assert not re.search(r"apt|curl|docker|http", script), "there is no way to the internet"


def test_google_checks_the_way_to_redis_through_each_vm(build: Build) -> None:
    world, _ = build(args(GCP))

    check = world.one("RegionHealthCheck").inputs
    assert check["sslHealthCheck"] == {"port": 6379}
    backend = world.one("RegionBackendService").inputs
    assert (backend["loadBalancingScheme"], backend["protocol"]) == ("INTERNAL", "TCP")
    assert backend["healthChecks"] == f"{NAME}-lb-id"
    assert backend["backends"] == [
        {"group": f"https://gcp/instanceGroups/{NAME}-vms", "balancingMode": "CONNECTION"}
    ]


def test_only_health_checks_and_the_gateway_get_in_to_the_forwarders(build: Build) -> None:
    world, _ = build(args(GCP))

    rules = [one for one in world.of("firewall:Firewall") if "redis" in one.name]
    tag = world.one("RegionInstanceTemplate").inputs["tags"]
    assert {one.name: one.inputs["sourceRanges"] for one in rules} == {
        f"{NAME}-checks": ["130.211.0.0/22", "35.191.0.0/16"],
        f"{NAME}-gateway-{GCP.shape}": ["10.96.0.0/20"],
    }
    for rule in rules:
        assert rule.inputs["targetTags"] == tag
        assert rule.inputs["allows"] == [{"protocol": "tcp", "ports": ["6379"]}]
    depends_on = world.one("ForwardingRule").depends_on
    assert {one.urn for one in rules} <= set(depends_on), "nothing is reached before it is let in"


def test_the_forwarders_have_a_subnetwork_in_the_landing(build: Build) -> None:
    world, _ = build(args(GCP))

    (subnetwork,) = (one for one in world.of(":Subnetwork") if "redis" in one.name)
    assert subnetwork.inputs["ipCidrRange"] == "10.97.130.0/28"
    rule = world.one("ForwardingRule").inputs
    assert (rule["subnetwork"], rule["ports"]) == (f"{NAME}-subnet-id", ["6379"])
    assert "allowGlobalAccess" not in rule, "a gateway counts in its own region only"


def test_in_a_given_network_they_are_in_the_named_subnetwork_and_the_owners_project(
    build: Build,
) -> None:
    subnetwork = "projects/acme/regions/us-central1/subnetworks/redis"
    network = GcpVpcAttributes(
        name="shared",
        project="acme",
        id="projects/acme/global/networks/shared",
        self_link="https://gcp/projects/acme/global/networks/shared",
    )
    redis = RedisChoice(subnetwork=subnetwork)
    world, _ = build(args(replace(GCP, network=network, redis=redis)))

    assert world.of(":Subnetwork") == []
    made = [one for one in world.resources if one.type.startswith("gcp:") and NAME in one.name]
    assert {one.inputs["project"] for one in made} == {"acme"}
    assert world.one("ForwardingRule").inputs["subnetwork"] == subnetwork
    template = world.one("RegionInstanceTemplate").inputs
    assert template["networkInterfaces"] == [{"subnetwork": subnetwork}]


def test_a_new_gateway_network_gets_its_own_rule_before_the_old_one_goes(build: Build) -> None:
    before, _ = build(args(GCP))
    after, _ = build(args(replace(GCP, cidr=IPv4Network("10.96.32.0/20"))))

    def rule(world: World) -> set[str]:
        return {one.name for one in world.of("firewall:Firewall") if "-gateway-" in one.name}

    assert not rule(before) & rule(after)
    kept = {urn for urn in before.urns if "GcpForwarders" in urn} & set(after.urns)
    assert len(kept) == 8, "nothing else of the forwarders is replaced"


def test_a_landing_without_room_is_an_error(build: Build) -> None:
    small = replace(GCP, customer_cidr=IPv4Network("10.97.0.0/28"))
    with pytest.raises(ValueError, match="the forwarders need a block or a subnetwork"):
        build(args(small))


def external() -> RedisEndpoint:
    return RedisEndpoint(
        "redis.shop.internal",
        6380,
        pulumi.Output.secret("their-password"),
        username="kong",
        verify_tls=True,
        server_name="redis.shop",
    )


def test_a_redis_of_the_team_is_used_as_it_is(build: Build) -> None:
    world, _ = build(
        lambda: args(replace(GCP, redis=RedisChoice(RedisKind.EXTERNAL, external=external())))
    )

    assert not [kind for kind in ("Instance", *FORWARDERS) if world.of(f":{kind}")]
    assert world.one("konnect:GatewayPartial").inputs["config"] == {
        "host": "redis.shop.internal",
        "port": 6380,
        "username": "kong",
        "password": "their-password",
        "server_name": "redis.shop",
        "ssl": True,
        "ssl_verify": True,
    }
    assert "their-password" not in str(world.one("index:MultiCloudGateway").inputs)


@pytest.mark.parametrize(
    ("kind", "given"), [(RedisKind.EXTERNAL, None), (RedisKind.FORWARDED, external())]
)
def test_a_choice_and_the_redis_that_is_given_must_agree(
    build: Build, kind: RedisKind, given: RedisEndpoint | None
) -> None:
    redis = RedisChoice(kind, external=given)
    with pytest.raises(ValueError, match=r"region gcp-us-central1: the kind of its redis is"):
        build(lambda: args(replace(GCP, redis=redis)))


def test_a_region_may_count_for_each_data_plane_and_the_contract_says_so(build: Build) -> None:
    world, exported = build(args(AWS, replace(GCP, redis=RedisChoice(RedisKind.LOCAL))))

    assert not [kind for kind in ("Instance", *FORWARDERS) if world.of(f":{kind}")]
    assert world.of("konnect:GatewayPartial") == []
    plugins = {p.inputs["instance_name"]: p.inputs["config"] for p in world.of("GatewayPlugin")}
    assert plugins["gw-gcp-us-central1-rate-limit"]["strategy"] == "local"
    assert plugins["gw-rate-limit"]["strategy"] == "redis"
    planes = exported["control_planes"]
    assert {key: plane["counters"] for key, plane in planes.items()} == {
        "main": "region",
        "gcp-us-central1": "data-plane",
    }
