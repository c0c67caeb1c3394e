"""What queries of metrics and of dashboards have in common: filters, granularities, time ranges."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from sandbox.http.bodies import Closed, Open

GRANULARITIES = {
    "tenSecondly": 10,
    "thirtySecondly": 30,
    "minutely": 60,
    "fiveMinutely": 300,
    "tenMinutely": 600,
    "thirtyMinutely": 1800,
    "hourly": 3600,
    "twoHourly": 7200,
    "twelveHourly": 43200,
    "daily": 86400,
    "weekly": 604800,
}
"""Granularity -> seconds, from the finest."""

Granularity = Literal[
    "tenSecondly",
    "thirtySecondly",
    "minutely",
    "fiveMinutely",
    "tenMinutely",
    "thirtyMinutely",
    "hourly",
    "twoHourly",
    "twelveHourly",
    "daily",
    "weekly",
]

_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_SCOPED = ("consumer", "data_plane_node", "gateway_service", "route")
_IDS = (
    "api",
    "api_package",
    "api_product",
    "api_product_version",
    "application",
    "control_plane",
    "control_plane_group",
    "data_plane_group",
    "managed_cache",
    "portal",
    "principal",
    "realm",
)
_CODES = ("status_code", "upstream_status_code")
_GROUPED = ("status_code_grouped", "upstream_status_code_grouped")
_PATTERNS = {
    **dict.fromkeys(_IDS, _UUID),
    **dict.fromkeys(_SCOPED, f"{_UUID}:{_UUID}"),
    **dict.fromkeys(_GROUPED, r"\d[xX][xX]"),
}


def one_of(names: Iterable[str]) -> AfterValidator:
    """A validator that accepts these names only."""
    return AfterValidator(_chosen(names))


def _chosen(names: Iterable[str]) -> Callable[[str], str]:
    choices = sorted(names)

    def check(value: str) -> str:
        if value not in choices:
            message = f"must be one of the following values: {', '.join(choices)}"
            raise PydanticCustomError("enum", "{message}", {"message": message, "choices": choices})
        return value

    return check


class Filter(Open):
    """A condition on a field. ``in`` and ``not_in`` need values; the other operators ignore them.

    The schemas of filters are not closed.
    """

    field: str
    operator: Literal["in", "not_in", "empty", "not_empty"]
    value: list[Any] | None = None

    @model_validator(mode="after")
    def _values_fit(self) -> Filter:
        if self.operator in ("empty", "not_empty"):
            return self
        if self.value is None:
            raise PydanticCustomError("required", "needs a value")
        if not all(_fits(self.field, value) for value in self.value):
            raise PydanticCustomError("invalid", "has a value of a wrong type or format")
        return self


def _fits(field: str, value: Any) -> bool:
    if field in _CODES:
        return type(value) is int and 0 <= value <= 999
    pattern = _PATTERNS.get(field, "(?s:.*)")
    return isinstance(value, str) and re.fullmatch(pattern, value) is not None


def filters_of(fields: Iterable[str]) -> AfterValidator:
    """A validator of a filter that accepts these fields only."""
    check = _chosen(fields)

    def checked(one: Filter) -> Filter:
        check(one.field)
        return one

    return AfterValidator(checked)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise PydanticCustomError("invalid", "must be the name of a time zone") from None
    return name


Zone = Annotated[str, AfterValidator(_zone)]


def parse_moment(text: str) -> datetime:
    """A time in RFC 3339. Raises ValueError for any other text."""
    if re.match(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d", text) is None:
        raise ValueError(text)
    found = datetime.fromisoformat(text.upper())
    if found.tzinfo is None:
        raise ValueError(text)
    return found


def _moment(value: Any) -> datetime:
    try:
        return parse_moment(value)
    except (TypeError, ValueError):
        raise PydanticCustomError("is_date_time", "must be a valid date in ISO format") from None


Moment = Annotated[datetime, BeforeValidator(_moment)]


class RelativeRange(Closed):
    """A span of time until now, or a named week or month."""

    type: Literal["relative"]
    time_range: Literal[
        "15m",
        "1h",
        "6h",
        "12h",
        "24h",
        "7d",
        "30d",
        "current_week",
        "current_month",
        "previous_week",
        "previous_month",
    ]
    tz: Zone = "Etc/UTC"


class AbsoluteRange(Closed):
    """A span of time. The document requires neither its beginning nor its end."""

    type: Literal["absolute"]
    start: Moment = datetime.min
    end: Moment = datetime.min
    tz: Zone = "Etc/UTC"


TimeRange = Annotated[RelativeRange | AbsoluteRange, Field(discriminator="type")]
