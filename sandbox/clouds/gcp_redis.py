"""Memorystore for Redis.

With ``transitEncryptionMode: SERVER_AUTHENTICATION`` the instance listens on port 6378 instead of
6379, with a certificate of its own CA. ``deletionProtection`` is on by default: the instance cannot
be deleted then. ``reservedIpRange`` is a block with direct peering, and the name of an allocated
range with private service access.
"""

from __future__ import annotations

import hashlib
import ipaddress
import ssl
import uuid
from collections.abc import Iterator
from pathlib import Path

from sandbox.clock import rfc3339
from sandbox.clouds import tokens
from sandbox.clouds.gcp_common import (
    block_or_refuse,
    find,
    free_or_refuse,
    gcp_type,
    network_or_refuse,
    not_found,
    on_network,
    peer_ranges,
    project_of,
    ranges_of,
    refuse,
    region_of,
    same_link,
    stamp,
)
from sandbox.clouds.inputs import flag, mapping, text, whole
from sandbox.clouds.model import Call, CloudError, Failure
from sandbox.clouds.wire import Values

_ID_MAX = 40
"""Most characters of an id, as `projects.locations.instances.create` documents it."""
_CA = Path(__file__).with_name("redis_ca.pem")
_TIERS = ("BASIC", "STANDARD_HA")
_MODES = ("DIRECT_PEERING", "PRIVATE_SERVICE_ACCESS")
_ENCRYPTION = ("SERVER_AUTHENTICATION", "DISABLED")
_PLAIN_PORT, _TLS_PORT = 6379, 6378


def _check(inputs: Values) -> Iterator[Failure]:
    size = inputs.get("memorySizeGb", 1)
    if not 1 <= size <= 300:
        yield "memorySizeGb", f"memory size must be 1 to 300 GiB, not {size}"
    zones = inputs.get("locationId"), inputs.get("alternativeLocationId")
    if zones[0] is not None and zones[0] == zones[1]:
        yield "alternativeLocationId", "must be a different zone from locationId"


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


def _first_free(
    call: Call, network: str, pools: list[ipaddress.IPv4Network], *, inside: bool
) -> ipaddress.IPv4Network:
    """The first free /29 in ``pools``. ``inside`` an allocated range only instances use blocks."""
    if inside:
        instances = on_network(call.store, tokens.GCP_REDIS, network)
        taken = [ipaddress.IPv4Network(body["_block"]) for _, body in instances]
    else:
        taken = [found for _, found in ranges_of(call.store, network)]
        taken += [found for _, found in peer_ranges(call.store, network)]
    for pool in pools:
        for candidate in pool.subnets(new_prefix=29):
            if not any(candidate.overlaps(block) for block in taken):
                return candidate
    message = f"No free /29 for a Redis instance in network '{network}'"
    raise refuse(400, "failedPrecondition", message)


def _direct(call: Call, network: str, inputs: Values) -> ipaddress.IPv4Network:
    if "reservedIpRange" not in inputs:
        pool = ipaddress.IPv4Network("10.0.0.0/8")
        return _first_free(call, network, [pool], inside=False)
    wanted = block_or_refuse("instance.reservedIpRange", inputs["reservedIpRange"])
    if wanted.prefixlen > 29:
        message = f"Reserved IP range '{wanted}' must be a /29 or larger"
        raise refuse(400, "invalid", message)
    free_or_refuse(call.store, network, wanted)
    return wanted


def _through_service(call: Call, network: str, inputs: Values) -> ipaddress.IPv4Network:
    connections = [body for _, body in on_network(call.store, tokens.GCP_CONNECTION, network)]
    if not connections:
        message = (
            "Google private service access is not enabled. Enable private service access and try "
            "again."
        )
        raise refuse(400, "failedPrecondition", message)
    wanted = inputs.get("reservedIpRange")
    names = [name for body in connections for name in body["reservedPeeringRanges"]]
    if wanted is not None and wanted not in names:
        raise not_found(f"{network}/allocated range {wanted}")
    pools = [
        ipaddress.IPv4Network(f"{body['address']}/{body['prefixLength']}")
        for _, body in on_network(call.store, tokens.GCP_ADDRESS, network)
        if body["name"] in ([wanted] if wanted else names)
    ]
    return _first_free(call, network, pools, inside=True)


def _auth(call: Call, inputs: Values) -> Values:
    if not inputs["authEnabled"]:
        return {"authString": ""}
    number = call.store.serial("gcp:redis-auth")
    return {"authString": str(uuid.uuid5(uuid.NAMESPACE_OID, f"redis:{number}"))}


def _create(call: Call, inputs: Values) -> tuple[str, Values]:
    project, region = project_of(call, inputs), region_of(call, inputs)
    if len(inputs["name"]) > _ID_MAX:
        message = f"Instance ID '{inputs['name']}' must be between 1-{_ID_MAX} characters"
        raise refuse(400, "badRequest", message)
    network = network_or_refuse(call, project, inputs.get("authorizedNetwork", "default"))
    id_ = f"projects/{project}/locations/{region}/instances/{inputs['name']}"
    if find(call.store, call.token, id_) is not None:
        raise refuse(409, "alreadyExists", f"Resource '{id_}' already exists")
    direct = inputs["connectMode"] == "DIRECT_PEERING"
    place = _direct if direct else _through_service
    block = place(call, network, inputs)
    zone = inputs.get("locationId", f"{region}-a")
    tls = inputs["transitEncryptionMode"] == "SERVER_AUTHENTICATION"
    standard = inputs["tier"] == "STANDARD_HA"
    return id_, {
        "region": region,
        "authorizedNetwork": network,
        "host": str(block[3]),
        "port": _TLS_PORT if tls else _PLAIN_PORT,
        "serverCaCerts": _certificates() if tls else [],
        "reservedIpRange": inputs.get("reservedIpRange", str(block)),
        "effectiveReservedIpRange": str(block),
        "locationId": zone,
        "alternativeLocationId": inputs.get(
            "alternativeLocationId", f"{region}-b" if standard else None
        ),
        "currentLocationId": zone,
        "nodes": [{"id": "node-0", "zone": zone}],
        "redisVersion": inputs.get("redisVersion", "REDIS_7_2"),
        "replicaCount": 1 if standard else 0,
        "readReplicasMode": "READ_REPLICAS_DISABLED",
        "persistenceIamIdentity": f"serviceAccount:redis@{project}.iam.gserviceaccount.com",
        "createTime": stamp(call.store),
        **_auth(call, inputs),
        "_networkPath": network,
        "_block": str(block),
    }


def _update(call: Call, id_: str, body: Values, inputs: Values) -> Values:
    del id_
    changed: Values = {"authorizedNetwork": body["authorizedNetwork"]}
    if inputs["authEnabled"] != body["authEnabled"]:
        changed |= _auth(call, inputs)
    return changed


def _delete(call: Call, id_: str, body: Values) -> None:
    del call, id_
    if body.get("deletionProtection", True):
        message = (
            "cannot destroy redis instance without setting deletion_protection=false and running "
            "`pulumi up`"
        )
        raise CloudError("deletionProtection", message)


TYPES = (
    gcp_type(
        tokens.GCP_REDIS,
        {
            "memorySizeGb": whole(required=True),
            "tier": text(default="BASIC", choices=_TIERS, replace=True),
            "authEnabled": flag(default=False),
            "authorizedNetwork": text(replace=True, computed=True, same=same_link),
            "connectMode": text(default="DIRECT_PEERING", choices=_MODES, replace=True),
            "transitEncryptionMode": text(default="DISABLED", choices=_ENCRYPTION, replace=True),
            "region": text(replace=True, computed=True),
            "locationId": text(replace=True, computed=True),
            "alternativeLocationId": text(replace=True, computed=True),
            "reservedIpRange": text(replace=True, computed=True),
            "redisVersion": text(computed=True),
            "redisConfigs": mapping(),
            "displayName": text(),
            "deletionProtection": flag(default=True),
        },
        (
            "authString",
            "createTime",
            "currentLocationId",
            "effectiveReservedIpRange",
            "host",
            "nodes",
            "persistenceIamIdentity",
            "port",
            "serverCaCerts",
        ),
        _create,
        update=_update,
        delete=_delete,
        check=_check,
        labelled=True,
        secret_outputs=frozenset({"authString"}),
    ),
)
