"""VPCs, subnets and internet gateways.

EC2 creates objects with a VPC that nobody declared: a main route table, a default security group
and a default network ACL. They are stored with the mark ``_implicit`` and are deleted with the VPC.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from sandbox.clouds.aws.cloud import aws, new_id
from sandbox.clouds.aws.regions import zones
from sandbox.clouds.declare import Call, Error
from sandbox.clouds.inputs import Failure, cidr, flag, ref, text
from sandbox.clouds.rules import apart, inside, needs, network, prefix, unique
from sandbox.clouds.wire import Values

_RESERVED = tuple(
    map(IPv4Network, ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4"))
)
"""Ranges that a VPC cannot use. A VPC is private, shared (RFC 6598) or publicly routable.

AWS documents that it refuses link-local addresses ("IPv4 CIDR block association restrictions",
Amazon VPC User Guide). The other ranges are in none that it permits.
"""
_VPC_RANGE: Error = ("InvalidVpc.Range", "The CIDR '{block}' is invalid.")
_SUBNET_RANGE: Error = ("InvalidSubnet.Range", "The CIDR '{block}' is invalid.")
_MAIN_TABLE = "aws:ec2/routeTable:RouteTable"
_DEFAULT_GROUP = "aws:ec2/securityGroup:SecurityGroup"
DEFAULT_ACL = "aws:ec2/networkAcl:NetworkAcl"


def _not_reserved(call: Call) -> None:
    block = network(call, call.values["cidrBlock"], _VPC_RANGE)
    if any(block.overlaps(reserved) for reserved in _RESERVED):
        said = "The CIDR '{block}' is invalid: it is in a reserved range."
        raise call.error(("InvalidVpc.Range", said), block=block)


def _vpc(call: Call, id_: str) -> Values:
    del id_
    table = new_id(call.store, "rtb")
    return {
        "defaultNetworkAclId": new_id(call.store, "acl"),
        "defaultRouteTableId": table,
        "defaultSecurityGroupId": new_id(call.store, "sg"),
        "dhcpOptionsId": new_id(call.store, "dopt"),
        "enableDnsHostnames": call.values.get("enableDnsHostnames", False),
        "enableNetworkAddressUsageMetrics": call.values.get(
            "enableNetworkAddressUsageMetrics", False
        ),
        "ipv6AssociationId": "",
        "mainRouteTableId": table,
    }


def _create_implicit(call: Call) -> None:
    """Create the main route table, the default security group and the default network ACL."""
    vpc = call.world.get(VPC, call.id) or {}
    for token, id_, more in (
        (_MAIN_TABLE, vpc["mainRouteTableId"], {"routes": []}),
        (_DEFAULT_GROUP, vpc["defaultSecurityGroupId"], {"name": "default"}),
        (DEFAULT_ACL, vpc["defaultNetworkAclId"], {"subnetIds": []}),
    ):
        body = {"vpcId": call.id, "region": call.place, "ownerId": call.tenant, "_implicit": True}
        call.world.put(call.world.cloud.types[token], id_, {**body, **more})


VPC = aws(
    "aws:ec2/vpc:Vpc",
    {
        "cidrBlock": cidr(fixed=True, computed=True),
        "enableDnsHostnames": flag(computed=True),
        "enableDnsSupport": flag(default=True),
        "enableNetworkAddressUsageMetrics": flag(computed=True),
        "instanceTenancy": text(default="default", choices=("default", "dedicated"), fixed=True),
    },
    id="vpc",
    action="EC2: CreateVpc",
    arn_of="ec2:vpc",
    owned=True,
    noun="vpc",
    rules=(
        needs(
            "cidrBlock",
            error=("MissingParameter", "Either 'cidrBlock' or 'ipv4IpamPoolId' is needed"),
        ),
        prefix("cidrBlock", 16, 28, _VPC_RANGE),
        _not_reserved,
    ),
    outputs=(
        "defaultNetworkAclId",
        "defaultRouteTableId",
        "defaultSecurityGroupId",
        "dhcpOptionsId",
        "ipv6AssociationId",
        "mainRouteTableId",
    ),
    made=_vpc,
    created=_create_implicit,
)


def _zone(call: Call, id_: str) -> Values:
    """The availability zone of a subnet, by id and name. The default is the region's first."""
    del id_
    by_id = zones(call.place)
    by_name = {name: id_ for id_, name in by_id.items()}
    zone_id, zone = call.values.get("availabilityZoneId"), call.values.get("availabilityZone")
    for prop, wanted, known in (
        ("availabilityZoneId", zone_id, by_id),
        ("availabilityZone", zone, by_name),
    ):
        if wanted is not None and wanted not in known:
            said = (
                f"Value ({wanted}) for parameter {prop} is invalid. Subnets can currently only be "
                f"created in the following availability zones: {', '.join(known)}."
            )
            raise call.error(("InvalidParameterValue", said))
    if zone_id is None:
        zone_id = by_name[zone or next(iter(by_name))]
    return {
        "availabilityZone": by_id[zone_id],
        "availabilityZoneId": zone_id,
        "privateDnsHostnameTypeOnLaunch": call.values.get(
            "privateDnsHostnameTypeOnLaunch", "ip-name"
        ),
    }


def _one_zone(values: Values) -> Iterator[Failure]:
    if "availabilityZone" in values and "availabilityZoneId" in values:
        yield "availabilityZone", '"availabilityZone": conflicts with availabilityZoneId'


SUBNET = aws(
    "aws:ec2/subnet:Subnet",
    {
        "vpcId": ref(VPC, required=True, fixed=True),
        "cidrBlock": cidr(fixed=True),
        "availabilityZone": text(fixed=True, computed=True),
        "availabilityZoneId": text(fixed=True, computed=True),
        "mapPublicIpOnLaunch": flag(default=False),
        "assignIpv6AddressOnCreation": flag(default=False),
        "enableDns64": flag(default=False),
        "enableResourceNameDnsARecordOnLaunch": flag(default=False),
        "enableResourceNameDnsAaaaRecordOnLaunch": flag(default=False),
        "privateDnsHostnameTypeOnLaunch": text(computed=True, choices=("ip-name", "resource-name")),
    },
    id="subnet",
    action="EC2: CreateSubnet",
    arn_of="ec2:subnet",
    owned=True,
    noun="subnet",
    checks=(_one_zone,),
    rules=(
        needs(
            "cidrBlock",
            error=("MissingParameter", "Either 'cidrBlock' or 'ipv6CidrBlock' is needed"),
        ),
        prefix("cidrBlock", 16, 28, _SUBNET_RANGE),
        inside("cidrBlock", "vpcId.cidrBlock", _SUBNET_RANGE),
        apart(
            "cidrBlock",
            within="vpcId",
            error=("InvalidSubnet.Conflict", "The CIDR '{block}' conflicts with another subnet"),
        ),
    ),
    made=_zone,
)

INTERNET_GATEWAY = aws(
    "aws:ec2/internetGateway:InternetGateway",
    {"vpcId": ref(VPC, computed=True)},
    id="igw",
    action="EC2: AttachInternetGateway",
    arn_of="ec2:internet-gateway",
    owned=True,
    noun="gateway",
    in_use=(
        "DependencyViolation",
        "Gateway {id} is the target of a route and cannot be detached ({by}).",
    ),
    rules=(
        unique(
            "vpcId",
            error=(
                "InvalidParameterValue",
                "Network {vpcId} already has an internet gateway attached",
            ),
        ),
    ),
)
