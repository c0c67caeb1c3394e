"""Which texts inside a secret input no message may show."""

from __future__ import annotations

from typing import Any

import pytest

from providers.base.credentials import confidential

LONG = "0123456789abcdef"
PEM = f"-----BEGIN KEY-----\n{LONG}\nshort\n-----END KEY-----"


@pytest.mark.parametrize(
    ("value", "named", "expected"),
    [
        (LONG, False, [LONG]),
        (LONG[:-1], False, []),
        ("short", True, ["short"]),
        ("{vault://env/redis-password}", True, []),
        # An error may quote one line of a key, which is no marker and is not short.
        (PEM, False, [PEM, LONG]),
        ({"host": "redis", "password": "short"}, False, ["short"]),
        ({"headers": {"x-team": ["short"]}}, False, ["short"]),
        ([{"Authorization": "short"}, "plain"], False, ["short"]),
        (["short", 7, None], True, ["short"]),
    ],
)
def test_long_texts_and_those_under_the_name_of_a_credential_are_confidential(
    value: Any, named: bool, expected: list[str]
) -> None:
    assert list(confidential(value, named)) == expected
