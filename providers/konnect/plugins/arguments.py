"""Arguments that all plugin functions take, and the helper that creates the plugin from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, Required, TypedDict, Unpack

import pulumi

from providers.base.errors import ProviderError
from providers.konnect.core_entities.plugin import GatewayPlugin
from providers.konnect.core_entities.plugin_facts import partial_places

SYNC_RATE: Final = 0.5
"""Default interval, in seconds, at which a plugin synchronizes its counters with Redis."""

Texts = pulumi.Input[Sequence[pulumi.Input[str]]]
Reference = pulumi.Input[Mapping[str, pulumi.Input[str]]]
WindowType = Literal["fixed", "sliding"]

LlmFormat = Literal["anthropic", "bedrock", "cohere", "gemini", "huggingface", "openai"]

GenaiCategory = Literal[
    "audio/speech",
    "audio/transcription",
    "image/generation",
    "realtime/generation",
    "text/embeddings",
    "text/generation",
    "video/generation",
]


class ServiceArgs(TypedDict, total=False):
    """Arguments of every plugin besides its config. `GatewayPlugin` describes them."""

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
    """Arguments of a plugin that can also be scoped to a route."""

    route: Reference | None


class ConsumerArgs(RouteArgs, total=False):
    """Arguments of a plugin that can also be scoped to a consumer."""

    consumer: Reference | None


class ConsumerGroupArgs(ConsumerArgs, total=False):
    """Arguments of a plugin that can also be scoped to a consumer group."""

    consumer_group: Reference | None


def counting(redis: object, sync_rate: object) -> dict[str, object]:
    """The config fields that choose where counters are kept.

    Kong requires ``sync_rate`` with the strategy ``redis`` and refuses it with others.
    """
    if redis is None:
        return {"sync_rate": sync_rate}
    return {"strategy": "redis", "sync_rate": SYNC_RATE if sync_rate is None else sync_rate}


def stored_in_redis(
    plugin_name: str,
    resource_name: str,
    field: str,
    record: Mapping[str, Any] | None,
    redis: pulumi.Input[str] | None,
) -> Mapping[str, Any] | None:
    """The record ``field`` of a plugin's config, with the strategy ``redis`` if a partial is given.

    Raises `ProviderError` if a partial is given and the record has another strategy.
    """
    if redis is None:
        return record
    written = record or {}
    strategy = written.get("strategy")
    if isinstance(strategy, str) and strategy != "redis":
        raise ProviderError(
            f"{plugin_name} {resource_name!r}: {field}.strategy is {strategy!r}, which does not "
            "use the partial in redis; delete one of them"
        )
    return {"strategy": "redis", **written}


def links_to(redis: pulumi.Input[str] | None) -> list[dict[str, pulumi.Input[str]]]:
    """The plugin's ``partials``: the Redis partial, or none."""
    return [] if redis is None else [{"id": redis}]


def semantic_links(
    name: str, embeddings: pulumi.Input[str] | None, vectordb: pulumi.Input[str] | None
) -> list[dict[str, pulumi.Input[str]]]:
    """The ``partials`` of a plugin that compares texts: its embeddings and its vector database."""
    places = partial_places(name)
    return [
        {"id": id_, "path": places[type_]}
        for type_, id_ in (("embeddings", embeddings), ("vectordb", vectordb))
        if id_ is not None
    ]


def plugin(
    resource_name: str,
    name: str,
    arguments: Mapping[str, object],
    config: Mapping[str, Any] | None,
    links: Sequence[Mapping[str, pulumi.Input[str]]] = (),
    /,
    **common: Unpack[ConsumerGroupArgs],
) -> GatewayPlugin:
    """Create the plugin ``name`` from a function's arguments, the rest of its config and partials.

    Raises `ProviderError` if a field is in both ``arguments`` and ``config``, or if partials are
    given both by ``links`` and by ``partials``.
    """
    written = {field: value for field, value in arguments.items() if value is not None}
    rest = config or {}
    if twice := sorted(written.keys() & rest.keys()):
        raise ProviderError(
            f"{name} {resource_name!r}: {', '.join(twice)} is set by an argument and by config; "
            "write only one of them"
        )
    if links:
        if common.get("partials") is not None:
            raise ProviderError(
                f"{name} {resource_name!r}: partials is set, and redis, embeddings or vectordb "
                "too; write all partials in partials"
            )
        common["partials"] = links
    return GatewayPlugin(resource_name, name=name, config={**written, **rest}, **common)
