"""JWT credentials of a consumer, `core-entities/consumers/{}/jwt`.

``key`` is the issuer: the `iss` claim of a token. It is not a secret. Konnect generates a
``secret`` for every algorithm, even for those that a public key verifies.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

import pulumi
from pydantic import Field

from providers.base.model import CREDENTIAL, SERVER_DEFAULT
from providers.konnect.core_entities.credential import (
    Credential,
    CredentialInputs,
    CredentialProvider,
)

JwtAlgorithm = Literal[
    "HS256",
    "HS384",
    "HS512",
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES256K",
    "ES384",
    "ES512",
    "ESB256",
    "ESB320",
    "ESB384",
    "ESB512",
    "ESP256",
    "ESP384",
    "ESP512",
    "EdDSA",
    "Ed25519",
    "Ed448",
]


class GatewayJwtInputs(CredentialInputs):
    """`JWT`."""

    algorithm: JwtAlgorithm = "HS256"
    key: Annotated[str | None, SERVER_DEFAULT, Field(min_length=1)] = None
    secret: Annotated[str | None, SERVER_DEFAULT, CREDENTIAL, Field(min_length=1)] = None
    rsa_public_key: Annotated[str | None, Field(min_length=1)] = None

    def problems(self) -> Iterator[tuple[str, str]]:
        """All algorithms but HS256, HS384 and HS512 need a public key."""
        if not self.algorithm.startswith("HS") and self.rsa_public_key is None:
            yield "rsa_public_key", f"is required for {self.algorithm}"


class GatewayJwtProvider(CredentialProvider[GatewayJwtInputs]):
    """CRUD of a JWT credential. Its natural key is the issuer."""

    Inputs = GatewayJwtInputs
    noun = "JWT credential"
    segment = "consumers/{consumer_id}/jwt"
    natural_key = ("control_plane_id", "consumer_id", "key")


class GatewayJwt(Credential, module="konnect", name="GatewayJwt"):
    """A JWT credential of a consumer (`konnect_gateway_jwt`).

    ``algorithm`` is HS256 (the default), HS384 or HS512, which ``secret`` verifies; or one of
    RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES256K ES384 ES512 ESB256 ESB320 ESB384 ESB512
    ESP256 ESP384 ESP512 EdDSA Ed25519 Ed448, which ``rsa_public_key`` verifies (the PEM text of
    a public key of any of these kinds). ``key`` is the issuer. If ``key`` or ``secret`` is
    omitted, Konnect generates it. ``secret`` is always a Pulumi secret.
    Source: `core-entities/consumers/{consumer_id}/jwt`.
    """

    algorithm: pulumi.Output[str]
    key: pulumi.Output[str]
    secret: pulumi.Output[str]
    rsa_public_key: pulumi.Output[str | None]

    def __init__(
        self,
        resource_name: str,
        *,
        control_plane_id: pulumi.Input[str],
        consumer_id: pulumi.Input[str],
        algorithm: pulumi.Input[str] | None = None,
        key: pulumi.Input[str] | None = None,
        secret: pulumi.Input[str] | None = None,
        rsa_public_key: pulumi.Input[str] | None = None,
        tags: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(GatewayJwtProvider(), resource_name, locals(), opts)
