"""Private DNS, custom domains and members of groups: what is particular to each of them."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import httpx
import pulumi
import pytest
from pulumi.output import UNKNOWN

from providers import konnect as sdk
from providers.konnect import cloud_gateway, custom_domain, private_dns
from providers.konnect.client import Client, Connection, client_for, use_client
from providers.konnect.errors import (
    BadRequestError,
    DeadlineError,
    FailedStateError,
    MismatchError,
    NotFoundError,
)
from providers.konnect.model import check
from providers.konnect.readiness import Failed, Ready, Waiting
from tests.providers.konnect.example import ENTITY, OTHER, PLANE, Example, Props
from tests.providers.konnect.groups.attachments import (
    AWS_ZONE,
    CASES,
    CUSTOM_DOMAIN,
    GCP_ZONE,
    GROUP,
    MEMBERSHIP,
    PRIVATE_DNS,
    RESOLVERS,
    ZONES,
    members,
    resolver,
)
from tests.providers.konnect.harness import Engine
from tests.providers.konnect.local_konnect import HOUR, PLANES, LocalKonnect
from tests.providers.konnect.scripted import TOKEN
from tests.providers.konnect.test_program import run
from tests.providers.konnect.test_resource_fields import diff

MINUTE = 60.0
QUICK = 600.0
"""Simulated seconds per second."""


def kind_of(value: object) -> str | None:
    return value["kind"] if isinstance(value, dict) and "kind" in value else None


each_zone = pytest.mark.parametrize("config", ZONES, ids=kind_of)
each_resolver = pytest.mark.parametrize("config", RESOLVERS, ids=kind_of)
each_kind = pytest.mark.parametrize("config", [*ZONES, *RESOLVERS], ids=kind_of)


def engine_of(konnect: LocalKonnect, name: str) -> Engine:
    """A provider in front of an empty Konnect, with what its object needs in place."""
    engine = Engine(konnect, CASES[name](konnect))
    konnect.requests.clear()
    return engine


def deletes(konnect: LocalKonnect) -> list[int]:
    return [request.status for request in konnect.requests if request.method == "DELETE"]


def failures(example: Example, **change: Any) -> list[tuple[str, str]]:
    return check(example.inputs, {**example.full, **change}).failures


def in_program(konnect: LocalKonnect, wait: Callable[[pulumi.ResourceOptions], Any]) -> Any:
    """What a program waits for, at this Konnect.

    Its engine is a mock, in which the id of a resource is its logical name.
    """

    async def program() -> Any:
        provider = sdk.Provider("konnect", token=TOKEN, server_url=konnect.url)
        output: pulumi.Output[Any] = wait(pulumi.ResourceOptions(provider=provider))
        future: Awaitable[Any] = output.future()
        return await future

    try:
        return run(program)[0]
    finally:
        pulumi.runtime.settings.reset_options()


# Private DNS


@pytest.fixture
def dns(konnect: LocalKonnect) -> Engine:
    return engine_of(konnect, "CloudGatewayPrivateDns")


@pytest.fixture
def zone(dns: Engine) -> Engine:
    """A hosted zone, which waits for its authorisation."""
    config = {"private_dns_attachment_config": AWS_ZONE}
    return Engine(dns.konnect, replace(dns.case, inputs={**dns.case.inputs, **config}))


def altered(config: Props) -> Props:
    """Another value of a field beside the kind."""
    if "dns_config" in config:
        return {**config, "dns_config": {"lab.example": config["dns_config"]["corp.example"]}}
    field = next(name for name in config if name != "kind")
    return {**config, field: "another"}


@each_zone
def test_a_hosted_zone_is_replaced_by_any_change_and_goes_first(config: Props) -> None:
    olds = {**PRIVATE_DNS.least, "private_dns_attachment_config": config}
    changes: list[Props] = [
        {"name": "another"},
        {"private_dns_attachment_config": altered(config)},
        {"name": "another", "private_dns_attachment_config": altered(config)},
    ]
    for change in changes:
        result = diff(PRIVATE_DNS, olds, {**olds, **change})
        assert result.replaces == list(change)
        assert result.delete_before_replace is True


@each_resolver
def test_a_resolver_is_renamed_and_given_other_domains_in_place(config: Props) -> None:
    olds = {**PRIVATE_DNS.least, "private_dns_attachment_config": config}
    news = {**olds, "name": "another", "private_dns_attachment_config": altered(config)}
    result = diff(PRIVATE_DNS, olds, news)
    assert (result.changes, result.replaces) == (True, [])


@each_kind
def test_another_kind_of_private_dns_is_another_attachment(config: Props) -> None:
    olds = {**PRIVATE_DNS.least, "private_dns_attachment_config": config}
    for other in (*ZONES, *RESOLVERS):
        result = diff(PRIVATE_DNS, olds, {**olds, "private_dns_attachment_config": other})
        changed = [] if other == config else ["private_dns_attachment_config"]
        assert result.replaces == changed


def test_on_another_network_the_old_attachment_need_not_go_first() -> None:
    result = diff(PRIVATE_DNS, PRIVATE_DNS.full, {**PRIVATE_DNS.full, "network_id": OTHER})
    assert (result.replaces, result.delete_before_replace) == (["network_id"], False)


def test_a_server_that_is_not_known_yet_replaces_nothing() -> None:
    config = resolver(UNKNOWN)
    news = check(PRIVATE_DNS.inputs, {**PRIVATE_DNS.full, "private_dns_attachment_config": config})
    assert news.failures == []
    result = PRIVATE_DNS.provider().diff("id", PRIVATE_DNS.full, news.inputs)
    assert (result.changes, result.replaces) == (True, [])


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"kind": "gcp-outbound-resolver"}, "does not match any of the expected tags"),
        ({"kind": "aws-outbound-resolver"}, "dns_config: is required"),
        ({**AWS_ZONE, "hosted_zone_id": ""}, "hosted_zone_id: String should have at least 1"),
        ({**AWS_ZONE, "dns_config": {}}, "dns_config: there is no such property"),
        ({**GCP_ZONE, "peer_vpc_name": None}, "peer_vpc_name: Input should be a valid string"),
        (
            {"kind": "azure-outbound-resolver", "dns_config": [{"domain_proxy_list": []}]},
            "dns_config: Input should be a valid dictionary",
        ),
        (
            {"kind": "azure-outbound-resolver", "dns_config": {"corp.example": {}}},
            "corp.example.remote_dns_server_ip_addresses: is required",
        ),
    ],
)
def test_a_config_that_is_none_of_its_kind_is_refused(config: Props, words: str) -> None:
    ((name, reason),) = failures(PRIVATE_DNS, private_dns_attachment_config=config)
    assert name == "private_dns_attachment_config"
    assert words in reason


def test_what_konnect_adds_to_a_domain_and_the_order_of_its_servers_are_no_drift() -> None:
    provider = PRIVATE_DNS.provider()
    written = check(PRIVATE_DNS.inputs, PRIVATE_DNS.full).inputs
    servers = {"remote_dns_server_ip_addresses": ["10.96.0.3", "10.96.0.2"], "state": "ready"}
    config = {"kind": "aws-outbound-resolver", "dns_config": {"corp.example": servers}}
    remote = {**written, "id": ENTITY, "private_dns_attachment_config": config}
    assert provider._compare(remote, written)[1] == []
    servers["remote_dns_server_ip_addresses"] = ["10.96.0.3"]
    assert provider._compare(remote, written)[1] == ["private_dns_attachment_config"]


def test_a_resolver_keeps_its_id_through_a_new_name(dns: Engine) -> None:
    id_, outputs = dns.create()
    dns.settle()
    wanted = {**dns.case.inputs, "name": "renamed"}
    outputs = dns.update(id_, outputs, wanted)
    (remote,) = dns.ours
    assert (remote["id"], remote["name"]) == (id_, "renamed")
    assert [method for method, _ in dns.konnect.writes] == ["POST", "PATCH"]
    assert dns.provider.read(id_, outputs).outs == outputs


def test_a_name_that_an_attachment_of_another_kind_has_is_told(dns: Engine) -> None:
    id_, _ = dns.create()
    with pytest.raises(MismatchError, match=rf"exists already \({id_}\)") as error:
        dns.create({**dns.case.inputs, **dns.case.fixed})
    assert "aws-outbound-resolver" in str(error.value)
    assert dns.konnect.writes == [("POST", 201)]


def test_a_zone_that_was_not_authorised_in_time_is_told_by_a_refresh(
    zone: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    id_, outputs = zone.create()
    zone.konnect.advance(2 * HOUR)
    refreshed = zone.provider.read(id_, outputs)
    assert refreshed.outs is not None
    reason = "error (ERROR: the association was not authorized)"
    said = f"private DNS attachment {id_} has failed: {reason}"
    assert said in capsys.readouterr().err
    assert zone.diff(refreshed.outs, zone.case.inputs).changes is False


def a_private_dns(state: str, **more: Any) -> Props:
    config = {"private_dns_attachment_config": AWS_ZONE}
    return {"id": "d1", "name": "dns", "state": state, "state_metadata": {}, **config, **more}


@pytest.mark.parametrize(
    ("state", "pending", "ready"),
    [
        ("created", Waiting, Waiting),
        ("initializing", Waiting, Waiting),
        ("pending-association", Ready, Waiting),
        ("ready", Ready, Ready),
        ("error", Failed, Failed),
        ("terminating", Failed, Failed),
        ("terminated", Failed, Failed),
        ("something-new", Waiting, Waiting),
    ],
)
def test_private_dns_is_first_to_be_authorised_and_then_ready(
    state: str, pending: type, ready: type
) -> None:
    item = a_private_dns(state)
    assert type(private_dns.judge_pending(item)) is pending
    assert type(private_dns.judge_ready(item)) is ready


def test_a_program_waits_until_a_zone_can_be_authorised_and_then_until_it_resolves(
    zone: Engine,
) -> None:
    id_, _ = zone.create()
    konnect = zone.konnect
    konnect.advance(5 * MINUTE)

    dns = partial(private_dns.CloudGatewayPrivateDns, id_, **zone.case.inputs)
    pending = in_program(konnect, lambda opts: dns(opts=opts).pending)
    assert pending.state == "pending-association"
    konnect.call("POST", f"/_sandbox/accept/private-dns/{id_}")
    found = in_program(konnect, lambda opts: dns(opts=opts).ready)
    assert (found.id, found.state) == (id_, "ready")


def test_a_wait_for_a_zone_that_failed_ends_with_the_reason_and_what_is_to_be_done(
    zone: Engine,
) -> None:
    id_, _ = zone.create()
    konnect = zone.konnect
    konnect.call("POST", f"/_sandbox/fail/private-dns/{id_}", {"reason": "no such zone"})

    dns = partial(private_dns.CloudGatewayPrivateDns, id_, **zone.case.inputs)
    with pytest.raises(FailedStateError) as error:
        in_program(konnect, lambda opts: dns(opts=opts).ready)
    text = str(error.value)
    assert f"private DNS attachment {id_}" in text
    assert "ERROR: no such zone" in text
    assert "the association authorisation in AWS" in text


def test_private_dns_that_is_being_set_up_is_deleted_as_soon_as_konnect_takes_it(
    dns: Engine,
) -> None:
    id_, outputs = dns.create()
    dns.konnect.speed(QUICK)  # Setting up takes three minutes, in which a DELETE is a 400.
    dns.provider.delete(id_, outputs)
    assert deletes(dns.konnect)[0] == 400
    assert deletes(dns.konnect)[-1] == 204
    assert dns.ours == []


def test_a_zone_that_nobody_authorised_is_deleted_once_konnect_has_given_it_up(
    zone: Engine,
) -> None:
    id_, outputs = zone.create()
    zone.konnect.advance(5 * MINUTE)
    (waiting,) = zone.ours
    assert waiting["state"] == "pending-association"
    zone.konnect.speed(10 * QUICK)
    zone.provider.delete(id_, outputs)
    assert deletes(zone.konnect)[-1] == 204
    assert zone.ours == []


def test_a_zone_that_waits_for_ever_says_so(zone: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cloud_gateway, "DELETE_TIMEOUT", 0.3)
    id_, outputs = zone.create()
    zone.konnect.advance(5 * MINUTE)
    with pytest.raises(DeadlineError, match=rf"'orders-dns' \({id_}\) .* it is pending-assoc"):
        zone.provider.delete(id_, outputs)


@pytest.mark.parametrize("name", ["CloudGatewayPrivateDns", "CloudGatewayCustomDomain"])
def test_a_refusal_to_delete_what_is_ready_is_shown_and_not_waited_out(
    konnect: LocalKonnect, name: str
) -> None:
    engine = engine_of(konnect, name)
    id_, outputs = engine.create()
    engine.settle()
    konnect.fault(method="DELETE", status=400)
    with pytest.raises(BadRequestError, match=f"deleting {engine.provider.noun} '"):
        engine.provider.delete(id_, outputs)
    assert deletes(konnect) == [400]


@pytest.mark.parametrize("name", ["CloudGatewayPrivateDns", "CloudGatewayCustomDomain"])
def test_a_delete_that_was_done_and_not_answered_is_a_success(
    konnect: LocalKonnect, name: str
) -> None:
    engine = engine_of(konnect, name)
    id_, outputs = engine.create()
    engine.settle()
    konnect.fault(method="DELETE", drop=True, when="after")
    konnect.speed(QUICK)
    engine.provider.delete(id_, outputs)
    assert deletes(konnect)[1:] == [400]
    assert engine.ours == []


# Custom domains


@pytest.fixture
def domain(konnect: LocalKonnect) -> Engine:
    return engine_of(konnect, "CloudGatewayCustomDomain")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"domain": ""}, "at least 1 character"),
        ({"control_plane_geo": "ap"}, "'us', 'eu', 'au', 'me', 'in' or 'sg'"),
        ({"kind": "serverless.v0"}, "'dedicated.v0' or 'serverless.v1'"),
    ],
)
def test_a_custom_domain_that_konnect_would_refuse_is_refused(change: Props, words: str) -> None:
    ((name, reason),) = failures(CUSTOM_DOMAIN, **change)
    assert {name} == set(change)
    assert words in reason


def test_a_domain_in_capitals_is_the_same_domain(domain: Engine) -> None:
    id_, outputs = domain.create()
    shouted = {**domain.case.inputs, "domain": "API.Orders.Example"}
    assert domain.diff(outputs, shouted).changes is False
    assert domain.create(shouted)[0] == id_
    old = {**outputs, "domain": "API.orders.example"}
    assert domain.diff(old, domain.case.inputs).changes is False


@pytest.mark.parametrize(
    ("change", "deletes_first"),
    [
        ({"control_plane_id": OTHER}, True),
        ({"kind": "serverless.v1"}, True),
        ({"domain": "shop.orders.example"}, False),
        ({"control_plane_id": OTHER, "domain": "shop.orders.example"}, False),
    ],
    ids=str,
)
def test_the_old_custom_domain_goes_first_unless_the_name_is_another(
    change: Props, deletes_first: bool
) -> None:
    result = diff(CUSTOM_DOMAIN, CUSTOM_DOMAIN.full, {**CUSTOM_DOMAIN.full, **change})
    assert result.replaces == list(change)
    assert result.delete_before_replace is deletes_first


def test_a_domain_that_begins_like_another_is_another(domain: Engine) -> None:
    longer, _ = domain.create(domain="api.orders.example.com")
    id_, _ = domain.create()
    assert id_ != longer
    assert len(domain.ours) == 2


def a_domain(state: str, **more: Any) -> Props:
    place = {"control_plane_id": PLANE, "control_plane_geo": "us", "domain": "a.example"}
    return {"id": "c1", "state": state, "state_metadata": {}, **place, **more}


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        ("created", Waiting("created")),
        ("initializing", Waiting("initializing")),
        ("error", Failed("error")),
        ("terminating", Failed("terminating")),
        ("terminated", Failed("terminated")),
        ("something-new", Waiting("something-new")),
    ],
)
def test_a_custom_domain_that_is_not_ready_is_on_its_way_or_failed(
    state: str, verdict: object
) -> None:
    nothing = {"certificate_id": None, "sni_id": None}
    assert custom_domain.judge(a_domain(state, **nothing)) == verdict


def test_a_custom_domain_that_failed_says_why() -> None:
    metadata = {"reported_status": "INVALID", "reason": "CNAME points elsewhere"}
    expected = Failed("error", "INVALID: CNAME points elsewhere")
    assert custom_domain.judge(a_domain("error", state_metadata=metadata)) == expected


def test_a_program_gets_the_certificate_and_the_sni_of_a_domain_that_is_ready(
    domain: Engine,
) -> None:
    id_, _ = domain.create()
    domain.settle()

    resource = partial(custom_domain.CloudGatewayCustomDomain, id_, **domain.case.inputs)
    found = in_program(domain.konnect, lambda opts: resource(opts=opts).ready)
    path = f"{PLANES}/{domain.case.inputs['control_plane_id']}/core-entities"
    sni = domain.konnect.call("GET", f"{path}/snis/{found.sni_id}")
    assert (sni["name"], sni["certificate"]["id"]) == (found.domain, found.certificate_id)


def test_a_wait_for_a_domain_names_the_records_that_are_missing(domain: Engine) -> None:
    id_, _ = domain.create()

    inputs = {**domain.case.inputs, "ready_timeout": 0.1}
    resource = partial(custom_domain.CloudGatewayCustomDomain, id_, **inputs)
    with pytest.raises(DeadlineError, match=r"is initializing.* two CNAME records"):
        in_program(domain.konnect, lambda opts: resource(opts=opts).ready)


def test_a_custom_domain_is_awaited_gone_so_that_its_name_is_free(domain: Engine) -> None:
    id_, outputs = domain.create()
    domain.settle()
    domain.konnect.speed(QUICK)
    domain.provider.delete(id_, outputs)
    assert deletes(domain.konnect) == [204]
    assert domain.ours == []
    # Its control plane can go next.
    domain.konnect.call("DELETE", f"{PLANES}/{domain.case.inputs['control_plane_id']}")


# Members of a group


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
