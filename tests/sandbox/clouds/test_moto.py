"""The simulated AWS beside moto, another simulated AWS: one sequence of calls, the same answers.

Neither is AWS. Two that were written apart and agree have probably read the API rightly. Where they
differ, ``DIFFERENCES`` says how and why. A difference that is not listed fails the test.

    pytest tests/sandbox/clouds/test_moto.py -s     # prints the table
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Failed, Made, Provider, Refused

REGION: Final = "us-east-2"
OK: Final = "ok"
BEFORE: Final = "refused by the provider"
"""The outcome when the Pulumi provider refuses inputs, so that no call is sent."""


@dataclass(frozen=True)
class Step:
    """One call. ``makes`` is the name under which later steps refer to what it creates.

    A value of ``given`` that begins with ``@`` is the id of what an earlier step made.
    """

    what: str
    operation: str
    given: Mapping[str, Any] = field(default_factory=dict)
    makes: str = ""


@dataclass(frozen=True)
class Difference:
    """How two outcomes differ, and why the sandbox's stays."""

    moto: str
    sandbox: str
    reason: str


STEPS: Final = (
    # VPCs and subnets
    Step("a VPC", "CreateVpc", {"cidr": "10.0.0.0/16"}, "vpc"),
    Step("another VPC", "CreateVpc", {"cidr": "10.1.0.0/16"}, "peer"),
    Step("a VPC with the block of another", "CreateVpc", {"cidr": "10.1.0.0/16"}, "twin"),
    Step("a VPC of /15", "CreateVpc", {"cidr": "10.2.0.0/15"}),
    Step("a VPC of /29", "CreateVpc", {"cidr": "10.2.0.0/29"}),
    Step("a VPC with a malformed block", "CreateVpc", {"cidr": "ten"}),
    Step("a subnet", "CreateSubnet", {"vpc": "@vpc", "cidr": "10.0.0.0/24"}, "subnet"),
    Step("a subnet in another one", "CreateSubnet", {"vpc": "@vpc", "cidr": "10.0.0.0/25"}),
    Step("a subnet beside its VPC", "CreateSubnet", {"vpc": "@vpc", "cidr": "10.9.0.0/24"}),
    Step("a subnet of /29", "CreateSubnet", {"vpc": "@vpc", "cidr": "10.0.1.0/29"}),
    Step("a subnet of no VPC", "CreateSubnet", {"vpc": "vpc-0", "cidr": "10.0.2.0/24"}),
    Step("deleting a VPC with a subnet", "DeleteVpc", {"id": "@vpc"}),
    # Security groups
    Step("a security group", "CreateSecurityGroup", {"vpc": "@vpc", "name": "web"}, "group"),
    Step(
        "a security group of the same name", "CreateSecurityGroup", {"vpc": "@vpc", "name": "web"}
    ),
    Step("a security group of no VPC", "CreateSecurityGroup", {"vpc": "vpc-0", "name": "db"}),
    Step("a rule", "AuthorizeIngress", {"group": "@group", "cidr": "10.0.0.0/8"}),
    Step("the same rule", "AuthorizeIngress", {"group": "@group", "cidr": "10.0.0.0/8"}),
    Step("a rule of no group", "AuthorizeIngress", {"group": "sg-0", "cidr": "10.0.0.0/8"}),
    # Peerings
    Step("a peering", "CreatePeering", {"vpc": "@vpc", "peer": "@peer"}, "peering"),
    Step("a peering with no VPC", "CreatePeering", {"vpc": "@vpc", "peer": "vpc-0"}),
    Step("a peering of equal blocks", "CreatePeering", {"vpc": "@peer", "peer": "@twin"}),
    Step("accepting a peering", "AcceptPeering", {"id": "@peering"}),
    Step("accepting no peering", "AcceptPeering", {"id": "pcx-0"}),
    # Routes
    Step("a route table", "CreateRouteTable", {"vpc": "@vpc"}, "table"),
    Step("a route table of no VPC", "CreateRouteTable", {"vpc": "vpc-0"}),
    Step(
        "a route to a peering",
        "CreateRoute",
        {"table": "@table", "cidr": "10.1.0.0/16", "peering": "@peering"},
    ),
    Step(
        "the same route",
        "CreateRoute",
        {"table": "@table", "cidr": "10.1.0.0/16", "peering": "@peering"},
    ),
    Step(
        "a route in no table",
        "CreateRoute",
        {"table": "rtb-0", "cidr": "10.3.0.0/16", "peering": "@peering"},
    ),
    Step(
        "a route to no peering",
        "CreateRoute",
        {"table": "@table", "cidr": "10.4.0.0/16", "peering": "pcx-0"},
    ),
    Step("deleting a table with routes", "DeleteRouteTable", {"id": "@table"}),
    # Transit gateways
    Step("a transit gateway", "CreateTransitGateway", {}, "tgw"),
    Step(
        "an attachment",
        "AttachVpc",
        {"tgw": "@tgw", "vpc": "@vpc", "subnet": "@subnet"},
        "attachment",
    ),
    Step("a second one", "AttachVpc", {"tgw": "@tgw", "vpc": "@vpc", "subnet": "@subnet"}),
    Step("one to no gateway", "AttachVpc", {"tgw": "tgw-0", "vpc": "@vpc", "subnet": "@subnet"}),
    Step("a table of a gateway", "CreateTransitGatewayTable", {"tgw": "@tgw"}, "hub table"),
    Step("a table of no gateway", "CreateTransitGatewayTable", {"tgw": "tgw-0"}),
    Step("an association", "AssociateTable", {"table": "@hub table", "attachment": "@attachment"}),
    Step("the same one", "AssociateTable", {"table": "@hub table", "attachment": "@attachment"}),
    Step("a propagation", "PropagateRoutes", {"table": "@hub table", "attachment": "@attachment"}),
    Step("deleting a gateway with an attachment", "DeleteTransitGateway", {"id": "@tgw"}),
    # Route 53
    Step("a zone", "CreateHostedZone", {"name": "acme.example"}, "zone"),
    Step("a record", "CreateRecord", {"zone": "@zone", "name": "a.acme.example"}),
    Step("the same record", "CreateRecord", {"zone": "@zone", "name": "a.acme.example"}),
    Step("a record beside its zone", "CreateRecord", {"zone": "@zone", "name": "a.shop.example."}),
    Step("a CNAME at the apex", "CreateRecord", {"zone": "@zone", "name": "acme.example"}),
    Step(
        "a record beside a CNAME",
        "CreateRecord",
        {"zone": "@zone", "name": "a.acme.example", "type": "A", "value": "192.0.2.1"},
    ),
    Step(
        "an A record of a name",
        "CreateRecord",
        {"zone": "@zone", "name": "b.acme.example", "type": "A", "value": "host.example"},
    ),
    Step(
        "a weighted record",
        "CreateRecord",
        {"zone": "@zone", "name": "w.acme.example", "weight": 1},
    ),
    Step(
        "a weight of 256",
        "CreateRecord",
        {"zone": "@zone", "name": "v.acme.example", "weight": 256},
    ),
    Step("a simple one beside it", "CreateRecord", {"zone": "@zone", "name": "w.acme.example"}),
    Step("a record in no zone", "CreateRecord", {"zone": "Z0", "name": "a.acme.example"}),
    Step("deleting a zone with records", "DeleteHostedZone", {"id": "@zone"}),
    Step("a health check", "CreateHealthCheck", {"interval": 30, "failures": 3}),
    Step("a health check every 20 s", "CreateHealthCheck", {"interval": 20, "failures": 3}),
    # ElastiCache
    Step("subnets of a cache", "CreateCacheSubnets", {"name": "c", "subnet": "@subnet"}),
    Step("the same subnets", "CreateCacheSubnets", {"name": "c", "subnet": "@subnet"}),
    Step("subnets that are not there", "CreateCacheSubnets", {"name": "d", "subnet": "subnet-0"}),
    Step("a user with IAM", "CreateCacheUser", {"id": "kong", "how": "iam"}),
    Step("the same user", "CreateCacheUser", {"id": "kong", "how": "iam"}),
    Step("a user with IAM of another name", "CreateCacheUser", {"id": "b", "how": "iam", "n": "c"}),
    Step("a user without a login", "CreateCacheUser", {"id": "d", "how": ""}),
    Step("a cache", "CreateReplicationGroup", {"id": "cache", "subnets": "c"}),
    Step("the same cache", "CreateReplicationGroup", {"id": "cache", "subnets": "c"}),
    Step("a cache in no subnets", "CreateReplicationGroup", {"id": "e", "subnets": "none"}),
    # Lattice
    Step("a resource gateway", "CreateResourceGateway", {"vpc": "@vpc", "subnet": "@subnet"}),
)

DIFFERENCES: Final[Mapping[str, Difference]] = {
    "a VPC with a malformed block": Difference(
        "InvalidParameterValue",
        BEFORE,
        "The provider checks the form of a block, so EC2 is not asked.",
    ),
    "a subnet of /29": Difference(
        OK,
        "InvalidSubnet.Range",
        "moto checks no size. EC2 takes a /16 to a /28 (VPC CIDR blocks, VPC User Guide).",
    ),
    "a security group of no VPC": Difference(
        OK,
        "InvalidVpcID.NotFound",
        "moto does not look for the VPC.",
    ),
    "a peering of equal blocks": Difference(
        OK,
        "unexpected state 'failed'",
        "moto compares no blocks. EC2 takes the request and lets the peering fail.",
    ),
    "accepting no peering": Difference(
        "InvalidVpcPeeringConnectionId.NotFound",
        "InvalidVpcPeeringConnectionID.NotFound",
        "moto spells the code otherwise. The published error codes of EC2 have ID.",
    ),
    "a route to no peering": Difference(
        "InvalidVpcPeeringConnectionId.NotFound",
        "InvalidVpcPeeringConnectionID.NotFound",
        "moto spells the code otherwise. The published error codes of EC2 have ID.",
    ),
    "a table of no gateway": Difference(
        OK,
        "InvalidTransitGatewayID.NotFound",
        "moto does not look for the gateway.",
    ),
    "the same one": Difference(
        OK,
        "Resource.AlreadyAssociated",
        "moto takes any number of associations. An attachment has one (Transit Gateway Guide).",
    ),
    "deleting a gateway with an attachment": Difference(
        OK,
        "IncorrectState",
        "moto does not look for attachments. EC2 wants them deleted first.",
    ),
    "a record beside its zone": Difference(
        "InvalidChangeBatch",
        OK,
        "The provider adds the zone to a name that does not end with it.",
    ),
    "a CNAME at the apex": Difference(
        OK,
        "InvalidChangeBatch",
        "moto checks no apex. DNS allows no CNAME beside SOA and NS (RFC 1034).",
    ),
    "a record beside a CNAME": Difference(
        OK,
        "InvalidChangeBatch",
        "moto compares no types. DNS allows no other type beside a CNAME (RFC 1034).",
    ),
    "an A record of a name": Difference(
        OK,
        "InvalidChangeBatch",
        "moto checks no data. Route 53 wants an IPv4 address.",
    ),
    "a weight of 256": Difference(
        OK,
        "InvalidInput",
        "moto checks no range. Route 53 takes 0 to 255 (ResourceRecordSet).",
    ),
    "a simple one beside it": Difference(
        OK,
        "InvalidChangeBatch",
        "moto compares no policies. Record sets of one name and type have one policy.",
    ),
    "a health check every 20 s": Difference(
        OK,
        BEFORE,
        "moto checks no range. Route 53 takes 10 or 30, and the provider says so first.",
    ),
    "subnets that are not there": Difference(
        OK,
        "InvalidSubnet",
        "moto does not look for the subnet.",
    ),
    "a user with IAM of another name": Difference(
        OK,
        "InvalidParameterCombination",
        "moto compares no names. With IAM the name is the id (ElastiCache, IAM authentication).",
    ),
    "a cache in no subnets": Difference(
        OK,
        "CacheSubnetGroupNotFoundFault",
        "moto does not look for the subnet group.",
    ),
    "a resource gateway": Difference(
        "404",
        OK,
        "moto models services and service networks of VPC Lattice, but no resource gateways.",
    ),
}


class Moto:
    """The calls as moto takes them."""

    def __init__(self) -> None:
        self.ec2 = boto3.client("ec2", region_name=REGION)
        self.route53 = boto3.client("route53", region_name=REGION)
        self.lattice = boto3.client("vpc-lattice", region_name=REGION)
        self.cache = boto3.client("elasticache", region_name=REGION)
        self.calls = 0

    def CreateVpc(self, cidr: str) -> str:
        return str(self.ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"])

    def DeleteVpc(self, id: str) -> None:
        self.ec2.delete_vpc(VpcId=id)

    def CreateSubnet(self, vpc: str, cidr: str) -> str:
        return str(self.ec2.create_subnet(VpcId=vpc, CidrBlock=cidr)["Subnet"]["SubnetId"])

    def CreateSecurityGroup(self, vpc: str, name: str) -> str:
        made = self.ec2.create_security_group(VpcId=vpc, GroupName=name, Description="d")
        return str(made["GroupId"])

    def AuthorizeIngress(self, group: str, cidr: str) -> None:
        rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": cidr}]}
        self.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])

    def CreatePeering(self, vpc: str, peer: str) -> str:
        made = self.ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=peer)
        return str(made["VpcPeeringConnection"]["VpcPeeringConnectionId"])

    def AcceptPeering(self, id: str) -> None:
        self.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=id)

    def CreateRouteTable(self, vpc: str) -> str:
        return str(self.ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"])

    def DeleteRouteTable(self, id: str) -> None:
        self.ec2.delete_route_table(RouteTableId=id)

    def CreateRoute(self, table: str, cidr: str, peering: str) -> None:
        self.ec2.create_route(
            RouteTableId=table, DestinationCidrBlock=cidr, VpcPeeringConnectionId=peering
        )

    def CreateTransitGateway(self) -> str:
        return str(self.ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"])

    def DeleteTransitGateway(self, id: str) -> None:
        self.ec2.delete_transit_gateway(TransitGatewayId=id)

    def AttachVpc(self, tgw: str, vpc: str, subnet: str) -> str:
        made = self.ec2.create_transit_gateway_vpc_attachment(
            TransitGatewayId=tgw, VpcId=vpc, SubnetIds=[subnet]
        )
        return str(made["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"])

    def CreateTransitGatewayTable(self, tgw: str) -> str:
        made = self.ec2.create_transit_gateway_route_table(TransitGatewayId=tgw)
        return str(made["TransitGatewayRouteTable"]["TransitGatewayRouteTableId"])

    def AssociateTable(self, table: str, attachment: str) -> None:
        self.ec2.associate_transit_gateway_route_table(
            TransitGatewayRouteTableId=table, TransitGatewayAttachmentId=attachment
        )

    def PropagateRoutes(self, table: str, attachment: str) -> None:
        self.ec2.enable_transit_gateway_route_table_propagation(
            TransitGatewayRouteTableId=table, TransitGatewayAttachmentId=attachment
        )

    def CreateHostedZone(self, name: str) -> str:
        made = self.route53.create_hosted_zone(Name=name, CallerReference="one")
        return str(made["HostedZone"]["Id"])

    def DeleteHostedZone(self, id: str) -> None:
        self.route53.delete_hosted_zone(Id=id)

    def CreateRecord(
        self,
        zone: str,
        name: str,
        type: str = "CNAME",
        value: str = "host.example",
        weight: int | None = None,
    ) -> None:
        record: dict[str, Any] = {"Name": name, "Type": type, "TTL": 60}
        record["ResourceRecords"] = [{"Value": value}]
        if weight is not None:
            record |= {"SetIdentifier": "one", "Weight": weight}
        change = {"Action": "CREATE", "ResourceRecordSet": record}
        self.route53.change_resource_record_sets(
            HostedZoneId=zone, ChangeBatch={"Changes": [change]}
        )

    def CreateHealthCheck(self, interval: int, failures: int) -> None:
        self.calls += 1
        self.route53.create_health_check(
            CallerReference=str(self.calls),
            HealthCheckConfig={
                "Type": "HTTPS",
                "FullyQualifiedDomainName": "a.example",
                "RequestInterval": interval,
                "FailureThreshold": failures,
            },
        )

    def CreateCacheSubnets(self, name: str, subnet: str) -> str:
        self.cache.create_cache_subnet_group(
            CacheSubnetGroupName=name, CacheSubnetGroupDescription="d", SubnetIds=[subnet]
        )
        return name

    def CreateCacheUser(self, id: str, how: str, n: str = "") -> None:
        login = {"AuthenticationMode": {"Type": how}} if how else {}
        self.cache.create_user(
            UserId=id, UserName=n or id, Engine="valkey", AccessString="on ~* +@all", **login
        )

    def CreateReplicationGroup(self, id: str, subnets: str) -> str:
        self.cache.create_replication_group(
            ReplicationGroupId=id,
            ReplicationGroupDescription="d",
            Engine="valkey",
            CacheNodeType="cache.t4g.small",
            CacheSubnetGroupName=subnets,
        )
        return id

    def CreateResourceGateway(self, vpc: str, subnet: str) -> None:
        self.lattice.create_resource_gateway(name="one", vpcIdentifier=vpc, subnetIds=[subnet])


class Sandbox:
    """The same calls as the provider sends them to the simulated AWS."""

    def __init__(self, aws: Provider) -> None:
        self.aws = aws
        self.made: dict[str, Made] = {}

    def create(self, token: str, **inputs: Any) -> str:
        made = self.aws.create(token, f"it{len(self.made)}", **inputs)
        self.made[made.id] = made
        return made.id

    def delete(self, id: str) -> None:
        self.aws.delete(self.made[id])

    DeleteVpc = DeleteRouteTable = DeleteTransitGateway = DeleteHostedZone = delete

    def CreateVpc(self, cidr: str) -> str:
        return self.create(tokens.VPC, cidrBlock=cidr)

    def CreateSubnet(self, vpc: str, cidr: str) -> str:
        return self.create(tokens.SUBNET, vpcId=vpc, cidrBlock=cidr)

    def CreateSecurityGroup(self, vpc: str, name: str) -> str:
        return self.create(tokens.SECURITY_GROUP, vpcId=vpc, name=name, description="d")

    def AuthorizeIngress(self, group: str, cidr: str) -> None:
        rule = {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": cidr}
        self.create(tokens.INGRESS_RULE, securityGroupId=group, **rule)

    def CreatePeering(self, vpc: str, peer: str) -> str:
        return self.create(tokens.VPC_PEERING, vpcId=vpc, peerVpcId=peer)

    def AcceptPeering(self, id: str) -> None:
        self.create(tokens.VPC_PEERING_ACCEPTER, vpcPeeringConnectionId=id, autoAccept=True)

    def CreateRouteTable(self, vpc: str) -> str:
        return self.create(tokens.ROUTE_TABLE, vpcId=vpc)

    def CreateRoute(self, table: str, cidr: str, peering: str) -> None:
        route = {"destinationCidrBlock": cidr, "vpcPeeringConnectionId": peering}
        self.create(tokens.ROUTE, routeTableId=table, **route)

    def CreateTransitGateway(self) -> str:
        return self.create(
            tokens.TGW,
            defaultRouteTableAssociation="disable",
            defaultRouteTablePropagation="disable",
        )

    def AttachVpc(self, tgw: str, vpc: str, subnet: str) -> str:
        return self.create(
            tokens.TGW_ATTACHMENT, transitGatewayId=tgw, vpcId=vpc, subnetIds=[subnet]
        )

    def CreateTransitGatewayTable(self, tgw: str) -> str:
        return self.create(tokens.TGW_ROUTE_TABLE, transitGatewayId=tgw)

    def _of_table(self, token: str, table: str, attachment: str) -> None:
        self.create(token, transitGatewayRouteTableId=table, transitGatewayAttachmentId=attachment)

    def AssociateTable(self, table: str, attachment: str) -> None:
        self._of_table(tokens.TGW_ASSOCIATION, table, attachment)

    def PropagateRoutes(self, table: str, attachment: str) -> None:
        self._of_table(tokens.TGW_PROPAGATION, table, attachment)

    def CreateHostedZone(self, name: str) -> str:
        return self.create(tokens.ZONE, name=name)

    def CreateRecord(
        self,
        zone: str,
        name: str,
        type: str = "CNAME",
        value: str = "host.example",
        weight: int | None = None,
    ) -> None:
        policy: dict[str, Any] = {}
        if weight is not None:
            policy = {"setIdentifier": "one", "weightedRoutingPolicies": [{"weight": weight}]}
        self.create(
            tokens.RECORD, zoneId=zone, name=name, type=type, ttl=60, records=[value], **policy
        )

    def CreateHealthCheck(self, interval: int, failures: int) -> None:
        self.create(
            tokens.HEALTH_CHECK,
            type="HTTPS",
            fqdn="a.example",
            requestInterval=interval,
            failureThreshold=failures,
        )

    def CreateCacheSubnets(self, name: str, subnet: str) -> str:
        return self.create(tokens.CACHE_SUBNETS, name=name, description="d", subnetIds=[subnet])

    def CreateCacheUser(self, id: str, how: str, n: str = "") -> None:
        login: dict[str, Any] = {"authenticationMode": {"type": how}} if how else {}
        given = {"engine": "valkey", "accessString": "on ~* +@all", **login}
        self.create(tokens.CACHE_USER, userId=id, userName=n or id, **given)

    def CreateReplicationGroup(self, id: str, subnets: str) -> str:
        return self.create(
            tokens.REPLICATION_GROUP,
            replicationGroupId=id,
            description="d",
            engine="valkey",
            nodeType="cache.t4g.small",
            subnetGroupName=subnets,
        )

    def CreateResourceGateway(self, vpc: str, subnet: str) -> None:
        self.create(tokens.RESOURCE_GATEWAY, name="one", vpcId=vpc, subnetIds=[subnet])


def code_of(error: Exception) -> str:
    """The cloud's code of a refusal."""
    if isinstance(error, ClientError):
        return str(error.response["Error"]["Code"])
    if isinstance(error, Failed):
        return BEFORE
    found = re.search(r"api error ([\w.]+):|(unexpected state '\w+')", str(error))
    assert found is not None, f"no code in {error}"
    return found.group(1) or found.group(2)


def outcomes(side: Moto | Sandbox) -> dict[str, str]:
    """By step: ``ok`` or the code of the error. Ids of steps that failed are not referred to."""
    made: dict[str, str] = {}
    found: dict[str, str] = {}
    for step in STEPS:
        given = {
            name: made[value[1:]] if isinstance(value, str) and value.startswith("@") else value
            for name, value in step.given.items()
        }
        call: Callable[..., str | None] = getattr(side, step.operation)
        try:
            id_ = call(**given)
        except (ClientError, Failed, Refused) as error:
            found[step.what] = code_of(error)
        else:
            found[step.what] = OK
            if step.makes:
                assert id_ is not None
                made[step.makes] = id_
    return found


@pytest.fixture
def moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[Moto]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield Moto()


def table(moto: Mapping[str, str], sandbox: Mapping[str, str]) -> str:
    """The outcomes side by side with the reasons, and the number of calls that agree."""
    same = sum(moto[what] == sandbox[what] for what in moto)
    lines = [f"{len(moto)} calls compared, {same} agree, {len(moto) - same} differ"]
    for what in moto:
        shown = moto[what] if moto[what] == sandbox[what] else f"{moto[what]} | {sandbox[what]}"
        reason = f"  ({DIFFERENCES[what].reason})" if what in DIFFERENCES else ""
        lines.append(f"  {what:40} {shown}{reason}")
    return "\n".join(lines)


def test_the_simulated_aws_answers_as_moto_does_but_for_the_listed_differences(
    moto: Moto, aws: Provider
) -> None:
    theirs, ours = outcomes(moto), outcomes(Sandbox(aws))
    print(table(theirs, ours))
    differing = {what: (theirs[what], ours[what]) for what in theirs if theirs[what] != ours[what]}
    assert differing == {what: (one.moto, one.sandbox) for what, one in DIFFERENCES.items()}


def test_most_calls_agree_and_every_step_has_a_name_of_its_own() -> None:
    assert len({step.what for step in STEPS}) == len(STEPS)
    assert len(STEPS) > 3 * len(DIFFERENCES)
