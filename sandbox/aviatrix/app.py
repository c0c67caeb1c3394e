"""The simulated controller as an ASGI application, beside another application."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.aviatrix import (
    accounts,
    attachments,
    connection_settings,
    connections,
    domains,
    firenet,
    firewalls,
    gateway_creation,
    gateway_settings,
    gateways,
    peerings,
    records,
    sessions,
    tasks,
    vpcs,
)
from sandbox.aviatrix.actions import (
    ACTIONS,
    Action,
    Asked,
    Failed,
    Plain,
    Refused,
    Work,
    failure,
    success,
)
from sandbox.aviatrix.requests import Sent, read
from sandbox.http.application import INJECTED, Api, Application, Call
from sandbox.http.problems import Refusal
from sandbox.http.routing import Router
from sandbox.store import Store

NAME = "aviatrix"
"""The name of the API in the request log and in faults."""
CLASSIC = "/v2/api"
"""The path of every classic call."""
V25 = "/v2.5/"
"""The first step of the paths of the newer REST API."""

MODULES = (
    *(accounts, gateways, gateway_creation, gateway_settings, attachments, peerings),
    *(firenet, firewalls, domains, connections, connection_settings, sessions, tasks),
    vpcs,
)
"""The modules whose import registers actions."""

_BODIES = re.compile(
    r"(application/json|application/x-www-form-urlencoded|multipart/form-data)\s*(;.*)?"
)
_CID = re.compile(r"cid (\S+)")
_NAMES = ("gw_name", "primary_gw_name", "gateway_name", "gateway1", "gateway2", "spoke_gw")
_SHOWN = (
    "action",
    *_NAMES,
    *("transit_gw", "transit_gateway_name", "firenet_gateway_name", "account_name", "vpc_id"),
    *("connection_name", "conn_name", "firewall_name", "firewall_id", "domain_name"),
    *("other_domain_name", "attachment_name", "request_id"),
)
"""The fields that the request log shows and faults match, in this order. None is a secret."""


def create_app(store: Store) -> ASGIApp:
    """Create the application."""
    store.on_due(records.CLOUD, tasks.step)
    api = Api(
        name=NAME,
        router=_routes(),
        admit=lambda call: {"call": call},
        offers=("call",),
        render=_render,
        unknown_path="not a path of the controller",
        content_type=_BODIES,
        accepts="a form or application/json",
        target=_target,
    )
    return Application(api, store)


def beside(controller: ASGIApp, other: ASGIApp) -> ASGIApp:
    """One application of both: the controller has its paths, and the other has all others."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        mine = path == CLASSIC or path.startswith(V25)
        await (controller if mine else other)(scope, receive, send)

    return serve


@cache
def _routes() -> Router:
    router = Router()
    router.get(CLASSIC)(_classic)
    router.post(CLASSIC)(_classic)
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        router.route(method, V25 + "{rest:path}")(_newer)
    return router


def _target(call: Call) -> str:
    """The path of a request with its action and the names of its objects."""
    try:
        fields = read(call).fields
    except Refusal:
        return call.path
    shown = [f"{name}={fields[name]}" for name in _SHOWN if name in fields]
    return f"{call.path}?{'&'.join(shown)}" if shown else call.path


def _classic(store: Store, raw: bytes, call: Call) -> Response:
    """Perform an action. The answer has status 200 also when it is a failure."""
    del raw  # asked for, so that the content type is checked
    sent = read(call)
    try:
        found = _known(store, sent)
        asked = Asked(store, found.name, sent.fields, sent.files, sent.access_key)
        return _perform(found, asked, sent)
    except Refused as refused:
        return JSONResponse(failure(str(refused)))


def _known(store: Store, sent: Sent) -> Action:
    """The action of a request, which its session and its fields allow. Raises Refused."""
    found = ACTIONS.get(sent.fields.get("action", ""))
    if found is None:
        raise Refused("Valid action required")
    if not found.public:
        _require_session(store, sent)
    if found.reads != (sent.method == "GET"):
        raise Refused(f"{found.name} needs {'GET' if found.reads else 'POST'}")
    found.check(sent.fields)
    return found


def _require_session(store: Store, sent: Sent) -> None:
    cid = sent.fields.get("CID", "")
    if not cid:
        raise Refused("CID is required")
    if not sessions.is_valid(store, cid):
        raise Refused(f"Session {cid} expired" if sent.is_json else sessions.EXPIRED)


class _Injected(Exception):
    """A failure on demand: undoes what the action did at once."""


def _perform(found: Action, asked: Asked, sent: Sent) -> Response:
    store = asked.store
    try:
        with store.transaction():
            result = found.handler(asked)
            if not isinstance(result, Work) and tasks.next_failure(store, asked) is not None:
                raise _Injected
    except _Injected:
        return JSONResponse(failure(str(tasks.take_failure(store, asked))))
    except Refused as refused:
        return JSONResponse(failure(str(refused)))
    if not isinstance(result, Work):
        return JSONResponse(_envelope(result))
    task_id = tasks.begin(store, asked, result)
    if asked.flag("async"):
        return JSONResponse(success(task_id, result.extra))
    return tasks.WhenDone(store, task_id)


def _envelope(result: Any) -> dict[str, Any]:
    if isinstance(result, Failed):
        return failure(result.reason)
    if isinstance(result, Plain):
        return success(result.results, result.extra)
    return success(result)


def _newer(store: Store, rest: str, call: Call) -> Response:
    """The newer REST API has sessions here, and no endpoints."""
    match = _CID.fullmatch(call.headers.get("authorization", ""))
    if match is None or not sessions.is_valid(store, match[1]):
        return JSONResponse({"message": "Invalid CID"}, 403)
    return JSONResponse({"message": f"/v2.5/{rest} is not an endpoint of the sandbox"}, 404)


def _render(refusal: Refusal, call: Call) -> Response:
    """An error of the transport. An injected one looks as that of a proxy before the controller."""
    detail = refusal.detail or str(refusal)
    if refusal.detail == INJECTED:
        return PlainTextResponse(detail, refusal.status, refusal.headers)
    if call.path.startswith(V25):
        return JSONResponse({"message": detail}, refusal.status, refusal.headers)
    return JSONResponse(failure(detail), refusal.status, refusal.headers)
