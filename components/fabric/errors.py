"""The error of a fabric that cannot be built."""

from __future__ import annotations

from collections.abc import Sequence

from components.problems import Problem


class FabricError(ValueError):
    """A fabric that cannot be built. ``str()`` has one line for each problem.

    Paths of the problems are names in `FabricArgs`: ``("spokes", "shop", "hub")``.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Render the problems. They are also kept as ``problems``."""
        super().__init__("\n".join(problem.line("fabric", root="") for problem in problems))
        self.problems = tuple(problems)
