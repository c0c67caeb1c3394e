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


class ReportTable:
    """The report for ``Console.print``.

    It shows all failures, one piece of other evidence for each item, and the ids of items that are
    not applicable. With ``full`` it shows everything.
    """

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
            table.expand = True
            beside: list[Result] = []
            for result in results:
                if result.evidence or self._full:
                    table.add_row(*self._row(result, wide=wide))
                else:
                    beside.append(result)
            if table.row_count:
                yield Padding(table, (0, 0, 0, 2))
            if beside:
                yield Padding(_not_applicable(beside), (0, 0, 0, 2))
        yield from self._footer()

    def _row(self, result: Result, *, wide: bool) -> Iterator[RenderableType]:
        style = STYLES[result.verdict]
        yield Text(SHORT.get(result.verdict, str(result.verdict)), style=style)
        title = Text(result.item.title)
        title.append(f"  {result.item.id}", style="dim")
        evidence = Group(*self._evidence(result))
        if wide:
            yield title
            yield evidence
        else:
            yield Group(title, Padding(evidence, (0, 0, 0, 2)))

    def _evidence(self, result: Result) -> Iterator[RenderableType]:
        deciding = list(result.deciding)
        shown = list(result.evidence) if self._full else deciding
        if result.verdict is not Verdict.FAIL and not self._full:
            shown = shown[:1]
        for one in shown:
            line = _line(one)
            if one is shown[-1] and (more := len(deciding) - len(shown)) > 0:
                line.append(f" (and {more} more)", style="dim")
            yield line
        for remedy in dict.fromkeys(one.remedy for one in shown if _asks(one)):
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


def _asks(seen: Seen) -> bool:
    """Whether somebody has to do something about what was seen."""
    return bool(seen.remedy) and seen.verdict in (Verdict.FAIL, Verdict.MANUAL)


def _not_applicable(results: list[Result]) -> Table:
    """One row with the ids of all items that are not applicable."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(width=6, no_wrap=True)
    table.add_column()
    ids = ", ".join(one.item.id for one in results)
    table.add_row(Text(SHORT[Verdict.NOT_APPLICABLE], style="dim"), Text(ids, style="dim"))
    return table


def _line(seen: Seen) -> Text:
    return Text(f"{seen.subject}: {seen.value}" if seen.subject else seen.value)
