"""Prepares an engine for commands on a stack, in the sandbox or in the caller's own environment."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from stacks.commands import completed, make_command
from stacks.environments import EnvironmentClass
from tools import engine
from tools.engine import CHECKOUT
from tools.environment import PASSPHRASE, for_local_backend, on_path, with_parallel
from tools.processes import ProcessFailed, run_in_foreground, watch
from tools.progress import say
from tools.sandbox_process import IDLE_LIMIT, Sandbox
from tools.stack import COMMAND_LIMIT, Place, Stack, StackError

CACHE = CHECKOUT / ".cache"
"""Folder for the files of this checkout's sandbox runs, unless they have a folder of their own."""


class Mode(StrEnum):
    """Whether a command uses the sandbox."""

    ON = "on"
    OFF = "off"


@dataclass(frozen=True)
class Session:
    """An engine, its environment variables, and the flags that name the stack."""

    pulumi: Path
    env: Mapping[str, str]
    stack: Stack
    mode: Mode

    @property
    def flags(self) -> tuple[str, ...]:
        """The engine's flags that name the stack."""
        named = ("--stack", self.stack.name)
        return named if self.mode is Mode.OFF else (*named, "--config-file", str(self.stack.config))

    def command(self, verb: str, *more: str) -> list[str]:
        """Return an engine command on the stack. In the sandbox the engine never prompts."""
        yes = ("--yes",) if self.mode is Mode.ON and verb not in ("preview", "stack") else ()
        return [str(self.pulumi), verb, *self.flags, *yes, *more]

    def make(self, target: str, **variables: str) -> str:
        """The make command that does something with this stack, for a message."""
        variables = {**self._off(), **variables}
        return make_command(target, self.stack.name, self.stack.place.project, **variables)

    def completed(self, text: str) -> str:
        """A text in which each make command in backquotes names this stack."""
        return completed(text, self.stack.name, self.stack.place.project, **self._off())

    def _off(self) -> dict[str, str]:
        return {"SANDBOX": self.mode.value} if self.mode is Mode.OFF else {}

    def read(self, *arguments: str, limit: float = COMMAND_LIMIT) -> str:
        """Run an engine command that only reads the stack, and return what it prints.

        ``limit`` is in seconds. Raises StackError if the backend has no such stack, and
        ProcessFailed if the command fails or does not end in time.
        """
        named = f"`pulumi {' '.join(arguments)}` of stack {self.stack.name}"
        try:
            done = subprocess.run(
                [str(self.pulumi), *arguments, "--stack", self.stack.name, "--non-interactive"],
                cwd=self.stack.place.project,
                env=dict(self.env),
                capture_output=True,
                text=True,
                check=False,
                timeout=limit,
            )
        except subprocess.TimeoutExpired:
            raise ProcessFailed(
                f"{named} did not end within {limit:g} s: check that the backend of the state can "
                "be reached"
            ) from None
        if "no stack named" in done.stderr:
            raise StackError(
                f"there is no stack {self.stack.name} in the backend: `{self.make('up')}` creates "
                "it"
            )
        if done.returncode != 0:
            raise ProcessFailed(f"{named} failed: {done.stderr.strip()}")
        return done.stdout

    def run(self, verb: str, *more: str, events: Path | None = None) -> int:
        """Run one engine command in the foreground and return its exit code.

        With `events` the engine also writes its event log to that file, one JSON object per line.

        A signal to end lets the engine end its programs and release its lock.
        """
        env = dict(self.env)
        if events is not None:
            more = (*more, "--event-log", str(events))
            env["PULUMI_DEBUG_COMMANDS"] = "true"  # without it the engine refuses the flag
        command = self.command(verb, *more)
        return run_in_foreground(command, cwd=self.stack.place.project, env=env)

    def unprotect(self) -> None:
        """Unprotect every resource of the stack."""
        self.stack.unprotect(self.pulumi, self.env)

    def policies(self) -> tuple[str, ...]:
        """Return the engine's flags that run the policy pack."""
        pack = CHECKOUT / "policies"
        if not (pack / "PulumiPolicy.yaml").exists():
            return ()
        config = pack / "config" / f"{environment_class(self.stack)}.json"
        settings = ("--policy-pack-config", str(config)) if config.exists() else ()
        return ("--policy-pack", str(pack), *settings)


def environment_class(stack: Stack) -> EnvironmentClass:
    """The class of a stack's environment: from its settings, or else from its name.

    The default is prod, whose rules are the strictest.
    """
    config = stack.settings().get("config") or {}
    described = config.get("multicloud-gateway:gateway")
    written = described.get("environment") if isinstance(described, dict) else None
    named = str(written or stack.name)
    return EnvironmentClass(named) if named in list(EnvironmentClass) else EnvironmentClass.PROD


def open_session(
    project: Path,
    name: str,
    mode: Mode,
    *,
    cache: Path = CACHE,
    secrets_provider: str | None = None,
    settings: Path | None = None,
) -> Session:
    """Prepare everything for a command on a stack: engine, sandbox, stack and configuration.

    Args:
        project: folder of the Pulumi project.
        name: the stack.
        mode: the sandbox or the caller's own environment.
        cache: folder for the files of a sandbox run: state, sandbox, the engine's own files.
        secrets_provider: with the sandbox off, creates the stack if it is not in the backend,
            with this secrets provider (`awskms://...`, `default`).
        settings: the stack file, if it is not the project's own for that name.

    Raises:
        EngineError, SandboxError, StackError, ProcessFailed: with a text for the user.

    """
    pulumi = engine.ensure()
    place = Place(project, cache)
    stack = Stack(place, name, settings)
    stack.settings()  # report a missing stack file before all other problems
    if mode is Mode.OFF:
        env = with_parallel({**os.environ, "PATH": on_path(pulumi, os.environ)})
        session = Session(pulumi, env, stack, mode)
        if secrets_provider:
            create = ["stack", "select", name, "--create", "--secrets-provider", secrets_provider]
            command = [str(pulumi), *create, "--non-interactive"]
            watch(command, limit=COMMAND_LIMIT, cwd=project, env=session.env)
        return session
    box = Sandbox(CHECKOUT, place.sandbox)
    box.start(idle=IDLE_LIMIT)
    env = for_local_backend(
        pulumi, os.environ, state=place.state, home=place.engine_home, passphrase=PASSPHRASE
    )
    env = with_parallel(env | box.variables())
    replaced = stack.configure(stand_in=env.get("KONNECT_TOKEN", PASSPHRASE))
    if replaced:
        say(f"Replaced by invented values, as the sandbox has no key: {', '.join(replaced)}")
    if stack.release():
        say(f"An earlier command on {name} died; its lock was deleted.")
    stack.create(pulumi, env)
    return Session(pulumi, env, stack, mode)


def open_for_reading(project: Path, name: str, mode: Mode, *, cache: Path = CACHE) -> Session:
    """Prepare a command that only reads a stack. It takes no lock, so an `up` may run beside it.

    Arguments and exceptions are those of ``open_session``. The stack is not created.
    """
    pulumi = engine.ensure()
    place = Place(project, cache)
    stack = Stack(place, name)
    stack.settings()  # report a missing stack file before all other problems
    if mode is Mode.OFF:
        return Session(pulumi, {**os.environ, "PATH": on_path(pulumi, os.environ)}, stack, mode)
    box = Sandbox(CHECKOUT, place.sandbox)
    box.start(idle=IDLE_LIMIT)
    env = for_local_backend(
        pulumi, os.environ, state=place.state, home=place.engine_home, passphrase=PASSPHRASE
    )
    return Session(pulumi, env | box.variables(), stack, mode)
