"""Serverless gateways of the first generation: `/v0/serverless-cloud-gateways`.

A control plane of type CLUSTER_TYPE_SERVERLESS has at most one. There is no update. The
certificate and its key can be written and not read. Source: Konnect Serverless Cloud Gateways
Manager 0.0.1. It has no 409: a second gateway of a control plane is a 400 here.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError
from starlette.datastructures import QueryParams

from sandbox.clock import rfc3339
from sandbox.http.bodies import Closed, Open, Uuid, parse
from sandbox.http.problems import invalid, not_found
from sandbox.http.routing import Router
from sandbox.konnect import access, control_planes, paging, records
from sandbox.konnect.access import Caller
from sandbox.store import Body, Store

TYPE = "CLUSTER_TYPE_SERVERLESS"

_LABEL_VALUE = re.compile(r"[a-z0-9A-Z]([a-z0-9A-Z\-._]*[a-z0-9A-Z]+)?")
_RESERVED_KEYS = ("kong", "konnect", "mesh", "kic", "_")


def _checked_labels(labels: dict[str, str]) -> dict[str, str]:
    for key, value in labels.items():
        if not 1 <= len(key) <= 63 or key.startswith(_RESERVED_KEYS):
            raise PydanticCustomError("is_label", "has a key that is reserved or too long")
        if not 1 <= len(value) <= 63 or _LABEL_VALUE.fullmatch(value) is None:
            raise PydanticCustomError("is_label", "has a value that is no label")
    return labels


def _checked_certificate(value: str) -> str:
    if "-----BEGIN CERTIFICATE-----" not in value:
        raise PydanticCustomError("invalid", "must be a PEM-encoded certificate")
    return value


def _checked_key(value: str) -> str:
    if "PRIVATE KEY-----" not in value:
        raise PydanticCustomError("invalid", "must be a PEM-encoded private key")
    return value


class ControlPlaneReference(Open):
    """The control plane of a gateway."""

    id: Uuid
    prefix: str
    region: Literal["us", "eu", "au"]


class CreateGateway(Closed):
    """Body of ``create-serverless-cloud-gateway``."""

    control_plane: ControlPlaneReference
    cluster_cert: Annotated[str, AfterValidator(_checked_certificate)]
    cluster_cert_key: Annotated[str, AfterValidator(_checked_key)]
    labels: Annotated[dict[str, str], AfterValidator(_checked_labels)] = Field(default_factory=dict)


router = Router()

_GATEWAYS = "/serverless-cloud-gateways"


def kind_of(plane_id: str) -> str:
    """The store kind of a control plane's gateway, which is deleted with its control plane."""
    return records.side_kind(plane_id, "serverless-cloud-gateways")


def _get(store: Store, plane_id: str) -> Body | None:
    return records.get(store, kind_of(plane_id), plane_id)


def _found(store: Store, plane_id: str) -> Body:
    gateway = _get(store, plane_id.lower())
    if gateway is None:
        raise not_found()
    return gateway


def _shown(gateway: Body) -> Body:
    return {name: value for name, value in gateway.items() if name != "id"}


@router.get(_GATEWAYS)
def list_serverless_gateways(store: Store, query: QueryParams, caller: Caller) -> Body:
    """``list-serverless-cloud-gateway``: those that the caller may read."""
    planes = records.every(store, records.CONTROL_PLANES)
    found = [gateway for plane in planes if (gateway := _get(store, plane["id"])) is not None]
    wanted = dict(pair.split(":", 1) for pair in query.get("labels", "").split(",") if ":" in pair)
    shown = [
        _shown(gateway)
        for gateway in found
        if caller.holds(access.CLUSTER_READERS, access.CONTROL_PLANES, gateway["id"])
        and wanted.items() <= gateway["labels"].items()
    ]
    return paging.numbered(query, shown)


@router.post(_GATEWAYS, status=201)
def create_serverless_gateway(store: Store, raw: bytes, caller: Caller) -> Body:
    """``create-serverless-cloud-gateway``."""
    body = parse(CreateGateway, raw)
    reference = body.control_plane
    caller.require_cluster(reference.id, reference.region)
    plane = records.get(store, records.CONTROL_PLANES, reference.id)
    field = "control_plane.id"
    if plane is None or not control_planes.settle_geo(store, plane, reference.region):
        reason = f"control plane {reference.id} not found in region {reference.region}"
        raise invalid(field, "invalid", reason)
    if plane["config"]["cluster_type"] != TYPE:
        raise invalid(field, "invalid", f"control plane {reference.id} is not of type {TYPE}")
    prefix = control_planes.edge_prefix(reference.id)
    if reference.prefix != prefix:
        reason = f"the prefix of control plane {reference.id} is {prefix}"
        raise invalid("control_plane.prefix", "invalid", reason)
    if _get(store, reference.id) is not None:
        raise invalid(field, "invalid", f"control plane {reference.id} has a gateway already")
    stamp = rfc3339(store.clock.now())
    gateway: Body = {
        "id": reference.id,
        "control_plane": reference.model_dump(),
        "gateway_endpoint": f"kong-{prefix}{reference.region}.kongcloud.dev",
        "labels": body.labels,
        "created_at": stamp,
        "updated_at": stamp,
    }
    records.save(store, kind_of(reference.id), gateway)
    return _shown(gateway)


@router.get(_GATEWAYS + "/{control_plane_id}")
def get_serverless_gateway(store: Store, control_plane_id: str, caller: Caller) -> Body:
    """``get-serverless-cloud-gateway``."""
    caller.require(access.CLUSTER_READERS, access.CONTROL_PLANES, control_plane_id.lower())
    return _shown(_found(store, control_plane_id))


@router.delete(_GATEWAYS + "/{control_plane_id}")
def delete_serverless_gateway(store: Store, control_plane_id: str, caller: Caller) -> None:
    """``delete-serverless-cloud-gateway``."""
    caller.require(access.CLUSTER_ADMINS, access.CONTROL_PLANES, control_plane_id.lower())
    gateway = _found(store, control_plane_id)
    records.remove(store, kind_of(gateway["id"]), gateway)
