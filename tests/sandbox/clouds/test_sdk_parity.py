"""The declarations against the SDKs a program is written with.

A type may model fewer inputs than its SDK class has, never one the class lacks, and what
the class requires the type requires.
"""

from __future__ import annotations

import importlib
import inspect
import re
from types import ModuleType

import pytest

from sandbox.clouds.declare import Cloud, ResourceType
from sandbox.clouds.server import CLOUDS

SDKS = {"aws": "pulumi_aws", "azure-native": "pulumi_azure_native", "gcp": "pulumi_gcp"}
NESTED = re.compile(r"ForwardRef\('(\w+Args)'\)")
MODELLED = [
    pytest.param(cloud, type_, id=type_.token) for cloud in CLOUDS for type_ in cloud.types.values()
]


def sdk_module(cloud: Cloud, token: str) -> tuple[ModuleType, str]:
    """The SDK module of a type token and the name of its class."""
    _, module, name = token.split(":")
    return importlib.import_module(f"{SDKS[cloud.package]}.{module.split('/')[0]}"), name


def sdk_class(module: ModuleType, name: str) -> type:
    """The class that takes a resource's arguments; ``InitArgs`` where a nested one has its name."""
    found: type = getattr(module, f"{name}InitArgs", None) or getattr(module, f"{name}Args")
    return found


def wire_names(args: type) -> dict[str, str]:
    """Python name -> wire name of each argument."""
    return {
        attribute: getattr(member.fget, "_pulumi_name", attribute)
        for attribute, member in vars(args).items()
        if isinstance(member, property)
    }


def inputs_of(args: type) -> dict[str, bool]:
    """Wire name -> required."""
    names = wire_names(args)
    parameters = list(inspect.signature(args).parameters.values())
    return {
        names[parameter.name]: parameter.default is inspect.Parameter.empty
        for parameter in parameters
    }


def annotation(args: type, wire_name: str) -> str:
    """The type of an argument as text."""
    python_name = {wire: python for python, wire in wire_names(args).items()}[wire_name]
    return str(inspect.signature(args).parameters[python_name].annotation)


@pytest.mark.parametrize(("cloud", "type_"), MODELLED)
def test_a_type_takes_no_input_that_its_sdk_class_lacks(cloud: Cloud, type_: ResourceType) -> None:
    known = inputs_of(sdk_class(*sdk_module(cloud, type_.token)))
    assert set(type_.inputs) - set(known) == set()


@pytest.mark.parametrize(("cloud", "type_"), MODELLED)
def test_a_type_requires_what_its_sdk_class_requires(cloud: Cloud, type_: ResourceType) -> None:
    known = inputs_of(sdk_class(*sdk_module(cloud, type_.token)))
    required = {name for name, spec in type_.inputs.items() if spec.required}
    assert required == {name for name, needed in known.items() if needed}


@pytest.mark.parametrize(("cloud", "type_"), MODELLED)
def test_a_nested_object_takes_and_requires_what_its_sdk_class_does(
    cloud: Cloud, type_: ResourceType
) -> None:
    module, name = sdk_module(cloud, type_.token)
    args = sdk_class(module, name)
    for wire_name, spec in type_.inputs.items():
        if not spec.members:
            continue
        nested = NESTED.search(annotation(args, wire_name))
        assert nested is not None
        known = inputs_of(getattr(module, nested.group(1)))
        assert set(spec.members) - set(known) == set()
        required = {member for member, inner in spec.members.items() if inner.required}
        assert required == {member for member, needed in known.items() if needed}


@pytest.mark.parametrize(("cloud", "type_"), MODELLED)
def test_a_type_gives_no_output_that_its_sdk_class_lacks(cloud: Cloud, type_: ResourceType) -> None:
    module, name = sdk_module(cloud, type_.token)
    outputs = wire_names(getattr(module, name)).values()
    assert set(type_.outputs) - set(outputs) == set()


@pytest.mark.parametrize("cloud", CLOUDS, ids=lambda cloud: cloud.package)
def test_the_version_is_that_of_the_installed_sdk(cloud: Cloud) -> None:
    utilities = importlib.import_module(f"{SDKS[cloud.package]}._utilities")
    assert utilities.get_version() == cloud.version
