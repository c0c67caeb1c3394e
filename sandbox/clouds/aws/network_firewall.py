"""AWS Network Firewall: rule groups, policies, and firewalls attached to transit gateways.

A firewall with ``transitGatewayId`` has an endpoint in each availability zone that it names, and
one attachment to the gateway, which has static routes only. Its id is in
``firewallStatuses[0].transitGatewayAttachmentSyncStates[0].attachmentId``. A firewall in a VPC is
not modelled, nor what rules do to packets.

Rule groups that AWS manages belong to the account ``aws-managed`` and exist in every region.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sandbox.clouds.aws.cloud import aws, new_id
from sandbox.clouds.aws.regions import zones
from sandbox.clouds.aws.transit_gateway import TGW
from sandbox.clouds.aws.transit_gateway_routing import join_default_tables
from sandbox.clouds.declare import Autoname, Call, Error
from sandbox.clouds.inputs import (
    Failure,
    block,
    blocks,
    flag,
    not_cidr,
    ref,
    text,
    text_set,
    texts,
    whole,
    whole_set,
)
from sandbox.clouds.wire import Values

_MISSING: Error = ("ResourceNotFoundException", "Unable to locate the resource: {id}")
_IN_USE: Error = (
    "InvalidOperationException",
    "Unable to delete the object because it is still in use: {id}, by {by}",
)
_TAKEN: Error = ("ResourceAlreadyExistsException", "A resource with the name {id} exists already")
_PROTOCOLS: Final = range(256)
_STRICT: Final = "STRICT_ORDER"
_ORDERS: Final = (_STRICT, "DEFAULT_ACTION_ORDER")
_STATELESS_ACTIONS: Final = ("aws:pass", "aws:drop", "aws:forward_to_sfe")
_STATEFUL_ACTIONS: Final = (
    "aws:drop_strict",
    "aws:drop_established",
    "aws:alert_strict",
    "aws:alert_established",
)


def _refused(call: Call, said: str) -> Exception:
    return call.error(("InvalidRequestException", said))


def _arn(call: Call, kind: str) -> str:
    name = call.values["name"]
    return f"arn:aws:network-firewall:{call.place}:{call.tenant}:{kind}/{name}"


_ADDRESSES = {"addressDefinition": text(required=True)}
_PORTS = {"fromPort": whole(required=True), "toPort": whole()}
_STATELESS_RULE = {
    "priority": whole(required=True, between=(1, 65535)),
    "ruleDefinition": block(
        {
            "actions": texts(required=True),
            "matchAttributes": block(
                {
                    "sources": blocks(_ADDRESSES, unordered=True),
                    "destinations": blocks(_ADDRESSES, unordered=True),
                    "sourcePorts": blocks(_PORTS, unordered=True),
                    "destinationPorts": blocks(_PORTS, unordered=True),
                    "protocols": whole_set(_PROTOCOLS),
                },
                required=True,
            ),
        },
        required=True,
    ),
}
_RULE_GROUP = {
    "rulesSource": block(
        {
            "rulesString": text(),
            "statelessRulesAndCustomActions": block(
                {"statelessRules": blocks(_STATELESS_RULE, required=True, unordered=True)}
            ),
        },
        required=True,
    ),
    "statefulRuleOptions": block({"ruleOrder": text(required=True, choices=_ORDERS)}),
}


def _used_capacity(rules: list[Values]) -> int:
    """The capacity of stateless rules: of each, the product of the lengths of its criteria.

    Source: "Rule group capacity in AWS Network Firewall".
    """
    used = 0
    for rule in rules:
        of_rule = 1
        for criterion in rule["ruleDefinition"]["matchAttributes"].values():
            of_rule *= max(1, len(criterion))
        used += of_rule
    return used


def _rules(call: Call) -> None:
    """A rule: the rules are of the group's type, fit its capacity, and no priority is twice."""
    source = call.values.get("ruleGroup", {}).get("rulesSource", {})
    stateless = source.get("statelessRulesAndCustomActions")
    if (call.values["type"] == "STATELESS") != (stateless is not None):
        raise _refused(call, f"rule group of type {call.values['type']} has rules of another type")
    rules = (stateless or {}).get("statelessRules", [])
    priorities = [rule["priority"] for rule in rules]
    if len(set(priorities)) < len(priorities):
        raise _refused(call, f"stateless rules have the same priority: {sorted(priorities)}")
    used = _used_capacity(rules)
    if used > call.values["capacity"]:
        raise _refused(call, f"rules use {used} of the capacity {call.values['capacity']}")


RULE_GROUP = aws(
    "aws:networkfirewall/ruleGroup:RuleGroup",
    {
        "name": text(fixed=True),
        "type": text(required=True, fixed=True, choices=("STATEFUL", "STATELESS")),
        "capacity": whole(required=True, fixed=True, between=(1, 30000)),
        "description": text(),
        "ruleGroup": block(_RULE_GROUP),
    },
    id=lambda call: _arn(call, f"{call.values['type'].lower()}-rulegroup"),
    action="Network Firewall: CreateRuleGroup",
    updates="Network Firewall: UpdateRuleGroup",
    autoname=Autoname("name", longest=128),
    missing=_MISSING,
    taken=_TAKEN,
    in_use=_IN_USE,
    rules=(_rules,),
    outputs=("arn", "updateToken"),
    made=lambda call, id_: {"arn": id_, "updateToken": "1"},
)


def _is_own(call: Call, arn: str) -> bool:
    """Whether the ARN is of an object in an account, not of one that AWS manages."""
    del call
    return ":aws-managed:" not in arn


def _group(**more: Any) -> dict[str, Any]:
    """A reference to a rule group."""
    group = ref(RULE_GROUP, required=True, names_object=_is_own)
    return {"resourceArn": group, **more}


_VARIABLE = {
    "key": text(required=True, choices=("HOME_NET",)),
    "ipSet": block({"definitions": text_set(required=True, form=not_cidr)}, required=True),
}
_POLICY = {
    "statelessDefaultActions": text_set(required=True),
    "statelessFragmentDefaultActions": text_set(required=True),
    "statelessRuleGroupReferences": blocks(_group(priority=whole(required=True)), unordered=True),
    "statefulDefaultActions": text_set(),
    "statefulEngineOptions": block(
        {
            "ruleOrder": text(choices=_ORDERS),
            "streamExceptionPolicy": text(choices=("DROP", "CONTINUE", "REJECT")),
        }
    ),
    "statefulRuleGroupReferences": blocks(_group(priority=whole()), unordered=True),
    "policyVariables": block({"ruleVariables": blocks(_VARIABLE, unordered=True)}),
}


def _actions(call: Call) -> None:
    """A rule: the default actions are known, and those of the stateful engine need its order."""
    policy = call.values["firewallPolicy"]
    for key in ("statelessDefaultActions", "statelessFragmentDefaultActions"):
        for action in policy[key]:
            if action not in _STATELESS_ACTIONS:
                raise _refused(call, f"{key} has {action}, not one of {_STATELESS_ACTIONS}")
    strict = policy.get("statefulEngineOptions", {}).get("ruleOrder") == _STRICT
    for action in policy.get("statefulDefaultActions", []):
        if action not in _STATEFUL_ACTIONS or not strict:
            raise _refused(call, f"statefulDefaultActions has {action}: order {_STRICT} only")
    for one in policy.get("statefulRuleGroupReferences", []):
        if ("priority" in one) != strict:
            raise _refused(call, f"a reference has a priority with order {_STRICT}, only then")
        arn = one["resourceArn"]
        if not _is_own(call, arn) and arn.endswith("StrictOrder") != strict:
            raise _refused(call, f"{arn} has another order than the policy")


def _types(call: Call) -> None:
    """A rule: each reference is to a rule group of its type, in another priority."""
    policy = call.values["firewallPolicy"]
    for key, type_ in (
        ("statelessRuleGroupReferences", "STATELESS"),
        ("statefulRuleGroupReferences", "STATEFUL"),
    ):
        for found in call.found.get(f"firewallPolicy.{key}.resourceArn", []):
            if found.body["type"] != type_:
                raise _refused(call, f"{key} has {found.id}, which is not {type_}")
        priorities = [one["priority"] for one in policy.get(key, []) if "priority" in one]
        if len(set(priorities)) < len(priorities):
            raise _refused(call, f"{key} has a priority twice: {sorted(priorities)}")


FIREWALL_POLICY = aws(
    "aws:networkfirewall/firewallPolicy:FirewallPolicy",
    {
        "name": text(fixed=True),
        "description": text(),
        "firewallPolicy": block(_POLICY, required=True),
    },
    id=lambda call: _arn(call, "firewall-policy"),
    action="Network Firewall: CreateFirewallPolicy",
    updates="Network Firewall: UpdateFirewallPolicy",
    autoname=Autoname("name", longest=128),
    missing=_MISSING,
    taken=_TAKEN,
    in_use=_IN_USE,
    rules=(_actions, _types),
    outputs=("arn", "updateToken"),
    made=lambda call, id_: {"arn": id_, "updateToken": "1"},
)


def _zones_named(inputs: Values) -> Iterator[Failure]:
    if "transitGatewayId" not in inputs:
        yield "transitGatewayId", "the sandbox models firewalls of transit gateways"
    if inputs.get("availabilityZoneMappings") == [] or "availabilityZoneMappings" not in inputs:
        yield "availabilityZoneMappings", "a firewall of a transit gateway has a zone or more"


def _known_zones(call: Call) -> None:
    """A rule: the zones are of the region, each once."""
    named = _zones(call)
    unknown = set(named) - set(zones(call.place))
    if unknown or len(set(named)) < len(named):
        raise _refused(call, f"availability zones of {call.place}, each once: {named}")


def _zones(call: Call) -> list[str]:
    return [one["availabilityZoneId"] for one in call.values["availabilityZoneMappings"]]


def _statuses(call: Call, attachment: str) -> Values:
    states = [
        {"availabilityZone": zone, "attachments": [{"endpointId": new_id(call.store, "vpce")}]}
        for zone in _zones(call)
    ]
    of_gateway = [{"attachmentId": attachment}]
    status = {"syncStates": states, "transitGatewayAttachmentSyncStates": of_gateway}
    return {"firewallStatuses": [status]}


def _attach(call: Call, id_: str) -> Values:
    (gateway,) = call.found["transitGatewayId"]
    attachment = new_id(call.store, "tgw-attach")
    own = gateway.tenant == call.tenant
    return {
        "arn": id_,
        "updateToken": "1",
        "transitGatewayOwnerAccountId": gateway.tenant,
        **_statuses(call, attachment),
        "_attachment": attachment,
        "_state": "available" if own else "pendingAcceptance",
    }


def _unprotected(call: Call) -> None:
    if (call.stored or {}).get("deleteProtection"):
        said = "Unable to delete firewall {id} because DeleteProtection is set to true"
        raise call.error(("InvalidOperationException", said), id=call.id)


FIREWALL = aws(
    "aws:networkfirewall/firewall:Firewall",
    {
        "name": text(fixed=True),
        "description": text(),
        "firewallPolicyArn": ref(FIREWALL_POLICY, required=True),
        "transitGatewayId": ref(TGW, fixed=True),
        "availabilityZoneMappings": blocks(
            {"availabilityZoneId": text(required=True)}, unordered=True
        ),
        "deleteProtection": flag(default=False),
    },
    id=lambda call: _arn(call, "firewall"),
    action="Network Firewall: CreateFirewall",
    updates="Network Firewall: AssociateAvailabilityZones",
    autoname=Autoname("name", longest=128),
    missing=_MISSING,
    taken=_TAKEN,
    checks=(_zones_named,),
    rules=(_known_zones,),
    outputs=("arn", "firewallStatuses", "transitGatewayOwnerAccountId", "updateToken"),
    made=_attach,
    changed=lambda call: _statuses(call, (call.stored or {})["_attachment"]),
    created=lambda call: join_default_tables(
        call.world, (call.stored or {})["_attachment"], propagate=False
    ),
    deleted=_unprotected,
)
