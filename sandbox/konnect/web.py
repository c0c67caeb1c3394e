"""How a request reaches an endpoint: body and query as they are, and one transaction.

Every endpoint of the simulated Konnect is a plain function from a store to a body. Its
route runs it inside one store transaction, so a request sees one consistent world, and
renders what it returns before the lock is let go.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.routing import APIRoute
from starlette.datastructures import QueryParams
from starlette.responses import JSONResponse, Response

from sandbox.konnect.access import Caller
from sandbox.konnect.faults import Faults
from sandbox.konnect.problems import Refusal
from sandbox.store import Store

_JSON = re.compile(r"application/(json|[\w.+-]+\+json)\s*(;.*)?")

WORLD = "sandbox.world"
"""Where a request's scope holds the world it is about."""


@dataclass(frozen=True)
class World:
    """What the endpoints work on: the objects, the faults to come, correlation ids.

    ``caller`` is None where no token is needed, ``geo`` where a request is about every geo.
    """

    store: Store
    faults: Faults
    traces: Iterator[str]
    caller: Caller | None = None
    geo: str | None = None


def world_of(request: Request) -> World:
    """The world that a request is about."""
    world: World = request.scope[WORLD]
    return world


async def _store(request: Request) -> Store:
    return world_of(request).store


async def _caller(request: Request) -> Caller:
    caller = world_of(request).caller
    assert caller is not None
    return caller


async def _faults(request: Request) -> Faults:
    return world_of(request).faults


async def _raw(request: Request) -> bytes:
    """The body of a request, or 415 when it says that it is no JSON.

    Kong documents the 415 of config stores only; HTTP has it for the other APIs too.
    """
    raw = await request.body()
    said = request.headers.get("content-type")
    if raw and said is not None and _JSON.fullmatch(said.strip().lower()) is None:
        raise Refusal(415, f"content type {said} is not supported; send application/json")
    return raw


async def _query(request: Request) -> QueryParams:
    return request.query_params


async def _path(request: Request) -> str:
    return request.url.path


async def _geo(request: Request) -> str | None:
    return world_of(request).geo


# All of them asynchronous: FastAPI sends a synchronous dependency through a thread.
StoreDep = Annotated[Store, Depends(_store)]
CallerDep = Annotated[Caller, Depends(_caller)]
FaultsDep = Annotated[Faults, Depends(_faults)]
RawDep = Annotated[bytes, Depends(_raw)]
QueryDep = Annotated[QueryParams, Depends(_query)]
PathDep = Annotated[str, Depends(_path)]
GeoDep = Annotated[str | None, Depends(_geo)]

_MARK = "in_transaction"


class TransactionRoute(APIRoute):
    """A route whose endpoint is one transaction; None becomes an empty 204."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        """Wrap ``endpoint``; the options are those of an APIRoute."""
        # Including a router makes its routes anew from endpoints that are wrapped already.
        if not hasattr(endpoint, _MARK):
            endpoint = _in_transaction(endpoint, options.get("status_code") or 200)
        super().__init__(path, endpoint, **{**options, "response_model": None})


def _in_transaction(endpoint: Callable[..., Any], status: int) -> Callable[..., Response]:
    def run(*, request: Request, **arguments: Any) -> Response:
        with world_of(request).store.transaction():
            result = endpoint(**arguments)
            if isinstance(result, Response):
                return result
            if result is None:
                return Response(status_code=204)
            return JSONResponse(result, status_code=status)

    signature = inspect.signature(endpoint, eval_str=True)
    request = inspect.Parameter("request", inspect.Parameter.KEYWORD_ONLY, annotation=Request)
    asked = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for parameter in signature.parameters.values()
    ]
    run.__name__, run.__doc__ = endpoint.__name__, endpoint.__doc__
    run.__signature__ = inspect.Signature([*asked, request])  # type: ignore[attr-defined]
    setattr(run, _MARK, True)
    return run
