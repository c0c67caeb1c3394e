"""Mesh control planes, `/v1/mesh/control-planes`.

What is below one (meshes, zones, policies) is not simulated, so each can be deleted at any time.
Source: Konnect Mesh Control Plane manager 0.1.0.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, Field
from starlette.datastructures import QueryParams

from sandbox.clock import rfc3339
from sandbox.http import filters
from sandbox.http.bodies import Closed, Open, is_uuid, parse
from sandbox.http.problems import not_found
from sandbox.http.routing import Router
from sandbox.konnect import paging, records
from sandbox.konnect.access import Caller
from sandbox.store import Body, Store

KIND = "mesh-control-planes"


class Enabled(Open):
    """Whether a default is created."""

    enabled: bool


class Feature(Open):
    """A default of a new control plane: a mesh, or hostname generators."""

    type: Literal["MeshCreation", "HostnameGeneratorCreation"]
    mesh_creation: Annotated[Enabled | None, Field(alias="meshCreation")] = None
    generators: Annotated[Enabled | None, Field(alias="hostnameGeneratorCreation")] = None


LabelKey = Annotated[str, Field(min_length=1, max_length=63)]
LabelValue = Annotated[
    str,
    Field(min_length=1, max_length=63, pattern=r"^[a-z0-9A-Z]([a-z0-9A-Z\-._]*[a-z0-9A-Z]+)?$"),
]


Name = Annotated[str, Field(min_length=1, max_length=100, pattern="^[a-z0-9A-Z].*$")]
Description = Annotated[str, Field(max_length=250)]
Version = Annotated[str, Field(pattern="^v[0-9]{1,9}$")]


class CreateMeshControlPlane(Closed):
    """Body of ``create-cp``."""

    name: Name
    description: Description = ""
    labels: Annotated[dict[LabelKey, LabelValue | None], Field(max_length=10)] | None = None
    features: list[Feature] = Field(default_factory=list)
    version: Version = "v2"


class PutMeshControlPlane(Open):
    """Body of ``update-cp``, which replaces all that can be updated."""

    name: Name
    description: Description = ""
    labels: Annotated[dict[LabelKey, LabelValue], Field(max_length=10)] | None = None
    version: Version = "v2"


class PatchMeshControlPlane(Open):
    """Body of ``patch-mesh-control-plane``; an absent property stays, a null label is deleted."""

    name: Name = "-"
    description: Description = ""
    labels: Annotated[dict[LabelKey, LabelValue | None], Field(max_length=10)] | None = None
    version: Version = "v2"


router = Router()

_PLANES = "/mesh/control-planes"
_FILTERS = {"name": filters.Filter(("eq", "contains"), bare=True)}
_LABEL_FILTER = re.compile(r"filter\[(labels\.[^\[\]]+)\](?:\[(eq|neq|contains|oeq|ocontains)\])?")


def _visible(store: Store, geo: str | None) -> list[Body]:
    planes = records.every(store, KIND)
    return [plane for plane in planes if geo is None or plane["_geo"] in (None, geo)]


def _found(store: Store, id_: str, geo: str | None) -> Body:
    if is_uuid(id_):
        for plane in _visible(store, geo):
            if plane["id"] == id_.lower():
                return plane
    raise not_found("Not found")


def _fields(body: BaseModel, *, only_set: bool = False) -> Body:
    """The properties of a body, without nulls: a label that is null is none."""
    return body.model_dump(by_alias=True, exclude_none=True, exclude_unset=only_set)


def _updated(store: Store, plane: Body, fields: Body) -> Body:
    plane.update(fields, updated_at=rfc3339(store.clock.now()))
    records.save(store, KIND, plane)
    return records.public(plane)


@router.get(_PLANES)
def list_mesh_control_planes(
    store: Store, caller: Caller, geo: str | None, query: QueryParams
) -> Body:
    """``list-mesh-control-planes``: those that the caller may read."""
    planes = [
        records.public(plane)
        for plane in _visible(store, geo)
        if caller.holds_mesh(plane["id"], plane["_geo"])
    ]
    rest = []
    for key, value in query.multi_items():
        match = _LABEL_FILTER.fullmatch(key)
        if match is None:
            rest.append((key, value))
        else:
            planes = filters.select(planes, [(match[1], match[2] or "eq", value)])
    return paging.numbered(query, filters.select(planes, filters.read(rest, _FILTERS)))


@router.post(_PLANES, status=201)
def create_mesh_control_plane(store: Store, geo: str | None, raw: bytes) -> Body:
    """``create-cp``. The document has no 409: two may have the same name."""
    fields = _fields(parse(CreateMeshControlPlane, raw))
    stamp = rfc3339(store.clock.now())
    plane = {
        "id": records.new_id(store, KIND),
        **fields,
        "created_at": stamp,
        "updated_at": stamp,
        "_geo": geo,
    }
    records.save(store, KIND, plane)
    return records.public(plane)


@router.get(_PLANES + "/{cp_id}")
def get_mesh_control_plane(store: Store, geo: str | None, cp_id: str) -> Body:
    """``get-mesh-control-plane``."""
    return records.public(_found(store, cp_id, geo))


@router.put(_PLANES + "/{cp_id}")
def update_mesh_control_plane(store: Store, geo: str | None, cp_id: str, raw: bytes) -> Body:
    """``update-cp``."""
    plane = _found(store, cp_id, geo)
    fields = _fields(parse(PutMeshControlPlane, raw))
    plane.pop("labels", None)
    return _updated(store, plane, fields)


@router.patch(_PLANES + "/{cp_id}")
def patch_mesh_control_plane(store: Store, geo: str | None, cp_id: str, raw: bytes) -> Body:
    """``patch-mesh-control-plane``."""
    plane = _found(store, cp_id, geo)
    body = parse(PatchMeshControlPlane, raw)
    fields = _fields(body, only_set=True)
    if body.labels is not None:
        labels = {**plane.get("labels", {}), **body.labels}
        fields["labels"] = {key: value for key, value in labels.items() if value is not None}
    return _updated(store, plane, fields)


@router.delete(_PLANES + "/{cp_id}")
def delete_mesh_control_plane(store: Store, geo: str | None, cp_id: str) -> None:
    """``delete-mesh-control-plane``."""
    records.remove(store, KIND, _found(store, cp_id, geo))
