"""Asymmetric keys that plugins sign and verify with, `core-entities/keys`.

A key may be private, and Konnect returns it in clear, so `jwk` and `pem` are secrets of the state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import pulumi
from pydantic import Field

from providers.base import model
from providers.base.http import Json
from providers.base.model import CREDENTIAL, Part
from providers.konnect.core_entities.base import (
    CoreEntity,
    CoreEntityInputs,
    CoreEntityProvider,
    Reference,
)


class KeyPair(Part):
    """A key in PEM format: the private key, the public key or both."""

    private_key: Annotated[str | None, Field(min_length=1)] = None
    public_key: Annotated[str | None, Field(min_length=1)] = None


class GatewayKeyInputs(CoreEntityInputs):
    """`Key`."""

    kid: Annotated[str, Field(min_length=1)]
    name: Annotated[str | None, Field(min_length=1)] = None
    jwk: Annotated[str | None, CREDENTIAL, Field(min_length=1)] = None
    pem: Annotated[KeyPair | None, CREDENTIAL] = None
    set: Reference | None = None
    x5t: Annotated[str | None, Field(min_length=1)] = None


class GatewayKeyProvider(CoreEntityProvider[GatewayKeyInputs]):
    """CRUD of a key. The same key id in another set is another key."""

    Inputs = GatewayKeyInputs
    noun = "key"
    segment = "keys"
    natural_key = ("control_plane_id", "kid", "set")

    def called(self, inputs: GatewayKeyInputs) -> str:
        """The key in messages, by its key id."""
        return f"{self.noun} {inputs.kid!r}"

    def identified(self, inputs: GatewayKeyInputs) -> bool:
        """Always: a key needs no set."""
        return True

    def same(self, entity: Json, inputs: GatewayKeyInputs) -> bool:
        wanted = model.dump(inputs)
        return all(entity.get(name) == wanted.get(name) for name in ("kid", "set"))


class GatewayKey(CoreEntity, module="konnect", name="GatewayKey"):
    """`konnect_gateway_key`. Source: `core-entities/keys`.

    ``kid`` is the key id by which plugins choose the key. The key is ``jwk``, a JSON Web Key as a
    string, or ``pem``, a mapping with ``private_key``, ``public_key`` or both as PEM text; each
    may be a ``{vault://...}`` reference. ``jwk`` and ``pem`` are Pulumi secrets however they are
    written. ``set`` is ``{"id": key_set_id}`` and ``x5t`` the SHA-1 thumbprint of a certificate.
    ``name`` is unique in the control plane.
    """

    kid: pulumi.Output[str]
    name: pulumi.Output[str | None]
    jwk: pulumi.Output[str | None]
    pem: pulumi.Output[Mapping[str, str] | None]
    set: pulumi.Output[Mapping[str, str] | None]
    x5t: pulumi.Output[str | None]

    def __init__(
        self,
        resource_name: str,
        *,
        control_plane_id: pulumi.Input[str],
        kid: pulumi.Input[str],
        name: pulumi.Input[str] | None = None,
        jwk: pulumi.Input[str] | None = None,
        pem: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
        set: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
        x5t: pulumi.Input[str] | None = None,
        tags: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(GatewayKeyProvider(), resource_name, locals(), opts)
