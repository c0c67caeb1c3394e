"""Kong's association with a private hosted zone, against what the customer created."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.handshakes import private_hosted_zone
from sandbox.store import Store
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Made, Provider, Refused
from tests.sandbox.handshakes.aws import KONG_VPC, REGION, SECOND

Connect = Callable[..., Provider]


def zone_of(provider: Provider) -> Made:
    vpc = provider.create(tokens.VPC, cidrBlock="10.0.0.0/16")
    return provider.create(tokens.ZONE, name="acme.internal", vpcs=[{"vpcId": vpc.id}])


def problem(store: Store, zone: str, region: str = REGION) -> str | None:
    with store.transaction():
        return private_hosted_zone.missing(
            store, hosted_zone_id=zone, kong_vpc_id=KONG_VPC, region=region
        )


def test_the_owner_of_a_zone_authorises_kongs_vpc(aws: Provider, store: Store) -> None:
    zone = zone_of(aws)
    assert "does not exist" in str(problem(store, "Z0"))
    assert f"does not authorize VPC {KONG_VPC} in {REGION}" in str(problem(store, zone.id))
    aws.create(tokens.VPC_AUTHORIZATION, "other", zoneId=zone.id, vpcId="vpc-1")
    assert "does not authorize" in str(problem(store, zone.id))
    given = aws.create(tokens.VPC_AUTHORIZATION, zoneId=zone.id, vpcId=KONG_VPC)
    assert given["vpcRegion"] == REGION
    assert problem(store, zone.id) is None
    assert "in eu-west-1" in str(problem(store, zone.id, region="eu-west-1"))


def test_a_zone_of_another_account_is_authorised_there(
    aws: Provider, connect: Connect, store: Store
) -> None:
    second = connect("aws", SECOND)
    zone = zone_of(second)
    given = {"zoneId": zone.id, "vpcId": KONG_VPC}
    with pytest.raises(Refused, match="NoSuchHostedZone"):
        aws.create(tokens.VPC_AUTHORIZATION, **given)
    second.create(tokens.VPC_AUTHORIZATION, **given)
    assert problem(store, zone.id) is None


def test_an_association_stays_without_its_authorisation_and_goes_with_its_zone(
    aws: Provider, store: Store
) -> None:
    zone = zone_of(aws)
    given = aws.create(tokens.VPC_AUTHORIZATION, zoneId=zone.id, vpcId=KONG_VPC)
    with store.transaction():
        made = private_hosted_zone.open_(
            store, hosted_zone_id=zone.id, kong_vpc_id=KONG_VPC, region=REGION
        )
    aws.delete(given)
    assert private_hosted_zone.state(store, region=REGION, association_id=made) == "associated"
    aws.delete(zone)
    assert private_hosted_zone.state(store, region=REGION, association_id=made) == "deleted"


def test_kong_deletes_its_association(aws: Provider, store: Store) -> None:
    zone = zone_of(aws)
    aws.create(tokens.VPC_AUTHORIZATION, zoneId=zone.id, vpcId=KONG_VPC)
    with store.transaction():
        made = private_hosted_zone.open_(
            store, hosted_zone_id=zone.id, kong_vpc_id=KONG_VPC, region=REGION
        )
        private_hosted_zone.close(store, region=REGION, association_id=made)
    assert private_hosted_zone.state(store, region=REGION, association_id=made) == "deleted"
    assert problem(store, zone.id) is None


def test_a_public_zone_has_no_vpcs(aws: Provider) -> None:
    zone = aws.create(tokens.ZONE, name="acme.example")
    with pytest.raises(Refused, match="PublicZoneVPCAssociation"):
        aws.create(tokens.VPC_AUTHORIZATION, zoneId=zone.id, vpcId=KONG_VPC)
