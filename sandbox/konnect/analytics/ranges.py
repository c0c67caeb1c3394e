"""Time ranges of queries: their beginning and end, and the buckets of time within them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from sandbox.http.problems import Refusal, invalid
from sandbox.konnect.analytics.figures import width_at
from sandbox.konnect.analytics.parts import GRANULARITIES, AbsoluteRange, RelativeRange

DAYS = {"managed_cache_usage": 7}
"""Datasource -> the days that a query may begin ago. For others they are 32."""
MOST_DAYS = 32

_DAY = 86400
_NAMES = list(GRANULARITIES)

_LENGTHS = {
    "15m": 900,
    "1h": 3600,
    "6h": 6 * 3600,
    "12h": 12 * 3600,
    "24h": _DAY,
    "7d": 7 * _DAY,
    "30d": 30 * _DAY,
}

_OFFERED = {
    "15m": ("tenSecondly", "minutely", "minutely"),
    "1h": ("tenSecondly", "tenMinutely", "minutely"),
    "6h": ("thirtySecondly", "hourly", "fiveMinutely"),
    "12h": ("minutely", "hourly", "tenMinutely"),
    "24h": ("fiveMinutely", "hourly", "hourly"),
    "7d": ("thirtyMinutely", "daily", "hourly"),
    "30d": ("hourly", "weekly", "daily"),
    "current_week": ("thirtyMinutely", "daily", "hourly"),
    "previous_week": ("thirtyMinutely", "daily", "hourly"),
    "current_month": ("hourly", "weekly", "daily"),
    "previous_month": ("hourly", "weekly", "daily"),
}
"""Relative range -> its finest and its coarsest granularity, and the default, which is ours."""


@dataclass(frozen=True)
class Span:
    """What a query covers, in seconds since the epoch.

    ``width`` is that of its buckets; None for one bucket of the whole span.
    """

    start: float
    end: float
    width: int | None
    zone: tzinfo

    def bucket(self, moment: float) -> float:
        """The beginning of the bucket of a moment."""
        return self.start if self.width is None else max(self.start, self._floor(moment))

    def minutes(self, bucket: float) -> float:
        """How long a bucket is within the span, in minutes."""
        end = self.end if self.width is None else min(self.end, bucket + self.width)
        return max(end - bucket, 1.0) / 60

    def _floor(self, moment: float) -> float:
        return floored(moment, self.width or 1, self.zone)


def floored(moment: float, width: int, zone: tzinfo) -> float:
    """The beginning of the bucket of a width. Days and weeks begin at midnight of the zone."""
    local = datetime.fromtimestamp(moment, zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if width > _DAY:
        return (midnight - timedelta(days=midnight.weekday())).timestamp()
    since = moment - midnight.timestamp()
    return midnight.timestamp() + since // width * width


def span_of(
    wanted: RelativeRange | AbsoluteRange,
    granularity: str | None,
    *,
    has_time: bool,
    datasource: str,
    now: float,
) -> Span:
    """What a query covers, widened to whole buckets. Raises a 400 for a range that is refused."""
    zone = ZoneInfo(wanted.tz)
    if isinstance(wanted, RelativeRange):
        start, end = _relative(wanted.time_range, now, zone)
        named = wanted.time_range not in _LENGTHS
    else:
        start, end = _absolute(wanted, now)
        named = False
    days = DAYS.get(datasource, MOST_DAYS)
    if start < now - days * _DAY and not (named and days == MOST_DAYS):
        field = "time_range.time_range" if isinstance(wanted, RelativeRange) else "time_range.start"
        raise invalid(field, "invalid", f"{field} must be within the last {days} days")
    finest = width_at(now - start)
    if not has_time:
        width, bucket = None, finest
    else:
        bucket = GRANULARITIES[_granularity(wanted, granularity)]
        width = bucket
    start = floored(start, bucket, zone)
    if end < now:
        whole = floored(end, bucket, zone)
        end = end if whole == end else min(whole + bucket, now)
    return Span(start, end, width, zone)


def _granularity(wanted: RelativeRange | AbsoluteRange, given: str | None) -> str:
    """The granularity of a query with time. A finer one than is offered becomes the finest."""
    if isinstance(wanted, AbsoluteRange):
        return "daily"
    finest, coarsest, default = _OFFERED[wanted.time_range]
    if given is None:
        return default
    if _NAMES.index(given) < _NAMES.index(finest):
        return finest
    if _NAMES.index(given) > _NAMES.index(coarsest):
        offered = _between(finest, coarsest)
        reason = f"granularity must be one of the following values: {', '.join(offered)}"
        raise invalid("granularity", "enum", reason, choices=offered)
    return given


def _between(finest: str, coarsest: str) -> Sequence[str]:
    return _NAMES[_NAMES.index(finest) : _NAMES.index(coarsest) + 1]


def _relative(name: str, now: float, zone: tzinfo) -> tuple[float, float]:
    if name in _LENGTHS:
        return now - _LENGTHS[name], now
    midnight = datetime.fromtimestamp(now, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    if name.endswith("week"):
        this = midnight - timedelta(days=midnight.weekday())
        before = this - timedelta(days=7)
    else:
        this = midnight.replace(day=1)
        before = (this - timedelta(days=1)).replace(day=1)
    if name.startswith("current"):
        return this.timestamp(), now
    return before.timestamp(), this.timestamp()


def _absolute(wanted: AbsoluteRange, now: float) -> tuple[float, float]:
    missing = [name for name in ("start", "end") if name not in wanted.model_fields_set]
    if missing:
        problems = [
            {
                "field": f"time_range.{name}",
                "rule": "is_date_time",
                "reason": f"time_range.{name} must be a valid date in ISO format",
                "source": "body",
            }
            for name in missing
        ]
        raise Refusal(400, parameters=problems)
    start, end = wanted.start.timestamp(), wanted.end.timestamp()
    if start >= end:
        raise invalid("time_range.end", "invalid", "time_range.end must be after time_range.start")
    if start > now:
        raise invalid("time_range.start", "invalid", "time_range.start must not be in the future")
    return start, min(end, now)


def stamp(moment: float) -> str:
    """A time as the answers of queries have it."""
    text = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
