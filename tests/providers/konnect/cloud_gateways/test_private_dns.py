"""Private DNS: what is editable by kind, who authorises it, and how it goes."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from pulumi.output import UNKNOWN

from providers.base import crud
from providers.base.errors import (
    BadRequestError,
    DeadlineError,
    FailedStateError,
    MismatchError,
)
from providers.base.model import check
from providers.base.readiness import Failed, Ready, Waiting
from providers.konnect.cloud_gateways import private_dns
from tests.providers.konnect.attached import deletes, engine_of, failures, in_program
from tests.providers.konnect.example import ENTITY, OTHER, Props
from tests.providers.konnect.groups.attachments import (
    AWS_ZONE,
    GCP_ZONE,
    PRIVATE_DNS,
    RESOLVERS,
    ZONES,
    resolver,
)
from tests.providers.konnect.harness import Engine
from tests.providers.konnect.local_konnect import HOUR, LocalKonnect
from tests.providers.konnect.test_resource_fields import diff

MINUTE = 60.0
QUICK = 600.0
"""Simulated seconds per second."""


def kind_of(value: object) -> str | None:
    return value["kind"] if isinstance(value, dict) and "kind" in value else None


each_zone = pytest.mark.parametrize("config", ZONES, ids=kind_of)
each_resolver = pytest.mark.parametrize("config", RESOLVERS, ids=kind_of)
each_kind = pytest.mark.parametrize("config", [*ZONES, *RESOLVERS], ids=kind_of)


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
    missing = f"hosted zone {AWS_ZONE['hosted_zone_id']} does not exist"
    reason = f"error (ERROR: {missing})"
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


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (
            {"kind": "aws-private-hosted-zone-attachment", "hosted_zone_id": "Z1"},
            "the owner of hosted zone Z1 must authorise Kong's VPC: aws route53 "
            "create-vpc-association-authorization",
        ),
        (
            {
                "kind": "gcp-private-hosted-zone-attachment",
                "domain_name": "a.example.com",
                "peer_project_id": "acme",
                "peer_vpc_name": "vpc",
            },
            "project acme must grant roles/dns.peer to Kong, and network vpc must see a private "
            "zone of a.example.com",
        ),
        (
            {
                "kind": "azure-private-hosted-zone-attachment",
                "domain_name": "a.example.com",
                "peer_resource_group_id": "names",
            },
            "Kong's service principal needs a role with virtualNetworkLinks/write on private DNS "
            "zone a.example.com in resource group names",
        ),
        ({"kind": "of-the-future"}, ""),
    ],
)
def test_a_zone_that_waits_says_what_its_owner_has_to_do(config: dict[str, str], said: str) -> None:
    item = {**a_private_dns("pending-association"), "private_dns_attachment_config": config}
    assert private_dns.judge_ready(item) == Waiting("pending-association", said)
    assert private_dns.judge_ready({**item, "state": "initializing"}) == Waiting("initializing")


def test_a_program_waits_until_a_zone_can_be_authorised_and_then_until_it_resolves(
    zone: Engine,
) -> None:
    id_, _ = zone.create()
    konnect = zone.konnect
    konnect.advance(5 * MINUTE)

    dns = partial(private_dns.CloudGatewayPrivateDns, id_, **zone.case.written)
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

    dns = partial(private_dns.CloudGatewayPrivateDns, id_, **zone.case.written)
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
    monkeypatch.setattr(crud, "DELETE_TIMEOUT", 0.3)
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
