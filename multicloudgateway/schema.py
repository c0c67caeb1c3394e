"""The package's schema, derived from the models of a stack file and of its exports.

The SDKs of all languages are generated from it. Names are the same as in a stack file
(``api_access``, not ``apiAccess``, which is Pulumi's convention). So settings can be copied from
one to the other, and errors and documentation apply to both.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin
from uuid import UUID

import pulumi
from pydantic import BaseModel

from stacks.contract import GatewayContract
from stacks.defaults import DEFAULTS
from stacks.models import Settings

PACKAGE: Final = "multicloudgateway"
TOKEN: Final = f"{PACKAGE}:index:MultiCloudGateway"

DESCRIPTION: Final = """\
Dedicated cloud gateways in AWS, Azure and GCP with all that surrounds them: control planes, \
networks, private connections, caches and a rate limit.

The inputs are those of `multicloud-gateway:gateway` in a stack file. The Konnect token is the \
stack's secret `konnect:token`, or else `KONNECT_TOKEN` or `KONNECT_SPAT` of the environment."""

Spec = dict[str, Any]
"""A part of a schema, in the form of Pulumi's package schema reference."""

_PRIMITIVES: Final[Mapping[Any, str]] = {
    str: "string",
    IPv4Address: "string",
    IPv4Network: "string",
    UUID: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
}


def package_schema(version: str) -> Spec:
    """The schema of the package. ``version`` is a semantic version without a leading ``v``."""
    types: Spec = {}
    inputs = _Side(types, derived=_names_in(DEFAULTS) | {"environment", "cloud"})
    outputs = _Side(types, derived=frozenset())
    taken, given = inputs.object(Settings), outputs.object(GatewayContract)
    return {
        "name": PACKAGE,
        "version": version,
        "displayName": "Multi-cloud gateway",
        "description": "Kong Konnect Dedicated Cloud Gateways in AWS, Azure and GCP",
        "resources": {
            TOKEN: {
                "isComponent": True,
                "description": DESCRIPTION,
                "inputProperties": taken["properties"],
                "requiredInputs": taken["required"],
                "properties": given["properties"],
                "required": given["required"],
            }
        },
        "types": types,
        "language": {
            language: {"respectSchemaVersion": True}
            for language in ("csharp", "go", "java", "nodejs", "python")
        },
    }


def _names_in(tables: Mapping[Any, Any]) -> frozenset[str]:
    """The names of the settings with a default per environment class, nested ones included."""
    names: set[str] = set()
    for table in tables.values():
        for name, value in table.items():
            names |= {name, *(value if isinstance(value, Mapping) else ())}
    return frozenset(names)


class _Side:
    """Builds the types of the inputs or of the outputs."""

    def __init__(self, types: Spec, *, derived: frozenset[str]) -> None:
        """``derived`` are names that a program may leave out although the model requires them."""
        self._types = types
        self._derived = derived

    def object(self, model: type[BaseModel]) -> Spec:
        """Convert a model to an object type."""
        properties = {}
        for name, field in model.model_fields.items():
            properties[name] = self._type(field.annotation)
            if field.description:
                properties[name]["description"] = field.description
        return {
            "type": "object",
            "description": inspect.cleandoc(model.__doc__ or ""),
            "properties": properties,
            "required": sorted(
                name
                for name, field in model.model_fields.items()
                if field.is_required() and name not in self._derived
            ),
        }

    def _type(self, annotation: Any) -> Spec:
        """Convert a Python type to a Pulumi type. Raises TypeError if there is none."""
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin in (Annotated, pulumi.Output):
            return self._type(arguments[0])
        if origin in (Union, UnionType):
            forms = [self._type(form) for form in arguments if form is not NoneType]
            return forms[0] if len(forms) == 1 else {"oneOf": forms}
        if annotation is Any:
            return {"$ref": "pulumi.json#/Any"}
        if annotation in _PRIMITIVES:
            return {"type": _PRIMITIVES[annotation]}
        if origin is Literal:
            return {"type": "string"}
        if origin in (list, tuple):
            return {"type": "array", "items": self._type(arguments[0])}
        if origin is dict:
            return {"type": "object", "additionalProperties": self._type(arguments[1])}
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            return self._named(annotation.__name__, annotation)
        if isinstance(annotation, type) and issubclass(annotation, StrEnum):
            return self._named(annotation.__name__, annotation)
        raise TypeError(f"a Pulumi schema has no type for {annotation}")

    def _named(self, name: str, kind: type[BaseModel] | type[StrEnum]) -> Spec:
        """Add a model or an enum to the types of the schema, and return a reference to it."""
        token = f"{PACKAGE}:index:{name}"
        if token not in self._types:
            if issubclass(kind, BaseModel):
                self._types[token] = self.object(kind)
            else:
                self._types[token] = {
                    "type": "string",
                    "description": inspect.cleandoc(kind.__doc__ or ""),
                    "enum": [{"name": member.name, "value": member.value} for member in kind],
                }
        return {"$ref": f"#/types/{token}"}
