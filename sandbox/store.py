"""The store: every simulated object of every cloud, in one SQLite file.

An object is a JSON body under (cloud, kind, id). One lock covers the whole store. A request
takes the lock, applies the transitions that are due (`advance`), does its work and commits.
So every request sees a consistent state, and a crash loses at most the request in flight.
"""

from __future__ import annotations

import copy
import json
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox.clock import VirtualClock

Body = dict[str, Any]
Entries = list[Body]

_SCHEMA = """
create table if not exists objects (
  cloud text not null, kind text not null, id text not null,
  seq integer primary key autoincrement, body text not null, due real,
  unique (cloud, kind, id));
create index if not exists objects_due on objects (cloud, due) where due is not null;
create table if not exists meta (key text primary key, value text not null);
create table if not exists requests (
  seq integer primary key autoincrement, at real not null, cloud text not null,
  method text not null, target text not null, status integer not null);
"""


_APPLICATION_ID = 0x4B4E4E58
"""SQLite's application id in the file header, which marks a file as a sandbox's."""


class StoreError(Exception):
    """The file of a store cannot be used. The message is for the user."""


def _opened(path: Path | str) -> sqlite3.Connection:
    """Open the database, create its tables, and let only the owner read its file."""
    remedy = f"move {path} away, or choose another --state-dir"
    if str(path) != ":memory:":
        try:
            _close_to_others(Path(path))
        except OSError as error:
            raise StoreError(f"{path} cannot be opened ({error.strerror}); {remedy}") from None
    database = sqlite3.connect(str(path), check_same_thread=False, isolation_level=None)
    try:
        if not _is_ours(database):
            database.close()
            raise StoreError(f"{path} is a database, but not one of this sandbox; {remedy}")
        (found,) = database.execute("pragma quick_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(found.splitlines()[-1])
        database.execute("pragma journal_mode=wal")
        database.execute("pragma synchronous=normal")
        database.execute(f"pragma application_id={_APPLICATION_ID}")
        database.executescript(_SCHEMA)
    except sqlite3.DatabaseError as error:
        database.close()
        raise StoreError(f"{path} cannot be read as a database ({error}); {remedy}") from None
    return database


def _is_ours(database: sqlite3.Connection) -> bool:
    """Whether a database is new or was created by a store."""
    (application,) = database.execute("pragma application_id").fetchone()
    (tables,) = database.execute("select count(*) from sqlite_master").fetchone()
    return bool(application == _APPLICATION_ID or (application == 0 and tables == 0))


def _close_to_others(path: Path) -> None:
    """Let only the owner read a database file; SQLite gives its journals the same mode."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    for suffix in ("", "-wal", "-shm"):
        file = path.with_name(path.name + suffix)
        if file.exists():
            file.chmod(0o600)


class Store:
    """Objects, counters and the request log. ``path`` is a file or ``:memory:``.

    ``cloud`` is ``konnect``, ``aws``, ``azure`` or ``gcp``. ``kind`` is the Konnect
    collection (``networks``) or the Pulumi type token (``aws:ec2/vpc:Vpc``).

    ``organization`` is the id of the Konnect organisation whose objects this view has under
    ``konnect``; empty for the default organisation. ``of_organization`` returns another view.
    """

    def __init__(self, path: Path | str, clock: VirtualClock) -> None:
        """Open or create the file; a saved clock continues as if it had never stopped.

        Raises StoreError when the file is damaged or is not a sandbox's.
        """
        self.clock = clock
        self.organization = ""
        self.root = self
        self.lock = threading.RLock()
        self._reactions: list[Callable[[Store], None]] = []
        self._db = _opened(path)
        anchor = self.meta("clock")
        if anchor is not None:
            past = VirtualClock(anchor["speed"], clock.wall, anchor["virtual"], anchor["wall"])
            clock.anchor_virtual, clock.anchor_wall = past.now(), clock.wall()
        self.save_clock()

    def save_clock(self) -> None:
        """Save the clock's anchors for the next start."""
        clock = self.clock
        self.set_meta(
            "clock",
            {"virtual": clock.anchor_virtual, "wall": clock.anchor_wall, "speed": clock.speed},
        )

    def of_organization(self, id_: str) -> Store:
        """A view in which ``konnect`` means the objects of another organisation.

        The views share the file, clock, lock and serial numbers, so an id exists in one
        organisation only.
        """
        view = copy.copy(self.root)
        view.organization = id_
        return view

    def _cloud(self, cloud: str) -> str:
        """The cloud column of this view's objects: ``konnect/ID`` for an organisation."""
        if cloud == "konnect" and self.organization:
            return f"konnect/{self.organization}"
        return cloud

    def on_advance(self, reaction: Callable[[Store], None]) -> None:
        """Register a function that applies due transitions; every request calls it first."""
        self._reactions.append(reaction)

    @contextmanager
    def transaction(self) -> Iterator[Store]:
        """One request: lock, apply due transitions, work, commit; roll back on any exception.

        The due transitions are committed separately, before the work, so that a refused
        request does not undo them.
        """
        with self.lock:
            if self._db.in_transaction:
                yield self
                return
            try:
                self._db.execute("begin immediate")
                for reaction in self._reactions:
                    reaction(self.root)
                self._db.execute("commit")
                self._db.execute("begin immediate")
                yield self
                self._db.execute("commit")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("rollback")
                raise

    # Objects

    def get(self, cloud: str, kind: str, id_: str) -> Body | None:
        """A copy of the body of one object, or None. Update the object with ``put``."""
        row = self._db.execute(
            "select body from objects where cloud=? and kind=? and id=?",
            (self._cloud(cloud), kind, id_),
        ).fetchone()
        return None if row is None else json.loads(row[0])

    def put(self, cloud: str, kind: str, id_: str, body: Body, *, due: float | None = None) -> None:
        """Create or replace one object; a replaced object keeps its place in ``list``.

        ``due`` is the simulated time of the object's next transition (see ``next_due``).
        """
        self._db.execute(
            "insert into objects (cloud, kind, id, body, due) values (?,?,?,?,?) "
            "on conflict (cloud, kind, id) do update set body=excluded.body, due=excluded.due",
            (self._cloud(cloud), kind, id_, json.dumps(body), due),
        )

    def next_due(self, cloud: str, now: float) -> tuple[str, str, float] | None:
        """(kind, id, due) of the earliest transition that is due by ``now``, or None.

        An index answers it, so the cost does not grow with the number of objects.
        """
        row: tuple[str, str, float] | None = self._db.execute(
            "select kind, id, due from objects where cloud=? and due<=? order by due, seq limit 1",
            (self._cloud(cloud), now),
        ).fetchone()
        return row

    def delete(self, cloud: str, kind: str, id_: str) -> bool:
        """Delete one object; False when it did not exist."""
        cursor = self._db.execute(
            "delete from objects where cloud=? and kind=? and id=?",
            (self._cloud(cloud), kind, id_),
        )
        return cursor.rowcount > 0

    def delete_kinds(self, cloud: str, prefix: str) -> None:
        """Delete every object of the kinds whose name starts with ``prefix``."""
        self._db.execute(
            "delete from objects where cloud=? and substr(kind, 1, ?)=?",
            (self._cloud(cloud), len(prefix), prefix),
        )

    def list(self, cloud: str, kind: str) -> list[tuple[str, Body]]:
        """All (id, body) pairs of a kind, in order of creation."""
        rows = self._db.execute(
            "select id, body from objects where cloud=? and kind=? order by seq",
            (self._cloud(cloud), kind),
        )
        return [(id_, json.loads(body)) for id_, body in rows]

    def everything(self) -> dict[str, dict[str, dict[str, Body]]]:
        """All objects: cloud -> kind -> id -> body. ``konnect/ID`` is another organisation."""
        result: dict[str, dict[str, dict[str, Body]]] = {}
        rows = self._db.execute("select cloud, kind, id, body from objects order by seq")
        for cloud, kind, id_, body in rows:
            result.setdefault(cloud, {}).setdefault(kind, {})[id_] = json.loads(body)
        return result

    def reset(self) -> None:
        """Delete every object, counter and logged request; the clock is not reset."""
        with self.lock:
            self._db.execute("delete from objects")
            self._db.execute("delete from requests")
            self._db.execute("delete from meta where key <> 'clock'")

    # Meta

    def meta(self, key: str) -> Any:
        """A JSON value stored beside the objects, or None."""
        row = self._db.execute("select value from meta where key=?", (key,)).fetchone()
        return None if row is None else json.loads(row[0])

    def set_meta(self, key: str, value: Any) -> None:
        """Store a JSON value beside the objects."""
        self._db.execute(
            "insert into meta values (?,?) on conflict (key) do update set value=excluded.value",
            (key, json.dumps(value)),
        )

    def serial(self, name: str) -> int:
        """The next number of a counter, from 1. Ids come from it, so two runs give equal ids."""
        value = int(self.meta(f"serial:{name}") or 0) + 1
        self.set_meta(f"serial:{name}", value)
        return value

    # Request log

    def log_request(self, cloud: str, method: str, target: str, status: int) -> None:
        """Log one request with its answer: an HTTP status, or a gRPC code from 0 up."""
        with self.lock:
            self._db.execute(
                "insert into requests (at, cloud, method, target, status) values (?,?,?,?,?)",
                (self.clock.now(), cloud, method, target, status),
            )

    def requests(self, cloud: str | None = None) -> Entries:
        """The logged requests in order, of one cloud or of all."""
        rows = self._db.execute(
            "select seq, at, cloud, method, target, status from requests order by seq"
        )
        keys = ("seq", "at", "cloud", "method", "target", "status")
        logged = [dict(zip(keys, row, strict=True)) for row in rows]
        return [entry for entry in logged if cloud in (None, entry["cloud"])]

    def close(self) -> None:
        """Close the file."""
        with self.lock:
            self._db.close()
