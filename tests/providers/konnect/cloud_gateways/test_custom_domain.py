"""Custom domains: a certificate to wait for, and a name that must be free."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from providers.base.errors import (
    DeadlineError,
)
from providers.base.readiness import Failed, Waiting
from providers.konnect.cloud_gateways import custom_domain
from tests.providers.konnect.attached import deletes, engine_of, failures, in_program
from tests.providers.konnect.example import OTHER, PLANE, Props
from tests.providers.konnect.groups.attachments import (
    CUSTOM_DOMAIN,
)
from tests.providers.konnect.harness import Engine
from tests.providers.konnect.local_konnect import PLANES, LocalKonnect
from tests.providers.konnect.test_resource_fields import diff

MINUTE = 60.0
QUICK = 600.0
"""Simulated seconds per second."""


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

    resource = partial(custom_domain.CloudGatewayCustomDomain, id_, **domain.case.written)
    found = in_program(domain.konnect, lambda opts: resource(opts=opts).ready)
    path = f"{PLANES}/{domain.case.inputs['control_plane_id']}/core-entities"
    sni = domain.konnect.call("GET", f"{path}/snis/{found.sni_id}")
    assert (sni["name"], sni["certificate"]["id"]) == (found.domain, found.certificate_id)


def test_a_wait_for_a_domain_names_the_record_that_is_missing(
    domain: Engine,
) -> None:
    id_, _ = domain.create(domain="shop.orders.example")
    target = "_acme-challenge.b5d3c1a09e.acme.gateways.konggateway.com"

    inputs = {
        **domain.case.written,
        "domain": "shop.orders.example",
        "acme_target": target,
        "ready_timeout": 0.1,
    }
    resource = partial(custom_domain.CloudGatewayCustomDomain, id_, **inputs)
    with pytest.raises(DeadlineError, match=r"is initializing") as caught:
        in_program(domain.konnect, lambda opts: resource(opts=opts).ready)
    missing = f"CNAME record _acme-challenge.shop.orders.example to {target} must exist"
    assert f"Reason: no certificate yet: {missing}" in str(caught.value)


@pytest.mark.parametrize(
    ("online", "reason"),
    [
        (
            {"cname": "unverified", "ssl": "unverified"},
            "no certificate yet: CNAME record _acme-challenge.a.example to kong.example must exist",
        ),
        ({"cname": "unverified", "ssl": "verified"}, ""),
        (None, ""),
    ],
)
def test_the_online_status_says_which_record_a_domain_waits_for(
    online: Props | None, reason: str
) -> None:
    waiting = a_domain("initializing", **({} if online is None else {"online_status": online}))
    verdict = custom_domain.judge(waiting, "kong.example")
    assert verdict == Waiting("initializing", reason)


def test_a_custom_domain_is_awaited_gone_so_that_its_name_is_free(domain: Engine) -> None:
    id_, outputs = domain.create()
    domain.settle()
    domain.konnect.speed(QUICK)
    domain.provider.delete(id_, outputs)
    assert deletes(domain.konnect) == [204]
    assert domain.ours == []
    # Its control plane can go next.
    domain.konnect.call("DELETE", f"{PLANES}/{domain.case.inputs['control_plane_id']}")
