"""What a team declares of an API's plugins: who may call, limits, responses, models, others."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from components.api.parts import Bool, Config, InputText, Int, Part
from components.problems import Problem, refusal


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
