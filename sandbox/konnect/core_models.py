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


CheckType = Literal["grpc", "grpcs", "http", "https", "tcp"]
Status = Annotated[int, Field(ge=100, le=999)]
Count = Annotated[int, Field(ge=0, le=255)]
Seconds = Annotated[int | float, Field(ge=0, le=65535)]


class ActiveHealthy(Part):
    """When probes mark a target healthy."""

    http_statuses: list[Status] = [200, 302]
    interval: Seconds = 0
    successes: Count = 0


class ActiveUnhealthy(Part):
    """When probes mark a target unhealthy."""

    http_failures: Count = 0
    http_statuses: list[Status] = [429, 404, *range(500, 506)]
    interval: Seconds = 0
    tcp_failures: Count = 0
    timeouts: Count = 0


class ActiveChecks(Part):
    """Active health checks: probes."""

    concurrency: Annotated[int, Field(ge=1, le=2147483648)] = 10
    headers: dict[str, list[str]] | None = None
    healthy: ActiveHealthy = ActiveHealthy()
    http_path: Path = "/"
    https_sni: str | None = None
    https_verify_certificate: bool = True
    timeout: Seconds = 1
    type: CheckType = "http"
    unhealthy: ActiveUnhealthy = ActiveUnhealthy()


class PassiveHealthy(Part):
    """When ordinary requests mark a target healthy."""

    http_statuses: list[Status] = [*range(200, 209), 226, *range(300, 309)]
    successes: Count = 0


class PassiveUnhealthy(Part):
    """When ordinary requests mark a target unhealthy."""

    http_failures: Count = 0
    http_statuses: list[Status] = [429, 500, 503]
    tcp_failures: Count = 0
    timeouts: Count = 0


class PassiveChecks(Part):
    """Passive health checks: the results of ordinary requests."""

    healthy: PassiveHealthy = PassiveHealthy()
    type: CheckType = "http"
    unhealthy: PassiveUnhealthy = PassiveUnhealthy()


class HealthChecks(Part):
    """Health checks; Konnect adds defaults for absent properties."""

    active: ActiveChecks = ActiveChecks()
    passive: PassiveChecks = PassiveChecks()
    threshold: Annotated[int | float, Field(ge=0, le=100)] = 0


class Upstream(Entity):
    """A virtual host name that balances requests over targets."""

    name: Annotated[str, Field(min_length=1, pattern=r"^[A-Za-z0-9._-]+$")]
    algorithm: Literal[
        "consistent-hashing", "latency", "least-connections", "round-robin", "sticky-sessions"
    ] = "round-robin"
    hash_on: Literal[
        "consumer", "cookie", "header", "ip", "none", "path", "query_arg", "uri_capture"
    ] = "none"
    hash_fallback: Literal[
        "consumer", "cookie", "header", "ip", "none", "path", "query_arg", "uri_capture"
    ] = "none"
    hash_on_header: str | None = None
    hash_fallback_header: str | None = None
    hash_on_cookie: str | None = None
    hash_on_cookie_path: str = "/"
    hash_on_query_arg: Annotated[str, Field(min_length=1)] | None = None
    hash_fallback_query_arg: Annotated[str, Field(min_length=1)] | None = None
    hash_on_uri_capture: Annotated[str, Field(min_length=1)] | None = None
    hash_fallback_uri_capture: Annotated[str, Field(min_length=1)] | None = None
    host_header: str | None = None
    slots: Annotated[int, Field(ge=10, le=65536)] = 10000
    use_srv_name: bool = False
    sticky_sessions_cookie: str | None = None
    sticky_sessions_cookie_path: str = "/"
    healthchecks: HealthChecks = HealthChecks()
    client_certificate: Reference | None = None


class Target(Identified):
    """An address of an upstream; its timestamps may have fractions of a second."""

    created_at: int | float | None = None
    updated_at: int | float | None = None

    target: Annotated[str, Field(min_length=1)]
    upstream: Reference | None = None
    weight: Annotated[int, Field(ge=0, le=65535)] = 100
    failover: bool = False


class Sni(Entity):
    """A TLS server name and the certificate for it."""

    name: Annotated[str, Field(min_length=1)]
    certificate: Reference


def _checked_pem(value: str) -> str:
    if "-----BEGIN " not in value and not value.startswith("{vault://"):
        raise PydanticCustomError("invalid", "invalid PEM-encoded value")
    return value


Pem = Annotated[str, AfterValidator(_checked_pem)]


MANAGED_BY_LIMIT = 5

_ManagedByKey = Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[a-zA-Z0-9]")]
_ManagedByValue = Annotated[
    str,
    Field(min_length=1, max_length=63, pattern=r"^[a-z0-9A-Z]([a-z0-9A-Z\-._]*[a-z0-9A-Z]+)?$"),
]
ManagedBy = Annotated[dict[_ManagedByKey, _ManagedByValue], Field(max_length=MANAGED_BY_LIMIT)]
"""The tool that manages an entity, for example ``{"tool": "pulumi"}``."""


class Certificate(Entity):
    """A certificate with its key.

    ``vault`` is a shorthand: a vault reference to a secret that holds both. It wins over
    ``cert`` and ``key``. ``vault``, ``description`` and ``managed_by`` are never returned.
    """

    cert: Pem
    key: Pem
    cert_alt: Pem | None = None
    key_alt: Pem | None = None
    snis: list[str] | None = None
    description: Annotated[str | None, Field(exclude=True)] = None
    managed_by: Annotated[ManagedBy | None, Field(exclude=True)] = None

    @model_validator(mode="before")
    @classmethod
    def _from_vault(cls, body: Any) -> Any:
        if not isinstance(body, dict):
            return body
        expanded = dict(body)
        for suffix in ("", "_alt"):
            secret = body.get(f"vault{suffix}")
            if secret is None:
                expanded.pop(f"vault{suffix}", None)
            elif isinstance(secret, str) and secret.startswith("{vault://"):
                del expanded[f"vault{suffix}"]
                for part in ("cert", "key"):
                    expanded[f"{part}{suffix}"] = f"{secret.removesuffix('}')}/{part}}}"
            else:
                raise PydanticCustomError("invalid", "vault must be a reference {vault://…}")
        return expanded


class CaCertificate(Entity):
    """A trusted CA certificate."""

    cert: Pem
    cert_digest: str | None = None


class Credential(Entity):
    """The properties of every credential."""

    consumer: Reference | None = None


class KeyAuth(Credential):
    """An API key; generated when absent."""

    key: Annotated[str, Field(min_length=1)] | None = None
    ttl: int | None = None


class BasicAuth(Credential):
    """A user name and a password, of which the hash is returned."""

    username: Annotated[str, Field(min_length=1)]
    password: str


class HmacAuth(Credential):
    """A user name and a secret."""

    username: Annotated[str, Field(min_length=1)]
    secret: str | None = None


Algorithm = Literal[
    "ES256",
    "ES256K",
    "ES384",
    "ES512",
    "ESB256",
    "ESB320",
    "ESB384",
    "ESB512",
    "ESP256",
    "ESP384",
    "ESP512",
    "Ed25519",
    "Ed448",
    "EdDSA",
    "HS256",
    "HS384",
    "HS512",
    "PS256",
    "PS384",
    "PS512",
    "RS256",
    "RS384",
    "RS512",
]


class Jwt(Credential):
    """A JWT issuer."""

    key: Annotated[str, Field(min_length=1)] | None = None
    secret: str | None = None
    rsa_public_key: str | None = None
    algorithm: Algorithm = "HS256"


class Acl(Credential):
    """Membership in an ACL group."""

    group: Annotated[str, Field(min_length=1)]


class MtlsAuth(Credential):
    """The subject of a client certificate."""

    subject_name: Annotated[str, Field(min_length=1)]
    ca_certificate: Reference | None = None


class KeySet(Entity):
    """A set of keys."""

    name: Name | None = None


class KeyPair(Part):
    """A key as PEM."""

    private_key: str | None = None
    public_key: str | None = None


class Key(Entity):
    """A JSON web key or a PEM key pair."""

    kid: Annotated[str, Field(min_length=1)]
    name: Name | None = None
    jwk: str | None = None
    pem: KeyPair | None = None
    set: Reference | None = None
    x5t: str | None = None


class CustomPlugin(Entity):
    """A customer's own plugin: one handler and one schema."""

    name: Annotated[str, Field(min_length=1)]
    handler: Annotated[str, Field(max_length=100 * 1024)]
    schema_: Annotated[str, Field(alias="schema", max_length=100 * 1024)]
