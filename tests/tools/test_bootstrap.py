"""Making the virtual environment."""

from __future__ import annotations

import subprocess
import sys
import zipfile
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


def write_wheel(folder: Path) -> str:
    """Write a wheel of an empty package `probe`, and return its file name."""
    name = "probe-1.0-py3-none-any.whl"
    info = "probe-1.0.dist-info"
    with zipfile.ZipFile(folder / name, "w") as wheel:
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: probe\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return name


def test_a_package_without_a_hash_is_not_installed(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_wheel(checkout)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    (checkout / "requirements.txt").write_text(f"--find-links '{checkout}'\nprobe==1.0\n")
    with pytest.raises(BootstrapError, match="--hash=sha256:"):
        bootstrap(checkout)


def test_the_project_is_built_with_what_is_installed_so_nothing_more_is_downloaded(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = write_wheel(checkout)
    (checkout / "pyproject.toml").write_text(
        "[build-system]\n"
        'requires = ["there-is-no-such-package"]\n'
        'build-backend = "backend"\n'
        'backend-path = ["."]\n'
    )
    (checkout / "backend.py").write_text(
        "import shutil\n"
        "def build_editable(folder, settings=None, metadata=None):\n"
        f"    shutil.copy({name!r}, folder)\n"
        f"    return {name!r}\n"
    )
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    bootstrap(checkout)
    listed = [python_of(checkout), "-m", "pip", "list", "--format", "freeze"]
    done = subprocess.run(listed, capture_output=True, text=True, check=True)
    assert "probe==1.0" in done.stdout


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


def test_an_environment_that_is_a_link_is_left_as_it_is(checkout: Path, tmp_path: Path) -> None:
    """To make it anew would empty the folder that the link points to."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "kept").write_text("theirs")
    (checkout / ".cache").mkdir()
    (checkout / ".cache" / "venv").symlink_to(other)
    with pytest.raises(BootstrapError, match=r"is a link to .*other.*; delete the link"):
        bootstrap(checkout)
    assert (other / "kept").read_text() == "theirs"


def test_a_python_that_is_too_old_is_refused_with_the_way_out(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 4))
    with pytest.raises(BootstrapError, match="make PYTHON="):
        bootstrap(checkout)
