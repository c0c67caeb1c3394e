"""The live state of an environment: what is its own, what is missing, what could not be read."""

from __future__ import annotations

import asyncio

import pytest

from providers.base.errors import UnauthorizedError
from providers.konnect.client import Connection
from tests.sandbox.konnect.client import ADD_ONS, DOMAINS, NETWORKS, entities
from tests.tools.status.world import DOMAIN, OWNER, World
from tools.status.known import Known, StateError
from tools.status.live import read_live
from tools.status.model import LiveView


def test_every_object_is_there_with_its_state_and_known(world: World) -> None:
    world.create_all()
    view = world.view()
    assert [one.name for one in view.control_planes] == ["gateway-dev"]
    assert [(one.key, one.state) for one in view.networks] == [("aws-us-east-2", "ready")]
    assert [(one.key, one.state, one.expected_nodes) for one in view.groups] == [
        ("aws-us-east-2", "ready", 3)
    ]
    assert [(one.region, one.online, one.in_sync) for one in view.nodes] == [
        ("aws-us-east-2", True, True)
    ] * 3
    assert [(one.kind, one.state) for one in view.attachments] == [("aws-transit-gateway", "ready")]
    assert [(one.name, one.state, one.cname, one.ssl) for one in view.domains] == [
        (DOMAIN, "ready", "verified", "verified")
    ]
    assert [(one.state, one.tier) for one in view.caches] == [("ready", "small")]
    assert [one.id for one in view.partials] == [view.caches[0].partial_id]
    assert view.plugins[0].partial_ids == (view.partials[0].id,)
    assert all(one.known for one in view.objects())
    assert (view.missing, view.unread) == ([], [])


def test_objects_of_others_are_left_out(world: World) -> None:
    world.create_all()
    world.konnect.plane("gateway-other")
    world.konnect.network("azure")
    plugin = {"name": "rate-limiting", "tags": ["pulumi:orders:prod:12345678"]}
    service = world.created(entities(world.plane, "services"), {"host": "orders.test"})
    world.created(
        entities(world.plane, "plugins"),
        {**plugin, "service": {"id": service}, "config": {"minute": 1}},
    )
    view = world.view()
    assert [one.name for one in view.control_planes] == ["gateway-dev"]
    assert len(view.networks) == 1
    assert [one.id for one in view.plugins] == [world.plugin]


def test_what_a_killed_up_left_is_found_by_its_mark(world: World) -> None:
    world.create_all()
    world.resources.clear()
    view = world.view()
    unknown = {type(one).__name__ for one in view.objects() if not one.known}
    assert {
        "LiveControlPlane",
        "LiveNetwork",
        "LiveAttachment",
        "LiveDomain",
        "LiveCache",
    } < unknown
    assert "LivePlugin" in unknown


def test_a_control_plane_is_found_by_the_stacks_name_when_its_state_is_lost(world: World) -> None:
    world.create_plane()
    nothing = Known("multicloud-gateway", "dev")
    view = _read(world, nothing)
    assert [(one.name, one.known) for one in view.control_planes] == [("gateway-dev", False)]
    assert _read(world, Known("multicloud-gateway", "prod")).control_planes == []


def test_what_the_state_has_and_konnect_does_not_is_missing(world: World) -> None:
    world.create_all()
    world.konnect.delete(f"{entities(world.plane, 'plugins')}/{world.plugin}")
    world.konnect.delete(f"{ADD_ONS}/{world.cache}")
    world.konnect.delete(f"{DOMAINS}/{world.domain}")
    path = f"{NETWORKS}/{world.network['id']}/transit-gateways/{world.attachment}"
    world.konnect.delete(path)
    world.konnect.wait(60)
    missing = {(one.kind, one.name) for one in world.view().missing}
    assert missing == {
        ("GatewayPlugin", "rate-limiting-advanced"),
        ("CloudGatewayAddon", "gateway-dev-cache"),
        ("CloudGatewayCustomDomain", DOMAIN),
        ("CloudGatewayTransitGateway", "gateway-dev-aws-us-east-2-transit-gateway"),
    }


def test_a_network_that_is_still_provisioned_is_there_with_its_age(world: World) -> None:
    world.create_plane()
    world.create_network(ready=False)
    world.konnect.wait(12)
    view = world.view()
    network = view.networks[0]
    assert network.state == "initializing"
    assert network.since is not None
    assert 0 <= (view.at - network.since).total_seconds() <= 13 * 60
    assert view.nodes == []


def test_a_list_that_konnect_refuses_is_named_and_the_rest_is_there(world: World) -> None:
    world.create_all()
    fault = {"path": "custom-domains", "status": 403, "times": 1}
    world.konnect.admin("POST", "faults", fault)
    view = world.view()
    assert [one.what for one in view.unread] == ["custom domains"]
    assert "403" in view.unread[0].why
    assert len(view.networks) == 1
    assert view.missing == []


def test_a_wrong_token_is_raised(world: World) -> None:
    endpoint = world.sandbox.endpoint
    with pytest.raises(UnauthorizedError):
        _read(world, world.known, Connection(endpoint["konnect_url"], "kpat_wrong", "us"))


def test_a_state_that_is_not_json_is_one_error() -> None:
    with pytest.raises(StateError, match="stack dev cannot be read"):
        Known.read("error: no stack", "multicloud-gateway", "dev")


def test_a_stack_without_an_up_knows_nothing() -> None:
    known = Known.read('{"version": 3, "deployment": {}}', "multicloud-gateway", "dev")
    assert (known.objects, known.owners, known.geo) == ((), frozenset(), "")


def test_the_marks_of_the_stack_come_from_its_providers(world: World) -> None:
    assert world.known.owners == {OWNER}


def _read(world: World, known: Known, connection: Connection | None = None) -> LiveView:
    return asyncio.run(read_live(connection or world.connection, known, now=world.now()))
