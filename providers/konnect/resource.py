"""Base classes of all Konnect resources. They use the connection of their provider."""

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
    """A Konnect object in the program."""

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
    """An object below `/v2/cloud-gateways` in the program. It has a lifecycle."""

    created_at: pulumi.Output[str]


_collections: PerProgram[dict[tuple[Client, str], readiness.Collection]] = PerProgram(dict)


def shared_collection(
    client: Client,
    path: str,
    action: str,
    key: Callable[[Json], str],
    *,
    regional: bool = False,
    detail: Callable[[Json], Json] | None = None,
) -> readiness.Collection:
    """The collection of a list path. The program has one per path, so waits share its calls.

    ``detail`` adds to a listed object what the list does not tell.
    """

    def listed() -> list[Json]:
        found = client.list_all(path, action, regional=regional)
        return list(found) if detail is None else [detail(item) for item in found]

    collections = _collections.get()
    if (client, path) not in collections:
        collections[client, path] = readiness.Collection(listed, key)
    return collections[client, path]


def by_id(item: Json) -> str:
    """The id of a listed object: the key of most collections."""
    return str(item["id"])
