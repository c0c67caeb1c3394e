"""The functions for single plugins: every config that they make is valid for Kong."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pulumi
import pytest
from jsonschema import Draft202012Validator

from multicloudgateway import published
from providers import konnect
from providers.base.errors import ProviderError
from providers.base.model import check
from providers.konnect import plugins
from tests.providers.konnect.example import ENTITY, OTHER, PLANE, Props
from tests.providers.konnect.examples import PLUGIN
from tests.providers.konnect.program import run

Function = Callable[..., konnect.GatewayPlugin]

LIMITS: Props = {"limit": [100, 1000], "window_size": [60, 3600]}
COUNTED: Props = {
    "window_type": "fixed",
    "namespace": "orders",
    "sync_rate": 0.1,
    "hide_client_headers": True,
    "error_code": 429,
    "error_message": "slow down",
}

FULL: list[tuple[Function, Props]] = [
    # (function, every argument that it has for the config)
    (
        plugins.rate_limiting_advanced,
        {**LIMITS, **COUNTED, "identifier": "header", "header_name": "x-team", "path": "/orders"},
    ),
    (plugins.service_protection, {**LIMITS, **COUNTED}),
    (
        plugins.key_auth,
        {
            "key_names": ["apikey"],
            "key_in_header": True,
            "key_in_query": False,
            "key_in_body": False,
            "hide_credentials": True,
            "anonymous": "nobody",
            "realm": "orders",
            "run_on_preflight": False,
        },
    ),
    (
        plugins.jwt,
        {
            "key_claim_name": "iss",
            "claims_to_verify": ["exp", "nbf"],
            "maximum_expiration": 3600,
            "header_names": ["authorization"],
            "cookie_names": ["token"],
            "uri_param_names": ["jwt"],
            "secret_is_base64": True,
            "anonymous": "nobody",
            "realm": "orders",
            "run_on_preflight": True,
        },
    ),
    (
        plugins.openid_connect,
        {
            "issuer": "https://id.example.com",
            "client_id": ["orders"],
            "client_secret": ["{vault://env/SECRET}"],
            "auth_methods": ["bearer", "session"],
            "scopes": ["openid"],
            "scopes_required": ["orders"],
            "audience": ["orders"],
            "audience_required": ["orders"],
            "roles_required": ["buyer"],
            "groups_required": ["staff"],
            "consumer_claims": [["sub"], ["user", "id"]],
            "consumer_by": ["custom_id"],
            "consumer_optional": True,
            "consumer_groups_claim": ["groups"],
            "credential_claim": ["sub"],
            "redirect_uri": ["https://api.example.com/login"],
            "session_secret": "{vault://env/SESSION}",
            "hide_credentials": True,
            "anonymous": "nobody",
            "ssl_verify": True,
            "timeout": 5000,
        },
    ),
    (
        plugins.mtls_auth,
        {
            "ca_certificates": [ENTITY],
            "consumer_by": ["username"],
            "skip_consumer_lookup": True,
            "authenticated_group_by": "DN",
            "revocation_check_mode": "STRICT",
            "send_ca_dn": True,
            "default_consumer": "somebody",
            "anonymous": "nobody",
            "cache_ttl": 60,
        },
    ),
    (
        plugins.acl,
        {
            "allow": ["buyers"],
            "deny": ["sellers"],
            "hide_groups_header": True,
            "include_consumer_groups": True,
            "always_use_authenticated_groups": True,
        },
    ),
    (
        plugins.ip_restriction,
        {"allow": ["10.0.0.0/8"], "deny": ["10.1.0.0/16"], "status": 403, "message": "no"},
    ),
    (
        plugins.request_size_limiting,
        {"allowed_payload_size": 8, "size_unit": "kilobytes", "require_content_length": True},
    ),
    (
        plugins.cors,
        {
            "origins": ["https://shop.example.com"],
            "methods": ["GET", "POST"],
            "headers": ["Accept"],
            "exposed_headers": ["X-Request-Id"],
            "credentials": True,
            "max_age": 600,
            "preflight_continue": False,
            "private_network": False,
        },
    ),
    (
        plugins.correlation_id,
        {"header_name": "X-Request-Id", "generator": "uuid", "echo_downstream": True},
    ),
    (
        plugins.opentelemetry,
        {
            "traces_endpoint": "https://otel.example.com/v1/traces",
            "logs_endpoint": "https://otel.example.com/v1/logs",
            "headers": {"x-api-key": "{vault://env/OTEL}"},
            "resource_attributes": {"service.name": "orders"},
            "sampling_rate": 0.5,
            "sampling_strategy": "parent_probability_fallback",
            "metrics": {"enable_latency_metrics": True},
            "propagation": {"default_format": "w3c"},
            "queue": {"max_batch_size": 100},
            "connect_timeout": 1000,
            "send_timeout": 2000,
            "read_timeout": 3000,
        },
    ),
    (
        plugins.http_log,
        {
            "http_endpoint": "https://logs.example.com/kong",
            "method": "PUT",
            "headers": {"x-api-key": "{vault://env/LOGS}"},
            "custom_fields_by_lua": {"team": 'return "orders"'},
            "queue": {"max_batch_size": 100},
            "timeout": 5000,
            "keepalive": 30000,
        },
    ),
    (
        plugins.proxy_cache_advanced,
        {
            "cache_ttl": 60,
            "storage_ttl": 120,
            "request_method": ["GET"],
            "response_code": [200, 404],
            "content_type": ["application/json"],
            "vary_headers": ["Accept"],
            "vary_query_params": ["page"],
            "cache_control": True,
            "ignore_uri_case": True,
            "bypass_on_err": True,
        },
    ),
    (
        plugins.ai_proxy_advanced,
        {
            "targets": [
                {
                    "model": {"provider": "openai", "name": "gpt"},
                    "route_type": "llm/v1/chat",
                    "description": "orders",
                }
            ],
            "balancer": {"algorithm": "semantic"},
            "llm_format": "openai",
            "genai_category": "text/generation",
            "response_streaming": "deny",
            "model_name_header": False,
            "max_request_body_size": 8192,
        },
    ),
    (
        plugins.ai_rate_limiting_advanced,
        {
            **COUNTED,
            "llm_providers": [{"name": "openai", "limit": [1000], "window_size": [60]}],
            "policies": [{"limits": [{"limit": 1000, "window_size": 60}]}],
            "tokens_count_strategy": "cost",
            "identifier": "ip",
            "header_name": "x-team",
            "path": "/chat",
        },
    ),
    (
        plugins.ai_prompt_guard,
        {
            "allow_patterns": ["^order"],
            "deny_patterns": ["password"],
            "allow_all_conversation_history": True,
            "match_all_roles": True,
            "llm_format": "openai",
            "genai_category": "text/generation",
            "max_request_body_size": 0,
        },
    ),
    (
        plugins.rate_limiting,
        {
            "second": 1,
            "minute": 10,
            "hour": 100,
            "day": 1000,
            "month": 10_000,
            "year": 100_000,
            "limit_by": "header",
            "header_name": "x-team",
            "path": "/orders",
            "sync_rate": 0.5,
            "fault_tolerant": True,
            "hide_client_headers": True,
            "error_code": 429,
            "error_message": "slow down",
        },
    ),
    (
        plugins.response_ratelimiting,
        {
            "limits": {"sms": {"minute": 5}},
            "header_name": "x-cost",
            "limit_by": "ip",
            "block_on_first_violation": True,
            "fault_tolerant": True,
            "hide_client_headers": True,
        },
    ),
    (
        plugins.basic_auth,
        {
            "hide_credentials": True,
            "anonymous": "nobody",
            "realm": "orders",
            "brute_force_protection": {"strategy": "memory"},
        },
    ),
    (
        plugins.hmac_auth,
        {
            "algorithms": ["hmac-sha256"],
            "clock_skew": 60,
            "enforce_headers": ["date"],
            "validate_request_body": True,
            "hide_credentials": True,
            "anonymous": "nobody",
            "realm": "orders",
        },
    ),
    (
        plugins.upstream_oauth,
        {
            "oauth": {
                "token_endpoint": "https://id.example.com/token",
                "client_secret": "{vault://env/SECRET}",
            },
            "client": {"auth_method": "client_secret_basic"},
            "cache": {"default_ttl": 60},
            "behavior": {"idp_error_response_status_code": 502},
        },
    ),
    (plugins.bot_detection, {"allow": ["our-monitor"], "deny": ["curl"]}),
    (
        plugins.request_termination,
        {
            "status_code": 503,
            "message": "closed",
            "body": "closed",
            "content_type": "text/plain",
            "echo": False,
            "trigger": "x-closed",
        },
    ),
    (
        plugins.canary,
        {
            "upstream_host": "new.internal",
            "upstream_port": 8443,
            "upstream_uri": "/new",
            "percentage": 10,
            "start": 1_800_000_000,
            "duration": 600,
            "steps": 100,
            "hash": "header",
            "hash_header": "x-team",
            "groups": ["testers"],
            "canary_by_header_name": "x-canary",
            "upstream_fallback": True,
        },
    ),
    (
        plugins.request_transformer,
        {
            "remove": {"headers": ["x-debug"]},
            "rename": {"querystring": ["q:query"]},
            "replace": {"uri": "/orders"},
            "add": {"headers": ["x-team:orders"]},
            "append": {"body": ["tag:orders"]},
            "http_method": "POST",
        },
    ),
    (
        plugins.request_transformer_advanced,
        {
            "remove": {"headers": ["x-debug"]},
            "rename": {"querystring": ["q:query"]},
            "replace": {"uri": "/orders"},
            "add": {"body": ["count:1"], "json_types": ["number"]},
            "append": {"headers": ["x-host:$(headers.host)"]},
            "allow": {"body": ["count"]},
            "http_method": "POST",
            "dots_in_keys": False,
        },
    ),
    (
        plugins.response_transformer,
        {
            "remove": {"headers": ["server"]},
            "rename": {"headers": ["x-old:x-new"]},
            "replace": {"json": ["a:1"], "json_types": ["number"]},
            "add": {"headers": ["x-team:orders"]},
            "append": {"json": ["tags:orders"]},
        },
    ),
    (
        plugins.response_transformer_advanced,
        {
            "remove": {"headers": ["server"]},
            "rename": {"headers": ["x-old:x-new"]},
            "replace": {"body": "sorry", "if_status": ["500-599"]},
            "add": {"headers": ["x-team:orders"]},
            "append": {"json": ["tags:orders"]},
            "allow": {"json": ["id"]},
            "transform": {"functions": ["return function (data) return data end"]},
            "dots_in_keys": False,
        },
    ),
    (
        plugins.request_validator,
        {
            "body_schema": '{"type": "object"}',
            "parameter_schema": [{"name": "page", "in": "query", "required": False}],
            "version": "draft202012",
            "allowed_content_types": ["application/json"],
            "content_type_parameter_validation": False,
            "verbose_response": True,
        },
    ),
    (
        plugins.ai_mcp_proxy,
        {
            "mode": "conversion-listener",
            "tools": [{"description": "Find an order", "method": "GET", "path": "/orders"}],
            "server": {"timeout": 5000},
            "default_acl": [{"scope": "tools", "allow": ["buyers"]}],
            "consumer_identifier": "username",
            "include_consumer_groups": True,
            "logging": {"log_statistics": True},
            "max_request_body_size": 8192,
        },
    ),
    (
        plugins.ai_a2a_proxy,
        {"logging": {"log_statistics": True}, "max_request_body_size": 8192},
    ),
    (
        plugins.ai_semantic_prompt_guard,
        {
            "rules": {"deny_prompts": ["how to steal"]},
            "search": {"threshold": 0.7},
            "llm_format": "openai",
            "genai_category": "text/generation",
        },
    ),
    (
        plugins.ai_semantic_cache,
        {
            "cache_ttl": 60,
            "cache_control": True,
            "exact_caching": True,
            "message_countback": 3,
            "ignore_system_prompts": True,
            "ignore_assistant_prompts": True,
            "ignore_tool_prompts": True,
            "stop_on_failure": False,
            "llm_format": "openai",
        },
    ),
    (
        plugins.ai_prompt_decorator,
        {
            "prompts": {"prepend": [{"role": "system", "content": "Be brief."}]},
            "llm_format": "openai",
            "max_request_body_size": 8192,
        },
    ),
    (
        plugins.ai_sanitizer,
        {
            "host": "pii.internal",
            "port": 8080,
            "scheme": "https",
            "timeout": 1000,
            "anonymize": ["email", "custom"],
            "custom_patterns": [{"name": "order", "regex": "O-[0-9]+", "score": 0.9}],
            "redact_type": "placeholder",
            "recover_redacted": True,
            "block_if_detected": False,
            "sanitization_mode": "BOTH",
            "stop_on_error": True,
        },
    ),
]
APART: dict[str, set[str]] = {
    "acl": {"deny"},
    "ai-prompt-guard": {"allow_all_conversation_history"},
    "ai-rate-limiting-advanced": {"llm_providers"},
    "basic-auth": {"brute_force_protection"},
    "request-termination": {"message"},
}
"""Arguments that a plugin does not take together with the others."""

every_function = pytest.mark.parametrize(
    ("function", "arguments"), FULL, ids=[function.__name__ for function, _ in FULL]
)

SCOPES = {"service", "route", "consumer", "consumer_group"}
NOT_IN_CONFIG = {"resource_name", "config", "redis", "embeddings", "vectordb", "common"}
BASES = {bool: "boolean", int: "integer", float: "number", str: "string"}


def name_of(function: Function) -> str:
    """The plugin of a function: the names are the same but for the dashes."""
    return function.__name__.replace("_", "-")


def schema_of(function: Function) -> published.Plugin:
    found = published.plugin(name_of(function))
    assert found is not None
    return found


def config_schema(function: Function) -> Props:
    """The schema of its config, closed: a field that is not Kong's must not pass.

    What a partial fills is not required.
    """
    schema = schema_of(function)
    filled = {place.removeprefix("config.") for place in schema.partials.values()}
    needed = [name for name in schema.config.get("required", ()) if name not in filled]
    return {**schema.config, "required": needed, "additionalProperties": False}


def made(function: Function, **arguments: Any) -> Props:
    """The inputs that a call registers."""

    async def program() -> None:
        function("it", control_plane_id=PLANE, **arguments)

    inputs = run(program)[1].inputs["it"]
    written = {key: value for key, value in inputs.items() if value is not None}
    # The mocked engine shows a credential in the config as a secret around it all.
    return {**written, "config": inputs["config"].get("value", inputs["config"])}


def required(function: Function, arguments: Props) -> Props:
    """The arguments without which there is no call."""
    parameters = inspect.signature(function).parameters
    return {
        name: value
        for name, value in arguments.items()
        if parameters[name].default is inspect.Parameter.empty
    }


def hints_of(function: Function) -> Props:
    """The annotations of its parameters; Pulumi's own refer to its Output by name."""
    return get_type_hints(function, localns={"Output": pulumi.Output, "T": Any})


def leaves(hint: Any) -> Iterator[Any]:
    """The plain types and Literals inside an annotation, but for Pulumi's own wrappers."""
    arguments = get_args(hint)
    if get_origin(hint) is Literal or not arguments:
        yield hint
        return
    for item in arguments if get_origin(hint) is not pulumi.Output else ():
        yield from leaves(item)


def test_every_function_is_in_the_table() -> None:
    assert {function.__name__ for function, _ in FULL} == set(plugins.__all__)


@every_function
def test_every_argument_lands_in_the_field_of_its_name(
    function: Function, arguments: Props
) -> None:
    told = inspect.signature(function).parameters.keys() - NOT_IN_CONFIG
    assert arguments.keys() == told
    inputs = made(function, **arguments)
    assert inputs["name"] == name_of(function)
    assert arguments.items() <= inputs["config"].items()


@every_function
def test_the_fields_of_every_config_are_valid(function: Function, arguments: Props) -> None:
    for given in (arguments, required(function, arguments)):
        config = made(function, **given)["config"]
        Draft202012Validator(config_schema(function)).validate(config)


@every_function
def test_every_config_is_valid_for_kong(function: Function, arguments: Props) -> None:
    parameters = inspect.signature(function).parameters
    partials = {name: ENTITY for name in ("redis", "embeddings", "vectordb") if name in parameters}
    apart = APART.get(name_of(function), set())
    given = {name: value for name, value in arguments.items() if name not in apart}
    inputs = made(function, **given, **partials)
    Draft202012Validator(config_schema(function)).validate(inputs["config"])
    known = {key: value for key, value in inputs.items() if key in PLUGIN.inputs.model_fields}
    assert check(PLUGIN.inputs, known).failures == []


@every_function
def test_every_argument_has_the_type_and_the_values_of_its_field(
    function: Function, arguments: Props
) -> None:
    fields = config_schema(function)["properties"]
    hints = hints_of(function)
    for name in arguments:
        field = fields[name]
        while field["type"] == "array":
            field = field["items"]
        if field["type"] == "object":
            continue
        found = [leaf for leaf in leaves(hints[name]) if leaf is not type(None)]
        closed = {value for leaf in found for value in get_args(leaf)}
        assert closed == set(field.get("enum", ())), name
        if not closed:
            assert {BASES[leaf] for leaf in found if leaf in BASES} == {field["type"]}, name


@every_function
def test_a_function_takes_the_scopes_that_the_plugin_has(
    function: Function, arguments: Props
) -> None:
    del arguments
    (common,) = get_args(hints_of(function)["common"])
    scopes = SCOPES & common.__annotations__.keys()
    if name_of(function) == "acl":
        assert scopes == {"service", "route"}
    else:
        assert scopes == schema_of(function).scopes


@every_function
def test_what_is_in_the_arguments_must_not_be_in_the_config(
    function: Function, arguments: Props
) -> None:
    name, value = next(iter(arguments.items()))
    with pytest.raises(ProviderError, match=f"{name} is set by an argument and by config"):
        function(
            "it",
            control_plane_id=PLANE,
            **{**required(function, arguments), name: value},
            config={name: value},
        )


@pytest.mark.parametrize(
    ("function", "field", "required_"),
    [
        (plugins.basic_auth, "brute_force_protection", {}),
        (plugins.upstream_oauth, "cache", {"oauth": {"token_endpoint": "https://id/token"}}),
    ],
)
def test_a_redis_partial_beside_another_strategy_is_refused(
    function: Function, field: str, required_: Props
) -> None:
    given: Props = {"control_plane_id": PLANE, "redis": ENTITY, **required_}
    with pytest.raises(ProviderError, match=rf"'it': {field}\.strategy is 'memory'"):
        function("it", **given, **{field: {"strategy": "memory"}})
    config = made(function, redis=ENTITY, **required_)["config"]
    assert config[field] == {"strategy": "redis"}


def test_a_cache_of_responses_can_use_a_redis_in_its_config() -> None:
    config = {"strategy": "redis", "redis": {"host": "redis.internal"}}
    assert made(plugins.proxy_cache_advanced, config=config)["config"] == config
    with pytest.raises(ProviderError, match="strategy is set by an argument and by config"):
        made(plugins.proxy_cache_advanced, redis=ENTITY, config={"strategy": "memory"})


def test_the_rest_of_the_config_and_what_every_plugin_has_are_passed_on() -> None:
    inputs = made(
        plugins.cors,
        origins=["*"],
        config={"allow_origin_absent": False},
        route={"id": ENTITY},
        instance_name="open",
        tags=["orders"],
        enabled=False,
    )
    assert inputs["config"] == {"origins": ["*"], "allow_origin_absent": False}
    assert (inputs["route"], inputs["instance_name"]) == ({"id": ENTITY}, "open")
    assert (inputs["tags"], inputs["enabled"]) == (["orders"], False)


@pytest.mark.parametrize(
    ("function", "arguments", "switch"),
    [
        (plugins.rate_limiting_advanced, LIMITS, {"strategy": "redis", "sync_rate": 0.5}),
        (plugins.service_protection, LIMITS, {"strategy": "redis", "sync_rate": 0.5}),
        (plugins.ai_rate_limiting_advanced, {}, {"strategy": "redis", "sync_rate": 0.5}),
        (plugins.proxy_cache_advanced, {}, {"strategy": "redis"}),
        (plugins.openid_connect, {"issuer": "https://id.example"}, {"session_storage": "redis"}),
        (plugins.rate_limiting, {"minute": 5}, {"policy": "redis"}),
        (plugins.response_ratelimiting, {"limits": {"sms": {"minute": 5}}}, {"policy": "redis"}),
        (plugins.basic_auth, {}, {"brute_force_protection": {"strategy": "redis"}}),
        (
            plugins.upstream_oauth,
            {"oauth": {"token_endpoint": "https://id.example/token"}},
            {"cache": {"strategy": "redis"}},
        ),
    ],
)
def test_a_redis_partial_switches_the_plugin_to_redis(
    function: Function, arguments: Props, switch: Props
) -> None:
    inputs = made(function, **arguments, redis=ENTITY)
    assert inputs["partials"] == [{"id": ENTITY}]
    assert inputs["config"] == {**arguments, **switch}
    (setting,) = switch.keys() - {"sync_rate"}
    with pytest.raises(ProviderError, match=setting):
        function("it", control_plane_id=PLANE, **arguments, redis=ENTITY, config={setting: "x"})
    with pytest.raises(ProviderError, match="in partials"):
        function("it", control_plane_id=PLANE, **arguments, redis=ENTITY, partials=[{"id": OTHER}])


def test_without_redis_counters_are_kongs_to_place_and_a_cache_is_in_memory() -> None:
    assert made(plugins.rate_limiting_advanced, **LIMITS)["config"] == LIMITS
    assert made(plugins.proxy_cache_advanced)["config"] == {"strategy": "memory"}


def test_a_written_rate_stands() -> None:
    inputs = made(plugins.rate_limiting_advanced, **LIMITS, redis=ENTITY, sync_rate=0)
    assert inputs["config"]["sync_rate"] == 0


def test_settings_of_a_cache_stand_beside_its_redis() -> None:
    oauth = {"token_endpoint": "https://id.example/token"}
    inputs = made(plugins.upstream_oauth, oauth=oauth, cache={"default_ttl": 60}, redis=ENTITY)
    assert inputs["config"]["cache"] == {"strategy": "redis", "default_ttl": 60}


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (plugins.ai_proxy_advanced, {"targets": []}),
        (plugins.ai_semantic_cache, {}),
        (plugins.ai_semantic_prompt_guard, {}),
    ],
)
def test_embeddings_and_vectors_are_linked_with_their_places(
    function: Function, arguments: Props
) -> None:
    inputs = made(function, **arguments, embeddings=ENTITY, vectordb=OTHER)
    assert inputs["partials"] == [
        {"id": ENTITY, "path": "config.embeddings"},
        {"id": OTHER, "path": "config.vectordb"},
    ]
