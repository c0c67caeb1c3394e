"""A Redis of ours in AWS and in Azure for hybrid data planes, and the partial for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import IPv4Network
from typing import Any

import pulumi
import pytest
from pulumi.runtime.mocks import MockCallArgs

from components.cache.aws_redis import NODE_TYPES, AwsRedis, AwsRedisArgs
from components.cache.azure_redis import SKUS, AzureRedis, AzureRedisArgs, EntraLogin
from components.cache.regional import RegionalCache, RegionalCacheArgs
from components.cache.wiring import wire
from components.regions import CacheTier
from providers import konnect
from tests.components.gateway_mocks import World, run_program, unmocked

SUBNETS = {"use2-az1": "subnet-1", "use2-az2": "subnet-2"}
CLIENTS = [IPv4Network("10.65.0.0/16")]
LOGIN = EntraLogin("principal", "client", "tenant")


@pytest.fixture(autouse=True)
def _unmocked() -> Iterator[None]:
    yield
    unmocked()


@pytest.fixture(autouse=True)
def _endpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    """The names that both clouds give a Redis, and the keys of one in Azure."""
    created, called = World.new_resource, World.call

    def new_resource(self: World, args: Any) -> tuple[str | None, dict[Any, Any]]:
        id_, outputs = created(self, args)
        return id_, {"primaryEndpointAddress": "r.aws", "hostName": "r.azure", **outputs}

    def call(self: World, args: MockCallArgs) -> Any:
        if args.token == "azure-native:redisenterprise:listDatabaseKeys":
            return {"primaryKey": "the key", "secondaryKey": "the other"}, []
        return called(self, args)

    monkeypatch.setattr(World, "new_resource", new_resource)
    monkeypatch.setattr(World, "call", call)


def built(make: Callable[[], AwsRedis | AzureRedis]) -> World:
    def program(provider: konnect.Provider) -> Any:
        redis = make()
        options = pulumi.ResourceOptions(providers=[provider])
        return RegionalCache("c", RegionalCacheArgs("plane", redis.endpoint), options).partial_id

    return run_program(program)[0]


def in_aws(**more: Any) -> World:
    given = {"subnet_ids": SUBNETS, "clients": CLIENTS, "tags": {"team": "t"}, **more}
    return built(lambda: AwsRedis("r", AwsRedisArgs("us-east-2", "vpc", **given)))


def in_azure(**more: Any) -> World:
    given = AzureRedisArgs("eastus2", "group", "vnet", "subnet", tags={"team": "t"}, **more)
    return built(lambda: AzureRedis("r", given))


def config_of(world: World) -> dict[str, Any]:
    """The configuration of the partial."""
    found: dict[str, Any] = world.one("konnect:GatewayPartial").inputs["config"]
    return found


def test_data_planes_in_aws_log_in_with_iam_and_verify_the_certificate() -> None:
    assert config_of(in_aws(assume_role_arn="arn:role")) == {
        "host": "r.aws",
        "port": 6379,
        "username": "r-kong",
        "server_name": "r.aws",
        "ssl": True,
        "ssl_verify": True,
        "cloud_authentication": {
            "auth_provider": "aws",
            "aws_cache_name": "r-redis",
            "aws_region": "us-east-2",
            "aws_is_serverless": False,
            "aws_assume_role_arn": "arn:role",
        },
    }


def test_a_cache_in_aws_is_in_two_zones_and_encrypted_and_its_user_has_no_password() -> None:
    world = in_aws(protect=True)
    group = world.one("elasticache/replicationGroup:ReplicationGroup")
    assert group.protect
    assert {
        key: group.inputs[key]
        for key in (
            "engine",
            "numCacheClusters",
            "automaticFailoverEnabled",
            "multiAzEnabled",
            "transitEncryptionEnabled",
            "transitEncryptionMode",
            "atRestEncryptionEnabled",
            "applyImmediately",
            "userGroupIds",
        )
    } == {
        "engine": "valkey",
        "numCacheClusters": 2,
        "automaticFailoverEnabled": True,
        "multiAzEnabled": True,
        "transitEncryptionEnabled": True,
        "transitEncryptionMode": "required",
        "atRestEncryptionEnabled": True,
        "applyImmediately": True,
        "userGroupIds": ["r-users"],
    }
    user = world.one("elasticache/user:User").inputs
    assert user["userId"] == user["userName"] == "r-kong"
    assert user["authenticationMode"] == {"type": "iam"}


def test_only_the_given_blocks_and_security_groups_reach_a_cache_in_aws() -> None:
    world = in_aws(client_security_group_ids={"data-planes": "sg-1"})
    rules = world.of("SecurityGroupIngressRule")
    assert {one.name for one in rules} == {"r-from-10.65.0.0/16", "r-from-data-planes"}
    assert {(one.inputs["fromPort"], one.inputs["toPort"]) for one in rules} == {(6379, 6379)}
    assert [one.inputs.get("referencedSecurityGroupId") for one in rules] == [None, "sg-1"]
    assert not world.of("SecurityGroupEgressRule")


def test_with_a_password_in_aws_there_is_no_user() -> None:
    def with_password() -> AwsRedis:
        token = pulumi.Output.secret("a-password-of-aws")
        return AwsRedis(
            "r", AwsRedisArgs("us-east-2", "vpc", SUBNETS, clients=CLIENTS, auth_token=token)
        )

    world = built(with_password)
    assert not world.of("elasticache/user:User")
    config = config_of(world)
    assert config["password"] == "a-password-of-aws"
    assert "cloud_authentication" not in config
    group = world.one("elasticache/replicationGroup:ReplicationGroup").inputs
    assert group["authToken"] == "a-password-of-aws"
    assert "userGroupIds" not in group


def test_everything_wrong_with_a_cache_in_aws_is_said_at_once() -> None:
    password: Any = "clear"
    wrong = AwsRedisArgs("us-east-2", "vpc", {"use2-az1": "subnet-1"}, auth_token=password)
    with pytest.raises(ValueError, match=r"^r: .*; .*; ") as refused:
        AwsRedis("r", wrong)
    assert str(refused.value) == (
        "r: subnet_ids has use2-az1, and failover needs two zones; add a subnet; clients and "
        "client_security_group_ids are empty, so nobody can connect; give one of them; auth_token "
        "is plain text; give what Config.require_secret returns"
    )


def test_data_planes_in_azure_log_in_with_entra_and_access_keys_are_off() -> None:
    world = in_azure(login=LOGIN)
    assert config_of(world) == {
        "host": "r.azure",
        "port": 10000,
        "username": "principal",
        "server_name": "r.azure",
        "ssl": True,
        "ssl_verify": True,
        "cloud_authentication": {
            "auth_provider": "azure",
            "azure_client_id": "client",
            "azure_tenant_id": "tenant",
        },
    }
    database = world.one("redisenterprise:Database").inputs
    assert database["accessKeysAuthentication"] == "Disabled"
    assert database["clusteringPolicy"] == "EnterpriseCluster"
    assignment = world.one("redisenterprise:AccessPolicyAssignment")
    assert assignment.inputs["user"] == {"objectId": "principal"}
    # Plugins use the cache only when the data planes can log in to it.
    assert assignment.urn in world.one("konnect:GatewayPartial").depends_on


def test_without_entra_data_planes_in_azure_log_in_with_an_access_key() -> None:
    world = in_azure()
    assert config_of(world)["password"] == "the key"
    assert world.one("redisenterprise:Database").inputs["accessKeysAuthentication"] == "Enabled"
    assert not world.of("AccessPolicyAssignment")


@pytest.mark.parametrize(
    "make",
    [
        lambda: AwsRedis("r", AwsRedisArgs("us-east-2", "vpc", SUBNETS, clients=CLIENTS)),
        lambda: AzureRedis("r", AzureRedisArgs("eastus2", "group", "vnet", "subnet")),
        lambda: AzureRedis("r", AzureRedisArgs("eastus2", "group", "vnet", "subnet", login=LOGIN)),
    ],
    ids=["aws", "azure with a key", "azure with entra"],
)
def test_a_plugin_with_a_vector_database_is_refused(
    make: Callable[[], AwsRedis | AzureRedis],
) -> None:
    vectors = {"vectordb": {"dimensions": 1536, "distance_metric": "cosine"}}

    def program(provider: konnect.Provider) -> Any:
        options = pulumi.ResourceOptions(providers=[provider])
        cache = RegionalCache("c", RegionalCacheArgs("plane", make().endpoint), options)
        with pytest.raises(ValueError, match="cache c: its Redis has no vector search"):
            wire("ai-semantic-cache", vectors, cache)
        return cache.partial_id

    assert run_program(program)[0].one("konnect:GatewayPartial").inputs["type"] == "redis-ee"


def test_a_cache_in_azure_is_reached_at_a_private_address_only() -> None:
    world = in_azure(protect=True)
    cluster = world.one("redisenterprise:RedisEnterprise")
    assert cluster.protect
    assert cluster.inputs["publicNetworkAccess"] == "Disabled"
    assert cluster.inputs["highAvailability"] == "Enabled"
    (connection,) = world.one("network:PrivateEndpoint").inputs["privateLinkServiceConnections"]
    assert connection["groupIds"] == ["redisEnterprise"]
    zone = world.one("privatedns:PrivateZone")
    assert zone.inputs["privateZoneName"] == "privatelink.redis.azure.net"
    assert zone.protect
    assert world.one("VirtualNetworkLink").inputs["virtualNetwork"] == {"id": "vnet"}


def test_a_private_zone_that_is_there_is_used() -> None:
    world = in_azure(private_zone_id="zone")
    assert not world.of("privatedns:PrivateZone")
    (config,) = world.one("network:PrivateDnsZoneGroup").inputs["privateDnsZoneConfigs"]
    assert config == {"name": "redis", "privateDnsZoneId": "zone"}


def test_a_size_is_a_tier_or_what_the_cloud_calls_it() -> None:
    large = CacheTier.LARGE
    assert in_aws(tier=large).one(":ReplicationGroup").inputs["nodeType"] == "cache.m6g.large"
    own = in_aws(node_type="cache.r7g.large").one(":ReplicationGroup")
    assert own.inputs["nodeType"] == "cache.r7g.large"
    assert in_azure(tier=large).one(":RedisEnterprise").inputs["sku"] == {"name": "Balanced_B5"}
    assert in_azure(sku="MemoryOptimized_M10").one(":RedisEnterprise").inputs["sku"] == {
        "name": "MemoryOptimized_M10"
    }
    assert set(NODE_TYPES) == set(SKUS) == set(CacheTier)
