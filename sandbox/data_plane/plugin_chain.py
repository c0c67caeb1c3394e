"""Which plugins run for a request, and in which order.

Plugins run by Kong's priority, the highest first. Of several instances of one plugin the most
specific runs, for example the one of the consumer and not the global one. A plugin's instance is
looked up at its turn, so a plugin of a consumer runs when an authentication plugin before it has
found the consumer.

Source: https://developer.konghq.com/gateway/entities/plugin/#plugin-precedence
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType

from sandbox.data_plane.exchange import Answer, Exchange
from sandbox.store import Body

_SCOPES = ("consumer", "consumer_group", "route", "service")

PRECEDENCE: Sequence[frozenset[str]] = tuple(
    frozenset(scopes.split())
    for scopes in (
        "consumer route service",
        "consumer_group route service",
        "consumer route",
        "consumer service",
        "consumer_group route",
        "consumer_group service",
        "route service",
        "consumer",
        "consumer_group",
        "route",
        "service",
        "",
    )
)
"""The combinations of entities that a plugin may be on, the most specific first."""


@dataclass(frozen=True)
class Instance:
    """A plugin as configured, with its settings resolved for a node."""

    body: Body
    config: Body
    unsupported: Sequence[str]

    @property
    def scopes(self) -> frozenset[str]:
        """The entities that it is on."""
        return frozenset(scope for scope in _SCOPES if self.body.get(scope))

    def applies(self, x: Exchange) -> bool:
        """Whether it is for this request, as far as is known now."""
        there = {
            "consumer": {x.consumer["id"]} if x.consumer else set(),
            "consumer_group": {group["id"] for group in x.consumer_groups},
            "route": {x.route["id"]} if x.route else set(),
            "service": {x.service["id"]} if x.service else set(),
        }
        return all(self.body[scope]["id"] in there[scope] for scope in self.scopes)


class Chain:
    """The plugins of a configuration."""

    def __init__(
        self,
        instances: Sequence[Instance],
        modules: Mapping[str, ModuleType],
    ) -> None:
        """Disabled plugins, and those for other protocols than HTTP, never run."""
        named: dict[str, list[Instance]] = defaultdict(list)
        for instance in instances:
            protocols = set(instance.body.get("protocols") or ("http",))
            if instance.body.get("enabled", True) and protocols & {"http", "https"}:
                named[instance.body["name"]].append(instance)
        for found in named.values():
            found.sort(key=lambda instance: PRECEDENCE.index(instance.scopes))
        self._named = named
        self._modules = sorted(
            (modules[name] for name in named if name in modules),
            key=lambda module: (-module.PRIORITY, module.NAME),
        )
        self._unplayed = sorted(name for name in named if name not in modules)

    def _instance(self, name: str, x: Exchange) -> Instance | None:
        return next((found for found in self._named[name] if found.applies(x)), None)

    def unplayed(self, x: Exchange) -> Iterator[str]:
        """The plugins of this request that the sandbox does not play."""
        return (name for name in self._unplayed if self._instance(name, x) is not None)

    async def run(self, x: Exchange, proxy: Callable[[Exchange], Awaitable[Answer]]) -> None:
        """Run the plugins' ``access``, the upstream, then the plugins' ``response``.

        A plugin whose ``access`` was not reached has no part in the response, unless responses
        are all that it is for.
        """
        ran: list[tuple[ModuleType, Body]] = []
        for module in self._modules:
            access = getattr(module, "access", None)
            instance = self._instance(module.NAME, x)
            if instance is None or (x.answer is not None and access is not None):
                continue
            x.unsupported.extend(instance.unsupported)
            ran.append((module, instance.config))
            if access is not None:
                x.answer = await access(x, instance.config)
        if x.answer is None:
            x.facts["proxied"] = True
            x.answer = await proxy(x)
        for module, config in ran:
            if hasattr(module, "response"):
                await module.response(x, config)

    async def log(self, x: Exchange) -> None:
        """Run the plugins' ``log``. A request without a route has the global ones."""
        for module in self._modules:
            instance = self._instance(module.NAME, x) if hasattr(module, "log") else None
            if instance is not None:
                await module.log(x, instance.config)
