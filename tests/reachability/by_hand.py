"""Hubs in AWS and GCP and their links, as resources written by hand.

Two Transit Gateways are peered; the first has a VPN with a network in GCP, which has a VPN with
another network in GCP. A gateway is on each hub.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reachability import aws, aws_hubs, gcp, gcp_fabric, konnect
from reachability.records import UNKNOWN, Record

KEY = "pulumi-python:dynamic/multicloudgateway:PresharedKey"
BLOCKS = {
    "aws-us-east-2": ("10.72.0.0/20", "10.73.0.0/16"),
    "aws-eu-west-1": ("10.72.16.0/20", "10.74.0.0/16"),
    "gcp-us-central1": ("10.108.0.0/20", "10.109.0.0/16"),
    "gcp-europe-west1": ("10.108.16.0/20", "10.110.0.0/16"),
}
"""By hub: the block of the gateway and of the landing."""
ASNS = {
    "aws-us-east-2": 64513,
    "aws-eu-west-1": 64514,
    "gcp-us-central1": 64515,
    "gcp-europe-west1": 64516,
}
HOSTS = {key: landing.replace(".0.0/16", ".32.10") for key, (_, landing) in BLOCKS.items()}


@dataclass
class Hand:
    """Resources under way."""

    preview: bool = False
    """Whether ids and other outputs are unknown."""
    records: list[Record] = field(default_factory=list)

    def add(
        self,
        type_: str,
        name: str,
        properties: Mapping[str, Any],
        outputs: Mapping[str, Any] | None = None,
        **references: Record | Sequence[Record],
    ) -> Record:
        """Add a resource. ``references`` are properties with the ids of other resources."""
        known: dict[str, Any] = dict(properties)
        causes: dict[str, Sequence[str]] = {}
        for key, found in references.items():
            listed = [found] if isinstance(found, Record) else list(found)
            causes[key] = [one.urn for one in listed]
            if key not in known:
                known[key] = UNKNOWN if self.preview else listed[0].id
        if not self.preview:
            known |= outputs or {}
        urn = f"urn:pulumi:prod::p::{type_}::{name}"
        record = Record(type_, urn, known, None if self.preview else f"{name}-id", causes)
        self.records.append(record)
        return record

    def out(self, value: Any) -> Any:
        """A value that is known after the creation."""
        return UNKNOWN if self.preview else value


def fabric(preview: bool = False) -> list[Record]:
    """All resources of the four regions."""
    hand = Hand(preview)
    hubs = {key: _aws_hub(hand, key) for key in ("aws-us-east-2", "aws-eu-west-1")}
    networks = {key: _gcp_hub(hand, key) for key in ("gcp-us-central1", "gcp-europe-west1")}
    _peer(hand, hubs)
    _aws_to_gcp(hand, hubs["aws-us-east-2"], networks["gcp-us-central1"])
    _gcp_to_gcp(hand, networks)
    return hand.records


def _others(key: str, place: int) -> list[str]:
    return [blocks[place] for other, blocks in BLOCKS.items() if other != key]


def _gateway(hand: Hand, key: str) -> Record:
    cloud, _, region = key.partition("-")
    network = hand.add(
        konnect.NETWORK, f"{key}-kong", {"cidr_block": BLOCKS[key][0], "region": region}
    )
    hand.add(
        konnect.CONFIGURATION,
        f"{key}-configuration",
        {"dataplane_groups": [{"provider": cloud, "region": region}]},
        dataplane_groups=network,
    )
    return network


@dataclass
class AwsHub:
    """A Transit Gateway with its three tables."""

    hub: Record
    tables: Mapping[str, Record]


def _aws_hub(hand: Hand, key: str) -> AwsHub:
    block, landing = BLOCKS[key]
    kong = _gateway(hand, key)
    vpc = hand.add(aws.VPC, f"{key}-vpc", {"cidrBlock": landing})
    subnet = hand.add(aws.SUBNET, f"{key}-subnet", {"cidrBlock": landing}, vpcId=vpc)
    routes = hand.add(aws.TABLE, f"{key}-routes", {}, vpcId=vpc)
    hand.add(
        aws.TABLE_ASSOCIATION, f"{key}-subnet-routes", {}, subnetId=subnet, routeTableId=routes
    )
    hub = hand.add(aws.HUB, f"{key}-hub", {"amazonSideAsn": ASNS[key]})
    group = hand.add(aws.GROUP, f"{key}-upstreams", {}, vpcId=vpc)
    for number, gateway in enumerate([block, *_others(key, 0)]):
        hand.add(
            aws.ROUTE,
            f"{key}-route-{number}",
            {"destinationCidrBlock": gateway},
            routeTableId=routes,
            transitGatewayId=hub,
        )
        hand.add(
            aws.INGRESS,
            f"{key}-in-{number}",
            {"cidrIpv4": gateway, "ipProtocol": "tcp", "fromPort": 443, "toPort": 443},
            securityGroupId=group,
        )
    share = hand.add(aws.SHARE, f"{key}-share", {})
    hand.add(aws.SHARE_RESOURCE, f"{key}-shared", {}, resourceArn=hub, resourceShareArn=share)
    hand.add(aws.SHARE_PRINCIPAL, f"{key}-principal", {}, resourceShareArn=share)
    link = hand.add(
        konnect.ATTACHMENT,
        f"{key}-attachment",
        {
            "cidr_blocks": [landing, *_others(key, 1)],
            "transit_gateway_attachment_config": {
                "kind": "aws-transit-gateway-attachment",
                "transit_gateway_id": hand.out(hub.id),
                "ram_share_arn": hand.out(share.id),
            },
        },
        transit_gateway_attachment_config=[hub, share],
        network_id=kong,
    )
    accepted = hand.add(aws.ACCEPTER, f"{key}-accepter", {}, transitGatewayAttachmentId=link)
    attachment = hand.add(
        aws.VPC_ATTACHMENT,
        f"{key}-vpc-attachment",
        {"subnetIds": [hand.out(subnet.id)]},
        subnetIds=subnet,
        vpcId=vpc,
        transitGatewayId=hub,
    )
    tables = {
        table: hand.add(aws.HUB_TABLE, f"{key}-{table}", {}, transitGatewayId=hub)
        for table in ("gateways", "spokes", "transit")
    }
    made = AwsHub(hub, tables)
    associate(hand, f"{key}-gateways", accepted, tables["gateways"])
    associate(hand, f"{key}-spokes", attachment, tables["spokes"])
    propagate(hand, f"{key}-landing", attachment, tables["gateways"], tables["transit"])
    propagate(hand, f"{key}-kong", accepted, tables["spokes"], tables["transit"])
    return made


def associate(hand: Hand, name: str, attachment: Record, table: Record) -> None:
    """Associate an attachment with a table."""
    hand.add(
        aws.ASSOCIATION,
        f"{name}-association",
        {},
        transitGatewayAttachmentId=attachment,
        transitGatewayRouteTableId=table,
    )


def propagate(hand: Hand, name: str, attachment: Record, *tables: Record) -> None:
    """Propagate an attachment to tables."""
    for number, table in enumerate(tables):
        hand.add(
            aws.PROPAGATION,
            f"{name}-propagation-{number}",
            {},
            transitGatewayAttachmentId=attachment,
            transitGatewayRouteTableId=table,
        )


def _peer(hand: Hand, hubs: Mapping[str, AwsHub]) -> None:
    core, other = hubs["aws-us-east-2"], hubs["aws-eu-west-1"]
    peering = hand.add(
        aws_hubs.PEERING,
        "peering",
        {},
        transitGatewayId=core.hub,
        peerTransitGatewayId=other.hub,
    )
    accepter = hand.add(
        aws_hubs.PEERING_ACCEPTER, "peering-accepter", {}, transitGatewayAttachmentId=peering
    )
    associate(hand, "peering-core", peering, core.tables["transit"])
    associate(hand, "peering-other", accepter, other.tables["transit"])
    here = list(BLOCKS["aws-eu-west-1"])
    there = [one for key, blocks in BLOCKS.items() if key != "aws-eu-west-1" for one in blocks]
    for name, hub, prefixes in (("core", core, here), ("other", other, there)):
        for table in hub.tables:
            for prefix in prefixes:
                hand.add(
                    aws.HUB_ROUTE,
                    f"peering-{name}-{table}-{prefix}",
                    {"destinationCidrBlock": prefix},
                    transitGatewayAttachmentId=peering,
                    transitGatewayRouteTableId=hub.tables[table],
                )


@dataclass
class GcpHub:
    """A network with its VPN gateway and Cloud Router."""

    key: str
    network: Record
    gateway: Record
    router: Record
    center: Record


def _gcp_hub(hand: Hand, key: str) -> GcpHub:
    block, landing = BLOCKS[key]
    region = key.partition("-")[2]
    kong = _gateway(hand, key)
    network = hand.add(gcp.NETWORK, f"{key}-network", {"routingMode": "GLOBAL", "name": key})
    hand.add(
        gcp.SUBNETWORK,
        f"{key}-subnet",
        {"ipCidrRange": landing, "region": region},
        network=network,
    )
    hand.add(
        gcp.FIREWALL,
        f"{key}-in",
        {
            "sourceRanges": [block, *_others(key, 0)],
            "allows": [{"protocol": "tcp", "ports": ["443"]}],
        },
        network=network,
    )
    hand.add(
        konnect.ATTACHMENT,
        f"{key}-attachment",
        {"transit_gateway_attachment_config": {"kind": "gcp-vpc-peering-attachment"}},
        transit_gateway_attachment_config=network,
        network_id=kong,
    )
    hand.add(
        gcp.PEERING,
        f"{key}-peering",
        {"exportCustomRoutes": True},
        network=network,
        peerNetwork=kong,
    )
    interfaces = [{"id": one, "ipAddress": f"203.0.{ASNS[key] - 64513}.{one}"} for one in (0, 1)]
    gateway = hand.add(
        gcp_fabric.GATEWAY, f"{key}-vpn", {}, {"vpnInterfaces": interfaces}, network=network
    )
    router = hand.add(
        gcp_fabric.ROUTER,
        f"{key}-router",
        {
            "name": f"{key}-router",
            "region": region,
            "bgp": {
                "asn": ASNS[key],
                "advertiseMode": "CUSTOM",
                "advertisedIpRanges": [{"range": one} for one in BLOCKS[key]],
            },
        },
        network=network,
    )
    center = hand.add(gcp_fabric.CENTER, f"{key}-center", {})
    return GcpHub(key, network, gateway, router, center)


def _aws_to_gcp(hand: Hand, near: AwsHub, far: GcpHub) -> None:
    """Four tunnels: two VPN connections of two tunnels."""
    keys = [hand.add(KEY, f"key-{number}", {}) for number in range(4)]
    vpns = []
    for place in (0, 1):
        interfaces = far.gateway.values("vpnInterfaces.*") or [{}, {}]
        customer = hand.add(
            aws_hubs.CUSTOMER_GATEWAY,
            f"customer-{place}",
            {
                "bgpAsn": str(ASNS[far.key]),
                "ipAddress": hand.out(interfaces[place].get("ipAddress")),
            },
            ipAddress=far.gateway,
        )
        first, second = keys[2 * place], keys[2 * place + 1]
        vpn = hand.add(
            aws_hubs.VPN,
            f"vpn-{place}",
            {
                "tunnel1InsideCidr": f"169.254.10.{8 * place}/30",
                "tunnel2InsideCidr": f"169.254.10.{8 * place + 4}/30",
                "tunnel1PresharedKey": UNKNOWN,
                "tunnel2PresharedKey": UNKNOWN,
            },
            {"tunnel1Address": f"198.51.100.{place}", "tunnel2Address": f"198.51.100.{place + 9}"},
            customerGatewayId=customer,
            transitGatewayId=near.hub,
            tunnel1PresharedKey=first,
            tunnel2PresharedKey=second,
        )
        associate(hand, f"vpn-{place}", vpn, near.tables["transit"])
        propagate(hand, f"vpn-{place}", vpn, *near.tables.values())
        vpns.append(vpn)
    addresses = [vpn.text(f"tunnel{one}Address") for vpn in vpns for one in (1, 2)]
    outside = hand.add(
        gcp_fabric.PEER_GATEWAY,
        "external",
        {
            "interfaces": [
                {"id": number, "ipAddress": hand.out(one)} for number, one in enumerate(addresses)
            ]
        },
        interfaces=vpns,
    )
    tunnels = [
        tunnel(
            hand,
            far,
            f"aws-{number}",
            {
                "vpnGatewayInterface": number // 2,
                "peerExternalGatewayInterface": number,
            },
            (
                f"169.254.10.{4 * number + 2}/30",
                f"169.254.10.{4 * number + 1}",
                ASNS["aws-us-east-2"],
            ),
            peerExternalGateway=outside,
            sharedSecret=keys[number],
        )
        for number in range(4)
    ]
    _hand_on(hand, far, "aws", tunnels)


def tunnel(
    hand: Hand,
    hub: GcpHub,
    name: str,
    properties: Mapping[str, Any],
    session: tuple[str, str, int],
    **references: Record,
) -> Record:
    """A tunnel in GCP with its session: own range, the peer's address and ASN."""
    name = f"{hub.key}-to-{name}"
    made = hand.add(
        gcp_fabric.TUNNEL,
        name,
        {"name": name, "sharedSecret": UNKNOWN, **properties},
        vpnGateway=hub.gateway,
        router=hub.router,
        **references,
    )
    own, peer, asn = session
    interface = hand.add(
        gcp_fabric.INTERFACE,
        f"{name}-interface",
        {"name": name, "router": hub.router.text("name"), "ipRange": own, "vpnTunnel": name},
        router=hub.router,
        vpnTunnel=made,
    )
    hand.add(
        gcp_fabric.PEER,
        f"{name}-peer",
        {
            "router": hub.router.text("name"),
            "interface": name,
            "peerIpAddress": peer,
            "peerAsn": asn,
        },
        router=hub.router,
        interface=interface,
    )
    return made


def _hand_on(hand: Hand, hub: GcpHub, name: str, tunnels: Iterable[Record]) -> None:
    """A hybrid spoke of Network Connectivity Center."""
    listed = list(tunnels)
    hand.add(
        gcp_fabric.SPOKE,
        f"{hub.key}-{name}-spoke",
        {
            "linkedVpnTunnels": {
                "uris": [hand.out(one.id) for one in listed],
                "siteToSiteDataTransfer": True,
            }
        },
        linkedVpnTunnels=listed,
        hub=hub.center,
    )


def _gcp_to_gcp(hand: Hand, hubs: Mapping[str, GcpHub]) -> None:
    """Two tunnels between HA VPN gateways."""
    near, far = hubs["gcp-us-central1"], hubs["gcp-europe-west1"]
    keys = [hand.add(KEY, f"gcp-key-{number}", {}) for number in (0, 1)]
    for hub, other, own in ((near, far, 1), (far, near, 2)):
        tunnels = [
            tunnel(
                hand,
                hub,
                f"{other.key}-{number}",
                {"vpnGatewayInterface": number},
                (
                    f"169.254.20.{4 * number + own}/30",
                    f"169.254.20.{4 * number + 3 - own}",
                    ASNS[other.key],
                ),
                peerGcpGateway=other.gateway,
                sharedSecret=keys[number],
            )
            for number in (0, 1)
        ]
        _hand_on(hand, hub, other.key, tunnels)
