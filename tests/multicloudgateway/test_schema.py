"""The package's schema: what the engine gives to programs and to generators of SDKs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from multicloudgateway.provider import Package
from multicloudgateway.schema import COMPONENTS, GATEWAY, PACKAGE, package_schema
from stacks.contract import GatewayContract
from stacks.defaults import in_full
from stacks.models import Settings
from stacks.names import camel_case, to_camel_case

CHECKOUT = Path(__file__).parents[2]
SCHEMA = package_schema("1.0.0")
COMPONENT = SCHEMA["resources"][GATEWAY.token]


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


def test_the_engine_gets_this_schema_from_the_plugin() -> None:
    given = json.loads(Package().schema or "")

    assert given == package_schema(given["version"])
    assert COMPONENT["isComponent"] is True


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_what_a_stack_file_holds_are_inputs_in_camel_case(stack: str) -> None:
    content = yaml.safe_load((CHECKOUT / "stacks" / f"Pulumi.{stack}.yaml").read_text())
    settings = in_full(content["config"]["multicloud-gateway:gateway"])
    document = to_camel_case(Settings, settings)
    inputs = {"properties": COMPONENT["inputProperties"]}

    assert unknown_keys(document, inputs) == []
    assert unknown_keys({**document, "regoins": []}, inputs) == [".regoins"]


def described_types() -> list[tuple[str, str, Mapping[str, Any]]]:
    """Each property of the schema: its holder, its name and its spec."""
    holders = {
        **{component.name: SCHEMA["resources"][component.token] for component in COMPONENTS},
        **{token.rpartition(":")[2]: spec for token, spec in SCHEMA["types"].items()},
    }
    return [
        (holder, name, spec)
        for holder, of in holders.items()
        for key in ("inputProperties", "properties")
        for name, spec in of.get(key, {}).items()
    ]


def test_every_property_and_every_type_is_described() -> None:
    assert [
        f"{holder}.{name}"
        for holder, name, spec in described_types()
        if not spec.get("description")
    ] == []
    assert [token for token, spec in SCHEMA["types"].items() if not spec["description"]] == []


def test_every_name_and_every_word_of_a_description_is_in_camel_case() -> None:
    wrong = [f"{holder}.{name}" for holder, name, _ in described_types() if "_" in name]
    said = " ".join(spec["description"] for _, _, spec in described_types())

    assert wrong == []
    assert "api_access" not in said
    assert "base_rps" not in said
    assert COMPONENT["properties"].keys() == set(map(camel_case, GatewayContract.model_fields))


def test_a_description_says_the_default() -> None:
    inputs = COMPONENT["inputProperties"]
    types = {
        name.rpartition(":")[2]: spec["properties"]
        for name, spec in SCHEMA["types"].items()
        if "properties" in spec
    }

    assert inputs["apiAccess"]["description"].endswith(
        "Default by the class of the environment: `private+public` in dev, `private+public` in "
        "staging, `private` in prod."
    )
    assert inputs["controlPlanes"]["description"].endswith("Default: `shared`.")
    assert types["RateLimit"]["windowSize"]["description"].endswith("Default: `60`.")
    assert types["Landing"]["ports"]["description"].endswith("Default: `[443]`.")
    assert not [spec for _, _, spec in described_types() if "default" in spec]


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
