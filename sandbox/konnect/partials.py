"""Partials: configuration shared between plugins, a Redis most of all."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue, model_validator

from sandbox.konnect.core_models import Entity, Part, Port

Vaulted = Annotated[str, Field(pattern=r"^\{vault://.+\}$")]
Wait = Annotated[int, Field(ge=0, le=2147483646)]


class CloudAuthentication(Part):
    """How to log in to a cloud's own Redis; nearly all of it may be a vault reference.

    ``aws_is_serverless`` is true unless told otherwise, which is wrong for a managed cache.
    """

    auth_provider: Literal["aws", "azure", "gcp"] | Vaulted | None = None
    aws_cache_name: str | None = None
    aws_region: str | None = None
    aws_is_serverless: bool = True
    aws_access_key_id: str | None = None
    aws_secret_access_key: str | None = None
    aws_assume_role_arn: str | None = None
    aws_role_session_name: str | None = None
    azure_client_id: str | None = None
    azure_client_secret: str | None = None
    azure_tenant_id: str | None = None
    gcp_service_account_json: str | None = None


class _Redis(Part):
    port: Port | Vaulted = 6379
    username: str | None = None
    password: str | None = None
    database: int = 0
    ssl: bool = False
    ssl_verify: bool = True
    server_name: str | None = None
    cloud_authentication: CloudAuthentication | None = None

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, config: Any) -> Any:
        if isinstance(config, dict):
            return {key: value for key, value in config.items() if value is not None}
        return config


class RedisCe(_Redis):
    """The Redis of the older plugins."""

    host: str | None = None
    timeout: Wait = 2000


class ClusterNode(Part):
    """A node of a Redis cluster."""

    ip: str = "127.0.0.1"
    port: Port = 6379


class SentinelNode(Part):
    """A Redis sentinel."""

    host: str = "127.0.0.1"
    port: Port = 6379


class RedisEe(_Redis):
    """The Redis of the advanced plugins."""

    host: str = "127.0.0.1"
    connect_timeout: Wait = 2000
    read_timeout: Wait = 2000
    send_timeout: Wait = 2000
    keepalive_pool_size: Annotated[int, Field(ge=1, le=2147483646)] = 256
    keepalive_backlog: Wait | None = None
    connection_is_proxied: bool = False
    cluster_nodes: Annotated[list[ClusterNode], Field(min_length=1)] | None = None
    cluster_max_redirections: int = 5
    sentinel_master: str | None = None
    sentinel_nodes: Annotated[list[SentinelNode], Field(min_length=1)] | None = None
    sentinel_role: Literal["any", "master", "slave"] | None = None
    sentinel_username: str | None = None
    sentinel_password: str | None = None


class RedisCePartial(Entity):
    """A partial of type ``redis-ce``."""

    type: Literal["redis-ce"]
    name: str | None = None
    config: RedisCe


class RedisEePartial(Entity):
    """A partial of type ``redis-ee``."""

    type: Literal["redis-ee"]
    name: str | None = None
    config: RedisEe


class VectorConfig(Part):
    """A vector store; its two kinds of connection are kept as sent."""

    strategy: Literal["pgvector", "redis"]
    dimensions: int
    distance_metric: Literal["cosine", "euclidean"]
    threshold: float | None = None
    pgvector: dict[str, JsonValue] | None = None
    redis: dict[str, JsonValue] | None = None


class VectorPartial(Entity):
    """A partial of type ``vectordb``."""

    type: Literal["vectordb"]
    name: str | None = None
    config: VectorConfig


class ModelConfig(Part):
    """A language model or an embeddings model, kept as sent beyond what it must have."""

    model: dict[str, JsonValue]
    auth: dict[str, JsonValue] | None = None
    description: str | None = None
    logging: dict[str, JsonValue] | None = None
    metadata: dict[str, JsonValue] | None = None
    route_type: str | None = None
    weight: Annotated[int, Field(ge=1, le=65535)] | None = None


class ModelPartial(Entity):
    """A partial of type ``model`` or ``embeddings``."""

    type: Literal["model", "embeddings"]
    name: str | None = None
    config: ModelConfig


AnyPartial = Annotated[
    RedisCePartial | RedisEePartial | VectorPartial | ModelPartial, Field(discriminator="type")
]
