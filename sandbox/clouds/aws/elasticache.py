"""ElastiCache for Valkey and Redis OSS: replication groups without shards, users and user groups.

Clusters with shards, serverless caches and global datastores are not modelled. A user that is
deleted stays in the lists of its groups, from which AWS takes it out. A change of
``transitEncryptionEnabled`` is always a replacement here; in AWS it is one before engine 7.0.5.

Source: CreateReplicationGroup, CreateUser, CreateUserGroup and CreateCacheSubnetGroup of the
ElastiCache API, version 2015-02-02, and "Role-Based Access Control" of its user guide. Errors that
the provider finds before it calls are as it prints them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator

from sandbox.clouds.aws.cloud import aws
from sandbox.clouds.aws.regions import zones
from sandbox.clouds.aws.security import SECURITY_GROUP
from sandbox.clouds.aws.vpc import SUBNET
from sandbox.clouds.declare import Autoname, Call, Error
from sandbox.clouds.inputs import Failure, block, flag, one_of, ref, refs, text, texts, whole
from sandbox.clouds.wire import Values, is_unknown

_SECONDS = 600.0
"""How long a new replication group takes, in simulated seconds. AWS documents no number; the
provider waits an hour at most."""
_COMBINATION, _VALUE = "InvalidParameterCombination", "InvalidParameterValue"
_ENGINES = ("redis", "valkey")
_GROUP_NAME = re.compile(r"(?!.*--)[a-zA-Z][a-zA-Z0-9-]{0,39}(?<!-)")
_USER_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9-]*")
_NODE_TYPE = re.compile(r"cache\.[a-z]\d[a-z]*\.\d*[a-z]+")
_AUTH_TOKEN = re.compile(r"[a-zA-Z0-9!&#$^<>-]{16,128}")
_VERSIONS = {
    "redis": re.compile(r"(4|5|6|7\.[01])(\..+)?|6\.x"),
    "valkey": re.compile(r"7\.2|[89]\.\d+"),
}
_NEWEST = {"redis": "7.1", "valkey": "8.1"}


def _matches(pattern: re.Pattern[str], said: str) -> Callable[[str, str], Iterator[Failure]]:
    """A check of a preview: a text has a form."""

    def form(at: str, value: str) -> Iterator[Failure]:
        if not pattern.fullmatch(value):
            yield at, f'"{at}" ({value}) {said}'

    return form


def _arn(call: Call, kind: str, id_: str) -> str:
    """ARNs of ElastiCache have a colon before the name."""
    return f"arn:aws:elasticache:{call.place}:{call.tenant}:{kind}:{id_}"


# Subnet groups


def _one_vpc(call: Call) -> None:
    """A rule: the subnets of a group are in one VPC, and there is one."""
    subnets = call.found.get("subnetIds", [])
    if not subnets:
        raise call.error((_VALUE, "The parameter SubnetIds must be provided."))
    for found in subnets[1:]:
        if found.body["vpcId"] != subnets[0].body["vpcId"]:
            raise call.error(
                ("InvalidSubnet", "Not all subnets are in the VPC of {id}"), id=found.id
            )


SUBNET_GROUP = aws(
    "aws:elasticache/subnetGroup:SubnetGroup",
    {
        "name": text(fixed=True, same=lambda one, other: one.lower() == other.lower()),
        "description": text(default="Managed by Pulumi"),
        "subnetIds": refs(
            SUBNET,
            required=True,
            missing=("InvalidSubnet", "The subnet ID '{id}' does not exist"),
        ),
    },
    id=lambda call: str(call.values["name"]).lower(),
    action="ElastiCache: CreateCacheSubnetGroup",
    updates="ElastiCache: ModifyCacheSubnetGroup",
    autoname=Autoname("name", lower=True),
    missing=("CacheSubnetGroupNotFoundFault", "Cache Subnet Group {id} does not exist."),
    taken=("CacheSubnetGroupAlreadyExists", "Cache subnet group {id} already exists."),
    in_use=("CacheSubnetGroupInUse", "Cache subnet group {id} is currently in use by {by}."),
    rules=(_one_vpc,),
    outputs=("arn", "vpcId"),
    made=lambda call, id_: {
        "name": id_,
        "arn": _arn(call, "subnetgroup", id_),
        "vpcId": call.found["subnetIds"][0].body["vpcId"],
    },
)

# Users and their groups

_SIXTEEN: Error = (_VALUE, "Passwords must have between 16 and 128 characters.")


def _login(call: Call) -> None:
    """A rule: a user has one way to log in. A user with IAM has its id as its name."""
    values = call.values
    mode = values.get("authenticationMode") or {}
    passwords = [*values.get("passwords", []), *mode.get("passwords", [])]
    open_ = values.get("noPasswordRequired") or mode.get("type") == "no-password-required"
    if not (mode or passwords or open_):
        said = "Input Authentication type: null is not in the allowed list: [password,no-password-"
        raise call.error((_VALUE, f"{said}required,iam]"))
    if mode.get("type") == "iam":
        if passwords:
            raise call.error(
                (_COMBINATION, "Passwords are not allowed with authentication by IAM.")
            )
        if values["userName"] != values["userId"]:
            said = "For IAM Authentication, the user name and the user id must be the same."
            raise call.error((_COMBINATION, said))
    if mode.get("type") == "password" and not passwords:
        raise call.error((_COMBINATION, "Passwords are required with authentication by password."))
    if open_ and passwords:
        raise call.error((_COMBINATION, "Passwords are not allowed where none is required."))
    if any(not 16 <= len(password) <= 128 for password in passwords):
        raise call.error(_SIXTEEN)


def _is_open(user: Values) -> bool:
    """Whether a user logs in without a password."""
    mode = (user.get("authenticationMode") or {}).get("type")
    return bool(user.get("noPasswordRequired")) or mode == "no-password-required"


USER = aws(
    "aws:elasticache/user:User",
    {
        "userId": text(
            required=True, fixed=True, form=_matches(_USER_NAME, "is not an id of a user")
        ),
        "userName": text(required=True, fixed=True),
        "engine": text(required=True, choices=_ENGINES),
        "accessString": text(required=True),
        "authenticationMode": block(
            {
                "type": text(required=True, choices=("password", "no-password-required", "iam")),
                "passwords": texts(),
            },
            computed=True,
        ),
        "noPasswordRequired": flag(),
        "passwords": texts(),
    },
    id=lambda call: str(call.values["userId"]),
    action="ElastiCache: CreateUser",
    updates="ElastiCache: ModifyUser",
    missing=("UserNotFound", "User {id} not found.", 404),
    taken=("UserAlreadyExists", "User {id} already exists."),
    rules=(_login,),
    secret_outputs=frozenset({"passwords"}),
    outputs=("arn",),
    made=lambda call, id_: {"arn": _arn(call, "user", id_)},
)


def _good_members(call: Call) -> None:
    """A rule: users of the engine with different names, and a default one for Redis OSS."""
    members, engine = [found.body for found in call.found.get("userIds", [])], call.values["engine"]
    names = [body["userName"] for body in members]
    if "default" in call.values.get("userIds", []):
        names.append("default")
    if len(set(names)) != len(names):
        raise call.error(("DuplicateUserName", "A user group has one user of each name."))
    if engine == "redis":
        if "default" not in names:
            raise call.error(("DefaultUserRequired", "You must add default user to a user group."))
        if any(body["engine"] == "valkey" for body in members):
            raise call.error((_VALUE, "A user group of Redis OSS has users of Redis OSS only."))
    elif "default" in call.values.get("userIds", []) or any(map(_is_open, members)):
        said = "A user group of Valkey has users with a password or IAM only."
        raise call.error((_VALUE, said))


USER_GROUP = aws(
    "aws:elasticache/userGroup:UserGroup",
    {
        "userGroupId": text(
            required=True, fixed=True, form=_matches(_USER_NAME, "is not an id of a user group")
        ),
        "engine": text(required=True, choices=_ENGINES),
        # Every account has a user "default" for Redis OSS, which is no object here.
        "userIds": refs(USER, on_delete="keep", names_object=lambda _call, user: user != "default"),
    },
    id=lambda call: str(call.values["userGroupId"]),
    action="ElastiCache: CreateUserGroup",
    updates="ElastiCache: ModifyUserGroup",
    missing=("UserGroupNotFound", "User group {id} not found.", 404),
    taken=("UserGroupAlreadyExists", "User group {id} already exists."),
    in_use=(
        "InvalidUserGroupState",
        "User group {id} is associated with {by}: it must first be disassociated.",
    ),
    rules=(_good_members,),
    outputs=("arn",),
    made=lambda call, id_: {"arn": _arn(call, "usergroup", id_)},
)

# Replication groups


def _failover(values: Values) -> Iterator[Failure]:
    """The provider's own errors about failover and zones."""
    failover, clusters = values.get("automaticFailoverEnabled"), values.get("numCacheClusters")
    if values.get("multiAzEnabled") and not failover:
        yield (
            "multiAzEnabled",
            "automatic_failover_enabled must be true if multi_az_enabled is true",
        )
    if failover and not is_unknown(clusters) and (clusters or 1) < 2:
        said = "must be at least 2 if automatic_failover_enabled is true"
        yield "numCacheClusters", f'"num_cache_clusters": {said}'


def _encrypted(call: Call) -> None:
    """A rule: a password or users need TLS, and a password has the form that AWS accepts."""
    values, token = call.values, call.values.get("authToken")
    if not values["transitEncryptionEnabled"]:
        if token is not None:
            said = "The AUTH token modification is only supported when encryption-in-transit is"
            raise call.error((_COMBINATION, f"{said} enabled."))
        if values.get("userGroupIds"):
            said = "User group based access control requires encryption-in-transit to be enabled"
            raise call.error((_COMBINATION, f"{said} on the replication group."))
        if "transitEncryptionMode" in values:
            said = "TransitEncryptionMode needs TransitEncryptionEnabled."
            raise call.error((_COMBINATION, said))
    if token is not None and not _AUTH_TOKEN.fullmatch(token):
        said = "Invalid AuthToken provided: it has 16 to 128 letters, digits and !&#$^<>-."
        raise call.error((_VALUE, said))


def _good_engine(call: Call) -> None:
    """A rule: the engine has the version, and the groups of users are ones it can have."""
    engine, version = call.values["engine"], call.values.get("engineVersion")
    if version is not None and not _VERSIONS[engine].fullmatch(version):
        said = f"Cannot find version {version} for {engine}"
        raise call.error((_COMBINATION, said))
    if not call.values.get("nodeType"):
        raise call.error((_VALUE, "The parameter CacheNodeType must be provided."))
    groups = call.found.get("userGroupIds", [])
    if len(groups) > 1:
        raise call.error((_VALUE, "A replication group has at most one user group."))
    if engine == "redis" and any(found.body["engine"] == "valkey" for found in groups):
        said = "A replication group of Redis OSS takes user groups of Redis OSS only."
        raise call.error((_COMBINATION, said))


def _same_vpc(call: Call) -> None:
    """A rule: the security groups are in the VPC of the subnets."""
    vpc = call.target("subnetGroupName").get("vpcId")
    for found in call.found.get("securityGroupIds", []):
        if vpc is not None and found.body["vpcId"] != vpc:
            raise call.error((_VALUE, f"Security group {{id}} is not in {vpc}"), id=found.id)


def _endpoints(call: Call, id_: str) -> Values:
    """The names of the primary node and of the replicas: with TLS they begin otherwise."""
    digits = hashlib.sha256(f"{id_} {call.store.serial('aws:elasticache')}".encode()).hexdigest()
    region = next(iter(zones(call.place))).partition("-")[0]
    tail = f"{digits[:6]}.{{}}{region}.cache.amazonaws.com"
    if call.values["transitEncryptionEnabled"]:
        end = tail.format("")
        return {
            "primaryEndpointAddress": f"master.{id_}.{end}",
            "readerEndpointAddress": f"replica.{id_}.{end}",
        }
    return {
        "primaryEndpointAddress": f"{id_}.{tail.format('ng.0001.')}",
        "readerEndpointAddress": f"{id_}-ro.{tail.format('ng.0001.')}",
    }


def _version(call: Call) -> Values:
    version = call.values.get("engineVersion", _NEWEST[call.values["engine"]])
    return {"engineVersion": version, "engineVersionActual": f"{version}.0"}


def _members(call: Call, id_: str) -> Values:
    count = call.values.get("numCacheClusters", 1)
    return {"memberClusters": [f"{id_}-{number:03d}" for number in range(1, count + 1)]}


def _replication_group(call: Call, id_: str) -> Values:
    values = call.values
    tls = values["transitEncryptionEnabled"]
    return {
        "replicationGroupId": id_,
        "arn": _arn(call, "replicationgroup", id_),
        "atRestEncryptionEnabled": values.get(
            "atRestEncryptionEnabled", values["engine"] == "valkey"
        ),
        "clusterEnabled": False,
        "clusterMode": "disabled",
        "numCacheClusters": values.get("numCacheClusters", 1),
        "transitEncryptionMode": values.get("transitEncryptionMode", "required" if tls else ""),
        **_endpoints(call, id_),
        **_version(call),
        **_members(call, id_),
    }


def _modified(call: Call) -> Values:
    """What an update changes. Without ``applyImmediately`` it waits for the maintenance window."""
    found = _members(call, call.id)
    stored = call.stored or {}
    if call.values.get("applyImmediately"):
        return {**found, **_version(call)}
    return {**found, **{key: stored[key] for key in ("nodeType", "engineVersion") if key in stored}}


REPLICATION_GROUP = aws(
    "aws:elasticache/replicationGroup:ReplicationGroup",
    {
        "replicationGroupId": text(
            fixed=True,
            same=lambda one, other: one.lower() == other.lower(),
            form=_matches(_GROUP_NAME, "is not a name of 1 to 40 letters, digits and hyphens"),
        ),
        "description": text(required=True),
        "engine": text(default="redis", choices=_ENGINES),
        "engineVersion": text(computed=True),
        "nodeType": text(form=_matches(_NODE_TYPE, "is not a node type of ElastiCache")),
        "port": whole(default=6379, fixed=True, between=(1, 65535)),
        "numCacheClusters": whole(computed=True, between=(1, 6)),
        "automaticFailoverEnabled": flag(default=False),
        "multiAzEnabled": flag(default=False),
        "atRestEncryptionEnabled": flag(computed=True, fixed=True),
        "transitEncryptionEnabled": flag(default=False, fixed=True),
        "transitEncryptionMode": text(computed=True, choices=("preferred", "required")),
        "authToken": text(),
        "authTokenUpdateStrategy": text(choices=("SET", "ROTATE", "DELETE")),
        "userGroupIds": refs(USER_GROUP),
        "subnetGroupName": ref(SUBNET_GROUP, fixed=True, find=lambda _call, name: name.lower()),
        "securityGroupIds": refs(
            SECURITY_GROUP,
            missing=(_VALUE, "Some security groups are invalid: {id} does not exist"),
        ),
        "parameterGroupName": text(),
        "applyImmediately": flag(),
        "autoMinorVersionUpgrade": flag(),
        "maintenanceWindow": text(),
        "snapshotRetentionLimit": whole(between=(0, 35)),
    },
    id=lambda call: str(call.values["replicationGroupId"]).lower(),
    action="ElastiCache: CreateReplicationGroup",
    updates="ElastiCache: ModifyReplicationGroup",
    autoname=Autoname("replicationGroupId", longest=40, lower=True),
    missing=("ReplicationGroupNotFoundFault", "ReplicationGroup {id} not found.", 404),
    taken=("ReplicationGroupAlreadyExists", "Replication group {id} already exists."),
    pending=("InvalidReplicationGroupState", "Replication group {id} is not available."),
    checks=(_failover, one_of(("authToken", "userGroupIds"))),
    rules=(_good_engine, _encrypted, _same_vpc),
    secret_outputs=frozenset({"authToken"}),
    seconds=_SECONDS,
    outputs=(
        "arn",
        "clusterEnabled",
        "clusterMode",
        "engineVersionActual",
        "memberClusters",
        "primaryEndpointAddress",
        "readerEndpointAddress",
    ),
    made=_replication_group,
    changed=_modified,
)
