"""How Konnect refuses: problem documents, and the other error bodies of its older APIs.

The cloud gateways and control planes APIs answer ``application/problem+json``, with the
parameters at fault on every 400 and only there. Core entities answer the JSON form of a
gRPC status, data-plane certificates a bare ``message``. A refusal is raised without
knowing which of them it will become: the path of the request decides.
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
_GRPC_CODES = {400: 3, 401: 16, 403: 7, 404: 5, 409: 6, 500: 13, 501: 12, 503: 14}


class Refusal(Exception):
    """A request that Konnect refuses.

    ``parameters`` are the ``invalid_parameters`` of a 400; a 400 without any gets one
    that names the body, because Konnect's schema demands at least one.
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
        """``detail`` and ``title`` are worded as the API at hand words them when left out."""
        super().__init__(detail or TITLES.get(status, str(status)))
        self.status = status
        self.detail = detail
        self.parameters = tuple(parameters)
        self.title = title
        self.headers = headers


class DataConstraint(Refusal):
    """A core entity that clashes with another, or refers to one that is not there.

    Konnect answers 400 here and not 409: the clash is a detail of type
    ``ERROR_TYPE_REFERENCE`` under the message ``data constraint error``. No published
    document says so; the sources of Kong's own Kubernetes operator do.
    """

    def __init__(self, field: str, reason: str) -> None:
        """``field`` is the property that clashes or dangles."""
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
    """A 404; without ``detail`` it is worded as the API at hand words it."""
    return Refusal(404, detail)


def unknown_path() -> Refusal:
    """A 404 of a path that no operation has, as Konnect's own gateway words it."""
    return Refusal(404, "no Route matched with those values")


def conflict(detail: str) -> Refusal:
    """A 409."""
    return Refusal(409, detail)


def quota_exceeded(name: str, limit: int) -> Refusal:
    """The 403 of a quota, told from a missing permission by its title alone."""
    return Refusal(
        403,
        f"Maximum number of {name} exceeded. Max allowed: {limit}.",
        title="Quota Exceeded",
    )


_PROBLEMS = ("/core-entities/targets", "/core-entities/plugin-schemas")
"""The collections of core entities whose list is published with a problem document."""


def dialect_of(path: str, method: str = "GET") -> Dialect:
    """Which form of error body the API behind ``path`` uses."""
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
    """The response of a refusal, in the form of the API behind ``path``."""
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
