"""Refusals: what is wrong with a request, without the form in which an API shows it.

The code that raises a Refusal does not choose the form of the response; the API does
(``Api.render``). ``problem`` is the form of an API that has none of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse, Response

Parameter = dict[str, Any]
"""What is wrong with one part of a request: ``field``, ``reason``, and where known ``rule``,
``source`` (body, query, path) and the limits of the rule (``minimum``, ``maximum``, ``choices``).
"""


def phrase(status: int) -> str:
    """The reason phrase of a status in RFC 9110; ``Error`` for a status that it does not have."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


class Refusal(Exception):
    """An error response: raised for a request that an API refuses.

    ``parameters`` list what is wrong with single parts of the request.
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
        """``detail`` and ``title`` default to the wording of the API."""
        super().__init__(detail or phrase(status))
        self.status = status
        self.detail = detail
        self.parameters = tuple(parameters)
        self.title = title
        self.headers = headers


def parameter(
    field: str, rule: str | None, reason: str, *, source: str = "body", **extra: Any
) -> Parameter:
    """What is wrong with one part of a request; ``field`` is a dotted path."""
    entry: Parameter = {"field": field, "reason": reason, "source": source, **extra}
    if rule is not None:
        entry["rule"] = rule
    return entry


def invalid(field: str, rule: str, reason: str, *, source: str = "body", **extra: Any) -> Refusal:
    """A 400 about one parameter."""
    return Refusal(400, parameters=[parameter(field, rule, reason, source=source, **extra)])


def not_found(detail: str | None = None) -> Refusal:
    """A 404; ``detail`` defaults to the wording of the API."""
    return Refusal(404, detail)


def conflict(detail: str) -> Refusal:
    """A 409."""
    return Refusal(409, detail)


def problem(refusal: Refusal) -> Response:
    """The response of a refusal as a problem document (RFC 9457).

    ``errors`` lists the parameters, as in the example of that document.
    """
    status = refusal.status
    document: dict[str, Any] = {
        "status": status,
        "title": refusal.title or phrase(status),
        "detail": refusal.detail or phrase(status),
    }
    if refusal.parameters:
        document["errors"] = list(refusal.parameters)
    return JSONResponse(document, status, refusal.headers, media_type="application/problem+json")
