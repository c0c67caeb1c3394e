"""Firewall policies and Cloud NGFW of the simulated GCP."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.accounts import CUSTOMER_GCP_PROJECT
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.gcp.objects import PROJECT, link
from tests.sandbox.clouds.harness import Failed, Made, Provider, Refused

PARENT = "organizations/123456789012"
GROUP = f"{PROJECT}/locations/global/interceptEndpointGroups/firewalls"
MATCH = {
    "layer4Configs": [{"ipProtocol": "tcp", "ports": ["443"]}],
    "srcIpRanges": ["10.64.0.0/20"],
}


def profile(gcp: Provider, name: str = "p", **inputs: Any) -> Made:
    base = {"name": name, "parent": PARENT, "type": "THREAT_PREVENTION"}
    return gcp.create(tokens.GCP_SECURITY_PROFILE, name, **{**base, **inputs})


def group(gcp: Provider, **inputs: Any) -> Made:
    return gcp.create(tokens.GCP_PROFILE_GROUP, **{"name": "g", "parent": PARENT, **inputs})


def rule(gcp: Provider, **inputs: Any) -> Made:
    base = {"firewallPolicy": "fw", "priority": 10, "direction": "INGRESS", "match": MATCH}
    return gcp.create(tokens.GCP_FIREWALL_POLICY_RULE, **{**base, **inputs})


def endpoint(gcp: Provider, zone: str = "us-east4-a", **inputs: Any) -> Made:
    base = {
        "name": zone,
        "parent": PARENT,
        "location": zone,
        "billingProjectId": CUSTOMER_GCP_PROJECT,
    }
    return gcp.create(tokens.GCP_FIREWALL_ENDPOINT, zone, **{**base, **inputs})


def associate(gcp: Provider, made: Made, zone: str = "us-east4-a", **inputs: Any) -> Made:
    base = {"parent": PROJECT, "location": zone, "network": link("n"), "firewallEndpoint": made.id}
    return gcp.create(tokens.GCP_ENDPOINT_ASSOCIATION, **{"name": "a", **base, **inputs})


@pytest.fixture
def policy(gcp: Provider) -> Made:
    return gcp.create(tokens.GCP_FIREWALL_POLICY, name="fw")


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({"parent": "folders/1"}, "It must be organizations/<number>"),
        ({"type": "CUSTOM_INTERCEPT"}, "It must be projects/<project>/locations/global"),
        (
            {"customInterceptProfile": {"interceptEndpointGroup": GROUP}},
            "The profile has the type THREAT_PREVENTION",
        ),
    ],
)
def test_a_profile_has_an_organisation_and_the_block_of_its_type(
    gcp: Provider, inputs: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        profile(gcp, **inputs)


def test_a_group_has_profiles_of_its_parent_each_in_its_place(gcp: Provider) -> None:
    made = profile(gcp)
    with pytest.raises(Refused, match="A group needs a profile"):
        group(gcp)
    with pytest.raises(Refused, match="The profile has the type THREAT_PREVENTION"):
        group(gcp, customInterceptProfile=made.id)
    with pytest.raises(Refused, match="It belongs to another parent"):
        group(gcp, parent="organizations/1", threatPreventionProfile=made.id)
    used = group(gcp, threatPreventionProfile=made.id)
    with pytest.raises(Refused, match="resourceInUseByAnotherResource"):
        gcp.delete(made)
    gcp.delete(used)
    gcp.delete(made)


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({"action": "apply_security_profile_group"}, "It is required for, and only for"),
        ({"action": "goto_next", "enableLogging": True}, "Logging cannot be enabled"),
        ({"action": "allow", "tlsInspect": True}, "It needs the action"),
        ({"match": {"layer4Configs": [], "srcIpRanges": ["10.0.0.0/8"]}}, "At least one is"),
        ({"match": {"layer4Configs": [{"ipProtocol": "tcp"}]}}, "a source or a destination"),
        (
            {
                "match": {
                    "layer4Configs": [{"ipProtocol": "icmp", "ports": ["1"]}],
                    "srcIpRanges": ["10.0.0.0/8"],
                }
            },
            "Ports are for TCP and UDP only",
        ),
    ],
)
def test_a_rule_says_what_it_matches_and_does(
    gcp: Provider, policy: Made, inputs: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        rule(gcp, **{"action": "allow", **inputs})


def test_a_rule_names_a_group_by_its_full_name(gcp: Provider, policy: Made) -> None:
    made = group(gcp, threatPreventionProfile=profile(gcp).id)
    apply = {"action": "apply_security_profile_group"}
    with pytest.raises(Failed, match="must begin with //networksecurity"):
        rule(gcp, **apply, securityProfileGroup=made.id)
    applied = rule(gcp, **apply, securityProfileGroup=f"//networksecurity.googleapis.com/{made.id}")
    with pytest.raises(Refused, match="already exists"):
        rule(gcp, action="allow")
    with pytest.raises(Refused, match="resourceInUseByAnotherResource"):
        gcp.delete(made)
    gcp.delete(policy)
    assert gcp.read(applied) is None
    gcp.delete(made)


def test_a_network_has_one_policy(gcp: Provider, network: Made, policy: Made) -> None:
    inputs = {"attachmentTarget": network.id, "firewallPolicy": "fw"}
    made = gcp.create(tokens.GCP_FIREWALL_POLICY_ASSOCIATION, name="a", **inputs)
    with pytest.raises(Refused, match="already has an association"):
        gcp.create(tokens.GCP_FIREWALL_POLICY_ASSOCIATION, "b", name="b", **inputs)
    for used in (policy, network):
        with pytest.raises(Refused, match="resourceInUseByAnotherResource"):
            gcp.delete(used)
    gcp.delete(made)
    gcp.delete(policy)


@pytest.mark.parametrize(
    ("zone", "inputs", "reason"),
    [
        ("us-east4", {}, "locations/us-east4' was not found"),
        ("mars-east4-a", {}, "locations/mars-east4-a' was not found"),
        ("us-east1-a", {}, "locations/us-east1-a' was not found"),
        ("us-central1-d", {}, "locations/us-central1-d' was not found"),
        ("us-east4-a", {"billingProjectId": None}, "billingProjectId': ''. It is required"),
    ],
)
def test_an_endpoint_is_in_a_zone_and_is_paid_for(
    gcp: Provider, zone: str, inputs: dict[str, Any], reason: str
) -> None:
    base = {"name": "e", "parent": PARENT, "location": zone, "billingProjectId": "acme"}
    given = {key: value for key, value in {**base, **inputs}.items() if value is not None}
    with pytest.raises(Refused, match=reason):
        gcp.create(tokens.GCP_FIREWALL_ENDPOINT, **given)


def test_a_network_has_one_endpoint_in_a_zone(gcp: Provider, network: Made) -> None:
    made = endpoint(gcp)
    assert made["state"] == "ACTIVE"
    with pytest.raises(Refused, match="The endpoint is in us-east4-a"):
        associate(gcp, made, "us-east4-b")
    with pytest.raises(Refused, match="cannot be created disabled"):
        associate(gcp, made, disabled=True)
    associated = associate(gcp, made)
    with pytest.raises(Refused, match="already has a firewall endpoint association in us-east4-a"):
        associate(gcp, made, name="b")
    with pytest.raises(Refused, match="resourceInUseByAnotherResource"):
        gcp.delete(made)
    assert gcp.update(associated, disabled=True)["disabled"] is True
    gcp.delete(associated)
    gcp.delete(made)


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({"location": "us-east4"}, "It must be global"),
        ({"interceptEndpointGroup": "firewalls"}, "It must be projects/<project>/locations"),
    ],
)
def test_an_interception_is_global_and_names_a_group(
    gcp: Provider, network: Made, inputs: dict[str, str], reason: str
) -> None:
    base = {"location": "global", "network": network.id, "interceptEndpointGroup": GROUP}
    with pytest.raises(Refused, match=reason):
        gcp.create(tokens.GCP_INTERCEPT_ASSOCIATION, **{**base, **inputs})
    gcp.create(tokens.GCP_INTERCEPT_ASSOCIATION, **base)
    with pytest.raises(Refused, match="is already associated with"):
        gcp.create(tokens.GCP_INTERCEPT_ASSOCIATION, "again", **base)
