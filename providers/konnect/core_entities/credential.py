"""The base of a consumer's credentials, `core-entities/consumers/{consumer_id}/...`.

Konnect generates a key or secret that is omitted. A PUT replaces the whole credential: without
the generated value, Konnect would generate another. So an update reads that value first and
sends it along.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypeVar

import pulumi
from pydantic import Field

from providers.base import model
from providers.base.http import Json
from providers.base.model import IMMUTABLE, SERVER_DEFAULT
from providers.konnect.client import Client
from providers.konnect.core_entities.base import CoreEntityInputs, CoreEntityProvider
from providers.konnect.resource import KonnectResource


class CredentialInputs(CoreEntityInputs):
    """Inputs of every credential."""

    consumer_id: Annotated[str, IMMUTABLE, Field(min_length=1)]


C = TypeVar("C", bound=CredentialInputs)


class CredentialProvider(CoreEntityProvider[C]):
    """CRUD of a credential. It is updated in place; the Terraform provider replaces it."""

    outputs = ("created_at",)
    """A credential has no ``updated_at``."""

    def change(self, client: Client, id_: str, inputs: C, changed: Sequence[str]) -> Json:
        made_up = [n for n in self.Inputs.named(SERVER_DEFAULT) if getattr(inputs, n) is None]
        if made_up:
            held = self.fetch(client, id_, model.dump(inputs))
            inputs = inputs.model_copy(update={name: held.get(name) for name in made_up})
        return super().change(client, id_, inputs, changed)

    def called(self, inputs: C) -> str:
        """The name of the credential in messages: its consumer, since its key is a secret."""
        return f"{self.noun} of consumer {inputs.consumer_id}"


class Credential(KonnectResource):
    """Outputs of every credential."""

    control_plane_id: pulumi.Output[str]
    consumer_id: pulumi.Output[str]
    tags: pulumi.Output[Sequence[str]]
    created_at: pulumi.Output[int]
    """Seconds since 1970."""
