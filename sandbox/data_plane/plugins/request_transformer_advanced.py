"""request-transformer-advanced: changes headers, query, body, path and method of requests.

Source: https://developer.konghq.com/plugins/request-transformer-advanced/. Of its templates the
sandbox plays those of ``sandbox.data_plane.templates``; a setting with another one is named as not
played and left out. Kong does not document when ``allow.body`` applies; here it applies to what
the client sent, before the other changes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

import httpx

from sandbox.data_plane.bodies import (
    FORM,
    MULTIPART,
    form_fields,
    is_json,
    json_object,
    media_type,
    set_body,
)
from sandbox.data_plane.exchange import Answer, Exchange
from sandbox.data_plane.templates import NotPlayed, Request, render
from sandbox.data_plane.transforming import Changes, change_fields, change_json, flat, grouped
from sandbox.store import Body

NAME = "request-transformer-advanced"
PRIORITY = 802
FIELDS = frozenset(
    {
        "add",
        "allow",
        "append",
        "dots_in_keys",
        "http_method",
        "remove",
        "rename",
        "replace",
    }
)

_WITHOUT_BODY = frozenset({"GET", "HEAD", "TRACE"})
_WRITTEN_BY_NGINX = "x-forwarded-"
"""The beginning of headers that the plugin cannot change."""


async def access(x: Exchange, config: Body) -> Answer | None:
    """Change the request. All templates are of the request as it was before."""
    request = Request.of(x)

    def changes(part: str, name: Callable[[str], str] = str) -> Changes:
        return _changes(x, config, part, request, name)

    uri = _rendered(x, "replace.uri", (config.get("replace") or {}).get("uri"), request)
    if uri:
        x.path = uri
    if config.get("http_method"):
        _change_method(x, config["http_method"])
    _change_headers(x, changes("headers", str.lower))
    _change_body(x, config, changes("body"))
    query = changes("querystring")
    if query:
        fields = grouped(x.query)
        change_fields(fields, query)
        x.query = flat(fields)
    return None


def _changes(
    x: Exchange, config: Body, part: str, request: Request, name_of: Callable[[str], str]
) -> Changes:
    """The changes of one part of the request, with their templates rendered."""

    def pairs(action: str) -> list[tuple[str, Any]]:
        return list(_pairs(x, config.get(action) or {}, f"{action}.{part}", request, name_of))

    return Changes(
        remove=[name_of(entry) for entry in (config.get("remove") or {}).get(part) or ()],
        rename=[(old, name_of(new)) for old, new in pairs("rename")],
        replace=pairs("replace"),
        add=pairs("add"),
        append=pairs("append"),
    )


def _pairs(
    x: Exchange,
    section: Mapping[str, Any],
    setting: str,
    request: Request,
    name_of: Callable[[str], str],
) -> Iterator[tuple[str, Any]]:
    """The pairs ``name:value`` of one action, for example ``add.headers``."""
    part = setting.partition(".")[2]
    types = section.get("json_types") or () if part == "body" else ()
    for index, entry in enumerate(section.get(part) or ()):
        name, _, template = entry.partition(":")
        value = _rendered(x, setting, template.lstrip(":"), request)
        if value is not None:
            yield name_of(name), _typed(value, types[index] if index < len(types) else "string")


def _rendered(x: Exchange, setting: str, template: str | None, request: Request) -> str | None:
    try:
        return None if template is None else render(template, request)
    except NotPlayed:
        x.unsupported.append(f"{NAME}.{setting}")
        return None


def _typed(value: str, kind: str) -> Any:
    """A text as a value of JSON: of type ``string``, ``number`` or ``boolean``.

    A text that is no number stays a text.
    """
    if kind == "boolean":
        return value.lower() == "true"
    for convert in (int, float) if kind == "number" else ():
        try:
            return convert(value)
        except ValueError:
            continue
    return value


def _change_method(x: Exchange, method: str) -> None:
    """Set the method. The fields of a form go into the query, if the method has no body."""
    x.method = method
    if method in _WITHOUT_BODY and media_type(x.headers) == FORM:
        x.query = [*x.query, *form_fields(x.body)]


def _change_headers(x: Exchange, changes: Changes) -> None:
    if not changes:
        return
    headers = grouped((name.lower(), value) for name, value in x.headers.multi_items())
    fixed = {
        name: headers.pop(name)
        for name in list(headers)
        if name == "host" or name.startswith(_WRITTEN_BY_NGINX)
    }
    change_fields(headers, changes)
    for name, value in changes.replace:
        if name == "host":
            fixed["host"] = [value]
    kept = {n: v for n, v in headers.items() if n != "host" and not n.startswith(_WRITTEN_BY_NGINX)}
    x.headers = httpx.Headers(flat({**fixed, **kept}))


def _change_body(x: Exchange, config: Body, changes: Changes) -> None:
    allowed = (config.get("allow") or {}).get("body")
    kind = media_type(x.headers)
    if not changes and not allowed:
        return
    if is_json(kind):
        value = json_object(x.body or b"{}")
        if value is None:
            return
        if allowed:
            value = {name: one for name, one in value.items() if name in allowed}
        change_json(value, changes, dots_in_keys=config["dots_in_keys"])
        set_body(x, json.dumps(value).encode())
    elif kind == FORM:
        pairs = form_fields(x.body)
        fields = grouped((name, one) for name, one in pairs if not allowed or name in allowed)
        change_fields(fields, changes)
        set_body(x, urlencode(flat(fields)).encode())
    elif kind == MULTIPART:
        x.unsupported.append(f"{NAME} of a multipart body")
