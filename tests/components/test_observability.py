"""Telemetry of each control plane and region, and the dashboards of a gateway."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from components.governance import GovernanceChoice, PluginDeclaration
from components.observability import (
    DASHBOARDS,
    HttpLogArgs,
    OpenTelemetryArgs,
    OtlpEndpoints,
    Place,
    TelemetryArgs,
    dashboard_definition,
    telemetry_plugins,
)
from components.placement import Placement
from components.regions import Cloud
from providers.base.model import check
from providers.konnect.analytics.dashboard import DashboardInputs
from tests.components.gateway_mocks import Registered, World
from tests.components.gateways import AWS, AZURE, GCP, Build, args

TRACES = "http://otel.shop.internal:4318/v1/traces"
TELEMETRY = TelemetryArgs(
    OpenTelemetryArgs(
        OtlpEndpoints(traces=TRACES),
        headers={"Authorization": "{vault://platform/otel}"},
        sampling_rate=0.25,
        instrumentations=("request", "balancer"),
        attributes={"team": "platform"},
    ),
    HttpLogArgs("https://logs.shop.internal/kong"),
)


def plugins_of(world: World, plane: str) -> dict[str, Registered]:
    """The plugins of a control plane by name."""
    return {
        one.inputs["name"]: one
        for one in world.of("konnect:GatewayPlugin")
        if one.inputs["control_plane_id"] == f"{plane}-control-plane-id"
    }


def environments(world: World) -> dict[str, dict[str, str]]:
    """The environment variables of each data-plane group, by region."""
    return {
        group["region"]: {one["name"]: one["value"] for one in group.get("environment", ())}
        for one in world.of("konnect:CloudGatewayConfiguration")
        for group in one.inputs["dataplane_groups"]
    }


def test_every_control_plane_has_the_telemetry_plugins_with_its_own_attributes(
    build: Build,
) -> None:
    world, _ = build(args(AWS, AZURE, GCP, telemetry=TELEMETRY, rate_limit=None))

    shared = plugins_of(world, "gw")
    apart = plugins_of(world, "gw-gcp-us-central1")
    assert set(shared) == set(apart) == {"opentelemetry", "http-log"}
    config = shared["opentelemetry"].inputs["config"]
    assert config["traces_endpoint"] == TRACES
    assert config["sampling_rate"] == 0.25
    assert config["headers"] == {"Authorization": "{vault://platform/otel}"}
    assert config["resource_attributes"] == {"kong.control_plane": "gw", "team": "platform"}
    assert apart["opentelemetry"].inputs["config"]["resource_attributes"] == {
        "cloud.provider": "gcp",
        "cloud.region": "us-central1",
        "kong.control_plane": "gw-gcp-us-central1",
        "team": "platform",
    }
    assert apart["http-log"].inputs["config"]["custom_fields_by_lua"] == {
        "cloud_provider": 'return "gcp"',
        "cloud_region": 'return "us-central1"',
        "control_plane": 'return "gw-gcp-us-central1"',
    }


def test_a_name_with_other_letters_is_written_as_lua_reads_it() -> None:
    places = [Place(Cloud.AWS, "eu-west-3")]
    (log,) = telemetry_plugins(
        TelemetryArgs(http_log=TELEMETRY.http_log), "caf\u00e9", places
    ).values()
    assert log.config["custom_fields_by_lua"]["control_plane"] == 'return "caf\u00e9"'


def test_data_planes_get_their_region_by_the_environment_of_their_group(build: Build) -> None:
    world, _ = build(args(AWS, AZURE, GCP, telemetry=TELEMETRY, rate_limit=None))

    assert environments(world) == {
        one.region: {
            "OTEL_RESOURCE_ATTRIBUTES": f"cloud.provider={one.cloud},cloud.region={one.region}",
            "KONG_TRACING_INSTRUMENTATIONS": "request,balancer",
        }
        for one in (AWS, AZURE, GCP)
    }


def test_logs_alone_change_no_environment(build: Build) -> None:
    telemetry = TelemetryArgs(http_log=TELEMETRY.http_log)
    world, _ = build(args(AWS, telemetry=telemetry, rate_limit=None))
    assert environments(world) == {"us-east-2": {}}


def test_a_region_with_a_control_plane_of_its_own_has_its_own_collector(build: Build) -> None:
    assert TELEMETRY.opentelemetry is not None
    own = OtlpEndpoints(metrics="http://otel.ohio.internal:4318/v1/metrics")
    otel = replace(TELEMETRY.opentelemetry, regions={"aws-us-east-2": own})
    per_region = {"control_planes": Placement.PER_REGION, "rate_limit": None}
    world, _ = build(args(AWS, AZURE, telemetry=TelemetryArgs(otel), **per_region))

    ohio = plugins_of(world, "gw-aws-us-east-2")["opentelemetry"].inputs["config"]
    assert ohio["metrics"]["endpoint"] == own.metrics
    assert "traces_endpoint" not in ohio
    virginia = plugins_of(world, "gw-azure-eastus2")["opentelemetry"].inputs["config"]
    assert virginia["traces_endpoint"] == TRACES


def test_a_region_of_a_shared_control_plane_cannot_have_its_own_collector(build: Build) -> None:
    log = HttpLogArgs("https://logs.internal", {"aws-us-east-2": "https://ohio.internal"})
    with pytest.raises(Exception, match="control plane gw has 2 regions with the same plugins"):
        build(args(AWS, AZURE, telemetry=TelemetryArgs(http_log=log)))


def test_a_declared_plugin_of_the_same_key_takes_the_place_of_telemetry(build: Build) -> None:
    declared = PluginDeclaration("http-log", {"http_endpoint": "https://own.internal"})
    choice = GovernanceChoice({"http-log": declared})
    world, _ = build(args(AWS, telemetry=TELEMETRY, governance=choice, rate_limit=None))
    config = plugins_of(world, "gw")["http-log"].inputs["config"]
    assert config == {"http_endpoint": "https://own.internal"}


def test_a_gateway_has_the_dashboards_that_are_wanted(build: Build) -> None:
    world, _ = build(args(AWS, GCP, dashboards=("traffic", "ai"), labels={"team": "platform"}))
    made = {one.name: one for one in world.of("konnect:Dashboard")}
    assert {one.inputs["name"] for one in made.values()} == {"gw traffic", "gw ai"}
    for one in made.values():
        (preset,) = one.inputs["definition"]["preset_filters"]
        assert sorted(preset["value"]) == [
            "gw-control-plane-id",
            "gw-gcp-us-central1-control-plane-id",
        ]
        assert one.inputs["labels"] == {"team": "platform"}


def test_without_the_settings_a_gateway_has_no_dashboard_and_no_telemetry(build: Build) -> None:
    world, _ = build(args(AWS, AZURE))
    assert world.of("konnect:Dashboard") == []
    assert environments(world) == {"us-east-2": {}, "eastus2": {}}


@pytest.mark.parametrize("kind", DASHBOARDS)
def test_a_dashboard_fits_the_published_document_and_no_tiles_overlap(kind: Any) -> None:
    plane = "7f9fd312-a987-4628-b4c5-bb4f4fddd5f7"
    definition = dashboard_definition(kind, [plane])
    checked = check(DashboardInputs, {"name": kind, "definition": definition})
    assert checked.failures == []
    cells = [
        (tile["layout"]["position"]["row"] + down, tile["layout"]["position"]["col"] + right)
        for tile in definition["tiles"]
        for down in range(tile["layout"]["size"]["rows"])
        for right in range(tile["layout"]["size"]["cols"])
    ]
    assert len(cells) == len(set(cells))
