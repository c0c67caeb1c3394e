"""Durations of the resource option `custom_timeouts`, as Go's `time.ParseDuration` reads them."""

from __future__ import annotations

import pytest

from providers.base.errors import ProviderError
from providers.base.resource import seconds


@pytest.mark.parametrize(
    ("duration", "expected"),
    [
        ("90s", 90),
        ("1h30m", 5400),
        ("1.5h", 5400),
        ("2m0.5s", 120.5),
        ("250ms", 0.25),
        ("3us", 3e-6),
        ("3µs", 3e-6),
        ("5ns", 5e-9),
    ],
)
def test_a_duration_is_read_in_seconds(duration: str, expected: float) -> None:
    assert seconds(duration) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("duration", ["", "90", "1 h", "h", "1d", "-5m", "1h30", "m1h"])
def test_a_text_that_is_no_duration_is_refused(duration: str) -> None:
    with pytest.raises(ProviderError, match=f"{duration!r} is no duration; write it like 1h30m"):
        seconds(duration)
