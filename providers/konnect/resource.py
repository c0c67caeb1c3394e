"""What a program sees of every Konnect resource, with the connection of its provider."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pulumi

from providers.base import readiness
from providers.base.http import Json
from providers.base.resource import PerProgram, RemoteResource
from providers.konnect.client import Client, client_for
from providers.konnect.crud import KonnectResourceProvider
from providers.konnect.provider import connection_of, explicit_provider


class KonnectResource(RemoteResource[Client]):
    """What the program sees of a Konnect object."""

    def __init__(
        self,
        provider: KonnectResourceProvider[Any],
        name: str,
        inputs: Mapping[str, Any],
        opts: pulumi.ResourceOptions | None,
    ) -> None:
        explicit = explicit_provider(opts)
        created_by = None if explicit is None else explicit.owner
        super().__init__(provider, name, {**inputs, "created_by": created_by}, opts)

    def client(self) -> pulumi.Output[Client]:
        return connection_of(self).apply(client_for)


class CloudGatewayResource(KonnectResource):
    """What the program sees of everything below `/v2/cloud-gateways`: it has a lifecycle."""

    created_at: pulumi.Output[str]


_collections: PerProgram[dict[tuple[Client, str], readiness.Collection]] = PerProgram(dict)


def shared_collection(
    client: Client, path: str, action: str, key: Callable[[Json], str], *, regional: bool = False
) -> readiness.Collection:
    """The one collection of this program for a list path, so that waits share its calls."""
    collections = _collections.get()
    if (client, path) not in collections:
        collections[client, path] = readiness.Collection(
            lambda: client.list_all(path, action, regional=regional), key
        )
    return collections[client, path]


def by_id(item: Json) -> str:
    """The key of most collections."""
    return str(item["id"])
