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


class Postgres(Part):
    """The pgvector of a vector store."""

    host: str = "127.0.0.1"
    port: int = 5432
    database: str = "kong-pgvector"
    user: str = "postgres"
    password: str | None = None
    timeout: float = 5000
    ssl: bool = False
    ssl_required: bool = False
    ssl_verify: bool = True
    ssl_version: Literal["any", "tlsv1_2", "tlsv1_3"] = "tlsv1_2"
    ssl_cert: str | None = None
    ssl_cert_key: str | None = None


class VectorConfig(Part):
    """A vector store, with a connection of one of two kinds."""

    strategy: Literal["pgvector", "redis"]
    dimensions: int
    distance_metric: Literal["cosine", "euclidean"]
    threshold: float | None = None
    pgvector: Postgres | None = None
    redis: RedisEe | None = None


class VectorPartial(Entity):
    """A partial of type ``vectordb``."""

    type: Literal["vectordb"]
    name: str | None = None
    config: VectorConfig


class ModelAuth(Part):
    """How to log in to whoever runs a model."""

    allow_override: bool = False
    aws_access_key_id: str | None = None
    aws_secret_access_key: str | None = None
    azure_client_id: str | None = None
    azure_client_secret: str | None = None
    azure_tenant_id: str | None = None
    azure_use_managed_identity: bool = False
    gcp_metadata_url: str | None = None
    gcp_oauth_token_url: str | None = None
    gcp_service_account_json: str | None = None
    gcp_use_service_account: bool = False
    header_name: str | None = None
    header_value: str | None = None
    param_location: Literal["body", "query"] | None = None
    param_name: str | None = None
    param_value: str | None = None


class EmbeddingsModel(Part):
    """A model that makes vectors; its options are kept as sent."""

    name: str
    provider: Literal["azure", "bedrock", "gemini", "huggingface", "mistral", "ollama", "openai"]
    options: dict[str, JsonValue] | None = None


class EmbeddingsConfig(Part):
    """Where vectors come from."""

    model: EmbeddingsModel
    auth: ModelAuth | None = None


class EmbeddingsPartial(Entity):
    """A partial of type ``embeddings``."""

    type: Literal["embeddings"]
    name: str | None = None
    config: EmbeddingsConfig


Provider = Literal[
    "anthropic",
    "azure",
    "bedrock",
    "cerebras",
    "cohere",
    "dashscope",
    "databricks",
    "deepseek",
    "gemini",
    "huggingface",
    "llama2",
    "mistral",
    "ollama",
    "openai",
    "vllm",
    "xai",
]
RouteType = Literal[
    "audio/v1/audio/speech",
    "audio/v1/audio/transcriptions",
    "audio/v1/audio/translations",
    "image/v1/images/edits",
    "image/v1/images/generations",
    "llm/v1/assistants",
    "llm/v1/batches",
    "llm/v1/chat",
    "llm/v1/completions",
    "llm/v1/embeddings",
    "llm/v1/files",
    "llm/v1/responses",
    "preserve",
    "realtime/v1/realtime",
    "video/v1/videos/generations",
]


class LanguageModel(Part):
    """A language model; its options are kept as sent."""

    provider: Provider
    name: str | None = None
    model_alias: str | None = None
    options: dict[str, JsonValue] | None = None


class ModelLogging(Part):
    """What is logged of the talk with a model."""

    log_payloads: bool = False
    log_statistics: bool = False


class ModelConfig(Part):
    """A language model and what it is asked for."""

    model: LanguageModel
    route_type: RouteType
    auth: ModelAuth | None = None
    description: str | None = None
    logging: ModelLogging | None = None
    metadata: dict[str, JsonValue] | None = None
    weight: Annotated[int, Field(ge=1, le=65535)] = 100


class ModelPartial(Entity):
    """A partial of type ``model``."""

    type: Literal["model"]
    name: str | None = None
    config: ModelConfig


AnyPartial = Annotated[
    RedisCePartial | RedisEePartial | VectorPartial | EmbeddingsPartial | ModelPartial,
    Field(discriminator="type"),
]
