"""Example objects of AWS, in two accounts of the customer."""

from __future__ import annotations

from typing import Any

from sandbox.clouds.aws import AWS
from sandbox.clouds.aws.regions import zones
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.examples.model import Example, Examples, Of
from tests.sandbox.clouds.harness import Made

VPC = Of("vpc")
TABLE = Of("route table")
TGW = Of("gateway")
GATEWAY_TABLE = Of("gateway table")
LINK = {
    "transitGatewayAttachmentId": Of("attachment"),
    "transitGatewayRouteTableId": GATEWAY_TABLE,
}
RULE = {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443}
METRICS = {
    "cloudwatchMetricsEnabled": True,
    "metricName": "edge",
    "sampledRequestsEnabled": True,
}
PASS = {
    "priority": 1,
    "ruleDefinition": {
        "actions": ["aws:pass"],
        "matchAttributes": {"sources": [{"addressDefinition": "10.9.0.0/16"}]},
    },
}
INLINE = {
    "protocol": "tcp",
    "fromPort": 443,
    "toPort": 443,
    "securityGroups": [Of("other group")],
}


def asked(certificate: Made) -> Any:
    """The record that ACM asks for."""
    (record,) = certificate["domainValidationOptions"]
    return record


def first_zone(gateway: Made) -> str:
    """The id of the first zone of the gateway's region."""
    return next(iter(zones(gateway["region"])))


def endpoint_service(vpc: Made) -> str:
    """The name of an endpoint service in the VPC's region."""
    return f"com.amazonaws.vpce.{vpc['region']}.vpce-svc-0123456789abcdef0"


def second_zone(vpc: Made) -> str:
    """A zone of the VPC's region, other than that of subnets that name none."""
    return f"{vpc['region']}b"


EXAMPLES = {
    "vpc": Example(tokens.VPC, {"cidrBlock": "10.0.0.0/16"}),
    "peer vpc": Example(tokens.VPC, {"cidrBlock": "10.1.0.0/16"}),
    "foreign vpc": Example(tokens.VPC, {"cidrBlock": "10.2.0.0/16"}, by_other=True),
    "subnet": Example(tokens.SUBNET, {"vpcId": VPC, "cidrBlock": "10.0.0.0/24"}),
    "foreign subnet": Example(
        tokens.SUBNET, {"vpcId": Of("foreign vpc"), "cidrBlock": "10.2.0.0/24"}, by_other=True
    ),
    "internet gateway": Example(tokens.INTERNET_GATEWAY, {"vpcId": VPC}),
    # Routes
    "route table": Example(tokens.ROUTE_TABLE, {"vpcId": VPC}),
    "route table with routes": Example(
        tokens.ROUTE_TABLE,
        {
            "vpcId": VPC,
            "routes": [
                {"cidrBlock": "0.0.0.0/0", "gatewayId": Of("internet gateway")},
                {"cidrBlock": "10.64.0.0/16", "transitGatewayId": TGW},
                {"cidrBlock": "10.1.0.0/16", "vpcPeeringConnectionId": Of("peering")},
                {"cidrBlock": "10.66.0.0/16", "vpcEndpointId": Of("endpoint")},
            ],
        },
        after=("attachment",),
    ),
    "association of a subnet": Example(
        tokens.ROUTE_TABLE_ASSOCIATION, {"routeTableId": TABLE, "subnetId": Of("subnet")}
    ),
    "association of a gateway": Example(
        tokens.ROUTE_TABLE_ASSOCIATION,
        {"routeTableId": TABLE, "gatewayId": Of("internet gateway")},
    ),
    "route out": Example(
        tokens.ROUTE,
        {
            "routeTableId": TABLE,
            "destinationCidrBlock": "0.0.0.0/0",
            "gatewayId": Of("internet gateway"),
        },
    ),
    "route to a gateway": Example(
        tokens.ROUTE,
        {"routeTableId": TABLE, "destinationCidrBlock": "10.64.0.0/16", "transitGatewayId": TGW},
        after=("attachment",),
    ),
    "prefix list": Example(
        tokens.PREFIX_LIST,
        {
            "addressFamily": "IPv4",
            "maxEntries": 5,
            "entries": [{"cidr": "10.68.0.0/16"}, {"cidr": "10.69.0.0/16"}],
        },
    ),
    "route to a prefix list": Example(
        tokens.ROUTE,
        {
            "routeTableId": TABLE,
            "destinationPrefixListId": Of("prefix list"),
            "transitGatewayId": TGW,
        },
        after=("attachment",),
    ),
    "route to a peer": Example(
        tokens.ROUTE,
        {
            "routeTableId": TABLE,
            "destinationCidrBlock": "10.1.0.0/16",
            "vpcPeeringConnectionId": Of("peering"),
        },
    ),
    # Security groups
    "group": Example(tokens.SECURITY_GROUP, {"vpcId": VPC}),
    "other group": Example(tokens.SECURITY_GROUP, {"vpcId": VPC}),
    "group with rules": Example(
        tokens.SECURITY_GROUP, {"vpcId": VPC, "ingress": [INLINE], "egress": [INLINE]}
    ),
    "ingress rule": Example(
        tokens.INGRESS_RULE,
        {
            "securityGroupId": Of("group"),
            "referencedSecurityGroupId": Of("other group"),
            **RULE,
        },
    ),
    "ingress rule of a prefix list": Example(
        tokens.INGRESS_RULE,
        {"securityGroupId": Of("group"), "prefixListId": Of("prefix list"), **RULE},
    ),
    "egress rule of a prefix list": Example(
        tokens.EGRESS_RULE,
        {"securityGroupId": Of("group"), "prefixListId": Of("prefix list"), **RULE},
    ),
    "egress rule": Example(
        tokens.EGRESS_RULE,
        {
            "securityGroupId": Of("group"),
            "referencedSecurityGroupId": Of("other group"),
            **RULE,
        },
    ),
    "network acl": Example(tokens.NETWORK_ACL, {"vpcId": VPC, "subnetIds": [Of("subnet")]}),
    "network acl rule": Example(
        tokens.NETWORK_ACL_RULE,
        {
            "networkAclId": Of("network acl"),
            "ruleNumber": 1,
            "protocol": "-1",
            "ruleAction": "deny",
            "cidrBlock": "10.64.0.0/16",
        },
    ),
    # Transit gateways
    "gateway": Example(
        tokens.TGW,
        {
            "defaultRouteTableAssociation": "disable",
            "defaultRouteTablePropagation": "disable",
        },
    ),
    "attachment": Example(
        tokens.TGW_ATTACHMENT,
        {"transitGatewayId": TGW, "vpcId": VPC, "subnetIds": [Of("subnet")]},
    ),
    "foreign attachment": Example(
        tokens.TGW_ATTACHMENT,
        {
            "transitGatewayId": TGW,
            "vpcId": Of("foreign vpc"),
            "subnetIds": [Of("foreign subnet")],
        },
        by_other=True,
        after=("shared resource", "shared with"),
    ),
    "accepter": Example(
        tokens.TGW_ACCEPTER, {"transitGatewayAttachmentId": Of("foreign attachment")}
    ),
    "gateway table": Example(tokens.TGW_ROUTE_TABLE, {"transitGatewayId": TGW}),
    "association": Example(tokens.TGW_ASSOCIATION, LINK),
    "propagation": Example(tokens.TGW_PROPAGATION, LINK),
    "gateway prefix list": Example(
        tokens.TGW_PREFIX_LIST, {"prefixListId": Of("prefix list"), **LINK}
    ),
    "gateway route": Example(tokens.TGW_ROUTE, {"destinationCidrBlock": "10.64.0.0/16", **LINK}),
    "peer gateway": Example(tokens.TGW, {"amazonSideAsn": 64513}),
    "gateway peering": Example(
        tokens.TGW_PEERING,
        {
            "transitGatewayId": TGW,
            "peerTransitGatewayId": Of("peer gateway"),
            "peerRegion": Of("peer gateway", "region"),
            "peerAccountId": Of("peer gateway", "ownerId"),
        },
    ),
    "gateway peering accepter": Example(
        tokens.TGW_PEERING_ACCEPTER, {"transitGatewayAttachmentId": Of("gateway peering")}
    ),
    "customer gateway": Example(
        tokens.CUSTOMER_GATEWAY,
        {"type": "ipsec.1", "bgpAsn": "65010", "ipAddress": "203.0.113.10"},
    ),
    "vpn": Example(
        tokens.VPN_CONNECTION,
        {"type": "ipsec.1", "customerGatewayId": Of("customer gateway"), "transitGatewayId": TGW},
    ),
    "rule group": Example(
        tokens.NETWORK_FIREWALL_RULES,
        {
            "type": "STATEFUL",
            "capacity": 10,
            "ruleGroup": {"rulesSource": {"rulesString": "pass tcp any any -> any 443 (sid:1;)"}},
        },
    ),
    "bypass group": Example(
        tokens.NETWORK_FIREWALL_RULES,
        {
            "type": "STATELESS",
            "capacity": 10,
            "ruleGroup": {
                "rulesSource": {"statelessRulesAndCustomActions": {"statelessRules": [PASS]}}
            },
        },
    ),
    "firewall policy": Example(
        tokens.NETWORK_FIREWALL_POLICY,
        {
            "firewallPolicy": {
                "statelessDefaultActions": ["aws:forward_to_sfe"],
                "statelessFragmentDefaultActions": ["aws:forward_to_sfe"],
                "statelessRuleGroupReferences": [
                    {"resourceArn": Of("bypass group"), "priority": 1}
                ],
                "statefulRuleGroupReferences": [{"resourceArn": Of("rule group")}],
            }
        },
    ),
    "firewall": Example(
        tokens.NETWORK_FIREWALL,
        {
            "firewallPolicyArn": Of("firewall policy"),
            "transitGatewayId": TGW,
            "availabilityZoneMappings": [{"availabilityZoneId": Of("gateway", first_zone)}],
        },
    ),
    "endpoint": Example(
        tokens.VPC_ENDPOINT,
        {
            "vpcId": VPC,
            "subnetIds": [Of("subnet")],
            "serviceName": Of("vpc", endpoint_service),
            "vpcEndpointType": "GatewayLoadBalancer",
        },
    ),
    "route to an endpoint": Example(
        tokens.ROUTE,
        {
            "routeTableId": TABLE,
            "destinationCidrBlock": "10.65.0.0/16",
            "vpcEndpointId": Of("endpoint"),
        },
    ),
    # Shares
    "share": Example(tokens.RAM_SHARE, {}),
    "shared resource": Example(
        tokens.RAM_RESOURCE,
        {"resourceArn": Of("gateway", "arn"), "resourceShareArn": Of("share")},
    ),
    "shared with": Example(
        tokens.RAM_PRINCIPAL,
        {"principal": Of("foreign vpc", "ownerId"), "resourceShareArn": Of("share")},
    ),
    # Resource endpoints
    "resource gateway": Example(
        tokens.RESOURCE_GATEWAY,
        {"vpcId": VPC, "subnetIds": [Of("subnet")], "securityGroupIds": [Of("group")]},
    ),
    "configurations": Example(
        tokens.RESOURCE_CONFIGURATION,
        {"type": "GROUP", "resourceGatewayIdentifier": Of("resource gateway")},
    ),
    "configuration": Example(
        tokens.RESOURCE_CONFIGURATION,
        {
            "type": "CHILD",
            "resourceConfigurationGroupId": Of("configurations"),
            "portRanges": ["443"],
            "resourceConfigurationDefinition": {"ipResource": {"ipAddress": "10.0.0.4"}},
        },
    ),
    # DNS
    "zone": Example(
        tokens.ZONE,
        {
            "name": "acme.internal",
            "vpcs": [{"vpcId": VPC, "vpcRegion": Of("vpc", "region")}],
            "forceDestroy": True,
        },
    ),
    "health check": Example(
        tokens.HEALTH_CHECK, {"type": "HTTPS", "fqdn": "a.example", "requestInterval": 30}
    ),
    "calculated health check": Example(
        tokens.HEALTH_CHECK,
        {"type": "CALCULATED", "childHealthchecks": [Of("health check")]},
    ),
    "record": Example(
        tokens.RECORD,
        {
            "zoneId": Of("zone"),
            "name": "api",
            "type": "CNAME",
            "ttl": 60,
            "records": ["a.example"],
            "setIdentifier": "a",
            "weightedRoutingPolicies": [{"weight": 1}],
            "healthCheckId": Of("health check"),
        },
    ),
    "zone authorization": Example(
        tokens.VPC_AUTHORIZATION, {"zoneId": Of("zone"), "vpcId": Of("foreign vpc")}
    ),
    "zone association": Example(
        tokens.ZONE_ASSOCIATION, {"zoneId": Of("zone"), "vpcId": Of("peer vpc")}
    ),
    "foreign zone association": Example(
        tokens.ZONE_ASSOCIATION,
        {"zoneId": Of("zone"), "vpcId": Of("foreign vpc")},
        by_other=True,
        after=("zone authorization",),
    ),
    "resolver endpoint": Example(
        tokens.RESOLVER_ENDPOINT,
        {
            "direction": "OUTBOUND",
            "ipAddresses": [{"subnetId": Of("subnet")}, {"subnetId": Of("subnet")}],
            "securityGroupIds": [Of("group")],
        },
    ),
    "resolver rule": Example(
        tokens.RESOLVER_RULE,
        {
            "domainName": "acme.example",
            "ruleType": "FORWARD",
            "resolverEndpointId": Of("resolver endpoint"),
            "targetIps": [{"ip": "10.9.0.4"}],
        },
    ),
    "resolver rule association": Example(
        tokens.RESOLVER_RULE_ASSOCIATION,
        {"resolverRuleId": Of("resolver rule"), "vpcId": VPC},
    ),
    # Load balancers
    "load balancer": Example(
        tokens.LOAD_BALANCER,
        {
            "name": "front",
            "loadBalancerType": "network",
            "internal": True,
            "subnets": [Of("subnet")],
            "securityGroups": [Of("group")],
        },
    ),
    "target group": Example(
        tokens.TARGET_GROUP,
        {"name": "gateway", "targetType": "ip", "port": 443, "protocol": "TCP", "vpcId": VPC},
    ),
    "target": Example(
        tokens.TARGET_GROUP_ATTACHMENT,
        {"targetGroupArn": Of("target group"), "targetId": "10.0.0.9"},
    ),
    "listener": Example(
        tokens.LISTENER,
        {
            "loadBalancerArn": Of("load balancer"),
            "port": 443,
            "protocol": "TCP",
            "defaultActions": [{"type": "forward", "targetGroupArn": Of("target group")}],
        },
    ),
    "listener with weights": Example(
        tokens.LISTENER,
        {
            "loadBalancerArn": Of("load balancer"),
            "port": 8443,
            "protocol": "TCP",
            "defaultActions": [
                {
                    "type": "forward",
                    "forward": {"targetGroups": [{"arn": Of("target group"), "weight": 1}]},
                }
            ],
        },
    ),
    # Edge
    "public zone": Example(tokens.ZONE, {"name": "acme.example", "forceDestroy": True}),
    "certificate": Example(
        tokens.CERTIFICATE,
        {"region": "us-east-1", "domainName": "api.acme.example", "validationMethod": "DNS"},
    ),
    "certificate record": Example(
        tokens.RECORD,
        {
            "zoneId": Of("public zone"),
            "name": Of("certificate", lambda made: asked(made)["resourceRecordName"]),
            "type": "CNAME",
            "ttl": 60,
            "records": [Of("certificate", lambda made: asked(made)["resourceRecordValue"])],
        },
    ),
    "certificate validation": Example(
        tokens.CERTIFICATE_VALIDATION,
        {"region": "us-east-1", "certificateArn": Of("certificate")},
        after=("certificate record",),
    ),
    "web acl": Example(
        tokens.WEB_ACL,
        {
            "region": "us-east-1",
            "name": "edge",
            "scope": "CLOUDFRONT",
            "defaultAction": {"allow": {}},
            "visibilityConfig": METRICS,
        },
    ),
    "regional web acl": Example(
        tokens.WEB_ACL,
        {
            "name": "region",
            "scope": "REGIONAL",
            "defaultAction": {"allow": {}},
            "visibilityConfig": METRICS,
        },
    ),
    "second subnet": Example(
        tokens.SUBNET,
        {"vpcId": VPC, "cidrBlock": "10.0.1.0/24", "availabilityZone": Of("vpc", second_zone)},
    ),
    "application load balancer": Example(
        tokens.LOAD_BALANCER,
        {
            "name": "web",
            "internal": True,
            "subnets": [Of("subnet"), Of("second subnet")],
        },
    ),
    "web acl association": Example(
        tokens.WEB_ACL_ASSOCIATION,
        {
            "resourceArn": Of("application load balancer"),
            "webAclArn": Of("regional web acl", "arn"),
        },
    ),
    "function": Example(
        tokens.FUNCTION, {"name": "choose", "code": "//", "runtime": "cloudfront-js-2.0"}
    ),
    "distribution": Example(
        tokens.DISTRIBUTION,
        {
            "enabled": True,
            "aliases": ["api.acme.example"],
            "origins": [
                {
                    "originId": "one",
                    "domainName": "one.example",
                    "customOriginConfig": {
                        "httpPort": 80,
                        "httpsPort": 443,
                        "originProtocolPolicy": "https-only",
                        "originSslProtocols": ["TLSv1.2"],
                    },
                }
            ],
            "defaultCacheBehavior": {
                "allowedMethods": ["GET", "HEAD"],
                "cachedMethods": ["GET", "HEAD"],
                "targetOriginId": "one",
                "viewerProtocolPolicy": "https-only",
                "cachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
                "functionAssociations": [
                    {"eventType": "viewer-request", "functionArn": Of("function", "arn")}
                ],
            },
            "restrictions": {"geoRestriction": {"restrictionType": "none"}},
            "viewerCertificate": {
                "acmCertificateArn": Of("certificate"),
                "sslSupportMethod": "sni-only",
            },
            "webAclId": Of("web acl", "arn"),
        },
        after=("certificate validation",),
    ),
    # ElastiCache
    "cache subnets": Example(tokens.CACHE_SUBNETS, {"name": "cache", "subnetIds": [Of("subnet")]}),
    "cache user": Example(
        tokens.CACHE_USER,
        {
            "userId": "kong",
            "userName": "kong",
            "engine": "valkey",
            "accessString": "on ~* +@all",
            "authenticationMode": {"type": "iam"},
        },
    ),
    "cache users": Example(
        tokens.CACHE_USERS,
        {"userGroupId": "kong", "engine": "valkey", "userIds": [Of("cache user")]},
    ),
    "replication group": Example(
        tokens.REPLICATION_GROUP,
        {
            "replicationGroupId": "cache",
            "description": "Counters",
            "engine": "valkey",
            "nodeType": "cache.t4g.small",
            "numCacheClusters": 2,
            "automaticFailoverEnabled": True,
            "multiAzEnabled": True,
            "transitEncryptionEnabled": True,
            "subnetGroupName": Of("cache subnets", "name"),
            "securityGroupIds": [Of("group")],
            "userGroupIds": [Of("cache users")],
        },
    ),
    # Peering
    "peering": Example(tokens.VPC_PEERING, {"vpcId": VPC, "peerVpcId": Of("peer vpc")}),
    "foreign peering": Example(
        tokens.VPC_PEERING,
        {
            "vpcId": Of("foreign vpc"),
            "peerVpcId": VPC,
            "peerOwnerId": Of("vpc", "ownerId"),
            "peerRegion": Of("vpc", "region"),
        },
        by_other=True,
    ),
    "peering accepter": Example(
        tokens.VPC_PEERING_ACCEPTER,
        {"vpcPeeringConnectionId": Of("foreign peering"), "autoAccept": True},
    ),
}


def _account(account: str) -> dict[str, str]:
    role = f"arn:aws:iam::{account}:role/deploy"
    return {"region": "us-east-2", "assumeRoles": f'[{{"roleArn":"{role}"}}]'}


AWS_EXAMPLES = Examples(
    cloud=AWS,
    own={"region": "us-east-2"},
    other=_account("222233334444"),
    third=_account("333344445555"),
    away={"region": "eu-west-1"},
    examples=EXAMPLES,
    third_tenant={
        (tokens.RAM_RESOURCE, "resourceArn"): "MalformedArnException",
        (tokens.ZONE_ASSOCIATION, "zoneId"): "NotAuthorizedException",
        (tokens.TGW_PEERING, "peerTransitGatewayId"): "unexpected state 'failed'",
    },
    other_place={
        (tokens.TGW_PEERING, "peerTransitGatewayId"): "unexpected state 'failed'",
        (tokens.RAM_RESOURCE, "resourceArn"): "MalformedArnException",
        # Route 53 has no regions. A zone of the other account is not authorized here.
        (tokens.RECORD, "zoneId"): None,
        (tokens.RECORD, "healthCheckId"): None,
        (tokens.HEALTH_CHECK, "childHealthchecks"): None,
        (tokens.VPC_AUTHORIZATION, "zoneId"): None,
        ("zone association", "zoneId"): None,
        ("foreign zone association", "zoneId"): "NotAuthorizedException",
        # CloudFront and its functions have no regions, and its web ACLs are all in us-east-1.
        (tokens.DISTRIBUTION, "defaultCacheBehavior.functionAssociations.functionArn"): None,
        (tokens.DISTRIBUTION, "webAclId"): None,
        ("certificate record", "zoneId"): None,
        (tokens.CERTIFICATE_VALIDATION, "certificateArn"): None,
        (tokens.DISTRIBUTION, "viewerCertificate.acmCertificateArn"): None,
    },
)
