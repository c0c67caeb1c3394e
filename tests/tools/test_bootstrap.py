"""Making the virtual environment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tools import bootstrap as module
from tools.bootstrap import BootstrapError, bootstrap


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout that requires nothing, so that nothing is downloaded."""
    folder = tmp_path / "a checkout"
    folder.mkdir()
    for name in module.REQUIREMENTS:
        (folder / name).write_text("# nothing\n")
    return folder


def python_of(checkout: Path) -> Path:
    return checkout / ".cache" / "venv" / "bin" / "python"


def test_an_environment_is_made_once_and_again_only_when_the_requirements_change(
    checkout: Path,
) -> None:
    python_of(checkout).parent.mkdir(parents=True)
    python_of(checkout).symlink_to("/nowhere/python")  # what an interrupted attempt may leave
    bootstrap(checkout)
    prefix = subprocess.run(
        [python_of(checkout), "-c", "import sys; print(sys.prefix)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    assert prefix == str(checkout / ".cache" / "venv")

    made = python_of(checkout).lstat().st_ctime_ns
    bootstrap(checkout)
    assert python_of(checkout).lstat().st_ctime_ns == made

    (checkout / "requirements.txt").write_text("./there-is-no-such-package\n")
    for _ in range(2):  # a failure is not taken for a finished installation
        with pytest.raises(BootstrapError, match="there-is-no-such-package"):
            bootstrap(checkout)


def test_an_environment_that_came_along_with_a_copied_checkout_is_made_anew(
    checkout: Path,
) -> None:
    python_of(checkout).parent.mkdir(parents=True)
    python_of(checkout).symlink_to(sys.executable)
    original = checkout.with_name("original")
    (checkout / ".cache" / "venv" / "made-from.txt").write_text(f"{original}/.cache/venv\n0123\n")
    bootstrap(checkout)
    pip = (python_of(checkout).parent / "pip").read_text().splitlines()
    assert str(checkout) in "".join(pip[:3])  # the path is in its first lines


def test_a_python_that_is_too_old_is_refused_with_the_way_out(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 4))
    with pytest.raises(BootstrapError, match="make PYTHON="):
        bootstrap(checkout)
