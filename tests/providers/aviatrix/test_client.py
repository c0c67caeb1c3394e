"""The client as a table of answers: sessions, forms, JSON, queries, files, tasks, refusals."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from providers.aviatrix.client import LOGIN_ATTEMPTS, NOT_UP_ATTEMPTS, Client, Task
from providers.aviatrix.connection import Connection
from providers.aviatrix.errors import MissingError, RefusedError
from providers.base.errors import (
    AmbiguousWriteError,
    ConfigurationError,
    FailedStateError,
    NotFoundError,
    ProviderError,
    ResponseError,
    TransportError,
)
from tests.providers.aviatrix.controller import PASSWORD, TOKEN, Controller, done, refusal

Call = Callable[[Client], Any]

STYLES: dict[str, Call] = {
    "form": lambda client: client.form("act", "acting", {"gw": "a", "on": True, "off": None}),
    "json": lambda client: client.json("act", "acting", {"gw": "a", "on": True}),
    "query": lambda client: client.query("act", "acting", {"gw": "a", "on": True}),
    "files": lambda client: client.files(
        "act", "acting", {"gw": "a", "on": True}, {"key": ("key.json", b"{}")}
    ),
}
SENT = {
    "form": {"gw": "a", "on": "true"},
    "json": {"gw": "a", "on": True},
    "query": {"gw": "a", "on": "true"},
    "files": {"gw": "a", "on": "true", "key": "{}"},
}
every_style = pytest.mark.parametrize("style", STYLES)


@every_style
def test_a_call_logs_in_first_and_returns_the_results(style: str) -> None:
    controller = Controller(act=done({"x": 1}))
    assert STYLES[style](controller.client()) == {"x": 1}
    assert [name for name, _ in controller.calls] == ["get_api_token", "login", "act"]
    assert controller.calls[2][1] == {"CID": "session-1", **SENT[style]}


@every_style
def test_a_second_call_uses_the_session_of_the_first(style: str) -> None:
    controller = Controller(act=done())
    client = controller.client()
    for _ in range(2):
        STYLES[style](client)
    assert controller.logins == 1


@pytest.mark.parametrize(
    "marker",
    [
        "CID is invalid or expired.",
        "Invalid session. Please login again.",
        "Session session-1 expired",
    ],
)
@every_style
def test_a_session_that_ended_is_renewed_and_the_call_repeated(style: str, marker: str) -> None:
    controller = Controller(act=[refusal(marker), done("second")])
    assert STYLES[style](controller.client()) == "second"
    assert [fields["CID"] for name, fields in controller.calls if name == "act"] == [
        "session-1",
        "session-2",
    ]


def test_a_session_that_ends_again_and_again_is_an_error_without_the_session() -> None:
    controller = Controller(act=refusal("CID is invalid: session-3"))
    with pytest.raises(RefusedError, match="CID is invalid") as caught:
        STYLES["form"](controller.client())
    assert controller.logins == LOGIN_ATTEMPTS + 1
    assert "session-" not in str(caught.value)


def test_a_login_whose_answer_is_lost_is_tried_again() -> None:
    controller = Controller(login=[httpx.ReadTimeout, done("welcome", CID="session-1")], act=done())
    client = controller.client()
    assert client.form("act", "acting", {}) == "done"
    assert [name for name, _ in controller.calls] == ["get_api_token", "login"] * 2 + ["act"]


def test_a_call_that_was_not_sent_for_want_of_a_login_is_not_taken_as_sent() -> None:
    client = Controller(login=httpx.ReadTimeout, act=done()).client()
    with pytest.raises(TransportError, match="no answer") as caught:
        client.form("act", "acting", {})
    assert not isinstance(caught.value, AmbiguousWriteError)


def test_threads_whose_session_ended_share_one_login() -> None:
    controller = Controller(act=done())
    client = controller.client()
    STYLES["query"](client)
    threads = [threading.Thread(target=client._login, args=("acting", "session-1")) for _ in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert controller.logins == 2


def test_a_wrong_password_is_told_without_it() -> None:
    controller = Controller(login=refusal(f"Invalid password {PASSWORD} with {TOKEN}."))
    with pytest.raises(RefusedError, match=r"login of 'admin'.*AVIATRIX_PASSWORD") as caught:
        STYLES["form"](controller.client())
    assert PASSWORD not in str(caught.value)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    ("reason", "missing"),
    [
        ("[AVXERR-GATEWAY-0001] Gateway hub does not exist", True),
        ("FireNet vpc-1 not found in DB", True),
        ("Unrecognized firewall instance_id i-1", True),
        ("[AVXERR-TRANSIT-0001] Name hub already exists", False),
        ("", False),
    ],
)
def test_a_refusal_tells_the_reason_and_whether_the_object_is_missing(
    reason: str, missing: bool
) -> None:
    with pytest.raises(RefusedError) as caught:
        STYLES["form"](Controller(act=refusal(reason)).client())
    assert isinstance(caught.value, MissingError) is missing
    assert isinstance(caught.value, NotFoundError) is missing
    assert caught.value.reason == reason
    said = f"acting: the Aviatrix controller refused it: {reason or 'no reason'}"
    assert str(caught.value) == said


def test_an_answer_without_an_outcome_is_none_that_the_api_documents() -> None:
    with pytest.raises(ResponseError, match="does not tell whether it was done"):
        STYLES["form"](Controller(act={"results": "x"}).client())


def test_a_write_whose_answer_is_lost_is_not_repeated() -> None:
    controller = Controller(act=httpx.ReadTimeout)
    with pytest.raises(AmbiguousWriteError, match="acting"):
        STYLES["form"](controller.client())
    assert controller.actions == ["act"]


def test_a_read_is_repeated_after_a_transport_fault() -> None:
    controller = Controller(act=[httpx.ReadTimeout, done("x")])
    assert STYLES["query"](controller.client()) == "x"


def test_a_write_may_take_half_an_hour_and_a_read_may_not() -> None:
    controller = Controller(act=done())
    client = controller.client()
    STYLES["json"](client)
    STYLES["query"](client)
    timeouts = [request.extensions["timeout"]["read"] for request in controller.requests[2:]]
    assert timeouts == [1800.0, 30.0]
    assert {request.extensions["timeout"]["connect"] for request in controller.requests} == {10.0}


def test_a_question_for_a_task_is_answered_at_once_or_asked_again() -> None:
    controller = Controller(check_task_status=done())
    controller.client().task("task-1")
    assert controller.requests[-1].extensions["timeout"]["read"] == 30.0


def test_a_certificate_that_is_not_trusted_is_told_at_once_with_the_way_out() -> None:
    said = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate"

    def untrusted(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        raise httpx.ConnectError(said)

    asked: list[httpx.Request] = []
    client = Client(Connection("https://a", "admin", PASSWORD), httpx.MockTransport(untrusted))
    with pytest.raises(TransportError, match=r"self-signed certificate.*path_to_ca_certificate"):
        client.query("act", "listing")
    assert len(asked) == 1


@pytest.mark.parametrize("results", ["task-1", {"request_id": "task-1"}])
def test_an_asynchronous_call_returns_the_id_of_its_task(results: Any) -> None:
    controller = Controller(act=done(results))
    assert controller.client().start("act", "acting", {"gw": "a"}) == "task-1"
    assert controller.asked("act") == [{"gw": "a", "async": "true"}]


@pytest.mark.parametrize(
    ("answer", "task"),
    [
        (refusal("REQUEST_IN_PROGRESS"), Task("running")),
        (refusal(""), Task("running")),
        (refusal("no capacity in use2-az1"), Task("failed", "no capacity in use2-az1")),
        (done("Successfully created"), Task("done")),
    ],
)
def test_a_task_runs_or_is_done_or_failed_with_a_reason(answer: Any, task: Task) -> None:
    controller = Controller(check_task_status=answer)
    assert controller.client().task("task-1") == task
    assert controller.asked("check_task_status") == [{"request_id": "task-1"}]


@pytest.mark.parametrize(
    "answer", [httpx.ReadTimeout, httpx.ConnectError, httpx.Response(502, text="<html>bad gateway")]
)
def test_a_task_runs_while_the_controller_does_not_answer(answer: Any) -> None:
    assert Controller(check_task_status=answer).client().task("task-1").state == "running"


def test_a_delete_waits_for_its_task() -> None:
    running, finished = refusal("REQUEST_IN_PROGRESS"), done()
    controller = Controller(check_task_status=[running, finished])
    controller.client().finish("task-1", "deleting a", timeout=60.0)
    assert len(controller.asked("check_task_status")) == 2


def test_a_delete_whose_task_fails_tells_the_reason() -> None:
    controller = Controller(check_task_status=refusal("spoke a is attached"))
    with pytest.raises(FailedStateError, match=r"deleting a: .*spoke a is attached"):
        controller.client().finish("task-1", "deleting a", timeout=60.0)


def test_a_call_is_repeated_while_its_gateway_is_not_up() -> None:
    answers: list[Any] = [
        refusal("Gateway hub is not up"),
        refusal("Gateway hub is not up"),
        done("x"),
    ]
    controller = Controller(act=answers)
    client = controller.client()
    assert client.when_up(lambda: STYLES["form"](client)) == "x"
    never = Controller(act=refusal("Gateway hub is not up"))
    client = never.client()
    with pytest.raises(RefusedError, match="is not up"):
        client.when_up(lambda: STYLES["form"](client))
    assert len(never.asked("act")) == NOT_UP_ATTEMPTS


@pytest.mark.parametrize(("held", "waits"), [(60.0, True), (1.0, False)])
def test_a_long_call_that_a_proxy_ends_waits_until_the_object_is_seen(
    held: float, waits: bool
) -> None:
    now = [0.0]

    def send(request: httpx.Request) -> httpx.Response:
        if b'"action":"act"' in request.content.replace(b" ", b""):
            now[0] += held
        return controller(request)

    controller = Controller(act=httpx.Response(504, text="<html>timeout</html>"))
    connection = Connection("https://a", "admin", PASSWORD)
    client = Client(connection, httpx.MockTransport(send), lambda: now[0])
    looks: list[str] = []

    def seen() -> bool:
        looks.append("look")
        return len(looks) == 2

    def call() -> Any:
        return client.json("act", "attaching", {"gw": "a"})

    if waits:
        client.until_seen(call, seen, "attaching")
    else:
        with pytest.raises(AmbiguousWriteError, match=r"attaching.*504"):
            client.until_seen(call, seen, "attaching")
    assert len(looks) == (2 if waits else 0)
    assert controller.actions == ["act"]


def test_a_long_call_whose_object_is_never_seen_is_the_lost_answer() -> None:
    now = [0.0]

    def call() -> None:
        now[0] += 60
        raise AmbiguousWriteError("attaching: no answer")

    def seen() -> bool:
        now[0] += 1000
        return False

    client = Controller().client(lambda: now[0])
    with pytest.raises(AmbiguousWriteError, match="attaching: no answer"):
        client.until_seen(call, seen, "attaching")


def test_the_reads_of_a_refresh_share_a_list_until_a_write_or_some_seconds_later() -> None:
    controller = Controller(act=done(["a"]), write=done())
    now = [0.0]
    client = controller.client(lambda: now[0])
    for _ in range(3):
        assert client.listed("act", "listing", {"gw": "a"}) == ["a"]
    assert len(controller.asked("act")) == 1
    client.listed("act", "listing", {"gw": "b"})
    client.form("write", "writing", {})
    client.listed("act", "listing", {"gw": "a"})
    assert len(controller.asked("act")) == 3
    now[0] = 21.0
    client.listed("act", "listing", {"gw": "a"})
    assert len(controller.asked("act")) == 4


def test_a_list_that_was_read_before_a_write_is_not_kept_after_it() -> None:
    controller = Controller(act=done(["a"]), write=done())
    writing, written = threading.Event(), threading.Event()

    def send(request: httpx.Request) -> httpx.Response:
        if b"action=write" in request.content:
            written.set()
        elif b"action=act" in request.url.query and not writing.is_set():
            writing.set()
            writer.start()
            assert written.wait(60)
        return controller(request)

    client = Client(Connection("https://a", "admin", PASSWORD), httpx.MockTransport(send))
    writer = threading.Thread(target=client.form, args=("write", "writing", {}))
    client.listed("act", "listing")
    writer.join()
    client.listed("act", "listing")
    assert len(controller.asked("act")) == 2


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("203.0.113.10", "https://203.0.113.10"),
        ("controller.example.com:8443", "https://controller.example.com:8443"),
        ("http://127.0.0.1:8080/aviatrix/", "http://127.0.0.1:8080/aviatrix"),
    ],
)
def test_a_controller_is_an_address_or_a_base_url(given: str, url: str) -> None:
    assert Connection.resolve(given, environ={}).base_url == url


@pytest.mark.parametrize("given", ["http://203.0.113.10", "http://controller.example.com"])
def test_a_controller_elsewhere_gets_no_password_in_clear_text(given: str) -> None:
    with pytest.raises(ConfigurationError, match=f"clear text; write {given.replace('p:', 'ps:')}"):
        Connection.resolve(given, environ={})
    assert Connection.resolve("http://localhost:8080", environ={}).base_url.startswith("http:")


def test_missing_values_are_those_of_the_terraform_provider() -> None:
    environ = {
        "AVIATRIX_CONTROLLER_IP": "203.0.113.10",
        "AVIATRIX_USERNAME": "admin",
        "AVIATRIX_PASSWORD": PASSWORD,
    }
    connection = Connection.resolve(environ=environ)
    assert connection == Connection("https://203.0.113.10", "admin", PASSWORD)
    assert PASSWORD not in repr(connection)


def test_a_connection_without_an_address_or_a_password_says_what_to_set() -> None:
    with pytest.raises(ConfigurationError, match="AVIATRIX_CONTROLLER_IP"):
        Connection.resolve(environ={})
    with pytest.raises(ConfigurationError, match="'ftp://a' is no address"):
        Connection.resolve("ftp://a", environ={})
    with pytest.raises(ProviderError, match="AVIATRIX_PASSWORD"):
        Connection.resolve("203.0.113.10", "admin", environ={}).require_credentials()


def test_certificates_are_verified_unless_the_connection_says_otherwise(tmp_path: Path) -> None:
    assert Connection.resolve("a", environ={}).trust() is True
    assert Connection.resolve("a", verify_ssl_certificate="false", environ={}).trust() is False
    bundle = tmp_path / "ca.pem"
    bundle.write_text("nothing")
    with pytest.raises(ConfigurationError, match="no file of certificates"):
        Connection.resolve("a", path_to_ca_certificate=str(bundle), environ={}).trust()
    import certifi

    trust = Connection.resolve("a", path_to_ca_certificate=certifi.where(), environ={}).trust()
    assert isinstance(trust, ssl.SSLContext)
    assert trust.verify_mode is ssl.CERT_REQUIRED
