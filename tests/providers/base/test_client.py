"""The HTTP client as a table of answers: what is retried, what is raised, what is shown."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
import stamina
from stamina.instrumentation import RetryDetails, get_on_retry_hooks, set_on_retry_hooks

from providers.base import http
from providers.base.errors import (
    AmbiguousWriteError,
    BadRequestError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    ProviderError,
    RateLimitedError,
    ResponseError,
    ServerError,
    StatusError,
    TransportError,
    UnauthorizedError,
)
from providers.base.http import (
    ANSWER_SECONDS,
    CONCURRENT_CALLS,
    RETRY_AFTER_MAX,
    RETRY_ATTEMPTS,
    ambiguous_attempts,
    retry_after,
)
from providers.konnect.client import Client, Connection
from tests.providers.konnect.scripted import BASE, TOKEN, Answer, Script, answer, problem

Call = Callable[[Client], Any]

CALLS: dict[str, Call] = {
    "GET": lambda client: client.get("/v2/a", "reading a"),
    "POST": lambda client: client.post("/v2/a", "creating a", {"name": "a"}),
    "PUT": lambda client: client.put("/v2/a", "replacing a", {"name": "a"}),
    "PATCH": lambda client: client.patch("/v2/a", "changing a", {"name": "a"}),
    "DELETE": lambda client: client.delete("/v2/a", "deleting a"),
}
REPEATABLE = [method for method in CALLS if method != "POST"]
every_method = pytest.mark.parametrize("method", CALLS)

NOTHING_SENT: list[type[httpx.TransportError]] = [
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
]
ANSWER_LOST: list[type[httpx.TransportError]] = [
    httpx.ReadError,
    httpx.ReadTimeout,
    httpx.WriteError,
    httpx.WriteTimeout,
    httpx.RemoteProtocolError,
]


@every_method
def test_a_success_is_asked_for_once_and_its_body_returned(method: str) -> None:
    script = Script(answer(201 if method == "POST" else 200, {"id": "x"}))
    result = CALLS[method](script.client())
    assert result == (None if method == "DELETE" else {"id": "x"})
    assert script.urls == [f"{method} {BASE}/v2/a"]
    assert script.bodies == ([] if method in ("GET", "DELETE") else [{"name": "a"}])


def test_an_empty_success_is_an_empty_object() -> None:
    assert Script(httpx.Response(204)).client().put("/v2/a", "adding", {}) == {}
    assert Script(httpx.Response(200)).client().get("/v2/a", "reading") == {}


@pytest.mark.parametrize(
    ("status", "cls"),
    [
        (302, StatusError),
        (400, BadRequestError),
        (401, UnauthorizedError),
        (403, ForbiddenError),
        (404, NotFoundError),
        (409, ConflictError),
        (415, StatusError),
        (501, ServerError),
    ],
)
@every_method
def test_a_refusal_is_raised_at_once_as_its_class(
    method: str, status: int, cls: type[StatusError]
) -> None:
    script = Script(problem(status, "Title", "because"))
    with pytest.raises(StatusError) as error:
        CALLS[method](script.client())
    assert type(error.value) is cls
    assert error.value.status == status
    assert error.value.trace == "kong:trace:42"
    assert len(script.requests) == 1


@pytest.mark.parametrize("method", REPEATABLE)
@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_repeatable_call_goes_again_until_it_succeeds(method: str, status: int) -> None:
    script = Script(problem(status, "Busy"), problem(status, "Busy"), answer(body={"id": "x"}))
    CALLS[method](script.client())
    assert script.urls == [f"{method} {BASE}/v2/a"] * 3


@pytest.mark.parametrize(
    ("status", "cls"), [(429, RateLimitedError), (500, ServerError), (503, ServerError)]
)
def test_what_stays_busy_is_raised_in_the_end_with_the_number_of_attempts(
    status: int, cls: type[StatusError]
) -> None:
    script = Script(problem(status, "Busy"))
    with pytest.raises(cls, match=f"reading a: Konnect answered {status} Busy. Tried 8 times"):
        CALLS["GET"](script.client())
    assert len(script.requests) == RETRY_ATTEMPTS


class Drip(httpx.SyncByteStream):
    """An answer that comes a byte at a time, ten seconds apart, and never ends."""

    def __init__(self) -> None:
        self.now = 0.0

    def __iter__(self) -> Iterator[bytes]:
        while True:
            self.now += 10
            yield b" "


def test_an_unreachable_server_is_given_up_after_ten_seconds_and_a_silent_one_after_thirty() -> (
    None
):
    script = Script(answer())
    CALLS["GET"](script.client())
    (request,) = script.requests
    limits = request.extensions["timeout"]
    assert (limits["connect"], limits["read"]) == (10, 30)


def test_a_server_that_answers_a_byte_at_a_time_is_given_up() -> None:
    drip = Drip()
    script = Script(lambda _: httpx.Response(200, stream=drip))
    transport = httpx.MockTransport(script)
    client = Client(Connection(BASE, TOKEN), transport, clock=lambda: drip.now)
    with pytest.raises(TransportError, match=r"reading a: no answer from .*more than 60 s"):
        CALLS["GET"](client)
    assert drip.now <= RETRY_ATTEMPTS * (ANSWER_SECONDS + 10)


@pytest.mark.parametrize("method", REPEATABLE)
@pytest.mark.parametrize("fault", [*NOTHING_SENT, *ANSWER_LOST])
def test_a_repeatable_call_goes_again_after_a_fault_of_the_connection(
    method: str, fault: type[httpx.TransportError]
) -> None:
    script = Script(fault, fault, answer(body={"id": "x"}))
    CALLS[method](script.client())
    assert len(script.requests) == 3


@pytest.mark.parametrize("fault", [*NOTHING_SENT, *ANSWER_LOST])
def test_a_fault_that_stays_is_raised_with_the_address_and_the_attempts(
    fault: type[httpx.TransportError],
) -> None:
    script = Script(fault)
    with pytest.raises(TransportError) as error:
        CALLS["GET"](script.client())
    expected = f"reading a: no answer from {BASE}: connection fault (tried 8 times)"
    assert str(error.value) == expected
    assert type(error.value) is TransportError


def test_the_address_in_a_fault_is_the_one_that_was_asked() -> None:
    client = Script(httpx.ConnectError).client("https://global.api.konghq.com", "eu")
    with pytest.raises(TransportError, match=r"no answer from https://eu\.api\.konghq\.com:"):
        client.get("/v2/control-planes/a", "reading", regional=True)
    with pytest.raises(TransportError, match=r"no answer from https://global\.api\.konghq\.com:"):
        client.get("/v2/cloud-gateways/networks/a", "reading")


@pytest.mark.parametrize("first", [*NOTHING_SENT, answer(429)])
def test_a_post_goes_again_only_when_it_was_surely_not_done(first: Answer) -> None:
    script = Script(first, answer(201, {"id": "x"}))
    assert CALLS["POST"](script.client()) == {"id": "x"}
    assert len(script.requests) == 2


@pytest.mark.parametrize(
    "only", [*ANSWER_LOST, *(problem(status, "Oops") for status in (500, 502, 503, 504))], ids=str
)
def test_a_post_whose_answer_is_lost_is_ambiguous_and_not_sent_again(only: Answer) -> None:
    script = Script(only)
    with pytest.raises(AmbiguousWriteError, match="creating a: "):
        CALLS["POST"](script.client())
    assert len(script.requests) == 1


def test_an_ambiguous_write_is_looked_up_and_tried_four_times() -> None:
    lookups = 0
    with pytest.raises(AmbiguousWriteError):  # noqa: PT012 - the loop is what is tested
        for attempt in ambiguous_attempts():
            with attempt:
                lookups += 1
                raise AmbiguousWriteError("creating a: no answer")
    assert lookups == 4


def test_a_400_names_every_invalid_parameter() -> None:
    invalid = [
        {"field": "cidr_block", "reason": "overlaps", "rule": "invalid", "source": "body"},
        {"field": "availability_zones.0", "reason": "no such zone"},
    ]
    refusal = problem(400, "Invalid Request", "Invalid Parameters", invalid_parameters=invalid)
    with pytest.raises(BadRequestError) as error:
        CALLS["POST"](Script(refusal).client())
    assert str(error.value) == (
        "creating a: Konnect answered 400 Invalid Request: cidr_block: overlaps; "
        "availability_zones.0: no such zone (kong:trace:42)"
    )
    assert [(p.field, p.rule) for p in error.value.invalid_parameters] == [
        ("cidr_block", "invalid"),
        ("availability_zones.0", None),
    ]


def test_a_refusal_of_the_core_entities_names_its_fields_too() -> None:
    """Their error body is in no published document; it is the JSON form of a gRPC status."""
    details = [
        {"@type": "kong.admin", "type": "ERROR_TYPE_FIELD", "field": "host", "messages": ["a", "b"]}
    ]
    refusal = answer(400, {"code": 3, "message": "validation error", "details": details})
    with pytest.raises(BadRequestError) as error:
        CALLS["POST"](Script(refusal).client())
    assert str(error.value) == "creating a: Konnect answered 400 Bad Request: host: a, b"


@pytest.mark.parametrize(
    ("refusal", "message"),
    [
        (answer(404), "Konnect answered 404 Not Found"),
        (answer(401, {"message": "no", "status": 401}), "401 Unauthorized: no. Check that"),
        (answer(400, {"message": "bad"}), "Konnect answered 400 Bad Request: bad"),
        (answer(400, ["odd"]), "Konnect answered 400 Bad Request"),
        (answer(400, {"invalid_parameters": "odd"}), "Konnect answered 400 Bad Request"),
        (answer(400, {"details": ["odd", {}]}), "Konnect answered 400 Bad Request"),
        (httpx.Response(400, text="<html>"), "Konnect answered 400 Bad Request"),
        (httpx.Response(400, content=b"\xff\xfe"), "Konnect answered 400 Bad Request"),
        (problem(403, "Forbidden", "role"), "403 Forbidden: role. The token's roles do not"),
    ],
)
def test_any_error_body_makes_a_short_message(refusal: httpx.Response, message: str) -> None:
    with pytest.raises(StatusError) as error:
        CALLS["GET"](Script(refusal).client())
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_an_exhausted_quota_is_a_403_without_advice_about_roles() -> None:
    refusal = problem(403, "Quota Exceeded", "Maximum number of networks exceeded.")
    with pytest.raises(ForbiddenError) as error:
        CALLS["POST"](Script(refusal).client())
    assert "403 Quota Exceeded: Maximum number of networks exceeded." in str(error.value)
    assert "role" not in str(error.value)


NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        (format_datetime(NOW.replace(second=30), usegmt=True), 30.0),
        ("Sat, 21 Nov 2026 12:00:30", 30.0),
        ("Sat, 21 Nov 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, NOW) == seconds


@contextmanager
def recorded_waits() -> Iterator[list[float]]:
    """The pauses between attempts, which here are real."""
    waits: list[float] = []

    def record(details: RetryDetails) -> None:
        waits.append(details.wait_for)

    hooks = get_on_retry_hooks()
    stamina.set_testing(False)
    set_on_retry_hooks([record])
    try:
        yield waits
    finally:
        set_on_retry_hooks(hooks)


@pytest.mark.parametrize(
    ("header", "pause"), [("0.01", 0.01), ("0", 0.0), ("Sat, 21 Nov 2020 12:00:30 GMT", 0.0)]
)
def test_konnects_retry_after_is_waited_for_instead_of_our_own_delay(
    header: str, pause: float
) -> None:
    script = Script(answer(429, Retry_After=header), answer(503, Retry_After=header), answer())
    with recorded_waits() as waits:
        CALLS["GET"](script.client())
    assert waits == [pause, pause]


def test_a_long_pause_is_shown_while_it_lasts_and_a_short_one_is_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stamina.set_testing(False)
    monkeypatch.setattr(http, "SHOWN_PAUSE", 0.05)
    CALLS["GET"](Script(answer(429, Retry_After="0.01"), answer()).client())
    assert capsys.readouterr().err == ""
    CALLS["GET"](Script(answer(429, {"title": "Busy"}, Retry_After="0.06"), answer()).client())
    shown = "warning: reading a: Konnect answered 429 Busy. Retrying in 0 s\n"
    assert capsys.readouterr().err == shown


@every_method
def test_a_retry_after_that_is_too_long_is_not_waited_for_and_told(method: str) -> None:
    seconds = int(RETRY_AFTER_MAX) + 60
    script = Script(answer(429, Retry_After=str(seconds)))
    with pytest.raises(RateLimitedError, match="Konnect asks to wait 180 s: run it again"):
        CALLS[method](script.client())
    assert len(script.requests) == 1


def test_a_client_in_a_hurry_does_not_wait_for_a_longer_retry_after() -> None:
    script = Script(answer(429, Retry_After="60"))
    transport = httpx.MockTransport(script)
    client = Client(Connection(BASE, TOKEN), transport, retry_seconds=15)
    with pytest.raises(RateLimitedError, match="Konnect asks to wait 60 s: run it again"):
        CALLS["GET"](client)
    assert len(script.requests) == 1


def page(number: int, of: int, total: int) -> httpx.Response:
    items = [{"id": f"{number}-{index}"} for index in range(of)]
    meta = {"page": {"number": number, "size": of, "total": total}}
    return answer(body={"meta": meta, "data": items})


@pytest.mark.parametrize(
    ("pages", "count"),
    [
        ([page(1, 0, 0)], 0),
        ([page(1, 3, 3)], 3),
        ([page(1, 100, 101), page(2, 1, 101)], 101),
        # A server that keeps to smaller pages than were asked for.
        ([page(1, 2, 5), page(2, 2, 5), page(3, 1, 5)], 5),
        # Objects that vanish while they are listed: the page past the end is empty.
        ([page(1, 2, 5), page(2, 0, 5)], 2),
    ],
)
def test_numbered_pages_are_read_until_all_items_are_there_or_none_is_left(
    pages: list[httpx.Response], count: int
) -> None:
    script = Script(*pages)
    found = script.client().list_all("/v2/a", "listing", {"filter[name][eq]": "x y"})
    assert len({item["id"] for item in found}) == count
    asked = [dict(request.url.params) for request in script.requests]
    assert asked == [
        {"filter[name][eq]": "x y", "page[size]": "100", "page[number]": str(number + 1)}
        for number in range(len(pages))
    ]


def test_a_collection_that_is_not_paged_by_numbers_is_refused_and_not_read_for_ever() -> None:
    script = Script(answer(body={"data": [{"id": "a"}], "next": None}))
    with pytest.raises(ResponseError, match=r"listing: page 2 of /v2/a is page 1 again"):
        script.client().list_all("/v2/a", "listing")
    assert len(script.requests) == 2


def test_offset_pages_are_read_until_there_is_no_offset() -> None:
    script = Script(
        answer(body={"data": [{"id": "a"}], "next": "/v2/...", "offset": "t1"}),
        answer(body={"data": [], "next": "/v2/...", "offset": "t2"}),
        answer(body={"data": [{"id": "b"}], "next": None}),
    )
    found = script.client().list_entities("/v2/a", "listing", {"tags": "konnect-managed"})
    assert [item["id"] for item in found] == ["a", "b"]
    asked = [dict(request.url.params) for request in script.requests]
    first = {"tags": "konnect-managed", "size": "1000"}
    assert asked == [first, {**first, "offset": "t1"}, {**first, "offset": "t2"}]


def test_cursor_pages_are_read_until_there_is_no_next_one() -> None:
    def page(name: str, following: str | None) -> httpx.Response:
        meta = {"page": {"size": 1, "next": following, "previous": None}}
        return answer(body={"meta": meta, "data": [{"id": name}]})

    script = Script(
        page("a", "/v2/a?page[after]=dXVpZC01"),
        page("b", "/v2/a?page%5Bsize%5D=1&page%5Bafter%5D=a%2Bb%3D"),
        page("c", None),
    )
    found = script.client().list_by_cursor("/v2/a", "listing")
    assert [item["id"] for item in found] == ["a", "b", "c"]
    asked = [dict(request.url.params) for request in script.requests]
    size = {"page[size]": "100"}
    after = "page[after]"
    assert asked == [size, {**size, after: "dXVpZC01"}, {**size, after: "a+b="}]


def test_pages_of_items_are_read_until_there_is_no_next_one() -> None:
    def page(name: str, **following: str) -> httpx.Response:
        return answer(body={"items": [{"name": name}], "page": {"total_count": 3, **following}})

    script = Script(page("a", next="/v2/a?page%5Bafter%5D=t1"), page("b"))
    found = script.client().list_items("/v2/a", "listing")
    assert [item["name"] for item in found] == ["a", "b"]
    asked = [dict(request.url.params) for request in script.requests]
    size = {"page[size]": "1000"}
    assert asked == [size, {**size, "page[after]": "t1"}]
    assert Script(answer(body={})).client().list_items("/v2/a", "listing") == []


@pytest.mark.parametrize("data", [None, []])
def test_a_collection_without_entities_is_empty(data: Any) -> None:
    assert Script(answer(body={"data": data, "offset": None})).client().list_entities("/", "") == []


@pytest.mark.parametrize("body", [{}, {"data": None}, {"data": {"id": "x"}}])
def test_a_list_without_items_is_no_list(body: Any) -> None:
    with pytest.raises(ResponseError, match="listing: the answer has no list under 'data'"):
        Script(answer(body=body)).client().list_all("/v2/a", "listing")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<html>", "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
        (b"[]", "is not a JSON object"),
        (b"null", "is not a JSON object"),
    ],
)
@every_method
def test_a_success_that_konnect_does_not_document_is_told_as_such(
    method: str, content: bytes, reason: str
) -> None:
    script = Script(httpx.Response(200, content=content))
    with pytest.raises(ResponseError, match=f" a: the answer {reason}$"):
        CALLS[method](script.client())
    assert len(script.requests) == 1


def test_a_garbled_content_encoding_is_told_without_a_traceback() -> None:
    def garbled(_: httpx.Request) -> httpx.Response:
        raise httpx.DecodingError("Error -3 while decompressing data")

    with pytest.raises(TransportError, match="Error -3 while decompressing data"):
        CALLS["GET"](Script(garbled).client())
    with pytest.raises(AmbiguousWriteError):
        CALLS["POST"](Script(garbled).client())


def shown(error: BaseException) -> str:
    """Everything that a log or a traceback could show of an error and of what caused it."""
    parts: list[str] = []
    chain: BaseException | None = error
    while chain is not None:
        parts += [str(chain), repr(chain), repr(chain.args), repr(vars(chain))]
        chain = chain.__cause__ or (None if chain.__suppress_context__ else chain.__context__)
    return " ".join(parts)


ECHOES = {
    "title": TOKEN,
    "detail": f"Bearer {TOKEN}",
    "instance": TOKEN,
    "message": TOKEN,
    "invalid_parameters": [{"field": TOKEN, "reason": TOKEN, "rule": TOKEN}],
    "details": [{"field": TOKEN, "messages": [TOKEN]}],
}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429, 500, 418])
@every_method
def test_no_message_holds_the_token_whatever_konnect_echoes(method: str, status: int) -> None:
    for refusal in (
        answer(status, ECHOES),
        answer(status, {**ECHOES, "invalid_parameters": None}),
        httpx.Response(status, json=None, extensions={"reason_phrase": TOKEN.encode()}),
    ):
        with pytest.raises(ProviderError) as error:
            CALLS[method](Script(refusal).client())
        assert TOKEN not in shown(error.value)


@every_method
def test_no_message_of_a_fault_holds_the_token(method: str) -> None:
    def fault(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadError(f"illegal header {TOKEN}")

    with pytest.raises(ProviderError) as error:
        CALLS[method](Script(fault).client())
    assert TOKEN not in shown(error.value)
    assert "[redacted]" in str(error.value)


def test_a_client_shows_no_token() -> None:
    client = Script(answer()).client()
    assert TOKEN not in repr(client)
    assert TOKEN not in repr(vars(client))


def test_no_more_calls_are_under_way_at_once_than_konnect_bears() -> None:
    lock = threading.Lock()
    full = threading.Event()
    now = most = 0

    def slow(_: httpx.Request) -> httpx.Response:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
            if now == CONCURRENT_CALLS:
                full.set()
        full.wait(5)
        with lock:
            now -= 1
        return answer()

    client = Client(Connection(BASE, TOKEN), httpx.MockTransport(slow))
    threads = [
        threading.Thread(target=client.get, args=("/v2/a", "reading"))
        for _ in range(3 * CONCURRENT_CALLS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == CONCURRENT_CALLS
