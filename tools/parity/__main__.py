"""Counts the attributes of the Terraform provider that are here, and those that are wrong.

python -m tools.parity            print the totals; exit with 1 when anything is wrong
python -m tools.parity --write    also write docs/parity.md
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table as Shown

from tools.engine import CHECKOUT
from tools.parity import schema as terraform
from tools.parity import table as written
from tools.parity.compare import compare, missing_lookups, missing_resources
from tools.parity.page import PAGE, page
from tools.progress import say

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    write: Annotated[bool, typer.Option("--write", help="Write docs/parity.md.")] = False,
) -> None:
    """Compare the Terraform provider with this project. Exits with 1 when anything is wrong."""
    table, schema = written.load(), terraform.load()
    found = compare(table, schema)
    if write:
        PAGE.write_text(page(table, schema), encoding="utf-8")
        say(f"Wrote {PAGE.relative_to(CHECKOUT)}.")
    wrong = [*found.unmapped.items(), *found.wrong_flags.items(), *found.unknown.items()]
    for attribute, reason in wrong:
        say(f"{attribute}: {reason}")
    attributes = written.count(table.resources) + written.count(table.lookups)
    shown = Shown("", schema.provider)
    shown.add_row("attributes", str(attributes))
    for label, number in {
        "unmapped attributes": len(found.unmapped),
        "attributes with wrong flags": len(found.wrong_flags),
        "rows that Terraform does not have": len(found.unknown),
    }.items():
        shown.add_row(label, str(number), style="bold red" if number else "")
    shown.add_row("resources covered", str(len(table.resources)))
    shown.add_row("resources without a counterpart", str(len(missing_resources(table, schema))))
    shown.add_row("data sources covered", str(len(table.lookups)))
    shown.add_row("data sources without a counterpart", str(len(missing_lookups(table, schema))))
    Console(highlight=False).print(shown)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    app()
