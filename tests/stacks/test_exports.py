"""The contract that a gateway exports: every value is that of the gateway, under mocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pulumi
import pytest

from components.gateway import MultiCloudGateway
from components.regions import Geo
from providers import konnect
from stacks.contract import GatewayContract
from stacks.exports import exports
from tests.components.gateway_mocks import run_program, unmocked
from tests.components.gateways import AWS, GCP, args


@pytest.fixture(autouse=True)
def _unmocked() -> Iterator[None]:
    yield
    unmocked()


def test_a_gateway_exports_what_consumers_need_of_each_control_plane_and_region() -> None:
    def make(provider: konnect.Provider) -> dict[str, Any]:
        opts = pulumi.ResourceOptions(providers=[provider])
        return exports(MultiCloudGateway("gw", args(AWS, GCP), opts), "staging", Geo.EU)

    _, exported = run_program(make)

    aws, gcp = "gw-aws-us-east-2", "gw-gcp-us-central1"
    assert exported == {
        "contract": GatewayContract.VERSION,
        "owner": {"project": "p", "stack": "s"},
        "environment": "staging",
        "geo": "eu",
        "version": "3.13",
        "control_planes": {
            "main": {
                "id": "gw-control-plane-id",
                "name": "gw",
                "endpoint": "https://gw-control-plane.cp.konghq.com",
                "telemetry_endpoint": "https://gw-control-plane.tp0.konghq.com",
                "cache": "managed",
                "counters": "region",
                "cache_partial_id": "managed-partial",
                "domains": [],
                "consumer_groups": {},
            },
            "gcp-us-central1": {
                "id": f"{gcp}-control-plane-id",
                "name": gcp,
                "endpoint": f"https://{gcp}-control-plane.cp.konghq.com",
                "telemetry_endpoint": f"https://{gcp}-control-plane.tp0.konghq.com",
                "cache": "regional",
                "counters": "region",
                "cache_partial_id": f"{gcp}-cache-redis-id",
                "domains": [],
                "consumer_groups": {},
            },
        },
        "regions": {
            "aws-us-east-2": {
                "cloud": "aws",
                "region": "us-east-2",
                "control_plane": "main",
                "network_id": f"{aws}-id",
                "cidr": "10.64.0.0/20",
                "landing": {
                    "name": f"{aws}-vpc-id",
                    "cidr": "10.65.0.0/16",
                    "id": f"{aws}-vpc-id",
                    "hub_id": f"{aws}-hub-tgw-id",
                    "subnet_ids": {
                        "use2-az1": f"{aws}-use2-az1-id",
                        "use2-az2": f"{aws}-use2-az2-id",
                    },
                    "security_group_id": f"{aws}-transit-gateway-from-gateway-id",
                    "account": "111122223333",
                },
                "hostnames": ["us-east-2.example"],
                "private_ip_addresses": ["10.64.0.4"],
                "egress_ip_addresses": ["203.0.113.4"],
                "attachments": {
                    "transit-gateway": {
                        "id": f"{aws}-transit-gateway-attachment-{AWS.shape}-id",
                        "state": "ready",
                        "kind": "transit-gateway",
                        "security_group_id": f"{aws}-transit-gateway-from-gateway-id",
                        "domains": [],
                    }
                },
                "attachment": {
                    "id": f"{aws}-transit-gateway-attachment-{AWS.shape}-id",
                    "state": "ready",
                    "kind": "transit-gateway",
                    "security_group_id": f"{aws}-transit-gateway-from-gateway-id",
                    "domains": [],
                },
                "names": [],
                "load_balancer": None,
            },
            "gcp-us-central1": {
                "cloud": "gcp",
                "region": "us-central1",
                "control_plane": "gcp-us-central1",
                "network_id": f"{gcp}-id",
                "cidr": "10.96.0.0/20",
                "landing": {
                    "name": gcp,
                    "cidr": "10.97.0.0/16",
                    "id": f"{gcp}-network-id",
                    "hub_id": None,
                    "subnet_ids": {"workload": f"{gcp}-workload-id"},
                    "security_group_id": None,
                    "account": "customer-project",
                },
                "hostnames": ["us-central1.example"],
                "private_ip_addresses": ["10.64.0.4"],
                "egress_ip_addresses": ["203.0.113.4"],
                "attachments": {
                    "vpc-peering": {
                        "id": f"{gcp}-vpc-peering-attachment-{GCP.shape}-id",
                        "state": "ready",
                        "kind": "vpc-peering",
                        "security_group_id": None,
                        "domains": [],
                    }
                },
                "attachment": {
                    "id": f"{gcp}-vpc-peering-attachment-{GCP.shape}-id",
                    "state": "ready",
                    "kind": "vpc-peering",
                    "security_group_id": None,
                    "domains": [],
                },
                "names": [],
                "load_balancer": None,
            },
        },
        "domains": {},
        "records": {},
        "name_servers": {},
        "fabric": None,
    }
