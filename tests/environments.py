"""Virtual environments of tests' own, and a copy of the checkout to install in them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
UV = Path(sys.prefix, "bin", "uv")
LIMIT = 600.0
"""Seconds for one installation."""
AWAY = ("Failed to fetch", "error sending request", "dns error", "timed out", "Connection re")
"""What uv says, after its own retries, when the package registry does not answer."""


def copy_of_checkout(folder: Path) -> Path:
    """Copy the checkout without what was made in it, so that a build leaves nothing behind."""
    made = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "build", "docs", "tests")
    shutil.copytree(CHECKOUT, folder, ignore=made)
    return folder


def environment_with_dependencies(folder: Path) -> Path:
    """Make a virtual environment with the locked dependencies only, and return its Python."""
    python = folder / "bin" / "python"
    uv("venv", "--seed", "--python", sys.executable, str(folder))
    install(python, "--requirement", str(CHECKOUT / "requirements.txt"))
    return python


def install(python: Path, *arguments: str) -> None:
    """Install packages in a virtual environment."""
    uv("pip", "install", "--python", str(python), *arguments)


def uv(*arguments: str) -> str:
    """Run uv, which the development requirements contain, and return what it prints.

    Skips the test if the package registry does not answer.
    """
    command = [UV, *arguments]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=LIMIT, check=False, cwd=CHECKOUT
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"uv {' '.join(arguments)}: took longer than {LIMIT:.0f} seconds")
    if done.returncode != 0 and any(text in done.stderr for text in AWAY):
        pytest.skip(f"uv {' '.join(arguments)}: {done.stderr[-500:]}")
    assert done.returncode == 0, done.stderr
    return done.stdout
