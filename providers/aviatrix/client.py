"""Client of an Aviatrix controller: login, calls by form, JSON, query and file, and tasks.

Every call goes to `/v2/api` and names its action. The controller answers 200 with
`{"return", "results", "reason"}` whether it did it or not. A session ends after a time, on a
restart of the controller, or by a logout: the client then logs in again and repeats the call, which
the controller did not do. Source: the client of Aviatrix's Terraform provider, 10.0.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpx
import stamina

from providers.aviatrix.connection import Connection
from providers.aviatrix.errors import SESSION_ENDED, MissingError, RefusedError, refused
from providers.base import readiness
from providers.base.clients import Clients
from providers.base.errors import (
    AmbiguousWriteError,
    DeadlineError,
    FailedStateError,
    ResponseError,
    StatusError,
    TransportError,
    error_class,
    redact,
)
from providers.base.http import RETRY_SECONDS, HttpClient, Json, ambiguous_attempts

API_PATH: Final = "/v2/api"
LOGIN_ATTEMPTS: Final = 2
"""Logins for one call. If the session ends again at once, something else is wrong."""
SLOW_SECONDS: Final = 1800.0
"""Seconds for the answer to a write. The controller answers some only when all is done."""
LIST_SECONDS: Final = 20.0
"""Seconds for which the reads of one refresh share the answer of a list call."""
HELD_SECONDS: Final = 30.0
"""Seconds after which a call has reached the controller, although its answer is lost."""
FINISH_SECONDS: Final = 900.0
"""Seconds that the controller may take for it then. Source: Aviatrix, 15 minutes for attaching."""
NOT_UP_ATTEMPTS: Final = 8
"""Attempts of a call that needs a gateway which is not up yet."""
IN_PROGRESS: Final = "REQUEST_IN_PROGRESS"


@dataclass(frozen=True)
class Task:
    """What became of an asynchronous call: running, done, or failed with a reason."""

    state: str
    reason: str = ""


class Client(HttpClient):
    """Calls to a controller. One client per connection and process. Thread-safe.

    ``doing`` begins every message: ``creating transit gateway 'hub'``. Raises RefusedError
    (MissingError when the object does not exist) and the errors of ``HttpClient.request``.
    """

    service = "the Aviatrix controller"
    certificate_advice = (
        "To trust a certificate that no public authority signed, give the file with it as "
        "path_to_ca_certificate (in a fabric: ca_certificate)"
    )

    def __init__(
        self,
        connection: Connection,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        super().__init__(transport, clock, retry_seconds, connection.trust())
        self.connection = connection
        self._session = ""
        self._login_lock = threading.Lock()
        self._lists: dict[tuple[tuple[str, str], ...], tuple[float, Any]] = {}
        self._list_lock = threading.Lock()

    def form(self, api_action: str, doing: str, fields: Mapping[str, object]) -> Any:
        """A form. Returns ``results``."""
        return self._write(doing, api_action, lambda body: {"form": _texts(body)}, fields)

    def files(
        self,
        api_action: str,
        doing: str,
        fields: Mapping[str, object],
        files: Mapping[str, tuple[str, bytes]],
    ) -> Any:
        """A multipart form with files by field: the file's name and content."""
        return self._write(
            doing, api_action, lambda body: {"form": _texts(body), "files": files}, fields
        )

    def json(self, api_action: str, doing: str, fields: Mapping[str, object]) -> Any:
        """A JSON body. The controller answers when all is done, which may take 15 minutes."""
        return self._write(doing, api_action, lambda body: {"body": dict(body)}, fields)

    def query(self, api_action: str, doing: str, fields: Mapping[str, object] | None = None) -> Any:
        """Read by a GET. Returns ``results``."""
        wanted = {"action": api_action, **(fields or {})}
        return self._envelope(doing, "GET", lambda body: {"params": _texts(body)}, wanted)

    def listed(
        self, api_action: str, doing: str, fields: Mapping[str, object] | None = None
    ) -> Any:
        """Read a list. Calls within LIST_SECONDS share one answer until this client writes."""
        key = tuple(sorted(_texts({"action": api_action, **(fields or {})}).items()))
        with self._list_lock:
            at, answer = self._lists.get(key, (float("-inf"), None))
            if self._clock() - at > LIST_SECONDS:
                answer = self.query(api_action, doing, fields)
                self._lists[key] = self._clock(), answer
        return answer

    def start(self, api_action: str, doing: str, fields: Mapping[str, object]) -> str:
        """Begin an asynchronous call. Returns the id of its task."""
        results = self.form(api_action, doing, {**fields, "async": True})
        task = results.get("request_id") if isinstance(results, dict) else results
        if not task:
            raise ResponseError(f"{doing}: the answer names no task")
        return str(task)

    def task(self, task_id: str) -> Task:
        """The state of a task. A controller that does not answer may still be at it."""
        doing = f"asking for task {task_id}"
        fields = {"action": "check_task_status", "request_id": task_id}
        try:
            self._envelope(doing, "POST", lambda body: {"form": _texts(body)}, fields)
        except RefusedError as error:
            running = error.reason in ("", IN_PROGRESS)
            return Task("running") if running else Task("failed", error.reason)
        except (TransportError, ResponseError) as error:
            return Task("running", str(error))
        return Task("done")

    def finish(self, task_id: str, doing: str, timeout: float) -> None:
        """Block until a task is done. Only deletes wait this way.

        Raises MissingError or FailedStateError with the controller's reason, or DeadlineError.
        """

        def obstacle() -> str | None:
            task = self.task(task_id)
            if task.state == "failed":
                error = refused(doing, task.reason)
                raise error if isinstance(error, MissingError) else FailedStateError(str(error))
            return f"task {task_id} is running" if task.state == "running" else None

        readiness.until(obstacle, doing, timeout, self._clock)
        self._forget_lists()

    def when_up(self, call: Callable[[], Any]) -> Any:
        """``call``, again and again while the controller says that its gateway is not up."""

        def starting(error: Exception) -> bool:
            return isinstance(error, RefusedError) and "is not up" in error.reason

        attempts = stamina.retry_context(
            on=starting, attempts=NOT_UP_ATTEMPTS, timeout=None, wait_initial=1.0, wait_max=60.0
        )
        for attempt in attempts:
            with attempt:
                return call()
        raise AssertionError("the retry loop ends by return or raise")

    def until_seen(self, call: Callable[[], Any], seen: Callable[[], bool], doing: str) -> None:
        """``call``, which may take minutes. If a proxy ends it meanwhile: wait until ``seen``.

        The controller goes on without its caller. Raises AmbiguousWriteError when the answer is
        lost at once, and when the object is not seen within FINISH_SECONDS.
        """
        began = self._clock()
        try:
            call()
        except AmbiguousWriteError as lost:
            if self._clock() - began < HELD_SECONDS:
                raise
            try:
                readiness.until(
                    lambda: None if seen() else "no list shows it",
                    doing,
                    FINISH_SECONDS,
                    self._clock,
                )
            except DeadlineError:
                raise lost from None

    @property
    def secrets(self) -> tuple[str, ...]:
        found = (self.connection.password, self._session)
        return tuple(text for text in found if text)

    def status_error(
        self, status: int, body: object, action: str, reason: str, advice: str
    ) -> StatusError:
        """The exception for an HTTP error: of a proxy, or of a controller that restarts."""
        said = body if isinstance(body, dict) else {}
        return error_class(status)(
            action,
            status,
            reason or "error",
            detail=str(said.get("message") or said.get("reason") or ""),
            advice=advice,
            service=self.service,
        )

    def _write(
        self,
        doing: str,
        api_action: str,
        encode: Callable[[Mapping[str, object]], Json],
        fields: Mapping[str, object],
    ) -> Any:
        wanted = {"action": api_action, **fields}
        try:
            return self._envelope(doing, "POST", encode, wanted, SLOW_SECONDS)
        finally:
            self._forget_lists()

    def _forget_lists(self) -> None:
        """Forget the lists, also the answer of a call that began before the write."""
        with self._list_lock:
            self._lists.clear()

    def _envelope(
        self,
        doing: str,
        method: str,
        encode: Callable[[Mapping[str, object]], Json],
        fields: Mapping[str, object],
        seconds: float | None = None,
    ) -> Any:
        """Send a call in a session. Log in where there is none, or when the controller ended it.

        ``seconds`` is the time for the answer, if it may take longer than other answers.
        """
        for attempt in range(LOGIN_ATTEMPTS + 1):
            session = self._session or self._login(doing, "")
            request = encode({**fields, "CID": session})
            answer = self._send_call(doing, method, request, seconds)
            try:
                return _results(answer, doing, (*self.secrets, session))
            except RefusedError as error:
                ended = _session_ended(str(answer.get("reason") or ""), session)
                if not ended or attempt == LOGIN_ATTEMPTS:
                    raise error from None
            self._login(doing, session)
        raise AssertionError("the loop ends by return or raise")

    def _login(self, doing: str, ended: str) -> str:
        """A session other than ``ended``. Threads whose session ended share one login."""
        with self._login_lock:
            if self._session == ended:
                try:
                    for attempt in ambiguous_attempts():
                        with attempt:
                            self._session = self._new_session(doing)
                except AmbiguousWriteError as lost:
                    # A session too many does no harm, and the call itself was not sent.
                    raise TransportError(str(lost)) from None
            return self._session

    def _new_session(self, doing: str) -> str:
        username, password = self.connection.require_credentials()
        asked = {"action": "get_api_token", "log_enable": "true"}
        answer = self._send_call(doing, "GET", {"form": asked})
        token = str(_results(answer, doing, self.secrets)["api_token"])
        form = {"action": "login", "username": username, "password": password}
        answer = self._send_call(doing, "POST", {"form": form}, key=token)
        try:
            _results(answer, doing, (*self.secrets, token))
        except RefusedError as error:
            raise RefusedError(
                doing,
                f"{error.reason.removesuffix('.')} (login of {username!r}). Check "
                "AVIATRIX_USERNAME and AVIATRIX_PASSWORD",
            ) from None
        return str(answer["CID"])

    def _send_call(
        self, doing: str, method: str, request: Json, seconds: float | None = None, key: str = ""
    ) -> Json:
        headers = {"Accept": "application/json", **({"X-Access-Key": key} if key else {})}
        base = self.connection.base_url
        return self.request(
            method, base, API_PATH, doing, headers=headers, seconds=seconds, **request
        )


def _results(answer: Json, doing: str, secrets: Sequence[str]) -> Any:
    """The results of an answer. Raises RefusedError with the reason, without secrets."""
    done = answer.get("return")
    if done is True:
        return answer.get("results")
    if done is not False:
        raise ResponseError(f"{doing}: the answer does not tell whether it was done")
    raise refused(doing, redact(str(answer.get("reason") or ""), secrets))


def _session_ended(reason: str, session: str) -> bool:
    ended = any(text in reason for text in SESSION_ENDED)
    return ended or f"Session {session} expired" in reason


def _texts(fields: Mapping[str, object]) -> dict[str, str]:
    """Fields as a form takes them. None is left out."""
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in fields.items()
        if value is not None
    }


_clients: Clients[Connection, Client] = Clients(Client)


def client_for(connection: Connection) -> Client:
    """The client for a connection. One per process."""
    return _clients.of(connection)


def use_client(client: Client) -> None:
    """Use ``client`` for its connection in this process (to set another transport, say)."""
    _clients.use(client.connection, client)
