"""A stack in the sandbox: configures it, creates it, and deletes locks that a crash left.

The engine writes an encryption salt into a stack's configuration when it creates the stack. It
cannot read secrets that were encrypted with a key of other people. So in the sandbox the engine
does not get `stacks/Pulumi.<stack>.yaml`, but a copy in `.cache/` (`--config-file`) with the
sandbox's own secrets provider. The checkout is not changed, and a team's secrets provider
(`pulumi stack init prod --secrets-provider awskms://...`) stays in its own file.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
import yaml

from tools.processes import watch

SALT = "v1:y7YeNEfgfeI=:v1:6DFpU5Mdxsuv/XCC:EVxwAjCeG4l3M0TQxptOtP57MPPdZQ=="
"""An `encryptionsalt` for `tools.environment.PASSPHRASE`. It contains no secret."""

COMMAND_LIMIT = 120.0
"""Limit of an engine command that only reads or writes state, in seconds."""

_TOKEN = "konnect:token"
_SECRETS_PROVIDER = ("secretsprovider", "encryptedkey", "encryptionsalt")


class StackError(Exception):
    """A stack cannot be used. The text is for the user."""


@dataclass(frozen=True)
class Place:
    """A Pulumi project, and the folder for all files of its sandbox runs."""

    project: Path
    cache: Path

    @property
    def state(self) -> Path:
        """Folder of the file backend. Projects that share it can reference each other's stacks."""
        return self.cache / "state"

    @property
    def engine_home(self) -> Path:
        """The engine's own folder."""
        return self.cache / "pulumi"

    @property
    def sandbox(self) -> Path:
        """Folder of the sandbox."""
        return self.cache / "sandbox"

    def described(self) -> dict[str, Any]:
        """Return the content of the project file.

        Raises:
            StackError: if there is none.

        """
        try:
            described: dict[str, Any] = yaml.safe_load((self.project / "Pulumi.yaml").read_text())
        except FileNotFoundError:
            raise StackError(
                f"{self.project} is not a Pulumi project: it has no Pulumi.yaml"
            ) from None
        return described

    @property
    def name(self) -> str:
        """The project's name, which is a part of stack references."""
        return str(self.described()["name"])

    @property
    def stack_files(self) -> Path:
        """Folder of the files `Pulumi.<stack>.yaml`."""
        return self.project / str(self.described().get("stackConfigDir", "."))


@dataclass(frozen=True)
class Stack:
    """One environment of a project, in a sandbox."""

    place: Place
    name: str
    file: Path | None = None
    """The stack file, if it is not in the project's folder of stack files."""

    @property
    def committed(self) -> Path:
        """The stack file, which the sandbox does not change."""
        if self.file is not None:
            return self.file
        return self.place.stack_files / f"Pulumi.{self.name}.yaml"

    @property
    def folder(self) -> Path:
        """Folder in which stacks are created. Its project file has the project's name."""
        return self.place.cache / "stacks" / self.place.name

    @property
    def config(self) -> Path:
        """The configuration file that the engine gets."""
        return self.folder / f"Pulumi.{self.name}.yaml"

    def settings(self) -> dict[str, Any]:
        """Return the content of the stack file.

        Raises:
            StackError: if the project has no such environment.

        """
        try:
            written: dict[str, Any] | None = yaml.safe_load(self.committed.read_text())
        except FileNotFoundError:
            found = sorted(path.name.split(".")[1:-1] for path in self._stack_files())
            names = ", ".join(name for name, *more in found if not more) or "none yet"
            raise StackError(
                f"there is no environment {self.name}: {self.committed} does not exist "
                f"(there are: {names})"
            ) from None
        return written or {}

    def _stack_files(self) -> list[Path]:
        return list(self.place.stack_files.glob("Pulumi.*.yaml"))

    def configure(self, stand_in: str) -> list[str]:
        """Write the configuration for the engine.

        Args:
            stand_in: the replacement of every encrypted value.

        Returns:
            The configuration keys whose encrypted values were replaced, and `environment` if the
            stack imports settings from Pulumi Cloud, which are left out.

        Raises:
            StackError: if the checkout has no such environment.

        """
        settings = self.settings()
        for key in _SECRETS_PROVIDER:
            settings.pop(key, None)
        replaced = ["environment"] if settings.pop("environment", None) else []
        config: dict[str, Any] = settings.get("config") or {}
        for key, value in config.items():
            config[key], had_secret = _without_secrets(value, stand_in)
            if had_secret:
                replaced.append(key)
        if _TOKEN in replaced:
            # The program refuses a token in plain text. The sandbox's is in the environment.
            del config[_TOKEN]
        self.folder.mkdir(parents=True, exist_ok=True)
        named = {"name": self.place.name, "runtime": "python"}
        _write(self.folder / "Pulumi.yaml", yaml.safe_dump(named))
        _write(self.config, yaml.safe_dump({**settings, "encryptionsalt": SALT}, sort_keys=False))
        return replaced

    def create(self, pulumi: Path, env: Mapping[str, str]) -> None:
        """Create the stack in the backend if it does not exist.

        `pulumi stack init` has no `--config-file` and would write into the checkout. So it runs in
        the folder of the written configuration.
        """
        stacks = self.place.state / ".pulumi" / "stacks"
        if (stacks / self.place.name / f"{self.name}.json").exists():
            return
        command = [str(pulumi), "stack", "init", self.name, "--no-select", "--non-interactive"]
        watch(command, limit=COMMAND_LIMIT, cwd=self.folder, env=env)

    def release(self) -> int:
        """Delete the locks of engines that have died, and return their number.

        Locks of the file backend do not expire: a lock is a file that names its holder, and a
        killed engine leaves it behind. `pulumi cancel` would delete all locks of a stack, even one
        that another command has just taken. This method deletes only locks whose holder was a
        process on this host that no longer runs.

        Raises:
            StackError: if a holder is alive or was on another host.

        """
        locks = self.place.state / ".pulumi" / "locks" / "organization"
        released = 0
        for file in sorted((locks / self.place.name / self.name).glob("*.json")):
            holder = Holder.read(file)
            if holder is None:
                continue
            if holder.may_be_alive():
                raise StackError(
                    f"stack {self.name} is being changed by pid {holder.pid} on {holder.hostname} "
                    f"since {holder.since:%H:%M:%S}; wait for it, or end it and try again"
                )
            for name in (file, file.with_name(f"{file.name}.attrs")):
                name.unlink(missing_ok=True)
            released += 1
        drop_empty_attributes(self.place.state, self.place.name, self.name)
        return released

    def unprotect(self, pulumi: Path, env: Mapping[str, str]) -> None:
        """Unprotect every resource of the stack."""
        command = [str(pulumi), "state", "unprotect", "--all", "--yes", "--stack", self.name]
        watch([*command, "--non-interactive"], limit=COMMAND_LIMIT, cwd=self.folder, env=env)


def drop_empty_attributes(state: Path, project: str, stack: str) -> None:
    """Delete an empty attributes file that a killed engine left beside a stack's checkpoint.

    The file backend writes `dev.json.attrs` (a content type and a checksum) in place, and then the
    checkpoint atomically. If the engine is killed in between, the former is empty and the latter
    complete, and the engine cannot read the stack: "failed to load checkpoint: EOF". Without the
    attributes file it can.
    """
    for file in (state / ".pulumi" / "stacks" / project).glob(f"{stack}.json*.attrs"):
        if not file.stat().st_size:
            file.unlink()


@dataclass(frozen=True)
class Holder:
    """The holder that a lock file of the file backend names."""

    pid: int
    hostname: str
    since: datetime

    @classmethod
    def read(cls, file: Path) -> Holder | None:
        """Read a lock file. None if the lock has been released meanwhile."""
        try:
            written = json.loads(file.read_text())
            since = datetime.fromisoformat(written["timestamp"])
            return cls(int(written["pid"]), str(written["hostname"]), since)
        except FileNotFoundError:
            return None
        except (ValueError, KeyError) as error:
            raise StackError(f"{file} does not say who holds the lock: {error}") from error

    def may_be_alive(self) -> bool:
        """Whether the holder may still be running.

        A process that started after the lock was taken is not the holder: it only has its pid. A
        zombie has ended, but its parent has not asked for its exit code. It may stay for ever in a
        container without an init process.
        """
        if self.hostname != socket.gethostname():
            return True
        try:
            process = psutil.Process(self.pid)
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            return process.create_time() <= self.since.timestamp()
        except psutil.NoSuchProcess:
            return False


def _without_secrets(value: Any, stand_in: str) -> tuple[Any, bool]:
    """Replace every `{secure: ...}` in a configuration value. Also return whether there was any."""
    if isinstance(value, dict):
        if set(value) == {"secure"}:
            return stand_in, True
        pairs = {key: _without_secrets(inner, stand_in) for key, inner in value.items()}
        return {key: inner for key, (inner, _) in pairs.items()}, any(
            replaced for _, replaced in pairs.values()
        )
    if isinstance(value, list):
        items = [_without_secrets(inner, stand_in) for inner in value]
        return [inner for inner, _ in items], any(replaced for _, replaced in items)
    return value, False


def _write(path: Path, text: str) -> None:
    """Write a file atomically, because another process may be reading it."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_text(text)
    fresh.replace(path)
