"""The store: every simulated object of every cloud, in one SQLite file.

An object is a JSON body under (cloud, tenant, place, kind, id). The tenant is an account, a
subscription, a project or a Konnect organisation. The place is a region, or empty. One lock covers
the whole store. A request takes the lock, applies the transitions that are due, does its work and
commits. So every request sees a consistent state, and a crash loses at most the request in flight.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.accounts import AMBIENT
from sandbox.clock import VirtualClock

Body = dict[str, Any]
Entries = list[Body]
Step = Callable[["Store", str, str, float], None]
"""Apply the transition of the object (kind, id) that was due at a simulated time.

The store that it gets is the view of the object's tenant and place. Afterwards the object must be
due later than that time, have no transition, or be deleted.
"""

# The columns of ``edges`` are in the order of its key: SQLite's quick_check (3.40) finds a NULL in
# a table without row ids when they are not.
_SCHEMA = """
create table if not exists objects (
  seq integer primary key autoincrement,
  cloud text not null, tenant text not null, place text not null,
  kind text not null, key text not null, id text not null,
  body text not null, due real,
  unique (cloud, kind, key, tenant, place));
create index if not exists objects_due on objects (due) where due is not null;
create table if not exists edges (
  holder integer not null references objects (seq) on delete cascade,
  prop text not null,
  target integer not null references objects (seq) on delete cascade,
  primary key (holder, prop, target)) without rowid;
create index if not exists edges_target on edges (target);
create table if not exists meta (key text primary key, value text not null);
create table if not exists figures (
  tenant text not null, kind text not null, width integer not null, start integer not null,
  body text not null, primary key (tenant, kind, width, start)) without rowid;
"""

_APPLICATION_ID = 0x4B4E4E58
"""SQLite's application id in the file header, which marks a file as a sandbox's."""
_LAYOUT = 2
"""SQLite's user version in the file header: the layout of the tables."""
_LOGGED = 20_000
"""Requests that the log keeps. Older ones are dropped."""

_log = logging.getLogger(__name__)


class StoreError(Exception):
    """The file of a store cannot be used. The message is for the user."""


@dataclass(frozen=True)
class Found:
    """An object together with where it is."""

    cloud: str
    tenant: str
    place: str
    kind: str
    id: str
    body: Body


Users = list[tuple[str, Found]]
"""(property path, object) for each reference to an object."""


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
            raise StoreError(f"{path} is a database, but not one of this sandbox; {remedy}")
        (found,) = database.execute("pragma quick_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(found.splitlines()[-1])
        (layout,) = database.execute("pragma user_version").fetchone()
        (tables,) = database.execute("select count(*) from sqlite_master").fetchone()
        if tables and layout != _LAYOUT:
            raise StoreError(f"{path} was written by another release of the sandbox; {remedy}")
        database.execute("pragma journal_mode=wal")
        database.execute("pragma synchronous=normal")
        database.execute("pragma foreign_keys=on")
        database.execute(f"pragma application_id={_APPLICATION_ID}")
        database.execute(f"pragma user_version={_LAYOUT}")
        database.executescript(_SCHEMA)
    except sqlite3.DatabaseError as error:
        database.close()
        raise StoreError(f"{path} cannot be read as a database ({error}); {remedy}") from None
    except StoreError:
        database.close()
        raise
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
    """Objects, edges between them, counters and the request log.

    ``path`` is a file or ``:memory:``.

    ``cloud`` is ``konnect``, ``aws``, ``azure`` or ``gcp``. ``kind`` is the Konnect collection
    (``networks``) or the Pulumi type token (``aws:ec2/vpc:Vpc``).

    A store object is a view: its methods read and write the objects of one ``tenant`` and
    ``place``. ``within`` returns another view. The first view has the empty tenant, which is the
    default Konnect organisation. Ids of Azure are compared without case.
    """

    def __init__(self, path: Path | str, clock: VirtualClock) -> None:
        """Open or create the file; the saved clock goes on from where it stood.

        Raises StoreError when the file is damaged or is not a sandbox's.
        """
        self.clock = clock
        self.tenant = ""
        self.place = ""
        self.root = self
        self.lock = threading.RLock()
        self._steps: dict[str, Step] = {}
        self._requests: deque[Body] = deque(maxlen=_LOGGED)
        self._db = _opened(path)
        stood = self.meta("clock")
        if stood is not None:
            clock.continue_from(stood["virtual"])
        self.save_clock()

    def save_clock(self) -> None:
        """Save the simulated time for the next start."""
        self.set_meta("clock", {"virtual": self.clock.now()})

    def within(self, tenant: str, place: str = "") -> Store:
        """The view of another tenant and place. It shares file, clock, lock and counters."""
        view = Store.__new__(Store)
        view.__dict__.update(self.root.__dict__, tenant=tenant, place=place)
        return view

    def on_due(self, cloud: str, step: Step) -> None:
        """Register the function that applies due transitions of a cloud's objects."""
        self._steps[cloud] = step

    @contextmanager
    def transaction(self) -> Iterator[Store]:
        """One request: lock, apply due transitions, work, commit; roll back on any exception.

        A refused request does not undo the due transitions. Inside another transaction this is a
        savepoint: an exception undoes only what was done within it.
        """
        with self.lock:
            if self._db.in_transaction:
                with self._savepoint():
                    yield self
                return
            self._apply_due()
            before = self._db.total_changes
            self._db.execute("begin")
            try:
                yield self
                if self._db.total_changes != before:
                    self.save_clock()
                self._db.execute("commit")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("rollback")
                raise

    @contextmanager
    def _savepoint(self) -> Iterator[None]:
        self._db.execute("savepoint nested")
        try:
            yield
        except BaseException:
            self._db.execute("rollback to nested")
            raise
        finally:
            self._db.execute("release nested")

    def _apply_due(self) -> None:
        """Apply the transitions that are due, each at the instant when it was due."""
        now = self.clock.now()
        if self._next_due(now) is None:
            return
        self._db.execute("begin")
        try:
            while (due := self._next_due(now)) is not None:
                self._apply(*due)
            self.save_clock()
            self._db.execute("commit")
        except BaseException:
            self._db.execute("rollback")
            raise

    def _next_due(self, now: float) -> tuple[str, str, str, str, str, float] | None:
        row: tuple[str, str, str, str, str, float] | None = self._db.execute(
            "select cloud, tenant, place, kind, id, due from objects "
            "where due <= ? order by due, seq limit 1",
            (now,),
        ).fetchone()
        return row

    def _apply(self, cloud: str, tenant: str, place: str, kind: str, id_: str, due: float) -> None:
        """Apply one transition. One that fails marks its object and is logged, and others go on."""
        view = self.within(tenant, place)
        try:
            with self._savepoint():
                self._steps[cloud](view, kind, id_, due)
        except Exception as error:
            _log.exception("the transition of %s %s %s failed", cloud, kind, id_)
            body = view.get(cloud, kind, id_)
            if body is not None:
                view.put(cloud, kind, id_, {**body, "_failed": repr(error), "_due": None})

    # Objects

    def _where(self, cloud: str, kind: str, id_: str) -> tuple[str, str, str, str, str]:
        return cloud, kind, _key(cloud, id_), self.tenant, self.place

    def get(self, cloud: str, kind: str, id_: str) -> Body | None:
        """A copy of the body of one object, or None. Update the object with ``put``."""
        entry = self.entry(cloud, kind, id_)
        return None if entry is None else entry[1]

    def entry(self, cloud: str, kind: str, id_: str) -> tuple[str, Body] | None:
        """(id as it was created, copy of the body) of one object, or None."""
        row = self._db.execute(
            "select id, body from objects "
            "where cloud=? and kind=? and key=? and tenant=? and place=?",
            self._where(cloud, kind, id_),
        ).fetchone()
        return None if row is None else (row[0], json.loads(row[1]))

    def put(self, cloud: str, kind: str, id_: str, body: Body, *, due: float | None = None) -> None:
        """Create or replace one object; a replaced object keeps its place in ``list`` and edges.

        ``due`` is the simulated time of the object's next transition (see ``on_due``).
        """
        self._db.execute(
            "insert into objects (cloud, kind, key, tenant, place, id, body, due) "
            "values (?,?,?,?,?,?,?,?) on conflict (cloud, kind, key, tenant, place) "
            "do update set body=excluded.body, due=excluded.due",
            (*self._where(cloud, kind, id_), id_, json.dumps(body), due),
        )

    def delete(self, cloud: str, kind: str, id_: str) -> bool:
        """Delete one object and its edges; False when it did not exist."""
        cursor = self._db.execute(
            "delete from objects where cloud=? and kind=? and key=? and tenant=? and place=?",
            self._where(cloud, kind, id_),
        )
        return cursor.rowcount > 0

    def delete_kinds(self, cloud: str, prefix: str) -> None:
        """Delete every object of the kinds whose name starts with ``prefix``."""
        self._db.execute(
            "delete from objects where cloud=? and tenant=? and place=? and substr(kind, 1, ?)=?",
            (cloud, self.tenant, self.place, len(prefix), prefix),
        )

    def list(self, cloud: str, kind: str) -> list[tuple[str, Body]]:
        """All (id, body) pairs of a kind, in order of creation."""
        rows = self._db.execute(
            "select id, body from objects "
            "where cloud=? and kind=? and tenant=? and place=? order by seq",
            (cloud, kind, self.tenant, self.place),
        )
        return [(id_, json.loads(body)) for id_, body in rows]

    # Objects of every tenant and place

    def anywhere(
        self,
        cloud: str,
        kind: str,
        id_: str | None = None,
        *,
        within: tuple[str, str] | None = None,
        equal: Mapping[str, str | int] | None = None,
    ) -> Iterator[Found]:
        """The objects of a kind in every tenant and place, in order of creation.

        ``id_`` limits them to one id, ``within`` to a tenant and place, and ``equal`` to bodies
        with these values. SQLite compares them, so that only what is found is decoded.
        """
        conditions = ["cloud=?", "kind=?"]
        values: list[Any] = [cloud, kind]
        if id_ is not None:
            conditions.append("key=?")
            values.append(_key(cloud, id_))
        if within is not None:
            conditions += ["tenant=?", "place=?"]
            values += within
        for key, value in (equal or {}).items():
            conditions.append("json_extract(body, ?)=?")
            values += [f'$."{key}"', value]
        rows = self._db.execute(
            "select tenant, place, id, body from objects "
            f"where {' and '.join(conditions)} order by seq",
            values,
        ).fetchall()
        for tenant, place, found, body in rows:
            yield Found(cloud, tenant, place, kind, found, json.loads(body))

    def everything(self) -> dict[str, dict[str, dict[str, Body]]]:
        """All objects: cloud -> kind -> id -> body.

        Objects of another account than the ambient one are under ``aws/222233334444``, those of
        another Konnect organisation under ``konnect/ID``.
        """
        result: dict[str, dict[str, dict[str, Body]]] = {}
        rows = self._db.execute("select cloud, tenant, kind, id, body from objects order by seq")
        for cloud, tenant, kind, id_, body in rows:
            owner = cloud if tenant in ("", AMBIENT.get(cloud)) else f"{cloud}/{tenant}"
            result.setdefault(owner, {}).setdefault(kind, {})[id_] = json.loads(body)
        return result

    def reset(self) -> None:
        """Delete every object, figure and logged request. Counters go on: no id is used twice."""
        with self.lock:
            self._db.execute("delete from objects")
            self._db.execute("delete from figures")
            self._db.execute("delete from meta where key <> 'clock' and key not like 'serial:%'")
            self._requests.clear()

    # Edges

    def link(self, holder: Found, prop: str, target: Found) -> None:
        """Record that ``holder`` refers to ``target`` by the property path ``prop``."""
        self._db.execute(
            "insert or ignore into edges (holder, target, prop) values (?,?,?)",
            (self._seq(holder), self._seq(target), prop),
        )

    def unlink(self, holder: Found) -> None:
        """Delete the references of ``holder`` to others."""
        self._db.execute("delete from edges where holder=?", (self._seq(holder),))

    def users(self, target: Found) -> Users:
        """(property path, object) for each reference to ``target``, in order of creation."""
        rows = self._db.execute(
            "select e.prop, o.cloud, o.tenant, o.place, o.kind, o.id, o.body from edges e "
            "join objects o on o.seq = e.holder where e.target=? order by o.seq",
            (self._seq(target),),
        ).fetchall()
        return [
            (prop, Found(cloud, tenant, place, kind, id_, json.loads(body)))
            for prop, cloud, tenant, place, kind, id_, body in rows
        ]

    def _seq(self, of: Found) -> int:
        row = self._db.execute(
            "select seq from objects where cloud=? and kind=? and key=? and tenant=? and place=?",
            (of.cloud, of.kind, _key(of.cloud, of.id), of.tenant, of.place),
        ).fetchone()
        if row is None:
            raise KeyError(f"{of.kind} {of.id} is not stored")
        return int(row[0])

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

    # Figures: what was measured in real time, in buckets of some width in seconds

    def figures(self, kind: str, width: int, start: int, end: int) -> dict[int, Any]:
        """The buckets of a width that begin from ``start`` on and before ``end``, in order."""
        rows = self._db.execute(
            "select start, body from figures "
            "where tenant=? and kind=? and width=? and start>=? and start<? order by start",
            (self.tenant, kind, width, start, end),
        )
        return {begins: json.loads(body) for begins, body in rows}

    def put_figures(self, kind: str, width: int, start: int, body: Any) -> None:
        """Create or replace the bucket of a width that begins at ``start``."""
        self._db.execute(
            "insert into figures values (?,?,?,?,?) "
            "on conflict (tenant, kind, width, start) do update set body=excluded.body",
            (self.tenant, kind, width, start, json.dumps(body)),
        )

    def delete_figures(self, kind: str, width: int, before: int) -> None:
        """Delete the buckets of a width that begin before a time."""
        self._db.execute(
            "delete from figures where tenant=? and kind=? and width=? and start<?",
            (self.tenant, kind, width, before),
        )

    # Request log

    def log_request(self, cloud: str, method: str, target: str, status: int) -> None:
        """Log one request with its answer: an HTTP status, or a gRPC code from 0 up.

        The log is in memory, and keeps the latest requests only.
        """
        with self.lock:
            seq = self._requests[-1]["seq"] + 1 if self._requests else 1
            self._requests.append(
                {
                    "seq": seq,
                    "at": self.clock.now(),
                    "cloud": cloud,
                    "method": method,
                    "target": target,
                    "status": status,
                }
            )

    def requests(self, cloud: str | None = None) -> Entries:
        """The logged requests in order, of one cloud or of all."""
        with self.lock:
            return [dict(entry) for entry in self._requests if cloud in (None, entry["cloud"])]

    def close(self) -> None:
        """Close the file."""
        with self.lock:
            self._db.close()


def _key(cloud: str, id_: str) -> str:
    """The id in the form by which a cloud compares ids."""
    return id_.lower() if cloud == "azure" else id_
