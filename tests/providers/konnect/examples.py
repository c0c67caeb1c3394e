"""One valid example of every Konnect resource, written in full, for tests that hold for all.

`full` writes every input, `least` the required ones only. Both are as `check` leaves them:
sets in order, defaults not filled in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from providers import konnect
from providers.konnect import (
    addon,
    configuration,
    control_plane,
    network,
    partial,
    plugin,
    route,
    service,
    transit_gateway,
)
from providers.konnect.dynamic import KonnectResource, KonnectResourceProvider
from providers.konnect.model import Inputs

Props = dict[str, Any]

PLANE = "7f9fd312-a987-4628-b4c5-bb4f4fddd5f7"
ENTITY = "5a1b3c2d-0f6e-4a1b-9c8d-112233445566"

REQUEST_ONLY = ("adopt_existing_id",)
"""Inputs that steer the provider and never come back."""


@dataclass(frozen=True)
class Example:
    """A resource type with inputs that are valid for it."""

    provider: type[KonnectResourceProvider[Any]]
    resource: type[KonnectResource]
    full: Props
    least: Props

    @property
    def inputs(self) -> type[Inputs]:
        """The model of its inputs."""
        return self.provider.Inputs

    def answer(self, written: Props) -> Props:
        """What Konnect returns of an object with these inputs: its own form, and nulls."""
        unwritten = set(self.inputs.model_fields) - {*written, *REQUEST_ONLY}
        body = {key: value for key, value in written.items() if key not in REQUEST_ONLY}
        if self.resource is konnect.GatewayControlPlane:
            names = ("cluster_type", "auth_type", "cloud_gateway", "proxy_urls")
            body = {**body, "config": {name: body.pop(name, None) for name in names}}
        if self.resource is konnect.CloudGatewayConfiguration:
            body = {**body, "dataplane_group_config": body["dataplane_groups"]}
            body["dataplane_groups"] = [{"id": ENTITY, "state": "ready"}]
        return {**dict.fromkeys(unwritten), **body, "id": ENTITY, "entity_version": 1}


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
            "cluster_nodes": [{"ip": "10.0.0.1", "port": 6379}],
        },
        "tags": ["orders", "prod"],
        "adopt_existing_id": ENTITY,
    },
    least={"control_plane_id": PLANE, "type": "redis-ce", "config": {}},
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
        "ca_certificates": [ENTITY, PLANE],
        "client_certificate": {"id": ENTITY},
        "tags": ["orders", "prod"],
        "adopt_existing_id": ENTITY,
    },
    least={"control_plane_id": PLANE, "host": "orders.internal"},
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
)

PLUGIN = Example(
    plugin.GatewayPluginProvider,
    konnect.GatewayPlugin,
    full={
        "control_plane_id": PLANE,
        "name": "rate-limiting-advanced",
        "config": {"limit": [100, 1000], "window_size": [60, 3600], "strategy": "redis"},
        "partials": [{"id": ENTITY, "path": "config.elsewhere"}, {"id": PLANE}],
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
)


def name_of(example: object) -> str:
    """The id of a parametrised case."""
    return example.resource.__name__ if isinstance(example, Example) else repr(example)
