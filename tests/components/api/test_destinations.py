"""Where requests go: one name for all regions, or upstreams by region, cloud or control plane."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from tests.components.api.apis import PER_CLOUD, SHARED, Plane, Shape, built, problems
from tests.components.gateway_mocks import World

BY_CLOUD = {cloud: {"host": f"billing.{cloud}.internal"} for cloud in ("aws", "azure", "gcp")}
CHECKED = {"health_check": {"path": "/health", "interval": 5}}


def hosts(world: World) -> dict[str, str]:
    """The host of the service of each control plane."""
    return {
        one.inputs["control_plane_id"].removesuffix("-id"): one.inputs["host"]
        for one in world.of("konnect:GatewayService")
    }


def targets(world: World) -> dict[str, tuple[str, int, bool]]:
    """Address, weight and failover of each target, by its name in the program."""
    return {
        one.name: (one.inputs["target"], one.inputs["weight"], one.inputs["failover"])
        for one in world.of("konnect:GatewayTarget")
    }


def test_one_host_is_that_of_every_control_plane_and_needs_no_upstream() -> None:
    world, _ = built(PER_CLOUD)
    assert hosts(world) == dict.fromkeys(("aws", "azure", "gcp"), "billing.internal")
    assert world.of("konnect:GatewayUpstream") == []


def test_the_parts_of_a_url_are_those_of_the_service() -> None:
    world, _ = built(SHARED, service={"url": "http://billing.internal:8080/v2/"})
    inputs = world.one("konnect:GatewayService").inputs
    assert [inputs[one] for one in ("protocol", "host", "port", "path")] == [
        "http",
        "billing.internal",
        8080,
        "/v2",
    ]


def test_a_service_without_a_protocol_is_called_by_https() -> None:
    world, _ = built(SHARED)
    inputs = world.one("konnect:GatewayService").inputs
    assert (inputs["protocol"], inputs["port"]) == ("https", 443)


def test_hosts_of_clouds_are_those_of_their_control_planes() -> None:
    world, _ = built(PER_CLOUD, service=None, upstreams=BY_CLOUD)
    assert hosts(world) == {cloud: f"billing.{cloud}.internal" for cloud in BY_CLOUD}


def test_the_key_of_a_region_comes_before_that_of_its_cloud() -> None:
    shape = Shape(
        {"aws-us-east-2": Plane(), "aws-eu-west-1": Plane()},
        {"aws-us-east-2": "aws-us-east-2", "aws-eu-west-1": "aws-eu-west-1"},
    )
    given = {"aws": {"host": "a.internal"}, "aws-eu-west-1": {"host": "eu.internal"}}
    world, _ = built(shape, upstreams=given)
    assert hosts(world) == {"aws-us-east-2": "a.internal", "aws-eu-west-1": "eu.internal"}


def test_a_region_without_an_upstream_of_its_own_has_the_host_of_the_service() -> None:
    world, _ = built(PER_CLOUD, upstreams={"gcp": {"host": "billing.gcp.internal"}})
    assert hosts(world)["gcp"] == "billing.gcp.internal"
    assert hosts(world)["aws"] == "billing.internal"


def test_different_upstreams_of_one_control_plane_are_an_error_with_the_ways_out() -> None:
    given = {"aws": {"host": "a.internal"}, "azure-eastus2": {"host": "b.internal"}}
    assert problems(SHARED, upstreams=given) == [
        "Api billing: upstreams.azure-eastus2: regions aws-us-east-2 and azure-eastus2 are both on "
        "control plane main, whose data planes all have the same configuration, and ask for "
        "different upstreams (upstreams.aws and upstreams.azure-eastus2); write one service.host "
        "that the private DNS of each region resolves to the address nearby; or one upstream with "
        "the targets of both; or ask the owners of the gateway (multicloud-gateway, stack dev) for "
        "control_planes: per-cloud or per-region"
    ]


def test_an_upstream_for_one_of_two_regions_of_a_control_plane_is_the_same_error() -> None:
    (line,) = problems(SHARED, upstreams={"azure": {"host": "b.internal"}})
    assert "(service and upstreams.azure)" in line


def test_equal_upstreams_of_one_control_plane_are_one() -> None:
    same = {"targets": {"blue": {"target": "10.0.0.1"}}}
    world, _ = built(SHARED, upstreams={"aws": same, "azure": same})
    assert targets(world) == {"billing-main-target-blue": ("10.0.0.1:443", 100, False)}


def test_a_control_plane_has_an_upstream_with_its_targets_before_its_service() -> None:
    upstream = {
        **CHECKED,
        "algorithm": "least-connections",
        "targets": {
            "blue": {"target": "10.0.0.1", "weight": 90},
            "green": {"target": "10.0.0.2:8443", "weight": 10},
            "v6": {"target": "fd00::1"},
        },
    }
    world, outputs = built(SHARED, service={"port": 8080, "protocol": "http"}, upstream=upstream)

    made = world.one("konnect:GatewayUpstream")
    assert (made.name, made.inputs["name"]) == ("billing-main-upstream", "billing.upstream")
    assert made.inputs["healthchecks"]["active"]["http_path"] == "/health"
    assert made.inputs["healthchecks"]["active"]["type"] == "http"
    assert targets(world) == {
        "billing-main-target-blue": ("10.0.0.1:8080", 90, False),
        "billing-main-target-green": ("10.0.0.2:8443", 10, False),
        "billing-main-target-v6": ("[fd00::1]:8080", 100, False),
    }
    service = world.one("konnect:GatewayService")
    assert service.inputs["host"] == "billing.upstream"
    assert {one.urn for one in world.of("konnect:GatewayTarget")} <= {*service.depends_on}
    assert outputs["upstream_ids"] == {"main": made.id}


def test_another_cloud_gets_the_requests_while_no_target_nearby_is_healthy() -> None:
    given = {
        "aws": {"host": "a.internal", "failover_to": "azure"},
        "azure": {"targets": {"one": {"target": "10.0.0.1:8443"}}, "failover_to": "aws"},
        "gcp": {"host": "g.internal"},
    }
    world, _ = built(PER_CLOUD, service=None, upstreams=given, upstream=CHECKED)
    assert targets(world) == {
        "billing-aws-target-aws": ("a.internal:443", 100, False),
        "billing-aws-target-failover-one": ("10.0.0.1:8443", 100, True),
        "billing-azure-target-one": ("10.0.0.1:8443", 100, False),
        "billing-azure-target-failover-aws": ("a.internal:443", 100, True),
    }
    assert hosts(world)["gcp"] == "g.internal"


@pytest.mark.parametrize("host", ["10.0.0.1", "fd00::1", "::1", "a-b.example.com", "x"])
def test_a_host_is_a_name_or_an_address(host: str) -> None:
    assert problems(SHARED, service={"host": host}) == []


def test_a_host_may_be_an_output() -> None:
    def given() -> Any:
        target = pulumi.Output.from_input("later.internal")
        return {"main": {"targets": {"a": {"target": target}}}}

    world, _ = built(SHARED, upstreams=given)
    assert targets(world)["billing-main-target-a"][0] == "later.internal:443"


TWO = {"a": {"target": "10.0.0.1"}, "b": {"target": "10.0.0.2", "failover": True}}


@pytest.mark.parametrize(
    ("args", "line"),
    [
        (
            {"upstreams": {"gpc": {"host": "x"}}},
            "upstreams.gpc: is no region, cloud or control plane of the gateway; did you mean gcp?",
        ),
        (
            {"upstreams": {"aws": {}}},
            "upstreams.aws: has neither host nor targets; write one of them",
        ),
        (
            {"upstreams": {"aws": {"host": "x", "failover_to": "aws"}}, "upstream": CHECKED},
            "upstreams.aws.failover_to: is itself; none is known",
        ),
        (
            {"service": None, "upstreams": {"aws": {"host": "x"}, "azure": {"host": "y"}}},
            "upstreams: of gcp-us-central1 is missing; add upstreams.gcp-us-central1, or "
            "service.host",
        ),
        (
            {"service": {"port": 1}},
            "service.host: of aws-us-east-2, aws-eu-west-1 is missing; add "
            "upstreams.aws-us-east-2, or service.host",
        ),
        (
            {"upstream": {"targets": TWO}},
            "upstream.targets.b.failover: would never happen: without a health check no target is "
            "unhealthy; add upstream.health_check",
        ),
        (
            {"upstream": {"targets": TWO, **CHECKED, "algorithm": "sticky-sessions"}},
            'upstream.algorithm: "sticky-sessions" has no failover: Kong would never use the '
            "targets for it; use latency, least-connections, round-robin, or delete failover",
        ),
        (
            {"upstream": {"targets": {"b": TWO["b"]}, **CHECKED}},
            "upstream.targets: has no target with a weight above 0 that is not for failover; add "
            "one: no request would be served",
        ),
        (
            {"upstream": {"targets": TWO, **CHECKED}, "upstreams": {"aws": {"host": "x"}}},
            "upstream.targets: is there beside upstreams; move the targets to upstreams",
        ),
        (
            {"service": {"url": "billing.internal"}},
            'service.url: "billing.internal" is no URL of protocol, host, port and path; begin it '
            "with one of http://, https://, grpc://, grpcs://, tcp://, tls://, ws://, wss://",
        ),
        (
            {"service": {"url": "https://x", "port": 1}},
            "service.port: is there beside url, which has it; delete it, or url",
        ),
        (
            {"service": {"host": "billing.internal:8443"}},
            'service.host: "billing.internal:8443" is no host; write a name or an address, and '
            "port and path beside it; or url",
        ),
        (
            {"upstreams": {"aws": {"host": "https://billing.internal"}}},
            'upstreams.aws.host: "https://billing.internal" is no host; write a name or an '
            "address; a target may have a port",
        ),
        (
            {"service": {"url": "ftp://u:p@x"}},
            "service.url: has credentials; delete them; a plugin can add a header",
        ),
        (
            {"service": {"url": "https://u:p@x"}},
            "service.url: has credentials; delete them; a plugin can add a header",
        ),
    ],
)
def test_what_leads_nowhere_is_an_error_with_its_path(args: dict[str, Any], line: str) -> None:
    assert problems(PER_CLOUD, **args)[0] == f"Api billing: {line}"


def test_an_old_gateway_has_no_failover() -> None:
    shape = Shape({"main": Plane()}, {"aws-us-east-2": "main"}, version="3.11")
    (line,) = problems(shape, upstream={"targets": TWO, **CHECKED})
    assert "needs version 3.12 or later, and the gateway has 3.11" in line


def test_a_region_whose_control_plane_is_not_in_the_contract_is_an_error() -> None:
    shape = Shape({"main": Plane()}, {"aws-us-east-2": "main", "gcp-us-central1": "gcp"})
    assert problems(shape) == [
        "Api billing: region gcp-us-central1 is on control plane gcp, which the contract lacks; "
        "run `pulumi up` of the gateway's stack again"
    ]
