"""Azure Managed Redis and its private endpoint: names, keys, addresses, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Made, Provider, Refused

PRINCIPAL = "0a1b2c3d-0000-4000-8000-0000000000e1"


@pytest.fixture
def cluster(azure: Provider, group: Made) -> Made:
    return redis(azure)


@pytest.fixture
def subnet(azure: Provider, vnet: Made) -> Made:
    return azure.create(
        tokens.AZURE_SUBNET,
        resourceGroupName="g",
        virtualNetworkName="v",
        subnetName="s",
        addressPrefix="10.0.0.0/24",
    )


def redis(azure: Provider, name: str = "Cache", **more: Any) -> Made:
    given = {"sku": {"name": "Balanced_B1"}, "publicNetworkAccess": "Disabled", **more}
    return azure.create(
        tokens.REDIS_CLUSTER, name, resourceGroupName="g", clusterName=name, **given
    )


def database(azure: Provider, name: str = "default", **more: Any) -> Made:
    place = {"resourceGroupName": "g", "clusterName": "Cache"}
    return azure.create(tokens.REDIS_DATABASE, name, databaseName=name, **place, **more)


def endpoint(azure: Provider, subnet: Made, cluster: Made, name: str = "e", **more: Any) -> Made:
    connection = {"name": "redis", "privateLinkServiceId": cluster.id, **more}
    return azure.create(
        tokens.PRIVATE_ENDPOINT,
        name,
        resourceGroupName="g",
        privateEndpointName=name,
        subnet={"id": subnet.id},
        privateLinkServiceConnections=[{"groupIds": ["redisEnterprise"], **connection}],
    )


def test_a_cluster_has_a_name_in_its_location_and_two_nodes(cluster: Made) -> None:
    assert cluster["hostName"] == "cache.westeurope.redis.azure.net"
    assert cluster["highAvailability"] == "Enabled"
    assert cluster["minimumTlsVersion"] == "1.2"
    assert (cluster["provisioningState"], cluster["resourceState"]) == ("Succeeded", "Running")


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("a--b", {}, "The cluster name 'a--b' is not valid"),
        ("-a", {}, "no hyphen is first"),
        ("a" * 61, {}, "1 to 60 letters"),
        ("a", {"sku": {"name": "Enterprise_E10"}}, "is not one of Azure Managed Redis"),
        ("a", {"sku": {"name": "Balanced_B4"}}, "is not one of Azure Managed Redis"),
        ("a", {"sku": {"name": "Balanced_B5", "capacity": 2}}, "takes no capacity"),
        ("cache", {"resourceGroupName": "other"}, "NameNotAvailable"),
    ],
)
def test_azure_refuses_a_cluster(
    azure: Provider, cluster: Made, name: str, given: dict[str, Any], said: str
) -> None:
    azure.create(tokens.RESOURCE_GROUP, "other", resourceGroupName="other")
    where = given.pop("resourceGroupName", "g")
    inputs = {"sku": {"name": "Balanced_B1"}, "publicNetworkAccess": "Disabled", **given}
    with pytest.raises(Refused, match=said):
        azure.create(
            tokens.REDIS_CLUSTER, "new", resourceGroupName=where, clusterName=name, **inputs
        )


def test_another_size_is_an_update_in_place(azure: Provider, cluster: Made) -> None:
    assert not azure.diff(cluster, sku={"name": "Balanced_B5"}).replaces
    assert azure.update(cluster, sku={"name": "Balanced_B5"})["hostName"] == cluster["hostName"]


def test_a_database_is_encrypted_without_access_keys_by_default(
    azure: Provider, cluster: Made
) -> None:
    made = database(azure)
    assert made["port"] == 10000
    assert made["clientProtocol"] == "Encrypted"
    assert made["accessKeysAuthentication"] == "Disabled"
    assert made["clusteringPolicy"] == "OSSCluster"
    assert azure.diff(made, clusteringPolicy="EnterpriseCluster").replaces


def test_a_cluster_has_one_database_whose_policy_fits_its_size(
    azure: Provider, cluster: Made
) -> None:
    with pytest.raises(Refused, match="it must be 'default'"):
        database(azure, "second")
    azure.update(cluster, sku={"name": "Balanced_B50"})
    with pytest.raises(Refused, match="NoCluster is for 25 GB at most"):
        database(azure, clusteringPolicy="NoCluster")
    azure.update(cluster, sku={"name": "Balanced_B20"})
    made = database(azure, clusteringPolicy="NoCluster")
    assert not azure.diff(made, clusteringPolicy="EnterpriseCluster").replaces


def test_the_keys_of_a_database_are_listed_and_are_no_outputs(
    azure: Provider, cluster: Made
) -> None:
    where = {"resourceGroupName": "g", "clusterName": "Cache", "databaseName": "default"}
    list_keys = "azure-native:redisenterprise:listDatabaseKeys"
    with pytest.raises(Refused, match="ResourceNotFound"):
        azure.invoke(list_keys, **where)
    made = database(azure)
    keys = azure.invoke(list_keys, **where)
    assert set(keys) == {"primaryKey", "secondaryKey"}
    assert len(set(keys.values())) == 2
    assert keys["primaryKey"] not in str(made)


def test_a_user_of_the_directory_has_one_assignment(azure: Provider, cluster: Made) -> None:
    database(azure)

    def assign(name: str, user: str) -> Made:
        return azure.create(
            tokens.REDIS_ASSIGNMENT,
            name,
            resourceGroupName="g",
            clusterName="Cache",
            databaseName="default",
            accessPolicyAssignmentName=name,
            accessPolicyName="default",
            user={"objectId": user},
        )

    assign("one", PRINCIPAL)
    with pytest.raises(Refused, match="has the assignment"):
        assign("two", PRINCIPAL)
    with pytest.raises(Refused, match="must be a GUID"):
        assign("three", "kong")


def test_endpoints_have_addresses_of_their_subnet_and_zone_groups_their_names(
    azure: Provider, cluster: Made, subnet: Made
) -> None:
    first, second = endpoint(azure, subnet, cluster), endpoint(azure, subnet, cluster, "second")
    addresses = [one["customDnsConfigs"][0]["ipAddresses"] for one in (first, second)]
    assert addresses == [["10.0.0.4"], ["10.0.0.5"]]
    (connection,) = first["privateLinkServiceConnections"]
    assert connection["privateLinkServiceConnectionState"]["status"] == "Approved"
    zone = azure.create(
        tokens.PRIVATE_ZONE,
        "zone",
        resourceGroupName="g",
        privateZoneName="privatelink.redis.azure.net",
        location="global",
    )
    named = {"resourceGroupName": "g", "privateEndpointName": "e"}
    made = azure.create(
        tokens.PRIVATE_ZONE_GROUP,
        "names",
        privateDnsZoneGroupName="redis",
        privateDnsZoneConfigs=[{"name": "redis", "privateDnsZoneId": zone.id}],
        **named,
    )
    (record,) = made["privateDnsZoneConfigs"][0]["recordSets"]
    assert record["fqdn"] == "cache.westeurope.privatelink.redis.azure.net"
    assert record["ipAddresses"] == ["10.0.0.4"]
    for wrong in ([], [{"name": "redis"}]):
        with pytest.raises(Refused, match="zone configuration"):
            azure.create(
                tokens.PRIVATE_ZONE_GROUP,
                "wrong",
                privateDnsZoneGroupName="wrong",
                privateDnsZoneConfigs=wrong,
                **named,
            )


def test_azure_refuses_an_endpoint_without_a_subnet_a_target_or_its_group(
    azure: Provider, cluster: Made, subnet: Made
) -> None:
    with pytest.raises(Refused, match=r"Group ids \['sql'\] are not valid"):
        endpoint(azure, subnet, cluster, groupIds=["sql"])
    inputs = {"resourceGroupName": "g", "privateEndpointName": "e"}
    with pytest.raises(Refused, match="needs a subnet"):
        azure.create(tokens.PRIVATE_ENDPOINT, "e", **inputs)
    with pytest.raises(Refused, match="exactly one private link connection"):
        azure.create(tokens.PRIVATE_ENDPOINT, "e", subnet={"id": subnet.id}, **inputs)
    with pytest.raises(Refused, match="needs a privateLinkServiceId"):
        azure.create(
            tokens.PRIVATE_ENDPOINT,
            "e",
            subnet={"id": subnet.id},
            privateLinkServiceConnections=[{"name": "redis"}],
            **inputs,
        )


def test_an_endpoint_is_in_the_location_of_its_network(
    azure: Provider, cluster: Made, subnet: Made
) -> None:
    with pytest.raises(Refused, match="InvalidResourceReference"):
        azure.create(
            tokens.PRIVATE_ENDPOINT,
            "e",
            resourceGroupName="g",
            privateEndpointName="e",
            location="eastus2",
            subnet={"id": subnet.id},
            privateLinkServiceConnections=[
                {"privateLinkServiceId": cluster.id, "groupIds": ["redisEnterprise"]}
            ],
        )
