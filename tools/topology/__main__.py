"""Writes the picture of an environment's network, from the resources in its state.

    make topology STACK=prod
    make topology STACK=prod FORMAT=dot OUT=prod.dot

See docs/topology.md.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tools.engine import CHECKOUT
from tools.processes import exit_on_signals
from tools.reach import records_of_stack
from tools.run import ProjectFolder, SandboxMode, StackName, readable_errors
from tools.session import Mode, open_for_reading
from tools.stack import StackError
from tools.topology.render import FORMATS
from tools.topology.scene import topology_of

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class Format(StrEnum):
    """A format of the picture."""

    SVG = "svg"
    DOT = "dot"
    JSON = "json"


@app.command()
def main(
    stack: StackName,
    format_: Annotated[Format, typer.Option("--format", help="svg, dot or json")] = Format.SVG,
    out: Annotated[Path | None, typer.Option("--out", help="the file to write")] = None,
    sandbox: SandboxMode = Mode.ON,
    project: ProjectFolder = Path(),
) -> None:
    """Write the picture to a file, by default ``<stack>-topology.<format>``."""
    with readable_errors():
        records = records_of_stack(open_for_reading(CHECKOUT / project, stack, sandbox))
        topology = topology_of(stack, records)
        if not topology.regions:
            raise StackError(f"stack {stack} has no gateway: `make up STACK={stack}` creates it")
        file = out or Path(f"{stack}-topology.{format_.value}")
        try:
            file.write_text(FORMATS[format_.value](topology), encoding="utf-8")
        except OSError as error:
            raise StackError(f"--out {file}: cannot be written: {error.strerror}") from None
        regions, lines = len(topology.regions), len(topology.lines)
        print(f"Wrote {file}: {regions} regions, {lines} links between hubs")


if __name__ == "__main__":
    exit_on_signals()
    app()
