"""Konnect's error responses: problem documents, and the error bodies of its older APIs.

The cloud gateways and control planes APIs return ``application/problem+json``. A 400, and only
a 400, lists the invalid parameters. Core entities return the JSON form of a gRPC status;
data-plane certificates return only a ``message``. The path of the request decides which.
"""

from __future__ import annotations

import itertools
from enum import Enum
from typing import Any

from starlette.responses import JSONResponse, Response

from sandbox.http.application import Call
from sandbox.http.problems import Parameter, Refusal, parameter


class Dialect(Enum):
    """The form of an error body."""

    CLOUD_GATEWAYS = "cloud-gateways"
    CONTROL_PLANES = "control-planes"
    CORE_ENTITIES = "core-entities"
    LEGACY = "legacy"
    MESH = "mesh"


TITLES = {
    400: "Invalid Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    415: "Unsupported Media Type",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}

NO_ROUTE = "no Route matched with those values"
"""The detail of a 404 for a path without an operation, as Konnect's own gateway words it."""

_CONTROL_PLANE_TITLES = {400: "Bad Request", 401: "Unauthenticated", 403: "Permission denied"}
_CONTROL_PLANE_DETAILS = {
    400: "Invalid request format",
    401: "A valid token is required",
    404: "The requested control plane was not found.",
}
_MESH_TYPES = {
    400: "bad-request",
    401: "unauthenticated",
    403: "unauthorized",
    404: "not-found",
}
"""The last steps of the ``type`` of a problem of the mesh API, which requires a ``type``."""
_GOLDEN = 0x9E3779B97F4A7C15
_GRPC_CODES = {400: 3, 401: 16, 403: 7, 404: 5, 409: 6, 500: 13, 501: 12, 503: 14}


class DataConstraint(Refusal):
    """A core entity that conflicts with another, or refers to one that does not exist.

    Konnect returns a 400, not a 409, with the message ``data constraint error`` and a detail of
    type ``ERROR_TYPE_REFERENCE``. Source: the code of Kong's own Kubernetes operator; no
    published document says it.
    """

    def __init__(self, field: str, reason: str) -> None:
        """``field`` is the property that conflicts or has the invalid reference."""
        super().__init__(400, "data constraint error", parameters=[parameter(field, None, reason)])


def unknown_path() -> Refusal:
    """A 404 for a path without an operation, in the wording of Konnect's own gateway."""
    return Refusal(404, NO_ROUTE)


def quota_exceeded(name: str, limit: int) -> Refusal:
    """The 403 of a quota; only its title distinguishes it from a missing permission."""
    return Refusal(
        403,
        f"Maximum number of {name} exceeded. Max allowed: {limit}.",
        title="Quota Exceeded",
    )


_PROBLEMS = ("/core-entities/targets", "/core-entities/plugin-schemas")
"""The collections of core entities whose list operation returns problem documents."""


def dialect_of(path: str, method: str = "GET") -> Dialect:
    """The form of the error bodies of the API behind ``path``."""
    if path.startswith("/v1/mesh"):
        return Dialect.MESH
    if not path.startswith("/v2/control-planes"):
        return Dialect.CLOUD_GATEWAYS
    if method == "GET" and path.endswith(_PROBLEMS):
        return Dialect.CLOUD_GATEWAYS
    if "/core-entities/plugin-schemas" in path:
        return Dialect.LEGACY
    if "/core-entities" in path:
        return Dialect.CORE_ENTITIES
    if "/dp-client-certificates" in path:
        return Dialect.LEGACY
    if "/config-stores" in path:
        return Dialect.CLOUD_GATEWAYS
    return Dialect.CONTROL_PLANES


class Renderer:
    """Makes the error responses of one Konnect.

    Their correlation ids look random and are the same in every run.
    """

    def __init__(self) -> None:
        """No response yet."""
        self._numbers = itertools.count(1)

    def __call__(self, refusal: Refusal, call: Call) -> Response:
        """The response of a refusal, in the form of the API behind the path of the request."""
        dialect = dialect_of(call.path, call.method)
        status, headers = refusal.status, refusal.headers
        if dialect is Dialect.CORE_ENTITIES:
            return JSONResponse(_core_entities(refusal), status, headers)
        if dialect is Dialect.LEGACY:
            return JSONResponse({"message": _legacy_message(refusal)}, status, headers)
        trace = f"kong:trace:{next(self._numbers) * _GOLDEN % 2**63}"
        document = _problem(refusal, dialect, trace)
        return JSONResponse(document, status, headers, media_type="application/problem+json")


def _problem(refusal: Refusal, dialect: Dialect, trace: str) -> dict[str, Any]:
    status = refusal.status
    title = TITLES.get(status, "Error")
    detail = "Invalid Parameters" if status == 400 else title
    if dialect is Dialect.CONTROL_PLANES:
        title = _CONTROL_PLANE_TITLES.get(status, title)
        detail = _CONTROL_PLANE_DETAILS.get(status, detail)
    document: dict[str, Any] = {
        "status": status,
        "title": refusal.title or title,
        "instance": trace,
        "detail": refusal.detail or detail,
    }
    if dialect is Dialect.MESH:
        kind = _MESH_TYPES.get(status, "error")
        document["type"] = f"https://kongapi.info/konnect/{kind}"
        document["title"] = refusal.title or ("Unauthenticated" if status == 401 else title)
    if status == 400:
        document["invalid_parameters"] = _unique(refusal) or [
            parameter("body", None, document["detail"])
        ]
    return document


def _unique(refusal: Refusal) -> list[Parameter]:
    entries: list[Parameter] = []
    for entry in refusal.parameters:
        if entry not in entries:
            entries.append(entry)
    return entries


def _core_entities(refusal: Refusal) -> dict[str, Any]:
    if refusal.status == 401:
        return {"message": refusal.detail or "Unauthorized", "status": 401}
    kind = "ERROR_TYPE_REFERENCE" if isinstance(refusal, DataConstraint) else "ERROR_TYPE_FIELD"
    fallback = "validation error" if refusal.status == 400 else TITLES.get(refusal.status, "Error")
    return {
        "code": _GRPC_CODES.get(refusal.status, 2),
        "message": refusal.detail or fallback,
        "details": [
            {
                "@type": "type.googleapis.com/kong.admin.model.v1.ErrorDetail",
                "type": kind,
                "field": entry["field"],
                "messages": [entry["reason"]],
            }
            for entry in refusal.parameters
        ],
    }


def _legacy_message(refusal: Refusal) -> str:
    if refusal.parameters:
        return "; ".join(f"{entry['field']}: {entry['reason']}" for entry in refusal.parameters)
    return refusal.detail or TITLES.get(refusal.status, "Error")
