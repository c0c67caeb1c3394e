"""The package's schema, derived from the models of the components' inputs and outputs.

The SDKs of all languages are generated from it. Names are in camelCase, as in Pulumi's other
packages (see ``stacks.names``). Every description of a field is in the schema, with its default.

The defaults are words in the descriptions. A ``default`` of the schema would be sent by the SDKs as
if the program had written it, and some settings are refused where they do not apply.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin
from uuid import UUID

import pulumi
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from multicloudgateway.api import ApiInputs, ApiOutputs
from stacks.contract import GatewayContract
from stacks.defaults import DEFAULTS
from stacks.errors import yaml_inline
from stacks.models import Settings
from stacks.names import camel_case, models_of, words_in_camel_case

PACKAGE: Final = "multicloudgateway"

Model = type[BaseModel]
Spec = dict[str, Any]
"""A part of a schema, in the form of Pulumi's package schema reference."""

_PRIMITIVES: Final[Mapping[Any, str]] = {
    str: "string",
    IPv4Address: "string",
    IPv4Network: "string",
    Path: "string",
    UUID: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
}


@dataclass(frozen=True)
class Component:
    """A component of the package."""

    name: str
    description: str
    inputs: Model
    outputs: Model
    optional: frozenset[str] = frozenset()
    """Names of fields that a program may leave out although their model requires them."""
    prefix: str = ""
    """The beginning of the names of its input types, where other components have the same names."""

    @property
    def token(self) -> str:
        """The type of the component. It is in state and never changes."""
        return f"{PACKAGE}:index:{self.name}"


def _names_in(tables: Mapping[Any, Any]) -> frozenset[str]:
    """The names of the settings with a default per environment class, nested ones included."""
    names: set[str] = set()
    for table in tables.values():
        for name, value in table.items():
            names |= {name, *(value if isinstance(value, Mapping) else ())}
    return frozenset(names)


GATEWAY: Final = Component(
    "MultiCloudGateway",
    """\
Dedicated cloud gateways in AWS, Azure and GCP with all that surrounds them: control planes, \
networks, private connections, caches and a rate limit.

The inputs are those of `multicloud-gateway:gateway` in a stack file, in camelCase. `fabric` is \
refused, because its numbers are recorded in a file, and the package reads no file.

The Konnect token is the stack's secret `konnect:token`, or else `KONNECT_TOKEN` or \
`KONNECT_SPAT` of the environment.""",
    Settings,
    GatewayContract,
    _names_in(DEFAULTS) | {"environment", "cloud"},
)

API: Final = Component(
    "Api",
    """\
An API on every control plane of a gateway that another stack owns: a service, its routes, \
authentication, limits, consumers and plugins.

The Konnect token is the stack's secret `konnect:token`, or else `KONNECT_TOKEN` or \
`KONNECT_SPAT` of the environment. It needs to write to the control planes only.""",
    ApiInputs,
    ApiOutputs,
    prefix="Api",
)

COMPONENTS: Final = (GATEWAY, API)


def package_schema(version: str) -> Spec:
    """The schema of the package. ``version`` is a semantic version without a leading ``v``."""
    types: Spec = {}
    return {
        "name": PACKAGE,
        "version": version,
        "displayName": "Multi-cloud gateway",
        "description": "Kong Konnect Dedicated Cloud Gateways in AWS, Azure and GCP",
        "resources": {component.token: _resource(component, types) for component in COMPONENTS},
        "types": types,
        "language": {
            language: {"respectSchemaVersion": True}
            for language in ("csharp", "go", "java", "nodejs", "python")
        },
    }


def _resource(component: Component, types: Spec) -> Spec:
    inputs = _Side(types, component.inputs, component.prefix, component.optional)
    outputs = _Side(types, component.outputs)
    taken, given = inputs.object(component.inputs), outputs.object(component.outputs)
    return {
        "isComponent": True,
        "description": component.description,
        "inputProperties": taken["properties"],
        "requiredInputs": taken["required"],
        "properties": given["properties"],
        "required": given["required"],
    }


class _Side:
    """Builds the types of the inputs or of the outputs of a component."""

    def __init__(
        self, types: Spec, root: Model, prefix: str = "", optional: frozenset[str] = frozenset()
    ) -> None:
        """``types`` gets the types. ``root`` is the model of the component's properties."""
        self._types = types
        self._root = root
        self._prefix = prefix
        self._optional = optional
        self._own = {part: f"{prefix}{part.__name__}" for part in models_of(root)}

    def object(self, model: Model) -> Spec:
        """Convert a model to an object type."""
        properties = {}
        for name, field in model.model_fields.items():
            spec = self._type(field.annotation)
            if said := " ".join(filter(None, [field.description, _default(model, name, field)])):
                spec["description"] = self._words(said)
            properties[camel_case(name)] = spec
        return {
            "type": "object",
            "description": self._words(inspect.cleandoc(model.__doc__ or "")),
            "properties": properties,
            "required": sorted(
                camel_case(name)
                for name, field in model.model_fields.items()
                if field.is_required() and name not in self._optional
            ),
        }

    def _words(self, text: str) -> str:
        """A description in Markdown, with the names of fields as programs write them."""
        return words_in_camel_case(self._root, re.sub("``+", "`", text))

    def _type(self, annotation: Any) -> Spec:
        """Convert a Python type to a Pulumi type. Raises TypeError if there is none."""
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin in (Annotated, pulumi.Output):
            return self._type(arguments[0])
        if origin in (Union, UnionType):
            return self._union(arguments)
        if annotation is Any:
            return {"$ref": "pulumi.json#/Any"}
        if annotation in _PRIMITIVES:
            return {"type": _PRIMITIVES[annotation]}
        if origin is Literal:
            return {"type": _PRIMITIVES[type(arguments[0])]}
        if origin in (list, tuple, Sequence):
            return {"type": "array", "items": self._type(arguments[0])}
        if origin in (dict, Mapping):
            return {"type": "object", "additionalProperties": self._type(arguments[1])}
        if isinstance(annotation, type) and issubclass(annotation, BaseModel | StrEnum):
            return self._named(annotation)
        raise TypeError(f"a Pulumi schema has no type for {annotation}")

    def _union(self, arguments: Sequence[Any]) -> Spec:
        """Convert a union. An Output of a type, and None, are no types of their own."""
        forms: list[Spec] = []
        for argument in arguments:
            if argument is not NoneType and get_origin(argument) is not Awaitable:
                spec = self._type(argument)
                forms += [spec] if spec not in forms else []
        return forms[0] if len(forms) == 1 else {"oneOf": forms}

    def _named(self, kind: type[BaseModel | StrEnum]) -> Spec:
        """Add a model or an enum to the types of the schema, and return a reference to it.

        Raises TypeError if another one has the name.
        """
        name = f"{self._prefix}{kind.__name__}" if issubclass(kind, BaseModel) else kind.__name__
        token = f"{PACKAGE}:index:{name}"
        spec = self.object(kind) if issubclass(kind, BaseModel) else _enum(kind)
        if self._types.setdefault(token, spec) != spec:
            raise TypeError(f"two types of the package have the name {name}: rename one")
        return {"$ref": f"#/types/{token}"}


def _enum(kind: type[StrEnum]) -> Spec:
    return {
        "type": "string",
        "description": inspect.cleandoc(kind.__doc__ or ""),
        "enum": [{"name": member.name, "value": member.value} for member in kind],
    }


def _default(model: Model, name: str, field: FieldInfo) -> str | None:
    """The default of a field in words, if there is one."""
    if (by_class := _BY_CLASS.get((model, name))) is not None:
        if len(set(by_class.values())) == 1:
            return f"Default: `{next(iter(by_class.values()))}`."
        values = ", ".join(f"`{value}` in {name}" for name, value in by_class.items())
        return f"Default by the class of the environment: {values}."
    default = field.get_default()
    if isinstance(default, tuple):
        default = list(default)
    if default is None or isinstance(default, BaseModel | dict) or default in ("", []):
        return None
    if field.is_required() or field.default_factory is not None:
        return None
    return f"Default: `{_written(default)}`."


def _written(value: Any) -> str:
    """A default as a program writes it."""
    if isinstance(value, Enum | UUID):
        value = str(value)
    return value if isinstance(value, str) else yaml_inline(value)


def _defaults_by_class(
    model: Model, tables: Mapping[str, Mapping[str, Any]]
) -> dict[tuple[Model, str], dict[str, str]]:
    """The defaults of each class of environments, by the model and the name of the field."""
    found: dict[tuple[Model, str], dict[str, str]] = {}
    for name, field in model.model_fields.items():
        values = {class_: table[name] for class_, table in tables.items() if name in table}
        if not values:
            continue
        if isinstance(next(iter(values.values())), Mapping):
            (part,) = (one for one in (field.annotation, *get_args(field.annotation)) if _is(one))
            found |= _defaults_by_class(part, values)
        else:
            found[model, name] = {class_: _written(value) for class_, value in values.items()}
    return found


def _is(one: Any) -> bool:
    return isinstance(one, type) and issubclass(one, BaseModel)


_BY_CLASS: Final = _defaults_by_class(
    Settings, {class_.value: dict(table) for class_, table in DEFAULTS.items()}
)


if __name__ == "__main__":
    import json
    from importlib.metadata import version as version_of

    print(json.dumps(package_schema(version_of("multicloud-gateway")), indent=2))
