"""Data-plane client certificates and config stores of a control plane.

They are not core entities and have other conventions. Data-plane certificates have the oldest
envelopes (``item``, ``items``). Config stores return problem documents, the newest form. The
value of a secret can be written but not read.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError
from starlette.datastructures import QueryParams

from sandbox.clock import rfc3339
from sandbox.http.bodies import Closed, Open, parse
from sandbox.http.problems import Refusal, conflict, invalid, not_found
from sandbox.http.queries import flag
from sandbox.http.routing import Router
from sandbox.konnect import paging, records
from sandbox.store import Body, Store


def _checked_certificate(value: str) -> str:
    if "-----BEGIN CERTIFICATE-----" not in value:
        raise PydanticCustomError("invalid", "invalid PEM-encoded value")
    return value


class ClientCertificate(Open):
    """Body of a data-plane client certificate."""

    cert: Annotated[str, AfterValidator(_checked_certificate)]
    title: str | None = None


class ConfigStore(Closed):
    """Body of a config store."""

    name: Annotated[str, Field(min_length=1, max_length=100)] = ""
    """May be left out, and is not nullable: the default is no name."""


class NewSecret(Open):
    """Body of a new secret."""

    key: Annotated[str, Field(min_length=1, max_length=512)]
    value: Annotated[str, Field(min_length=1, max_length=5120)]


class SecretValue(Open):
    """Body of an updated secret."""

    value: Annotated[str, Field(min_length=1, max_length=5120)]


router = Router()

_PLANE = "/control-planes/{control_plane_id}"
_CERTIFICATES = _PLANE + "/dp-client-certificates"
_STORES = _PLANE + "/config-stores"
_SECRETS = _STORES + "/{config_store_id}/secrets"


def _plane(store: Store, id_: str) -> str:
    plane = records.get(store, records.CONTROL_PLANES, id_.lower())
    if plane is None:
        raise not_found()
    return str(plane["id"])


# Data-plane client certificates


CERTIFICATE_LIMIT = 32
"""Maximum of client certificates per control plane (control plane resource limits page)."""


def _write_certificate(store: Store, plane_id: str, raw: bytes, id_: str | None) -> Body:
    kind = records.side_kind(plane_id, "dp-client-certificates")
    body = parse(ClientCertificate, raw).model_dump(exclude_none=True)
    old = None if id_ is None else store.get(records.CLOUD, kind, id_)
    if id_ is not None and old is None:
        raise not_found()
    if id_ is None and len(records.every(store, kind)) >= CERTIFICATE_LIMIT:
        reason = f"a control plane has at most {CERTIFICATE_LIMIT} data-plane client certificates"
        raise Refusal(400, reason)
    now = int(store.clock.now())
    id_ = id_ or records.new_id(store, "dp-client-certificates")
    created = now if old is None else old["created_at"]
    body = {"id": id_, "created_at": created, "updated_at": now, **body}
    store.put(records.CLOUD, kind, id_, body)
    return {"item": body}


@router.get(_CERTIFICATES)
def list_dp_client_certificates(store: Store, control_plane_id: str) -> Body:
    """``list-dp-client-certificates``."""
    kind = records.side_kind(_plane(store, control_plane_id), "dp-client-certificates")
    items = records.every(store, kind)
    return {"items": items, "page": {"total_count": len(items)}}


@router.post(_CERTIFICATES, status=201)
def create_dataplane_certificate(store: Store, control_plane_id: str, raw: bytes) -> Body:
    """``create-dataplane-certificate``."""
    return _write_certificate(store, _plane(store, control_plane_id), raw, None)


@router.get(_CERTIFICATES + "/{certificate_id}")
def get_dataplane_certificate(store: Store, control_plane_id: str, certificate_id: str) -> Body:
    """``get-dataplane-certificate``."""
    kind = records.side_kind(_plane(store, control_plane_id), "dp-client-certificates")
    body = store.get(records.CLOUD, kind, certificate_id)
    if body is None:
        raise not_found()
    return {"item": body}


@router.put(_CERTIFICATES + "/{certificate_id}")
def update_dataplane_certificate(
    store: Store, control_plane_id: str, certificate_id: str, raw: bytes
) -> Body:
    """``update-dataplane-certificate``."""
    return _write_certificate(store, _plane(store, control_plane_id), raw, certificate_id)


@router.delete(_CERTIFICATES + "/{certificate_id}")
def delete_dataplane_certificate(store: Store, control_plane_id: str, certificate_id: str) -> None:
    """``delete-dataplane-certificate``."""
    kind = records.side_kind(_plane(store, control_plane_id), "dp-client-certificates")
    if not store.delete(records.CLOUD, kind, certificate_id):
        raise not_found()


# Config stores and their secrets


def _find_store(store: Store, plane_id: str, id_: str) -> Body:
    return records.find(store, records.side_kind(plane_id, "config-stores"), id_)


def _secrets_kind(plane_id: str, config_store_id: str) -> str:
    return records.side_kind(plane_id, f"config-stores/{config_store_id}/secrets")


def _stamped(store: Store, fields: Body, old: Body | None = None) -> Body:
    stamp = rfc3339(store.clock.now())
    return {**fields, "created_at": (old or {}).get("created_at", stamp), "updated_at": stamp}


def _named(store: Store, plane_id: str, raw: bytes, but: str | None = None) -> Body:
    """Parse the body of a config store; its name is optional and unique (else a 409)."""
    body = parse(ConfigStore, raw).model_dump(exclude_unset=True)
    for other in records.every(store, records.side_kind(plane_id, "config-stores")):
        if body and other.get("name") == body["name"] and other["id"] != but:
            raise conflict(f"Config store with name '{body['name']}' already exists.")
    return body


@router.get(_STORES)
def list_config_stores(store: Store, control_plane_id: str, query: QueryParams, path: str) -> Body:
    """``list-config-stores``."""
    kind = records.side_kind(_plane(store, control_plane_id), "config-stores")
    return paging.stores(query, records.every(store, kind), path)


@router.post(_STORES, status=201)
def create_config_store(store: Store, control_plane_id: str, raw: bytes) -> Body:
    """``create-config-store``."""
    plane_id = _plane(store, control_plane_id)
    body = _named(store, plane_id, raw)
    body = _stamped(store, {"id": records.new_id(store, "config-stores"), **body})
    store.put(records.CLOUD, records.side_kind(plane_id, "config-stores"), body["id"], body)
    return body


@router.get(_STORES + "/{config_store_id}")
def get_config_store(store: Store, control_plane_id: str, config_store_id: str) -> Body:
    """``get-config-store``."""
    return _find_store(store, _plane(store, control_plane_id), config_store_id)


@router.put(_STORES + "/{config_store_id}")
def update_config_store(
    store: Store, control_plane_id: str, config_store_id: str, raw: bytes
) -> Body:
    """``update-config-store``."""
    plane_id = _plane(store, control_plane_id)
    old = _find_store(store, plane_id, config_store_id)
    body = _named(store, plane_id, raw, but=old["id"])
    body = _stamped(store, {"id": old["id"], **body}, old)
    store.put(records.CLOUD, records.side_kind(plane_id, "config-stores"), body["id"], body)
    return body


@router.delete(_STORES + "/{config_store_id}")
def delete_config_store(
    store: Store, control_plane_id: str, config_store_id: str, query: QueryParams
) -> None:
    """``delete-config-store``; one with secrets is deleted only when forced."""
    plane_id = _plane(store, control_plane_id)
    body = _find_store(store, plane_id, config_store_id)
    kind = _secrets_kind(plane_id, body["id"])
    held = len(records.every(store, kind))
    forced = flag(query, "force")
    if held and not forced:
        reason = (
            f"This Config Store has {held} secrets. These must be individually removed before "
            "deletion or the force=true query param can be used to automatically delete "
            "associated entities."
        )
        raise invalid("force", "required", reason, source="query")
    store.delete_kinds(records.CLOUD, kind)
    store.delete(records.CLOUD, records.side_kind(plane_id, "config-stores"), body["id"])


def _shown_secret(body: Body) -> Body:
    return {name: value for name, value in body.items() if name != "_value"}


@router.get(_SECRETS)
def list_config_store_secrets(
    store: Store, control_plane_id: str, config_store_id: str, query: QueryParams, path: str
) -> Body:
    """``list-config-store-secrets``."""
    plane_id = _plane(store, control_plane_id)
    found = _find_store(store, plane_id, config_store_id)
    secrets = records.every(store, _secrets_kind(plane_id, found["id"]))
    return paging.stores(query, [_shown_secret(secret) for secret in secrets], path)


@router.post(_SECRETS, status=201)
def create_config_store_secret(
    store: Store, control_plane_id: str, config_store_id: str, raw: bytes
) -> Body:
    """``create-config-store-secret``."""
    plane_id = _plane(store, control_plane_id)
    kind = _secrets_kind(plane_id, _find_store(store, plane_id, config_store_id)["id"])
    secret = parse(NewSecret, raw)
    if store.get(records.CLOUD, kind, secret.key) is not None:
        raise conflict(f"Secret with key '{secret.key}' already exists.")
    body = _stamped(store, {"key": secret.key, "_value": secret.value})
    store.put(records.CLOUD, kind, secret.key, body)
    return _shown_secret(body)


@router.get(_SECRETS + "/{key:path}")
def get_config_store_secret(
    store: Store, control_plane_id: str, config_store_id: str, key: str
) -> Body:
    """``get-config-store-secret``, without the value."""
    plane_id = _plane(store, control_plane_id)
    kind = _secrets_kind(plane_id, _find_store(store, plane_id, config_store_id)["id"])
    body = store.get(records.CLOUD, kind, key)
    if body is None:
        raise not_found()
    return _shown_secret(body)


@router.put(_SECRETS + "/{key:path}")
def update_config_store_secret(
    store: Store, control_plane_id: str, config_store_id: str, key: str, raw: bytes
) -> Body:
    """``update-config-store-secret``: an upsert."""
    plane_id = _plane(store, control_plane_id)
    kind = _secrets_kind(plane_id, _find_store(store, plane_id, config_store_id)["id"])
    value = parse(SecretValue, raw).value
    old = store.get(records.CLOUD, kind, key)
    body = _stamped(store, {"key": key, "_value": value}, old)
    store.put(records.CLOUD, kind, key, body)
    return _shown_secret(body)


@router.delete(_SECRETS + "/{key:path}")
def delete_config_store_secret(
    store: Store, control_plane_id: str, config_store_id: str, key: str
) -> None:
    """``delete-config-store-secret``."""
    plane_id = _plane(store, control_plane_id)
    kind = _secrets_kind(plane_id, _find_store(store, plane_id, config_store_id)["id"])
    if not store.delete(records.CLOUD, kind, key):
        raise not_found()
