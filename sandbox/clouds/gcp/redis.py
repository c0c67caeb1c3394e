"""Memorystore for Redis.

With ``transitEncryptionMode: SERVER_AUTHENTICATION`` the instance listens on port 6378 instead of
6379, with a certificate of its own CA. ``deletionProtection`` is on by default: the instance cannot
be deleted then. ``reservedIpRange`` is a block with direct peering, and the name of an allocated
range with private service access.
"""

from __future__ import annotations

import hashlib
import ssl
import uuid
from collections.abc import Iterator
from ipaddress import IPv4Network
from pathlib import Path

from sandbox.clock import rfc3339
from sandbox.clouds.declare import Call, CloudError, Error
from sandbox.clouds.gcp.address import ADDRESS, allocated_block, allocated_range
from sandbox.clouds.gcp.cloud import NOT_FOUND, gcp, project_in, stamp
from sandbox.clouds.gcp.network import (
    PRIVATE,
    first_free,
    ip_block,
    network_at,
    network_ref,
    own_network,
    refuse_overlap,
    taken_blocks,
    users,
)
from sandbox.clouds.inputs import Failure, flag, mapping, ref, text, whole
from sandbox.clouds.rules import when_new
from sandbox.clouds.wire import Values

_ID_MAX = 40
"""Most characters of an id, as `projects.locations.instances.create` documents it."""
_SECONDS = 300.0
"""How long a new instance takes, in simulated seconds.

Google documents no number. The provider waits 20 minutes at most (``customTimeouts`` of
``gcp.redis.Instance``).
"""
_CA = Path(__file__).with_name("redis_ca.pem")
_SERVICE_ACCESS = "PRIVATE_SERVICE_ACCESS"
_MODES = ("DIRECT_PEERING", _SERVICE_ACCESS)
_ENCRYPTION = ("SERVER_AUTHENTICATION", "DISABLED")
_PLAIN_PORT, _TLS_PORT = 6379, 6378

_BAD_ID: Error = ("badRequest", "Instance ID '{name}' must be between 1-{most} characters")
_SHARED_NETWORK: Error = (
    "invalid",
    "Network '{network}' is in another project: use connect mode PRIVATE_SERVICE_ACCESS",
)
_SMALL_RANGE: Error = ("invalid", "Reserved IP range '{block}' must be a /29 or larger")
_NO_ACCESS: Error = (
    "failedPrecondition",
    "Google private service access is not enabled. Enable private service access and try again.",
)
_NO_ROOM: Error = ("failedPrecondition", "No free /29 for an instance in network '{network}'")


def _two_zones(values: Values) -> Iterator[Failure]:
    """A check of a preview: the two zones of an instance differ."""
    zones = values.get("locationId"), values.get("alternativeLocationId")
    if zones[0] is not None and zones[0] == zones[1]:
        yield "alternativeLocationId", "must be a different zone from locationId"


def _through_service(call: Call, value: str = "") -> bool:
    del value
    return bool(call.values["connectMode"] == _SERVICE_ACCESS)


def _good_id(call: Call) -> None:
    name = call.values["name"]
    if len(name) > _ID_MAX:
        raise call.error(_BAD_ID, name=name, most=_ID_MAX)


def _reachable_network(call: Call) -> None:
    """A rule: the network exists. One of another project (Shared VPC) needs service access."""
    network = own_network(call)
    if network_at(call.world, network) is None:
        raise call.error(NOT_FOUND, id=network)
    if project_in(network) != call.tenant and not _through_service(call):
        raise call.error(_SHARED_NETWORK, network=network)


def _free_block(call: Call) -> None:
    """A rule: a block of direct peering is free, and large enough."""
    if _through_service(call) or "reservedIpRange" not in call.values:
        return
    wanted = ip_block(call, "instance.reservedIpRange", call.values["reservedIpRange"])
    if wanted.prefixlen > 29:
        raise call.error(_SMALL_RANGE, block=wanted)
    refuse_overlap(call, own_network(call), wanted)


def _connected(call: Call) -> None:
    """A rule: private service access needs a connection, and a range that it has."""
    if not _through_service(call):
        return
    names = _connected_ranges(call)
    if names is None:
        raise call.error(_NO_ACCESS)
    wanted = call.values.get("reservedIpRange")
    if wanted is not None and wanted not in names:
        raise call.error(NOT_FOUND, id=f"{own_network(call)}/allocated range {wanted}")


def _connected_ranges(call: Call) -> list[str] | None:
    """The names of the ranges that the network's connections have; None without a connection."""
    found = [
        user.body["reservedPeeringRanges"]
        for user in users(call.world, own_network(call))
        if "reservedPeeringRanges" in user.body
    ]
    return [name for names in found for name in names] if found else None


def _block(call: Call) -> IPv4Network:
    """The block of a new instance: the given one, or the first free /29."""
    wanted, network = call.values.get("reservedIpRange"), own_network(call)
    pools, taken = [PRIVATE], taken_blocks(call.world, network)
    if _through_service(call):
        names = [wanted] if wanted is not None else _connected_ranges(call) or []
        found = list(users(call.world, network))
        ranges = [user.body for user in found if user.kind == ADDRESS.token]
        pools = [allocated_block(body) for body in ranges if body["name"] in names]
        taken = [IPv4Network(user.body["_block"]) for user in found if "_block" in user.body]
    elif wanted is not None:
        return IPv4Network(wanted)
    block = first_free(pools, 29, taken)
    if block is None:
        raise call.error(_NO_ROOM, network=network)
    return block


def _certificates() -> list[Values]:
    """The CA of the instance, with the properties that the API reads from the certificate."""
    pem = _CA.read_text()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=pem)
    facts = context.get_ca_certs()[0]
    return [
        {
            "cert": pem,
            "createTime": rfc3339(ssl.cert_time_to_seconds(str(facts["notBefore"]))),
            "expireTime": rfc3339(ssl.cert_time_to_seconds(str(facts["notAfter"]))),
            "serialNumber": str(facts["serialNumber"]),
            "sha1Fingerprint": hashlib.sha1(
                ssl.PEM_cert_to_DER_cert(pem), usedforsecurity=False
            ).hexdigest(),
        }
    ]


def _auth(call: Call) -> Values:
    """A new password, or an empty one where authentication is off."""
    if not call.values["authEnabled"]:
        return {"authString": ""}
    number = call.store.serial("gcp:redis-auth")
    return {"authString": str(uuid.uuid5(uuid.NAMESPACE_OID, f"redis:{number}"))}


def _instance(call: Call) -> Values:
    values, block = call.values, _block(call)
    zone = values.get("locationId", f"{call.place}-a")
    second = f"{call.place}-b" if values["tier"] == "STANDARD_HA" else None
    tls = values["transitEncryptionMode"] == "SERVER_AUTHENTICATION"
    return {
        "authorizedNetwork": own_network(call),
        "host": str(block[3]),
        "port": _TLS_PORT if tls else _PLAIN_PORT,
        "serverCaCerts": _certificates() if tls else [],
        "reservedIpRange": values.get("reservedIpRange", str(block)),
        "effectiveReservedIpRange": str(block),
        "locationId": zone,
        "alternativeLocationId": values.get("alternativeLocationId", second),
        "currentLocationId": zone,
        "nodes": [{"id": "node-0", "zone": zone}],
        "replicaCount": 0 if second is None else 1,
        "readReplicasMode": "READ_REPLICAS_DISABLED",
        "persistenceIamIdentity": f"serviceAccount:redis@{call.tenant}.iam.gserviceaccount.com",
        "createTime": stamp(call.store),
        **_auth(call),
        "_block": str(block),
    }


def _changed(call: Call) -> Values:
    found: Values = {"authorizedNetwork": own_network(call)}
    if call.stored is not None and call.values["authEnabled"] != call.stored["authEnabled"]:
        found |= _auth(call)
    return found


def _ranges(body: Values) -> Iterator[tuple[str, IPv4Network]]:
    yield f"Redis instance '{body['name']}'", IPv4Network(body["_block"])


def _refuse_protected(call: Call) -> None:
    if call.values.get("deletionProtection", True):
        text = (
            "cannot destroy redis instance without setting deletion_protection=false and running "
            "`pulumi up`"
        )
        raise CloudError("deletionProtection", text)


REDIS = gcp(
    "gcp:redis/instance:Instance",
    {
        "memorySizeGb": whole(required=True, between=(1, 300)),
        "tier": text(default="BASIC", choices=("BASIC", "STANDARD_HA"), fixed=True),
        "authEnabled": flag(default=False),
        "authorizedNetwork": network_ref(computed=True),
        "connectMode": text(default="DIRECT_PEERING", choices=_MODES, fixed=True),
        "transitEncryptionMode": text(default="DISABLED", choices=_ENCRYPTION, fixed=True),
        "locationId": text(fixed=True, computed=True),
        "alternativeLocationId": text(fixed=True, computed=True),
        "reservedIpRange": ref(
            ADDRESS,
            elsewhere=True,
            find=allocated_range,
            names_object=_through_service,
            fixed=True,
            computed=True,
        ),
        "redisVersion": text(computed=True),
        "redisConfigs": mapping(),
        "displayName": text(),
        "deletionProtection": flag(default=True),
    },
    id="projects/{project}/locations/{region}/instances/{name}",
    regional=True,
    labelled=True,
    taken=("alreadyExists", "Resource '{id}' already exists", 409),
    pending=("failedPrecondition", "The instance '{id}' is not ready: it is being created"),
    checks=(_two_zones,),
    rules=(_good_id, _reachable_network, when_new(_connected), when_new(_free_block)),
    fills={"redisVersion": "REDIS_7_2"},
    outputs=(
        "authString",
        "createTime",
        "currentLocationId",
        "effectiveReservedIpRange",
        "host",
        "nodes",
        "persistenceIamIdentity",
        "port",
        "readReplicasMode",
        "replicaCount",
        "serverCaCerts",
    ),
    made=_instance,
    changed=_changed,
    deleted=_refuse_protected,
    secret_outputs=frozenset({"authString"}),
    seconds=_SECONDS,
    ranges=_ranges,
)
