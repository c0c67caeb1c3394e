"""Figures: percentiles within the resolution, and buckets that are merged as they get old."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.konnect.analytics import figures
from sandbox.konnect.analytics.figures import TRAFFIC, Figures, bucket_of, middle_of
from sandbox.store import Store

HOUR = 3600
DAY = 24 * HOUR


@given(value=st.floats(0.11, 1e7))
def test_the_middle_of_a_bucket_is_within_five_per_cent_of_its_values(value: float) -> None:
    assert middle_of(bucket_of(value)) == pytest.approx(value, rel=0.05)


def test_percentiles_are_those_of_the_values_and_averages_are_exact() -> None:
    found = Figures()
    for value in range(1, 101):
        found.measure(response_latency=value)
    assert found.average("response_latency") == 50.5
    for percent in (50, 95, 99):
        assert found.percentile("response_latency", percent) == pytest.approx(percent, rel=0.05)


def test_nothing_measured_has_neither_average_nor_percentile() -> None:
    assert Figures().average("response_latency") is None
    assert Figures().percentile("response_latency", 50) is None


def saved(store: Store, *begins: int) -> None:
    for start in begins:
        one = Figures()
        one.measure(response_latency=7)
        one.add(requests=1)
        figures.save(store, TRAFFIC, {start: {figures.key_of({"route": "r"}): one}})


@pytest.mark.parametrize("age", [0, HOUR, 6 * HOUR, 12 * HOUR, DAY, 7 * DAY, 32 * DAY])
def test_buckets_are_as_fine_as_queries_of_their_age_may_ask(store: Store, age: int) -> None:
    now = 1_800_000_000
    moments = [now - age + step for step in range(0, HOUR, 10)]
    saved(store, *moments)
    figures.compact(store, TRAFFIC, now)
    width = figures.width_at(age)
    found = Counter[int]()
    for begins, _, one in figures.read(store, TRAFFIC, 0, 2**40):
        found[begins // width * width] += int(one.sums["requests"])
    assert found == Counter(moment // width * width for moment in moments)


def test_merging_old_buckets_loses_nothing(store: Store) -> None:
    now = 1_800_000_000
    saved(store, *range(now - 50 * DAY, now, HOUR))
    for later in range(0, 2 * DAY, HOUR):
        figures.compact(store, TRAFFIC, now + later)
    found = [one for _, _, one in figures.read(store, TRAFFIC, 0, 2**40)]
    assert sum(one.sums["requests"] for one in found) == 50 * 24
    assert sum(one.histograms["response_latency"][bucket_of(7)] for one in found) == 50 * 24


def test_what_is_too_old_for_any_query_is_deleted(store: Store) -> None:
    now = 1_800_000_000
    saved(store, now - 70 * DAY, now)
    figures.compact(store, TRAFFIC, now)
    assert [begins for begins, _, _ in figures.read(store, TRAFFIC, 0, 2**40)] == [now]
