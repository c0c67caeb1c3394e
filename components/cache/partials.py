"""The partials of one Redis on one control plane, each created when it is first asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from components.cache.references import RedisReferences
from components.component import Component
from multicloudgateway.published import RedisType
from providers import konnect


class RedisPartials:
    """A cache for the plugins of one control plane (`components.cache.wiring.RedisCache`)."""

    def __init__(
        self,
        owner: Component,
        name: str,
        control_plane_id: pulumi.Input[str],
        env: RedisReferences,
        existing: Mapping[RedisType, pulumi.Output[str]] | None = None,
    ) -> None:
        """``name`` begins the name of each partial; ``owner`` is the parent of each.

        ``existing`` are the ids of partials that are created elsewhere, by type.
        """
        self._owner = owner
        self._name = name
        self._control_plane_id = control_plane_id
        self._env = env
        self._ids: dict[str, pulumi.Output[str]] = {
            str(type_): id_ for type_, id_ in (existing or {}).items()
        }

    @property
    def env(self) -> RedisReferences:
        """The settings of the connection, for plugins that take no partial."""
        return self._env

    @property
    def partial_id(self) -> pulumi.Output[str]:
        """The id of the ``redis-ee`` partial."""
        return self.partial_of("redis-ee")

    def partial_of(self, type_: RedisType) -> pulumi.Output[str]:
        """The id of the partial of a type. It is created when it is first asked for."""
        return self._id_of(type_, type_, self._env.config(type_))

    def vectordb(
        self, *, dimensions: int, distance_metric: str, threshold: float | None = None
    ) -> pulumi.Output[str]:
        """The id of a ``vectordb`` partial: one for each combination of settings.

        ``dimensions`` and ``distance_metric`` (``cosine`` or ``euclidean``) are those of the
        embedding model. ``threshold`` is the distance up to which two prompts are alike.
        """
        settings = {
            "dimensions": dimensions,
            "distance_metric": distance_metric,
            "threshold": threshold,
        }
        written = {key: value for key, value in settings.items() if value is not None}
        suffix = "-".join(("vectordb", *(str(value) for value in written.values())))
        redis = self._env.config("redis-ee")
        return self._id_of(suffix, "vectordb", {"strategy": "redis", **written, "redis": redis})

    def _id_of(self, suffix: str, type_: str, config: Mapping[str, Any]) -> pulumi.Output[str]:
        if suffix not in self._ids:
            name = f"{self._name}-{suffix}"
            self._ids[suffix] = konnect.GatewayPartial(
                name,
                control_plane_id=self._control_plane_id,
                name=name,
                type=type_,
                config=config,
                opts=self._owner.child(),
            ).id
        return self._ids[suffix]


class CacheComponent(Component):
    """A component that is the cache of one control plane. It sets ``_partials``."""

    _partials: RedisPartials | None = None

    @property
    def partials(self) -> RedisPartials:
        """The partials of the control plane.

        Raises ValueError: a control plane group owns the cache. Its members have the plugins.
        """
        if self._partials is None:
            raise ValueError(
                f"cache {self.name} is of a control plane group, which has no plugins of its own; "
                "use the cache of a member: cache.members[key]"
            )
        return self._partials

    @property
    def partial_id(self) -> pulumi.Output[str]:
        """The id of the ``redis-ee`` partial."""
        return self.partials.partial_id

    @property
    def env(self) -> RedisReferences:
        """The settings of the connection, for plugins that take no partial."""
        return self.partials.env

    def partial_of(self, type_: RedisType) -> pulumi.Output[str]:
        """The id of the partial of a type. It is created when it is first asked for."""
        return self.partials.partial_of(type_)

    def vectordb(
        self, *, dimensions: int, distance_metric: str, threshold: float | None = None
    ) -> pulumi.Output[str]:
        """The id of the ``vectordb`` partial of these settings. It is created once."""
        return self.partials.vectordb(
            dimensions=dimensions, distance_metric=distance_metric, threshold=threshold
        )
