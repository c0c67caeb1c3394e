"""The store: views, references, savepoints, the due queue, and what outlives a reset or restart."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox import store as store_module
from sandbox.accounts import CUSTOMER_AWS_ACCOUNT
from sandbox.clock import VirtualClock
from sandbox.store import Found, Store, StoreError

VPC = "aws:ec2/vpc:Vpc"
SUBNET = "aws:ec2/subnet:Subnet"
OTHER_ACCOUNT = "222233334444"


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(speed=0)


@pytest.fixture
def store(clock: VirtualClock) -> Iterator[Store]:
    store = Store(":memory:", clock)
    yield store
    store.close()


@pytest.fixture
def east(store: Store) -> Store:
    return store.within(CUSTOMER_AWS_ACCOUNT, "us-east-1")


def put(view: Store, kind: str, id_: str) -> Found:
    view.put("aws", kind, id_, {"name": id_})
    return Found("aws", view.tenant, view.place, kind, id_, {"name": id_})


# Views


def test_a_view_has_the_objects_of_its_tenant_and_place_only(store: Store, east: Store) -> None:
    put(east, VPC, "vpc-1")
    for tenant, place in (
        (CUSTOMER_AWS_ACCOUNT, "eu-west-1"),
        (OTHER_ACCOUNT, "us-east-1"),
        ("", ""),
    ):
        view = store.within(tenant, place)
        assert view.get("aws", VPC, "vpc-1") is None
        assert view.list("aws", VPC) == []
        assert view.delete("aws", VPC, "vpc-1") is False
        view.delete_kinds("aws", "aws:")
    assert east.list("aws", VPC) == [("vpc-1", {"name": "vpc-1"})]


def test_one_id_may_be_an_object_in_each_view(store: Store, east: Store) -> None:
    west = store.within(CUSTOMER_AWS_ACCOUNT, "us-west-2")
    put(east, VPC, "vpc-1")
    west.put("aws", VPC, "vpc-1", {"name": "west"})
    assert east.get("aws", VPC, "vpc-1") == {"name": "vpc-1"}
    found = [(it.place, it.body["name"]) for it in store.anywhere("aws", VPC, "vpc-1")]
    assert found == [("us-east-1", "vpc-1"), ("us-west-2", "west")]
    assert west.delete("aws", VPC, "vpc-1") is True
    assert [it.place for it in store.anywhere("aws", VPC)] == ["us-east-1"]


def test_everything_names_the_accounts_that_are_not_the_ambient_one(
    store: Store, east: Store
) -> None:
    put(east, VPC, "vpc-1")
    put(store.within(OTHER_ACCOUNT, "us-east-1"), VPC, "vpc-2")
    store.put("konnect", "networks", "n", {})
    everything = store.everything()
    assert set(everything) == {"aws", f"aws/{OTHER_ACCOUNT}", "konnect"}
    assert set(everything["aws"][VPC]) == {"vpc-1"}


def test_a_replaced_object_keeps_its_place_in_the_list(east: Store) -> None:
    put(east, VPC, "vpc-1")
    put(east, VPC, "vpc-2")
    east.put("aws", VPC, "vpc-1", {"name": "again"})
    assert [id_ for id_, _ in east.list("aws", VPC)] == ["vpc-1", "vpc-2"]


def test_a_body_is_a_copy(east: Store) -> None:
    put(east, VPC, "vpc-1")
    body = east.get("aws", VPC, "vpc-1")
    assert body is not None
    body["name"] = "changed"
    assert east.get("aws", VPC, "vpc-1") == {"name": "vpc-1"}


def test_only_azure_compares_ids_without_case(store: Store) -> None:
    store.put("azure", "vnet", "/subscriptions/S/Vnet", {})
    store.put("aws", VPC, "vpc-A", {})
    assert store.get("azure", "vnet", "/SUBSCRIPTIONS/s/vnet") == {}
    assert store.get("aws", VPC, "vpc-a") is None
    assert store.list("azure", "vnet") == [("/subscriptions/S/Vnet", {})]


# References


def test_users_of_an_object_are_found_by_its_edges(store: Store, east: Store) -> None:
    vpc = put(east, VPC, "vpc-1")
    other = put(store.within(OTHER_ACCOUNT, "eu-west-1"), VPC, "vpc-2")
    subnet = put(east, SUBNET, "subnet-1")
    store.link(subnet, "vpcId", vpc)
    store.link(other, "peerVpcId", vpc)
    assert store.users(vpc) == [("peerVpcId", other), ("vpcId", subnet)]
    store.unlink(subnet)
    assert store.users(vpc) == [("peerVpcId", other)]


def test_an_edge_is_there_once_and_outlives_an_update_of_both_ends(
    store: Store, east: Store
) -> None:
    vpc, subnet = put(east, VPC, "vpc-1"), put(east, SUBNET, "subnet-1")
    store.link(subnet, "vpcId", vpc)
    store.link(subnet, "vpcId", vpc)
    put(east, VPC, "vpc-1")
    put(east, SUBNET, "subnet-1")
    assert [prop for prop, _ in store.users(vpc)] == ["vpcId"]


@pytest.mark.parametrize("deleted", ["vpc-1", "subnet-1"])
def test_the_edges_of_a_deleted_object_are_gone(store: Store, east: Store, deleted: str) -> None:
    vpc, subnet = put(east, VPC, "vpc-1"), put(east, SUBNET, "subnet-1")
    store.link(subnet, "vpcId", vpc)
    east.delete("aws", VPC if deleted == "vpc-1" else SUBNET, deleted)
    put(east, VPC, "vpc-1")
    put(east, SUBNET, "subnet-1")
    assert store.users(vpc) == []


def test_an_object_that_is_not_stored_has_no_edges(store: Store, east: Store) -> None:
    vpc = put(east, VPC, "vpc-1")
    stranger = Found("aws", CUSTOMER_AWS_ACCOUNT, "eu-west-1", VPC, "vpc-1", {})
    with pytest.raises(KeyError, match="vpc-1 is not stored"):
        store.link(stranger, "vpcId", vpc)


# Transactions


def fail_after(store: Store, work: Callable[[], None]) -> None:
    """A request that does some work and fails."""

    def request() -> None:
        with store.transaction():
            work()
            raise RuntimeError("refused")

    with pytest.raises(RuntimeError, match="refused"):
        request()


def test_a_transaction_that_fails_changes_nothing(store: Store, east: Store) -> None:
    put(east, VPC, "vpc-1")

    def work() -> None:
        put(east, VPC, "vpc-2")
        east.delete("aws", VPC, "vpc-1")

    fail_after(store, work)
    assert [id_ for id_, _ in east.list("aws", VPC)] == ["vpc-1"]


def test_a_nested_transaction_that_fails_undoes_only_itself(store: Store, east: Store) -> None:
    def work() -> None:
        put(east, VPC, "inner")
        with store.transaction():
            put(east, VPC, "innermost")

    with store.transaction():
        put(east, VPC, "outer")
        fail_after(store, work)
        put(east, VPC, "later")
    assert [id_ for id_, _ in east.list("aws", VPC)] == ["outer", "later"]


def test_a_nested_transaction_is_undone_with_the_outer_one(store: Store, east: Store) -> None:
    def work() -> None:
        with store.transaction():
            put(east, VPC, "inner")

    fail_after(store, work)
    assert east.list("aws", VPC) == []


# The due queue


class Steps:
    """A cloud's transitions: each object becomes ``ready``, except those that fail."""

    def __init__(self, *failing: str) -> None:
        self.failing = failing
        self.applied: list[tuple[str, float]] = []

    def __call__(self, view: Store, kind: str, id_: str, at: float) -> None:
        self.applied.append((id_, at))
        view.put("aws", kind, id_, {"state": "ready"})
        if id_ in self.failing:
            raise RuntimeError(f"no step for {id_}")


def make_due(view: Store, id_: str, seconds: float) -> float:
    at = view.clock.now() + seconds
    view.put("aws", VPC, id_, {"state": "pending"}, due=at)
    return at


def test_a_transition_is_applied_at_the_instant_when_it_is_due(
    store: Store, east: Store, clock: VirtualClock
) -> None:
    steps = Steps()
    store.on_due("aws", steps)
    other = store.within(OTHER_ACCOUNT, "eu-west-1")
    late, soon = make_due(east, "late", 60), make_due(other, "soon", 30)
    make_due(east, "later", 90)
    clock.advance(75)
    with store.transaction():
        assert other.get("aws", VPC, "soon") == {"state": "ready"}
        assert east.get("aws", VPC, "later") == {"state": "pending"}
    assert steps.applied == [("soon", soon), ("late", late)]


def test_a_transition_may_be_due_again(store: Store, east: Store, clock: VirtualClock) -> None:
    seen: list[float] = []

    def step(view: Store, kind: str, id_: str, at: float) -> None:
        seen.append(at)
        view.put("aws", kind, id_, {}, due=at + 10 if len(seen) < 3 else None)

    store.on_due("aws", step)
    first = make_due(east, "vpc-1", 10)
    clock.advance(100)
    with store.transaction():
        assert seen == [first, first + 10, first + 20]


def test_a_step_that_fails_marks_its_object_and_poisons_nothing_else(
    store: Store, east: Store, clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    steps = Steps("broken")
    store.on_due("aws", steps)
    make_due(east, "broken", 10)
    make_due(east, "sound", 20)
    clock.advance(30)
    with caplog.at_level(logging.ERROR), store.transaction():
        assert east.get("aws", VPC, "sound") == {"state": "ready"}
        broken = east.get("aws", VPC, "broken")
    assert broken is not None
    assert broken["state"] == "pending"
    assert "no step for broken" in broken["_failed"]
    assert "broken failed" in caplog.text
    with store.transaction():
        put(east, VPC, "vpc-1")
    assert [id_ for id_, _ in steps.applied] == ["broken", "sound"]


def test_a_refused_request_does_not_undo_what_was_due(
    store: Store, east: Store, clock: VirtualClock
) -> None:
    store.on_due("aws", Steps())
    make_due(east, "vpc-1", 10)
    clock.advance(10)
    fail_after(store, lambda: None)
    assert east.get("aws", VPC, "vpc-1") == {"state": "ready"}


# Reset and restart


def test_a_reset_deletes_every_object_and_no_counter(store: Store, east: Store) -> None:
    first = store.serial("aws:vpc")
    vpc, subnet = put(east, VPC, "vpc-1"), put(east, SUBNET, "subnet-1")
    store.link(subnet, "vpcId", vpc)
    store.set_meta("quota", 3)
    store.log_request("aws", "Create", VPC, 0)
    store.reset()
    assert store.everything() == {}
    assert store.requests() == []
    assert store.meta("quota") is None
    assert store.serial("aws:vpc") == first + 1
    assert store.users(put(east, VPC, "vpc-1")) == []


def test_objects_edges_counters_and_the_time_outlive_a_restart(tmp_path: Path) -> None:
    clock = VirtualClock(speed=0)
    store = Store(tmp_path / "db", clock)
    east = store.within(CUSTOMER_AWS_ACCOUNT, "us-east-1")
    with store.transaction():
        vpc, subnet = put(east, VPC, "vpc-1"), put(east, SUBNET, "subnet-1")
        store.link(subnet, "vpcId", vpc)
        serial = store.serial("aws:vpc")
        clock.advance(1000)
    stood = clock.now()
    store.close()

    earlier = VirtualClock(speed=0, wall=lambda: stood - 5000)
    again = Store(tmp_path / "db", earlier)
    assert earlier.now() == stood
    assert again.users(vpc) == [("vpcId", subnet)]
    assert again.serial("aws:vpc") == serial + 1
    again.close()


def test_the_clock_stands_still_while_the_sandbox_is_stopped(tmp_path: Path) -> None:
    clock = VirtualClock(speed=0)
    Store(tmp_path / "db", clock).close()
    stood = clock.now()
    later = VirtualClock(speed=0, wall=lambda: stood + 86_400)
    Store(tmp_path / "db", later).close()
    assert later.now() == stood


def test_what_was_due_before_a_restart_is_applied_after_it(tmp_path: Path) -> None:
    store = Store(tmp_path / "db", VirtualClock(speed=0))
    at = make_due(store.within(CUSTOMER_AWS_ACCOUNT, "us-east-1"), "vpc-1", 10)
    store.close()
    clock = VirtualClock(speed=0)
    again, steps = Store(tmp_path / "db", clock), Steps()
    again.on_due("aws", steps)
    clock.advance(10)
    with again.transaction():
        assert steps.applied == [("vpc-1", at)]
    again.close()


def test_the_file_is_the_owners_and_no_other_database(tmp_path: Path) -> None:
    Store(tmp_path / "db", VirtualClock(speed=0)).close()
    assert (tmp_path / "db").stat().st_mode & 0o077 == 0
    (tmp_path / "text").write_text("no database at all, but long enough to be read as one\n" * 40)
    with pytest.raises(StoreError, match=r"cannot be read as a database .*; move .* away"):
        Store(tmp_path / "text", VirtualClock(speed=0))


# The request log


def test_the_log_keeps_the_latest_requests(
    clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "_LOGGED", 3)
    store = Store(":memory:", clock)
    for number in range(5):
        store.log_request("aws" if number % 2 else "gcp", "Create", f"object {number}", 0)
    assert [entry["seq"] for entry in store.requests()] == [3, 4, 5]
    assert [entry["target"] for entry in store.requests("aws")] == ["object 3"]
    store.close()
