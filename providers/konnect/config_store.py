"""Config stores: Konnect's own place for secrets, `/v2/control-planes/{id}/config-stores`.

They stand beside the core entities: lists are paged by a cursor, times are text, there are
no tags. A store that holds secrets is not deleted. Those of the program go before it; one
that somebody else wrote is an error here, as in Terraform, and not lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import pulumi
from pydantic import Field

from providers.konnect import model
from providers.konnect.client import Client
from providers.konnect.core_entity import ControlPlaneInputs, CoreEntityProvider
from providers.konnect.dynamic import Json, KonnectResource
from providers.konnect.model import SERVER_DEFAULT


class GatewayConfigStoreInputs(ControlPlaneInputs):
    """`CreateConfigStore`."""

    name: Annotated[str | None, SERVER_DEFAULT, Field(min_length=1, max_length=100)] = None


class GatewayConfigStoreProvider(CoreEntityProvider[GatewayConfigStoreInputs]):
    """CRUD of a config store."""

    Inputs = GatewayConfigStoreInputs
    noun = "config store"

    def path(self, props: Mapping[str, Any], id_: str = "") -> str:
        path = f"/v2/control-planes/{props['control_plane_id']}/config-stores"
        return f"{path}/{id_}" if id_ else path

    def find(self, client: Client, inputs: GatewayConfigStoreInputs) -> Json | None:
        if not self.identified(inputs):
            return None
        props = model.dump(inputs)
        action = f"looking for {self.called(inputs)}"
        found = client.list_by_cursor(self.path(props), action, regional=True)
        match = next((item for item in found if self.same(item, inputs)), None)
        return match and self.answered(match, props)


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
        inputs = {
            "control_plane_id": control_plane_id,
            "name": name,
            "adopt_existing_id": adopt_existing_id,
        }
        super().__init__(GatewayConfigStoreProvider(), resource_name, inputs, opts)
