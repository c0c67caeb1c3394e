"""Converts the inputs of a program to the document that a component's model reads.

A program writes camelCase and may pass Outputs. The values decide which resources there are, so
they must be known, and they are written in plain text, so none may be a secret. Only where the
model takes Outputs, and in the user's own data, an Output stays one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pulumi
from pulumi.output import Unknown

from components.api.model import ApiError
from providers.base.model import integers
from stacks.errors import Path, Problem, SettingsError
from stacks.names import (
    Model,
    Types,
    below,
    camel_case,
    problem_in_camel_case,
    snake_case_paths,
    takes_outputs,
    to_field_names,
)


class InputsError(pulumi.RunError):
    """The inputs of a component are invalid. ``str()`` has one line for each problem."""

    def __init__(self, where: str, problems: list[Problem]) -> None:
        """Render the problems of ``where``. Their paths are as in the program."""
        super().__init__("\n".join(problem.line(where, root="") for problem in problems))


@contextmanager
def problems_as_written(where: str, model: Model) -> Iterator[None]:
    """Raise the problems that a model has with a document as an ``InputsError``.

    Paths and words are converted to camelCase, as the program wrote them.
    """
    try:
        yield
    except (SettingsError, ApiError) as error:
        problems = [problem_in_camel_case(model, problem) for problem in error.problems]
        raise InputsError(where, problems) from None


async def document_of(where: str, model: Model, inputs: Mapping[str, Any]) -> Any:
    """Convert inputs to a document with the field names of ``model``.

    ``where`` names the component in messages. Raises InputsError with every value that is not
    known yet, every secret, and every key that is not in camelCase.
    """
    problems: list[Problem] = []
    document = await _known(inputs, (model,), (), problems)
    for path in snake_case_paths(model, document):
        remedy = f"did you mean {camel_case(str(path[-1]))}?"
        problems.append(Problem(path, "is not a known key", remedy))
    if problems:
        raise InputsError(where, problems)
    return to_field_names(model, integers(document))


async def _known(value: Any, types: Types, path: Path, problems: list[Problem]) -> Any:
    """Await the Outputs in a value, except where its types take them."""
    if takes_outputs(types) and isinstance(value, pulumi.Output | Unknown):
        return pulumi.Output.from_input(value)
    if isinstance(value, pulumi.Output):
        if await value.is_secret():
            wrong = "is a secret, and it is written in plain text"
            problems.append(Problem(path, wrong, "pass it as a plain value"))
            return None
        value = await value.future(with_unknowns=True)
    if isinstance(value, Unknown):
        wrong = "is not known yet, and it decides which resources there are"
        remedy = "write it out, or deploy what it comes from first and read it by stack reference"
        problems.append(Problem(path, wrong, remedy))
        return None
    if isinstance(value, Mapping):
        # The engine sends the keys in a random order.
        return {
            key: await _known(value[key], below(types, key), (*path, key), problems)
            for key in sorted(value)
        }
    if isinstance(value, list):
        return [
            await _known(item, below(types, index), (*path, index), problems)
            for index, item in enumerate(value)
        ]
    return value
