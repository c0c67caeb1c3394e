"""The published documents: all their operations are there, and answers are really checked."""

from __future__ import annotations

import json

import pytest

from sandbox.konnect.tokens import DEFAULT_TOKEN
from sandbox.store import Store
from tests.sandbox.konnect.client import GATEWAYS, NETWORKS, PLANES, Konnect, entities
from tests.sandbox.konnect.contract import Contract, contract

NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def published() -> Contract:
    return contract()


def test_every_documented_operation_is_served(konnect: Konnect, published: Contract) -> None:
    plane, unserved = konnect.plane(), set()
    for operation in published.operations:
        path = operation.version + operation.path.replace("{controlPlaneId}", plane)
        steps = [NOBODY if step.startswith("{") else step for step in path.split("/")]
        answer = konnect.call(operation.method.upper(), "/".join(steps), json={})
        said = str((answer.body or {}).get("detail", (answer.body or {}).get("message")))
        if answer.status == 405 or "no Route matched" in said:
            unserved.add(operation.id)
    # What only two plugins own is not simulated.
    assert {id_ for id_ in unserved if "graphql" not in id_} == set()


def test_an_answer_that_the_documents_do_not_allow_is_found_out(published: Contract) -> None:
    body = {"id": "not a uuid", "provider": "aws"}
    with pytest.raises(AssertionError, match="created_at"):
        published.check("GET", f"{GATEWAYS}/provider-accounts/x", 200, "application/json", body)
    with pytest.raises(AssertionError, match="documents"):
        published.check("GET", f"{GATEWAYS}/provider-accounts/x", 409, "application/json", {})
    with pytest.raises(AssertionError, match="answers 404 as"):
        published.check("GET", f"{GATEWAYS}/provider-accounts/x", 404, "text/plain", {})


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (NETWORKS, {"status": 401, "title": "Unauthorized", "detail": "Unauthorized"}),
        (
            PLANES,
            {"status": 401, "title": "Unauthenticated", "detail": "A valid token is required"},
        ),
        (entities(NOBODY, "services"), {"status": 401, "message": "Unauthorized"}),
    ],
)
@pytest.mark.parametrize("token", [None, "kpat_somebodyelse000000", DEFAULT_TOKEN.lower() + "x"])
def test_without_the_right_token_each_api_answers_401_in_its_own_words(
    store: Store, path: str, body: dict[str, object], token: str | None
) -> None:
    konnect = Konnect(store, token)
    answer = konnect.get(path)
    konnect.close()
    assert answer.status == 401
    assert body.items() <= answer.body.items()


def test_the_availability_document_is_open_to_all(store: Store) -> None:
    konnect = Konnect(store, token=None)
    document = konnect.get(f"{GATEWAYS}/availability.json").body
    konnect.close()
    regions = {p["provider"]: len(p["regions"]) for p in document["providers"]}
    assert regions == {"aws": 17, "azure": 11, "gcp": 11}
    assert "3.10" in document["versions"]
    ohio = next(
        r for p in document["providers"] for r in p["regions"] if r["region"] == "us-east-2"
    )
    assert ohio["availability_zones"] == ["use2-az1", "use2-az2", "use2-az3"]
    assert ohio["reserved_cidr_blocks"] == ["10.100.0.0/16", "172.17.0.0/16"]


@pytest.mark.parametrize("raw", [b"", b"{", b"[", b'{"name": NaN}', b'{"name": 1e999}', b"\xff"])
def test_a_body_that_is_no_json_is_a_400(konnect: Konnect, raw: bytes) -> None:
    for method, path in (("POST", NETWORKS), ("POST", PLANES)):
        answer = konnect.call(method, path, content=raw)
        assert (answer.status, list(answer.invalid)) == (400, ["body"])


def test_an_unknown_path_or_method_is_refused_in_a_problem_document(konnect: Konnect) -> None:
    for answer in (konnect.get("/v3/nothing"), konnect.post(f"{GATEWAYS}/availability.json", {})):
        assert answer.headers["content-type"] == "application/problem+json"
    assert konnect.get(f"{GATEWAYS}/nothing").status == 404
    assert konnect.call("PATCH", f"{GATEWAYS}/configurations").status == 405


def test_no_id_is_used_again_after_a_reset(konnect: Konnect, store: Store) -> None:
    first = konnect.plane("one")
    store.reset()
    assert konnect.plane("one") != first


def test_state_shows_nothing_of_the_simulator_s_own(konnect: Konnect) -> None:
    konnect.gateway_with_cache()
    assert '"_' not in json.dumps(konnect.admin("GET", "state"))
