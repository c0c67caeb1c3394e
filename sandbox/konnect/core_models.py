"""Bodies of the core entities: Kong's own objects, with Kong's defaults.

Every property may be null, which is the same as leaving it out. In the published schema the
ports and a few other values of a Redis partial are numbers or enums, but each may also be a
vault reference, which is a string.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

Protocol = Literal[
    "grpc", "grpcs", "http", "https", "tcp", "tls", "tls_passthrough", "udp", "ws", "wss"
]


class Part(BaseModel):
    """An object within an entity."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Identified(Part):
    """The properties of every entity."""

    id: Annotated[str, Field(min_length=1)] = ""
    tags: list[str] | None = None

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, body: Any) -> Any:
        if isinstance(body, dict):
            return {key: value for key, value in body.items() if value is not None}
        return body


class Entity(Identified):
    """An entity with timestamps. Kong sets them; those in a request are ignored."""

    created_at: int | None = None
    updated_at: int | None = None


class Reference(BaseModel):
    """Another entity, by id."""

    model_config = ConfigDict(strict=True, extra="ignore")

    id: Annotated[str, Field(min_length=1)]


def _checked_path(value: str) -> str:
    if not value.startswith(("/", "~")):
        raise PydanticCustomError("invalid", "should start with: /")
    return value


Path = Annotated[str, AfterValidator(_checked_path)]
Name = Annotated[str, Field(min_length=1, pattern=r"^[\w.\-~ ]+$")]
Port = Annotated[int, Field(ge=0, le=65535)]
Milliseconds = Annotated[int, Field(ge=1, le=2147483646)]


class TlsSans(Part):
    """The names that an upstream's certificate may have."""

    dnsnames: list[str] | None = None
    uris: list[str] | None = None


class Service(Entity):
    """An upstream API; ``url`` is a shorthand and is never returned."""

    name: Name | None = None
    host: Annotated[str, Field(min_length=1)]
    protocol: Protocol = "http"
    port: Port = 80
    path: Path | None = None
    retries: Annotated[int, Field(ge=0, le=32767)] = 5
    connect_timeout: Milliseconds = 60000
    read_timeout: Milliseconds = 60000
    write_timeout: Milliseconds = 60000
    enabled: bool = True
    tls_verify: bool | None = None
    tls_verify_depth: Annotated[int, Field(ge=0, le=64)] | None = None
    tls_sans: TlsSans | None = None
    ca_certificates: list[str] | None = None
    client_certificate: Reference | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_url(cls, body: Any) -> Any:
        if not isinstance(body, dict) or not isinstance(body.get("url"), str):
            return body
        try:
            url = urlsplit(body["url"])
            port = url.port
        except ValueError:
            raise PydanticCustomError("invalid", "url is not a URL") from None
        parts: dict[str, Any] = {"protocol": url.scheme, "host": url.hostname or ""}
        parts["port"] = port or (443 if url.scheme == "https" else 80)
        if url.path:
            parts["path"] = url.path
        return {**{key: value for key, value in body.items() if key != "url"}, **parts}


class Address(Part):
    """A source or destination address that a stream route matches."""

    ip: str | None = None
    port: Port | None = None


class Route(Entity):
    """A rule that matches requests for a service, as JSON fields or as an expression."""

    name: Name | None = None
    service: Reference | None = None
    protocols: Annotated[list[Protocol], Field(min_length=1)] = ["https"]
    methods: list[str] | None = None
    hosts: list[str] | None = None
    paths: list[Path] | None = None
    headers: dict[str, list[str]] | None = None
    snis: list[str] | None = None
    sources: list[Address] | None = None
    destinations: list[Address] | None = None
    regex_priority: int | None = None
    strip_path: bool = True
    preserve_host: bool = False
    path_handling: Literal["v0", "v1"] = "v0"
    https_redirect_status_code: Literal[301, 302, 307, 308, 426] = 426
    request_buffering: bool = True
    response_buffering: bool = True
    expression: str | None = None
    priority: Annotated[int, Field(ge=0, le=70368744177663)] | None = None


class Consumer(Entity):
    """A client of the APIs."""

    username: Annotated[str, Field(min_length=1)] | None = None
    custom_id: Annotated[str, Field(min_length=1)] | None = None


class ConsumerGroup(Entity):
    """A set of consumers."""

    name: Name


class AccessOrder(Part):
    """The plugins before or after which a plugin runs."""

    access: list[str] = []


class Ordering(Part):
    """The order of a plugin relative to others."""

    before: AccessOrder | None = None
    after: AccessOrder | None = None


class PartialLink(Part):
    """A link to a partial, which supplies a part of a plugin's configuration."""

    id: Annotated[str, Field(min_length=1)]
    name: str | None = None
    path: str | None = None


class Plugin(Entity):
    """A plugin and its scope; ``config`` is checked against the schema of its ``name``."""

    name: Annotated[str, Field(min_length=1)]
    instance_name: Annotated[str, Field(min_length=1)] | None = None
    config: dict[str, JsonValue] = {}
    enabled: bool = True
    protocols: list[Protocol] | None = None
    service: Reference | None = None
    route: Reference | None = None
    consumer: Reference | None = None
    consumer_group: Reference | None = None
    partials: list[PartialLink] | None = None
    ordering: Ordering | None = None
    condition: Annotated[str, Field(max_length=1024)] | None = None


class Vault(Entity):
    """A secret store that vault references address by its ``prefix``."""

    name: Literal["aws", "azure", "conjur", "env", "gcp", "hcv", "konnect"]
    prefix: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*[a-z0-9]+$")]
    description: str | None = None
    config: dict[str, JsonValue] = {}


class CustomPlugin(Entity):
    """A customer's own plugin: one handler and one schema."""

    name: Annotated[str, Field(min_length=1)]
    handler: Annotated[str, Field(max_length=100 * 1024)]
    schema_: Annotated[str, Field(alias="schema", max_length=100 * 1024)]
