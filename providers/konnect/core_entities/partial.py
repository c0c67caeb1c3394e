"""Partials: configuration that plugins share, `core-entities/partials`.

The partial of a control plane's managed cache is made by Konnect itself, so it is looked
up, never created. `port` and `auth_provider` are a number and an enum in Konnect's schema
and still must take a `{vault://...}` reference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Final, Literal

import pulumi
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, WrapValidator

from providers.base.model import IMMUTABLE, SECRET, SERVER_DEFAULT, SUBSET, Props
from providers.base.sealed import encrypted_in, is_reference, marked, sealed
from providers.konnect.core_entities.base import CoreEntity, CoreEntityInputs, CoreEntityProvider
from providers.konnect.core_entities.plugin_facts import PARTIAL_CREDENTIALS

PartialType = Literal["redis-ce", "redis-ee", "vectordb", "embeddings", "model"]
MANAGED_TAG: Final = "konnect-managed"
"""The tag that Konnect's own partials carry."""

REFERENCEABLE: Final = WrapValidator(
    lambda value, check: value if is_reference(value) else check(value)
)
"""For what is no text and may still be a `{vault://...}` reference."""
Port = Annotated[int, Field(ge=0, le=65535)]
Size = Annotated[int, Field(ge=0, le=2147483646)]
"""Of a wait in milliseconds, or of a queue."""


class _Config(BaseModel):
    """A part of a config as it is sent: numbers are numbers, and there are no other keys."""

    model_config = ConfigDict(extra="forbid", strict=True)


class _CloudAuthentication(_Config):
    auth_provider: Annotated[Literal["aws", "azure", "gcp"], REFERENCEABLE] | None = None
    aws_cache_name: str | None = None
    aws_region: str | None = None
    aws_is_serverless: bool | None = None
    aws_access_key_id: str | None = None
    aws_secret_access_key: str | None = None
    aws_assume_role_arn: str | None = None
    aws_role_session_name: str | None = None
    azure_client_id: str | None = None
    azure_client_secret: str | None = None
    azure_tenant_id: str | None = None
    gcp_service_account_json: str | None = None


class _Redis(_Config):
    host: str | None = None
    port: Annotated[Port, REFERENCEABLE] | None = None
    username: str | None = None
    password: str | None = None
    database: int | None = None
    ssl: bool | None = None
    ssl_verify: bool | None = None
    server_name: str | None = None
    cloud_authentication: _CloudAuthentication | None = None


class _RedisCe(_Redis):
    timeout: Size | None = None


class _ClusterNode(_Config):
    ip: str | None = None
    port: Port | None = None


class _SentinelNode(_Config):
    host: str | None = None
    port: Port | None = None


class _RedisEe(_Redis):
    connect_timeout: Size | None = None
    read_timeout: Size | None = None
    send_timeout: Size | None = None
    keepalive_pool_size: Annotated[int, Field(ge=1, le=2147483646)] | None = None
    keepalive_backlog: Size | None = None
    connection_is_proxied: bool | None = None
    cluster_nodes: Annotated[list[_ClusterNode], Field(min_length=1)] | None = None
    cluster_max_redirections: int | None = None
    sentinel_master: str | None = None
    sentinel_nodes: Annotated[list[_SentinelNode], Field(min_length=1)] | None = None
    sentinel_role: Literal["any", "master", "slave"] | None = None
    sentinel_username: str | None = None
    sentinel_password: str | None = None


class _Postgres(_Config):
    host: str | None = None
    port: int | None = None
    database: str | None = None
    user: str | None = None
    password: str | None = None
    timeout: float | None = None
    ssl: bool | None = None
    ssl_required: bool | None = None
    ssl_verify: bool | None = None
    ssl_version: Literal["any", "tlsv1_2", "tlsv1_3"] | None = None
    ssl_cert: str | None = None
    ssl_cert_key: str | None = None


class _Vectors(_Config):
    strategy: Literal["pgvector", "redis"]
    dimensions: int
    distance_metric: Literal["cosine", "euclidean"]
    threshold: float | None = None
    pgvector: _Postgres | None = None
    redis: _RedisEe | None = None


class _ModelAuth(_Config):
    allow_override: bool | None = None
    aws_access_key_id: str | None = None
    aws_secret_access_key: str | None = None
    azure_client_id: str | None = None
    azure_client_secret: str | None = None
    azure_tenant_id: str | None = None
    azure_use_managed_identity: bool | None = None
    gcp_metadata_url: str | None = None
    gcp_oauth_token_url: str | None = None
    gcp_service_account_json: str | None = None
    gcp_use_service_account: bool | None = None
    header_name: str | None = None
    header_value: str | None = None
    param_location: Literal["body", "query"] | None = None
    param_name: str | None = None
    param_value: str | None = None


Options = dict[str, JsonValue]
"""Settings of one provider of models. Each gateway version has more of them than the
published document, so they are Konnect's to judge."""


class _EmbeddingsModel(_Config):
    name: str
    provider: Literal["azure", "bedrock", "gemini", "huggingface", "mistral", "ollama", "openai"]
    options: Options | None = None


class _Embeddings(_Config):
    model: _EmbeddingsModel
    auth: _ModelAuth | None = None


class _LanguageModel(_Config):
    provider: Literal[
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
    name: str | None = None
    model_alias: str | None = None
    options: Options | None = None


class _ModelLogging(_Config):
    log_payloads: bool | None = None
    log_statistics: bool | None = None


class _Model(_Config):
    model: _LanguageModel
    route_type: Literal[
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
    auth: _ModelAuth | None = None
    description: str | None = None
    logging: _ModelLogging | None = None
    metadata: dict[str, JsonValue] | None = None
    weight: Annotated[int, Field(ge=1, le=65535)] | None = None


CONFIGS: Final[Mapping[PartialType, type[BaseModel]]] = {
    "redis-ce": _RedisCe,
    "redis-ee": _RedisEe,
    "vectordb": _Vectors,
    "embeddings": _Embeddings,
    "model": _Model,
}
"""What a config holds, by type. Source: `PartialRedisCe` and so on of the published document."""


class GatewayPartialInputs(CoreEntityInputs):
    """`Partial`. Of ``config`` only the written keys are compared."""

    name: Annotated[str | None, SERVER_DEFAULT] = None
    type: Annotated[PartialType, IMMUTABLE]
    config: Annotated[dict[str, JsonValue], SUBSET, SECRET]

    def problems(self) -> Iterator[tuple[str, str]]:
        """The config is what Konnect documents for the type."""
        try:
            CONFIGS[self.type].model_validate(self.config)
        except ValidationError as error:
            for item in error.errors(include_url=False):
                place = "".join(
                    f"[{step}]" if isinstance(step, int) else f".{step}" for step in item["loc"]
                )
                yield "config", self._reason(place.removeprefix("."), item)

    def _reason(self, place: str, item: Mapping[str, Any]) -> str:
        if item["type"] == "extra_forbidden":
            return f"{place} does not exist for {self.type}"
        if item["type"] == "missing":
            return f"{place} is required"
        if is_reference(item["input"]):
            return f"{place} takes no {{vault://...}} reference"
        if item["type"] == "model_type":
            return f"{place} is a mapping"
        return f"{place}: {item['msg']}"


class GatewayPartialProvider(CoreEntityProvider[GatewayPartialInputs]):
    """CRUD of a partial."""

    Inputs = GatewayPartialInputs
    noun = "partial"
    segment = "partials"

    def seal(self, props: Props) -> Props:
        config = sealed(props["config"], encrypted_in(PARTIAL_CREDENTIALS, props["type"]), marked)
        return {**super().seal(props), "config": config}


class GatewayPartial(CoreEntity, module="konnect", name="GatewayPartial"):
    """`konnect_gateway_partial`. Source: `core-entities/partials`.

    ``type`` one of redis-ce redis-ee vectordb embeddings model; ``config`` a mapping as
    Konnect documents it for that type. Credentials in it are Pulumi secrets, whether they
    were written as such or not; `{vault://...}` references stay readable.
    """

    name: pulumi.Output[str]
    type: pulumi.Output[str]
    config: pulumi.Output[Mapping[str, Any]]

    def __init__(
        self,
        resource_name: str,
        *,
        control_plane_id: pulumi.Input[str],
        type: pulumi.Input[str],
        config: pulumi.Input[Mapping[str, Any]],
        name: pulumi.Input[str] | None = None,
        tags: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {**locals(), "config": sealed(config, encrypted_in(PARTIAL_CREDENTIALS, type))}
        super().__init__(GatewayPartialProvider(), resource_name, inputs, opts)
