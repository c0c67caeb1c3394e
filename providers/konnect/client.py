"""The HTTP client of the Konnect APIs: one place for hosts, retries, limits and errors.

Konnect answers on one global host (cloud gateways) and one host per geo (control planes
and their entities). A server URL that is not Kong's own is one base URL for every call,
so that a proxy or a simulator sees all of them; the Terraform provider does not do this.
"""

from __future__ import annotations

import functools
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import httpx
import pulumi
import stamina
from stamina.instrumentation import RetryDetails, set_on_retry_hooks

from providers.base.errors import (
    AmbiguousWriteError,
    ConfigurationError,
    ResponseError,
    StatusError,
    TransportError,
    redact,
    status_error,
)
from providers.konnect.vocabulary import Geo

Json = dict[str, Any]

DEFAULT_SERVER_URL: Final = "https://global.api.konghq.com"
DEFAULT_GEO: Final = "us"

REQUEST_TIMEOUT: Final = httpx.Timeout(30.0, connect=10.0)
"""Seconds without a sign of life."""
ANSWER_SECONDS: Final = 60.0
"""For one whole answer: no server can hang a run, not even one that sends a byte at a time."""
RETRY_ATTEMPTS: Final = 8
RETRY_SECONDS: Final = 120.0
"""All attempts of one call together."""
RETRY_AFTER_MAX: Final = 120.0
"""A longer Retry-After is not waited for: the error says so instead."""
CONCURRENT_CALLS: Final = 4
"""Per process. Four parallel writers are what Konnect is known to bear without 429s."""
PAGE_SIZE: Final = 100
SHOWN_PAUSE: Final = 3.0
"""Seconds before another attempt, from which on the pause is shown."""

_KONG_HOST = ".api.konghq.com"
_RETRY_STATUS = frozenset({429, 500, 502, 503, 504})
_limiter = threading.BoundedSemaphore(CONCURRENT_CALLS)


def _say(details: RetryDetails) -> None:
    """Show what is being waited for, where it takes so long that somebody wonders."""
    if details.wait_for >= SHOWN_PAUSE:
        pulumi.log.warn(f"{details.caused_by}. Asking again in {details.wait_for:.0f} s")


set_on_retry_hooks([_say])


@dataclass(frozen=True)
class Connection:
    """Where Konnect is and who asks.

    ``token`` is a personal (``kpat_``) or system account (``spat_``) access token and is
    kept out of ``repr``. ``server_url`` is any base URL, without a path. ``geo`` is one of
    ``us eu au me in sg`` and picks the host of control planes and their entities.
    """

    server_url: str = DEFAULT_SERVER_URL
    token: str | None = field(default=None, repr=False)
    geo: str = DEFAULT_GEO

    @classmethod
    def resolve(
        cls,
        token: str | None = None,
        server_url: str | None = None,
        geo: str | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> Connection:
        """Fill what is not given from the official provider's environment variables.

        ``KONNECT_TOKEN`` before ``KONNECT_SPAT``, and ``KONNECT_SERVER_URL``. Raises
        ConfigurationError for a URL that is none or a geo that Konnect does not have.
        """
        env = os.environ if environ is None else environ
        url = (server_url or env.get("KONNECT_SERVER_URL") or DEFAULT_SERVER_URL).rstrip("/")
        host = _base_host(url)
        if host is None:
            raise ConfigurationError(
                f"server_url {url!r} is not a base URL such as {DEFAULT_SERVER_URL}"
            )
        if geo is None:
            label = host.removesuffix(_KONG_HOST)
            geo = label if label in list(Geo) else DEFAULT_GEO
        if geo not in list(Geo):
            raise ConfigurationError(f"geo {geo!r} is none of Konnect's: {', '.join(list(Geo))}")
        return cls(url, token or env.get("KONNECT_TOKEN") or env.get("KONNECT_SPAT"), geo)

    def base_url(self, *, regional: bool) -> str:
        """The host for a call: Kong's own is derived, any other is honoured as it is."""
        host = urlsplit(self.server_url).hostname or ""
        if not host.endswith(_KONG_HOST):
            return self.server_url
        return f"https://{self.geo if regional else 'global'}{_KONG_HOST}"

    @property
    def authorization(self) -> str:
        """The header value. Raises ConfigurationError when there is no token."""
        return f"Bearer {self.require_token()}"

    def require_token(self) -> str:
        """The token. Raises ConfigurationError when there is none."""
        if not self.token:
            raise ConfigurationError(
                "no Konnect token: set KONNECT_TOKEN (or KONNECT_SPAT), or run "
                "`pulumi config set --secret konnect:token`"
            )
        return self.token


def _base_host(url: str) -> str | None:
    """The host of a base URL; None when ``url`` is no such thing."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # Is parsed only now, and may be no number.
    except ValueError:
        return None
    bare = not (parts.path or parts.query or parts.fragment)
    return parts.hostname if bare and parts.scheme in ("http", "https") else None


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


class Client:
    """Typed verbs on Konnect. Thread-safe; one per connection and process.

    Raises the exceptions of ``errors``. 400s surface at once; 429, 5xx and connection
    faults are retried with growing, jittered delay; 409 never is.
    """

    def __init__(
        self,
        connection: Connection,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.connection = connection
        self._http = httpx.Client(transport=transport, timeout=REQUEST_TIMEOUT)
        self._clock = clock

    def get(self, path: str, action: str, *, regional: bool = False, **params: str) -> Json:
        """GET one object."""
        return self._call("GET", path, action, regional=regional, params=params)

    def post(self, path: str, action: str, body: Json, *, regional: bool = False) -> Json:
        """POST. Raises AmbiguousWriteError when the answer was lost on the way."""
        return self._call("POST", path, action, regional=regional, body=body)

    def put(self, path: str, action: str, body: Json, *, regional: bool = False) -> Json:
        """PUT, which is repeatable everywhere in Konnect."""
        return self._call("PUT", path, action, regional=regional, body=body)

    def patch(self, path: str, action: str, body: Json, *, regional: bool = False) -> Json:
        """PATCH with the changed fields only."""
        return self._call("PATCH", path, action, regional=regional, body=body)

    def delete(self, path: str, action: str, *, regional: bool = False) -> None:
        """DELETE."""
        self._call("DELETE", path, action, regional=regional)

    def list_all(
        self,
        path: str,
        action: str,
        query: Mapping[str, str] | None = None,
        *,
        regional: bool = False,
    ) -> list[Json]:
        """All items of a collection paged by ``page[number]``.

        The total is of items, not of pages, and a page past the end is empty: reading ends
        at whichever comes first.
        """
        items: list[Json] = []
        for number in range(1, 10_000):
            page = {"page[size]": str(PAGE_SIZE), "page[number]": str(number)}
            params = {**(query or {}), **page}
            answer = self._call("GET", path, action, regional=regional, params=params)
            data = _listed(answer, action)
            items += data
            total = answer.get("meta", {}).get("page", {}).get("total", 0)
            if not data or len(items) >= total:
                break
        return items

    def list_entities(
        self, path: str, action: str, query: Mapping[str, str] | None = None
    ) -> list[Json]:
        """All items of a core-entities collection, which is paged by an opaque ``offset``."""
        items: list[Json] = []
        params = {**(query or {}), "size": "1000"}
        while True:
            answer = self._call("GET", path, action, regional=True, params=params)
            items += answer.get("data") or []
            offset = answer.get("offset")
            if not offset:
                return items
            params["offset"] = str(offset)

    def list_by_cursor(self, path: str, action: str, *, regional: bool = False) -> list[Json]:
        """All items of a collection paged by ``page[after]``.

        `meta.page.next` is the path of the next page and holds the cursor; null on the last one.
        """
        items: list[Json] = []
        params = {"page[size]": str(PAGE_SIZE)}
        while True:
            answer = self._call("GET", path, action, regional=regional, params=params)
            items += _listed(answer, action)
            following = answer["meta"]["page"]["next"]  # Without it, members would seem gone.
            if following is None:
                return items
            params["page[after]"] = parse_qs(urlsplit(following).query)["page[after]"][0]

    def public(self, path: str, action: str) -> Json:
        """GET something that needs no token (the availability document)."""
        return self._call("GET", path, action, regional=False, authorized=False)

    def _call(
        self,
        method: str,
        path: str,
        action: str,
        *,
        regional: bool,
        body: Json | None = None,
        params: Mapping[str, str] | None = None,
        authorized: bool = True,
    ) -> Json:
        headers = {"Accept": "application/json, application/problem+json"}
        if authorized:
            headers["Authorization"] = self.connection.authorization
        base = self.connection.base_url(regional=regional)
        send = functools.partial(
            self._send,
            method,
            base + path,
            json=body,
            params=params or None,
            headers=headers,
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
            return self._json(response, action)
        after = retry_after(response.headers.get("Retry-After"))
        too_long = after is not None and after > RETRY_AFTER_MAX
        error = self._status_error(response, action, number, after if too_long else None)
        if response.status_code not in _RETRY_STATUS:
            raise error
        if method == "POST" and response.status_code != 429:
            raise AmbiguousWriteError(str(error)) from None
        if too_long:
            raise error
        raise _Retry(error, after)

    def _fault(self, action: str, base: str, fault: httpx.RequestError, number: int) -> str:
        reason = redact(str(fault) or type(fault).__name__, self._secrets)
        tried = f" (tried {number} times)" if number > 1 else ""
        return f"{action}: no answer from {base}: {reason}{tried}"

    def _status_error(
        self, response: httpx.Response, action: str, number: int, wait: float | None
    ) -> StatusError:
        # Redacted before it is read: whatever part of it is shown, there is no token in it.
        try:
            body: object = json.loads(redact(response.text, self._secrets))
        except ValueError:
            body = None
        reason = redact(response.reason_phrase, self._secrets)
        return status_error(action, response.status_code, body, reason, number, wait)

    @property
    def _secrets(self) -> tuple[str, ...]:
        return (self.connection.token,) if self.connection.token else ()

    @staticmethod
    def _json(response: httpx.Response, action: str) -> Json:
        if response.status_code == 204 or not response.content:
            return {}
        try:
            body = response.json()
        except ValueError:
            raise ResponseError(f"{action}: the answer is not JSON") from None
        if not isinstance(body, dict):
            raise ResponseError(f"{action}: the answer is not a JSON object")
        return body


def _listed(answer: Json, action: str) -> list[Json]:
    data = answer.get("data")
    if not isinstance(data, list):
        raise ResponseError(f"{action}: the answer has no list under 'data'")
    return data


_clients: dict[Connection, Client] = {}
_clients_lock = threading.Lock()


def client_for(connection: Connection) -> Client:
    """The one client of this process for a connection."""
    with _clients_lock:
        if connection not in _clients:
            _clients[connection] = Client(connection)
        return _clients[connection]


def use_client(client: Client) -> None:
    """Make ``client`` the one of this process for its connection (another transport, say)."""
    with _clients_lock:
        _clients[client.connection] = client


def ambiguous_attempts() -> Iterator[stamina.Attempt]:
    """Attempts for a POST whose answer may get lost: the caller looks it up in each."""
    yield from stamina.retry_context(
        on=AmbiguousWriteError, attempts=4, timeout=RETRY_SECONDS, wait_initial=1.0, wait_max=20.0
    )
