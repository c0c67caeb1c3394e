"""Provider accounts: Kong's own cloud accounts, one per cloud. They always exist.

The customer needs ``provider_account_id``: it is the principal of a RAM share and the peer
project of a GCP peering. The Konnect ids differ between organisations and are the same in
every sandbox.
"""

from __future__ import annotations

from starlette.datastructures import QueryParams

from sandbox.accounts import KONG_AWS_ACCOUNT, KONG_AZURE_SUBSCRIPTION, KONG_GCP_PROJECT
from sandbox.http import filters
from sandbox.http.problems import not_found
from sandbox.http.routing import Router
from sandbox.konnect import paging, records
from sandbox.store import Body, Store

_SINCE = "2024-01-15T09:00:00.000Z"

_CLOUD_SIDE = {
    "aws": KONG_AWS_ACCOUNT,
    "azure": KONG_AZURE_SUBSCRIPTION,
    "gcp": KONG_GCP_PROJECT,
}

router = Router()


def accounts(store: Store) -> list[Body]:
    """The provider accounts of an organisation."""
    return [
        {
            "id": records.fixed_id(f"{store.tenant}provider-account/{provider}"),
            "provider": provider,
            "provider_account_id": account,
            "created_at": _SINCE,
            "updated_at": _SINCE,
        }
        for provider, account in _CLOUD_SIDE.items()
    ]


def provider_of(store: Store, account_id: str) -> str | None:
    """The cloud of a provider account, or None when there is no such account."""
    for account in accounts(store):
        if account["id"] == account_id:
            return str(account["provider"])
    return None


@router.get("/cloud-gateways/provider-accounts")
def list_provider_accounts(store: Store, query: QueryParams) -> Body:
    """``list-provider-accounts``."""
    tests = filters.read(query.multi_items(), {"provider": filters.TEXT})
    return paging.numbered(query, filters.select(accounts(store), tests))


@router.get("/cloud-gateways/provider-accounts/{account_id}")
def get_provider_account(store: Store, account_id: str) -> Body:
    """``get-provider-account``."""
    for account in accounts(store):
        if account["id"] == account_id.lower():
            return account
    raise not_found()
