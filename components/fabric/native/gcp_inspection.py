"""Firewalls of a hub in GCP: Cloud NGFW, or third-party ones behind an intercept endpoint group.

Both work alike. A rule of a network firewall policy applies a security profile group to new
connections, and Google sends their packets to the firewall. It does so at the interfaces of VMs:
packets that a hub's network only passes on, from a gateway to a VPN tunnel, are inspected at the
network where they end. Source: "Cloud NGFW overview" and "Network Security Integration overview".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Any, Final

import pulumi
import pulumi_gcp as gcp

from components.component import Component
from components.fabric.model import InspectionArgs, InspectionKind
from components.fabric.native.gcp_vpn import NAME_MAX
from components.names import bounded_name

_RULE_PREFIX: Final = "//networksecurity.googleapis.com/"
"""How a rule names a security profile group."""
_ZONES: Final = {"us-central1": "abcf", "us-east1": "bcd", "europe-west1": "bcd"}
"""The letters of a region's zones, where they are not a, b and c. Source: "Regions and zones"."""
_FROM_BYPASS, _TO_BYPASS, _INSPECT = 100, 101, 1000
"""The priorities of the rules. A rule's priority can never change."""


@dataclass(frozen=True)
class GcpInspectionArgs:
    """Which firewalls inspect, and where they are."""

    hub: str
    """The key of the hub."""
    inspection: InspectionArgs
    """Its kind is not ``none``, and it has an organization."""
    region: str
    """GCP region: ``us-central1``. Cloud NGFW has an endpoint in each of its zones."""
    project: pulumi.Input[str]
    """The project that pays for the endpoints."""
    labels: Mapping[str, str] = field(default_factory=dict)


class GcpInspection(Component):
    """A security profile with its group, and the firewall endpoints of Cloud NGFW."""

    def __init__(
        self, name: str, args: GcpInspectionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("GcpInspection", name, args, opts)
        self._args = args
        if args.inspection.organization is None:
            raise ValueError(
                f"hub {args.hub}: has no organization for its firewalls; "
                "write fabric.inspection.organization"
            )
        self._parent = f"organizations/{args.inspection.organization}"
        self._third_party = args.inspection.kind is InspectionKind.THIRD_PARTY
        self._group = self._profile_group()
        self._endpoints = {} if self._third_party else self._firewall_endpoints()
        self.register_outputs({"group": self._group.id})

    def inspect(
        self,
        key: str,
        network_id: pulumi.Input[str],
        sources: Sequence[IPv4Network],
        ports: Sequence[int],
    ) -> None:
        """Inspect what ``sources`` send to ``ports`` of a network.

        ``key`` is in names of resources, so it never changes. The network has the order
        ``BEFORE_CLASSIC_FIREWALL``: else its firewall rules would let packets in uninspected. The
        rule lets in what it inspects, so ``sources`` and ``ports`` are no more than those rules let
        in.
        """
        policy = gcp.compute.NetworkFirewallPolicy(
            f"{self.name}-{key}",
            name=bounded_name(self.name, key, NAME_MAX),
            opts=self.child(),
        )
        # Before that, the rule would send packets to firewalls that the network does not have.
        associated = self._sent_to_firewalls(key, network_id)
        self._rules(key, policy, sources, ports, associated)
        gcp.compute.NetworkFirewallPolicyAssociation(
            f"{self.name}-{key}",
            name=bounded_name(self.name, key, NAME_MAX),
            firewall_policy=policy.name,
            attachment_target=network_id,
            opts=self.child(associated),
        )

    def _profile_group(self) -> gcp.networksecurity.SecurityProfileGroup:
        """The profile and its group.

        Google never changes the type of a profile, and deletes none that a group has. So both kinds
        of firewalls have a profile and a group of their own: rules go over to the new group before
        the old one is deleted.
        """
        of_kind = f"{self.name}-intercept" if self._third_party else self.name
        intercepted = None
        if self._third_party:
            intercepted = gcp.networksecurity.SecurityProfileCustomInterceptProfileArgs(
                intercept_endpoint_group=self._args.inspection.endpoints[self._args.hub]
            )
        profile = gcp.networksecurity.SecurityProfile(
            f"{of_kind}-profile",
            name=bounded_name(of_kind, "profile", NAME_MAX),
            parent=self._parent,
            type="CUSTOM_INTERCEPT" if self._third_party else "THREAT_PREVENTION",
            custom_intercept_profile=intercepted,
            labels=dict(self._args.labels),
            opts=self.child(),
        )
        return gcp.networksecurity.SecurityProfileGroup(
            f"{of_kind}-group",
            name=bounded_name(of_kind, "group", NAME_MAX),
            parent=self._parent,
            threat_prevention_profile=None if self._third_party else profile.id,
            custom_intercept_profile=profile.id if self._third_party else None,
            labels=dict(self._args.labels),
            opts=self.child(),
        )

    def _firewall_endpoints(self) -> dict[str, gcp.networksecurity.FirewallEndpoint]:
        region = self._args.region
        zones = [f"{region}-{letter}" for letter in _ZONES.get(region, "abc")]
        return {
            zone: gcp.networksecurity.FirewallEndpoint(
                f"{self.name}-{zone}",
                name=bounded_name(self.name, zone, NAME_MAX),
                parent=self._parent,
                location=zone,
                billing_project_id=self._args.project,
                labels=dict(self._args.labels),
                opts=self.child(),
            )
            for zone in zones
        }

    def _rules(
        self,
        key: str,
        policy: gcp.compute.NetworkFirewallPolicy,
        sources: Sequence[IPv4Network],
        ports: Sequence[int],
        after: Sequence[pulumi.Resource],
    ) -> None:
        """First the rules for blocks that are not inspected: the network's own rules decide.

        ``after`` connects the network with the firewalls, before the last rule sends packets there.
        """
        bypass = [str(block) for block in self._args.inspection.bypass]
        any_protocol = [{"ip_protocol": "all"}]
        if bypass:
            from_bypass = {"src_ip_ranges": bypass, "layer4_configs": any_protocol}
            to_bypass = {"dest_ip_ranges": bypass, "layer4_configs": any_protocol}
            self._rule(f"{key}-from-bypass", policy, _FROM_BYPASS, None, from_bypass)
            self._rule(f"{key}-to-bypass", policy, _TO_BYPASS, None, to_bypass)
        inspected = {
            "src_ip_ranges": [str(block) for block in sources],
            "layer4_configs": [
                {"ip_protocol": "tcp", "ports": [str(port) for port in sorted(ports)]}
            ],
        }
        group = self._group.id.apply(lambda id_: _RULE_PREFIX + id_)
        self._rule(f"{key}-inspected", policy, _INSPECT, group, inspected, after)

    def _rule(
        self,
        name: str,
        policy: gcp.compute.NetworkFirewallPolicy,
        priority: int,
        group: pulumi.Output[str] | None,
        match: Any,
        after: Sequence[pulumi.Resource] = (),
    ) -> None:
        """A rule that applies a security profile group, or without one leaves packets to others."""
        gcp.compute.NetworkFirewallPolicyRule(
            f"{self.name}-{name}",
            firewall_policy=policy.name,
            priority=priority,
            direction="INGRESS",
            action="goto_next" if group is None else "apply_security_profile_group",
            security_profile_group=group,
            match=match,
            opts=self.child(after),
        )

    def _sent_to_firewalls(
        self, key: str, network_id: pulumi.Input[str]
    ) -> Sequence[pulumi.Resource]:
        """Connect a network with the firewalls that inspect its packets."""
        if self._third_party:
            association = gcp.networksecurity.InterceptEndpointGroupAssociation(
                f"{self.name}-{key}",
                intercept_endpoint_group_association_id=bounded_name(self.name, key, NAME_MAX),
                location="global",
                network=network_id,
                intercept_endpoint_group=self._args.inspection.endpoints[self._args.hub],
                labels=dict(self._args.labels),
                opts=pulumi.ResourceOptions.merge(
                    self.child(),
                    # Its id stays, and a network has one association with firewalls of others.
                    pulumi.ResourceOptions(delete_before_replace=True),
                ),
            )
            return [association]
        return [
            gcp.networksecurity.FirewallEndpointAssociation(
                f"{self.name}-{key}-{zone}",
                name=bounded_name(f"{self.name}-{key}", zone, NAME_MAX),
                parent=pulumi.Output.concat("projects/", self._args.project),
                location=zone,
                network=network_id,
                firewall_endpoint=endpoint.id,
                labels=dict(self._args.labels),
                opts=self.child(),
            )
            for zone, endpoint in self._endpoints.items()
        ]
