"""The route class and dependencies of all endpoints: raw body, raw query, one transaction.

Every endpoint of the simulated Konnect is a plain function from a store to a body. Its route
runs it in one store transaction, so a request sees a consistent state. The response is
rendered before the lock is released.
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
"""The key of the World in a request's ASGI scope."""


@dataclass(frozen=True)
class World:
    """The context of a request: the store, the waiting faults, the source of correlation ids.

    ``caller`` is None when no token is needed. ``geo`` is None when a request is about every
    geo.
    """

    store: Store
    faults: Faults
    traces: Iterator[str]
    caller: Caller | None = None
    geo: str | None = None


def world_of(request: Request) -> World:
    """The World of a request."""
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
    """The raw body of a request; a 415 when its content type is not JSON.

    Kong documents the 415 only for config stores. HTTP defines it for every API.
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


# The dependencies are async because FastAPI runs a synchronous one in a thread.
StoreDep = Annotated[Store, Depends(_store)]
CallerDep = Annotated[Caller, Depends(_caller)]
FaultsDep = Annotated[Faults, Depends(_faults)]
RawDep = Annotated[bytes, Depends(_raw)]
QueryDep = Annotated[QueryParams, Depends(_query)]
PathDep = Annotated[str, Depends(_path)]
GeoDep = Annotated[str | None, Depends(_geo)]

_MARK = "in_transaction"


class TransactionRoute(APIRoute):
    """A route that runs its endpoint in one transaction; a result of None is an empty 204."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        """Wrap ``endpoint`` in a transaction; the options are those of an APIRoute."""
        # Including a router creates its routes again, from endpoints already wrapped.
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
