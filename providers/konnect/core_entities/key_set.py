"""Key sets: keys that plugins use together, `core-entities/key-sets`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import pulumi
from pydantic import Field

from providers.konnect.core_entities.base import CoreEntity, CoreEntityInputs, CoreEntityProvider


class GatewayKeySetInputs(CoreEntityInputs):
    """`KeySet`."""

    name: Annotated[str | None, Field(min_length=1)] = None


class GatewayKeySetProvider(CoreEntityProvider[GatewayKeySetInputs]):
    """CRUD of a key set."""

    Inputs = GatewayKeySetInputs
    noun = "key set"
    segment = "key-sets"


class GatewayKeySet(CoreEntity, module="konnect", name="GatewayKeySet"):
    """`konnect_gateway_key_set`. Source: `core-entities/key-sets`.

    ``name`` is unique in the control plane; without one the set is found by its id only. A
    `GatewayKey` joins the set with ``set``. Konnect deletes the keys of a set with the set.
    """

    name: pulumi.Output[str | None]

    def __init__(
        self,
        resource_name: str,
        *,
        control_plane_id: pulumi.Input[str],
        name: pulumi.Input[str] | None = None,
        tags: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(GatewayKeySetProvider(), resource_name, locals(), opts)
