"""Where a managed cache can be."""

from __future__ import annotations

from policies.rules.konnect_addon_cache_supported import policy
from tests.policies.rules.control_planes import addon, configuration, control_plane
from tests.policies.runner import UNKNOWN, Resource, run

AWS = ("aws", "us-east-2")
GCP = ("gcp", "us-central1")


def stack(*places: tuple[str, str], version: str = "3.13") -> list[Resource]:
    """A cache on a control plane; another control plane has a GCP group and none."""
    return [
        control_plane("main"),
        configuration("main-configuration", "main", *places, version=version),
        addon("cache", "main-configuration"),
        control_plane("gcp"),
        configuration("gcp-configuration", "gcp", GCP, version="3.9"),
    ]


def test_a_compliant_cache_passes() -> None:
    outcome = run(policy, stack(AWS, ("azure", "eastus2")))
    assert outcome.violations == []
    assert outcome.unknown is None


def test_a_cache_beside_a_gcp_group_is_a_violation() -> None:
    outcome = run(policy, stack(AWS, GCP))
    assert outcome.names == ["cache"]
    assert "control plane main has a GCP data plane group" in outcome.messages


def test_a_cache_of_an_old_gateway_is_a_violation() -> None:
    outcome = run(policy, stack(AWS, version="3.12"))
    assert outcome.names == ["cache"]
    assert "3.12; a managed cache needs 3.13" in outcome.messages
    assert run(policy, stack(AWS, version="3.14")).violations == []


def test_it_is_the_same_by_ids_as_along_dependencies() -> None:
    by_id = [configuration("elsewhere", None, GCP, id="id-1"), addon("cache", None, id="id-1")]
    assert run(policy, by_id).names == ["cache"]
    other = [configuration("elsewhere", None, GCP, id="id-1"), addon("cache", None, id="id-2")]
    assert run(policy, other).violations == []


def test_an_id_that_is_written_down_is_that_of_the_control_plane_in_the_stack() -> None:
    mixed = [
        control_plane("main"),
        configuration("main-configuration", "main", GCP, id="id-1"),
        addon("cache", None, id="id-1"),
    ]
    outcome = run(policy, mixed)
    assert outcome.names == ["cache"]
    assert "control plane main " in outcome.messages


def test_a_missing_configuration_says_nothing_about_a_cache() -> None:
    assert run(policy, [control_plane("main"), addon("cache", "main")]).violations == []


def test_an_unknown_control_plane_is_said_and_hides_no_other_violation() -> None:
    outcome = run(policy, [addon("later", None), *stack(AWS, GCP)])
    assert outcome.names == ["cache"]
    assert "later .owner.control_plane_id" in str(outcome.unknown)


def test_an_unknown_version_hides_no_gcp_group() -> None:
    outcome = run(policy, stack(AWS, GCP, version=UNKNOWN))
    assert outcome.names == ["cache"]
    assert "main-configuration .version" in str(outcome.unknown)


def test_an_excepted_cache_passes() -> None:
    config = {"exceptions": [{"resource": "cache", "reason": "Kong has it enabled for us"}]}
    assert run(policy, stack(AWS, GCP), config).violations == []
    bad = [*stack(AWS, GCP), addon("bad", "gcp")]
    assert run(policy, bad, config).names == ["bad", "bad"]
