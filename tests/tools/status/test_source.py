"""How `make status` reads the stack's state: beside an engine that is just writing it."""

from __future__ import annotations

from pathlib import Path

import pytest

from providers.base.errors import ConfigurationError
from tools.session import Mode, Session
from tools.stack import Place, Stack, StackError
from tools.status.known import Known
from tools.status.source import Source

NOTHING = Known("multicloud-gateway", "dev")


class Engine:
    """A `pulumi` that is a shell script, and counts its calls in a file."""

    def __init__(self, folder: Path, script: str, mode: Mode = Mode.ON, **env: str) -> None:
        (folder / "Pulumi.yaml").write_text("name: multicloud-gateway\nruntime: python\n")
        pulumi = folder / "pulumi"
        pulumi.write_text(f'#!/bin/sh\necho "$@" >> calls\n{script}\n')
        pulumi.chmod(0o755)
        self._calls = folder / "calls"
        self.pauses: list[float] = []
        stack = Stack(Place(folder, folder / "cache"), "dev")
        session = Session(pulumi, {"PATH": "/usr/bin:/bin", **env}, stack, mode)
        self.source = Source(session, self.pauses.append)

    @property
    def calls(self) -> list[str]:
        return self._calls.read_text().splitlines()


def test_the_state_is_exported_without_a_lock(tmp_path: Path) -> None:
    engine = Engine(tmp_path, """echo '{"deployment": {}}'""")
    assert engine.source.known() == NOTHING
    assert engine.calls == ["stack export --stack dev --non-interactive"]


def test_a_state_that_is_half_written_is_read_again(tmp_path: Path) -> None:
    script = """
        if [ "$(wc -l < calls)" -lt 3 ]; then echo "failed to load checkpoint: EOF" >&2; exit 1; fi
        echo '{"deployment": {}}'
    """
    engine = Engine(tmp_path, script)
    assert engine.source.known() == NOTHING
    assert len(engine.pauses) == 2


def test_a_state_that_stays_unreadable_is_an_error_with_the_engine_s_reason(tmp_path: Path) -> None:
    engine = Engine(tmp_path, "echo 'error: no access' >&2; exit 1")
    with pytest.raises(StackError, match="state of stack dev cannot be read: error: no access"):
        engine.source.known()
    assert len(engine.calls) == 4


def test_an_engine_that_does_not_answer_is_an_error_that_names_the_stack(tmp_path: Path) -> None:
    engine = Engine(tmp_path, "exec sleep 600")
    source = Source(engine.source.session, engine.source.sleep, limit=0.2)
    with pytest.raises(StackError, match="stack export` of stack dev did not end within"):
        source.known()


def test_a_stack_that_is_not_there_is_named_at_once(tmp_path: Path) -> None:
    engine = Engine(tmp_path, """echo "error: no stack named 'dev' found" >&2; exit 1""")
    with pytest.raises(StackError, match="make up STACK=dev"):
        engine.source.known()
    assert engine.pauses == []


def test_the_stack_s_own_token_comes_before_the_environment_s(tmp_path: Path) -> None:
    script = """[ "$3" = konnect:token ] && echo kpat_of_the_stack"""
    engine = Engine(tmp_path, script, Mode.OFF, KONNECT_TOKEN="kpat_of_the_shell")
    assert engine.source.connection(NOTHING).token == "kpat_of_the_stack"
    assert engine.source.connection(NOTHING).server_url == "https://global.api.konghq.com"


def test_without_a_token_the_error_says_where_it_belongs(tmp_path: Path) -> None:
    engine = Engine(tmp_path, "exit 1", Mode.OFF)
    with pytest.raises(ConfigurationError, match="KONNECT_TOKEN"):
        engine.source.connection(NOTHING)
