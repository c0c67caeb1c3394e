"""Authentication plugins, of consumers and towards services; and access control by group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Unpack

import pulumi

from providers.konnect.core_entities.plugin import GatewayPlugin
from providers.konnect.plugins.arguments import (
    ConsumerGroupArgs,
    RouteArgs,
    Texts,
    links_to,
    plugin,
    stored_in_redis,
)

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
    """Authenticate consumers by an API key.

    ``key_names`` are the names of the header, query argument or body field that holds the key:
    letters, digits, ``_`` and ``-`` (default ``apikey``). ``anonymous`` is the id or username of
    the consumer that is used when authentication fails. Source: `key-auth`.
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
    return plugin(resource_name, "key-auth", written, config, **common)


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
    """Authenticate consumers by a JWT that is signed with their key or secret.

    ``key_claim_name`` is the claim that identifies the credential (default ``iss``).
    ``maximum_expiration`` is the longest lifetime of a token in seconds: at most 31536000; 0
    means no limit. Source: `jwt`.
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
    return plugin(resource_name, "jwt", written, config, **common)


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
    """Authenticate consumers by the tokens of an identity provider, or by a login there.

    ``issuer`` is the URL of the identity provider. ``client_id`` and ``client_secret`` have one
    item for each client. A claim is the list of keys that lead to it in the token, such as
    ``["realm", "user"]``. ``consumer_claims`` is a list of claims, one of which names the
    consumer; it needs gateway 3.14 or later. Gateway 3.13 takes a single claim instead:
    ``config={"consumer_claim": ["sub"]}``. No version takes both. If ``auth_methods`` is omitted,
    all methods are enabled. ``timeout`` is in milliseconds. With ``redis``, sessions are kept in
    Redis instead of a cookie. Source: `openid-connect`.
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
    return plugin(resource_name, "openid-connect", written, config, links_to(redis), **common)


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
    """Authenticate consumers by a client certificate that one of the CAs has signed.

    ``ca_certificates`` are ids of CA certificates in Konnect, at least one. ``cache_ttl`` is in
    seconds. ``default_consumer`` is used for a trusted certificate that matches no consumer.
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
    return plugin(resource_name, "mtls-auth", written, config, **common)


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
    """Allow or deny consumers by their ACL groups.

    Give one of ``allow`` and ``deny``, as names of ACL groups. With ``include_consumer_groups``
    they may be names of consumer groups as well. Source: `acl`.
    """
    written = {
        "allow": allow,
        "deny": deny,
        "hide_groups_header": hide_groups_header,
        "include_consumer_groups": include_consumer_groups,
        "always_use_authenticated_groups": always_use_authenticated_groups,
    }
    return plugin(resource_name, "acl", written, config, **common)


def basic_auth(
    resource_name: str,
    *,
    hide_credentials: pulumi.Input[bool] | None = None,
    anonymous: pulumi.Input[str] | None = None,
    realm: pulumi.Input[str] | None = None,
    brute_force_protection: Mapping[str, Any] | None = None,
    redis: pulumi.Input[str] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[RouteArgs],
) -> GatewayPlugin:
    """Authenticate consumers by username and password.

    ``brute_force_protection={"strategy": "memory"}`` slows down repeated failures; Kong's default
    is off. With ``redis``, the id of a partial of type redis-ce, failures are counted there, over
    all data planes. Gateway 3.15 also has ``principals``, in ``config``. Source: `basic-auth`.
    """
    protection = stored_in_redis(
        "basic-auth", resource_name, "brute_force_protection", brute_force_protection, redis
    )
    written = {
        "hide_credentials": hide_credentials,
        "anonymous": anonymous,
        "realm": realm,
        "brute_force_protection": protection,
    }
    return plugin(resource_name, "basic-auth", written, config, links_to(redis), **common)


def hmac_auth(
    resource_name: str,
    *,
    algorithms: pulumi.Input[
        Sequence[
            pulumi.Input[
                Literal["hmac-sha1", "hmac-sha224", "hmac-sha256", "hmac-sha384", "hmac-sha512"]
            ]
        ]
    ]
    | None = None,
    clock_skew: pulumi.Input[float] | None = None,
    enforce_headers: Texts | None = None,
    validate_request_body: pulumi.Input[bool] | None = None,
    hide_credentials: pulumi.Input[bool] | None = None,
    anonymous: pulumi.Input[str] | None = None,
    realm: pulumi.Input[str] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[RouteArgs],
) -> GatewayPlugin:
    """Authenticate consumers by an HMAC signature of the request.

    ``clock_skew`` is how old a signature may be, in seconds (default 300). ``enforce_headers`` are
    headers that a client must sign. With ``validate_request_body`` the body's digest is checked.
    Source: `hmac-auth`.
    """
    written = {
        "algorithms": algorithms,
        "clock_skew": clock_skew,
        "enforce_headers": enforce_headers,
        "validate_request_body": validate_request_body,
        "hide_credentials": hide_credentials,
        "anonymous": anonymous,
        "realm": realm,
    }
    return plugin(resource_name, "hmac-auth", written, config, **common)


def upstream_oauth(
    resource_name: str,
    *,
    oauth: pulumi.Input[Mapping[str, Any]],
    client: pulumi.Input[Mapping[str, Any]] | None = None,
    cache: Mapping[str, Any] | None = None,
    behavior: pulumi.Input[Mapping[str, Any]] | None = None,
    redis: pulumi.Input[str] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[ConsumerGroupArgs],
) -> GatewayPlugin:
    """Get a token from an identity provider and send it to the service.

    ``oauth`` is a mapping with ``token_endpoint`` (a URL) and usually ``client_id``,
    ``client_secret``, ``scopes`` and ``audience``; ``grant_type`` is client_credentials or
    password. ``client`` says how the token is requested (``auth_method``, ``timeout`` in
    milliseconds), ``behavior`` what happens when there is none. ``cache`` says how long tokens are
    kept: ``default_ttl`` in seconds. With ``redis``, the id of a partial of type redis-ee, they
    are kept there. Source: `upstream-oauth`.
    """
    kept = stored_in_redis("upstream-oauth", resource_name, "cache", cache, redis)
    written = {"oauth": oauth, "client": client, "cache": kept, "behavior": behavior}
    return plugin(resource_name, "upstream-oauth", written, config, links_to(redis), **common)
