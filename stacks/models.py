"""The settings of one environment, value by value: types, units and accepted values.

Every field's docstring is its reference, and the example beside it is what an error proposes.
What holds between values (overlaps, duplicates, what a cloud needs) is in ``rules``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from ipaddress import IPv4Network
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    PrivateAttr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from components import addressing
from components.addressing import AddressError
from components.links.kinds import KINDS, LinkChoice, LinkKind
from components.networks.subnets import require_customer_block, zone_slots
from components.placement import Placement
from components.regions import (
    REGIONS,
    ApiAccess,
    CacheTier,
    Cloud,
    Geo,
    cloud_of,
    default_zones,
    documented_zones,
)
from stacks.environments import EnvironmentClass
from stacks.errors import Problem, nearest, refusal, yaml_inline
from stacks.rules import VERSION, release
from stacks.tags import MAX_TAGS, label_problems, tags_for


class _Model(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )


def _network(value: object) -> IPv4Network:
    if not isinstance(value, str):
        raise refusal(Problem((), "is not text", "write a CIDR block like 10.64.0.0/20"))
    try:
        return addressing.parse(value)
    except AddressError as error:
        raise refusal(Problem((), error.wrong, error.remedy)) from None


_CidrText = Annotated[str, Field(pattern=r"^\d{1,3}(\.\d{1,3}){3}/\d{1,2}$")]
_VersionText = Annotated[str, Field(pattern=f"^({VERSION.pattern})$")]

Cidr = Annotated[IPv4Network, PlainValidator(_network, json_schema_input_type=_CidrText)]


def _version(value: object) -> str:
    if isinstance(value, str) and VERSION.fullmatch(value):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        remedy = 'write major and minor, quoted, for example version: "3.13"'
        raise refusal(Problem((), "is not a gateway version", remedy))
    # YAML reads 3.10 as the number 3.1, so a bare version names another release than it shows.
    meant = str(value) if VERSION.fullmatch(str(value)) else "3.13"
    remedy = f'write version: "{meant}"'
    if VERSION.fullmatch(f"{meant}0"):
        remedy += f', or version: "{meant}0" if that is meant'
    raise refusal(Problem((), "is a YAML number, which loses trailing zeros", remedy))


class Consent(StrEnum):
    """Who lets Kong peer with the Azure landing network."""

    ASSIGNED = "assigned"
    """The program assigns the peering role to Kong's service principal."""
    MANUAL = "manual"
    """An Entra administrator does it by hand; the program assigns nothing."""


class ControlPlaneSettings(_Model):
    """How the control plane presents itself in Konnect."""

    description: Annotated[str, Field(max_length=2048, examples=["APIs of the shop"])] = ""
    """Free text, at most 2048 characters."""
    labels: Annotated[dict[str, str], Field(examples=[{"team": "platform"}])] = {}
    """At most 4 labels; values of 1 to 63 letters, digits, '-', '_' and '.'."""

    @field_validator("labels")
    @classmethod
    def _acceptable(cls, labels: dict[str, str]) -> dict[str, str]:
        if problems := list(label_problems(labels)):
            raise refusal(*problems)
        return labels


class Autoscale(_Model):
    """How large Kong makes each data-plane group."""

    base_rps: Annotated[int, Field(ge=1, examples=[100])]
    """Requests per second to be ready for, at least 1; Kong scales up to ten times that."""


class Cache(_Model):
    """The managed Redis cache that belongs to the control plane."""

    tier: Annotated[CacheTier, Field(examples=["small"])]
    """Size from micro (0.5 GiB) to 24xlarge (300 GiB); it can be raised, never lowered."""


class RateLimit(_Model):
    """One limit for all APIs of the environment."""

    limit: Annotated[int, Field(ge=1, examples=[1000])]
    """Requests per window, at least 1."""
    window_size: Annotated[int, Field(ge=1, examples=[60])]
    """Length of the window in seconds, at least 1."""
    sync_rate: Annotated[float, Field(ge=0.02, examples=[0.5])] = 0.5
    """Seconds between two exchanges of counters through the cache, at least 0.02."""


class Azure(_Model):
    """The environment's Microsoft Entra tenant."""

    kong_principal_id: Annotated[
        UUID | None, Field(examples=["f47ac10b-58cc-4372-a567-0e02b2c3d479"])
    ] = None
    """Object id of Kong's service principal in the tenant, a UUID; not the application id."""
    consent: Annotated[Consent, Field(examples=["assigned"])] = Consent.ASSIGNED
    """``assigned`` by the program, or ``manual`` by an administrator."""


class LinkSettings(_Model):
    """One link of a region."""

    kind: Annotated[LinkKind | None, Field(examples=["vpc-peering"])] = None
    """How it connects: transit-gateway or vpc-peering in AWS, vnet-peering in Azure, vpc-peering in
    GCP. The key, when it is left out."""


class Landing(_Model):
    """The customer's own network, to which the gateway is attached."""

    cidr: Annotated[Cidr, Field(examples=["10.65.0.0/16"])]
    """CIDR block: /16 to /22 in AWS, /8 to /26 in Azure, /8 to /28 in GCP."""
    ports: Annotated[
        tuple[Annotated[int, Field(ge=1, le=65535)], ...],
        Field(min_length=1, examples=[[443]]),
    ] = (443,)
    """TCP ports on which the gateway may call upstreams in the landing."""
    reach: Annotated[tuple[Cidr, ...], Field(examples=[["10.128.0.0/16"]])] = ()
    """AWS only: further CIDR blocks the gateway may reach through the hub."""
    network: Annotated[
        str | None,
        Field(
            pattern=r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+){2}$",
            examples=["organization/network-team/dev"],
        ),
    ] = None
    """Stack that has made the network, as ``organisation/project/stack``; else it is made here."""


class Account(_Model):
    """An AWS account, an Azure subscription or a GCP project that regions are in.

    Exactly one of ``role_arn``, ``subscription_id`` and ``project`` is given.
    """

    role_arn: Annotated[
        str | None,
        Field(
            pattern=r"^arn:aws[a-z-]*:iam::\d{12}:role/.+$",
            examples=["arn:aws:iam::222233334444:role/gateway"],
        ),
    ] = None
    """AWS: ARN of the role that Pulumi assumes in the account."""
    external_id: Annotated[
        str | None, Field(min_length=2, max_length=1224, examples=["kong-gateways"])
    ] = None
    """AWS: external id that the role's trust policy asks for."""
    subscription_id: Annotated[
        UUID | None, Field(examples=["0f39574d-d756-48cf-b622-0e27a6943bd2"])
    ] = None
    """Azure: id of the subscription, a UUID."""
    project: Annotated[
        str | None, Field(pattern=r"^[a-z][a-z0-9-]{4,28}[a-z0-9]$", examples=["acme-gateways"])
    ] = None
    """GCP: id of the project, not its number."""

    @property
    def cloud(self) -> Cloud:
        """The cloud that the account is in."""
        if self.role_arn is not None:
            return Cloud.AWS
        return Cloud.GCP if self.subscription_id is None else Cloud.AZURE

    @property
    def id(self) -> str:
        """The number of the AWS account, or the id of the subscription or project."""
        if self.role_arn is not None:
            return self.role_arn.split(":")[4]
        return str(self.subscription_id or self.project)

    @model_validator(mode="after")
    def _of_one_cloud(self) -> Account:
        given = [name for name in _ACCOUNT_OF if getattr(self, name) is not None]
        if len(given) != 1:
            wrong = f"has {' and '.join(given)}" if given else "names no account"
            remedy = "write one of role_arn (AWS), subscription_id (Azure) and project (GCP)"
            raise refusal(Problem((), wrong, remedy))
        if self.external_id is not None and self.role_arn is None:
            wrong = "is for AWS only"
            remedy = "delete external_id"
            raise refusal(Problem(("external_id",), wrong, remedy, self.external_id))
        return self


_ACCOUNT_OF = ("role_arn", "subscription_id", "project")


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


class Region(_Model):
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
        dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,30}$")], LinkSettings],
        Field(max_length=1, examples=[{"vpc-peering": {}}]),
    ] = {}
    """How the gateway network is linked to the landing, by a key that never changes; one link. In
    AWS transit-gateway unless written."""
    account: Annotated[str | None, Field(examples=["retail"])] = None
    """Key of ``accounts`` in which the landing is; else that of the credentials in the
    environment. It can never change while the region is live."""

    @property
    def key(self) -> str:
        """What names this region's objects, and never changes: ``aws-us-east-2``."""
        return f"{self.cloud}-{self.region}"

    @property
    def link(self) -> LinkChoice:
        """The region's link."""
        for key, link in self.links.items():
            return LinkChoice(key, link.kind or LinkKind(key))
        return LinkChoice.default(self.cloud)

    @field_validator("links")
    @classmethod
    def _of_a_kind(
        cls, links: dict[str, LinkSettings], info: ValidationInfo
    ) -> dict[str, LinkSettings]:
        cloud = info.data.get("cloud")
        if cloud is None:
            return links
        kinds, landing = KINDS[cloud], info.data.get("landing")
        for key, link in links.items():
            kind = link.kind or key
            if kind not in kinds:
                wrong = f"is not a kind of link in {cloud}"
                path = (key, "kind") if link.kind else (key,)
                raise refusal(Problem(path, wrong, nearest(str(kind), kinds), str(kind)))
            if kind == LinkKind.VPC_PEERING and landing is not None and landing.reach:
                wrong = "is a peering, which is not transitive, and landing.reach is written"
                remedy = "write links: {transit-gateway: {}}, or delete landing.reach"
                raise refusal(Problem((key,), wrong, remedy))
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
        problems = []
        try:
            require_customer_block(cloud, landing.cidr)
        except AddressError as error:
            problems.append(Problem(("cidr",), error.wrong, error.remedy, error.value))
        if landing.reach and cloud is not Cloud.AWS:
            wrong = f"is for AWS only: in {cloud} there is no hub to reach other ranges through"
            reach = list(map(str, landing.reach))
            problems.append(Problem(("reach",), wrong, "delete reach", reach))
        if problems:
            raise refusal(*problems)
        return landing


class Settings(_Model):
    """One environment: the value of ``multicloud-gateway:gateway`` in its stack file."""

    environment: Annotated[EnvironmentClass, Field(examples=["dev"])]
    """Class that gives what is left out: dev, staging or prod; the stack's name if it is one."""
    geo: Annotated[Geo, Field(examples=["us"])]
    """Konnect geography of the control planes: us, eu, au, me, in or sg."""
    version: Annotated[
        str,
        PlainValidator(_version, json_schema_input_type=_VersionText),
        Field(examples=["3.13"]),
    ]
    """Gateway version, major and minor, quoted; Kong applies the patches."""
    autoscale: Annotated[Autoscale, Field(examples=[{"base_rps": 100}])]
    """Size of every data-plane group."""
    regions: Annotated[
        tuple[Region, ...],
        Field(
            min_length=1,
            examples=[
                [
                    {
                        "region": "us-east-2",
                        "cidr": "10.64.0.0/20",
                        "landing": "10.65.0.0/16",
                    }
                ]
            ],
        ),
    ]
    """At least one region; each cloud and region once."""
    api_access: Annotated[ApiAccess, Field(examples=["private+public"])]
    """Where the proxies listen: private, public or private+public."""
    control_plane: Annotated[
        ControlPlaneSettings, Field(examples=[{"labels": {"team": "platform"}}])
    ] = ControlPlaneSettings()
    """Description and labels of the control planes."""
    control_planes: Annotated[Placement, Field(examples=["per-region"])] = Placement.SHARED
    """How regions are spread over control planes: shared, per-cloud or per-region. A region that
    is live never moves."""
    protect: Annotated[bool, Field(examples=[True])]
    """Whether Pulumi refuses to delete control planes, gateway networks, configurations, and the
    networks and hubs that are made here."""
    cache: Annotated[Cache | None, Field(examples=[{"tier": "small"}])]
    """Managed Redis cache, from gateway version 3.13 on; null for none."""
    rate_limit: Annotated[RateLimit | None, Field(examples=[{"limit": 1000, "window_size": 60}])]
    """Limit for all APIs, counted in the cache when there is one; null for none."""
    tags: Annotated[
        dict[str, str], Field(max_length=MAX_TAGS, examples=[{"team": "platform"}])
    ] = {}
    """Tags of every cloud resource; ``tags_for`` gives them as a cloud takes them."""
    azure: Annotated[Azure | None, Field(examples=[{"consent": "manual"}])] = None
    """Needed when a region is in Azure."""
    accounts: Annotated[
        dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,62}$")], Account],
        Field(examples=[{"retail": {"role_arn": "arn:aws:iam::222233334444:role/gateway"}}]),
    ] = {}
    """AWS accounts, Azure subscriptions and GCP projects for regions, by a name of your choice."""

    _stack: str = PrivateAttr("")
    _file: str = PrivateAttr("")

    def model_post_init(self, context: Any) -> None:
        """Remember where the settings come from, for messages about them."""
        self._stack, self._file = context if context else ("", "")

    @property
    def stack(self) -> str:
        """The Pulumi stack these settings belong to."""
        return self._stack

    @property
    def file(self) -> str:
        """The stack file they were read from, as messages name it."""
        return self._file

    @property
    def release(self) -> tuple[int, int]:
        """The gateway version as two numbers, which compare as versions do."""
        return release(self.version)

    @property
    def clouds(self) -> frozenset[Cloud]:
        """The clouds that have at least one region."""
        return frozenset(region.cloud for region in self.regions)

    def account_of(self, region: Region) -> Account | None:
        """The account that a region names; None for the ambient one."""
        return None if region.account is None else self.accounts[region.account]

    def tags_for(self, cloud: Cloud) -> dict[str, str]:
        """Give the environment's tags as a cloud takes them: folded to labels for GCP."""
        return tags_for(cloud, self.tags)
