"""The plugins that govern an API, each a function with typed arguments.

`GatewayPlugin` takes any plugin with its config as a mapping; here the settings that most
APIs need have names, types and units. An argument is the field of the config with its name,
and one that is not written is left to Kong's default. ``config`` takes all other fields, and
``redis`` the id of a Redis partial, with which the plugin counts, caches or keeps its sessions
there. Each function takes only the scopes that the plugin has, and returns the resource.

Source: the schemas of the plugins, Gateway 3.15. A field that is written twice, as an argument
and in ``config``, raises `KonnectError`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, Required, TypedDict, Unpack

import pulumi

from providers.konnect.errors import KonnectError
from providers.konnect.plugin import GatewayPlugin
from providers.konnect.plugin_facts import PARTIAL_PATHS

SYNC_RATE: Final = 0.5
"""Seconds between two meetings of counters in Redis, where nothing else is written."""

Texts = pulumi.Input[Sequence[pulumi.Input[str]]]
Numbers = pulumi.Input[Sequence[pulumi.Input[float]]]
Reference = pulumi.Input[Mapping[str, pulumi.Input[str]]]
Objects = pulumi.Input[Sequence[pulumi.Input[Mapping[str, Any]]]]

WindowType = Literal["fixed", "sliding"]
LlmFormat = Literal["anthropic", "bedrock", "cohere", "gemini", "huggingface", "openai"]
GenaiCategory = Literal[
    "audio/speech",
    "audio/transcription",
    "image/generation",
    "realtime/generation",
    "text/embeddings",
    "text/generation",
    "video/generation",
]
Grant = Literal[
    "authorization_code",
    "bearer",
    "client_credentials",
    "introspection",
    "kong_oauth2",
    "password",
    "refresh_token",
    "session",
    "userinfo",
]
HttpMethod = Literal["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"]


class ServiceArgs(TypedDict, total=False):
    """What every plugin takes beside its config, as `GatewayPlugin` describes it."""

    control_plane_id: Required[pulumi.Input[str]]
    service: Reference | None
    partials: pulumi.Input[Sequence[pulumi.Input[Mapping[str, Any]]]] | None
    enabled: pulumi.Input[bool] | None
    instance_name: pulumi.Input[str] | None
    protocols: Texts | None
    ordering: pulumi.Input[Mapping[str, Any]] | None
    condition: pulumi.Input[str] | None
    tags: Texts | None
    adopt_existing_id: pulumi.Input[str] | None
    opts: pulumi.ResourceOptions | None


class RouteArgs(ServiceArgs, total=False):
    """Of a plugin that a route may have as well."""

    route: Reference | None


class ConsumerArgs(RouteArgs, total=False):
    """Of a plugin that may also be for one consumer."""

    consumer: Reference | None


class ConsumerGroupArgs(ConsumerArgs, total=False):
    """Of a plugin that may also be for the consumers of one group."""

    consumer_group: Reference | None


def rate_limiting_advanced(
    resource_name: str,
    *,
    limit: Numbers,
    window_size: Numbers,
    window_type: pulumi.Input[WindowType] | None = None,
    identifier: pulumi.Input[
        Literal[
            "consumer", "consumer-group", "credential", "header", "ip", "path", "route", "service"
        ]
    ]
    | None = None,
    header_name: pulumi.Input[str] | None = None,
    path: pulumi.Input[str] | None = None,
    namespace: pulumi.Input[str] | None = None,
    sync_rate: pulumi.Input[float] | None = None,
    hide_client_headers: pulumi.Input[bool] | None = None,
    error_code: pulumi.Input[float] | None = None,
    error_message: pulumi.Input[str] | None = None,
    redis: pulumi.Input[str] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[ConsumerGroupArgs],
) -> GatewayPlugin:
    """So many requests per window, by consumer unless ``identifier`` says otherwise.

    ``limit`` requests in the ``window_size`` (seconds) of the same position; ``header_name``
    and ``path`` are for these identifiers. Plugins of one ``namespace`` share their counters.
    ``sync_rate`` is in seconds (0.02 at least, 0 for each request, -1 for never); with
    ``redis`` it is 0.5 unless written. Source: `rate-limiting-advanced`.
    """
    written = {
        "limit": limit,
        "window_size": window_size,
        "window_type": window_type,
        "identifier": identifier,
        "header_name": header_name,
        "path": path,
        "namespace": namespace,
        "hide_client_headers": hide_client_headers,
        "error_code": error_code,
        "error_message": error_message,
        **_counting(redis, sync_rate),
    }
    links = _links(redis)
    return _plugin(resource_name, "rate-limiting-advanced", written, config, links, **common)


def service_protection(
    resource_name: str,
    *,
    limit: Numbers,
    window_size: Numbers,
    window_type: pulumi.Input[WindowType] | None = None,
    namespace: pulumi.Input[str] | None = None,
    sync_rate: pulumi.Input[float] | None = None,
    hide_client_headers: pulumi.Input[bool] | None = None,
    error_code: pulumi.Input[float] | None = None,
    error_message: pulumi.Input[str] | None = None,
    redis: pulumi.Input[str] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[ServiceArgs],
) -> GatewayPlugin:
    """So many requests per window for a service, whoever sends them.

    ``limit`` requests in the ``window_size`` (seconds) of the same position; ``sync_rate`` as
    for `rate_limiting_advanced`. Source: `service-protection`.
    """
    written = {
        "limit": limit,
        "window_size": window_size,
        "window_type": window_type,
        "namespace": namespace,
        "hide_client_headers": hide_client_headers,
        "error_code": error_code,
        "error_message": error_message,
        **_counting(redis, sync_rate),
    }
    return _plugin(resource_name, "service-protection", written, config, _links(redis), **common)


def key_auth(
    resource_name: str,
    *,
    key_names: Texts | None = None,
    key_in_header: pulumi.Input[bool] | None = None,
    key_in_query: pulumi.Input[bool] | None = None,
    key_in_body: pulumi.Input[bool] | None = None,
    hide_credentials: pulumi.Input[bool] | None = None,
    anonymous: pulumi.Input[str] | None = None,
    realm: pulumi.Input[str] | None = None,
    run_on_preflight: pulumi.Input[bool] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[RouteArgs],
) -> GatewayPlugin:
    """Consumers authenticate with a key, in a header or query argument of ``key_names``.

    ``key_names`` are of letters, digits, ``_`` and ``-`` (``apikey`` by default);
    ``anonymous`` is the id or the name of the consumer that all others are. Source: `key-auth`.
    """
    written = {
        "key_names": key_names,
        "key_in_header": key_in_header,
        "key_in_query": key_in_query,
        "key_in_body": key_in_body,
        "hide_credentials": hide_credentials,
        "anonymous": anonymous,
        "realm": realm,
        "run_on_preflight": run_on_preflight,
    }
    return _plugin(resource_name, "key-auth", written, config, **common)


def jwt(
    resource_name: str,
    *,
    key_claim_name: pulumi.Input[str] | None = None,
    claims_to_verify: pulumi.Input[Sequence[pulumi.Input[Literal["exp", "nbf"]]]] | None = None,
    maximum_expiration: pulumi.Input[float] | None = None,
    header_names: Texts | None = None,
    cookie_names: Texts | None = None,
    uri_param_names: Texts | None = None,
    secret_is_base64: pulumi.Input[bool] | None = None,
    anonymous: pulumi.Input[str] | None = None,
    realm: pulumi.Input[str] | None = None,
    run_on_preflight: pulumi.Input[bool] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[RouteArgs],
) -> GatewayPlugin:
    """Consumers authenticate with a JWT that their key or secret has signed.

    ``key_claim_name`` is the claim that tells the credential (``iss`` by default),
    ``maximum_expiration`` the seconds that a token may live (31536000 at most, 0 for any).
    Source: `jwt`.
    """
    written = {
        "key_claim_name": key_claim_name,
        "claims_to_verify": claims_to_verify,
        "maximum_expiration": maximum_expiration,
        "header_names": header_names,
        "cookie_names": cookie_names,
        "uri_param_names": uri_param_names,
        "secret_is_base64": secret_is_base64,
        "anonymous": anonymous,
        "realm": realm,
        "run_on_preflight": run_on_preflight,
    }
    return _plugin(resource_name, "jwt", written, config, **common)


def openid_connect(
    resource_name: str,
    *,
    issuer: pulumi.Input[str],
    client_id: Texts | None = None,
    client_secret: Texts | None = None,
    auth_methods: pulumi.Input[Sequence[pulumi.Input[Grant]]] | None = None,
    scopes: Texts | None = None,
    scopes_required: Texts | None = None,
    audience: Texts | None = None,
    audience_required: Texts | None = None,
    roles_required: Texts | None = None,
    groups_required: Texts | None = None,
    consumer_claims: pulumi.Input[Sequence[Texts]] | None = None,
    consumer_by: pulumi.Input[Sequence[pulumi.Input[Literal["custom_id", "id", "username"]]]]
    | None = None,
    consumer_optional: pulumi.Input[bool] | None = None,
    consumer_groups_claim: Texts | None = None,
    credential_claim: Texts | None = None,
    redirect_uri: Texts | None = None,
    session_secret: pulumi.Input[str] | None = None,
    hide_credentials: pulumi.Input[bool] | None = None,
    anonymous: pulumi.Input[str] | None = None,
    ssl_verify: pulumi.Input[bool] | None = None,
    timeout: pulumi.Input[float] | None = None,
    redis: pulumi.Input[str] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[RouteArgs],
) -> GatewayPlugin:
    """Consumers authenticate with the tokens of an identity provider, or log in there.

    ``issuer`` is its URL; ``client_id`` and ``client_secret`` have one item for each client.
    A claim is the path to it in the token, step by step, and ``consumer_claims`` are several
    of them. Without ``auth_methods`` all of them are on. ``timeout`` is in milliseconds. With
    ``redis`` the sessions are kept there, not in a cookie. Source: `openid-connect`.
    """
    written = {
        "issuer": issuer,
        "client_id": client_id,
        "client_secret": client_secret,
        "auth_methods": auth_methods,
        "scopes": scopes,
        "scopes_required": scopes_required,
        "audience": audience,
        "audience_required": audience_required,
        "roles_required": roles_required,
        "groups_required": groups_required,
        "consumer_claims": consumer_claims,
        "consumer_by": consumer_by,
        "consumer_optional": consumer_optional,
        "consumer_groups_claim": consumer_groups_claim,
        "credential_claim": credential_claim,
        "redirect_uri": redirect_uri,
        "session_secret": session_secret,
        "hide_credentials": hide_credentials,
        "anonymous": anonymous,
        "ssl_verify": ssl_verify,
        "timeout": timeout,
        "session_storage": None if redis is None else "redis",
    }
    return _plugin(resource_name, "openid-connect", written, config, _links(redis), **common)


def mtls_auth(
    resource_name: str,
    *,
    ca_certificates: Texts,
    consumer_by: pulumi.Input[Sequence[pulumi.Input[Literal["custom_id", "username"]]]]
    | None = None,
    skip_consumer_lookup: pulumi.Input[bool] | None = None,
    authenticated_group_by: pulumi.Input[Literal["CN", "DN"]] | None = None,
    revocation_check_mode: pulumi.Input[Literal["IGNORE_CA_ERROR", "SKIP", "STRICT"]] | None = None,
    send_ca_dn: pulumi.Input[bool] | None = None,
    default_consumer: pulumi.Input[str] | None = None,
    anonymous: pulumi.Input[str] | None = None,
    cache_ttl: pulumi.Input[float] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[RouteArgs],
) -> GatewayPlugin:
    """Consumers authenticate with a client certificate of one of the CAs.

    ``ca_certificates`` are ids of CA certificates in Konnect, at least one; ``cache_ttl`` is in
    seconds; ``default_consumer`` is who has a trusted certificate and is nobody else.
    Source: `mtls-auth`.
    """
    written = {
        "ca_certificates": ca_certificates,
        "consumer_by": consumer_by,
        "skip_consumer_lookup": skip_consumer_lookup,
        "authenticated_group_by": authenticated_group_by,
        "revocation_check_mode": revocation_check_mode,
        "send_ca_dn": send_ca_dn,
        "default_consumer": default_consumer,
        "anonymous": anonymous,
        "cache_ttl": cache_ttl,
    }
    return _plugin(resource_name, "mtls-auth", written, config, **common)


def acl(
    resource_name: str,
    *,
    allow: Texts | None = None,
    deny: Texts | None = None,
    hide_groups_header: pulumi.Input[bool] | None = None,
    include_consumer_groups: pulumi.Input[bool] | None = None,
    always_use_authenticated_groups: pulumi.Input[bool] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[RouteArgs],
) -> GatewayPlugin:
    """Only consumers of some ACL groups, or all but those: one of ``allow`` and ``deny``.

    With ``include_consumer_groups`` the names may be those of consumer groups as well.
    Source: `acl`.
    """
    written = {
        "allow": allow,
        "deny": deny,
        "hide_groups_header": hide_groups_header,
        "include_consumer_groups": include_consumer_groups,
        "always_use_authenticated_groups": always_use_authenticated_groups,
    }
    return _plugin(resource_name, "acl", written, config, **common)


def ip_restriction(
    resource_name: str,
    *,
    allow: Texts | None = None,
    deny: Texts | None = None,
    status: pulumi.Input[float] | None = None,
    message: pulumi.Input[str] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[ConsumerGroupArgs],
) -> GatewayPlugin:
    """Only clients of some addresses or CIDR ranges, or all but those.

    At least one of ``allow`` and ``deny``; who is refused gets ``status`` (HTTP) and
    ``message``. Source: `ip-restriction`.
    """
    written = {"allow": allow, "deny": deny, "status": status, "message": message}
    return _plugin(resource_name, "ip-restriction", written, config, **common)


def request_size_limiting(
    resource_name: str,
    *,
    allowed_payload_size: pulumi.Input[int] | None = None,
    size_unit: pulumi.Input[Literal["bytes", "kilobytes", "megabytes"]] | None = None,
    require_content_length: pulumi.Input[bool] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[ConsumerArgs],
) -> GatewayPlugin:
    """No request body above ``allowed_payload_size``, of 128 megabytes unless written.

    A megabyte is 1,000,000 bytes. Source: `request-size-limiting`.
    """
    written = {
        "allowed_payload_size": allowed_payload_size,
        "size_unit": size_unit,
        "require_content_length": require_content_length,
    }
    return _plugin(resource_name, "request-size-limiting", written, config, **common)


def cors(
    resource_name: str,
    *,
    origins: Texts | None = None,
    methods: pulumi.Input[Sequence[pulumi.Input[HttpMethod]]] | None = None,
    headers: Texts | None = None,
    exposed_headers: Texts | None = None,
    credentials: pulumi.Input[bool] | None = None,
    max_age: pulumi.Input[float] | None = None,
    preflight_continue: pulumi.Input[bool] | None = None,
    private_network: pulumi.Input[bool] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[RouteArgs],
) -> GatewayPlugin:
    """Browsers may call the API from the pages of ``origins``.

    ``origins`` are URLs, regular expressions, or the one item ``*``; ``max_age`` is the
    seconds for which a browser keeps the answer. Source: `cors`.
    """
    written = {
        "origins": origins,
        "methods": methods,
        "headers": headers,
        "exposed_headers": exposed_headers,
        "credentials": credentials,
        "max_age": max_age,
        "preflight_continue": preflight_continue,
        "private_network": private_network,
    }
    return _plugin(resource_name, "cors", written, config, **common)


def correlation_id(
    resource_name: str,
    *,
    header_name: pulumi.Input[str] | None = None,
    generator: pulumi.Input[Literal["tracker", "uuid", "uuid#counter"]] | None = None,
    echo_downstream: pulumi.Input[bool] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[ConsumerArgs],
) -> GatewayPlugin:
    """Every request gets an id in a header, ``Kong-Request-ID`` unless written.

    ``echo_downstream`` tells the client as well. Source: `correlation-id`.
    """
    written = {
        "header_name": header_name,
        "generator": generator,
        "echo_downstream": echo_downstream,
    }
    return _plugin(resource_name, "correlation-id", written, config, **common)


def opentelemetry(
    resource_name: str,
    *,
    traces_endpoint: pulumi.Input[str] | None = None,
    logs_endpoint: pulumi.Input[str] | None = None,
    headers: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
    resource_attributes: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
    sampling_rate: pulumi.Input[float] | None = None,
    metrics: pulumi.Input[Mapping[str, Any]] | None = None,
    propagation: pulumi.Input[Mapping[str, Any]] | None = None,
    queue: pulumi.Input[Mapping[str, Any]] | None = None,
    connect_timeout: pulumi.Input[int] | None = None,
    send_timeout: pulumi.Input[int] | None = None,
    read_timeout: pulumi.Input[int] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[ConsumerArgs],
) -> GatewayPlugin:
    """Traces, logs and metrics go to an OTLP/HTTP collector.

    Endpoints are URLs; ``headers`` are sent to them and are secrets, since they carry the
    collector's token; ``sampling_rate`` is 0 to 1, timeouts are in milliseconds.
    ``metrics``, ``propagation`` and ``queue`` are mappings as the schema has them.
    Source: `opentelemetry`.
    """
    written = {
        "traces_endpoint": traces_endpoint,
        "logs_endpoint": logs_endpoint,
        "headers": headers,
        "resource_attributes": resource_attributes,
        "sampling_rate": sampling_rate,
        "metrics": metrics,
        "propagation": propagation,
        "queue": queue,
        "connect_timeout": connect_timeout,
        "send_timeout": send_timeout,
        "read_timeout": read_timeout,
    }
    return _plugin(resource_name, "opentelemetry", written, config, **common)


def proxy_cache_advanced(
    resource_name: str,
    *,
    cache_ttl: pulumi.Input[int] | None = None,
    storage_ttl: pulumi.Input[int] | None = None,
    request_method: pulumi.Input[
        Sequence[pulumi.Input[Literal["GET", "HEAD", "PATCH", "POST", "PUT"]]]
    ]
    | None = None,
    response_code: pulumi.Input[Sequence[pulumi.Input[int]]] | None = None,
    content_type: Texts | None = None,
    vary_headers: Texts | None = None,
    vary_query_params: Texts | None = None,
    cache_control: pulumi.Input[bool] | None = None,
    ignore_uri_case: pulumi.Input[bool] | None = None,
    bypass_on_err: pulumi.Input[bool] | None = None,
    redis: pulumi.Input[str] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[ConsumerGroupArgs],
) -> GatewayPlugin:
    """Answers are cached: in Redis, or without ``redis`` in the memory of each data plane.

    ``cache_ttl`` (300 by default) and ``storage_ttl`` are seconds, ``response_code`` HTTP
    statuses from 100 to 900. With ``bypass_on_err`` a request goes on when the cache is down.
    Source: `proxy-cache-advanced`.
    """
    written = {
        "strategy": "memory" if redis is None else "redis",
        "cache_ttl": cache_ttl,
        "storage_ttl": storage_ttl,
        "request_method": request_method,
        "response_code": response_code,
        "content_type": content_type,
        "vary_headers": vary_headers,
        "vary_query_params": vary_query_params,
        "cache_control": cache_control,
        "ignore_uri_case": ignore_uri_case,
        "bypass_on_err": bypass_on_err,
    }
    links = _links(redis)
    return _plugin(resource_name, "proxy-cache-advanced", written, config, links, **common)


def ai_proxy_advanced(
    resource_name: str,
    *,
    targets: Objects,
    balancer: pulumi.Input[Mapping[str, Any]] | None = None,
    llm_format: pulumi.Input[LlmFormat] | None = None,
    genai_category: pulumi.Input[GenaiCategory] | None = None,
    response_streaming: pulumi.Input[Literal["allow", "always", "deny"]] | None = None,
    model_name_header: pulumi.Input[bool] | None = None,
    max_request_body_size: pulumi.Input[int] | None = None,
    embeddings: pulumi.Input[str] | None = None,
    vectordb: pulumi.Input[str] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[ConsumerGroupArgs],
) -> GatewayPlugin:
    """Requests go to one of several language models.

    ``targets`` are mappings with ``model`` (its ``provider`` and ``name``) and ``route_type``
    (``llm/v1/chat``) at least, ``balancer`` one with the ``algorithm``; ``embeddings`` and
    ``vectordb`` are ids of partials of these types, for a semantic balancer.
    ``max_request_body_size`` is in bytes. Source: `ai-proxy-advanced`.
    """
    written = {
        "targets": targets,
        "balancer": balancer,
        "llm_format": llm_format,
        "genai_category": genai_category,
        "response_streaming": response_streaming,
        "model_name_header": model_name_header,
        "max_request_body_size": max_request_body_size,
    }
    places = PARTIAL_PATHS["ai-proxy-advanced"]
    links = [
        {"id": id_, "path": places[type_]}
        for type_, id_ in (("embeddings", embeddings), ("vectordb", vectordb))
        if id_ is not None
    ]
    return _plugin(resource_name, "ai-proxy-advanced", written, config, links, **common)


def ai_rate_limiting_advanced(
    resource_name: str,
    *,
    llm_providers: Objects | None = None,
    policies: Objects | None = None,
    tokens_count_strategy: pulumi.Input[
        Literal["completion_tokens", "cost", "prompt_tokens", "total_tokens"]
    ]
    | None = None,
    window_type: pulumi.Input[WindowType] | None = None,
    identifier: pulumi.Input[
        Literal["consumer", "consumer-group", "credential", "header", "ip", "path", "service"]
    ]
    | None = None,
    header_name: pulumi.Input[str] | None = None,
    path: pulumi.Input[str] | None = None,
    namespace: pulumi.Input[str] | None = None,
    sync_rate: pulumi.Input[float] | None = None,
    hide_client_headers: pulumi.Input[bool] | None = None,
    error_code: pulumi.Input[float] | None = None,
    error_message: pulumi.Input[str] | None = None,
    redis: pulumi.Input[str] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[ConsumerGroupArgs],
) -> GatewayPlugin:
    """So many tokens of a language model per window.

    Either ``llm_providers``, mappings with ``name``, ``limit`` (tokens) and ``window_size``
    (seconds), the last two lists of one length; or ``policies``, mappings with ``match`` and
    ``limits``. ``sync_rate`` as for `rate_limiting_advanced`.
    Source: `ai-rate-limiting-advanced`.
    """
    written = {
        "llm_providers": llm_providers,
        "policies": policies,
        "tokens_count_strategy": tokens_count_strategy,
        "window_type": window_type,
        "identifier": identifier,
        "header_name": header_name,
        "path": path,
        "namespace": namespace,
        "hide_client_headers": hide_client_headers,
        "error_code": error_code,
        "error_message": error_message,
        **_counting(redis, sync_rate),
    }
    links = _links(redis)
    return _plugin(resource_name, "ai-rate-limiting-advanced", written, config, links, **common)


def ai_prompt_guard(
    resource_name: str,
    *,
    allow_patterns: Texts | None = None,
    deny_patterns: Texts | None = None,
    allow_all_conversation_history: pulumi.Input[bool] | None = None,
    match_all_roles: pulumi.Input[bool] | None = None,
    llm_format: pulumi.Input[LlmFormat] | None = None,
    genai_category: pulumi.Input[GenaiCategory] | None = None,
    max_request_body_size: pulumi.Input[int] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[ConsumerGroupArgs],
) -> GatewayPlugin:
    """Prompts are let through or refused by regular expressions.

    ``allow_patterns`` and ``deny_patterns`` have at most 10 items of 1 to 500 characters each;
    ``max_request_body_size`` is in bytes, 0 for any. Source: `ai-prompt-guard`.
    """
    written = {
        "allow_patterns": allow_patterns,
        "deny_patterns": deny_patterns,
        "allow_all_conversation_history": allow_all_conversation_history,
        "match_all_roles": match_all_roles,
        "llm_format": llm_format,
        "genai_category": genai_category,
        "max_request_body_size": max_request_body_size,
    }
    return _plugin(resource_name, "ai-prompt-guard", written, config, **common)


def _counting(redis: object, sync_rate: object) -> dict[str, object]:
    """Where counters are kept. Kong wants a rate with Redis and refuses one without."""
    if redis is None:
        return {"sync_rate": sync_rate}
    return {"strategy": "redis", "sync_rate": SYNC_RATE if sync_rate is None else sync_rate}


def _links(redis: pulumi.Input[str] | None) -> list[dict[str, pulumi.Input[str]]]:
    return [] if redis is None else [{"id": redis}]


def _plugin(
    resource_name: str,
    name: str,
    arguments: Mapping[str, object],
    config: Mapping[str, Any] | None,
    links: Sequence[Mapping[str, pulumi.Input[str]]] = (),
    /,
    **common: Unpack[ConsumerGroupArgs],
) -> GatewayPlugin:
    """The plugin of a function: its arguments with the rest of the config, and its partials."""
    written = {field: value for field, value in arguments.items() if value is not None}
    rest = config or {}
    if twice := sorted(written.keys() & rest.keys()):
        raise KonnectError(
            f"{name} {resource_name!r}: {', '.join(twice)} comes from the arguments and is in "
            "config as well"
        )
    if links:
        if common.get("partials") is not None:
            raise KonnectError(f"{name} {resource_name!r}: write all of its partials in partials")
        common["partials"] = links
    return GatewayPlugin(resource_name, name=name, config={**written, **rest}, **common)
