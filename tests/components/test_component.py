"""What a component registers as its inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network

import pulumi

from components.component import NOT_AN_INPUT, plain_inputs
from components.regions import Cloud


@dataclass(frozen=True)
class _Args:
    address: IPv4Address
    names: frozenset[str] = frozenset({"b", "a"})
    blocks: Mapping[Cloud, IPv4Network] = field(
        default_factory=lambda: {Cloud.AWS: IPv4Network("10.0.0.0/8")}
    )
    derived: str = field(default="from other inputs", metadata=NOT_AN_INPUT)
    id: pulumi.Input[str] | None = None


def test_inputs_are_plain_values_in_an_order_that_never_changes() -> None:
    assert plain_inputs(_Args(IPv4Address("169.254.0.1"))) == {
        "names": ["a", "b"],
        "address": "169.254.0.1",
        "blocks": {"aws": "10.0.0.0/8"},
        "id": None,
    }
