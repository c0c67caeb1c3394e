"""Two accounts of the customer in AWS: what they see of each other, share and peer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.accounts import CUSTOMER_AWS_ACCOUNT, KONG_AWS_ACCOUNT
from sandbox.clouds.aws import AWS
from sandbox.store import Store
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.examples.aws import AWS_EXAMPLES
from tests.sandbox.clouds.examples.model import Builder
from tests.sandbox.clouds.harness import Made, Provider, Refused

Connect = Callable[..., Provider]
SECOND = "222233334444"
CALLER = "aws:index/getCallerIdentity:getCallerIdentity"


def roles(*arns: str) -> dict[str, Any]:
    """The configuration of a provider that assumes a chain of roles."""
    chain = ",".join(f'{{"roleArn":"{arn}"}}' for arn in arns)
    return {"region": "us-east-2", "assumeRoles": f"[{chain}]"}


def role(account: str, name: str = "deploy") -> str:
    return f"arn:aws:iam::{account}:role/{name}"


@pytest.fixture
def second(connect: Connect) -> Provider:
    return connect("aws", roles(role(SECOND)))


def test_the_caller_is_in_the_account_of_the_last_role(connect: Connect) -> None:
    provider = connect("aws", roles(role(CUSTOMER_AWS_ACCOUNT, "ci"), role(SECOND, "team/deploy")))
    caller = provider.invoke(CALLER)
    assert (caller["accountId"], caller["id"]) == (SECOND, SECOND)
    assert caller["arn"] == f"arn:aws:sts::{SECOND}:assumed-role/deploy/sandbox"
    vpc = provider.create(tokens.VPC, cidrBlock="10.0.0.0/16")
    assert vpc["ownerId"] == SECOND
    assert vpc["arn"] == f"arn:aws:ec2:us-east-2:{SECOND}:vpc/{vpc.id}"


def test_a_role_that_is_none_and_one_of_kong_are_refused(connect: Connect) -> None:
    with pytest.raises(Refused, match="invalid assume_role role_arn: deploy"):
        connect("aws", roles("deploy")).invoke(CALLER)
    with pytest.raises(Refused, match=f"access to {KONG_AWS_ACCOUNT} is denied"):
        connect("aws", roles(role(KONG_AWS_ACCOUNT))).invoke(CALLER)


STRANGERS = [(name, AWS_EXAMPLES.third) for name in AWS_EXAMPLES.examples] + [
    (name, {"region": "eu-west-1"})
    for name, example in AWS_EXAMPLES.examples.items()
    if AWS.types[example.token].regional and "region" not in example.inputs
]


@pytest.mark.parametrize(("name", "stranger"), STRANGERS)
def test_an_object_is_not_there_for_another_account_or_region(
    connect: Connect, name: str, stranger: dict[str, str]
) -> None:
    builder = Builder(
        AWS_EXAMPLES, connect("aws", AWS_EXAMPLES.own), connect("aws", AWS_EXAMPLES.other)
    )
    made = builder.build(name)
    unknown = Made(made.token, name, made.id, made.program, made.inputs, {})
    provider = connect("aws", stranger)
    assert provider.read(unknown) is None
    with pytest.raises(Refused, match="is not there to update"):
        provider.update(unknown)
    provider.delete(unknown)
    assert builder.provider(name).read(made) is not None


# Transit gateways


def shared(aws: Provider, gateway: Made, principal: str = SECOND) -> Made:
    """A share of a gateway with an account."""
    share = aws.create(tokens.RAM_SHARE)
    aws.create(tokens.RAM_RESOURCE, resourceArn=gateway["arn"], resourceShareArn=share.id)
    aws.create(tokens.RAM_PRINCIPAL, principal=principal, resourceShareArn=share.id)
    return share


def attach(provider: Provider, gateway: Made) -> Made:
    """An attachment of a new VPC of the provider's account."""
    vpc = provider.create(tokens.VPC, cidrBlock="10.9.0.0/24")
    subnet = provider.create(tokens.SUBNET, vpcId=vpc.id, cidrBlock="10.9.0.0/24")
    return provider.create(
        tokens.TGW_ATTACHMENT,
        vpcId=vpc.id,
        subnetIds=[subnet.id],
        transitGatewayId=gateway.id,
    )


@pytest.mark.parametrize(
    "principal",
    [
        SECOND,
        f"arn:aws:iam::{SECOND}:role/network",
        f"arn:aws:organizations::{CUSTOMER_AWS_ACCOUNT}:organization/o-acme",
    ],
)
def test_an_account_attaches_to_a_gateway_that_is_shared_with_it(
    aws: Provider, second: Provider, principal: str
) -> None:
    gateway = aws.create(tokens.TGW)
    with pytest.raises(Refused, match=r"InvalidTransitGatewayID\.NotFound"):
        attach(second, gateway)
    shared(aws, gateway, principal)
    attachment = attach(second, gateway)
    assert attachment["vpcOwnerId"] == SECOND
    assert f":{SECOND}:transit-gateway-attachment/" in attachment["arn"]


def test_a_share_with_another_account_does_not_show_the_gateway(
    aws: Provider, second: Provider
) -> None:
    gateway = aws.create(tokens.TGW)
    shared(aws, gateway, "333344445555")
    with pytest.raises(Refused, match=r"InvalidTransitGatewayID\.NotFound"):
        attach(second, gateway)


def test_the_owner_accepts_the_attachment_and_routes_to_it(aws: Provider, second: Provider) -> None:
    gateway = aws.create(tokens.TGW)
    shared(aws, gateway)
    attachment = attach(second, gateway)
    table = second.create(tokens.ROUTE_TABLE, vpcId=attachment["vpcId"])
    route = {
        "routeTableId": table.id,
        "destinationCidrBlock": "10.64.0.0/16",
        "transitGatewayId": gateway.id,
    }
    with pytest.raises(Refused, match=r"InvalidTransitGatewayID\.NotFound"):
        second.create(tokens.ROUTE, **route)
    with pytest.raises(Refused, match=f"UnauthorizedOperation.*{gateway.id}"):
        second.create(tokens.TGW_ACCEPTER, transitGatewayAttachmentId=attachment.id)
    accepter = aws.create(tokens.TGW_ACCEPTER, transitGatewayAttachmentId=attachment.id)
    assert (accepter["vpcOwnerId"], accepter["vpcId"]) == (SECOND, attachment["vpcId"])
    second.create(tokens.ROUTE, **route)
    own = aws.create(tokens.TGW_ROUTE_TABLE, transitGatewayId=gateway.id)
    link = {"transitGatewayAttachmentId": attachment.id, "transitGatewayRouteTableId": own.id}
    aws.create(tokens.TGW_PROPAGATION, **link)
    with pytest.raises(Refused, match=r"InvalidRouteTableID\.NotFound"):
        second.create(tokens.TGW_ROUTE, destinationCidrBlock="10.8.0.0/16", **link)
    found = aws.invoke(
        "aws:ec2transitgateway/getRouteTableRoutes:getRouteTableRoutes",
        transitGatewayRouteTableId=own.id,
        filters=[{"name": "state", "values": ["active"]}],
    )
    assert [route["destinationCidrBlock"] for route in found["routes"]] == ["10.9.0.0/24"]


def test_a_gateway_that_accepts_by_itself_adds_the_attachment_to_its_default_tables(
    aws: Provider, second: Provider, store: Store
) -> None:
    gateway = aws.create(tokens.TGW, autoAcceptSharedAttachments="enable")
    shared(aws, gateway)
    attachment = attach(second, gateway)
    owner = store.within(CUSTOMER_AWS_ACCOUNT, "us-east-2")
    link = f"{gateway['associationDefaultRouteTableId']}_{attachment.id}"
    for token in (tokens.TGW_ASSOCIATION, tokens.TGW_PROPAGATION):
        assert owner.get("aws", token, link) is not None
    second.update(attachment, transitGatewayDefaultRouteTableAssociation=False)
    assert owner.get("aws", tokens.TGW_ASSOCIATION, link) is not None


def test_an_account_has_no_route_table_in_a_gateway_of_another(
    aws: Provider, second: Provider
) -> None:
    gateway = aws.create(tokens.TGW)
    shared(aws, gateway)
    with pytest.raises(Refused, match=f"UnauthorizedOperation.*{gateway.id}"):
        second.create(tokens.TGW_ROUTE_TABLE, transitGatewayId=gateway.id)


def test_an_account_does_not_update_or_delete_a_gateway_of_another(
    aws: Provider, second: Provider
) -> None:
    gateway = aws.create(tokens.TGW)
    shared(aws, gateway)
    seen = second.read(gateway)
    assert seen is not None
    with pytest.raises(Refused, match=r"ModifyTransitGateway.*UnauthorizedOperation"):
        second.update(seen, description="mine")
    with pytest.raises(Refused, match=r"DeleteTransitGateway.*UnauthorizedOperation"):
        second.delete(seen)
    aws.delete(gateway)


def test_an_account_does_not_share_what_another_owns(aws: Provider, second: Provider) -> None:
    gateway = aws.create(tokens.TGW)
    shared(aws, gateway)
    share = second.create(tokens.RAM_SHARE)
    for arn, code in (
        (gateway["arn"], "MalformedArnException"),
        (gateway["arn"].replace(CUSTOMER_AWS_ACCOUNT, SECOND), "UnknownResourceException"),
    ):
        with pytest.raises(Refused, match=code):
            second.create(tokens.RAM_RESOURCE, resourceArn=arn, resourceShareArn=share.id)


def test_an_attachment_outlives_the_share_and_can_still_be_updated(
    aws: Provider, second: Provider
) -> None:
    gateway = aws.create(tokens.TGW)
    share = shared(aws, gateway)
    attachment = attach(second, gateway)
    aws.delete(share)
    aws.create(tokens.TGW_ACCEPTER, transitGatewayAttachmentId=attachment.id)
    second.update(attachment, tags={"a": "b"})
    with pytest.raises(Refused, match=f"IncorrectState.*{attachment.id}"):
        aws.delete(gateway)
    with pytest.raises(Refused, match=r"InvalidTransitGatewayID\.NotFound"):
        attach(second, gateway)


def test_both_accounts_can_delete_the_attachment(aws: Provider, second: Provider) -> None:
    gateway = aws.create(tokens.TGW)
    shared(aws, gateway)
    for by_owner in (True, False):
        attachment = attach(second, gateway)
        accepter = aws.create(tokens.TGW_ACCEPTER, transitGatewayAttachmentId=attachment.id)
        if by_owner:
            aws.delete(accepter)
        else:
            second.delete(attachment)
        assert second.read(attachment) is None
        assert aws.read(accepter) is None
    aws.delete(gateway)


# Peering


@pytest.fixture
def vpc(aws: Provider) -> Made:
    return aws.create(tokens.VPC, cidrBlock="10.0.0.0/16")


@pytest.fixture
def peer(second: Provider) -> Made:
    return second.create(tokens.VPC, cidrBlock="10.1.0.0/16")


def request(vpc: Made, peer: Made, **more: Any) -> dict[str, Any]:
    return {"vpcId": vpc.id, "peerVpcId": peer.id, "peerOwnerId": peer["ownerId"], **more}


def test_the_owner_of_the_other_vpc_accepts_a_peering(
    aws: Provider, second: Provider, vpc: Made, peer: Made
) -> None:
    peering = aws.create(tokens.VPC_PEERING, **request(vpc, peer))
    assert (peering["acceptStatus"], peering["peerRegion"]) == ("pending-acceptance", "us-east-2")
    accepter: dict[str, Any] = {"vpcPeeringConnectionId": peering.id, "autoAccept": True}
    with pytest.raises(Refused, match="OperationNotPermitted"):
        aws.create(tokens.VPC_PEERING_ACCEPTER, **accepter)
    seen = second.create(tokens.VPC_PEERING_ACCEPTER, **accepter)
    assert (seen["vpcId"], seen["peerVpcId"]) == (peer.id, vpc.id)
    assert (seen["peerOwnerId"], seen["acceptStatus"]) == (CUSTOMER_AWS_ACCOUNT, "active")
    for provider, end, destination in ((aws, vpc, "10.1.0.0/16"), (second, peer, "10.0.0.0/16")):
        route = provider.create(
            tokens.ROUTE,
            routeTableId=end["mainRouteTableId"],
            destinationCidrBlock=destination,
            vpcPeeringConnectionId=peering.id,
        )
        assert route["state"] == "active"
    for provider, end in ((aws, vpc), (second, peer)):
        with pytest.raises(Refused, match=f"DependencyViolation.*{peering.id}"):
            provider.delete(end)
    aws.delete(peering)
    assert second.read(seen) is None


def test_a_peering_names_the_account_and_region_of_the_other_vpc(
    aws: Provider, connect: Connect, vpc: Made, peer: Made
) -> None:
    ireland = connect("aws", {"region": "eu-west-1"})
    far = ireland.create(tokens.VPC, "far", cidrBlock="10.2.0.0/16")
    for inputs in (
        {"vpcId": vpc.id, "peerVpcId": peer.id},
        {"vpcId": vpc.id, "peerVpcId": far.id},
        request(vpc, far, peerRegion="eu-west-2"),
    ):
        with pytest.raises(Refused, match=r"InvalidVpcID\.NotFound"):
            aws.create(tokens.VPC_PEERING, **inputs)
    peering = aws.create(tokens.VPC_PEERING, **request(vpc, far, peerRegion="eu-west-1"))
    accepter: dict[str, Any] = {"vpcPeeringConnectionId": peering.id, "autoAccept": True}
    with pytest.raises(Refused, match="OperationNotPermitted"):
        aws.create(tokens.VPC_PEERING_ACCEPTER, **accepter)
    assert ireland.create(tokens.VPC_PEERING_ACCEPTER, **accepter)["acceptStatus"] == "active"


def test_overlapping_vpcs_cannot_be_peered(aws: Provider, second: Provider, vpc: Made) -> None:
    other = second.create(tokens.VPC, cidrBlock="10.0.128.0/20")
    with pytest.raises(Refused, match=r"'failed'.*10\.0\.0\.0/16.*overlaps 10\.0\.128\.0/20"):
        aws.create(tokens.VPC_PEERING, **request(vpc, other))


def test_two_vpcs_are_peered_once_whoever_requests_it(
    aws: Provider, second: Provider, vpc: Made, peer: Made
) -> None:
    peering = aws.create(tokens.VPC_PEERING, **request(vpc, peer))
    with pytest.raises(Refused, match=f"VpcPeeringConnectionAlreadyExists.*{peering.id}"):
        aws.create(tokens.VPC_PEERING, **request(vpc, peer))
    with pytest.raises(Refused, match=f"VpcPeeringConnectionAlreadyExists.*{peering.id}"):
        second.create(tokens.VPC_PEERING, **request(peer, vpc))


def test_a_request_accepts_itself_in_its_own_account_and_region_only(
    aws: Provider, vpc: Made, peer: Made
) -> None:
    own = aws.create(tokens.VPC, "own", cidrBlock="10.3.0.0/16")
    made = aws.create(tokens.VPC_PEERING, vpcId=vpc.id, peerVpcId=own.id, autoAccept=True)
    assert made["acceptStatus"] == "active"
    with pytest.raises(Refused, match="OperationNotPermitted"):
        aws.create(tokens.VPC_PEERING, **request(vpc, peer, autoAccept=True))
    _, failures = aws.check(
        tokens.VPC_PEERING, **request(vpc, own, autoAccept=True, peerRegion="us-east-2")
    )
    assert "`peer_region` cannot be set" in failures["autoAccept"]
