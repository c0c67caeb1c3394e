"""The base of what a consumer is known by: `core-entities/consumers/{consumer_id}/...`.

Konnect makes up a key or a secret that is not written, and a PUT replaces the whole: without
the one that was made up it would make another. So a change reads it first and sends it along.
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
    """What every credential has."""

    consumer_id: Annotated[str, IMMUTABLE, Field(min_length=1)]


C = TypeVar("C", bound=CredentialInputs)


class CredentialProvider(CoreEntityProvider[C]):
    """CRUD of a credential, changed in place where the Terraform provider replaces it."""

    outputs = ("created_at",)
    """Konnect does not date the changes of a credential."""

    def change(self, client: Client, id_: str, inputs: C, changed: Sequence[str]) -> Json:
        made_up = [n for n in self.Inputs.named(SERVER_DEFAULT) if getattr(inputs, n) is None]
        if made_up:
            held = self.fetch(client, id_, model.dump(inputs))
            inputs = inputs.model_copy(update={name: held.get(name) for name in made_up})
        return super().change(client, id_, inputs, changed)

    def called(self, inputs: C) -> str:
        """The credential in messages: its consumer says which, and gives nothing away."""
        return f"{self.noun} of consumer {inputs.consumer_id}"


class Credential(KonnectResource):
    """What the program sees of every credential."""

    control_plane_id: pulumi.Output[str]
    consumer_id: pulumi.Output[str]
    tags: pulumi.Output[Sequence[str]]
    created_at: pulumi.Output[int]
    """Seconds since 1970."""
