"""A link by a peering of Kong's VPC with a VPC of ours in AWS.

Kong requests the peering from its own account, and the owner of our VPC accepts it. Konnect may
not tell the id of the peering before it is accepted, so the link looks for it in AWS, by its two
VPCs. A peering is not transitive: the gateway reaches this one VPC. Deleting Konnect's attachment
deletes the peering; the accepter's own deletion does nothing in AWS.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws

from components.links.aws_upstreams import AwsLink
from components.links.base import GatewayEnd
from components.links.kinds import LinkKind
from components.networks.attributes import AwsVpcAttributes
from providers import konnect

_LIVING = ["pending-acceptance", "active", "provisioning"]
"""The states of a peering that is or will be in use. AWS lists deleted ones for some time too."""


@dataclass(frozen=True)
class AwsVpcPeeringLinkArgs:
    """A link of a gateway network to one VPC, by a peering."""

    gateway: GatewayEnd
    region: str
    """AWS region id of the VPC: ``us-east-2``."""
    vpc: AwsVpcAttributes
    cidr: IPv4Network
    """The VPC's block."""
    ports: Sequence[int] = (443,)
    """TCP ports on which the gateway may call upstreams in the VPC."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags of every resource, beside ``Name``."""


class AwsVpcPeeringLink(AwsLink):
    """Konnect's attachment, the acceptance of the peering, routes, and a security group.

    Raises ValueError for a VPC without its account.
    """

    kind = LinkKind.VPC_PEERING

    def __init__(
        self,
        name: str,
        args: AwsVpcPeeringLinkArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("AwsVpcPeeringLink", name, args, args.gateway, opts)
        if args.vpc.account is None:
            raise ValueError(f"{name}: the VPC has no account; give it the id of its owner")
        self.security_group_id = self.let_in(args)
        attachment = konnect.CloudGatewayTransitGateway(
            self.per_network("attachment"),
            network_id=args.gateway.ready_network_id,
            name=self.name,
            cidr_blocks=[str(args.cidr)],
            transit_gateway_attachment_config={
                "kind": "aws-vpc-peering-attachment",
                "peer_account_id": args.vpc.account,
                "peer_vpc_id": args.vpc.vpc_id,
                "peer_vpc_region": args.region,
            },
            awaited=not args.gateway.isolated,
            opts=self.child(),
        )
        accepter = aws.ec2.VpcPeeringConnectionAccepter(
            self.per_network("accepter"),
            region=args.region,
            vpc_peering_connection_id=self._peering_id(args, attachment),
            auto_accept=True,
            tags=self.tags_of(args, "kong"),
            opts=self.child(),
        )
        # A VPC's table cannot drop packets, so an isolated gateway has no route.
        tables = {} if args.gateway.isolated else args.vpc.route_table_ids
        for key, table_id in tables.items():
            aws.ec2.Route(
                self.per_network(f"to-gateway-{key}" if key else "to-gateway"),
                region=args.region,
                route_table_id=table_id,
                destination_cidr_block=str(args.gateway.cidr),
                vpc_peering_connection_id=accepter.vpc_peering_connection_id,
                opts=self.child(),
            )
        self.linked(attachment.ready_after(accepter))

    def _peering_id(
        self, args: AwsVpcPeeringLinkArgs, attachment: konnect.CloudGatewayTransitGateway
    ) -> pulumi.Output[str]:
        """The id of Kong's peering, once Kong has requested it."""
        kong_vpc = pulumi.Output.all(attachment.pending, args.gateway.network.ready).apply(
            lambda known: known[1].provider_metadata.vpc_id
        )
        found = aws.ec2.get_vpc_peering_connections_output(
            filters=pulumi.Output.all(kong_vpc, args.vpc.vpc_id).apply(
                lambda ids: filters_of(ids[0], ids[1])
            ),
            region=args.region,
            opts=pulumi.InvokeOutputOptions(parent=self),
        )
        return found.ids.apply(lambda ids: only(ids, self.name))


def filters_of(requester: str, accepter: str) -> list[aws.ec2.GetVpcPeeringConnectionsFilterArgs]:
    """The filters that find the living peering that one VPC requested with another."""
    wanted = {
        "requester-vpc-info.vpc-id": [requester],
        "accepter-vpc-info.vpc-id": [accepter],
        "status-code": _LIVING,
    }
    return [
        aws.ec2.GetVpcPeeringConnectionsFilterArgs(name=name, values=values)
        for name, values in wanted.items()
    ]


def only(ids: Sequence[str], name: str) -> str:
    """The only peering. Raises ProviderError when AWS lists none or several."""
    if len(ids) != 1:
        raise konnect.ProviderError(
            f"{name}: AWS lists {len(ids)} peerings of Kong's VPC with this VPC "
            f"({', '.join(ids) or 'none'}), not one: see the attachment in Konnect for the reason, "
            "mend it and run `pulumi up` again"
        )
    return ids[0]
