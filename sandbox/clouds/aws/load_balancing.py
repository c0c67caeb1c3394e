"""Application and network load balancers, target groups and targets.

Source: CreateLoadBalancer, CreateTargetGroup and RegisterTargets of the Elastic Load
Balancing API, version 2015-12-01. Only targets by IP address are modelled. Subnets of a
network load balancer are deleted in place, where the provider replaces it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from ipaddress import AddressValueError, IPv4Address, IPv4Network

from sandbox.clouds.aws.alias_zones import LOAD_BALANCER_ZONES
from sandbox.clouds.aws.cloud import aws
from sandbox.clouds.aws.regions import zones
from sandbox.clouds.aws.security import SECURITY_GROUP
from sandbox.clouds.aws.vpc import INTERNET_GATEWAY, SUBNET, VPC
from sandbox.clouds.declare import Autoname, Call, CloudError
from sandbox.clouds.inputs import Failure, block, flag, ref, refs, text, whole
from sandbox.clouds.rules import needs, unique
from sandbox.clouds.wire import Values, is_unknown

INVALID = "InvalidConfigurationRequest"
VALIDATION = "ValidationError"
_NAME = re.compile(r"(?!internal-)(?!-)[a-zA-Z0-9-]{1,32}(?<!-)")
HTTP = ("HTTP", "HTTPS")
_LISTENER = "aws:lb/listener:Listener"
_TARGET_RANGES = tuple(
    map(IPv4Network, ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16"))
)
"""RFC 1918 and RFC 6598: the targets outside of the VPC of their group."""


def _name(at: str, value: str) -> Iterator[Failure]:
    if not _NAME.fullmatch(value):
        said = "takes 1 to 32 letters, digits and hyphens, without a hyphen or internal- first"
        yield at, f'"{at}" ({value}) {said}, nor a hyphen last'


def new_hex(call: Call) -> str:
    """The 16 hex digits at the end of a new ARN."""
    serial = call.store.serial("aws:elasticloadbalancing")
    return hashlib.sha256(f"elb:{serial}".encode()).hexdigest()[:16]


def _arn(call: Call, resource: str) -> str:
    return f"arn:aws:elasticloadbalancing:{call.place}:{call.tenant}:{resource}"


# Load balancers


def _in_zones(call: Call) -> None:
    """A rule: one subnet of a zone, two zones for an application load balancer, one VPC."""
    subnets = call.found.get("subnets", [])
    used = [found.body["availabilityZone"] for found in subnets]
    if len(set(used)) != len(used):
        said = (
            "A load balancer cannot be attached to multiple subnets in the same Availability Zone"
        )
        raise call.error((INVALID, said))
    if call.values["loadBalancerType"] == "application" and len(used) < 2:
        said = "At least two subnets in two different Availability Zones must be specified"
        raise call.error((VALIDATION, said))
    vpc = subnets[0].body["vpcId"]
    for found in (*subnets, *call.found.get("securityGroups", [])):
        if found.body["vpcId"] != vpc:
            raise call.error((INVALID, f"{{id}} is not in VPC {vpc}"), id=found.id)
    if not call.values.get("internal") and not any(call.world.where(INTERNET_GATEWAY, vpcId=vpc)):
        raise call.error(("InvalidSubnet", f"VPC {vpc} has no internet gateway"))


def _zone_id(call: Call) -> str:
    """The hosted zone of the DNS names of load balancers in the region."""
    if call.place not in LOAD_BALANCER_ZONES:
        said = f"the sandbox does not know the hosted zone of load balancers in {call.place}"
        raise CloudError("UnknownZone", said)
    alb, nlb = LOAD_BALANCER_ZONES[call.place]
    return nlb if call.values["loadBalancerType"] == "network" else alb


def _load_balancer(call: Call, id_: str) -> Values:
    values, subnets = call.values, call.found["subnets"]
    suffix = id_.split(":loadbalancer/")[1]
    label, hex_ = values["name"], suffix.rsplit("/", 1)[1]
    if values["loadBalancerType"] == "network":
        dns = f"{label}-{hex_}.elb.{call.place}.amazonaws.com"
    else:
        scheme = "internal-" if values.get("internal") else ""
        dns = f"{scheme}{label}-{int(hex_, 16) % 10**10}.{call.place}.elb.amazonaws.com"
    return {
        "arn": id_,
        "arnSuffix": suffix,
        "dnsName": dns.lower(),
        "vpcId": subnets[0].body["vpcId"],
        "zoneId": _zone_id(call),
        "internal": values.get("internal", False),
        "ipAddressType": values.get("ipAddressType", "ipv4"),
        "securityGroups": values.get("securityGroups", []),
    }


def _refuse_protected(call: Call) -> None:
    if (call.stored or {}).get("enableDeletionProtection"):
        said = "Load balancer '{id}' cannot be deleted because deletion protection is enabled"
        raise call.error(("OperationNotPermitted", said), id=call.id)


def _load_balancer_id(call: Call) -> str:
    kind = "net" if call.values["loadBalancerType"] == "network" else "app"
    return _arn(call, f"loadbalancer/{kind}/{call.values['name']}/{new_hex(call)}")


LOAD_BALANCER = aws(
    "aws:lb/loadBalancer:LoadBalancer",
    {
        "name": text(fixed=True, form=_name),
        "loadBalancerType": text(
            default="application", choices=("application", "network"), fixed=True
        ),
        "internal": flag(computed=True, fixed=True),
        "subnets": refs(
            SUBNET,
            computed=True,
            missing=("SubnetNotFound", "The subnet ID '{id}' does not exist"),
        ),
        "securityGroups": refs(
            SECURITY_GROUP,
            computed=True,
            missing=("InvalidSecurityGroup", "The security group '{id}' does not exist"),
        ),
        "ipAddressType": text(computed=True, choices=("ipv4",)),
        "idleTimeout": whole(default=60, between=(1, 4000)),
        "enableDeletionProtection": flag(default=False),
        "enableCrossZoneLoadBalancing": flag(default=False),
        "enableHttp2": flag(default=True),
        "preserveHostHeader": flag(default=False),
        "dropInvalidHeaderFields": flag(default=False),
    },
    id=_load_balancer_id,
    action="Elastic Load Balancing v2: CreateLoadBalancer",
    updates="Elastic Load Balancing v2: SetSubnets",
    autoname=Autoname("name", longest=32),
    missing=("LoadBalancerNotFound", "Load balancer '{id}' not found"),
    rules=(
        needs("subnets", error=(VALIDATION, "At least one subnet must be specified")),
        _in_zones,
        unique(
            "name",
            error=(
                "DuplicateLoadBalancerName",
                "A load balancer with the same name '{name}' exists, but with different settings",
            ),
        ),
    ),
    outputs=("arn", "arnSuffix", "dnsName", "vpcId", "zoneId"),
    made=_load_balancer,
    deleted=_refuse_protected,
)


# Target groups


def _complete(values: Values) -> Iterator[Failure]:
    """The provider's own errors about inputs that the type and the health check need."""
    for name in ("port", "protocol", "vpcId"):
        if name not in values:
            kind = values.get("targetType")
            yield name, f'Attribute "{name}" must be specified when "targetType" is "{kind}".'
    check = values.get("healthCheck")
    if isinstance(check, dict) and not is_unknown(check):
        protocol = check.get("protocol", "HTTP")
        if protocol == "TCP" and values.get("protocol") in HTTP:
            said = f'cannot have value "TCP" when "protocol" is "{values["protocol"]}".'
            yield "healthCheck", f'Attribute "healthCheck.protocol" {said}'
        for name in ("path", "matcher"):
            if protocol == "TCP" and name in check:
                said = 'cannot be specified when "healthCheck.protocol" is "TCP".'
                yield "healthCheck", f'Attribute "healthCheck.{name}" {said}'


def _health_check(call: Call) -> Values:
    """The health check of a group with what Elastic Load Balancing chooses."""
    protocol = call.values["protocol"]
    given = call.values.get("healthCheck") or {"protocol": protocol if protocol in HTTP else "TCP"}
    of_http = given.get("protocol", "HTTP") in HTTP
    chosen = {"path": "/", "matcher": "200"} if of_http else {}
    timeout = 6 if given.get("protocol", "HTTP") == "HTTP" else 10
    return {"healthCheck": {"timeout": timeout, **chosen, **given}}


def _target_group(call: Call, id_: str) -> Values:
    of_http = call.values["protocol"] in HTTP
    chosen = {
        "ipAddressType": "ipv4",
        "loadBalancingCrossZoneEnabled": "use_load_balancer_configuration",
        **({"protocolVersion": "HTTP1"} if of_http else {"preserveClientIp": "false"}),
    }
    return {
        "arn": id_,
        "arnSuffix": id_.rsplit(":", 1)[1],
        "loadBalancerArns": [],
        **{name: call.values.get(name, value) for name, value in chosen.items()},
        **_health_check(call),
    }


def group_arns(listener: Values) -> set[str]:
    """The target groups that a listener forwards to."""
    found = set()
    for action in listener["defaultActions"]:
        if "targetGroupArn" in action:
            found.add(action["targetGroupArn"])
        found |= {group["arn"] for group in (action.get("forward") or {}).get("targetGroups", [])}
    return found


def _with_load_balancers(call: Call) -> Values | None:
    """The body of a group with the load balancers whose listeners forward to it."""
    using = {
        body["loadBalancerArn"]
        for _, body in call.world.where(call.world.cloud.types[_LISTENER])
        if call.id in group_arns(body)
    }
    return {**(call.stored or {}), "loadBalancerArns": sorted(using)}


TARGET_GROUP = aws(
    "aws:lb/targetGroup:TargetGroup",
    {
        "name": text(fixed=True, form=_name),
        "targetType": text(default="instance", choices=("instance", "ip"), fixed=True),
        "port": whole(fixed=True, between=(1, 65535)),
        "protocol": text(choices=("HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP"), fixed=True),
        "protocolVersion": text(computed=True, choices=("HTTP1", "HTTP2", "GRPC"), fixed=True),
        "vpcId": ref(VPC, fixed=True, missing=(VALIDATION, "The VPC ID '{id}' is not found")),
        "healthCheck": block(
            {
                "enabled": flag(),
                "protocol": text(choices=("HTTP", "HTTPS", "TCP")),
                "port": text(),
                "path": text(computed=True),
                "matcher": text(computed=True),
                "interval": whole(between=(5, 300)),
                "timeout": whole(computed=True, between=(2, 120)),
                "healthyThreshold": whole(between=(2, 10)),
                "unhealthyThreshold": whole(between=(2, 10)),
            },
            computed=True,
        ),
        "deregistrationDelay": whole(default=300, between=(0, 3600)),
        "slowStart": whole(default=0),
        "proxyProtocolV2": flag(default=False),
        "preserveClientIp": text(computed=True, choices=("true", "false")),
        "loadBalancingCrossZoneEnabled": text(
            computed=True, choices=("true", "false", "use_load_balancer_configuration")
        ),
        "ipAddressType": text(computed=True, choices=("ipv4",), fixed=True),
    },
    id=lambda call: _arn(call, f"targetgroup/{call.values['name']}/{new_hex(call)}"),
    action="Elastic Load Balancing v2: CreateTargetGroup",
    updates="Elastic Load Balancing v2: ModifyTargetGroup",
    autoname=Autoname("name", longest=32),
    missing=("TargetGroupNotFound", "Target groups '{id}' not found"),
    in_use=("ResourceInUse", "Target group '{id}' is currently in use by a listener or a rule"),
    checks=(_complete,),
    rules=(
        unique(
            "name",
            error=(
                "DuplicateTargetGroupName",
                "A target group with the same name '{name}' exists, but with different settings",
            ),
        ),
    ),
    outputs=("arn", "arnSuffix", "loadBalancerArns"),
    made=_target_group,
    changed=_health_check,
    read=_with_load_balancers,
)


def _good_target(call: Call) -> None:
    """A rule: an IP target is in the VPC of its group, or in a private range and for all zones."""
    target, zone = call.values["targetId"], call.values.get("availabilityZone")
    group = call.target("targetGroupArn")
    if group["targetType"] != "ip":
        raise _bad_target(call, f"The instance ID '{target}' does not exist")
    try:
        address = IPv4Address(target)
    except AddressValueError:
        said = f"The IP address '{target}' is not a valid IPv4 address"
        raise call.error((VALIDATION, said)) from None
    vpc = call.world.get(VPC, group["vpcId"]) or {}
    if address in IPv4Network(vpc["cidrBlock"]):
        if zone == "all":
            said = f"The Availability Zone 'all' is for addresses outside the VPC, not '{target}'"
            raise _bad_target(call, said)
        return
    if not any(address in allowed for allowed in _TARGET_RANGES):
        said = f"The IP address '{target}' is outside the VPC and not in RFC 1918 or RFC 6598"
        raise _bad_target(call, said)
    by_zone = group["protocol"] in HTTP and group["loadBalancingCrossZoneEnabled"] == "false"
    allowed_zones = tuple(zones(call.place).values()) if by_zone else ("all",)
    if zone not in allowed_zones:
        said = f"The Availability Zone of '{target}', outside the VPC, must be one of "
        raise _bad_target(call, said + ", ".join(allowed_zones))


def _bad_target(call: Call, said: str) -> CloudError:
    return call.error(("InvalidTarget", said))


TARGET_GROUP_ATTACHMENT = aws(
    "aws:lb/targetGroupAttachment:TargetGroupAttachment",
    {
        "targetGroupArn": ref(TARGET_GROUP, required=True, fixed=True, on_delete="cascade"),
        "targetId": text(required=True, fixed=True),
        "port": whole(fixed=True, between=(1, 65535)),
        "availabilityZone": text(fixed=True),
    },
    id=lambda call: f"{call.values['targetGroupArn']}-{call.store.serial('aws:target'):026d}",
    action="Elastic Load Balancing v2: RegisterTargets",
    deletes="Elastic Load Balancing v2: DeregisterTargets",
    tagged=False,
    rules=(_good_target,),
)
