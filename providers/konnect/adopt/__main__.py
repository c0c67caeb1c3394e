"""The command: `python -m providers.konnect.adopt`.

A Terraform state file holds credentials in plain text. They are not written into the program or
the report: the program reads them from the stack's configuration, and the report says how to set
them. `--secrets-file` writes a script with the values, which only its owner can read.
"""

from __future__ import annotations

import os
import shlex
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from providers.base.errors import ProviderError
from providers.konnect.adopt import discovery, program, terraform
from providers.konnect.adopt.found import Found
from providers.konnect.client import Connection, client_for

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
report = Console(stderr=True, highlight=False, soft_wrap=True)


@app.command()
def adopt(
    state: Annotated[
        Path | None, typer.Option("--from", help="a Terraform state file, version 4")
    ] = None,
    from_konnect: Annotated[
        bool, typer.Option("--from-konnect", help="read a control plane from Konnect")
    ] = False,
    control_plane: Annotated[
        str | None, typer.Option("--control-plane", help="its name, with --from-konnect")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="the program (default: standard output)")
    ] = None,
    secrets_file: Annotated[
        Path | None,
        typer.Option(help="a shell script that sets the secrets; delete it once it has run"),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="overwrite files")] = False,
) -> None:
    """Write a Pulumi program that adopts existing Konnect objects.

    The token is KONNECT_TOKEN or KONNECT_SPAT; the host of KONNECT_SERVER_URL selects the geo.
    Nothing is written to Konnect. Exit code 1: nothing was found, or it could not be read; 2:
    wrong usage.
    """
    if (state is None) is not from_konnect or from_konnect is not (control_plane is not None):
        raise typer.BadParameter("give either --from FILE or --from-konnect --control-plane NAME")
    for path in (out, secrets_file):
        if path is not None and path.exists() and not force:
            raise typer.BadParameter(f"{path} exists; --force overwrites it")
    try:
        if state is not None:
            found, origin = terraform.read(state), state.name
        else:
            assert control_plane is not None
            found = discovery.read(client_for(Connection.resolve()), control_plane)
            origin = f"control plane {control_plane}"
    except ProviderError as error:
        report.print(f"error: {error}", style="red", markup=False)
        raise typer.Exit(1) from None
    if not found.adopted:
        _print_report(found, program.Program("", ()))
        report.print(f"error: {origin} has nothing to adopt", markup=False)
        raise typer.Exit(1)
    written = program.write(found.adopted, origin)
    if out is None:
        print(written.text, end="")
    else:
        out.write_text(written.text)
    if secrets_file is not None:
        _write_privately(secrets_file, program.commands(written.secrets))
    _print_report(found, written, secrets_file)


def _write_privately(path: Path, text: str) -> None:
    """Write a file that nobody else can read, not even while it is written."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)


def _print_report(found: Found, written: program.Program, secrets_file: Path | None = None) -> None:
    """Print what is adopted, what is not and why, and which secrets to set."""
    kinds = Counter(item.resource for item in found.adopted)
    if kinds:
        table = Table("resource", "objects", title="Adopted", title_justify="left", box=None)
        for kind, number in sorted(kinds.items()):
            table.add_row(kind, str(number))
        report.print(table)
    if found.left_out:
        report.print("\nLeft out:", style="italic")
    for item in found.left_out:
        report.print(f"  {item.source}: {item.reason}", markup=False)
    for note in found.notes:
        report.print(f"\nNote: {note}", markup=False)
    if not written.secrets:
        return
    if secrets_file is not None:
        report.print(f"\nSecrets: run `sh {shlex.quote(str(secrets_file))}` and delete it.")
    else:
        report.print(
            "\nSet these secrets (or give --secrets-file FILE, which writes a script for it):"
        )
    for secret in written.secrets:
        if secret.value is None or secrets_file is None:
            report.print(f"  pulumi config set --secret {secret.name}", markup=False)
            place = f"{secret.path} of {secret.source}"
            hidden = (
                "Konnect does not return it"
                if secret.value is None
                else "its value is in the source"
            )
            report.print(f"    # {place}: {hidden}", markup=False, style="dim")


if __name__ == "__main__":
    app(prog_name="python -m providers.konnect.adopt")
