"""Example objects of GCP, in two projects of the customer.

References name global objects only, so they know no region.
"""

from __future__ import annotations

from sandbox.accounts import CUSTOMER_GCP_PROJECT, KONG_GCP_PRINCIPAL
from sandbox.clouds.gcp import GCP
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.examples.model import Example, Examples, Of

NETWORK = Of("network")
BALANCER = {
    "internalLoadBalancers": [
        {
            "ipAddress": "10.0.0.9",
            "ipProtocol": "tcp",
            "networkUrl": NETWORK,
            "port": "443",
            "project": CUSTOMER_GCP_PROJECT,
            "region": "us-east4",
        }
    ]
}
_BALANCED = "healthCheckedTargets.internalLoadBalancers.networkUrl"
SERVICE = "servicenetworking.googleapis.com"
ORGANIZATION = "organizations/123456789012"
ENDPOINTS = f"projects/{CUSTOMER_GCP_PROJECT}/locations/global/interceptEndpointGroups/firewalls"

EXAMPLES = {
    "network": Example(tokens.GCP_NETWORK, {"autoCreateSubnetworks": False}),
    "peer network": Example(
        tokens.GCP_NETWORK, {"name": "peer", "autoCreateSubnetworks": False}, by_other=True
    ),
    "subnetwork": Example(
        tokens.GCP_SUBNETWORK, {"network": NETWORK, "ipCidrRange": "172.16.0.0/24"}
    ),
    "firewall": Example(
        tokens.GCP_FIREWALL,
        {
            "network": NETWORK,
            "sourceRanges": ["10.64.0.0/16"],
            "allows": [{"protocol": "tcp", "ports": ["443"]}],
        },
    ),
    "vpn-gateway": Example(tokens.GCP_VPN_GATEWAY, {"network": NETWORK}),
    "peer-vpn-gateway": Example(
        tokens.GCP_VPN_GATEWAY, {"network": Of("peer network")}, by_other=True
    ),
    "external-gateway": Example(
        tokens.GCP_EXTERNAL_GATEWAY,
        {
            "redundancyType": "TWO_IPS_REDUNDANCY",
            "interfaces": [
                {"id": 0, "ipAddress": "20.1.2.3"},
                {"id": 1, "ipAddress": "20.1.2.4"},
            ],
        },
    ),
    "router": Example(tokens.GCP_ROUTER, {"network": NETWORK, "bgp": {"asn": 64514}}),
    "tunnel": Example(
        tokens.GCP_TUNNEL,
        {
            "vpnGateway": Of("vpn-gateway"),
            "vpnGatewayInterface": 0,
            "peerExternalGateway": Of("external-gateway"),
            "peerExternalGatewayInterface": 0,
            "router": Of("router"),
            "sharedSecret": "s3cret",
        },
    ),
    "tunnel-between": Example(
        tokens.GCP_TUNNEL,
        {
            "vpnGateway": Of("vpn-gateway"),
            "vpnGatewayInterface": 0,
            "peerGcpGateway": Of("peer-vpn-gateway"),
            "router": Of("router"),
            "sharedSecret": "s3cret",
        },
    ),
    "router-interface": Example(
        tokens.GCP_ROUTER_INTERFACE,
        {
            "router": Of("router", "name"),
            "ipRange": "169.254.10.2/30",
            "vpnTunnel": Of("tunnel", "name"),
        },
    ),
    "router-peer": Example(
        tokens.GCP_ROUTER_PEER,
        {
            "router": Of("router", "name"),
            "interface": Of("router-interface", "name"),
            "peerAsn": 64515,
            "peerIpAddress": "169.254.10.1",
        },
    ),
    "ncc-hub": Example(tokens.GCP_NCC_HUB, {}),
    "ncc-spoke": Example(
        tokens.GCP_NCC_SPOKE,
        {
            "hub": Of("ncc-hub"),
            "location": "us-east4",
            "linkedVpnTunnels": {"uris": [Of("tunnel")], "siteToSiteDataTransfer": True},
        },
    ),
    "profile": Example(
        tokens.GCP_SECURITY_PROFILE, {"parent": ORGANIZATION, "type": "THREAT_PREVENTION"}
    ),
    "intercept-profile": Example(
        tokens.GCP_SECURITY_PROFILE,
        {
            "parent": ORGANIZATION,
            "type": "CUSTOM_INTERCEPT",
            "customInterceptProfile": {"interceptEndpointGroup": ENDPOINTS},
        },
    ),
    "profile-group": Example(
        tokens.GCP_PROFILE_GROUP,
        {"parent": ORGANIZATION, "threatPreventionProfile": Of("profile")},
    ),
    "intercept-group": Example(
        tokens.GCP_PROFILE_GROUP,
        {"parent": ORGANIZATION, "customInterceptProfile": Of("intercept-profile")},
    ),
    "firewall-endpoint": Example(
        tokens.GCP_FIREWALL_ENDPOINT,
        {
            "parent": ORGANIZATION,
            "location": "us-east4-a",
            "billingProjectId": CUSTOMER_GCP_PROJECT,
        },
    ),
    "endpoint-association": Example(
        tokens.GCP_ENDPOINT_ASSOCIATION,
        {
            "parent": f"projects/{CUSTOMER_GCP_PROJECT}",
            "location": "us-east4-a",
            "network": NETWORK,
            "firewallEndpoint": Of("firewall-endpoint"),
        },
    ),
    "intercept-association": Example(
        tokens.GCP_INTERCEPT_ASSOCIATION,
        {"location": "global", "network": NETWORK, "interceptEndpointGroup": ENDPOINTS},
    ),
    "firewall-policy": Example(tokens.GCP_FIREWALL_POLICY, {}),
    "firewall-policy-rule": Example(
        tokens.GCP_FIREWALL_POLICY_RULE,
        {
            "firewallPolicy": Of("firewall-policy", "name"),
            "priority": 1000,
            "direction": "INGRESS",
            "action": "apply_security_profile_group",
            "securityProfileGroup": Of(
                "profile-group", lambda made: f"//networksecurity.googleapis.com/{made.id}"
            ),
            "match": {
                "layer4Configs": [{"ipProtocol": "tcp", "ports": ["443"]}],
                "srcIpRanges": ["10.64.0.0/20"],
            },
        },
    ),
    "firewall-policy-association": Example(
        tokens.GCP_FIREWALL_POLICY_ASSOCIATION,
        {"firewallPolicy": Of("firewall-policy", "name"), "attachmentTarget": NETWORK},
    ),
    "range": Example(
        tokens.GCP_ADDRESS,
        {
            "network": NETWORK,
            "addressType": "INTERNAL",
            "purpose": "VPC_PEERING",
            "prefixLength": 20,
        },
    ),
    "peering": Example(
        tokens.GCP_PEERING,
        {"name": "there", "network": NETWORK, "peerNetwork": Of("peer network")},
    ),
    "mirror peering": Example(
        tokens.GCP_PEERING,
        {"name": "back", "network": Of("peer network"), "peerNetwork": NETWORK},
        by_other=True,
    ),
    "connection": Example(
        tokens.GCP_CONNECTION,
        {
            "network": NETWORK,
            "service": SERVICE,
            "reservedPeeringRanges": [Of("range", "name")],
        },
    ),
    "instance": Example(
        tokens.GCP_REDIS,
        {
            "memorySizeGb": 1,
            "authorizedNetwork": NETWORK,
            "connectMode": "PRIVATE_SERVICE_ACCESS",
            "reservedIpRange": Of("range", "name"),
            "deletionProtection": False,
        },
        after=("connection",),
    ),
    "zone": Example(
        tokens.GCP_ZONE,
        {
            "dnsName": "acme.internal.",
            "visibility": "private",
            "privateVisibilityConfig": {"networks": [{"networkUrl": NETWORK}]},
            "forceDestroy": True,
        },
    ),
    "peering zone": Example(
        tokens.GCP_ZONE,
        {
            "name": "peering-zone",
            "dnsName": "emea.internal.",
            "visibility": "private",
            "peeringConfig": {"targetNetwork": {"networkUrl": Of("peer network")}},
        },
    ),
    "record": Example(
        tokens.GCP_RECORD,
        {
            "managedZone": Of("zone", "name"),
            "name": "api.acme.internal.",
            "type": "A",
            "rrdatas": ["10.0.0.9"],
        },
    ),
    "health-check": Example(
        tokens.GCP_HEALTH_CHECK,
        {
            "httpsHealthCheck": {"requestPath": "/___konnect/healthz"},
            "checkIntervalSec": 30,
            "sourceRegions": ["us-east1", "us-central1", "europe-west1"],
        },
    ),
    "region-health-check": Example(
        tokens.GCP_REGION_HEALTH_CHECK, {"tcpHealthCheck": {"port": 443}}
    ),
    "public-zone": Example(
        tokens.GCP_ZONE, {"name": "public-zone", "dnsName": "acme.example.", "forceDestroy": True}
    ),
    "weighted record": Example(
        tokens.GCP_RECORD,
        {
            "managedZone": Of("public-zone", "name"),
            "name": "api.acme.example.",
            "type": "A",
            "routingPolicy": {
                "wrrs": [
                    {
                        "weight": 0.5,
                        "healthCheckedTargets": {"externalEndpoints": ["203.0.113.9"]},
                    }
                ],
                "healthCheck": Of("health-check"),
            },
        },
    ),
    "steered record": Example(
        tokens.GCP_RECORD,
        {
            "managedZone": Of("zone", "name"),
            "name": "near.acme.internal.",
            "type": "A",
            "routingPolicy": {"geos": [{"location": "us-east4", "healthCheckedTargets": BALANCER}]},
        },
    ),
    "balanced record": Example(
        tokens.GCP_RECORD,
        {
            "managedZone": Of("zone", "name"),
            "name": "shared.acme.internal.",
            "type": "A",
            "routingPolicy": {"wrrs": [{"weight": 1, "healthCheckedTargets": BALANCER}]},
        },
    ),
    "internet-group": Example(
        tokens.GCP_GLOBAL_GROUP,
        {"networkEndpointType": "INTERNET_FQDN_PORT", "defaultPort": 443},
    ),
    "internet-endpoint": Example(
        tokens.GCP_GLOBAL_ENDPOINT,
        {
            "globalNetworkEndpointGroup": Of("internet-group"),
            "fqdn": "k.gcp-us-east4.example",
            "port": 443,
        },
    ),
    "armor": Example(tokens.GCP_SECURITY_POLICY, {}),
    "service": Example(
        tokens.GCP_BACKEND_SERVICE,
        {
            "loadBalancingScheme": "EXTERNAL_MANAGED",
            "protocol": "HTTPS",
            "backends": [{"group": Of("internet-group")}],
            "securityPolicy": Of("armor"),
        },
    ),
    "balancer-check": Example(tokens.GCP_HEALTH_CHECK, {"httpsHealthCheck": {}}),
    "checked-service": Example(
        tokens.GCP_BACKEND_SERVICE,
        {"loadBalancingScheme": "EXTERNAL_MANAGED", "healthChecks": Of("balancer-check")},
    ),
    "url-map": Example(tokens.GCP_URL_MAP, {"defaultService": Of("service")}),
    "shared-url-map": Example(
        tokens.GCP_URL_MAP,
        {
            "defaultRouteAction": {
                "weightedBackendServices": [{"backendService": Of("service"), "weight": 1}]
            },
            "hostRules": [{"hosts": ["api.acme.example"], "pathMatcher": "all"}],
            "pathMatchers": [{"name": "all", "defaultService": Of("service")}],
        },
    ),
    "path-shared-url-map": Example(
        tokens.GCP_URL_MAP,
        {
            "defaultService": Of("service"),
            "pathMatchers": [
                {
                    "name": "all",
                    "defaultRouteAction": {
                        "weightedBackendServices": [{"backendService": Of("service"), "weight": 1}]
                    },
                }
            ],
        },
    ),
    "authorization": Example(
        tokens.GCP_DNS_AUTHORIZATION,
        {"domain": "api.acme.example", "type": "PER_PROJECT_RECORD"},
    ),
    "certificate": Example(
        tokens.GCP_CERTIFICATE,
        {
            "managed": {
                "domains": ["api.acme.example"],
                "dnsAuthorizations": [Of("authorization")],
            }
        },
    ),
    "certificate-map": Example(tokens.GCP_CERTIFICATE_MAP, {}),
    "certificate-entry": Example(
        tokens.GCP_CERTIFICATE_MAP_ENTRY,
        {
            "map": Of("certificate-map", "name"),
            "certificates": [Of("certificate")],
            "hostname": "api.acme.example",
        },
    ),
    "https-proxy": Example(
        tokens.GCP_HTTPS_PROXY,
        {
            "urlMap": Of("url-map"),
            "certificateMap": Of(
                "certificate-map", lambda made: f"//certificatemanager.googleapis.com/{made.id}"
            ),
        },
    ),
    "address": Example(tokens.GCP_ADDRESS, {}),
    "front": Example(
        tokens.GCP_GLOBAL_FORWARDING_RULE,
        {
            "target": Of("https-proxy"),
            "ipAddress": Of("address"),
            "portRange": "443",
            "loadBalancingScheme": "EXTERNAL_MANAGED",
        },
    ),
    "hybrid-group": Example(
        tokens.GCP_GROUP,
        {
            "network": NETWORK,
            "networkEndpointType": "NON_GCP_PRIVATE_IP_PORT",
            "zone": "us-east4-b",
            "defaultPort": 443,
        },
    ),
    "hybrid-endpoints": Example(
        tokens.GCP_ENDPOINT_LIST,
        {
            "networkEndpointGroup": Of("hybrid-group"),
            "zone": "us-east4-b",
            "networkEndpoints": [{"ipAddress": "10.64.0.9", "port": 443}],
        },
    ),
    "global-hybrid-service": Example(
        tokens.GCP_BACKEND_SERVICE,
        {
            "loadBalancingScheme": "EXTERNAL_MANAGED",
            "protocol": "TCP",
            "healthChecks": Of("balancer-check"),
            "backends": [
                {
                    "group": Of("hybrid-group"),
                    "balancingMode": "CONNECTION",
                    "maxConnectionsPerEndpoint": 100,
                }
            ],
        },
    ),
    "region-service": Example(
        tokens.GCP_REGION_BACKEND_SERVICE,
        {
            "loadBalancingScheme": "INTERNAL_MANAGED",
            "protocol": "TCP",
            "healthChecks": Of("region-health-check"),
            "backends": [
                {
                    "group": Of("hybrid-group"),
                    "balancingMode": "CONNECTION",
                    "maxConnectionsPerEndpoint": 100,
                }
            ],
        },
    ),
    "tcp-proxy": Example(tokens.GCP_TCP_PROXY, {"backendService": Of("region-service")}),
    "proxies": Example(
        tokens.GCP_SUBNETWORK,
        {
            "network": NETWORK,
            "ipCidrRange": "172.16.4.0/26",
            "purpose": "REGIONAL_MANAGED_PROXY",
            "role": "ACTIVE",
        },
    ),
    "internal-front": Example(
        tokens.GCP_FORWARDING_RULE,
        {
            "target": Of("tcp-proxy"),
            "network": NETWORK,
            "subnetwork": Of("subnetwork"),
            "portRange": "443",
            "loadBalancingScheme": "INTERNAL_MANAGED",
        },
        after=("proxies",),
    ),
    "forwarders-template": Example(
        tokens.GCP_INSTANCE_TEMPLATE,
        {
            "machineType": "e2-small",
            "disks": [{"boot": True, "sourceImage": "projects/cos-cloud/global/images/family/cos"}],
            "networkInterfaces": [{"subnetwork": Of("subnetwork")}],
        },
    ),
    "forwarders-group": Example(
        tokens.GCP_INSTANCE_GROUP,
        {
            "baseInstanceName": "forwarder",
            "versions": [{"instanceTemplate": Of("forwarders-template")}],
            "targetSize": 2,
        },
    ),
    "passthrough-service": Example(
        tokens.GCP_REGION_BACKEND_SERVICE,
        {
            "loadBalancingScheme": "INTERNAL",
            "protocol": "TCP",
            "healthChecks": Of("region-health-check"),
            "backends": [
                {"group": Of("forwarders-group", "instanceGroup"), "balancingMode": "CONNECTION"}
            ],
        },
    ),
    "passthrough-front": Example(
        tokens.GCP_FORWARDING_RULE,
        {
            "backendService": Of("passthrough-service"),
            "network": NETWORK,
            "subnetwork": Of("subnetwork"),
            "ports": ["6378"],
            "loadBalancingScheme": "INTERNAL",
        },
    ),
    "grant": Example(
        tokens.GCP_IAM_MEMBER,
        {
            "project": CUSTOMER_GCP_PROJECT,
            "role": "roles/dns.peer",
            "member": KONG_GCP_PRINCIPAL,
        },
    ),
}

GCP_EXAMPLES = Examples(
    GCP,
    own={"region": "us-east4"},
    other={"project": "acme-gateway-emea", "region": "us-east4"},
    third={"project": "acme-elsewhere", "region": "us-east4"},
    examples=EXAMPLES,
    third_tenant={
        (tokens.GCP_SUBNETWORK, "network"): "invalid",
        (tokens.GCP_FIREWALL, "network"): "invalid",
        (tokens.GCP_VPN_GATEWAY, "network"): "invalid",
        (tokens.GCP_ROUTER, "network"): "invalid",
        (tokens.GCP_FIREWALL_POLICY_ASSOCIATION, "attachmentTarget"): "invalid",
        (tokens.GCP_INTERCEPT_ASSOCIATION, "network"): "invalid",
        # A bare name means the router of that name in the project, which exists.
        (tokens.GCP_ROUTER_INTERFACE, "router"): None,
        (tokens.GCP_ROUTER_PEER, "router"): None,
        # A tunnel may lead to a gateway of another project.
        (tokens.GCP_TUNNEL, "peerGcpGateway"): None,
        (tokens.GCP_ADDRESS, "network"): "invalid",
        (tokens.GCP_GROUP, "network"): "invalid",
        (tokens.GCP_FORWARDING_RULE, "network"): "invalid",
        # A peering belongs to the project of its network, and crosses projects.
        (tokens.GCP_PEERING, "network"): None,
        (tokens.GCP_PEERING, "peerNetwork"): None,
        # A connection belongs to the project of its network, which has no such range.
        (tokens.GCP_CONNECTION, "network"): "badRequest",
        # A bare name means the range of that name in the project of the network, which exists.
        (tokens.GCP_REDIS, "reservedIpRange"): None,
        # A private zone may be visible to, and be peered with, networks of other projects.
        (tokens.GCP_ZONE, "privateVisibilityConfig.networks.networkUrl"): None,
        (tokens.GCP_ZONE, "peeringConfig.targetNetwork.networkUrl"): None,
        # A record may name a load balancer in the network of another project.
        (tokens.GCP_RECORD, f"routingPolicy.geos.{_BALANCED}"): None,
        (tokens.GCP_RECORD, f"routingPolicy.wrrs.{_BALANCED}"): None,
    },
)
