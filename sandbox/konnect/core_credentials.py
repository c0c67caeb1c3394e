"""Bodies of the credentials of consumers, with Kong's defaults."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sandbox.konnect.core_models import Entity, Reference


class Credential(Entity):
    """The properties of every credential."""

    consumer: Reference | None = None


class KeyAuth(Credential):
    """An API key; generated when absent."""

    key: Annotated[str, Field(min_length=1)] | None = None
    ttl: int | None = None


class BasicAuth(Credential):
    """A user name and a password, of which the hash is returned."""

    username: Annotated[str, Field(min_length=1)]
    password: str


class HmacAuth(Credential):
    """A user name and a secret."""

    username: Annotated[str, Field(min_length=1)]
    secret: str | None = None


Algorithm = Literal[
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
    "Ed25519",
    "Ed448",
    "EdDSA",
    "HS256",
    "HS384",
    "HS512",
    "PS256",
    "PS384",
    "PS512",
    "RS256",
    "RS384",
    "RS512",
]


class Jwt(Credential):
    """A JWT issuer."""

    key: Annotated[str, Field(min_length=1)] | None = None
    secret: str | None = None
    rsa_public_key: str | None = None
    algorithm: Algorithm = "HS256"


class Acl(Credential):
    """Membership in an ACL group."""

    group: Annotated[str, Field(min_length=1)]


class MtlsAuth(Credential):
    """The subject of a client certificate."""

    subject_name: Annotated[str, Field(min_length=1)]
    ca_certificate: Reference | None = None
