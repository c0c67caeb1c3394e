"""Config stores: Konnect's own storage of secrets, `/v2/control-planes/{id}/config-stores`.

They are not core entities: lists use cursor pagination, timestamps are text, and there are no
tags. Without `force=true`, which is not sent here, Konnect refuses to delete a store that holds
secrets. The program's secrets are deleted before their store. If someone else created a secret in
it, the delete fails, as in Terraform, so that the secret is not lost.
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
    """A config store (`konnect_gateway_config_store`).

    ``name`` has 1 to 100 characters. A `GatewayVault` named ``konnect`` makes the store's
    secrets available to the entities of the control plane. Source: `config-stores`.
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
