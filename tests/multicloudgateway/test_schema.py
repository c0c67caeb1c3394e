"""The package's schema: what the engine gives to programs and to generators of SDKs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from multicloudgateway.schema import PACKAGE, TOKEN, package_schema
from stacks.contract import GatewayContract
from stacks.defaults import in_full
from stacks.models import Region, Settings
from tests.engine_fixture import Project

CHECKOUT = Path(__file__).parents[2]
SCHEMA = package_schema("1.0.0")
COMPONENT = SCHEMA["resources"][TOKEN]


def unknown_keys(value: Any, spec: Mapping[str, Any], path: str = "") -> list[str]:
    """The paths in a document that a type of the schema does not have."""
    if "$ref" in spec:
        spec = SCHEMA["types"][spec["$ref"].removeprefix("#/types/")]
    if spec.get("type") == "array":
        items = enumerate(value)
        return [p for i, item in items for p in unknown_keys(item, spec["items"], f"{path}[{i}]")]
    if "properties" in spec:
        there = spec["properties"]
        return [f"{path}.{key}" for key in value if key not in there] + [
            below
            for key, item in value.items()
            if key in there
            for below in unknown_keys(item, there[key], f"{path}.{key}")
        ]
    return []


def test_the_engine_gets_this_schema_from_the_plugin(
    engine: Path, pulumi_env: dict[str, str], tmp_path: Path
) -> None:
    project = Project(tmp_path, engine, pulumi_env)

    printed = project.ok("package", "get-schema", str(CHECKOUT / PACKAGE))

    given, _ = json.JSONDecoder().raw_decode(printed[printed.index("{\n") :])
    assert given["name"] == PACKAGE
    assert given["types"].keys() == SCHEMA["types"].keys()
    component = given["resources"][TOKEN]
    assert component["isComponent"] is True
    assert component["requiredInputs"] == ["geo", "regions", "version"]
    assert component["inputProperties"] == COMPONENT["inputProperties"]
    assert component["properties"] == COMPONENT["properties"]


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_what_a_stack_file_holds_are_inputs_of_the_same_names(stack: str) -> None:
    content = yaml.safe_load((CHECKOUT / "stacks" / f"Pulumi.{stack}.yaml").read_text())
    document = in_full(content["config"]["multicloud-gateway:gateway"])
    inputs = {"properties": COMPONENT["inputProperties"]}

    assert unknown_keys(document, inputs) == []
    assert unknown_keys({**document, "regoins": []}, inputs) == [".regoins"]


def test_inputs_and_outputs_are_described_as_the_models_are() -> None:
    described = {name: field.description for name, field in Settings.model_fields.items()}
    region = SCHEMA["types"][f"{PACKAGE}:index:Region"]

    assert {n: spec.get("description") for n, spec in COMPONENT["inputProperties"].items()} == (
        described
    )
    assert None not in described.values()
    assert region["properties"]["cidr"]["description"] == Region.model_fields["cidr"].description
    assert COMPONENT["properties"].keys() == GatewayContract.model_fields.keys()


def test_only_what_no_class_of_environments_gives_is_required() -> None:
    required = {name: spec.get("required") for name, spec in SCHEMA["types"].items()}

    assert COMPONENT["requiredInputs"] == ["geo", "regions", "version"]
    assert required[f"{PACKAGE}:index:Region"] == ["cidr", "landing", "region"]
    assert required[f"{PACKAGE}:index:Landing"] == ["cidr"]
    assert required[f"{PACKAGE}:index:RateLimit"] == []


def test_closed_vocabularies_are_enumerations() -> None:
    clouds = SCHEMA["types"][f"{PACKAGE}:index:Cloud"]
    region = SCHEMA["types"][f"{PACKAGE}:index:Region"]

    assert [member["value"] for member in clouds["enum"]] == ["aws", "azure", "gcp"]
    assert region["properties"]["cloud"]["$ref"] == f"#/types/{PACKAGE}:index:Cloud"
