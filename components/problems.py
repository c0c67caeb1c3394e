"""Error messages about what somebody declares: one line for each problem, and never a secret.

A line has the file or object, the YAML path, the value as written, the problem and the remedy.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from enum import Enum
from ipaddress import IPv4Network
from typing import Final, LiteralString, get_args

from pydantic import BaseModel, Tag, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError

from providers.base.sealed import names_a_credential

Path = tuple[str | int, ...]
"""A path in the document: keys and indexes below ``gateway``."""

Suggestions = Mapping[Path, IPv4Network]
"""CIDR blocks to propose for networks without one, by the path of the missing ``cidr``."""


class _Absent(Enum):
    ABSENT = "absent"


ABSENT: Final = _Absent.ABSENT
"""The value of a problem about a key that is not in the file."""

TOKEN_PLACEHOLDER = "(a Konnect token)"
_TOKEN = re.compile(r"(?<![a-z0-9])[ks]pat_", re.IGNORECASE)
_REFUSAL: Final = "settings"
_YAML_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
_LONGEST_VALUE = 60
_DEEPEST = 12
_ALIKE = 0.6


@dataclass(frozen=True)
class Problem:
    """One problem of a document: the path, the value, what is wrong and the remedy."""

    path: Path
    wrong: str
    remedy: str
    value: object = ABSENT

    def line(self, file: str, root: str = "gateway") -> str:
        """Render the problem as one line of text. ``root`` is the key that paths begin at."""
        value = "" if self.value is ABSENT else f"{shown(self.value)} "
        path = yaml_path(self.path, root)
        where = f"{file}: {path}" if path else file
        return f"{where}: {value}{self.wrong}; {self.remedy}"


def yaml_path(path: Path, root: str = "gateway") -> str:
    """Write a path for a message: ``gateway.regions[1].cidr``."""
    text = root
    for step in path:
        if isinstance(step, str) and re.fullmatch(r"\w[\w-]*", step):
            text += f".{step}"
        else:
            text += f"[{shown(step)}]"
    return text if root else text.removeprefix(".")


def yaml_inline(value: object) -> str:
    """Write a value on one line of YAML. Text that YAML would misread is quoted."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {yaml_inline(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(yaml_inline, value)) + "]"
    if value is None or isinstance(value, bool | int | float):
        return json.dumps(value)
    text = str(value)
    plain = re.fullmatch(r"[A-Za-z][\w./+-]*|\d[\w.]*/\d+", text)
    return text if plain and text.lower() not in _YAML_WORDS else json.dumps(text)


def nearest(text: str, known: Iterable[str]) -> str:
    """The remedy for an unknown word: the most similar known words, or all of them."""
    words = sorted(known)
    likeness = {word: SequenceMatcher(None, word, text).ratio() for word in words}
    best = max(likeness.values(), default=0)
    if best >= _ALIKE:
        return f"did you mean {' or '.join(word for word in words if likeness[word] == best)}?"
    return f"use one of {', '.join(words)}" if words else "none is known"


def refusal(*problems: Problem) -> PydanticCustomError:
    """The error that a validator raises for its problems. Their paths start at the field.

    A problem without a value is about the whole field.
    """
    template: LiteralString = "{problems}"
    return PydanticCustomError(_REFUSAL, template, {"problems": problems})


def cleaned(value: object) -> tuple[object, list[Problem]]:
    """Copy a value as plain JSON, with a placeholder and a problem for each Konnect token in it.

    Later checks see only the placeholder, so no message can print a token.
    """
    problems: list[Problem] = []
    return _clean(value, (), problems), problems


def _clean(value: object, path: Path, problems: list[Problem]) -> object:
    match value:
        case None | bool() | float():
            return value
        case int():
            return value if value.bit_length() < 64 else f"({value.bit_length()}-bit number)"
        case Mapping() | list() | tuple() if len(path) >= _DEEPEST:
            problems.append(Problem(path, "is nested too deeply", "delete it"))
            return None
        case Mapping():
            result = {}
            for key, item in value.items():
                name = str(_clean(str(key), (*path, TOKEN_PLACEHOLDER), problems))
                result[name] = _clean(item, (*path, name), problems)
            return result
        case list() | tuple():
            return [_clean(item, (*path, index), problems) for index, item in enumerate(value)]
    text = str(value)
    if _TOKEN.search(text):
        wrong = "is a Konnect token in plain text"
        remedy = "delete it, revoke it if it was shared, and pass a token as KONNECT_TOKEN"
        problems.append(Problem(path, wrong, remedy))
        return TOKEN_PLACEHOLDER
    # A lone surrogate is legal in JSON but cannot be printed.
    return text.encode("utf-8", "backslashreplace").decode()


def from_validation(
    error: ValidationError, model: type[BaseModel], suggestions: Suggestions
) -> list[Problem]:
    """Convert pydantic's errors to problems of this module."""
    problems: list[Problem] = []
    for detail in error.errors(include_url=False):
        if detail["type"] == _REFUSAL and detail["input"] is not None:
            # JSON has no tuples, so a tuple is a default and not in the file.
            written = ABSENT if isinstance(detail["input"], tuple) else _without_secret(detail)
            for problem in detail["ctx"]["problems"]:
                value = written if problem.value is ABSENT else problem.value
                path = (*_without_forms(detail["loc"]), *problem.path)
                problems.append(replace(problem, path=path, value=value))
        elif not _follows_from_another(detail):
            problems.append(_problem(detail, model, suggestions))
    return problems


def _follows_from_another(detail: ErrorDetails) -> bool:
    """Whether an error only repeats that another value is invalid and therefore absent."""
    if detail["type"] == "too_short":  # pydantic does not count items with errors.
        least: int = detail["ctx"]["min_length"]
        return len(detail["input"]) >= least
    # A default that depends on another field.
    return detail["type"] == "default_factory_not_called"


def _problem(detail: ErrorDetails, model: type[BaseModel], suggestions: Suggestions) -> Problem:
    name, field, holder = _declared(model, detail["loc"])
    if detail["type"] == "extra_forbidden":
        *around, key = detail["loc"]
        remedy = nearest(str(key), holder.model_fields)
        path = (*_without_forms(tuple(around)), key)
        return Problem(path, "is not a known key", remedy, _without_secret(detail))
    path = _without_forms(detail["loc"])
    if detail["type"] == "missing" or detail["input"] is None:
        if block := suggestions.get(path) or suggestions.get((*path, "cidr")):
            remedy = f"add {name}: {block}, which is free"
        else:
            remedy = f"add for example {_example(name, field)}"
        wrong = "is missing" if detail["type"] == "missing" else "is empty"
        return Problem(path, wrong, remedy)
    wrong = re.sub(r"^(Input|String) ", "", " ".join(detail["msg"].split()))
    remedy = f"write for example {_example(name, field)}"
    return Problem(path, wrong[:1].lower() + wrong[1:], remedy, _without_secret(detail))


def _without_secret(detail: ErrorDetails) -> object:
    """The value of an error, or ABSENT if it may be a credential: it is not printed then."""
    named = any(isinstance(step, str) and names_a_credential(step) for step in detail["loc"])
    return ABSENT if named or _holds_credential(detail["input"]) else detail["input"]


def _holds_credential(value: object) -> bool:
    """Whether a value has a key that names a credential, or text in PEM."""
    if isinstance(value, Mapping):
        return any(names_a_credential(str(key)) for key in value) or any(
            map(_holds_credential, value.values())
        )
    if isinstance(value, list | tuple):
        return any(map(_holds_credential, value))
    return isinstance(value, str) and value.lstrip().startswith("-----BEGIN ")


def _without_forms(path: Path) -> Path:
    """A path without what pydantic adds: ``[key]``, and ``<aws>`` for a value of several forms."""
    added = re.compile(r"<[\w-]+>|\[key\]")
    return tuple(step for step in path if not (isinstance(step, str) and added.fullmatch(step)))


def _declared(model: type[BaseModel], path: Path) -> tuple[str, FieldInfo, type[BaseModel]]:
    """The innermost declared field on a path, with its name and the model in which it ends."""
    holder = model
    name, field = next(iter(model.model_fields.items()))
    for step in path:
        if isinstance(step, str) and step in holder.model_fields:
            name, field = step, holder.model_fields[step]
            inner = _inner_model(field.annotation)
            if inner is None:
                break
            holder = inner
        elif (form := _model_of_form(field.annotation, step)) is not None:
            holder = form
    return name, field, holder


def _model_of_form(annotation: object, form: str | int) -> type[BaseModel] | None:
    """The model in a type that pydantic calls by this form."""
    if any(isinstance(one, Tag) and one.tag == form for one in get_args(annotation)[1:]):
        return _inner_model(annotation)
    models = (_model_of_form(inner, form) for inner in get_args(annotation))
    return next(filter(None, models), None)


def _inner_model(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_inner_model, get_args(annotation))), None)


def _example(name: str, field: FieldInfo) -> str:
    example = f"{name}: {yaml_inline(field.examples[0])}" if field.examples else name
    meaning = " ".join((field.description or "").replace("``", "").split()).rstrip(".")
    return f"{example} ({meaning})" if meaning else example


def shown(value: object) -> str:
    """Write a value for a message: printable, on one line, not too long."""
    text = json.dumps(value, ensure_ascii=False)
    if not text.isprintable():
        text = json.dumps(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."
