"""mTLS credentials of a consumer, `core-entities/consumers/{}/mtls-auth`.

A credential names the subject of the client certificate, not the certificate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import pulumi
from pydantic import Field

from providers.base import model
from providers.base.http import Json
from providers.konnect.core_entities.base import Reference
from providers.konnect.core_entities.credential import (
    Credential,
    CredentialInputs,
    CredentialProvider,
)


class GatewayMtlsAuthInputs(CredentialInputs):
    """`MTLSAuth`."""

    subject_name: Annotated[str, Field(min_length=1)]
    ca_certificate: Reference | None = None


class GatewayMtlsAuthProvider(CredentialProvider[GatewayMtlsAuthInputs]):
    """CRUD of an mTLS credential. Its natural key is the subject together with the CA."""

    Inputs = GatewayMtlsAuthInputs
    noun = "mTLS credential"
    segment = "consumers/{consumer_id}/mtls-auth"
    natural_key = ("control_plane_id", "consumer_id", "subject_name", "ca_certificate")

    def identified(self, inputs: GatewayMtlsAuthInputs) -> bool:
        """Always true: a credential without a CA certificate can be looked up too."""
        return True

    def same(self, entity: Json, inputs: GatewayMtlsAuthInputs) -> bool:
        wanted = model.dump(inputs)
        return all(entity.get(key) == wanted.get(key) for key in ("subject_name", "ca_certificate"))


class GatewayMtlsAuth(Credential, module="konnect", name="GatewayMtlsAuth"):
    """An mTLS credential of a consumer (`konnect_gateway_mtls_auth`).

    ``subject_name`` is a subject alternative name of the client certificate, or else its common
    name. ``ca_certificate`` is ``{"id": ...}`` of the CA that must have signed it; if it is
    omitted, any trusted CA may have. Source: `core-entities/consumers/{consumer_id}/mtls-auth`.
    """

    subject_name: pulumi.Output[str]
    ca_certificate: pulumi.Output[Mapping[str, str] | None]

    def __init__(
        self,
        resource_name: str,
        *,
        control_plane_id: pulumi.Input[str],
        consumer_id: pulumi.Input[str],
        subject_name: pulumi.Input[str],
        ca_certificate: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
        tags: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(GatewayMtlsAuthProvider(), resource_name, locals(), opts)
