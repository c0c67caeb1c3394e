"""The Python that the language host runs a program or a plugin with."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from pulumi.runtime.proto import language_pb2

from tools.language_host.toolchain import ToolchainError, ambient_python, resolve


def info(folder: Path, **options: str) -> language_pb2.ProgramInfo:
    made = language_pb2.ProgramInfo(root_directory=str(folder), program_directory=str(folder))
    made.options.update(options)
    return made


def test_a_program_without_a_virtual_environment_runs_with_the_python_on_path(
    tmp_path: Path,
) -> None:
    assert resolve(info(tmp_path)).virtualenv is None


def test_a_plugin_without_one_has_venv_as_with_pulumi_s_own_host(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match="Run `pulumi install` to make it") as caught:
        resolve(info(tmp_path), plugin=True)

    assert f"{tmp_path}/venv, which does not exist" in str(caught.value)


def test_a_plugin_runs_with_the_environment_that_it_names(tmp_path: Path) -> None:
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)

    found = resolve(info(tmp_path, toolchain="pip", virtualenv=".venv"), plugin=True)

    assert found.python == str(tmp_path / ".venv" / "bin" / "python")
    assert found.environment({"PATH": "/bin"})["PATH"] == f"{tmp_path}/.venv/bin:/bin"


def test_new_environments_are_made_with_the_python_that_the_user_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    named = tmp_path / "python-of-mine"
    named.symlink_to(sys.executable)
    monkeypatch.setenv("PULUMI_PYTHON_CMD", str(named))

    assert ambient_python() == str(named)
