"""What a test knows of a resource type: valid inputs, what a change does, how it is answered."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pulumi.runtime import rpc

from providers.base.model import Inputs
from providers.konnect.crud import KonnectResourceProvider
from providers.konnect.ownership import Owner
from providers.konnect.resource import KonnectResource

Props = dict[str, Any]

PLANE = "7f9fd312-a987-4628-b4c5-bb4f4fddd5f7"
ENTITY = "5a1b3c2d-0f6e-4a1b-9c8d-112233445566"

OWNER = Owner("orders", "prod", "1f2e3d4c")
"""The stack that the tests' objects are created by."""

OTHER = "00000000-0000-4000-8000-000000000000"

REQUEST_ONLY = ("adopt_existing_id", "created_by", "delete_timeout")
"""Inputs that steer the provider and never come back."""


@dataclass(frozen=True)
class Example:
    """A resource type with inputs that are valid for it.

    ``full`` writes every input, ``least`` the required ones only; both are as `check` leaves
    them: sets in order, defaults not filled in. ``replaces``, ``updates`` and ``refused`` hold
    another valid value of each input of ``full``, by what its change does. ``shape`` makes
    Konnect's form of a body where that is another one. ``seldom`` are inputs that are not in
    ``full``, or of which no other value fits the rest of it. ``patched_with`` are those that
    every PATCH holds, changed or not.
    """

    provider: type[KonnectResourceProvider[Any]]
    resource: type[KonnectResource]
    full: Props
    least: Props
    replaces: Props = field(default_factory=dict)
    updates: Props = field(default_factory=dict)
    refused: Props = field(default_factory=dict)
    shape: Callable[[Props], Props] = dict
    seldom: frozenset[str] = frozenset()
    patched_with: tuple[str, ...] = ()

    @property
    def inputs(self) -> type[Inputs]:
        """The model of its inputs."""
        return self.provider.Inputs

    def answer(self, written: Props) -> Props:
        """What Konnect returns of an object with these inputs: its own form, and nulls."""
        unwritten = set(self.inputs.model_fields) - {*written, *REQUEST_ONLY}
        body = {key: value for key, value in written.items() if key not in REQUEST_ONLY}
        body = self.shape(body)
        return {**dict.fromkeys(unwritten), **body, "id": ENTITY, "entity_version": 1}


def unsealed(value: Any) -> Any:
    """Properties as the engine hands them back: without its marks on secrets."""
    if isinstance(value, dict):
        if rpc._special_sig_key in value:
            return value["value"]
        return {key: unsealed(item) for key, item in value.items()}
    return [unsealed(item) for item in value] if isinstance(value, list) else value


def name_of(example: object) -> str:
    """Return the id of a parametrised case. It holds no address, so every worker has the same."""
    if isinstance(example, Example):
        return example.resource.__name__
    return re.sub(r" object at 0x[0-9a-f]+", "", repr(example))
