"""HTTP with retries and limits, the same for the API of every vendor.

A 4xx surfaces at once. 429, 5xx and connection faults are retried with growing, jittered delay,
and Retry-After is honoured. 409 is never retried. A POST whose answer was lost is an error of its
own: only the caller can look up whether the object is there.
"""

from __future__ import annotations

import functools
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar, Final

import httpx
import pulumi
import stamina
from stamina.instrumentation import RetryDetails, set_on_retry_hooks

from providers.base.errors import (
    AmbiguousWriteError,
    ResponseError,
    StatusError,
    TransportError,
    redact,
)

Json = dict[str, Any]

REQUEST_TIMEOUT: Final = httpx.Timeout(30.0, connect=10.0)
"""Seconds without a sign of life."""
ANSWER_SECONDS: Final = 60.0
"""Seconds for one whole answer. A server that sends a byte at a time cannot hang a run."""
RETRY_ATTEMPTS: Final = 8
RETRY_SECONDS: Final = 120.0
"""Seconds for all attempts of one call together."""
RETRY_AFTER_MAX: Final = 120.0
"""Seconds. A longer Retry-After is not waited for; the error tells it."""
CONCURRENT_CALLS: Final = 4
"""Calls at a time of one process. Four parallel writers get no 429 from Konnect."""
SHOWN_PAUSE: Final = 3.0
"""Seconds. A pause this long before another attempt is shown."""

_RETRY_STATUS = frozenset({429, 500, 502, 503, 504})
_limiter = threading.BoundedSemaphore(CONCURRENT_CALLS)


def _show_pause(details: RetryDetails) -> None:
    """Tell what is being waited for, where the wait is long enough to be noticed."""
    if details.wait_for >= SHOWN_PAUSE:
        pulumi.log.warn(f"{details.caused_by}. Asking again in {details.wait_for:.0f} s")


set_on_retry_hooks([_show_pause])


class _Retry(Exception):
    """An answer or a fault that another attempt may mend."""

    def __init__(self, error: Exception, after: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.after = after


def _backoff(error: Exception) -> bool | float:
    if not isinstance(error, _Retry):
        return False
    return True if error.after is None else error.after


def retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """Seconds that a Retry-After header asks for (seconds or an HTTP date), or None."""
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return max(0.0, (at - (now or datetime.now(UTC))).total_seconds())


class Answer(dict[str, Any]):
    """A JSON object of an answer. What it lacks is the service's fault, and said so."""

    def __missing__(self, key: str) -> Any:
        raise ResponseError(f"the answer has no {key!r}, which the API documents")


class HttpClient:
    """JSON over HTTP. Thread-safe. Raises the exceptions of ``errors``.

    A vendor's client subclasses it: ``service`` is the vendor's name in messages, ``secrets`` are
    the texts that no message may hold, and ``status_error`` reads the vendor's error bodies.
    """

    service: ClassVar[str]

    def __init__(
        self,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http = httpx.Client(transport=transport, timeout=REQUEST_TIMEOUT)
        self._clock = clock

    @property
    def secrets(self) -> tuple[str, ...]:
        """Texts that no message may hold."""
        raise NotImplementedError

    def status_error(
        self, status: int, body: object, action: str, reason: str, advice: str
    ) -> StatusError:
        """The exception for an answer that is no success.

        ``body`` is the decoded JSON, or None when it is none. ``reason`` is HTTP's reason phrase.
        ``advice`` tells about attempts and pauses, and may be empty.
        """
        raise NotImplementedError

    def request(
        self,
        method: str,
        base: str,
        path: str,
        action: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
        body: Json | None = None,
    ) -> Json:
        """Send a request until it is answered for good, and return the JSON object of the answer.

        ``action`` begins every message: ``creating control plane 'orders'``. Raises StatusError,
        TransportError, AmbiguousWriteError (a POST whose answer was lost) and ResponseError.
        """
        send = functools.partial(
            self._send, method, base + path, json=body, params=params or None, headers=headers
        )
        attempts = stamina.retry_context(
            on=_backoff,
            attempts=RETRY_ATTEMPTS,
            timeout=RETRY_SECONDS,
            wait_initial=0.5,
            wait_max=20.0,
            wait_jitter=1.0,
        )
        try:
            for attempt in attempts:
                with attempt:
                    return self._once(method, action, base, send, attempt.num)
        except _Retry as last:
            raise last.error from None
        raise AssertionError("the retry loop ends by return or raise")

    def _send(self, method: str, url: str, **request: Any) -> httpx.Response:
        """Send and read the whole answer, within the time that an answer may take."""
        began = self._clock()
        parts = []
        with self._http.stream(method, url, **request) as response:
            for part in response.iter_bytes():
                if self._clock() - began > ANSWER_SECONDS:
                    raise httpx.ReadTimeout(f"its answer took more than {ANSWER_SECONDS:.0f} s")
                parts.append(part)
        headers = [(k, v) for k, v in response.headers.items() if k != "content-encoding"]
        return httpx.Response(
            response.status_code,
            headers=headers,
            content=b"".join(parts),
            extensions=response.extensions,
        )

    def _once(
        self, method: str, action: str, base: str, send: Callable[[], httpx.Response], number: int
    ) -> Json:
        try:
            with _limiter:
                response = send()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as fault:
            # Nothing was sent, so even a POST may go again.
            raise _Retry(TransportError(self._fault(action, base, fault, number))) from None
        except httpx.RequestError as fault:
            message = self._fault(action, base, fault, number)
            if method == "POST":
                raise AmbiguousWriteError(message) from None
            raise _Retry(TransportError(message)) from None
        if response.is_success:
            return _json(response, action)
        after = retry_after(response.headers.get("Retry-After"))
        too_long = after is not None and after > RETRY_AFTER_MAX
        error = self._refusal(response, action, number, after if too_long else None)
        if response.status_code not in _RETRY_STATUS:
            raise error
        if method == "POST" and response.status_code != 429:
            raise AmbiguousWriteError(str(error)) from None
        if too_long:
            raise error
        raise _Retry(error, after)

    def _fault(self, action: str, base: str, fault: httpx.RequestError, number: int) -> str:
        reason = redact(str(fault) or type(fault).__name__, self.secrets)
        tried = f" (tried {number} times)" if number > 1 else ""
        return f"{action}: no answer from {base}: {reason}{tried}"

    def _refusal(
        self, response: httpx.Response, action: str, number: int, wait: float | None
    ) -> StatusError:
        # Redacted before it is read: whatever part of it is shown, there is no secret in it.
        try:
            body: object = json.loads(redact(response.text, self.secrets))
        except ValueError:
            body = None
        reason = redact(response.reason_phrase, self.secrets)
        advice = []
        if number > 1:
            advice.append(f"Tried {number} times")
        if wait is not None:
            advice.append(f"{self.service} asks to wait {wait:.0f} s: run it again after that")
        return self.status_error(response.status_code, body, action, reason, ". ".join(advice))


def _json(response: httpx.Response, action: str) -> Json:
    if response.status_code == 204 or not response.content:
        return Answer()
    try:
        body = response.json(object_hook=Answer)
    except ValueError:
        raise ResponseError(f"{action}: the answer is not JSON") from None
    if not isinstance(body, dict):
        raise ResponseError(f"{action}: the answer is not a JSON object")
    return body


def ambiguous_attempts() -> Iterator[stamina.Attempt]:
    """Attempts for a POST whose answer may get lost. The caller looks the object up in each."""
    yield from stamina.retry_context(
        on=AmbiguousWriteError, attempts=4, timeout=RETRY_SECONDS, wait_initial=1.0, wait_max=20.0
    )
