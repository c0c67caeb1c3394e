"""Security groups and their rules, inline or as objects of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sandbox.clouds import tokens
from sandbox.clouds.aws_common import (
    ACCOUNT,
    aws_type,
    ec2_arn,
    find,
    new_id,
    not_cidr,
    refuse,
    where,
)
from sandbox.clouds.aws_vpc import vpc_or_refuse
from sandbox.clouds.inputs import blocks, flag, text, text_set, whole
from sandbox.clouds.model import Autoname, Call, Failure, ResourceType
from sandbox.clouds.wire import Values

_DESCRIPTION = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}")
_PROTOCOLS = {"tcp": 6, "udp": 17, "icmp": 1, "icmpv6": 58}
"""The protocols that have a name in EC2; others are given by number."""
_ALL = ("-1", "all")
_PORT_MAX = 65535
_ICMP_MAX = 255
_PEERS = ("cidrIpv4", "referencedSecurityGroupId")
_IDENTITY = ("securityGroupId", "ipProtocol", "fromPort", "toPort", *_PEERS)


def _check_description(inputs: Values) -> Iterator[Failure]:
    if not _DESCRIPTION.fullmatch(inputs.get("description", "")):
        yield (
            "description",
            'doesn\'t comply with restrictions ("^[0-9A-Za-z_ .:/()#,@\\[\\]+=&;\\{\\}!$*-]*$"): '
            f"{inputs['description']!r}",
        )


def _number(protocol: str) -> int | None:
    """The number of a protocol given by name or number; None when there is no such protocol."""
    known = _PROTOCOLS.get(protocol.lower())
    if known is not None:
        return known
    return int(protocol) if protocol.isdecimal() and int(protocol) <= 255 else None


def _ports_or_refuse(action: str, protocol: str, first: int | None, last: int | None) -> None:
    """Refuse an unknown protocol or wrong ports. For ICMP the ports are type and code."""
    if protocol.lower() in _ALL:
        return
    number = _number(protocol)
    if number is None:
        message = f"Invalid value '{protocol}' for IP protocol. Unknown protocol."
        raise refuse(action, "InvalidParameterValue", message)
    if number in (_PROTOCOLS["tcp"], _PROTOCOLS["udp"]):
        family = "TCP/UDP"
    elif number == _PROTOCOLS["icmp"]:
        family = "ICMP"
    else:
        return
    if first is None or last is None:
        message = (
            f"Invalid value 'Must specify both from and to ports with {family}.' for portRange."
        )
        raise refuse(action, "InvalidParameterValue", message)
    lowest, highest = (0, _PORT_MAX) if family == "TCP/UDP" else (-1, _ICMP_MAX)
    for port in (first, last):
        if not lowest <= port <= highest:
            noun = "TCP/UDP port" if family == "TCP/UDP" else "ICMP type or code"
            raise refuse(action, "InvalidPermission.Malformed", f"{noun} ({port}) out of range")
    if family == "TCP/UDP" and first > last:
        message = f"Invalid TCP/UDP port range ({first}:{last})"
        raise refuse(action, "InvalidParameterValue", message)


def _check_group(inputs: Values) -> Iterator[Failure]:
    yield from _check_description(inputs)
    for side in ("ingress", "egress"):
        for index, rule in enumerate(inputs.get(side, [])):
            place = f"{side}[{index}]"
            for block in rule.get("cidrBlocks", []):
                yield from not_cidr(f"{place}.cidrBlocks", block)
            first, last = rule["fromPort"], rule["toPort"]
            if rule["protocol"].lower() in _ALL and (first, last) != (0, 0):
                message = f"from_port ({first}) and to_port ({last}) must both be 0 to use the"
                yield place, f"{message} 'ALL' \"-1\" protocol!"


def _inline_or_refuse(call: Call, inputs: Values, region: str) -> None:
    """Refuse an inline rule with a protocol, ports or peers that EC2 does not accept."""
    for side in ("ingress", "egress"):
        action = f"EC2: AuthorizeSecurityGroup{side.capitalize()}"
        for rule in inputs.get(side, []):
            _ports_or_refuse(action, rule["protocol"], rule["fromPort"], rule["toPort"])
            groups = rule.get("securityGroups", [])
            if not rule.get("cidrBlocks") and not groups and not rule.get("self"):
                message = "The rule has no source or destination: give cidrBlocks or a group"
                raise refuse(action, "InvalidParameterValue", message)
            for group in groups:
                _group_or_refuse(call, action, group, region)


def _group_or_refuse(call: Call, action: str, group: str, region: str) -> None:
    if find(call.store, tokens.SECURITY_GROUP, group, region) is None:
        message = f"The security group '{group}' does not exist"
        raise refuse(action, "InvalidGroup.NotFound", message)


def _create_group(call: Call, inputs: Values) -> tuple[str, Values]:
    action, region = "EC2: CreateSecurityGroup", inputs["region"]
    if "vpcId" not in inputs:
        message = "No default VPC for this user: name the VPC of the group"
        raise refuse(action, "VPCIdNotSpecified", message)
    vpc_or_refuse(call, action, inputs["vpcId"], region)
    name = inputs["name"]
    if any(where(call.store, tokens.SECURITY_GROUP, vpcId=inputs["vpcId"], name=name)):
        message = f"The security group '{name}' already exists for VPC '{inputs['vpcId']}'"
        raise refuse(action, "InvalidGroup.Duplicate", message)
    _inline_or_refuse(call, inputs, region)
    id_ = new_id(call.store, "sg")
    return id_, {
        "arn": ec2_arn(region, "security-group", id_),
        "ownerId": ACCOUNT,
        "ingress": inputs.get("ingress", []),
        "egress": inputs.get("egress", []),
    }


def _update_group(call: Call, id_: str, body: Values, inputs: Values) -> Values:
    del id_
    _inline_or_refuse(call, inputs, body["region"])
    return {}


def _delete_group(call: Call, id_: str, body: Values) -> None:
    del body
    for token in (tokens.INGRESS_RULE, tokens.EGRESS_RULE):
        for rule_id, rule in where(call.store, token, referencedSecurityGroupId=id_):
            if rule["securityGroupId"] != id_:
                message = f"resource {id_} has a dependent object ({rule_id})"
                raise refuse("EC2: DeleteSecurityGroup", "DependencyViolation", message)
        for rule_id, _ in where(call.store, token, securityGroupId=id_):
            call.store.delete(call.cloud, token, rule_id)


def _check_rule(inputs: Values) -> Iterator[Failure]:
    yield from _check_description(inputs)
    if "cidrIpv4" in inputs:
        yield from not_cidr("cidrIpv4", inputs["cidrIpv4"])
    if all(peer in inputs for peer in _PEERS):
        yield "cidrIpv4", f"only one of `{','.join(_PEERS)}` can be specified"


def _rule_or_refuse(call: Call, action: str, id_: str | None, inputs: Values) -> None:
    """Refuse a rule without its group, one peer or a valid protocol, and a duplicate."""
    group, region = inputs["securityGroupId"], inputs["region"]
    for wanted in (group, inputs.get("referencedSecurityGroupId")):
        if wanted is not None:
            _group_or_refuse(call, action, wanted, region)
    if not any(peer in inputs for peer in _PEERS):
        message = "No attributes specified when one (and only one) of "
        raise refuse(action, "MissingParameter", f"{message}[{','.join(_PEERS)}] is required")
    protocol = inputs["ipProtocol"]
    _ports_or_refuse(action, protocol, inputs.get("fromPort"), inputs.get("toPort"))
    identity = {key: inputs.get(key) for key in _IDENTITY}
    for other, _ in where(call.store, call.token, **identity):
        if other != id_:
            peer = inputs.get("cidrIpv4") or inputs.get("referencedSecurityGroupId")
            raise refuse(
                action,
                "InvalidPermission.Duplicate",
                f'the specified rule "peer: {peer}, {protocol}, from port: '
                f'{inputs.get("fromPort")}, to port: {inputs.get("toPort")}, ALLOW" already exists',
            )


def _action(call: Call) -> str:
    way = "Ingress" if call.token == tokens.INGRESS_RULE else "Egress"
    return f"EC2: AuthorizeSecurityGroup{way}"


def _create_rule(call: Call, inputs: Values) -> tuple[str, Values]:
    _rule_or_refuse(call, _action(call), None, inputs)
    id_ = new_id(call.store, "sgr")
    arn = ec2_arn(inputs["region"], "security-group-rule", id_)
    return id_, {"arn": arn, "securityGroupRuleId": id_}


def _update_rule(call: Call, id_: str, body: Values, inputs: Values) -> Values:
    region = body["region"]
    _rule_or_refuse(call, "EC2: ModifySecurityGroupRules", id_, {**inputs, "region": region})
    return {}


def _rule(token: str) -> ResourceType:
    return aws_type(
        token,
        {
            "securityGroupId": text(required=True, replace=True),
            "ipProtocol": text(required=True),
            "cidrIpv4": text(),
            "referencedSecurityGroupId": text(),
            "fromPort": whole(),
            "toPort": whole(),
            "description": text(),
        },
        ("arn", "securityGroupRuleId"),
        _create_rule,
        update=_update_rule,
        check=_check_rule,
    )


_INLINE = {
    "protocol": text(required=True),
    "fromPort": whole(required=True),
    "toPort": whole(required=True),
    "cidrBlocks": text_set(),
    "securityGroups": text_set(),
    "self": flag(),
    "description": text(),
}

TYPES = (
    aws_type(
        tokens.SECURITY_GROUP,
        {
            "name": text(replace=True),
            "description": text(default="Managed by Pulumi", replace=True),
            "vpcId": text(replace=True, computed=True),
            "ingress": blocks(_INLINE, unordered=True, computed=True),
            "egress": blocks(_INLINE, unordered=True, computed=True),
            "revokeRulesOnDelete": flag(default=False),
        },
        ("arn", "ownerId"),
        _create_group,
        update=_update_group,
        delete=_delete_group,
        check=_check_group,
        autoname=Autoname("name"),
    ),
    _rule(tokens.INGRESS_RULE),
    _rule(tokens.EGRESS_RULE),
)
