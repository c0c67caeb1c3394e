"""Members of a control plane group: the difference is written, in calls of fifty."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest
from pulumi.dynamic import Config, ConfigureRequest

from providers.base.errors import (
    BadRequestError,
    MismatchError,
    NotFoundError,
    ScopeError,
)
from providers.konnect.client import Client, Connection, client_for, use_client
from tests.providers.konnect.attached import engine_of, failures
from tests.providers.konnect.example import Props
from tests.providers.konnect.groups.attachments import (
    GROUP,
    MEMBERSHIP,
    members,
)
from tests.providers.konnect.harness import Engine
from tests.providers.konnect.local_konnect import PLANES, LocalKonnect
from tests.providers.konnect.scripted import TOKEN

MINUTE = 60.0
QUICK = 600.0
"""Simulated seconds per second."""


class Recording(httpx.HTTPTransport):
    """What is sent, beside sending it."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[tuple[str, list[str]]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method != "GET":
            sent = [member["id"] for member in json.loads(request.content)["members"]]
            self.writes.append((request.url.path.rpartition("/")[2], sent))
        return super().handle_request(request)


@pytest.fixture
def sent(konnect: LocalKonnect) -> Iterator[list[tuple[str, list[str]]]]:
    """(add or remove, members) of each write from now on."""
    connection = Connection(konnect.url, TOKEN)
    usual = client_for(connection)
    recording = Recording()
    use_client(Client(connection, recording))
    yield recording.writes
    recording.close()
    use_client(usual)


@pytest.fixture
def group(konnect: LocalKonnect) -> Engine:
    return engine_of(konnect, "GatewayControlPlaneMembership")


def planes_of(engine: Engine) -> list[str]:
    """The control planes that the case knows, by name."""
    return [member["id"] for member in engine.case.changed["members"]]


def naming(engine: Engine, *ids: str) -> Props:
    return {**engine.case.inputs, "members": members(*ids)}


def there(engine: Engine) -> set[str]:
    """Who is a member, as Konnect tells it."""
    path = f"{PLANES}/{engine.case.inputs['control_plane_group_id']}/group-memberships"
    return {plane["id"] for plane in engine.konnect.call("GET", path)["data"]}


def by_hand(engine: Engine, verb: str, *ids: str) -> None:
    """What somebody else does to the group."""
    path = f"{PLANES}/{engine.case.inputs['control_plane_group_id']}/group-memberships/{verb}"
    engine.konnect.call("POST", path, {"members": members(*ids)})


def test_one_member_more_is_one_add_of_one_member(
    group: Engine, sent: list[tuple[str, list[str]]]
) -> None:
    """The Terraform provider removes all members and adds them again."""
    first, second, third = planes_of(group)
    id_, outputs = group.create()
    sent.clear()
    group.update(id_, outputs, naming(group, third, second, first))
    assert sent == [("add", [third])]
    assert there(group) == {first, second, third}


def test_one_member_less_is_one_remove_of_one_member(
    group: Engine, sent: list[tuple[str, list[str]]]
) -> None:
    first, second, _ = planes_of(group)
    id_, outputs = group.create()
    sent.clear()
    group.update(id_, outputs, naming(group, second))
    assert sent == [("remove", [first])]
    assert there(group) == {second}


def test_with_a_token_of_another_organisation_no_member_is_asked_to_leave(group: Engine) -> None:
    first, second, _ = planes_of(group)
    id_, outputs = group.create()
    settings = {
        "konnect:token": group.konnect.another_token(),
        "konnect:server_url": group.konnect.url,
    }
    group.provider.configure(ConfigureRequest(Config(settings, "orders")))
    with pytest.raises(ScopeError, match="Nothing was read, changed or deleted"):
        group.update(id_, outputs, naming(group, second))
    assert there(group) == {first, second}


def test_a_member_in_place_of_another_is_one_remove_and_one_add(
    group: Engine, sent: list[tuple[str, list[str]]]
) -> None:
    first, second, third = planes_of(group)
    id_, outputs = group.create()
    sent.clear()
    outputs = group.update(id_, outputs, naming(group, first, third))
    assert sent == [("remove", [second]), ("add", [third])]
    assert there(group) == {first, third}
    assert group.provider.read(id_, outputs).outs == outputs


def test_another_order_of_members_is_no_change_and_sends_nothing(group: Engine) -> None:
    first, second, _ = planes_of(group)
    id_, outputs = group.create()
    group.konnect.requests.clear()
    for order in ((first, second), (second, first), (second, first, second)):
        assert group.diff(outputs, naming(group, *order)).changes is False
        assert group.update(id_, outputs, naming(group, *order)) == outputs
    assert group.konnect.writes == []


def test_ninety_members_join_and_leave_in_calls_of_fifty(
    konnect: LocalKonnect, group: Engine, sent: list[tuple[str, list[str]]]
) -> None:
    ids = [konnect.plane(f"member-{n}", cloud_gateway=False) for n in range(90)]
    id_, outputs = group.create(naming(group, *ids))
    assert [(verb, len(chunk)) for verb, chunk in sent] == [("add", 50), ("add", 40)]
    assert group.provider.read(id_, outputs).outs == outputs
    sent.clear()
    group.delete(id_, outputs)
    assert [(verb, len(chunk)) for verb, chunk in sent] == [("remove", 50), ("remove", 40)]
    assert sorted(id_ for _, chunk in sent for id_ in chunk) == sorted(ids)


def test_more_members_than_a_group_takes_are_refused_in_a_preview() -> None:
    many = [{"id": f"{n:036}"} for n in range(257)]
    ((name, reason),) = failures(MEMBERSHIP, members=many)
    assert (name, "at most 256 items" in reason) == ("members", True)
    assert failures(MEMBERSHIP, members=many[:256]) == []
    assert failures(MEMBERSHIP, members=[*many[:256], many[0]]) == []


def test_two_memberships_of_one_group_leave_each_others_members_alone(group: Engine) -> None:
    first, second, third = planes_of(group)
    ours = naming(group, first, second)
    theirs = naming(group, third)
    our_id, our_outputs = group.create(ours)
    their_id, their_outputs = group.create(theirs)
    assert our_id == their_id == group.case.inputs["control_plane_group_id"]
    assert group.provider.read(our_id, our_outputs).outs == our_outputs
    assert group.provider.read(their_id, their_outputs).outs == their_outputs
    our_outputs = group.update(our_id, our_outputs, naming(group, first))
    assert there(group) == {first, third}
    group.delete(our_id, our_outputs)
    assert there(group) == {third}
    assert group.provider.read(our_id, our_outputs).id is None
    assert group.provider.read(their_id, their_outputs).outs == their_outputs


def test_create_adds_those_that_are_missing_and_removes_nobody(
    group: Engine, sent: list[tuple[str, list[str]]]
) -> None:
    first, second, third = planes_of(group)
    by_hand(group, "add", first, third)
    group.create()
    assert sent == [("add", [second])]
    assert there(group) == {first, second, third}


def test_a_member_that_somebody_removed_is_seen_and_added_again(
    group: Engine, sent: list[tuple[str, list[str]]]
) -> None:
    first, second, _ = planes_of(group)
    id_, outputs = group.create()
    by_hand(group, "remove", second)
    refreshed = group.provider.read(id_, outputs)
    assert refreshed.outs is not None
    assert refreshed.outs["members"] == members(first)
    assert group.diff(refreshed.outs, group.case.inputs).replaces == []
    sent.clear()
    group.update(id_, refreshed.outs, group.case.inputs)
    assert sent == [("add", [second])]


def test_a_member_that_somebody_added_is_nobodys_drift(group: Engine) -> None:
    id_, outputs = group.create()
    by_hand(group, "add", planes_of(group)[2])
    assert group.provider.read(id_, outputs).outs == outputs


def test_a_membership_goes_with_its_group(group: Engine) -> None:
    id_, outputs = group.create()
    group.konnect.call("DELETE", f"{PLANES}/{id_}")
    assert group.provider.read(id_, outputs).id is None
    group.delete(id_, outputs)
    with pytest.raises(NotFoundError, match=f"control plane group {id_}"):
        group.create()


def test_a_member_that_was_deleted_is_not_in_the_way_of_a_delete(group: Engine) -> None:
    first, second, _ = planes_of(group)
    id_, outputs = group.create()
    group.konnect.call("DELETE", f"{PLANES}/{first}")
    group.delete(id_, outputs)
    assert there(group) == set()
    assert group.konnect.call("GET", f"{PLANES}/{second}")["id"] == second


def test_a_group_without_named_members_is_left_alone(group: Engine) -> None:
    id_, outputs = group.create(naming(group))
    assert outputs["members"] == []
    assert group.provider.read(id_, outputs).outs == outputs
    group.delete(id_, outputs)
    assert group.konnect.writes == []


@pytest.mark.parametrize("fault", [{"drop": True}, {"status": 500}], ids=str)
@pytest.mark.parametrize("verb", ["add", "remove"])
def test_an_answer_that_is_lost_to_a_change_of_members_is_looked_up(
    group: Engine, sent: list[tuple[str, list[str]]], verb: str, fault: Props
) -> None:
    """Konnect does not say what adding a member twice does, so it is not tried."""
    first, second, third = planes_of(group)
    id_, outputs = group.create()
    sent.clear()
    group.konnect.fault(method="POST", path=f"{verb}$", when="after", **fault)
    outputs = group.update(id_, outputs, naming(group, second, third))
    assert sent == [("remove", [first]), ("add", [third])]
    assert group.provider.read(id_, outputs).outs == outputs


def test_an_answer_that_is_lost_to_a_delete_of_members_is_looked_up(
    group: Engine, sent: list[tuple[str, list[str]]]
) -> None:
    id_, outputs = group.create()
    sent.clear()
    group.konnect.fault(method="POST", drop=True, when="after")
    group.delete(id_, outputs)
    assert [verb for verb, _ in sent] == ["remove"]
    assert there(group) == set()


def test_adopting_a_group_names_the_members_that_it_lacks(group: Engine) -> None:
    first, second, third = planes_of(group)
    by_hand(group, "add", first, third)
    id_ = group.case.inputs["control_plane_group_id"]
    group.konnect.requests.clear()
    adopted, seen = group.create(adopt_existing_id=id_)
    assert (adopted, seen["members"]) == (id_, members(first))
    assert group.diff(seen, group.case.inputs).changes is True
    assert group.diff(seen, naming(group, first)).changes is False
    assert group.konnect.writes == []
    group.update(id_, seen, group.case.inputs)
    assert there(group) == {first, second, third}


def test_another_group_than_the_one_that_is_written_is_not_adopted(group: Engine) -> None:
    id_, _ = group.create()
    other = group.konnect.plane("other", cluster_type=GROUP)
    with pytest.raises(MismatchError, match=f'control_plane_group_id is "{id_}" in Konnect'):
        group.create(control_plane_group_id=other, adopt_existing_id=id_)


def test_what_cannot_be_a_member_is_konnects_refusal(group: Engine) -> None:
    with pytest.raises(BadRequestError) as error:
        group.create(naming(group, group.case.inputs["control_plane_group_id"]))
    assert str(error.value).startswith("adding members to control plane group ")
    assert "CLUSTER_TYPE_CONTROL_PLANE_GROUP cannot be a member" in str(error.value)


def test_members_of_what_is_no_group_are_konnects_refusal(group: Engine) -> None:
    first, second, _ = planes_of(group)
    with pytest.raises(BadRequestError, match="is not a control plane group"):
        group.create({"control_plane_group_id": first, "members": members(second)})


def test_members_are_asked_for_on_the_host_of_the_geo() -> None:
    """There is one host per geo for control planes, and a group has no geo of its own."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"data": [], "meta": {"page": {"next": None}}})

    connection = Connection("https://global.api.konghq.com", TOKEN, "eu")
    client = Client(connection, httpx.MockTransport(answer))
    inputs = MEMBERSHIP.inputs.model_validate(MEMBERSHIP.full)
    provider = MEMBERSHIP.provider()
    provider.post(client, inputs)
    assert provider.find(client, inputs) is None
    assert {request.url.host for request in asked} == {"eu.api.konghq.com"}
