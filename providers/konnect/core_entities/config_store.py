"""Config stores: Konnect's own place for secrets, `/v2/control-planes/{id}/config-stores`.

They stand beside the core entities: lists are paged by a cursor, times are text, there are
no tags. A store that holds secrets is not deleted. Those of the program go before it; one
that somebody else wrote is an error here, as in Terraform, and not lost.
"""

from __future__ import annotations

from typing import Annotated

import pulumi
from pydantic import Field

from providers.base.http import Json
from providers.base.model import SERVER_DEFAULT
from providers.konnect.client import Client
from providers.konnect.core_entities.base import ControlPlaneInputs, CoreEntityProvider
from providers.konnect.resource import KonnectResource


class GatewayConfigStoreInputs(ControlPlaneInputs):
    """`CreateConfigStore`."""

    name: Annotated[str | None, SERVER_DEFAULT, Field(min_length=1, max_length=100)] = None


class GatewayConfigStoreProvider(CoreEntityProvider[GatewayConfigStoreInputs]):
    """CRUD of a config store."""

    Inputs = GatewayConfigStoreInputs
    noun = "config store"
    root = "/v2/control-planes/{control_plane_id}/"
    segment = "config-stores"

    def listed(self, client: Client, path: str, action: str) -> list[Json]:
        return client.list_by_cursor(path, action, regional=True)


class GatewayConfigStore(KonnectResource, module="konnect", name="GatewayConfigStore"):
    """`konnect_gateway_config_store`. Source: `config-stores`.

    ``name`` has 1 to 100 characters. A `GatewayVault` named ``konnect`` makes its secrets
    available to the entities of the control plane.
    """

    control_plane_id: pulumi.Output[str]
    name: pulumi.Output[str | None]
    created_at: pulumi.Output[str]
    updated_at: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        control_plane_id: pulumi.Input[str],
        name: pulumi.Input[str] | None = None,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(GatewayConfigStoreProvider(), resource_name, locals(), opts)
