"""Vaults: the backends of a control plane's `{vault://...}` references, `core-entities/vaults`.

``config`` is a plain mapping: its keys depend on the backend, and releases of the gateway add
backends. Konnect resolves references to its own backend after a data plane has connected, so they
do not work in serverless functions (pre-function, post-function).
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
    """`Vault`. Only the keys given in ``config`` are compared: Konnect adds defaults."""

    name: Annotated[str, Field(min_length=1)]
    prefix: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*[a-z0-9]$")]
    description: str | None = None
    config: Annotated[dict[str, JsonValue], SUBSET, SECRET] = {}

    def problems(self) -> Iterator[tuple[str, str]]:
        """Konnect's own backend needs a config store."""
        if self.name == "konnect" and not self.config.get("config_store_id"):
            yield "config", "config_store_id is required: a vault of Konnect reads a config store"


class GatewayVaultProvider(CoreEntityProvider[GatewayVaultInputs]):
    """CRUD of a vault."""

    Inputs = GatewayVaultInputs
    noun = "vault"
    segment = "vaults"
    natural_key = ("control_plane_id", "prefix")


class GatewayVault(CoreEntity, module="konnect", name="GatewayVault"):
    """A vault (`konnect_gateway_vault`).

    ``name`` is the backend: konnect, env, aws, azure, gcp, hcv, conjur or a later one.
    ``prefix`` is the first part of its references (see `vault_reference`): lower-case letters,
    digits and dashes, at least two characters. ``config`` is a mapping as Kong documents it for
    the backend; for konnect it is ``{"config_store_id": ...}``. Give credentials in it as Pulumi
    secrets. Source: `core-entities/vaults`.
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
    """The reference ``{vault://prefix/key}``, by which another entity uses a secret.

    Pass ``vault.prefix`` and ``secret.key``, so that the entity depends on both. Slashes and
    other special characters in the key are escaped.
    """

    def written(parts: Sequence[str]) -> str:
        return f"{{vault://{parts[0]}/{quote(parts[1], safe='')}}}"

    return pulumi.Output.all(prefix, key).apply(written)
