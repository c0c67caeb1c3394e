"""An object of a resource type at the simulated Konnect: for tests of its whole life."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from providers.base.model import WRITE_ONLY
from providers.konnect.crud import KonnectResourceProvider
from tests.providers.konnect.example import OWNER, Props


@dataclass(frozen=True)
class Case:
    """Inputs of one object, a change in place, and a change that it cannot take.

    ``kind`` is the collection that it is in, ``import_id`` how Terraform names it, with
    ``{id}`` for its id, ``settles`` the seconds until it can be changed. ``shown_once`` are
    outputs that Konnect answers to the create only: what nobody received them of is not taken.
    What is ``listed`` is read from a list, and gone when that has it not. ``drift`` is a change
    by somebody else, where not every change in place is one.
    """

    provider: type[KonnectResourceProvider[Any]]
    kind: str
    inputs: Props
    change: Props
    fixed: Props
    import_id: str = "{id}"
    settles: float = 0
    shown_once: frozenset[str] = frozenset()
    listed: bool = False
    drift: Props = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.inputs.setdefault("created_by", str(OWNER))

    @property
    def written(self) -> Props:
        """The inputs that a program writes."""
        return {name: value for name, value in self.inputs.items() if name != "created_by"}

    @property
    def creates_with(self) -> str:
        """The method that makes one: a configuration is put, everything else is posted."""
        return "PUT" if self.kind == "configurations" else "POST"

    @property
    def rewritten(self) -> bool:
        """Whether it has what Konnect never returns: then one that is found is written again."""
        return bool(self.provider.Inputs.named(WRITE_ONLY))

    @property
    def changed(self) -> Props:
        """The inputs with the change in place."""
        return {**self.inputs, **self.change}

    @property
    def drifted(self) -> Props:
        """The inputs as somebody else has changed them."""
        return {**self.inputs, **(self.drift or self.change)}
