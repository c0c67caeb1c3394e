"""A link by a resource endpoint: single services of ours, over VPC Lattice.

Kong's account gets access to resource configurations that are shared with it, so no network is
routed to the other, and both may use the same addresses. It is one-way: the gateway calls the
services. Konnect makes each service reachable under a domain name of our choice, which need not
exist in AWS. Konnect takes one shared resource in each share: a group, whose children are the
services. Traffic comes from the interfaces of the resource gateway, so upstreams let in its
security group.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from typing import Final

import pulumi
import pulumi_aws as aws

from components.links.aws_share import share_with_kong
from components.links.aws_upstreams import NOBODY
from components.links.base import GatewayEnd, Link
from components.links.kinds import EndpointResource, LinkKind
from components.names import bounded_name
from components.networks.attributes import AwsVpcAttributes
from providers import konnect

NAME_MAX: Final = 40
"""Most characters of a name in VPC Lattice."""


@dataclass(frozen=True)
class AwsResourceEndpointLinkArgs:
    """A link of a gateway network to services in one VPC."""

    gateway: GatewayEnd
    region: str
    """AWS region id of the VPC and of the gateway network: ``us-east-2``."""
    zones: Sequence[str]
    """Zone ids of the gateway network."""
    vpc: AwsVpcAttributes
    """The VPC; it must have a subnet in one of ``zones``."""
    cidr: IPv4Network
    """The VPC's block."""
    resources: Mapping[str, EndpointResource]
    """The services, by keys that never change; at least one."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags of every resource, beside ``Name``."""


class AwsResourceEndpointLink(Link):
    """Resource gateway and configurations, their share, and Konnect's attachment.

    Raises ValueError for a VPC without a subnet in a zone of the gateway network.
    """

    kind = LinkKind.RESOURCE_ENDPOINT

    def __init__(
        self,
        name: str,
        args: AwsResourceEndpointLinkArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("AwsResourceEndpointLink", name, args, args.gateway, opts)
        self.domains = sorted(one.domain_name for one in args.resources.values())
        group, children = self._configurations(args, self._resource_gateway(args))
        share_arn, shared = share_with_kong(
            self, args.gateway, args.region, "group", group.arn, self._tags(args, "share")
        )
        attachment = konnect.CloudGatewayTransitGateway(
            self.per_network("attachment"),
            network_id=args.gateway.ready_network_id,
            name=self.name,
            transit_gateway_attachment_config={
                "kind": "aws-resource-endpoint-attachment",
                "ram_share_arn": share_arn,
                "resource_config": [
                    {
                        "resource_config_id": child.id,
                        "domain_name": args.resources[key].domain_name,
                    }
                    for key, child in children.items()
                ],
            },
            awaited=not args.gateway.isolated,
            # Without these, Konnect finds no resource behind the share and reports an error.
            opts=self.child(shared),
        )
        self.linked(attachment.ready)

    def _resource_gateway(
        self, args: AwsResourceEndpointLinkArgs
    ) -> aws.vpclattice.ResourceGateway:
        subnet_ids = [
            args.vpc.subnet_ids[zone] for zone in args.zones if zone in args.vpc.subnet_ids
        ]
        if not subnet_ids:
            raise ValueError(
                f"{self.name}: the VPC has subnets in {', '.join(args.vpc.subnet_ids) or 'no zone'}"
                f", and the gateway network is in {', '.join(args.zones)}; give the id of a subnet "
                "in one of these zones"
            )
        return aws.vpclattice.ResourceGateway(
            self.per_network("resource-gateway"),
            region=args.region,
            name=bounded_name(self.name, args.gateway.shape, NAME_MAX),
            vpc_id=args.vpc.vpc_id,
            subnet_ids=subnet_ids,
            security_group_ids=[self._security_groups(args)],
            ip_address_type="IPV4",
            # Names of upstreams are resolved as the VPC resolves them, with its private zones.
            resource_config_dns_resolution="IN_VPC",
            tags=self._tags(args, "resource-gateway"),
            opts=self.child(),
        )

    def _security_groups(self, args: AwsResourceEndpointLinkArgs) -> pulumi.Output[str]:
        """The security group of the resource gateway, and one that lets it in to upstreams."""
        source = self._group(args, "resource-gateway", "The resource gateway of the gateway")
        upstreams = self._group(args, "from-gateway", "Upstreams that the gateway may call")
        self.security_group_id = upstreams
        for port in sorted({port for one in args.resources.values() for port in one.ports}):
            aws.vpc.SecurityGroupIngressRule(
                f"{self.name}-from-gateway-{port}",
                region=args.region,
                security_group_id=upstreams,
                referenced_security_group_id=source,
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                opts=self.child(),
            )
        # The upstreams see the resource gateway, not the gateway: it may send to nobody.
        nobody = IPv4Address(NOBODY.partition("/")[0])
        for place, (block, port) in enumerate(sorted(_destinations(args))):
            aws.vpc.SecurityGroupEgressRule(
                f"{self.name}-to-{block.network_address}-{block.prefixlen}-{port}",
                region=args.region,
                security_group_id=source,
                cidr_ipv4=f"{nobody + place}/32" if args.gateway.isolated else str(block),
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                opts=self.child(),
            )
        return source

    def _group(
        self, args: AwsResourceEndpointLinkArgs, suffix: str, description: str
    ) -> pulumi.Output[str]:
        return aws.ec2.SecurityGroup(
            f"{self.name}-{suffix}",
            region=args.region,
            vpc_id=args.vpc.vpc_id,
            description=description,
            tags=self._tags(args, suffix),
            opts=self.child(),
        ).id

    def _configurations(
        self, args: AwsResourceEndpointLinkArgs, gateway: aws.vpclattice.ResourceGateway
    ) -> tuple[
        aws.vpclattice.ResourceConfiguration, Mapping[str, aws.vpclattice.ResourceConfiguration]
    ]:
        """The group that is shared, and its children by the key of their service."""
        group = aws.vpclattice.ResourceConfiguration(
            self.per_network("group"),
            region=args.region,
            name=bounded_name(self.name, args.gateway.shape, NAME_MAX),
            type="GROUP",
            resource_gateway_identifier=gateway.id,
            tags=self._tags(args, "group"),
            opts=self.child(),
        )
        children = {
            key: aws.vpclattice.ResourceConfiguration(
                self.per_network(f"resource-{key}"),
                region=args.region,
                name=bounded_name(f"{self.name}-{key}", args.gateway.shape, NAME_MAX),
                type="CHILD",
                resource_configuration_group_id=group.id,
                resource_configuration_definition=_definition(resource),
                port_ranges=[str(port) for port in sorted(resource.ports)],
                protocol="TCP",
                tags=self._tags(args, key),
                opts=self.child(),
            )
            for key, resource in args.resources.items()
        }
        return group, children

    def _tags(self, args: AwsResourceEndpointLinkArgs, suffix: str) -> Mapping[str, str]:
        return {**args.tags, "Name": f"{self.name}-{suffix}"}


def _destinations(args: AwsResourceEndpointLinkArgs) -> set[tuple[IPv4Network, int]]:
    """Where the resource gateway connects to: (block, port). Names resolve within the VPC."""
    found: set[tuple[IPv4Network, int]] = set()
    for resource in args.resources.values():
        block = args.cidr
        if resource.ip_address and IPv4Address(resource.ip_address) not in args.cidr:
            block = IPv4Network(resource.ip_address)
        found |= {(block, port) for port in resource.ports}
    return found


def _definition(
    resource: EndpointResource,
) -> aws.vpclattice.ResourceConfigurationResourceConfigurationDefinitionArgsDict:
    if resource.ip_address is not None:
        return {"ip_resource": {"ip_address": resource.ip_address}}
    return {"dns_resource": {"domain_name": resource.dns_name or "", "ip_address_type": "IPV4"}}
