"""HTTP client for the Konnect APIs: hosts, tokens, paged lists, error bodies.

Konnect has one global host (cloud gateways) and one host per geo (control planes and their
entities). A server URL that is not Kong's own is the base URL of every call, so that a proxy or a
simulator gets all of them. The Terraform provider does not do this.
"""

from __future__ import annotations

import functools
import itertools
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import httpx

from providers.base.clients import Clients
from providers.base.errors import (
    ConfigurationError,
    InvalidParameter,
    ResponseError,
    StatusError,
    error_class,
)
from providers.base.http import RETRY_SECONDS, HttpClient, Json
from providers.konnect.ownership import Organization
from providers.konnect.vocabulary import Geo

DEFAULT_SERVER_URL: Final = "https://global.api.konghq.com"
DEFAULT_GEO: Final = "us"
IP_ADDRESSES_URL: Final = "https://ip-addresses.origin.konghq.com"

PAGE_SIZE: Final = 100

_KONG_HOST = ".api.konghq.com"


@dataclass(frozen=True)
class Connection:
    """The server, token and geo of a Konnect client.

    ``server_url`` is any base URL, without a path. ``token`` is a personal (``kpat_``) or system
    account (``spat_``) access token. ``repr`` does not show it. ``geo`` is one of
    ``us eu au me in sg`` and selects the host of control planes and their entities.
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
        """Take missing values from the Terraform provider's environment variables.

        The token is ``KONNECT_TOKEN``, else ``KONNECT_SPAT``. The URL is ``KONNECT_SERVER_URL``,
        else DEFAULT_SERVER_URL. The geo is that of a regional server URL, else DEFAULT_GEO. Raises
        ConfigurationError for an invalid URL or a geo that Konnect does not have.
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
        """The base URL for a call. It depends on the geo only if the server is Kong's own."""
        host = urlsplit(self.server_url).hostname or ""
        if not host.endswith(_KONG_HOST):
            return self.server_url
        return f"https://{self.geo if regional else 'global'}{_KONG_HOST}"

    @property
    def authorization(self) -> str:
        """The Authorization header. Raises ConfigurationError when there is no token."""
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
    """The host of a base URL, or None when ``url`` is not a base URL."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # Parsed only here. Raises ValueError if it is not a number.
    except ValueError:
        return None
    bare = not (parts.path or parts.query or parts.fragment)
    return parts.hostname if bare and parts.scheme in ("http", "https") else None


_ADVICE: Final[Mapping[int, str]] = {
    401: "Check that KONNECT_TOKEN (or konnect:token) holds a token that has not expired",
    403: "The token's roles do not allow this: give its account the matching Konnect role",
}


class Client(HttpClient):
    """Konnect's HTTP methods and paged lists. One client per connection and process.

    ``action`` begins every message: ``listing control planes``. ``regional`` selects the host of
    the geo instead of the global one. For the errors raised see ``HttpClient.request``.
    """

    service = "Konnect"

    def __init__(
        self,
        connection: Connection,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        super().__init__(transport, clock, retry_seconds)
        self.connection = connection

    @functools.cached_property
    def organization(self) -> Organization:
        """The organisation of the token, read once. Source: `/v3/organizations/me`."""
        found = self.get("/v3/organizations/me", "looking up the organisation of the token")
        return Organization(str(found["id"]), str(found["name"]))

    def get(self, path: str, action: str, *, regional: bool = False, **params: str) -> Json:
        """GET one object. ``params`` are the query."""
        return self._call("GET", path, action, regional=regional, params=params)

    def post(self, path: str, action: str, body: Json, *, regional: bool = False) -> Json:
        """POST. Raises AmbiguousWriteError when the response was lost."""
        return self._call("POST", path, action, regional=regional, body=body)

    def put(self, path: str, action: str, body: Json, *, regional: bool = False) -> Json:
        """PUT. It is idempotent everywhere in Konnect."""
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

        ``meta.page.total`` counts items, not pages, and may be missing. A page past the end is
        empty. Reading ends at the total or at an empty page. Raises ResponseError if a page is the
        one before again: the collection is not paged by number.
        """
        items: list[Json] = []
        before: list[Json] = []
        for number in itertools.count(1):
            page = {"page[size]": str(PAGE_SIZE), "page[number]": str(number)}
            params = {**(query or {}), **page}
            answer = self._call("GET", path, action, regional=regional, params=params)
            data = _listed(answer, action)
            if data and data == before:
                raise ResponseError(f"{action}: page {number} of {path} is page {number - 1} again")
            before = data
            items += data
            total = answer.get("meta", {}).get("page", {}).get("total")
            if not data or (total is not None and len(items) >= total):
                break
        return items

    def list_entities(
        self, path: str, action: str, query: Mapping[str, str] | None = None
    ) -> list[Json]:
        """All items of a core-entities collection. It is paged by an opaque ``offset``."""
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

        `meta.page.next` is the path of the next page and holds the cursor. The last page has null.
        """
        items: list[Json] = []
        params = {"page[size]": str(PAGE_SIZE)}
        while True:
            answer = self._call("GET", path, action, regional=regional, params=params)
            items += _listed(answer, action)
            following = answer["meta"]["page"]["next"]  # Must exist: a cut list would hide members.
            if following is None:
                return items
            params["page[after]"] = parse_qs(urlsplit(following).query)["page[after]"][0]

    def list_items(self, path: str, action: str) -> list[Json]:
        """All ``items`` of a collection of the geo that is paged by ``page[after]``.

        The documents tell how many items there are and not where the next page is. Konnect's list
        of nodes has its path in `page.next`. Reading ends where there is none.
        """
        items: list[Json] = []
        params = {"page[size]": "1000"}
        while True:
            answer = self._call("GET", path, action, regional=True, params=params)
            items += answer.get("items") or []
            following = (answer.get("page") or {}).get("next")
            if not following:
                return items
            params["page[after]"] = parse_qs(urlsplit(following).query)["page[after]"][0]

    def public(self, path: str, action: str) -> Json:
        """GET a document that needs no token (the availability document)."""
        return self._call("GET", path, action, regional=False, authorized=False)

    def ip_addresses(self, action: str) -> Json:
        """GET the document of Konnect's own addresses. Kong has a host of its own for it."""
        base = self.connection.server_url
        if (urlsplit(base).hostname or "").endswith(_KONG_HOST):
            base = IP_ADDRESSES_URL
        headers = {"Accept": "application/json"}
        return self.request("GET", base, "/ip-addresses.json", action, headers=headers)

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
        return self.request(method, base, path, action, headers=headers, params=params, body=body)

    @property
    def secrets(self) -> tuple[str, ...]:
        return (self.connection.token,) if self.connection.token else ()

    def status_error(
        self, status: int, body: object, action: str, reason: str, advice: str
    ) -> StatusError:
        """The exception for a problem document or a body ``{"message", "status"}``.

        The core entities API documents no error body. The trace is ``kong:trace:...`` or
        ``konnect:trace:...``.
        """
        problem = body if isinstance(body, dict) else {}
        title = str(problem.get("title") or reason or "error")
        role = "" if title == "Quota Exceeded" else _ADVICE.get(status, "")
        return error_class(status)(
            action,
            status,
            title,
            detail=str(problem.get("detail") or problem.get("message") or ""),
            trace=str(problem.get("instance") or ""),
            invalid_parameters=list(_invalid_parameters(problem)),
            advice=". ".join(filter(None, (role, advice))),
            service=self.service,
        )


def _invalid_parameters(problem: dict[str, Any]) -> Iterator[InvalidParameter]:
    for item in _dicts(problem.get("invalid_parameters")):
        field, reason = str(item.get("field", "?")), str(item.get("reason", ""))
        yield InvalidParameter(field, reason, item.get("rule"))
    for item in _dicts(problem.get("details")):
        # Core entities return the JSON form of a gRPC status. It is not documented.
        if isinstance(messages := item.get("messages"), list):
            yield InvalidParameter(str(item.get("field", "?")), ", ".join(map(str, messages)))


def _dicts(value: object) -> Iterable[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _listed(answer: Json, action: str) -> list[Json]:
    data = answer.get("data")
    if not isinstance(data, list):
        raise ResponseError(f"{action}: the answer has no list under 'data'")
    return data


_clients: Clients[Connection, Client] = Clients(Client)


def client_for(connection: Connection) -> Client:
    """The client for a connection. One per process."""
    return _clients.of(connection)


def use_client(client: Client) -> None:
    """Use ``client`` for its connection in this process (to set another transport, say)."""
    _clients.use(client.connection, client)
