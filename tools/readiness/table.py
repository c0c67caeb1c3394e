"""The report in a terminal, 80 columns wide or more.

Narrow terminals have the evidence below its item; wide ones beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Final

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tools.readiness.report import Report
from tools.readiness.verdict import Result, Seen, Verdict

STYLES: Final = {
    Verdict.PASS: "green",
    Verdict.FAIL: "bold red",
    Verdict.MANUAL: "yellow",
    Verdict.NOT_APPLICABLE: "dim",
}
SHORT: Final = {Verdict.NOT_APPLICABLE: "n/a"}
_WIDE: Final = 110
_MOST: Final = {Verdict.PASS: 1, Verdict.MANUAL: 2}
"""Pieces of evidence that a row shows, by its verdict. Failures are all shown."""


class ReportTable:
    """The report for ``Console.print``. ``full``: all evidence, not only what decides."""

    def __init__(self, report: Report, *, full: bool = False) -> None:
        self._report, self._full = report, full

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        wide = options.max_width >= _WIDE
        for section, results in groupby(self._report.results, key=lambda one: one.item.section):
            yield Text(f"\n{section}", style="bold")
            table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
            table.add_column(width=6, no_wrap=True)
            table.add_column(ratio=2, overflow="fold")
            if wide:
                table.add_column(ratio=3, overflow="fold")
            for result in results:
                table.add_row(*self._row(result, wide=wide))
            table.expand = True
            yield Padding(table, (0, 0, 0, 2))
        yield from self._footer()

    def _row(self, result: Result, *, wide: bool) -> Iterator[RenderableType]:
        style = STYLES[result.verdict]
        yield Text(SHORT.get(result.verdict, str(result.verdict)), style=style)
        title = Text(result.item.title, style="dim" if style == "dim" else "")
        title.append(f"  {result.item.id}", style="dim")
        evidence = Group(*self._evidence(result))
        if wide:
            yield title
            yield evidence
        else:
            yield Group(title, Padding(evidence, (0, 0, 0, 2)))

    def _evidence(self, result: Result) -> Iterator[RenderableType]:
        shown = list(result.evidence if self._full else result.deciding)
        most = len(shown) if self._full else _MOST.get(result.verdict, len(shown))
        for one in shown[:most]:
            yield _line(one)
        if len(shown) > most:
            yield Text(f"and {len(shown) - most} more", style="dim")
        if result.verdict in (Verdict.FAIL, Verdict.MANUAL):
            for remedy in dict.fromkeys(one.remedy for one in shown[:most] if one.remedy):
                yield Text(f"-> {remedy}", style=STYLES[result.verdict])

    def _footer(self) -> Iterator[RenderableType]:
        report = self._report
        where = "the clouds were read" if report.cloud_live else "the state was written"
        cloud = f"; {where} at {report.cloud_at:%Y-%m-%d %H:%M:%S} UTC" if report.cloud_at else ""
        yield Text(f"\nKonnect was read at {report.at:%Y-%m-%d %H:%M:%S} UTC{cloud}.", style="dim")
        if report.ready:
            yield Text(f"{report.stack}: no item fails. {report.headline}.", style="green")
        else:
            failed = ", ".join(one.item.id for one in report.results if one.verdict is Verdict.FAIL)
            text = f"{report.stack} is not ready: {failed}. {report.headline}."
            yield Text(text, style=STYLES[Verdict.FAIL])


def _line(seen: Seen) -> Text:
    return Text(f"{seen.subject}: {seen.value}" if seen.subject else seen.value)
