"""Network security groups, their rules, and route tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_network

from sandbox.clouds import tokens
from sandbox.clouds.azure_common import (
    CLOUD,
    azure_type,
    block_or_refuse,
    get,
    in_group,
    name_of,
    network_id,
    refuse,
    subscription,
    under,
)
from sandbox.clouds.inputs import blocks, flag, text, texts, whole
from sandbox.clouds.model import Call
from sandbox.clouds.wire import Values

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


def _rule_or_refuse(id_: str, rule: Values) -> None:
    """Refuse a rule with a priority out of range, or without valid addresses and ports."""
    priority = rule.get("priority", 0)
    if not 100 <= priority <= 4096:
        raise refuse(
            400,
            "SecurityRuleInvalidPriority",
            f"Security rule has invalid Priority. Value provided: {priority} Allowed range "
            f"100-4096. Security rule: {id_}",
        )
    for one, many in _SIDES:
        if not rule.get(one) and not rule.get(many):
            raise refuse(
                400,
                "SecurityRuleParameterMissing",
                f"Required security rule parameters are missing for security rule with Id: {id_}. "
                f"Security rule must specify {one} or {many}.",
            )
        values = [rule[one]] if rule.get(one) else []
        if "Port" in one:
            for value in (*values, *rule.get(many, [])):
                _port_range_or_refuse(value)
        else:
            for value in values:
                _prefix_or_refuse(id_, value)
            for value in rule.get(many, []):
                _listed_prefix_or_refuse(id_, many, value)


def _port_range_or_refuse(value: str) -> None:
    """Refuse anything but ``*``, a port, or two ports in ascending order."""
    found = _PORTS.fullmatch(value)
    if value != "*" and (
        found is None or not int(found["low"]) <= int(found["high"] or found["low"]) <= _PORT_MAX
    ):
        raise refuse(
            400,
            "SecurityRuleInvalidPortRange",
            f"Security rule has invalid Port range. Value provided: {value}. Value should be an "
            f"integer OR integer range with '-' delimiter. Valid range 0-{_PORT_MAX}.",
        )


def _prefix_or_refuse(id_: str, value: str) -> None:
    """Refuse anything but ``*``, a service tag, an address, or a block without host bits."""
    if _TAG.fullmatch(value):
        return
    try:
        ip_network(value)
    except ValueError:
        raise refuse(
            400,
            "SecurityRuleInvalidAddressPrefix",
            f"Security rule has invalid Address prefix. Value provided: {value}. Security rule: "
            f"{id_}",
        ) from None


def _listed_prefix_or_refuse(id_: str, prop: str, value: str) -> None:
    """Refuse ``*`` and service tags in a list; they are accepted only as the single prefix."""
    if _TAG.fullmatch(value):
        raise refuse(
            400,
            "SecurityRuleParameterContainsUnsupportedValue",
            f"Security rule parameter {prop} for rule with Id {id_} cannot specify existing "
            "VIRTUALNETWORK, INTERNET, AZURELOADBALANCER, '*' or system tags. Unsupported value "
            f"used: {value}.",
        )
    _prefix_or_refuse(id_, value)


def _rules(call: Call, nsg_id: str) -> Iterator[tuple[str, Values]]:
    """All rules of a group: inline rules, and rules that are objects of their own."""
    nsg = get(call.store, tokens.NSG, nsg_id) or {}
    for rule in nsg.get("securityRules", []):
        yield f"{nsg_id}/securityRules/{rule.get('name')}", rule
    yield from under(call.store, tokens.SECURITY_RULE, nsg_id)


def _alone_or_refuse(id_: str, rule: Values, others: Iterator[tuple[str, Values]]) -> None:
    for other_id, other in others:
        twin = all(other.get(key) == rule.get(key) for key in ("priority", "direction"))
        if other_id != id_ and twin:
            raise refuse(
                400,
                "SecurityRuleConflict",
                f"Security rule {name_of(id_)} conflicts with rule {name_of(other_id)}. Rules "
                "cannot have the same Priority and Direction.",
            )


def _inline_or_refuse(call: Call, nsg_id: str, inputs: Values) -> None:
    rules = [
        (f"{nsg_id}/securityRules/{rule.get('name')}", rule)
        for rule in inputs.get("securityRules", [])
    ]
    for id_, rule in rules:
        _rule_or_refuse(id_, rule)
        _alone_or_refuse(id_, rule, iter(rules))
        _alone_or_refuse(id_, rule, under(call.store, tokens.SECURITY_RULE, nsg_id))


def _create_nsg(call: Call, inputs: Values) -> tuple[str, Values]:
    id_ = network_id(
        subscription(call),
        inputs["resourceGroupName"],
        "networkSecurityGroups",
        inputs["networkSecurityGroupName"],
    )
    _inline_or_refuse(call, id_, inputs)
    return id_, {"resourceGuid": f"{call.store.serial('azure:guid'):032x}"}


def _update_nsg(call: Call, id_: str, body: Values, inputs: Values) -> Values:
    del body
    _inline_or_refuse(call, id_, inputs)
    return {}


def _unused_or_refuse(call: Call, id_: str, prop: str, noun: str) -> None:
    """Refuse to delete a security group or a route table that a subnet uses."""
    held_by = [
        subnet_id
        for subnet_id, subnet in call.store.list(CLOUD, tokens.AZURE_SUBNET)
        if (subnet.get(prop) or {}).get("id") == id_
    ]
    if held_by:
        raise refuse(
            400,
            f"InUse{noun}CannotBeDeleted",
            f"{noun} {id_} cannot be deleted because it is in use by the following resources: "
            f"{', '.join(held_by)}.",
        )


def _delete_nsg(call: Call, id_: str, body: Values) -> None:
    del body
    _unused_or_refuse(call, id_, "networkSecurityGroup", "NetworkSecurityGroup")
    for rule_id, _ in under(call.store, tokens.SECURITY_RULE, id_):
        call.store.delete(CLOUD, tokens.SECURITY_RULE, rule_id)


def _create_rule(call: Call, inputs: Values) -> tuple[str, Values]:
    nsg_id = network_id(
        subscription(call),
        inputs["resourceGroupName"],
        "networkSecurityGroups",
        inputs["networkSecurityGroupName"],
    )
    if get(call.store, tokens.NSG, nsg_id) is None:
        raise refuse(
            404,
            "ParentResourceNotFound",
            "Failed to perform 'write' on resource(s) of type "
            "'networkSecurityGroups/securityRules', because the parent resource "
            f"'{nsg_id}' could not be found.",
        )
    id_ = f"{nsg_id}/securityRules/{inputs['securityRuleName']}"
    _rule_or_refuse(id_, inputs)
    _alone_or_refuse(id_, inputs, _rules(call, nsg_id))
    return id_, {
        "type": "Microsoft.Network/networkSecurityGroups/securityRules",
        "etag": f'W/"{call.store.serial("azure:etag"):08x}"',
        "provisioningState": "Succeeded",
    }


def _update_rule(call: Call, id_: str, body: Values, inputs: Values) -> Values:
    del body
    _rule_or_refuse(id_, inputs)
    _alone_or_refuse(id_, inputs, _rules(call, id_.rsplit("/securityRules/", 1)[0]))
    return {}


def _routes_or_refuse(id_: str, inputs: Values) -> None:
    for route in inputs.get("routes", []):
        prefix = route.get("addressPrefix", "")
        if prefix[:1].isdigit():  # otherwise it is a service tag
            block_or_refuse(prefix, f"{id_}/routes/{route.get('name')}")
        if route["nextHopType"] == "VirtualAppliance" and not route.get("nextHopIpAddress"):
            message = f"Route {route.get('name')} of {id_} needs a nextHopIpAddress."
            raise refuse(400, "RouteNextHopIpAddressMissing", message)


def _create_table(call: Call, inputs: Values) -> tuple[str, Values]:
    id_ = network_id(
        subscription(call), inputs["resourceGroupName"], "routeTables", inputs["routeTableName"]
    )
    _routes_or_refuse(id_, inputs)
    return id_, {}


def _update_table(call: Call, id_: str, body: Values, inputs: Values) -> Values:
    del call, body
    _routes_or_refuse(id_, inputs)
    return {}


def _delete_table(call: Call, id_: str, body: Values) -> None:
    del body
    _unused_or_refuse(call, id_, "routeTable", "RouteTable")


_RULE = {
    "access": text(required=True, choices=("Allow", "Deny")),
    "direction": text(required=True, choices=("Inbound", "Outbound")),
    "protocol": text(required=True, choices=("*", "Tcp", "Udp", "Icmp", "Esp", "Ah")),
    "description": text(),
    **{one: text() for one, _ in _SIDES},
    **{many: texts(unordered=True) for _, many in _SIDES},
}
_NEXT_HOPS = ("VirtualNetworkGateway", "VnetLocal", "Internet", "VirtualAppliance", "None")

TYPES = (
    in_group(
        tokens.NSG,
        {
            "flushConnection": flag(),
            "securityRules": blocks({"name": text(), "priority": whole(), **_RULE}),
        },
        ("resourceGuid",),
        _create_nsg,
        named="networkSecurityGroupName",
        update=_update_nsg,
        delete=_delete_nsg,
    ),
    azure_type(
        tokens.SECURITY_RULE,
        {
            "resourceGroupName": text(required=True, replace=True, path=True),
            "networkSecurityGroupName": text(required=True, replace=True, path=True),
            "priority": whole(required=True),
            **_RULE,
        },
        ("etag", "provisioningState"),
        _create_rule,
        named="securityRuleName",
        update=_update_rule,
    ),
    in_group(
        tokens.AZURE_ROUTE_TABLE,
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
        ("resourceGuid",),
        _create_table,
        named="routeTableName",
        update=_update_table,
        delete=_delete_table,
    ),
)
