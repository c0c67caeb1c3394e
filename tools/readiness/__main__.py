"""Runs the checklist for an environment.

    make readiness STACK=prod
    make readiness STACK=prod JSON=1 REPORT=readiness.html

It changes nothing. Exits with 0 if no item fails, and with 1 if one fails or cannot be read.
See docs/readiness.md.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tools.engine import CHECKOUT
from tools.processes import ProcessFailed, exit_on_signals
from tools.progress import say
from tools.readiness.checks import ITEMS
from tools.readiness.document import document
from tools.readiness.page import write_page
from tools.readiness.read import read_facts
from tools.readiness.records import RecordsError, read_records
from tools.readiness.report import run_checks
from tools.readiness.table import ReportTable
from tools.run import ProjectFolder, SandboxMode, StackName, readable_errors
from tools.session import Mode, open_session

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    stack: StackName,
    sandbox: SandboxMode = Mode.ON,
    project: ProjectFolder = Path(),
    as_json: Annotated[
        bool, typer.Option("--json", help="print JSON, for programs (docs/readiness.md)")
    ] = False,
    report: Annotated[Path | None, typer.Option(help="also write one HTML page")] = None,
    full: Annotated[bool, typer.Option("--full", help="show all evidence")] = False,
    refresh: Annotated[
        bool, typer.Option(help="read the resources from their clouds, not from the state")
    ] = True,
) -> None:
    """Check whether an environment is ready for production. Changes nothing."""
    with readable_errors():
        session = open_session(CHECKOUT / project, stack, sandbox)
        file = CHECKOUT / project / "stacks" / f"readiness.{stack}.yaml"
        try:
            records = read_records(file, [item.id for item in ITEMS])
        except RecordsError as error:
            raise ProcessFailed(str(error)) from error
        found = run_checks(read_facts(session, refresh=refresh), records, datetime.now(UTC))
    if as_json:
        print(json.dumps(document(found), indent=2))
    else:
        console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
        console.print(ReportTable(found, full=full))
    if report is not None:
        write_page(found, report)
        say(f"The page: {report}")
    sys.exit(0 if found.ready else 1)


if __name__ == "__main__":
    exit_on_signals()
    app()
