"""Runs the checklist: the result of every item, and the report of an environment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tools.readiness.checks import ITEMS
from tools.readiness.facts import Facts
from tools.readiness.records import Records, settle
from tools.readiness.verdict import Item, Result, Verdict, decide, manual


@dataclass(frozen=True)
class Report:
    """The checklist of an environment, with all results."""

    stack: str
    at: datetime
    """When Konnect was read."""
    cloud_at: datetime | None
    """When the clouds' resources were read, or the state was written."""
    cloud_live: bool
    """Whether the resources were read from the clouds."""
    results: Sequence[Result]
    command: str = ""
    """The command that makes the report."""

    @property
    def counts(self) -> Counter[Verdict]:
        """How many items have each verdict."""
        return Counter(one.verdict for one in self.results)

    @property
    def ready(self) -> bool:
        """Whether no item fails."""
        return not self.counts[Verdict.FAIL]

    @property
    def headline(self) -> str:
        """One line: the counts in words."""
        counts = self.counts
        words = {
            Verdict.FAIL: "failed",
            Verdict.PASS: "passed",
            Verdict.MANUAL: "to look at by hand",
            Verdict.NOT_APPLICABLE: "not applicable",
        }
        found = ", ".join(f"{counts[verdict]} {word}" for verdict, word in words.items())
        return f"{len(self.results)} items: {found}"


def run_checks(
    facts: Facts, records: Records, today: datetime, items: Sequence[Item] = ITEMS
) -> Report:
    """Run all checks. ``today`` is the time by which recorded evidence expires."""
    results = settle([_result(item, facts) for item in items], records, today)
    resources = facts.resources
    command = facts.completed("`make readiness`").strip("`")
    return Report(
        facts.stack, facts.live.now, resources.at, resources.live, tuple(results), command
    )


def _result(item: Item, facts: Facts) -> Result:
    """An item's result. Data of another form than expected is no verdict: somebody has to look."""
    try:
        seen = item.check(facts)
        return decide(item, (replace(one, remedy=facts.completed(one.remedy)) for one in seen))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        return decide(item, [manual(item.id, f"could not be checked: {error!r}", item.how)])
