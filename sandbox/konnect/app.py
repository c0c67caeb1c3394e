"""The simulated Konnect as an ASGI application."""

from __future__ import annotations

import logging
from collections.abc import Collection
from functools import cache

from fastapi import APIRouter, FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.routing import Match
from starlette.types import ASGIApp

from sandbox.konnect import (
    access_tokens,
    add_ons,
    admin,
    availability,
    configurations,
    control_planes,
    core_entities,
    custom_domains,
    custom_plugins,
    issuing,
    lifecycle,
    links,
    memberships,
    mesh_control_planes,
    networks,
    nodes,
    organizations,
    platform_addresses,
    private_dns,
    provider_accounts,
    quotas,
    records,
    schemas,
    serverless_gateways,
    side_entities,
    system_accounts,
    teams,
    transit_gateways,
)
from sandbox.konnect.faults import Faults
from sandbox.konnect.middleware import Gate, traces
from sandbox.konnect.problems import Refusal, render, unknown_path
from sandbox.konnect.tokens import DEFAULT_TOKEN, check_token
from sandbox.konnect.web import World, world_of
from sandbox.store import Store

_log = logging.getLogger("sandbox.konnect")

_ROUTERS = (
    provider_accounts.router,
    networks.router,
    configurations.router,
    transit_gateways.router,
    private_dns.router,
    custom_domains.router,
    quotas.router,
    add_ons.router,
    control_planes.router,
    memberships.router,
    side_entities.router,
    nodes.router,
    links.router,  # before core_entities, whose general paths match these too
    schemas.router,  # likewise
    custom_plugins.router,  # likewise
    core_entities.router,
)
_IDENTITY = "/v3"
_METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")
_CLIENT_CLOSED_REQUEST = 499
"""The status that nginx logs when the client closed the connection; it is never sent."""


def create_app(store: Store, tokens: Collection[str] = (DEFAULT_TOKEN,)) -> ASGIApp:
    """Create the application; ``tokens`` have every role in the default organisation."""
    for token in tokens:
        check_token(token)
    store.on_due(records.CLOUD, lifecycle.step)
    return Gate(_routes(), World(store, Faults(), traces()), tokens)


@cache
def _routes() -> FastAPI:
    """The endpoints. They hold no state, so one set of them serves any number of stores."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(HTTPException, _unrouted)
    app.add_exception_handler(ClientDisconnect, _hung_up)
    app.add_exception_handler(Exception, _failed)
    konnect = APIRouter(prefix="/v2")
    konnect.add_api_route(
        "/cloud-gateways/availability.json", _get_availability_json, response_model=None
    )
    for router in _ROUTERS:
        konnect.include_router(router)
    app.include_router(konnect)
    app.include_router(serverless_gateways.router, prefix="/v0")
    app.include_router(mesh_control_planes.router, prefix="/v1")
    app.add_api_route(platform_addresses.PATH, _get_ip_addresses_json, response_model=None)
    app.include_router(organizations.router, prefix=_IDENTITY)
    app.include_router(system_accounts.router, prefix=_IDENTITY)
    app.include_router(teams.router, prefix=_IDENTITY)
    app.include_router(access_tokens.router, prefix=_IDENTITY)
    app.include_router(admin.router)
    app.include_router(issuing.router)
    return app


async def _get_availability_json() -> Response:
    return JSONResponse(availability.document())


async def _get_ip_addresses_json() -> Response:
    return JSONResponse(platform_addresses.document())


def _rendered(refusal: Refusal, request: Request) -> Response:
    return render(refusal, request.url.path, next(world_of(request).traces), request.method)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return _rendered(error, request)


async def _unrouted(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return _rendered(unknown_path(), request)
    headers = {"Allow": ", ".join(_allowed(request))} if error.status_code == 405 else None
    return _rendered(Refusal(error.status_code, headers=headers), request)


def _allowed(request: Request) -> list[str]:
    """The methods that a path accepts, in alphabetical order."""
    return [
        method
        for method in _METHODS
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL
            for route in _routes().routes
        )
    ]


async def _hung_up(request: Request, error: Exception) -> Response:
    _log.warning("%s %s: the client hung up", request.method, request.url.path)
    return Response(status_code=_CLIENT_CLOSED_REQUEST)


async def _failed(request: Request, error: Exception) -> Response:
    _log.exception("%s %s failed", request.method, request.url.path, exc_info=error)
    return _rendered(Refusal(500, f"the sandbox failed: {type(error).__name__}: {error}"), request)
