"""ElastiCache: what it and its provider refuse, its names, and changes that wait."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Failed, Made, Provider, Refused

TLS = {"transitEncryptionEnabled": True}


@pytest.fixture
def subnets(aws: Provider, subnet: Made) -> Made:
    return aws.create(tokens.CACHE_SUBNETS, name="Cache", subnetIds=[subnet.id])


def user(aws: Provider, id_: str = "kong", engine: str = "valkey", **more: Any) -> Made:
    how = more or {"authenticationMode": {"type": "iam"}}
    given = {"userName": id_, "accessString": "on ~* +@all", **how}
    return aws.create(tokens.CACHE_USER, id_, userId=id_, engine=engine, **given)


def users(aws: Provider, *ids: str, engine: str = "valkey") -> Made:
    return aws.create(tokens.CACHE_USERS, userGroupId="users", engine=engine, userIds=[*ids])


def group(aws: Provider, subnets: Made, **more: Any) -> Made:
    given = {"description": "d", "engine": "valkey", "nodeType": "cache.t4g.small", **more}
    return aws.create(
        tokens.REPLICATION_GROUP,
        "cache",
        replicationGroupId="Cache",
        subnetGroupName=subnets["name"],
        **{key: value for key, value in given.items() if value is not None},
    )


def test_names_are_in_lower_case_and_with_tls_the_primary_node_has_a_name_of_its_own(
    aws: Provider, subnets: Made
) -> None:
    made = group(aws, subnets, **TLS, numCacheClusters=2)
    assert (subnets.id, made.id) == ("cache", "cache")
    assert made["primaryEndpointAddress"].startswith("master.cache.")
    assert made["primaryEndpointAddress"].endswith(".use2.cache.amazonaws.com")
    assert made["readerEndpointAddress"].startswith("replica.cache.")
    assert made["memberClusters"] == ["cache-001", "cache-002"]
    assert made["atRestEncryptionEnabled"] is True
    assert made["arn"].endswith(":replicationgroup:cache")


def test_without_tls_the_names_begin_with_the_group(aws: Provider, subnets: Made) -> None:
    made = group(aws, subnets, engine="redis")
    assert made["primaryEndpointAddress"].startswith("cache.")
    assert made["primaryEndpointAddress"].endswith(".ng.0001.use2.cache.amazonaws.com")
    assert made["atRestEncryptionEnabled"] is False


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"multiAzEnabled": True}, "automatic_failover_enabled must be true"),
        ({"automaticFailoverEnabled": True}, "must be at least 2"),
        ({"authToken": "a" * 16, "userGroupIds": ["g"]}, "only one of"),
        ({"nodeType": "t4g.small"}, "is not a node type"),
        ({"transitEncryptionMode": "always"}, "to be one of"),
    ],
)
def test_the_provider_refuses_what_does_not_go_together(
    aws: Provider, subnets: Made, given: dict[str, Any], said: str
) -> None:
    with pytest.raises(Failed, match=said):
        group(aws, subnets, **given)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"authToken": "a" * 16}, "InvalidParameterCombination"),
        ({"transitEncryptionMode": "required"}, "InvalidParameterCombination"),
        ({**TLS, "authToken": "short"}, "InvalidParameterValue"),
        ({**TLS, "authToken": "with a space in it"}, "InvalidParameterValue"),
        ({"engineVersion": "7.1"}, "InvalidParameterCombination"),
        ({"engine": "redis", "engineVersion": "8.0"}, "InvalidParameterCombination"),
        ({"nodeType": None}, "InvalidParameterValue"),
        ({**TLS, "userGroupIds": ["none"]}, "UserGroupNotFound"),
        ({"securityGroupIds": ["sg-0"]}, "InvalidParameterValue"),
    ],
)
def test_aws_refuses_a_replication_group(
    aws: Provider, subnets: Made, given: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refused, match=f"ElastiCache: CreateReplicationGroup, api error {code}"):
        group(aws, subnets, **given)


def test_a_security_group_of_another_vpc_is_refused(aws: Provider, subnets: Made) -> None:
    other = aws.create(tokens.VPC, "other", cidrBlock="10.9.0.0/16")
    far = aws.create(tokens.SECURITY_GROUP, "far", vpcId=other.id)
    with pytest.raises(Refused, match="is not in vpc-"):
        group(aws, subnets, securityGroupIds=[far.id])


def test_a_password_is_a_secret_and_users_need_tls(aws: Provider, subnets: Made) -> None:
    user(aws)
    made = users(aws, "kong")
    with pytest.raises(Refused, match="requires encryption-in-transit"):
        group(aws, subnets, userGroupIds=[made.id])
    group(aws, subnets, userGroupIds=[made.id], **TLS)
    with pytest.raises(Refused, match="InvalidUserGroupState"):
        aws.delete(made)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"accessString": "on"}, "InvalidParameterValue"),
        (
            {"authenticationMode": {"type": "iam"}, "userName": "other"},
            "the user name and the user id must be the same",
        ),
        (
            {"authenticationMode": {"type": "iam", "passwords": ["p" * 16]}},
            "not allowed with authentication by IAM",
        ),
        ({"authenticationMode": {"type": "password"}}, "Passwords are required"),
        ({"passwords": ["short"]}, "between 16 and 128"),
        ({"noPasswordRequired": True, "passwords": ["p" * 16]}, "where none is required"),
    ],
)
def test_a_user_logs_in_in_one_way(aws: Provider, given: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused, match=said):
        user(aws, **given)


def test_a_group_of_valkey_has_users_with_a_password_or_iam(aws: Provider) -> None:
    user(aws, "open", noPasswordRequired=True)
    for ids in (("open",), ("default",)):
        with pytest.raises(Refused, match="with a password or IAM only"):
            users(aws, *ids)


def test_a_group_of_redis_oss_has_the_default_user(aws: Provider) -> None:
    user(aws, "redis", "redis")
    with pytest.raises(Refused, match="DefaultUserRequired"):
        users(aws, "redis", engine="redis")
    user(aws, "mine", "redis", userName="default", passwords=["p" * 16])
    assert users(aws, "redis", "mine", engine="redis").id == "users"


def test_users_of_a_group_have_different_names(aws: Provider) -> None:
    user(aws, "one", userName="same", passwords=["p" * 16])
    user(aws, "two", userName="same", passwords=["p" * 16])
    with pytest.raises(Refused, match="DuplicateUserName"):
        users(aws, "one", "two")


def test_a_group_in_use_keeps_its_subnets(aws: Provider, subnets: Made) -> None:
    group(aws, subnets)
    with pytest.raises(Refused, match="CacheSubnetGroupInUse"):
        aws.delete(subnets)


def test_subnets_of_two_vpcs_are_no_group(aws: Provider, subnet: Made) -> None:
    other = aws.create(tokens.VPC, "other", cidrBlock="10.9.0.0/16")
    far = aws.create(tokens.SUBNET, "far", vpcId=other.id, cidrBlock="10.9.0.0/24")
    with pytest.raises(Refused, match="InvalidSubnet"):
        aws.create(tokens.CACHE_SUBNETS, name="c", subnetIds=[subnet.id, far.id])
    with pytest.raises(Refused, match="SubnetIds must be provided"):
        aws.create(tokens.CACHE_SUBNETS, name="c", subnetIds=[])


def test_a_new_size_waits_for_the_maintenance_window_unless_it_is_applied_at_once(
    aws: Provider, subnets: Made
) -> None:
    made = group(aws, subnets)
    later = aws.update(made, nodeType="cache.m6g.large")
    assert later["nodeType"] == "cache.t4g.small"
    assert aws.update(made, nodeType="cache.m6g.large", applyImmediately=True)["nodeType"] == (
        "cache.m6g.large"
    )
