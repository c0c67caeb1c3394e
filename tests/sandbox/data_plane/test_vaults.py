"""Vault references in plugins' settings."""

from __future__ import annotations

import pytest

from sandbox.data_plane.vaults import resolved, resolver

ENVIRONMENT = {"CACHE_HOST": "10.0.0.1", "TEAM_KEY": "s3cret", "PAIR": '{"user": "ann"}'}
VAULTS = [
    {"name": "env", "prefix": "team", "config": {"prefix": "TEAM_"}},
    {"name": "konnect", "prefix": "store", "config": {}},
]


@pytest.mark.parametrize(
    ("reference", "value"),
    [
        ("{vault://env/CACHE_HOST}", "10.0.0.1"),
        ("{vault://env/cache-host}", "10.0.0.1"),
        ("{vault://team/key}", "s3cret"),
        ("{vault://env/pair/user}", "ann"),
        ("{vault://env/pair/age}", None),
        ("{vault://env/unknown}", None),
        ("{vault://store/key}", None),
        ("plain", None),
    ],
)
def test_a_reference_is_the_value_of_a_variable(reference: str, value: str | None) -> None:
    assert resolver(ENVIRONMENT, VAULTS)(reference) == value


def test_references_are_replaced_everywhere_and_those_without_a_value_are_named() -> None:
    config = {
        "redis": {"host": "{vault://env/CACHE_HOST}", "port": 6379},
        "keys": ["{vault://a/b}"],
    }
    failed: list[str] = []
    assert resolved(config, resolver(ENVIRONMENT, VAULTS), failed) == {
        "redis": {"host": "10.0.0.1", "port": 6379},
        "keys": ["{vault://a/b}"],
    }
    assert failed == ["{vault://a/b}"]
