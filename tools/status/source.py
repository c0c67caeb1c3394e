"""Where `make status` gets its facts: the stack's state, a connection to Konnect, and the time."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Final, Protocol

import httpx

from providers.konnect.client import Connection
from tools.session import Mode, Session
from tools.stack import COMMAND_LIMIT, StackError
from tools.status.known import Known

_ATTEMPTS: Final = 4
"""Attempts to read the state: while the engine writes it, its file backend may find half of it."""
_PAUSE: Final = 0.5
"""Seconds between two attempts."""


class Facts(Protocol):
    """What a reader of an environment needs."""

    def known(self) -> Known:
        """The stack's state."""

    def connection(self, known: Known) -> Connection:
        """The connection to Konnect."""

    def now(self) -> datetime:
        """Konnect's time."""


@dataclass(frozen=True)
class Source:
    """A stack that is read and not changed. No lock is taken, so an `up` may run."""

    session: Session
    sleep: Callable[[float], None] = time.sleep
    limit: float = COMMAND_LIMIT
    """Seconds after which a command of the engine is ended, and an answer is not waited for."""

    def known(self) -> Known:
        """The stack's state. Raises StackError if it cannot be read, StateError if it is odd."""
        stack = self.session.stack
        return Known.read(self._export(), stack.place.name, stack.name)

    def _export(self) -> str:
        stack = self.session.stack.name
        for attempt in range(1, _ATTEMPTS + 1):
            done = self._pulumi("stack", "export")
            if done.returncode == 0:
                return done.stdout
            if "no stack named" in done.stderr:
                up = self.session.make("up")
                raise StackError(f"there is no stack {stack} in the backend: `{up}` creates it")
            if attempt < _ATTEMPTS:
                self.sleep(_PAUSE)
        raise StackError(f"the state of stack {stack} cannot be read: {done.stderr.strip()}")

    def connection(self, known: Known) -> Connection:
        """The connection of the stack: by its configuration, else by the environment.

        Raises ConfigurationError if there is no token.
        """
        found = Connection.resolve(*self._configured, known.geo or None, self.session.env)
        found.require_token()
        return found

    @cached_property
    def _configured(self) -> tuple[str | None, str | None]:
        """The token and the server of the stack's configuration. The sandbox's stacks have none."""
        if self.session.mode is Mode.ON:
            return None, None
        return self._config("konnect:token"), self._config("konnect:server_url")

    def _config(self, key: str) -> str | None:
        done = self._pulumi("config", "get", key)
        return done.stdout.strip() if done.returncode == 0 else None

    def now(self) -> datetime:
        """Konnect's time. The sandbox has a clock of its own, which runs faster."""
        if self.session.mode is Mode.OFF:
            return datetime.now(UTC)
        found = Connection.resolve(environ=self.session.env)
        answer = httpx.get(
            f"{found.server_url}/_sandbox/clock",
            headers={"Authorization": found.authorization},
            timeout=self.limit,
            trust_env=False,
        )
        return datetime.fromisoformat(answer.raise_for_status().json()["now"])

    def _pulumi(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the engine. Raises StackError if it does not end in time."""
        stack = self.session.stack
        try:
            return subprocess.run(
                [str(self.session.pulumi), *arguments, "--stack", stack.name, "--non-interactive"],
                cwd=stack.place.project,
                env=dict(self.session.env),
                capture_output=True,
                text=True,
                check=False,
                timeout=self.limit,
            )
        except subprocess.TimeoutExpired:
            raise StackError(
                f"`pulumi {' '.join(arguments)}` of stack {stack.name} did not end within "
                f"{self.limit:g} s: check that the backend of the state can be reached"
            ) from None
