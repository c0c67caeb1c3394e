"""The admin API of the sandbox: read the state, move the clock, cause failures.

No cloud has it. Its paths start with ``/_sandbox``, on Konnect's port. Requests need the
sandbox's own token and must come from this machine.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from sandbox.clock import rfc3339
from sandbox.konnect import features, private_dns, quotas, records, transit_gateways
from sandbox.konnect.bodies import Closed, load, parse
from sandbox.konnect.faults import Fault
from sandbox.konnect.middleware import ADMIN
from sandbox.konnect.problems import invalid, not_found
from sandbox.konnect.web import FaultsDep, QueryDep, RawDep, StoreDep, TransactionRoute
from sandbox.store import Body, Store

router = APIRouter(prefix=ADMIN, route_class=TransactionRoute)


class Clock(Closed):
    """Body of ``POST clock``: a jump in simulated seconds, a new speed, or both."""

    advance_seconds: Annotated[float, Field(ge=0, le=10 * 365 * 86400)] | None = None
    speed: Annotated[float, Field(ge=0, le=1e9)] | None = None


class Accepted(Closed):
    """Body of ``POST accept``; ``missing`` resources share no zone with the network."""

    missing: list[str] = Field(default_factory=list)


class Failed(Closed):
    """Body of ``POST fail``."""

    reason: str = "failed by hand"


def _clock_body(store: Store) -> Body:
    now = store.clock.now()
    return {"now": rfc3339(now), "epoch": now, "speed": store.clock.speed}


@router.get("/state")
def get_state(store: StoreDep, query: QueryDep) -> Body:
    """Every object: cloud -> kind -> id -> body; of one ``kind`` when the query has one."""
    wanted = query.get("kind")
    shown: Body = {}
    for cloud, kinds in store.everything().items():
        for kind, objects in kinds.items():
            if wanted in (None, kind):
                bodies = {id_: _shown(body) for id_, body in objects.items()}
                shown.setdefault(cloud, {})[kind] = bodies
    return shown


@router.post("/reset")
def reset(store: StoreDep, faults: FaultsDep) -> None:
    """Delete every object, counter, logged request and fault."""
    store.reset()
    faults.clear()


@router.get("/requests")
def get_requests(store: StoreDep, query: QueryDep) -> Body:
    """The log of requests with their answers, of one ``cloud`` or of all."""
    logged = store.requests(query.get("cloud"))
    return {"requests": [{**entry, "time": rfc3339(entry["at"])} for entry in logged]}


@router.get("/clock")
def get_clock(store: StoreDep) -> Body:
    """The simulated time and its speed."""
    return _clock_body(store)


@router.post("/clock")
def set_clock(store: StoreDep, raw: RawDep) -> Body:
    """Jump forward or change the speed; the next request applies what became due."""
    body = parse(Clock, raw)
    if body.speed is not None:
        store.clock.set_speed(body.speed)
    if body.advance_seconds is not None:
        store.clock.advance(body.advance_seconds)
    store.save_clock()
    return _clock_body(store)


def _shown(body: Body) -> Body:
    """An object's public form, plus the state that its cloud shows only in other calls."""
    state = {"state": body["_state"]} if "_state" in body else {}
    return {**state, **records.public(body)}


def _attachment(store: Store, kind: str, id_: str) -> Body:
    if kind not in (records.TRANSIT_GATEWAYS, records.PRIVATE_DNS):
        raise not_found(f"nothing to accept for {kind}")
    return records.find(store, kind, id_)


@router.post("/accept/{kind}/{id_}")
def accept(store: StoreDep, kind: str, id_: str, raw: RawDep) -> None:
    """Accept an attachment without the customer's side in a simulated cloud."""
    attachment = _attachment(store, kind, id_)
    body = parse(Accepted, raw or b"{}")
    if kind == records.TRANSIT_GATEWAYS:
        transit_gateways.accept(store, attachment, body.missing)
    else:
        private_dns.accept(store, attachment)


_FAILURES: dict[str, dict[str, Any]] = {
    # Networks and groups have no error state: they stay in initializing, with a reason.
    records.NETWORKS: {"state": "initializing"},
    records.GROUPS: {"state": "initializing"},
    records.TRANSIT_GATEWAYS: {"state": "error", "_phase": None},
    records.PRIVATE_DNS: {"state": "error"},
    records.CUSTOM_DOMAINS: {"state": "error"},
}


@router.post("/fail/{kind}/{id_}")
def fail(store: StoreDep, kind: str, id_: str, raw: RawDep) -> None:
    """Make an object fail, in the way that Konnect shows failures of its kind."""
    body = parse(Failed, raw or b"{}")
    record = records.find(store, kind, id_)
    if kind == records.ADD_ONS:
        _fail_cache(store, record, body.reason)
        return
    if kind not in _FAILURES:
        raise not_found(f"{kind} do not fail")
    status = "INVALID" if kind == records.NETWORKS else "ERROR"
    metadata = {"reported_status": status, "reason": body.reason}
    records.change(store, kind, record, state_metadata=metadata, **_FAILURES[kind])


def _fail_cache(store: Store, add_on: Body, reason: str) -> None:
    for entry in add_on["config"]["data_plane_groups"]:
        entry |= {"state": "error", "state_metadata": {"error_reason": reason}}
        add_on["_timers"].pop(entry["id"], None)
    due = min(add_on["_timers"].values(), default=None)
    records.change(store, records.ADD_ONS, add_on, due=due)


@router.post("/faults", status_code=201)
def post_faults(faults: FaultsDep, raw: RawDep) -> Body:
    """Add a fault after those that are waiting."""
    fault = parse(Fault, raw)
    faults.add(fault)
    return fault.model_dump()


@router.delete("/faults")
def delete_faults(faults: FaultsDep) -> None:
    """Delete the faults that have not acted yet."""
    faults.clear()


@router.put("/quotas")
def put_quotas(store: StoreDep, raw: RawDep) -> Body:
    """Set quotas and resource configurations by name; null restores the default."""
    wanted = _named(raw, {**quotas.DEFAULTS, **quotas.CONFIGURATION_DEFAULTS})
    for name, value in wanted.items():
        if value is not None and (type(value) is not int or value < 0):
            raise invalid(name, "is_integer", f"{name} must be null or an integer from 0")
        quotas.override(store, name, value)
    return wanted


@router.put("/features")
def put_features(store: StoreDep, raw: RawDep) -> Body:
    """Switch features on (true) or off (false) by name."""
    wanted = _named(raw, features.ALL)
    for name, value in wanted.items():
        if type(value) is not bool:
            raise invalid(name, "is_boolean", f"{name} must be a boolean")
        features.switch(store, name, value)
    return wanted


def _named(raw: bytes, names: Collection[str]) -> Body:
    wanted = load(raw)
    if not isinstance(wanted, dict):
        raise invalid("body", "is_object", "body must be an object")
    for name in wanted:
        if name not in names:
            listed = ", ".join(names)
            raise invalid(name, "enum", f"{name} is not one of {listed}", choices=list(names))
    return wanted
