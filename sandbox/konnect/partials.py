"""Partials: configuration shared between plugins, a Redis most of all."""

from __future__ import annotations

from typing import Literal

from pydantic import JsonValue

from multicloudgateway import published
from sandbox.konnect import configurations, plugins
from sandbox.konnect.core_models import Entity
from sandbox.store import Body, Store


class Partial(Entity):
    """A partial; what its ``config`` may hold is checked by type."""

    type: Literal["redis-ce", "redis-ee", "vectordb", "embeddings", "model"]
    name: str | None = None
    config: dict[str, JsonValue]


def check_schema(store: Store, plane_id: str, partial: Body) -> None:
    """Refuse a partial that its schema does not allow; fill in the defaults of that schema.

    The schema is that of the gateway version which the control plane runs.
    """
    schema = published.partial(partial["type"], configurations.version_of(store, plane_id))
    assert schema is not None  # every gateway version has all types
    plugins.refuse(published.problems(schema, partial["config"]))
    partial["config"] = published.with_defaults(schema, partial["config"])
