"""Route 53 private hosted zones, and their association with VPCs of other accounts.

Route 53 is global: its objects have no region. The owner of a zone authorises the association, and
the owner of the VPC creates it. The records of a zone are not modelled.
"""

from __future__ import annotations

import hashlib

from sandbox.clouds.aws.cloud import aws
from sandbox.clouds.aws.vpc import VPC
from sandbox.clouds.declare import Autoname, Call, Error
from sandbox.clouds.inputs import blocks, flag, ref, text
from sandbox.clouds.world import World
from sandbox.store import Found

_NO_VPC: Error = (
    "InvalidVPCId",
    "The VPC ID {id} either isn't valid or the current account is not authorized to access it.",
)
_VPC = {"vpcId": ref(VPC, required=True, on_delete="keep", elsewhere=True, missing=_NO_VPC)}
NOT_AUTHORIZED: Error = (
    "NotAuthorizedException",
    "The VPC {vpc} has not authorized access to your hosted zone.",
)


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
)


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
