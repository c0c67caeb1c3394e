"""Cloud DNS: zones and their record sets.

A private zone is visible to the networks that it names, which may be of other projects. A peering
zone sends the queries of its networks to another network. When that network is deleted, the zone
stays, deactivated (``peeringConfig.targetNetwork.deactivateTime`` of the API). Google documents
that a network has one private zone of a name, but not the error code of a second.

Forwarding, DNSSEC and clusters of GKE are not modelled. Nor are the NS and SOA records of a zone.
"""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.clouds.declare import Call, Error
from sandbox.clouds.gcp.cloud import GCP, gcp, stamp
from sandbox.clouds.gcp.dns_policies import INVALID, ROUTING_POLICY, good_data, one_policy
from sandbox.clouds.gcp.network import is_link, network_ref
from sandbox.clouds.inputs import Failure, block, blocks, flag, ref, text, text_set, whole
from sandbox.clouds.rules import needs, siblings
from sandbox.clouds.wire import Values
from sandbox.clouds.world import World
from sandbox.store import Found

_VISIBLE = "privateVisibilityConfig.networks.networkUrl"
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
_NO_ZONE: Error = (
    "notFound",
    "The 'parameters.managedZone' resource named '{name}' does not exist",
    404,
)
_TYPES = (
    "A AAAA ALIAS CAA CNAME DNSKEY DS HTTPS IPSECKEY MX NAPTR NS PTR SOA SPF SRV SSHFP SVCB TLSA "
    "TXT"
)
_PUBLIC_SERVERS = tuple(f"ns-cloud-a{number}.googledomains.com." for number in range(1, 5))
_PRIVATE_SERVERS = ("ns-gcp-private.googledomains.com.",)


def _names_networks(values: Values) -> Iterator[Failure]:
    """A check of a preview: a private visibility names networks."""
    visibility = values.get("privateVisibilityConfig")
    if isinstance(visibility, dict) and not visibility.get("networks"):
        yield "privateVisibilityConfig", "one of `gke_clusters,networks` must be specified"


def _good_zone(call: Call) -> None:
    """A rule: the DNS name ends with a dot, and a public zone has no networks."""
    values = call.values
    if not values["dnsName"].endswith("."):
        raise call.error(INVALID, field="managedZone.dnsName", value=values["dnsName"])
    for prop in ("privateVisibilityConfig", "peeringConfig"):
        if prop in values and values["visibility"] == "public":
            raise call.error(INVALID, field=f"managedZone.{prop}", value=values[prop])


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


def _zone(call: Call) -> Values:
    public = call.values["visibility"] == "public"
    return {
        "creationTime": stamp(call.store),
        "managedZoneId": f"{call.store.serial('gcp:number')}",
        "nameServers": list(_PUBLIC_SERVERS if public else _PRIVATE_SERVERS),
    }


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
    missing=_NO_ZONE,
    taken=("alreadyExists", "The resource 'entity.managedZone' named '{name}' already exists", 409),
    checks=(_names_networks,),
    rules=(_good_zone, _one_of_a_name),
    outputs=("creationTime", "managedZoneId", "nameServers"),
    made=_zone,
    deleted=_refuse_records,
)


@GCP.function("gcp:dns/getManagedZone:getManagedZone")
def managed_zone(call: Call) -> Values:
    """The zone of a name in the project. Raises CloudError without one."""
    id_ = f"projects/{call.tenant}/managedZones/{call.values['name']}"
    zone = call.world.get(ZONE, id_)
    if zone is None:
        raise call.error(_NO_ZONE, id=id_)
    shown = ("description", "dnsName", "managedZoneId", "name", "nameServers", "visibility")
    return {"id": id_, "project": call.tenant, **{prop: zone[prop] for prop in shown}}


def _ends_with_dot(at: str, value: str) -> Iterator[Failure]:
    if not value.endswith("."):
        yield (
            at,
            f'"{at}" ("{value}") doesn\'t end with ".", name field must end with trailing dot, '
            "for example test.example.com. (note the trailing dot)",
        )


def _in_its_zone(call: Call) -> None:
    """A rule: the name of a record set is that of its zone, or ends with it."""
    name, domain = call.values["name"], call.target("managedZone")["dnsName"]
    if not f".{name}".endswith(f".{domain}"):
        raise call.error(INVALID, field="change.additions[0].name", value=name)


def _alone_with_cname(call: Call) -> None:
    """A rule: a name with a CNAME has no other record set; that of the zone has NS and SOA."""
    name, type_ = call.values["name"], call.values["type"]
    if type_ == "CNAME" and name == call.target("managedZone")["dnsName"]:
        raise call.error(_CNAME_CONFLICT, name=name)
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
        "routingPolicy": ROUTING_POLICY,
        "ttl": whole(),
    },
    id=_record_id,
    named=False,
    taken=(
        "alreadyExists",
        "The resource 'entity.change.additions[0]' named '{name} ({type})' already exists",
        409,
    ),
    checks=(one_policy,),
    rules=(
        needs("rrdatas", "routingPolicy", error=_NO_DATA),
        _in_its_zone,
        good_data,
        _alone_with_cname,
    ),
)
