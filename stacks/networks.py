"""What a network team exports for gateways: VPCs, VNets and hubs that are theirs, by region.

In most organisations the team that runs a gateway may not make a VPC, let alone a hub. So the
networks are another stack's, and a landing makes only the link to one. The model knows neither
the components nor a cloud's SDK: the network team writes it, and it has neither.

Keys are those of the gateway's regions: ``aws-us-east-2``. A ``cidr`` is what the gateway stack
has to write as the landing's, because addresses are planned there.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import Field

from stacks.references import Contract, ContractPart, Text


class AwsNetwork(ContractPart):
    """A VPC. If it is attached to a Transit Gateway, both are in one account and region.

    Each kind of link needs some of the ids. An attachment is associated with one table only, so the
    hub has a table for gateways and one for the VPC. A hub with a single table exports it as both.
    """

    cloud: Literal["aws"] = "aws"
    cidr: str
    """The VPC's block."""
    vpc_id: Text
    route_table_ids: dict[str, Text]
    """The VPC's tables that get a route to the gateway, by a name that never changes."""
    vpc_attachment_id: Text | None = None
    """The VPC's attachment to the hub: no route leads to a hub before it is there. This and the
    other ids of the hub are for a transit-gateway link only, and needed before 1.1."""
    transit_gateway_id: Text | None = None
    transit_gateway_arn: Text | None = None
    gateway_route_table_id: Text | None = None
    """The hub's table of gateways: they are associated with it, the VPC propagates to it."""
    spoke_route_table_id: Text | None = None
    """The hub's table of the VPC: it is associated with it, gateways propagate to it."""
    account: Text | None = None
    """The id of the account that owns the VPC. Needed without a hub, whose ARN contains it. None
    before 1.1."""
    subnet_ids: dict[str, Text] = {}
    """A subnet in each zone, by zone id: for a resource endpoint. None before 1.1."""


class AzureNetwork(ContractPart):
    """A VNet in a resource group, with the network security group of the subnets to be called."""

    cloud: Literal["azure"] = "azure"
    cidr: str
    """The VNet's address space."""
    resource_group_name: Text
    resource_group_id: Text
    """Where Kong's role can be assigned."""
    vnet_name: Text
    vnet_id: Text
    """What Kong's principal gets the role on."""
    network_security_group_name: Text
    workload_cidr: str
    """The block of the subnets behind the security group."""
    security_rule_priority: Annotated[int, Field(ge=100, le=4095)] = 100
    """Priority of the rule that lets the gateway in. The next number is kept too, for the rule
    that denies the gateway the rest, and the two after these for a virtual-hub link: Azure takes no
    two rules of one priority."""


class GcpNetwork(ContractPart):
    """A VPC network. A region of it is a subnetwork, so several keys may give the same one."""

    cloud: Literal["gcp"] = "gcp"
    cidr: str
    """The block of the subnetworks in that region."""
    name: Text
    project: Text
    id: Text
    """``projects/<project>/global/networks/<name>``."""
    self_link: Text
    """The network's URL."""


Network: TypeAlias = Annotated[AwsNetwork | AzureNetwork | GcpNetwork, Field(discriminator="cloud")]


class NetworkContract(Contract):
    """What a network stack exports.

    In the network team's program::

        NetworkContract(contract=NetworkContract.VERSION, networks={...}).export()
    """

    PROJECT: ClassVar[str] = "network-team"
    VERSION: ClassVar[str] = "1.1"

    networks: dict[str, Network]
    """By key: ``aws-us-east-2``."""
