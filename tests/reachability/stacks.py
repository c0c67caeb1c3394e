"""The shipped environments as resources: what the program registers under mocks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pulumi

from components.gateway import MultiCloudGateway
from providers import konnect
from reachability.records import UNKNOWN, Record
from stacks.given_networks import given_networks
from tests import shipped
from tests.components.gateway_mocks import Registered, World, run_program, unmocked
from tests.event_loops import run_and_close

CHECKOUT = Path(__file__).parents[2]


@cache
def stack_records(stack: str, preview: bool = False, **changes: Any) -> tuple[Record, ...]:
    """The resources of a shipped environment. In a preview no id is known."""
    return records_of({**shipped.document_of(stack), **changes}, stack, preview)


def records_of(document: Mapping[str, Any], stack: str, preview: bool) -> tuple[Record, ...]:
    """The resources of an environment with these settings; networks may be given by ids."""
    environment = shipped.load(stack, document)
    given = run_and_close(given_networks(environment)).by_region

    def make(provider: konnect.Provider) -> Any:
        opts = pulumi.ResourceOptions(providers=[provider])
        MultiCloudGateway(f"gateway-{stack}", shipped.arguments(environment, given), opts)
        return {}

    world, _ = run_program(make)
    unmocked()
    return recorded(world, preview)


def recorded(world: World, preview: bool) -> tuple[Record, ...]:
    """What a program registered. In a preview no id is known."""
    ids = {one.id for one in world.resources} | {"tgw-attach-1", "pcx-1", "10.97.130.2"}
    outputs = world.outputs
    return tuple(_record(one, outputs.get(one.urn, {}), ids, preview) for one in world.resources)


def _record(one: Registered, outputs: dict[str, Any], ids: set[str], preview: bool) -> Record:
    properties = {**outputs, **one.inputs}
    return Record(
        one.type,
        one.urn,
        _unknown(properties, ids) if preview else properties,
        None if preview else one.id,
        one.property_dependencies,
    )


def _unknown(value: Any, ids: set[str]) -> Any:
    """A value as a first preview shows it: ids, ARNs and URLs of resources are unknown."""
    if isinstance(value, Mapping):
        return {key: _unknown(item, ids) for key, item in value.items()}
    if isinstance(value, list):
        return [_unknown(item, ids) for item in value]
    text = str(value)
    return UNKNOWN if text in ids or text.startswith(("arn:aws:mock", "https://gcp/")) else value
