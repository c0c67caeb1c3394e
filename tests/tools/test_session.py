"""A session: what it reads of its stack, and the make commands that messages name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.engine import CHECKOUT
from tools.processes import ProcessFailed
from tools.session import Mode, Session
from tools.stack import Place, Stack, StackError


def session(folder: Path, script: str = "", mode: Mode = Mode.ON) -> Session:
    """A session on the stack ``dev`` of a project, whose engine is a script."""
    (folder / "Pulumi.yaml").write_text("name: multicloud-gateway\nruntime: python\n")
    pulumi = folder / "pulumi"
    pulumi.write_text(f'#!/bin/sh\necho "$@" >> calls\n{script}\n')
    pulumi.chmod(0o755)
    stack = Stack(Place(folder, folder / "cache"), "dev")
    return Session(pulumi, {"PATH": "/usr/bin:/bin"}, stack, mode)


def test_a_stack_is_read_without_a_prompt(tmp_path: Path) -> None:
    assert session(tmp_path, "echo '{}'").read("stack", "export") == "{}\n"
    assert (tmp_path / "calls").read_text() == "stack export --stack dev --non-interactive\n"


def test_a_stack_that_is_not_there_is_named_with_the_command_that_creates_it(
    tmp_path: Path,
) -> None:
    missing = session(tmp_path, """echo "error: no stack named 'dev' found" >&2; exit 1""")
    with pytest.raises(StackError) as caught:
        missing.read("stack", "export")
    assert str(caught.value) == (
        "there is no stack dev in the backend: "
        f"`make up STACK=dev PROJECT={tmp_path.resolve()}` creates it"
    )


def test_an_engine_that_fails_or_does_not_answer_is_an_error_that_names_the_stack(
    tmp_path: Path,
) -> None:
    with pytest.raises(ProcessFailed, match="`pulumi stack export` of stack dev failed: no access"):
        session(tmp_path, "echo 'no access' >&2; exit 1").read("stack", "export")
    with pytest.raises(ProcessFailed, match=r"export` of stack dev did not end within 0\.2 s"):
        session(tmp_path, "exec sleep 600").read("stack", "export", limit=0.2)


def test_commands_name_the_project_and_the_caller_s_own_environment(tmp_path: Path) -> None:
    session(tmp_path)
    stack = Stack(Place(CHECKOUT / "examples" / "fabric", tmp_path), "prod")
    own = Session(tmp_path / "pulumi", {}, stack, Mode.OFF)
    assert own.make("up") == "make up STACK=prod PROJECT=examples/fabric SANDBOX=off"
    here = Session(tmp_path / "pulumi", {}, Stack(Place(CHECKOUT, tmp_path), "dev"), Mode.ON)
    assert here.make("preview") == "make preview STACK=dev"
    assert here.completed("run `make up`") == "run `make up STACK=dev`"
