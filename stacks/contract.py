"""What an environment exports, and other projects read by stack reference.

The model of the stack outputs, written by ``exports`` and read by consumers, who must be able to
import it without the clouds' SDKs: so nothing here knows the components. Keys of regions and
control planes are the gateway's own (``aws-us-east-2``, ``main``) and never change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final, Literal

from providers.konnect.vocabulary import Cloud, Geo
from stacks.references import Contract, ContractError, ContractPart, Text, Texts

__all__ = [
    "ContractAttachment",
    "ContractControlPlane",
    "ContractDomain",
    "ContractError",
    "ContractFabric",
    "ContractFabricHub",
    "ContractFabricLink",
    "ContractFabricSpoke",
    "ContractLanding",
    "ContractLoadBalancer",
    "ContractOwner",
    "ContractRecord",
    "ContractRegion",
    "GatewayContract",
]


class ContractOwner(ContractPart):
    """The stack that owns the gateway."""

    project: str
    """Its project."""
    stack: str
    """Its name in the project."""


class ContractControlPlane(ContractPart):
    """A control plane: what a consumer adds services, routes and plugins to."""

    id: Text
    """Konnect's id."""
    name: Text
    """Its name in Konnect."""
    endpoint: Text
    """Where data planes get their configuration: a URL."""
    telemetry_endpoint: Text
    """Where data planes report to: a URL."""
    cache: Literal["managed", "regional"] | None = None
    """``managed`` by Konnect, ``regional`` for a Redis of the region."""
    counters: Literal["region", "data-plane"] | None = None
    """What plugins' counters are shared by: all data planes of a ``region``, or none, so that each
    ``data-plane`` counts for itself; None before 1.5."""
    cache_partial_id: Text | None = None
    """The Redis partial with which plugins count and cache there, where there is a cache."""
    domains: list[str] = []
    """The custom domains for which it has a certificate; none before 1.4."""
    consumer_groups: dict[str, Text] = {}
    """Ids of the consumer groups of the environment's governance, by name: a consumer that joins
    one gets its plugins. None before 1.5."""


class ContractLanding(ContractPart):
    """The customer's network that a region is linked to."""

    name: Text
    """AWS: the VPC's id. Azure and GCP: the network's name."""
    cidr: str
    """Its block."""
    id: Text | None = None
    """AWS: the VPC's id. Azure: the VNet's resource id. GCP: the network's id. None before 1.2."""
    hub_id: Text | None = None
    """The hub between. AWS: the id of the Transit Gateway. Azure, since 1.4: the resource id of the
    virtual hub. None without a hub and before 1.2."""
    subnet_ids: dict[str, Text] = {}
    """The subnets for upstreams, by zone id in AWS and by name elsewhere; none of a network that
    another stack owns, and none before 1.2."""
    security_group_id: Text | None = None
    """What lets the gateway in. AWS: the security group that upstreams have to take. Azure: the
    network security group of the subnets. None in GCP and before 1.2."""
    account: Text | None = None
    """AWS: the account's id. Azure: the subscription's id. GCP: the project's id. None before
    1.3."""


class ContractAttachment(ContractPart):
    """A private connection of a region's network to the customer's."""

    id: Text
    """Konnect's id."""
    state: Text
    """Konnect's state of it: ``ready``."""
    kind: str | None = None
    """The kind of the link: ``transit-gateway``, ``resource-endpoint``; None before 1.4."""
    security_group_id: Text | None = None
    """What lets the gateway in over this link, as in ``landing``. None in GCP and before 1.4."""
    domains: list[str] = []
    """The names under which the gateway calls the services of a resource endpoint: the hosts of
    Gateway Services. None of another kind, and none before 1.4."""


class ContractLoadBalancer(ContractPart):
    """The load balancer in front of a region's private addresses: a name, or addresses."""

    name: Text | None = None
    """In AWS."""
    addresses: Texts | None = None
    """IPv4, in Azure and GCP."""


class ContractRegion(ContractPart):
    """A region of the gateway: where it is reached and where it calls from."""

    cloud: Cloud
    """The cloud."""
    region: str
    """The cloud's own region id."""
    control_plane: str
    """The key of the control plane that configures it."""
    network_id: Text
    """Konnect's id of the gateway's network."""
    cidr: str
    """Of the gateway's own network."""
    landing: ContractLanding
    """The customer's network."""
    hostnames: Texts
    """Names under which clients reach the region."""
    private_ip_addresses: Texts
    """Where private clients connect, if the region has no load balancer."""
    egress_ip_addresses: Texts
    """From where upstreams on the internet are called: for their allow lists."""
    attachments: dict[str, ContractAttachment]
    """By the key of the link, which is its kind unless the settings name it."""
    attachment: ContractAttachment
    """The first of ``attachments``: all that there was before 1.2."""
    names: list[str] = []
    """The names that lead clients to the region, alone or with others; none before 1.4."""
    load_balancer: ContractLoadBalancer | None = None
    """Where private clients connect, if the region has one; None before 1.4."""


class ContractDomain(ContractPart):
    """A custom domain."""

    control_planes: list[str]
    """The keys of the control planes that have a certificate for it."""
    state: Text
    """``ready``, once Konnect has its certificate."""


class ContractRecord(ContractPart):
    """A record set that the owner of a DNS zone has to write."""

    name: Text
    """The full name, without a dot at its end."""
    type: str
    """``CNAME``, ``A`` or ``TXT``."""
    ttl: int
    """Seconds."""
    values: Texts
    """The values of the records."""


class ContractFabricHub(ContractPart):
    """A hub of the fabric."""

    id: Text
    """AWS: the Transit Gateway's id. Azure: the virtual hub's resource id. GCP: the network's id.
    Aviatrix: the name of the transit gateway."""
    vpn_addresses: Texts
    """The public addresses of its VPN gateway, by interface. Empty in AWS, where each tunnel has
    its own, and for a hub without links by IPsec."""


class ContractFabricLink(ContractPart):
    """A connection of two hubs."""

    kind: str
    """``ipsec``, ``transit-gateway-peering``, ``virtual-wan`` or ``transit-peering``."""
    near: str
    """The key of a hub."""
    far: str
    """The key of a hub."""
    near_addresses: Texts
    """The public address of the near end of each tunnel; empty without IPsec."""
    far_addresses: Texts
    """The public address of the far end of each tunnel; empty without IPsec."""


class ContractFabricSpoke(ContractPart):
    """A customer network that joined the fabric beside the landings."""

    hub: str
    """The key of its hub."""
    segment: str
    """The segment that it is in."""
    cidr: str
    """Its block."""
    network_id: Text
    """AWS: the VPC's id. Azure: the VNet's resource id. GCP: the network's id."""
    subnet_ids: dict[str, Text] = {}
    """The workload subnets, by zone id in AWS and by name elsewhere; empty for a given network."""


class ContractFabric(ContractPart):
    """The network that connects all regions."""

    driver: str
    """``native`` or ``aviatrix``."""
    hubs: dict[str, ContractFabricHub]
    """By key of their region: ``aws-us-east-2``."""
    links: dict[str, ContractFabricLink]
    """By key: ``aws-us-east-2-gcp-us-central1``."""
    spokes: dict[str, ContractFabricSpoke]
    """By name."""


class GatewayContract(Contract):
    """What a gateway stack exports.

    In another project's program, inside an async function that ``pulumi.run`` is given::

        gateway = await GatewayContract.reference("org/multicloud-gateway/prod")
        for key, plane in gateway.control_planes.items():
            konnect.GatewayService(f"orders-{key}", control_plane_id=plane.id, host=...)
    """

    PROJECT: ClassVar[str] = "multicloud-gateway"
    VERSION: ClassVar[str] = "1.6"

    owner: ContractOwner
    """The stack that owns the gateway; since 1.1."""
    environment: str | None = None
    """The class of the environment: dev, staging or prod; None before 1.1."""
    geo: Geo | None = None
    """Where the control planes are, for ``konnect.Provider``; None, its default, before 1.1."""
    version: str | None = None
    """The gateway version, ``"3.13"``; None before 1.1."""
    control_planes: dict[str, ContractControlPlane]
    """By key: ``main``, a cloud (``aws``), or a cloud and region (``gcp-us-central1``)."""
    regions: dict[str, ContractRegion]
    """By key: ``aws-us-east-2``."""
    domains: dict[str, ContractDomain] = {}
    """By name: the custom domains; none before 1.4."""
    records: dict[str, ContractRecord] = {}
    """By name and type: the record sets of names in zones of others, which have to write them; none
    before 1.4."""
    name_servers: dict[str, Texts] = {}
    """By public zone that the stack has made: where its parent zone has to delegate to; none before
    1.4."""
    fabric: ContractFabric | None = None
    """The network that connects all regions; None without one and before 1.6."""

    @classmethod
    def upgraded(cls, exports: dict[str, Any], minor: int, stack: str) -> dict[str, Any]:
        """What an older version did not tell, from what it told.

        1.0: the owner, who is in the stack's name, and the kind of a cache. 1.0 and 1.1: the key
        of the only link.
        """
        upgraded = dict(exports)
        if minor < 1:
            _, project, name = stack.split("/")
            upgraded["owner"] = {"project": project, "stack": name}
            upgraded["control_planes"] = _each(exports.get("control_planes"), _with_cache)
        if minor < 2:
            upgraded["regions"] = _each(exports.get("regions"), _with_attachments)
        return upgraded


def _each(items: object, upgrade: Callable[[str, dict[str, Any]], dict[str, Any]]) -> object:
    """Upgrade each item. What is of another form is left as it is, for the model to say so."""
    if not isinstance(items, dict):
        return items
    return {
        key: upgrade(key, item) if isinstance(item, dict) else item for key, item in items.items()
    }


def _with_cache(key: str, plane: dict[str, Any]) -> dict[str, Any]:
    """In 1.0 a control plane of its own was always for the sake of a Redis of the region."""
    if not plane.get("cache_partial_id"):
        return plane
    return {**plane, "cache": "managed" if key == "main" else "regional"}


def _with_attachments(key: str, region: dict[str, Any]) -> dict[str, Any]:
    """Before 1.2 a region had one link, of the only kind that there was in its cloud."""
    link = _ONLY_LINK.get(str(region.get("cloud")))
    if link is None or "attachment" not in region:
        return region
    return {**region, "attachments": {link: region["attachment"]}}


_ONLY_LINK: Final[Mapping[str, str]] = {
    Cloud.AWS: "transit-gateway",
    Cloud.AZURE: "vnet-peering",
    Cloud.GCP: "vpc-peering",
}
