"""An ElastiCache for Valkey in a VPC of ours, for hybrid data planes in it.

Self-managed data planes have no managed cache of Konnect: that is for dedicated cloud gateways. The
nodes of this cache are in the subnets of the VPC, so data planes there reach it without a link.
Sources: AWS, "ElastiCache in-transit encryption" and "Authenticating with IAM"; Kong, "Redis
partials", ``cloud_authentication``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from types import MappingProxyType
from typing import Final

import pulumi
import pulumi_aws as aws

from components.cache.regional import RedisEndpoint, RedisWithoutVectorSearch
from components.component import Component
from components.names import bounded_name
from components.regions import CacheTier

ENGINE: Final = "valkey"
ENGINE_VERSION: Final = "8.0"
"""It has no vector search: ElastiCache has it from Valkey 8.2 on."""
PORT: Final = 6379
NAME_MAX: Final = 40
"""Most characters of the names of replication groups, users and user groups."""
_ACCESS: Final = "on ~* +@all"

_NODE_TYPES: Final = (
    "t4g.micro t4g.small t4g.medium m6g.large m6g.xlarge m6g.2xlarge m6g.4xlarge m6g.8xlarge "
    "m6g.12xlarge m6g.16xlarge m5.24xlarge"
)
NODE_TYPES: Mapping[CacheTier, str] = MappingProxyType(
    {
        tier: f"cache.{node_type}"
        for tier, node_type in zip(CacheTier, _NODE_TYPES.split(), strict=True)
    }
)
"""The node type with the memory of a tier, 0.5 to 314 GiB. Source: AWS, "Supported node types"."""


@dataclass(frozen=True)
class AwsRedisArgs:
    """An ElastiCache in one region, in the network of its data planes."""

    region: str
    """AWS region id: ``us-east-2``."""
    vpc_id: pulumi.Input[str]
    subnet_ids: Mapping[str, pulumi.Input[str]]
    """Subnets for its nodes, by zone id, in two zones or more."""
    tier: CacheTier = CacheTier.SMALL
    """A size as of Konnect's managed cache. It can be raised and lowered in place."""
    node_type: str | None = None
    """A node type of ElastiCache instead: ``cache.r7g.large``."""
    clients: Sequence[IPv4Network] = ()
    """Blocks that may connect: those of the data planes."""
    client_security_group_ids: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Security groups that may connect, by a key that never changes."""
    auth_token: pulumi.Output[str] | None = None
    """A password of 16 to 128 letters, digits and ``!&#$^<>-``, as ``Config.require_secret`` gives
    it. None: data planes log in with IAM, and no password is stored."""
    assume_role_arn: pulumi.Input[str] | None = None
    """With IAM: a role that data planes assume to log in. None: they log in as themselves."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags of every resource, beside ``Name``."""
    protect: bool = False
    """Whether Pulumi refuses to delete the cache."""


class AwsRedis(Component):
    """A primary node and a replica in two zones, with failover, TLS and encryption at rest.

    Raises ValueError for subnets in fewer than two zones, for no clients, and for a password in
    plain text.
    """

    endpoint: RedisEndpoint
    """For ``RegionalCache``. Certificates chain to Amazon Trust Services, so data planes verify
    them with the CAs of their system."""
    connect_arns: Sequence[pulumi.Output[str]]
    """With IAM: what the data planes' role must be allowed ``elasticache:Connect`` on."""

    def __init__(
        self, name: str, args: AwsRedisArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        _require(name, args)
        super().__init__("AwsRedis", name, args, opts)
        self._args = args
        user = None if args.auth_token is not None else self._user()
        group = self._replication_group(user)
        self.connect_arns = [] if user is None else [group.arn, user.arn]
        self.endpoint = self._endpoint(group, user)
        self.register_outputs({"host": group.primary_endpoint_address, "port": PORT})

    def _replication_group(
        self, user: aws.elasticache.User | None
    ) -> aws.elasticache.ReplicationGroup:
        args = self._args
        subnets = aws.elasticache.SubnetGroup(
            f"{self.name}-subnets",
            region=args.region,
            name=f"{self.name}-subnets".lower(),
            description="Subnets of the cache of data planes",
            subnet_ids=list(args.subnet_ids.values()),
            tags=self._tags("subnets"),
            opts=self.child(),
        )
        clients = self._clients()
        return aws.elasticache.ReplicationGroup(
            self.name,
            region=args.region,
            replication_group_id=self._bounded("redis"),
            description="Counters and cached responses of data planes",
            engine=ENGINE,
            engine_version=ENGINE_VERSION,
            node_type=args.node_type or NODE_TYPES[args.tier],
            port=PORT,
            num_cache_clusters=2,
            automatic_failover_enabled=True,
            multi_az_enabled=True,
            at_rest_encryption_enabled=True,
            transit_encryption_enabled=True,
            transit_encryption_mode="required",
            auth_token=_secret(args.auth_token),
            user_group_ids=None if user is None else [self._user_group(user).user_group_id],
            subnet_group_name=subnets.name,
            security_group_ids=[clients.id],
            # Otherwise a new size waits for the maintenance window, and Pulumi does not tell.
            apply_immediately=True,
            tags=self._tags("redis"),
            opts=self.child(protect=args.protect or None),
        )

    def _clients(self) -> aws.ec2.SecurityGroup:
        """A security group that lets in the clients on the port of Redis, and nothing out."""
        args = self._args
        group = aws.ec2.SecurityGroup(
            f"{self.name}-clients",
            region=args.region,
            vpc_id=args.vpc_id,
            description="Data planes that use the cache",
            tags=self._tags("clients"),
            opts=self.child(),
        )
        for block in args.clients:
            self._let_in(group, str(block), cidr=str(block))
        for key, id_ in args.client_security_group_ids.items():
            self._let_in(group, key, client=id_)
        return group

    def _let_in(
        self,
        group: aws.ec2.SecurityGroup,
        key: str,
        cidr: str | None = None,
        client: pulumi.Input[str] | None = None,
    ) -> None:
        """Allow one block or one security group to connect."""
        aws.vpc.SecurityGroupIngressRule(
            f"{self.name}-from-{key}",
            region=self._args.region,
            security_group_id=group.id,
            ip_protocol="tcp",
            from_port=PORT,
            to_port=PORT,
            cidr_ipv4=cidr,
            referenced_security_group_id=client,
            description="Redis from data planes",
            opts=self.child(),
        )

    def _user(self) -> aws.elasticache.User:
        """The user with whom data planes log in. With IAM its name must be its id."""
        id_ = self._bounded("kong")
        return aws.elasticache.User(
            f"{self.name}-user",
            region=self._args.region,
            user_id=id_,
            user_name=id_,
            engine=ENGINE,
            access_string=_ACCESS,
            authentication_mode={"type": "iam"},
            tags=self._tags("user"),
            opts=self.child(),
        )

    def _user_group(self, user: aws.elasticache.User) -> aws.elasticache.UserGroup:
        return aws.elasticache.UserGroup(
            f"{self.name}-users",
            region=self._args.region,
            user_group_id=self._bounded("users"),
            engine=ENGINE,
            user_ids=[user.user_id],
            tags=self._tags("users"),
            opts=self.child(),
        )

    def _endpoint(
        self, group: aws.elasticache.ReplicationGroup, user: aws.elasticache.User | None
    ) -> RedisEndpoint:
        host = group.primary_endpoint_address
        if user is None:
            password = _secret(self._args.auth_token)
            return RedisWithoutVectorSearch(host, PORT, password, verify_tls=True)
        login: dict[str, pulumi.Input[str | bool]] = {
            "auth_provider": "aws",
            "aws_cache_name": group.replication_group_id,
            "aws_region": self._args.region,
            # Kong's default is a serverless cache.
            "aws_is_serverless": False,
        }
        if self._args.assume_role_arn is not None:
            login["aws_assume_role_arn"] = self._args.assume_role_arn
        return RedisWithoutVectorSearch(
            host,
            PORT,
            username=user.user_name,
            verify_tls=True,
            cloud_authentication=login,
        )

    def _bounded(self, suffix: str) -> str:
        return bounded_name(self.name.removesuffix("-redis").lower(), suffix, NAME_MAX)

    def _tags(self, suffix: str) -> Mapping[str, str]:
        return {**self._args.tags, "Name": f"{self.name}-{suffix}"}


def _require(name: str, args: AwsRedisArgs) -> None:
    """Raise ValueError with everything that is wrong in the arguments."""
    wrong = []
    if len(args.subnet_ids) < 2:
        zones = ", ".join(args.subnet_ids) or "no zone"
        wrong.append(f"subnet_ids has {zones}, and failover needs two zones; add a subnet")
    if not args.clients and not args.client_security_group_ids:
        wrong.append(
            "clients and client_security_group_ids are empty, so nobody can connect; "
            "give one of them"
        )
    if isinstance(args.auth_token, str):
        wrong.append("auth_token is plain text; give what Config.require_secret returns")
    if args.auth_token is not None and args.assume_role_arn is not None:
        wrong.append("assume_role_arn is for IAM, and auth_token excludes IAM; delete one of them")
    if wrong:
        raise ValueError(f"{name}: {'; '.join(wrong)}")


def _secret(value: pulumi.Output[str] | None) -> pulumi.Output[str] | None:
    return None if value is None else pulumi.Output.secret(value)
