"""Partials: configuration that plugins share, mostly of a Redis."""

from __future__ import annotations

from typing import Literal

from pydantic import JsonValue

from multicloudgateway import published
from sandbox.konnect import configurations, plugins
from sandbox.konnect.core_models import Entity
from sandbox.store import Body, Store


class Partial(Entity):
    """A partial; ``config`` is checked against the schema of its ``type``."""

    type: Literal["redis-ce", "redis-ee", "vectordb", "embeddings", "model"]
    name: str | None = None
    config: dict[str, JsonValue]


def check_schema(store: Store, plane_id: str, partial: Body) -> None:
    """Check a partial against its schema and add the schema's defaults; a 400 when invalid.

    The schema is that of the gateway version of the control plane.
    """
    schema = published.partial(partial["type"], configurations.version_of(store, plane_id))
    assert schema is not None  # every gateway version has all types
    plugins.refuse(published.problems(schema, partial["config"]))
    partial["config"] = published.with_defaults(schema, partial["config"])
