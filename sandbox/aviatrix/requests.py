"""Requests to the controller: a query, a form, JSON or a multipart form, as one set of fields.

The controller's own client sends reads as a query, most writes as a form, a few as JSON, and files
as a multipart form. It gets its API token by a GET with a form in its body.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl

from sandbox.http.application import Call
from sandbox.http.problems import Refusal


@dataclass(frozen=True)
class Sent:
    """The fields and files of one request. ``is_json`` says that its body was JSON.

    Numbers and booleans of a JSON body are text here: ``5``, ``true``.
    """

    method: str
    fields: Mapping[str, str]
    files: Mapping[str, bytes] = field(default_factory=dict)
    is_json: bool = False
    access_key: str = ""
    """The header ``X-Access-Key``."""


def read(call: Call) -> Sent:
    """Read a request. Raises a 400 for a body that is not what its content type says."""
    query = dict(call.query.items())
    content_type = call.headers.get("content-type", "")
    access_key = call.headers.get("x-access-key", "")
    kind = content_type.partition(";")[0].strip().lower()
    if not call.raw:
        return Sent(call.method, query, access_key=access_key)
    if kind == "application/json":
        fields = {**query, **_json(call.raw)}
        return Sent(call.method, fields, is_json=True, access_key=access_key)
    if kind == "multipart/form-data":
        form, files = _multipart(call.raw, content_type)
        return Sent(call.method, {**query, **form}, files, access_key=access_key)
    pairs = parse_qsl(call.raw.decode("utf-8", "replace"), keep_blank_values=True)
    return Sent(call.method, {**query, **dict(pairs)}, access_key=access_key)


def _json(raw: bytes) -> dict[str, str]:
    try:
        body = json.loads(raw)
    except ValueError:
        raise Refusal(400, "the body is not JSON") from None
    if not isinstance(body, dict):
        raise Refusal(400, "the body is not a JSON object")
    return {name: _text(value) for name, value in body.items() if value is not None}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _multipart(raw: bytes, content_type: str) -> tuple[dict[str, str], dict[str, bytes]]:
    """(fields, files) of a multipart form."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + raw)
    if not message.is_multipart():
        raise Refusal(400, "the body is not a multipart form")
    fields: dict[str, str] = {}
    files: dict[str, bytes] = {}
    for part in message.iter_parts():
        name = str(part.get_param("name", "", "content-disposition"))
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        if part.get_filename() is None:
            fields[name] = content.decode("utf-8", "replace")
        else:
            files[name] = content
    return fields, files
