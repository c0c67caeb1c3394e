"""The tier of a managed cache by Kong's table: each row, each rule, and the command."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from components.cache.sizing import Load, SizingError, size, usable_gib
from components.cache.sizing.__main__ import load_of, main
from components.regions import CacheTier

SMALL, MEDIUM, LARGE, XLARGE = (CacheTier(name) for name in ("small", "medium", "large", "xlarge"))
X2, X4, X8 = (CacheTier(name) for name in ("2xlarge", "4xlarge", "8xlarge"))


@pytest.mark.parametrize(
    ("load", "tier"),
    [
        (Load(100, 100, 1, 1_000), SMALL),
        (Load(101, 100, 1, 1_000), MEDIUM),
        (Load(100, 100, 1, 1_001), MEDIUM),
        (Load(1_000, 100, 3, 10_000), MEDIUM),
        (Load(1_001, 100, 3, 10_000), XLARGE),
        (Load(5_000, 3_000, 3, 10_000), XLARGE),
        (Load(5_000, 3_000, 3, 20_000), X2),
        (Load(1, 1, 1, 10_001), X2),
        (Load(5_001, 3_000, 3, 20_000), X4),
        (Load(1, 1, 1, 65_000), X4),
        (Load(1, 1, 1, 65_001), X8),
        (Load(100, 100, 1, 100, sync_rate=0.1), MEDIUM),
        (Load(1_000, 100, 3, 100, sync_rate=0.1), LARGE),
        (Load(1_001, 1, 1, 100, sync_rate=0.1), XLARGE),
        (Load(5_000, 3_000, 3, 10_000, sync_rate=0.1), X2),
        (Load(5_000, 3_000, 3, 10_000, sync_rate=1), XLARGE),
        (Load(data_gib=2), MEDIUM),
        (Load(data_gib=2.2), LARGE),
        (Load(vector_search=True), MEDIUM),
        (Load(5_000, 3_000, 3, nodes=500), XLARGE),
    ],
)
def test_a_load_gets_the_smallest_tier_that_the_table_allows(load: Load, tier: CacheTier) -> None:
    assert size(load).tier is tier


def test_micro_is_accepted_where_the_table_says_micro_or_small() -> None:
    assert size(Load(rps=1_000)).accepts(CacheTier.MICRO)
    assert not size(Load(rps=1_001)).accepts(CacheTier.SMALL)
    assert size(Load(rps=1_001)).accepts(CacheTier.X24LARGE)


def test_a_smaller_tier_breaks_a_rule_of_the_load_and_the_tier_itself_none() -> None:
    sizing = size(Load(5_000, 3_000, 3, 10_000, sync_rate=0.1))
    assert sizing.smaller is XLARGE
    assert sizing.broken_by(XLARGE) == [
        "sync_rate 0.1 overloads it: the cache's CPU is saturated, Redis times out, and data-plane "
        "nodes restart"
    ]
    assert sizing.broken_by(sizing.tier) == []
    assert size(Load()).broken_by(CacheTier.MICRO)[0].startswith("micro is burstable")


def test_the_key_count_is_kongs_formula_and_a_quarter_of_the_memory_is_reserved() -> None:
    load = Load(5_000, 3_000, 3, nodes=4)
    assert (load.counters, load.keys) == (45_000_000, 180_000_000)
    assert usable_gib(XLARGE) == 8.4
    assert any("180,000,000" in note for note in size(load).notes)


def test_more_data_than_the_largest_tier_holds_is_refused() -> None:
    with pytest.raises(SizingError, match="24xlarge, holds 210"):
        size(Load(data_gib=211))


LOADS = st.builds(
    Load,
    consumers=st.integers(1, 20_000),
    routes=st.integers(1, 5_000),
    windows=st.integers(1, 5),
    rps=st.integers(1, 100_000),
    nodes=st.integers(1, 100),
    sync_rate=st.sampled_from([0.02, 0.1, 0.4, 0.5, 1.0, 5.0]),
    data_gib=st.floats(0, 100),
    vector_search=st.booleans(),
)
BIGGER = st.fixed_dictionaries(
    {
        "consumers": st.integers(0, 20_000),
        "routes": st.integers(0, 5_000),
        "windows": st.integers(0, 3),
        "rps": st.integers(0, 100_000),
        "nodes": st.integers(0, 100),
        "data_gib": st.floats(0, 100),
    }
)


def tier_of(load: Load) -> int:
    """The rank of the tier; above all others if none is large enough."""
    try:
        return size(load).tier.rank
    except SizingError:
        return len(CacheTier)


@given(LOADS, BIGGER, st.floats(0.01, 1))
def test_a_bigger_load_never_gets_a_smaller_tier(
    load: Load, more: dict[str, Any], faster: float
) -> None:
    bigger = replace(load, **{name: getattr(load, name) + by for name, by in more.items()})
    rate = max(0.02, load.sync_rate * faster)
    assert tier_of(load) <= tier_of(bigger) <= tier_of(replace(bigger, sync_rate=rate))


@given(LOADS)
def test_the_next_smaller_tier_always_breaks_a_rule(load: Load) -> None:
    assume(tier_of(load) < len(CacheTier))
    sizing = size(load)
    assert sizing.smaller is not None
    assert sizing.broken_by(sizing.smaller)


def test_wrong_values_of_a_load_are_reported_together() -> None:
    with pytest.raises(SizingError) as refused:
        Load(consumers=0, rps=-1, sync_rate=0.01, data_gib=-1)
    assert refused.value.problems == (
        "consumers: 0 is too small; give 1 or more",
        "rps: -1 is too small; give 1 or more",
        "sync_rate: 0.01 is too small; give 0.02 or more",
        "data_gib: -1 is too small; give 0 or more",
    )


def test_the_command_prints_the_tier_why_and_what_a_smaller_one_breaks(
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = "--consumers 5000 --routes 3000 --windows 3 --rps 8000 --nodes 4 --sync-rate 0.1"
    assert main(given.split()) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "2xlarge: 25 GiB, of which 17.5 to 18.75 hold data; sync_rate 0.1"
    assert "  medium: 8,000 requests per second: medium is the minimum for up to 10,000" in lines
    assert "On xlarge, the next smaller tier:" in lines
    assert sum(line.strip().startswith("https://developer.konghq.com") for line in lines) == 5


def test_the_command_reports_all_mistakes_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    given = {
        "consumers": "many",
        "windows": "0",
        "rps": "1e3",
        "sync-rate": "nan",
        "data-gib": "-1",
    }
    assert main([f"--{name}={value}" for name, value in given.items()]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "error: consumers: 'many' is not a number; give a whole number like 100",
        "error: routes: is missing; give --routes NUMBER",
        "error: windows: 0 is too small; give 1 or more",
        "error: rps: '1e3' is not a number; give a whole number like 100",
        "error: sync_rate: 'nan' is not a number; give a number like 0.5",
        "error: data_gib: -1 is too small; give 0 or more",
    ]


def test_the_command_reports_a_load_that_no_tier_carries(
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = "--consumers 1 --routes 1 --windows 1 --rps 1 --data-gib 500"
    assert main(given.split()) == 1
    assert "spread the APIs over several control planes" in capsys.readouterr().err


def test_only_vectors_are_an_option_without_a_number() -> None:
    given = dict.fromkeys(("consumers", "routes", "windows", "rps"), "1")
    assert load_of(given, vector_search=True) == Load(vector_search=True)
