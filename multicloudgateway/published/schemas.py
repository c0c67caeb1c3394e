"""Reads the published plugin schemas of each gateway version.

A schema is JSON Schema as Kong publishes it for its plugins, without titles and descriptions.
It uses ``type``, ``properties``, ``required``, ``items``, ``additionalProperties``, ``oneOf``,
``enum``, ``default``, ``nullable``, ``minimum``, ``maximum``, ``minLength`` and ``maxLength``
(of strings, arrays and maps), and these marks of Kong's own:

* ``x-referenceable``: a ``{vault://...}`` reference is accepted instead of a value.
* ``x-encrypted``: the value is a credential.
* ``x-foreign``: the value names another entity: ``{"id": "..."}``.
* ``x-lua-required``: the field is required, but left out of ``required``.

The published schemas hold no rules between fields ("at least one of"), no patterns of strings,
and do not tell a set from an array.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

Schema = Mapping[str, Any]

VERSIONS = ("3.13", "3.14", "3.15")
"""The gateway versions whose schemas are here, oldest first."""
NEWEST = VERSIONS[-1]

IDENTIFIERS: Final = frozenset(
    {"aws_assume_role_arn", "aws_role_session_name", "azure_client_id", "azure_tenant_id"}
    | {"client_id"}
)
"""Fields that Kong encrypts although they are not credentials.

They are not made secrets. Pulumi hides the text of a secret wherever it stands: a secret client id
`orders` would also be hidden in every name that contains it.
"""


@dataclass(frozen=True)
class Plugin:
    """The schema of one plugin.

    ``config`` is the schema of its configuration, ``protocols`` the schema of its protocols
    with their default. ``scopes`` are the entities that it can be attached to, out of
    ``service``, ``route``, ``consumer`` and ``consumer_group``. ``partials`` tells where each
    type of partial goes: ``{"redis-ee": "config.redis"}``; a path that ends in ``[]`` is an item
    of a list.
    """

    name: str
    config: Schema
    protocols: Schema
    scopes: frozenset[str]
    partials: Mapping[str, str]


_SCOPES = frozenset({"service", "route", "consumer", "consumer_group"})


def nearest(version: str | None) -> str:
    """The published version for a gateway version, such as ``3.14`` or ``3.14.0.1``.

    Without a version the newest; the oldest for older gateways, the newest for newer ones.

    Raises ValueError: ``version`` does not begin with two numbers.
    """
    if version is None:
        return NEWEST
    asked = _number(version)
    below = [known for known in VERSIONS if _number(known) <= asked]
    return below[-1] if below else VERSIONS[0]


def _number(version: str) -> tuple[int, int]:
    major, minor = version.split(".")[:2]
    return int(major), int(minor)


@cache
def _read(version: str) -> Mapping[str, Any]:
    packed = files("multicloudgateway.published") / "data" / f"plugins-{version}.json.gz"
    document: Mapping[str, Any] = json.loads(gzip.decompress(packed.read_bytes()))
    return document


def plugin_names(version: str | None = None) -> frozenset[str]:
    """The names of all plugins of a gateway version (see `nearest`)."""
    return frozenset(_read(nearest(version))["plugins"])


@cache
def plugin(name: str, version: str | None = None) -> Plugin | None:
    """The schema of a plugin in a gateway version (see `nearest`), or None if it has none."""
    schema = _read(nearest(version))["plugins"].get(name)
    if schema is None:
        return None
    fields = schema["properties"]
    places = {entry["name"]: entry["paths"][0] for entry in schema.get("x-supported-partials", ())}
    return Plugin(
        name=name,
        config=fields["config"],
        protocols=fields["protocols"],
        scopes=_SCOPES & fields.keys(),
        partials=MappingProxyType(places),
    )


def newest_plugin(name: str) -> Plugin | None:
    """The schema of a plugin in the newest gateway version that has it."""
    versions = reversed(VERSIONS)
    return next(filter(None, (plugin(name, version) for version in versions)), None)


def partial_types(version: str | None = None) -> frozenset[str]:
    """The types of partials that a gateway version (see `nearest`) has."""
    return frozenset(_read(nearest(version))["partials"])


def partial(type_: str, version: str | None = None) -> Schema | None:
    """The schema of the ``config`` of a type of partial, or None if there is no such type.

    Kong publishes the schema of the place that a partial fills in a plugin; where plugins add
    fields of their own to that place, this is the schema that most plugins share.
    """
    schema: Schema | None = _read(nearest(version))["partials"].get(type_)
    return schema


def paths(schema: Schema, wanted: Callable[[str, Schema], bool], path: str = "") -> Iterator[str]:
    """The paths of the fields at and below a schema that are ``wanted``, by name and schema.

    An item of a list is ``targets[].auth``. A list whose items are wanted has the list's path.
    """
    if wanted(path.rpartition(".")[2], schema):
        yield path.removesuffix("[]")
    for option in schema.get("oneOf", ()):
        yield from paths(option, wanted, path)
    for key, field in schema.get("properties", {}).items():
        yield from paths(field, wanted, f"{path}.{key}".removeprefix("."))
    if "items" in schema:
        yield from paths(schema["items"], wanted, f"{path}[]")


def is_encrypted(name: str, field: Schema) -> bool:
    """Whether a field is a credential: Kong encrypts it, and it is no identifier."""
    return bool(field.get("x-encrypted")) and name.removesuffix("[]") not in IDENTIFIERS
