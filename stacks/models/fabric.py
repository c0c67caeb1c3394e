"""The transit fabric: what connects the regions with each other and with further networks."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from components.fabric.model import (
    FabricDriver,
    GivenSpoke,
    InspectionArgs,
    InspectionKind,
    SegmentArgs,
)
from stacks.models.aviatrix import AviatrixSettings
from stacks.models.base import Cidr, Model, Ports

Name = Annotated[str, Field(pattern=r"^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$")]
"""The name of a spoke or segment. It names objects in the cloud, so it never changes."""


class GivenSpokeSettings(Model):
    """A network that exists, and that joins the fabric as a spoke."""

    id: Annotated[
        str,
        Field(
            pattern=r"^(vpc-[0-9a-f]+"
            r"|/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.Network/"
            r"virtualNetworks/[^/]+"
            r"|projects/[^/]+/global/networks/[^/]+)$",
            examples=["vpc-0b807ff08e2cbdb01"],
        ),
    ]
    """The id of a VPC in AWS, the resource id of a VNet in Azure, or in GCP
    ``projects/<project>/global/networks/<name>``."""
    subnet_ids: Annotated[
        tuple[Annotated[str, Field(pattern=r"^subnet-[0-9a-f]+$")], ...],
        Field(examples=[["subnet-0ae32356bb9b2d9fe"]]),
    ] = ()
    """AWS: a subnet in each zone, for the interfaces of the Transit Gateway; at least one."""
    route_table_ids: Annotated[
        dict[Name, Annotated[str, Field(pattern=r"^rtb-[0-9a-f]+$")]],
        Field(examples=[{"workload": "rtb-020b3e1fb75bad56b"}]),
    ] = {}
    """AWS: the route tables that get routes to the fabric, by names that never change."""

    @property
    def given(self) -> GivenSpoke:
        """The network as the component takes it."""
        return GivenSpoke(self.id, self.subnet_ids, self.route_table_ids)


class SpokeSettings(Model):
    """A further network of yours. It joins the fabric over the hub of its region."""

    region: Annotated[str, Field(examples=["aws-us-east-2"])]
    """Its region, by cloud and region: one of ``regions``."""
    cidr: Annotated[Cidr, Field(examples=["10.66.0.0/20"])]
    """Its block: /16 to /22 in AWS, /8 to /26 in Azure, /8 to /28 in GCP. It can never change."""
    segment: Annotated[str, Field(examples=["shop"])]
    """Its segment: one of ``segments``."""
    ports: Annotated[Ports, Field(examples=[[443]])] = (443,)
    """TCP ports on which gateways and the spokes of its segments may call it."""
    network: Annotated[
        GivenSpokeSettings | None, Field(examples=[{"id": "vpc-0b807ff08e2cbdb01"}])
    ] = None
    """The network, if it exists. Else it is created here."""


class SegmentSettings(Model):
    """Spokes that reach each other."""

    connected: Annotated[tuple[Name, ...], Field(examples=[["billing"]])] = ()
    """Other segments that it reaches and that reach it. One of the two names the other."""
    gateways: Annotated[bool, Field(examples=[False])] = True
    """Whether gateways reach it."""

    @property
    def segment_args(self) -> SegmentArgs:
        """The segment as the component takes it."""
        return SegmentArgs(frozenset(self.connected), self.gateways)


class InspectionSettings(Model):
    """Firewalls that inspect what crosses a hub."""

    kind: Annotated[InspectionKind, Field(examples=["native"])] = InspectionKind.NONE
    """``none``; ``native``: AWS Network Firewall, Azure Firewall, Cloud NGFW; ``third-party``: your
    own firewalls, see ``endpoints``."""
    endpoints: Annotated[
        dict[str, Annotated[str, Field(min_length=1)]],
        Field(
            examples=[{"aws-us-east-2": "com.amazonaws.vpce.us-east-2.vpce-svc-0123456789abcdef0"}]
        ),
    ] = {}
    """With ``third-party``: the id of the firewall's endpoint in each region, by cloud and region.
    AWS: the service name of a Gateway Load Balancer's endpoint service. Azure: the resource id of a
    network virtual appliance in the hub. GCP: the id of an intercept endpoint group."""
    bypass: Annotated[tuple[Cidr, ...], Field(examples=[["10.66.0.0/20"]])] = ()
    """Blocks whose packets are not inspected, from them or to them."""
    organization: Annotated[str | None, Field(pattern=r"^[0-9]+$", examples=["123456789012"])] = (
        None
    )
    """The number of your organization in Google Cloud, which firewalls in GCP belong to. Needed by
    ``native`` and ``third-party`` with a region in GCP."""

    @property
    def inspection_args(self) -> InspectionArgs:
        """The firewalls as the component takes them."""
        return InspectionArgs(self.kind, self.endpoints, self.bypass, self.organization)


class FabricSettings(Model):
    """Hubs, links, segments and further networks of an environment."""

    driver: Annotated[FabricDriver, Field(examples=["native"])] = FabricDriver.NATIVE
    """What builds it: ``native``, the clouds' own hubs; or ``aviatrix``. It can never change."""
    links: Annotated[
        tuple[tuple[str, str], ...], Field(examples=[[["aws-eu-west-1", "gcp-europe-west1"]]])
    ] = ()
    """Further pairs of regions whose hubs are connected directly. Each hub is connected to the core
    of its cloud without them, and the cores with each other."""
    segments: Annotated[
        dict[Name, SegmentSettings], Field(examples=[{"shop": {"connected": ["billing"]}}])
    ] = {}
    """Sets of spokes that reach each other, by name. Other spokes do not."""
    spokes: Annotated[
        dict[Name, SpokeSettings],
        Field(examples=[{"shop": {"region": "aws-us-east-2", "segment": "shop"}}]),
    ] = {}
    """Further networks, by name. They need no addresses here if the stack has recorded ones."""
    inspection: Annotated[InspectionSettings, Field(examples=[{"kind": "native"}])] = (
        InspectionSettings()
    )
    """Firewalls that inspect what crosses a hub; none unless written."""
    aviatrix: Annotated[
        AviatrixSettings | None,
        Field(
            examples=[
                {
                    "accounts": {"aws": "aws-prod"},
                    "networks": {"aws-us-east-2": "10.75.0.0/23"},
                }
            ]
        ),
    ] = None
    """Needed by the driver ``aviatrix``: its controller and gateways."""
