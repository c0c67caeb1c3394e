"""The plugins of an API: what its settings mean in Kong, and what is refused."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from tests.components.api.apis import PER_CLOUD, SHARED, Plane, Shape, built, problems
from tests.components.gateway_mocks import Registered, World

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
GROUPS = Shape({"main": Plane(groups=("gold",))}, {"aws-us-east-2": "main"})
CHAT = {
    "route_type": "llm/v1/chat",
    "model": {"provider": "openai", "name": "gpt-5"},
    "auth": {"header_name": "Authorization", "header_value": "{vault://env/OPENAI}"},
}


def plugins(world: World, plane: str = "main") -> dict[str, Registered]:
    """The plugins of a control plane by key."""
    return {
        one.name.removeprefix(f"billing-{plane}-plugin-"): one
        for one in world.of("konnect:GatewayPlugin")
        if one.inputs["control_plane_id"] == f"{plane}-id"
    }


def config(world: World, key: str, plane: str = "main") -> dict[str, Any]:
    """The config of a plugin."""
    found: dict[str, Any] = plugins(world, plane)[key].inputs["config"]
    return found


@pytest.mark.parametrize(
    ("way", "plugin", "fields"),
    [
        ({"key_auth": {}}, "key-auth", {"key_in_query": False, "hide_credentials": True}),
        ({"key_auth": {"key_names": ["k"]}}, "key-auth", {"key_names": ["k"]}),
        ({"jwt": {}}, "jwt", {"claims_to_verify": ["exp"]}),
        (
            {"openid_connect": {"issuer": "https://i", "audience": ["a"], "scopes": ["s"]}},
            "openid-connect",
            {
                "issuer": "https://i",
                "auth_methods": ["bearer"],
                "audience_required": ["a"],
                "scopes_required": ["s"],
                "session_storage": "cookie",
            },
        ),
        (
            {"openid_connect": {"issuer": "https://i", "auth_methods": ["authorization_code"]}},
            "openid-connect",
            {"session_storage": "redis"},
        ),
    ],
)
def test_a_way_to_tell_who_calls_is_a_plugin_of_the_service(
    way: dict[str, Any], plugin: str, fields: dict[str, Any]
) -> None:
    world, _ = built(SHARED, authentication=way)
    made = plugins(world)["authentication"]
    assert made.inputs["name"] == plugin
    assert made.inputs["service"] == {"id": "billing-main-service-id"}
    assert made.inputs["config"].items() >= fields.items()
    assert made.inputs["instance_name"] == f"billing-authentication-{made.inputs['name']}"


def test_client_certificates_are_checked_by_certificates_of_each_control_plane() -> None:
    given = {"mtls": {"ca_certificates": ["partners"]}}
    world, _ = built(PER_CLOUD, authentication=given, ca_certificates={"partners": PEM})
    for plane in ("aws", "azure", "gcp"):
        assert config(world, "authentication", plane)["ca_certificates"] == [
            f"billing-{plane}-ca-partners-id"
        ]


def test_no_request_reaches_a_route_before_its_authentication_is_there() -> None:
    world, _ = built(SHARED, authentication={"key_auth": {}})
    route, plugin = world.one("konnect:GatewayRoute"), plugins(world)["authentication"]
    assert plugin.urn in route.depends_on


def test_only_members_of_a_consumer_group_may_call() -> None:
    given = {"key_auth": {}, "consumer_groups": ["gold"]}
    world, _ = built(SHARED, authentication=given)
    made = plugins(world)["access"]
    assert made.inputs["name"] == "acl"
    assert made.inputs["config"] == {"allow": ["gold"], "include_consumer_groups": True}


def test_a_rate_limit_counts_in_the_cache_of_its_control_plane() -> None:
    world, _ = built(PER_CLOUD, rate_limit={"limit": 600, "identifier": "credential"})
    aws, gcp = (plugins(world, plane)["rate-limit"].inputs for plane in ("aws", "gcp"))
    assert aws["config"] == {
        "limit": [600],
        "window_size": [60],
        "identifier": "credential",
        "namespace": "billing-aws",
        "strategy": "redis",
        "sync_rate": 0.5,
    }
    assert aws["partials"] == [{"id": "aws-partial"}]
    assert (gcp["config"]["strategy"], gcp.get("partials")) == ("local", None)
    assert "sync_rate" not in gcp["config"]


def test_responses_are_kept_in_the_cache_of_their_control_plane() -> None:
    world, _ = built(PER_CLOUD, cache={"ttl": 60, "vary_headers": ["accept-language"]})
    aws, gcp = (config(world, "cache", plane) for plane in ("aws", "gcp"))
    assert aws.items() >= {"cache_ttl": 60, "strategy": "redis", "bypass_on_err": True}.items()
    assert aws["vary_headers"] == ["accept-language"]
    assert gcp["strategy"] == "memory"


def test_models_are_behind_a_service_that_names_no_host() -> None:
    limits = [{"provider": "openai", "limit": 1000}]
    world, _ = built(SHARED, service=None, ai={"targets": [CHAT], "token_limits": limits})
    service = world.one("konnect:GatewayService").inputs
    assert (service["host"], service["port"], service["protocol"]) == ("localhost", 32000, "http")
    assert config(world, "ai-proxy")["targets"] == [CHAT]
    assert config(world, "token-limit")["llm_providers"] == [
        {"name": "openai", "limit": [1000], "window_size": [3600]}
    ]
    assert config(world, "token-limit")["strategy"] == "redis"


def test_a_plugin_by_name_is_of_the_api_of_a_route_or_of_a_consumer_group() -> None:
    given = {
        "cors": {"config": {"origins": ["https://example.com"]}, "tags": ["pci"]},
        "small": {
            "plugin": "request-size-limiting",
            "config": {"allowed_payload_size": 1},
            "route": "all",
        },
        "gold": {
            "plugin": "rate-limiting-advanced",
            "config": {"limit": [9], "window_size": [60]},
            "consumer_group": "gold",
        },
    }
    world, _ = built(GROUPS, plugins=given)
    made = plugins(world)
    assert made["cors"].inputs["service"] == {"id": "billing-main-service-id"}
    tags = ["owner:billing", "pci", "pulumi-name:billing-main-plugin-cors"]
    assert sorted(made["cors"].inputs["tags"]) == tags
    instances = {key: one.inputs["instance_name"] for key, one in made.items()}
    assert instances["cors"] == "billing-cors"
    assert instances["small"] == "billing-small-request-size-limiting"
    assert made["small"].inputs["route"] == {"id": "billing-main-route-all-id"}
    assert "service" not in made["small"].inputs
    assert made["gold"].inputs["consumer_group"] == {"id": "main-gold"}
    assert made["gold"].inputs["config"]["namespace"] == "billing-main-gold"


def test_a_plugin_differs_on_one_control_plane() -> None:
    given = {
        "size": {
            "plugin": "request-size-limiting",
            "config": {"allowed_payload_size": 8},
            "control_planes": {"aws": {"config": {"allowed_payload_size": 1}}, "gcp": None},
        }
    }
    world, _ = built(PER_CLOUD, plugins=given)
    assert config(world, "size", "aws")["allowed_payload_size"] == 1
    assert config(world, "size", "azure")["allowed_payload_size"] == 8
    assert plugins(world, "gcp") == {}


def test_a_consumer_is_on_every_control_plane_with_its_keys_and_groups() -> None:
    def consumers() -> Any:
        keys = {"first": pulumi.Output.secret("s3cr3t-key")}
        return {"shop": {"custom_id": "c-1", "consumer_groups": ["gold"], "keys": keys}}

    world, _ = built(GROUPS, authentication={"key_auth": {}}, consumers=consumers)
    made = world.one("konnect:GatewayConsumer")
    assert (made.inputs["username"], made.inputs["custom_id"]) == ("shop", "c-1")
    member = world.one("konnect:GatewayConsumerGroupMember")
    assert member.inputs["consumer_group_id"] == "main-gold"
    assert member.inputs["consumer_id"] == made.id
    key = world.one("konnect:GatewayKeyAuth")
    assert (key.name, key.inputs["key"]) == ("billing-main-consumer-shop-key-first", "s3cr3t-key")
    assert "s3cr3t-key" not in repr(world.one("index:Api").inputs)


@pytest.mark.parametrize(
    ("args", "line"),
    [
        (
            {"plugins": {"corss": {}}},
            'plugins.corss: "corss" is not a plugin of gateway 3.13; did you mean cors?',
        ),
        (
            {"plugins": {"cors": {"config": {"origin": ["x"]}}}},
            "plugins.cors.config.origin: is not a field of cors in gateway 3.13; did you mean "
            "origins?",
        ),
        (
            {"plugins": {"cors": {"route": "al"}}},
            'plugins.cors.route: "al" is no route of the API; did you mean all?',
        ),
        (
            {"plugins": {"cors": {"control_planes": {"mian": None}}}},
            "plugins.cors.control_planes.mian: is no control plane of the gateway; did you mean "
            "main?",
        ),
        (
            {
                "plugins": {
                    "small": {
                        "plugin": "request-transformer",
                        "consumer_group": "gold",
                    }
                }
            },
            'plugins.small.consumer_group: "gold" is no consumer group of control plane main; ask '
            "the gateway's owners for governance.consumer_groups",
        ),
        (
            {"plugins": {"cors": {"control_planes": {"main": {"config": {"max_age": "x"}}}}}},
            'plugins.cors.config.max_age: is "x"; write a number',
        ),
        (
            {"plugins": {"a": {"plugin": "cors"}, "b": {"plugin": "cors"}}},
            "plugins.b: is cors again, as plugins.a is: Konnect takes one for each scope; delete "
            "one, or limit it to a route",
        ),
        (
            {"rate_limit": {"limit": 1}, "plugins": {"rate-limit": {"plugin": "cors"}}},
            "plugins.rate-limit: is the key of the plugin of rate_limit; choose another key",
        ),
        (
            {"plugins": {"prometheus": {}}},
            'plugins.prometheus: "prometheus" is not offered on dedicated cloud gateways; ask '
            "the gateway's owners to use observability.telemetry.opentelemetry, whose metrics go "
            "to a collector",
        ),
        (
            {"plugins": {"ai-a2a-proxy": {}}},
            'plugins.ai-a2a-proxy: "ai-a2a-proxy" is not a plugin of gateway 3.13: it is there '
            "from 3.14 on; ask the gateway's owners for a newer version, or delete it",
        ),
        (
            {"plugins": {"cors": {"condition": "true"}}},
            "plugins.cors.condition: needs version 3.15 or later, and this is 3.13; delete it, or "
            "ask the gateway's owners for a newer version",
        ),
        (
            {"authentication": {"openid_connect": {"issuer": "i", "config": {"issuerr": "x"}}}},
            "authentication.openid_connect.config.issuerr: is not a field of openid-connect in "
            "gateway 3.13; did you mean issuer?",
        ),
        (
            {"authentication": {"openid_connect": {"issuer": "https://i", "client_secret": "x"}}},
            "authentication.openid_connect.config.client_secret[0]: is a credential in plain text; "
            'pass a Pulumi secret (config.require_secret), or "{vault://PREFIX/NAME}"',
        ),
        (
            {"authentication": {"mtls": {"ca_certificates": ["partners"]}}},
            'authentication.mtls.config.ca_certificates[0]: "partners" is neither a key of '
            "ca_certificates nor an id; add its PEM there",
        ),
        (
            {"plugins": {"limit": {"plugin": "rate-limiting", "config": {"minute": 5}}}},
            "plugins.limit.config.redis: needs a partial of type redis-ce, but the contract of the "
            "gateway has a redis-ee partial only; write config.redis with a host of your own, or "
            "choose a plugin whose name ends with -advanced",
        ),
        (
            {"consumers": {"shop": {"consumer_groups": ["gold"]}}},
            'consumers.shop.consumer_groups[0]: "gold" is no consumer group of control plane main; '
            "ask the gateway's owners for governance.consumer_groups",
        ),
        (
            {"consumers": {"shop": {"keys": {"a": "clear"}}}, "authentication": {"key_auth": {}}},
            "consumers.shop.keys.a: is a credential in plain text; pass a Pulumi secret: "
            "config.require_secret",
        ),
        (
            {"service": {"host": "x", "ca_certificates": ["internal"]}},
            'service.ca_certificates[0]: "internal" is no key of ca_certificates; add it there',
        ),
    ],
)
def test_what_konnect_would_refuse_is_an_error_with_its_path(
    args: dict[str, Any], line: str
) -> None:
    assert problems(SHARED, **args) == [f"Api billing: {line}"]


def test_values_that_are_not_known_yet_are_checked_as_far_as_they_are() -> None:
    def given() -> Any:
        issuer = pulumi.Output.from_input("https://later")
        secret = pulumi.Output.secret("s3cr3t")
        return {"openid_connect": {"issuer": issuer, "client_secret": secret}}

    assert problems(SHARED, authentication=given) == []


def test_an_output_in_place_of_a_record_that_the_cache_adds_to_is_an_error() -> None:
    def plugins() -> Any:
        oauth = {"grant_type": "client_credentials", "token_endpoint": "https://login.example.com"}
        return {
            "upstream-oauth": {
                "config": {"oauth": oauth, "cache": pulumi.Output.from_input({"memory": {}})}
            }
        }

    assert problems(SHARED, plugins=plugins) == [
        "Api billing: plugins.upstream-oauth.config.cache: is an Output; write a plain record "
        "around its values"
    ]


def test_no_message_has_a_credential() -> None:
    config = {"targets": [{**CHAT, "auth": {"header_name": "A", "header_value": "sk-s3cr3t"}}]}
    lines = problems(SHARED, ai=config, plugins={"cors": {"config": {"origin": "sk-s3cr3t"}}})
    assert len(lines) == 2
    assert not any("s3cr3t" in line for line in lines)
