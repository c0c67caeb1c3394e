"""One node of a data-plane group: it routes a request, runs the plugins, and calls the service."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from redis.asyncio import Redis

from sandbox.data_plane import balancer as balancing
from sandbox.data_plane import counting, sending
from sandbox.data_plane.balancer import Balancer
from sandbox.data_plane.configuration import Group
from sandbox.data_plane.exchange import Answer, Exchange, Unreachable, answer_json, kong_error
from sandbox.data_plane.plugin_chain import Chain, Instance
from sandbox.data_plane.plugins import PLUGINS
from sandbox.data_plane.proxying import proxied
from sandbox.data_plane.redis_clients import RedisClients
from sandbox.data_plane.router import Router, normalized, unplayed_settings, upstream_path
from sandbox.data_plane.upstreams import Upstreams
from sandbox.data_plane.vaults import resolved, resolver
from sandbox.store import Body

HEALTH_PATH = "/___konnect/healthz"
"""The path that tells whether the proxy runs; it needs no route."""

UNSUPPORTED = "X-Sandbox-Unsupported-Plugins"
"""The header that names what the sandbox does not play of a request's configuration."""

_log = logging.getLogger(__name__)

_CALL_TIMEOUT = httpx.Timeout(60.0)


@dataclass
class Request:
    """A request as the client sent it."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: httpx.Headers
    body: bytes
    client_ip: str
    peer: str = "127.0.0.1"
    """The address of the connection, which is that of a load balancer or of the client."""
    scheme: str = "http"
    port: int = 80


@dataclass
class Result:
    """The response to a request, and what metrics keep of it."""

    answer: Answer
    exchange: Exchange | None
    latency: float
    """Milliseconds, until the response was complete."""
    upstream_latency: float = 0.0
    """Milliseconds."""
    request_size: int = 0
    """Bytes of the request with its headers."""


@dataclass
class _Plan:
    """A configuration, prepared for requests."""

    router: Router
    chain: Chain
    services: Mapping[str, Body]
    balancers: dict[str, Balancer]
    unsupported: Sequence[str] = ()
    """The settings of routes that are left out; each request may have had such a route in Kong."""
    probes: list[asyncio.Task[None]] = field(default_factory=list)


class DataPlaneNode:
    """One node. It keeps its memory and the health of targets while its configuration changes."""

    def __init__(
        self,
        name: str,
        group: Group,
        upstreams: Upstreams,
        port_of: Callable[[str], int | None],
        now: Callable[[], float] = time.time,
    ) -> None:
        """``now`` is real time in seconds; ``port_of`` finds the sandbox's Redis servers."""
        self.name = name
        self.group = group.body
        self.memory: dict[tuple[str, ...], Any] = {}
        self._now = now
        self._upstreams = upstreams
        self._clients = RedisClients(port_of)
        self._group = group
        self._plan = self._planned(group, {})
        self._watch()

    # What plugins use

    @property
    def runs(self) -> Group:
        """The group with the configuration that new requests get."""
        return self._group

    def now(self) -> float:
        """Real time, in seconds since the epoch."""
        return self._now()

    def redis(self, config: Mapping[str, Any]) -> Redis:
        """The client of a Redis. Raises Unreachable."""
        return self._clients.find(self._group, config)

    def entities(self, collection: str) -> Sequence[Body]:
        """The entities of the control plane, or of all members of its group."""
        return self._group.configuration.entities.get(collection, ())

    async def call(
        self, method: str, url: str, headers: httpx.Headers | Mapping[str, str], body: bytes
    ) -> Answer:
        """Call another server. Raises ``httpx.HTTPError``."""
        return await self._upstreams.call(method, url, headers, body, _CALL_TIMEOUT)

    # The configuration

    def configure(self, group: Group) -> None:
        """Take a new configuration. Requests in flight end with the old one."""
        old = self._group
        self._group, self.group = group, group.body
        if group.configuration is old.configuration and group.environment == old.environment:
            return
        for probe in self._plan.probes:
            probe.cancel()
        self._plan = self._planned(group, self._plan.balancers)
        self._watch()

    def _planned(self, group: Group, before: Mapping[str, Balancer]) -> _Plan:
        found = group.configuration.entities
        services = {service["id"]: service for service in found["services"]}
        routes = [route for route in found["routes"] if _is_on(route, services)]
        resolve = resolver(group.environment, found["vaults"])
        instances = []
        for plugin in found["plugins"]:
            failed: list[str] = []
            config = resolved(plugin["config"], resolve, failed)
            not_played = [f"{plugin['name']} {reference}" for reference in failed]
            not_played += group.configuration.unsupported.get(plugin["id"], ())
            instances.append(Instance(plugin, config, not_played))
        balancers = {}
        for upstream in found["upstreams"]:
            of_it = [t for t in found["targets"] if t["upstream"]["id"] == upstream["id"]]
            balancer = balancers[upstream["name"]] = Balancer(upstream, of_it)
            if upstream["name"] in before:
                balancer.take_health(before[upstream["name"]])
        unsupported = sorted(
            {name for route in found["routes"] for name in unplayed_settings(route)}
        )
        return _Plan(Router(routes), Chain(instances, PLUGINS), services, balancers, unsupported)

    def _watch(self) -> None:
        """Start the active health checks. Without a running loop there are none."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        self._plan.probes = [
            loop.create_task(balancer.probe(self._probe, sleep=asyncio.sleep))
            for balancer in self._plan.balancers.values()
        ]

    async def _probe(self, kind: str, url: str, timeout: float) -> int | str:
        """Probe a target for an active health check. A TCP check asks for a connection only."""
        headers = {"User-Agent": "kong-healthcheck"}
        try:
            answer = await self._upstreams.call("GET", url, headers, b"", httpx.Timeout(timeout))
        except httpx.HTTPError as failure:
            if kind == "tcp" and not isinstance(failure, httpx.ConnectError | httpx.ConnectTimeout):
                return 200
            is_late = isinstance(failure, httpx.TimeoutException)
            return balancing.TIMEOUT if is_late else balancing.TCP_FAILURE
        return 200 if kind == "tcp" else answer.status

    async def close(self) -> None:
        """Stop the health checks and the exchange of counters, and close the connections."""
        for probe in self._plan.probes:
            probe.cancel()
        await asyncio.gather(*self._plan.probes, return_exceptions=True)
        await counting.stop(self)
        await sending.stop(self)
        await self._clients.close()

    # Requests

    async def handle(self, request: Request) -> Result:
        """Answer one request."""
        began = time.perf_counter()
        if request.path == HEALTH_PATH:
            return Result(answer_json(200, {"message": "ok"}), None, 0.0)
        request_id = uuid.uuid4().hex
        x = self._exchange(request, normalized(request.path))
        x.headers["X-Kong-Request-Id"] = request_id
        upstream_ms = await self._answer(x, request)
        latency = (time.perf_counter() - began) * 1000
        assert x.answer is not None
        self._finish(x, x.answer, request_id, latency, upstream_ms)
        x.facts |= {"latency_ms": latency, "upstream_ms": upstream_ms}
        await self._log(x)
        return Result(x.answer, x, latency, upstream_ms, _size(request))

    async def _answer(self, x: Exchange, request: Request) -> float:
        """Set ``x.answer``. The result is the time that the upstream took, in milliseconds."""
        plan, request_id = self._plan, x.headers["X-Kong-Request-Id"]
        x.unsupported.extend(plan.unsupported)
        host, upstream_ms = request.headers.get("host", ""), 0.0
        matched = plan.router.find(request.method, host, x.path, request.headers)
        if matched is None:
            x.answer = kong_error(404, "no Route matched with those values", request_id)
            return upstream_ms
        x.route = matched.route
        x.service = plan.services.get((matched.route.get("service") or {}).get("id", ""))
        x.path = upstream_path(x.path, matched, x.service or {})
        x.facts["captures"] = matched.captures
        _forwarded(x, request, matched.prefix)

        async def proxy(x: Exchange) -> Answer:
            nonlocal upstream_ms
            start = time.perf_counter()
            try:
                if x.proxy is not None:
                    return await x.proxy(x)
                return await proxied(x, host, plan.balancers, self._upstreams)
            finally:
                upstream_ms = (time.perf_counter() - start) * 1000

        try:
            await plan.chain.run(x, proxy)
        except Exception as error:  # Kong answers with a 500 and logs the error of a plugin
            x.answer = kong_error(500, "An unexpected error occurred", request_id)
            x.answer.headers["X-Sandbox-Error"] = _one_line(error)
            _log.exception("a plugin failed on %s %s", request.method, request.path)
        x.unsupported.extend(plan.chain.unplayed(x))
        return upstream_ms

    async def _log(self, x: Exchange) -> None:
        """Let the plugins log the request. An error of one does not reach the client."""
        try:
            await self._plan.chain.log(x)
        except Exception:
            _log.exception("a plugin could not log %s", x.client_path)

    def _exchange(self, request: Request, path: str) -> Exchange:
        facts = {
            "began": self.now(),
            "client_method": request.method,
            "client_headers": request.headers,
        }
        return Exchange(
            node=self,
            client_ip=request.client_ip,
            method=request.method,
            path=path,
            query=list(request.query),
            headers=httpx.Headers(request.headers),
            body=request.body,
            client_path=request.path,
            facts=facts,
        )

    def _finish(
        self, x: Exchange, answer: Answer, request_id: str, latency: float, upstream_ms: float
    ) -> None:
        """Add what Kong adds to a response, and the headers of the sandbox."""
        if answer.error is not None:
            answer.body = kong_error(answer.status, answer.error, request_id).body
        version = f"kong/{self.group.get('_version') or '3.14'}.0.0-enterprise-edition"
        for name, value in x.response_headers.multi_items():
            answer.headers[name] = value
        if x.facts.get("proxied"):
            answer.headers["X-Kong-Upstream-Latency"] = str(round(upstream_ms))
            answer.headers["X-Kong-Proxy-Latency"] = str(round(latency - upstream_ms))
            answer.headers["Via"] = f"1.1 {version}"
        else:
            answer.headers["X-Kong-Response-Latency"] = str(round(latency))
            answer.headers["Server"] = version
        answer.headers["X-Kong-Request-Id"] = request_id
        answer.headers["X-Sandbox-Node"] = self.name
        if x.unsupported:
            answer.headers[UNSUPPORTED] = ", ".join(dict.fromkeys(x.unsupported))


def _size(request: Request) -> int:
    """About the bytes of a request as it was sent: its first line, its headers, its body."""
    headers = sum(len(name) + len(value) + 4 for name, value in request.headers.raw)
    query = sum(len(name) + len(value) + 2 for name, value in request.query)
    return len(request.method) + len(request.path) + query + headers + len(request.body)


def _is_on(route: Body, services: Mapping[str, Body]) -> bool:
    """Whether the service of a route is enabled; a route may have none."""
    service = services.get((route.get("service") or {}).get("id", ""))
    return service is None or bool(service.get("enabled", True))


def _forwarded(x: Exchange, request: Request, prefix: str) -> None:
    """Set the headers that tell the upstream of the client."""
    before = request.headers.get("x-forwarded-for")
    x.headers["X-Forwarded-For"] = f"{before}, {request.peer}" if before else request.peer
    x.headers["X-Forwarded-Proto"] = request.scheme
    x.headers["X-Forwarded-Host"] = request.headers.get("host", "").partition(":")[0]
    x.headers["X-Forwarded-Port"] = str(request.port)
    x.headers["X-Forwarded-Path"] = request.path
    if x.route and x.route.get("strip_path", True) and prefix:
        x.headers["X-Forwarded-Prefix"] = prefix
    x.headers["X-Real-IP"] = x.client_ip


def _one_line(error: Exception) -> str:
    kind = "" if isinstance(error, Unreachable) else f"{type(error).__name__}: "
    return f"{kind}{error}".encode("ascii", "replace").decode().replace("\n", " ")[:500]
