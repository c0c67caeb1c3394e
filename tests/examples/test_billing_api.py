"""Another team's API on the gateway: for as long as it is there, the gateway stays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx

from tests.engine_fixture import Project
from tests.examples.conftest import MakeExample, MakeWorld, World
from tests.integration.conftest import CANARY, CHECKOUT

EXPORTS = Path(__file__).parents[1] / "stacks" / "exports"
OBJECTS = 5
"""Of the API on one control plane: a service, two routes, a login and a limit."""
GCP = {
    "cloud": "gcp",
    "region": "us-central1",
    "zones": ["us-central1-a"],
    "cidr": "10.96.0.0/20",
    "landing": {"cidr": "10.97.0.0/16"},
}


def consumer(world: World, make_example: MakeExample) -> Project:
    """The example beside the gateway, with its stack."""
    project = make_example(world, "billing-api")
    project.ok("stack", "init", "dev")
    project.ok("config", "set", "--secret", "konnect:token", CANARY, "--stack", "dev")
    return project


def up(project: Project) -> None:
    project.ok("up", "--yes", "--skip-preview", "--stack", "dev")


def unchanged(project: Project) -> None:
    project.ok("preview", "--stack", "dev", "--expect-no-changes")


def test_a_gateway_changes_under_its_consumer_and_goes_only_after_it(
    make_world: MakeWorld, make_example: MakeExample
) -> None:
    world = make_world()
    world.init("dev")
    world.up("dev")
    billing = consumer(world, make_example)

    up(billing)
    the_api_is_on_every_control_plane(world)
    every_gateway_answers(world)
    gateway = world.outputs("dev")
    assert billing.outputs() == {
        key: [
            f"https://{name}/billing/{route}"
            for name in region["hostnames"]
            for route in ("invoices", "payments")
        ]
        for key, region in gateway["regions"].items()
    }
    unchanged(billing)

    # The gateway's team adds a region that has a control plane of its own.
    world.settings("dev", lambda settings: settings["regions"].append(GCP))
    world.up("dev")
    preview = billing.ok("preview", "--stack", "dev")
    assert f"+ {OBJECTS} to create" in preview
    assert "billing-gcp-us-central1" in preview
    assert not any(f"to {word}" in preview for word in ("update", "replace", "delete"))
    up(billing)
    the_api_is_on_every_control_plane(world)
    assert set(billing.outputs()) == {"aws-us-east-2", "azure-eastus2", "gcp-us-central1"}

    # A destroy ends before anything is deleted, and so does taking that region away again.
    before = world.sandbox.state()
    resources = len(world.project.resources(stack="dev"))
    refused = world.run("destroy", "--yes", "--stack", "dev")
    is_refused(refused.code, refused.output)
    assert len(world.project.resources(stack="dev")) == resources
    world.settings("dev", lambda settings: settings["regions"].pop())
    refused = world.run("up", "--yes", "--skip-preview", "--stack", "dev")
    is_refused(refused.code, refused.output)
    assert "in gcp-us-central1 (" in refused.output
    assert " in main (" not in refused.output
    assert objects(world.sandbox.state()) == objects(before)

    for file, text in world.everything_written():
        assert CANARY not in text, file
    billing.ok("destroy", "--yes", "--skip-preview", "--stack", "dev")
    world.project.ok("destroy", "--yes", "--skip-preview", "--stack", "dev")
    assert world.sandbox.konnect("control-planes") == {}


def the_api_is_on_every_control_plane(world: World) -> None:
    planes = world.outputs("dev")["control_planes"]
    state = world.sandbox.state()["konnect"]
    for key, plane in planes.items():
        entities = {
            kind: list(state[f"control-planes/{plane['id']}/core-entities/{kind}"].values())
            for kind in ("services", "routes", "plugins")
        }
        ours = [
            entity
            for found in entities.values()
            for entity in found
            if any(tag.startswith("pulumi:billing-api:dev:") for tag in entity["tags"])
        ]
        assert len(ours) == OBJECTS, key
        assert all("owner:billing" in entity["tags"] for entity in ours)
        (service,) = entities["services"]
        assert service["tls_verify"] is True
        assert {route["service"]["id"] for route in entities["routes"]} == {service["id"]}
        plugins = {p["name"]: p for p in entities["plugins"] if p.get("service")}
        assert set(plugins) == {"openid-connect", "rate-limiting-advanced"}
        limit = plugins["rate-limiting-advanced"]
        assert limit["config"]["strategy"] == "redis"
        assert [partial["id"] for partial in limit["partials"]] == [plane["cache_partial_id"]]


def every_gateway_answers(world: World) -> None:
    """The API answers at each data plane of every region, by curl: they play no openid-connect."""
    gateways = world.sandbox.admin("POST", "data-plane")["gateways"]
    regions = {region["region"] for region in world.outputs("dev")["regions"].values()}
    assert {gateway["region"] for gateway in gateways} == regions
    for gateway in gateways:
        for path, status in (("invoices", 200), ("payments", 200), ("others", 404)):
            assert httpx.get(f"{gateway['url']}/billing/{path}").status_code == status


def is_unchanged_and_keeps_the_policies(billing: Project) -> None:
    """The policies are those of prod, which are the strictest."""
    policies = CHECKOUT / "policies"
    config = str(policies / "config" / "prod.json")
    pack = ("--policy-pack", str(policies), "--policy-pack-config", config)
    told = billing.ok("preview", "--stack", "dev", "--expect-no-changes", *pack)
    assert "[mandatory]" not in told
    assert "multicloud-gateway@" in told


def is_refused(code: int, output: str) -> None:
    assert code != 0
    assert "this gateway is in use, and nothing of it was deleted" in output
    assert "billing-api (stack dev) has service billing, route billing-" in output


def objects(state: dict[str, dict[str, dict[str, Any]]]) -> set[tuple[str, str, str]]:
    """Everything that there is, in every cloud."""
    return {
        (c, k, id_) for c, kinds in state.items() for k, found in kinds.items() for id_ in found
    }


RECORDED = '''
"""A gateway as an older release has exported it, and as this one does."""

import json
import os

import pulumi
from providers import konnect

exports = json.load(open(os.environ["RECORDED"]))
opts = pulumi.ResourceOptions(provider=konnect.Provider("konnect"))
for key, plane in exports["control_planes"].items():
    made = konnect.GatewayControlPlane(key, name=plane["name"], cloud_gateway=True, opts=opts)
    redis = konnect.GatewayPartial(
        key,
        control_plane_id=made.id,
        name="redis",
        type="redis-ee",
        config={"host": "redis.internal"},
        opts=opts,
    )
    plane |= {"id": made.id, "cache_partial_id": redis.id}
for name, value in exports.items():
    pulumi.export(name, value)
'''


def test_a_consumer_of_an_older_contract_works_and_goes_on_when_the_gateway_is_upgraded(
    make_world: MakeWorld, make_example: MakeExample
) -> None:
    world = make_world(program=RECORDED)
    world.init("dev")
    billing = consumer(world, make_example)
    versions = sorted(EXPORTS.iterdir())
    assert len(versions) > 1
    ids: dict[str, set[str]] = {}
    for recorded in versions:
        world.project.ok(
            "up", "--yes", "--skip-preview", "--stack", "dev", env={"RECORDED": str(recorded)}
        )
        assert world.outputs("dev")["contract"] == recorded.stem
        up(billing)
        is_unchanged_and_keeps_the_policies(billing)
        the_api_is_on_every_control_plane(world)
        ids[recorded.stem] = {resource.get("id", "") for resource in billing.resources()}

    # Nothing was made anew on the way.
    assert len({json.dumps(sorted(found)) for found in ids.values()}) == 1
