"""The lock files: every job installs the same packages, and none without a hash."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.deploy.conftest import CHECKOUT, load

LOCKS = ("requirements", "requirements-dev")
UV = Path(sys.prefix, "bin", "uv")
LIMIT = 120.0
"""Seconds for uv to ask the index about a hundred packages: two on a quiet machine."""


def locked(name: str) -> dict[str, tuple[Requirement, list[str]]]:
    """The pins of a lock file by package, each with its hashes."""
    text = (CHECKOUT / f"{name}.txt").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    found = {}
    for line in lines:
        requirement = Requirement(line.split("--hash")[0].strip())
        found[canonicalize_name(requirement.name)] = (
            requirement,
            re.findall(r"--hash=(\S+)", line),
        )
    return found


def everything() -> dict[str, Requirement]:
    """The pins of both lock files. What both have is the same in both."""
    return {package: pin for name in LOCKS for package, (pin, _) in locked(name).items()}


def version(pin: Requirement) -> Version:
    (specifier,) = pin.specifier
    assert specifier.operator == "=="
    return Version(specifier.version)


def pythons() -> list[str]:
    """The versions of Python that run the project in GitHub, GitLab and Pulumi Deployments."""
    steps = load(".github/actions/prepare/action.yml")["runs"]["steps"]
    found = [step["with"]["python-version"] for step in steps if "setup-python@" in step["uses"]]
    image = load(".gitlab-ci.yml")["default"]["image"]
    found.append(image.split("@")[0].split(":")[1])  # Renovate adds a digest
    for file in (CHECKOUT / "deploy" / "pulumi-deployments").glob("*.json"):
        image = json.loads(file.read_text())["executorContext"]["executorImage"]
        found += re.findall(r"pulumi-python-([\d.]+):", image)
    return sorted(set(found))


def run_uv(*arguments: str, cwd: Path) -> None:
    """Run uv, or skip the test if the package index is out of reach."""
    done = subprocess.run(
        [UV, *arguments],
        cwd=cwd,
        env={**os.environ, "UV_CACHE_DIR": str(CHECKOUT / ".cache" / "uv")},
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
    if re.search("[Ff]ailed to fetch|[Cc]onnect error|dns error", done.stderr):
        pytest.skip("the package index is out of reach")
    assert done.returncode == 0, done.stderr


def test_ci_has_a_python_of_every_place_that_runs_the_project() -> None:
    assert pythons() == ["3.11", "3.12"]


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_has_one_version_and_the_hashes_of_its_files(name: str) -> None:
    pins = locked(name)
    assert len(pins) > 30
    for pin, hashes in pins.values():
        assert version(pin)
        assert hashes, pin
        assert all(re.fullmatch("sha256:[0-9a-f]{64}", one) for one in hashes), pin


def test_a_package_in_both_lock_files_has_one_version() -> None:
    runs, develops = (locked(name) for name in LOCKS)
    assert {
        package for package in runs.keys() & develops.keys() if runs[package] != develops[package]
    } == set()


@pytest.mark.parametrize("name", LOCKS)
def test_what_is_required_is_locked_within_its_range(name: str) -> None:
    lines = (CHECKOUT / f"{name}.in").read_text().splitlines()
    stripped = [line.split("#")[0].strip() for line in lines]
    required = [Requirement(line) for line in stripped if line and not line.startswith("-")]
    assert len(required) > 5
    pins = locked(name)
    for requirement in required:
        pin, _ = pins[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version(pin)), requirement


def needed_by(package: str) -> Iterator[Requirement]:
    """What an installed package requires on this machine, without its extras."""
    for text in importlib.metadata.requires(package) or []:
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield requirement


def test_what_a_locked_package_needs_is_locked_too() -> None:
    pins = everything()
    here = [name for name, pin in pins.items() if pin.marker is None or pin.marker.evaluate()]
    installed = {canonicalize_name(one.name) for one in importlib.metadata.distributions()}
    for package in installed.intersection(here):
        for requirement in needed_by(package):
            pin = pins[canonicalize_name(requirement.name)]
            assert requirement.specifier.contains(version(pin), prereleases=True), package


def test_the_same_packages_are_installed_on_every_python_that_ci_uses() -> None:
    for pin in everything().values():
        if pin.marker is not None:
            chosen = {pin.marker.evaluate({"python_version": python}) for python in pythons()}
            assert len(chosen) == 1, pin


@pytest.mark.parametrize("python", pythons())
def test_every_locked_package_has_a_wheel_with_that_hash_for_the_python(
    python: str, tmp_path: Path
) -> None:
    run_uv(
        *("pip", "install", "--dry-run", "--require-hashes", "--only-binary", ":all:"),
        *("--python-version", python, "--python-platform", "x86_64-manylinux_2_28"),
        *("--target", str(tmp_path / "packages")),
        *(word for name in LOCKS for word in ("-r", f"{name}.txt")),
        cwd=CHECKOUT,
    )


def lock_commands() -> list[list[str]]:
    """The commands that `make lock` would run, in words, without the program's name."""
    # Under `make test ARGS=...` the inner make would take the same ARGS.
    env = {key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "ARGS")}
    shown = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", "lock"],
        cwd=CHECKOUT,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    lines = [line.split() for line in shown.splitlines() if " pip compile " in line]
    return [line[line.index("pip") :] for line in lines]


def test_make_lock_writes_what_is_there(tmp_path: Path) -> None:
    """A version stays as long as it fits, so nothing changes unless a .in file has changed."""
    files = [f"{name}.{ending}" for name in LOCKS for ending in ("in", "txt")]
    for file in files:
        shutil.copy(CHECKOUT / file, tmp_path)
    commands = lock_commands()
    assert len(commands) == len(LOCKS)
    for command in commands:
        run_uv(*command, cwd=tmp_path)
    for file in files:
        assert (tmp_path / file).read_text() == (CHECKOUT / file).read_text()


def test_the_package_that_other_teams_install_has_ranges_not_the_lock() -> None:
    assert (
        'dependencies = { file = ["requirements.in"] }' in (CHECKOUT / "pyproject.toml").read_text()
    )
