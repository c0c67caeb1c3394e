"""Decodes and encodes the property bags that the engine and a provider exchange.

A bag is a protobuf Struct. In it a secret is wrapped in an object with a signature, an unknown
value is a fixed string, and every number is a double. The rest of the package uses plain Python
values: no wrappers, ints for whole doubles, ``UNKNOWN`` for unknown values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from google.protobuf import json_format, struct_pb2
from pulumi.runtime.rpc import UNKNOWN as UNKNOWN
from pulumi.runtime.rpc import _special_secret_sig, _special_sig_key

Values = dict[str, Any]

_UNKNOWNS = frozenset(
    {
        UNKNOWN,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # unknown boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # unknown number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # unknown list
        "030794c1-ac77-496b-92df-f27374a8bd58",  # unknown asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # unknown archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # unknown object
    }
)


@dataclass(frozen=True)
class Bag:
    """Plain values, and the top-level names whose value contained a secret anywhere."""

    values: Values
    secrets: frozenset[str] = field(default_factory=frozenset)


def is_unknown(value: Any) -> bool:
    """Whether ``value`` itself is unknown."""
    return isinstance(value, str) and value in _UNKNOWNS


def holds_unknown(value: Any) -> bool:
    """Whether ``value`` or anything inside it is unknown."""
    if isinstance(value, Mapping):
        return any(holds_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(holds_unknown(item) for item in value)
    return is_unknown(value)


class Given(dict[str, Any]):
    """The known inputs of a preview. ``in`` is true for those that are not known yet, too.

    So a check may ask whether an input is given. It cannot read one that is not known.
    """

    def __init__(self, inputs: Mapping[str, Any]) -> None:
        super().__init__({k: v for k, v in inputs.items() if not holds_unknown(v)})
        self._names = frozenset(inputs)

    def __contains__(self, name: object) -> bool:
        return name in self._names


def _plain(value: Any) -> tuple[Any, bool]:
    """``value`` without wrappers, and whether it contained a secret."""
    if isinstance(value, dict):
        if value.get(_special_sig_key) == _special_secret_sig:
            return _plain(value.get("value"))[0], True
        members = {key: _plain(item) for key, item in value.items()}
        return (
            {key: item for key, (item, _) in members.items()},
            any(secret for _, secret in members.values()),
        )
    if isinstance(value, list):
        items = [_plain(item) for item in value]
        return [item for item, _ in items], any(secret for _, secret in items)
    if isinstance(value, float) and value.is_integer():
        return int(value), False
    return value, False


def decode(struct: struct_pb2.Struct) -> Bag:
    """Decode a bag from ``struct``; null values are left out."""
    values: Values = {}
    secrets: set[str] = set()
    for key, wrapped in json_format.MessageToDict(struct).items():
        value, secret = _plain(wrapped)
        if value is None:
            continue
        values[key] = value
        if secret:
            secrets.add(key)
    return Bag(values, frozenset(secrets))


def encode(bag: Bag) -> struct_pb2.Struct:
    """Encode a bag for the engine, without names that start with a single underscore."""
    body: Values = {}
    for key, value in bag.values.items():
        if value is None or (key.startswith("_") and not key.startswith("__")):
            continue
        if key in bag.secrets:
            value = {_special_sig_key: _special_secret_sig, "value": value}
        body[key] = value
    struct = struct_pb2.Struct()
    struct.update(body)
    return struct
