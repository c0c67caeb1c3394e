"""Plugins that change requests and responses, or check requests against a schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Unpack

import pulumi

from providers.konnect.core_entities.plugin import GatewayPlugin
from providers.konnect.plugins.arguments import ConsumerArgs, ConsumerGroupArgs, Texts, plugin

Fields = pulumi.Input[Mapping[str, Any]]
"""Changes by place, such as ``headers``: a list of ``name:value``, or of ``name`` to remove it."""


def request_transformer(
    resource_name: str,
    *,
    remove: Fields | None = None,
    rename: Fields | None = None,
    replace: Fields | None = None,
    add: Fields | None = None,
    append: Fields | None = None,
    http_method: pulumi.Input[str] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[ConsumerGroupArgs],
) -> GatewayPlugin:
    """Change requests before they go to the service.

    The changes are made in the order of the arguments. Each is a mapping from ``headers``,
    ``querystring`` and ``body`` to a list of ``name:value``, such as
    ``add={"headers": ["x-team:orders"]}``. ``remove`` takes names, ``rename`` ``old:new``.
    ``replace`` also takes ``uri``, a path. ``http_method`` is in capitals.
    Source: `request-transformer`.
    """
    written = {
        "remove": remove,
        "rename": rename,
        "replace": replace,
        "add": add,
        "append": append,
        "http_method": http_method,
    }
    return plugin(resource_name, "request-transformer", written, config, **common)


def request_transformer_advanced(
    resource_name: str,
    *,
    remove: Fields | None = None,
    rename: Fields | None = None,
    replace: Fields | None = None,
    add: Fields | None = None,
    append: Fields | None = None,
    allow: Fields | None = None,
    http_method: pulumi.Input[str] | None = None,
    dots_in_keys: pulumi.Input[bool] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[ConsumerGroupArgs],
) -> GatewayPlugin:
    """Change requests before they go to the service, with templates and typed values.

    Takes what `request_transformer` takes. Values may be templates (``$(headers.host)``) and vault
    references. ``json_types`` beside ``body`` gives the type of each item: boolean, number or
    string. ``allow={"body": [...]}`` keeps only these fields. With ``dots_in_keys`` (Kong's
    default) a dot is part of a name; without, it leads into an object.
    Source: `request-transformer-advanced`.
    """
    written = {
        "remove": remove,
        "rename": rename,
        "replace": replace,
        "add": add,
        "append": append,
        "allow": allow,
        "http_method": http_method,
        "dots_in_keys": dots_in_keys,
    }
    return plugin(resource_name, "request-transformer-advanced", written, config, **common)


def response_transformer(
    resource_name: str,
    *,
    remove: Fields | None = None,
    rename: Fields | None = None,
    replace: Fields | None = None,
    add: Fields | None = None,
    append: Fields | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[ConsumerGroupArgs],
) -> GatewayPlugin:
    """Change responses before they go to the client.

    Each change is a mapping from ``headers`` and ``json`` to a list of ``name:value``; ``remove``
    takes names, ``rename`` ``old:new``. ``json_types`` beside ``json`` gives the type of each
    item: boolean, number or string. Source: `response-transformer`.
    """
    written = {
        "remove": remove,
        "rename": rename,
        "replace": replace,
        "add": add,
        "append": append,
    }
    return plugin(resource_name, "response-transformer", written, config, **common)


def response_transformer_advanced(
    resource_name: str,
    *,
    remove: Fields | None = None,
    rename: Fields | None = None,
    replace: Fields | None = None,
    add: Fields | None = None,
    append: Fields | None = None,
    allow: Fields | None = None,
    transform: Fields | None = None,
    dots_in_keys: pulumi.Input[bool] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[ConsumerGroupArgs],
) -> GatewayPlugin:
    """Change responses before they go to the client, by status and by functions.

    Takes what `response_transformer` takes. ``if_status`` in a change limits it to statuses:
    ``["404", "500-599"]``. ``allow={"json": [...]}`` keeps only these fields.
    ``transform={"functions": [...]}`` are Lua functions. Source: `response-transformer-advanced`.
    """
    written = {
        "remove": remove,
        "rename": rename,
        "replace": replace,
        "add": add,
        "append": append,
        "allow": allow,
        "transform": transform,
        "dots_in_keys": dots_in_keys,
    }
    return plugin(resource_name, "response-transformer-advanced", written, config, **common)


def request_validator(
    resource_name: str,
    *,
    body_schema: pulumi.Input[str] | None = None,
    parameter_schema: pulumi.Input[Sequence[pulumi.Input[Mapping[str, Any]]]] | None = None,
    version: pulumi.Input[
        Literal["draft201909", "draft202012", "draft4", "draft6", "draft7", "kong"]
    ]
    | None = None,
    allowed_content_types: Texts | None = None,
    content_type_parameter_validation: pulumi.Input[bool] | None = None,
    verbose_response: pulumi.Input[bool] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[ConsumerArgs],
) -> GatewayPlugin:
    """Refuse requests whose body or parameters do not fit a schema.

    Give at least one of ``body_schema`` and ``parameter_schema``. ``body_schema`` is a schema of
    the kind ``version`` as a JSON string: Kong's own (the default) or a JSON Schema draft.
    ``parameter_schema`` are mappings with ``name``, ``in`` (query, header or path) and
    ``required``; ``style``, ``explode`` and ``schema`` are set together. Bodies of other types
    than ``allowed_content_types`` are refused. Source: `request-validator`.
    """
    written = {
        "body_schema": body_schema,
        "parameter_schema": parameter_schema,
        "version": version,
        "allowed_content_types": allowed_content_types,
        "content_type_parameter_validation": content_type_parameter_validation,
        "verbose_response": verbose_response,
    }
    return plugin(resource_name, "request-validator", written, config, **common)
