"""The base class of all components: registers their inputs, and makes options for children."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import pulumi
from pydantic import BaseModel

NOT_AN_INPUT: Final[Mapping[str, bool]] = MappingProxyType({"not_an_input": True})
"""Metadata of a field of arguments that is not registered as an input of the component."""

_SKIPPED: Final = object()


class Component(pulumi.ComponentResource):
    """A component whose arguments are registered as its inputs.

    The type token is ``multicloudgateway:index:<kind>``. It is in the URN of every child, so
    ``kind`` must never change, even when the class is renamed.
    """

    def __init__(
        self, kind: str, name: str, args: object, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(f"multicloudgateway:index:{kind}", name, plain_inputs(args), opts)
        self.name = name

    def child(
        self,
        depends_on: Sequence[pulumi.Resource] = (),
        *,
        protect: bool | None = None,
        retain_on_delete: bool | None = None,
        ignore_changes: list[str] | None = None,
    ) -> pulumi.ResourceOptions:
        """The options of a child. The component is its parent and passes its providers on."""
        return pulumi.ResourceOptions(
            parent=self,
            depends_on=list(depends_on),
            protect=protect,
            retain_on_delete=retain_on_delete,
            ignore_changes=ignore_changes,
        )


def plain_inputs(args: object) -> dict[str, Any]:
    """The plain values of a dataclass or a model of arguments, as the engine takes them.

    Outputs and resources are left out. The engine registers a component only when its inputs are
    known, and its children after that: a link would start 40 minutes late, when its network is
    ready.
    """
    found = _plain(args)
    assert isinstance(found, dict)
    return found


def _plain(value: object) -> Any:
    if isinstance(value, pulumi.Output | pulumi.Resource):
        return _SKIPPED
    if is_dataclass(value):
        registered = [one.name for one in fields(value) if "not_an_input" not in one.metadata]
        return _without_skipped({name: getattr(value, name) for name in registered})
    if isinstance(value, BaseModel):
        # Only what is written: a new field with a default changes the inputs of nothing.
        written = [name for name in type(value).model_fields if name in value.model_fields_set]
        return _without_skipped({name: getattr(value, name) for name in written})
    if isinstance(value, Mapping):
        return _without_skipped(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, IPv4Address | IPv4Network | Path):
        return str(value)
    if isinstance(value, frozenset):
        return sorted(_plain(item) for item in value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain for item in value if (plain := _plain(item)) is not _SKIPPED]
    return value


def _without_skipped(values: Mapping[str, object]) -> dict[str, Any]:
    plain = {key: _plain(value) for key, value in values.items()}
    return {key: value for key, value in plain.items() if value is not _SKIPPED}
