"""A secret that an edge sends to the gateways, so that they serve nobody else.

It has no object in Konnect: the value is made once, when the resource is created, and only state
keeps it. Its plugin is in ``components.entry.origin_lock``.
"""

from __future__ import annotations

import secrets
from typing import Annotated, Final

import pulumi
from pulumi import dynamic
from pydantic import Field

from providers.base import model
from providers.base.model import IMMUTABLE, Inputs, Props
from providers.base.sealed import marked
from providers.konnect.crud import KonnectResourceProvider
from providers.konnect.resource import KonnectResource

BYTES: Final = 32
"""Random bytes of a value. They are written as twice as many hexadecimal digits."""


class GatewayOriginSecretInputs(Inputs):
    """The number of the secret. Another number is another secret."""

    generation: Annotated[int, IMMUTABLE, Field(ge=1)]


class GatewayOriginSecretProvider(KonnectResourceProvider[GatewayOriginSecretInputs]):
    """CRUD of an origin secret. Nothing is sent to Konnect, so it needs no credentials."""

    Inputs = GatewayOriginSecretInputs
    noun = "origin secret"
    natural_key = ()
    outputs = ()

    def create(self, props: Props) -> dynamic.CreateResult:
        with self._short_errors(props):
            inputs = model.dump(self._parse(props))
            value = secrets.token_hex(BYTES)
            return dynamic.CreateResult("origin-secret", {**inputs, "value": marked(value)})

    def read(self, id_: str, props: Props) -> dynamic.ReadResult:
        with self._short_errors(props):
            inputs = model.dump(self._parse({"generation": props["generation"]}))
            return dynamic.ReadResult(id_, {**inputs, "value": marked(props["value"])}, inputs)

    def update(self, _id: str, _olds: Props, _news: Props) -> dynamic.UpdateResult:
        with self._short_errors(_olds):
            inputs = model.dump(self._parse(_news))
            return dynamic.UpdateResult({**inputs, "value": marked(_olds["value"])})

    def delete(self, _id: str, _props: Props) -> None:
        """Nothing to delete: only state has the value."""


class GatewayOriginSecret(KonnectResource, module="konnect", name="GatewayOriginSecret"):
    """A random value that an edge sends to its gateways in a header, always a Pulumi secret.

    ``generation`` is 1 or more. Another one replaces the secret; for a rotation create a second
    resource, so that both values exist. Terraform has no such resource.
    """

    secret_outputs = ("value",)

    generation: pulumi.Output[int]
    value: pulumi.Output[str]
    """64 hexadecimal digits."""

    def __init__(
        self,
        resource_name: str,
        *,
        generation: pulumi.Input[int] = 1,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(GatewayOriginSecretProvider(), resource_name, locals(), opts)
