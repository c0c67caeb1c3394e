"""Server names (SNI): which certificate a client gets, `core-entities/snis`.

Kong's own Admin API takes the names with the certificate. Konnect does not, so each name is an
entity of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import pulumi
from pydantic import Field

from providers.konnect.core_entities.base import (
    CoreEntity,
    CoreEntityInputs,
    CoreEntityProvider,
    Reference,
)

ServerName = Annotated[
    str, Field(min_length=1, pattern=r"^(\*|(\*\.)?[^*\s:/.][^*\s:/]*|[^*\s:/.][^*\s:/]*\.\*)$")
]
"""A host name without a port. Its first or last label may be ``*``, or the whole name."""


class GatewaySniInputs(CoreEntityInputs):
    """`SNI`."""

    name: ServerName
    certificate: Reference


class GatewaySniProvider(CoreEntityProvider[GatewaySniInputs]):
    """CRUD of a server name."""

    Inputs = GatewaySniInputs
    noun = "SNI"
    segment = "snis"


class GatewaySni(CoreEntity, module="konnect", name="GatewaySni"):
    """A server name and its certificate (`konnect_gateway_sni`).

    ``name`` is a host name (``api.example.com``, ``*.example.com``, ``example.*``); it is unique
    in its control plane. ``certificate`` is ``{"id": certificate_id}``.
    Source: `core-entities/snis`.
    """

    name: pulumi.Output[str]
    certificate: pulumi.Output[Mapping[str, str]]

    def __init__(
        self,
        resource_name: str,
        *,
        control_plane_id: pulumi.Input[str],
        name: pulumi.Input[str],
        certificate: pulumi.Input[Mapping[str, pulumi.Input[str]]],
        tags: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(GatewaySniProvider(), resource_name, locals(), opts)
