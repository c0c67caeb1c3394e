"""Names that lead clients to gateways, and their custom domains, through the real engine."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.integration.conftest import World
from tests.integration.test_changes import only_aws
from tests.integration.test_environments import leaves_nothing
from tests.sandbox.clouds.harness import Made, Provider

Settings = dict[str, Any]

RECORD = "aws:route53/record:Record"


def records(world: World) -> dict[str, dict[str, Any]]:
    """The record sets in Route 53 by name, and by set identifier if they have one."""
    found = world.sandbox.state()["aws"].get(RECORD, {}).values()
    return {" ".join(filter(None, [one["fqdn"], one.get("setIdentifier")])): one for one in found}


def made(record: dict[str, Any]) -> Made:
    """A record set, as the provider of the test updates and deletes it."""
    names = ("zoneId", "name", "type", "ttl", "records")
    inputs = {key: record[key] for key in names}
    id_ = "_".join([record["zoneId"], record["name"], record["type"]])
    return Made(RECORD, "it", id_, inputs, inputs, record)


def is_settled(world: World) -> None:
    """Neither a preview nor a refresh finds a change."""
    world.project.ok("preview", "--stack", "dev", "--expect-no-changes")
    refreshed = ("refresh", "--yes", "--skip-preview", "--stack", "dev", "--expect-no-changes")
    world.project.ok(*refreshed)


def per_cloud(settings: Settings) -> None:
    """One region in AWS, with a name of its own in a zone that the stack makes."""
    only_aws(settings)
    settings["zones"] = {"dev.example.com": {"service": "route53", "create": True}}
    settings["domains"] = {"aws.dev.example.com": {}, "old.dev.example.com": {}}
    settings["entry"] = {"strategy": "per-cloud", "names": {"aws": "aws.dev.example.com"}}


def test_a_name_for_each_cloud_comes_up_with_its_certificate_is_mended_and_goes(
    make_world: Callable[..., World],
) -> None:
    world = make_world(speed=2000)
    world.settings("dev", per_cloud)
    world.init("dev")
    world.up("dev", preview=True)

    outputs = world.outputs("dev")
    region, main = outputs["regions"]["aws-us-east-2"], outputs["control_planes"]["main"]
    assert region["names"] == ["aws.dev.example.com"]
    assert main["domains"] == ["aws.dev.example.com", "old.dev.example.com"]
    assert {one["state"] for one in outputs["domains"].values()} == {"ready"}
    assert outputs["name_servers"]["dev.example.com"]
    assert outputs["records"] == {}
    prefix = main["endpoint"].removeprefix("https://").split(".")[0]
    acme = f"_acme-challenge.{prefix}.acme.gateways.konggateway.com"
    assert {name: (one["records"], one["ttl"]) for name, one in records(world).items()} == {
        "aws.dev.example.com": (region["hostnames"], 60),
        "_acme-challenge.aws.dev.example.com": ([acme], 300),
        "old.dev.example.com": ([f"{prefix}.gateways.konggateway.com"], 300),
        "_acme-challenge.old.dev.example.com": ([acme], 300),
    }
    is_settled(world)

    # Someone leads the name elsewhere and deletes another record: a refresh sees it, `up` mends it.
    aws = Provider(world.sandbox.endpoint["debug_providers"]["aws"], {"region": "us-east-1"})
    before = records(world)
    name = before["aws.dev.example.com"]
    aws.update(made(name), records=["old.example.com"])
    aws.delete(made(before["_acme-challenge.old.dev.example.com"]))
    aws.close()
    world.project.ok("refresh", "--yes", "--skip-preview", "--stack", "dev")
    mended = world.up("dev", preview=True)
    assert "1 created" in mended
    assert "1 updated" in mended
    assert records(world) == before
    is_settled(world)

    world.project.ok("destroy", "--yes", "--skip-preview", "--stack", "dev")
    assert world.sandbox.settled(leaves_nothing), json.dumps(world.sandbox.state(), indent=1)


def geo(settings: Settings) -> None:
    """Two regions behind one name, steered on the map."""
    settings["cache"] = None
    settings["zones"] = {"dev.example.com": {"service": "route53", "create": True}}
    settings["domains"] = {"api.dev.example.com": {}}
    settings["entry"] = {
        "strategy": "geo",
        "name": "api.dev.example.com",
        "health": {"route": True},
    }


AWS_RECORD = "api.dev.example.com aws-us-east-2"
AZURE_RECORD = "api.dev.example.com azure-eastus2"


def test_one_name_is_steered_changes_in_place_and_moves_clients_away_from_a_region(
    make_world: Callable[..., World],
) -> None:
    world = make_world(speed=2000)
    world.settings("dev", geo)
    world.init("dev")
    world.up("dev")

    regions = world.outputs("dev")["regions"]
    first = records(world)
    assert set(first) == {AWS_RECORD, AZURE_RECORD, "_acme-challenge.api.dev.example.com"}
    assert first[AWS_RECORD]["records"] == regions["aws-us-east-2"]["hostnames"]
    assert first[AWS_RECORD]["geoproximityRoutingPolicy"]["awsRegion"] == "us-east-2"
    place = {"latitude": "36.70", "longitude": "-78.40"}
    assert first[AZURE_RECORD]["geoproximityRoutingPolicy"]["coordinates"] == [place]
    checks = health_checks(world)
    assert {
        (one["fqdn"], one["resourcePath"], one["requestInterval"], one["failureThreshold"])
        for one in checks.values()
    } == {(hostname, "/_entry/health", 30, 3) for hostname in regions_hostnames(regions)}
    plugins = world.sandbox.konnect("plugins").values()
    assert "request-termination" in {one["name"] for one in plugins}
    is_settled(world)

    # Every setting that can change, changes in place.
    def tuned(settings: Settings) -> None:
        settings["entry"] |= {"ttl": 30, "bias": {"azure-eastus2": 20}}
        settings["entry"]["health"] = {"failures": 2, "path": "/_entry/deep", "route": True}

    only_updates(world, tuned)
    assert {one["ttl"] for name, one in records(world).items() if "_acme" not in name} == {30}
    assert records(world)[AZURE_RECORD]["geoproximityRoutingPolicy"]["bias"] == 20
    assert {
        (one["resourcePath"], one["failureThreshold"]) for one in health_checks(world).values()
    } == {("/_entry/deep", 2)}

    # A drained region looks unhealthy to Route 53, whatever it answers.
    only_updates(world, lambda settings: settings["regions"][0].update(drain=True))
    drained = health_checks(world)[records(world)[AWS_RECORD]["healthCheckId"]]
    assert (drained["disabled"], drained["invertHealthcheck"]) == (True, True)
    only_updates(world, lambda settings: settings["regions"][0].pop("drain"))
    back = health_checks(world)[records(world)[AWS_RECORD]["healthCheckId"]]
    assert (back["disabled"], back["invertHealthcheck"]) == (False, False)
    is_settled(world)

    # Route 53 would refuse another routing in the middle of the update.
    world.settings("dev", lambda settings: settings["entry"].update(routing="latency", bias={}))
    refused = world.run("preview", "--stack", "dev")
    assert refused.code != 0
    assert (
        "api.dev.example.com: in Route 53 it has routing geoproximity, and is to have routing "
        "latency, which exclude each other"
    ) in " ".join(refused.output.split())

    world.project.ok("destroy", "--yes", "--skip-preview", "--stack", "dev")
    assert world.sandbox.settled(leaves_nothing), json.dumps(world.sandbox.state(), indent=1)


def test_an_edge_in_front_of_live_gateways_locks_them_last(
    make_world: Callable[..., World],
) -> None:
    world = make_world(speed=2000)

    def live(settings: Settings) -> None:
        only_aws(settings)
        settings["cache"] = None
        settings["zones"] = {"dev.example.com": {"service": "route53", "create": True}}

    def behind_an_edge(settings: Settings) -> None:
        edge = {"service": "cloudfront"}
        settings["entry"] = {"strategy": "edge", "name": "api.dev.example.com", "edge": edge}

    world.settings("dev", live)
    world.init("dev")
    world.up("dev")

    world.settings("dev", behind_an_edge)
    refused = world.run("preview", "--stack", "dev")
    assert refused.code != 0
    assert "gateway.entry.edge.lock: true would lock the live gateways of main" in " ".join(
        refused.output.split()
    )

    world.settings("dev", lambda settings: settings["entry"]["edge"].update(lock=False))
    world.up("dev")
    (plugin,) = locks(world)
    assert plugin["enabled"] is False
    only_updates(world, lambda settings: settings["entry"]["edge"].pop("lock"))
    (plugin,) = locks(world)
    assert plugin["enabled"] is True
    world.project.ok("preview", "--stack", "dev", "--expect-no-changes")

    world.project.ok("destroy", "--yes", "--skip-preview", "--stack", "dev")
    assert world.sandbox.settled(leaves_nothing), json.dumps(world.sandbox.state(), indent=1)


def locks(world: World) -> list[dict[str, Any]]:
    plugins = world.sandbox.konnect("plugins").values()
    return [one for one in plugins if one.get("instance_name") == "gateway-dev-origin-lock"]


def health_checks(world: World) -> dict[str, dict[str, Any]]:
    return world.sandbox.state()["aws"]["aws:route53/healthCheck:HealthCheck"]


def regions_hostnames(regions: dict[str, Any]) -> list[str]:
    return [name for region in regions.values() for name in region["hostnames"]]


def only_updates(world: World, change: Callable[[Settings], object]) -> None:
    """Apply a change of the settings: its preview shows updates and nothing else."""
    world.settings("dev", lambda settings: change(settings) and None)
    shown = world.project.ok("up", "--yes", "--stack", "dev").rsplit("Resources:", 1)[1]
    assert " updated" in shown, shown
    for word in ("created", "replaced", "deleted"):
        assert f" {word}" not in shown, shown
