"""The recorded address plan of an environment: the content of ``stacks/<stack>.addresses.yaml``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from components.addressing.roles import Role
from components.fabric.model import FabricDriver, FabricNumbers
from components.regions import Cloud
from stacks.models.base import Cidr, Model

_CIDR = r"^\d{1,3}(\.\d{1,3}){3}/\d{1,2}$"
_NAME = r"^[a-z][a-z0-9-]{0,62}$"


class RecordedRegion(Model):
    """The blocks of one region."""

    cache: Annotated[Cidr | None, Field(examples=["10.96.130.0/28"])] = None
    """GCP only: block for the subnet of the forwarders to a Redis, in the landing."""
    gateway: Annotated[Cidr | None, Field(examples=["10.64.0.0/20"])] = None
    """Block of the gateway network."""
    hub: Annotated[Cidr | None, Field(examples=["10.80.16.0/23"])] = None
    """Azure only: address space of a virtual hub."""
    landing: Annotated[Cidr | None, Field(examples=["10.64.128.0/17"])] = None
    """Block of the landing."""
    load_balancers: Annotated[Cidr | None, Field(examples=["10.64.129.0/24"])] = None
    """Block for subnets of load balancers, in the landing."""
    network: Annotated[str | None, Field(examples=["organization/network-team/dev"])] = None
    """Stack that owns the landing, if another one does."""
    replaced: Annotated[
        dict[Annotated[str, Field(pattern=_CIDR)], Role],
        Field(examples=[{"10.64.0.0/20": "gateway"}]),
    ] = {}
    """Former blocks with their role. They stay taken until they are released."""
    reserve: Annotated[Cidr | None, Field(examples=["10.64.0.0/16"])] = None
    """Block in which new networks of the region are placed."""
    resolvers: Annotated[Cidr | None, Field(examples=["10.64.128.128/25"])] = None
    """Block for subnets of DNS resolver endpoints, in the landing."""
    retired: Annotated[bool, Field(examples=[True])] = False
    """Whether the region is not in the stack file any more."""
    spokes: Annotated[
        dict[Annotated[str, Field(pattern=_NAME)], Cidr],
        Field(examples=[{"shop": "10.64.32.0/20"}]),
    ] = {}
    """Blocks of further networks of the region, by name."""


class RecordedCloud(Model):
    """The blocks of one cloud."""

    summary: Annotated[Cidr, Field(examples=["10.64.0.0/14"])]
    """The prefix that covers the blocks of this cloud. New blocks are given in it."""
    regions: Annotated[
        dict[Annotated[str, Field(pattern=_NAME)], RecordedRegion],
        Field(examples=[{"us-east-2": {"gateway": "10.64.0.0/20"}}]),
    ] = {}
    """By the cloud's own region id."""


class RecordedFabric(Model):
    """The numbers of the transit fabric. None of them ever changes."""

    driver: Annotated[FabricDriver, Field(examples=["native"])]
    """What the fabric is built with."""
    cores: Annotated[dict[Cloud, str], Field(examples=[{"aws": "aws-us-east-2"}])] = {}
    """The core hub of each cloud, by cloud and region."""
    asns: Annotated[dict[str, int], Field(examples=[{"aws-us-east-2": 64513}])] = {}
    """The ASN of each hub in AWS and GCP, and of each spoke in GCP."""
    tunnels: Annotated[
        dict[str, tuple[Cidr, ...]],
        Field(examples=[{"aws-us-east-2-gcp-us-central1": ["169.254.64.0/30"]}]),
    ] = {}
    """The inside block of each tunnel of a link."""

    @property
    def numbers(self) -> FabricNumbers:
        """The numbers as the planner takes them."""
        return FabricNumbers(self.driver, self.cores, self.asns, self.tunnels)


class RecordedPlan(Model):
    """The blocks of one environment, by cloud."""

    aws: Annotated[RecordedCloud | None, Field(examples=[{"summary": "10.64.0.0/14"}])] = None
    """Blocks in AWS."""
    azure: Annotated[RecordedCloud | None, Field(examples=[{"summary": "10.80.0.0/14"}])] = None
    """Blocks in Azure."""
    gcp: Annotated[RecordedCloud | None, Field(examples=[{"summary": "10.104.0.0/14"}])] = None
    """Blocks in GCP."""
    routing_domain: Annotated[str, Field(pattern=_NAME, examples=["main"])] = "main"
    """Environments of one routing domain may be routed to each other, so they share no address."""
    fabric: Annotated[RecordedFabric | None, Field(examples=[{"driver": "native"}])] = None
    """The numbers of the transit fabric, if the environment has or had one."""

    def cloud(self, cloud: Cloud) -> RecordedCloud | None:
        """The blocks of a cloud."""
        return {Cloud.AWS: self.aws, Cloud.AZURE: self.azure, Cloud.GCP: self.gcp}[cloud]
