"""Converts the inputs of a program to the document that a component's model reads.

A program writes camelCase and may pass Outputs. The values decide which resources there are, so
they must be known, and they are written in plain text, so none may be a secret. An Output stays one
only where the model takes Outputs and, for a component that passes it on, in the user's own data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

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
    takes_anything,
    takes_outputs,
    to_field_names,
)


class InputsError(pulumi.RunError):
    """The inputs of a component are invalid. ``str()`` has one line for each problem."""

    def __init__(self, where: str, problems: list[Problem]) -> None:
        """Render the problems of ``where``. Their paths are as in the program."""
        super().__init__("\n".join(problem.line(where, root="") for problem in problems))


_OF_STACK_FILES: Final = re.compile(
    r", or set (?:it|the PEM) with `pulumi config set --secret(?: --path)?`"
)
"""A remedy that only settings in a stack file have: a component takes no secret in their place."""


@contextmanager
def problems_as_written(where: str, model: Model) -> Iterator[None]:
    """Raise the problems that a model has with a document as an ``InputsError``.

    Paths and words are converted to camelCase, as the program wrote them.
    """
    try:
        yield
    except (SettingsError, ApiError) as error:
        problems = [problem_in_camel_case(model, problem) for problem in error.problems]
        raise InputsError(where, [_without_stack_file(one) for one in problems]) from None


def _without_stack_file(problem: Problem) -> Problem:
    return replace(problem, remedy=_OF_STACK_FILES.sub("", problem.remedy))


async def document_of(
    where: str, model: Model, inputs: Mapping[str, Any], *, outputs_in_data: bool = False
) -> Any:
    """Convert inputs to a document with the field names of ``model``.

    ``where`` names the component in messages. ``outputs_in_data`` is whether Outputs stay in the
    user's own data, such as the configuration of a plugin. Raises InputsError with every value that
    is not known yet, every secret, and every key that is not in camelCase.
    """
    problems: list[Problem] = []
    document = await _Known(outputs_in_data, problems).of(inputs, (model,), ())
    for path in snake_case_paths(model, document):
        remedy = f"did you mean {camel_case(str(path[-1]))}?"
        problems.append(Problem(path, "is not a known key", remedy))
    if problems:
        raise InputsError(where, problems)
    return to_field_names(model, integers(document))


class _Known:
    """Awaits the Outputs in a document, except where they may stay."""

    def __init__(self, outputs_in_data: bool, problems: list[Problem]) -> None:
        self._outputs_in_data = outputs_in_data
        self._problems = problems

    async def of(self, value: Any, types: Types, path: Path) -> Any:
        """A value without Outputs. Adds to the problems what is not known yet, and secrets."""
        stays = takes_outputs(types) or (self._outputs_in_data and takes_anything(types))
        if stays and isinstance(value, pulumi.Output | Unknown):
            return pulumi.Output.from_input(value)
        if isinstance(value, pulumi.Output):
            if await value.is_secret():
                wrong = "is a secret, and it is written in plain text"
                remedy = 'pass a plain value, and a credential as "{vault://PREFIX/NAME}"'
                self._problems.append(Problem(path, wrong, remedy))
                return None
            value = await value.future(with_unknowns=True)
        if isinstance(value, Unknown):
            wrong = "is not known yet, and it decides which resources there are"
            remedy = (
                "write it out, or deploy what it comes from first and read it by stack reference"
            )
            self._problems.append(Problem(path, wrong, remedy))
            return None
        if isinstance(value, Mapping):
            # The engine sends the keys in a random order.
            return {
                key: await self.of(value[key], below(types, key), (*path, key))
                for key in sorted(value)
            }
        if isinstance(value, list):
            return [
                await self.of(item, below(types, index), (*path, index))
                for index, item in enumerate(value)
            ]
        return value
