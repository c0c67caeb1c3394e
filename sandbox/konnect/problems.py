"""Konnect's error responses: problem documents, and the error bodies of its older APIs.

The cloud gateways and control planes APIs return ``application/problem+json``. A 400, and only
a 400, lists the invalid parameters. Core entities return the JSON form of a gRPC status;
data-plane certificates return only a ``message``. The code that raises a Refusal does not
choose the form; the path of the request does.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any

from starlette.responses import JSONResponse, Response

Parameter = dict[str, Any]


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
_GRPC_CODES = {400: 3, 401: 16, 403: 7, 404: 5, 409: 6, 500: 13, 501: 12, 503: 14}


class Refusal(Exception):
    """An error response: raised for a request that Konnect refuses.

    ``parameters`` are the ``invalid_parameters`` of a 400. A 400 without any gets one for the
    whole body, because Konnect's schema requires at least one.
    """

    def __init__(
        self,
        status: int,
        detail: str | None = None,
        *,
        parameters: Sequence[Parameter] = (),
        title: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        """``detail`` and ``title`` default to the wording of the API behind the path."""
        super().__init__(detail or TITLES.get(status, str(status)))
        self.status = status
        self.detail = detail
        self.parameters = tuple(parameters)
        self.title = title
        self.headers = headers


class DataConstraint(Refusal):
    """A core entity that conflicts with another, or refers to one that does not exist.

    Konnect returns a 400, not a 409, with the message ``data constraint error`` and a detail of
    type ``ERROR_TYPE_REFERENCE``. Source: the code of Kong's own Kubernetes operator; no
    published document says it.
    """

    def __init__(self, field: str, reason: str) -> None:
        """``field`` is the property that conflicts or has the invalid reference."""
        super().__init__(400, "data constraint error", parameters=[parameter(field, None, reason)])


def parameter(
    field: str, rule: str | None, reason: str, *, source: str = "body", **extra: Any
) -> Parameter:
    """One entry of ``invalid_parameters``; ``field`` is a dotted path."""
    entry: Parameter = {"field": field, "reason": reason, "source": source, **extra}
    if rule is not None:
        entry["rule"] = rule
    return entry


def invalid(field: str, rule: str, reason: str, *, source: str = "body", **extra: Any) -> Refusal:
    """A 400 about one parameter."""
    return Refusal(400, parameters=[parameter(field, rule, reason, source=source, **extra)])


def not_found(detail: str | None = None) -> Refusal:
    """A 404; ``detail`` defaults to the wording of the API behind the path."""
    return Refusal(404, detail)


def unknown_path() -> Refusal:
    """A 404 for a path without an operation, in the wording of Konnect's own gateway."""
    return Refusal(404, "no Route matched with those values")


def conflict(detail: str) -> Refusal:
    """A 409."""
    return Refusal(409, detail)


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


def render(refusal: Refusal, path: str, trace: str, method: str = "GET") -> Response:
    """The error response of a refusal, in the form of the API behind ``path``."""
    dialect = dialect_of(path, method)
    if dialect is Dialect.CORE_ENTITIES:
        return JSONResponse(_core_entities(refusal), refusal.status, refusal.headers)
    if dialect is Dialect.LEGACY:
        message = _legacy_message(refusal)
        return JSONResponse({"message": message}, refusal.status, refusal.headers)
    return JSONResponse(
        _problem(refusal, dialect, trace),
        refusal.status,
        refusal.headers,
        media_type="application/problem+json",
    )


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
