"""HMAC credentials of a consumer, `core-entities/consumers/{}/hmac-auth`.

Konnect returns the secrets of credentials in clear text, so they are secrets in the state.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import pulumi
from pydantic import Field

from providers.base.model import CREDENTIAL, SERVER_DEFAULT
from providers.konnect.core_entities.credential import (
    Credential,
    CredentialInputs,
    CredentialProvider,
)


class GatewayHmacAuthInputs(CredentialInputs):
    """`HMACAuth`."""

    username: Annotated[str, Field(min_length=1)]
    secret: Annotated[str | None, SERVER_DEFAULT, CREDENTIAL, Field(min_length=1)] = None


class GatewayHmacAuthProvider(CredentialProvider[GatewayHmacAuthInputs]):
    """CRUD of an HMAC credential. Its natural key is the user name."""

    Inputs = GatewayHmacAuthInputs
    noun = "HMAC credential"
    segment = "consumers/{consumer_id}/hmac-auth"
    natural_key = ("control_plane_id", "consumer_id", "username")


class GatewayHmacAuth(Credential, module="konnect", name="GatewayHmacAuth"):
    """A user name and HMAC secret of a consumer (`konnect_gateway_hmac_auth`).

    ``username`` is unique in the control plane. If ``secret`` is omitted, Konnect generates it.
    ``secret`` is always a Pulumi secret.
    Source: `core-entities/consumers/{consumer_id}/hmac-auth`.
    """

    username: pulumi.Output[str]
    secret: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        control_plane_id: pulumi.Input[str],
        consumer_id: pulumi.Input[str],
        username: pulumi.Input[str],
        secret: pulumi.Input[str] | None = None,
        tags: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(GatewayHmacAuthProvider(), resource_name, locals(), opts)
