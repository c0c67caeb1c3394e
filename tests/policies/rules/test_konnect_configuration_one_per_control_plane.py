"""Configurations of a control plane."""

from __future__ import annotations

from policies.rules.konnect_configuration_one_per_control_plane import policy
from tests.policies.rules.control_planes import configuration, control_plane
from tests.policies.runner import run

PLANES = [control_plane("main"), control_plane("gcp")]
BASELINE = [*PLANES, configuration("a", "main"), configuration("b", "gcp")]


def test_a_compliant_control_plane_has_one_configuration() -> None:
    outcome = run(policy, BASELINE)
    assert outcome.violations == []
    assert outcome.unknown is None


def test_a_second_configuration_of_a_control_plane_is_a_violation() -> None:
    outcome = run(policy, [configuration("c", "main"), *BASELINE])
    assert outcome.names == ["c"]
    assert "control plane main has the configuration a, " in outcome.messages


def test_a_second_configuration_by_id_is_a_violation() -> None:
    known = configuration("a", "main", id="id-1")
    outcome = run(policy, [*PLANES, known, configuration("b", None, id="id-1")])
    assert outcome.names == ["b"]
    assert run(policy, [*PLANES, known, configuration("b", None, id="id-2")]).violations == []


def test_a_missing_configuration_is_no_violation() -> None:
    assert run(policy, PLANES).violations == []


def test_an_unknown_control_plane_is_said_and_hides_no_other_violation() -> None:
    outcome = run(policy, [configuration("later", None), configuration("c", "main"), *BASELINE])
    assert outcome.names == ["c"]
    assert "later .control_plane_id" in str(outcome.unknown)


def test_an_excepted_configuration_passes() -> None:
    config = {"exceptions": [{"resource": "c", "reason": "is in another geo"}]}
    stack = [*BASELINE, configuration("c", "main"), configuration("d", "gcp")]
    assert run(policy, stack, config).names == ["d"]
