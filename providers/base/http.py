"""HTTP client with retries and limits, for the API of any vendor.

429, 500, 502, 503, 504 and connection faults are retried with a growing, jittered delay.
Retry-After is honoured. Every other error status is raised at once. A POST with no
response or a 5xx of these raises AmbiguousWriteError: only the caller can look up whether the
object was created.
"""

from __future__ import annotations

import functools
import json
import ssl
import threading
import time
from abc import ABC, abstractmethod
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
"""Seconds without data. Connecting: 10 seconds."""
ANSWER_SECONDS: Final = 60.0
"""Seconds for one whole response, so that a server that sends single bytes cannot hang a run."""
RETRY_ATTEMPTS: Final = 8
RETRY_SECONDS: Final = 120.0
"""Seconds for all attempts of one call."""
RETRY_AFTER_MAX: Final = 120.0
"""Seconds. A longer Retry-After is not waited for: the error names it."""
CONCURRENT_CALLS: Final = 4
"""Concurrent calls of one process. Four parallel writers get no 429 from Konnect."""
SHOWN_PAUSE: Final = 3.0
"""Seconds. A pause of this length or more before a retry is logged."""

_RETRY_STATUS = frozenset({429, 500, 502, 503, 504})
_limiter = threading.BoundedSemaphore(CONCURRENT_CALLS)


def _show_pause(details: RetryDetails) -> None:
    """Log the reason for a retry whose pause is long enough to be noticed."""
    if details.wait_for >= SHOWN_PAUSE:
        pulumi.log.warn(f"{details.caused_by}. Retrying in {details.wait_for:.0f} s")


set_on_retry_hooks([_show_pause])


class _Retry(Exception):
    """A response or a fault that is worth a retry."""

    def __init__(self, error: Exception, after: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.after = after


def _backoff(error: Exception) -> bool | float:
    if not isinstance(error, _Retry):
        return False
    return True if error.after is None else error.after


def retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """The seconds in a Retry-After header (a number or an HTTP date), or None."""
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
    """A JSON object of a response. A missing key raises ResponseError."""

    def __missing__(self, key: str) -> Any:
        raise ResponseError(f"the answer has no {key!r}, which the API documents")


class HttpClient(ABC):
    """Client for JSON over HTTP. Thread-safe. Raises the exceptions of ``errors``.

    Each vendor has a subclass. ``service`` is the vendor's name in messages. ``secrets`` are texts
    that no message may hold. ``status_error`` reads the vendor's error bodies. ``retry_seconds`` is
    the time for all attempts of one call; a longer Retry-After is not waited for. ``verify`` are
    the certificates to trust; by default those that come with Python's certifi.
    """

    service: ClassVar[str]
    certificate_advice: ClassVar[str] = ""
    """What to do when the certificate of the service is not trusted."""

    def __init__(
        self,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        retry_seconds: float = RETRY_SECONDS,
        verify: ssl.SSLContext | bool = True,
    ) -> None:
        self._http = httpx.Client(transport=transport, timeout=REQUEST_TIMEOUT, verify=verify)
        self._clock = clock
        self._retry_seconds = retry_seconds

    @property
    @abstractmethod
    def secrets(self) -> tuple[str, ...]:
        """Texts that no message may hold."""

    @abstractmethod
    def status_error(
        self, status: int, body: object, action: str, reason: str, advice: str
    ) -> StatusError:
        """The exception for an error response.

        ``body`` is the decoded JSON, or None when the body is not JSON. ``reason`` is the HTTP
        reason phrase. ``advice`` names attempts and pauses, and may be empty.
        """

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
        form: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes]] | None = None,
        seconds: float | None = None,
    ) -> Json:
        """Send a request, retry it where that helps, and return the JSON object of the response.

        ``action`` begins every message: ``creating control plane 'orders'``. The body is JSON
        (``body``), a form (``form``), or a form with files by name and content (``files``).
        ``seconds`` is the time for one response, if it may take longer than ANSWER_SECONDS. Raises
        StatusError, TransportError, AmbiguousWriteError (a POST whose response was lost) and
        ResponseError.
        """
        request: dict[str, Any] = {"headers": headers, "params": params or None}
        if seconds is not None:
            request["timeout"] = httpx.Timeout(seconds, connect=10.0)
        send = functools.partial(
            self._send,
            seconds or ANSWER_SECONDS,
            method,
            base + path,
            json=body,
            data=form,
            files=files,
            **request,
        )
        attempts = stamina.retry_context(
            on=_backoff,
            attempts=RETRY_ATTEMPTS,
            timeout=self._retry_seconds,
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

    def _send(self, seconds: float, method: str, url: str, **request: Any) -> httpx.Response:
        """Send a request and read the whole response within ``seconds``."""
        began = self._clock()
        parts = []
        with self._http.stream(method, url, **request) as response:
            for part in response.iter_bytes():
                if self._clock() - began > seconds:
                    raise httpx.ReadTimeout(f"its answer took more than {seconds:.0f} s")
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
            said = self._fault(action, base, fault, number)
            if "CERTIFICATE_VERIFY_FAILED" in said:  # It will not be another one soon.
                advice = self.certificate_advice
                raise TransportError(f"{said}. {advice}" if advice else said) from None
            # Nothing was sent, so even a POST may be retried.
            raise _Retry(TransportError(said)) from None
        except httpx.RequestError as fault:
            message = self._fault(action, base, fault, number)
            if method == "POST":
                raise AmbiguousWriteError(message) from None
            raise _Retry(TransportError(message)) from None
        if response.is_success:
            return _json(response, action)
        after = retry_after(response.headers.get("Retry-After"))
        too_long = after is not None and after > min(RETRY_AFTER_MAX, self._retry_seconds)
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
        # Redacted before it is parsed, so that no part of it can show a secret.
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
    """Attempts for a POST whose response may be lost. In each the caller looks for the object."""
    yield from stamina.retry_context(
        on=AmbiguousWriteError, attempts=4, timeout=RETRY_SECONDS, wait_initial=1.0, wait_max=20.0
    )
