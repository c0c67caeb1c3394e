"""Converts the inputs of a program to the document that a component's model reads.

A program writes camelCase and may pass Outputs. The values decide which resources there are, so
they must be known, and they are written in plain text, so none may be a secret. Only where the
model takes Outputs, and in the user's own data, an Output stays one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.output import Unknown

from providers.base.model import integers
from stacks.errors import Path, Problem, SettingsError
from stacks.names import (
    Model,
    Types,
    below,
    camel_case,
    snake_case_paths,
    takes_outputs,
    to_field_names,
)


async def document_of(where: str, model: Model, inputs: Mapping[str, Any]) -> Any:
    """Convert inputs to a document with the field names of ``model``.

    ``where`` names the component in messages. Raises SettingsError with every value that is not
    known yet, every secret, and every key that is not in camelCase. Paths are as in the program.
    """
    problems: list[Problem] = []
    document = {
        key: await _known(item, below((model,), key), (key,), problems)
        for key, item in inputs.items()
    }
    for path in snake_case_paths(model, document):
        remedy = f"did you mean {camel_case(str(path[-1]))}?"
        problems.append(Problem(path, "is not a known key", remedy))
    if problems:
        raise SettingsError(where, problems)
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
        return {
            key: await _known(item, below(types, key), (*path, key), problems)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [
            await _known(item, below(types, index), (*path, index), problems)
            for index, item in enumerate(value)
        ]
    return value
