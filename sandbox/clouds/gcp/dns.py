"""Cloud DNS: zones and their record sets.

A private zone is visible to the networks that it names, which may be of other projects. A peering
zone sends the queries of its networks to another network. When that network is deleted, the zone
stays, deactivated (``peeringConfig.targetNetwork.deactivateTime`` of the API). Google documents
that a network has one private zone of a name, but not the error code of a second.

Routing policies, forwarding and clusters of GKE are not modelled.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from sandbox.clouds.declare import Call, Error
from sandbox.clouds.gcp.cloud import gcp, stamp
from sandbox.clouds.gcp.network import is_link, network_ref
from sandbox.clouds.inputs import Failure, block, blocks, flag, ref, text, text_set, whole
from sandbox.clouds.rules import needs, siblings
from sandbox.clouds.wire import Values
from sandbox.clouds.world import World
from sandbox.store import Found

_VISIBLE = "privateVisibilityConfig.networks.networkUrl"
_INVALID: Error = ("invalid", "Invalid value for 'entity.{field}': '{value}'")
_SAME_NAME: Error = (
    "alreadyExists",
    "The network '{network}' already has a private zone of the DNS name '{dnsName}': '{by}'",
    409,
)
_NOT_EMPTY: Error = (
    "containerNotEmpty",
    "The resource named '{name}' cannot be deleted because it contains one or more "
    "'resource records'.",
)
_CNAME_CONFLICT: Error = (
    "cnameResourceRecordSetConflict",
    "The resource record set 'entity.change.additions[0]' is invalid because the DNS name "
    "'{name}' may have either one CNAME resource record set or resource record sets of other "
    "types, but not both.",
)
_NO_DATA: Error = ("required", "one of `routing_policy,rrdatas` must be specified")
_TYPES = (
    "A AAAA ALIAS CAA CNAME DNSKEY DS HTTPS IPSECKEY MX NAPTR NS PTR SOA SPF SRV SSHFP SVCB TLSA "
    "TXT"
)
_VERSIONS = {"A": 4, "AAAA": 6}
"""Type of a record -> the version of the IP addresses in it."""


def _names_networks(values: Values) -> Iterator[Failure]:
    """A check of a preview: a private visibility names networks."""
    visibility = values.get("privateVisibilityConfig")
    if isinstance(visibility, dict) and not visibility.get("networks"):
        yield "privateVisibilityConfig", "one of `gke_clusters,networks` must be specified"


def _good_zone(call: Call) -> None:
    """A rule: the DNS name ends with a dot, and a public zone has no networks."""
    values = call.values
    if not values["dnsName"].endswith("."):
        raise call.error(_INVALID, field="managedZone.dnsName", value=values["dnsName"])
    for prop in ("privateVisibilityConfig", "peeringConfig"):
        if prop in values and values["visibility"] == "public":
            raise call.error(_INVALID, field=f"managedZone.{prop}", value=values[prop])


def private_zones(world: World, network: Found) -> Iterator[Found]:
    """The zones that are visible to a network, of any project."""
    for path, user in world.store.users(network):
        if path == _VISIBLE:
            yield user


def _one_of_a_name(call: Call) -> None:
    """A rule: a network has one private zone of a DNS name, whichever project it is of."""
    name = call.values["dnsName"]
    for network in call.found.get(_VISIBLE, []):
        for other in private_zones(call.world, network):
            if other.body["dnsName"] == name and other.id != call.id:
                raise call.error(_SAME_NAME, dnsName=name, network=network.id, by=other.id)


def _refuse_records(call: Call) -> None:
    """Refuse the deletion of a zone with records, unless the provider deletes them first."""
    name = call.values["name"]
    if not call.values.get("forceDestroy") and any(call.world.every(RECORD, managedZone=name)):
        raise call.error(_NOT_EMPTY, name=name)


ZONE = gcp(
    "gcp:dns/managedZone:ManagedZone",
    {
        "dnsName": text(required=True, fixed=True),
        "description": text(default="Managed by Pulumi"),
        "visibility": text(default="public", choices=("public", "private"), fixed=True),
        "privateVisibilityConfig": block(
            {
                "networks": blocks(
                    {"networkUrl": network_ref(required=True, fixed=False, form=is_link)},
                    unordered=True,
                )
            }
        ),
        "peeringConfig": block(
            {
                "targetNetwork": block(
                    {
                        "networkUrl": network_ref(
                            required=True, fixed=False, form=is_link, on_delete="keep"
                        )
                    },
                    required=True,
                )
            }
        ),
        "forceDestroy": flag(default=False),
    },
    id="projects/{project}/managedZones/{name}",
    labelled=True,
    missing=(
        "notFound",
        "The 'parameters.managedZone' resource named '{name}' does not exist",
        404,
    ),
    taken=("alreadyExists", "The resource 'entity.managedZone' named '{name}' already exists", 409),
    checks=(_names_networks,),
    rules=(_good_zone, _one_of_a_name),
    outputs=("creationTime", "managedZoneId", "nameServers"),
    made=lambda call: {
        "creationTime": stamp(call.store),
        "managedZoneId": f"{call.store.serial('gcp:number')}",
        "nameServers": ["ns-gcp-private.googledomains.com."],
    },
    deleted=_refuse_records,
)


def _ends_with_dot(at: str, value: str) -> Iterator[Failure]:
    if not value.endswith("."):
        yield (
            at,
            f'"{at}" ("{value}") doesn\'t end with ".", name field must end with trailing dot, '
            "for example test.example.com. (note the trailing dot)",
        )


def _good_record(call: Call) -> None:
    """A rule: the name is of the zone, and the data of an address record are addresses."""
    name, domain = call.values["name"], call.target("managedZone")["dnsName"]
    if not f".{name}".endswith(f".{domain}"):
        raise call.error(_INVALID, field="change.additions[0].name", value=name)
    version = _VERSIONS.get(call.values["type"])
    for index, value in enumerate(call.values["rrdatas"]):
        if version is not None and not _is_address(value, version):
            field = f"change.additions[0].rrdata[{index}]"
            raise call.error(_INVALID, field=field, value=value)


def _is_address(value: str, version: int) -> bool:
    try:
        return ipaddress.ip_address(value).version == version
    except ValueError:
        return False


def _alone_with_cname(call: Call) -> None:
    """A rule: a name with a CNAME has no other record set."""
    name, type_ = call.values["name"], call.values["type"]
    for _, other in siblings(call, "managedZone"):
        if other["name"] == name and other["type"] != type_ and "CNAME" in (type_, other["type"]):
            raise call.error(_CNAME_CONFLICT, name=name)


def _record_id(call: Call) -> str:
    zone, name, type_ = (call.values[prop] for prop in ("managedZone", "name", "type"))
    return f"projects/{call.tenant}/managedZones/{zone}/rrsets/{name}/{type_}"


RECORD = gcp(
    "gcp:dns/recordSet:RecordSet",
    {
        "managedZone": ref(
            ZONE,
            find=lambda call, value: f"projects/{call.tenant}/managedZones/{value}",
            on_delete="cascade",
            required=True,
            fixed=True,
        ),
        "name": text(required=True, fixed=True, form=_ends_with_dot),
        "type": text(required=True, fixed=True, choices=tuple(_TYPES.split())),
        "rrdatas": text_set(),
        "ttl": whole(),
    },
    id=_record_id,
    named=False,
    taken=(
        "alreadyExists",
        "The resource 'entity.change.additions[0]' named '{name} ({type})' already exists",
        409,
    ),
    rules=(needs("rrdatas", error=_NO_DATA), _good_record, _alone_with_cname),
)
