"""The call of a request's service: the target, the timeouts, the tries, and Kong's errors."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from functools import partial
from urllib.parse import urlencode

import httpx

from sandbox.data_plane.balancer import TCP_FAILURE, TIMEOUT, Balancer, Target
from sandbox.data_plane.exchange import Answer, Exchange, kong_error
from sandbox.data_plane.upstreams import Upstreams
from sandbox.store import Body

_IDEMPOTENT = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PUT", "TRACE"})
_MOST_TRIES = 10
"""Tries of one request at most, whatever ``retries`` of the service says."""
_LONGEST = 60.0
"""The longest timeout in seconds, whatever the service says."""
_TIMEOUTS = ("connect_timeout", "read_timeout", "write_timeout")
_SERVICE_NOT_PLAYED = ("tls_verify", "ca_certificates", "client_certificate", "tls_sans")


async def proxied(
    x: Exchange, host: str, balancers: Mapping[str, Balancer], upstreams: Upstreams
) -> Answer:
    """Call the service of a request, or the upstream that a plugin has set.

    ``host`` is the Host header of the client. A connection that fails is tried again, with another
    target if there is one. A request that is not idempotent is not sent twice.
    """
    service = x.service or {}
    error = partial(kong_error, request_id=x.headers.get("X-Kong-Request-Id", ""))
    if not service and x.upstream is None:
        return error(503, "no Service found with those values")
    x.unsupported.extend(_not_played(service))
    scheme, address = _address(x, service)
    balancer = balancers.get(address.rpartition(":")[0] or address)
    hashed, cookie = (None, None) if balancer is None else _hashed(x, balancer.upstream)
    if balancer is not None:
        x.unsupported.extend(balancer.unplayed)
    tried: list[str] = []
    answer = error(503, "failure to get a peer from the ring-balancer")
    for _ in range(min(service.get("retries", 5), _MOST_TRIES - 1) + 1):
        target: Target | None = None
        if balancer is not None:
            target = balancer.choose(hashed, tried) or balancer.choose(hashed)
            if target is None:
                return answer
            tried.append(target.address)
            address = target.address
        path = x.path if x.path.startswith("/") else f"/{x.path}"  # a plugin may have set it
        url = f"{scheme}://{address}{path}{_query(x)}"
        _set_host(x, host, address, scheme, balancer)
        if target is not None:
            target.open += 1
        sent = True
        result: int | str
        try:
            got = await upstreams.call(x.method, url, x.headers, x.body, _timeout(service))
        except httpx.TimeoutException as failure:
            sent = not isinstance(failure, httpx.ConnectTimeout | httpx.PoolTimeout)
            result = TIMEOUT
            answer = error(504, "The upstream server is timing out")
        except httpx.HTTPError as failure:
            sent = not isinstance(failure, httpx.ConnectError)
            result = TCP_FAILURE
            answer = error(502, "An invalid response was received from the upstream server")
        else:
            x.facts["upstream_status"] = got.status
            if balancer is not None and target is not None:
                balancer.report(target, got.status)
            if cookie is not None:
                got.headers = httpx.Headers([*got.headers.multi_items(), ("Set-Cookie", cookie)])
            return got
        finally:
            if target is not None:
                target.open -= 1
        if balancer is not None and target is not None:
            balancer.report(target, result)
        if sent and x.method not in _IDEMPOTENT:
            break
    return answer


def _not_played(service: Body) -> Iterator[str]:
    """The settings of a service that have no effect, or less than they say."""
    yield from (f"service.{name}" for name in _SERVICE_NOT_PLAYED if service.get(name))
    yield from (f"service.{name}" for name in _TIMEOUTS if service.get(name, 0) > _LONGEST * 1000)
    if service.get("retries", 0) >= _MOST_TRIES:
        yield "service.retries"


def _address(x: Exchange, service: Body) -> tuple[str, str]:
    """(scheme, host:port) of the service or of the upstream that a plugin has set."""
    if x.upstream is not None:
        scheme, _, address = x.upstream.rpartition("://")
        return scheme or "http", address
    scheme = "https" if service.get("protocol") in ("https", "grpcs", "tls") else "http"
    return scheme, f"{service['host']}:{service.get('port', 80)}"


def _query(x: Exchange) -> str:
    return f"?{urlencode(x.query)}" if x.query else ""


def _timeout(service: Body) -> httpx.Timeout:
    def seconds(name: str) -> float:
        return min(float(service.get(name, 60000)) / 1000, _LONGEST)

    read = seconds("read_timeout")
    return httpx.Timeout(
        read, connect=seconds("connect_timeout"), write=seconds("write_timeout"), read=read
    )


def _set_host(x: Exchange, host: str, address: str, scheme: str, balancer: Balancer | None) -> None:
    """Set the Host header: the client's with ``preserve_host``, else that of the upstream."""
    if x.route and x.route.get("preserve_host") and host:
        x.headers["Host"] = host
        return
    own = None if balancer is None else balancer.upstream.get("host_header")
    default = ":443" if scheme == "https" else ":80"
    x.headers["Host"] = own or address.removesuffix(default)


def _hashed(x: Exchange, upstream: Body) -> tuple[str | None, str | None]:
    """The value by which an upstream chooses a target, or None for its weights alone.

    The second value is the cookie that the response sets, if the client is to have one and does
    not send it.
    """
    for setting in ("hash_on", "hash_fallback"):
        kind = upstream.get(setting, "none")
        value = _value(x, upstream, kind, setting)
        if value is not None:
            return value, None
        if kind == "cookie":
            made = uuid.uuid4().hex
            path = upstream.get("hash_on_cookie_path") or "/"
            return made, f"{upstream['hash_on_cookie']}={made}; Path={path}"
    return None, None


def _value(x: Exchange, upstream: Body, kind: str, prefix: str) -> str | None:
    match kind:
        case "consumer":
            found = x.consumer or x.credential
            return str(found["id"]) if found else None
        case "ip":
            return x.client_ip
        case "header":
            header: str | None = x.headers.get(upstream.get(f"{prefix}_header") or "")
            return header
        case "path":
            return x.client_path
        case "query_arg":
            return dict(x.query).get(upstream.get(f"{prefix}_query_arg") or "")
        case "cookie":
            return _cookies(x).get(upstream["hash_on_cookie"])
        case "uri_capture":
            captures: dict[str, str] = x.facts.get("captures", {})
            return captures.get(upstream.get(f"{prefix}_uri_capture") or "")
    return None


def _cookies(x: Exchange) -> dict[str, str]:
    """The cookies of a request. Clients send names that ``http.cookies`` refuses."""
    pairs = (part.strip().partition("=") for part in x.headers.get("cookie", "").split(";"))
    return {name: value for name, _, value in pairs}
