"""Whatever a client sends, the answer is one that Konnect could give."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.clock import VirtualClock
from sandbox.store import Store
from tests.sandbox.konnect.client import (
    ADD_ONS,
    CONFIGURATIONS,
    DOMAINS,
    NETWORKS,
    PLANES,
    Json,
    Konnect,
    entities,
)

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def konnect() -> Iterator[Konnect]:
    store = Store(":memory:", VirtualClock(speed=0))
    konnect = Konnect(store)
    yield konnect
    konnect.close()
    store.close()


@pytest.fixture(scope="module")
def targets(konnect: Konnect) -> list[tuple[str, str, Json]]:
    """(method, path, a body that would be taken) of everything that takes a body."""
    plane, network = konnect.plane(), konnect.network()
    attachments = f"{NETWORKS}/{network['id']}"
    gateway = {
        "name": "a",
        "cidr_blocks": ["10.60.0.0/16"],
        "dns_config": [],
        "transit_gateway_attachment_config": {
            "kind": "aws-vpc-peering-attachment",
            "peer_account_id": "1",
            "peer_vpc_id": "vpc-1",
            "peer_vpc_region": "us-east-2",
        },
    }
    resolver = {
        "name": "a",
        "private_dns_attachment_config": {
            "kind": "aws-outbound-resolver",
            "dns_config": {"a": {"remote_dns_server_ip_addresses": ["10.0.0.1"]}},
        },
    }
    domain = {"control_plane_id": plane, "control_plane_geo": "us", "domain": "a.example.com"}
    redis = {"host": "h", "port": 1, "cloud_authentication": {"auth_provider": "aws"}}
    limits = {"limit": [1], "window_size": [1], "strategy": "redis", "sync_rate": 1}
    return [
        ("POST", PLANES, {"name": "prod", "labels": {"a": "b"}, "proxy_urls": []}),
        ("PATCH", f"{PLANES}/{plane}", {"name": "prod", "description": "x"}),
        ("POST", f"{PLANES}/{plane}/group-memberships/add", {"members": [{"id": plane}]}),
        ("POST", NETWORKS, konnect.network_body()),
        ("PATCH", f"{NETWORKS}/{network['id']}", {"name": "a"}),
        ("PUT", CONFIGURATIONS, konnect.configuration_body(plane, konnect.group(network))),
        ("POST", f"{attachments}/transit-gateways", gateway),
        ("POST", f"{attachments}/private-dns", resolver),
        ("POST", DOMAINS, domain),
        ("POST", ADD_ONS, konnect.add_on_body(plane)),
        ("POST", entities(plane, "services"), {"url": "http://a/b", "tags": ["a"]}),
        ("POST", entities(plane, "routes"), {"paths": ["/a"], "protocols": ["http"]}),
        ("POST", entities(plane, "plugins"), {"name": "rate-limiting-advanced", "config": limits}),
        ("POST", entities(plane, "partials"), {"type": "redis-ee", "config": redis}),
        ("POST", entities(plane, "consumers"), {"username": "a", "custom_id": "b"}),
        ("POST", entities(plane, "vaults"), {"name": "env", "prefix": "env1", "config": {}}),
        ("POST", entities(plane, "upstreams"), {"name": "a", "healthchecks": {}}),
        ("PUT", entities(plane, "services/x"), {"host": "a", "port": 1}),
        ("PUT", "/_sandbox/quotas", {"count/networks.not-offline": 5}),
        ("POST", "/_sandbox/clock", {"advance_seconds": 1, "speed": 0}),
    ]


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place in a body."""
    found = [path]
    if isinstance(value, dict):
        found += [p for key, inner in value.items() for p in places(inner, (*path, key))]
    if isinstance(value, list):
        found += [p for index, inner in enumerate(value) for p in places(inner, (*path, index))]
    return found


def replaced(value: Any, path: tuple[str | int, ...], new: Any) -> Any:
    """A body with something else in one place."""
    if not path:
        return new
    copy: Any = list(value) if isinstance(value, list) else dict(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], new)
    return copy


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_body_with_anything_anywhere_is_never_a_500(
    konnect: Konnect, targets: list[tuple[str, str, Json]], data: st.DataObject
) -> None:
    method, path, body = data.draw(st.sampled_from(targets))
    where = data.draw(st.sampled_from(places(body)))
    answer = konnect.call(method, path, replaced(body, where, data.draw(VALUES)))
    assert answer.status < 500, answer.body


@settings(max_examples=100, deadline=None)
@given(
    path=st.sampled_from([NETWORKS, CONFIGURATIONS, ADD_ONS, DOMAINS, PLANES]),
    field=st.sampled_from(["name", "state", "control_plane_id", "owner.control_plane_id", "x"]),
    operator=st.sampled_from(["", "[eq]", "[neq]", "[oeq]", "[contains]", "[]", "[[eq]]"]),
    value=st.text(max_size=8),
    size=st.text(max_size=4),
)
def test_a_query_with_anything_in_it_is_never_a_500(
    konnect: Konnect, path: str, field: str, operator: str, value: str, size: str
) -> None:
    answer = konnect.get(path, **{f"filter[{field}]{operator}": value, "page[size]": size})
    assert answer.status in (200, 400)


@settings(max_examples=60, deadline=None)
@given(key=st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=10))
def test_an_id_with_anything_in_it_is_never_a_500(
    konnect: Konnect, targets: list[tuple[str, str, Json]], key: str
) -> None:
    plane = targets[1][1].rsplit("/", 1)[1]
    step = "".join(f"%{byte:02x}" for byte in key.encode())
    for path in (NETWORKS, CONFIGURATIONS, PLANES, entities(plane, "services")):
        assert konnect.get(f"{path}/{step}").status < 500
    assert konnect.delete(f"{entities(plane, 'services')}/{step}").status < 500
