"""Bodies of certificates, CA certificates, SNIs and keys, with Kong's defaults."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from sandbox.konnect.core_models import Entity, Name, Part, Reference


class Sni(Entity):
    """A TLS server name and the certificate for it."""

    name: Annotated[str, Field(min_length=1)]
    certificate: Reference


def _checked_pem(value: str) -> str:
    if "-----BEGIN " not in value and not value.startswith("{vault://"):
        raise PydanticCustomError("invalid", "invalid PEM-encoded value")
    return value


Pem = Annotated[str, AfterValidator(_checked_pem)]


MANAGED_BY_LIMIT = 5

_ManagedByKey = Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[a-zA-Z0-9]")]
_ManagedByValue = Annotated[
    str,
    Field(min_length=1, max_length=63, pattern=r"^[a-z0-9A-Z]([a-z0-9A-Z\-._]*[a-z0-9A-Z]+)?$"),
]
ManagedBy = Annotated[dict[_ManagedByKey, _ManagedByValue], Field(max_length=MANAGED_BY_LIMIT)]
"""The tool that manages an entity, for example ``{"tool": "pulumi"}``."""


class Certificate(Entity):
    """A certificate with its key.

    ``vault`` is a shorthand: a vault reference to a secret that holds both. It wins over
    ``cert`` and ``key``. ``vault``, ``description`` and ``managed_by`` are never returned.
    """

    cert: Pem
    key: Pem
    cert_alt: Pem | None = None
    key_alt: Pem | None = None
    snis: list[str] | None = None
    description: Annotated[str | None, Field(exclude=True)] = None
    managed_by: Annotated[ManagedBy | None, Field(exclude=True)] = None

    @model_validator(mode="before")
    @classmethod
    def _from_vault(cls, body: Any) -> Any:
        if not isinstance(body, dict):
            return body
        expanded = dict(body)
        for suffix in ("", "_alt"):
            secret = body.get(f"vault{suffix}")
            if secret is None:
                expanded.pop(f"vault{suffix}", None)
            elif isinstance(secret, str) and secret.startswith("{vault://"):
                del expanded[f"vault{suffix}"]
                for part in ("cert", "key"):
                    expanded[f"{part}{suffix}"] = f"{secret.removesuffix('}')}/{part}}}"
            else:
                raise PydanticCustomError("invalid", "vault must be a reference {vault://…}")
        return expanded


class CaCertificate(Entity):
    """A trusted CA certificate."""

    cert: Pem
    cert_digest: str | None = None


class KeySet(Entity):
    """A set of keys."""

    name: Name | None = None


class KeyPair(Part):
    """A key as PEM."""

    private_key: str | None = None
    public_key: str | None = None


class Key(Entity):
    """A JSON web key or a PEM key pair."""

    kid: Annotated[str, Field(min_length=1)]
    name: Name | None = None
    jwk: str | None = None
    pem: KeyPair | None = None
    set: Reference | None = None
    x5t: str | None = None
