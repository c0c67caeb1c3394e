"""Reads global network firewall policies of GCP.

Sources: Google Cloud, "Evaluation order for firewall policies and rules" and "Firewall policy rules
details" (targets, sources and destinations).
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Final

from reachability.filters import ANY, PORTS, Direction, Rule
from reachability.parts import blocks, element, port_ranges, protocol
from reachability.records import Record, Records

POLICY: Final = "gcp:compute/networkFirewallPolicy:NetworkFirewallPolicy"
ASSOCIATION: Final = "gcp:compute/networkFirewallPolicyAssociation:NetworkFirewallPolicyAssociation"
POLICY_RULE: Final = "gcp:compute/networkFirewallPolicyRule:NetworkFirewallPolicyRule"

_ALLOWING: Final = frozenset({"allow", "apply_security_profile_group"})
"""Actions that let a packet in. A firewall that inspects it may still refuse what is in it."""
_BEFORE: Final = -(2**31)
"""What comes on top of a priority, if policies come before the network's firewall rules. Those have
the priorities 0 to 65535."""
_AFTER: Final = 65536
"""The same, if policies come after them."""
_END: Final = _AFTER + 2**31


def policy_rules(records: Records, network: Record) -> Iterator[Rule]:
    """The rules of the policies of a network, with priorities among its firewall rules."""
    first = network.text("networkFirewallPolicyEnforcementOrder") == "BEFORE_CLASSIC_FIREWALL"
    for association in records.referring(network, "attachmentTarget", ASSOCIATION):
        policy = records.target(association, "firewallPolicy", POLICY)
        rules = [] if policy is None else records.referring(policy, "firewallPolicy", POLICY_RULE)
        for rule in rules:
            if rule.properties.get("disabled") is not True and not _of_some_hosts(rule):
                yield from _rules(rule, first=first)


def _of_some_hosts(rule: Record) -> bool:
    """Whether a rule is for hosts with some tags or service accounts only. The graph has none."""
    return any(rule.properties.get(f"target{what}") for what in ("SecureTags", "ServiceAccounts"))


def _side(rule: Record, side: str) -> tuple[IPv4Network, ...]:
    """The blocks of a side of a rule, ``src`` or ``dest``: none if tags or names say who it is."""
    ranges = f"{side}IpRanges"
    if found := blocks(rule.values(f"match.{ranges}.*")):
        return found
    match = rule.properties.get("match") or {}
    others = (value for name, value in match.items() if name.startswith(side) and name != ranges)
    return () if any(others) else (ANY,)


def _rules(rule: Record, *, first: bool) -> Iterator[Rule]:
    inbound = rule.text("direction") != "EGRESS"
    unknown = rule.is_unknown("match")
    source, destination = ((), ()) if unknown else (_side(rule, "src"), _side(rule, "dest"))
    action = rule.text("action")
    goes_on = 0 if first else _END
    for one in rule.values("match.layer4Configs.*"):
        yield Rule(
            element(rule),
            Direction.IN if inbound else Direction.OUT,
            action in _ALLOWING,
            int(float(rule.text("priority") or 0)) + (_BEFORE if first else _AFTER),
            protocol(one.get("ipProtocol", "all")),
            port_ranges(one.get("ports") or ()) or (PORTS,),
            remotes=source if inbound else destination,
            locals=destination if inbound else source,
            skips_to=goes_on if action == "goto_next" else None,
        )
