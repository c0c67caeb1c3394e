"""Every cloud resource must have the required tags, which name its owner and purpose.

Cloud bills identify resources by tags only. At level `remediate`, a missing tag that has a value
in the configuration is added; at other levels it is reported. Resources that never appear on a
cloud bill are not checked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pulumi_policy import ResourceValidationArgs, Severity

from policies.rule import Config, resource_rule
from policies.tags import REQUIRED, completed, missing, required

_TAGS_IN: Final = {
    "aws:acm/certificate:Certificate": "tags",
    "aws:cloudfront/distribution:Distribution": "tags",
    "aws:cloudfront/function:Function": "tags",
    "aws:ec2/customerGateway:CustomerGateway": "tags",
    "aws:ec2/internetGateway:InternetGateway": "tags",
    "aws:ec2/managedPrefixList:ManagedPrefixList": "tags",
    "aws:ec2/networkAcl:NetworkAcl": "tags",
    "aws:ec2/routeTable:RouteTable": "tags",
    "aws:ec2/securityGroup:SecurityGroup": "tags",
    "aws:ec2/subnet:Subnet": "tags",
    "aws:ec2/vpc:Vpc": "tags",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "tags",
    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": "tags",
    "aws:ec2/vpnConnection:VpnConnection": "tags",
    "aws:ec2transitgateway/peeringAttachment:PeeringAttachment": "tags",
    "aws:ec2transitgateway/peeringAttachmentAccepter:PeeringAttachmentAccepter": "tags",
    "aws:ec2transitgateway/routeTable:RouteTable": "tags",
    "aws:ec2transitgateway/transitGateway:TransitGateway": "tags",
    "aws:ec2transitgateway/vpcAttachment:VpcAttachment": "tags",
    "aws:ec2transitgateway/vpcAttachmentAccepter:VpcAttachmentAccepter": "tags",
    "aws:elasticache/replicationGroup:ReplicationGroup": "tags",
    "aws:elasticache/subnetGroup:SubnetGroup": "tags",
    "aws:elasticache/user:User": "tags",
    "aws:elasticache/userGroup:UserGroup": "tags",
    "aws:lb/listener:Listener": "tags",
    "aws:lb/loadBalancer:LoadBalancer": "tags",
    "aws:lb/targetGroup:TargetGroup": "tags",
    "aws:networkfirewall/firewall:Firewall": "tags",
    "aws:networkfirewall/firewallPolicy:FirewallPolicy": "tags",
    "aws:networkfirewall/ruleGroup:RuleGroup": "tags",
    "aws:ram/resourceShare:ResourceShare": "tags",
    "aws:route53/healthCheck:HealthCheck": "tags",
    "aws:route53/resolverEndpoint:ResolverEndpoint": "tags",
    "aws:route53/resolverRule:ResolverRule": "tags",
    "aws:route53/zone:Zone": "tags",
    "aws:vpclattice/resourceConfiguration:ResourceConfiguration": "tags",
    "aws:vpclattice/resourceGateway:ResourceGateway": "tags",
    "aws:wafv2/webAcl:WebAcl": "tags",
    "azure-native:cdn:AFDEndpoint": "tags",
    "azure-native:cdn:Profile": "tags",
    "azure-native:dns:Zone": "tags",
    "azure-native:frontdoor:Policy": "tags",
    "azure-native:network:ApplicationGateway": "tags",
    "azure-native:dnsresolver:DnsResolver": "tags",
    "azure-native:dnsresolver:InboundEndpoint": "tags",
    "azure-native:network:AzureFirewall": "tags",
    "azure-native:network:FirewallPolicy": "tags",
    "azure-native:network:NetworkSecurityGroup": "tags",
    "azure-native:network:PrivateEndpoint": "tags",
    "azure-native:network:PublicIPAddress": "tags",
    "azure-native:network:RouteTable": "tags",
    "azure-native:network:VirtualHub": "tags",
    "azure-native:network:VirtualNetwork": "tags",
    "azure-native:network:VirtualWan": "tags",
    "azure-native:network:VpnGateway": "tags",
    "azure-native:network:VpnSite": "tags",
    "azure-native:network:WebApplicationFirewallPolicy": "tags",
    "azure-native:privatedns:PrivateZone": "tags",
    "azure-native:privatedns:VirtualNetworkLink": "tags",
    "azure-native:redisenterprise:RedisEnterprise": "tags",
    "azure-native:resources:ResourceGroup": "tags",
    "azure-native:trafficmanager:Profile": "tags",
    "gcp:certificatemanager/certificate:Certificate": "labels",
    "gcp:certificatemanager/certificateMap:CertificateMap": "labels",
    "gcp:certificatemanager/certificateMapEntry:CertificateMapEntry": "labels",
    "gcp:certificatemanager/dnsAuthorization:DnsAuthorization": "labels",
    "gcp:compute/externalVpnGateway:ExternalVpnGateway": "labels",
    "gcp:compute/forwardingRule:ForwardingRule": "labels",
    "gcp:compute/globalForwardingRule:GlobalForwardingRule": "labels",
    "gcp:compute/haVpnGateway:HaVpnGateway": "labels",
    "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate": "labels",
    "gcp:compute/securityPolicy:SecurityPolicy": "labels",
    "gcp:compute/vPNTunnel:VPNTunnel": "labels",
    "gcp:dns/managedZone:ManagedZone": "labels",
    "gcp:networkconnectivity/hub:Hub": "labels",
    "gcp:networkconnectivity/spoke:Spoke": "labels",
    "gcp:networksecurity/firewallEndpoint:FirewallEndpoint": "labels",
    "gcp:networksecurity/firewallEndpointAssociation:FirewallEndpointAssociation": "labels",
    "gcp:networksecurity/interceptEndpointGroupAssociation:InterceptEndpointGroupAssociation": (
        "labels"
    ),
    "gcp:networksecurity/securityProfile:SecurityProfile": "labels",
    "gcp:networksecurity/securityProfileGroup:SecurityProfileGroup": "labels",
    "gcp:redis/instance:Instance": "labels",
}
"""By type token: the property that holds the tags. GCP networks and firewalls have none."""


def _check(args: ResourceValidationArgs, config: Config) -> Iterator[str]:
    prop = _TAGS_IN[args.resource_type]
    present = args.props.get(prop) or ()
    for key in missing(present, required(config, args.resource_type), args.resource_type):
        yield f"has no {key!r} in {prop}"


def _remediate(args: ResourceValidationArgs, config: Config) -> Mapping[str, Any] | None:
    prop = _TAGS_IN[args.resource_type]
    present = args.props.get(prop) or ()
    if isinstance(present, str):
        return None  # The tags are unknown: this is the SDK's sentinel.
    wanted = required(config, args.resource_type)
    mended: Mapping[str, Any] | None = completed(
        args.props, prop, missing(present, wanted, args.resource_type)
    )
    return mended


policy = resource_rule(
    "cloud-resource-required-tags",
    "Resources in the clouds carry the required tags.",
    _TAGS_IN,
    _check,
    severity=Severity.MEDIUM,
    remedy="Add the tag to `tags` in the stack's settings, or to the resource.",
    config={"required": REQUIRED},
    remediate=_remediate,
)
