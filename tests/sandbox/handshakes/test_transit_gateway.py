"""Kong's attachment to a transit gateway, against what the customer created."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.accounts import CUSTOMER_AWS_ACCOUNT, KONG_AWS_ACCOUNT
from sandbox.clouds.declare import CloudError
from sandbox.handshakes import transit_gateway
from sandbox.store import Store
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Made, Provider, Refused
from tests.sandbox.handshakes.aws import (
    KONG_CIDR,
    KONG_VPC,
    REGION,
    SECOND,
    resource_configuration,
    share,
)

Connect = Callable[..., Provider]


@pytest.fixture
def unshared(aws: Provider) -> Made:
    return aws.create(
        tokens.TGW,
        defaultRouteTableAssociation="disable",
        defaultRouteTablePropagation="disable",
    )


@pytest.fixture
def tgw(aws: Provider, unshared: Made) -> Made:
    """A gateway that is shared with Kong."""
    share(aws, unshared["arn"])
    return unshared


def problem(store: Store, arn: str, tgw: str, region: str = REGION) -> str | None:
    with store.transaction():
        return transit_gateway.missing(
            store, ram_share_arn=arn, region=region, transit_gateway_id=tgw
        )


def attach(store: Store, tgw: str) -> str:
    with store.transaction():
        return transit_gateway.open_(
            store,
            transit_gateway_id=tgw,
            region=REGION,
            kong_vpc_id=KONG_VPC,
            kong_subnet_ids=["subnet-0123456789abcdef0"],
            cidr_block=KONG_CIDR,
            name="kong",
        )


def state(store: Store, attachment: str) -> str:
    with store.transaction():
        return transit_gateway.state(store, region=REGION, attachment_id=attachment)


def close(store: Store, attachment: str) -> None:
    with store.transaction():
        transit_gateway.close(store, region=REGION, attachment_id=attachment)


def accept(aws: Provider, attachment: str) -> Made:
    return aws.create(tokens.TGW_ACCEPTER, transitGatewayAttachmentId=attachment)


def test_a_complete_share_serves_by_id_and_by_arn(
    aws: Provider, store: Store, unshared: Made
) -> None:
    arn = share(aws, unshared["arn"])
    for resource in (unshared.id, unshared["arn"]):
        assert problem(store, arn, resource) is None


def test_each_gap_in_a_share_is_named(aws: Provider, store: Store, unshared: Made) -> None:
    tgw, other = unshared, aws.create(tokens.TGW, "other")
    assert "does not exist" in str(problem(store, "arn:none", tgw.id))
    for principal in (None, "999988887777"):
        closed = problem(store, share(aws, tgw["arn"], principal=principal), tgw.id)
        assert f"not shared with account {KONG_AWS_ACCOUNT}" in str(closed)
    assert "holds no transit gateway" in str(problem(store, share(aws), tgw.id))
    configuration = share(aws, resource_configuration(aws))
    assert "holds no transit gateway" in str(problem(store, configuration, tgw.id))
    assert f"not {other.id}" in str(problem(store, share(aws, tgw["arn"]), other.id))
    both = share(aws, tgw["arn"], other["arn"])
    assert "2 resources instead of one" in str(problem(store, both, tgw.id))


def test_a_share_serves_in_its_own_region_only(aws: Provider, store: Store, unshared: Made) -> None:
    reason = str(problem(store, share(aws, unshared["arn"]), unshared.id, region="eu-west-1"))
    assert "does not exist in eu-west-1" in reason


def test_a_share_of_another_account_is_found_by_its_arn(connect: Connect, store: Store) -> None:
    second = connect("aws", SECOND)
    tgw = second.create(tokens.TGW)
    arn = share(second, tgw["arn"])
    assert problem(store, arn, tgw.id) is None
    attachment = attach(store, tgw.id)
    assert accept(second, attachment)["vpcOwnerId"] == KONG_AWS_ACCOUNT
    forged = arn.replace(":222233334444:", f":{CUSTOMER_AWS_ACCOUNT}:")
    assert "does not exist" in str(problem(store, forged, tgw.id))


def test_a_gateway_that_is_not_shared_with_kong_cannot_be_attached(
    aws: Provider, store: Store, unshared: Made
) -> None:
    share(aws, unshared["arn"], principal="222233334444")
    with pytest.raises(CloudError, match=r"InvalidTransitGatewayID\.NotFound"):
        attach(store, unshared.id)


def test_an_attachment_to_a_gateway_that_is_gone_is_refused(store: Store) -> None:
    with pytest.raises(CloudError, match=r"InvalidTransitGatewayID\.NotFound"):
        attach(store, "tgw-00000000000000000")


def test_a_network_of_kong_is_attached_once_to_a_gateway(store: Store, tgw: Made) -> None:
    first = attach(store, tgw.id)
    with pytest.raises(CloudError, match="DuplicateTransitGatewayAttachment"):
        attach(store, tgw.id)
    close(store, first)
    attach(store, tgw.id)


def test_an_attachment_waits_to_be_accepted(aws: Provider, store: Store, tgw: Made) -> None:
    attachment = attach(store, tgw["arn"])
    assert state(store, attachment) == "pendingAcceptance"
    table = aws.create(tokens.TGW_ROUTE_TABLE, transitGatewayId=tgw.id)
    link = {
        "transitGatewayAttachmentId": attachment,
        "transitGatewayRouteTableId": table.id,
    }
    with pytest.raises(Refused, match="IncorrectState"):
        aws.create(tokens.TGW_ASSOCIATION, **link)
    accepted = accept(aws, attachment)
    assert state(store, attachment) == "available"
    assert (accepted.id, accepted["vpcId"]) == (attachment, KONG_VPC)
    assert accepted["vpcOwnerId"] == KONG_AWS_ACCOUNT
    aws.create(tokens.TGW_ASSOCIATION, **link)
    with pytest.raises(Refused, match="IncorrectState"):
        accept(aws, attachment)


def test_a_gateway_that_accepts_by_itself_leaves_nothing_to_accept(
    aws: Provider, store: Store
) -> None:
    tgw = aws.create(tokens.TGW, autoAcceptSharedAttachments="enable")
    share(aws, tgw["arn"])
    attachment = attach(store, tgw.id)
    assert state(store, attachment) == "available"
    with pytest.raises(Refused, match="IncorrectState"):
        accept(aws, attachment)
    associated = f"{tgw['associationDefaultRouteTableId']}_{attachment}"
    owner = store.within(CUSTOMER_AWS_ACCOUNT, REGION)
    assert owner.get("aws", tokens.TGW_ASSOCIATION, associated) is not None


def test_an_attachment_is_seen_in_the_region_and_account_of_its_gateway_only(
    connect: Connect, store: Store, tgw: Made
) -> None:
    attachment = attach(store, tgw.id)
    for config in ({"region": "eu-west-1"}, SECOND):
        with pytest.raises(Refused, match=r"InvalidTransitGatewayAttachmentID\.NotFound"):
            accept(connect("aws", config), attachment)


def test_an_attachment_stays_when_its_gateway_is_no_longer_shared(
    aws: Provider, store: Store, unshared: Made
) -> None:
    made = aws.create(tokens.RAM_SHARE, allowExternalPrincipals=True)
    aws.create(tokens.RAM_RESOURCE, resourceArn=unshared["arn"], resourceShareArn=made.id)
    aws.create(tokens.RAM_PRINCIPAL, principal=KONG_AWS_ACCOUNT, resourceShareArn=made.id)
    attachment = attach(store, unshared.id)
    aws.delete(made)
    accept(aws, attachment)
    assert state(store, attachment) == "available"
    with pytest.raises(Refused, match=f"IncorrectState.*{attachment}"):
        aws.delete(unshared)


def test_deleting_the_accepter_deletes_kongs_attachment(
    aws: Provider, store: Store, tgw: Made
) -> None:
    attachment = attach(store, tgw.id)
    aws.delete(accept(aws, attachment))
    assert state(store, attachment) == "deleted"
    aws.delete(tgw)
    close(store, attachment)
    assert state(store, attachment) == "deleted"


def test_kong_deleting_its_attachment_deletes_its_links_too(
    aws: Provider, store: Store, unshared: Made
) -> None:
    made = aws.create(tokens.RAM_SHARE, allowExternalPrincipals=True)
    aws.create(tokens.RAM_RESOURCE, resourceArn=unshared["arn"], resourceShareArn=made.id)
    aws.create(tokens.RAM_PRINCIPAL, principal=KONG_AWS_ACCOUNT, resourceShareArn=made.id)
    attachment = attach(store, unshared.id)
    accepted = accept(aws, attachment)
    table = aws.create(tokens.TGW_ROUTE_TABLE, transitGatewayId=unshared.id)
    link = {
        "transitGatewayAttachmentId": attachment,
        "transitGatewayRouteTableId": table.id,
    }
    links = [
        aws.create(tokens.TGW_ASSOCIATION, **link),
        aws.create(tokens.TGW_PROPAGATION, **link),
    ]
    with pytest.raises(Refused, match=f"IncorrectState.*{attachment}"):
        aws.delete(unshared)
    close(store, attachment)
    assert state(store, attachment) == "deleted"
    for gone in (*links, accepted):
        assert aws.read(gone) is None
    aws.delete(table)
    aws.delete(unshared)
    aws.delete(made)
    assert store.everything() == {}


def test_an_overlap_does_not_stop_a_transit_gateway(aws: Provider, store: Store, tgw: Made) -> None:
    aws.create(tokens.VPC, cidrBlock=KONG_CIDR)
    assert state(store, attach(store, tgw.id)) == "pendingAcceptance"
