"""Firewall policies of GCP beside a network's firewall rules."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from reachability.filters import Direction, Packet, decide
from reachability.gcp import FIREWALL, NETWORK, firewall
from reachability.gcp_policies import ASSOCIATION, POLICY, POLICY_RULE
from reachability.records import Record, Records
from reachability.unread import unread

BEFORE, AFTER = "BEFORE_CLASSIC_FIREWALL", "AFTER_CLASSIC_FIREWALL"
GATEWAY = "10.64.0.9"
APPLY = "apply_security_profile_group"


def record(type_: str, name: str, **properties: object) -> Record:
    urn = f"urn:pulumi:s::p::{type_}::{name}"
    return Record(type_, urn, properties, f"{name}-id")


def rule(priority: int, action: str, **match: object) -> Record:
    of_match = {"layer4Configs": [{"ipProtocol": "tcp", "ports": ["443"]}], **match}
    inputs = {"firewallPolicy": "policy-id", "direction": "INGRESS", "match": of_match}
    return record(POLICY_RULE, f"rule-{priority}", priority=priority, action=action, **inputs)


def lets_in(order: str, *rules: Record, classic: str | None = None, port: int = 443) -> bool:
    """Whether a network lets a gateway in. ``classic`` is what its firewall rule does."""
    network = record(NETWORK, "network", networkFirewallPolicyEnforcementOrder=order)
    parts = [
        network,
        record(POLICY, "policy"),
        record(
            ASSOCIATION, "association", attachmentTarget="network-id", firewallPolicy="policy-id"
        ),
        *rules,
    ]
    if classic is not None:
        entry = {classic: [{"protocol": "tcp"}], "sourceRanges": ["10.64.0.0/20"]}
        parts.append(record(FIREWALL, "classic", network="network-id", **entry))
    packet = Packet(Direction.IN, IPv4Address("10.97.0.5"), IPv4Address(GATEWAY), port)
    return decide(firewall(Records(parts), network), packet)[0]


@pytest.mark.parametrize(
    ("order", "policy", "classic", "passes"),
    [
        (BEFORE, "deny", "allows", False),
        (AFTER, "deny", "allows", True),
        (BEFORE, APPLY, "denies", True),
        (AFTER, APPLY, "denies", False),
        (BEFORE, APPLY, None, True),
        (AFTER, "allow", None, True),
        (BEFORE, "goto_next", "allows", True),
        (BEFORE, "goto_next", "denies", False),
        (AFTER, "goto_next", None, False),
    ],
)
def test_the_order_of_a_network_says_who_decides(
    order: str, policy: str, classic: str | None, passes: bool
) -> None:
    only = rule(100, policy, srcIpRanges=["10.64.0.0/20"])
    assert lets_in(order, only, classic=classic) is passes


def test_a_bypass_leaves_the_rest_of_the_policy_out() -> None:
    bypass = rule(100, "goto_next", srcIpRanges=["10.64.0.0/24"])
    deny = rule(1000, "deny", srcIpRanges=["10.64.0.0/20"])
    assert lets_in(BEFORE, bypass, deny, classic="allows")
    assert not lets_in(BEFORE, deny, classic="allows")


@pytest.mark.parametrize(
    ("match", "port"),
    [
        ({"srcIpRanges": ["10.96.0.0/20"]}, 443),
        ({"destIpRanges": ["10.98.0.0/16"]}, 443),
        ({"srcIpRanges": ["10.64.0.0/20"]}, 80),
        ({"srcSecureTags": [{"name": "tagValues/281475"}]}, 443),
        ({"srcFqdns": ["example.com"]}, 443),
        ({"destAddressGroups": ["organizations/1/locations/global/addressGroups/a"]}, 443),
    ],
)
def test_a_rule_is_about_its_sources_destinations_and_ports(
    match: dict[str, list[str]], port: int
) -> None:
    assert not lets_in(BEFORE, rule(100, APPLY, **match), port=port)


@pytest.mark.parametrize("target", ["targetSecureTags", "targetServiceAccounts"])
def test_a_rule_for_some_hosts_lets_nobody_in_to_the_others(target: str) -> None:
    open_ = rule(100, "allow", srcIpRanges=["10.64.0.0/20"])
    of_some = replace(open_, properties={**open_.properties, target: [{"name": "tagValues/281"}]})
    assert lets_in(BEFORE, open_)
    assert not lets_in(BEFORE, of_some)


def test_a_policy_counts_for_the_networks_that_it_is_associated_with() -> None:
    network = record(NETWORK, "network", networkFirewallPolicyEnforcementOrder=BEFORE)
    parts = [network, record(POLICY, "policy"), rule(100, "allow", srcIpRanges=["0.0.0.0/0"])]
    assert firewall(Records(parts), network).rules == ()


def test_firewalls_and_their_policies_are_no_unread_resources() -> None:
    firewalls = "gcp:networksecurity/firewallEndpoint:FirewallEndpoint"
    parts = [record(POLICY, "policy"), rule(100, "allow"), record(firewalls, "endpoint")]
    assert list(unread(Records(parts))) == []
