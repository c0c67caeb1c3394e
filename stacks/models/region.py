"""A region of an environment: the gateway network, and the customer's network beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from components import addressing
from components.addressing import AddressError
from components.links.kinds import KINDS, LinkChoice, links_of
from components.networks.subnets import require_customer_block, zone_slots
from components.regions import REGIONS, Cloud, cloud_of, default_zones, documented_zones
from stacks.errors import Problem, nearest, refusal, yaml_inline
from stacks.models.base import Cidr, Model
from stacks.models.dns import DnsSettings
from stacks.models.given_network import other_cloud_problems
from stacks.models.landing import Landing
from stacks.models.links import Key, LinkSettings
from stacks.models.load_balancer import LoadBalancerSettings


def _no_zones(cloud: Cloud, region: str) -> Problem:
    wrong = "names no zone"
    if documented := documented_zones(cloud, region):
        return Problem((), wrong, f"write zones: {yaml_inline(documented)}, or leave it out")
    remedy = "name zone ids, as Konnect's availability document lists them"
    if region in REGIONS[cloud]:
        return Problem((), f"{wrong}, and Kong documents no zones of {region}", remedy)
    wrong += f", and Kong documents no {cloud} region {region}"
    return Problem((), wrong, f"{nearest(region, REGIONS[cloud])} (otherwise {remedy})")


def _zone_problems(cloud: Cloud, region: str, zones: Sequence[str]) -> Iterator[Problem]:
    documented = documented_zones(cloud, region)
    for index, zone in enumerate(zones):
        if zone in zones[:index]:
            yield Problem((index,), "is named twice", "name each zone once", zone)
        elif documented and zone not in documented:
            wrong = f"is not a zone of {region}"
            yield Problem((index,), wrong, nearest(zone, documented), zone)
    if cloud is Cloud.AWS and not documented:
        try:
            zone_slots(list(dict.fromkeys(zones)))
        except AddressError as error:
            at = zones.index(error.value)
            yield Problem((at,), error.wrong, error.remedy, error.value)


class Region(Model):
    """A gateway network in one region of one cloud, and the landing network beside it."""

    cloud: Annotated[Cloud, Field(examples=["aws"])]
    """aws, azure or gcp; may be left out where Kong documents the region."""
    region: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,62}$", examples=["us-east-2"])]
    """The cloud's own region id."""
    zones: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,62}$")], ...],
        Field(
            default_factory=lambda data: default_zones(data["cloud"], data["region"]),
            validate_default=True,
            examples=[["use2-az1", "use2-az2", "use2-az3"]],
        ),
    ]
    """Zone ids, not names; the first three documented ones when none are given."""
    cidr: Annotated[Cidr, Field(examples=["10.64.0.0/20"])]
    """Block of the gateway network: /16 to /23, in Azure /16 to /21. It can never change."""
    landing: Annotated[Landing, Field(examples=["10.65.0.0/16"])]
    """The customer's own VPC, VNet or network: its CIDR block, or an object."""
    links: Annotated[
        dict[Key, LinkSettings],
        Field(examples=[{"vpc-peering": {}}]),
    ] = {}
    """How the gateway network is linked to the landing, by keys that never change; unless written,
    transit-gateway in AWS, vnet-peering in Azure and vpc-peering in GCP."""
    dns: Annotated[
        dict[Key, DnsSettings],
        Field(
            examples=[{"internal": {"kind": "dns-peering", "domain": "internal.example.com"}}],
        ),
    ] = {}
    """Private names that the gateway resolves, by keys that never change."""
    load_balancer: Annotated[LoadBalancerSettings | None, Field(examples=[{"kind": "network"}])] = (
        None
    )
    """Load balancer in front of the private gateway; null for none."""
    account: Annotated[str | None, Field(examples=["retail"])] = None
    """Key of ``accounts`` in which the landing is; else that of the credentials in the
    environment. It can never change while the region is live."""
    weight: Annotated[int, Field(ge=0, le=100, examples=[50])] = 100
    """Share of the clients where ``entry`` shares by weight, 0 to 100."""
    drain: Annotated[bool, Field(examples=[True])] = False
    """Whether ``entry`` leads no client to the region any more. The gateway stays."""
    isolated: Annotated[bool, Field(examples=[True])] = False
    """Whether the gateway is cut off from the landing and gets no clients. It stays as it is, for
    analysis. For a live region only: `make isolate` and `make restore` write it."""

    @property
    def key(self) -> str:
        """What names this region's objects, and never changes: ``aws-us-east-2``."""
        return f"{self.cloud}-{self.region}"

    @property
    def chosen_links(self) -> Sequence[LinkChoice]:
        """The region's links, in the order of the cloud's kinds; at least one."""
        return links_of(self.cloud, [one.choice(key) for key, one in self.links.items()])

    @field_validator("links")
    @classmethod
    def _of_a_kind(
        cls, links: dict[str, LinkSettings], info: ValidationInfo
    ) -> dict[str, LinkSettings]:
        cloud = info.data.get("cloud")
        if cloud is None:
            return links
        for key, link in links.items():
            kind = link.kind or key
            if kind not in KINDS[cloud]:
                wrong = f"is not a kind of link in {cloud}"
                path = (key, "kind") if link.kind else (key,)
                raise refusal(Problem(path, wrong, nearest(str(kind), KINDS[cloud]), str(kind)))
        return links

    @field_validator("region")
    @classmethod
    def _of_the_cloud(cls, region: str, info: ValidationInfo) -> str:
        cloud, documented = info.data.get("cloud"), cloud_of(region)
        if cloud and documented and documented is not cloud:
            wrong = f"is a region of {documented}, not of {cloud}"
            raise refusal(Problem((), wrong, f"write cloud: {documented}"))
        return region

    @field_validator("zones")
    @classmethod
    def _of_the_region(cls, zones: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        cloud, region = info.data.get("cloud"), info.data.get("region")
        if cloud is None or region is None:
            return zones
        if not zones:
            raise refusal(_no_zones(cloud, region))
        if problems := list(_zone_problems(cloud, region, zones)):
            raise refusal(*problems)
        return zones

    @field_validator("cidr")
    @classmethod
    def _a_gateway_network(cls, cidr: IPv4Network, info: ValidationInfo) -> IPv4Network:
        if cloud := info.data.get("cloud"):
            zones = info.data.get("zones", ())
            if faults := addressing.dcgw_faults(cloud, cidr, len(zones)):
                remedy = addressing.dcgw_remedy(cloud)
                raise refusal(Problem((), " and ".join(faults), remedy))
        return cidr

    @field_validator("landing")
    @classmethod
    def _a_landing(cls, landing: Landing, info: ValidationInfo) -> Landing:
        cloud = info.data.get("cloud")
        if cloud is None:
            return landing
        problems = list(other_cloud_problems(cloud, landing.network))
        try:
            require_customer_block(cloud, landing.cidr)
        except AddressError as error:
            problems.append(Problem(("cidr",), error.wrong, error.remedy, error.value))
        if problems:
            raise refusal(*problems)
        return landing
