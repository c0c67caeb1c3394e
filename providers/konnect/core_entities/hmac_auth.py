"""Names and HMAC secrets of a consumer, `core-entities/consumers/{}/hmac-auth`.

Konnect returns secrets in clear, so they are secrets of the state.
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
    """`konnect_gateway_hmac_auth`. Source: `core-entities/consumers/{consumer_id}/hmac-auth`.

    ``username`` is unique in the control plane. Konnect makes up ``secret`` when it is not
    written; ``secret`` is a Pulumi secret either way.
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
