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
from tools.topology.model import Topology, counted
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
    format_: Annotated[
        Format | None, typer.Option("--format", help="svg, dot or json; else that of the file")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="the file to write")] = None,
    sandbox: SandboxMode = Mode.ON,
    project: ProjectFolder = Path(),
) -> None:
    """Write the picture to a file, by default ``<stack>-topology.<format>``."""
    with readable_errors():
        session = open_for_reading(CHECKOUT / project, stack, sandbox)
        topology = topology_of(stack, records_of_stack(session))
        if not topology.regions:
            raise StackError(f"stack {stack} has no gateway: `{session.make('up')}` creates it")
        print(write(topology, format_, out))


def write(topology: Topology, format_: Format | None = None, out: Path | None = None) -> str:
    """Write a topology, and return what was written, in one line.

    Without a format it is that of the file's name, or else SVG. Missing folders are created.
    Raises StackError if the file cannot be written.
    """
    ending = out.suffix.removeprefix(".") if out else ""
    chosen = format_ or (Format(ending) if ending in list(Format) else Format.SVG)
    file = out or Path(f"{topology.stack}-topology.{chosen}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(FORMATS[chosen](topology), encoding="utf-8")
    except OSError as error:
        raise StackError(f"OUT={file}: cannot be written: {error.strerror}") from None
    regions = counted(len(topology.regions), "region")
    return f"Wrote {file}: {regions}, {counted(len(topology.lines), 'link')} between hubs"


if __name__ == "__main__":
    exit_on_signals()
    app()
