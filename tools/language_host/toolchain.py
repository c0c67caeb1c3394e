"""The Python that runs a program, as its `Pulumi.yaml` (or `PulumiPolicy.yaml`) names it.

Of the official host's runtime options, `virtualenv` is honoured. The `poetry` and `uv` toolchains
are named in the error rather than guessed at: where their tools are missing they cannot work.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from google.protobuf import json_format
from pulumi.runtime.proto import language_pb2


class ToolchainError(Exception):
    """The program's Python cannot be used. The text is for the user."""


@dataclass(frozen=True)
class Toolchain:
    """One program's Python: its executable, and the virtual environment it belongs to, if any."""

    python: str
    virtualenv: Path | None

    def environment(self, base: dict[str, str]) -> dict[str, str]:
        """Return `base` with the virtual environment activated in it."""
        if self.virtualenv is None:
            return dict(base)
        env = {key: value for key, value in base.items() if key != "PYTHONHOME"}
        env["VIRTUAL_ENV"] = str(self.virtualenv)
        env["PATH"] = f"{self.virtualenv / 'bin'}{os.pathsep}{base.get('PATH', os.defpath)}"
        return env


def options_of(info: language_pb2.ProgramInfo) -> dict[str, object]:
    """Return the `runtime.options` of a program."""
    options: dict[str, object] = json_format.MessageToDict(info.options)
    return options


def ambient_python() -> str:
    """Return the Python of PULUMI_PYTHON_CMD, or else the first on PATH."""
    named = os.environ.get("PULUMI_PYTHON_CMD")
    names = [named] if named else ["python3", "python"]
    found = next(filter(None, map(shutil.which, names)), sys.executable)
    return os.path.abspath(found)


def declared_virtualenv(info: language_pb2.ProgramInfo, *, plugin: bool = False) -> Path | None:
    """Return the folder the program names as its virtual environment; it may not exist yet.

    A plugin that names none has `venv`: Pulumi runs no plugin with the Python on PATH.

    Raises:
        ToolchainError: for a toolchain other than pip.

    """
    options = options_of(info)
    toolchain = options.get("toolchain", "pip")
    if toolchain != "pip":
        raise ToolchainError(
            f"the runtime option toolchain: {toolchain} needs Pulumi's own language host; this is "
            "the built-in one, which knows toolchain: pip with a virtualenv"
        )
    named = options.get("virtualenv") or ("venv" if plugin else None)
    return Path(info.root_directory, str(named)) if named else None


def resolve(info: language_pb2.ProgramInfo, *, plugin: bool = False) -> Toolchain:
    """Find the Python of a program: its virtual environment's, or else the first on PATH.

    Raises:
        ToolchainError: when the virtual environment is named but is not there.

    """
    virtualenv = declared_virtualenv(info, plugin=plugin)
    if virtualenv is None:
        return Toolchain(ambient_python(), None)
    python = virtualenv / "bin" / "python"
    if not python.exists():
        what = "is not a virtual environment" if virtualenv.exists() else "does not exist"
        raise ToolchainError(
            f"the virtualenv of {info.root_directory} is set to {virtualenv}, which {what}. "
            "Run `pulumi install` to make it."
        )
    return Toolchain(str(python), virtualenv)
