"""The cache of a control plane that can own no managed cache: a partial for a Redis of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import pulumi

from components.cache.partials import CacheComponent, RedisPartials
from components.cache.references import RedisReferences
from providers import konnect


@dataclass(frozen=True)
class RedisEndpoint:
    """The address of a Redis, and how a data plane logs in. Connections use TLS."""

    host: pulumi.Input[str]
    port: pulumi.Input[int]
    password: pulumi.Input[str] | None = None
    """Must be a secret. None: the data plane gets a token from ``cloud_authentication``."""
    username: pulumi.Input[str] | None = None
    """The Redis user; None for the default one."""
    verify_tls: bool = False
    """Whether data planes check the certificate against the CAs of their system."""
    server_name: pulumi.Input[str] | None = None
    """The name in the certificate, if it is verified. None: ``host``."""
    cloud_authentication: Mapping[str, pulumi.Input[str | bool]] | None = None
    """``auth_provider`` (aws, azure or gcp) and the fields of that cloud, as the Redis partials of
    Kong Gateway 3.13 and later take them."""
    vector_search: ClassVar[bool] = True
    """Whether it can be the vector database of a plugin. Not an input, so not in the state."""

    @property
    def partial_config(self) -> dict[str, Any]:
        """The ``config`` of a redis-ee or redis-ce partial; what is not given is left out."""
        given = {
            "password": self.password,
            "username": self.username,
            "server_name": self._certificate_name,
            "cloud_authentication": self.cloud_authentication and dict(self.cloud_authentication),
        }
        return {
            "host": self.host,
            "port": self.port,
            **{name: value for name, value in given.items() if value is not None},
            "ssl": True,
            "ssl_verify": self.verify_tls,
        }

    @property
    def _certificate_name(self) -> pulumi.Input[str] | None:
        """The name that Kong compares with the certificate: without one, it compares none."""
        if self.server_name is not None or not self.verify_tls:
            return self.server_name
        return self.host

    @property
    def references(self) -> RedisReferences:
        """The settings of the connection, for plugins that take no partial."""
        return RedisReferences(
            host=self.host,
            port=self.port,
            username=self.username,
            password=self.password,
            server_name=self._certificate_name,
            ssl_verify=self.verify_tls,
            cloud_authentication=self.cloud_authentication,
        )


class RedisWithoutVectorSearch(RedisEndpoint):
    """The address of a Redis that cannot be the vector database of a plugin."""

    vector_search = False


@dataclass(frozen=True)
class RegionalCacheArgs:
    """The cache of one control plane in one region."""

    control_plane_id: pulumi.Input[str]
    redis: RedisEndpoint


class RegionalCache(CacheComponent):
    """The Redis partials for plugins of the control plane."""

    def __init__(
        self, name: str, args: RegionalCacheArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("RegionalCache", name, args, opts)
        self._vector_search = args.redis.vector_search
        partial = konnect.GatewayPartial(
            f"{name}-redis",
            control_plane_id=args.control_plane_id,
            name=f"{name}-redis",
            type="redis-ee",
            config=args.redis.partial_config,
            opts=self.child(),
        )
        self._partials = RedisPartials(
            self, name, args.control_plane_id, args.redis.references, {"redis-ee": partial.id}
        )
        self.register_outputs({"partial_id": self.partial_id})

    def vectordb(
        self, *, dimensions: int, distance_metric: str, threshold: float | None = None
    ) -> pulumi.Output[str]:
        """The id of the ``vectordb`` partial of these settings. It is created once.

        Raises ValueError if the Redis has no vector search.
        """
        if not self._vector_search:
            raise ValueError(
                f"cache {self.name}: its Redis has no vector search, and a vectordb partial needs "
                "it; give the plugin a vectordb with the host of a Redis that has it, or with "
                "strategy: pgvector"
            )
        return super().vectordb(
            dimensions=dimensions, distance_metric=distance_metric, threshold=threshold
        )
