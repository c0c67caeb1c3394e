"""Secrets of a config store, `/v2/control-planes/{id}/config-stores/{id}/secrets`.

Konnect never returns a secret's value. So the state holds a fingerprint of the value that was
written, and a write by someone else shows only in ``updated_at``. A secret that already exists is
written again, since its value cannot be compared. Its id is its key.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import pulumi
from pydantic import Field

from providers.base import model
from providers.base.errors import NotFoundError
from providers.base.http import Json
from providers.base.model import IMMUTABLE, WRITE_ONLY
from providers.konnect.client import Client
from providers.konnect.core_entities.base import ControlPlaneInputs, CoreEntityProvider
from providers.konnect.resource import KonnectResource


class GatewayConfigStoreSecretInputs(ControlPlaneInputs):
    """`CreateConfigStoreSecret`."""

    config_store_id: Annotated[str, IMMUTABLE, Field(min_length=1)]
    key: Annotated[str, IMMUTABLE, Field(min_length=1, max_length=512)]
    value: Annotated[str, WRITE_ONLY, Field(min_length=1, max_length=5120)]

    def problems(self) -> Iterator[tuple[str, str]]:
        """``.`` and ``..`` are refused: the key is the last segment of a URL path."""
        if self.key in (".", ".."):
            yield "key", f"{self.key!r} cannot be the last part of a URL path; use another key"


class GatewayConfigStoreSecretProvider(CoreEntityProvider[GatewayConfigStoreSecretInputs]):
    """CRUD of a secret. A PUT takes only the value."""

    Inputs = GatewayConfigStoreSecretInputs
    noun = "config store secret"
    root = "/v2/control-planes/{control_plane_id}/"
    segment = "config-stores/{config_store_id}/secrets"
    imported_by = "key"
    natural_key = ("control_plane_id", "config_store_id", "key")

    def id_of(self, remote: Json) -> str:
        return str(remote["key"])

    def find(self, client: Client, inputs: GatewayConfigStoreSecretInputs) -> Json | None:
        try:
            return self.fetch(client, inputs.key, model.dump(inputs))
        except NotFoundError:
            return None

    def change(
        self,
        client: Client,
        id_: str,
        inputs: GatewayConfigStoreSecretInputs,
        changed: object,
    ) -> Json:
        props = model.dump(inputs)
        action = f"updating {self.called(inputs)}"
        body = {"value": inputs.value}
        return self.answered(client.put(self.path(props, id_), action, body, regional=True), props)


class GatewayConfigStoreSecret(KonnectResource, module="konnect", name="GatewayConfigStoreSecret"):
    """A secret in a config store (`konnect_gateway_config_store_secret`).

    ``key`` has 1 to 512 characters, ``value`` 1 to 5120. A new ``value`` is an update; a new
    ``key`` replaces the secret. The value is not an output: other entities use it by
    `vault_reference`. Source: `config-stores/{id}/secrets`.
    """

    control_plane_id: pulumi.Output[str]
    config_store_id: pulumi.Output[str]
    key: pulumi.Output[str]
    created_at: pulumi.Output[str]
    updated_at: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        control_plane_id: pulumi.Input[str],
        config_store_id: pulumi.Input[str],
        key: pulumi.Input[str],
        value: pulumi.Input[str],
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(GatewayConfigStoreSecretProvider(), resource_name, locals(), opts)
