"""The settings of one environment: the value of ``multicloud-gateway:gateway``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, PlainValidator, PrivateAttr, field_validator

from components.cache.choice import RedisChoice, RedisKind
from components.placement import Placement
from components.regions import ApiAccess, CacheTier, Cloud, Geo
from providers.konnect.cloud_gateways.transit_gateway import KONG_AZURE_APPLICATION_ID
from stacks.environments import EnvironmentClass
from stacks.errors import Problem, refusal
from stacks.models.account import Account
from stacks.models.base import Model
from stacks.models.domains import DomainSettings
from stacks.models.entry import EntrySettings
from stacks.models.external_redis import ExternalRedis
from stacks.models.fabric import FabricSettings
from stacks.models.governance import GovernanceSettings
from stacks.models.links import Key
from stacks.models.observability import ObservabilitySettings
from stacks.models.region import Region
from stacks.models.services import ServiceSettings
from stacks.models.zones import Name, ZoneSettings
from stacks.rules.environment import VERSION, release
from stacks.tags import MAX_TAGS, label_problems, tags_for

_VersionText = Annotated[str, Field(pattern=f"^({VERSION.pattern})$")]


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


class ControlPlaneSettings(Model):
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


class Autoscale(Model):
    """How large Kong makes each data-plane group."""

    base_rps: Annotated[int, Field(ge=1, examples=[100])]
    """Requests per second to be ready for, at least 1; Kong scales up to ten times that."""


class ExpectedLoad(Model):
    """The load that the cache of the busiest region is expected to carry."""

    consumers: Annotated[int | None, Field(ge=1, examples=[1000])] = None
    """Consumers that rate limits count, at least 1."""
    routes: Annotated[int | None, Field(ge=1, examples=[100])] = None
    """Routes on which rate limits count separately, at least 1."""
    windows: Annotated[int | None, Field(ge=1, examples=[3])] = None
    """Windows of all rate limits together, at least 1; unless written, those declared here."""
    rps: Annotated[int | None, Field(ge=1, examples=[5000])] = None
    """Requests per second in the busiest region, at least 1; unless written, base_rps."""


class Cache(Model):
    """The Redis of each control plane: Konnect's managed cache, or in GCP one of its region."""

    tier: Annotated[CacheTier, Field(examples=["small"])]
    """Size from micro (0.5 GiB) to 24xlarge (300 GiB); a managed cache is raised, never lowered."""
    expected: Annotated[
        ExpectedLoad | None, Field(examples=[{"consumers": 1000, "routes": 100, "rps": 5000}])
    ] = None
    """What the cache has to carry, for a warning when the tier is too small for it."""
    gcp: Annotated[RedisKind, Field(examples=["forwarded"])] = RedisKind.FORWARDED
    """The Redis of a region in GCP, where Konnect has no managed cache: ``forwarded`` creates a
    Memorystore behind forwarders, ``external`` is yours, ``local`` is none."""
    external: Annotated[
        dict[Key, ExternalRedis],
        Field(examples=[{"gcp-us-central1": {"host": "redis.shop.internal"}}]),
    ] = {}
    """With ``gcp: external``, your Redis of each region, by cloud and region."""
    subnetworks: Annotated[
        dict[
            Key,
            Annotated[str, Field(pattern=r"^projects/[^/]+/regions/[^/]+/subnetworks/[^/]+$")],
        ],
        Field(
            examples=[
                {"gcp-us-central1": "projects/acme-network/regions/us-central1/subnetworks/redis"}
            ]
        ),
    ] = {}
    """With ``gcp: forwarded``, the subnetwork of the forwarders in each landing that is given, by
    cloud and region; /28 or larger."""

    def redis_of(self, region: str) -> RedisChoice:
        """The Redis of a region in GCP, by its key."""
        external = self.external.get(region)
        return RedisChoice(
            self.gcp,
            self.subnetworks.get(region),
            None if external is None else external.endpoint,
        )


class RateLimit(Model):
    """One limit for all APIs of the environment."""

    limit: Annotated[int, Field(ge=1, examples=[1000])]
    """Requests per window, at least 1."""
    window_size: Annotated[int, Field(ge=1, examples=[60])]
    """Length of the window in seconds, at least 1."""
    sync_rate: Annotated[float, Field(ge=0.02, examples=[0.5])] = 0.5
    """Seconds between two exchanges of counters through the cache, at least 0.02."""


class Azure(Model):
    """The environment's Microsoft Entra tenant."""

    kong_principal_id: Annotated[
        UUID | None, Field(examples=["f47ac10b-58cc-4372-a567-0e02b2c3d479"])
    ] = None
    """Object id of Kong's service principal in the tenant, a UUID; not the application id."""
    consent: Annotated[Consent, Field(examples=["assigned"])] = Consent.ASSIGNED
    """``assigned`` by the program, or ``manual`` by an administrator."""
    kong_application_id: Annotated[UUID, Field(examples=[KONG_AZURE_APPLICATION_ID])] = UUID(
        KONG_AZURE_APPLICATION_ID
    )
    """Id of Kong's application, a UUID, for the address at which an administrator consents; the one
    that Konnect shows, if it is another."""


class Settings(Model):
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
    networks, hubs, DNS zones and edges that are made here."""
    cache: Annotated[Cache | None, Field(examples=[{"tier": "small"}])]
    """Redis of the control planes, from gateway version 3.13 on; null for none."""
    rate_limit: Annotated[RateLimit | None, Field(examples=[{"limit": 1000, "window_size": 60}])]
    """Limit for all APIs, counted in the cache when there is one; null for none."""
    governance: Annotated[GovernanceSettings | None, Field(examples=[{"preset": "public-api"}])] = (
        None
    )
    """Plugins of every control plane, declared once; null for none but the rate limit."""
    observability: Annotated[
        ObservabilitySettings | None, Field(examples=[{"dashboards": ["traffic"]}])
    ] = None
    """Telemetry that data planes send, and dashboards in Konnect; null for none."""
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
    zones: Annotated[
        dict[Name, ZoneSettings], Field(examples=[{"example.com": {"service": "route53"}}])
    ] = {}
    """Public DNS zones of the team, by DNS name. Names below them are written there."""
    domains: Annotated[
        dict[Name, DomainSettings],
        Field(examples=[{"api.example.com": {"control_planes": ["main"]}}]),
    ] = {}
    """Custom domains of the control planes, by name."""
    entry: Annotated[
        EntrySettings | None,
        Field(examples=[{"strategy": "geo", "name": "api.example.com"}]),
    ] = None
    """How clients reach the gateways; null for the gateways' own names only."""

    services: Annotated[
        dict[Key, ServiceSettings],
        Field(
            examples=[{"orders": {"cloud": "aws", "region": "us-east-2", "address": "10.65.32.10"}}]
        ),
    ] = {}
    """Services that gateways must reach over private networks, by a name of your choice. A preview
    refuses a service that a gateway does not reach."""
    fabric: Annotated[
        FabricSettings | None,
        Field(
            examples=[
                {
                    "segments": {"shop": {}},
                    "spokes": {"shop": {"region": "aws-us-east-2", "segment": "shop"}},
                }
            ]
        ),
    ] = None
    """The transit fabric that connects the regions and further networks; null for none. Its numbers
    are recorded by `make addresses`."""

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

    @property
    def led(self) -> dict[str, tuple[Region, ...]]:
        """The regions that ``entry`` leads each of its names to, by name."""
        if self.entry is None:
            return {}
        if self.entry.name is not None:
            return {self.entry.name: self.regions}
        return {
            fqdn: tuple(one for one in self.regions if key in (one.cloud.value, one.key))
            for key, fqdn in self.entry.names.items()
        }

    def tags_for(self, cloud: Cloud) -> dict[str, str]:
        """Give the environment's tags as a cloud takes them: folded to labels for GCP."""
        return tags_for(cloud, self.tags)
