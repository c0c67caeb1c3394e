"""Transit gateways.

When a gateway cannot be deleted yet, the AWS provider retries for ten minutes. This one refuses at
once, so that a wrong order of deletes shows.
"""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.clouds.aws.cloud import arn, aws, new_id
from sandbox.clouds.aws.ram import is_shared
from sandbox.clouds.declare import Call, Error
from sandbox.clouds.inputs import Failure, switch, text, text_set, whole
from sandbox.clouds.rules import network
from sandbox.clouds.wire import Values
from sandbox.clouds.world import World
from sandbox.store import Found

_DEFAULT_TABLES = {
    "defaultRouteTableAssociation": "associationDefaultRouteTableId",
    "defaultRouteTablePropagation": "propagationDefaultRouteTableId",
}
"""The input that switches a default table on -> the output with its id, or empty."""
VPN = "aws:ec2/vpnConnection:VpnConnection"
NOT_OWNER: Error = (
    "UnauthorizedOperation",
    "You are not authorized to perform this operation: {id} belongs to another account.",
)
_BLOCK: Error = ("InvalidParameterValue", "CIDR block {block} must be /24 or larger")


def _switched_on(old: str, new: str) -> bool:
    """Whether a default table is switched on, which needs a new gateway; off is in place."""
    return old == "disable" and new == "enable"


def _asn(inputs: Values) -> Iterator[Failure]:
    asn = inputs.get("amazonSideAsn", 64512)
    if not (64512 <= asn <= 65534 or 4200000000 <= asn <= 4294967294):
        yield "amazonSideAsn", f"expected an ASN of 64512-65534 or 4200000000-4294967294, got {asn}"


def _asn_of_no_vpn(call: Call) -> None:
    """A rule: the ASN stays while there is a VPN connection (ModifyTransitGatewayOptions)."""
    asn = (call.stored or {}).get("amazonSideAsn")
    if asn is None or asn == call.values["amazonSideAsn"]:
        return
    vpns = [
        id_ for id_, _ in call.world.where(call.world.cloud.types[VPN], transitGatewayId=call.id)
    ]
    if vpns:
        said = "The ASN of {id} cannot be modified while it has VPN attachments: {by}."
        raise call.error(("IncorrectState", said), id=call.id, by=", ".join(vpns))


def _blocks(call: Call) -> None:
    for value in call.values.get("transitGatewayCidrBlocks", []):
        if network(call, value, _BLOCK).prefixlen > 24:
            raise call.error(_BLOCK, block=value)


def _tables(call: Call, id_: str) -> Values:
    """The ids of the default tables: one table for both, or none."""
    del id_
    wanted = [name for name in _DEFAULT_TABLES if call.values[name] == "enable"]
    table = new_id(call.store, "tgw-rtb") if wanted else ""
    return {shown: table if name in wanted else "" for name, shown in _DEFAULT_TABLES.items()}


def _create_table(call: Call) -> None:
    """Create the default table, if there is one."""
    body = call.world.get(TGW, call.id) or {}
    associated, propagated = (body[shown] for shown in _DEFAULT_TABLES.values())
    table = associated or propagated
    if table:
        implicit = {
            "transitGatewayId": call.id,
            "region": call.place,
            "arn": arn(call, "ec2", f"transit-gateway-route-table/{table}"),
            "defaultAssociationRouteTable": bool(associated),
            "defaultPropagationRouteTable": bool(propagated),
            "tagsAll": {},
            "_implicit": True,
        }
        type_ = call.world.cloud.types["aws:ec2transitgateway/routeTable:RouteTable"]
        call.world.put(type_, table, implicit)


def _owner_only(call: Call) -> None:
    """A rule: an account that a gateway is shared with does not update or delete it."""
    gateway = call.world.find(TGW, call.id)
    if gateway is not None and gateway.tenant != call.tenant:
        raise call.error(NOT_OWNER, id=call.id)


def _is_visible(world: World, found: Found) -> bool:
    return found.place == world.place and is_shared(world, found)


TGW = aws(
    "aws:ec2transitgateway/transitGateway:TransitGateway",
    {
        "amazonSideAsn": whole(default=64512),
        "autoAcceptSharedAttachments": switch("disable"),
        "defaultRouteTableAssociation": switch("enable", fixed=_switched_on),
        "defaultRouteTablePropagation": switch("enable", fixed=_switched_on),
        "description": text(),
        "dnsSupport": switch("enable"),
        "multicastSupport": switch("disable", fixed=True),
        "securityGroupReferencingSupport": switch("disable"),
        "transitGatewayCidrBlocks": text_set(),
        "vpnEcmpSupport": switch("enable"),
    },
    id="tgw",
    action="EC2: CreateTransitGateway",
    updates="EC2: ModifyTransitGateway",
    arn_of="ec2:transit-gateway",
    owned=True,
    missing=(
        "InvalidTransitGatewayID.NotFound",
        "Transit Gateway {id} was deleted or does not exist.",
    ),
    in_use={
        "aws:ec2transitgateway/peeringAttachment:PeeringAttachment": (
            "IncorrectState",
            "{id} has non-deleted Peering Attachments: {by}.",
        ),
        VPN: ("IncorrectState", "{id} has non-deleted VPN Attachments: {by}."),
        "aws:networkfirewall/firewall:Firewall": (
            "IncorrectState",
            "{id} has non-deleted Network Function Attachments: {by}.",
        ),
        "": ("IncorrectState", "{id} has non-deleted VPC Attachments: {by}."),
    },
    checks=(_asn,),
    rules=(_owner_only, _blocks, _asn_of_no_vpn),
    outputs=tuple(_DEFAULT_TABLES.values()),
    made=_tables,
    created=_create_table,
    changed=lambda call: {
        shown: "" for name, shown in _DEFAULT_TABLES.items() if call.values[name] == "disable"
    },
    deleted=_owner_only,
    visible=_is_visible,
)
