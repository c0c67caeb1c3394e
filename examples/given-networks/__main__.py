"""Networks that exist already: a VPC on a Transit Gateway, a VNet on a virtual hub, a GCP network.

They stand for what an organisation has. A gateway is linked to them by their ids alone, which
`gateway.yaml` has. The sandbox numbers objects in the order of their creation, so they are created
in a fixed order: then the ids are the same each time.
"""

from __future__ import annotations

import pulumi
import pulumi_aws as aws
import pulumi_gcp as gcp
from pulumi_azure_native import network, resources

TAGS = pulumi.Config().require_object("tags")
REGION = "us-east-2"

# In AWS, in the account that the gateway's settings call "network".
role = aws.ProviderAssumeRoleArgs(role_arn="arn:aws:iam::222233334444:role/network")
account = aws.Provider("network", region=REGION, assume_roles=[role])
there = pulumi.ResourceOptions(provider=account)
vpc = aws.ec2.Vpc("vpc", cidr_block="10.65.0.0/16", tags=TAGS, opts=there)
table = aws.ec2.RouteTable("workload", vpc_id=vpc.id, tags=TAGS, opts=there)
subnet = aws.ec2.Subnet(
    "workload",
    vpc_id=vpc.id,
    availability_zone_id="use2-az1",
    cidr_block="10.65.0.0/20",
    tags=TAGS,
    opts=there,
)
aws.ec2.RouteTableAssociation("workload", route_table_id=table.id, subnet_id=subnet.id, opts=there)
hub = aws.ec2transitgateway.TransitGateway(
    "hub",
    default_route_table_association="disable",
    default_route_table_propagation="disable",
    tags=TAGS,
    opts=there,
)
spoke = aws.ec2transitgateway.VpcAttachment(
    "vpc",
    transit_gateway_id=hub.id,
    vpc_id=vpc.id,
    subnet_ids=[subnet.id],
    transit_gateway_default_route_table_association=False,
    transit_gateway_default_route_table_propagation=False,
    tags=TAGS,
    opts=there,
)
gateways = aws.ec2transitgateway.RouteTable(
    "gateways", transit_gateway_id=hub.id, tags=TAGS, opts=there
)
vpcs = aws.ec2transitgateway.RouteTable(
    "vpcs",
    transit_gateway_id=hub.id,
    tags=TAGS,
    opts=pulumi.ResourceOptions(provider=account, depends_on=[gateways]),
)
aws.ec2transitgateway.RouteTableAssociation(
    "vpc",
    transit_gateway_attachment_id=spoke.id,
    transit_gateway_route_table_id=vpcs.id,
    opts=there,
)
aws.ec2transitgateway.RouteTablePropagation(
    "vpc",
    transit_gateway_attachment_id=spoke.id,
    transit_gateway_route_table_id=gateways.id,
    opts=there,
)

# In Azure: ids are names.
group = resources.ResourceGroup(
    "network", resource_group_name="network", location="eastus2", tags=TAGS
)
rules = network.NetworkSecurityGroup(
    "workload",
    resource_group_name=group.name,
    network_security_group_name="workload",
    location="eastus2",
    tags=TAGS,
)
vnet = network.VirtualNetwork(
    "eastus2",
    resource_group_name=group.name,
    virtual_network_name="eastus2",
    location="eastus2",
    address_space={"address_prefixes": ["10.81.0.0/16"]},
    tags=TAGS,
)
network.Subnet(
    "workload",
    resource_group_name=group.name,
    virtual_network_name=vnet.name,
    subnet_name="workload",
    address_prefix="10.81.0.0/17",
    network_security_group={"id": rules.id},
)
wan = network.VirtualWan(
    "wan",
    resource_group_name=group.name,
    virtual_wan_name="wan",
    location="eastus2",
    type="Standard",
    tags=TAGS,
)
virtual_hub = network.VirtualHub(
    "eastus2",
    resource_group_name=group.name,
    virtual_hub_name="eastus2",
    location="eastus2",
    address_prefix="10.95.0.0/23",
    virtual_wan={"id": wan.id},
    sku="Standard",
    tags=TAGS,
)
network.HubVirtualNetworkConnection(
    "eastus2",
    resource_group_name=group.name,
    virtual_hub_name=virtual_hub.name,
    connection_name="eastus2",
    remote_virtual_network={"id": vnet.id},
)

# In GCP: ids are names.
shared = gcp.compute.Network("shared", name="shared", auto_create_subnetworks=False)
gcp.compute.Subnetwork(
    "workload",
    name="workload",
    network=shared.id,
    region="us-central1",
    ip_cidr_range="10.97.0.0/16",
)

pulumi.export("vpc_id", vpc.id)
pulumi.export("route_table_id", table.id)
pulumi.export("subnet_id", subnet.id)
pulumi.export("transit_gateway_arn", hub.arn)
pulumi.export("gateway_route_table_id", gateways.id)
pulumi.export("spoke_route_table_id", vpcs.id)
pulumi.export("vpc_attachment_id", spoke.id)
pulumi.export("vnet_id", vnet.id)
pulumi.export("hub_id", virtual_hub.id)
pulumi.export("network_id", shared.id)
