"""Governance: the same plugins on every control plane, an override on exactly one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components.cache.choice import RedisChoice, RedisKind
from components.gateway import MultiCloudGateway
from components.governance import (
    PRESETS,
    GovernanceChoice,
    PlaneOverride,
    PluginDeclaration,
    VaultArgs,
    declarations,
)
from components.governance.declarations import Scope
from components.governance.governance import TAG
from components.governance.presets import PresetName
from providers import konnect
from tests import shipped
from tests.components.gateway_mocks import Registered, World, run_program, unmocked
from tests.components.gateways import AWS, AZURE, GCP, GCP_EU, Build, args

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
PLANES = ("gw", "gw-gcp-us-central1", "gw-gcp-europe-west1")


def gateway(choice: GovernanceChoice, **changes: Any) -> Any:
    return args(AWS, AZURE, GCP, GCP_EU, governance=choice, **{"rate_limit": None, **changes})


def plugins_of(world: World, plane: str) -> dict[str, Registered]:
    """The plugins of a control plane by their key."""
    return {
        one.inputs["instance_name"].removeprefix(f"{plane}-"): one
        for one in world.of("konnect:GatewayPlugin")
        if one.inputs["control_plane_id"] == f"{plane}-control-plane-id"
    }


def apart_from_plane(plugin: Registered, plane: str) -> dict[str, Any]:
    """A plugin's inputs without what belongs to its control plane."""
    inputs = {k: v for k, v in plugin.inputs.items() if k not in ("control_plane_id", "partials")}
    config = {k: v for k, v in inputs["config"].items() if k != "namespace"}
    name = inputs["instance_name"].removeprefix(f"{plane}-")
    return {**inputs, "config": config, "instance_name": name}


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_the_same_on_each_control_plane(build: Build, preset: PresetName) -> None:
    world, _ = build(gateway(GovernanceChoice(declarations(PRESETS[preset].plugins))))

    there = {plane: plugins_of(world, plane) for plane in PLANES}
    assert {frozenset(keys) for keys in there.values()} == {frozenset(PRESETS[preset].plugins)}
    for key in PRESETS[preset].plugins:
        first, *others = (apart_from_plane(there[plane][key], plane) for plane in PLANES)
        assert others == [first, first]
    assert len(world.of("konnect:GatewayPlugin")) == 3 * len(PRESETS[preset].plugins)


def test_an_override_is_on_exactly_one_control_plane(build: Build) -> None:
    declared = PluginDeclaration(
        "rate-limiting-advanced",
        {"limit": [100], "window_size": [60], "error_code": 429},
        control_planes={
            "gcp-us-central1": PlaneOverride({"limit": [10], "error_code": None}),
            "gcp-europe-west1": None,
        },
    )
    world, _ = build(gateway(GovernanceChoice({"limit": declared})))

    there = {plane: plugins_of(world, plane) for plane in PLANES}
    assert there["gw"]["limit"].inputs["config"]["limit"] == [100]
    assert there["gw"]["limit"].inputs["config"]["error_code"] == 429
    changed = there["gw-gcp-us-central1"]["limit"].inputs["config"]
    assert changed["limit"] == [10]
    assert "error_code" not in changed
    assert there["gw-gcp-europe-west1"] == {}


def test_a_plugin_can_be_switched_off_on_one_control_plane(build: Build) -> None:
    declared = PluginDeclaration("key-auth", control_planes={"main": PlaneOverride(enabled=False)})
    world, _ = build(gateway(GovernanceChoice({"key-auth": declared})))

    enabled = {plane: plugins_of(world, plane)["key-auth"].inputs["enabled"] for plane in PLANES}
    assert enabled == {
        "gw": False,
        "gw-gcp-us-central1": True,
        "gw-gcp-europe-west1": True,
    }


def test_a_plugin_that_counts_uses_the_cache_of_its_own_control_plane(build: Build) -> None:
    limit = PluginDeclaration(
        "rate-limiting-advanced", {"limit": [5], "window_size": [60]}, service="orders"
    )
    keys = ("main", "gcp-us-central1")
    found: dict[str, dict[Scope, dict[str, str]]] = {
        key: {"service": {"orders": f"orders-of-{key}"}} for key in keys
    }
    choice = GovernanceChoice({"o": limit}, found=found)
    world, _ = build(args(AWS, GCP, rate_limit=None, governance=choice))

    one, other = sorted(
        world.of("konnect:GatewayPlugin"),
        key=lambda plugin: len(plugin.inputs["config"]["namespace"]),
    )
    assert [p.inputs["config"]["strategy"] for p in (one, other)] == ["redis", "redis"]
    assert [p.inputs["config"]["namespace"] for p in (one, other)] == [
        "gw-o",
        "gw-gcp-us-central1-o",
    ]
    assert one.inputs["partials"][0]["id"] == "managed-partial"
    assert other.inputs["partials"][0]["id"] == "gw-gcp-us-central1-cache-redis-id"
    assert one.inputs["service"] == {"id": "orders-of-main"}
    assert other.inputs["service"] == {"id": "orders-of-gcp-us-central1"}


def test_without_a_cache_each_data_plane_counts_for_itself(build: Build) -> None:
    limit = PluginDeclaration("rate-limiting-advanced", {"limit": [5], "window_size": [60]})
    world, _ = build(gateway(GovernanceChoice({"limit": limit}), cache_tier=None))

    (plugin,) = world.of("konnect:GatewayPlugin")
    assert plugin.inputs["config"]["strategy"] == "local"
    assert "sync_rate" not in plugin.inputs["config"]
    assert "partials" not in plugin.inputs


def test_a_control_plane_without_a_cache_synchronises_nothing_beside_one_that_does(
    build: Build,
) -> None:
    config = {"limit": [5], "window_size": [60], "sync_rate": 0.5}
    limit = PluginDeclaration("rate-limiting-advanced", config)
    local = replace(GCP, redis=RedisChoice(RedisKind.LOCAL))
    world, _ = build(args(AWS, local, rate_limit=None, governance=GovernanceChoice({"l": limit})))

    with_cache = plugins_of(world, "gw")["l"].inputs["config"]
    without = plugins_of(world, "gw-gcp-us-central1")["l"].inputs["config"]
    assert (with_cache["strategy"], with_cache["sync_rate"]) == ("redis", 0.5)
    assert without["strategy"] == "local"
    assert "sync_rate" not in without  # Kong refuses it with this strategy.


def test_a_declared_rate_limit_takes_the_place_of_the_short_form(build: Build) -> None:
    short, _ = build(args(AWS))
    declared = PluginDeclaration("rate-limiting-advanced", {"limit": [5], "window_size": [60]})
    choice = GovernanceChoice({"rate-limit": declared})
    world, _ = build(args(AWS, governance=choice))

    before, after = short.one("konnect:GatewayPlugin"), world.one("konnect:GatewayPlugin")
    assert after.urn == before.urn
    assert before.inputs["config"]["limit"] == [1000]
    assert after.inputs["config"]["limit"] == [5]
    assert after.inputs["config"]["namespace"] == before.inputs["config"]["namespace"]
    assert after.inputs["instance_name"] == before.inputs["instance_name"]


def test_the_short_form_beside_declarations_stays_as_it_is(build: Build) -> None:
    short, _ = build(args(AWS))
    world, _ = build(
        args(AWS, governance=GovernanceChoice({"key-auth": PluginDeclaration("key-auth")}))
    )

    limits = [
        {"urn": one.urn, **one.inputs}
        for each in (short, world)
        for one in each.of("konnect:GatewayPlugin")
        if one.inputs["name"] == "rate-limiting-advanced"
    ]
    assert limits[0] == limits[1]


def test_consumer_groups_and_ca_certificates_are_of_each_control_plane(build: Build) -> None:
    choice = GovernanceChoice(
        {
            "gold": PluginDeclaration(
                "rate-limiting-advanced",
                {"limit": [5], "window_size": [60]},
                consumer_group="gold",
            ),
            "mtls-auth": PluginDeclaration(
                "mtls-auth", {"ca_certificates": ["partners", "an-id-of-another-stack"]}
            ),
        },
        consumer_groups=["gold"],
        ca_certificates={"partners": PEM},
    )
    world, _ = build(gateway(choice))

    for plane in PLANES:
        plugins = plugins_of(world, plane)
        group = {"id": f"{plane}-governance-consumer-group-gold-id"}
        assert plugins["gold"].inputs["consumer_group"] == group
        assert plugins["mtls-auth"].inputs["config"]["ca_certificates"] == [
            f"{plane}-governance-ca-partners-id",
            "an-id-of-another-stack",
        ]


def test_plugins_that_compare_prompts_get_the_embeddings_of_their_control_plane(
    build: Build,
) -> None:
    own = {"model": {"provider": "openai", "name": "own"}}
    local = {"strategy": "pgvector", "dimensions": 8, "distance_metric": "cosine"}
    choice = GovernanceChoice(
        {
            "with": PluginDeclaration("ai-semantic-cache", {"vectordb": local}),
            "own": PluginDeclaration(
                "ai-semantic-prompt-guard", {"vectordb": local, "embeddings": own}
            ),
        },
        embeddings={"model": {"provider": "openai", "name": "text-embedding-3-small"}},
    )
    world, _ = build(gateway(choice))

    for plane in PLANES:
        plugins = plugins_of(world, plane)
        assert plugins["with"].inputs["partials"] == [
            {"id": f"{plane}-governance-embeddings-id", "path": "config.embeddings"}
        ]
        assert "partials" not in plugins["own"].inputs
    assert len(world.of("konnect:GatewayPartial")) == 3 + 2  # Two for the caches in GCP.


def test_vaults_are_there_before_plugins_that_refer_to_them(build: Build) -> None:
    choice = GovernanceChoice(
        {
            "openid-connect": PluginDeclaration(
                "openid-connect",
                {"issuer": "https://id", "client_secret": ["{vault://platform/oidc}"]},
            )
        },
        vaults={"platform": VaultArgs("aws", {"region": "us-east-2"})},
    )
    world, _ = build(args(AWS, rate_limit=None, governance=choice))

    vault = world.one("konnect:GatewayVault")
    plugin = world.one("konnect:GatewayPlugin")
    assert (vault.inputs["name"], vault.inputs["prefix"]) == ("aws", "platform")
    assert vault.urn in plugin.depends_on
    assert plugin.inputs["config"]["session_storage"] == "redis"


def test_a_declared_plugin_has_all_that_is_declared_of_it(build: Build) -> None:
    declared = PluginDeclaration(
        "request-transformer-advanced",
        {"add": {"headers": ["x-a:b"]}},
        enabled=False,
        protocols=["https"],
        ordering={"before": {"access": ["key-auth"]}},
        condition='http.headers.x_block == "true"',
        tags=["pci"],
    )
    world, _ = build(args(AWS, rate_limit=None, governance=GovernanceChoice({"t": declared})))

    inputs = world.one("konnect:GatewayPlugin").inputs
    assert world.one("konnect:GatewayPlugin").name == "gw-governance-t"
    assert (inputs["instance_name"], inputs["enabled"], inputs["protocols"]) == (
        "gw-t",
        False,
        ["https"],
    )
    assert inputs["ordering"] == {"before": {"access": ["key-auth"]}}
    assert inputs["condition"] == 'http.headers.x_block == "true"'
    assert inputs["tags"] == [TAG, "pci"]


def test_a_scope_that_is_not_found_is_an_error_with_its_name(build: Build) -> None:
    declared = PluginDeclaration("key-auth", route="orders-v1")
    with pytest.raises(ValueError, match="'key-auth' is limited to route 'orders-v1', whose id on"):
        build(args(AWS, governance=GovernanceChoice({"key-auth": declared})))


def test_a_credential_is_in_no_inputs_of_a_component(build: Build) -> None:
    def given() -> Any:
        secret = PluginDeclaration(
            "openid-connect",
            {"issuer": "https://id", "client_secret": [pulumi.Output.secret("s3cret")]},
        )
        return args(AWS, rate_limit=None, governance=GovernanceChoice({"openid-connect": secret}))

    world, _ = build(given)

    holders = [one.type for one in world.resources if "s3cret" in repr(one.inputs)]
    assert holders == [world.one("konnect:GatewayPlugin").type]


# How layers are merged


def test_a_later_layer_is_merged_over_an_earlier_one() -> None:
    preset = {"key-auth": {"config": {"key_names": ["apikey"], "realm": "a"}}, "cors": {}}
    written = {
        "key-auth": {"config": {"realm": None, "key_names": ["x-key"]}, "enabled": False},
        "cors": None,
        "acl": {"config": {"allow": ["a"]}},
    }
    assert declarations(preset, written) == {
        "key-auth": PluginDeclaration("key-auth", {"key_names": ["x-key"]}, enabled=False),
        "acl": PluginDeclaration("acl", {"allow": ["a"]}),
    }


def test_another_plugin_under_the_key_of_a_preset_has_none_of_its_config() -> None:
    preset = {"authentication": {"plugin": "key-auth", "config": {"key_in_query": False}}}
    written = {"authentication": {"plugin": "jwt"}}
    assert declarations(preset, written) == {"authentication": PluginDeclaration("jwt")}


def test_a_plugin_that_is_null_is_that_of_the_layer_below() -> None:
    preset = {"limit": {"plugin": "rate-limiting", "config": {"minute": 5}}}
    written = {"limit": {"plugin": None, "config": {"hour": 9}}}
    config = {"minute": 5, "hour": 9}
    assert declarations(preset, written) == {"limit": PluginDeclaration("rate-limiting", config)}


def test_a_key_that_was_deleted_can_be_declared_by_a_later_layer() -> None:
    layers = ({"cors": {"config": {"credentials": True}}}, {"cors": None}, {"cors": {}})
    assert declarations(*layers) == {"cors": PluginDeclaration("cors")}


def test_overrides_are_merged_at_every_depth() -> None:
    declared = PluginDeclaration(
        "openid-connect",
        {"redis": {"host": "a", "port": 1}, "issuer": "i"},
        control_planes={"main": PlaneOverride({"redis": {"port": 2}})},
    )
    there = declared.on("main")
    assert there == replace(
        declared, config={"redis": {"host": "a", "port": 2}, "issuer": "i"}, control_planes={}
    )


# The shipped production environment


def test_prod_has_a_preset_on_each_control_plane_and_an_override_on_exactly_one() -> None:
    document = shipped.document_of("prod")
    override = {"gcp-europe-west1": {"config": {"allowed_payload_size": 64}}}
    document["governance"] = {
        "preset": "public-api",
        "plugins": {"size-limit": {"control_planes": override}},
    }
    environment = shipped.load("prod", document)

    def make(provider: konnect.Provider) -> Any:
        opts = pulumi.ResourceOptions(providers=[provider])
        MultiCloudGateway("gw", shipped.arguments(environment), opts)
        return {}

    world, _ = run_program(make)
    unmocked()

    there = {plane: plugins_of(world, plane) for plane in PLANES}
    assert {frozenset(keys) for keys in there.values()} == {
        frozenset(PRESETS["public-api"].plugins)
    }
    different = {
        key
        for key in there["gw"]
        for plane in PLANES
        if apart_from_plane(there[plane][key], plane) != apart_from_plane(there["gw"][key], "gw")
    }
    assert different == {"size-limit"}
    sizes = [
        there[plane]["size-limit"].inputs["config"]["allowed_payload_size"] for plane in PLANES
    ]
    assert sizes == [8, 8, 64]
