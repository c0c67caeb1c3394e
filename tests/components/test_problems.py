"""The parts of an error message: paths, values on one line, words that are alike, limits."""

from __future__ import annotations

from typing import Any

import pytest

from components.problems import (
    ABSENT,
    Path,
    Problem,
    cleaned,
    nearest,
    shown,
    yaml_inline,
    yaml_path,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (3, "3"),
        (0.5, "0.5"),
        ("us-east-2", "us-east-2"),
        ("10.64.0.0/20", "10.64.0.0/20"),
        ("3.13", '"3.13"'),
        ("yes", '"yes"'),
        ("No", '"No"'),
        ("two words", '"two words"'),
        ("", '""'),
        (("use2-az1", "use2-az2"), "[use2-az1, use2-az2]"),
        ({"tier": "small", "sizes": [1, 2]}, "{tier: small, sizes: [1, 2]}"),
    ],
)
def test_a_value_in_a_remedy_can_be_pasted_into_a_stack_file(value: object, text: str) -> None:
    assert yaml_inline(value) == text


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), "gateway"),
        (("regions", 1, "cidr"), "gateway.regions[1].cidr"),
        (("tags", "cost-centre"), "gateway.tags.cost-centre"),
        (("tags", "Cost Centre"), 'gateway.tags["Cost Centre"]'),
    ],
)
def test_a_path_is_written_as_in_the_file(path: Path, text: str) -> None:
    assert yaml_path(path) == text


def test_a_problem_is_one_line_with_its_value_unless_the_key_is_absent() -> None:
    assert Problem(("geo",), "is wrong", "write us", None).line("f") == (
        "f: gateway.geo: null is wrong; write us"
    )
    assert Problem(("geo",), "is missing", "write us", ABSENT).line("f") == (
        "f: gateway.geo: is missing; write us"
    )


@pytest.mark.parametrize(
    ("text", "known", "remedy"),
    [
        ("us-east2", ["us-west-2", "us-east-2", "eu-west-1"], "did you mean us-east-2?"),
        ("us-xx-2", ["us-ab-2", "us-cd-2"], "did you mean us-ab-2 or us-cd-2?"),
        ("mars", ["us-west-2", "eu-west-1"], "use one of eu-west-1, us-west-2"),
        ("abcd", ["abzz"], "use one of abzz"),
        ("abcde", ["abczz"], "did you mean abczz?"),
        ("mars", [], "none is known"),
    ],
)
def test_an_unknown_word_is_answered_with_the_words_that_are_most_like_it(
    text: str, known: list[str], remedy: str
) -> None:
    assert nearest(text, known) == remedy


def test_a_long_value_is_cut_in_a_message() -> None:
    assert shown("x" * 58) == f'"{"x" * 58}"'
    assert shown("x" * 59) == f'"{"x" * 59}...'


def test_a_document_is_read_to_a_depth_of_twelve() -> None:
    def nested(levels: int) -> list[Any]:
        value: list[Any] = []
        for _ in range(levels - 1):
            value = [value]
        return value

    assert cleaned(nested(12)) == (nested(12), [])
    _, problems = cleaned(nested(13))
    assert [(problem.path, problem.wrong) for problem in problems] == [
        ((0,) * 12, "is nested too deeply")
    ]


def test_a_number_that_json_cannot_carry_is_named_by_its_size() -> None:
    assert cleaned(2**63 - 1) == (2**63 - 1, [])
    assert cleaned([2**63, {"a": -(2**70)}]) == (["(64-bit number)", {"a": "(71-bit number)"}], [])


@pytest.mark.parametrize("token", ["kpat_abc", "SPAT_abc", "Bearer kpat_abc", "(spat_x)"])
def test_a_token_is_replaced_and_reported_where_it_stands(token: str) -> None:
    document, problems = cleaned({"regions": [{"cidr": token}], token: 1})
    assert document == {
        "regions": [{"cidr": "(a Konnect token)"}],
        "(a Konnect token)": 1,
    }
    assert [problem.path for problem in problems] == [
        ("regions", 0, "cidr"),
        ("(a Konnect token)",),
    ]


def test_what_only_looks_like_a_token_is_kept() -> None:
    assert cleaned("skpat_abc") == ("skpat_abc", [])
