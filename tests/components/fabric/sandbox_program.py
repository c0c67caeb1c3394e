"""Runs components in this process against the simulated clouds, without an engine.

A program that runs again changes what exists: it creates, updates, replaces and deletes, as the
engine would.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from pulumi.runtime.mocks import MockResourceArgs

from sandbox.clock import VirtualClock
from sandbox.clouds import serve_clouds
from sandbox.store import Store
from tests.components.gateway_mocks import Registered, World, plain, run_program, unmocked
from tests.sandbox.clouds.harness import Made, Provider

PACKAGES: Final[Mapping[str, Mapping[str, Any]]] = {
    "aws": {"region": "us-east-2"},
    "azure-native": {"location": "eastus2"},
    "gcp": {"region": "us-central1"},
}
"""The configuration of each cloud's provider."""


@dataclass
class CloudWorld(World):
    """Mocks of the engine that create what is registered in the simulated clouds."""

    providers: dict[str, Provider] = field(default_factory=dict)
    objects: dict[tuple[str, str], Made] = field(default_factory=dict)
    """What exists, by type and name."""
    changes: list[tuple[str, str]] = field(default_factory=list)
    """What the last run did: the operation (create, update, replace, delete) and the name."""
    seen: set[tuple[str, str]] = field(default_factory=set)

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        provider = self.providers.get(args.typ.partition(":")[0])
        if provider is None:
            id_, outputs = super().new_resource(args)
            if args.typ.endswith("multicloudgateway:PresharedKey"):
                outputs["value"] = f"key.{hashlib.sha256(args.name.encode()).hexdigest()[:32]}"
            return id_, outputs
        inputs = plain(args.inputs)
        self.resources.append(Registered(args.typ, args.name, inputs, args.provider or ""))
        made = self._apply(provider, args.typ, args.name, inputs)
        return made.id, dict(made.outputs)

    def run(self, make: Callable[[], Any]) -> Any:
        """Run a program. Return what it returns, when that is known."""
        self.changes.clear()
        self.seen.clear()
        self.resources.clear()
        returned = run_program(lambda _: make(), world=self)[1]
        for key in [key for key in reversed(self.objects) if key not in self.seen]:
            self._delete(key)
        return returned

    def made(self, name: str) -> Made:
        """The only object of a name."""
        (found,) = (made for (_, key), made in self.objects.items() if key == name)
        return found

    def names(self, operation: str) -> set[str]:
        """The names of what the last run created, updated, replaced or deleted."""
        return {name for done, name in self.changes if done == operation}

    def _apply(self, provider: Provider, token: str, name: str, inputs: dict[str, Any]) -> Made:
        key = token, name
        self.seen.add(key)
        old = self.objects.get(key)
        if old is None:
            self.changes.append(("create", name))
            self.objects[key] = provider.create(token, name, **inputs)
            return self.objects[key]
        changed = {**dict.fromkeys(old.program), **inputs}
        diff = provider.diff(old, **changed)
        if diff.replaces:
            self.changes.append(("replace", name))
            provider.delete(old)
            self.objects[key] = provider.create(token, name, **inputs)
        elif diff.diffs:
            self.changes.append(("update", name))
            self.objects[key] = provider.update(old, **changed)
        return self.objects[key]

    def _delete(self, key: tuple[str, str]) -> None:
        self.changes.append(("delete", key[1]))
        made = self.objects.pop(key)
        self.providers[made.token.partition(":")[0]].delete(made)


@contextmanager
def cloud_world() -> Iterator[CloudWorld]:
    """The simulated clouds on free ports of this machine, empty."""
    store = Store(":memory:", VirtualClock(speed=0))
    servers = serve_clouds(store)
    providers = {name: Provider(servers.ports[name], config) for name, config in PACKAGES.items()}
    try:
        yield CloudWorld(providers=providers)
    finally:
        unmocked()
        for provider in providers.values():
            provider.close()
        servers.stop()
        store.close()
