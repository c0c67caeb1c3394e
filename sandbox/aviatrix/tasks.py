"""Work that takes time: tasks on the simulated clock, and failures on demand.

A request with ``async=true`` gets the id of its task at once and polls it. Without it the response
comes when the task is done. A task goes on when its client hangs up.
"""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Callable, Mapping

from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from sandbox.aviatrix import records
from sandbox.aviatrix.actions import Asked, Plain, Refused, Work, action, failure, success
from sandbox.store import Body, Store

IN_PROGRESS = "REQUEST_IN_PROGRESS"

_NAMESPACE = uuid.UUID("5d0f2a9f-3c55-4b52-9b8e-6b9d4b1e0c12")
_FAILURES = "aviatrix:failures"
_FINISHED = "aviatrix:task:"
"""The beginning of the key of a finished task's result, before the task's id."""
_SHORTEST, _LONGEST = 0.02, 0.5
"""Limits of the real seconds between two looks at a task whose client waits for the response."""

Hook = Callable[[Store, Body, float], Mapping[str, object]]
"""What an object gets when its creation is done, at a simulated time."""
_BUSY = {"update": records.UPDATING, "delete": records.DELETING}
"""The state of an object while a task works on it."""
CREATED: dict[str, Hook] = {}
"""By kind."""


def begin(store: Store, asked: Asked, work: Work) -> str:
    """Begin a task; returns its id. The object of the work is in its state meanwhile."""
    task_id = str(uuid.uuid5(_NAMESPACE, f"task/{store.serial('aviatrix:task')}"))
    if work.does in _BUSY:
        records.update(store, work.kind, work.id, state=_BUSY[work.does])
    task: Body = {
        "id": task_id,
        "action": asked.action,
        "does": work.does,
        "kind": work.kind,
        "object": work.id,
        "fields": dict(work.fields),
        "results": work.results,
        "extra": dict(work.extra),
        "failure": take_failure(store, asked),
    }
    due = task["due"] = store.clock.now() + work.seconds
    records.put(store, records.TASKS, task_id, task, due=due)
    return task_id


def step(store: Store, kind: str, id_: str, at: float) -> None:
    """Finish the task that was due at ``at``."""
    task = records.get(store, kind, id_)
    assert task is not None
    reason = task["failure"]
    if reason is None:
        _finish(store, task, at)
    else:
        _undo(store, task)
    records.delete(store, kind, id_)
    done = success(task["results"], task["extra"]) if reason is None else failure(reason)
    store.set_meta(_FINISHED + id_, done)


def _answer(store: Store, task_id: str) -> Body | None:
    """The envelope that a finished task gives; None while it runs. Raises Refused without it."""
    if records.get(store, records.TASKS, task_id) is not None:
        return None
    answer: Body | None = store.meta(_FINISHED + task_id)
    if answer is None:
        raise Refused(f"request_id {task_id} does not exist")
    return answer


def _until_done(store: Store, task_id: str) -> float:
    """Real seconds until a task is due; 0 when its clock stands still or it is done."""
    task, clock = records.get(store, records.TASKS, task_id), store.clock
    if task is None or not clock.speed:
        return 0.0
    return float((task["due"] - clock.now()) / clock.speed)


def _finish(store: Store, task: Body, at: float) -> None:
    kind, id_ = task["kind"], task["object"]
    body = records.get(store, kind, id_)
    assert body is not None
    if task["does"] == "delete":
        records.delete(store, kind, id_)
        return
    hook = CREATED.get(kind) if task["does"] == "create" else None
    created = {} if hook is None else hook(store, body, at)
    records.update(store, kind, id_, **task["fields"], **created, state=records.UP)


def _undo(store: Store, task: Body) -> None:
    """A failed creation leaves nothing; any other failure leaves the object as it was."""
    if task["does"] == "create":
        records.delete(store, task["kind"], task["object"])
    else:
        records.update(store, task["kind"], task["object"], state=records.UP)


@action("check_task_status", ("request_id",))
def check_task_status(asked: Asked) -> Plain:
    """The result of a task, or that it is running."""
    answer = _answer(asked.store, asked["request_id"])
    if answer is None:
        raise Refused(IN_PROGRESS)
    if not answer["return"]:
        raise Refused(answer["reason"])
    return Plain(answer.pop("results"), answer)


class WhenDone(Response):
    """The response of a request that waits for its task."""

    def __init__(self, store: Store, task_id: str) -> None:
        super().__init__()
        self._store = store
        self._task_id = task_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait for the task, then send its result."""
        loop = asyncio.get_running_loop()
        while True:
            body, left = await loop.run_in_executor(None, self._look)
            if body is not None:
                break
            await asyncio.sleep(min(max(left, _SHORTEST), _LONGEST))
        await JSONResponse(body)(scope, receive, send)

    def _look(self) -> tuple[Body | None, float]:
        """(answer or None, real seconds until there may be one)."""
        try:
            with self._store.transaction():
                return _answer(self._store, self._task_id), _until_done(self._store, self._task_id)
        except Refused as refused:  # the sandbox was reset
            return failure(str(refused)), 0.0


# Failures on demand


def fail_next(store: Store, action_: str, name: str, reason: str, times: int) -> None:
    """Let the next requests for an action fail.

    ``action_`` is a regular expression. ``name`` is the value of any field, such as a gateway's
    name; empty means every request. A task fails when it would have been done.
    """
    entry = {"action": action_, "name": name, "reason": reason, "times": times}
    store.set_meta(_FAILURES, [*waiting(store), entry])


def waiting(store: Store) -> list[Body]:
    """The failures that have not yet acted as often as they should."""
    found: list[Body] = store.meta(_FAILURES) or []
    return found


def forget_failures(store: Store) -> None:
    """Delete the failures that are waiting."""
    store.set_meta(_FAILURES, [])


def next_failure(store: Store, asked: Asked) -> int | None:
    """The position of the first failure that applies to a request, or None."""
    for index, entry in enumerate(waiting(store)):
        named = not entry["name"] or entry["name"] in asked.fields.values()
        if named and re.fullmatch(entry["action"], asked.action):
            return index
    return None


def take_failure(store: Store, asked: Asked) -> str | None:
    """The reason of the first failure that applies to a request; counts one use of it."""
    index = next_failure(store, asked)
    if index is None:
        return None
    entries = waiting(store)
    entry = entries[index]
    left = entry["times"] - 1
    rest = [{**entry, "times": left}] if left else []
    store.set_meta(_FAILURES, [*entries[:index], *rest, *entries[index + 1 :]])
    return str(entry["reason"])
