"""Type tokens of the resources that rules check, as in a URN."""

from __future__ import annotations

from typing import Final

KONNECT: Final = "pulumi-python:dynamic/konnect:"
"""Prefix of the type token of every Konnect resource."""

GATEWAY: Final = "multicloudgateway:index:MultiCloudGateway"
"""The component; its outputs have the services that gateways must reach."""
TRANSIT_FABRIC: Final = "multicloudgateway:index:TransitFabric"
"""The component that connects the regions of a gateway."""

NETWORK: Final = f"{KONNECT}CloudGatewayNetwork"
CONFIGURATION: Final = f"{KONNECT}CloudGatewayConfiguration"
ADDON: Final = f"{KONNECT}CloudGatewayAddon"
ATTACHMENT: Final = f"{KONNECT}CloudGatewayTransitGateway"
CUSTOM_DOMAIN: Final = f"{KONNECT}CloudGatewayCustomDomain"
CONTROL_PLANE: Final = f"{KONNECT}GatewayControlPlane"
MEMBERSHIP: Final = f"{KONNECT}GatewayControlPlaneMembership"
SERVICE: Final = f"{KONNECT}GatewayService"
ROUTE: Final = f"{KONNECT}GatewayRoute"
UPSTREAM: Final = f"{KONNECT}GatewayUpstream"
PLUGIN: Final = f"{KONNECT}GatewayPlugin"
PARTIAL: Final = f"{KONNECT}GatewayPartial"
CERTIFICATE: Final = f"{KONNECT}GatewayCertificate"
VAULT: Final = f"{KONNECT}GatewayVault"

AWS_REDIS: Final = "aws:elasticache/replicationGroup:ReplicationGroup"
AWS_INGRESS_RULE: Final = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
AWS_PREFIX_LIST: Final = "aws:ec2/managedPrefixList:ManagedPrefixList"
AWS_ROUTE: Final = "aws:ec2/route:Route"
AWS_ROUTE_TABLE: Final = "aws:ec2/routeTable:RouteTable"
AWS_SECURITY_GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
AWS_SECURITY_GROUP_RULE: Final = "aws:ec2/securityGroupRule:SecurityGroupRule"
AWS_SHARE_PRINCIPAL: Final = "aws:ram/principalAssociation:PrincipalAssociation"
AWS_SUBNET: Final = "aws:ec2/subnet:Subnet"
AWS_TRANSIT_GATEWAY_ROUTE: Final = "aws:ec2transitgateway/route:Route"
AWS_VPC: Final = "aws:ec2/vpc:Vpc"

AZURE_REDIS: Final = "azure-native:redisenterprise:RedisEnterprise"
AZURE_ROLE_ASSIGNMENT: Final = "azure-native:authorization:RoleAssignment"
AZURE_ROUTE: Final = "azure-native:network:Route"
AZURE_ROUTE_TABLE: Final = "azure-native:network:RouteTable"
AZURE_SECURITY_GROUP: Final = "azure-native:network:NetworkSecurityGroup"
AZURE_SECURITY_RULE: Final = "azure-native:network:SecurityRule"
AZURE_VIRTUAL_NETWORK: Final = "azure-native:network:VirtualNetwork"

GCP_FIREWALL: Final = "gcp:compute/firewall:Firewall"
GCP_FORWARDING_RULE: Final = "gcp:compute/forwardingRule:ForwardingRule"
GCP_REDIS: Final = "gcp:redis/instance:Instance"
GCP_ROUTE: Final = "gcp:compute/route:Route"
GCP_SUBNETWORK: Final = "gcp:compute/subnetwork:Subnetwork"
