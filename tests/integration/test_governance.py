"""Governance through the real engine: a preset on two control planes, from mistakes to destroy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.integration.conftest import World
from tests.integration.test_mistakes import diagnostics

MakeWorld = Callable[..., World]
Settings = dict[str, Any]

KEYS = (
    *("bot-detection", "correlation-id", "key-auth", "logs", "opentelemetry", "rate-limit"),
    "size-limit",
)
LOG_TOKEN = "canary-of-the-log-4be1907c"
SECRET_PATH = "multicloud-gateway:gateway.governance.plugins.logs.config.headers.Authorization"


def governed(settings: Settings) -> None:
    settings["control_planes"] = "per-cloud"
    settings["observability"] = {
        "dashboards": ["traffic", "ai"],
        "telemetry": {
            "opentelemetry": {
                "endpoints": {"traces": "http://otel.shop.internal:4318/v1/traces"},
                "sampling_rate": 0.5,
            }
        },
    }
    settings["governance"] = {
        "preset": "public-api",
        "plugins": {
            "size-limit": {
                "control_planes": {"azure": {"config": {"allowed_payload_size": 64}}},
            },
            "logs": {
                "plugin": "http-log",
                "config": {"http_endpoint": "https://logs.example.com", "headers": {}},
            },
        },
    }


def mistaken(settings: Settings) -> None:
    plugins = settings["governance"]["plugins"]
    plugins["key-auth"] = {"config": {"key_in_hedaer": True}}
    plugins["ratelimit"] = {}
    plugins["acl"] = {"config": {"allow": ["a"]}, "consumer_group": "gold"}
    plugins["logs"]["config"]["headers"] = {"Authorization": LOG_TOKEN}


MISTAKES = {
    "gateway.governance.plugins.key-auth.config.key_in_hedaer": "did you mean key_in_header?",
    "gateway.governance.plugins.ratelimit": "is not a plugin of gateway 3.13",
    "gateway.governance.plugins.acl.consumer_group": "is no scope of acl",
    "gateway.governance.plugins.logs.config.headers.Authorization": "credential in plain text",
}


def plugins_on(world: World, plane: str) -> dict[str, dict[str, Any]]:
    """The plugins of a control plane in Konnect, by key."""
    prefix = f"gateway-dev-{plane}-"
    return {
        body["instance_name"].removeprefix(prefix): {"id": id_, **body}
        for id_, body in world.sandbox.konnect("plugins").items()
        if body["instance_name"].startswith(prefix)
    }


def environments(world: World) -> dict[str, dict[str, str]]:
    """The environment variables of the data-plane groups in Konnect, by cloud and region."""
    return {
        f"{group['provider']} {group['region']}": {
            one["name"]: one["value"] for one in group["environment"]
        }
        for one in world.sandbox.konnect("configurations").values()
        for group in one["dataplane_group_config"]
    }


def test_a_preset_with_an_override_goes_from_mistakes_to_an_update_in_place_and_away(
    make_world: MakeWorld,
) -> None:
    world = make_world(speed=2000)
    world.init("dev")
    world.settings("dev", governed)
    world.settings("dev", mistaken)

    refused = world.run("preview", "--stack", "dev")
    assert refused.code != 0
    lines = diagnostics(refused.output)
    for path, wrong in MISTAKES.items():
        (line,) = [line for line in lines if f"{path}: " in line]
        assert wrong in line
    assert LOG_TOKEN not in refused.output
    assert world.sandbox.writes() == []

    world.settings("dev", governed)
    world.project.ok(
        "config", "set", "--secret", "--path", SECRET_PATH, LOG_TOKEN, "--stack", "dev"
    )
    world.up("dev")
    made = {plane: plugins_on(world, plane) for plane in ("aws", "azure")}
    assert [tuple(sorted(plugins)) for plugins in made.values()] == [KEYS, KEYS]
    for key in KEYS:
        configs = [dict(made[plane][key]["config"]) for plane in ("aws", "azure")]
        for config in configs:
            config.pop("namespace", None)
        if key == "opentelemetry":
            clouds = [config.pop("resource_attributes")["cloud.provider"] for config in configs]
            assert clouds == ["aws", "azure"]
        if key == "size-limit":
            assert [config.pop("allowed_payload_size") for config in configs] == [8, 64]
        assert configs[0] == configs[1], key
    assert made["aws"]["rate-limit"]["config"]["strategy"] == "redis"
    assert made["aws"]["logs"]["config"]["headers"] == {"Authorization": LOG_TOKEN}
    assert [name for name, text in world.everything_written() if LOG_TOKEN in text] == []
    dashboards = world.sandbox.konnect("dashboards")
    names = {one["name"] for one in dashboards.values()}
    assert names == {"gateway-dev traffic", "gateway-dev ai"}
    assert environments(world)["aws us-east-2"] == {
        "KONG_TRACING_INSTRUMENTATIONS": "all",
        "OTEL_RESOURCE_ATTRIBUTES": "cloud.provider=aws,cloud.region=us-east-2",
    }
    world.project.ok("preview", "--stack", "dev", "--expect-no-changes")

    def lower_the_limit(settings: Settings) -> None:
        settings["rate_limit"] = {"limit": 7}
        otel = settings["observability"]["telemetry"]["opentelemetry"]
        otel["instrumentations"] = ["request"]

    world.settings("dev", lower_the_limit)
    told = " ".join(world.up("dev").split())
    assert "changes environment variables of the live data planes of aws-us-east-2" in told
    after = plugins_on(world, "azure")
    assert after["rate-limit"]["config"]["limit"] == [7]
    assert {key: one["id"] for key, one in after.items()} == {
        key: one["id"] for key, one in made["azure"].items()
    }

    def no_authentication(settings: Settings) -> None:
        settings["governance"]["plugins"]["key-auth"] = None

    world.settings("dev", no_authentication)
    refused = world.run("preview", "--stack", "dev")
    assert refused.code != 0
    told = " ".join(refused.output.split())
    assert "authenticates requests on aws and azure (key-auth)" in told
    assert "governance.allow_removal: [key-auth]" in told

    world.project.ok("destroy", "--yes", "--stack", "dev")
    assert world.sandbox.konnect("plugins") == {}
    assert world.sandbox.konnect("dashboards") == {}
