"""The report: verdicts, the table, JSON and the page."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from tests.tools.readiness.made import NOW, facts, plane
from tools.readiness.checks import ITEMS
from tools.readiness.document import document
from tools.readiness.facts import Facts
from tools.readiness.page import write_page
from tools.readiness.records import Records
from tools.readiness.report import Report, run_checks
from tools.readiness.table import ReportTable
from tools.readiness.verdict import Check, Item, Seen, Verdict, failed, manual, passed

DOCS = Path(__file__).parents[3] / "docs" / "readiness.md"


def broken(facts: Facts) -> Iterator[Seen]:
    yield passed("plane-a", "is ready")
    yield failed("plane-b", "is <b>broken</b>", "mend it")
    yield failed("plane-c", "is broken too", "mend it")


def dubious(facts: Facts) -> Iterator[Seen]:
    yield passed("plane-a", "is ready")
    yield manual("plane-b", "cannot be read", "look at it")


def crashing(facts: Facts) -> Iterator[Seen]:
    yield passed("plane-a", "is ready")
    raise KeyError("state")


def made(id_: str, check: Check) -> Item:
    return Item(id_, "Planes", f"Planes are not {id_}", "By looking.", check)


ITEMS_MADE = (
    made("broken", broken),
    made("dubious", dubious),
    made("crashing", crashing),
    made("absent", lambda facts: ()),
)


@pytest.fixture
def report() -> Report:
    return run_checks(facts(), Records(), NOW, ITEMS_MADE)


def shown(report: Report, width: int, *, full: bool = False) -> str:
    file = io.StringIO()
    Console(file=file, width=width, highlight=False).print(ReportTable(report, full=full))
    return file.getvalue()


def test_an_item_has_the_weightiest_verdict_of_its_evidence(report: Report) -> None:
    verdicts = {one.item.id: one.verdict for one in report.results}
    assert verdicts == {
        "broken": Verdict.FAIL,
        "dubious": Verdict.MANUAL,
        "crashing": Verdict.MANUAL,
        "absent": Verdict.NOT_APPLICABLE,
    }
    assert not report.ready


def test_a_report_without_a_failure_is_ready() -> None:
    assert run_checks(facts(), Records(), NOW, ITEMS_MADE[1:]).ready


def test_a_check_that_meets_other_data_than_expected_does_not_pass(report: Report) -> None:
    (seen,) = report.results[2].evidence
    assert seen.verdict is Verdict.MANUAL
    assert "KeyError('state')" in seen.value


@pytest.mark.parametrize("width", [80, 120, 200])
@pytest.mark.parametrize("full", [False, True])
def test_the_table_fits_and_shows_every_failure_with_its_remedy(
    report: Report, width: int, full: bool
) -> None:
    text = shown(report, width, full=full)
    assert max(map(len, text.splitlines())) <= width
    text = " ".join(text.split())
    for part in ("plane-b: is <b>broken</b>", "plane-c: is broken too", "-> mend it", "absent"):
        assert part in text
    assert ("plane-a" in text) is full
    assert "prod is not ready: broken." in text
    assert "4 items: 1 failed, 0 passed, 2 to look at by hand, 1 not applicable" in text


def test_the_table_says_how_much_evidence_it_leaves_out() -> None:
    many = run_checks(facts(planes=[plane(), plane(), plane()]), Records(), NOW, [_item("metrics")])
    assert "(and 2 more)" in shown(many, 120)
    assert "(and 2 more)" not in shown(many, 120, full=True)


def _item(id_: str) -> Item:
    return next(one for one in ITEMS if one.id == id_)


def test_the_document_has_every_item_with_its_evidence_and_source(report: Report) -> None:
    found = document(report)
    assert (found["version"], found["stack"], found["ready"]) == ("1.0", "prod", False)
    assert found["counts"] == {"fail": 1, "pass": 0, "manual": 2, "not-applicable": 1}
    first = found["items"][0]
    assert first["source"].startswith("https://developer.konghq.com/")
    assert first["evidence"][0] == {
        "verdict": "fail",
        "object": "plane-b",
        "value": "is <b>broken</b>",
        "remedy": "mend it",
        "at": "2026-11-29T12:00:00+00:00",
    }


def test_the_page_loads_nothing_and_shows_text_as_text(report: Report, tmp_path: Path) -> None:
    write_page(report, tmp_path / "pages" / "readiness.html")
    page = (tmp_path / "pages" / "readiness.html").read_text()
    assert "is &lt;b&gt;broken&lt;/b&gt;" in page
    assert "<script" not in page
    assert not re.search(r"""<(?:img|link|iframe)|src=|url\(""", page)
    assert page.count("<details") == 4
    assert '<details id="broken" open>' in page


def test_every_item_has_an_id_of_its_own_and_a_row_in_the_page_on_readiness() -> None:
    ids = [one.id for one in ITEMS]
    assert len(ids) == len(set(ids))
    rows = re.findall(r"^\| `([a-z-]+)` \| (.+) \| (.+) \|$", DOCS.read_text(), re.MULTILINE)
    assert [row for row in rows if row[0] in ids] == [(o.id, o.title, o.how) for o in ITEMS]
