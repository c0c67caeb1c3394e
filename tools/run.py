"""The project's commands: what the make targets call.

By default everything happens in the sandbox: nothing outside this checkout is read or changed,
whatever credentials the shell holds. With `SANDBOX=off` the same commands run `pulumi` in the
caller's own environment, with its backend and accounts, and Pulumi asks before it changes anything.
Outside of make, plain `pulumi up -s <stack>` does the same.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from tools import engine
from tools.engine import CHECKOUT, EngineError
from tools.environment import PASSPHRASE, for_local_backend, on_path
from tools.processes import Busy, ProcessFailed
from tools.progress import say
from tools.sandbox_process import Sandbox, SandboxError
from tools.stack import ENGINE_HOME, STATE, Stack, StackError

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


class Mode(StrEnum):
    """Whether a command stays in the sandbox."""

    ON = "on"
    OFF = "off"


StackName = Annotated[
    str, typer.Argument(help="environment: the name in stacks/Pulumi.<name>.yaml")
]
SandboxMode = Annotated[
    Mode, typer.Option("--sandbox", envvar="SANDBOX", help="off: the caller's own environment")
]

_PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True}


@dataclass(frozen=True)
class Session:
    """An engine, the environment it runs with, and the flags that name the stack."""

    pulumi: Path
    env: Mapping[str, str]
    flags: tuple[str, ...]
    unattended: bool

    def run(self, verb: str, *more: str) -> int:
        """Run one engine command in the foreground and return its exit code.

        Ctrl-C reaches the engine directly, as it does this process: the engine ends its programs
        and releases its lock, and this process waits for that.
        """
        yes = ("--yes",) if self.unattended and verb != "preview" else ()
        command = [str(self.pulumi), verb, *self.flags, *yes, *more]
        with subprocess.Popen(command, cwd=CHECKOUT, env=dict(self.env)) as child:

            def pass_on(signum: int, frame: FrameType | None) -> None:
                if signum != signal.SIGINT:
                    child.send_signal(signum)

            for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(signum, pass_on)
            return child.wait()


@app.command(context_settings=_PASS_ON)
def up(context: typer.Context, stack: StackName, sandbox: SandboxMode = Mode.ON) -> None:
    """Create or change an environment. Arguments after -- go to pulumi."""
    with readable_errors():
        session = _open(stack, sandbox)
        code = session.run("up", *_policies(), *context.args)
        if code == 0 and sandbox is Mode.ON:
            _point_on(stack)
        sys.exit(code)


@app.command(context_settings=_PASS_ON)
def preview(context: typer.Context, stack: StackName, sandbox: SandboxMode = Mode.ON) -> None:
    """Show what `up` would change."""
    with readable_errors():
        sys.exit(_open(stack, sandbox).run("preview", *_policies(), *context.args))


@app.command(context_settings=_PASS_ON)
def refresh(context: typer.Context, stack: StackName, sandbox: SandboxMode = Mode.ON) -> None:
    """Read what is there now, and take it into the state."""
    with readable_errors():
        # What a killed `up` was just creating stays noted in the state, with a warning at every
        # `up`, until a refresh is told to forget it; a refresh at a terminal asks.
        forget = ("--clear-pending-creates",) if sandbox is Mode.ON else ()
        sys.exit(_open(stack, sandbox).run("refresh", *forget, *context.args))


@app.command(context_settings=_PASS_ON)
def destroy(context: typer.Context, stack: StackName, sandbox: SandboxMode = Mode.ON) -> None:
    """Delete everything in an environment. The empty stack stays.

    In the sandbox, protected resources go too: a rehearsal must leave nothing. With your own
    accounts they are refused until you unprotect them.
    """
    with readable_errors():
        session = _open(stack, sandbox)
        if sandbox is Mode.ON:
            Stack(CHECKOUT, stack).unprotect(session.pulumi, session.env)
        sys.exit(session.run("destroy", *context.args))


@app.command("sandbox")
def start_sandbox(
    speed: Annotated[
        float | None, typer.Option(help="seconds of provisioning that pass in one second")
    ] = None,
) -> None:
    """Start the sandbox, if it does not run, and say where it answers."""
    with readable_errors():
        box = Sandbox(CHECKOUT)
        endpoint = box.start(speed=speed)
        say(f"The sandbox (pid {endpoint.pid}) answers as Konnect at {endpoint.konnect_url}")
        say(f"Its log: {box.log.relative_to(CHECKOUT)}. Stop it: make sandbox-stop")


@app.command()
def sandbox_stop() -> None:
    """Stop the sandbox. What it has built stays for the next start."""
    with readable_errors():
        stopped = Sandbox(CHECKOUT).stop()
        say("The sandbox has stopped." if stopped else "The sandbox was not running.")


@app.command()
def shell(stack: StackName, sandbox: SandboxMode = Mode.ON) -> None:
    """Print what a shell must export so that plain `pulumi` works on an environment."""
    with readable_errors():
        session = _open(stack, sandbox)
        options = {"PULUMI_OPTION_STACK": stack} if sandbox is Mode.ON else {}
        if sandbox is Mode.ON:
            options["PULUMI_OPTION_CONFIG_FILE"] = str(Stack(CHECKOUT, stack).config)
        for key, value in {**session.env, **options}.items():
            if os.environ.get(key) != value:
                print(f"export {key}={shlex.quote(value)}")
        for key in os.environ.keys() - session.env.keys():
            print(f"unset {key}")


@contextmanager
def readable_errors() -> Iterator[None]:
    """Show what went wrong as one message, without a traceback."""
    try:
        yield
    except (EngineError, SandboxError, StackError, ProcessFailed, Busy) as error:
        say(f"error: {error}", style="red")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def _open(name: str, mode: Mode) -> Session:
    """Make everything ready for a command on a stack."""
    pulumi = engine.ensure()
    if mode is Mode.OFF:
        env = {**os.environ, "PATH": on_path(pulumi, os.environ)}
        return Session(pulumi, env, ("--stack", name), unattended=False)
    box = Sandbox(CHECKOUT)
    box.start()
    env = for_local_backend(
        pulumi,
        os.environ,
        state=CHECKOUT / STATE,
        home=CHECKOUT / ENGINE_HOME,
        passphrase=PASSPHRASE,
    )
    env |= box.variables()
    stack = Stack(CHECKOUT, name)
    replaced = stack.configure(stand_in=env.get("KONNECT_TOKEN", PASSPHRASE))
    if replaced:
        say(f"Made up for the sandbox, which has no key for it: {', '.join(replaced)}")
    if stack.release():
        say(f"An earlier command on {name} died; its lock has been removed.")
    stack.create(pulumi, env)
    flags = ("--stack", name, "--config-file", str(stack.config))
    return Session(pulumi, env, flags, unattended=True)


def _policies() -> tuple[str, ...]:
    pack = CHECKOUT / "policies"
    return ("--policy-pack", str(pack)) if (pack / "PulumiPolicy.yaml").exists() else ()


def _point_on(name: str) -> None:
    """After an `up`, which has shown the outputs: where to look next."""
    named = "" if name == "dev" else f" STACK={name}"
    say("")
    for command, what in (
        (f"make preview{named}", "what another up would change: nothing"),
        ("make sandbox-state", "what the sandbox has built"),
        (f'eval "$(make -s shell{named})"', "plain pulumi commands: pulumi stack output --json"),
        (f"make destroy{named}", "delete it all"),
    ):
        say(f"  {command:<40} {what}")


if __name__ == "__main__":
    app()
