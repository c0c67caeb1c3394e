"""Look-ups of mesh control planes."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pydantic import Field

from providers.base.model import Returned
from providers.konnect.client import Connection, client_for
from providers.konnect.lookup_forms import looked_up
from providers.konnect.provider import Provider


class MeshDefault(Returned):
    """Whether Konnect creates a default."""

    enabled: bool


class MeshFeature(Returned):
    """A default of a mesh control plane: ``type`` is MeshCreation or HostnameGeneratorCreation."""

    type: str
    mesh_creation: MeshDefault | None = Field(None, alias="meshCreation")
    hostname_generator_creation: MeshDefault | None = Field(None, alias="hostnameGeneratorCreation")


class MeshControlPlane(Returned):
    """A mesh control plane as Konnect returns it. Times are RFC 3339."""

    id: str
    name: str
    description: str = ""
    labels: Mapping[str, str | None] | None = None
    features: tuple[MeshFeature, ...] = ()
    created_at: str = ""
    updated_at: str = ""


def get_mesh_control_planes(
    connection: Connection, *, name: str | None = None
) -> tuple[MeshControlPlane, ...]:
    """The mesh control planes of the connection's geo. Source: `/v1/mesh/control-planes`.

    ``name`` selects those with this name: the API does not promise that names are unique.
    """
    query = {} if name is None else {"filter[name][eq]": name}
    found = client_for(connection).list_all(
        "/v1/mesh/control-planes", "listing mesh control planes", query, regional=True
    )
    return tuple(MeshControlPlane.model_validate(item) for item in found)


def get_mesh_control_planes_output(
    *, name: pulumi.Input[str] | None = None, provider: Provider | None = None
) -> pulumi.Output[tuple[MeshControlPlane, ...]]:
    """The mesh control planes of the provider's geo."""
    return looked_up(get_mesh_control_planes, provider, name=name)
