"""Private DNS by a Route 53 private hosted zone.

The owner of the zone authorises the association with Kong's VPC, and Kong creates it. The zone then
lists Kong's VPC beside ours, so later differences of that list are ignored. Kong's page names the
VPC only loosely; Amazon's rules ask for the VPC that is associated, which is Kong's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.dns.base import PrivateDnsComponent, kong_vpc_id
from components.dns.kinds import PrivateZone
from components.links.base import GatewayEnd
from components.networks.attributes import AwsVpcAttributes
from providers.base.errors import ProviderError


@dataclass(frozen=True)
class AwsPrivateHostedZoneArgs:
    """A private hosted zone that the gateway of a region resolves."""

    gateway: GatewayEnd
    region: str
    """AWS region id of the gateway network and the VPC: ``us-east-2``."""
    vpc: AwsVpcAttributes
    """The customer's VPC. A zone that is created here is visible in it."""
    zone: PrivateZone
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags of a zone that is created here, beside ``Name``."""
    protect: bool = False
    """Whether Pulumi refuses to delete a zone that is created here."""


class AwsPrivateHostedZone(PrivateDnsComponent):
    """The zone with its records unless it exists, the authorisation, and Konnect's attachment."""

    zone_id: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: AwsPrivateHostedZoneArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("AwsPrivateHostedZone", name, args, args.gateway, opts)
        given = args.zone.zone_id
        self.zone_id = self._create_zone(args) if given is None else self._existing(given, args)
        authorizations = []
        if args.zone.authorize:
            authorization = aws.route53.VpcAssociationAuthorization(
                self.per_network("authorization"),
                zone_id=self.zone_id,
                vpc_id=kong_vpc_id(args.gateway),
                vpc_region=args.region,
                # Konnect may have lost the VPC of an isolated gateway.
                opts=self.child(ignore_changes=["vpc_id"] if args.gateway.isolated else None),
            )
            authorizations.append(authorization)
        self.attach(
            {"kind": "aws-private-hosted-zone-attachment", "hosted_zone_id": self.zone_id},
            args.gateway.ready_network_id,
            authorizations,
        )

    def _create_zone(self, args: AwsPrivateHostedZoneArgs) -> pulumi.Output[str]:
        """Create the zone and its records."""
        # A zone cannot change to another VPC here, because the list of VPCs is ignored.
        only_once = pulumi.ResourceOptions(
            ignore_changes=["vpcs"], replacement_trigger=args.vpc.vpc_id
        )
        zone = aws.route53.Zone(
            f"{self.name}-zone",
            name=args.zone.domain,
            comment="Names that the gateway resolves",
            vpcs=[{"vpc_id": args.vpc.vpc_id, "vpc_region": args.region}],
            tags={**args.tags, "Name": f"{self.name}-zone"},
            opts=pulumi.ResourceOptions.merge(self.child(protect=args.protect or None), only_once),
        )
        for key, record in args.zone.records.items():
            aws.route53.Record(
                f"{self.name}-record-{key}",
                zone_id=zone.zone_id,
                name=args.zone.full_name(key),
                type=record.type,
                ttl=record.ttl,
                records=list(record.values),
                opts=self.child(),
            )
        return zone.zone_id

    def _existing(self, zone_id: str, args: AwsPrivateHostedZoneArgs) -> pulumi.Output[str]:
        """The id of an existing zone, once it is known to be private and of the domain.

        A zone of another account cannot be read with the credentials here, so it is not checked.
        """
        if not args.zone.authorize:
            return pulumi.Output.from_input(zone_id)
        found = aws.route53.get_zone_output(
            zone_id=zone_id, opts=pulumi.InvokeOutputOptions(parent=self)
        )
        return found.apply(lambda zone: self._checked(zone, args.zone))

    def _checked(self, zone: aws.route53.GetZoneResult, wanted: PrivateZone) -> str:
        """The zone's id. Raises ProviderError for a public zone and for one of another domain."""
        if not zone.private_zone:
            raise ProviderError(
                f"{self.name}: zone_id {zone.zone_id} is the public zone {zone.name}, and Kong's "
                "VPC can be associated with a private one only: write the id of a private zone, or "
                "delete zone_id so that one is created here"
            )
        if zone.name.rstrip(".") != wanted.domain:
            raise ProviderError(
                f"{self.name}: zone_id {zone.zone_id} is the zone {zone.name}, not "
                f"{wanted.domain}: write domain: {zone.name.rstrip('.')}, or the id of "
                f"{wanted.domain}"
            )
        return zone.zone_id
