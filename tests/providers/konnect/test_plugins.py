"""Plugins and partials: where a partial goes, what a config holds, and what in it is secret.

The tables of facts are held against the schemas that Kong publishes, which are looked for
beside the published documents; without them these tests are skipped.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from pulumi.output import UNKNOWN
from pulumi.runtime import rpc

from providers import konnect
from providers.konnect.errors import KonnectError
from providers.konnect.model import check
from providers.konnect.partial import CONFIGS
from providers.konnect.plugin_facts import PARTIAL_CREDENTIALS, PARTIAL_PATHS, PLUGIN_CREDENTIALS
from providers.konnect.sealed import IDENTIFIERS, encrypted_in, sealed
from tests.providers.konnect.case import Case
from tests.providers.konnect.example import ENTITY, PLANE, Props
from tests.providers.konnect.examples import PARTIAL, PLUGIN
from tests.providers.konnect.harness import Engine
from tests.providers.konnect.local_konnect import PLANES, LocalKonnect
from tests.providers.konnect.test_program import run
from tests.sandbox.konnect.contract import directory

CANARY = "canary-7f3a9c"
VAULTED = "{vault://env/CANARY}"
EMBEDDINGS: Props = {"model": {"name": "text-embedding-3-small", "provider": "openai"}}
VECTORS: Props = {"strategy": "redis", "dimensions": 8, "distance_metric": "cosine"}
MODEL: Props = {"model": {"name": "gpt", "provider": "openai"}, "route_type": "llm/v1/chat"}
CONFIG_OF: dict[str, Props] = {
    "redis-ce": {"host": "redis.internal"},
    "redis-ee": {"host": "redis.internal"},
    "vectordb": VECTORS,
    "embeddings": EMBEDDINGS,
    "model": MODEL,
}


# The published schemas


def _published_name(stem: str) -> str:
    """``RateLimitingAdvanced`` is the schema of ``rate-limiting-advanced``."""
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in stem).removeprefix("-")


@cache
def schemas() -> dict[str, Props]:
    """Plugin -> its published schema; empty where there are none."""
    folder = (directory() or Path("nowhere")) / "plugin-schemas-3.15"
    return {
        _published_name(path.stem): json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.json"))
    }


@pytest.fixture
def published() -> dict[str, Props]:
    """The published schemas of plugins, or a skipped test."""
    if not schemas():
        pytest.skip("the published plugin schemas are not there ($KONNECT_OPENAPI_DIR)")
    return schemas()


@pytest.fixture(scope="module")
def documented() -> dict[str, Props]:
    """Type of partial -> the published schema of its config, or a skipped test."""
    folder = directory()
    if folder is None:
        pytest.skip("the published documents are not there ($KONNECT_OPENAPI_DIR)")
    text = (folder / "control-planes-config-v2.yaml").read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    every = yaml.load(text, Loader=loader)["components"]["schemas"]
    mapping = every["Partial"]["discriminator"]["mapping"]
    return {
        type_: every[reference.rpartition("/")[2]]["properties"]["config"]
        for type_, reference in mapping.items()
    }


def fields(schema: Props, path: str = "") -> Iterator[tuple[str, Props]]:
    """Every field below a schema of an object, with its path."""
    for name, below in schema.get("properties", {}).items():
        place = f"{path}.{name}".removeprefix(".")
        yield place, below
        yield from fields(below, place)
        yield from fields(below.get("items", {}), f"{place}[]")


def marked(schema: Props) -> set[str]:
    """The fields that Kong encrypts."""
    return {path for path, field in fields(schema) if field.get("x-encrypted")}


def test_partials_go_where_the_published_schemas_have_them(published: dict[str, Props]) -> None:
    for name, schema in published.items():
        supported = {item["name"]: item["paths"] for item in schema.get("x-supported-partials", [])}
        known = {type_: [path] for type_, path in PARTIAL_PATHS.get(name, {}).items()}
        assert known == supported, name


def test_credentials_of_plugins_are_those_that_the_published_schemas_mark(
    published: dict[str, Props],
) -> None:
    assert published.keys() | {"acl"} == PLUGIN_CREDENTIALS.keys()
    beyond = set()
    for name, schema in published.items():
        found = marked(schema["properties"]["config"])
        assert found <= PLUGIN_CREDENTIALS[name], name
        beyond |= {(name, path) for path in PLUGIN_CREDENTIALS[name] - found}
    assert beyond == {("http-log", "headers"), ("opentelemetry", "headers")}


def test_credentials_of_partials_are_those_that_the_published_document_marks(
    documented: dict[str, Props],
) -> None:
    assert {type_: marked(config) for type_, config in documented.items()} == PARTIAL_CREDENTIALS


def test_configs_of_partials_have_the_published_fields(documented: dict[str, Props]) -> None:
    """The options of a model are left to Konnect: each gateway version has more of them."""

    def ours(type_: str) -> set[str]:
        schema = CONFIGS[type_].model_json_schema()  # type: ignore[index]

        def resolved(node: Any) -> Any:
            if isinstance(node, list):
                return [resolved(item) for item in node]
            if not isinstance(node, dict):
                return node
            if "$ref" in node:
                return resolved(schema["$defs"][node["$ref"].rpartition("/")[2]])
            if "anyOf" in node:
                return resolved(node["anyOf"][0])
            return {key: resolved(value) for key, value in node.items() if key != "$defs"}

        return {path for path, _ in fields(resolved(schema))}

    assert documented.keys() == CONFIGS.keys()
    for type_, config in documented.items():
        theirs = {path for path, _ in fields(config) if not path.startswith("model.options.")}
        assert ours(type_) == theirs, type_


# The config of a partial


def refused(type_: str, config: Props) -> list[str]:
    """What check says of a config."""
    found = check(PARTIAL.inputs, {"control_plane_id": PLANE, "type": type_, "config": config})
    assert {name for name, _ in found.failures} <= {"config"}
    return [reason for _, reason in found.failures]


@pytest.mark.parametrize(
    ("type_", "config", "reasons"),
    [
        ("redis-ce", {"timeout": 1, "port": 0}, []),
        ("redis-ce", {"read_timeout": 1}, ["read_timeout does not exist for redis-ce"]),
        ("redis-ee", {"timeout": 1}, ["timeout does not exist for redis-ee"]),
        ("redis-ee", {"port": VAULTED, "cloud_authentication": {"auth_provider": VAULTED}}, []),
        ("redis-ee", {"port": "6379"}, ["port: Input should be a valid integer"]),
        (
            "redis-ee",
            {"port": 65536},
            ["port: Input should be less than or equal to 65535"],
        ),
        ("redis-ee", {"ssl": VAULTED}, ["ssl takes no {vault://...} reference"]),
        ("redis-ee", {"ssl": "yes"}, ["ssl: Input should be a valid boolean"]),
        (
            "redis-ee",
            {"cluster_nodes": [{"host": "a"}]},
            ["cluster_nodes[0].host does not exist for redis-ee"],
        ),
        (
            "redis-ee",
            {"sentinel_nodes": []},
            ["sentinel_nodes: List should have at least 1 item after validation, not 0"],
        ),
        (
            "redis-ee",
            {"cloud_authentication": {"auth_provider": "ibm"}},
            ["cloud_authentication.auth_provider: Input should be 'aws', 'azure' or 'gcp'"],
        ),
        ("redis-ee", {"cloud_authentication": 1}, ["cloud_authentication is a mapping"]),
        (
            "redis-ce",
            {"cluster_nodes": [], "sentinel_nodes": []},
            [
                "cluster_nodes does not exist for redis-ce",
                "sentinel_nodes does not exist for redis-ce",
            ],
        ),
        ("vectordb", {}, ["strategy is required", "dimensions is", "distance_metric is"]),
        ("vectordb", {**VECTORS, "pgvector": {"timeout": 1.5}, "threshold": 0.5}, []),
        ("vectordb", {**VECTORS, "redis": {"port": VAULTED, "password": VAULTED}}, []),
        (
            "vectordb",
            {**VECTORS, "dimensions": VAULTED},
            ["dimensions takes no {vault://...} reference"],
        ),
        ("vectordb", {**VECTORS, "redis": {"timeout": 1}}, ["redis.timeout does not exist"]),
        ("embeddings", {**EMBEDDINGS, "auth": {"header_value": VAULTED}}, []),
        ("embeddings", {"model": {"provider": "openai"}}, ["model.name is required"]),
        ("embeddings", {**EMBEDDINGS, "route_type": "x"}, ["route_type does not exist"]),
        ("model", {**MODEL, "weight": 65535, "metadata": {"any": ["thing"]}}, []),
        ("model", {**MODEL, "weight": 0}, ["weight: Input should be greater than"]),
        ("model", {**MODEL, "route_type": "chat"}, ["route_type: Input should be 'audio/v1"]),
        (
            "model",
            {**MODEL, "model": {"provider": "openai", "options": {"of a later version": 1}}},
            [],
        ),
    ],
)
def test_the_config_of_a_partial_is_what_konnect_documents_for_its_type(
    type_: str, config: Props, reasons: list[str]
) -> None:
    found = refused(type_, config)
    assert len(found) == len(reasons), found
    assert all(reason.startswith(begun) for reason, begun in zip(found, reasons, strict=True))


@pytest.mark.parametrize("field", ["port", "connect_timeout", "ssl", "cloud_authentication"])
def test_a_value_that_is_not_known_yet_is_no_mistake_and_the_one_beside_it_is(field: str) -> None:
    assert refused("redis-ee", {field: UNKNOWN}) == []
    assert refused("redis-ee", {field: UNKNOWN, "tls": True}) == ["tls does not exist for redis-ee"]


# Where a partial goes


def of_plugin(name: str, link: Props, config: Props | None = None) -> list[tuple[str, str]]:
    inputs = {"control_plane_id": PLANE, "name": name, "config": config or {}, "partials": [link]}
    return check(PLUGIN.inputs, inputs).failures


def test_a_path_that_takes_no_partial_is_refused_and_the_right_ones_are_named() -> None:
    wrong = {"id": ENTITY, "path": "config.elsewhere"}
    assert of_plugin("rate-limiting", wrong) == [
        ("partials", "config.elsewhere takes no partial in 'rate-limiting', but config.redis")
    ]
    ((_, reason),) = of_plugin("ai-proxy-advanced", wrong)
    assert "config.embeddings, config.vectordb, config.targets[]" in reason
    assert of_plugin("our-own", wrong) == []


@pytest.mark.parametrize("path", ["config.targets[]", "config.targets[1]", "config.vectordb"])
def test_a_place_in_a_list_may_be_written_with_its_number(path: str) -> None:
    assert of_plugin("ai-proxy-advanced", {"id": ENTITY, "path": path}) == []


def test_a_partial_whose_type_decides_its_place_needs_no_path() -> None:
    assert of_plugin("ai-semantic-cache", {"id": ENTITY}) == []
    written = {"id": ENTITY, "path": "config.vectordb"}
    ((_, reason),) = of_plugin("ai-semantic-cache", written, {"vectordb": VECTORS})
    assert reason == "config.vectordb is filled by the partial and by config as well"


def a_plugin(konnect: LocalKonnect, name: str, *types: str, **inputs: Any) -> Engine:
    """A plugin with a partial of each type, none with a path."""
    plane = konnect.plane()
    links = [
        {"id": konnect.entity(plane, "partials", name=type_, type=type_, config=CONFIG_OF[type_])}
        for type_ in types
    ]
    konnect.requests.clear()
    everything = {"control_plane_id": plane, "name": name, "partials": links, **inputs}
    kind = f"control-planes/{plane}/core-entities/plugins"
    return Engine(konnect, Case(PLUGIN.provider, kind, everything, {"enabled": False}, {}))


def read(engine: Engine, id_: str, outputs: Props) -> Props:
    """What a refresh records."""
    outs = engine.provider.read(id_, outputs).outs
    assert outs is not None
    return outs


def reads(engine: Engine) -> list[str]:
    """The partials that were read."""
    return [
        request.path.rpartition("/")[2]
        for request in engine.konnect.requests
        if request.method == "GET" and "/partials/" in request.path
    ]


def places(engine: Engine) -> dict[str, str]:
    """Name of a partial -> where it is in the one plugin."""
    (plugin,) = engine.ours
    return {link["name"]: link["path"] for link in plugin["partials"]}


@pytest.mark.parametrize("name", [name for name, paths in PARTIAL_PATHS.items() if len(paths) > 1])
def test_partials_of_several_types_find_their_places_by_one_read_each(
    konnect: LocalKonnect, name: str
) -> None:
    config = {"targets": [MODEL]} if name == "ai-proxy-advanced" else {}
    engine = a_plugin(konnect, name, "vectordb", "embeddings", config=config)
    id_, outputs = engine.create()
    assert places(engine) == {"vectordb": "config.vectordb", "embeddings": "config.embeddings"}
    links = [link["id"] for link in engine.case.inputs["partials"]]
    assert sorted(reads(engine)) == sorted(links)
    assert [method for method, _ in engine.konnect.writes] == ["POST"]
    assert not engine.diff(read(engine, id_, outputs), engine.case.inputs).changes
    engine.update(id_, outputs, engine.case.changed)
    assert [method for method, _ in engine.konnect.writes] == ["POST", "PUT"]
    assert len(places(engine)) == 2


def test_a_partial_of_a_plugin_with_one_place_is_never_read(konnect: LocalKonnect) -> None:
    engine = a_plugin(konnect, "rate-limiting", "redis-ce")
    engine.create()
    assert places(engine) == {"redis-ce": "config.redis"}
    assert reads(engine) == []


def test_a_written_path_is_compared_and_costs_no_read(konnect: LocalKonnect) -> None:
    engine = a_plugin(konnect, "ai-semantic-cache", "vectordb", "embeddings")
    for link, path in zip(engine.case.inputs["partials"], ("vectordb", "embeddings"), strict=True):
        link["path"] = f"config.{path}"
    id_, outputs = engine.create()
    assert reads(engine) == []
    assert not engine.diff(read(engine, id_, outputs), engine.case.inputs).changes


def test_another_partial_in_its_place_shows_as_drift(konnect: LocalKonnect) -> None:
    engine = a_plugin(konnect, "ai-semantic-cache", "vectordb", "embeddings")
    id_, outputs = engine.create()
    plane = engine.case.inputs["control_plane_id"]
    other = konnect.entity(plane, "partials", name="other", type="vectordb", config=VECTORS)
    (plugin,) = engine.ours
    links = [
        {"id": other if link["name"] == "vectordb" else link["id"]} for link in plugin["partials"]
    ]
    path = f"{PLANES}/{plane}/core-entities/plugins/{id_}"
    konnect.call("PUT", path, {"name": "ai-semantic-cache", "partials": links})
    drifted = read(engine, id_, outputs)
    assert engine.diff(drifted, engine.case.inputs).changes
    engine.update(id_, drifted, engine.case.inputs)
    assert places(engine).keys() == {"vectordb", "embeddings"}


@pytest.mark.parametrize(
    ("name", "type_", "config", "reason"),
    [
        ("ai-semantic-cache", "redis-ee", {}, "is of type redis-ee, but it takes embeddings, vec"),
        ("ai-proxy-advanced", "model", {}, "write the path of partial"),
        ("ai-semantic-cache", "vectordb", {"vectordb": VECTORS}, "filled by the partial and by"),
        ("rate-limiting", "redis-ee", {}, "takes redis-ce partials, not one of type redis-ee"),
    ],
)
def test_a_partial_that_does_not_fit_is_one_clear_error_and_nothing_is_made(
    konnect: LocalKonnect, name: str, type_: str, config: Props, reason: str
) -> None:
    engine = a_plugin(konnect, name, type_, config=config)
    with pytest.raises(KonnectError, match=reason) as error:
        engine.create()
    assert repr(name) in str(error.value)
    assert engine.ours == []


def test_a_model_with_its_path_is_one_of_the_targets(konnect: LocalKonnect) -> None:
    engine = a_plugin(konnect, "ai-proxy-advanced", "model")
    engine.case.inputs["partials"][0]["path"] = "config.targets[]"
    engine.create()
    assert places(engine) == {"model": "config.targets[]"}


# Credentials


def wired(kind: str, config: Any, *, preview: bool = False) -> Any:
    """A config as it goes to the engine, of a plugin or of a type of partial.

    The mocked engine would show a secret anywhere in it as one secret around it all.
    """
    facts = PARTIAL_CREDENTIALS if kind in CONFIGS else PLUGIN_CREDENTIALS

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


PLACES = [
    pytest.param(kind, path, id=f"{kind}.{path}")
    for table in (PARTIAL_CREDENTIALS, PLUGIN_CREDENTIALS)
    for kind, paths in table.items()
    for path in sorted(paths)
    if "cloud_authentication" not in path or path.endswith("azure_client_secret")
    if path.rpartition(".")[2] not in IDENTIFIERS
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
