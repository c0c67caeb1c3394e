"""A VPC on a Transit Gateway whose tables keep gateways and VPCs apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network

import pulumi_aws as aws

from multicloudgateway import AwsNetwork


def vpc_on_a_hub(
    region: str, cidr: str, zones: Sequence[str], tags: Mapping[str, str]
) -> AwsNetwork:
    """Build both. A zone gets a workload subnet (/20) and one for the attachment (/28)."""
    workload_half, transit_half = IPv4Network(cidr).subnets()
    blocks = zip(
        zones,
        workload_half.subnets(new_prefix=20),
        transit_half.subnets(new_prefix=28),
        strict=False,  # There are more blocks than zones.
    )
    vpc = aws.ec2.Vpc("vpc", region=region, cidr_block=cidr, enable_dns_hostnames=True, tags=tags)
    table = aws.ec2.RouteTable("workload", region=region, vpc_id=vpc.id, tags=tags)
    transit, subnet_ids = [], {}
    for zone, workload_block, transit_block in blocks:
        place = {"region": region, "vpc_id": vpc.id, "availability_zone_id": zone, "tags": tags}
        workload = aws.ec2.Subnet(zone, cidr_block=str(workload_block), **place)
        aws.ec2.RouteTableAssociation(
            zone, region=region, route_table_id=table.id, subnet_id=workload.id
        )
        subnet_ids[zone] = workload.id
        transit.append(aws.ec2.Subnet(f"{zone}-transit", cidr_block=str(transit_block), **place))

    hub = aws.ec2transitgateway.TransitGateway(
        "hub",
        region=region,
        default_route_table_association="disable",
        default_route_table_propagation="disable",
        tags=tags,
    )
    spoke = aws.ec2transitgateway.VpcAttachment(
        "vpc",
        region=region,
        transit_gateway_id=hub.id,
        vpc_id=vpc.id,
        subnet_ids=[subnet.id for subnet in transit],
        transit_gateway_default_route_table_association=False,
        transit_gateway_default_route_table_propagation=False,
        tags=tags,
    )
    gateways, vpcs = (
        aws.ec2transitgateway.RouteTable(key, region=region, transit_gateway_id=hub.id, tags=tags)
        for key in ("gateways", "vpcs")
    )
    aws.ec2transitgateway.RouteTableAssociation(
        "vpc",
        region=region,
        transit_gateway_attachment_id=spoke.id,
        transit_gateway_route_table_id=vpcs.id,
    )
    aws.ec2transitgateway.RouteTablePropagation(
        "vpc",
        region=region,
        transit_gateway_attachment_id=spoke.id,
        transit_gateway_route_table_id=gateways.id,
    )
    return AwsNetwork(
        cidr=cidr,
        vpc_id=vpc.id,
        route_table_ids={"workload": table.id},
        vpc_attachment_id=spoke.id,
        transit_gateway_id=hub.id,
        transit_gateway_arn=hub.arn,
        gateway_route_table_id=gateways.id,
        spoke_route_table_id=vpcs.id,
        account=vpc.owner_id,
        subnet_ids=subnet_ids,
    )
