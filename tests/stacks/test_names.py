"""Names of fields in camelCase and back: the user's own keys stay as they are."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import pulumi
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from multicloudgateway.api import ApiInputs, ApiOutputs
from stacks.contract import GatewayContract
from stacks.errors import Problem
from stacks.models import Settings
from stacks.names import (
    camel_case,
    models_of,
    problem_in_camel_case,
    snake_case_paths,
    to_camel_case,
    to_field_names,
    words_in_camel_case,
)
from stacks.networks import NetworkContract

ROOTS: list[type[BaseModel]] = [Settings, GatewayContract, NetworkContract, ApiInputs, ApiOutputs]
MODELS = sorted({model for root in ROOTS for model in models_of(root)}, key=str)
IN_FULL = yaml.safe_load(Path(__file__).with_name("in_full.yaml").read_text())
EXPORTS = json.loads(
    (Path(__file__).parent / "exports" / f"{GatewayContract.VERSION}.json").read_text()
)


def keys_of(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {key for item in value.values() for key in keys_of(item)}
    return {key for item in value for key in keys_of(item)} if isinstance(value, list) else set()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_no_two_fields_of_a_model_have_one_name_in_camel_case(model: type[BaseModel]) -> None:
    names = [camel_case(name) for name in model.model_fields]
    assert len(set(names)) == len(names)
    assert not [name for name in names if "_" in name]


WORDS = st.sampled_from(["second", "rate_limit", "rateLimit", "aws-us-east-2", "api_access"])
DATA = st.recursive(
    st.integers() | st.text(max_size=3) | st.none(),
    lambda item: st.lists(item, max_size=2) | st.dictionaries(WORDS, item, max_size=2),
)


@cache
def documents(annotation: Any) -> st.SearchStrategy[Any]:
    """Documents with the form of a type. Values of plain types may be anything."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Annotated, pulumi.Output):
        return documents(arguments[0])
    if origin in (Union, UnionType):
        return st.sampled_from(arguments).flatmap(documents)
    if origin is dict:
        return st.dictionaries(WORDS, documents(arguments[1]), max_size=2)
    if origin in (list, tuple):
        return st.lists(documents(arguments[0]), max_size=2)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = annotation.model_fields.items()
        return st.fixed_dictionaries(
            {}, optional={name: documents(field.annotation) for name, field in fields}
        )
    return DATA if annotation is Any else st.text(max_size=3)


@settings(suppress_health_check=list(HealthCheck), deadline=None)
@given(st.sampled_from(MODELS), st.data())
def test_every_document_survives_the_way_there_and_back(
    model: type[BaseModel], data: st.DataObject
) -> None:
    document = data.draw(documents(model))
    camel = to_camel_case(model, document)

    assert camel.keys() == {camel_case(name) for name in document}
    assert not list(snake_case_paths(model, camel))
    assert to_field_names(model, camel) == document


@pytest.mark.parametrize("environment", IN_FULL)
def test_a_whole_environment_survives_the_way_there_and_back(environment: str) -> None:
    document = IN_FULL[environment]
    camel = to_camel_case(Settings, document)

    assert "apiAccess" in camel
    assert not list(snake_case_paths(Settings, camel))
    assert to_field_names(Settings, camel) == document


def test_what_a_stack_exports_survives_the_way_there_and_back() -> None:
    camel = to_camel_case(GatewayContract, EXPORTS)

    assert {"controlPlanes", "privateIpAddresses", "networkId"} <= keys_of(camel)
    assert "aws-us-east-2" in camel["regions"]
    assert to_field_names(GatewayContract, camel) == EXPORTS


def test_keys_that_are_the_user_s_data_stay_as_they_are() -> None:
    document = {
        "tags": {"cost_center": "x"},
        "control_plane": {"labels": {"my_team": "shop"}},
        "governance": {
            "plugins": {"rate-limiting": {"config": {"window_size": 5, "base_rps": [{"a_b": 1}]}}}
        },
    }
    camel = to_camel_case(Settings, document)

    assert camel["tags"] == {"cost_center": "x"}
    assert camel["controlPlane"]["labels"] == {"my_team": "shop"}
    plugin = camel["governance"]["plugins"]["rate-limiting"]
    assert plugin["config"] == {"window_size": 5, "base_rps": [{"a_b": 1}]}
    assert to_field_names(Settings, camel) == document


def test_keys_as_in_a_stack_file_are_found_at_every_depth() -> None:
    camel = {"api_access": "private", "regions": [{"load_balancer": {"a_b": 1}}], "geo": "us"}

    assert list(snake_case_paths(Settings, camel)) == [
        ("api_access",),
        ("regions", 0, "load_balancer"),
    ]


def test_a_problem_names_the_path_and_the_words_as_the_user_wrote_them() -> None:
    path = ("regions", 0, "landing", "network", "vpc_id")
    problem = Problem(path, "needs api_access", "add base_rps: 10", {"vpc_id": 1})

    line = problem_in_camel_case(Settings, problem).line("gateway")

    assert "gateway.regions[0].landing.network.vpcId:" in line
    assert "needs apiAccess; add baseRps: 10" in line


def test_a_problem_about_a_plugin_s_configuration_keeps_kong_s_words() -> None:
    path = ("governance", "plugins", "limits", "config", "window_size")
    problem = Problem(path, "window_size needs limit", "write window_size: [60]", 3)

    converted = problem_in_camel_case(Settings, problem)

    assert converted.path == path
    assert converted.remedy == "write window_size: [60]"


def test_words_within_paths_and_addresses_are_no_names_of_fields() -> None:
    text = "see stacks/api_access and {vault://x/base_rps}, then write base_rps"

    assert words_in_camel_case(Settings, text) == (
        "see stacks/api_access and {vault://x/base_rps}, then write baseRps"
    )
