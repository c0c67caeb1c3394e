"""An object of a resource type at the simulated Konnect: for tests of its whole life."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from providers.konnect.dynamic import KonnectResourceProvider
from tests.providers.konnect.example import Props


@dataclass(frozen=True)
class Case:
    """Inputs of one object, a change in place, and a change that it cannot take.

    ``kind`` is the collection that it is in, ``import_id`` how Terraform names it, with
    ``{id}`` for its id, ``settles`` the seconds until it can be changed.
    """

    provider: type[KonnectResourceProvider[Any]]
    kind: str
    inputs: Props
    change: Props
    fixed: Props
    import_id: str = "{id}"
    settles: float = 0

    @property
    def creates_with(self) -> str:
        """The method that makes one: a configuration is put, everything else is posted."""
        return "PUT" if self.kind == "configurations" else "POST"

    @property
    def changed(self) -> Props:
        """The inputs with the change in place."""
        return {**self.inputs, **self.change}
