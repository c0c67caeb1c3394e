"""What the admin API of the sandbox has for the controller only: sessions and failures."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from sandbox.aviatrix import connections, sessions, tasks
from sandbox.http.application import ADMIN
from sandbox.http.bodies import Closed, parse
from sandbox.http.routing import Router
from sandbox.store import Body, Store

router = Router()


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise PydanticCustomError("matches_regex", "is no regular expression") from error
    return value


class Failure(Closed):
    """Body of ``POST failures``.

    ``action`` is a regular expression that matches the whole name of an action. ``name`` is that
    of an object in any field of the request. ``reason`` is what the controller says.
    """

    action: Annotated[str, AfterValidator(_pattern)]
    name: str = ""
    reason: Annotated[str, Field(min_length=1)] = "[AVXERR-SANDBOX-0001] Injected by the sandbox"
    times: Annotated[int, Field(ge=1)] = 1


class NotUp(Closed):
    """Body of ``PUT not-up``: the next ``tries`` to connect from ``gateway`` are refused."""

    gateway: Annotated[str, Field(min_length=1)]
    tries: Annotated[int, Field(ge=0)]


@router.post(ADMIN + "/aviatrix/expire-sessions")
def expire_sessions(store: Store) -> Body:
    """End every session of the controller; returns how many there were."""
    return {"expired": sessions.expire_all(store)}


@router.get(ADMIN + "/aviatrix/failures")
def list_failures(store: Store) -> Body:
    """The failures that have not yet acted as often as they should."""
    return {"failures": tasks.waiting(store)}


@router.post(ADMIN + "/aviatrix/failures", status=201)
def create_failure(store: Store, raw: bytes) -> Body:
    """Let the next requests for an action fail; a task fails when it would have been done."""
    failure = parse(Failure, raw)
    tasks.fail_next(store, failure.action, failure.name, failure.reason, failure.times)
    return failure.model_dump()


@router.delete(ADMIN + "/aviatrix/failures")
def delete_failures(store: Store) -> None:
    """Delete the failures that are waiting."""
    tasks.forget_failures(store)


@router.put(ADMIN + "/aviatrix/not-up")
def put_not_up(store: Store, raw: bytes) -> Body:
    """Let a gateway be not up for so many tries to connect from it."""
    given = parse(NotUp, raw)
    connections.keep_down(store, given.gateway, given.tries)
    return given.model_dump()
