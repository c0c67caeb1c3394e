"""Recorded evidence of items that people check."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tools.readiness.records import Record, Records, RecordsError, read_records
from tools.readiness.verdict import Item, Result, Seen, Verdict, decide, failed, manual, passed

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
LINK = "https://wiki.example.com/load-test"
ITEM = Item("load-test", "Final checks", "Load tests were run", "By hand.", lambda facts: ())


def result(*seen: Seen) -> Result:
    return decide(ITEM, seen)


def records(recorded: date | None, *, required: bool = False) -> Records:
    evidence = (
        {} if recorded is None else {"load-test": Record(date=recorded, who="Ana", link=LINK)}
    )
    return Records(required=("load-test",) if required else (), evidence=evidence)


BY_HAND = manual("prod", "is in no system", "run one")


def test_a_valid_record_settles_an_item_that_a_program_cannot_decide() -> None:
    settled = records(date(2026, 11, 20)).settle(result(BY_HAND), NOW)
    assert settled.verdict is Verdict.PASS
    assert "Ana" in settled.evidence[0].value
    assert LINK in settled.evidence[0].value
    assert settled.evidence[0].at == datetime(2026, 11, 20, tzinfo=UTC)


def test_a_record_does_not_outweigh_a_failure() -> None:
    broken = result(failed("prod", "is broken", "mend it"), BY_HAND)
    assert records(date(2026, 11, 20)).settle(broken, NOW).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("recorded", "verdict"),
    [(date(2026, 8, 31), Verdict.PASS), (date(2026, 8, 30), Verdict.MANUAL)],
)
def test_a_record_expires_after_its_days(recorded: date, verdict: Verdict) -> None:
    assert records(recorded).settle(result(BY_HAND), NOW).verdict is verdict


@pytest.mark.parametrize("recorded", [None, date(2026, 1, 1), date(2026, 12, 1)])
def test_a_required_item_fails_without_a_valid_record(recorded: date | None) -> None:
    settled = records(recorded, required=True).settle(result(BY_HAND), NOW)
    assert settled.verdict is Verdict.FAIL


def test_an_item_without_a_record_stays_as_it_is() -> None:
    assert records(None).settle(result(BY_HAND), NOW) == result(BY_HAND)
    assert records(None).settle(result(passed("prod", "holds")), NOW).verdict is Verdict.PASS


def test_a_file_that_does_not_exist_records_nothing(tmp_path: Path) -> None:
    assert read_records(tmp_path / "none.yaml", ["load-test"]) == Records()


def test_a_file_with_a_record_is_read(tmp_path: Path) -> None:
    file = tmp_path / "readiness.prod.yaml"
    record = f"{{date: 2026-11-20, who: Ana, link: {LINK}}}"
    file.write_text(f"required: [load-test]\nevidence:\n  load-test: {record}\n")
    assert read_records(file, ["load-test"]) == records(date(2026, 11, 20), required=True)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (
            "evidence: {load-test: {date: soon, who: Ana, link: https://x}}",
            "evidence.load-test.date",
        ),
        (
            "evidence: {load-test: {date: 2026-11-20, who: Ana, link: here}}",
            "evidence.load-test.link",
        ),
        ("required: [lunch]", "lunch"),
        ("valid_days: 0", "valid_days"),
        ("needed: []", "needed"),
        ("a: [", "cannot be read"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(tmp_path: Path, text: str, named: str) -> None:
    file = tmp_path / "readiness.prod.yaml"
    file.write_text(text)
    with pytest.raises(RecordsError, match=named):
        read_records(file, ["load-test"])
