"""Network security groups, their rules, and route tables."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_network

from sandbox.clouds.azure.cloud import NETWORK, azure, holders, in_use
from sandbox.clouds.azure.spaces import block
from sandbox.clouds.declare import Call, name_of
from sandbox.clouds.inputs import Input, blocks, flag, text, text_set, whole
from sandbox.clouds.wire import Values
from sandbox.store import Found

_SIDES = (
    ("sourceAddressPrefix", "sourceAddressPrefixes"),
    ("destinationAddressPrefix", "destinationAddressPrefixes"),
    ("sourcePortRange", "sourcePortRanges"),
    ("destinationPortRange", "destinationPortRanges"),
)
_PORTS = re.compile(r"(?P<low>\d{1,5})(-(?P<high>\d{1,5}))?", re.ASCII)
_PORT_MAX = 65535
_TAG = re.compile(r"\*|[A-Za-z]\w*(\.\w+)?", re.ASCII)
"""A service tag is a word, optionally with a region after a dot: ``Storage.WestUS``."""
_LISTED = "{name} {{id}} cannot be deleted because it is in use by the following resources: {{by}}."


# Rules


def _well_formed(call: Call, id_: str, rule: Values) -> None:
    """Refuse a rule with a priority out of range, or without valid addresses and ports."""
    priority = rule.get("priority", 0)
    if not 100 <= priority <= 4096:
        said = (
            "Security rule has invalid Priority. Value provided: {value} Allowed range 100-4096. "
            "Security rule: {id}"
        )
        raise call.error(("SecurityRuleInvalidPriority", said), id=id_, value=priority)
    for one, many in _SIDES:
        if not rule.get(one) and not rule.get(many):
            said = (
                "Required security rule parameters are missing for security rule with Id: {id}. "
                "Security rule must specify {one} or {many}."
            )
            code = "SecurityRuleParameterMissing"
            raise call.error((code, said), id=id_, one=one, many=many)
        values = [rule[one]] if rule.get(one) else []
        if "Port" in one:
            for value in (*values, *rule.get(many, [])):
                _port_range(call, value)
        else:
            for value in values:
                _address_prefix(call, id_, value)
            for value in rule.get(many, []):
                _listed_prefix(call, id_, many, value)


def _port_range(call: Call, value: str) -> None:
    """Refuse anything but ``*``, a port, or two ports in ascending order."""
    found = _PORTS.fullmatch(value)
    if value != "*" and (
        found is None or not int(found["low"]) <= int(found["high"] or found["low"]) <= _PORT_MAX
    ):
        said = (
            "Security rule has invalid Port range. Value provided: {value}. Value should be an "
            f"integer OR integer range with '-' delimiter. Valid range 0-{_PORT_MAX}."
        )
        raise call.error(("SecurityRuleInvalidPortRange", said), value=value)


def _address_prefix(call: Call, id_: str, value: str) -> None:
    """Refuse anything but ``*``, a service tag, an address, or a block without host bits."""
    if _TAG.fullmatch(value):
        return
    try:
        ip_network(value)
    except ValueError:
        said = (
            "Security rule has invalid Address prefix. Value provided: {value}. Security rule: {id}"
        )
        raise call.error(("SecurityRuleInvalidAddressPrefix", said), id=id_, value=value) from None


def _listed_prefix(call: Call, id_: str, prop: str, value: str) -> None:
    """Refuse ``*`` and service tags in a list; they are accepted only as the single prefix."""
    if _TAG.fullmatch(value):
        said = (
            "Security rule parameter {prop} for rule with Id {id} cannot specify existing "
            "VIRTUALNETWORK, INTERNET, AZURELOADBALANCER, '*' or system tags. Unsupported value "
            "used: {value}."
        )
        code = "SecurityRuleParameterContainsUnsupportedValue"
        raise call.error((code, said), id=id_, prop=prop, value=value)
    _address_prefix(call, id_, value)


def _alone(call: Call, id_: str, rule: Values, others: Iterable[tuple[str, Values]]) -> None:
    """Refuse a rule whose priority another rule of its direction has."""
    for other_id, other in others:
        twin = all(other.get(key) == rule.get(key) for key in ("priority", "direction"))
        if other_id.lower() != id_.lower() and twin:
            said = (
                "Security rule {name} conflicts with rule {other}. Rules cannot have the same "
                "Priority and Direction."
            )
            raise call.error(("SecurityRuleConflict", said), id=id_, other=name_of(other_id))


def _inline(group_id: str, group: Values) -> list[tuple[str, Values]]:
    """(id, rule) of the rules that are in the inputs of a group."""
    return [
        (f"{group_id}/securityRules/{rule.get('name')}", rule)
        for rule in group.get("securityRules", [])
    ]


def _own(call: Call, group: Found) -> list[tuple[str, Values]]:
    """(id, rule) of the rules of a group that are objects of their own."""
    return [(rule.id, rule.body) for rule in holders(call, group, SECURITY_RULE)]


def inbound_rules(call: Call, group: Found) -> list[Values]:
    """All inbound rules of a group but Azure's default ones, in the order of their priorities."""
    rules = [rule for _, rule in (*_inline(group.id, group.body), *_own(call, group))]
    inbound = [rule for rule in rules if rule["direction"] == "Inbound"]
    return sorted(inbound, key=lambda rule: int(rule["priority"]))


def _inline_rules(call: Call) -> None:
    """A rule: inline rules are well formed, and each has its own priority."""
    id_ = NSG.id(call)
    group = call.world.find(NSG, id_)
    rules = _inline(id_, call.values)
    for rule_id, rule in rules:
        _well_formed(call, rule_id, rule)
        _alone(call, rule_id, rule, rules)
        if group is not None:
            _alone(call, rule_id, rule, _own(call, group))


def _own_rule(call: Call) -> None:
    """A rule: a rule is well formed, and no other of its group has its priority."""
    group = call.found["networkSecurityGroupName"][0]
    id_ = SECURITY_RULE.id(call)
    _well_formed(call, id_, call.values)
    _alone(call, id_, call.values, [*_inline(group.id, group.body), *_own(call, group)])


_RULE: dict[str, Input] = {
    "access": text(required=True, choices=("Allow", "Deny")),
    "direction": text(required=True, choices=("Inbound", "Outbound")),
    "protocol": text(required=True, choices=("*", "Tcp", "Udp", "Icmp", "Esp", "Ah")),
    "description": text(),
    **{one: text() for one, _ in _SIDES},
    **{many: text_set() for _, many in _SIDES},
}

NSG = azure(
    NETWORK,
    "NetworkSecurityGroup",
    {
        "flushConnection": flag(),
        "securityRules": blocks({"name": text(), "priority": whole(), **_RULE}),
    },
    in_use=in_use("NetworkSecurityGroup", _LISTED),
    rules=(_inline_rules,),
    has_guid=True,
)

SECURITY_RULE = azure(
    NETWORK,
    "SecurityRule",
    {"priority": whole(required=True), **_RULE},
    parent=NSG,
    rules=(_own_rule,),
)


# Route tables


def _routes(call: Call) -> None:
    """A rule: the prefixes of routes are well formed, and a hop to an appliance has its address."""
    id_ = ROUTE_TABLE.id(call)
    for route in call.values.get("routes", []):
        prefix = route.get("addressPrefix", "")
        if prefix[:1].isdigit():  # otherwise it is a service tag
            block(call, prefix, f"{id_}/routes/{route.get('name')}")
        if route["nextHopType"] == "VirtualAppliance" and not route.get("nextHopIpAddress"):
            said = "Route {route} of {it} needs a nextHopIpAddress."
            code = "RouteNextHopIpAddressMissing"
            raise call.error((code, said), route=route.get("name"))


_NEXT_HOPS = ("VirtualNetworkGateway", "VnetLocal", "Internet", "VirtualAppliance", "None")

ROUTE_TABLE = azure(
    NETWORK,
    "RouteTable",
    {
        "disableBgpRoutePropagation": flag(),
        "routes": blocks(
            {
                "name": text(),
                "addressPrefix": text(),
                "nextHopType": text(required=True, choices=_NEXT_HOPS),
                "nextHopIpAddress": text(),
            }
        ),
    },
    in_use=in_use("RouteTable", _LISTED),
    rules=(_routes,),
    has_guid=True,
)
