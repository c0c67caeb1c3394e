"""API keys of a consumer, `core-entities/consumers/{}/key-auth`.

Konnect returns keys in clear text, so they are secrets in the state. A key that Konnect
generated can be looked up only by its id.
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


class GatewayKeyAuthInputs(CredentialInputs):
    """`KeyAuth`."""

    key: Annotated[str | None, SERVER_DEFAULT, CREDENTIAL, Field(min_length=1)] = None
    ttl: Annotated[int | None, Field(ge=0)] = None


class GatewayKeyAuthProvider(CredentialProvider[GatewayKeyAuthInputs]):
    """CRUD of an API key. Its natural key is the key itself."""

    Inputs = GatewayKeyAuthInputs
    noun = "API key"
    segment = "consumers/{consumer_id}/key-auth"
    natural_key = ("control_plane_id", "consumer_id", "key")


class GatewayKeyAuth(Credential, module="konnect", name="GatewayKeyAuth"):
    """An API key of a consumer (`konnect_gateway_key_auth`).

    If ``key`` is omitted, Konnect generates it. ``key`` is always a Pulumi secret. ``ttl`` is
    the key's lifetime in seconds; if it is omitted, the key does not expire.
    Source: `core-entities/consumers/{consumer_id}/key-auth`.
    """

    key: pulumi.Output[str]
    ttl: pulumi.Output[int | None]

    def __init__(
        self,
        resource_name: str,
        *,
        control_plane_id: pulumi.Input[str],
        consumer_id: pulumi.Input[str],
        key: pulumi.Input[str] | None = None,
        ttl: pulumi.Input[int] | None = None,
        tags: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(GatewayKeyAuthProvider(), resource_name, locals(), opts)
