"""Vaults: where a control plane's `{vault://...}` references are resolved, `core-entities/vaults`.

The config is a mapping: its keys are the backend's own, and backends come with releases of
the gateway. Konnect's own backend is resolved by Konnect after a data plane has connected,
so its secrets do not work in serverless functions (pre-function, post-function).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import quote

import pulumi
from pydantic import Field, JsonValue

from providers.base.model import SECRET, SUBSET
from providers.konnect.core_entities.base import CoreEntity, CoreEntityInputs, CoreEntityProvider


class GatewayVaultInputs(CoreEntityInputs):
    """`Vault`. Of ``config`` only the written keys are compared: Konnect adds defaults."""

    name: Annotated[str, Field(min_length=1)]
    prefix: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*[a-z0-9]$")]
    description: str | None = None
    config: Annotated[dict[str, JsonValue], SUBSET, SECRET] = {}

    def problems(self) -> Iterator[tuple[str, str]]:
        """Konnect's own backend needs a store."""
        if self.name == "konnect" and not self.config.get("config_store_id"):
            yield "config", "config_store_id is required: a vault of Konnect reads a config store"


class GatewayVaultProvider(CoreEntityProvider[GatewayVaultInputs]):
    """CRUD of a vault."""

    Inputs = GatewayVaultInputs
    noun = "vault"
    segment = "vaults"
    natural_key = ("control_plane_id", "prefix")


class GatewayVault(CoreEntity, module="konnect", name="GatewayVault"):
    """`konnect_gateway_vault`. Source: `core-entities/vaults`.

    ``name`` is the backend: konnect, env, aws, azure, gcp, hcv, conjur or a later one.
    ``prefix`` is what references begin with (see `vault_reference`): small letters, digits
    and dashes, at least two of them. ``config`` is a mapping as Kong documents it for that
    backend; for konnect it is ``{"config_store_id": ...}``. Give credentials in it as Pulumi
    secrets.
    """

    name: pulumi.Output[str]
    prefix: pulumi.Output[str]
    description: pulumi.Output[str | None]
    config: pulumi.Output[Mapping[str, Any]]

    def __init__(
        self,
        resource_name: str,
        *,
        control_plane_id: pulumi.Input[str],
        name: pulumi.Input[str],
        prefix: pulumi.Input[str],
        description: pulumi.Input[str] | None = None,
        config: pulumi.Input[Mapping[str, Any]] | None = None,
        tags: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(GatewayVaultProvider(), resource_name, locals(), opts)


def vault_reference(prefix: pulumi.Input[str], key: pulumi.Input[str]) -> pulumi.Output[str]:
    """The ``{vault://prefix/key}`` by which another entity uses a secret.

    With ``vault.prefix`` and ``secret.key`` the entity depends on both. A slash or another
    special character of the key is escaped.
    """

    def written(parts: Sequence[str]) -> str:
        return f"{{vault://{parts[0]}/{quote(parts[1], safe='')}}}"

    return pulumi.Output.all(prefix, key).apply(written)
