"""Requests that schemathesis generates from the published documents, against the real server.

Whatever is sent, the answer is a documented one and never a server error, and a request that the
documents do not allow is refused. The requests are the same in every run. For more of them:
`REQUESTS=200 pytest tests/sandbox/konnect/test_generated_requests.py`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import negative_data_rejection
from schemathesis.core.parameters import ParameterLocation

from sandbox.server import Sandbox
from sandbox.store import Store
from tests.sandbox.konnect.client import ADD_ONS, GATEWAYS, NETWORKS, PLANES, Konnect, entities
from tests.sandbox.konnect.contract import Operation, amended, contract
from tests.sandbox.konnect.test_core_entities import KEY, PEM
from tests.sandbox.konnect.test_system_accounts import token_body

REQUESTS = int(os.environ.get("REQUESTS", "3"))
"""Valid requests for each operation, and as many invalid ones."""

BOUNDED = settings(
    max_examples=REQUESTS,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@cache
def schema(name: str) -> Any:
    return schemathesis.openapi.from_dict(amended(name))


@dataclass(frozen=True)
class Place:
    """A running sandbox with an object of every kind."""

    url: str
    client: httpx.Client
    store: Store
    objects: dict[str, Any]

    def restore(self) -> None:
        """Bring every object back as it was at first."""
        self.store.delete_kinds("konnect", "")
        for kind, bodies in self.objects.items():
            for id_, body in bodies.items():
                self.store.put("konnect", kind, id_, body, due=body.get("_due"))

    def path_parameters(self, operation: Operation) -> dict[str, str]:
        """Return the parameters of a path that lead to an object that is there."""
        found: dict[str, str] = {}
        path = operation.version
        for step in operation.path.strip("/").split("/"):
            if step.startswith("{"):
                value = self._first(path)
                if value is None:
                    return found
                found[step.strip("{}")] = value
                step = value
            path += f"/{step}"
        return found

    def _first(self, collection: str) -> str | None:
        """Return the id of the first object in a collection, or its key."""
        answer = self.client.get(collection)
        if answer.status_code != 200:
            return None
        items = answer.json().get("data", answer.json().get("items", []))
        keys = ("id", "key", "name")
        return next((str(item[key]) for item in items for key in keys if key in item), None)


def build(konnect: Konnect) -> None:
    """Make one object of every kind."""

    def make(path: str, **body: Any) -> Any:
        answer = konnect.post(path, body)
        assert answer.status == 201, (path, answer.body)
        return answer.body

    plane, _ = konnect.gateway_with_cache()
    network = konnect.read(NETWORKS)["data"][0]
    peering = {
        "kind": "aws-vpc-peering-attachment",
        "peer_account_id": "1",
        "peer_vpc_id": "vpc-1",
        "peer_vpc_region": "us-east-2",
    }
    make(
        f"{NETWORKS}/{network['id']}/transit-gateways",
        name="a",
        cidr_blocks=["10.60.0.0/16"],
        transit_gateway_attachment_config=peering,
    )
    resolver = {
        "kind": "aws-outbound-resolver",
        "dns_config": {"a.example": {"remote_dns_server_ip_addresses": ["10.0.0.1"]}},
    }
    make(
        f"{NETWORKS}/{network['id']}/private-dns",
        name="a",
        private_dns_attachment_config=resolver,
    )
    domain = {"control_plane_id": plane, "control_plane_geo": "us", "domain": "a.example.com"}
    make(f"{GATEWAYS}/custom-domains", **domain)

    def entity(collection: str, **body: Any) -> str:
        made = make(entities(plane, collection), **body)
        return str(made.get("id", made.get("consumer_group", {}).get("id")))

    service = entity("services", name="svc", host="example.com")
    route = entity(f"services/{service}/routes", name="route", paths=["/a"])
    consumer = entity("consumers", username="anna")
    group = entity("consumer_groups", name="gold")
    make(entities(plane, f"consumers/{consumer}/consumer_groups"), group="gold")
    for parent in (
        f"services/{service}",
        f"routes/{route}",
        f"consumers/{consumer}",
        f"consumer_groups/{group}",
    ):
        entity(f"{parent}/plugins", name="rate-limiting", config={"minute": 5})
    for nested, body in {
        "key-auth": {"key": "k"},
        "basic-auth": {"username": "anna", "password": "p"},
        "hmac-auth": {"username": "anna"},
        "jwt": {"key": "issuer"},
        "acls": {"group": "gold"},
        "mtls-auth": {"subject_name": "anna"},
    }.items():
        entity(f"consumers/{consumer}/{nested}", **body)
    upstream = entity("upstreams", name="up")
    entity(f"upstreams/{upstream}/targets", target="example.com:80")
    certificate = entity("certificates", cert=PEM, key=KEY)
    entity(f"certificates/{certificate}/snis", name="a.example.com")
    entity("ca_certificates", cert=PEM)
    keys = entity("key-sets", name="set")
    entity(f"key-sets/{keys}/keys", kid="k", jwk='{"kid": "k", "kty": "oct"}')
    entity("custom-plugins", name="mine", handler="return {}", schema="return {}")
    lua = 'return { name = "ours", fields = { { config = { type = "record", fields = {} } } } }'
    make(entities(plane, "plugin-schemas"), lua_schema=lua)
    entity("vaults", name="env", prefix="my-env", config={"prefix": "A_"})
    entity("partials", name="redis", type="redis-ce", config={"host": "h", "port": 1})
    make(f"{PLANES}/{plane}/dp-client-certificates", cert=PEM)
    store = make(f"{PLANES}/{plane}/config-stores", name="secrets")
    make(f"{PLANES}/{plane}/config-stores/{store['id']}/secrets", key="k", value="v")
    account = make("/v3/system-accounts", name="ci", description="d")
    accounts = f"/v3/system-accounts/{account['id']}"
    make(f"{accounts}/access-tokens", **token_body(konnect))
    role = {"entity_id": plane, "entity_type_name": "Control Planes", "role_name": "Admin"}
    make(f"{accounts}/assigned-roles", entity_region="us", **role)
    make("/v1/mesh/control-planes", name="mesh", labels={"env": "test"})
    make("/v2/dashboards", name="traffic", definition={"tiles": []}, labels={"env": "test"})
    assert konnect.read(ADD_ONS)["data"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with Sandbox(tmp_path_factory.mktemp("sandbox"), speed=0) as sandbox:
        konnect = Konnect(sandbox.store)
        build(konnect)
        konnect.admin("PUT", "analytics", {"queries_per_minute": 10_000})
        konnect.close()
        token = {"Authorization": f"Bearer {sandbox.endpoint['token']}"}
        url = sandbox.endpoint["konnect_url"]
        with httpx.Client(base_url=url, headers=token, timeout=30) as client:
            objects = sandbox.store.everything()["konnect"]
            yield Place(url, client, sandbox.store, objects)


def label(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


OPERATIONS = contract().operations
WITH_INPUTS = [operation for operation in OPERATIONS if operation.has_inputs]


@pytest.mark.parametrize("operation", OPERATIONS, ids=label)
def test_a_valid_request_gets_a_documented_answer(place: Place, operation: Operation) -> None:
    send_generated(place, operation, GenerationMode.POSITIVE)


@pytest.mark.parametrize("operation", WITH_INPUTS, ids=label)
def test_an_invalid_request_is_refused(place: Place, operation: Operation) -> None:
    send_generated(place, operation, GenerationMode.NEGATIVE)


def send_generated(place: Place, operation: Operation, mode: GenerationMode) -> None:
    """Send generated requests to an operation, most of them about objects that are there."""
    described = schema(operation.document)[operation.path][operation.method.upper()]
    place.restore()
    known = place.path_parameters(operation)

    @BOUNDED
    @given(case=described.as_strategy(generation_mode=mode), there=st.integers(0, 3))
    def send(case: Any, there: int) -> None:
        path = case.meta.components.get(ParameterLocation.PATH)
        if there and known and path is not None and path.mode.is_positive:
            case.path_parameters = {**case.path_parameters, **known}
        response = case.call(
            base_url=place.url + operation.version, headers=dict(place.client.headers)
        )
        _check(operation, case, response)

    send()


def _check(operation: Operation, case: Any, response: Any) -> None:
    request = response.request
    shown = f"{request.method} {request.url} {request.body!r}: {response.text[:300]}"
    assert response.status_code < 500, shown
    contract().check(
        operation.method,
        request.path_url.split("?")[0],
        response.status_code,
        response.headers.get("content-type", [""])[0],
        json.loads(response.text) if response.text else None,
    )
    case.validate_response(response, checks=[negative_data_rejection])
    if request.headers.get("content-type") == "application/json" and response.status_code < 300:
        contract().check_request(operation, json.loads(request.body))
