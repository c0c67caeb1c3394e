"""The project's commands, which the make targets call.

By default they use the sandbox: they read and change nothing outside of this checkout, whatever
credentials the shell has. With `SANDBOX=off` the same commands run `pulumi` in the caller's own
environment, with its backend and accounts, and Pulumi asks before it changes anything. Without
make, plain `pulumi up -s <stack>` does the same.

`PROJECT` names another Pulumi project of the checkout, for example `examples/billing-api`. In the
sandbox all projects share one backend, so that they can refer to each other's stacks.
"""

from __future__ import annotations

import os
import shlex
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from reachability.answer import RESULTS
from tools.engine import CHECKOUT, EngineError
from tools.processes import Busy, ProcessFailed, exit_on_signals
from tools.progress import duration, say
from tools.sandbox_process import Sandbox, SandboxError
from tools.session import CACHE, Mode, Session, open_session
from tools.stack import StackError

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)

StackName = Annotated[
    str, typer.Argument(help="environment: the name in stacks/Pulumi.<name>.yaml")
]
SandboxMode = Annotated[
    Mode, typer.Option("--sandbox", envvar="SANDBOX", help="off: the caller's own environment")
]
ProjectFolder = Annotated[
    Path, typer.Option("--project", envvar="PROJECT", help="folder of the Pulumi project")
]
SecretsProvider = Annotated[
    str | None,
    typer.Option(
        envvar="SECRETS_PROVIDER",
        help="with the sandbox off: create a missing stack, with this secrets provider",
    ),
]

_PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True}
_HERE = Path()


@app.command(context_settings=_PASS_ON)
def up(
    context: typer.Context,
    stack: StackName,
    sandbox: SandboxMode = Mode.ON,
    project: ProjectFolder = _HERE,
    secrets_provider: SecretsProvider = None,
) -> None:
    """Create or change an environment. Arguments after -- go to pulumi."""
    with readable_errors():
        session = open_session(
            CHECKOUT / project, stack, sandbox, secrets_provider=secrets_provider or None
        )
        code = session.run("up", *session.policies(), *context.args)
        if code == 0 and sandbox is Mode.ON:
            _point_on(session)
        sys.exit(code)


@app.command(context_settings=_PASS_ON)
def preview(
    context: typer.Context,
    stack: StackName,
    sandbox: SandboxMode = Mode.ON,
    project: ProjectFolder = _HERE,
    secrets_provider: SecretsProvider = None,
    report: Annotated[
        Path | None, typer.Option(help="also write one HTML page, for a pull request")
    ] = None,
) -> None:
    """Show what `up` would change, and what the policies say of it.

    Exits with 0 when `up` may go ahead: the preview succeeded and every mandatory rule holds.
    """
    with readable_errors():
        session = open_session(
            CHECKOUT / project, stack, sandbox, secrets_provider=secrets_provider or None
        )
        sys.exit(reported_preview(session, *context.args, page=report))


def reported_preview(session: Session, *more: str, page: Path | None) -> int:
    """Run a preview with the policies, print a summary of their results, and return the exit code.

    Args:
        session: the stack.
        more: further arguments for the engine.
        page: file for the report, if any.

    """
    # Imported here, so that only previews take the time of the import.
    from tools.report import EventLogError, Preview, summary, write_page

    with tempfile.TemporaryDirectory() as folder:
        log, reachability = Path(folder, "events.jsonl"), Path(folder, "reachability.json")
        session = replace(session, env={**session.env, RESULTS: str(reachability)})
        code = session.run("preview", *session.policies(), *more, events=log)
        if code and (not log.exists() or not log.stat().st_size):
            return code  # the engine failed before that, and has printed the reason
        try:
            previewed = Preview.read(log, reachability)
        except (OSError, EventLogError) as error:
            raise ProcessFailed(f"the event log of the preview cannot be read: {error}") from error
    Console(highlight=False).print(summary(previewed))
    if page is not None:
        try:
            write_page(previewed, page, stack=session.stack.name)
        except OSError as error:
            raise ProcessFailed(f"REPORT={page}: cannot be written: {error.strerror}") from None
        say(f"The report: {page}")
    return code


@app.command(context_settings=_PASS_ON)
def refresh(
    context: typer.Context,
    stack: StackName,
    sandbox: SandboxMode = Mode.ON,
    project: ProjectFolder = _HERE,
) -> None:
    """Read what is there now, and take it into the state."""
    with readable_errors():
        # After a killed `up`, the state lists the creations that were pending, and each `up` warns
        # about them until a refresh clears them. At a terminal, a refresh asks about them.
        forget = ("--clear-pending-creates",) if sandbox is Mode.ON else ()
        sys.exit(
            open_session(CHECKOUT / project, stack, sandbox).run("refresh", *forget, *context.args)
        )


@app.command(context_settings=_PASS_ON)
def destroy(
    context: typer.Context,
    stack: StackName,
    sandbox: SandboxMode = Mode.ON,
    project: ProjectFolder = _HERE,
) -> None:
    """Delete everything in an environment. The empty stack stays.

    In the sandbox, protected resources go too: a rehearsal must leave nothing. With your own
    accounts they are refused until you unprotect them.
    """
    with readable_errors():
        session = open_session(CHECKOUT / project, stack, sandbox)
        if sandbox is Mode.ON:
            session.unprotect()
        sys.exit(session.run("destroy", *context.args))


@app.command("sandbox")
def start_sandbox(
    speed: Annotated[
        float | None, typer.Option(help="seconds of provisioning that pass in one second")
    ] = None,
) -> None:
    """Start the sandbox, if it does not run, and say where it answers."""
    with readable_errors():
        box = _own_sandbox()
        endpoint = box.start(speed=speed)
        say(f"The sandbox (pid {endpoint.pid}) answers as Konnect at {endpoint.konnect_url}")
        say(f"Its log: {box.log.relative_to(CHECKOUT)}. Stop it: make sandbox-stop")
        if endpoint.idle:
            say(
                f"A command started it, so it ends after {duration(endpoint.idle)} without use. "
                "For one that stays: make sandbox-stop sandbox"
            )


@app.command()
def sandbox_stop() -> None:
    """Stop the sandbox. What it has built stays for the next start."""
    with readable_errors():
        stopped = _own_sandbox().stop()
        say("The sandbox has stopped." if stopped else "The sandbox was not running.")


@app.command()
def shell(stack: StackName, sandbox: SandboxMode = Mode.ON, project: ProjectFolder = _HERE) -> None:
    """Print what a shell must export so that plain `pulumi` works on an environment."""
    with readable_errors():
        session = open_session(CHECKOUT / project, stack, sandbox)
        options = {"PULUMI_OPTION_STACK": stack} if sandbox is Mode.ON else {}
        if sandbox is Mode.ON:
            options["PULUMI_OPTION_CONFIG_FILE"] = str(session.stack.config)
        for key, value in {**session.env, **options}.items():
            if os.environ.get(key) != value:
                print(f"export {key}={shlex.quote(value)}")
        for key in os.environ.keys() - session.env.keys():
            print(f"unset {key}")


@contextmanager
def readable_errors() -> Iterator[None]:
    """Print an error as one message, without a traceback, and exit with 1."""
    try:
        yield
    except (EngineError, SandboxError, StackError, ProcessFailed, Busy) as error:
        say(f"error: {error}", style="red")
        sys.exit(1)


def _own_sandbox() -> Sandbox:
    return Sandbox(CHECKOUT, CACHE / "sandbox")


def _point_on(session: Session) -> None:
    """Print the next steps after an `up`."""
    say("")
    steps = (
        (session.make("preview"), "what another up would change: nothing"),
        ("make sandbox-state", "what the sandbox has built"),
        (session.make("gateway"), "run its gateways here, to call them with curl"),
        (f'eval "$({session.make("-s shell")})"', "plain pulumi: pulumi stack output --json"),
        (session.make("destroy"), "delete it all"),
    )
    width = max(40, *(len(command) + 1 for command, _ in steps))
    for command, what in steps:
        say(f"  {command:<{width}} {what}")


if __name__ == "__main__":
    exit_on_signals()
    app()
