"""Look-ups: what Konnect offers and what an organisation has, read and never managed.

Each has a plain form that takes a connection and blocks, and an `_output` form that takes
the program's provider. An answer is kept for the run: these change rarely and every region
of an environment asks.
"""

from __future__ import annotations

import asyncio
import functools
from typing import Any

import pulumi
from pydantic import BaseModel, ConfigDict

from providers.konnect.client import Connection, client_for
from providers.konnect.core_entity import entities_path
from providers.konnect.dynamic import Json
from providers.konnect.errors import KonnectError
from providers.konnect.partial import MANAGED_TAG
from providers.konnect.provider import Provider, ambient_connection
from providers.konnect.vocabulary import Cloud


class ProviderAccount(BaseModel):
    """Kong's account in a cloud, reserved for one organisation.

    ``provider_account_id`` is the AWS account id, Azure id or GCP project id: the principal
    of RAM shares and the project of peerings.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    id: str
    provider: str
    provider_account_id: str


@functools.cache
def get_provider_accounts(connection: Connection) -> tuple[ProviderAccount, ...]:
    """All provider accounts. Source: `/v2/cloud-gateways/provider-accounts`."""
    found = client_for(connection).list_all(
        "/v2/cloud-gateways/provider-accounts", "listing provider accounts"
    )
    return tuple(ProviderAccount.model_validate(item) for item in found)


def get_provider_accounts_output(
    provider: Provider | None = None,
) -> pulumi.Output[tuple[ProviderAccount, ...]]:
    """All provider accounts of the provider's organisation."""
    return _connection(provider).apply(get_provider_accounts)


def get_provider_account_output(
    cloud: Cloud, provider: Provider | None = None
) -> pulumi.Output[ProviderAccount]:
    """The account in one cloud of the provider's organisation."""
    return _connection(provider).apply(lambda connection: get_provider_account(connection, cloud))


def get_provider_account(connection: Connection, cloud: Cloud) -> ProviderAccount:
    """The account in one cloud. Raises KonnectError when the organisation has none."""
    accounts = get_provider_accounts(connection)
    for account in accounts:
        if account.provider == cloud:
            return account
    there = ", ".join(sorted({account.provider for account in accounts})) or "none"
    raise KonnectError(
        f"this Konnect organisation has no provider account for {cloud} (it has: {there}); "
        "Kong support adds one"
    )


@functools.cache
def get_availability(connection: Connection) -> Json:
    """Versions, instance types, regions, zones and address blocks that Konnect supports.

    Source: `/v2/cloud-gateways/availability.json`, which needs no token.
    """
    return client_for(connection).public(
        "/v2/cloud-gateways/availability.json", "reading what Konnect offers"
    )


def get_availability_output(provider: Provider | None = None) -> pulumi.Output[Json]:
    """The availability document at the provider's server."""
    return _connection(provider).apply(get_availability)


def get_managed_partial_output(
    control_plane_id: pulumi.Input[str],
    cache_config_id: pulumi.Input[str],
    provider: Provider | None = None,
) -> pulumi.Output[str]:
    """The id of the Redis partial that Konnect made for a control plane's managed cache.

    The add-on's ``cache_config_id`` is that id in all that is published; should it ever not
    be, the control plane's only partial with the tag ``konnect-managed`` is taken.
    """

    async def look(values: list[Any]) -> str:
        connection, plane, config_id = values
        client = client_for(connection)
        path = entities_path(plane, "partials")
        action = f"looking for the managed cache's partial in control plane {plane}"
        query = {"tags": MANAGED_TAG}
        found = await asyncio.to_thread(client.list_entities, path, action, query)
        ids = [str(item["id"]) for item in found]
        if config_id in ids or len(ids) == 1:
            return str(config_id if config_id in ids else ids[0])
        raise KonnectError(
            f"{action}: expected {config_id} or a single one tagged {MANAGED_TAG}, found {len(ids)}"
        )

    known = pulumi.Output.all(_connection(provider), control_plane_id, cache_config_id)
    return known.apply(look)


def _connection(provider: Provider | None) -> pulumi.Output[Connection]:
    return ambient_connection() if provider is None else provider.connection
