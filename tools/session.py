"""An engine that is ready for commands on a stack, in the sandbox or in the caller's own world."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import FrameType

from tools import engine
from tools.engine import CHECKOUT
from tools.environment import PASSPHRASE, for_local_backend, on_path
from tools.processes import watch
from tools.progress import say
from tools.sandbox_process import Sandbox
from tools.stack import COMMAND_LIMIT, Place, Stack

CACHE = CHECKOUT / ".cache"
"""What sandbox runs of this checkout make, unless they have a folder of their own."""

CLASSES = ("dev", "staging", "prod")
"""Environment classes, each with a configuration of the policy pack."""


class Mode(StrEnum):
    """Whether a command stays in the sandbox."""

    ON = "on"
    OFF = "off"


@dataclass(frozen=True)
class Session:
    """An engine, the environment it runs with, and the flags that name the stack."""

    pulumi: Path
    env: Mapping[str, str]
    stack: Stack
    mode: Mode

    @property
    def flags(self) -> tuple[str, ...]:
        """What names the stack to the engine."""
        named = ("--stack", self.stack.name)
        return named if self.mode is Mode.OFF else (*named, "--config-file", str(self.stack.config))

    def command(self, verb: str, *more: str) -> list[str]:
        """Return an engine command on the stack. In the sandbox the engine asks nothing."""
        yes = ("--yes",) if self.mode is Mode.ON and verb not in ("preview", "stack") else ()
        return [str(self.pulumi), verb, *self.flags, *yes, *more]

    def run(self, verb: str, *more: str, events: Path | None = None) -> int:
        """Run one engine command in the foreground and return its exit code.

        With `events` the engine also writes what happens to that file, one JSON object a line.

        Ctrl-C reaches the engine directly, as it does this process: the engine ends its programs
        and releases its lock, and this process waits for that.
        """
        env = dict(self.env)
        if events is not None:
            more = (*more, "--event-log", str(events))
            env["PULUMI_DEBUG_COMMANDS"] = "true"  # without it the engine does not know the flag
        command = self.command(verb, *more)
        with (
            subprocess.Popen(command, cwd=self.stack.place.project, env=env) as child,
            _signals_passed_on_to(child),
        ):
            return child.wait()

    def unprotect(self) -> None:
        """Lift Pulumi's protection from every resource of the stack."""
        self.stack.unprotect(self.pulumi, self.env)

    def policies(self) -> tuple[str, ...]:
        """Return the flags that have the policy pack look at what a command does."""
        pack = CHECKOUT / "policies"
        if not (pack / "PulumiPolicy.yaml").exists():
            return ()
        config = pack / "config" / f"{environment_class(self.stack)}.json"
        told = ("--policy-pack-config", str(config)) if config.exists() else ()
        return ("--policy-pack", str(pack), *told)


@contextmanager
def _signals_passed_on_to(child: subprocess.Popen[bytes]) -> Iterator[None]:
    def pass_on(signum: int, frame: FrameType | None) -> None:
        if signum != signal.SIGINT:
            child.send_signal(signum)

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {signum: signal.signal(signum, pass_on) for signum in numbers}
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


def environment_class(stack: Stack) -> str:
    """Find which class of environment a stack is, as its settings or else its name say.

    A stack that says neither is held to the strictest, prod.
    """
    config = stack.settings().get("config") or {}
    described = config.get("multicloud-gateway:gateway")
    written = described.get("environment") if isinstance(described, dict) else None
    named = str(written or stack.name)
    return named if named in CLASSES else "prod"


def open_session(
    project: Path,
    name: str,
    mode: Mode,
    *,
    cache: Path = CACHE,
    speed: float | None = None,
    secrets_provider: str | None = None,
) -> Session:
    """Make everything ready for a command on a stack.

    Args:
        project: folder of the Pulumi project.
        name: the stack.
        mode: in the sandbox, or in the caller's own environment.
        cache: folder for what a sandbox run makes: state, sandbox, the engine's own files.
        speed: of a sandbox that has to be started, in seconds of provisioning per second.
        secrets_provider: with the sandbox off, creates the stack if there is none in the backend,
            with this secrets provider (`awskms://...`, `default`).

    Raises:
        EngineError, SandboxError, StackError, ProcessFailed: what is in the way, for the user.

    """
    pulumi = engine.ensure()
    place = Place(project, cache)
    stack = Stack(place, name)
    stack.settings()  # a stack that is not described is the first thing to say
    if mode is Mode.OFF:
        session = Session(pulumi, {**os.environ, "PATH": on_path(pulumi, os.environ)}, stack, mode)
        if secrets_provider:
            create = ["stack", "select", name, "--create", "--secrets-provider", secrets_provider]
            command = [str(pulumi), *create, "--non-interactive"]
            watch(command, limit=COMMAND_LIMIT, cwd=project, env=session.env)
        return session
    box = Sandbox(CHECKOUT, place.sandbox)
    box.start(speed=speed)
    env = for_local_backend(
        pulumi, os.environ, state=place.state, home=place.engine_home, passphrase=PASSPHRASE
    )
    env |= box.variables()
    replaced = stack.configure(stand_in=env.get("KONNECT_TOKEN", PASSPHRASE))
    if replaced:
        say(f"Made up for the sandbox, which has no key for it: {', '.join(replaced)}")
    if stack.release():
        say(f"An earlier command on {name} died; its lock has been removed.")
    stack.create(pulumi, env)
    return Session(pulumi, env, stack, mode)
