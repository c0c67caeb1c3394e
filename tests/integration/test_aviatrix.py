"""A fabric of Aviatrix through the real engine: a copy of prod, a failed gateway, a spoke more."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from providers.aviatrix.client import Client
from providers.aviatrix.connection import Connection
from providers.aviatrix.gateways.listing import gateways
from tests.components.fabric.aviatrix_fabric import create_accounts
from tests.engine_fixture import Done
from tests.integration.conftest import World
from tests.integration.test_environments import leaves_nothing, with_policies
from tools.addresses import write

MakeWorld = Callable[..., World]
Settings = dict[str, Any]

LIMIT = 1500.0
"""Seconds for a command of the engine."""
EXPIRE_EVERY = 5.0
"""Seconds after which the sessions of a controller end, while a command runs."""
NO_CAPACITY = "[AVXERR-GATEWAY-0079] there is no capacity in this zone"

FABRIC: Settings = {
    "driver": "aviatrix",
    "segments": {"shop": {}, "billing": {"connected": ["shop"]}},
    "spokes": {
        "shop": {"region": "aws-us-east-2", "segment": "shop"},
        "ledger": {"region": "gcp-us-central1", "segment": "billing"},
    },
    "aviatrix": {
        "accounts": {"aws": "aws", "azure": "azure", "gcp": "gcp"},
        "networks": {
            "aws-us-east-2": "172.20.0.0/23",
            "aws-eu-west-1": "172.20.2.0/23",
            "azure-eastus2": "172.20.4.0/23",
            "azure-northeurope": "172.20.6.0/23",
            "gcp-us-central1": "172.20.8.0/23",
            "gcp-europe-west1": "172.20.10.0/23",
        },
        "firenet": True,
    },
}


def with_aviatrix(settings: Settings) -> None:
    """Add a fabric of Aviatrix. Its hubs in Azure are virtual hubs."""
    settings["fabric"] = json.loads(json.dumps(FABRIC))
    for region in settings["regions"]:
        if region["region"] in ("eastus2", "northeurope"):
            region["links"] = {"virtual-hub": {}}


def with_a_further_spoke(settings: Settings) -> None:
    settings["fabric"]["spokes"]["orders"] = {"region": "azure-northeurope", "segment": "shop"}


def with_firewalls(settings: Settings) -> None:
    fortinet = "Fortinet FortiGate Next-Generation Firewall"
    settings["fabric"]["inspection"] = {"kind": "native"}
    settings["fabric"]["aviatrix"]["firewalls"] = {
        "aws": {"image": fortinet, "size": "c5.xlarge"},
        "azure": {
            "image": fortinet,
            "size": "Standard_D3_v2",
            "ssh_public_key": "ssh-rsa AAAAB3NzaC1yc2E test",
        },
    }


@pytest.mark.timeout(5400)
def test_prod_with_aviatrix_survives_a_failed_gateway_grows_is_inspected_and_goes(
    make_world: MakeWorld,
) -> None:
    world = make_world(speed=3000)
    client = controller(world)
    create_accounts(client)
    world.settings("prod", with_aviatrix)
    write(world.project.folder, "prod")
    world.init("prod")

    fail = {"action": "create_multicloud_primary_gateway", "reason": NO_CAPACITY, "times": 1}
    world.sandbox.admin("POST", "aviatrix/failures", json={**fail, "name": ""})
    failed = run_while_sessions_end(world, "up", "--yes", "--skip-preview")
    assert failed.code != 0
    assert NO_CAPACITY in failed.output
    assert "run `pulumi up` again" in failed.output
    slow = {"api": "aviatrix", "method": "POST", "delay": 2.0, "times": 5}
    world.sandbox.admin("POST", "faults", json=slow)
    second = ok(world, "up", "--yes", "--skip-preview", *with_policies("prod"))
    assert "[mandatory]" not in second
    assert len(gateways(client, fresh=True)) == (6 + 2) * 2
    ok(world, "preview", "--expect-no-changes")
    ok(world, "refresh", "--yes", "--skip-preview", "--expect-no-changes")

    for change in (with_a_further_spoke, with_firewalls):
        world.settings("prod", change)
        write(world.project.folder, "prod")
        assert not replaced_or_deleted(world), change
        ok(world, "up", "--yes", "--skip-preview")
    assert len(gateways(client, fresh=True)) == (6 + 3) * 2
    ok(world, "preview", "--expect-no-changes")

    world.run("state", "unprotect", "--all", "--yes", "--stack", "prod")
    ok(world, "destroy", "--yes", "--skip-preview")
    for name in ("aws", "azure", "gcp"):
        client.form("delete_account_profile", "offboarding", {"account_name": name})
    client._http.close()
    assert world.sandbox.settled(leaves_nothing), json.dumps(world.sandbox.state(), indent=1)


@pytest.mark.timeout(1800)
def test_another_key_replaces_a_live_connection_and_another_network_is_refused(
    make_world: MakeWorld,
) -> None:
    world = make_world(speed=3000)
    client = controller(world)
    create_accounts(client)
    world.settings("dev", with_one_inspected_region)
    write(world.project.folder, "dev")
    world.init("dev")
    ok(world, "up", "--yes", "--skip-preview", stack="dev")

    (key,) = (one for one in urns(world) if one.endswith("-aws-us-east-2-transit-0-key"))
    preview = ok(world, "preview", "--diff", "--replace", key, stack="dev")
    assert "TransitExternalDeviceConn" in preview
    ok(world, "up", "--yes", "--skip-preview", "--replace", key, stack="dev")
    ok(world, "preview", "--expect-no-changes", stack="dev")
    named = client.query("list_multi_cloud_domain_attachments", "listing")["attachments"]
    assert len([one for one in named if one["domain"]]) == 2

    def elsewhere(settings: Settings) -> None:
        settings["fabric"]["aviatrix"]["networks"]["aws-us-east-2"] = "172.20.2.0/23"

    world.settings("dev", elsewhere)
    refused = world.run("preview", "--stack", "dev")
    assert refused.code != 0
    said = "the transit network of aws-us-east-2 is live as 172.20.0.0/23 and cannot become"
    assert said in refused.output
    client._http.close()


def with_one_inspected_region(settings: Settings) -> None:
    """One region in AWS with a Transit Gateway, and firewalls at its transit gateway."""
    fortinet = "Fortinet FortiGate Next-Generation Firewall"
    settings["regions"] = settings["regions"][:1]
    settings["regions"][0]["links"] = {"transit-gateway": {}}
    settings["fabric"] = {
        "driver": "aviatrix",
        "inspection": {"kind": "native"},
        "aviatrix": {
            "accounts": {"aws": "aws"},
            "networks": {"aws-us-east-2": "172.20.0.0/23"},
            "firewalls": {"aws": {"image": fortinet, "size": "c5.xlarge"}},
        },
    }


def urns(world: World) -> list[str]:
    """The URNs of a live stack."""
    deployment = json.loads(ok(world, "stack", "export", stack="dev"))["deployment"]
    return [one["urn"] for one in deployment["resources"]]


def controller(world: World) -> Client:
    """A client of the sandbox's controller, as an administrator has it."""
    login = world.sandbox.endpoint["aviatrix"]
    return Client(Connection(login["controller"], login["username"], login["password"]))


def run_while_sessions_end(world: World, *arguments: str) -> Done:
    """Run a command of the engine. The controller ends all sessions again and again."""
    running = world.start(*arguments, "--stack", "prod")
    while running.process.poll() is None:
        world.sandbox.admin("POST", "aviatrix/expire-sessions")
        try:
            running.process.wait(EXPIRE_EVERY)
        except subprocess.TimeoutExpired:
            continue
    return running.finish(limit=LIMIT)


def ok(world: World, *arguments: str, stack: str = "prod") -> str:
    """Run a command of the engine, which must succeed."""
    done = world.start(*arguments, "--stack", stack).finish(limit=LIMIT)
    assert done.code == 0, done.output[-20_000:]
    return done.output


def replaced_or_deleted(world: World) -> set[str]:
    """The URNs of what a preview would replace or delete."""
    text = ok(world, "preview", "--json")
    steps = json.loads(text[text.index("{") :])["steps"]
    return {step["urn"] for step in steps if step["op"] not in ("create", "update", "same", "read")}
