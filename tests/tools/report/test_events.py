"""The event log: what is read of it, and what a file that is none says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.tools.report.logs import DATA, KONNECT, PASSED, recorded, step, write_log
from tools.report.events import EventLogError, read_events
from tools.report.preview import Preview


def test_debug_messages_are_left_out_and_everything_else_is_kept_in_order() -> None:
    events = read_events(DATA / "first-dev.jsonl")
    raw = (DATA / "first-dev.jsonl").read_text()
    assert '"severity":"debug"' in raw
    assert all(one.diagnostic is None or one.diagnostic.severity != "debug" for one in events)
    sequences = [one.sequence for one in events]
    assert sequences == sorted(sequences)


def test_events_and_fields_of_newer_engines_are_ignored(tmp_path: Path) -> None:
    file = write_log(tmp_path / "log", step("create", f"{KONNECT}GatewayService", "s", after={}))
    file.write_text(
        '{"sequence":0,"timestamp":0,"somethingNewEvent":{"a":1}}\n'
        + file.read_text().replace('"op"', '"novelty":{"b":2},"op"')
    )
    assert [one.name for one in Preview.read(file).changes] == ["s"]


def test_a_last_line_that_a_killed_engine_left_unfinished_is_dropped(tmp_path: Path) -> None:
    whole = (DATA / "first-dev.jsonl").read_text()
    file = tmp_path / "log"
    file.write_text(whole[: len(whole) // 2])
    preview = Preview.read(file)
    assert 0 < len(preview.resources) < len(recorded("first-dev").resources)
    assert preview.result == ""
    assert not preview.may_be_applied
    assert preview.verdict == (
        "may not be applied: the engine ended before the preview was complete"
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is an empty event log"),
        ("not json\n", "line 1, the line: Invalid JSON"),
        ('{"steps": []}\n', "line 1, sequence: Field required"),
        ('{"sequence":0,"timestamp":0}\nbroken\n{"sequence":1,"timestamp":0}\n', "line 2"),
    ],
)
def test_a_file_that_is_no_event_log_is_one_clear_error(
    tmp_path: Path, text: str, says: str
) -> None:
    file = tmp_path / "plan.json"
    file.write_text(text)
    with pytest.raises(EventLogError, match=re.escape(says)) as caught:
        Preview.read(file)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_binary_one_are_clear_errors(tmp_path: Path) -> None:
    with pytest.raises(EventLogError, match="cannot be read"):
        read_events(tmp_path / "none")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(EventLogError, match="cannot be read"):
        read_events(tmp_path / "binary")


def test_a_log_of_one_whole_line_is_read(tmp_path: Path) -> None:
    assert Preview.read(write_log(tmp_path / "log", PASSED)).may_be_applied
