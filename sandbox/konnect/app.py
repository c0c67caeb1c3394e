"""The simulated Konnect as an ASGI application."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from functools import cache
from types import MappingProxyType

from starlette.types import ASGIApp

from sandbox.data_plane import admin as data_plane_admin
from sandbox.data_plane.control import DataPlane
from sandbox.http import admin as sandbox_admin
from sandbox.http.application import Admin, Api, Application
from sandbox.http.routing import Router
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
    redis_paths,
    schemas,
    serverless_gateways,
    side_entities,
    snapshots,
    system_accounts,
    teams,
    transit_gateways,
)
from sandbox.konnect.analytics import dashboards, metrics
from sandbox.konnect.gate import OFFERS, Gate
from sandbox.konnect.problems import NO_ROUTE, Renderer
from sandbox.konnect.tokens import DEFAULT_TOKEN, check_token
from sandbox.store import Body, Store

NAME = "konnect"
"""The name of the API in the request log and in faults."""

_V2 = (
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
    dashboards.router,
    metrics.router,
    links.router,  # before core_entities, whose general paths match these too
    schemas.router,  # likewise
    custom_plugins.router,  # likewise
    core_entities.router,
)
_V3 = (organizations.router, system_accounts.router, teams.router, access_tokens.router)


def create_app(
    store: Store,
    tokens: Collection[str] = (DEFAULT_TOKEN,),
    data_plane: DataPlane | None = None,
    now: Callable[[], float] = time.time,
    others: Mapping[str, Router] = MappingProxyType({}),
) -> ASGIApp:
    """Create the application; ``tokens`` have every role in the default organisation.

    The admin API of the sandbox is served at the same address, for holders of ``tokens``. Without a
    ``data_plane`` it runs no gateways. ``now`` is the real time in seconds since the epoch, in
    which gateways and analytics are. ``others`` are other APIs at the same
    address, which may have faults: by name, their part of the admin API.
    """
    analytics = metrics.Analytics(data_plane, now)
    for token in tokens:
        check_token(token)
    store.on_due(records.CLOUD, lifecycle.step)
    api = Api(
        name=NAME,
        router=_routes(),
        admit=Gate(store, tokens, analytics).admit,
        offers=OFFERS,
        render=Renderer(),
        unknown_path=NO_ROUTE,
    )
    extra = {"snapshots": snapshots.Snapshots(store), "data_plane": data_plane}
    open_paths = {sandbox_admin.HEALTH}
    routes = _with_parts(_admin_routes(), others)
    return Application(api, store, Admin(routes, tokens, open_paths, extra, tuple(others)))


@cache
def _routes() -> Router:
    """The endpoints. They hold no state, so one set of them serves any number of stores."""
    routes = Router()
    routes.get("/v2/cloud-gateways/availability.json")(_get_availability_json)
    routes.get(platform_addresses.PATH)(_get_ip_addresses_json)
    for router in _V2:
        routes.include(router, "/v2")
    routes.include(serverless_gateways.router, "/v0")
    routes.include(mesh_control_planes.router, "/v1")
    for router in _V3:
        routes.include(router, "/v3")
    return routes


@cache
def _admin_routes() -> Router:
    """The admin API: what every API has, and what only Konnect has."""
    routes = Router()
    for router in (
        sandbox_admin.router,
        admin.router,
        issuing.router,
        snapshots.router,
        data_plane_admin.router,
        redis_paths.router,
        metrics.admin_router,
    ):
        routes.include(router)
    return routes


def _with_parts(routes: Router, others: Mapping[str, Router]) -> Router:
    """The admin API with the parts of other APIs."""
    whole = Router()
    for router in (routes, *others.values()):
        whole.include(router)
    return whole


def _get_availability_json() -> Body:
    return dict(availability.document())


def _get_ip_addresses_json() -> Body:
    return dict(platform_addresses.document())
