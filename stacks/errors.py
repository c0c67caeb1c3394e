"""What is wrong with a stack file: every problem on a line of its own, and never a secret.

A line reads: file, YAML path, the value as written, what is wrong with it, the remedy.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import Enum
from typing import Final, LiteralString, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError

Path = tuple[str | int, ...]
"""Keys and indexes below ``gateway``."""

Suggestions = Mapping[Path, object]
"""Values to propose for keys that are missing, by path."""


class _Absent(Enum):
    ABSENT = "absent"


ABSENT: Final = _Absent.ABSENT
"""The value of a problem whose key is not in the file."""

TOKEN_PLACEHOLDER = "(a Konnect token)"
_TOKEN = re.compile(r"(?<![a-z0-9])[ks]pat_", re.IGNORECASE)
_REFUSAL: Final = "settings"
_LONGEST_VALUE = 60
_DEEPEST = 12


@dataclass(frozen=True)
class Problem:
    """One thing to mend: where, what is there, what is wrong with it and what to do."""

    path: Path
    wrong: str
    remedy: str
    value: object = ABSENT

    def line(self, file: str) -> str:
        """The problem as one line of text."""
        value = "" if self.value is ABSENT else f"{_shown(self.value)} "
        return f"{file}: {yaml_path(self.path)}: {value}{self.wrong}; {self.remedy}"


class SettingsError(Exception):
    """The settings of a stack cannot be used; ``str()`` has one line for each problem."""

    def __init__(self, file: str, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(problem.line(file) for problem in problems))
        self.file = file
        self.problems = tuple(problems)


def yaml_path(path: Path) -> str:
    """A path as an engineer reads it: ``gateway.regions[1].cidr``."""
    text = "gateway"
    for step in path:
        if isinstance(step, str) and re.fullmatch(r"\w[\w-]*", step):
            text += f".{step}"
        else:
            text += f"[{json.dumps(step, ensure_ascii=False)}]"
    return text


def yaml_inline(value: object) -> str:
    """A value as it is written on one line of YAML; text that YAML would misread is quoted."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {yaml_inline(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(yaml_inline, value)) + "]"
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    text = str(value)
    plain = re.fullmatch(r"[A-Za-z0-9][\w./+-]*", text) and not re.fullmatch(r"[\d._]+", text)
    return text if plain else json.dumps(text, ensure_ascii=False)


def nearest(text: str, known: Iterable[str]) -> str:
    """A remedy for an unknown word: the nearest known one, or all of them."""
    words = sorted(known)
    if close := get_close_matches(text, words, n=1):
        return f"did you mean {close[0]}?"
    return f"use one of {', '.join(words)}"


def refusal(*problems: Problem) -> PydanticCustomError:
    """What a validator raises: its problems, with paths that begin at the validated field.

    A problem without a value is about the whole field.
    """
    template: LiteralString = "{problems}"
    return PydanticCustomError(_REFUSAL, template, {"problems": problems})


def cleaned(value: object) -> tuple[object, list[Problem]]:
    """The value as plain JSON without any token, and a problem for each token found.

    Everything after this sees a placeholder where a token was, so no message can print one.
    """
    problems: list[Problem] = []
    return _clean(value, (), problems), problems


def _clean(value: object, path: Path, problems: list[Problem]) -> object:
    match value:
        case None | bool() | float():
            return value
        case int():
            return value if value.bit_length() < 64 else f"({value.bit_length()}-bit number)"
        case (Mapping() | list() | tuple()) if len(path) >= _DEEPEST:
            problems.append(Problem(path, "is nested too deeply", "remove it"))
            return None
        case Mapping():
            result = {}
            for key, item in value.items():
                name = str(_clean(str(key), path, problems))
                result[name] = _clean(item, (*path, name), problems)
            return result
        case list() | tuple():
            return [_clean(item, (*path, index), problems) for index, item in enumerate(value)]
    text = str(value)
    if _TOKEN.search(text):
        wrong = "is a Konnect token in plain text"
        remedy = "remove it, revoke it if it was shared, and pass it as KONNECT_TOKEN"
        problems.append(Problem(path, wrong, remedy))
        return TOKEN_PLACEHOLDER
    # A lone surrogate is legal in JSON and cannot be printed.
    return text.encode("utf-8", "backslashreplace").decode()


def from_validation(
    error: ValidationError, model: type[BaseModel], suggestions: Suggestions
) -> list[Problem]:
    """The problems a model found, in the words of this project."""
    problems: list[Problem] = []
    for detail in error.errors(include_url=False):
        if detail["type"] == _REFUSAL:
            for problem in detail["ctx"]["problems"]:
                value = detail["input"] if problem.value is ABSENT else problem.value
                path = (*detail["loc"], *problem.path)
                problems.append(replace(problem, path=path, value=value))
        # A default that depends on a field which has a problem of its own has none to add.
        elif detail["type"] != "default_factory_not_called":
            problems.append(_problem(detail, model, suggestions))
    return problems


def _problem(detail: ErrorDetails, model: type[BaseModel], suggestions: Suggestions) -> Problem:
    path: Path = detail["loc"]
    name, field, holder = _declared(model, path)
    if detail["type"] == "extra_forbidden":
        remedy = nearest(str(path[-1]), holder.model_fields)
        return Problem(path, "is not a known key", remedy, detail["input"])
    if detail["type"] == "missing":
        remedy = f"add for example {_example(name, field)}"
        if path in suggestions:
            remedy = f"add {name}: {yaml_inline(suggestions[path])}, which is free"
        return Problem(path, "is missing", remedy)
    wrong = re.sub(r"^(Input|String) ", "", " ".join(detail["msg"].split()))
    remedy = f"write for example {_example(name, field)}"
    return Problem(path, wrong[:1].lower() + wrong[1:], remedy, detail["input"])


def _declared(model: type[BaseModel], path: Path) -> tuple[str, FieldInfo, type[BaseModel]]:
    """The innermost field declared along a path, its name, and the model it stands in or holds."""
    holder = model
    name, field = next(iter(model.model_fields.items()))
    for step in path:
        if isinstance(step, str) and step in holder.model_fields:
            name, field = step, holder.model_fields[step]
            inner = _inner_model(field.annotation)
            if inner is None:
                break
            holder = inner
    return name, field, holder


def _inner_model(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_inner_model, get_args(annotation))), None)


def _example(name: str, field: FieldInfo) -> str:
    example = f"{name}: {yaml_inline(field.examples[0])}" if field.examples else name
    return f"{example} ({' '.join(field.description.split())})" if field.description else example


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."
