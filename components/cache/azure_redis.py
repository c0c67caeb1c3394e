"""An Azure Managed Redis with a private endpoint, for hybrid data planes in a VNet of ours.

Self-managed data planes have no managed cache of Konnect: that is for dedicated cloud gateways. The
endpoint has an address in the VNet, so data planes there reach it without a link; a private DNS
zone gives that address for the cache's name. Sources: Microsoft, "Azure Managed Redis" (private
link, Microsoft Entra, architecture); Kong, "Redis partials", ``cloud_authentication``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import pulumi
from pulumi_azure_native import network, privatedns, redisenterprise

from components.cache.regional import RedisEndpoint, RedisWithoutVectorSearch
from components.component import Component
from components.regions import CacheTier

PORT: Final = 10000
ZONE: Final = "privatelink.redis.azure.net"
_DATABASE: Final = "default"
"""Azure accepts no other name."""
_GROUP: Final = "redisEnterprise"
_SIZES: Final = "B0 B1 B3 B5 B10 B20 B50 B100 B150 B250 B350"
SKUS: Mapping[CacheTier, str] = MappingProxyType(
    {tier: f"Balanced_{size}" for tier, size in zip(CacheTier, _SIZES.split(), strict=True)}
)
"""The SKU with about the memory of a tier, 0.5 to 360 GB. ``2xlarge`` is 24 GB, a little less."""


@dataclass(frozen=True)
class EntraLogin:
    """A managed identity of the data planes, with which they log in."""

    principal_id: pulumi.Input[str]
    """Object id of the identity, a UUID. It is the user name in Redis."""
    client_id: pulumi.Input[str]
    """Client id of the identity, a UUID."""
    tenant_id: pulumi.Input[str]
    """The Entra tenant, a UUID."""


@dataclass(frozen=True)
class AzureRedisArgs:
    """An Azure Managed Redis in one region, in the network of its data planes."""

    region: str
    """Azure location: ``eastus2``."""
    resource_group_name: pulumi.Input[str]
    vnet_id: pulumi.Input[str]
    """The VNet in which the cache's name leads to its private address."""
    subnet_id: pulumi.Input[str]
    """The subnet with the private endpoint."""
    tier: CacheTier = CacheTier.SMALL
    """A size as of Konnect's managed cache. It can be raised in place, and lowered if the data
    fits."""
    sku: str | None = None
    """A SKU of Azure Managed Redis instead: ``MemoryOptimized_M10``."""
    login: EntraLogin | None = None
    """How data planes log in. None: with an access key, which is in the state as a secret. With
    Entra, access keys are off."""
    private_zone_id: pulumi.Input[str] | None = None
    """A private DNS zone ``privatelink.redis.azure.net`` that is linked to the VNet already. A VNet
    can have one zone of this name. None: it is created."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags of every resource that can have some."""
    protect: bool = False
    """Whether Pulumi refuses to delete the cache and the zone."""


class AzureRedis(Component):
    """A cluster with high availability, its database, a private endpoint and its DNS zone.

    Public access is off, and connections use TLS 1.2.
    """

    endpoint: RedisEndpoint
    """For ``RegionalCache``. Certificates chain to public CAs, so data planes verify them."""

    def __init__(
        self, name: str, args: AzureRedisArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("AzureRedis", name, args, opts)
        self._args = args
        cluster = self._cluster()
        database = self._database(cluster)
        ready = [self._private_endpoint(cluster), *self._data_access(cluster, database)]
        self.endpoint = self._endpoint(cluster, database, ready)
        self.register_outputs({"host": cluster.host_name, "port": PORT})

    def _cluster(self) -> redisenterprise.RedisEnterprise:
        args = self._args
        return redisenterprise.RedisEnterprise(
            self.name,
            resource_group_name=args.resource_group_name,
            # No cluster_name: it must be free in all of Azure, so Pulumi adds random digits.
            location=args.region,
            sku={"name": args.sku or SKUS[args.tier]},
            public_network_access=redisenterprise.PublicNetworkAccess.DISABLED,
            high_availability=redisenterprise.HighAvailability.ENABLED,
            minimum_tls_version=redisenterprise.TlsVersion.TLS_VERSION_1_2,
            tags=args.tags,
            opts=self.child(protect=args.protect or None),
        )

    def _database(self, cluster: redisenterprise.RedisEnterprise) -> redisenterprise.Database:
        """The database. Kong's plugins do not speak Redis Cluster, so it has one endpoint.

        It has no modules, so no vector search. Azure adds modules at creation only.
        """
        args = self._args
        keys = redisenterprise.AccessKeysAuthentication
        return redisenterprise.Database(
            f"{self.name}-database",
            resource_group_name=args.resource_group_name,
            cluster_name=cluster.name,
            database_name=_DATABASE,
            access_keys_authentication=keys.DISABLED if args.login else keys.ENABLED,
            client_protocol=redisenterprise.Protocol.ENCRYPTED,
            clustering_policy=redisenterprise.ClusteringPolicy.ENTERPRISE_CLUSTER,
            eviction_policy=redisenterprise.EvictionPolicy.VOLATILE_LRU,
            port=PORT,
            opts=self.child(),
        )

    def _data_access(
        self, cluster: redisenterprise.RedisEnterprise, database: redisenterprise.Database
    ) -> list[redisenterprise.AccessPolicyAssignment]:
        """With Entra, the assignment that lets the data planes' identity in."""
        args = self._args
        if args.login is None:
            return []
        assignment = redisenterprise.AccessPolicyAssignment(
            f"{self.name}-data-planes",
            resource_group_name=args.resource_group_name,
            cluster_name=cluster.name,
            database_name=database.name,
            access_policy_assignment_name="data-planes",
            access_policy_name="default",
            user={"object_id": args.login.principal_id},
            opts=self.child(),
        )
        return [assignment]

    def _private_endpoint(
        self, cluster: redisenterprise.RedisEnterprise
    ) -> network.PrivateDnsZoneGroup:
        """An address in the subnet, and the records that lead the cache's name to it."""
        args = self._args
        endpoint = network.PrivateEndpoint(
            f"{self.name}-endpoint",
            resource_group_name=args.resource_group_name,
            private_endpoint_name=f"{self.name}-endpoint",
            location=args.region,
            subnet={"id": args.subnet_id},
            private_link_service_connections=[
                {
                    "name": "redis",
                    "private_link_service_id": cluster.id,
                    "group_ids": [_GROUP],
                }
            ],
            tags=args.tags,
            opts=self.child(),
        )
        zone_id, links = self._zone()
        return network.PrivateDnsZoneGroup(
            f"{self.name}-names",
            resource_group_name=args.resource_group_name,
            private_endpoint_name=endpoint.name,
            private_dns_zone_group_name="redis",
            private_dns_zone_configs=[{"name": "redis", "private_dns_zone_id": zone_id}],
            opts=self.child(links),
        )

    def _zone(self) -> tuple[pulumi.Input[str], list[pulumi.Resource]]:
        """The zone's id, and its link to the VNet if both are created here."""
        args = self._args
        if args.private_zone_id is not None:
            return args.private_zone_id, []
        zone = privatedns.PrivateZone(
            f"{self.name}-zone",
            resource_group_name=args.resource_group_name,
            private_zone_name=ZONE,
            location="global",
            tags=args.tags,
            opts=self.child(protect=args.protect or None),
        )
        link = privatedns.VirtualNetworkLink(
            f"{self.name}-zone-link",
            resource_group_name=args.resource_group_name,
            private_zone_name=zone.name,
            virtual_network_link_name=f"{self.name}-vnet",
            location="global",
            virtual_network={"id": args.vnet_id},
            registration_enabled=False,
            tags=args.tags,
            opts=self.child(),
        )
        return zone.id, [link]

    def _endpoint(
        self,
        cluster: redisenterprise.RedisEnterprise,
        database: redisenterprise.Database,
        ready: Sequence[pulumi.CustomResource],
    ) -> RedisEndpoint:
        """The address, once the name leads to the private endpoint and data planes can log in."""
        login = self._args.login
        ids = [resource.id for resource in (database, *ready)]
        host = pulumi.Output.all(cluster.host_name, *ids).apply(lambda known: str(known[0]))
        if login is not None:
            return RedisWithoutVectorSearch(
                host,
                PORT,
                username=login.principal_id,
                verify_tls=True,
                cloud_authentication={
                    "auth_provider": "azure",
                    "azure_client_id": login.client_id,
                    "azure_tenant_id": login.tenant_id,
                },
            )
        keys = redisenterprise.list_database_keys_output(
            resource_group_name=self._args.resource_group_name,
            cluster_name=cluster.name,
            database_name=database.name,
            opts=pulumi.InvokeOutputOptions(parent=self),
        )
        password = pulumi.Output.secret(keys.primary_key).apply(str)
        return RedisWithoutVectorSearch(host, PORT, password, verify_tls=True)
