"""A provider class in this process, called as the SDK calls it on behalf of the engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pulumi import dynamic
from pulumi.dynamic import Config, ConfigureRequest

from providers.base.model import WRITE_ONLY
from tests.providers.konnect.case import Case
from tests.providers.konnect.example import Props, unsealed
from tests.providers.konnect.local_konnect import RUSH, LocalKonnect
from tests.providers.konnect.scripted import TOKEN


def handed_back(call: Callable[..., Any]) -> Callable[..., Any]:
    """A call of the provider whose result loses its marks on secrets, as in the engine."""

    def unmarked(*arguments: Any) -> Any:
        result = call(*arguments)
        result.outs = unsealed(result.outs)
        if isinstance(result, dynamic.ReadResult):
            result.inputs = unsealed(result.inputs)
        return result

    return unmarked


class Engine:
    """A provider class with the part of the engine around it that keeps state."""

    def __init__(self, konnect: LocalKonnect, case: Case) -> None:
        self.konnect = konnect
        self.case = case
        self.provider = case.provider()
        for call in ("create", "read", "update"):
            setattr(self.provider, call, handed_back(getattr(self.provider, call)))
        settings = {"konnect:token": TOKEN, "konnect:server_url": konnect.url}
        self.provider.configure(ConfigureRequest(Config(settings, "orders")))

    def check(self, inputs: Props) -> Props:
        result = self.provider.check({}, inputs)
        assert result.failures == []
        return result.inputs

    def recorded(self, inputs: Props) -> Props:
        """What state holds of inputs: everything but what can only be written."""
        hidden = self.provider.Inputs.named(WRITE_ONLY)
        return {name: value for name, value in self.check(inputs).items() if name not in hidden}

    def create(self, inputs: Props | None = None, **more: Any) -> tuple[str, Props]:
        result = self.provider.create(self.check({**(inputs or self.case.inputs), **more}))
        assert result.outs is not None
        return result.id, result.outs

    def diff(self, outputs: Props, inputs: Props) -> dynamic.DiffResult:
        return self.provider.diff("id", outputs, self.check(inputs))

    def update(self, id_: str, outputs: Props, inputs: Props) -> Props:
        result = self.provider.update(id_, outputs, self.check(inputs))
        assert result.outs is not None
        return result.outs

    def settle(self) -> None:
        """Let the object become what it can be changed from."""
        self.konnect.advance(self.case.settles)

    def delete(self, id_: str, outputs: Props) -> None:
        """Delete at a speed at which nothing takes long."""
        self.konnect.speed(RUSH)
        self.provider.delete(id_, outputs)

    @property
    def ours(self) -> list[Props]:
        """The objects of the case's kind, without configurations that were superseded."""
        found = self.konnect.objects(self.case.kind)
        if self.case.kind != "configurations":
            return found
        newest = max(item["entity_version"] for item in found) if found else 0
        return [item for item in found if item["entity_version"] == newest]
