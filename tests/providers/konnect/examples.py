"""One valid example of every Konnect resource, written in full, for tests that hold for all."""

from __future__ import annotations

from providers import konnect
from providers.konnect.cloud_gateways import addon, configuration, network, transit_gateway
from providers.konnect.control_planes import control_plane, dependents, origin_secret
from providers.konnect.core_entities import partial, plugin, route, service
from tests.providers.konnect.example import ENTITY, OTHER, PLANE, Example, Props
from tests.providers.konnect.groups import GROUPS


def _control_plane(body: Props) -> Props:
    names = ("cluster_type", "auth_type", "cloud_gateway", "proxy_urls")
    return {**body, "config": {name: body.pop(name, None) for name in names}}


def _configuration(body: Props) -> Props:
    actual = [{"id": ENTITY, "state": "ready"}]
    return {**body, "dataplane_group_config": body["dataplane_groups"], "dataplane_groups": actual}


NETWORK = Example(
    network.CloudGatewayNetworkProvider,
    konnect.CloudGatewayNetwork,
    full={
        "name": "orders-us-east-1",
        "cloud_gateway_provider_account_id": "929b2449-c69f-44c4-b6ad-9ecec6f811ae",
        "region": "us-east-1",
        "availability_zones": ["use1-az1", "use1-az2", "use1-az4"],
        "cidr_block": "10.4.0.0/16",
        "adopt_existing_id": "36ae63d3-efd1-4bec-b246-62aa5d3f5695",
    },
    least={
        "name": "n",
        "cloud_gateway_provider_account_id": "929b2449-c69f-44c4-b6ad-9ecec6f811ae",
        "region": "us-east-1",
        "availability_zones": ["use1-az1"],
        "cidr_block": "10.4.0.0/16",
    },
    replaces={
        "cloud_gateway_provider_account_id": OTHER,
        "region": "us-west-2",
        "availability_zones": ["use1-az1", "use1-az2"],
        "cidr_block": "10.8.0.0/16",
    },
    updates={"name": "orders-virginia"},
)

CONFIGURATION = Example(
    configuration.CloudGatewayConfigurationProvider,
    konnect.CloudGatewayConfiguration,
    full={
        "control_plane_id": PLANE,
        "control_plane_geo": "eu",
        "version": "3.13",
        "api_access": "private",
        "kind": "dedicated.v0",
        "dataplane_groups": [
            {
                "provider": "aws",
                "region": "us-east-1",
                "cloud_gateway_network_id": "11111111-efd1-4bec-b246-62aa5d3f5695",
                "autoscale": {"kind": "autopilot", "base_rps": 100},
                "environment": [
                    {"name": "KONG_LOG_LEVEL", "value": "info"},
                    {"name": "OTEL_RESOURCE_ATTRIBUTES", "value": "team=orders"},
                ],
            },
            {
                "provider": "azure",
                "region": "eastus2",
                "cloud_gateway_network_id": "22222222-efd1-4bec-b246-62aa5d3f5695",
                "autoscale": {"kind": "static", "instance_type": "small", "requested_instances": 3},
                "environment": [],
            },
        ],
        "adopt_existing_id": PLANE,
    },
    least={
        "control_plane_id": PLANE,
        "control_plane_geo": "eu",
        "version": "3.13",
        "dataplane_groups": [],
    },
    replaces={"control_plane_id": OTHER, "control_plane_geo": "us"},
    updates={
        "version": "3.14",
        "api_access": "private+public",
        "dataplane_groups": [
            {
                "provider": "aws",
                "region": "us-east-1",
                "cloud_gateway_network_id": "11111111-efd1-4bec-b246-62aa5d3f5695",
                "autoscale": {"kind": "autopilot", "base_rps": 200},
            }
        ],
    },
    shape=_configuration,
    seldom=frozenset({"kind"}),
)

TRANSIT_GATEWAY = Example(
    transit_gateway.CloudGatewayTransitGatewayProvider,
    konnect.CloudGatewayTransitGateway,
    full={
        "network_id": "36ae63d3-efd1-4bec-b246-62aa5d3f5695",
        "name": "orders-hub",
        "transit_gateway_attachment_config": {
            "kind": "aws-transit-gateway-attachment",
            "transit_gateway_id": "tgw-0123456789abcdef0",
            "ram_share_arn": "arn:aws:ram:us-east-1:123456789012:resource-share/abc",
        },
        "cidr_blocks": ["10.100.0.0/16", "10.96.0.0/16"],
        "dns_config": [
            {
                "remote_dns_server_ip_addresses": ["10.96.0.2", "10.96.0.3"],
                "domain_proxy_list": ["corp.example", "lab.example"],
            }
        ],
        "adopt_existing_id": "36ae63d3-efd1-4bec-b246-62aa5d3f5695/0f0f0f0f",
    },
    least={
        "network_id": "36ae63d3-efd1-4bec-b246-62aa5d3f5695",
        "name": "orders-peer",
        "transit_gateway_attachment_config": {
            "kind": "gcp-vpc-peering-attachment",
            "peer_project_id": "orders-prod",
            "peer_vpc_name": "hub",
        },
    },
    replaces={
        "network_id": OTHER,
        "name": "orders-other-hub",
        "dns_config": [],
        "transit_gateway_attachment_config": {
            "kind": "aws-transit-gateway-attachment",
            "transit_gateway_id": "tgw-0fedcba9876543210",
            "ram_share_arn": "arn:aws:ram:us-east-1:123456789012:resource-share/abc",
        },
    },
    updates={"cidr_blocks": ["10.96.0.0/16", "10.112.0.0/16"]},
)

ADDON = Example(
    addon.CloudGatewayAddonProvider,
    konnect.CloudGatewayAddon,
    full={
        "name": "orders-cache",
        "owner": {
            "kind": "control-plane",
            "control_plane_id": PLANE,
            "control_plane_geo": "eu",
        },
        "config": {
            "kind": "managed-cache.v0",
            "capacity_config": {"kind": "tiered", "tier": "small"},
        },
        "adopt_existing_id": ENTITY,
    },
    least={
        "name": "orders-cache",
        "owner": {
            "kind": "control-plane-group",
            "control_plane_group_id": PLANE,
            "control_plane_group_geo": "us",
        },
        "config": {
            "kind": "managed-cache.v0",
            "capacity_config": {"kind": "tiered", "tier": "micro"},
        },
    },
    replaces={
        "name": "orders-cache-2",
        "owner": {
            "kind": "control-plane",
            "control_plane_id": OTHER,
            "control_plane_geo": "eu",
        },
    },
    updates={
        "config": {
            "kind": "managed-cache.v0",
            "capacity_config": {"kind": "tiered", "tier": "medium"},
        }
    },
)

CONTROL_PLANE = Example(
    control_plane.GatewayControlPlaneProvider,
    konnect.GatewayControlPlane,
    full={
        "name": "orders",
        "description": "The orders platform",
        "cluster_type": "CLUSTER_TYPE_CONTROL_PLANE",
        "auth_type": "pinned_client_certs",
        "cloud_gateway": True,
        "proxy_urls": [
            {"host": "a.example.com", "port": 443, "protocol": "https"},
            {"host": "b.example.com", "port": 8443, "protocol": "https"},
        ],
        "labels": {"env": "prod", "team": "orders"},
        "adopt_existing_id": PLANE,
    },
    least={"name": "orders"},
    replaces={"cluster_type": "CLUSTER_TYPE_CONTROL_PLANE_GROUP", "cloud_gateway": False},
    updates={
        "name": "orders-eu",
        "description": "",
        "auth_type": "pki_client_certs",
        "proxy_urls": [],
        "labels": {"env": "dev"},
    },
    shape=_control_plane,
)

PARTIAL = Example(
    partial.GatewayPartialProvider,
    konnect.GatewayPartial,
    full={
        "control_plane_id": PLANE,
        "name": "orders-redis",
        "type": "redis-ee",
        "config": {
            "host": "redis.orders.internal",
            "port": 6379,
            "password": "hunter2hunter2",
            "cloud_authentication": {"auth_provider": "aws", "aws_region": "us-east-1"},
        },
        "tags": ["orders", "prod"],
        "adopt_existing_id": ENTITY,
    },
    least={"control_plane_id": PLANE, "type": "redis-ce", "config": {}},
    replaces={"control_plane_id": OTHER, "type": "redis-ce"},
    updates={"name": "orders-redis-2", "config": {"host": "other"}, "tags": []},
)

SERVICE = Example(
    service.GatewayServiceProvider,
    konnect.GatewayService,
    full={
        "control_plane_id": PLANE,
        "name": "orders",
        "host": "orders.internal",
        "protocol": "https",
        "port": 8443,
        "path": "/v1",
        "connect_timeout": 1000,
        "read_timeout": 2000,
        "write_timeout": 3000,
        "retries": 2,
        "enabled": False,
        "tls_verify": True,
        "tls_verify_depth": 3,
        "tls_sans": {"dnsnames": ["orders.example"], "uris": ["https://orders.example"]},
        "ca_certificates": [ENTITY, PLANE],
        "client_certificate": {"id": ENTITY},
        "tags": ["orders", "prod"],
        "adopt_existing_id": ENTITY,
    },
    least={"control_plane_id": PLANE, "host": "orders.internal"},
    replaces={"control_plane_id": OTHER},
    updates={
        "name": "orders-2",
        "host": "orders-2.internal",
        "protocol": "http",
        "port": 8080,
        "path": "/v2",
        "connect_timeout": 1001,
        "read_timeout": 2001,
        "write_timeout": 3001,
        "retries": 3,
        "enabled": True,
        "tls_verify": False,
        "tls_verify_depth": 2,
        "tls_sans": {"dnsnames": [], "uris": ["https://orders.example"]},
        "ca_certificates": [ENTITY],
        "client_certificate": {"id": OTHER},
        "tags": ["dev"],
    },
)

ROUTE = Example(
    route.GatewayRouteProvider,
    konnect.GatewayRoute,
    full={
        "control_plane_id": PLANE,
        "name": "orders",
        "service": {"id": ENTITY},
        "paths": ["/orders", "/v1/orders"],
        "hosts": ["api.example.com", "www.example.com"],
        "methods": ["GET", "POST"],
        "headers": {"x-tenant": ["a", "b"]},
        "snis": ["api.example.com", "www.example.com"],
        "sources": [{"ip": "10.0.0.0/8", "port": 4000}, {"ip": "10.0.0.0/8", "port": 5000}],
        "destinations": [{"port": 443}, {"port": 8443}],
        "protocols": ["http", "https"],
        "strip_path": False,
        "preserve_host": True,
        "path_handling": "v1",
        "regex_priority": 3,
        "https_redirect_status_code": 308,
        "request_buffering": False,
        "response_buffering": False,
        "tags": ["orders", "prod"],
        "adopt_existing_id": ENTITY,
    },
    least={"control_plane_id": PLANE, "expression": 'http.path == "/orders"'},
    replaces={"control_plane_id": OTHER},
    updates={
        "name": "orders-2",
        "service": {"id": OTHER},
        "paths": ["/v2/orders"],
        "hosts": ["v2.example.com"],
        "methods": ["PUT"],
        "headers": {"x-tenant": ["c"]},
        "snis": ["v2.example.com"],
        "sources": [{"port": 6000}],
        "destinations": [{"ip": "10.1.0.0/16"}],
        "protocols": ["https"],
        "strip_path": True,
        "preserve_host": False,
        "path_handling": "v0",
        "regex_priority": 4,
        "https_redirect_status_code": 301,
        "request_buffering": True,
        "response_buffering": True,
        "tags": ["dev"],
    },
    seldom=frozenset({"expression", "priority"}),
)

PLUGIN = Example(
    plugin.GatewayPluginProvider,
    konnect.GatewayPlugin,
    full={
        "control_plane_id": PLANE,
        "name": "rate-limiting-advanced",
        "config": {
            "limit": [100, 1000],
            "window_size": [60, 3600],
            "strategy": "redis",
            "sync_rate": 0.5,
        },
        "partials": [{"id": ENTITY}, {"id": PLANE}],
        "enabled": False,
        "instance_name": "orders-limit",
        "protocols": ["http", "https"],
        "service": {"id": ENTITY},
        "route": {"id": ENTITY},
        "consumer": {"id": ENTITY},
        "consumer_group": {"id": ENTITY},
        "ordering": {"before": {"access": ["key-auth"]}, "after": {}},
        "condition": "true",
        "tags": ["orders", "prod"],
        "adopt_existing_id": ENTITY,
    },
    least={"control_plane_id": PLANE, "name": "key-auth"},
    replaces={"control_plane_id": OTHER},
    seldom=frozenset({"name"}),
    updates={
        "config": {"limit": [5], "window_size": [60]},
        "partials": [{"id": OTHER}],
        "enabled": True,
        "instance_name": "orders-limit-2",
        "protocols": ["https"],
        "service": {"id": OTHER},
        "route": {"id": OTHER},
        "consumer": {"id": OTHER},
        "consumer_group": {"id": OTHER},
        "ordering": {"after": {"access": ["key-auth"]}},
        "condition": "false",
        "tags": ["dev"],
    },
)

EXAMPLES = (
    NETWORK,
    CONFIGURATION,
    TRANSIT_GATEWAY,
    ADDON,
    CONTROL_PLANE,
    PARTIAL,
    SERVICE,
    ROUTE,
    PLUGIN,
    *(example for group in GROUPS for example in group.EXAMPLES),
)

DEPENDENTS = Example(
    dependents.GatewayDependentsProvider,
    konnect.GatewayDependents,
    full={"control_plane_ids": {"main": PLANE}},
    least={"control_plane_ids": {"main": PLANE}},
    updates={"control_plane_ids": {"main": OTHER}},
)
"""No object of Konnect's, so none of EXAMPLES."""

ORIGIN_SECRET = Example(
    origin_secret.GatewayOriginSecretProvider,
    konnect.GatewayOriginSecret,
    full={"generation": 2},
    least={"generation": 1},
    updates={},
)
"""No object of Konnect's, so none of EXAMPLES."""
