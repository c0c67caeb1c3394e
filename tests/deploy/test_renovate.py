"""The configuration of Renovate: valid, and it finds everything that is pinned."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.deploy.conftest import CHECKOUT
from tools.engine import pinned_version

FILE = CHECKOUT / "renovate.json"
CONFIG: dict[str, Any] = json.loads(FILE.read_text())
ACCEPTED = {"--generate-hashes", "--universal", "--python-version", "--output-file"}
"""Options that Renovate's manager `pip-compile` accepts of uv, among others."""


def paths(patterns: list[str]) -> list[Path]:
    """Files that regular expressions between slashes match."""
    command = ["git", "ls-files"]
    listed = subprocess.run(command, cwd=CHECKOUT, check=True, capture_output=True, text=True)
    expressions = [re.fullmatch("/(.+)/", pattern) for pattern in patterns]
    return [
        CHECKOUT / path
        for path in listed.stdout.split()
        if any(found and re.search(found[1], path) for found in expressions)
    ]


def test_the_file_is_what_renovate_publishes_as_its_schema() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.renovate"]
    done = subprocess.run([*command, str(FILE)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout


def test_it_updates_both_lock_files_and_no_file_twice() -> None:
    found = paths(CONFIG["pip-compile"]["managerFilePatterns"])
    assert {path.name for path in found} == {"requirements.txt", "requirements-dev.txt"}
    assert CONFIG["pip_requirements"]["enabled"] is False


def test_it_can_repeat_the_command_that_wrote_a_lock_file() -> None:
    for path in paths(CONFIG["pip-compile"]["managerFilePatterns"]):
        command = shlex.split(path.read_text().splitlines()[1].removeprefix("#"))
        assert command[:3] == ["uv", "pip", "compile"]
        assert command[-1] == f"{path.stem}.in"
        options = command[3:-1]
        assert {option.split("=")[0] for option in options} <= ACCEPTED
        assert f"--output-file={path.name}" in options  # with `=`, or Renovate refuses it


def test_it_finds_every_image_of_the_engine_and_updates_all_with_the_sdk() -> None:
    (manager,) = CONFIG["customManagers"]
    expressions = [one.replace("(?<", "(?P<") for one in manager["matchStrings"]]
    images = []
    for path in paths(manager["managerFilePatterns"]):
        found = [match for one in expressions for match in re.finditer(one, path.read_text())]
        assert len(found) == 1, path
        images += found
    assert len(images) == 4
    assert {image["currentValue"].split("-")[0] for image in images} == {pinned_version()}
    group = next(rule for rule in CONFIG["packageRules"] if "groupName" in rule)
    patterns = [one.replace("*", ".*") for one in group["matchPackageNames"]]
    names = {image["depName"] for image in images}
    modules = re.findall(
        r"\t(github\.com/pulumi/pulumi/\S+) v", (CHECKOUT / "tools/engine/go.mod").read_text()
    )
    assert modules
    for name in {"pulumi", *names, *modules}:
        assert any(re.fullmatch(pattern, name) for pattern in patterns), name
