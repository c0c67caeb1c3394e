"""Routes, and the service, from an OpenAPI document.

Only what routes follow from is read: the servers, the paths and their operations. Each operation is
a route of one method, with a regular expression that matches the whole path.
Source: OpenAPI 3.0.4 and 3.1.1, "Paths Object" and "Server Object"; Kong's routes match regular
expressions by ``regex_priority``, and before other paths.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path as File
from typing import Any, Final
from urllib.parse import urlsplit

import yaml

from components.api.model import OpenApi, Route
from components.problems import ABSENT, Path, Problem, nearest

METHODS: Final = ("delete", "get", "head", "options", "patch", "post", "put", "trace")
_OTHER_FIELDS: Final = ("$ref", "description", "parameters", "servers", "summary")
ROOT: Final[Path] = ("openapi", "document")

_VERSION: Final = re.compile(r"3\.[01](\.\d+)?")
_PARAMETER: Final = re.compile(r"\{([^{}/]*)\}")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,126}")
_META: Final = re.compile(r"([.\\+*?()|\[\]{}^$])")


@dataclass
class Described:
    """What a document says of an API."""

    routes: dict[str, Route] = field(default_factory=dict)
    """By operationId; by method and path, where an operation has none."""
    templates: dict[str, str] = field(default_factory=dict)
    """The path of each route as the document has it, with what it begins with."""
    server_url: str | None = None
    """The only URL of the servers that has a host."""
    server_problem: Problem | None = None
    """Why no service follows, where servers have hosts."""
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class _Operation:
    """An operation of the document, by its whole path."""

    key: str
    method: str
    template: str
    place: Path

    @property
    def segments(self) -> tuple[str, ...]:
        return tuple(self.template.split("/")[1:])

    @property
    def priority(self) -> int:
        """The more of the path is written out, the higher."""
        return sum(_literal(segment) for segment in self.segments)

    def overlaps(self, other: _Operation) -> bool:
        """Whether a request can match both."""
        return (
            self.method == other.method
            and len(self.segments) == len(other.segments)
            and all(
                one == another or "{" in one or "{" in another
                for one, another in zip(self.segments, other.segments, strict=True)
            )
        )


def _literal(segment: str) -> int:
    """2 for a segment without parameters, 1 for one with text beside them, 0 for a parameter."""
    if "{" not in segment:
        return 2
    return 1 if _PARAMETER.sub("", segment) else 0


def described(openapi: OpenApi) -> Described:
    """Read a document. All that is wrong with it is in ``problems``, by path."""
    result = Described()
    document = _document(openapi.document, result.problems)
    if document is None:
        return result
    servers = _servers(document, ROOT, result.problems)
    _set_server(servers, result)
    base = openapi.base_path
    if base is None:
        base = _base_path(servers, ROOT, result.problems)
    operations = list(_operations(document, openapi.base_path, base, result.problems))
    result.problems.extend(_clashes(operations))
    for one in operations:
        result.routes[one.key] = Route(
            paths=[_expression(one.template)],
            methods=[one.method.upper()],
            strip_path=False,
            regex_priority=one.priority,
        )
        result.templates[one.key] = one.template
    return result


def _document(written: str | File | dict[str, Any], problems: list[Problem]) -> Any:
    """The parsed document, or None if it cannot be read."""
    if isinstance(written, Mapping):
        document: Any = written
    else:
        text = _text(written, problems)
        if text is None:
            return None
        try:
            document = yaml.safe_load(text)
        except yaml.YAMLError as error:
            reason = " ".join(str(error).split())
            problems.append(Problem(ROOT, "is neither YAML nor JSON", f"correct it: {reason}"))
            return None
    if not isinstance(document, Mapping):
        problems.append(Problem(ROOT, "is no OpenAPI document", "write its path, or its text"))
        return None
    version = str(document.get("openapi", ""))
    if not _VERSION.fullmatch(version):
        wrong = "is not 3.0 or 3.1" if version else "is missing: this is no OpenAPI 3 document"
        value = version or ABSENT
        problems.append(Problem((*ROOT, "openapi"), wrong, "convert the document", value))
        return None
    return document


def is_path(written: str | File | dict[str, Any]) -> bool:
    """Whether a document is given as the path of its file."""
    if isinstance(written, str):
        return "\n" not in written and not written.lstrip().startswith("{")
    return isinstance(written, File)


def _text(written: str | File, problems: list[Problem]) -> str | None:
    """The text of a document that is given as text, or as the path of a file."""
    if isinstance(written, str) and not is_path(written):
        return written
    try:
        return File(written).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text in UTF-8"
        wrong = f"cannot be read: {reason}"
        remedy = "write the path of the document, from the program's folder, or its text"
        problems.append(Problem(ROOT, wrong, remedy, str(written)))
        return None


def _servers(holder: Mapping[str, Any], place: Path, problems: list[Problem]) -> list[str]:
    """The URLs of servers, with the defaults of their variables."""
    urls = []
    written = holder.get("servers")
    if written is not None and not isinstance(written, list):
        problems.append(
            Problem((*place, "servers"), "is not a list", "write servers: [{url: ...}]")
        )
        return []
    for index, server in enumerate(written or ()):
        at = (*place, "servers", index)
        written_url = server.get("url") if isinstance(server, Mapping) else None
        if not isinstance(written_url, str):
            problems.append(Problem((*at, "url"), "is missing", "add it"))
            continue
        url = written_url
        for name in _PARAMETER.findall(written_url):
            variable = (server.get("variables") or {}).get(name) or {}
            default = variable.get("default") if isinstance(variable, Mapping) else None
            if default is None:
                wrong = f"has {{{name}}}, which has no default"
                remedy = f"add variables.{name}.default"
                problems.append(Problem((*at, "url"), wrong, remedy, written_url))
            url = url.replace(f"{{{name}}}", str(default or ""))
        urls.append(url)
    return urls


def _set_server(urls: list[str], result: Described) -> None:
    absolute = list(dict.fromkeys(url for url in urls if urlsplit(url).netloc))
    if len(absolute) == 1:
        result.server_url = absolute[0]
    elif absolute:
        wrong = f"has {len(absolute)} servers, and an API has one service"
        result.server_problem = Problem((*ROOT, "servers"), wrong, "write service")


def _base_path(urls: list[str], place: Path, problems: list[Problem]) -> str:
    """The path that all servers have in common."""
    paths = list(dict.fromkeys(urlsplit(url).path.rstrip("/") for url in urls)) or [""]
    if len(paths) > 1:
        wrong = f"have the paths {' and '.join(path or '/' for path in paths)}"
        problems.append(Problem((*place, "servers"), wrong, "write openapi.base_path"))
    return paths[0]


def _operations(
    document: Mapping[str, Any], given: str | None, base: str, problems: list[Problem]
) -> Iterator[_Operation]:
    """The operations of all paths. ``given`` is the base path that the declaration has."""
    paths = document.get("paths")
    if not isinstance(paths, Mapping) or not paths:
        wrong = "has no path, so that no route follows"
        problems.append(Problem((*ROOT, "paths"), wrong, "add one"))
        return
    for template, written in paths.items():
        place: Path = (*ROOT, "paths", str(template))
        if str(template).startswith("x-"):
            continue
        problems.extend(_template_problems(str(template), place))
        item = _resolved(document, written, place, problems)
        if item is None:
            continue
        yield from _of_path(str(template), item, place, given, base, problems)


def _of_path(
    template: str,
    item: Mapping[str, Any],
    place: Path,
    given: str | None,
    base: str,
    problems: list[Problem],
) -> Iterator[_Operation]:
    for method, operation in item.items():
        at = (*place, str(method))
        if method not in METHODS:
            if method not in _OTHER_FIELDS and not str(method).startswith("x-"):
                problems.append(Problem(at, "is no method", nearest(str(method), METHODS)))
            continue
        if not isinstance(operation, Mapping):
            problems.append(Problem(at, "is no operation", "write an object"))
            continue
        begin = base.rstrip("/")
        for holder, where in ((item, place), (operation, at)):
            if given is None and "servers" in holder:
                begin = _base_path(_servers(holder, where, problems), where, problems)
        key = operation.get("operationId") or _slug(str(method), template)
        if not isinstance(key, str) or not _NAME.fullmatch(key):
            wrong = "is no name of a route"
            remedy = "use letters, digits, dots, hyphens, underscores and tildes, at most 127"
            problems.append(Problem((*at, "operationId"), wrong, remedy, key))
            continue
        yield _Operation(key, str(method), begin + template, at)


def _resolved(
    document: Mapping[str, Any], item: Any, place: Path, problems: list[Problem]
) -> Mapping[str, Any] | None:
    """A path item, where ``$ref`` leads to. None if it leads nowhere."""
    seen: list[str] = []
    while isinstance(item, Mapping) and "$ref" in item:
        reference = str(item["$ref"])
        at = (*place, "$ref")
        if not reference.startswith("#/"):
            wrong = "points out of the document"
            problems.append(Problem(at, wrong, "bundle the document into one file", reference))
            return None
        found = _pointed(document, reference)
        if found is None or reference in seen:
            wrong = "points to itself" if reference in seen else "points to nothing"
            problems.append(Problem(at, wrong, "correct it", reference))
            return None
        seen.append(reference)
        item = {**found, **{key: one for key, one in item.items() if key != "$ref"}}
    if not isinstance(item, Mapping):
        problems.append(Problem(place, "is no path item", "write an object of operations"))
        return None
    return item


def _pointed(document: Any, reference: str) -> Mapping[str, Any] | None:
    """What a JSON pointer of the document leads to."""
    for step in reference.removeprefix("#/").split("/"):
        step = step.replace("%7B", "{").replace("%7D", "}").replace("~1", "/").replace("~0", "~")
        document = document.get(step) if isinstance(document, Mapping) else None
    return document if isinstance(document, Mapping) else None


def _template_problems(template: str, place: Path) -> Iterator[Problem]:
    if not template.startswith("/"):
        yield Problem(place, "does not begin with a slash", f"write /{template}")
    names = _PARAMETER.findall(template)
    rest = _PARAMETER.sub("", template)
    if "{" in rest or "}" in rest or "" in names:
        yield Problem(place, "has a brace that is no {parameter}", "correct it")
    for name in {name for name in names if names.count(name) > 1}:
        yield Problem(place, f"has {{{name}}} twice", "give one another name")


def _clashes(operations: list[_Operation]) -> Iterator[Problem]:
    """Operations of one key, and those between which a request could not decide."""
    for index, one in enumerate(operations):
        for other in operations[:index]:
            told = f"{other.method} {other.template}"
            if one.key == other.key:
                wrong = f"is also that of {told}"
                yield Problem((*one.place, "operationId"), wrong, "give it another", one.key)
            elif one.overlaps(other) and one.priority == other.priority:
                wrong = f"matches requests of {told}, and neither path is more specific"
                yield Problem(one.place, wrong, "delete one, or write out more of its path")


def _slug(method: str, template: str) -> str:
    """The key of an operation without an operationId: ``get-orders-id``."""
    words = re.findall(r"[A-Za-z0-9._~-]+", template)
    return "-".join([method, *words])


def _expression(template: str) -> str:
    """A Kong path: a regular expression that matches the whole template and nothing more."""
    names: list[str] = []
    parts: list[str] = []
    end = 0
    for found in _PARAMETER.finditer(template):
        parts.append(_META.sub(r"\\\1", template[end : found.start()]))
        parts.append(f"(?<{_group(found[1], names)}>[^#?/]+)")
        end = found.end()
    parts.append(_META.sub(r"\\\1", template[end:]))
    return f"~{''.join(parts)}$"


def _group(parameter: str, taken: list[str]) -> str:
    """The name of a group: that of the parameter, as far as regular expressions take it."""
    name = re.sub(r"[^A-Za-z0-9_]", "_", parameter)
    name = name if re.match(r"[A-Za-z_]", name) else f"_{name}"
    while name in taken:
        name += "_"
    taken.append(name)
    return name
