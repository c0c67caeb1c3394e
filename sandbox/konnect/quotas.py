"""Quotas and resource configurations: read-only in Konnect's API, set through the admin API.

Konnect publishes no defaults, so the ones here are invented and generous. The two estimates
of data planes are listed but not enforced, because how Konnect estimates is not documented.
"""

from __future__ import annotations

from typing import Any

from starlette.datastructures import QueryParams

from sandbox.http.problems import not_found
from sandbox.http.routing import Router
from sandbox.konnect import paging, records
from sandbox.konnect.problems import quota_exceeded
from sandbox.store import Body, Store

PROVIDER_ACCOUNTS = "count/provider-accounts.per-provider"
NETWORKS = "count/networks.not-offline"
DATA_PLANES = "count/data-planes-estimate"
SERVERLESS_DATA_PLANES = "count/serverless-data-planes-estimate"
GROUPS = "count/data-plane-groups-estimate"
CACHES = "count/managed-cache-instances"
CACHE_SIZE = "max/managed-cache-size"
IDLE_TIMEOUT = "data-plane-group-idle-timeout-minutes"

DEFAULTS: dict[str, tuple[str, str, int]] = {
    PROVIDER_ACCOUNTS: ("provider accounts", "Provider accounts per cloud provider.", 5),
    NETWORKS: ("networks", "Networks that are not offline.", 100),
    DATA_PLANES: ("data planes", "Estimated number of data planes.", 2000),
    SERVERLESS_DATA_PLANES: (
        "serverless data planes",
        "Estimated number of serverless data planes.",
        500,
    ),
    GROUPS: ("data plane groups", "Estimated number of data plane groups.", 500),
    CACHES: ("managed caches", "Managed cache add-ons.", 100),
    CACHE_SIZE: ("managed cache size", "Largest permitted managed cache in GiB.", 300),
}
CONFIGURATION_DEFAULTS: dict[str, tuple[str, str, int]] = {
    IDLE_TIMEOUT: (
        "data plane group idle timeout",
        "Minutes without traffic after which a data plane group is scaled to zero.",
        45,
    )
}

_SINCE = "2024-01-15T09:00:00.000Z"
_OVERRIDES = "quota-overrides"
_KINDS = {"resource-quotas": DEFAULTS, "resource-configurations": CONFIGURATION_DEFAULTS}

router = Router()


def limit(store: Store, resource: str) -> int:
    """The effective value of a quota or resource configuration."""
    override = store.get(records.CLOUD, _OVERRIDES, resource)
    if override is not None:
        return int(override["value"])
    return {**DEFAULTS, **CONFIGURATION_DEFAULTS}[resource][2]


def override(store: Store, resource: str, value: int | None) -> None:
    """Set the organisation's own value of a quota or configuration; None deletes it."""
    if value is None:
        store.delete(records.CLOUD, _OVERRIDES, resource)
    else:
        store.put(records.CLOUD, _OVERRIDES, resource, {"value": value})


def refuse_beyond(store: Store, resource: str, *, adding: int) -> None:
    """Raise a 403 ``Quota Exceeded`` when ``adding`` more would exceed the quota."""
    if _used(store, resource) + adding > limit(store, resource):
        raise quota_exceeded(DEFAULTS[resource][0], limit(store, resource))


def _used(store: Store, resource: str) -> int:
    kind, idle = {
        NETWORKS: (records.NETWORKS, ("offline", "terminating")),
        GROUPS: (records.GROUPS, ("terminating",)),
        CACHES: (records.ADD_ONS, ("terminating",)),
    }[resource]
    return sum(record["state"] not in idle for record in records.every(store, kind))


def _override_body(store: Store, collection: str, resource: str) -> Body | None:
    override = store.get(records.CLOUD, _OVERRIDES, resource)
    if override is None:
        return None
    name, description, _ = _KINDS[collection][resource]
    id_ = records.fixed_id(f"{collection}/override/{resource}")
    if collection == "resource-configurations":
        return {"id": id_, "qualifier": resource, "value": override["value"]}
    return {
        "id": id_,
        "resource": resource,
        "name": name,
        "description": description,
        "value": override["value"],
        "created_at": _SINCE,
        "updated_at": _SINCE,
    }


def _overrides(store: Store, collection: str) -> list[Body]:
    bodies = (_override_body(store, collection, resource) for resource in _KINDS[collection])
    return [body for body in bodies if body is not None]


def _defaults(store: Store, collection: str) -> list[Body]:
    key = "qualifier" if collection == "resource-configurations" else "resource"
    listed: list[Body] = []
    for resource, (name, description, value) in _KINDS[collection].items():
        own = _override_body(store, collection, resource)
        body: dict[str, Any] = {
            "id": records.fixed_id(f"{collection}/default/{resource}"),
            key: resource,
            "name": name,
            "description": description,
            "value": value,
            "overrides": [] if own is None else [own],
            "created_at": _SINCE,
            "updated_at": _SINCE,
        }
        listed.append(body)
    return listed


def _one(bodies: list[Body], id_: str) -> Body:
    for body in bodies:
        if body["id"] == id_.lower():
            return body
    raise not_found()


@router.get("/cloud-gateways/default-resource-quotas")
def list_default_resource_quotas(store: Store, query: QueryParams) -> Body:
    """``list-default-resource-quotas``."""
    return paging.numbered(query, _defaults(store, "resource-quotas"))


@router.get("/cloud-gateways/resource-quotas")
def list_resource_quotas(store: Store, query: QueryParams) -> Body:
    """``list-resource-quotas``."""
    return paging.numbered(query, _overrides(store, "resource-quotas"))


@router.get("/cloud-gateways/resource-quotas/{quota_id}")
def get_resource_quota(store: Store, quota_id: str) -> Body:
    """``get-resource-quota``."""
    return _one(_overrides(store, "resource-quotas"), quota_id)


@router.get("/cloud-gateways/default-resource-configurations")
def list_default_resource_configurations(store: Store, query: QueryParams) -> Body:
    """``list-default-resource-configurations``."""
    return paging.numbered(query, _defaults(store, "resource-configurations"))


@router.get("/cloud-gateways/resource-configurations")
def list_resource_configurations(store: Store, query: QueryParams) -> Body:
    """``list-resource-configurations``."""
    return paging.numbered(query, _overrides(store, "resource-configurations"))


@router.get("/cloud-gateways/resource-configurations/{configuration_id}")
def get_resource_configuration(store: Store, configuration_id: str) -> Body:
    """``get-resource-configuration``."""
    return _one(_overrides(store, "resource-configurations"), configuration_id)
