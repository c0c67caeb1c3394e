"""What the Terraform provider applied, as its state has it, is adopted without a change.

`applied.json` has objects of a real state file, each with the request that makes it. The shapes
of plugins that the file does not have follow the schemas of the provider and of Kong.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from multicloudgateway import published
from providers.konnect.adopt import program, terraform
from providers.konnect.adopt.found import Found
from providers.konnect.adopt.plugin_config import partial_config, plugin_config
from tests.providers.konnect.adopt.stage import Adoption, run
from tests.providers.konnect.adopt.world import resource
from tests.providers.konnect.local_konnect import HOUR, LocalKonnect
from tools.parity.schema import load

Json = dict[str, Any]
FOLDER = Path(__file__).parents[1] / "terraform"
PLUGIN = "gateway_plugin_"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def applied() -> Iterator[str]:
    """The objects of the file, one JSON text each."""
    for line in (FOLDER / "applied.json").read_text().splitlines()[1:-1]:
        yield line.removesuffix(",")


def applied_at(konnect: LocalKonnect) -> list[Json]:
    """The objects of the file, made at Konnect by their requests, with the ids that they got."""
    ids: dict[str, str] = {}

    def with_new_ids(text: str) -> Json:
        found: Json = json.loads(UUID.sub(lambda match: ids.get(match[0], match[0]), text))
        return found

    objects = []
    for text in applied():
        item = with_new_ids(text)
        answer = konnect.call(*item["request"], item["sent"])
        if item["type"] == "cloud_gateway_network":
            konnect.advance(HOUR)
        if answer and "id" in answer:
            ids[json.loads(text)["attributes"]["id"]] = answer["id"]
        objects.append(with_new_ids(text))
    konnect.advance(HOUR)
    return objects


def read(folder: Path, *resources: Json) -> Found:
    file = folder / "terraform.tfstate"
    file.write_text(json.dumps({"version": 4, "resources": resources}))
    found = terraform.read(file)
    assert found.left_out == []
    return found


def adopt(found: Found, konnect: LocalKonnect, patch: pytest.MonkeyPatch) -> list[Adoption]:
    written = program.write(found.adopted, "here")
    secrets = {secret.name: secret.value for secret in written.secrets if secret.value}
    writes = len(konnect.writes)
    adoptions = run(written.text, konnect, secrets, patch)
    assert len(konnect.writes) == writes
    return adoptions


def test_everything_that_terraform_applied_is_adopted_without_a_write_and_shows_no_change(
    konnect: LocalKonnect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects = applied_at(konnect)
    state = [resource(item["type"], item["name"], item["attributes"]) for item in objects]
    adoptions = adopt(read(tmp_path, *state), konnect, monkeypatch)
    assert len(adoptions) == len(objects)
    assert [item.name for item in adoptions if item.changed] == []


def test_an_adopted_plugin_has_the_config_that_terraform_sent() -> None:
    plugins = [item for item in map(json.loads, applied()) if item["type"].startswith(PLUGIN)]
    configs = {
        item["sent"]["id"]: plugin_config(item["sent"]["name"], item["attributes"]["config"])
        for item in plugins
    }
    assert configs == {item["sent"]["id"]: item["sent"]["config"] for item in plugins}


# Shapes that Konnect does not have.

STATIC = {"type": "static", "name": "GREETING", "values": {"hello": "world", "n": 1}}
CALL = {"type": "call", "name": "API", "url": "https://a.example.com", "method": "GET"}
BRANCH = {"type": "branch", "name": "IS_OK", "input": "API.status", "then": ["GREETING"]}
NODES = ("branch", "cache", "call", "exit", "jq", "static")


def node(kind: str, **written: Any) -> Json:
    """A node of datakit as state has it: a block for each kind, of which one is written."""
    return {name: written if name == kind else None for name in NODES}


SHAPES: Mapping[str, tuple[str, Json, Json]] = {
    "a block for each variant": (
        "datakit",
        {
            "debug": False,
            "nodes": [
                node("call", name="API", url=CALL["url"], method="GET", inputs=None, timeout=None),
                node("branch", name="IS_OK", input="API.status", then=["GREETING"]),
                node("static", name="GREETING", output=None, values='{"hello":"world","n":1}'),
            ],
            "resources": {"cache": None, "vault": {"token": "{vault://env/token}"}},
        },
        {
            "debug": False,
            "nodes": [CALL, BRANCH, STATIC],
            "resources": {"vault": {"token": "{vault://env/token}"}},
        },
    ),
    "JSON in a string": (
        "ai-mcp-proxy",
        {
            "mode": "conversion-listener",
            "tools": [
                {
                    "description": "Orders",
                    "method": "POST",
                    "parameters": [{"name": "id", "in": "path", "schema": {"type": "string"}}],
                    "request_body": '{"content":{"application/json":{}}}',
                    "responses": None,
                }
            ],
        },
        {
            "mode": "conversion-listener",
            "tools": [
                {
                    "description": "Orders",
                    "method": "POST",
                    "parameters": [{"name": "id", "in": "path", "schema": {"type": "string"}}],
                    "request_body": {"content": {"application/json": {}}},
                }
            ],
        },
    ),
    "names in snake case": (
        "proxy-cache",
        {
            "strategy": "memory",
            "response_headers": {"age": True, "x_cache_key": False, "x_cache_status": None},
            "vary_headers": [],
        },
        {"strategy": "memory", "response_headers": {"age": True, "X-Cache-Key": False}},
    ),
    "a number in a string": (
        "rate-limiting",
        {"minute": 5, "policy": "redis", "redis": {"host": "r.example.com", "port": "6380"}},
        {"minute": 5, "policy": "redis", "redis": {"host": "r.example.com", "port": 6380}},
    ),
    "a vault reference in place of a number": (
        "rate-limiting",
        {"minute": 5, "policy": "redis", "redis": {"host": "r", "port": "{vault://env/port}"}},
        {"minute": 5, "policy": "redis", "redis": {"host": "r", "port": "{vault://env/port}"}},
    ),
}


@pytest.mark.parametrize(("name", "in_state", "sent"), SHAPES.values(), ids=SHAPES)
def test_a_plugin_of_another_shape_in_terraform_is_adopted_without_a_change(
    konnect: LocalKonnect,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    in_state: Json,
    sent: Json,
) -> None:
    plane = konnect.plane()
    id_ = konnect.entity(plane, "plugins", name=name, config=sent)
    attributes = {"id": id_, "control_plane_id": plane, "config": in_state}
    block = resource(f"gateway_plugin_{name.replace('-', '_')}", "here", attributes)
    (adoption,) = adopt(read(tmp_path, block), konnect, monkeypatch)
    assert adoption.inputs.get("config") == sent
    assert not adoption.changed


def test_the_metadata_of_a_model_is_an_object() -> None:
    in_state = {"metadata": '{"team":"orders"}', "route_type": "llm/v1/chat", "auth": None}
    expected = {"metadata": {"team": "orders"}, "route_type": "llm/v1/chat"}
    assert partial_config("model", in_state) == expected


def test_a_string_that_should_hold_json_and_does_not_leaves_the_plugin_out(tmp_path: Path) -> None:
    nodes = [node("static", name="GREETING", values="{")]
    attributes = {"id": "x", "control_plane_id": "plane", "config": {"nodes": nodes}}
    file = tmp_path / "terraform.tfstate"
    block = resource("gateway_plugin_datakit", "here", attributes)
    file.write_text(json.dumps({"version": 4, "resources": [block]}))
    (left_out,) = terraform.read(file).left_out
    assert left_out.source == "konnect_gateway_plugin_datakit.here"


# Every plugin that the Terraform provider has.


def example(schema: published.Schema) -> Any:
    """A value with every field of a schema."""
    if "oneOf" in schema:
        return example(schema["oneOf"][-1])
    if "enum" in schema:
        return schema["enum"][0]
    if "properties" in schema:
        return {name: example(field) for name, field in schema["properties"].items()}
    if schema["type"] == "object":
        values = schema["additionalProperties"]
        return {"key": example(values) if isinstance(values, Mapping) else "free"}
    if schema["type"] == "array":
        return [example(schema["items"])]
    return {"string": "text", "boolean": False, "integer": 1, "number": 1}[schema["type"]]


def in_terraform(schema: published.Schema, value: Any) -> Any:
    """A value of Konnect's in the form that the Terraform provider's state has."""
    if "oneOf" in schema:
        options = {option["properties"]["type"]["enum"][0]: option for option in schema["oneOf"]}
        blocks = dict.fromkeys(options)
        block = in_terraform(options[value["type"]], value)
        del block["type"]
        return {**blocks, value["type"]: block}
    if "properties" in schema:
        return dict(fields_in_terraform(schema, value))
    if schema.get("additionalProperties") is True and schema.get("type") == "object":
        return json.dumps(value)
    if schema.get("type") == "array":
        return [in_terraform(schema["items"], item) for item in value]
    return str(value) if schema.get("x-referenceable") and schema["type"] == "integer" else value


def fields_in_terraform(schema: published.Schema, value: Json) -> Iterator[tuple[str, Any]]:
    for name, field in schema["properties"].items():
        snake = name.replace("#", "_number_").replace("-", "_").lower()
        yield snake, in_terraform(field, value[name])


@pytest.mark.parametrize("plugin", load().plugins)
def test_the_config_of_each_plugin_is_converted_to_konnects_form(plugin: str) -> None:
    name = plugin.replace("_", "-")
    versions = reversed(published.VERSIONS)
    known = next(filter(None, (published.plugin(name, version) for version in versions)), None)
    assert known is not None, f"Kong has no plugin {name}"
    config = example(known.config)
    is_record = "properties" in known.config
    in_state = in_terraform(known.config, config) if is_record else config
    assert plugin_config(name, in_state) == config
