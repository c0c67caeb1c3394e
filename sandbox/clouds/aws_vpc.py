"""VPCs, subnets and internet gateways.

EC2 creates objects with a VPC that nobody declared: a main route table and a default security
group. They are stored with the mark ``_implicit`` and are deleted with the VPC.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from sandbox.clouds import tokens
from sandbox.clouds.aws_common import (
    ACCOUNT,
    CLOUD,
    aws_type,
    cidr,
    ec2_arn,
    find,
    new_id,
    not_cidr,
    refuse,
    where,
)
from sandbox.clouds.aws_regions import zones
from sandbox.clouds.inputs import flag, text
from sandbox.clouds.model import Call, Failure
from sandbox.clouds.wire import Values
from sandbox.store import Store

_NO_VPC = tuple(
    map(IPv4Network, ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4"))
)
"""Ranges that a VPC cannot use. A VPC is private, shared (RFC 6598) or publicly routable.

AWS documents that it refuses link-local addresses ("IPv4 CIDR block association restrictions",
Amazon VPC User Guide). The other ranges are in none that it permits.
"""


def vpc_or_refuse(call: Call, action: str, vpc_id: str, region: str) -> Values:
    """The VPC. Raises EC2's error for an id that does not exist."""
    vpc = find(call.store, tokens.VPC, vpc_id, region)
    if vpc is None:
        raise refuse(action, "InvalidVpcID.NotFound", f"The vpc ID '{vpc_id}' does not exist")
    return vpc


def _check_vpc(inputs: Values) -> Iterator[Failure]:
    if "cidrBlock" in inputs:
        yield from not_cidr("cidrBlock", inputs["cidrBlock"])


def _create_vpc(call: Call, inputs: Values) -> tuple[str, Values]:
    action = "EC2: CreateVpc"
    if "cidrBlock" not in inputs:
        raise refuse(action, "MissingParameter", "Either 'cidrBlock' or 'ipv4IpamPoolId' is needed")
    block = cidr(action, inputs["cidrBlock"])
    if not 16 <= block.prefixlen <= 28:
        raise refuse(action, "InvalidVpc.Range", f"The CIDR '{block}' is invalid.")
    if any(block.overlaps(reserved) for reserved in _NO_VPC):
        message = f"The CIDR '{block}' is invalid: it is in a reserved range."
        raise refuse(action, "InvalidVpc.Range", message)
    store, region = call.store, inputs["region"]
    id_ = new_id(store, "vpc")
    table, group = new_id(store, "rtb"), new_id(store, "sg")
    common = {"vpcId": id_, "region": region, "ownerId": ACCOUNT, "_implicit": True}
    store.put(CLOUD, tokens.ROUTE_TABLE, table, {**common, "routes": []})
    store.put(CLOUD, tokens.SECURITY_GROUP, group, {**common, "name": "default"})
    return id_, {
        "arn": ec2_arn(region, "vpc", id_),
        "defaultNetworkAclId": new_id(store, "acl"),
        "defaultRouteTableId": table,
        "defaultSecurityGroupId": group,
        "dhcpOptionsId": new_id(store, "dopt"),
        "enableDnsHostnames": inputs.get("enableDnsHostnames", False),
        "enableNetworkAddressUsageMetrics": inputs.get("enableNetworkAddressUsageMetrics", False),
        "ipv6AssociationId": "",
        "mainRouteTableId": table,
        "ownerId": ACCOUNT,
    }


def _dependants(store: Store, vpc_id: str) -> Iterator[str]:
    """The objects that prevent a VPC from being deleted."""
    for token in (
        tokens.SUBNET,
        tokens.INTERNET_GATEWAY,
        tokens.ROUTE_TABLE,
        tokens.SECURITY_GROUP,
        tokens.TGW_ATTACHMENT,
    ):
        for id_, body in where(store, token, vpcId=vpc_id):
            if not body.get("_implicit"):
                yield id_
    for id_, body in where(store, tokens.VPC_PEERING, peerVpcId=vpc_id):
        if body["_state"] != "deleted":
            yield id_


def _delete_vpc(call: Call, id_: str, body: Values) -> None:
    held_by = list(_dependants(call.store, id_))
    if held_by:
        raise refuse(
            "EC2: DeleteVpc",
            "DependencyViolation",
            f"The vpc '{id_}' has dependencies and cannot be deleted ({', '.join(held_by)}).",
        )
    table = body["mainRouteTableId"]
    for route_id, _ in where(call.store, tokens.ROUTE, routeTableId=table):
        call.store.delete(CLOUD, tokens.ROUTE, route_id)
    call.store.delete(CLOUD, tokens.ROUTE_TABLE, table)
    group = body["defaultSecurityGroupId"]
    for token in (tokens.INGRESS_RULE, tokens.EGRESS_RULE):
        for rule_id, _ in where(call.store, token, securityGroupId=group):
            call.store.delete(CLOUD, token, rule_id)
    call.store.delete(CLOUD, tokens.SECURITY_GROUP, group)


def _zone(inputs: Values) -> tuple[str, str]:
    """(zone id, zone name) of a subnet. The default is the first zone of the region."""
    by_id = zones(inputs["region"])
    by_name = {name: id_ for id_, name in by_id.items()}
    wanted_id, wanted_name = inputs.get("availabilityZoneId"), inputs.get("availabilityZone")
    action = "EC2: CreateSubnet"
    if wanted_id is not None and wanted_id not in by_id:
        raise refuse(
            action,
            "InvalidParameterValue",
            f"Value ({wanted_id}) for parameter availabilityZoneId is invalid. Subnets can "
            f"currently only be created in the following availability zones: {', '.join(by_id)}.",
        )
    if wanted_name is not None and wanted_name not in by_name:
        raise refuse(
            action,
            "InvalidParameterValue",
            f"Value ({wanted_name}) for parameter availabilityZone is invalid. Subnets can "
            f"currently only be created in the following availability zones: "
            f"{', '.join(by_name)}.",
        )
    if wanted_id is not None:
        return wanted_id, by_id[wanted_id]
    name = wanted_name or next(iter(by_name))
    return by_name[name], name


def _check_subnet(inputs: Values) -> Iterator[Failure]:
    if "cidrBlock" in inputs:
        yield from not_cidr("cidrBlock", inputs["cidrBlock"])
    if "availabilityZone" in inputs and "availabilityZoneId" in inputs:
        yield "availabilityZone", '"availabilityZone": conflicts with availabilityZoneId'


def _create_subnet(call: Call, inputs: Values) -> tuple[str, Values]:
    action, region = "EC2: CreateSubnet", inputs["region"]
    vpc = vpc_or_refuse(call, action, inputs["vpcId"], region)
    if "cidrBlock" not in inputs:
        raise refuse(action, "MissingParameter", "Either 'cidrBlock' or 'ipv6CidrBlock' is needed")
    block = cidr(action, inputs["cidrBlock"])
    if not 16 <= block.prefixlen <= 28 or not block.subnet_of(cidr(action, vpc["cidrBlock"])):
        raise refuse(action, "InvalidSubnet.Range", f"The CIDR '{block}' is invalid.")
    for _, other in where(call.store, tokens.SUBNET, vpcId=inputs["vpcId"]):
        if block.overlaps(cidr(action, other["cidrBlock"])):
            message = f"The CIDR '{block}' conflicts with another subnet"
            raise refuse(action, "InvalidSubnet.Conflict", message)
    zone_id, zone = _zone(inputs)
    id_ = new_id(call.store, "subnet")
    return id_, {
        "arn": ec2_arn(region, "subnet", id_),
        "availabilityZone": zone,
        "availabilityZoneId": zone_id,
        "ownerId": ACCOUNT,
        "privateDnsHostnameTypeOnLaunch": "ip-name",
    }


def _delete_subnet(call: Call, id_: str, body: Values) -> None:
    del body
    for attachment, other in call.store.list(CLOUD, tokens.TGW_ATTACHMENT):
        if id_ in other.get("subnetIds", []):
            raise refuse(
                "EC2: DeleteSubnet",
                "DependencyViolation",
                f"The subnet '{id_}' has dependencies and cannot be deleted ({attachment}).",
            )
    for association, _ in list(where(call.store, tokens.ROUTE_TABLE_ASSOCIATION, subnetId=id_)):
        call.store.delete(CLOUD, tokens.ROUTE_TABLE_ASSOCIATION, association)


def _attach_gateway(call: Call, id_: str | None, vpc_id: str, region: str) -> None:
    action = "EC2: AttachInternetGateway"
    vpc_or_refuse(call, action, vpc_id, region)
    for other, _ in where(call.store, tokens.INTERNET_GATEWAY, vpcId=vpc_id):
        if other != id_:
            message = f"Network {vpc_id} already has an internet gateway attached"
            raise refuse(action, "InvalidParameterValue", message)


def _create_gateway(call: Call, inputs: Values) -> tuple[str, Values]:
    if "vpcId" in inputs:
        _attach_gateway(call, None, inputs["vpcId"], inputs["region"])
    id_ = new_id(call.store, "igw")
    return id_, {"arn": ec2_arn(inputs["region"], "internet-gateway", id_), "ownerId": ACCOUNT}


def _update_gateway(call: Call, id_: str, body: Values, inputs: Values) -> Values:
    if "vpcId" in inputs and inputs["vpcId"] != body.get("vpcId"):
        _attach_gateway(call, id_, inputs["vpcId"], body["region"])
    return {}


def _delete_gateway(call: Call, id_: str, body: Values) -> None:
    del body
    for route_id, _ in where(call.store, tokens.ROUTE, gatewayId=id_):
        raise refuse(
            "EC2: DetachInternetGateway",
            "DependencyViolation",
            f"Gateway {id_} is the target of a route and cannot be detached ({route_id}).",
        )


TYPES = (
    aws_type(
        tokens.VPC,
        {
            "cidrBlock": text(replace=True, computed=True),
            "enableDnsHostnames": flag(computed=True),
            "enableDnsSupport": flag(default=True),
            "enableNetworkAddressUsageMetrics": flag(computed=True),
            "instanceTenancy": text(
                default="default", choices=("default", "dedicated"), replace=True
            ),
        },
        (
            "arn",
            "defaultNetworkAclId",
            "defaultRouteTableId",
            "defaultSecurityGroupId",
            "dhcpOptionsId",
            "ipv6AssociationId",
            "mainRouteTableId",
            "ownerId",
        ),
        _create_vpc,
        delete=_delete_vpc,
        check=_check_vpc,
    ),
    aws_type(
        tokens.SUBNET,
        {
            "vpcId": text(required=True, replace=True),
            "cidrBlock": text(replace=True),
            "availabilityZone": text(replace=True, computed=True),
            "availabilityZoneId": text(replace=True, computed=True),
            "mapPublicIpOnLaunch": flag(default=False),
            "assignIpv6AddressOnCreation": flag(default=False),
            "enableDns64": flag(default=False),
            "enableResourceNameDnsARecordOnLaunch": flag(default=False),
            "enableResourceNameDnsAaaaRecordOnLaunch": flag(default=False),
            "privateDnsHostnameTypeOnLaunch": text(
                computed=True, choices=("ip-name", "resource-name")
            ),
        },
        ("arn", "ownerId"),
        _create_subnet,
        delete=_delete_subnet,
        check=_check_subnet,
    ),
    aws_type(
        tokens.INTERNET_GATEWAY,
        {"vpcId": text(computed=True)},
        ("arn", "ownerId"),
        _create_gateway,
        update=_update_gateway,
        delete=_delete_gateway,
    ),
)
