"""The examples through the real engine: beside the gateway, in its backend and its sandbox."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator

import pytest
import yaml

from tests.engine_fixture import Project
from tests.integration.conftest import CHECKOUT, World, make_world

__all__ = ["MakeExample", "MakeWorld", "World", "make_example", "make_world"]

MakeWorld = Callable[..., World]
MakeExample = Callable[[World, str], Project]


@pytest.fixture
def make_example() -> Iterator[MakeExample]:
    """Return a function that copies an example's folder beside the gateway's, as a project.

    It finds the package as a user's project does: installed in the virtual environment.
    """
    projects: list[Project] = []

    def make(world: World, name: str) -> Project:
        folder = world.project.folder.parent / name
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(CHECKOUT / "examples" / name, folder, ignore=ignored)
        description = yaml.safe_load((folder / "Pulumi.yaml").read_text())
        description["runtime"]["options"]["virtualenv"] = sys.prefix
        (folder / "Pulumi.yaml").write_text(yaml.safe_dump(description))
        env = {name: value for name, value in world.project.env.items() if name != "PYTHONPATH"}
        projects.append(Project(folder, world.project.pulumi, env))
        return projects[-1]

    yield make
    for project in projects:
        for running in project.running:
            running.end()
