"""The shipped environments: they load, Konnect offers them, and they share no address."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
import yaml

from sandbox.konnect.availability import document as sandbox_availability
from stacks.defaults import fill
from stacks.settings import (
    ApiAccess,
    Cloud,
    availability_problems,
    warnings,
)
from tests.shipped import STACKS, load

PROJECT = Path(__file__).parents[2]


@pytest.mark.parametrize("stack", STACKS)
def test_a_shipped_environment_is_what_it_is_with_every_value_written_out(stack: str) -> None:
    in_full = yaml.safe_load(Path(__file__).with_name("in_full.yaml").read_text())
    assert not fill(stack, in_full[stack]).by_class
    assert load(stack) == load(stack, in_full[stack])


@pytest.mark.parametrize("stack", STACKS)
def test_a_shipped_environment_loads_without_a_mistake(stack: str) -> None:
    loaded = load(stack)
    # With a cache, GCP has a control plane of its own behind the one name of staging.
    expected = ["leads to 2 control planes (gcp-us-central1, main)"] if stack == "staging" else []
    found = warnings(loaded)
    assert len(found) == len(expected)
    assert all(part in warning for part, warning in zip(expected, found, strict=True))
    assert list(availability_problems(loaded, sandbox_availability())) == []


def test_the_shipped_environments_share_no_address() -> None:
    blocks = [
        block
        for stack in STACKS
        for region in load(stack).regions
        for block in (region.cidr, region.landing.cidr)
    ]
    assert len(blocks) == 22
    assert not any(one.overlaps(other) for one, other in combinations(blocks, 2))


def test_prod_is_private_protected_and_in_all_clouds() -> None:
    prod = load("prod")
    assert (prod.api_access, prod.protect, prod.clouds) == (
        ApiAccess.PRIVATE,
        True,
        frozenset(Cloud),
    )
