"""Snapshots of configurations: what data planes read, and the versions by which they follow."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

from sandbox.konnect import entities as stored
from sandbox.konnect.control_planes import GROUP
from sandbox.store import Store
from tests.sandbox.konnect.client import PLANES, Answer, Json, Konnect, entities

SERVICE = {"name": "orders", "host": "orders.internal"}


def read(konnect: Konnect, plane: str, version: str | None = None, **query: str) -> Answer:
    headers = {} if version is None else {"If-None-Match": f'"{version}"'}
    path = f"/_sandbox/snapshots/{plane}"
    return konnect.call("GET", path, headers=headers, params=query)


def version(konnect: Konnect, plane: str) -> str:
    answer = read(konnect, plane)
    assert answer.headers["etag"] == f'"{answer.body["version"]}"'
    return str(answer.body["version"])


@contextmanager
def held(store: Store) -> Iterator[None]:
    """A transaction of another thread, which goes on."""
    began, release = threading.Event(), threading.Event()

    def hold() -> None:
        with store.transaction():
            began.set()
            release.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    began.wait()
    try:
        yield
    finally:
        release.set()
        holder.join()


def test_a_snapshot_has_every_core_entity_as_it_is_configured(konnect: Konnect) -> None:
    plane = konnect.plane()
    service = konnect.post(entities(plane, "services"), SERVICE).body
    group = konnect.post(entities(plane, "consumer_groups"), {"name": "gold"}).body
    ann = konnect.post(entities(plane, "consumers"), {"username": "ann"}).body
    konnect.post(entities(plane, f"consumers/{ann['id']}/key-auth"), {"key": "secret"})
    konnect.post(entities(plane, "consumer_groups/gold/consumers"), {"consumer": "ann"})
    found = read(konnect, plane).body["entities"]
    del service["updated_at"]
    assert found["services"] == [service]
    assert [key["key"] for key in found["key-auths"]] == ["secret"]
    (link,) = found["consumer_group_members"]
    assert (link["consumer_group_id"], link["consumer_id"]) == (group["id"], ann["id"])
    assert found["plugins"] == []


def test_the_version_changes_when_the_configuration_does_and_only_then(konnect: Konnect) -> None:
    plane, other = konnect.plane(), konnect.plane()
    path = entities(plane, "services/orders")
    route = {"name": "all", "paths": ["/"], "service": {"name": "orders"}}

    def put(body: Json) -> None:
        assert konnect.put(path, body).status == 200

    changes: list[tuple[bool, Callable[[], Any]]] = [
        (True, lambda: put(SERVICE)),
        (False, lambda: (konnect.wait(1), put(SERVICE))),  # only updated_at is another
        (True, lambda: put({**SERVICE, "port": 8080})),
        (False, lambda: konnect.put(path, {**SERVICE, "port": -1})),  # a 400
        (False, lambda: konnect.get(path)),
        (False, lambda: konnect.post(entities(other, "services"), SERVICE)),
        (False, lambda: konnect.patch(f"{PLANES}/{plane}", {"description": "another"})),
        (False, lambda: konnect.delete(entities(plane, "services/nobody"))),
        (True, lambda: konnect.delete(path)),
        (False, lambda: konnect.post(entities(plane, "routes"), route)),  # a 400: no service
    ]
    versions = [version(konnect, plane)]
    for _, change in changes:
        change()
        versions.append(version(konnect, plane))
    changed = [a != b for a, b in pairwise(versions)]
    assert changed == [expected for expected, _ in changes]
    assert len(set(versions)) == 1 + sum(changed)


def test_a_reader_that_has_the_version_gets_a_304(konnect: Konnect) -> None:
    plane = konnect.plane()
    known = version(konnect, plane)
    answer = read(konnect, plane, known)
    assert (answer.status, answer.body, answer.headers["etag"]) == (304, None, f'"{known}"')
    konnect.post(entities(plane, "services"), SERVICE)
    answer = read(konnect, plane, known)
    assert (answer.status, len(answer.body["entities"]["services"])) == (200, 1)


def test_a_reader_can_wait_for_the_next_version(konnect: Konnect, store: Store) -> None:
    plane = konnect.plane()
    known = version(konnect, plane)

    def write() -> None:
        with store.transaction():
            stored.put(store, plane, "services", {"id": "1", **SERVICE})

    writer = threading.Timer(0.3, write)
    writer.start()
    began = time.monotonic()
    answer = read(konnect, plane, known, wait="30")
    writer.join()
    assert [service["name"] for service in answer.body["entities"]["services"]] == ["orders"]
    assert 0.2 < time.monotonic() - began < 10


def test_a_wait_is_bounded(konnect: Konnect) -> None:
    plane = konnect.plane()
    began = time.monotonic()
    assert read(konnect, plane, version(konnect, plane), wait="1").status == 304
    assert 0.9 < time.monotonic() - began < 30
    assert read(konnect, plane, wait="-1").status == 400


def test_a_reader_does_not_wait_while_a_transaction_holds_the_store(
    konnect: Konnect, store: Store
) -> None:
    plane, unread = konnect.plane(), konnect.plane()
    known = version(konnect, plane)
    with held(store):
        began = time.monotonic()
        assert read(konnect, plane).body["version"] == known
        assert read(konnect, plane, known).status == 304
        refused = read(konnect, unread)
        assert time.monotonic() - began < 20  # the transaction goes on for thirty seconds
    assert (refused.status, refused.headers["retry-after"]) == (503, "1")
    assert read(konnect, unread).status == 200


def test_a_group_has_the_entities_of_its_members(konnect: Konnect) -> None:
    group = konnect.plane(cluster_type=GROUP, cloud_gateway=False)
    members = [konnect.plane(cloud_gateway=False) for _ in range(2)]
    for number, member in enumerate(members):
        konnect.post(entities(member, "services"), {**SERVICE, "name": f"orders-{number}"})
    versions = [version(konnect, group)]
    path = f"{PLANES}/{group}/group-memberships"
    konnect.post(f"{path}/add", {"members": [{"id": member} for member in members]})
    names = [s["name"] for s in read(konnect, group).body["entities"]["services"]]
    assert names == ["orders-0", "orders-1"]
    versions.append(version(konnect, group))
    konnect.delete(entities(members[1], "services/orders-1"))
    versions.append(version(konnect, group))
    konnect.post(f"{path}/remove", {"members": [{"id": members[0]}]})
    versions.append(version(konnect, group))
    assert len(set(versions)) == 4


def test_a_control_plane_that_is_not_there_has_no_snapshot(konnect: Konnect) -> None:
    plane = konnect.plane()
    assert read(konnect, plane).status == 200
    konnect.delete(f"{PLANES}/{plane}")
    assert read(konnect, plane).status == 404
    assert read(konnect, "nobody").status == 404


def test_the_planes_of_every_organisation_can_be_read(
    konnect: Konnect, holding: Callable[[str], Konnect]
) -> None:
    token = konnect.admin("POST", "tokens", {"organization": "another"})["token"]
    other = holding(token)
    plane = other.plane()
    other.post(entities(plane, "services"), SERVICE)
    assert len(read(konnect, plane).body["entities"]["services"]) == 1
    assert read(other, plane).status == 401
