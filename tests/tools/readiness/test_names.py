"""Public DNS over HTTPS."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tools.readiness.names import NamesError, PublicNames


def answering(status: int = 200, **body: Any) -> PublicNames:
    transport = httpx.MockTransport(lambda request: httpx.Response(status, json=body))
    return PublicNames(transport=transport)


CNAME = {"name": "api.example.com.", "type": 5, "TTL": 300, "data": "Edge.example.net."}
ADDRESS = {"name": "edge.example.net.", "type": 1, "TTL": 60, "data": "192.0.2.7"}


def test_the_question_names_the_record_and_the_token_goes_to_a_sandbox_only() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"Status": 3})

    for token in (None, "secret"):
        names = PublicNames("https://dns.example/resolve", token, httpx.MockTransport(answer))
        assert names.values("api.example.com", "CAA") == ()
    assert str(asked[0].url) == "https://dns.example/resolve?name=api.example.com&type=CAA"
    assert [one.headers.get("authorization") for one in asked] == [None, "Bearer secret"]


def test_values_have_no_dot_at_their_end() -> None:
    names = answering(Status=0, Answer=[CNAME, ADDRESS])
    assert names.values("api.example.com", "CNAME") == ("edge.example.net",)


def test_an_address_is_found_behind_a_cname() -> None:
    assert answering(Status=0, Answer=[CNAME, ADDRESS]).values("api.example.com", "A") == (
        "192.0.2.7",
    )


def test_a_caa_record_is_found_behind_a_cname_as_an_authority_finds_it() -> None:
    caa = {"name": "edge.example.net.", "type": 257, "data": '0 issue "pki.goog"'}
    found = answering(Status=0, Answer=[CNAME, caa]).values("api.example.com", "CAA")
    assert found == ('0 issue "pki.goog"',)


@pytest.mark.parametrize(
    ("names", "said"),
    [(answering(Status=2), "status 2"), (answering(503), "503")],
)
def test_no_answer_is_an_error(names: PublicNames, said: str) -> None:
    with pytest.raises(NamesError, match=said):
        names.values("api.example.com", "CNAME")
