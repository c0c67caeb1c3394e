"""What the functions share: the arguments of every plugin, and how a plugin is made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, Required, TypedDict, Unpack

import pulumi

from providers.base.errors import ProviderError
from providers.konnect.core_entities.plugin import GatewayPlugin

SYNC_RATE: Final = 0.5
"""Seconds between two meetings of counters in Redis, where nothing else is written."""

Texts = pulumi.Input[Sequence[pulumi.Input[str]]]
Reference = pulumi.Input[Mapping[str, pulumi.Input[str]]]
WindowType = Literal["fixed", "sliding"]


class ServiceArgs(TypedDict, total=False):
    """What every plugin takes beside its config, as `GatewayPlugin` describes it."""

    control_plane_id: Required[pulumi.Input[str]]
    service: Reference | None
    partials: pulumi.Input[Sequence[pulumi.Input[Mapping[str, Any]]]] | None
    enabled: pulumi.Input[bool] | None
    instance_name: pulumi.Input[str] | None
    protocols: Texts | None
    ordering: pulumi.Input[Mapping[str, Any]] | None
    condition: pulumi.Input[str] | None
    tags: Texts | None
    adopt_existing_id: pulumi.Input[str] | None
    opts: pulumi.ResourceOptions | None


class RouteArgs(ServiceArgs, total=False):
    """Of a plugin that a route may have as well."""

    route: Reference | None


class ConsumerArgs(RouteArgs, total=False):
    """Of a plugin that may also be for one consumer."""

    consumer: Reference | None


class ConsumerGroupArgs(ConsumerArgs, total=False):
    """Of a plugin that may also be for the consumers of one group."""

    consumer_group: Reference | None


def counting(redis: object, sync_rate: object) -> dict[str, object]:
    """Where counters are kept. Kong wants a rate with Redis and refuses one without."""
    if redis is None:
        return {"sync_rate": sync_rate}
    return {"strategy": "redis", "sync_rate": SYNC_RATE if sync_rate is None else sync_rate}


def links_to(redis: pulumi.Input[str] | None) -> list[dict[str, pulumi.Input[str]]]:
    """The link to a Redis partial, if there is one."""
    return [] if redis is None else [{"id": redis}]


def plugin(
    resource_name: str,
    name: str,
    arguments: Mapping[str, object],
    config: Mapping[str, Any] | None,
    links: Sequence[Mapping[str, pulumi.Input[str]]] = (),
    /,
    **common: Unpack[ConsumerGroupArgs],
) -> GatewayPlugin:
    """The plugin of a function: its arguments with the rest of the config, and its partials."""
    written = {field: value for field, value in arguments.items() if value is not None}
    rest = config or {}
    if twice := sorted(written.keys() & rest.keys()):
        raise ProviderError(
            f"{name} {resource_name!r}: {', '.join(twice)} comes from the arguments and is in "
            "config as well"
        )
    if links:
        if common.get("partials") is not None:
            raise ProviderError(f"{name} {resource_name!r}: write all of its partials in partials")
        common["partials"] = links
    return GatewayPlugin(resource_name, name=name, config={**written, **rest}, **common)
