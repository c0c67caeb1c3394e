"""Every modelled type of every cloud once, wired as a gateway landing wires them."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws
import pulumi_azure_native as azure
import pulumi_gcp as gcp

config = pulumi.Config()
kong_account = config.require("kongAccount")
kong_principal = config.require("kongPrincipal")
kong_network = config.require("kongNetwork")
kong_gcp_principal = config.require("kongGcpPrincipal")
kong_attachment = config.get("kongAttachment")
kong_peering = config.get("kongPeering")
kong_cidr = "10.64.0.0/16"

# AWS, in a region of its own beside the provider's

vpc = aws.ec2.Vpc(
    "vpc", cidr_block="10.0.0.0/16", enable_dns_hostnames=True, tags={"Name": "landing"}
)
subnets = [
    aws.ec2.Subnet(
        f"subnet-{zone}", vpc_id=vpc.id, cidr_block=cidr, availability_zone_id=f"use2-{zone}"
    )
    for zone, cidr in (("az1", "10.0.0.0/24"), ("az2", "10.0.1.0/24"))
]
gateway = aws.ec2.InternetGateway("igw", vpc_id=vpc.id)
table = aws.ec2.RouteTable("table", vpc_id=vpc.id)
for index, subnet in enumerate(subnets):
    aws.ec2.RouteTableAssociation(
        f"association-{index}", route_table_id=table.id, subnet_id=subnet.id
    )
aws.ec2.Route(
    "out", route_table_id=table.id, destination_cidr_block="0.0.0.0/0", gateway_id=gateway.id
)
tgw = aws.ec2transitgateway.TransitGateway(
    "tgw",
    amazon_side_asn=64601,
    default_route_table_association="disable",
    default_route_table_propagation="disable",
)
attachment = aws.ec2transitgateway.VpcAttachment(
    "attachment",
    transit_gateway_id=tgw.id,
    vpc_id=vpc.id,
    subnet_ids=[subnet.id for subnet in subnets],
    transit_gateway_default_route_table_association=False,
    transit_gateway_default_route_table_propagation=False,
)
tgw_tables = {
    name: aws.ec2transitgateway.RouteTable(f"tgw-{name}", transit_gateway_id=tgw.id)
    for name in ("kong", "spokes")
}
aws.ec2transitgateway.RouteTableAssociation(
    "spoke-association",
    transit_gateway_attachment_id=attachment.id,
    transit_gateway_route_table_id=tgw_tables["spokes"].id,
)
aws.ec2transitgateway.RouteTablePropagation(
    "spoke-propagation",
    transit_gateway_attachment_id=attachment.id,
    transit_gateway_route_table_id=tgw_tables["kong"].id,
)
aws.ec2transitgateway.Route(
    "blackhole",
    destination_cidr_block="10.99.0.0/16",
    blackhole=True,
    transit_gateway_route_table_id=tgw_tables["kong"].id,
)
to_kong = aws.ec2.Route(
    "to-kong",
    route_table_id=table.id,
    destination_cidr_block=kong_cidr,
    transit_gateway_id=tgw.id,
    opts=pulumi.ResourceOptions(depends_on=[attachment]),
)
group = aws.ec2.SecurityGroup("group", vpc_id=vpc.id, description="the gateway")
aws.vpc.SecurityGroupIngressRule(
    "from-kong",
    security_group_id=group.id,
    ip_protocol="tcp",
    from_port=443,
    to_port=443,
    cidr_ipv4=kong_cidr,
)
aws.vpc.SecurityGroupEgressRule(
    "to-anywhere", security_group_id=group.id, ip_protocol="-1", cidr_ipv4="0.0.0.0/0"
)
share = aws.ram.ResourceShare("share", allow_external_principals=True)
aws.ram.ResourceAssociation("shared", resource_arn=tgw.arn, resource_share_arn=share.arn)
aws.ram.PrincipalAssociation("kong", principal=kong_account, resource_share_arn=share.arn)
if kong_attachment:
    accepted = aws.ec2transitgateway.VpcAttachmentAccepter(
        "accepter",
        transit_gateway_attachment_id=kong_attachment,
        transit_gateway_default_route_table_association=False,
        transit_gateway_default_route_table_propagation=False,
        opts=pulumi.ResourceOptions(depends_on=[tgw]),
    )
    aws.ec2transitgateway.RouteTableAssociation(
        "kong-association",
        transit_gateway_attachment_id=accepted.id,
        transit_gateway_route_table_id=tgw_tables["kong"].id,
    )
if kong_peering:
    aws.ec2.VpcPeeringConnectionAccepter(
        "peering-accepter",
        vpc_peering_connection_id=kong_peering,
        auto_accept=True,
        accepter={"allow_remote_vpc_dns_resolution": True},
    )
west = aws.ec2.Vpc("west", cidr_block="10.1.0.0/16", region="us-west-2")
aws.ec2.VpcPeeringConnection("to-west", vpc_id=vpc.id, peer_vpc_id=west.id, peer_region="us-west-2")
endpoints = aws.vpclattice.ResourceGateway("endpoints", vpc_id=vpc.id, subnet_ids=[subnets[0].id])
aws.vpclattice.ResourceConfiguration(
    "orders",
    resource_gateway_identifier=endpoints.id,
    port_ranges=["443"],
    resource_configuration_definition={"ip_resource": {"ip_address": "10.0.0.10"}},
)
zone = aws.route53.Zone("zone", name="acme.internal", vpcs=[{"vpc_id": vpc.id}])
aws.route53.VpcAssociationAuthorization(
    "zone-for-kong", zone_id=zone.zone_id, vpc_id="vpc-0123456789abcdef0"
)
aws.route53.ZoneAssociation(
    "zone-for-west", zone_id=zone.zone_id, vpc_id=west.id, vpc_region="us-west-2"
)
check = aws.route53.HealthCheck("check", type="HTTPS", fqdn="a.example", request_interval=30)
aws.route53.Record(
    "api",
    zone_id=zone.zone_id,
    name="api",
    type="CNAME",
    ttl=60,
    records=["a.example"],
    set_identifier="a",
    weighted_routing_policies=[{"weight": 1}],
    health_check_id=check.id,
)
elsewhere = aws.Provider(
    "elsewhere", region="eu-west-1", default_tags={"tags": {"team": "platform"}}
)
east = aws.ec2.Vpc(
    "east", cidr_block="10.2.0.0/16", opts=pulumi.ResourceOptions(provider=elsewhere)
)

# Azure

client = azure.authorization.get_client_config_output()
landing = azure.resources.ResourceGroup("landing", location="westeurope")
nsg = azure.network.NetworkSecurityGroup(
    "nsg", resource_group_name=landing.name, network_security_group_name="gateway"
)
azure.network.SecurityRule(
    "kong-in",
    resource_group_name=landing.name,
    network_security_group_name=nsg.name,
    security_rule_name="kong-in",
    access="Allow",
    direction="Inbound",
    priority=100,
    protocol="Tcp",
    source_address_prefix=kong_cidr,
    source_port_range="*",
    destination_address_prefix="*",
    destination_port_range="443",
)
routes = azure.network.RouteTable(
    "routes",
    resource_group_name=landing.name,
    routes=[{"name": "drop", "address_prefix": "10.99.0.0/16", "next_hop_type": "None"}],
)
vnet = azure.network.VirtualNetwork(
    "vnet",
    resource_group_name=landing.name,
    virtual_network_name="landing",
    address_space={"address_prefixes": ["10.16.0.0/16"]},
    tags={"owner": "platform"},
)
azure.network.Subnet(
    "workloads",
    resource_group_name=landing.name,
    virtual_network_name=vnet.name,
    subnet_name="workloads",
    address_prefix="10.16.0.0/24",
    network_security_group={"id": nsg.id},
    route_table={"id": routes.id},
)
private_zone = azure.privatedns.PrivateZone(
    "private-zone",
    resource_group_name=landing.name,
    private_zone_name="acme.internal",
    location="global",
)
azure.privatedns.VirtualNetworkLink(
    "link",
    resource_group_name=landing.name,
    private_zone_name=private_zone.name,
    location="global",
    registration_enabled=False,
    virtual_network={"id": vnet.id},
)
azure.privatedns.PrivateRecordSet(
    "record",
    resource_group_name=landing.name,
    private_zone_name=private_zone.name,
    relative_record_set_name="api",
    record_type="A",
    ttl=300,
    a_records=[{"ipv4_address": "10.16.0.4"}],
)
wan = azure.network.VirtualWan(
    "wan", resource_group_name=landing.name, type="Standard", allow_branch_to_branch_traffic=True
)
hub = azure.network.VirtualHub(
    "hub",
    resource_group_name=landing.name,
    virtual_wan={"id": wan.id},
    address_prefix="10.17.0.0/23",
    sku="Standard",
)
role = azure.authorization.RoleDefinition(
    "role",
    scope=landing.id,
    role_name="Kong Cloud Gateway Peering Creator",
    role_type="CustomRole",
    assignable_scopes=[landing.id],
    permissions=[
        {
            "actions": [
                "Microsoft.Network/virtualNetworks/read",
                "Microsoft.Network/virtualNetworks/virtualNetworkPeerings/*",
                "Microsoft.Network/virtualNetworks/peer/action",
            ]
        }
    ],
)
azure.authorization.RoleAssignment(
    "grant",
    scope=vnet.id,
    principal_id=kong_principal,
    principal_type="ServicePrincipal",
    role_definition_id=role.id,
)

# GCP

network = gcp.compute.Network("network", auto_create_subnetworks=False, routing_mode="GLOBAL")
gcp.compute.Subnetwork(
    "subnetwork",
    network=network.id,
    ip_cidr_range="10.32.0.0/20",
    private_ip_google_access=True,
)
gcp.compute.Firewall(
    "firewall",
    network=network.self_link,
    direction="INGRESS",
    source_ranges=[kong_cidr],
    allows=[{"protocol": "tcp", "ports": ["443"]}],
)
peering = gcp.compute.NetworkPeering(
    "peering",
    network=network.self_link,
    peer_network=kong_network,
    import_custom_routes=True,
    export_custom_routes=True,
    import_subnet_routes_with_public_ip=True,
    export_subnet_routes_with_public_ip=True,
    stack_type="IPV4_ONLY",
)
services = gcp.compute.GlobalAddress(
    "services",
    network=network.id,
    purpose="VPC_PEERING",
    address_type="INTERNAL",
    prefix_length=20,
    labels={"team": "platform"},
)
connection = gcp.servicenetworking.Connection(
    "connection",
    network=network.id,
    service="servicenetworking.googleapis.com",
    reserved_peering_ranges=[services.name],
)
cache = gcp.redis.Instance(
    "cache",
    memory_size_gb=5,
    tier="STANDARD_HA",
    auth_enabled=True,
    authorized_network=network.id,
    connect_mode="PRIVATE_SERVICE_ACCESS",
    transit_encryption_mode="SERVER_AUTHENTICATION",
    deletion_protection=False,
    opts=pulumi.ResourceOptions(depends_on=[connection]),
)
managed_zone = gcp.dns.ManagedZone(
    "managed-zone",
    dns_name="acme.internal.",
    visibility="private",
    private_visibility_config={"networks": [{"network_url": network.id}]},
)
gcp.dns.RecordSet(
    "cache-record",
    managed_zone=managed_zone.name,
    name="cache.acme.internal.",
    type="A",
    ttl=300,
    rrdatas=[cache.host],
)
gcp.projects.IAMMember(
    "dns-peer",
    project=gcp.organizations.get_project_output().project_id,
    role="roles/dns.peer",
    member=kong_gcp_principal,
)

pulumi.export("account", aws.get_caller_identity_output().account_id)
pulumi.export("region", aws.get_region_output().region)
pulumi.export("subscription", client.subscription_id)
pulumi.export("project", gcp.organizations.get_client_config_output().project)
pulumi.export("project_number", gcp.organizations.get_project_output().number)
pulumi.export("share_arn", share.arn)
pulumi.export("tgw_id", tgw.id)
pulumi.export("vpc_id", vpc.id)
pulumi.export("west_arn", west.arn)
pulumi.export("east_arn", east.arn)
pulumi.export("east_tags", east.tags_all)
pulumi.export("group_name", landing.name)
pulumi.export("network_name", network.name)
pulumi.export("peering_state", peering.state)
pulumi.export("cache_port", cache.port)
pulumi.export("cache_auth", cache.auth_string)
