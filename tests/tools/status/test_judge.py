"""What is wrong, what still changes, and the exit status: each fault is named with its reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sandbox.konnect import entities as stored
from tests.sandbox.konnect.client import ADD_ONS, NETWORKS, entities
from tests.tools.status.world import DOMAIN, World
from tools.status.judge import Exit, Finding, Health, age, exit_status, judge


def found(world: World) -> list[tuple[str, str, str]]:
    """(health, kind, text) of each finding."""
    return [(one.health.value, one.kind, one.text) for one in judge(world.view())]


def only(world: World, health: Health, kind: str) -> Finding:
    """The only finding, which has this health and kind."""
    view = world.view()
    findings = judge(view)
    assert [(one.health, one.kind) for one in findings] == [(health, kind)], findings
    expected = Exit.WRONG if health is Health.WRONG else Exit.CHANGING
    assert exit_status(view, findings) is expected
    return findings[0]


def test_all_is_well_with_everything_ready(world: World) -> None:
    world.create_all()
    view = world.view()
    assert judge(view) == []
    assert exit_status(view, []) is Exit.WELL


def test_a_broken_attachment_is_wrong_with_konnects_reason(world: World) -> None:
    world.create_all()
    reason = {"reason": "no resource found for the RAM share"}
    world.konnect.admin("POST", f"fail/transit-gateways/{world.attachment}", reason)
    finding = only(world, Health.WRONG, "attachment")
    assert finding.name == "gateway-dev-aws-us-east-2-transit-gateway"
    assert finding.text == "has been in state error for 0s: no resource found for the RAM share"


def test_an_attachment_that_waits_for_the_customer_says_whose_turn_it_is(world: World) -> None:
    world.create_all()
    world.konnect.delete(f"{entities(world.plane, 'plugins')}/{world.plugin}")
    path = f"{NETWORKS}/{world.network['id']}/private-dns"
    config = {"kind": "aws-private-hosted-zone-attachment", "hosted_zone_id": "Z1"}
    dns = world.created(path, {"name": "zone", "private_dns_attachment_config": config})
    world.record("CloudGatewayPrivateDns", dns, "zone", name="zone", network_id=world.network["id"])
    world.resources = [one for one in world.resources if one["id"] != world.plugin]
    world.konnect.wait(4)
    finding = only(world, Health.CHANGING, "private DNS")
    assert finding.text.startswith("has been in state pending-association for ")
    assert finding.text.endswith("Kong's side is there, and waits for your cloud to authorise it")


def test_an_offline_node_is_wrong_until_it_is_replaced(world: World) -> None:
    world.create_all()
    node = world.view().nodes[1]
    world.konnect.admin("PUT", f"nodes/{world.plane}/{node.id}", {"online": False})
    world.konnect.wait(1)
    assert judge(world.view()) == []  # within the time of three heartbeats
    world.konnect.wait(4)
    finding = only(world, Health.WRONG, "node")
    assert (finding.name, finding.text) == (node.name, "is offline; its last ping was 5min ago")
    view = world.view()
    enough = [replace(group, expected_nodes=2) for group in view.groups]
    assert judge(replace(view, groups=enough)) == []


def test_a_node_that_runs_an_old_configuration_is_wrong(world: World) -> None:
    world.create_all()
    node = world.view().nodes[0]
    world.konnect.admin("PUT", f"nodes/{world.plane}/{node.name}", {"in_sync": False})
    finding = only(world, Health.WRONG, "node")
    assert finding.name == node.name
    assert "is out of sync" in finding.text
    world.created(entities(world.plane, "services"), {"host": "orders.test"})
    assert only(world, Health.CHANGING, "node").text.startswith("gets the last changes")


def test_an_expired_certificate_and_a_record_that_leads_elsewhere_are_wrong(world: World) -> None:
    world.create_all()
    world.konnect.admin("PUT", f"online-status/{world.domain}", {"ssl": "unverified"})
    finding = only(world, Health.WRONG, "custom domain")
    assert finding.name == DOMAIN
    assert "has no valid certificate" in finding.text
    world.konnect.admin("PUT", f"online-status/{world.domain}", {})
    world.konnect.dns(DOMAIN, "CNAME", "elsewhere.example.com")
    assert "does not lead to Kong" in only(world, Health.WRONG, "custom domain").text
    world.contract = {"regions": {"aws-us-east-2": {"names": [DOMAIN]}}}
    assert judge(world.view()) == []  # the entry of the environment leads it
    world.contract = {}
    assert only(world, Health.CHANGING, "custom domain")  # the first update writes the record


def test_a_cache_that_failed_in_a_region_is_wrong_with_the_reason(world: World) -> None:
    world.create_all()
    world.konnect.admin("POST", f"fail/add-ons/{world.cache}", {"reason": "no capacity"})
    assert only(world, Health.WRONG, "managed cache").text == (
        "is error in aws-us-east-2: no capacity"
    )


def test_partials_that_lead_nowhere_are_wrong(world: World) -> None:
    world.create_all()
    cache = world.konnect.read(f"{ADD_ONS}/{world.cache}")
    partial = cache["config"]["state_metadata"]["cache_config_id"]
    stored.delete(world.konnect.store, world.plane, "partials", partial)
    assert found(world) == [
        ("wrong", "managed cache", f"its partial {partial} is not there, so plugins cannot use it"),
        ("wrong", "plugin", f"uses partial {partial}, which is not there"),
    ]


def test_a_managed_partial_without_its_cache_leads_nowhere(world: World) -> None:
    world.create_all()
    world.konnect.store.delete("konnect", "add-ons", world.cache)
    assert ("wrong", "partial") in [(health, kind) for health, kind, _ in found(world)]


def test_a_partial_is_not_wrong_while_an_update_creates_or_deletes_its_cache(world: World) -> None:
    """Caches are listed before partials, so a cache may come or go between the two lists."""
    world.create_all()
    view = replace(world.view(), caches=[], pending=["gateway-dev-cache"])
    findings = judge(view)
    assert [(one.health, one.kind) for one in findings] == [(Health.CHANGING, "partial")]
    assert exit_status(view, findings) is Exit.CHANGING


def test_a_partial_of_the_contract_that_is_not_there_is_wrong(world: World) -> None:
    world.create_all()
    world.contract = {"control_planes": {"main": {"cache_partial_id": "gone"}}}
    finding = only(world, Health.WRONG, "partial")
    assert (finding.id, "control plane main" in finding.text) == ("gone", True)


def test_a_missing_object_is_wrong_unless_an_update_runs(world: World) -> None:
    world.create_all()
    world.konnect.delete(f"{entities(world.plane, 'plugins')}/{world.plugin}")
    assert "somebody deleted it" in only(world, Health.WRONG, "plugin").text
    world.pending = ["gateway-dev-governance"]
    assert only(world, Health.CHANGING, "plugin").text == "is not in Konnect; an update runs"


def test_an_object_that_the_stack_does_not_know_is_wrong_unless_an_update_runs(
    world: World,
) -> None:
    world.create_all()
    world.resources = [one for one in world.resources if one["id"] != world.cache]
    assert "is not in the stack's state" in only(world, Health.WRONG, "managed cache").text
    world.pending = ["gateway-dev-cache"]
    assert only(world, Health.CHANGING, "managed cache").text.endswith("an update runs")


def test_what_is_provisioned_changes_and_says_how_long_that_usually_takes(world: World) -> None:
    world.create_plane()
    world.create_network(ready=False)
    world.konnect.wait(12)
    text = only(world, Health.CHANGING, "network").text
    assert text.endswith("(usually 30 to 40 min)")
    assert text.startswith("has been in state initializing for 1")


def test_a_failed_provisioning_shows_the_reason_that_konnect_gives(world: World) -> None:
    world.create_plane()
    world.create_network(ready=False)
    reason = {"reason": "quota of the cloud"}
    world.konnect.admin("POST", f"fail/networks/{world.network['id']}", reason)
    assert only(world, Health.WRONG, "network").text.endswith(" for 0s: quota of the cloud")


def test_an_environment_whose_first_update_has_not_ended_still_changes(world: World) -> None:
    world.create_all()
    world.contract = {}
    view = world.view()
    assert exit_status(view, judge(view)) is Exit.CHANGING


def test_what_could_not_be_read_is_the_exit_status_unless_something_is_wrong(world: World) -> None:
    world.create_all()
    world.konnect.admin("POST", "faults", {"path": "add-ons", "status": 403})
    view = world.view()
    assert exit_status(view, judge(view)) is Exit.UNREAD
    world.konnect.admin("POST", f"fail/transit-gateways/{world.attachment}", {"reason": "x"})
    world.konnect.admin("POST", "faults", {"path": "add-ons", "status": 403})
    view = world.view()
    assert exit_status(view, judge(view)) is Exit.WRONG


def test_a_group_without_nodes_is_wrong_unless_an_update_runs(world: World) -> None:
    world.create_all()
    view = replace(world.view(), nodes=[])
    for pending, health in ((), Health.WRONG), (("gateway-dev",), Health.CHANGING):
        (finding,) = judge(replace(view, pending=pending))
        assert (finding.health, finding.kind) == (health, "data-plane group")
        assert finding.text == "has 0 nodes online, and should have 3 or more"


@pytest.mark.parametrize("path", ["/nodes", "configurations"])
def test_a_group_is_not_wrong_because_its_nodes_could_not_be_read(world: World, path: str) -> None:
    world.create_all()
    node = world.view().nodes[0]
    world.konnect.admin("PUT", f"nodes/{world.plane}/{node.id}", {"online": False})
    world.konnect.wait(5)
    enough = [replace(group, expected_nodes=2) for group in world.view().groups]
    world.konnect.admin("POST", "faults", {"path": path, "status": 403, "times": 1})
    view = world.view()
    view = replace(view, groups=enough if view.groups else [])
    assert (judge(view), exit_status(view, [])) == ([], Exit.UNREAD)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(-3, "0s"), (59, "59s"), (60, "1min"), (7199, "1h"), (86400 * 3, "3d")],
)
def test_an_age_has_its_largest_unit(world: World, seconds: int, shown: str) -> None:
    now = world.now()
    assert age(now - timedelta(seconds=seconds), now) == shown
