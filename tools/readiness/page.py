"""Writes the report as one HTML page: no scripts, nothing loaded."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tools.readiness.report import Report
from tools.readiness.verdict import Verdict

SIGNS = {
    Verdict.PASS: "✔",
    Verdict.FAIL: "✖",
    Verdict.MANUAL: "?",
    Verdict.NOT_APPLICABLE: "-",
}
"""A sign for each verdict, so that it is not shown by colour alone."""


def write_page(report: Report, file: Path) -> None:
    """Write the page of a report."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    sections = [
        (section, list(results))
        for section, results in groupby(report.results, key=lambda one: one.item.section)
    ]
    page = environment.get_template("page.html.j2").render(
        report=report,
        sections=sections,
        signs=SIGNS,
        failing=[one for one in report.results if one.verdict is Verdict.FAIL],
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(page, encoding="utf-8")
