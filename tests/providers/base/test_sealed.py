"""Credentials inside a config: each a secret, and what is beside it readable."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from pulumi.output import UNKNOWN
from pulumi.runtime import rpc

from multicloudgateway import published
from providers import konnect
from providers.base.sealed import encrypted_in, sealed
from providers.konnect.cloud_gateways.configuration import CloudGatewayConfigurationProvider
from providers.konnect.cloud_gateways.data_plane_groups import sealed_environment
from providers.konnect.core_entities.plugin_facts import partial_credentials, plugin_credentials
from tests.providers.konnect.example import PLANE
from tests.providers.konnect.program import run

CANARY = "canary-7f3a9c"
VAULTED = "{vault://env/CANARY}"


def wired(kind: str, config: Any, *, preview: bool = False) -> Any:
    """A config as it goes to the engine, of a plugin or of a type of partial.

    The mocked engine would show a secret anywhere in it as one secret around it all.
    """
    facts = partial_credentials if kind in published.partial_types() else plugin_credentials

    async def program() -> Any:
        return await rpc.serialize_property(sealed(config, encrypted_in(facts, kind)), [], None)

    return run(program, preview=preview)[0]


def registered(
    declare: Callable[[], konnect.GatewayPlugin | konnect.GatewayPartial],
) -> Any:
    """The config of a resource, as the engine registers it."""

    async def program() -> None:
        declare()

    return run(program)[1].inputs["it"].get("config")


def secret(value: Any) -> Any:
    """A value as a Pulumi secret on the wire."""
    return {rpc._special_sig_key: rpc._special_secret_sig, "value": value}


def readable(value: Any) -> str:
    """What of a config is in clear."""
    if isinstance(value, dict):
        if value.get(rpc._special_sig_key) == rpc._special_secret_sig:
            return ""
        return "".join(f"{key} {readable(item)} " for key, item in value.items())
    return "".join(map(readable, value)) if isinstance(value, list) else str(value)


def written_at(path: str, leaf: object) -> Any:
    """A config with ``leaf`` at a path (``targets[].auth.header_value``) and more beside it."""
    head, _, rest = path.partition(".")
    below = written_at(rest, leaf) if rest else leaf
    name = head.removesuffix("[]")
    return {name: [below] if name != head else below, "beside": "readable"}


PLUGINS = ("ai-mcp-proxy", "ai-proxy-advanced", "http-log", "openid-connect", "upstream-oauth")

PLACES = [
    pytest.param(kind, path, id=f"{kind}.{path}")
    for credentials_of, kinds in (
        (partial_credentials, published.partial_types()),
        (plugin_credentials, PLUGINS),
    )
    for kind in sorted(kinds)
    for path in sorted(credentials_of(kind) or ())
    if "cloud_authentication" not in path or path.endswith("azure_client_secret")
]


@pytest.mark.parametrize(("kind", "path"), PLACES)
def test_a_credential_in_a_config_is_a_secret_and_what_is_beside_it_is_not(
    kind: str, path: str
) -> None:
    seen = wired(kind, written_at(path, CANARY))
    assert CANARY not in readable(seen)
    assert CANARY in str(seen)
    assert readable(seen).count("readable") == path.count(".") + 1


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("redis-ee", "cloud_authentication.azure_tenant_id"),
        ("redis-ce", "cloud_authentication.aws_assume_role_arn"),
        ("openid-connect", "client_id"),
    ],
)
def test_what_only_says_who_stays_readable(kind: str, path: str) -> None:
    """Pulumi hides the text of a secret wherever it appears, be it the word `orders`."""
    assert CANARY in readable(wired(kind, written_at(path, CANARY)))


FORMS: dict[str, Callable[[Any], Any]] = {
    "plain": lambda config: config,
    "output": pulumi.Output.from_input,
    "nested output": lambda config: {
        **config,
        "cloud_authentication": pulumi.Output.from_input(config["cloud_authentication"]),
    },
    "output of the credential": lambda config: {
        **config,
        "cloud_authentication": {
            "azure_client_secret": pulumi.Output.from_input(CANARY),
            "azure_tenant_id": VAULTED,
        },
    },
    "secret": pulumi.Output.secret,
}


def a_partial(config: Any) -> konnect.GatewayPartial:
    return konnect.GatewayPartial("it", control_plane_id=PLANE, type="redis-ee", config=config)


def a_plugin_named(name: pulumi.Input[str], config: Any) -> konnect.GatewayPlugin:
    return konnect.GatewayPlugin("it", control_plane_id=PLANE, name=name, config=config)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_credential_is_a_secret_however_the_config_was_written(form: Any) -> None:
    authentication = {"azure_client_secret": CANARY, "azure_tenant_id": VAULTED}
    config = {"host": "h", "cloud_authentication": authentication}
    seen = registered(lambda: a_partial(form(config)))
    assert seen == secret(config)


@pytest.mark.parametrize("form", [lambda config: config, pulumi.Output.from_input])
def test_a_config_without_credentials_stays_readable(form: Any) -> None:
    config = {"host": "h", "port": 6379, "ssl": True, "password": VAULTED, "cluster_nodes": []}
    assert registered(lambda: a_partial(form(config))) == config
    keys = {"key_names": ["x-api-key"], "key_in_body": False}
    assert registered(lambda: a_plugin_named("key-auth", form(keys))) == keys


def test_a_credential_of_a_plugin_is_a_secret() -> None:
    config = {"issuer": "https://id.example", "client_secret": [CANARY]}
    assert registered(lambda: a_plugin_named("openid-connect", config)) == secret(config)


def test_the_clients_of_openid_connect_are_secrets_one_by_one() -> None:
    config = {"issuer": "https://id.example", "client_secret": [CANARY, VAULTED]}
    assert wired("openid-connect", config) == {**config, "client_secret": [secret(CANARY), VAULTED]}


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("client_secret", True),
        ("ldap_password", True),
        ("Private_Key", True),
        ("token", True),
        ("host", False),
        ("key_names", False),
    ],
)
def test_credentials_of_a_plugin_that_is_not_kongs_are_told_by_their_names(
    field: str, told: bool
) -> None:
    seen = wired("our-own", {"backend": {field: CANARY}})
    assert seen == {"backend": {field: secret(CANARY) if told else CANARY}}


def test_everything_is_a_secret_of_a_plugin_that_only_becomes_known() -> None:
    name = "key-auth"
    seen = registered(lambda: a_plugin_named(pulumi.Output.from_input(name), {"realm": CANARY}))
    assert seen == secret({"realm": CANARY})


def test_a_preview_still_sees_what_is_known_beside_what_is_not() -> None:
    """So that a mistake in the known part is told before anything is made."""
    config = {"host": UNKNOWN, "port": 6379, "password": CANARY}
    seen = wired("redis-ee", config, preview=True)
    assert (seen["port"], seen["password"]) == (6379, secret(CANARY))


def test_a_plugin_without_a_config_registers_none() -> None:
    assert registered(lambda: a_plugin_named("key-auth", None)) is None


GROUPS = [
    {
        "provider": "aws",
        "environment": [
            {"name": "KONG_LOG_LEVEL", "value": "info"},
            {"name": "KONG_VAULT_HCV_TOKEN", "value": CANARY},
            {"name": "KONG_PG_PASSWORD", "value": VAULTED},
            {"name": "OTEL_EXPORTER_OTLP_HEADERS", "value": f"authorization={CANARY}"},
        ],
    },
    {"provider": "gcp"},
]


def test_environment_values_of_a_data_plane_group_that_are_credentials_are_secrets() -> None:
    first, second = sealed_environment(GROUPS, secret)
    assert [field["value"] for field in first["environment"]] == [
        "info",
        secret(CANARY),
        VAULTED,
        secret(f"authorization={CANARY}"),
    ]
    assert second == {"provider": "gcp"}


def test_environment_values_are_sealed_for_the_engine_also_when_they_are_outputs() -> None:
    async def program() -> None:
        konnect.CloudGatewayConfiguration(
            "it",
            control_plane_id=PLANE,
            control_plane_geo="us",
            version="3.13",
            dataplane_groups=pulumi.Output.from_input(GROUPS),
        )

    registered = run(program)[1].inputs["it"]["dataplane_groups"]
    assert rpc._special_sig_key in json.dumps(registered)


def test_a_provider_marks_environment_values_that_are_credentials() -> None:
    provider = CloudGatewayConfigurationProvider()
    sealed_props = provider.seal({"dataplane_groups": GROUPS, "version": "3.13"})
    fields = sealed_props["dataplane_groups"][0]["environment"]
    assert [field["value"] == secret(CANARY) for field in fields] == [False, True, False, False]
