"""The firewall that inspects what crosses a virtual hub in Azure.

Routing intent leads all private traffic of the hub to the firewall: between networks on the hub, to
and from other hubs, and over VPNs. It cannot leave a block out. A hub with routing intent has no
custom route tables, so the rules of the firewall keep segments apart instead. An appliance of
others has rules of its own.

Sources: Microsoft, "How to configure Virtual WAN Hub routing intent and routing policies"; "Azure
Firewall Premium features".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Final

import pulumi
from pulumi_azure_native import network

from components.component import NOT_AN_INPUT, Component
from components.fabric.model import FabricPlan
from components.names import bounded_name
from components.networks.attributes import AzureHubAttributes

_LONGEST_NAME: Final = 80
_PREMIUM: Final = "Premium"
"""The tier with intrusion detection and prevention."""


@dataclass(frozen=True)
class AzureInspectionArgs:
    """A hub, and what inspects its private traffic."""

    region: str
    """Azure location: ``eastus2``."""
    hub: AzureHubAttributes
    fabric: FabricPlan = field(metadata=NOT_AN_INPUT)
    """The whole fabric: packets between other hubs cross this one too."""
    after: Sequence[pulumi.Resource] = field(default=(), metadata=NOT_AN_INPUT)
    """The connections of the hub. Routing intent changes them, so they are there before it."""
    appliance_id: str | None = None
    """The resource id of a network virtual appliance in the hub. None: an Azure Firewall is
    created."""
    bypass: Sequence[IPv4Network] = ()
    """Blocks that intrusion detection leaves out, from or to them. The rules are for them too."""
    tags: Mapping[str, str] = field(default_factory=dict)
    protect: bool = False
    """Whether Pulumi refuses to delete the firewall."""


class AzureInspection(Component):
    """Routing intent of a hub, with an Azure Firewall and its policy unless an appliance is given.

    The policy denies what no rule allows, and drops what Microsoft's signatures of attacks match.
    """

    def __init__(
        self, name: str, args: AzureInspectionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("AzureInspection", name, args, opts)
        intent = network.RoutingIntent(
            f"{name}-intent",
            resource_group_name=args.hub.resource_group_name,
            virtual_hub_name=args.hub.hub_name,
            routing_intent_name="private-traffic",
            routing_policies=[
                {
                    "name": "private-traffic",
                    "destinations": ["PrivateTraffic"],
                    "next_hop": args.appliance_id or self._firewall(args).id,
                }
            ],
            opts=self.child(args.after),
        )
        self.register_outputs({"routing_intent_id": intent.id})

    def _firewall(self, args: AzureInspectionArgs) -> network.AzureFirewall:
        """The firewall in the hub, with its policy and rules."""
        group = args.hub.resource_group_name
        policy = network.FirewallPolicy(
            f"{self.name}-policy",
            resource_group_name=group,
            firewall_policy_name=bounded_name(self.name, "policy", _LONGEST_NAME),
            location=args.region,
            sku={"tier": _PREMIUM},
            threat_intel_mode=network.AzureFirewallThreatIntelMode.DENY,
            intrusion_detection=_intrusion_detection(args.bypass),
            tags=args.tags,
            opts=self.child(),
        )
        rules = network.FirewallPolicyRuleCollectionGroup(
            f"{self.name}-rules",
            resource_group_name=group,
            firewall_policy_name=policy.name,
            rule_collection_group_name="fabric",
            priority=1000,
            rule_collections=[
                network.FirewallPolicyFilterRuleCollectionArgs(
                    rule_collection_type="FirewallPolicyFilterRuleCollection",
                    name="fabric",
                    priority=1000,
                    action=network.FirewallPolicyFilterRuleCollectionActionArgs(
                        type=network.FirewallPolicyFilterRuleCollectionActionType.ALLOW
                    ),
                    rules=list(_rules(args.fabric)),
                )
            ],
            opts=self.child(),
        )
        firewall = network.AzureFirewall(
            f"{self.name}-firewall",
            resource_group_name=group,
            azure_firewall_name=bounded_name(self.name, "firewall", _LONGEST_NAME),
            location=args.region,
            sku={"name": network.AzureFirewallSkuName.AZF_W_HUB, "tier": _PREMIUM},
            virtual_hub={"id": args.hub.hub_id},
            firewall_policy={"id": policy.id},
            hub_ip_addresses={"public_ips": {"count": 1}},
            tags=args.tags,
            # Azure refuses rules while it gives the policy to a firewall, and the other way round.
            opts=self.child([rules], protect=args.protect or None),
        )
        return firewall


def _intrusion_detection(
    bypass: Iterable[IPv4Network],
) -> network.FirewallPolicyIntrusionDetectionArgs:
    """Drop what a signature matches, but not from or to blocks of ``bypass``."""
    settings = []
    for block in bypass:
        for way, source, destination in (("from", str(block), "*"), ("to", "*", str(block))):
            settings.append(
                network.FirewallPolicyIntrusionDetectionBypassTrafficSpecificationsArgs(
                    name=f"{way}-{str(block).replace('/', '-')}",
                    protocol=network.FirewallPolicyIntrusionDetectionProtocol.ANY,
                    source_addresses=[source],
                    destination_addresses=[destination],
                    destination_ports=["*"],
                )
            )
    return network.FirewallPolicyIntrusionDetectionArgs(
        mode=network.FirewallPolicyIntrusionDetectionStateType.DENY,
        configuration=network.FirewallPolicyIntrusionDetectionConfigurationArgs(
            bypass_traffic_settings=settings
        ),
    )


def _rules(fabric: FabricPlan) -> Iterator[network.NetworkRuleArgs]:
    """What may cross a hub. The security groups of landings limit the ports there.

    Gateways call landings and the blocks behind hubs; landings, and spokes that gateways reach,
    call gateways; each spoke has its callers, on its ports.
    """
    hubs, spokes = fabric.hubs.values(), fabric.spokes.values()
    gateways = [hub.gateway for hub in hubs if not hub.isolated]
    others = {*gateways, *(spoke.cidr for spoke in spokes)}
    behind = [block for hub in hubs for block in hub.advertised if block not in others]
    callers = [hub.landing for hub in hubs]
    callers += [spoke.cidr for spoke in spokes if fabric.segments[spoke.segment].gateways]
    if gateways:
        yield _rule("from-gateways", gateways, behind)
        yield _rule("to-gateways", callers, gateways)
    for name, spoke in sorted(fabric.spokes.items()):
        if spoke.allowed:
            yield _rule(f"to-{name}", spoke.allowed, [spoke.cidr], spoke.ports)


def _rule(
    name: str,
    sources: Iterable[IPv4Network],
    destinations: Iterable[IPv4Network],
    ports: Sequence[int] = (),
) -> network.NetworkRuleArgs:
    """Allow TCP ports, or without ports all protocols."""
    protocols = network.FirewallPolicyRuleNetworkProtocol
    return network.NetworkRuleArgs(
        rule_type="NetworkRule",
        name=name,
        ip_protocols=[protocols.TCP if ports else protocols.ANY],
        source_addresses=[str(block) for block in sorted(sources)],
        destination_addresses=[str(block) for block in sorted(destinations)],
        destination_ports=[str(port) for port in ports] or ["*"],
    )
