"""The rules of AWS, with the codes AWS answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.accounts import CUSTOMER_AWS_ACCOUNT, KONG_AWS_ACCOUNT
from sandbox.clouds.aws import AWS
from sandbox.clouds.aws.transit_gateway_routing import Route, routes
from sandbox.clouds.world import World
from sandbox.store import Store
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Failed, Made, Provider, Refused

Connect = Callable[..., Provider]


def gateway_routes(store: Store, table: str) -> list[Route]:
    """The routes of a transit gateway's table, as its owner sees them."""
    return routes(World(AWS, store, CUSTOMER_AWS_ACCOUNT, "us-east-2"), table)


@pytest.fixture
def here(store: Store) -> Store:
    """The objects of the provider's account and region."""
    return store.within(CUSTOMER_AWS_ACCOUNT, "us-east-2")


@pytest.fixture
def vpc(aws: Provider) -> Made:
    return aws.create(tokens.VPC, cidrBlock="10.0.0.0/16")


@pytest.fixture
def subnet(aws: Provider, vpc: Made) -> Made:
    return aws.create(
        tokens.SUBNET, vpcId=vpc.id, cidrBlock="10.0.0.0/24", availabilityZoneId="use2-az2"
    )


@pytest.fixture
def table(aws: Provider, vpc: Made) -> Made:
    return aws.create(tokens.ROUTE_TABLE, vpcId=vpc.id)


@pytest.fixture
def tgw(aws: Provider) -> Made:
    return aws.create(tokens.TGW)


@pytest.fixture
def attachment(aws: Provider, vpc: Made, subnet: Made, tgw: Made) -> Made:
    return aws.create(
        tokens.TGW_ATTACHMENT, vpcId=vpc.id, subnetIds=[subnet.id], transitGatewayId=tgw.id
    )


@pytest.fixture
def share(aws: Provider) -> Made:
    return aws.create(tokens.RAM_SHARE, allowExternalPrincipals=True)


# Forms


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


# VPCs and subnets


@pytest.mark.parametrize("block", ["10.0.0.0/15", "10.0.0.0/29"])
def test_a_vpc_is_a_16_to_a_28(aws: Provider, block: str) -> None:
    with pytest.raises(Refused, match=r"InvalidVpc\.Range"):
        aws.create(tokens.VPC, cidrBlock=block)


@pytest.mark.parametrize(
    "block",
    ["169.254.0.0/16", "169.254.16.0/20", "127.0.0.0/16", "0.0.0.0/16", "224.0.0.0/16"],
)
def test_a_vpc_is_not_in_a_reserved_range(aws: Provider, block: str) -> None:
    with pytest.raises(Refused, match=rf"InvalidVpc\.Range.*{block}"):
        aws.create(tokens.VPC, cidrBlock=block)


@pytest.mark.parametrize(
    "block", ["10.0.0.0/16", "172.16.0.0/20", "192.168.0.0/28", "100.64.0.0/16", "198.19.0.0/16"]
)
def test_a_vpc_takes_private_and_shared_ranges(aws: Provider, block: str) -> None:
    assert aws.create(tokens.VPC, cidrBlock=block)["cidrBlock"] == block


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"vpcId": "vpc-00000000000000000"}, "InvalidVpcID.NotFound"),
        ({"cidrBlock": "10.1.0.0/24"}, "InvalidSubnet.Range"),
        ({"cidrBlock": "10.0.1.0/29"}, "InvalidSubnet.Range"),
        ({"cidrBlock": "10.0.0.128/25"}, "InvalidSubnet.Conflict"),
        ({"availabilityZoneId": "use2-az4"}, "InvalidParameterValue"),
        ({"availabilityZone": "us-east-1a"}, "InvalidParameterValue"),
        ({"region": "us-west-2"}, "InvalidVpcID.NotFound"),
    ],
)
def test_a_subnet_fits_its_vpc(
    aws: Provider, vpc: Made, subnet: Made, change: dict[str, Any], code: str
) -> None:
    inputs = {"vpcId": vpc.id, "cidrBlock": "10.0.1.0/24", **change}
    with pytest.raises(Refused, match=code):
        aws.create(tokens.SUBNET, **inputs)


def test_a_subnet_names_its_zone_one_way(aws: Provider, vpc: Made) -> None:
    with pytest.raises(Failed, match="conflicts with availabilityZoneId"):
        aws.create(
            tokens.SUBNET,
            vpcId=vpc.id,
            cidrBlock="10.0.1.0/24",
            availabilityZone="us-east-2a",
            availabilityZoneId="use2-az1",
        )


def test_a_vpc_goes_only_when_it_is_empty(aws: Provider, vpc: Made, subnet: Made) -> None:
    with pytest.raises(Refused, match=f"DependencyViolation.*{subnet.id}"):
        aws.delete(vpc)
    aws.delete(subnet)
    aws.delete(vpc)
    assert aws.read(vpc) is None


def test_a_vpc_takes_its_implicit_objects_along(aws: Provider, vpc: Made, store: Store) -> None:
    aws.create(
        tokens.INGRESS_RULE,
        securityGroupId=vpc["defaultSecurityGroupId"],
        ipProtocol="-1",
        cidrIpv4="10.0.0.0/8",
    )
    aws.delete(vpc)
    assert store.everything() == {}


def test_one_internet_gateway_per_vpc(aws: Provider, vpc: Made) -> None:
    aws.create(tokens.INTERNET_GATEWAY, vpcId=vpc.id)
    with pytest.raises(Refused, match="already has an internet gateway attached"):
        aws.create(tokens.INTERNET_GATEWAY, vpcId=vpc.id)


# Routes


def test_a_route_to_a_gateway_needs_an_attachment_of_its_vpc(
    aws: Provider, table: Made, tgw: Made
) -> None:
    with pytest.raises(Refused, match=r"InvalidTransitGatewayID\.NotFound"):
        aws.create(
            tokens.ROUTE,
            routeTableId=table.id,
            destinationCidrBlock="10.64.0.0/16",
            transitGatewayId=tgw.id,
        )


def test_a_route_to_an_attached_gateway_turns_into_a_blackhole_with_the_attachment_gone(
    aws: Provider, table: Made, attachment: Made
) -> None:
    route = aws.create(
        tokens.ROUTE,
        routeTableId=table.id,
        destinationCidrBlock="10.64.0.0/16",
        transitGatewayId=attachment["transitGatewayId"],
    )
    assert (route.id[:10], route["state"]) == (f"r-{table.id}"[:10], "active")
    aws.delete(attachment)
    read = aws.read(route)
    assert read is not None
    assert read["state"] == "blackhole"


def test_a_route_exists_once(aws: Provider, vpc: Made, table: Made) -> None:
    gateway = aws.create(tokens.INTERNET_GATEWAY, vpcId=vpc.id)
    route = {
        "routeTableId": table.id,
        "destinationCidrBlock": "0.0.0.0/0",
        "gatewayId": gateway.id,
    }
    aws.create(tokens.ROUTE, **route)
    with pytest.raises(Refused, match="RouteAlreadyExists"):
        aws.create(tokens.ROUTE, **route)
    with pytest.raises(Refused, match=f"DependencyViolation.*{gateway.id}"):
        aws.delete(gateway)


def test_a_route_inside_the_vpc_is_refused(aws: Provider, table: Made, attachment: Made) -> None:
    with pytest.raises(Refused, match="more specific than one of this VPC's CIDR blocks"):
        aws.create(
            tokens.ROUTE,
            routeTableId=table.id,
            destinationCidrBlock="10.0.4.0/24",
            transitGatewayId=attachment["transitGatewayId"],
        )


def test_a_route_has_one_target(aws: Provider, table: Made) -> None:
    with pytest.raises(Failed, match="only one of"):
        aws.create(
            tokens.ROUTE,
            routeTableId=table.id,
            destinationCidrBlock="0.0.0.0/0",
            gatewayId="igw-1",
            transitGatewayId="tgw-1",
        )
    with pytest.raises(Refused, match="MissingParameter"):
        aws.create(tokens.ROUTE, routeTableId=table.id, destinationCidrBlock="0.0.0.0/0")


def test_a_subnet_has_one_route_table(aws: Provider, vpc: Made, table: Made, subnet: Made) -> None:
    first = aws.create(tokens.ROUTE_TABLE_ASSOCIATION, routeTableId=table.id, subnetId=subnet.id)
    other = aws.create(tokens.ROUTE_TABLE, vpcId=vpc.id)
    with pytest.raises(Refused, match=r"Resource\.AlreadyAssociated"):
        aws.create(tokens.ROUTE_TABLE_ASSOCIATION, routeTableId=other.id, subnetId=subnet.id)
    with pytest.raises(Refused, match="DependencyViolation"):
        aws.delete(table)
    aws.update(first, routeTableId=other.id)
    aws.delete(table)


def test_a_route_table_is_associated_within_its_vpc(
    aws: Provider, table: Made, subnet: Made
) -> None:
    other = aws.create(tokens.VPC, "other", cidrBlock="10.1.0.0/16")
    distant = aws.create(tokens.SUBNET, "distant", vpcId=other.id, cidrBlock="10.1.0.0/24")
    detached = aws.create(tokens.INTERNET_GATEWAY)
    for member in ({"subnetId": distant.id}, {"gatewayId": detached.id}):
        (id_,) = member.values()
        with pytest.raises(Refused, match=f"{table.id} and {id_} are in other networks"):
            aws.create(tokens.ROUTE_TABLE_ASSOCIATION, routeTableId=table.id, **member)
    with pytest.raises(Refused, match="belong to different networks"):
        aws.create(
            tokens.ROUTE,
            routeTableId=table.id,
            destinationCidrBlock="0.0.0.0/0",
            gatewayId=detached.id,
        )


# Security groups


@pytest.fixture
def group(aws: Provider, vpc: Made) -> Made:
    return aws.create(tokens.SECURITY_GROUP, "group", vpcId=vpc.id)


def test_a_group_name_is_taken_once_per_vpc(aws: Provider, vpc: Made, group: Made) -> None:
    with pytest.raises(Refused, match=r"InvalidGroup\.Duplicate"):
        aws.create(tokens.SECURITY_GROUP, vpcId=vpc.id, name=group["name"])


def test_the_same_rule_twice_is_a_duplicate(aws: Provider, group: Made) -> None:
    rule: dict[str, Any] = {
        "securityGroupId": group.id,
        "ipProtocol": "tcp",
        "fromPort": 443,
        "toPort": 443,
        "cidrIpv4": "10.64.0.0/16",
    }
    first = aws.create(tokens.INGRESS_RULE, **rule)
    with pytest.raises(Refused, match=r"InvalidPermission\.Duplicate"):
        aws.create(tokens.INGRESS_RULE, **rule)
    aws.create(tokens.EGRESS_RULE, **rule)
    other = aws.create(tokens.INGRESS_RULE, **{**rule, "toPort": 8443})
    with pytest.raises(Refused, match=r"InvalidPermission\.Duplicate"):
        aws.update(other, toPort=443)
    assert first.id.startswith("sgr-")


def test_a_rule_needs_a_peer(aws: Provider, group: Made) -> None:
    with pytest.raises(Refused, match="one \\(and only one\\) of"):
        aws.create(tokens.INGRESS_RULE, securityGroupId=group.id, ipProtocol="-1")


def rule_of(group: Made, **change: Any) -> dict[str, Any]:
    rule = {
        "securityGroupId": group.id,
        "ipProtocol": "tcp",
        "fromPort": 443,
        "toPort": 443,
        "cidrIpv4": "10.64.0.0/16",
        **change,
    }
    return {key: value for key, value in rule.items() if value is not None}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"ipProtocol": "https"},
            "InvalidParameterValue: Invalid value 'https' for IP protocol. Unknown protocol.",
        ),
        ({"ipProtocol": "256"}, "Invalid value '256' for IP protocol"),
        ({"toPort": None}, "InvalidParameterValue.*'Must specify both from and to ports with TCP"),
        ({"fromPort": None}, "'Must specify both from and to ports with TCP/UDP.' for portRange"),
        (
            {"ipProtocol": "icmp", "fromPort": None, "toPort": None},
            "'Must specify both from and to ports with ICMP.' for portRange",
        ),
        ({"fromPort": -1}, r"InvalidPermission\.Malformed.*TCP/UDP port \(-1\) out of range"),
        ({"toPort": 65536}, r"InvalidPermission\.Malformed.*TCP/UDP port \(65536\) out of range"),
        ({"toPort": 80}, r"InvalidParameterValue.*Invalid TCP/UDP port range \(443:80\)"),
        (
            {"ipProtocol": "icmp", "fromPort": 256, "toPort": -1},
            r"InvalidPermission\.Malformed.*ICMP type or code \(256\) out of range",
        ),
    ],
)
@pytest.mark.parametrize("token", [tokens.INGRESS_RULE, tokens.EGRESS_RULE])
def test_a_rule_has_a_protocol_and_ports_that_ec2_takes(
    aws: Provider, group: Made, token: str, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(Refused, match=message):
        aws.create(token, **rule_of(group, **change))
    made = aws.create(token, **rule_of(group))
    with pytest.raises(Refused, match=message):
        aws.update(made, **change)


@pytest.mark.parametrize(
    "rule",
    [
        {"ipProtocol": "-1", "fromPort": None, "toPort": None},
        {"ipProtocol": "TCP"},
        {"ipProtocol": "6", "fromPort": 0, "toPort": 65535},
        {"ipProtocol": "icmp", "fromPort": 8, "toPort": -1},
        {"ipProtocol": "icmpv6", "fromPort": None, "toPort": None},
        {"ipProtocol": "50", "fromPort": None, "toPort": None},
    ],
)
def test_these_rules_are_taken(aws: Provider, group: Made, rule: dict[str, Any]) -> None:
    made = aws.create(tokens.INGRESS_RULE, **rule_of(group, **rule))
    assert made["securityGroupRuleId"] == made.id


@pytest.mark.parametrize("side", ["ingress", "egress"])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"protocol": "https"}, "Invalid value 'https' for IP protocol"),
        ({"toPort": 65536}, "out of range"),
        ({"toPort": 80}, "Invalid TCP/UDP port range"),
        (
            {"protocol": "-1"},
            "from_port .443. and to_port .443. must both be 0 to use the 'ALL' \"-1\" protocol",
        ),
        ({"cidrBlocks": ["10.0.0.0/33"]}, '"10.0.0.0/33" is not a valid CIDR block'),
        ({"cidrBlocks": []}, "InvalidParameterValue.*no source or destination"),
    ],
)
def test_an_inline_rule_keeps_the_same_rules(
    aws: Provider, vpc: Made, side: str, change: dict[str, Any], message: str
) -> None:
    rule = {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["10.0.0.0/8"]}
    good: dict[str, Any] = {"vpcId": vpc.id, side: [rule]}
    with pytest.raises((Refused, Failed), match=message):
        aws.create(tokens.SECURITY_GROUP, **{**good, side: [{**rule, **change}]})
    made = aws.create(tokens.SECURITY_GROUP, **good)
    with pytest.raises((Refused, Failed), match=message):
        aws.update(made, **{side: [{**rule, **change}]})


def test_an_inline_rule_refers_to_a_group_that_is_there(aws: Provider, vpc: Made) -> None:
    rule = {"protocol": "tcp", "fromPort": 443, "toPort": 443, "securityGroups": ["sg-0"]}
    with pytest.raises(Refused, match=r"InvalidGroup\.NotFound.*sg-0"):
        aws.create(tokens.SECURITY_GROUP, vpcId=vpc.id, ingress=[rule])


def test_a_group_that_others_refer_to_stays(aws: Provider, vpc: Made, group: Made) -> None:
    other = aws.create(tokens.SECURITY_GROUP, "other", vpcId=vpc.id)
    aws.create(
        tokens.INGRESS_RULE,
        securityGroupId=other.id,
        ipProtocol="-1",
        referencedSecurityGroupId=group.id,
    )
    with pytest.raises(Refused, match="DependencyViolation"):
        aws.delete(group)
    aws.delete(other)
    aws.delete(group)


def test_a_description_keeps_to_the_letters_of_ec2(aws: Provider, vpc: Made) -> None:
    with pytest.raises(Failed, match="doesn't comply with restrictions"):
        aws.create(tokens.SECURITY_GROUP, vpcId=vpc.id, description="an upstream | a gateway")


# Transit gateways


def test_an_attachment_needs_its_gateway_and_one_subnet_per_zone(
    aws: Provider, vpc: Made, subnet: Made, tgw: Made
) -> None:
    twin = aws.create(
        tokens.SUBNET,
        "twin",
        vpcId=vpc.id,
        cidrBlock="10.0.1.0/24",
        availabilityZoneId="use2-az2",
    )
    base: dict[str, Any] = {"vpcId": vpc.id, "subnetIds": [subnet.id], "transitGatewayId": tgw.id}
    for change, code in (
        ({"transitGatewayId": "tgw-00000000000000000"}, "InvalidTransitGatewayID.NotFound"),
        ({"vpcId": "vpc-00000000000000000"}, "InvalidVpcID.NotFound"),
        ({"subnetIds": ["subnet-00000000000000000"]}, "InvalidSubnetID.NotFound"),
        ({"subnetIds": [subnet.id, twin.id]}, "DuplicateSubnetsInSameZone"),
    ):
        with pytest.raises(Refused, match=code):
            aws.create(tokens.TGW_ATTACHMENT, **{**base, **change})
    aws.create(tokens.TGW_ATTACHMENT, **base)
    with pytest.raises(Refused, match="DuplicateTransitGatewayAttachment"):
        aws.create(tokens.TGW_ATTACHMENT, **base)


def test_an_attachment_has_at_least_one_subnet(
    aws: Provider, vpc: Made, attachment: Made, tgw: Made
) -> None:
    with pytest.raises(Failed, match=r"subnetIds.*at least 1 item, got 0"):
        aws.create(tokens.TGW_ATTACHMENT, vpcId=vpc.id, subnetIds=[], transitGatewayId=tgw.id)
    with pytest.raises(Failed, match=r"subnetIds.*at least 1 item, got 0"):
        aws.update(attachment, subnetIds=[])


def test_an_attachment_has_subnets_of_its_own_vpc(
    aws: Provider, subnet: Made, attachment: Made, tgw: Made
) -> None:
    other = aws.create(tokens.VPC, "other", cidrBlock="10.1.0.0/16")
    with pytest.raises(Refused, match=rf"InvalidSubnetID\.NotFound.*{subnet.id}"):
        aws.create(
            tokens.TGW_ATTACHMENT,
            "other",
            vpcId=other.id,
            subnetIds=[subnet.id],
            transitGatewayId=tgw.id,
        )
    foreign = aws.create(tokens.SUBNET, "foreign", vpcId=other.id, cidrBlock="10.1.0.0/24")
    with pytest.raises(Refused, match=rf"InvalidSubnetID\.NotFound.*{foreign.id}"):
        aws.update(attachment, subnetIds=[foreign.id])


def routes_of(aws: Provider, table: Made) -> dict[str, tuple[str, str]]:
    """Destination -> (type, state) of the routes of a transit gateway's table."""
    found = aws.invoke(
        "aws:ec2transitgateway/getRouteTableRoutes:getRouteTableRoutes",
        transitGatewayRouteTableId=table.id,
        filters=[{"name": "state", "values": ["active", "blackhole"]}],
    )
    return {
        route["destinationCidrBlock"]: (route["type"], route["state"]) for route in found["routes"]
    }


def attached(aws: Provider, tgw: Made, name: str, block: str) -> Made:
    """A VPC of a block, attached to the gateway and in none of its default tables."""
    vpc = aws.create(tokens.VPC, name, cidrBlock=block)
    subnet = aws.create(tokens.SUBNET, name, vpcId=vpc.id, cidrBlock=block)
    return aws.create(
        tokens.TGW_ATTACHMENT,
        name,
        vpcId=vpc.id,
        subnetIds=[subnet.id],
        transitGatewayId=tgw.id,
        transitGatewayDefaultRouteTableAssociation=False,
        transitGatewayDefaultRouteTablePropagation=False,
    )


def test_of_two_identical_blocks_a_table_has_a_route_to_the_first_only(
    aws: Provider, tgw: Made, store: Store
) -> None:
    table = aws.create(tokens.TGW_ROUTE_TABLE, transitGatewayId=tgw.id)
    old, new = (attached(aws, tgw, name, "10.9.0.0/24") for name in ("old", "new"))
    apart = attached(aws, tgw, "apart", "10.9.0.0/25")
    propagations = [
        aws.create(
            tokens.TGW_PROPAGATION,
            made.name,
            transitGatewayAttachmentId=made.id,
            transitGatewayRouteTableId=table.id,
        )
        for made in (old, new, apart)
    ]
    assert [route.attachment for route in gateway_routes(store, table.id)] == [old.id, apart.id]
    assert routes_of(aws, table) == {
        "10.9.0.0/24": ("propagated", "active"),
        "10.9.0.0/25": ("propagated", "active"),
    }
    # What the second could not propagate stays away until its propagation is made again.
    aws.delete(propagations[0])
    aws.delete(old)
    assert [route.attachment for route in gateway_routes(store, table.id)] == [apart.id]
    aws.delete(propagations[1])
    aws.create(
        tokens.TGW_PROPAGATION,
        transitGatewayAttachmentId=new.id,
        transitGatewayRouteTableId=table.id,
    )
    assert {route.attachment for route in gateway_routes(store, table.id)} == {new.id, apart.id}


def test_identical_blocks_in_a_default_table_are_no_different(
    aws: Provider, tgw: Made, store: Store
) -> None:
    old, new = (attached(aws, tgw, name, "10.9.0.0/24") for name in ("old", "new"))
    for made in (old, new):
        aws.update(made, transitGatewayDefaultRouteTablePropagation=True)
    found = gateway_routes(store, tgw["propagationDefaultRouteTableId"])
    assert [route.attachment for route in found] == [old.id]


def test_a_static_route_goes_before_a_propagated_one(aws: Provider, tgw: Made) -> None:
    table = aws.create(tokens.TGW_ROUTE_TABLE, transitGatewayId=tgw.id)
    spoke = attached(aws, tgw, "spoke", "10.9.0.0/24")
    link = {
        "transitGatewayAttachmentId": spoke.id,
        "transitGatewayRouteTableId": table.id,
    }
    aws.create(tokens.TGW_PROPAGATION, **link)
    aws.create(tokens.TGW_ROUTE, destinationCidrBlock="10.9.0.0/24", **link)
    aws.create(
        tokens.TGW_ROUTE,
        "hole",
        destinationCidrBlock="10.8.0.0/16",
        transitGatewayRouteTableId=table.id,
        blackhole=True,
    )
    assert routes_of(aws, table) == {
        "10.9.0.0/24": ("static", "active"),
        "10.8.0.0/16": ("static", "blackhole"),
    }


def test_a_static_route_of_a_gateway_turns_into_a_blackhole_with_its_attachment_gone(
    aws: Provider, tgw: Made
) -> None:
    table = aws.create(tokens.TGW_ROUTE_TABLE, transitGatewayId=tgw.id)
    spoke = attached(aws, tgw, "spoke", "10.9.0.0/24")
    route = aws.create(
        tokens.TGW_ROUTE,
        destinationCidrBlock="10.10.0.0/16",
        transitGatewayAttachmentId=spoke.id,
        transitGatewayRouteTableId=table.id,
    )
    assert route["blackhole"] is False
    aws.delete(spoke)
    assert routes_of(aws, table) == {"10.10.0.0/16": ("static", "blackhole")}
    read = aws.read(route)
    assert read is not None
    assert read["blackhole"] is True
    assert "transitGatewayAttachmentId" not in read.outputs
    with pytest.raises(Refused, match="RouteAlreadyExists"):
        aws.create(
            tokens.TGW_ROUTE,
            destinationCidrBlock="10.10.0.0/16",
            transitGatewayRouteTableId=table.id,
            blackhole=True,
        )
    aws.delete(route)
    assert routes_of(aws, table) == {}


def test_the_routes_of_a_table_are_filtered_by_type_and_state(aws: Provider, tgw: Made) -> None:
    table = aws.create(tokens.TGW_ROUTE_TABLE, transitGatewayId=tgw.id)
    for filters, message in (
        ([], "MissingParameter"),
        ([{"name": "type", "values": ["dynamic"]}], "InvalidParameterValue"),
        ([{"name": "colour", "values": ["red"]}], "InvalidParameterValue"),
    ):
        with pytest.raises(Refused, match=message):
            aws.invoke(
                "aws:ec2transitgateway/getRouteTableRoutes:getRouteTableRoutes",
                transitGatewayRouteTableId=table.id,
                filters=filters,
            )


def test_a_subnet_of_an_attachment_stays(aws: Provider, subnet: Made, attachment: Made) -> None:
    with pytest.raises(Refused, match=f"DependencyViolation.*{attachment.id}"):
        aws.delete(subnet)


def test_a_gateway_with_attachments_stays(aws: Provider, tgw: Made, attachment: Made) -> None:
    with pytest.raises(Refused, match=f"IncorrectState.*{attachment.id}"):
        aws.delete(tgw)
    aws.delete(attachment)
    aws.delete(tgw)


def test_a_default_table_takes_every_attachment(
    aws: Provider, tgw: Made, attachment: Made, here: Store
) -> None:
    default = tgw["associationDefaultRouteTableId"]
    linked = f"{default}_{attachment.id}"
    assert here.get("aws", tokens.TGW_ASSOCIATION, linked) is not None
    assert here.get("aws", tokens.TGW_PROPAGATION, linked) is not None
    own = aws.create(tokens.TGW_ROUTE_TABLE, transitGatewayId=tgw.id)
    with pytest.raises(Refused, match=r"Resource\.AlreadyAssociated"):
        aws.create(
            tokens.TGW_ASSOCIATION,
            transitGatewayAttachmentId=attachment.id,
            transitGatewayRouteTableId=own.id,
        )
    left = aws.update(attachment, transitGatewayDefaultRouteTableAssociation=False)
    assert here.get("aws", tokens.TGW_ASSOCIATION, linked) is None
    aws.create(
        tokens.TGW_ASSOCIATION,
        transitGatewayAttachmentId=left.id,
        transitGatewayRouteTableId=own.id,
    )
    with pytest.raises(Refused, match=f"IncorrectState.*{attachment.id}"):
        aws.delete(own)


def test_an_update_leaves_an_attachment_in_the_table_it_was_moved_to(
    aws: Provider, tgw: Made, attachment: Made, here: Store
) -> None:
    own = aws.create(tokens.TGW_ROUTE_TABLE, transitGatewayId=tgw.id)
    moved = aws.create(
        tokens.TGW_ASSOCIATION,
        transitGatewayAttachmentId=attachment.id,
        transitGatewayRouteTableId=own.id,
        replaceExistingAssociation=True,
    )
    aws.update(attachment, tags={"a": "b"})
    assert aws.read(moved) is not None
    linked = f"{tgw['associationDefaultRouteTableId']}_{attachment.id}"
    assert here.get("aws", tokens.TGW_ASSOCIATION, linked) is None


def test_links_and_routes_of_a_gateway_exist_once(
    aws: Provider, tgw: Made, attachment: Made
) -> None:
    table = aws.create(tokens.TGW_ROUTE_TABLE, transitGatewayId=tgw.id)
    link = {
        "transitGatewayAttachmentId": attachment.id,
        "transitGatewayRouteTableId": table.id,
    }
    made = aws.create(tokens.TGW_PROPAGATION, **link)
    assert made.id == f"{table.id}_{attachment.id}"
    assert (made["resourceId"], made["resourceType"]) == (attachment["vpcId"], "vpc")
    with pytest.raises(Refused, match=r"TransitGatewayRouteTablePropagation\.Duplicate"):
        aws.create(tokens.TGW_PROPAGATION, **link)
    route = aws.create(tokens.TGW_ROUTE, destinationCidrBlock="10.9.0.0/16", **link)
    assert route.id == f"{table.id}_10.9.0.0/16"
    with pytest.raises(Refused, match="RouteAlreadyExists"):
        aws.create(tokens.TGW_ROUTE, destinationCidrBlock="10.9.0.0/16", **link)
    with pytest.raises(Refused, match="InvalidParameterCombination"):
        aws.create(
            tokens.TGW_ROUTE,
            destinationCidrBlock="10.8.0.0/16",
            transitGatewayRouteTableId=table.id,
        )


def test_an_attachment_of_another_gateway_cannot_be_associated(
    aws: Provider, attachment: Made
) -> None:
    other = aws.create(tokens.TGW, "other")
    table = aws.create(tokens.TGW_ROUTE_TABLE, transitGatewayId=other.id)
    with pytest.raises(Refused, match="do not belong to the same transit gateway"):
        aws.create(
            tokens.TGW_PROPAGATION,
            transitGatewayAttachmentId=attachment.id,
            transitGatewayRouteTableId=table.id,
        )


def test_only_a_pending_attachment_can_be_accepted(aws: Provider, attachment: Made) -> None:
    with pytest.raises(Refused, match="IncorrectState"):
        aws.create(tokens.TGW_ACCEPTER, transitGatewayAttachmentId=attachment.id)
    with pytest.raises(Refused, match=r"InvalidTransitGatewayAttachmentID\.NotFound"):
        aws.create(tokens.TGW_ACCEPTER, transitGatewayAttachmentId="tgw-attach-0")


# Shares


def test_a_share_is_extended_to_another_account_only_when_it_admits_strangers(
    aws: Provider,
) -> None:
    closed = aws.create(tokens.RAM_SHARE)
    principal = {"principal": KONG_AWS_ACCOUNT, "resourceShareArn": closed.id}
    with pytest.raises(Refused, match="OperationNotPermittedException"):
        aws.create(tokens.RAM_PRINCIPAL, **principal)
    opened = aws.update(closed, allowExternalPrincipals=True)
    made = aws.create(tokens.RAM_PRINCIPAL, **principal)
    assert made.id == f"{closed.id},{KONG_AWS_ACCOUNT}"
    with pytest.raises(Refused, match="OperationNotPermittedException"):
        aws.update(opened, allowExternalPrincipals=False)


def test_shares_refuse_what_they_do_not_know(aws: Provider, share: Made, tgw: Made) -> None:
    unknown = share.id.replace("resource-share/", "resource-share/0")
    for token, inputs, code in (
        (
            tokens.RAM_RESOURCE,
            {"resourceArn": tgw["arn"], "resourceShareArn": unknown},
            "UnknownResourceException",
        ),
        (
            tokens.RAM_RESOURCE,
            {"resourceArn": f"{tgw['arn']}0", "resourceShareArn": share.id},
            "UnknownResourceException",
        ),
        (
            tokens.RAM_RESOURCE,
            {"resourceArn": tgw.id, "resourceShareArn": share.id},
            "MalformedArnException",
        ),
        (
            tokens.RAM_PRINCIPAL,
            {"principal": "kong", "resourceShareArn": share.id},
            "InvalidParameterException",
        ),
    ):
        with pytest.raises(Refused, match=code):
            aws.create(token, **inputs)


LATTICE = (
    f"arn:aws:vpc-lattice:us-east-2:{CUSTOMER_AWS_ACCOUNT}:resourceconfiguration/"
    "rcfg-0123456789abcdef0"
)


def test_a_lattice_resource_configuration_can_be_shared(aws: Provider, share: Made) -> None:
    shared = aws.create(tokens.RAM_RESOURCE, resourceArn=LATTICE, resourceShareArn=share.id)
    assert shared.id == f"{share.id},{LATTICE}"
    assert aws.read(shared) is not None


@pytest.mark.parametrize(
    "arn",
    [
        LATTICE.replace("us-east-2", "us-west-2"),
        LATTICE.replace(CUSTOMER_AWS_ACCOUNT, KONG_AWS_ACCOUNT),
        LATTICE.replace("rcfg-", "rc-"),
        LATTICE.replace("resourceconfiguration", "service"),
    ],
)
def test_another_arn_of_lattice_cannot_be_shared(aws: Provider, share: Made, arn: str) -> None:
    with pytest.raises(Refused, match=f"MalformedArnException.*{arn}"):
        aws.create(tokens.RAM_RESOURCE, resourceArn=arn, resourceShareArn=share.id)


def test_a_resource_is_in_a_share_once_and_leaves_it_when_deleted(
    aws: Provider, share: Made, tgw: Made
) -> None:
    link = {"resourceArn": tgw["arn"], "resourceShareArn": share.id}
    shared = aws.create(tokens.RAM_RESOURCE, **link)
    assert shared.id == f"{share.id},{tgw['arn']}"
    with pytest.raises(Refused, match="already exists"):
        aws.create(tokens.RAM_RESOURCE, **link)
    second = aws.create(tokens.RAM_SHARE, "second")
    aws.create(tokens.RAM_RESOURCE, resourceArn=tgw["arn"], resourceShareArn=second.id)
    aws.delete(tgw)
    assert aws.read(shared) is None


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
