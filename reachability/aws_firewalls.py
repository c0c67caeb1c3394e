"""Reads AWS Network Firewalls that are attached to a Transit Gateway.

AWS keeps both directions of a connection in one zone of such a firewall by itself. Sources: AWS
Network Firewall, "Transit gateway-attached firewalls", "Stateful rule groups".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from reachability.aws import HUB
from reachability.graph import Direction, Filter, Firewall, Rule
from reachability.parts import element, exists
from reachability.records import Record, Records

FIREWALL: Final = "aws:networkfirewall/firewall:Firewall"
POLICY: Final = "aws:networkfirewall/firewallPolicy:FirewallPolicy"
GROUP: Final = "aws:networkfirewall/ruleGroup:RuleGroup"


def firewalls(records: Records) -> Iterator[Firewall]:
    """The firewalls of Transit Gateways, without the tables that they are associated with."""
    for one in records.of(FIREWALL):
        hub = records.target(one, "transitGatewayId", HUB)
        if hub is None:
            continue
        policy = records.target(one, "firewallPolicyArn", POLICY)
        has_policy = exists(
            policy is not None or records.is_foreign(one, "firewallPolicyArn", POLICY),
            one,
            POLICY,
            "its policy does not exist",
            "create the policy",
        )
        yield Firewall(
            one.urn, element(one), hub.urn, _filter(records, one, policy), None, (has_policy,)
        )


def with_table(firewall: Firewall, table: str | None) -> Firewall:
    """A firewall that is associated with a table."""
    return replace(firewall, table=table)


def _filter(records: Records, firewall: Record, policy: Record | None) -> Filter:
    at = element(firewall if policy is None else policy)
    both = {Direction.IN: True, Direction.OUT: True}
    rules: tuple[Rule, ...] = ()
    return Filter(at, firewall.urn, True, rules, both, GROUP)
