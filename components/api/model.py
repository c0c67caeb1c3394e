"""What a team declares of an API: one model for Python and for the package's schema.

A field that takes Outputs is `Annotated[T | pulumi.Output[T], TakesOutputs(T)]`: its value decides
no count of resources. All other values are plain, because they decide which resources there are.
Keys of mappings are in resource names and never change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as File
from typing import Annotated, Any, Literal, Self

import pulumi
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    ModelWrapValidatorHandler,
    Strict,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import CoreSchema, core_schema

from components.problems import Problem, from_validation, refusal
from components.release.model import ReleaseDeclaration
from providers.konnect.core_entities.base import Protocol
from providers.konnect.core_entities.upstream import Algorithm, HashInput


class ApiError(pulumi.RunError):
    """A declaration of an API is invalid. ``str()`` has one line for each problem.

    It is a ``RunError``, so Pulumi shows the message without a traceback.
    """

    def __init__(self, api: str, problems: list[Problem]) -> None:
        """Render the problems. They are also kept as ``problems``."""
        super().__init__("\n".join(problem.line(api, root="") for problem in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class TakesOutputs:
    """Annotation of a field that takes a value of a type, or an Output of it."""

    type: Any

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        def check(value: object, inner: core_schema.ValidatorFunctionWrapHandler) -> object:
            return value if isinstance(value, pulumi.Output) else inner(value)

        return core_schema.no_info_wrap_validator_function(
            check, handler.generate_schema(self.type)
        )


InputText = Annotated[str | pulumi.Output[str], TakesOutputs(str)]
Int = Annotated[int, Strict()]
Bool = Annotated[bool, Strict()]
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._~-]{0,126}$")]
"""A key that never changes: it is in resource names, and in names in Konnect."""
Config = dict[str, Any]
"""Fields of a plugin's config, as Kong documents them. Values may be Outputs."""


class Part(BaseModel):
    """A part of a declaration: closed and frozen."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )


class Service(Part):
    """The service that the API's requests go to."""

    url: Annotated[str | None, Field(examples=["https://billing.internal:8443/v2"])] = None
    """Protocol, host, port and path in one; instead of these four."""
    host: Annotated[InputText | None, Field(examples=["billing.internal"])] = None
    """A name or an address. One name serves all regions, if the private DNS of each resolves it to
    the address nearby."""
    protocol: Annotated[Protocol | None, Field(examples=["https"])] = None
    """The protocol; https, if left out."""
    port: Annotated[Int | None, Field(ge=0, le=65535, examples=[8443])] = None
    """The port; that of the protocol, if left out: 443 of https and grpcs, 80 of others."""
    path: Annotated[str | None, Field(pattern="^/", examples=["/v2"])] = None
    """What the path of each request begins with, on the way to the service."""
    connect_timeout: Annotated[Int | None, Field(ge=1, le=2147483646, examples=[5000])] = None
    """Milliseconds for a connection; Kong's 60000, if left out."""
    read_timeout: Annotated[Int | None, Field(ge=1, le=2147483646, examples=[30000])] = None
    """Milliseconds between two reads of a response; Kong's 60000, if left out."""
    write_timeout: Annotated[Int | None, Field(ge=1, le=2147483646, examples=[30000])] = None
    """Milliseconds between two writes of a request; Kong's 60000, if left out."""
    retries: Annotated[Int | None, Field(ge=0, le=32767, examples=[2])] = None
    """How often a request that could not be sent is tried again; Kong's 5, if left out."""
    tls_verify: Annotated[Bool | None, Field(examples=[True])] = None
    """Whether the certificate of the service is verified; Kong's default, if left out."""
    tls_verify_depth: Annotated[Int | None, Field(ge=0, le=64, examples=[2])] = None
    """How long the chain of the certificate may be."""
    ca_certificates: Annotated[list[Key], Field(examples=[["internal"]])] = []
    """Keys of ``ca_certificates`` that the certificate of the service may be signed by."""


class Target(Part):
    """An address behind an upstream."""

    target: Annotated[InputText, Field(examples=["10.65.4.10:8443"])]
    """HOST:PORT, an address and a port; the port of the service, if left out."""
    weight: Annotated[Int, Field(ge=0, le=65535, examples=[100])] = 100
    """Its share of the requests; 0 for none."""
    failover: Annotated[Bool, Field(examples=[True])] = False
    """Whether it gets requests only while no other target is healthy."""


class HealthCheck(Part):
    """Probes and failed requests that take a target out, and probes that bring it back."""

    path: Annotated[str, Field(pattern="^/", examples=["/health"])] = "/"
    """The path of the probes."""
    interval: Annotated[float, Field(gt=0, le=65535, examples=[10])] = 10
    """Seconds between two probes of a target."""
    failures: Annotated[Int, Field(ge=1, le=255, examples=[3])] = 3
    """Failed probes or requests in a row that take a target out."""
    successes: Annotated[Int, Field(ge=1, le=255, examples=[2])] = 2
    """Good probes in a row that bring a target back."""
    timeout: Annotated[float, Field(gt=0, le=65535, examples=[1])] = 1
    """Seconds that a probe may take."""
    type: Annotated[Literal["grpc", "grpcs", "http", "https", "tcp"] | None, Field()] = None
    """The protocol of the probes; that of the service, if left out."""


class Upstream(Part):
    """How requests are spread over several targets."""

    targets: Annotated[dict[Key, Target], Field(examples=[{"blue": {"target": "10.65.4.10"}}])] = {}
    """Targets by a key; ``upstreams`` has those of single regions."""
    algorithm: Annotated[Algorithm | None, Field(examples=["least-connections"])] = None
    """How a target is chosen; round-robin, if left out."""
    hash_on: Annotated[HashInput | None, Field(examples=["header"])] = None
    """What decides in consistent-hashing."""
    hash_on_header: str | None = None
    """The header of ``hash_on: header``."""
    host_header: Annotated[str | None, Field(examples=["billing.internal"])] = None
    """The Host header that targets get; the target's own name, if left out."""
    health_check: Annotated[HealthCheck | None, Field(examples=[{"path": "/health"}])] = None
    """How targets are taken out and brought back. Failover needs it."""


class RegionalUpstream(Part):
    """Where requests go in one region, cloud or control plane."""

    host: Annotated[InputText | None, Field(examples=["billing.aws.internal"])] = None
    """One name or address; with the port of the service."""
    targets: Annotated[dict[Key, Target], Field(examples=[{"blue": {"target": "10.65.4.10"}}])] = {}
    """Several, by key."""
    failover_to: Annotated[str | None, Field(examples=["azure"])] = None
    """The key in ``upstreams`` whose hosts get the requests while no own target is healthy."""


class Route(Part):
    """Which requests go to the service."""

    paths: Annotated[list[str], Field(examples=[["/billing/invoices"]])] = []
    """What the path begins with; ``~`` begins a regular expression."""
    methods: Annotated[list[str], Field(examples=[["GET"]])] = []
    """Methods in capital letters; all, if left out."""
    hosts: Annotated[list[str], Field(examples=[["api.example.com"]])] = []
    """Names by which clients call; ``*`` stands for the first or last label."""
    headers: Annotated[dict[str, list[str]], Field(examples=[{"x-version": ["2"]}])] = {}
    """Headers with the values of which a request must have one."""
    snis: list[str] = []
    """Names of TLS connections."""
    protocols: Annotated[list[Protocol] | None, Field(min_length=1, examples=[["https"]])] = None
    """Protocols of the requests; Konnect's https, if left out."""
    strip_path: Annotated[Bool, Field(examples=[False])] = True
    """Whether the service gets the path without what it began with."""
    preserve_host: Annotated[Bool, Field(examples=[True])] = False
    """Whether the service gets the Host header of the client."""
    path_handling: Literal["v0", "v1"] | None = None
    """How the paths of service, route and request are joined; Kong's v0, if left out."""
    regex_priority: Annotated[Int | None, Field(ge=0)] = None
    """Which regular expression is tried first: that of the highest number."""
    https_redirect_status_code: Literal[301, 302, 307, 308, 426] | None = None
    """The status of a request by http to a route of https; 426, if left out."""
    request_buffering: Bool = True
    """Whether a request is read whole before it goes to the service."""
    response_buffering: Bool = True
    """Whether a response is read whole before it goes to the client."""


class OpenApi(Part):
    """An OpenAPI document, from which the routes follow, and the service where none is declared."""

    document: Annotated[str | File | dict[str, Any], Field(examples=["openapi.yaml"])]
    """OpenAPI 3.0 or 3.1: its text in YAML or JSON, the path of its file, or the parsed object."""
    base_path: Annotated[str | None, Field(pattern="^/", examples=["/v2"])] = None
    """What all paths begin with; the path of the document's servers, if left out."""


class KeyAuth(Part):
    """API keys of consumers: the plugin key-auth."""

    key_names: Annotated[list[str], Field(examples=[["X-Api-Key"]])] = []
    """Headers that hold the key; ``apikey``, if left out."""
    key_in_query: Annotated[Bool, Field(examples=[True])] = False
    """Whether the key may be in the query, where access logs show it."""
    hide_credentials: Annotated[Bool, Field(examples=[False])] = True
    """Whether the service gets requests without the key."""
    config: Config = {}
    """Further fields of the plugin."""


class Jwt(Part):
    """Tokens that consumers sign: the plugin jwt."""

    claims_to_verify: Annotated[list[Literal["exp", "nbf"]], Field(examples=[["exp"]])] = ["exp"]
    """Times in the token that are verified."""
    key_claim_name: Annotated[str | None, Field(examples=["iss"])] = None
    """The claim that names the credential; iss, if left out."""
    config: Config = {}
    """Further fields of the plugin."""


class OpenIdConnect(Part):
    """Tokens of an identity provider: the plugin openid-connect."""

    issuer: Annotated[InputText, Field(examples=["https://login.example.com"])]
    """The URL of the identity provider."""
    auth_methods: Annotated[list[str], Field(min_length=1, examples=[["bearer"]])] = ["bearer"]
    """Flows of the provider that clients may use."""
    audience: Annotated[list[InputText], Field(examples=[["billing"]])] = []
    """Audiences of which a token must have one."""
    scopes: Annotated[list[InputText], Field(examples=[["invoices:read"]])] = []
    """Scopes of which a token must have one."""
    client_id: InputText | None = None
    """The client of the gateway, for flows that need one."""
    client_secret: InputText | None = None
    """Its secret: a vault reference or a Pulumi secret."""
    config: Config = {}
    """Further fields of the plugin."""


class MutualTls(Part):
    """Client certificates: the plugin mtls-auth."""

    ca_certificates: Annotated[list[str], Field(min_length=1, examples=[["partners"]])]
    """Keys of ``ca_certificates`` that client certificates are signed by."""
    config: Config = {}
    """Further fields of the plugin."""


class Authentication(Part):
    """Who may call the API: one way to tell it."""

    key_auth: Annotated[KeyAuth | None, Field(examples=[{}])] = None
    """By API keys."""
    jwt: Annotated[Jwt | None, Field(examples=[{}])] = None
    """By tokens that consumers sign."""
    openid_connect: Annotated[
        OpenIdConnect | None, Field(examples=[{"issuer": "https://login.example.com"}])
    ] = None
    """By tokens of an identity provider."""
    mtls: Annotated[MutualTls | None, Field(examples=[{"ca_certificates": ["partners"]}])] = None
    """By client certificates."""
    consumer_groups: Annotated[list[str], Field(examples=[["gold"]])] = []
    """Consumer groups whose members may call, and nobody else; all consumers, if left out."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = [n for n in ("key_auth", "jwt", "openid_connect", "mtls") if getattr(self, n)]
        if len(ways) == 1:
            return self
        wrong = f"has {' and '.join(ways)}" if ways else "has no way to tell who calls"
        remedy = (
            "write one of them; plugins takes more, with an anonymous consumer"
            if ways
            else "write key_auth, jwt, openid_connect or mtls"
        )
        raise refusal(Problem((), wrong, remedy))


class Consumer(Part):
    """A client of the API, on every control plane."""

    username: Annotated[str | None, Field(min_length=1, examples=["shop"])] = None
    """The name of the consumer; its key, if left out."""
    custom_id: Annotated[str | None, Field(min_length=1, examples=["customer-4711"])] = None
    """The consumer's id in a system of yours."""
    consumer_groups: Annotated[list[str], Field(examples=[["gold"]])] = []
    """Consumer groups of the gateway that it is a member of, which have limits of their own."""
    keys: Annotated[
        dict[Key, InputText], Field(examples=[{"first": "{vault://env/SHOP_KEY}"}])
    ] = {}
    """API keys by a key of this mapping: Pulumi secrets. Two, while a key is exchanged."""


class RateLimit(Part):
    """A limit of requests in a window of time: the plugin rate-limiting-advanced."""

    limit: Annotated[Int, Field(ge=1, examples=[600])]
    """Requests in each window."""
    window_size: Annotated[Int, Field(ge=1, examples=[60])] = 60
    """Seconds."""
    identifier: Annotated[
        Literal[
            "consumer", "consumer-group", "credential", "header", "ip", "path", "route", "service"
        ],
        Field(examples=["credential"]),
    ] = "consumer"
    """By what requests are counted apart."""
    config: Config = {}
    """Further fields of the plugin."""


class ResponseCache(Part):
    """Responses that are kept: the plugin proxy-cache-advanced."""

    ttl: Annotated[Int, Field(ge=1, examples=[300])] = 300
    """Seconds."""
    content_types: Annotated[list[str], Field(examples=[["application/json"]])] = [
        "application/json",
        "application/json; charset=utf-8",
        "text/plain",
    ]
    """Content types of the responses."""
    vary_headers: Annotated[list[str], Field(examples=[["accept-language"]])] = []
    """Headers of requests whose responses differ."""
    config: Config = {}
    """Further fields of the plugin."""


class TokenLimit(Part):
    """A limit of tokens of one provider of models."""

    provider: Annotated[str, Field(examples=["openai"])]
    """The provider, as ai-rate-limiting-advanced names it."""
    limit: Annotated[Int, Field(ge=1, examples=[100000])]
    """Tokens in each window."""
    window_size: Annotated[Int, Field(ge=1, examples=[3600])] = 3600
    """Seconds."""


class Ai(Part):
    """Models behind the API: the plugins ai-proxy-advanced and ai-rate-limiting-advanced."""

    targets: Annotated[
        list[Config],
        Field(
            min_length=1,
            examples=[
                [{"route_type": "llm/v1/chat", "model": {"provider": "openai", "name": "gpt-5"}}]
            ],
        ),
    ]
    """Models, as ai-proxy-advanced takes its targets. Credentials are vault references or Pulumi
    secrets."""
    balancer: Annotated[Config, Field(examples=[{"algorithm": "lowest-latency"}])] = {}
    """How a model is chosen, as ai-proxy-advanced takes it."""
    token_limits: Annotated[
        list[TokenLimit], Field(examples=[[{"provider": "openai", "limit": 100000}]])
    ] = []
    """Limits of tokens, for each consumer."""
    config: Config = {}
    """Further fields of ai-proxy-advanced."""


class PlaneOverride(Part):
    """What differs on one control plane."""

    config: Annotated[Config, Field(examples=[{"limit": [100]}])] = {}
    """Merged over the plugin's config, at every depth; null deletes a field."""
    enabled: Bool | None = None
    """Whether the plugin runs there; as declared, if left out."""


class Plugin(Part):
    """Any other plugin of the API, on every control plane."""

    plugin: Annotated[str | None, Field(examples=["cors"])] = None
    """Kong's name of the plugin; the key, if left out."""
    config: Annotated[Config, Field(examples=[{"origins": ["https://example.com"]}])] = {}
    """As Kong documents it for the plugin; credentials are vault references or Pulumi secrets."""
    route: Annotated[str | None, Field(examples=["invoices"])] = None
    """The key of the route that it is limited to; the whole API, if left out."""
    consumer_group: Annotated[str | None, Field(examples=["gold"])] = None
    """The consumer group of the gateway that it is limited to."""
    enabled: Annotated[Bool, Field(examples=[False])] = True
    """Whether the plugin runs."""
    protocols: Annotated[list[str] | None, Field(min_length=1)] = None
    """Protocols of the requests for which it runs; Kong's default, if left out."""
    ordering: dict[str, dict[str, list[str]]] | None = None
    """An order that differs from Kong's priorities: {before: {access: [key-auth]}}."""
    condition: Annotated[str | None, Field(min_length=1, max_length=1024)] = None
    """An expression that a request must match; from version 3.15 on."""
    tags: list[str] = []
    """Further tags of the plugin."""
    control_planes: dict[str, PlaneOverride | None] = {}
    """What differs, by the key of a control plane; null where the plugin is not there."""


def _certificate(text: str) -> str:
    if text.strip().startswith("-----BEGIN CERTIFICATE-----") and text.count("-----BEGIN ") == 1:
        return text
    # The value may be a private key, so the message must not have it.
    wrong, remedy = "is not the PEM text of one certificate", "write one for each key"
    raise refusal(Problem((), wrong, remedy, f"({len(text)} characters)"))


class ApiArgs(Part):
    """An API, on every control plane of a gateway.

    Raises `ApiError`, with all problems of the values and their paths.
    """

    owner: Annotated[str, Field(pattern=r"^[\w.~ -]{1,100}$", examples=["billing"])]
    """The team that owns the API: the tag ``owner:<owner>`` of everything of it in Konnect."""
    name: Annotated[Key | None, Field(examples=["billing"])] = None
    """The name of the service in Konnect, with which those of its routes begin; the component's
    name, if left out."""
    tags: Annotated[list[str], Field(examples=[["pci"]])] = []
    """Further tags of everything of the API."""
    service: Annotated[Service | None, Field(examples=[{"host": "billing.internal"}])] = None
    """Where requests go. It may be left out beside an OpenAPI document with servers, and AI."""
    upstream: Annotated[Upstream | None, Field(examples=[{"health_check": {}}])] = None
    """How requests are spread over targets, the same in all regions."""
    upstreams: Annotated[
        dict[str, RegionalUpstream], Field(examples=[{"aws": {"host": "billing.aws.internal"}}])
    ] = {}
    """Where requests go, by the key of a region, a cloud or a control plane: the first of them that
    there is. Traffic then stays local. Regions of one control plane must agree."""
    release: ReleaseDeclaration | None = None
    """Versions of the API, and how a new one gets its requests. It takes the place of the targets
    and hosts of the other fields."""
    routes: Annotated[dict[Key, Route], Field(examples=[{"all": {"paths": ["/billing"]}}])] = {}
    """Which requests are the API's, by key."""
    openapi: Annotated[OpenApi | None, Field(examples=[{"document": "openapi.yaml"}])] = None
    """A document from which routes follow: one for each operation."""
    authentication: Annotated[Authentication | None, Field(examples=[{"key_auth": {}}])] = None
    """Who may call the API."""
    consumers: Annotated[dict[Key, Consumer], Field(examples=[{"shop": {}}])] = {}
    """Clients of the API, by key."""
    rate_limit: Annotated[RateLimit | None, Field(examples=[{"limit": 600}])] = None
    """A limit of requests. Counts in the cache of the gateway, where there is one."""
    cache: Annotated[ResponseCache | None, Field(examples=[{"ttl": 300}])] = None
    """Responses that are kept, in the cache of the gateway, where there is one."""
    ai: Annotated[Ai | None, Field()] = None
    """Models behind the API."""
    plugins: Annotated[dict[Key, Plugin], Field(examples=[{"correlation-id": {}}])] = {}
    """Further plugins by key."""
    ca_certificates: Annotated[
        dict[Key, Annotated[str, AfterValidator(_certificate)]],
        Field(examples=[{"partners": "-----BEGIN CERTIFICATE-----\n..."}]),
    ] = {}
    """CA certificates in PEM by key, on every control plane."""

    @model_validator(mode="wrap")
    @classmethod
    def _in_lines(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Raise all problems as one `ApiError`."""
        try:
            return handler(value)
        except ValidationError as error:
            raise ApiError("ApiArgs", from_validation(error, cls, {})) from None

    @field_validator("openapi", mode="before")
    @classmethod
    def _bare_document(cls, value: Any) -> Any:
        """A document may stand alone."""
        bare = isinstance(value, str | File) or (isinstance(value, Mapping) and "openapi" in value)
        return {"document": value} if bare else value
