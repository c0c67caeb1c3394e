"""Checks every answer of the simulated Konnect against the published OpenAPI documents."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

PUBLISHED = Path(__file__).parents[2] / "published"
"""The published documents, reduced by `python -m tools.published`."""

DOCUMENTS = (
    "cloud-gateways-v2.json",
    "control-planes-v2.json",
    "control-planes-config-v2.json",
    "identity-v3.json",
    "mesh-v0.json",
    "analytics-metrics-v2.json",
    "analytics-dashboards-v2.json",
)
UNDOCUMENTED = "control-planes-config-v2.json"
"""Documents no refusal of the core entities but 401, though there must be some."""
IDENTITY = "identity-v3.json"
"""Documents no 400 of a body, but what a 400 looks like. Of people nothing is checked."""
UNDOCUMENTED_400 = {
    IDENTITY: "IdentityBadRequest",
    "mesh-v0.json": "CreateMeshControlPlaneValidationError",
    "analytics-dashboards-v2.json": "Forbidden",  # all problems of this document have one form
}
"""Documents that do not have the 400 of every operation, and the response that it has."""
RATE_LIMITED = "analytics-metrics-v2.json"
"""Documents a rate limit in its prose, and no 429. All of its problems have one form."""

SIMULATED_IDENTITY = ("/system-accounts", "/organizations/me", "/teams", "/roles")

_METHODS = ("get", "post", "put", "patch", "delete")
_VAULTED = {"type": "string", "pattern": r"^\{vault://"}


def document(name: str) -> dict[str, Any]:
    """Return one of the published documents."""
    found: dict[str, Any] = json.loads((PUBLISHED / name).read_text(encoding="utf-8"))
    return found


def amended(name: str) -> dict[str, Any]:
    """Return a published document with what Kong says elsewhere about its schemas."""
    contents = document(name)
    if name == UNDOCUMENTED:
        _vaulted(contents)
    if name == IDENTITY:
        _wildcarded(contents)
    return contents


@dataclass(frozen=True)
class Operation:
    """One documented operation."""

    document: str
    version: str
    path: str
    method: str
    id: str
    responses: dict[str, Any]
    has_inputs: bool
    """Whether a request has a body or a query."""
    pattern: re.Pattern[str]

    @property
    def specificity(self) -> int:
        """How many steps of the path are fixed: ``/consumers/{}/consumer_groups`` wins."""
        return sum("{" not in step for step in self.path.split("/"))


def _nullable(node: Any) -> Any:
    """OpenAPI 3.0's ``nullable`` as JSON Schema has it."""
    if isinstance(node, list):
        return [_nullable(item) for item in node]
    if not isinstance(node, dict):
        return node
    converted = {key: _nullable(value) for key, value in node.items()}
    if converted.get("nullable") is not True:
        return converted
    del converted["nullable"]
    return {"anyOf": [converted, {"type": "null"}]}


def _vaulted(document: dict[str, Any]) -> None:
    """A number or closed vocabulary of a Redis partial may be a vault reference (prose only)."""
    for name in ("PartialRedisCe", "PartialRedisEe"):
        config = document["components"]["schemas"][name]["properties"]["config"]["properties"]
        authentication = config["cloud_authentication"]["properties"]
        config["port"] = {"anyOf": [config["port"], _VAULTED]}
        authentication["auth_provider"] = {"anyOf": [authentication["auth_provider"], _VAULTED]}


def _wildcarded(document: dict[str, Any]) -> None:
    """A role may be about every entity of a type (Kong's Terraform examples say so)."""
    components = document["components"]
    assign = components["requestBodies"]["AssignRole"]["content"]["application/json"]["schema"]
    for schema in (components["schemas"]["AssignedRole"], assign):
        entity = schema["properties"]["entity_id"]
        schema["properties"]["entity_id"] = {"anyOf": [entity, {"const": "*"}]}


class Contract:
    """The published documents, ready to check answers."""

    def __init__(self) -> None:
        self._contents: dict[str, Any] = {}
        self._validators: dict[str, Draft202012Validator] = {}
        for name in DOCUMENTS:
            self._contents[name] = _nullable(amended(name))
        self._registry: Registry[Any] = Registry().with_resources(
            (f"urn:{name}", DRAFT202012.create_resource(contents))
            for name, contents in self._contents.items()
        )
        self.operations = sorted(self._read(), key=lambda op: -op.specificity)

    def _read(self) -> Iterator[Operation]:
        for name, document in self._contents.items():
            version = urlsplit(document["servers"][0]["url"]).path
            for path, item in document["paths"].items():
                simulated = path.startswith(SIMULATED_IDENTITY) and "/users" not in path
                if name == IDENTITY and not simulated:
                    continue
                pattern = re.compile(version + re.sub(r"\{[^}]+\}", "[^/]+", path))
                for method in _METHODS:
                    if method in item:
                        entry = item[method]
                        yield Operation(
                            name,
                            version,
                            path,
                            method,
                            entry["operationId"],
                            entry["responses"],
                            "requestBody" in entry or _has_query(document, entry),
                            pattern,
                        )

    def operation(self, method: str, path: str) -> Operation | None:
        """The documented operation of a request, or None."""
        for operation in self.operations:
            if operation.method == method.lower() and operation.pattern.fullmatch(path):
                return operation
        return None

    def check(self, method: str, path: str, status: int, content_type: str, body: Any) -> None:
        """Fail unless a documented operation may answer like this."""
        operation = self.operation(method, path)
        if operation is None:
            assert status in (400, 401, 403, 404, 405), f"{method} {path} is not documented"
            return
        response = operation.responses.get(str(status))
        if response is None and status == 400 and operation.document in UNDOCUMENTED_400:
            name = UNDOCUMENTED_400[operation.document]
            response = {"$ref": f"#/components/responses/{name}"}
        if response is None and status == 429 and operation.document == RATE_LIMITED:
            response = {"$ref": "#/components/responses/Forbidden"}
        if response is None and status == 415:
            return  # Documented for config stores only; HTTP has it for every API.
        if response is None:
            assert operation.document == UNDOCUMENTED, (
                f"{operation.id} documents {sorted(operation.responses)}, not {status}: {body}"
            )
            assert status < 500, body
            return
        pointer = f"/paths/{_escaped(operation.path)}/{operation.method}/responses/{status}"
        if "$ref" in response:
            pointer = response["$ref"].removeprefix("#")
            response = _at(self._contents[operation.document], pointer)
        content = response.get("content", {})
        if not content:
            assert body is None or status >= 400, f"{operation.id} answers {status} with a body"
            return
        media = content_type.split(";")[0]
        assert media in content, f"{operation.id} answers {status} as {media}"
        if "schema" in content[media]:
            reference = f"urn:{operation.document}#{pointer}/content/{_escaped(media)}/schema"
            self._validate(reference, body)

    def check_request(self, operation: Operation, body: Any) -> None:
        """Fail unless an operation takes this body."""
        self._validate(self._request_schema(operation), body)

    def _request_schema(self, operation: Operation) -> str:
        entry = self._contents[operation.document]["paths"][operation.path][operation.method]
        pointer = f"/paths/{_escaped(operation.path)}/{operation.method}/requestBody"
        pointer = entry["requestBody"].get("$ref", f"#{pointer}").removeprefix("#")
        return f"urn:{operation.document}#{pointer}/content/application~1json/schema"

    def _validate(self, reference: str, body: Any) -> None:
        if reference not in self._validators:
            self._validators[reference] = Draft202012Validator(
                {"$ref": reference}, registry=self._registry, format_checker=FormatChecker()
            )
        found = self._validators[reference].iter_errors(body)
        errors = [f"{error.json_path}: {error.message}" for error in found]
        assert not errors, f"{reference}: {errors[:3]}"


def _has_query(document: dict[str, Any], entry: dict[str, Any]) -> bool:
    """Return whether an operation has a parameter in its query."""
    parameters = [
        _at(document, one["$ref"].removeprefix("#")) if "$ref" in one else one
        for one in entry.get("parameters", [])
    ]
    return any(one["in"] == "query" for one in parameters)


def _escaped(step: str) -> str:
    pointer = step.replace("~", "~0").replace("/", "~1")
    return pointer.replace("{", "%7B").replace("}", "%7D")


def _at(node: Any, pointer: str) -> Any:
    for step in pointer.strip("/").split("/"):
        node = node[step.replace("~1", "/").replace("~0", "~")]
    return node


@cache
def contract() -> Contract:
    """Return the contract, read once per session."""
    return Contract()
