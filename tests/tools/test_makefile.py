"""What `make clean` and `make distclean` delete, and what they leave."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
KEPT = {"bin", "engine", "venv", "yaml-host"}
"""What takes minutes to make again: `clean` leaves it."""
MADE = {
    *("bench", "coverage", "import-linter", "mutants", "mypy", "pytest", "rehearsal", "ruff"),
    *("sandbox", "stacks", "state", "uv"),
}
"""What commands and tests leave in .cache/, and `clean` deletes."""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in which everything was run; the Python of its environment notes its arguments."""
    folder = tmp_path / "checkout"
    for name in KEPT | MADE:
        (folder / ".cache" / name).mkdir(parents=True)
        (folder / ".cache" / name / "file").touch()
    (folder / ".hypothesis").mkdir()
    (folder / "stacks").mkdir()
    (folder / "stacks" / "Pulumi.dev.yaml").touch()
    python = folder / ".cache" / "venv" / "bin" / "python"
    python.parent.mkdir()
    python.write_text('#!/bin/sh\necho "$@" >> python-ran\n')
    python.chmod(0o755)
    shutil.copy(CHECKOUT / "Makefile", folder)
    return folder


def make(checkout: Path, target: str) -> None:
    subprocess.run(["make", target], cwd=checkout, check=True, capture_output=True, timeout=30)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_clean_deletes_what_was_made_but_not_the_engine_nor_the_environment(
    checkout: Path,
) -> None:
    make(checkout, "clean")
    assert names(checkout / ".cache") == KEPT
    assert names(checkout) == {".cache", "Makefile", "stacks"}
    assert names(checkout / "stacks") == {"Pulumi.dev.yaml"}


def test_clean_stops_a_sandbox_first(checkout: Path) -> None:
    (checkout / ".cache" / "sandbox" / "endpoint.json").touch()
    make(checkout, "clean")
    assert (checkout / "python-ran").read_text() == "-m tools.run sandbox-stop\n"
    assert not (checkout / ".cache" / "sandbox").exists()


def test_distclean_deletes_all_that_git_does_not_keep(checkout: Path) -> None:
    make(checkout, "distclean")
    assert names(checkout) == {"Makefile", "stacks"}
    assert names(checkout / "stacks") == {"Pulumi.dev.yaml"}


@pytest.mark.parametrize(
    ("settings", "arguments"),
    [
        ([], "dev"),
        (["STACK=prod", "JSON=1"], "prod --json"),
        (["REPORT=page.html", "REFRESH=off"], "dev --report page.html --no-refresh"),
    ],
)
def test_readiness_passes_its_settings_on(
    checkout: Path, settings: list[str], arguments: str
) -> None:
    command = ["make", "-o", "venv", "readiness", *settings]
    subprocess.run(command, cwd=checkout, check=True, capture_output=True, timeout=30)
    assert (checkout / "python-ran").read_text().split() == [
        *("-m", "tools.readiness"),
        *arguments.split(),
    ]
