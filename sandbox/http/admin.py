"""The admin API of the sandbox: read the state, move the clock, cause failures.

No cloud has it. Its paths start with ``/_sandbox``. ``/_sandbox/health`` needs no token and no
lock: it is answered while a long transaction holds the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field
from starlette.datastructures import QueryParams

from sandbox.clock import rfc3339
from sandbox.http import faults
from sandbox.http.application import ADMIN
from sandbox.http.bodies import Closed, load, parse
from sandbox.http.routing import Router
from sandbox.store import Body, Store

router = Router()

HEALTH = ADMIN + "/health"


class Clock(Closed):
    """Body of ``POST clock``: a jump in simulated seconds, a new speed, or both."""

    advance_seconds: Annotated[float, Field(ge=0, le=10 * 365 * 86400)] | None = None
    speed: Annotated[float, Field(ge=0, le=1e9)] | None = None


@router.get(HEALTH)
async def get_health() -> Body:
    """Whether the sandbox answers at all."""
    return {"status": "ok"}


@router.get(ADMIN + "/state")
def get_state(store: Store, query: QueryParams) -> Body:
    """Every object: cloud -> kind -> id -> body; of one ``kind`` when the query has one."""
    wanted = query.get("kind")
    state: Body = {}
    for cloud, kinds in store.everything().items():
        for kind, objects in kinds.items():
            if wanted in (None, kind):
                bodies = {id_: _shown(body) for id_, body in objects.items()}
                state.setdefault(cloud, {})[kind] = bodies
    return state


def _shown(body: Body) -> Body:
    """An object's public form, plus the state that its cloud shows only in other calls."""
    state = {"state": body["_state"]} if "_state" in body else {}
    return state | {key: value for key, value in body.items() if not key.startswith("_")}


@router.post(ADMIN + "/reset")
def reset(store: Store) -> None:
    """Delete every object, counter, logged request and fault."""
    store.reset()
    faults.clear(store)


@router.get(ADMIN + "/requests")
def get_requests(store: Store, query: QueryParams) -> Body:
    """The log of requests with their answers, of one ``cloud`` or of all."""
    logged = store.requests(query.get("cloud"))
    return {"requests": [{**entry, "time": rfc3339(entry["at"])} for entry in logged]}


@router.get(ADMIN + "/clock")
def get_clock(store: Store) -> Body:
    """The simulated time and its speed."""
    now = store.clock.now()
    return {"now": rfc3339(now), "epoch": now, "speed": store.clock.speed}


@router.post(ADMIN + "/clock")
def set_clock(store: Store, raw: bytes) -> Body:
    """Jump forward or change the speed; the next request applies what became due."""
    body = parse(Clock, raw)
    if body.speed is not None:
        store.clock.set_speed(body.speed)
    if body.advance_seconds is not None:
        store.clock.advance(body.advance_seconds)
    store.save_clock()
    return get_clock(store)


@router.get(ADMIN + "/faults")
def list_faults(store: Store) -> Body:
    """The faults that have not yet acted as often as they should."""
    return {"faults": faults.waiting(store)}


@router.post(ADMIN + "/faults", status=201)
def create_fault(store: Store, apis: Sequence[str], raw: bytes) -> Body:
    """Add a fault of this API, of another, or of a cloud, after those that are waiting."""
    fault = faults.parse(load(raw), apis)
    faults.add(store, fault)
    return fault.model_dump()


@router.delete(ADMIN + "/faults")
def delete_faults(store: Store) -> None:
    """Delete the faults that are waiting."""
    faults.clear(store)
