"""The error of a stack file. Its problems, one line each, are those of `components.problems`."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from components.problems import (
    ABSENT,
    TOKEN_PLACEHOLDER,
    Path,
    Problem,
    Suggestions,
    cleaned,
    from_validation,
    nearest,
    refusal,
    shown,
    yaml_inline,
    yaml_path,
)

__all__ = [
    "ABSENT",
    "TOKEN_PLACEHOLDER",
    "Path",
    "Problem",
    "SettingsError",
    "Suggestions",
    "cleaned",
    "from_validation",
    "nearest",
    "refusal",
    "shown",
    "yaml_inline",
    "yaml_path",
]


class SettingsError(pulumi.RunError):
    """The settings of a stack are invalid. ``str()`` has one line for each problem.

    It is a ``RunError``, so Pulumi shows the message without a traceback.
    """

    def __init__(self, file: str, problems: Sequence[Problem]) -> None:
        """Render the problems of a file. They are also kept as ``problems``."""
        super().__init__("\n".join(problem.line(file) for problem in problems))
        self.file = file
        self.problems = tuple(problems)
