"""Tags, as each cloud takes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.regions import Cloud
from providers.konnect.ownership import LABEL
from stacks.tags import label_problems, tag_problems, tags_for

TAGS = {"Cost Centre": "R&D/Ärzte", "team": "platform"}


def test_gcp_takes_lower_case_labels_and_the_others_the_tags_as_written() -> None:
    assert tags_for(Cloud.AWS, TAGS) == tags_for(Cloud.AZURE, TAGS) == TAGS
    assert tags_for(Cloud.GCP, TAGS) == {"cost-centre": "r-d--rzte", "team": "platform"}


@pytest.mark.parametrize(
    ("cloud", "refused"),
    [
        (Cloud.AWS, {"aws:team": "a"}),
        (Cloud.AWS, {"AWS:team": "a"}),
        (Cloud.AWS, {"t" * 129: "a"}),
        (Cloud.AWS, {"team": "a" * 257}),
        (Cloud.AWS, {"team": "a&b"}),
        (Cloud.AZURE, {"team/part": "a"}),
        (Cloud.AZURE, {"Windows": "a"}),
        (Cloud.AZURE, {"team": "a" * 257}),
        (Cloud.GCP, {"-team": "a"}),
        (Cloud.GCP, {"team": "a" * 64}),
        (Cloud.GCP, {"t" * 64: "a"}),
    ],
)
def test_a_tag_a_cloud_would_refuse_is_a_problem_of_that_tag(
    cloud: Cloud, refused: dict[str, str]
) -> None:
    (problem,) = tag_problems(cloud, refused)
    assert problem.path == tuple(refused)
    assert problem.wrong == f"is not a valid tag in {cloud}"


@pytest.mark.parametrize(("cloud", "same"), [(Cloud.AWS, 0), (Cloud.AZURE, 1), (Cloud.GCP, 1)])
def test_names_that_differ_in_case_alone_are_one_tag_outside_aws(cloud: Cloud, same: int) -> None:
    problems = list(tag_problems(cloud, {"Team": "a", "team": "b"}))
    assert [problem.wrong for problem in problems] == [
        f"is the same tag as 'Team' in {cloud}"
    ] * same


@given(st.dictionaries(st.text(max_size=70), st.text(max_size=70), max_size=3))
def test_tags_without_a_problem_fold_into_distinct_labels(tags: dict[str, str]) -> None:
    if not list(tag_problems(Cloud.GCP, tags)):
        assert len(tags_for(Cloud.GCP, tags)) == len(tags)


def test_labels_up_to_the_limits_of_konnect_have_no_problem() -> None:
    labels = {"a": "x" * 63, "k" * 63: "1", "b": "A.b_c-9", "c": "0"}
    assert list(label_problems(labels)) == []


@pytest.mark.parametrize(
    ("labels", "wrong"),
    [
        (dict.fromkeys("abcde", "x"), "has 5 labels, and at most 4 "),
        ({"k" * 64: "x"}, "has a key of 64 characters"),
        ({"": "x"}, "has a key of 0 characters"),
        ({"a": "x" * 64}, "is not a label value"),
        ({"a": ""}, "is not a label value"),
        ({"a": "-x"}, "is not a label value"),
        ({LABEL: "x"}, "it marks the stack that created the control plane"),
    ],
)
def test_a_label_that_konnect_would_refuse_is_one_problem(
    labels: dict[str, str], wrong: str
) -> None:
    (problem,) = label_problems(labels)
    assert wrong in problem.wrong
