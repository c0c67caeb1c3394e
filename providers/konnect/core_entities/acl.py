"""ACL groups of a consumer, `core-entities/consumers/{}/acls`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import pulumi
from pydantic import Field

from providers.konnect.core_entities.credential import (
    Credential,
    CredentialInputs,
    CredentialProvider,
)


class GatewayAclInputs(CredentialInputs):
    """`ACL`."""

    group: Annotated[str, Field(min_length=1)]


class GatewayAclProvider(CredentialProvider[GatewayAclInputs]):
    """CRUD of a consumer's ACL group."""

    Inputs = GatewayAclInputs
    noun = "ACL group"
    segment = "consumers/{consumer_id}/acls"
    natural_key = ("control_plane_id", "consumer_id", "group")


class GatewayAcl(Credential, module="konnect", name="GatewayAcl"):
    """An ACL group of a consumer (`konnect_gateway_acl`).

    ``group`` is the group's name, as in the lists ``allow`` and ``deny`` of the acl plugin.
    Source: `core-entities/consumers/{consumer_id}/acls`.
    """

    group: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        control_plane_id: pulumi.Input[str],
        consumer_id: pulumi.Input[str],
        group: pulumi.Input[str],
        tags: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(GatewayAclProvider(), resource_name, locals(), opts)
