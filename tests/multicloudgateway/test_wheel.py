"""The wheel in an environment of its own, far from the checkout: what other teams install."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from multicloudgateway.schema import package_schema
from tests.environments import (
    CHECKOUT,
    LIMIT,
    copy_of_checkout,
    environment_with_dependencies,
    install,
    uv,
)

pytestmark = pytest.mark.timeout(4 * LIMIT)  # the fixture installs everything


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with the wheel and its dependencies, and nothing else."""
    folder = tmp_path_factory.mktemp("wheel")
    uv("build", "--wheel", "--out-dir", str(folder), str(copy_of_checkout(folder / "checkout")))
    (wheel,) = folder.glob("*.whl")
    python = environment_with_dependencies(folder / "environment")
    install(python, "--no-deps", str(wheel))
    return python


def printed(python: Path, *arguments: str) -> str:
    done = subprocess.run(
        [python, "-I", *arguments],
        cwd=python.parents[1],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_s_requirements_are_those_that_are_locked(python: Path) -> None:
    uv("pip", "check", "--python", str(python))


def test_every_public_name_can_be_imported(python: Path) -> None:
    program = (
        "import multicloudgateway as m, tempfile; "
        "[getattr(m, name) for name in m.__all__]; print(m.__path__[0])"
    )
    assert str(python.parents[1]) in printed(python, "-W", "ignore", "-c", program)


def test_the_wheel_has_every_file_of_its_packages(python: Path) -> None:
    """Data too: Kong's schemas, regions, prices, the policies' configuration."""
    (installed,) = python.parents[1].glob("lib/python*/site-packages")
    command = ["git", "ls-files", "components", "multicloudgateway", "policies", "providers"]
    command += ["reachability", "stacks"]
    tracked = subprocess.run(
        command, cwd=CHECKOUT, capture_output=True, text=True, check=True
    ).stdout.split()
    # A stack file is no part of the package, and a plugin is added from a checkout or from git.
    outside = ("stacks/Pulumi.", "multicloudgateway/PulumiPlugin", "multicloudgateway/requirements")
    missing = [
        file
        for file in tracked
        if not (installed / file).is_file() and not file.startswith(outside)
    ]

    assert missing == []


def test_the_wheel_prints_the_schema_of_the_package(python: Path) -> None:
    schema = json.loads(printed(python, "-m", "multicloudgateway.schema"))

    assert schema == package_schema(schema["version"])
