"""Transit gateway VPC attachments, and the acceptance of those of other accounts.

An attachment belongs to the account of its VPC; the owner of the gateway sees it too. One of the
owner itself is available at once. One of another account waits for acceptance, unless the gateway
accepts shared attachments automatically. Its state is stored under ``_state``.

Deleting a ``VpcAttachmentAccepter`` deletes the attachment itself, which belongs to the other
account: the AWS provider calls DeleteTransitGatewayVpcAttachment.
"""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.clouds.aws.cloud import aws
from sandbox.clouds.aws.transit_gateway import NOT_OWNER, TGW
from sandbox.clouds.aws.transit_gateway_attached import NO_ATTACHMENT
from sandbox.clouds.aws.transit_gateway_routing import join_default_tables
from sandbox.clouds.aws.vpc import SUBNET, VPC
from sandbox.clouds.declare import Call, Error
from sandbox.clouds.inputs import Failure, flag, ref, refs, switch
from sandbox.clouds.rules import unique, when_new
from sandbox.clouds.wire import Values
from sandbox.clouds.world import World
from sandbox.store import Found

_DEFAULT_TABLES = {
    "transitGatewayDefaultRouteTableAssociation": flag(default=True),
    "transitGatewayDefaultRouteTablePropagation": flag(default=True),
}
_SHOWN = (
    "applianceModeSupport",
    "dnsSupport",
    "ipv6Support",
    "securityGroupReferencingSupport",
    "subnetIds",
    "transitGatewayId",
    "vpcId",
    "vpcOwnerId",
)
"""Properties of the accepted attachment that the accepter outputs."""
ATTACHED_ALREADY: Error = (
    "DuplicateTransitGatewayAttachment",
    "{transitGatewayId} has non-deleted Transit Gateway Attachments with same VPC ID.",
)


def first_state(world: World, gateway: Found) -> str:
    """The state of a new attachment of the account of ``world`` to a gateway."""
    own = gateway.tenant == world.tenant
    accepts = gateway.body["autoAcceptSharedAttachments"] == "enable"
    return "available" if own or accepts else "pendingAcceptance"


def join_when_accepted(world: World, attachment: Values, id_: str, gateway: Found) -> None:
    """Add a new attachment that is available to the default tables of its gateway."""
    if attachment["_state"] != "available":
        return
    owner = world.of(gateway.tenant)
    if gateway.tenant == world.tenant:
        _join(owner, id_, attachment)
    else:  # only the owner of the gateway can choose the tables
        join_default_tables(owner, id_)


def _join(world: World, id_: str, inputs: Values) -> None:
    join_default_tables(
        world,
        id_,
        associate=inputs["transitGatewayDefaultRouteTableAssociation"],
        propagate=inputs["transitGatewayDefaultRouteTablePropagation"],
    )


def _at_least_one(inputs: Values) -> Iterator[Failure]:
    if inputs.get("subnetIds") == []:
        yield "subnetIds", "expected subnetIds to have at least 1 item, got 0"


def _visible_gateway(call: Call) -> None:
    """A rule: a new attachment is to a gateway of the account, or one shared with it."""
    id_ = call.values["transitGatewayId"]
    if call.world.find(TGW, id_) is None:
        raise call.error(TGW.missing, id=id_)


def _subnets(call: Call) -> None:
    """A rule: the subnets are in the VPC, and no two are in the same availability zone."""
    zones: dict[str, str] = {}
    for subnet in call.found["subnetIds"]:
        if subnet.body["vpcId"] != call.values["vpcId"]:
            raise call.error(SUBNET.missing, id=subnet.id)
        zone = subnet.body["availabilityZoneId"]
        if zone in zones:
            said = f"Duplicate Subnets for same AZ: {zones[zone]}, {subnet.id} in {zone}"
            raise call.error(("DuplicateSubnetsInSameZone", said))
        zones[zone] = subnet.id


def _attach(call: Call, id_: str) -> Values:
    del id_
    (gateway,) = call.found["transitGatewayId"]
    support = "securityGroupReferencingSupport"
    return {
        support: call.values.get(support, gateway.body[support]),
        "vpcOwnerId": call.tenant,
        "_state": first_state(call.world, gateway),
    }


def _join_new(call: Call) -> None:
    (gateway,) = call.found["transitGatewayId"]
    join_when_accepted(call.world, call.stored or {}, call.id, gateway)


def _join_again(call: Call) -> Values:
    """Move the attachment between the default tables, if its account owns the gateway."""
    (gateway,) = call.found["transitGatewayId"]
    if gateway.tenant == call.tenant:
        _join(call.world, call.id, call.values)
    return {}


def _is_of_own_gateway(world: World, found: Found) -> bool:
    """Whether the account owns the gateway of an attachment of another account."""
    if found.place != world.place:
        return False
    gateway = world.find(TGW, found.body["transitGatewayId"])
    return gateway is not None and gateway.tenant == world.tenant


TGW_ATTACHMENT = aws(
    "aws:ec2transitgateway/vpcAttachment:VpcAttachment",
    {
        # elsewhere: an attachment stays when its gateway is no longer shared
        "transitGatewayId": ref(TGW, required=True, fixed=True, elsewhere=True),
        "vpcId": ref(VPC, required=True, fixed=True),
        "subnetIds": refs(SUBNET, required=True),
        "applianceModeSupport": switch("disable"),
        "dnsSupport": switch("enable"),
        "ipv6Support": switch("disable"),
        "securityGroupReferencingSupport": switch(None),
        **_DEFAULT_TABLES,
    },
    id="tgw-attach",
    action="EC2: CreateTransitGatewayVpcAttachment",
    updates="EC2: ModifyTransitGatewayVpcAttachment",
    arn_of="ec2:transit-gateway-attachment",
    missing=NO_ATTACHMENT,
    checks=(_at_least_one,),
    rules=(
        when_new(_visible_gateway),
        _subnets,
        unique("vpcId", within="transitGatewayId", error=ATTACHED_ALREADY),
    ),
    outputs=("vpcOwnerId",),
    made=_attach,
    created=_join_new,
    changed=_join_again,
    visible=_is_of_own_gateway,
)


def _pending(call: Call) -> None:
    """A rule: the owner of the gateway accepts an attachment that waits for it."""
    id_ = call.values["transitGatewayAttachmentId"]
    attachment = call.target("transitGatewayAttachmentId")
    gateway = call.world.find(TGW, attachment["transitGatewayId"])
    if gateway is None or gateway.tenant != call.tenant:
        raise call.error(NOT_OWNER, id=attachment["transitGatewayId"])
    state = attachment["_state"]
    if state != "pendingAcceptance":
        said = "{id} is in invalid state ({state})"
        raise call.error(("IncorrectState", said), id=id_, state=state)


def _shown(call: Call) -> Values:
    attachment = call.world.get(TGW_ATTACHMENT, call.id) or {}
    return {key: attachment.get(key) for key in _SHOWN}


def _accept(call: Call) -> None:
    attachment = call.world.get(TGW_ATTACHMENT, call.id) or {}
    call.world.put(TGW_ATTACHMENT, call.id, {**attachment, "_state": "available"})
    _join(call.world, call.id, call.values)


def _update_accepter(call: Call) -> Values:
    _join(call.world, call.id, call.values)
    return {}


def _delete_attachment(call: Call) -> None:
    call.world.remove_all(TGW_ATTACHMENT, call.id)


TGW_ACCEPTER = aws(
    "aws:ec2transitgateway/vpcAttachmentAccepter:VpcAttachmentAccepter",
    {
        "transitGatewayAttachmentId": ref(
            TGW_ATTACHMENT, required=True, fixed=True, on_delete="cascade"
        ),
        **_DEFAULT_TABLES,
    },
    id=lambda call: str(call.values["transitGatewayAttachmentId"]),
    action="EC2: AcceptTransitGatewayVpcAttachment",
    updates="EC2: ModifyTransitGatewayVpcAttachment",
    deletes="EC2: DeleteTransitGatewayVpcAttachment",
    rules=(when_new(_pending),),
    outputs=_SHOWN,
    made=lambda call, id_: _shown(call),
    created=_accept,
    changed=_update_accepter,
    deleted=_delete_attachment,
    read=lambda call: {**(call.stored or {}), **_shown(call)},
)
