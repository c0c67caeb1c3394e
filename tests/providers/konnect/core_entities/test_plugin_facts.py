"""The facts of plugins and partials, held against what Kong publishes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from multicloudgateway import published
from providers.konnect.core_entities.plugin_facts import (
    partial_credentials,
    partial_places,
    plugin_credentials,
)
from tests.providers.konnect.example import Props
from tests.sandbox.konnect.contract import document


@pytest.fixture(scope="module")
def documented() -> dict[str, Props]:
    """Type of partial -> the published schema of its config."""
    every = document("control-planes-config-v2.json")["components"]["schemas"]
    mapping = every["Partial"]["discriminator"]["mapping"]
    return {
        type_: every[reference.rpartition("/")[2]]["properties"]["config"]
        for type_, reference in mapping.items()
    }


def fields(schema: published.Schema, path: str = "") -> Iterator[tuple[str, published.Schema]]:
    """Every field below a schema of an object, with its path."""
    for name, below in schema.get("properties", {}).items():
        place = f"{path}.{name}".removeprefix(".")
        yield place, below
        yield from fields(below, place)
        yield from fields(below.get("items", {}), f"{place}[]")


def marked(schema: published.Schema) -> set[str]:
    """The fields that Kong encrypts, without those that only identify."""
    encrypted = {path for path, field in fields(schema) if field.get("x-encrypted")}
    return {path for path in encrypted if path.rpartition(".")[2] not in published.IDENTIFIERS}


@pytest.mark.parametrize(
    ("plugin", "places"),
    [
        ("ai-response-transformer", {"model": "config.llm"}),
        (
            "ai-semantic-response-guard",
            {"embeddings": "config.embeddings", "vectordb": "config.vectordb"},
        ),
        ("rate-limiting", {"redis-ce": "config.redis"}),
        ("key-auth", {}),
        ("our-own", {}),
    ],
)
def test_partials_go_where_the_schema_of_the_plugin_has_them(
    plugin: str, places: dict[str, str]
) -> None:
    assert partial_places(plugin) == places


@pytest.mark.parametrize("version", published.VERSIONS)
def test_the_newest_schemas_have_the_places_and_credentials_of_every_version(version: str) -> None:
    for name in published.plugin_names(version):
        schema = published.plugin(name, version)
        assert schema is not None
        assert schema.partials == partial_places(name), name
        assert marked(schema.config) <= (plugin_credentials(name) or set()), name
    for type_ in published.partial_types(version):
        config = published.partial(type_, version)
        assert config is not None
        assert marked(config) == partial_credentials(type_), type_


@pytest.mark.parametrize(
    ("plugin", "credential"),
    [
        ("http-log", "headers"),
        ("opentelemetry", "headers"),
        ("upstream-oauth", "oauth.token_headers"),
        ("upstream-oauth", "oauth.token_post_args"),
        ("oauth2-introspection", "custom_introspection_headers"),
        ("ai-mcp-proxy", "server.session.client.secrets"),
        ("openid-connect", "client_jwk[].d"),
        ("openid-connect", "https_proxy_authorization"),
        ("upstream-oauth", "client.http_proxy_authorization"),
        ("ai-mcp-oauth2", "args"),
        ("ai-mcp-oauth2", "token_exchange.request.actor_token"),
        ("ai-proxy-advanced", "targets[].auth.header_value"),
        ("ai-proxy-advanced", "targets[].auth.gcp_service_account_json"),
        ("ai-semantic-cache", "embeddings.auth.header_value"),
        ("ai-semantic-cache", "vectordb.pgvector.password"),
    ],
)
def test_what_is_sent_along_and_what_is_deep_in_a_config_is_a_credential_too(
    plugin: str, credential: str
) -> None:
    assert credential in (plugin_credentials(plugin) or ())


def test_a_custom_plugin_has_no_known_credentials() -> None:
    assert plugin_credentials("our-own") is None
    assert partial_credentials("our-own") is None


def test_credentials_of_partials_are_those_that_the_published_document_marks(
    documented: dict[str, Props],
) -> None:
    for type_, config in documented.items():
        assert marked(config) == partial_credentials(type_), type_
