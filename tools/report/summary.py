"""The summary of a preview's policy results, for a terminal.

A table with the columns rule, resource and message would break names if the terminal has fewer than
90 columns. There the message is below them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tools.report.preview import Finding, Preview

_WIDE = 90
_STYLES = {
    "mandatory": "bold red",
    "advisory": "yellow",
    "on up": "cyan",
    "remedied": "green",
}


@dataclass(frozen=True)
class Row:
    """A rule's result for a resource."""

    level: str
    rule: str
    resource: str
    message: str


def rows(preview: Preview) -> list[Row]:
    """Results by rule and resource: first mandatory, then advisory, then undecided ones."""
    return [
        *_of("mandatory", preview.mandatory),
        *_of("advisory", preview.advisory),
        *_of("on up", preview.undecided),
        *(
            Row("remedied", one.rule, one.name, f"set {', '.join(one.paths)}")
            for one in sorted(preview.remediations, key=lambda one: (one.rule, one.name))
        ),
    ]


def counts(preview: Preview) -> str:
    """The counts on one line: `policies: 24 rules, 0 mandatory, 2 advisory, 1 decided on up`."""
    if not preview.packs and not preview.rules:
        return "policies: no policy pack ran"
    parts = [
        f"{len(preview.rules)} rules",
        f"{len(preview.mandatory)} mandatory",
        f"{len(preview.advisory)} advisory",
        f"{len({one.rule for one in preview.undecided})} decided on up",
    ]
    if preview.remediations:
        parts.append(f"{len(preview.remediations)} remedied")
    return f"policies: {', '.join(parts)}"


def not_run(preview: Preview) -> str:
    """A note if the rules about the stack did not run because the plan failed. Otherwise empty."""
    if preview.packs and not preview.stack_rules_ran and preview.result != "succeeded":
        return "rules about the whole stack did not run: the preview failed before them"
    return ""


def summary(preview: Preview) -> Summary:
    """The summary that `make preview` prints, for a `rich` console of any width."""
    return Summary(preview)


@dataclass(frozen=True)
class Summary:
    """Renders itself: one block for each rule, then the counts and the verdict."""

    preview: Preview

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Render the summary for the console's width."""
        yield from _blocks(rows(self.preview), options.max_width)
        if note := not_run(self.preview):
            yield Text(note, style="yellow")
        yield Text(counts(self.preview))
        style = "green" if self.preview.may_be_applied else "bold red"
        yield Text(f"the change {self.preview.verdict}", style=style)


def _of(level: str, findings: Iterable[Finding]) -> Iterator[Row]:
    for one in sorted(findings, key=lambda one: (one.rule, one.name)):
        yield Row(level, one.rule, one.name, one.message)


def _blocks(found: list[Row], width: int) -> Iterator[RenderableType]:
    longest = max((len(row.resource) for row in found), default=0)
    side_by_side = width >= _WIDE and longest <= width // 2
    for (level, rule), block in groupby(found, key=lambda row: (row.level, row.rule)):
        yield Text.assemble((f"{level:<10} ", _STYLES[level]), (rule, "bold"))
        table = Table.grid(padding=(0, 2))
        table.add_column(min_width=longest if side_by_side else None, overflow="fold")
        for row in block:
            if side_by_side:
                table.add_row(Text(row.resource), Text(row.message))
            else:
                table.add_row(Text(row.resource))
                table.add_row(Padding(Text(row.message), (0, 0, 0, 2)))
        yield Padding(table, (0, 0, 1, 2), expand=False)
