"""Types of objects for tests: inputs, the lists of the controller, and what is sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from providers.aviatrix.crud import AviatrixProvider
from providers.aviatrix.external_connection import TransitExternalDeviceConnProvider
from providers.aviatrix.firenet.association import FirewallInstanceAssociationProvider
from providers.aviatrix.firenet.firenet import FirenetProvider
from providers.aviatrix.firenet.firewall_instance import FirewallInstanceProvider
from providers.aviatrix.firenet.policy import TransitFirenetPolicyProvider
from providers.aviatrix.segmentation.association import (
    SegmentationNetworkDomainAssociationProvider,
)
from providers.aviatrix.segmentation.domain import SegmentationNetworkDomainProvider
from providers.aviatrix.segmentation.policy import (
    SegmentationNetworkDomainConnectionPolicyProvider,
)
from tests.providers.aviatrix.conftest import MARK
from tests.providers.aviatrix.controller import done, refusal

HUB = f"hub-{MARK}"
FIREWALL = {"id": "i-1", "name": f"fw-{MARK}", "gateway": HUB, "enabled": True, "vendor": "Generic"}
FIRENET = {
    "vpc_id": "vpc-1~~transit",
    "inspection": "yes",
    "firewall_egress": "no",
    "firewall_hashing": "5-Tuple",
    "egress_static_cidr": [],
    "exclude_cidr": [],
}
CANARY = "canary-of-the-tunnel-0123456789ab"


@dataclass
class Case:
    """A type of object: its inputs, the controller's lists, and what is sent."""

    provider: type[AviatrixProvider[Any]]
    wanted: dict[str, Any]
    reads: dict[str, Any]
    """By action: the answers while the object is not there, and after it was created."""
    created: list[tuple[str, dict[str, Any]]]
    deleted: list[tuple[str, dict[str, Any]]]
    answers: dict[str, Any] = field(default_factory=dict)
    """Answers to writes other than `done`."""
    id: str = ""


CASES = [
    Case(
        FirenetProvider,
        {"vpc_id": "vpc-1", "excluded_cidrs": ["10.2.0.0/16", "10.1.0.0/16"]},
        {
            "show_firenet_detail": (
                done(FIRENET),
                done({**FIRENET, "exclude_cidr": ["10.1.0.0/16", "10.2.0.0/16"]}),
            )
        },
        [
            (
                "edit_firenet_excluded_cidr",
                {"vpc_id": "vpc-1", "exclude_cidr": "10.1.0.0/16,10.2.0.0/16"},
            )
        ],
        [("edit_firenet_excluded_cidr", {"vpc_id": "vpc-1"})],
        id="vpc-1",
    ),
    Case(
        FirewallInstanceProvider,
        {
            "cloud_type": 8,
            "vpc_id": "vpc-1",
            "firenet_gw_name": HUB,
            "firewall_name": f"fw-{MARK}",
            "firewall_image": "Some Firewall",
            "firewall_size": "c5.xlarge",
            "egress_subnet": "10.0.0.32/28",
            "zone": "az-1",
            "username": "fwadmin",
            "password": CANARY,
        },
        {
            "show_firenet_detail": (done(FIRENET), done({**FIRENET, "firewall": [FIREWALL]})),
            "get_instance_by_id": (
                done(
                    {
                        "instance_id": "i-1",
                        "instance_name": f"fw-{MARK}",
                        "instance_size": "c5.xlarge",
                        "firewall_image": "Some Firewall",
                        "egress_subnet": "10.0.0.32/28",
                        "gw_name": HUB,
                        "lan_interface_id": "eni-1",
                    }
                ),
            ),
        },
        [
            (
                "add_firewall_instance",
                {
                    "cloud_type": "8",
                    "gw_name": HUB,
                    "firewall_name": f"fw-{MARK}",
                    "firewall_image": "Some Firewall",
                    "firewall_size": "c5.xlarge",
                    "egress_subnet": "10.0.0.32/28~~az-1~~",
                    "username": "fwadmin",
                    "password": CANARY,
                    "no_associate": "true",
                },
            )
        ],
        [
            (
                "delete_firenet_firewall_instance",
                {"vpc_id": "vpc-1", "firewall_id": "i-1", "async": "true"},
            ),
            ("check_task_status", {"request_id": "task-1"}),
        ],
        {
            "add_firewall_instance": done({"text": "launched", "firewall_id": "i-1"}),
            "delete_firenet_firewall_instance": done("task-1"),
        },
        id="i-1",
    ),
    Case(
        FirewallInstanceAssociationProvider,
        {
            "vpc_id": "vpc-1",
            "firenet_gw_name": HUB,
            "instance_id": "i-1",
            "firewall_name": f"fw-{MARK}",
            "lan_interface": "eni-1",
            "egress_interface": "eni-2",
            "attached": True,
        },
        {"show_firenet_detail": (done(FIRENET), done({**FIRENET, "firewall": [FIREWALL]}))},
        [
            (
                "associate_firewall_with_firenet",
                {
                    "vpc_id": "vpc-1",
                    "gateway_name": HUB,
                    "firewall_id": "i-1",
                    "lan_interface": "eni-1",
                    "egress_interface": "eni-2",
                    "firewall_name": f"fw-{MARK}",
                },
            ),
            (
                "attach_firewall_to_firenet",
                {"vpc_id": "vpc-1", "gateway_name": HUB, "firewall_id": "i-1"},
            ),
        ],
        [
            (name, {"vpc_id": "vpc-1", "gateway_name": HUB, "firewall_id": "i-1"})
            for name in ("detach_firewall_from_firenet", "disassociate_firewall_with_firenet")
        ],
        id=f"vpc-1~~{HUB}~~i-1",
    ),
    Case(
        TransitFirenetPolicyProvider,
        {"transit_firenet_gateway_name": HUB, "inspected_resource_name": "SPOKE:shop"},
        {
            "list_transit_firenet_spoke_policies": (
                done([{"gw_name": HUB, "inspected": [], "management_access": "no"}]),
                done([{"gw_name": HUB, "inspected": ["SPOKE:shop"], "management_access": "no"}]),
            )
        },
        [
            (
                "add_spoke_to_transit_firenet_inspection",
                {"firenet_gateway_name": HUB, "spoke_gateway_name": "SPOKE:shop"},
            )
        ],
        [
            (
                "delete_spoke_from_transit_firenet_inspection",
                {"firenet_gateway_name": HUB, "spoke_gateway_name": "SPOKE:shop"},
            )
        ],
        id=f"{HUB}~SPOKE:shop",
    ),
    Case(
        SegmentationNetworkDomainProvider,
        {"domain_name": f"shops-{MARK}"},
        {"list_multi_cloud_security_domain_names": (done([]), done([f"shops-{MARK}"]))},
        [("add_multi_cloud_security_domain", {"domain_name": f"shops-{MARK}"})],
        [("delete_multi_cloud_security_domain", {"domain_name": f"shops-{MARK}"})],
        id=f"shops-{MARK}",
    ),
    Case(
        SegmentationNetworkDomainAssociationProvider,
        {"network_domain_name": f"shops-{MARK}", "attachment_name": "shop"},
        {
            "list_multi_cloud_domain_attachments": (
                done({"attachments": [{"name": "shop", "domain": ""}]}),
                done({"attachments": [{"name": "shop", "domain": f"shops-{MARK}"}]}),
            )
        },
        [
            (
                "associate_attachment_to_multi_cloud_security_domain",
                {"domain_name": f"shops-{MARK}", "attachment_name": "shop"},
            )
        ],
        [
            (
                "disassociate_attachment_from_multi_cloud_security_domain",
                {"domain_name": f"shops-{MARK}", "attachment_name": "shop"},
            )
        ],
        id=f"shops-{MARK}~shop",
    ),
    Case(
        SegmentationNetworkDomainConnectionPolicyProvider,
        {"domain_name_1": f"a-{MARK}", "domain_name_2": f"b-{MARK}"},
        {
            "list_multi_cloud_security_domain_connection_policy": (
                done({"connected_domains": [], "not_connected_domains": [f"b-{MARK}"]}),
                done({"connected_domains": [f"b-{MARK}"], "not_connected_domains": []}),
            )
        },
        [
            (
                "connect_multi_cloud_security_domains",
                {"domain_name": f"a-{MARK}", "other_domain_name": f"b-{MARK}"},
            )
        ],
        [
            (
                "disconnect_multi_cloud_security_domains",
                {"domain_name": f"a-{MARK}", "other_domain_name": f"b-{MARK}"},
            )
        ],
        id=f"a-{MARK}~b-{MARK}",
    ),
    Case(
        TransitExternalDeviceConnProvider,
        {
            "vpc_id": "vpc-1",
            "connection_name": "landing",
            "gw_name": HUB,
            "bgp_local_as_num": 64600,
            "bgp_remote_as_num": 64513,
            "remote_gateway_ip": "203.0.113.1,203.0.113.2",
            "local_tunnel_cidr": "169.254.64.2/30,169.254.64.6/30",
            "remote_tunnel_cidr": "169.254.64.1/30,169.254.64.5/30",
            "pre_shared_key": CANARY,
        },
        {
            "get_site2cloud_conn_detail": (
                refusal("Connection landing does not exist"),
                done(
                    {
                        "connections": {
                            "name": ["landing"],
                            "vpc_id": ["vpc-1"],
                            "gw_name": HUB,
                            "bgp_status": "enabled",
                            "bgp_local_asn_number": "64600",
                            "bgp_remote_asn_number": "64513",
                            "peer_ip": "203.0.113.1, 203.0.113.2",
                            "bgp_local_ip": "169.254.64.2/30,169.254.64.6/30",
                            "bgp_remote_ip": "169.254.64.1/30,169.254.64.5/30",
                        }
                    }
                ),
            )
        },
        [
            (
                "connect_transit_gw_to_external_device",
                {
                    "vpc_id": "vpc-1",
                    "connection_name": "landing",
                    "transit_gw": HUB,
                    "bgp_local_as_number": "64600",
                    "external_device_as_number": "64513",
                    "external_device_ip_address": "203.0.113.1,203.0.113.2",
                    "local_tunnel_ip": "169.254.64.2/30,169.254.64.6/30",
                    "remote_tunnel_ip": "169.254.64.1/30,169.254.64.5/30",
                    "pre_shared_key": CANARY,
                    "routing_protocol": "bgp",
                    "tunnel_protocol": "IPsec",
                    "auth_type": "psk",
                    "enable_ikev2": "true",
                },
            )
        ]
        * 2,
        [("disconnect_transit_gw", {"vpc_id": "vpc-1", "connection_name": "landing"})],
        {"connect_transit_gw_to_external_device": [refusal(f"Gateway {HUB} is not up"), done()]},
        id="landing~vpc-1",
    ),
]
