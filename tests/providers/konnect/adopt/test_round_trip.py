"""From objects to a program and back: what was there is adopted, without a write or a change."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import pytest

from multicloudgateway import state
from providers.konnect.adopt import discovery, program, terraform
from providers.konnect.adopt.found import Found
from providers.konnect.client import Connection, client_for
from tests.providers.konnect.adopt.stage import Adoption, is_formatted, run
from tests.providers.konnect.adopt.world import CREDENTIALS, STORED, World
from tests.providers.konnect.local_konnect import LocalKonnect, serving
from tests.providers.konnect.scripted import TOKEN

NOT_IN_TERRAFORM = {"Dashboard", "GatewayDependents", "GatewayOriginSecret"}
"""Terraform has no dashboards, and they are of no control plane. The others are a guard and a
secret of ours: there is nothing to adopt."""
NOT_OF_A_PLANE = {
    "GatewayControlPlaneMembership",
    "ServerlessCloudGateway",
    "SystemAccount",
    "SystemAccountAccessToken",
    "SystemAccountRole",
    "SystemAccountTeam",
}

ALL_RESOURCES = {kind.partition(":")[2] for kind in state.MODULES if kind.startswith("konnect:")}


def from_terraform(world: World, folder: Path) -> Found:
    file = folder / "terraform.tfstate"
    file.write_text(json.dumps(world.terraform()))
    return terraform.read(file)


def from_konnect(konnect: LocalKonnect, name: str = "Orders: prod") -> Found:
    return discovery.read(client_for(Connection(konnect.url, TOKEN)), name)


def adopted(found: Found, konnect: LocalKonnect) -> list[Adoption]:
    """What the program of all that was found adopts, with its secrets set."""
    written = program.write(found.adopted, "here")
    known = {secret.name: secret.value or STORED for secret in written.secrets}
    writes = len(konnect.writes)
    with pytest.MonkeyPatch.context() as patch:
        adoptions = run(written.text, konnect, known, patch)
    assert len(konnect.writes) == writes
    assert len(adoptions) == len(found.adopted)
    return adoptions


class Scene:
    """One object of every resource in a Konnect of its own, and what is found of them."""

    def __init__(self, konnect: LocalKonnect, folder: Path) -> None:
        self.konnect = konnect
        self.world = World(konnect.call, konnect.advance)
        self.found = {
            "terraform": from_terraform(self.world, folder),
            "konnect": from_konnect(konnect),
        }

    @cached_property
    def adopted_of_terraform(self) -> list[Adoption]:
        return adopted(self.found["terraform"], self.konnect)

    @cached_property
    def adopted_of_konnect(self) -> list[Adoption]:
        return adopted(self.found["konnect"], self.konnect)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """For tests that only read. Adopting writes nothing, so they share it."""
    with serving() as konnect:
        yield Scene(konnect, tmp_path_factory.mktemp("scene"))


each_source = pytest.mark.parametrize("source", ["terraform", "konnect"])


def test_a_state_file_with_every_resource_is_adopted_without_a_write_and_shows_no_change(
    scene: Scene,
) -> None:
    assert scene.found["terraform"].left_out == []
    adoptions = scene.adopted_of_terraform
    assert {item.resource for item in adoptions} == ALL_RESOURCES - NOT_IN_TERRAFORM
    assert [item.name for item in adoptions if item.changed] == []


def test_a_control_plane_is_read_from_konnect_and_adopted_without_a_write_or_a_change(
    scene: Scene,
) -> None:
    assert scene.found["konnect"].left_out == []
    adoptions = scene.adopted_of_konnect
    assert {
        item.resource for item in adoptions
    } == ALL_RESOURCES - NOT_OF_A_PLANE - NOT_IN_TERRAFORM
    assert [item.name for item in adoptions if item.changed] == []
    assert scene.world.id("peering") not in {item.id for item in adoptions}, "of another network"


def test_a_control_plane_group_is_adopted_with_its_members_and_nothing_of_theirs(
    scene: Scene,
) -> None:
    plane, membership = adopted(from_konnect(scene.konnect, "everything"), scene.konnect)
    assert (plane.name, membership.name) == (
        "everything-control-plane",
        "everything-control-plane-membership",
    )
    assert plane.id == membership.id == scene.world.id("group")
    assert membership.inputs["members"] == [{"id": scene.world.id("member")}]
    assert not membership.changed


def test_a_serverless_gateway_is_adopted_and_the_program_asks_for_what_konnect_hides(
    scene: Scene,
) -> None:
    found = from_konnect(scene.konnect, "serverless")
    secrets = program.write(found.adopted, "here").secrets
    assert [(secret.path, secret.value) for secret in secrets] == [
        ("cluster_cert", None),
        ("cluster_cert_key", None),
    ]
    plane, gateway = adopted(found, scene.konnect)
    assert plane.id == gateway.id == scene.world.id("serverless plane")
    assert gateway.inputs["labels"] == {"env": "prod"}
    assert not gateway.changed


def test_both_ways_adopt_the_same_objects_with_the_same_inputs(scene: Scene) -> None:
    of_terraform, of_konnect = (
        {(item.resource, item.id): dict(item.inputs) for item in adoptions}
        for adoptions in (scene.adopted_of_terraform, scene.adopted_of_konnect)
    )
    assert of_konnect.keys() < of_terraform.keys()
    for key in of_konnect:
        if key[0] == "GatewayPlugin":  # Konnect returns the defaults of its config as well.
            written, returned = (way[key].pop("config", {}) for way in (of_terraform, of_konnect))
            assert {**returned, **written} == returned
    assert {key: of_terraform[key] for key in of_konnect} == of_konnect


@each_source
def test_the_program_is_formatted_and_holds_no_credential(scene: Scene, source: str) -> None:
    written = program.write(scene.found[source].adopted, source)
    assert is_formatted(written.text)
    assert [word for word in CREDENTIALS if word in written.text] == []


def test_no_id_of_an_adopted_object_is_left_in_an_input(scene: Scene) -> None:
    found = scene.found["terraform"]
    text = program.write(found.adopted, "here").text
    inputs = "\n".join(line for line in text.splitlines() if "adopt_existing_id=" not in line)
    ids = {item.id for item in found.adopted if item.id}
    assert [id_ for id_ in ids if id_ in inputs] == []
    assert scene.world.managed_partial not in inputs


def test_what_konnect_made_itself_is_left_to_it(scene: Scene) -> None:
    ids = {item.id for item in scene.found["konnect"].adopted}
    assert scene.world.managed_partial not in ids
    assert scene.world["domain"]["certificate_id"] not in ids
    assert scene.world["domain"]["sni_id"] not in ids


@each_source
def test_a_custom_plugin_is_configured_after_it_is_defined_and_deleted_before(
    scene: Scene, source: str
) -> None:
    """Konnect refuses to delete a custom plugin that is configured."""
    text = program.write(scene.found[source].adopted, "here").text
    names = dict(re.findall(r"(\w+) = konnect\.(GatewayCustomPlugin\w+)\(", text))
    assert sorted(names.values()) == ["GatewayCustomPluginSchema", "GatewayCustomPluginStreaming"]
    for name, resource in names.items():
        reference = f"name={name}.{'id' if resource.endswith('Schema') else 'name'},"
        assert text.count(f"    {reference}\n") == 1
        assert text.index(f"{name} = konnect.") < text.index(reference)


def test_what_differs_from_the_state_file_is_a_change_that_names_the_input(
    konnect: LocalKonnect, tmp_path: Path
) -> None:
    world = World(konnect.call, konnect.advance)
    found = from_terraform(world, tmp_path)
    plane = world.id("plane")
    service = world["service"]
    body = {"name": "orders", "host": "elsewhere.internal", "tags": service["tags"]}
    konnect.call("PUT", f"/v2/control-planes/{plane}/core-entities/services/{service['id']}", body)
    changed = [item.name for item in adopted(found, konnect) if item.changed]
    assert changed == ["orders-service"]
