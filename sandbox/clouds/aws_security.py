"""Security groups and their rules, inline or one object each."""

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
_PEERS = ("cidrIpv4", "referencedSecurityGroupId")
_IDENTITY = ("securityGroupId", "ipProtocol", "fromPort", "toPort", *_PEERS)


def _check_description(inputs: Values) -> Iterator[Failure]:
    if not _DESCRIPTION.fullmatch(inputs.get("description", "")):
        yield (
            "description",
            'doesn\'t comply with restrictions ("^[0-9A-Za-z_ .:/()#,@\\[\\]+=&;\\{\\}!$*-]*$"): '
            f"{inputs['description']!r}",
        )


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
    id_ = new_id(call.store, "sg")
    return id_, {
        "arn": ec2_arn(region, "security-group", id_),
        "ownerId": ACCOUNT,
        "ingress": inputs.get("ingress", []),
        "egress": inputs.get("egress", []),
    }


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
    """A rule needs its group, one peer, ports unless it is for all protocols, and no twin."""
    group, region = inputs["securityGroupId"], inputs["region"]
    for wanted in (group, inputs.get("referencedSecurityGroupId")):
        if wanted is not None and find(call.store, tokens.SECURITY_GROUP, wanted, region) is None:
            message = f"The security group '{wanted}' does not exist"
            raise refuse(action, "InvalidGroup.NotFound", message)
    if not any(peer in inputs for peer in _PEERS):
        message = "No attributes specified when one (and only one) of "
        raise refuse(action, "MissingParameter", f"{message}[{','.join(_PEERS)}] is required")
    protocol = inputs["ipProtocol"]
    if protocol not in ("-1", "all") and not {"fromPort", "toPort"} <= inputs.keys():
        message = f"Protocol {protocol} needs fromPort and toPort"
        raise refuse(action, "MissingParameter", message)
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
        delete=_delete_group,
        check=_check_description,
        autoname=Autoname("name"),
    ),
    _rule(tokens.INGRESS_RULE),
    _rule(tokens.EGRESS_RULE),
)
