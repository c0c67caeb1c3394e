"""Declared plugins against Kong's published schemas: each kind of mistake is one line."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import pulumi
import pytest
from pulumi.runtime.config import set_all_config

from components.cache.wiring import RedisCache, wire
from components.governance import PRESETS, GovernanceChoice
from components.governance.plugin_checks import AnyCache
from components.governance.presets import PresetName
from multicloudgateway import published
from sandbox.konnect import plugin_rules
from stacks.arguments import gateway_args
from stacks.settings import load
from tests.stacks.baseline import BASELINE, lines_of

PREFIX = "gateway.governance."
WINDOW = {"limit": [5], "window_size": [60]}
PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
EMBEDDINGS = {"model": {"provider": "openai", "name": "text-embedding-3-small"}}
VECTORS = {"dimensions": 1536, "distance_metric": "cosine"}


def document(version: str = "3.13", **governance: Any) -> dict[str, Any]:
    changed = copy.deepcopy(BASELINE)
    return {**changed, "version": version, "governance": governance}


def plugins(version: str = "3.13", **declared: Any) -> dict[str, Any]:
    """A document with plugins; an underscore in a key stands for a dash."""
    return document(version, plugins={k.replace("_", "-"): v for k, v in declared.items()})


def told(given: dict[str, Any]) -> list[str]:
    return [line.removeprefix(PREFIX) for line in lines_of(given)]


MISTAKES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "unknown plugin": (
        plugins(rate_limit_advanced={}),
        [
            'plugins.rate-limit-advanced: "rate-limit-advanced" is not a plugin of gateway 3.13; '
            "did you mean rate-limiting-advanced?"
        ],
    ),
    "unknown plugin under another key": (
        plugins(limit={"plugin": "xyz"}),
        [
            'plugins.limit.plugin: "xyz" is not a plugin of gateway 3.13; write a name of '
            "https://developer.konghq.com/plugins/ in plugin"
        ],
    ),
    "plugin of a later version": (
        plugins(ai_a2a_proxy={}),
        [
            'plugins.ai-a2a-proxy: "ai-a2a-proxy" is not a plugin of gateway 3.13: it is there '
            'from 3.14 on; write version: "3.14", or delete it'
        ],
    ),
    "plugin that dedicated gateways do not have": (
        plugins(prometheus={}),
        [
            'plugins.prometheus: "prometheus" is not offered on dedicated cloud gateways; use '
            "observability.telemetry.opentelemetry, whose metrics go to a collector"
        ],
    ),
    "unknown field": (
        plugins(cors={"config": {"credential": True}}),
        [
            "plugins.cors.config.credential: is not a field of cors in gateway 3.13; did you mean "
            "credentials?"
        ],
    ),
    "wrong type": (
        plugins(key_auth={"config": {"key_in_query": "no"}}),
        ['plugins.key-auth.config.key_in_query: is "no"; write a boolean'],
    ),
    "value that is not a choice": (
        plugins(
            rate_limit={
                "plugin": "rate-limiting-advanced",
                "config": {**WINDOW, "identifier": "me"},
            }
        ),
        [
            'plugins.rate-limit.config.identifier: is "me", which rate-limiting-advanced does not '
            "take; use one of consumer, consumer-group, credential, header, ip, path, route, "
            "service"
        ],
    ),
    "missing field": (
        plugins(openid_connect={}),
        [
            "plugins.openid-connect.config.issuer: is missing, and openid-connect needs it; add it",
        ],
    ),
    "field below a list": (
        plugins(
            ai_proxy_advanced={
                "config": {"targets": [{"route_type": "llm/v1/chat", "model": {"provider": "x"}}]}
            }
        ),
        [
            'plugins.ai-proxy-advanced.config.targets[0].model.provider: is "x", which '
            "ai-proxy-advanced does not take; use one of anthropic, azure, bedrock, cerebras, "
            "cohere, dashscope, gemini, huggingface, llama2, mistral, openai, xai"
        ],
    ),
    "scope that the plugin does not take": (
        plugins(key_auth={"consumer_group": "gold"}),
        [
            'plugins.key-auth.consumer_group: "gold" is no scope of key-auth; use service or '
            "route, or none"
        ],
    ),
    "protocol that the plugin does not take": (
        plugins(cors={"protocols": ["tcp"]}),
        [
            'plugins.cors.protocols[0]: is "tcp", which cors does not take; use one of grpc, '
            "grpcs, http, https"
        ],
    ),
    "condition before 3.15": (
        plugins(key_auth={"condition": "true"}),
        [
            "plugins.key-auth.condition: needs version 3.15 or later, and this is 3.13; delete "
            "it, or raise version"
        ],
    ),
    "ordering with an unknown plugin": (
        plugins(cors={"ordering": {"before": {"access": ["key-aut"]}}}),
        [
            'plugins.cors.ordering.before.access[0]: "key-aut" is not a plugin of gateway 3.13; '
            "did you mean key-auth?"
        ],
    ),
    "ordering beside a consumer group before 3.14": (
        document(
            consumer_groups=["gold"],
            plugins={
                "cors": {"ordering": {"before": {"access": ["key-auth"]}}},
                "gold": {
                    "plugin": "rate-limiting-advanced",
                    "consumer_group": "gold",
                    "config": WINDOW,
                },
            },
        ),
        [
            "plugins.cors.ordering: would keep gold from running: before version 3.14 plugins of "
            "consumer groups do not run on a control plane with an ordered plugin; delete it, or "
            "raise version"
        ],
    ),
    "limits without their windows": (
        plugins(
            rate_limit={
                "plugin": "rate-limiting-advanced",
                "config": {"limit": [5, 50], "window_size": [60]},
            }
        ),
        [
            "plugins.rate-limit.config.window_size: has 1 values, and limit has 2; write one "
            "window, in seconds, for each limit"
        ],
    ),
    "synchronising too fast": (
        plugins(
            rate_limit={
                "plugin": "rate-limiting-advanced",
                "config": {**WINDOW, "sync_rate": 0.001},
            }
        ),
        [
            "plugins.rate-limit.config.sync_rate: is 0.001, which is between 0 and 0.02; write "
            "0.5, or 0 to synchronise with each request"
        ],
    ),
    "strategy that Konnect has not": (
        plugins(
            rate_limit={
                "plugin": "rate-limiting-advanced",
                "config": {**WINDOW, "strategy": "cluster"},
            }
        ),
        [
            "plugins.rate-limit.config.strategy: is cluster, which does not work in Konnect; "
            "write redis with a Redis partial, or local"
        ],
    ),
    "header that is not named": (
        plugins(
            rate_limit={
                "plugin": "rate-limiting-advanced",
                "config": {**WINDOW, "identifier": "header"},
            }
        ),
        [
            "plugins.rate-limit.config.header_name: is missing, and identifier: header needs it; "
            "add header_name"
        ],
    ),
    "consumer groups without a scope": (
        plugins(
            rate_limit={
                "plugin": "rate-limiting-advanced",
                "config": {**WINDOW, "identifier": "consumer-group"},
            }
        ),
        [
            "plugins.rate-limit.config.identifier: is consumer-group, and the plugin is not "
            "limited to a consumer group; add consumer_group"
        ],
    ),
    "token quota of nothing": (
        plugins("3.15", ai_rate_limiting_advanced={}),
        [
            "plugins.ai-rate-limiting-advanced.config.llm_providers: is missing, and "
            "ai-rate-limiting-advanced limits nothing without it; add llm_providers, or from 3.14 "
            "on policies"
        ],
    ),
    "guard without patterns": (
        plugins(ai_prompt_guard={}),
        [
            "plugins.ai-prompt-guard.config.allow_patterns: is missing, and so is deny_patterns; "
            "add allow_patterns or deny_patterns"
        ],
    ),
    "list that allows and denies": (
        plugins(acl={"config": {"allow": ["a"], "deny": ["b"]}}),
        ["plugins.acl.config.deny: excludes allow, which is set too; delete one of the two"],
    ),
    "validator without a schema": (
        plugins(request_validator={}),
        [
            "plugins.request-validator.config.body_schema: is missing, and so is "
            "parameter_schema; add body_schema or parameter_schema"
        ],
    ),
    "plugin twice for one scope": (
        plugins(first={"plugin": "key-auth"}, second={"plugin": "key-auth"}),
        [
            "plugins.second: is key-auth globally, and so is first: Konnect takes one instance of "
            "a plugin for a scope; delete one, or limit it to a service, a route or a consumer "
            "group"
        ],
    ),
    "rate limit beside the short form": (
        plugins(mine={"plugin": "rate-limiting-advanced", "config": WINDOW}),
        [
            "plugins.mine: is rate-limiting-advanced globally, and so is rate-limit: Konnect "
            "takes one instance of a plugin for a scope; declare it with the key rate-limit, or "
            "limit it to a service"
        ],
    ),
    "override of no control plane": (
        plugins(key_auth={"control_planes": {"mian": None}}),
        [
            "plugins.key-auth.control_planes.mian: is no control plane of the environment; did "
            "you mean main?"
        ],
    ),
    "mistake of one override": (
        plugins(key_auth={"control_planes": {"main": {"config": {"realms": "x"}}}}),
        [
            "plugins.key-auth.control_planes.main.config.realms: is not a field of key-auth in "
            "gateway 3.13; did you mean realm?"
        ],
    ),
    "unknown CA certificate": (
        document(
            ca_certificates={"partners": PEM},
            plugins={"mtls-auth": {"config": {"ca_certificates": ["partner"]}}},
        ),
        [
            'plugins.mtls-auth.config.ca_certificates[0]: "partner" is neither a key of '
            "governance.ca_certificates nor an id; did you mean partners?"
        ],
    ),
    "CA certificate that is none": (
        document(ca_certificates={"partners": "{vault://env/ca}"}),
        [
            'ca_certificates.partners: "(16 characters)" is not the PEM text of a certificate; '
            "write -----BEGIN CERTIFICATE----- and so on; Konnect takes no vault reference here"
        ],
    ),
    "CA certificate with its key": (
        document(ca_certificates={"partners": PEM + PEM.replace("CERTIFICATE", "PRIVATE KEY")}),
        [
            'ca_certificates.partners: "(118 characters)" has more than one part; write one '
            "certificate for each key, and no private key"
        ],
    ),
    "semantic plugin without embeddings": (
        plugins(ai_semantic_cache={"config": {"vectordb": VECTORS}}),
        [
            "plugins.ai-semantic-cache.config.embeddings: is missing, and ai-semantic-cache needs "
            "it; add governance.embeddings: {model: ...}, or embeddings here"
        ],
    ),
    "embeddings that nothing uses": (
        document(embeddings=EMBEDDINGS),
        ["embeddings: is used by no plugin; add ai-semantic-cache, or delete it"],
    ),
    "embeddings with a mistake": (
        document(
            embeddings={"model": {**EMBEDDINGS["model"], "nam": "x"}},
            plugins={"ai-semantic-cache": {"config": {"vectordb": VECTORS}}},
        ),
        [
            "embeddings.model.nam: is not a field of the embeddings partial in gateway 3.13; did "
            "you mean name?"
        ],
    ),
    "vector database without its size": (
        document(
            embeddings=EMBEDDINGS,
            plugins={"ai-semantic-cache": {"config": {"vectordb": {"distance_metric": "cosine"}}}},
        ),
        [
            "plugins.ai-semantic-cache.config.vectordb: has no dimensions; write those of your "
            "embedding model"
        ],
    ),
    "Redis that a control plane does not have": (
        {
            **document(
                embeddings=EMBEDDINGS,
                plugins={"ai-semantic-cache": {"config": {"vectordb": VECTORS}}},
            ),
            "cache": {"tier": "small", "gcp": "local"},
        },
        [
            "plugins.ai-semantic-cache.config.vectordb: needs a Redis, but there is no cache: "
            "cache.gcp is local; write control_planes: {gcp-us-central1: null}, or cache.gcp: "
            "forwarded"
        ],
    ),
    "unknown preset": (
        document(preset="public"),
        [
            "preset: \"public\" should be 'public-api', 'internal-api' or 'ai-gateway'; write for "
            "example preset: public-api (A sound set of plugins for a kind of API: public-api, "
            "internal-api or ai-gateway)"
        ],
    ),
    "what a preset asks for": (
        document(preset="internal-api"),
        [
            "plugins.openid-connect.config.issuer: is missing, and preset internal-api needs it; "
            "write the URL of your identity provider: issuer: https://login.example.com; or "
            "openid-connect: null to do without the plugin"
        ],
    ),
    "plugin with nothing after its key": (
        plugins(key_auth=None),
        [
            "plugins.key-auth: is null, which deletes a plugin of a preset, and there is no "
            "preset; delete the key, or write {} for the plugin's defaults"
        ],
    ),
    "consumer group twice": (
        document(consumer_groups=["gold", "silver", "gold"]),
        ['consumer_groups[2]: "gold" is there twice; delete one'],
    ),
    "vault with the name of a backend": (
        document(vaults={"aws": {"name": "aws", "config": {"region": "us-east-2"}}}),
        [
            "vaults.aws: is the name of a backend, which is no prefix of a vault; choose another "
            "prefix: my-aws"
        ],
    ),
    "key with a dot": (
        document(plugins={"a.b": {"plugin": "cors"}}),
        [
            'plugins["a.b"]: "a.b" should match pattern \'^[a-z][a-z0-9-]{0,62}$\'; write for '
            "example plugins: {ip-restriction: {config: {deny: [203.0.113.0/24]}}} (Plugins by a "
            "key that never changes; merged over those of the preset, null deletes one)"
        ],
    ),
    "null for a key that the preset has not": (
        document(preset="public-api", plugins={"keyauth": None}),
        [
            "plugins.keyauth: is null, and preset public-api has no plugin of this key; did you "
            "mean key-auth?"
        ],
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_kind_of_mistake_is_one_line_with_its_remedy(mistake: str) -> None:
    given, expected = MISTAKES[mistake]
    assert told(given) == expected


def test_all_mistakes_are_reported_at_once_with_those_of_networks() -> None:
    given = plugins(key_auht={}, cors={"config": {"credential": True}}, prometheus={})
    given["regions"][1]["landing"] = {"cidr": "10.65.0.0/16"}
    paths = [line.split(": ")[0] for line in lines_of(given)]
    assert paths == [
        "gateway.regions[1].landing.cidr",
        f"{PREFIX}plugins.key-auht",
        f"{PREFIX}plugins.cors.config.credential",
        f"{PREFIX}plugins.prometheus",
    ]


# Secrets

CREDENTIALS: dict[str, tuple[dict[str, Any], str]] = {
    "a field that Kong encrypts": (
        plugins(openid_connect={"config": {"issuer": "https://id", "client_secret": ["s3cret"]}}),
        "plugins.openid-connect.config.client_secret[0]",
    ),
    "a field below a list": (
        plugins(
            ai_proxy_advanced={
                "config": {
                    "targets": [
                        {
                            "route_type": "llm/v1/chat",
                            "model": {"provider": "openai", "name": "gpt-4o"},
                            "auth": {"header_name": "Authorization", "header_value": "s3cret"},
                        }
                    ]
                }
            }
        ),
        "plugins.ai-proxy-advanced.config.targets[0].auth.header_value",
    ),
    "a header that a plugin sends": (
        plugins(
            http_log={
                "config": {
                    "http_endpoint": "https://logs",
                    "headers": {"x-team": "a", "Authorization": "s3cret"},
                }
            }
        ),
        "plugins.http-log.config.headers.Authorization",
    ),
    "a header that a plugin adds": (
        plugins(
            request_transformer_advanced={
                "config": {"add": {"headers": ["x-team:a", "x-api-key:s3cret"]}}
            }
        ),
        "plugins.request-transformer-advanced.config.add.headers[1]",
    ),
    "a field of an override": (
        plugins(
            openid_connect={
                "config": {"issuer": "https://id"},
                "control_planes": {"main": {"config": {"client_secret": ["s3cret"]}}},
            }
        ),
        "plugins.openid-connect.control_planes.main.config.client_secret[0]",
    ),
    "the embeddings' login": (
        document(
            embeddings={**EMBEDDINGS, "auth": {"header_name": "a", "header_value": "s3cret"}},
            plugins={"ai-semantic-cache": {"config": {"vectordb": VECTORS}}},
        ),
        "embeddings.auth.header_value",
    ),
    "a vault's login": (
        document(vaults={"platform": {"name": "hcv", "config": {"token": "s3cret"}}}),
        "vaults.platform.config.token",
    ),
    "a vault's private key": (
        document(vaults={"platform": {"name": "hcv", "config": {"cert_auth_cert_key": "s3cret"}}}),
        "vaults.platform.config.cert_auth_cert_key",
    ),
}


@pytest.mark.parametrize("credential", CREDENTIALS)
def test_a_credential_in_plain_text_is_refused_by_name_and_not_printed(credential: str) -> None:
    given, path = CREDENTIALS[credential]
    (line,) = told(given)
    assert line == (
        f"{path}: is a credential in plain text; revoke it, and write "
        '"{vault://PREFIX/NAME}", or set it with `pulumi config set --secret --path`'
    )


@pytest.mark.parametrize("credential", CREDENTIALS)
def test_a_reference_is_accepted_in_its_place(credential: str) -> None:
    given, _ = CREDENTIALS[credential]
    load("test", referenced(given))


@pytest.mark.parametrize("credential", CREDENTIALS)
def test_an_encrypted_value_is_accepted_in_its_place(credential: str) -> None:
    given, _ = CREDENTIALS[credential]
    with encrypted_settings():
        load("test", given)


def test_a_path_or_a_prefix_of_a_vault_is_no_credential() -> None:
    hcv = {
        "approle_secret_id_file": "/run/id",
        "kube_api_token_file": "/run/token",
        "oauth2_token_endpoint": "https://login.example.com/token",
    }
    azure = {"vault_uri": "https://v.vault.azure.net", "credentials_prefix": "AZURE"}
    vaults = {"on-hcv": {"name": "hcv", "config": hcv}, "az": {"name": "azure", "config": azure}}
    load("test", document(vaults=vaults))


@pytest.mark.parametrize(
    "given",
    [
        plugins(openid_connect={"client_secret": "s3cret"}),
        plugins(openid_connect={"auth": {"client_secret": ["s3cret"]}}),
        plugins(openid_connect={"config": {"issuer": "https://id", "client_secret": "s3cret"}}),
        document(vaults={"platform": {"name": "hcv", "token": "s3cret"}}),
        document(vaults={"platform": {"name": "hcv", "key": "-----BEGIN KEY----- s3cret"}}),
    ],
    ids=["plugin", "record", "type", "vault", "PEM"],
)
def test_a_credential_in_the_wrong_place_is_not_printed(given: dict[str, Any]) -> None:
    with encrypted_settings():
        (line,) = told(given)
    assert "s3cret" not in line
    assert "is not a known key" in line or "write an array" in line


def test_a_header_that_a_transformer_adds_is_a_secret_in_the_component_s_inputs() -> None:
    written = {"config": {"add": {"headers": ["x-team:a", "x-api-key:s3cret"]}}}
    override = {"control_planes": {"main": {"config": {"add": {"headers": ["Cookie:s3cret"]}}}}}

    async def program() -> GovernanceChoice | None:
        return gateway_args(
            load("test", plugins(request_transformer=written | override))
        ).governance

    with encrypted_settings():
        governance = asyncio.run(program())
    assert governance is not None
    declared = governance.plugins["request-transformer"]
    plain, hidden = declared.config["add"]["headers"]
    assert plain == "x-team:a"
    assert isinstance(hidden, pulumi.Output)
    there = declared.on("main")
    assert there is not None
    assert isinstance(there.config["add"]["headers"][0], pulumi.Output)


def referenced(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: referenced(item) for key, item in value.items()}
    if isinstance(value, list):
        return [referenced(item) for item in value]
    is_text = isinstance(value, str)
    return value.replace("s3cret", "{vault://platform/key}") if is_text else value


@contextmanager
def encrypted_settings() -> Iterator[None]:
    """The engine marks the whole value of the settings if a part of it is encrypted."""
    given = "multicloud-gateway:gateway"
    set_all_config({given: "{}"}, [given])
    try:
        yield
    finally:
        set_all_config({}, [])


# What is accepted

ACCEPTED: dict[str, dict[str, Any]] = {
    "key-auth": {},
    "openid-connect": {"config": {"issuer": "https://id", "client_id": ["gateway"]}},
    "jwt": {"config": {"claims_to_verify": ["exp"]}},
    "mtls-auth": {"config": {"ca_certificates": ["partners"]}},
    "acl": {"config": {"allow": ["partners"]}},
    "ip-restriction": {"config": {"deny": ["203.0.113.0/24"]}},
    "cors": {"config": {"origins": ["https://shop.example.com"]}},
    "bot-detection": {},
    "rate-limiting-advanced": {"route": "orders", "config": WINDOW},
    "service-protection": {"service": "orders", "config": WINDOW},
    "proxy-cache-advanced": {"config": {"cache_ttl": 30}},
    "request-size-limiting": {"config": {"allowed_payload_size": 8}},
    "request-transformer": {"config": {"remove": {"headers": ["x-internal"]}}},
    "request-transformer-advanced": {"config": {"add": {"headers": ["x-team:orders"]}}},
    "response-transformer": {"config": {"remove": {"headers": ["server"]}}},
    "response-transformer-advanced": {"config": {"remove": {"headers": ["server"]}}},
    "request-validator": {"config": {"body_schema": "{}", "version": "draft4"}},
    "ai-proxy-advanced": {
        "service": "chat",
        "config": {
            "balancer": {"algorithm": "priority"},
            "targets": [
                {"route_type": "llm/v1/chat", "model": {"provider": provider, "name": name}}
                for provider, name in (("openai", "gpt-4o"), ("mistral", "mistral-large"))
            ],
        },
    },
    "ai-rate-limiting-advanced": {
        "config": {"llm_providers": [{"name": "openai", "limit": [1000], "window_size": [60]}]}
    },
    "ai-semantic-cache": {"config": {"vectordb": VECTORS}},
    "ai-semantic-prompt-guard": {
        "config": {"vectordb": VECTORS, "rules": {"deny_prompts": ["Give me a password"]}}
    },
    "ai-prompt-guard": {"config": {"deny_patterns": [".*password.*"]}},
    "ai-prompt-decorator": {
        "config": {"prompts": {"prepend": [{"role": "system", "content": "Be brief."}]}}
    },
    "ai-sanitizer": {"config": {"host": "sanitizer.internal", "port": 8080}},
    "ai-mcp-proxy": {"route": "tools", "config": {"mode": "passthrough-listener"}},
    "ai-a2a-proxy": {"route": "agents"},
}
"""Every plugin that the page promises, in the least that it takes."""


@pytest.mark.parametrize(
    ("plugin", "version"),
    [
        (plugin, version)
        for plugin in ACCEPTED
        for version in published.VERSIONS
        if published.plugin(plugin, version) is not None
    ],
)
def test_every_promised_plugin_can_be_declared(plugin: str, version: str) -> None:
    embeddings = EMBEDDINGS if plugin.startswith("ai-semantic") else None
    given = document(
        version,
        plugins={plugin: ACCEPTED[plugin]},
        ca_certificates={"partners": PEM},
        **({"embeddings": embeddings} if embeddings else {}),
    )
    args = gateway_args(load("test", given))
    assert args.governance is not None
    assert args.governance.plugins[plugin].plugin == plugin


def team_s_part(preset: PresetName) -> dict[str, Any]:
    """What a team writes beside a preset."""
    if preset == "internal-api":
        return {"plugins": {"openid-connect": {"config": {"issuer": "https://login.example.com"}}}}
    return {}


@pytest.mark.parametrize("cache", [True, False], ids=["cache", "no cache"])
@pytest.mark.parametrize("version", published.VERSIONS)
@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_valid_in_each_gateway_version(
    preset: PresetName, version: str, cache: bool
) -> None:
    given = document(version, preset=preset, **team_s_part(preset))
    if not cache:
        given |= {"cache": None, "rate_limit": None}
    args = gateway_args(load("test", given))
    assert args.governance is not None
    assert list(args.governance.plugins) == list(PRESETS[preset].plugins)


@pytest.mark.parametrize("version", published.VERSIONS)
@pytest.mark.parametrize("declared", [*ACCEPTED, *PRESETS])
def test_what_a_preview_accepts_the_sandbox_accepts_too(declared: str, version: str) -> None:
    if declared in PRESETS:
        plugins = dict(PRESETS[declared].plugins)
        if declared == "internal-api":
            plugins["openid-connect"] = {"config": {"issuer": "https://login.example.com"}}
    else:
        plugins = {declared: ACCEPTED[declared]}
    for key, one in plugins.items():
        name = one.get("plugin", key)
        schema = published.plugin(name, version)
        if schema is None:
            continue
        wired = wire(name, one.get("config", {}), cast(RedisCache, AnyCache()), version=version)
        filled = [*schema.partials.values()]
        config = published.with_defaults(schema.config, wired.config, filled=filled)
        assert list(plugin_rules.problems(name, config, filled)) == []


def test_the_short_form_sets_the_limit_of_a_preset_and_a_declaration_sets_it_again() -> None:
    args = gateway_args(load("test", document(preset="ai-gateway")))
    assert args.governance is not None
    assert args.rate_limit is None
    assert args.governance.plugins["rate-limit"].config["limit"] == [1000]

    own = {"rate-limit": {"config": {"limit": [7]}}}
    args = gateway_args(load("test", document(preset="ai-gateway", plugins=own)))
    assert args.governance is not None
    assert args.governance.plugins["rate-limit"].config == {
        "limit": [7],
        "window_size": [60],
        "sync_rate": 0.5,
    }


def test_a_rate_limit_that_counts_locally_has_no_interval_of_the_short_form() -> None:
    local = {"rate-limit": {"config": {"strategy": "local"}}}
    args = gateway_args(load("test", document(plugins=local)))
    assert args.governance is not None
    assert args.governance.plugins["rate-limit"].config == {
        "limit": [1000],
        "window_size": [60],
        "strategy": "local",
    }


def test_a_rate_limit_can_count_locally_on_one_control_plane() -> None:
    override = {"control_planes": {"main": {"config": {"strategy": "local"}}}}
    args = gateway_args(load("test", document(plugins={"rate-limit": override})))
    assert args.governance is not None
    declared = args.governance.plugins["rate-limit"]
    assert declared.config["sync_rate"] == 0.5
    there = declared.on("main")
    assert there is not None
    assert there.config == {"limit": [1000], "window_size": [60], "strategy": "local"}


def test_every_control_plane_without_a_redis_is_in_the_remedy() -> None:
    given = document(
        embeddings=EMBEDDINGS, plugins={"ai-semantic-cache": {"config": {"vectordb": VECTORS}}}
    )
    given["cache"] = {"tier": "small", "gcp": "local"}
    second = {"cloud": "gcp", "region": "europe-west3", "cidr": "10.112.0.0/20"}
    given["regions"].append({**second, "landing": {"cidr": "10.113.0.0/16"}})
    (line,) = (line for line in told(given) if "vectordb" in line)
    assert "write control_planes: {gcp-us-central1: null, gcp-europe-west3: null}, or" in line


def test_null_takes_the_rate_limit_out_with_and_without_a_preset() -> None:
    for governance in ({"preset": "public-api"}, {}):
        given = document(**governance, plugins={"rate-limit": None})
        args = gateway_args(load("test", given))
        assert args.rate_limit is None
        assert args.governance is not None
        assert "rate-limit" not in args.governance.plugins


@pytest.mark.parametrize(
    ("governance", "refused"),
    [
        ({"preset": "public-api"}, "401 from key-auth"),
        (
            {"plugins": {"ip-restriction": {"config": {"allow": ["198.51.100.0/24"]}}}},
            "403 from ip-restriction",
        ),
        (
            {
                "plugins": {
                    "jwt": {
                        "enabled": False,
                        "control_planes": {"main": {"enabled": True}},
                    }
                }
            },
            "401 from jwt",
        ),
        ({"plugins": {"ip-restriction": {"config": {"deny": ["198.51.100.0/24"]}}}}, None),
        ({"plugins": {"key-auth": {"config": {"anonymous": "guest"}}}}, None),
    ],
    ids=["authentication", "addresses", "override", "other addresses", "anonymous"],
)
def test_the_health_route_of_the_entry_is_not_behind_a_global_refusal(
    governance: dict[str, Any], refused: str | None
) -> None:
    entry = {"strategy": "geo", "name": "api.example.com", "health": {"route": True}}
    given = {
        **document(**governance),
        "api_access": "public",
        "zones": {"example.com": {"service": "route53"}},
        "entry": entry,
    }
    lines = [line for line in lines_of(given) if "health" in line.split(": ")[0]]
    expected = (
        f"gateway.entry.health.route: true would get {refused}, which is global: every region "
        "would be unhealthy; write route: false, for Kong's own health path, or limit the plugin"
    )
    assert lines == ([] if refused is None else [expected])


def test_a_pre_function_does_not_take_the_place_of_the_lock_behind_an_edge() -> None:
    given = {
        **plugins(code={"plugin": "pre-function", "config": {"access": ["return"]}}),
        "api_access": "public",
        "zones": {"example.com": {"service": "route53"}},
        "entry": {
            "strategy": "edge",
            "name": "api.example.com",
            "edge": {"service": "cloudfront"},
        },
    }
    (line,) = (line for line in lines_of(given) if line.startswith(PREFIX))
    assert line.startswith(f"{PREFIX}plugins.code: would take the place of the lock of entry.edge")
