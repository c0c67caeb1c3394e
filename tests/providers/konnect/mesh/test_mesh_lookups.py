"""Look-ups of mesh control planes, against the simulated Konnect."""

from __future__ import annotations

from typing import Any

from providers import konnect as library
from tests.providers.konnect.local_konnect import LocalKonnect
from tests.providers.konnect.scripted import TOKEN

PLANES = "/v1/mesh/control-planes"


def create(konnect: LocalKonnect, name: str, **body: Any) -> str:
    return str(konnect.call("POST", PLANES, {"name": name, **body})["id"])


def test_all_mesh_control_planes_are_found_with_what_they_have(konnect: LocalKonnect) -> None:
    features = [
        {"type": "MeshCreation", "meshCreation": {"enabled": False}},
        {"type": "HostnameGeneratorCreation", "hostnameGeneratorCreation": {"enabled": True}},
    ]
    full = create(konnect, "orders", description="Orders", labels={"a": "b"}, features=features)
    least = create(konnect, "sales")
    connection = library.Connection(konnect.url, TOKEN)
    first, second = library.get_mesh_control_planes(connection)
    assert (first.id, first.name, first.description) == (full, "orders", "Orders")
    assert first.labels == {"a": "b"}
    mesh, generators = first.features
    assert (mesh.type, mesh.mesh_creation and mesh.mesh_creation.enabled) == ("MeshCreation", False)
    assert generators.hostname_generator_creation is not None
    assert generators.hostname_generator_creation.enabled is True
    assert (second.id, second.labels, second.features) == (least, None, ())
    assert first.created_at == first.updated_at != ""


def test_mesh_control_planes_of_one_name_are_found_by_it(konnect: LocalKonnect) -> None:
    wanted = {create(konnect, "orders"), create(konnect, "orders")}
    create(konnect, "orders-2")
    found = library.get_mesh_control_planes(library.Connection(konnect.url, TOKEN), name="orders")
    assert {item.id for item in found} == wanted


def test_every_page_of_mesh_control_planes_is_read(konnect: LocalKonnect) -> None:
    ids = [create(konnect, f"plane-{number}") for number in range(101)]
    found = library.get_mesh_control_planes(library.Connection(konnect.url, TOKEN))
    assert [item.id for item in found] == ids
