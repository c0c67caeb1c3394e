"""The page on operations: its commands are ones that make and the engine have."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.deploy.conftest import CHECKOUT, load, unknown_to_make

PAGE = (CHECKOUT / "docs" / "operations.md").read_text()


def commands(program: str) -> list[list[str]]:
    """The page's command lines of a program, in words."""
    blocks = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return [shlex.split(line) for line in lines if line.startswith(f"{program} ")]


def test_make_has_what_the_page_calls() -> None:
    assert unknown_to_make("\n".join(shlex.join(words) for words in commands("make"))) == []


def test_what_the_page_names_is_there() -> None:
    named = re.findall(r"(?:deploy|stacks)/[\w./-]+\w", PAGE)
    assert len(named) >= 4
    assert [path for path in named if not (CHECKOUT / path).exists()] == []
    headings = {
        line.strip("# ").lower().replace(" ", "-")
        for line in PAGE.splitlines()
        if line.startswith("#")
    }
    assert set(re.findall(r"\]\(#([\w-]+)\)", PAGE)) <= headings


def test_the_page_names_the_session_that_the_longest_job_needs() -> None:
    jobs = load(".github/workflows/deploy.yml")["jobs"].values()
    longest = max(job["with"]["minutes"] for job in jobs if "with" in job)
    (seconds,) = re.findall(r"--max-session-duration (\d+)", PAGE)
    assert int(seconds) == longest * 60


@pytest.mark.parametrize("words", commands("pulumi"), ids=shlex.join)
def test_the_engine_has_the_command_and_its_flags(words: list[str], engine: Path) -> None:
    # What follows the names of the command are its arguments and flags. Of a command that is not
    # there the engine shows the help of the one above it.
    named = [word for word in words[1:] if re.fullmatch(r"[a-z-]+", word) and word[0] != "-"]
    known = subprocess.run([engine, *named, "--help"], capture_output=True, text=True, timeout=30)
    assert known.returncode == 0
    usage = re.search(r"^Usage:\n  pulumi (.*)$", known.stdout, re.MULTILINE)
    aliases = re.search(r"^Aliases:\n  (.*)$", known.stdout, re.MULTILINE)
    assert usage is not None
    *groups, name = [word for word in usage[1].split() if re.fullmatch(r"[a-z-]+", word)]
    names = {name, *(aliases[1].split(", ") if aliases else ())}
    assert words[1 : 1 + len(groups)] == groups
    assert words[1 + len(groups)] in names
    for flag in (word for word in words if word.startswith("-")):
        assert re.search(rf"(?:^|\s){re.escape(flag.split('=')[0])}\b", known.stdout), flag
