"""Required tags in the clouds."""

from __future__ import annotations

from typing import Any

import pytest

from policies import types
from policies.rules.cloud_resource_required_tags import policy
from sandbox.clouds.server import CLOUDS
from tests.policies.runner import UNKNOWN, remediated, resource, run

CONFIG = {"required": {"env": "Prod", "team": None}}
AZURE_VNET = types.AZURE_VIRTUAL_NETWORK
BOTH = {"env": "prod", "team": "platform"}

ON_NO_BILL = {
    "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "azure-native:network:HubRouteTable",  # Its labels are names for connections, not tags.
    "gcp:compute/globalAddress:GlobalAddress",
}
BILLED = {
    token: key
    for cloud in CLOUDS
    for token, type_ in cloud.types.items()
    for key in ("tags", "labels")
    if key in type_.inputs and token not in ON_NO_BILL
}
"""By type token: the property with the tags."""


@pytest.mark.parametrize(
    ("type_", "props"),
    [
        (types.AWS_VPC, {"tags": BOTH}),
        (AZURE_VNET, {"tags": {"Env": "prod", "TEAM": "platform"}}),
        (types.GCP_REDIS, {"labels": BOTH}),
        (types.GCP_SUBNETWORK, {}),
        (types.AWS_VPC, {"tags": {"env": "someone's own word", "team": UNKNOWN}}),
    ],
)
def test_a_compliant_resource_has_them_or_takes_none(type_: str, props: dict[str, Any]) -> None:
    one = resource(type_, "it", props)
    outcome = run(policy, [one], CONFIG)
    assert outcome.violations == []
    assert outcome.unknown is None
    assert remediated(policy, one, CONFIG) is None


@pytest.mark.parametrize(
    ("type_", "props", "missing"),
    [
        (types.AWS_VPC, {}, "has no 'env' in tags\nhas no 'team' in tags"),
        (types.AWS_VPC, {"tags": {"Env": "prod", "team": "x"}}, "has no 'env' in tags"),
        (AZURE_VNET, {"tags": {"env": "prod"}}, "has no 'team' in tags"),
        (types.GCP_REDIS, {"labels": {"team": "x"}}, "has no 'env' in labels"),
    ],
)
def test_a_missing_tag_is_a_violation(type_: str, props: dict[str, Any], missing: str) -> None:
    outcome = run(policy, [resource(type_, "bad", props)], CONFIG)
    assert set(outcome.names) == {"bad"}
    assert outcome.messages == missing


@pytest.mark.parametrize("type_", BILLED)
def test_a_missing_tag_of_any_billed_resource_is_a_violation(type_: str) -> None:
    outcome = run(policy, [resource(type_, "bad", {BILLED[type_]: {"team": "x"}})], CONFIG)
    assert outcome.messages == f"has no 'env' in {BILLED[type_]}"


@pytest.mark.parametrize(
    ("type_", "props", "mended"),
    [
        (types.AWS_VPC, {"cidrBlock": UNKNOWN}, {"cidrBlock": UNKNOWN, "tags": {"env": "Prod"}}),
        (AZURE_VNET, {"tags": {"team": "x"}}, {"tags": {"team": "x", "env": "Prod"}}),
        (types.GCP_REDIS, {"labels": {"team": "x"}}, {"labels": {"team": "x", "env": "prod"}}),
    ],
)
def test_a_missing_tag_with_a_value_is_written_as_the_cloud_spells_it(
    type_: str, props: dict[str, Any], mended: dict[str, Any]
) -> None:
    one = resource(type_, "it", props)
    assert remediated(policy, one, CONFIG) == mended
    assert run(policy, [resource(type_, "it", mended)], {"required": {"env": "x"}}).names == []


def test_a_missing_tag_without_a_value_is_left_to_people() -> None:
    one = resource(types.AWS_VPC, "it", {"tags": {"env": "prod"}})
    assert remediated(policy, one, CONFIG) is None


def test_unknown_tags_are_said_and_left_alone_and_hide_no_other_violation() -> None:
    later = resource(types.AWS_VPC, "later", {"tags": UNKNOWN})
    outcome = run(policy, [later, resource(types.AWS_VPC, "bad", {"tags": {"env": "x"}})], CONFIG)
    assert outcome.names == ["bad"]
    assert "later .tags" in str(outcome.unknown)
    assert remediated(policy, later, CONFIG) is None


def test_an_excepted_resource_stays_as_it_is() -> None:
    config = {**CONFIG, "exceptions": [{"resource": "old-*", "reason": "made by hand"}]}
    old = resource(types.AWS_VPC, "old-vpc", {})
    assert run(policy, [old], config).violations == []
    assert remediated(policy, old, config) is None
