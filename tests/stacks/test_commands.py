"""The make commands that messages name, and that no message has one without its stack."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from stacks.commands import (
    CHECKOUT,
    committed_command,
    completed,
    make_command,
    running_project,
)

OF_A_STACK = (
    *("addresses", "destroy", "gateway", "isolate", "preview", "reach", "readiness", "refresh"),
    *("rehearse", "restore", "shell", "status", "topology", "up"),
)
"""The targets that do something with one stack."""
COMPLETED = ("tools/readiness/checks/", "tools/status/judge.py")
"""Files whose texts are shown after ``completed`` has named the stack in them."""
DESCRIBES = {"By hand: a rehearsal of `make isolate` and `make restore`, recorded."}
"""Texts that name a command without asking to run it."""


def test_a_command_names_the_stack_and_another_project_s_folder() -> None:
    assert make_command("up", "prod") == "make up STACK=prod"
    assert make_command("up", "prod", CHECKOUT) == "make up STACK=prod"
    below = "make addresses STACK=prod PROJECT=examples/fabric"
    assert make_command("addresses", "prod", Path("examples/fabric")) == below
    assert make_command("addresses", "prod", CHECKOUT / "examples" / "fabric") == below
    released = make_command("addresses", "prod", Path("examples/fabric"), RELEASE="fabric")
    assert released == f"{below} RELEASE=fabric"


def test_a_project_elsewhere_is_named_by_its_whole_path_but_not_in_a_committed_file(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "our gateways"
    assert make_command("up", "qa", folder) == f"make up STACK=qa PROJECT='{folder.resolve()}'"
    assert committed_command("addresses", "qa", folder) == "make addresses STACK=qa"
    inside = committed_command("addresses", "qa", Path("examples/fabric"))
    assert inside == "make addresses STACK=qa PROJECT=examples/fabric"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("run `make up`, which writes the rule", "run `make up STACK=qa SANDBOX=off`, which"),
        ("`make restore REGION=aws-us-east-2`", "`make restore STACK=qa SANDBOX=off REGION=aws-"),
        ("`make refresh` and `make up`", "`make refresh STACK=qa SANDBOX=off` and `make up STACK="),
        ("look at the peering", "look at the peering"),
    ],
)
def test_the_commands_in_a_text_are_completed(text: str, shown: str) -> None:
    assert completed(text, "qa", SANDBOX="off").startswith(shown)


def _messages(tree: ast.AST) -> Iterator[str]:
    """The texts of a module that are no docstrings."""
    statements = {id(one.value) for one in ast.walk(tree) if isinstance(one, ast.Expr)}
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and id(node) not in statements:
            yield node.value


def test_no_message_has_a_command_for_a_stack_that_does_not_name_it() -> None:
    bare = re.compile(rf"make ({'|'.join(OF_A_STACK)})\b")
    whole = re.compile(rf"`make ({'|'.join(OF_A_STACK)})`")
    rooms = ("components", "policies", "providers", "reachability", "stacks", "tools")
    files = [file for room in rooms for file in (CHECKOUT / room).rglob("*.py")]
    assert len(files) > 300
    found = [
        f"{name}: {text}"
        for file in files
        if not (name := str(file.relative_to(CHECKOUT))).startswith(COMPLETED)
        for text in _messages(ast.parse(file.read_text()))
        if bare.search(text) and not whole.fullmatch(text) and text not in DESCRIBES
    ]
    assert found == []


def test_outside_of_programs_no_project_runs() -> None:
    assert running_project() is None


def test_the_targets_of_a_stack_are_in_the_makefile() -> None:
    targets = set(re.findall(r"(?m)^([a-z-]+):", (CHECKOUT / "Makefile").read_text()))
    assert targets >= set(OF_A_STACK)
