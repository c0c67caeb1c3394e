"""VPC Lattice resource gateways, and the resource configurations that they give access to.

A configuration of type ``GROUP`` holds ``CHILD`` configurations and is shared as one. Source:
CreateResourceGateway and CreateResourceConfiguration of the Amazon VPC Lattice API.
"""

from __future__ import annotations

from sandbox.clouds.aws.cloud import aws
from sandbox.clouds.aws.security import SECURITY_GROUP
from sandbox.clouds.aws.vpc import SUBNET, VPC
from sandbox.clouds.declare import Autoname, Call, Error
from sandbox.clouds.inputs import block, flag, ref, refs, text, text_set, whole
from sandbox.clouds.rules import all_within

_MISSING: Error = ("ResourceNotFoundException", "Resource {id} not found")
_IN_USE: Error = ("ConflictException", "Resource {id} is used by {by}")
_INVALID = "ValidationException"
_CONFIGURATION = "aws:vpclattice/resourceConfiguration:ResourceConfiguration"

RESOURCE_GATEWAY = aws(
    "aws:vpclattice/resourceGateway:ResourceGateway",
    {
        "name": text(fixed=True),
        "vpcId": ref(VPC, required=True, fixed=True),
        "subnetIds": refs(SUBNET, required=True, fixed=True),
        "securityGroupIds": refs(SECURITY_GROUP, computed=True),
        "ipAddressType": text(default="IPV4", choices=("IPV4", "IPV6", "DUALSTACK"), fixed=True),
        "ipv4AddressesPerEni": whole(default=16, fixed=True),
        "resourceConfigDnsResolution": text(
            default="PUBLIC", choices=("IN_VPC", "PUBLIC"), fixed=True
        ),
    },
    id="rgw",
    action="VPC Lattice: CreateResourceGateway",
    updates="VPC Lattice: UpdateResourceGateway",
    arn_of="vpc-lattice:resourcegateway",
    autoname=Autoname("name", longest=40),
    missing=_MISSING,
    in_use=_IN_USE,
    rules=(
        all_within("subnetIds", "vpcId", (_INVALID, "Subnet {id} is not in VPC {vpcId}")),
        all_within("securityGroupIds", "vpcId", (_INVALID, "{id} is not in VPC {vpcId}")),
    ),
    outputs=("status",),
    made=lambda call, id_: {
        "status": "ACTIVE",
        "securityGroupIds": call.values.get("securityGroupIds", []),
    },
)


def _one_form(call: Call) -> None:
    """A rule: each type of configuration has its own inputs."""
    values, kind = call.values, call.values["type"]
    definition = values.get("resourceConfigurationDefinition") or {}
    defined = [name for name in ("dnsResource", "ipResource", "arnResource") if name in definition]
    wanted = {"GROUP": 0, "SINGLE": 1, "CHILD": 1, "ARN": 1}[kind]
    if len(defined) != wanted or (kind == "ARN") != ("arnResource" in definition):
        said = f"A resource configuration of type {kind} defines {wanted} resource of its kind"
        raise call.error((_INVALID, said))
    needed = {
        "resourceConfigurationGroupId": kind == "CHILD",
        "resourceGatewayIdentifier": kind in ("GROUP", "SINGLE"),
        "portRanges": kind in ("SINGLE", "CHILD"),
    }
    for name, needs in needed.items():
        if needs != (name in values):
            said = f"{name} is {'required' if needs else 'not allowed'} for type {kind}"
            raise call.error((_INVALID, said))
    group = call.target("resourceConfigurationGroupId")
    if group and group["type"] != "GROUP":
        raise call.error((_INVALID, "{id} is not of type GROUP"), id=group["arn"])


RESOURCE_CONFIGURATION = aws(
    _CONFIGURATION,
    {
        "name": text(fixed=True),
        "type": text(default="SINGLE", choices=("SINGLE", "GROUP", "CHILD", "ARN"), fixed=True),
        "resourceGatewayIdentifier": ref(RESOURCE_GATEWAY, fixed=True),
        "resourceConfigurationGroupId": ref(_CONFIGURATION, fixed=True),
        "resourceConfigurationDefinition": block(
            {
                "dnsResource": block(
                    {"domainName": text(required=True), "ipAddressType": text(required=True)}
                ),
                "ipResource": block({"ipAddress": text(required=True)}),
                "arnResource": block({"arn": text(required=True)}),
            }
        ),
        "portRanges": text_set(),
        "protocol": text(default="TCP", choices=("TCP",), fixed=True),
        "allowAssociationToShareableServiceNetwork": flag(default=False),
    },
    id="rcfg",
    action="VPC Lattice: CreateResourceConfiguration",
    updates="VPC Lattice: UpdateResourceConfiguration",
    arn_of="vpc-lattice:resourceconfiguration",
    autoname=Autoname("name", longest=40),
    missing=_MISSING,
    in_use=_IN_USE,
    rules=(_one_form,),
)
