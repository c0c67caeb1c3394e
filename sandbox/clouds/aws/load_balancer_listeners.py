"""The listeners of application and network load balancers.

Source: CreateListener of the Elastic Load Balancing API, version 2015-12-01. Certificates are not
modelled: a listener takes any ARN.
"""

from __future__ import annotations

from sandbox.clouds.aws.cloud import aws
from sandbox.clouds.aws.load_balancing import (
    HTTP,
    INVALID,
    LOAD_BALANCER,
    TARGET_GROUP,
    VALIDATION,
    group_arns,
    new_hex,
)
from sandbox.clouds.declare import Call, Error
from sandbox.clouds.inputs import block, blocks, ref, text, whole
from sandbox.clouds.rules import siblings, unique

_SECURE = ("HTTPS", "TLS")
_OF_TYPE = {"application": HTTP, "network": ("TCP", "TLS", "UDP", "TCP_UDP")}
"""Type of a load balancer -> the protocols of its listeners."""
_TARGETS = {
    "HTTP": HTTP,
    "HTTPS": HTTP,
    "TCP": ("TCP", "TCP_UDP"),
    "TLS": ("TCP", "TLS"),
    "UDP": ("UDP", "TCP_UDP"),
    "TCP_UDP": ("TCP_UDP",),
}
"""Protocol of a listener -> those of the target groups that it forwards to."""
_GROUP_PATHS = ("defaultActions.targetGroupArn", "defaultActions.forward.targetGroups.arn")
_DUPLICATE: Error = (
    "DuplicateListener",
    "A listener already exists on this port for this load balancer '{loadBalancerArn}'",
)


def _good_listener(call: Call) -> None:
    """A rule: the protocol is one of the load balancer, with a certificate where it is secure."""
    values, kind = call.values, call.target("loadBalancerArn")["loadBalancerType"]
    for name in ("port", "protocol"):
        if name not in values:
            raise call.error((VALIDATION, f"A listener {name} must be specified"))
    protocol, allowed = values["protocol"], _OF_TYPE[kind]
    if protocol not in allowed:
        said = f"Listener protocol '{protocol}' must be one of '{', '.join(allowed)}'"
        raise call.error((VALIDATION, said))
    secure = protocol in _SECURE
    if secure != bool(values.get("certificateArn")):
        how = "must" if secure else "cannot"
        said = f"A certificate {how} be specified for {protocol} listeners"
        raise call.error((VALIDATION, said))
    for action in values["defaultActions"]:
        if kind == "network" and action["type"] != "forward":
            said = f"A network load balancer cannot have an action of type {action['type']}"
            raise call.error(("InvalidLoadBalancerAction", said))
        needed = {"forward": ("targetGroupArn", "forward"), "fixed-response": ("fixedResponse",)}
        if not any(name in action for name in needed.get(action["type"], ("redirect",))):
            said = f"The configuration of an action of type {action['type']} must be specified"
            raise call.error((VALIDATION, said))


def _good_groups(call: Call) -> None:
    """A rule: target groups are of the VPC and protocol, and of no other load balancer."""
    values, balancer = call.values, call.target("loadBalancerArn")
    for group in (found for path in _GROUP_PATHS for found in call.found.get(path, [])):
        if group.body["vpcId"] != balancer["vpcId"]:
            said = f"Target group '{{id}}' is not in VPC {balancer['vpcId']} of the load balancer"
            raise call.error((INVALID, said), id=group.id)
        if group.body["protocol"] not in _TARGETS[values["protocol"]]:
            said = (
                f"A {values['protocol']} listener does not forward to target group '{{id}}' of "
                f"protocol {group.body['protocol']}"
            )
            raise call.error(("IncompatibleProtocols", said), id=group.id)
        for _, other in siblings(call, None):
            if other["loadBalancerArn"] != values["loadBalancerArn"] and group.id in group_arns(
                other
            ):
                said = (
                    "The following target groups cannot be associated with more than one load "
                    "balancer: {id}"
                )
                raise call.error(("TargetGroupAssociationLimit", said), id=group.id)


LISTENER = aws(
    "aws:lb/listener:Listener",
    {
        "loadBalancerArn": ref(LOAD_BALANCER, required=True, fixed=True, on_delete="cascade"),
        "port": whole(between=(1, 65535)),
        "protocol": text(computed=True, choices=("HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP")),
        "certificateArn": text(),
        "sslPolicy": text(computed=True),
        "defaultActions": blocks(
            {
                "type": text(required=True, choices=("forward", "redirect", "fixed-response")),
                "targetGroupArn": ref(TARGET_GROUP),
                "forward": block(
                    {
                        "targetGroups": blocks(
                            {
                                "arn": ref(TARGET_GROUP, required=True),
                                "weight": whole(between=(0, 999)),
                            },
                            required=True,
                            unordered=True,
                        )
                    }
                ),
                "redirect": block(
                    {
                        "statusCode": text(required=True, choices=("HTTP_301", "HTTP_302")),
                        **{name: text() for name in ("host", "path", "port", "protocol", "query")},
                    }
                ),
                "fixedResponse": block(
                    {
                        "contentType": text(required=True),
                        "messageBody": text(),
                        "statusCode": text(),
                    }
                ),
            },
            required=True,
        ),
    },
    id=lambda call: f"{call.values['loadBalancerArn']}/{new_hex(call)}".replace(
        ":loadbalancer/", ":listener/"
    ),
    action="Elastic Load Balancing v2: CreateListener",
    updates="Elastic Load Balancing v2: ModifyListener",
    missing=("ListenerNotFound", "Listener '{id}' not found"),
    rules=(
        _good_listener,
        _good_groups,
        unique("loadBalancerArn", "port", error=_DUPLICATE),
    ),
    outputs=("arn",),
    made=lambda call, id_: {
        "arn": id_,
        **({"sslPolicy": _policy(call)} if call.values["protocol"] in _SECURE else {}),
    },
)


def _policy(call: Call) -> str:
    return str(call.values.get("sslPolicy", "ELBSecurityPolicy-2016-08"))
