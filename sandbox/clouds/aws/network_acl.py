"""Network ACLs and their rules.

A network ACL is stateless: a rule applies to each packet, also to those of connections that exist.
Every subnet of a VPC is in its default ACL until another one takes it.
"""

from __future__ import annotations

import zlib

from sandbox.clouds.aws.cloud import aws
from sandbox.clouds.aws.vpc import DEFAULT_ACL, SUBNET, VPC
from sandbox.clouds.declare import Call, Error
from sandbox.clouds.inputs import cidr, flag, ref, refs, text, whole
from sandbox.clouds.rules import all_within, needs, unique

_PROTOCOLS = {"tcp": "6", "udp": "17", "icmp": "1", "icmpv6": "58", "all": "-1"}
"""The protocols that have a name in the provider; others are given by number."""
_WITH_PORTS = ("6", "17")
_RULES_MAX = 20
"""Quota of the rules of an ACL in one direction (AWS, "Amazon VPC quotas"). The rule that denies
the rest does not count."""
_DEFAULT_RULE = 100
"""The number of the rule of a default ACL that allows everything, in both directions."""
_TAKEN: Error = (
    "NetworkAclEntryAlreadyExists",
    "The network acl entry identified by {ruleNumber} already exists.",
)

NETWORK_ACL = aws(
    DEFAULT_ACL,
    {
        "vpcId": ref(VPC, required=True, fixed=True),
        "subnetIds": refs(SUBNET, computed=True, on_delete="keep"),
    },
    id="acl",
    action="EC2: CreateNetworkAcl",
    arn_of="ec2:network-acl",
    owned=True,
    noun="networkAcl",
    rules=(
        all_within(
            "subnetIds",
            "vpcId",
            ("InvalidParameterValue", "Subnet {id} is not in the VPC of the network ACL"),
        ),
    ),
    made=lambda call, id_: {"subnetIds": call.values.get("subnetIds", [])},
)


def _number(protocol: str) -> str:
    return _PROTOCOLS.get(protocol.lower(), protocol)


def _same_protocol(one: str, other: str) -> bool:
    return _number(one) == _number(other)


def _good_protocol(call: Call) -> None:
    """A rule: the protocol exists, and one with ports has them in ascending order."""
    values, number = call.values, _number(call.values["protocol"])
    if number != "-1" and not (number.isdecimal() and int(number) <= 255):
        said = "Invalid value '{protocol}' for IP protocol. Unknown protocol."
        raise call.error(("InvalidParameterValue", said), **values)
    if number not in _WITH_PORTS:
        return
    first, last = values.get("fromPort"), values.get("toPort")
    if first is None or last is None:
        said = "The request must contain the parameter portRange"
        raise call.error(("MissingParameter", said))
    if not 0 <= first <= last <= 65535:
        said = "Invalid value '{fromPort}-{toPort}' for portRange."
        raise call.error(("InvalidParameterValue", said), **values)


def _free_number(call: Call) -> None:
    """A rule: the number is not that of a default ACL's own rule, and the quota has room."""
    acl, number = call.target("networkAclId"), call.values["ruleNumber"]
    if acl.get("_implicit") and number == _DEFAULT_RULE:
        raise call.error(_TAKEN, ruleNumber=number)
    used = call.world.where(
        call.world.cloud.types[call.token],
        networkAclId=call.values["networkAclId"],
        egress=call.values["egress"],
    )
    if len(list(used)) + bool(acl.get("_implicit")) >= _RULES_MAX:
        said = "The maximum number of network ACL entries has been reached."
        raise call.error(("NetworkAclEntryLimitExceeded", said))


def _rule_id(call: Call) -> str:
    values = call.values
    way = str(values["egress"]).lower()
    named = f"{values['networkAclId']}-{values['ruleNumber']}-{way}-{values['protocol']}-"
    return f"nacl-{zlib.crc32(named.encode())}"


NETWORK_ACL_RULE = aws(
    "aws:ec2/networkAclRule:NetworkAclRule",
    {
        "networkAclId": ref(NETWORK_ACL, required=True, fixed=True, on_delete="cascade"),
        "ruleNumber": whole(required=True, fixed=True, between=(1, 32766)),
        "egress": flag(default=False, fixed=True),
        "protocol": text(required=True, fixed=True, same=_same_protocol),
        "ruleAction": text(required=True, fixed=True, choices=("allow", "deny")),
        "cidrBlock": cidr(fixed=True),
        "fromPort": whole(fixed=True),
        "toPort": whole(fixed=True),
    },
    id=_rule_id,
    action="EC2: CreateNetworkAclEntry",
    tagged=False,
    taken=_TAKEN,
    rules=(
        needs(
            "cidrBlock",
            error=("MissingParameter", "one of `cidr_block,ipv6_cidr_block` must be specified"),
        ),
        unique("ruleNumber", "egress", within="networkAclId", error=_TAKEN),
        _free_number,
        _good_protocol,
    ),
)
