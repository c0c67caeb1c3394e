"""Recorded evidence for items that people check: `stacks/readiness.<environment>.yaml`.

    valid_days: 90
    required: [load-test, cutover-plan, rollback-plan]
    evidence:
      load-test:
        date: 2026-11-20
        who: Ana Lima
        link: https://wiki.example.com/load-test-14
        seen: 4,000 requests per second for two hours, p95 below 80 ms

A record settles an item that a program cannot decide. It does not outweigh a failure. It expires
after ``valid_days``. An item in ``required`` fails without a record that is valid.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tools.readiness.verdict import Result, Seen, Verdict, decide


class RecordsError(Exception):
    """The file of recorded evidence cannot be used. The text is for the user."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Record(_Part):
    """What somebody saw."""

    date: date
    who: Annotated[str, Field(min_length=1)]
    link: Annotated[str, Field(pattern=r"^https?://")]
    seen: str = ""
    valid_days: Annotated[int | None, Field(ge=1)] = None
    """Days until it expires, from 1; the file's ``valid_days`` unless written."""


class Records(_Part):
    """A file of recorded evidence."""

    valid_days: Annotated[int, Field(ge=1)] = 90
    """Days until a record expires, from 1."""
    required: tuple[str, ...] = ()
    """Ids of items that need a valid record."""
    evidence: dict[str, Record] = {}
    """Records by the id of their item."""

    def settle(self, result: Result, now: datetime) -> Result:
        """The result with its record: pass for manual, fail where a required one is missing."""
        item, record = result.item, self.evidence.get(result.item.id)
        required = item.id in self.required
        if record is None:
            if not required:
                return result
            wrong = Seen(
                Verdict.FAIL, item.id, "has no recorded evidence, and it is required", _ADD
            )
            return decide(item, [wrong, *result.evidence])
        seen = self._seen(item.id, record, now, required=required)
        rest = result.evidence
        if seen.verdict is Verdict.PASS and result.verdict is Verdict.MANUAL:
            rest = [one for one in rest if one.verdict is not Verdict.MANUAL]
        return decide(item, [seen, *rest])

    def _seen(self, id_: str, record: Record, now: datetime, *, required: bool) -> Seen:
        expires = record.date + timedelta(days=record.valid_days or self.valid_days)
        at = datetime.combine(record.date, time(), UTC)
        text = f"{record.seen or 'done'}, recorded by {record.who}: {record.link}"
        if record.date > now.date():
            wrong = f"is recorded for {record.date}, which is in the future"
            return Seen(Verdict.FAIL, id_, wrong, _ADD, at)
        if expires < now.date():
            verdict = Verdict.FAIL if required else Verdict.MANUAL
            return Seen(verdict, id_, f"expired on {expires}: {text}", _ADD, at)
        return Seen(Verdict.PASS, id_, f"{text} (valid until {expires})", at=at)


_ADD = "do it, and record the date, who and a link under `evidence` in stacks/readiness.<env>.yaml"


def read_records(file: Path, known: Collection[str]) -> Records:
    """Read a file. One that does not exist records nothing.

    ``known`` are the ids of the items. Raises RecordsError with all problems.
    """
    if not file.exists():
        return Records()
    try:
        records = Records.model_validate(yaml.safe_load(file.read_text()) or {})
    except (OSError, yaml.YAMLError) as error:
        raise RecordsError(f"{file} cannot be read: {error}") from error
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise RecordsError(f"{file}: " + "; ".join(problems)) from error
    if unknown := sorted({*records.required, *records.evidence} - set(known)):
        raise RecordsError(
            f"{file}: {', '.join(unknown)}: no items of the checklist (there are: "
            f"{', '.join(sorted(known))})"
        )
    return records


def settle(results: list[Result], records: Records, now: datetime) -> list[Result]:
    """All results with their records."""
    return [records.settle(one, now) for one in results]
