"""Kong's VPC peering, against what the customer created."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.accounts import CUSTOMER_AWS_ACCOUNT, KONG_AWS_ACCOUNT
from sandbox.clouds.declare import CloudError
from sandbox.handshakes import vpc_peering
from sandbox.store import Store
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Provider, Refused
from tests.sandbox.handshakes.aws import KONG_CIDR, KONG_VPC, REGION, SECOND, SECOND_ACCOUNT

Connect = Callable[..., Provider]


def asked(vpc: str, **changed: str) -> dict[str, str]:
    return {
        "peer_vpc_id": vpc,
        "peer_account_id": CUSTOMER_AWS_ACCOUNT,
        "peer_vpc_region": REGION,
        "cidr_block": KONG_CIDR,
        **changed,
    }


def problem(store: Store, vpc: str, **changed: str) -> str | None:
    with store.transaction():
        return vpc_peering.missing(store, **asked(vpc, **changed))


def open_(store: Store, vpc: str, region: str = REGION, **changed: str) -> str:
    with store.transaction():
        return vpc_peering.open_(
            store, region=region, kong_vpc_id=KONG_VPC, **asked(vpc, **changed)
        )


def state(store: Store, peering: str, region: str = REGION) -> str:
    with store.transaction():
        return vpc_peering.state(store, region=region, peering_id=peering)


def close(store: Store, peering: str) -> None:
    with store.transaction():
        vpc_peering.close(store, region=REGION, peering_id=peering)


def test_a_vpc_peering_is_accepted_on_request(aws: Provider, store: Store) -> None:
    vpc = aws.create(tokens.VPC, cidrBlock="10.0.0.0/16")
    assert problem(store, vpc.id) is None
    peering = open_(store, vpc.id)
    passive = aws.create(tokens.VPC_PEERING_ACCEPTER, vpcPeeringConnectionId=peering)
    assert passive["acceptStatus"] == "pending-acceptance"
    active = aws.update(passive, autoAccept=True)
    assert active["acceptStatus"] == "active"
    assert (active["vpcId"], active["peerOwnerId"]) == (vpc.id, KONG_AWS_ACCOUNT)
    assert active["peerVpcId"] == KONG_VPC
    aws.delete(active)
    assert state(store, peering) == "active"
    with pytest.raises(Refused, match=f"DependencyViolation.*{peering}"):
        aws.delete(vpc)
    close(store, peering)
    assert state(store, peering) == "deleted"
    aws.delete(vpc)


def test_a_peering_between_regions_is_accepted_in_the_region_of_the_vpc(
    aws: Provider, connect: Connect, store: Store
) -> None:
    ireland = connect("aws", {"region": "eu-west-1"})
    vpc = ireland.create(tokens.VPC, cidrBlock="10.0.0.0/16")
    peering = open_(store, vpc.id, peer_vpc_region="eu-west-1")
    with pytest.raises(Refused, match=r"InvalidVpcPeeringConnectionID\.NotFound"):
        aws.create(tokens.VPC_PEERING_ACCEPTER, vpcPeeringConnectionId=peering, autoAccept=True)
    accepter = ireland.create(
        tokens.VPC_PEERING_ACCEPTER, vpcPeeringConnectionId=peering, autoAccept=True
    )
    assert accepter["peerRegion"] == "eu-west-1"
    assert state(store, peering) == "active"


def test_a_peering_with_a_vpc_of_another_account_is_accepted_there(
    aws: Provider, connect: Connect, store: Store
) -> None:
    second = connect("aws", SECOND)
    vpc = second.create(tokens.VPC, cidrBlock="10.0.0.0/16")
    assert "no VPC" in str(problem(store, vpc.id))
    assert problem(store, vpc.id, peer_account_id=SECOND_ACCOUNT) is None
    peering = open_(store, vpc.id, peer_account_id=SECOND_ACCOUNT)
    accepter: dict[str, Any] = {"vpcPeeringConnectionId": peering, "autoAccept": True}
    with pytest.raises(Refused, match=r"InvalidVpcPeeringConnectionID\.NotFound"):
        aws.create(tokens.VPC_PEERING_ACCEPTER, **accepter)
    second.create(tokens.VPC_PEERING_ACCEPTER, **accepter)
    assert state(store, peering) == "active"


def test_two_vpcs_are_peered_once(aws: Provider, store: Store) -> None:
    vpc = aws.create(tokens.VPC, cidrBlock="10.0.0.0/16")
    first = open_(store, vpc.id)
    with pytest.raises(CloudError, match=f"VpcPeeringConnectionAlreadyExists.*{first}"):
        open_(store, vpc.id)
    close(store, first)
    open_(store, vpc.id)


def test_a_route_to_a_peering_works_while_the_peering_is_active(
    aws: Provider, store: Store
) -> None:
    vpc = aws.create(tokens.VPC, cidrBlock="10.0.0.0/16")
    route = {"routeTableId": vpc["mainRouteTableId"], "destinationCidrBlock": KONG_CIDR}
    with pytest.raises(Refused, match=r"InvalidVpcPeeringConnectionID\.NotFound"):
        aws.create(tokens.ROUTE, vpcPeeringConnectionId="pcx-1", **route)
    peering = open_(store, vpc.id)
    made = aws.create(tokens.ROUTE, vpcPeeringConnectionId=peering, **route)
    assert made["state"] == "blackhole"
    aws.create(tokens.VPC_PEERING_ACCEPTER, vpcPeeringConnectionId=peering, autoAccept=True)
    active = aws.read(made)
    assert active is not None
    assert active["state"] == "active"
    close(store, peering)
    left = aws.read(made)
    assert left is not None
    assert (left["state"], left["vpcPeeringConnectionId"]) == ("blackhole", peering)
    with pytest.raises(Refused, match=r"InvalidVpcPeeringConnectionID\.NotFound"):
        aws.create(tokens.ROUTE, "again", vpcPeeringConnectionId=peering, **route)
    other = open_(store, vpc.id)
    with pytest.raises(Refused, match="RouteAlreadyExists"):
        aws.create(tokens.ROUTE, "again", vpcPeeringConnectionId=other, **route)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"peer_vpc_id": "vpc-00000000000000000"}, "no VPC vpc-00000000000000000"),
        ({"peer_account_id": "999988887777"}, "in account 999988887777"),
        ({"peer_vpc_region": "eu-west-1"}, "region eu-west-1"),
        ({"cidr_block": "10.0.128.0/20"}, "10.0.0.0/16, which overlaps 10.0.128.0/20"),
    ],
)
def test_a_peering_that_cannot_be_says_why(
    aws: Provider, store: Store, changed: dict[str, str], reason: str
) -> None:
    vpc = aws.create(tokens.VPC, cidrBlock="10.0.0.0/16")
    assert reason in str(problem(store, vpc.id, **changed))
