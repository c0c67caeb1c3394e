"""Request bodies that plugins read and change: JSON, forms and multipart forms."""

from __future__ import annotations

import email.policy
import json
from collections.abc import Mapping, Sequence
from email.parser import BytesParser
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx

from sandbox.data_plane.exchange import Exchange

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
JSON = "application/json"


def media_type(headers: httpx.Headers) -> str:
    """The content type without its parameters, in lower case. Empty if there is none."""
    return str(headers.get("content-type", "")).partition(";")[0].strip().lower()


def is_json(kind: str) -> bool:
    """Whether a media type is JSON, or one that is written in JSON."""
    return kind == JSON or kind.endswith("+json")


def json_object(body: bytes) -> dict[str, Any] | None:
    """The JSON object of a body, or None if it is none."""
    try:
        value = json.loads(body)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def form_fields(body: bytes) -> list[tuple[str, str]]:
    """The fields of a URL-encoded form, in order."""
    return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)


def multipart_fields(headers: httpx.Headers, body: bytes) -> list[tuple[str, str]]:
    """The text fields of a multipart form, in order."""
    head = f"Content-Type: {headers.get('content-type', '')}\r\n\r\n".encode()
    message = BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
    fields = []
    for part in message.iter_parts() if message.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            fields.append((name, content.decode("utf-8", "replace")))
    return fields


def body_fields(headers: httpx.Headers, body: bytes) -> Mapping[str, Sequence[Any]]:
    """The fields of a body by name, each with all of its values. Empty for other types."""
    kind = media_type(headers)
    if is_json(kind):
        return {name: [value] for name, value in (json_object(body) or {}).items()}
    pairs: Sequence[tuple[str, str]] = ()
    if kind == FORM:
        pairs = form_fields(body)
    elif kind == MULTIPART:
        pairs = multipart_fields(headers, body)
    fields: dict[str, list[Any]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return fields


def without_field(headers: httpx.Headers, body: bytes, name: str) -> bytes | None:
    """A JSON or form body without a field, or None for a type that cannot be written anew."""
    kind = media_type(headers)
    if is_json(kind):
        value = json_object(body) or {}
        value.pop(name, None)
        return json.dumps(value).encode()
    if kind == FORM:
        return urlencode([pair for pair in form_fields(body) if pair[0] != name]).encode()
    return None


def set_body(x: Exchange, body: bytes) -> None:
    """Replace the body that goes to the upstream, and its length."""
    x.body = body
    x.headers["Content-Length"] = str(len(body))
