"""A stack in the sandbox: its configuration, its creation, and the lock a crash leaves behind.

The engine writes an encryption salt into a stack's configuration when it creates the stack, and
cannot read secrets that were encrypted with somebody's key. So the sandbox never hands it
`stacks/Pulumi.<stack>.yaml`, but a copy in `.cache/` (`--config-file`) in which the secrets
provider is the sandbox's own. The checkout stays as it is, and a team's choice of secrets provider
(`pulumi stack init prod --secrets-provider awskms://...`) goes untouched into its own file.
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
"""An `encryptionsalt` for `tools.environment.PASSPHRASE`. It carries no secret."""

COMMAND_LIMIT = 120.0
"""Seconds for an engine command that only reads or writes state."""

_TOKEN = "konnect:token"
_SECRETS_PROVIDER = ("secretsprovider", "encryptedkey", "encryptionsalt")


class StackError(Exception):
    """A stack cannot be used. The text is for the user."""


@dataclass(frozen=True)
class Place:
    """A Pulumi project, and the folder that keeps all that its sandbox runs make."""

    project: Path
    cache: Path

    @property
    def state(self) -> Path:
        """Folder of the file backend. Projects that share it can refer to each other's stacks."""
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
        """Return the project file.

        Raises:
            StackError: when there is none.

        """
        try:
            described: dict[str, Any] = yaml.safe_load((self.project / "Pulumi.yaml").read_text())
        except FileNotFoundError:
            raise StackError(f"{self.project} is no Pulumi project: no Pulumi.yaml") from None
        return described

    @property
    def name(self) -> str:
        """The project's name, which stack references contain."""
        return str(self.described()["name"])

    @property
    def stack_files(self) -> Path:
        """Folder of the files `Pulumi.<stack>.yaml`."""
        return self.project / str(self.described().get("stackConfigDir", "."))


@dataclass(frozen=True)
class Stack:
    """One environment of a project, as it lives in a sandbox."""

    place: Place
    name: str

    @property
    def committed(self) -> Path:
        """The environment as the project describes it."""
        return self.place.stack_files / f"Pulumi.{self.name}.yaml"

    @property
    def folder(self) -> Path:
        """A folder with a project file of the same name, in which stacks are created."""
        return self.place.cache / "stacks" / self.place.name

    @property
    def config(self) -> Path:
        """The configuration the engine is given."""
        return self.folder / f"Pulumi.{self.name}.yaml"

    def settings(self) -> dict[str, Any]:
        """Return the stack file.

        Raises:
            StackError: when the project has no such environment.

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
            stand_in: takes the place of every encrypted value.

        Returns:
            The configuration keys whose encrypted values were replaced, and `environment` if the
            stack imports settings from Pulumi Cloud, which are left out.

        Raises:
            StackError: when the checkout has no such environment.

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
            # The sandbox's is in the environment; the program refuses one in plain text.
            del config[_TOKEN]
        self.folder.mkdir(parents=True, exist_ok=True)
        named = {"name": self.place.name, "runtime": "python"}
        _write(self.folder / "Pulumi.yaml", yaml.safe_dump(named))
        _write(self.config, yaml.safe_dump({**settings, "encryptionsalt": SALT}, sort_keys=False))
        return replaced

    def create(self, pulumi: Path, env: Mapping[str, str]) -> None:
        """Create the stack in the backend, if it is not there.

        It is created from the folder of the written configuration: `pulumi stack init` has no
        `--config-file`, and would write into the checkout.
        """
        stacks = self.place.state / ".pulumi" / "stacks"
        if (stacks / self.place.name / f"{self.name}.json").exists():
            return
        command = [str(pulumi), "stack", "init", self.name, "--no-select", "--non-interactive"]
        watch(command, limit=COMMAND_LIMIT, cwd=self.folder, env=env)

    def release(self) -> int:
        """Remove the locks of engines that died, and return how many.

        The file backend has no lease: a lock is a file that names its holder, and a killed engine
        leaves it. `pulumi cancel` removes all of a stack's locks, one that another command has just
        taken included; this removes the very files whose holder was a process of this host and is
        gone.

        Raises:
            StackError: when a holder is alive, or was on another host.

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
        """Lift Pulumi's protection from every resource of the stack."""
        command = [str(pulumi), "state", "unprotect", "--all", "--yes", "--stack", self.name]
        watch([*command, "--non-interactive"], limit=COMMAND_LIMIT, cwd=self.folder, env=env)


def drop_empty_attributes(state: Path, project: str, stack: str) -> None:
    """Remove what an engine that was killed left half written beside a stack's checkpoint.

    The file backend writes `dev.json.attrs` (a content type and a checksum) in place, and then
    the checkpoint in one step. Killed in between it leaves the former empty and the latter
    whole, and can read neither: "failed to load checkpoint: EOF". Without attributes it can.
    """
    for file in (state / ".pulumi" / "stacks" / project).glob(f"{stack}.json*.attrs"):
        if not file.stat().st_size:
            file.unlink()


@dataclass(frozen=True)
class Holder:
    """Who a lock file of the file backend names."""

    pid: int
    hostname: str
    since: datetime

    @classmethod
    def read(cls, file: Path) -> Holder | None:
        """Read a lock file; None when it has been released meanwhile."""
        try:
            written = json.loads(file.read_text())
            since = datetime.fromisoformat(written["timestamp"])
            return cls(int(written["pid"]), str(written["hostname"]), since)
        except FileNotFoundError:
            return None
        except (ValueError, KeyError) as error:
            raise StackError(f"{file} does not say who holds the lock: {error}") from error

    def may_be_alive(self) -> bool:
        """Whether the holder may still be at work.

        A process that was started after the lock was taken only got the holder's pid.
        """
        if self.hostname != socket.gethostname():
            return True
        try:
            return psutil.Process(self.pid).create_time() <= self.since.timestamp()
        except psutil.NoSuchProcess:
            return False


def _without_secrets(value: Any, stand_in: str) -> tuple[Any, bool]:
    """Return a configuration value with every `{secure: ...}` in it replaced, and if any was."""
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
    """Write a file in one step, as another process may be reading it."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_text(text)
    fresh.replace(path)
