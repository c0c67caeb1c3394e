"""The shipped environments through the real engine: up, nothing to do, refresh, destroy."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.accounts import KONG_AWS_ACCOUNT
from tests.integration.conftest import CANARY, CHECKOUT, World
from tests.integration.readiness import is_ready_and_each_fault_is_found
from tools.session import Mode, Session
from tools.stack import Place, Stack
from tools.status.__main__ import Reader
from tools.status.judge import Exit
from tools.status.screen import Shown
from tools.status.source import Source

MakeWorld = Callable[..., World]

POLICIES = CHECKOUT / "policies"

EXPECTED = {
    "dev": {"main": ["aws-us-east-2", "azure-eastus2"]},
    "staging": {
        "main": ["aws-us-east-2", "azure-eastus2"],
        "gcp-us-central1": ["gcp-us-central1"],
    },
    "prod": {
        "main": ["aws-eu-west-1", "aws-us-east-2", "azure-eastus2", "azure-northeurope"],
        "gcp-europe-west1": ["gcp-europe-west1"],
        "gcp-us-central1": ["gcp-us-central1"],
    },
}


@pytest.mark.parametrize("stack", list(EXPECTED))
def test_an_environment_comes_up_stays_and_goes_without_a_trace(
    make_world: MakeWorld, stack: str, tmp_path: Path
) -> None:
    world = make_world()
    world.init(stack)

    world.sandbox.admin("POST", "clock", json={"speed": 0})  # nothing becomes ready yet
    running = world.start("up", "--yes", "--stack", stack, *with_policies(stack))
    running.wait_for(f"CloudGatewayNetwork gateway-{stack}-aws-us-east-2 created", limit=600)
    status_shows_what_is_there(world, stack)
    world.sandbox.admin("POST", "clock", json={"speed": world.sandbox.speed})
    done = running.finish()
    first = done.output
    assert done.code == 0, first
    assert CANARY not in first
    status_is_well(world, stack)
    assert "multicloud-gateway@" in first
    assert "[mandatory]" not in first
    is_what_the_stack_describes(world, stack)
    one_write_per_object(world)

    if stack == "dev":
        a_second_up_writes_nothing(world, stack)
    a_no_change_preview_reads_each_kind_once(world, stack)
    refreshed = world.project.ok(
        "refresh", "--yes", "--skip-preview", "--stack", stack, "--expect-no-changes"
    )
    assert "unchanged" in refreshed
    no_secret_is_written(world)
    if stack == "prod":
        is_ready_and_each_fault_is_found(world, stack, tmp_path)

    world.run("state", "unprotect", "--all", "--yes", "--stack", stack)
    world.project.ok("destroy", "--yes", "--skip-preview", "--stack", stack)
    assert world.sandbox.settled(leaves_nothing), json.dumps(world.sandbox.state(), indent=1)


def status_of(world: World, stack: str) -> Shown:
    """What `make status` shows, while an update runs or not."""
    place = Place(world.project.folder, world.backend.parent)
    session = Session(world.project.pulumi, world.project.env, Stack(place, stack), Mode.ON)
    return asyncio.run(Reader(Source(session)).shown())


def status_shows_what_is_there(world: World, stack: str) -> None:
    """In the middle of an `up`: the objects that exist, none of them wrong."""
    shown = status_of(world, stack)
    assert shown.status is Exit.CHANGING, shown.findings
    assert "aws-us-east-2" in {network.key for network in shown.view.networks}
    assert shown.view.contract == {}


def status_is_well(world: World, stack: str) -> None:
    shown = status_of(world, stack)
    assert (shown.status, shown.findings) == (Exit.WELL, [])
    regions = {region for members in EXPECTED[stack].values() for region in members}
    assert {network.key for network in shown.view.networks} == regions
    assert all(node.online and node.in_sync for node in shown.view.nodes)


def a_second_up_writes_nothing(world: World, stack: str) -> None:
    writes = len(world.sandbox.writes())
    output = world.up(stack)
    assert "unchanged" in output
    for word in ("created", "updated", "replaced", "deleted"):
        assert f" {word}" not in output.rsplit("Resources:", 1)[1], output
    assert len(world.sandbox.writes()) == writes


def with_policies(stack: str) -> list[str]:
    """Return the flags that apply the project's policies, as they are configured for a stack."""
    config = POLICIES / "config" / f"{stack}.json"
    return ["--policy-pack", str(POLICIES), "--policy-pack-config", str(config)]


def is_what_the_stack_describes(world: World, stack: str) -> None:
    outputs = world.outputs(stack)
    planes = EXPECTED[stack]
    regions = sorted(region for members in planes.values() for region in members)
    assert sorted(outputs["control_planes"]) == sorted(planes)
    assert sorted(outputs["regions"]) == regions
    for key, region in outputs["regions"].items():
        assert [one["state"] for one in region["attachments"].values()] == ["ready"], key
        assert region["egress_ip_addresses"], key
        assert region["private_ip_addresses"], key
        assert key in planes[region["control_plane"]]
    assert all(plane["cache_partial_id"] for plane in outputs["control_planes"].values())

    konnect = world.sandbox.konnect
    assert [n["state"] for n in konnect("networks").values()] == ["ready"] * len(regions)
    assert [t["state"] for t in konnect("transit-gateways").values()] == ["ready"] * len(regions)
    assert len(konnect("control-planes")) == len(planes)
    assert [a["state"] for a in konnect("add-ons").values()] == ["ready"]
    assert len(konnect("plugins")) == len(planes)
    groups = list(konnect("data-plane-groups").values())
    assert sorted(f"{g['provider']}-{g['region']}" for g in groups) == regions
    assert {group["state"] for group in groups} == {"ready"}

    state = world.sandbox.state()
    aws = state["aws"]
    hubs = [r for r in regions if r.startswith("aws")]
    # Our VPC's and Kong's, on each hub. Kong's belong to Kong's account.
    for owner in ("aws", f"aws/{KONG_AWS_ACCOUNT}"):
        attachments = state[owner]["aws:ec2transitgateway/vpcAttachment:VpcAttachment"]
        assert [a["state"] for a in attachments.values()] == ["available"] * len(hubs)
    assert len(aws["aws:ec2/vpc:Vpc"]) == len(hubs)
    peered = [r for r in regions if r.startswith("gcp")]
    peerings = state.get("gcp", {}).get("gcp:compute/networkPeering:NetworkPeering", {})
    assert [p["state"] for p in peerings.values()] == ["ACTIVE"] * len(peered)


def one_write_per_object(world: World) -> None:
    """Konnect write calls per `up` / number of objects is 1.0."""
    konnect = world.sandbox.konnect
    kinds = ("networks", "transit-gateways", "control-planes", "add-ons", "plugins")
    made = sum(len(konnect(kind)) for kind in (*kinds, "configurations", "custom-domains"))
    # Konnect makes some of these itself: the partials of caches, the certificates of domains.
    own = [
        entity
        for kind in ("partials", "certificates", "snis")
        for entity in konnect(kind).values()
        if "konnect-managed" not in entity["tags"]
    ]
    assert len(world.sandbox.writes()) == made + len(own)


def leaves_nothing(state: dict[str, Any]) -> bool:
    """Only what Kong owns is left, and configurations, which can be emptied, not deleted."""
    kept = {"provider-accounts", "configurations"}
    return not any(
        objects for kinds in state.values() for kind, objects in kinds.items() if kind not in kept
    )


def no_secret_is_written(world: World) -> None:
    """Neither the token nor a Redis password is in clear anywhere: state, logs, copies."""
    instances = world.sandbox.state().get("gcp", {}).get("gcp:redis/instance:Instance", {})
    secrets = [CANARY, *(instance["authString"] for instance in instances.values())]
    assert all(len(secret) > 8 for secret in secrets)
    for name, text in world.everything_written():
        for secret in secrets:
            assert secret not in text, name


def a_no_change_preview_reads_each_kind_once(world: World, stack: str) -> None:
    """Konnect calls of a no-change preview: at most one read per kind.

    Konnect lists attachments per network, plugins and consumer groups per control plane, only.
    """
    before = len(world.sandbox.requests())
    world.project.ok("preview", "--stack", stack, "--expect-no-changes")
    log = world.sandbox.requests()[before:]
    assert {entry["method"] for entry in log} == {"GET"}
    paths = [entry["target"].split("?")[0] for entry in log]
    assert len(paths) == len(set(paths)), paths
    # Availability, accounts, control planes, networks, configurations, add-ons, a partial; domains.
    networks = sum(map(len, EXPECTED[stack].values()))
    entities = 2 * len(EXPECTED[stack])
    domains = 1 if world.sandbox.konnect("custom-domains") else 0
    assert len(paths) == 7 + networks + entities + domains, paths
