"""What all AWS types share: ids, ARNs, accounts, regions, tags and errors."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from sandbox.accounts import CUSTOMER_AWS_ACCOUNT
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Made, Provider, Refused

Connect = Callable[..., Provider]


def test_ids_and_arns_look_like_those_of_aws(
    vpc: Made, subnet: Made, tgw: Made, attachment: Made, share: Made
) -> None:
    digits = "[0-9a-f]{17}"
    account = f"us-east-2:{CUSTOMER_AWS_ACCOUNT}"
    for made, prefix, kind in (
        (vpc, "vpc", "vpc"),
        (subnet, "subnet", "subnet"),
        (tgw, "tgw", "transit-gateway"),
        (attachment, "tgw-attach", "transit-gateway-attachment"),
    ):
        assert re.fullmatch(f"{prefix}-{digits}", made.id)
        assert made["arn"] == f"arn:aws:ec2:{account}:{kind}/{made.id}"
    assert share.id == share["arn"]
    assert share.id.startswith(f"arn:aws:ram:{account}:resource-share/")


def test_a_zone_id_gives_its_zone_name(subnet: Made) -> None:
    assert (subnet["availabilityZoneId"], subnet["availabilityZone"]) == ("use2-az2", "us-east-2b")


def test_the_account_and_the_region_are_those_of_the_provider(aws: Provider) -> None:
    caller = aws.invoke("aws:index/getCallerIdentity:getCallerIdentity")
    assert caller["accountId"] == CUSTOMER_AWS_ACCOUNT
    assert aws.invoke("aws:index/getRegion:getRegion")["region"] == "us-east-2"


def test_no_region_at_all_is_refused(connect: Connect) -> None:
    with pytest.raises(Refused, match="Missing region"):
        connect("aws").create(tokens.VPC, cidrBlock="10.0.0.0/16")


def test_an_error_names_the_operation_that_was_refused(
    aws: Provider, vpc: Made, subnet: Made, table: Made
) -> None:
    with pytest.raises(Refused, match="operation error EC2: DeleteVpc, api error"):
        aws.delete(vpc)
    gateway = aws.create(tokens.INTERNET_GATEWAY, vpcId=vpc.id)
    route = aws.create(
        tokens.ROUTE,
        routeTableId=table.id,
        destinationCidrBlock="0.0.0.0/0",
        gatewayId=gateway.id,
    )
    with pytest.raises(Refused, match="operation error EC2: DetachInternetGateway, api error"):
        aws.delete(gateway)
    with pytest.raises(Refused, match="operation error EC2: ReplaceRoute, api error"):
        aws.update(route, gatewayId="igw-0")


def test_a_reserved_tag_is_refused(aws: Provider, connect: Connect) -> None:
    tagged = connect("aws", {"region": "us-east-2", "defaultTags": '{"tags":{"aws:team":"x"}}'})
    with pytest.raises(Refused, match="reserved for internal use"):
        tagged.create(tokens.TGW)
    with pytest.raises(Refused, match="reserved for internal use"):
        aws.create(tokens.TGW, tags={"aws:team": "x"})
