"""Route 53 hosted zones, and the association of private ones with VPCs of other accounts.

Route 53 is global: its objects have no region. The owner of a zone authorises the association, and
the owner of the VPC creates it.
"""

from __future__ import annotations

import hashlib

from sandbox.clouds.aws.cloud import AWS, aws, replace_action
from sandbox.clouds.aws.vpc import VPC
from sandbox.clouds.declare import Autoname, Call, CloudError, Error
from sandbox.clouds.inputs import blocks, flag, ref, text
from sandbox.clouds.wire import Values
from sandbox.clouds.world import World
from sandbox.store import Found

RECORD_TOKEN = "aws:route53/record:Record"
_NO_VPC: Error = (
    "InvalidVPCId",
    "The VPC ID {id} either isn't valid or the current account is not authorized to access it.",
)
_VPC = {"vpcId": ref(VPC, required=True, on_delete="keep", elsewhere=True, missing=_NO_VPC)}
NOT_AUTHORIZED: Error = (
    "NotAuthorizedException",
    "The VPC {vpc} has not authorized access to your hosted zone.",
)
_NOT_EMPTY: Error = (
    "HostedZoneNotEmpty",
    "The specified hosted zone contains non-required resource record sets and so cannot be "
    "deleted.",
)


def domain_name(value: str) -> str:
    """A domain name as the provider keeps it: in lower case, without a dot at its end."""
    return value.rstrip(".").lower()


def _own_vpcs(call: Call) -> None:
    """A rule: the VPCs of a zone are of its account, in the regions that it names."""
    for given, found in zip(
        call.values.get("vpcs", []), call.found.get("vpcs.vpcId", []), strict=True
    ):
        place = given.get("vpcRegion", call.place)
        if (found.tenant, found.place) != (call.tenant, place):
            raise call.error(_NO_VPC, id=found.id)


def _zone_id(call: Call) -> str:
    serial = call.store.serial("aws:zone")
    return f"Z{hashlib.sha256(f'zone:{serial}'.encode()).hexdigest()[:20].upper()}"


def _refuse_records(call: Call) -> None:
    """Refuse the deletion of a zone with records, unless the provider deletes them first."""
    records = call.world.every(call.world.cloud.types[RECORD_TOKEN], zoneId=call.id)
    if any(records) and not (call.stored or {}).get("forceDestroy"):
        raise call.error(_NOT_EMPTY)


ZONE = aws(
    "aws:route53/zone:Zone",
    {
        "name": text(fixed=True),
        "comment": text(default="Managed by Pulumi"),
        "forceDestroy": flag(default=False),
        "vpcs": blocks({**_VPC, "vpcRegion": text(computed=True)}, unordered=True),
    },
    id=_zone_id,
    action="Route 53: CreateHostedZone",
    regional=False,
    autoname=Autoname("name"),
    missing=("NoSuchHostedZone", "No hosted zone found with ID: {id}"),
    rules=(_own_vpcs,),
    outputs=("arn", "zoneId", "nameServers", "primaryNameServer"),
    made=lambda call, id_: {
        "arn": f"arn:aws:route53:::hostedzone/{id_}",
        "zoneId": id_,
        "nameServers": ["ns-0.awsdns-00.com."],
        "primaryNameServer": "ns-0.awsdns-00.com.",
    },
    deleted=_refuse_records,
)


@AWS.function("aws:route53/getZone:getZone")
def _get_zone(call: Call) -> Values:
    """The zone with an id, or the only one with a name. Public unless the arguments say private."""
    values = call.values
    if values.get("zoneId") and values.get("name"):
        raise CloudError("InvalidArguments", "only one of `zone_id` or `name` may be set")
    private = values.get("privateZone", bool(values.get("vpcId")))
    if values.get("vpcId") and not private:
        raise CloudError("InvalidArguments", "`vpc_id` can only be set for private zones")
    if values.get("zoneId"):
        body = call.world.get(ZONE, values["zoneId"])
        if body is None:
            raise replace_action(call, "Route 53: GetHostedZone").error(
                ZONE.missing, id=values["zoneId"]
            )
        return _described(call, body)
    found = [body for _, body in call.world.where(ZONE) if _matches(call, body, private)]
    if not found:
        raise CloudError("NotFound", "no matching Route 53 Hosted Zone found")
    if len(found) > 1:
        raise CloudError(
            "TooManyResults",
            "multiple Route 53 Hosted Zones matched; use additional constraints to reduce matches "
            "to a single Route 53 Hosted Zone",
        )
    return _described(call, found[0])


def _matches(call: Call, body: Values, private: bool) -> bool:
    """Whether a zone has the name, kind, VPC and tags that the arguments name."""
    name, vpc = call.values.get("name"), call.values.get("vpcId")
    tags = call.values.get("tags") or {}
    return (
        bool(body.get("vpcs")) == private
        and (not name or domain_name(body["name"]) == domain_name(name))
        and (not vpc or vpc in {item["vpcId"] for item in body["vpcs"]})
        and tags.items() <= body["tagsAll"].items()
    )


def _described(call: Call, body: Values) -> Values:
    records = call.world.every(call.world.cloud.types[RECORD_TOKEN], zoneId=body["zoneId"])
    required = 2  # NS and SOA, which every zone has
    return {
        "arn": body["arn"],
        "callerReference": f"sandbox-{body['zoneId']}",
        "comment": body["comment"],
        "enableAcceleratedRecovery": False,
        "id": body["zoneId"],
        "linkedServiceDescription": "",
        "linkedServicePrincipal": "",
        "name": domain_name(body["name"]),
        "nameServers": body["nameServers"],
        "primaryNameServer": body["primaryNameServer"],
        "privateZone": bool(body.get("vpcs")),
        "resourceRecordSetCount": required + sum(1 for _ in records),
        "tags": body["tagsAll"],
        "vpcId": call.values.get("vpcId", ""),
        "zoneId": body["zoneId"],
    }


def _is_private(call: Call) -> None:
    """A rule: only a private zone, which has a VPC, is associated with others."""
    if not call.target("zoneId").get("vpcs"):
        said = "The hosted zone {id} is public. Only a private hosted zone has VPCs."
        raise call.error(("PublicZoneVPCAssociation", said), id=call.values["zoneId"])


def _region(call: Call) -> str:
    return str(call.values.get("vpcRegion", call.place))


VPC_AUTHORIZATION = aws(
    "aws:route53/vpcAssociationAuthorization:VpcAssociationAuthorization",
    {
        "zoneId": ref(ZONE, required=True, fixed=True, on_delete="cascade"),
        "vpcId": text(required=True, fixed=True),
        "vpcRegion": text(fixed=True, computed=True),
    },
    id=lambda call: f"{call.values['zoneId']}:{call.values['vpcId']}",
    action="Route 53: CreateVPCAssociationAuthorization",
    tagged=False,
    regional=False,
    rules=(_is_private,),
    made=lambda call, id_: {"vpcRegion": _region(call)},
)


def is_authorized(world: World, zone: Found, vpc_id: str, region: str) -> bool:
    """Whether the account of ``world`` may associate its VPC with a zone."""
    if zone.tenant == world.tenant:
        return True
    given = world.of(zone.tenant).get(VPC_AUTHORIZATION, f"{zone.id}:{vpc_id}")
    return given is not None and given["vpcRegion"] == region


def _authorized(call: Call) -> None:
    """A rule: the owner of the zone authorised the VPC, which is of the account and region."""
    (zone,), (vpc,) = call.found["zoneId"], call.found["vpcId"]
    if (vpc.tenant, vpc.place) != (call.tenant, _region(call)):
        raise call.error(_NO_VPC, id=vpc.id)
    if not is_authorized(call.world, zone, vpc.id, vpc.place):
        raise call.error(NOT_AUTHORIZED, vpc=vpc.id)


ZONE_ASSOCIATION = aws(
    "aws:route53/zoneAssociation:ZoneAssociation",
    {
        "zoneId": ref(ZONE, required=True, fixed=True, on_delete="cascade", elsewhere=True),
        "vpcId": ref(VPC, required=True, fixed=True, elsewhere=True, missing=_NO_VPC),
        "vpcRegion": text(fixed=True, computed=True),
    },
    id=lambda call: f"{call.values['zoneId']}:{call.values['vpcId']}",
    action="Route 53: AssociateVPCWithHostedZone",
    deletes="Route 53: DisassociateVPCFromHostedZone",
    tagged=False,
    regional=False,
    taken=("ConflictingDomainExists", "The VPC {vpcId} is already associated with {zoneId}"),
    rules=(_is_private, _authorized),
    outputs=("owningAccount",),
    made=lambda call, id_: {
        "vpcRegion": _region(call),
        "owningAccount": call.found["zoneId"][0].tenant,
    },
)
