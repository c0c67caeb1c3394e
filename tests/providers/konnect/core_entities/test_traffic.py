"""What is particular to upstreams and their targets: hashing, health checks, addresses."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.output import UNKNOWN

from providers.base.errors import NotFoundError, ProviderError
from providers.base.model import check
from providers.konnect.core_entities.target import GatewayTargetInputs, GatewayTargetProvider
from tests.providers.konnect.example import ENTITY, PLANE, Example, Props
from tests.providers.konnect.groups.traffic import TARGET, UPSTREAM, target_case, upstream_case
from tests.providers.konnect.harness import Engine
from tests.providers.konnect.local_konnect import LocalKonnect


def failures(example: Example, **change: Any) -> list[tuple[str, str]]:
    return check(example.inputs, {**example.least, **change}).failures


# Hashing


@pytest.mark.parametrize(
    ("written", "needed"),
    [
        ({"hash_on": "header"}, "hash_on_header"),
        ({"hash_on": "cookie"}, "hash_on_cookie"),
        ({"hash_on": "query_arg"}, "hash_on_query_arg"),
        ({"hash_on": "uri_capture"}, "hash_on_uri_capture"),
        ({"hash_on": "ip", "hash_fallback": "header"}, "hash_fallback_header"),
        ({"hash_on": "ip", "hash_fallback": "cookie"}, "hash_on_cookie"),
        ({"hash_on": "ip", "hash_fallback": "query_arg"}, "hash_fallback_query_arg"),
        ({"hash_on": "ip", "hash_fallback": "uri_capture"}, "hash_fallback_uri_capture"),
    ],
)
def test_a_hash_input_that_has_a_name_needs_it(written: Props, needed: str) -> None:
    ((name, reason),) = failures(UPSTREAM, **written)
    side, source = list(written.items())[-1]
    assert (name, reason) == (needed, f"is required when {side} is {source!r}")
    assert failures(UPSTREAM, **written, **{needed: "tenant"}) == []
    assert failures(UPSTREAM, **written, **{needed: UNKNOWN}) == []


@pytest.mark.parametrize(
    ("hash_on", "hash_fallback", "words"),
    [
        ("none", "ip", "is not allowed when hash_on is 'none'"),
        ("cookie", "ip", "is not allowed when hash_on is 'cookie'"),
        ("ip", "ip", "the same as hash_on"),
        ("path", "path", "the same as hash_on"),
        ("consumer", "consumer", "the same as hash_on"),
    ],
)
def test_a_fallback_is_another_input_than_the_first(
    hash_on: str, hash_fallback: str, words: str
) -> None:
    found = failures(
        UPSTREAM, hash_on=hash_on, hash_fallback=hash_fallback, hash_on_cookie="session"
    )
    ((name, reason),) = found
    assert name == "hash_fallback"
    assert words in reason


def test_one_header_may_be_the_fallback_of_another() -> None:
    headers = {"hash_on_header": "x-tenant", "hash_fallback_header": "x-user"}
    assert failures(UPSTREAM, hash_on="header", hash_fallback="header", **headers) == []


# Health checks


@pytest.mark.parametrize(
    ("checks", "words"),
    [
        ({"activ": {}}, "activ: there is no such property"),
        ({"active": {"type": "udp"}}, "active.type: Input should be"),
        ({"active": {"concurrency": 0}}, "active.concurrency: Input should be greater than"),
        ({"active": {"timeout": 65536}}, "active.timeout: Input should be less than"),
        ({"active": {"http_path": "health"}}, "active.http_path: String should match"),
        ({"active": {"http_path": "/a//b"}}, "active.http_path: String should match"),
        ({"active": {"headers": {"x": "a"}}}, "active.headers.x: Input should be a valid list"),
        ({"active": {"healthy": {"interval": -1}}}, "interval: Input should be greater than"),
        ({"active": {"unhealthy": {"timeouts": 256}}}, "timeouts: Input should be less than"),
        ({"passive": {"healthy": {"http_statuses": [99]}}}, "greater than or equal to 100"),
        ({"passive": {"healthy": {"interval": 5}}}, "interval: there is no such property"),
        ({"threshold": 101}, "threshold: Input should be less than or equal to 100"),
    ],
    ids=str,
)
def test_a_typing_error_in_a_health_check_is_found_by_the_preview(
    checks: Props, words: str
) -> None:
    found = failures(UPSTREAM, healthchecks=checks)
    assert {name for name, _ in found} == {"healthchecks"}
    assert any(words in reason for _, reason in found)


@pytest.mark.parametrize("path", ["/", "/a", "/a/", "/a/b.c"])
def test_a_path_has_no_empty_segments(path: str) -> None:
    assert failures(UPSTREAM, healthchecks={"active": {"http_path": path}}) == []


def put(engine: Engine, id_: str, **change: Any) -> None:
    """Somebody else changes an upstream in Konnect."""
    (remote,) = engine.ours
    engine.konnect.call("PUT", f"/v2/{engine.case.kind}/{id_}", {**remote, "healthchecks": change})


def test_of_health_checks_what_konnect_adds_is_no_drift_and_what_was_written_is(
    konnect: LocalKonnect,
) -> None:
    engine = Engine(konnect, upstream_case(konnect))
    id_, outputs = engine.create()
    (remote,) = engine.ours
    assert remote["healthchecks"]["active"]["unhealthy"]["http_statuses"][0] == 429
    written = engine.case.inputs["healthchecks"]["active"]["healthy"]
    put(engine, id_, active={"healthy": written, "timeout": 9})
    unwritten = engine.provider.read(id_, outputs)
    assert engine.diff(unwritten.outs or {}, engine.case.inputs).changes is False
    put(engine, id_, active={"healthy": {**written, "http_statuses": [200]}})
    drifted = engine.provider.read(id_, outputs)
    assert engine.diff(drifted.outs or {}, engine.case.inputs).changes is True


def test_health_checks_that_are_no_longer_written_are_konnects_own_again(
    konnect: LocalKonnect,
) -> None:
    engine = Engine(konnect, upstream_case(konnect))
    id_, outputs = engine.create()
    without = {key: item for key, item in engine.case.inputs.items() if key != "healthchecks"}
    assert engine.diff(outputs, without).changes is True
    engine.update(id_, outputs, without)
    (remote,) = engine.ours
    assert remote["healthchecks"]["active"]["healthy"]["interval"] == 0


# Targets


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("10.0.0.1", "10.0.0.1:8000"),
        ("10.0.0.1:80", "10.0.0.1:80"),
        ("orders.internal", "orders.internal:8000"),
        ("_orders._tcp.internal.:0", "_orders._tcp.internal.:0"),
        ("::1", "[0000:0000:0000:0000:0000:0000:0000:0001]:8000"),
        ("[2001:DB8::1]", "[2001:0db8:0000:0000:0000:0000:0000:0001]:8000"),
        ("[2001:db8::1]:65535", "[2001:0db8:0000:0000:0000:0000:0000:0001]:65535"),
    ],
)
def test_an_address_is_completed_as_konnect_does(written: str, kept: str) -> None:
    checked = check(TARGET.inputs, {**TARGET.least, "target": written})
    assert checked.failures == []
    assert checked.inputs["target"] == kept


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("", "is not HOST, HOST:PORT"),
        ("https://orders.internal", "is not HOST, HOST:PORT"),
        ("orders.internal/v1", "is not HOST, HOST:PORT"),
        ("orders.internal:https", "is not HOST, HOST:PORT"),
        ("orders.internal:65536", "port 65536 is not 0 to 65535"),
        ("[10.0.0.1]:80", "10.0.0.1"),
        ("1:2:3", "1:2:3"),
    ],
)
def test_what_is_no_address_is_refused(written: str, words: str) -> None:
    ((name, reason),) = failures(TARGET, target=written)
    assert name == "target"
    assert words in reason


@pytest.mark.parametrize("shown", ["[::1]:8000", "[0:0:0:0:0:0:0:1]:8000", "::1"])
def test_however_konnect_writes_an_address_it_is_the_same(shown: str) -> None:
    provider = GatewayTargetProvider()
    inputs = {**TARGET.least, "target": "::1"}
    written = check(TARGET.inputs, inputs).inputs
    remote = {**written, "id": ENTITY, "weight": 100, "failover": False, "target": shown}
    assert provider._compare(remote, written)[1] == []
    model = GatewayTargetInputs.model_validate(inputs)
    assert provider.same(remote, model) is True
    odd = {**remote, "target": "no address"}
    assert provider.same(odd, model) is False


def test_an_address_behind_two_upstreams_is_two_targets(konnect: LocalKonnect) -> None:
    engine = Engine(konnect, target_case(konnect))
    plane = engine.case.inputs["control_plane_id"]
    other = konnect.entity(plane, "upstreams", name="other.internal")
    first, _ = engine.create()
    second, outputs = engine.create(upstream_id=other)
    assert (second != first, outputs["upstream_id"]) == (True, other)


def test_a_target_is_gone_with_its_upstream(konnect: LocalKonnect) -> None:
    engine = Engine(konnect, target_case(konnect))
    id_, outputs = engine.create()
    path = f"/v2/control-planes/{outputs['control_plane_id']}/core-entities/upstreams"
    konnect.call("DELETE", f"{path}/{outputs['upstream_id']}")
    assert engine.provider.read(id_, outputs).id is None
    engine.provider.delete(id_, outputs)
    with pytest.raises(NotFoundError, match=r"looking for target '10\.0\.0\.1:8000'"):
        engine.create()


def test_the_import_id_of_a_target_names_its_upstream() -> None:
    with pytest.raises(ProviderError, match=r'"control_plane_id": "\.\.\.", "upstream_id"'):
        TARGET.provider().import_id(f'{{"id": "{ENTITY}", "control_plane_id": "{PLANE}"}}')
