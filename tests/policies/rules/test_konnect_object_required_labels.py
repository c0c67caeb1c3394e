"""Required labels of control planes."""

from __future__ import annotations

from policies import types
from policies.rules.konnect_object_required_labels import policy
from tests.policies.runner import UNKNOWN, Resource, remediated, resource, run

CONFIG = {"required": {"env": "prod", "team": None}}
FIVE = {f"label-{number}": "x" for number in range(5)}


def plane(name: str, **props: object) -> Resource:
    return resource(types.CONTROL_PLANE, name, {"name": name, **props})


def test_a_compliant_control_plane_has_them() -> None:
    one = plane("it", labels={"env": "prod", "team": "platform"})
    assert run(policy, [one], CONFIG).violations == []
    assert remediated(policy, one, CONFIG) is None


def test_a_missing_label_is_a_violation_and_is_written_where_its_value_is_known() -> None:
    one = plane("bad", labels={"team": "platform"})
    outcome = run(policy, [one, plane("worse")], CONFIG)
    assert outcome.names == ["bad", "worse", "worse"]
    assert "has no label 'env'" in outcome.messages
    mended = remediated(policy, one, CONFIG)
    assert mended == {"name": "bad", "labels": {"team": "platform", "env": "prod"}}


def test_a_control_plane_without_room_for_a_label_is_a_violation_and_left_to_people() -> None:
    full = plane("full", labels=FIVE)
    config = {"required": {"env": "prod"}}
    outcome = run(policy, [full], config)
    assert "has 5 labels, and Konnect accepts 5" in outcome.messages
    assert remediated(policy, full, config) is None


def test_a_missing_label_that_makes_five_has_room() -> None:
    labels = {f"label-{number}": "x" for number in range(4)}
    one = plane("it", labels=labels)
    config = {"required": {"env": "prod"}}
    assert len(run(policy, [one], config).violations) == 1
    assert remediated(policy, one, config) == {"name": "it", "labels": {**labels, "env": "prod"}}


def test_unknown_labels_are_said_and_left_alone_and_hide_no_other_violation() -> None:
    later = plane("later", labels=UNKNOWN)
    outcome = run(policy, [later, plane("bad", labels={"team": "x"})], CONFIG)
    assert outcome.names == ["bad"]
    assert "later .labels" in str(outcome.unknown)
    assert remediated(policy, later, CONFIG) is None


def test_an_excepted_control_plane_stays_as_it_is() -> None:
    config = {**CONFIG, "exceptions": [{"resource": "old", "reason": "made by hand"}]}
    assert run(policy, [plane("old")], config).violations == []
    assert remediated(policy, plane("old"), config) is None
