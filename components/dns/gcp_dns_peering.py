"""Private DNS by Cloud DNS peering: Kong asks a network of the customer about a domain.

A private zone of the domain must be visible to that network, and the network's project must grant
``roles/dns.peer`` to Kong. Source: Kong, "Private DNS" of Dedicated Cloud Gateways on Google Cloud.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pulumi
import pulumi_gcp as gcp

from components.dns.base import PrivateDnsComponent
from components.dns.kinds import PrivateZone
from components.links.base import GatewayEnd
from components.names import bounded_name
from components.networks.attributes import GcpVpcAttributes
from providers.base.errors import ProviderError

KONG_PRINCIPAL: Final = (
    "principal://iam.googleapis.com/projects/133260365532/locations/global/workloadIdentityPools/"
    "aws-hdp-prod/subject/system:serviceaccount:network-peering-controller:"
    "network-peering-controller"
)
"""Kong's identity in IAM, as its page prints it."""

_ZONE_NAME_MAX: Final = 63


@dataclass(frozen=True)
class GcpDnsPeeringArgs:
    """A domain that the gateway of a region asks a network about."""

    gateway: GatewayEnd
    vpc: GcpVpcAttributes
    """The customer's network."""
    zone: PrivateZone
    granted: Sequence[pulumi.Resource] = ()
    """The grant of ``roles/dns.peer`` in the network's project, if it is made here."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Labels of a zone that is created here."""
    protect: bool = False
    """Whether Pulumi refuses to delete a zone that is created here."""


class GcpDnsPeering(PrivateDnsComponent):
    """The zone with its records unless it exists, and Konnect's attachment."""

    def __init__(
        self, name: str, args: GcpDnsPeeringArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("GcpDnsPeering", name, args, args.gateway, opts)
        customer_side = [*args.granted]
        domain: pulumi.Input[str] = args.zone.domain
        if args.zone.zone_id is None:
            zone = self._create_zone(args)
            customer_side.append(zone)
            # Not the text: the attachment is replaced with its zone.
            domain = zone.dns_name.apply(lambda name: name.rstrip("."))
        elif args.zone.authorize:
            domain = self._existing(args.zone.zone_id, args.zone)
        self.attach(
            {
                "kind": "gcp-private-hosted-zone-attachment",
                "domain_name": domain,
                "peer_project_id": args.vpc.project,
                "peer_vpc_name": args.vpc.name,
            },
            args.gateway.ready_network_id,
            customer_side,
        )

    def _create_zone(self, args: GcpDnsPeeringArgs) -> gcp.dns.ManagedZone:
        """Create the zone and its records."""
        zone = gcp.dns.ManagedZone(
            f"{self.name}-zone",
            name=bounded_name(self.name, "zone", _ZONE_NAME_MAX),
            dns_name=f"{args.zone.domain}.",
            description="Names that the gateway resolves",
            visibility="private",
            private_visibility_config={"networks": [{"network_url": args.vpc.self_link}]},
            labels=args.labels,
            opts=self.child(protect=args.protect or None),
        )
        for key, record in args.zone.records.items():
            absolute = [
                f"{value.rstrip('.')}." if record.type == "CNAME" else value
                for value in record.values
            ]
            gcp.dns.RecordSet(
                f"{self.name}-record-{key}",
                managed_zone=zone.name,
                name=f"{args.zone.full_name(key)}.",
                type=record.type,
                ttl=record.ttl,
                rrdatas=absolute,
                opts=self.child(),
            )
        return zone

    def _existing(self, zone_id: str, wanted: PrivateZone) -> pulumi.Output[str]:
        """The domain of an existing zone of the provider's project, once it has been checked."""
        found = gcp.dns.get_managed_zone_output(
            name=zone_id, opts=pulumi.InvokeOutputOptions(parent=self)
        )
        return found.apply(lambda zone: private_domain(zone, wanted, self.name))


def private_domain(zone: gcp.dns.GetManagedZoneResult, wanted: PrivateZone, owner: str) -> str:
    """The domain of an existing zone; ``owner`` is named in errors.

    Raises ProviderError for a public zone and for one of another domain.
    """
    domain = zone.dns_name.rstrip(".")
    if zone.visibility != "private":
        raise ProviderError(
            f"{owner}: zone_id {wanted.zone_id} is the public zone {domain}, and Kong asks for "
            "private ones only: write the name of a private zone, or delete zone_id so that one is "
            "created here"
        )
    if domain != wanted.domain:
        raise ProviderError(
            f"{owner}: zone_id {wanted.zone_id} is the zone {domain}, not {wanted.domain}: write "
            f"domain: {domain}, or the name of the zone of {wanted.domain}"
        )
    return domain


def grant_dns_peer(
    name: str, project: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> gcp.projects.IAMMember:
    """Let Kong peer with the networks of a project for DNS. A project needs it once."""
    return gcp.projects.IAMMember(
        name, project=project, role="roles/dns.peer", member=KONG_PRINCIPAL, opts=opts
    )
