"""Global network firewall policies: their rules, and the networks that they apply to.

Where a network has the order ``BEFORE_CLASSIC_FIREWALL``, they come before its firewall rules.
Source: the REST resource ``networkFirewallPolicies`` of Compute Engine, and "Evaluation order for
firewall policies and rules" of Cloud NGFW.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

from sandbox.clouds.declare import Call, Error
from sandbox.clouds.gcp.cloud import API, gcp, invalid, linked, network_path, path, same_link
from sandbox.clouds.gcp.network import in_own_project, network_ref
from sandbox.clouds.gcp.network_security import PREFIX, SECURITY_PROFILE_GROUP, without_prefix
from sandbox.clouds.inputs import Failure, Input, block, blocks, flag, ref, text, texts, whole
from sandbox.clouds.rules import siblings
from sandbox.clouds.wire import Values

APPLY = "apply_security_profile_group"
_WITH_PORTS = frozenset({"tcp", "udp", "6", "17"})
_PRIORITY_MAX = 2_147_483_547
"""Higher numbers are those of Google's own rules."""
_ONE_POLICY: Error = (
    "badRequest",
    "Network '{network}' already has an association with a network firewall policy: '{by}'",
)
_NO_LOGGING: Error = ("badRequest", "Logging cannot be enabled on rules with the action goto_next")


def _policy(call: Call) -> Values:
    number = f"{4_000_000_000_000_000_000 + call.store.serial('gcp:number')}"
    return {
        "networkFirewallPolicyId": number,
        "selfLinkWithId": f"{API}projects/{call.tenant}/global/firewallPolicies/{number}",
    }


POLICY = gcp(
    "gcp:compute/networkFirewallPolicy:NetworkFirewallPolicy",
    {"description": text()},
    id="projects/{project}/global/firewallPolicies/{name}",
    self_link=True,
    stamped=True,
    outputs=("networkFirewallPolicyId", "selfLinkWithId"),
    made=_policy,
)


def _policy_ref(**how: Any) -> Input:
    find = linked("global/firewallPolicies")
    return ref(POLICY, find=find, same=same_link, required=True, fixed=True, **how)


def _policy_path(call: Call) -> str:
    return linked("global/firewallPolicies")(call, call.values["firewallPolicy"])


def _is_range(at: str, value: str) -> Iterator[Failure]:
    try:
        ip_network(value)
    except ValueError:
        yield at, f'"{value}" is not a valid CIDR block'


def _good_action(call: Call) -> None:
    """A rule: a profile group with, and only with, the action that applies it."""
    action, group = call.values["action"], call.values.get("securityProfileGroup")
    if (action == APPLY) != (group is not None):
        why = f"It is required for, and only for, the action {APPLY}."
        raise invalid(call, "rule.securityProfileGroup", group or "", why)
    if call.values.get("tlsInspect") and action != APPLY:
        raise invalid(call, "rule.tlsInspect", True, f"It needs the action {APPLY}.")
    if call.values.get("enableLogging") and action == "goto_next":
        raise call.error(_NO_LOGGING)


def _good_match(call: Call) -> None:
    """A rule: protocols are there, ports are of TCP and UDP, and a side has ranges."""
    match = call.values["match"]
    if not match["layer4Configs"]:
        raise invalid(call, "rule.match.layer4Configs", [], "At least one is required.")
    for index, entry in enumerate(match["layer4Configs"]):
        protocol, ports = entry["ipProtocol"].lower(), entry.get("ports", [])
        if ports and protocol not in _WITH_PORTS:
            at = f"rule.match.layer4Configs[{index}].ports"
            raise invalid(call, at, ports, "Ports are for TCP and UDP only.")
    if not match.get("srcIpRanges") and not match.get("destIpRanges"):
        why = "A rule must match a source or a destination."
        raise invalid(call, "rule.match", "", why)


def _is_prefixed(at: str, value: str) -> Iterator[Failure]:
    if not value.startswith(PREFIX):
        yield at, f'"{at}" ("{value}") must begin with {PREFIX}'


RULE = gcp(
    "gcp:compute/networkFirewallPolicyRule:NetworkFirewallPolicyRule",
    {
        "action": text(required=True, choices=("allow", "deny", "goto_next", APPLY)),
        "description": text(),
        "direction": text(required=True, choices=("INGRESS", "EGRESS")),
        "disabled": flag(),
        "enableLogging": flag(),
        "firewallPolicy": _policy_ref(on_delete="cascade"),
        "match": block(
            {
                "layer4Configs": blocks(
                    {"ipProtocol": text(required=True), "ports": texts()}, required=True
                ),
                "srcIpRanges": texts(form=_is_range),
                "destIpRanges": texts(form=_is_range),
            },
            required=True,
        ),
        "priority": whole(required=True, fixed=True, between=(0, _PRIORITY_MAX)),
        "ruleName": text(),
        "securityProfileGroup": ref(
            SECURITY_PROFILE_GROUP,
            find=lambda call, value: without_prefix(value),
            form=_is_prefixed,
        ),
        "tlsInspect": flag(),
    },
    id=lambda call: f"{_policy_path(call)}/rules/{call.values['priority']}",
    named=False,
    stamped=True,
    rules=(_good_action, _good_match),
    outputs=("kind",),
    made=lambda call: {"kind": "compute#firewallPolicyRule"},
)


def _one_policy(call: Call) -> None:
    """A rule: a network has one global network firewall policy."""
    network = network_path(call.tenant, call.values["attachmentTarget"])
    for other, body in siblings(call, None):
        if path(body["attachmentTarget"]) == network:
            raise call.error(_ONE_POLICY, network=network, by=other)


ASSOCIATION = gcp(
    "gcp:compute/networkFirewallPolicyAssociation:NetworkFirewallPolicyAssociation",
    {
        "attachmentTarget": network_ref(required=True),
        "firewallPolicy": _policy_ref(),
    },
    id=lambda call: f"{_policy_path(call)}/associations/{call.values['name']}",
    links=("attachmentTarget",),
    rules=(lambda call: in_own_project(call, "attachmentTarget"), _one_policy),
    outputs=("shortName",),
    made=lambda call: {"shortName": _policy_path(call).rsplit("/", 1)[-1]},
)
