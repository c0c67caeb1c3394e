"""Snapshots of control planes' configurations, for data planes that run as their own processes.

A snapshot has all core entities of a control plane as JSON, and a version. The version changes
exactly when the configuration does. A snapshot of a control plane group has the entities of its
members, in the order in which they joined.

``GET /_sandbox/snapshots/{control_plane_id}`` never waits for the store. It asks one thread of its
own for a newer snapshot, gives it a moment, and shows the newest that there is. While a long
transaction holds the store, that is the last one. The first snapshot after a start of the sandbox
has to come from the store: until it is there, the response is a 503.
"""

from __future__ import annotations

import asyncio
import json
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from starlette.datastructures import QueryParams
from starlette.responses import Response

from sandbox.http.application import ADMIN, Call
from sandbox.http.problems import Refusal, not_found
from sandbox.http.queries import whole_number
from sandbox.http.routing import Router
from sandbox.konnect import entities, organizations, records
from sandbox.konnect.control_planes import members_of
from sandbox.konnect.core_collections import COLLECTIONS
from sandbox.konnect.custom_plugins import SCHEMAS
from sandbox.konnect.links import MEMBERS
from sandbox.store import Body, Store

MOMENT = 0.1
"""Seconds that a response waits for the thread that reads the store."""
LONGEST_WAIT = 60
"""Seconds that a request may wait for a new version."""

_KINDS = {
    **{name: name for name in COLLECTIONS},
    SCHEMAS: SCHEMAS,
    MEMBERS: "consumer_group_members",
}
"""Kind of stored entity -> its name in a snapshot."""

router = Router()


@dataclass(frozen=True)
class Snapshot:
    """A configuration with its version; ``body`` is the JSON of the response."""

    version: str
    body: bytes

    @property
    def etag(self) -> str:
        """The version as an entity tag (RFC 9110)."""
        return f'"{self.version}"'


class Snapshots:
    """The newest snapshot of each control plane that somebody reads, in memory."""

    def __init__(self, store: Store) -> None:
        """Nothing is read from the store before the first ``newest``."""
        self._store = store
        self._snapshots: dict[str, Snapshot | None] = {}
        self._reads: dict[str, Future[None]] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="snapshots")

    async def newest(self, plane_id: str) -> Snapshot | None:
        """The newest snapshot; None for an unknown control plane.

        Raises a 503 when the store was never free to read this one.
        """
        reading = self._reads.get(plane_id)
        if reading is None or reading.running() or reading.done():  # it may miss the latest write
            reading = self._reads[plane_id] = self._thread.submit(self._read, plane_id)
        await asyncio.wait([asyncio.wrap_future(reading)], timeout=MOMENT)
        if reading.done():
            reading.result()  # raises what went wrong
        if plane_id not in self._snapshots:
            busy = "the store is busy; the configuration was not read yet"
            raise Refusal(503, busy, headers={"Retry-After": "1"})
        return self._snapshots[plane_id]

    def _read(self, plane_id: str) -> None:
        """Read a control plane from the store, unless it has the version that is known."""
        with self._store.transaction():
            view = _view_of(self._store, plane_id)
            if view is None:
                self._snapshots[plane_id] = None
                return
            planes = members_of(view, plane_id) or [plane_id]
            version = "-".join(str(entities.changes(view, id_)) for id_ in planes)
            known = self._snapshots.get(plane_id)
            if known is not None and known.version == version:
                return
            found = {name: _entities(view, planes, kind) for kind, name in _KINDS.items()}
        body: Body = {"control_plane_id": plane_id, "version": version, "entities": found}
        self._snapshots[plane_id] = Snapshot(version, json.dumps(body).encode())


def _view_of(store: Store, plane_id: str) -> Store | None:
    """The view of the organisation that has a control plane, or None."""
    for organization in organizations.every(store):
        view = organizations.store_of(store, organization)
        if records.get(view, records.CONTROL_PLANES, plane_id) is not None:
            return view
    return None


def _entities(store: Store, planes: list[str], kind: str) -> list[Body]:
    """The entities of a kind in some control planes, as a data plane gets them."""
    return [
        {name: value for name, value in body.items() if name != "updated_at"}
        for plane_id in planes
        for body in entities.every(store, plane_id, kind)
    ]


@router.get(ADMIN + "/snapshots/{control_plane_id}")
async def get_snapshot(
    control_plane_id: str, call: Call, query: QueryParams, snapshots: Snapshots
) -> Response:
    """The configuration of a control plane; its version is in the body and in ``ETag``.

    With ``If-None-Match``, the response is a 304 while the version is that one. With ``wait`` too
    (seconds, at most 60), the 304 comes only after that time: a new version is shown at once.
    """
    wait = min(whole_number(query, "wait", 0, minimum=0), LONGEST_WAIT)
    deadline = time.monotonic() + wait
    while True:
        snapshot = await snapshots.newest(control_plane_id.lower())
        if snapshot is None:
            raise not_found(f"there is no control plane {control_plane_id}")
        headers = {"ETag": snapshot.etag}
        if call.headers.get("if-none-match") != snapshot.etag:
            return Response(snapshot.body, 200, headers, media_type="application/json")
        if time.monotonic() >= deadline:
            return Response(status_code=304, headers=headers)
        await asyncio.sleep(MOMENT)
