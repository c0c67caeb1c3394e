"""Security groups and their rules, inline or as objects of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sandbox.clouds.aws.cloud import aws, replace_action
from sandbox.clouds.aws.prefix_lists import PREFIX_LIST, has_room
from sandbox.clouds.aws.vpc import VPC
from sandbox.clouds.declare import Autoname, Call, Error, ResourceType
from sandbox.clouds.inputs import (
    Failure,
    blocks,
    cidr,
    flag,
    not_cidr,
    one_of,
    ref,
    refs,
    text,
    text_set,
    whole,
)
from sandbox.clouds.rules import needs, unique
from sandbox.clouds.wire import Values

_DESCRIPTION = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}")
_PROTOCOLS = {"tcp": 6, "udp": 17, "icmp": 1, "icmpv6": 58}
"""The protocols that have a name in EC2; others are given by number."""
_ALL = ("-1", "all")
_PORT_MAX = 65535
_ICMP_MAX = 255
_PEERS = ("cidrIpv4", "prefixListId", "referencedSecurityGroupId")
_IDENTITY = ("ipProtocol", "fromPort", "toPort", *_PEERS)
_DUPLICATE: Error = (
    "InvalidPermission.Duplicate",
    'the specified rule "peer: {cidrIpv4}{prefixListId}{referencedSecurityGroupId}, {ipProtocol}, '
    'from port: {fromPort}, to port: {toPort}, ALLOW" already exists',
)


def _description(at: str, value: str) -> Iterator[Failure]:
    """The provider's own error about letters that EC2 does not take."""
    if not _DESCRIPTION.fullmatch(value):
        allowed = '("^[0-9A-Za-z_ .:/()#,@\\[\\]+=&;\\{\\}!$*-]*$")'
        yield at, f"doesn't comply with restrictions {allowed}: {value!r}"


def _number(protocol: str) -> int | None:
    """The number of a protocol given by name or number; None when there is no such protocol."""
    known = _PROTOCOLS.get(protocol.lower())
    if known is not None:
        return known
    return int(protocol) if protocol.isdecimal() and int(protocol) <= 255 else None


def _check_ports(call: Call, protocol: str, first: int | None, last: int | None) -> None:
    """Refuse an unknown protocol or wrong ports. For ICMP the ports are type and code."""
    if protocol.lower() in _ALL:
        return
    number = _number(protocol)
    if number is None:
        said = "Invalid value '{protocol}' for IP protocol. Unknown protocol."
        raise call.error(("InvalidParameterValue", said), protocol=protocol)
    if number in (_PROTOCOLS["tcp"], _PROTOCOLS["udp"]):
        family, noun, lowest, highest = "TCP/UDP", "TCP/UDP port", 0, _PORT_MAX
    elif number == _PROTOCOLS["icmp"]:
        family, noun, lowest, highest = "ICMP", "ICMP type or code", -1, _ICMP_MAX
    else:
        return
    if first is None or last is None:
        said = "Invalid value 'Must specify both from and to ports with {family}.' for portRange."
        raise call.error(("InvalidParameterValue", said), family=family)
    for port in (first, last):
        if not lowest <= port <= highest:
            said = f"{noun} ({port}) out of range"
            raise call.error(("InvalidPermission.Malformed", said))
    if family == "TCP/UDP" and first > last:
        said = f"Invalid TCP/UDP port range ({first}:{last})"
        raise call.error(("InvalidParameterValue", said))


# Security groups with inline rules

_SIDES = ("ingress", "egress")


def _all_ports(inputs: Values) -> Iterator[Failure]:
    """The provider's own error about an inline rule for all protocols with ports."""
    for side in _SIDES:
        for index, rule in enumerate(inputs.get(side, [])):
            first, last = rule["fromPort"], rule["toPort"]
            if rule["protocol"].lower() in _ALL and (first, last) != (0, 0):
                message = f"from_port ({first}) and to_port ({last}) must both be 0 to use the"
                yield f"{side}[{index}]", f"{message} 'ALL' \"-1\" protocol!"


def _inline_rules(call: Call) -> None:
    """Refuse an inline rule with a protocol, ports or peers that EC2 does not accept."""
    for side in _SIDES:
        asked = replace_action(call, f"EC2: AuthorizeSecurityGroup{side.capitalize()}")
        for rule in call.values.get(side, []):
            _check_ports(asked, rule["protocol"], rule["fromPort"], rule["toPort"])
            if not (rule.get("cidrBlocks") or rule.get("securityGroups") or rule.get("self")):
                said = "The rule has no source or destination: give cidrBlocks or a group"
                raise asked.error(("InvalidParameterValue", said))


_GROUP = "aws:ec2/securityGroup:SecurityGroup"
_INLINE = {
    "protocol": text(required=True),
    "fromPort": whole(required=True),
    "toPort": whole(required=True),
    "cidrBlocks": text_set(form=not_cidr),
    "securityGroups": refs(_GROUP),
    "self": flag(),
    "description": text(form=_description),
}

SECURITY_GROUP = aws(
    _GROUP,
    {
        "name": text(fixed=True),
        "description": text(default="Managed by Pulumi", fixed=True, form=_description),
        "vpcId": ref(VPC, fixed=True, computed=True),
        "ingress": blocks(_INLINE, unordered=True, computed=True),
        "egress": blocks(_INLINE, unordered=True, computed=True),
        "revokeRulesOnDelete": flag(default=False),
    },
    id="sg",
    action="EC2: CreateSecurityGroup",
    arn_of="ec2:security-group",
    owned=True,
    autoname=Autoname("name"),
    missing=("InvalidGroup.NotFound", "The security group '{id}' does not exist"),
    in_use=("DependencyViolation", "resource {id} has a dependent object ({by})"),
    checks=(_all_ports,),
    rules=(
        needs(
            "vpcId",
            error=("VPCIdNotSpecified", "No default VPC for this user: name the VPC of the group"),
        ),
        unique(
            "name",
            within="vpcId",
            error=(
                "InvalidGroup.Duplicate",
                "The security group '{name}' already exists for VPC '{vpcId}'",
            ),
        ),
        _inline_rules,
    ),
    made=lambda call, id_: {side: call.values.get(side, []) for side in _SIDES},
)


# Rules as objects of their own


def _ports(call: Call) -> None:
    values = call.values
    _check_ports(call, values["ipProtocol"], values.get("fromPort"), values.get("toPort"))


def _rule(way: str) -> ResourceType:
    """The type of the rules of one way: ``Ingress`` or ``Egress``."""
    token = f"aws:vpc/securityGroup{way}Rule:SecurityGroup{way}Rule"
    return aws(
        token,
        {
            "securityGroupId": ref(SECURITY_GROUP, required=True, fixed=True, on_delete="cascade"),
            "ipProtocol": text(required=True),
            "cidrIpv4": cidr(),
            "prefixListId": ref(PREFIX_LIST),
            "referencedSecurityGroupId": ref(SECURITY_GROUP),
            "fromPort": whole(),
            "toPort": whole(),
            "description": text(form=_description),
        },
        id="sgr",
        action=f"EC2: AuthorizeSecurityGroup{way}",
        updates="EC2: ModifySecurityGroupRules",
        deletes=f"EC2: RevokeSecurityGroup{way}",
        arn_of="ec2:security-group-rule",
        checks=(one_of(_PEERS),),
        rules=(
            needs(
                *_PEERS,
                error=(
                    "MissingParameter",
                    "No attributes specified when one (and only one) of "
                    f"[{','.join(_PEERS)}] is required",
                ),
            ),
            _ports,
            unique(*_IDENTITY, within="securityGroupId", error=_DUPLICATE),
            has_room(token),
        ),
        outputs=("securityGroupRuleId",),
        made=lambda call, id_: {"securityGroupRuleId": id_},
    )


INGRESS_RULE = _rule("Ingress")
EGRESS_RULE = _rule("Egress")
