"""Basic authentication credentials of a consumer, `core-entities/consumers/{}/basic-auth`.

Konnect returns a hash instead of the password. So the state holds a fingerprint of the password
that was written, and a refresh does not detect a password that someone else has set.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import pulumi
from pydantic import Field

from providers.base.model import WRITE_ONLY
from providers.konnect.core_entities.credential import (
    Credential,
    CredentialInputs,
    CredentialProvider,
)


class GatewayBasicAuthInputs(CredentialInputs):
    """`BasicAuth`."""

    username: Annotated[str, Field(min_length=1)]
    password: Annotated[str, WRITE_ONLY, Field(min_length=1)]


class GatewayBasicAuthProvider(CredentialProvider[GatewayBasicAuthInputs]):
    """CRUD of a basic-auth credential. Its natural key is the user name."""

    Inputs = GatewayBasicAuthInputs
    noun = "basic-auth credential"
    segment = "consumers/{consumer_id}/basic-auth"
    natural_key = ("control_plane_id", "consumer_id", "username")


class GatewayBasicAuth(Credential, module="konnect", name="GatewayBasicAuth"):
    """A user name and password of a consumer (`konnect_gateway_basic_auth`).

    ``username`` is unique in the control plane. ``password`` is the password itself, not its hash:
    Konnect hashes every password that it receives. The password is not an output.
    Source: `core-entities/consumers/{consumer_id}/basic-auth`.
    """

    username: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        control_plane_id: pulumi.Input[str],
        consumer_id: pulumi.Input[str],
        username: pulumi.Input[str],
        password: pulumi.Input[str],
        tags: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(GatewayBasicAuthProvider(), resource_name, locals(), opts)
