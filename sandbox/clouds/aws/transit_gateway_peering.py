"""Peering attachments of two transit gateways, in one region or two, and their acceptance.

An attachment belongs to the account and region of its requester. The owner of the other gateway
sees it in the region of that gateway, under the same id. It is ``pendingAcceptance`` until that
owner accepts it, in one account too. Only then it takes associations and static routes; nothing
propagates over it (AWS, "Transit gateway peering attachments in Amazon VPC Transit Gateways").
AWS recommends a different ASN for each gateway but does not refuse equal ones.

Deleting a ``PeeringAttachmentAccepter`` deletes the attachment: the AWS provider calls
DeleteTransitGatewayPeeringAttachment.
"""

from __future__ import annotations

from sandbox.clouds.aws.cloud import aws
from sandbox.clouds.aws.transit_gateway import NOT_OWNER, TGW
from sandbox.clouds.aws.transit_gateway_attached import NO_ATTACHMENT
from sandbox.clouds.aws.transit_gateway_routing import join_default_tables
from sandbox.clouds.declare import Call, CloudError
from sandbox.clouds.inputs import ref, text
from sandbox.clouds.rules import siblings, when_new
from sandbox.clouds.wire import Values
from sandbox.clouds.world import World
from sandbox.store import Found


def _peer(call: Call) -> tuple[str, str]:
    """(account, region) of the other gateway; the requester's own account unless one is named."""
    return call.values.get("peerAccountId", call.tenant), call.values["peerRegion"]


def _own_gateway(call: Call) -> None:
    (gateway,) = call.found["transitGatewayId"]
    if gateway.tenant != call.tenant:
        raise call.error(NOT_OWNER, id=gateway.id)


def _other_gateway(call: Call) -> None:
    """A rule: the peer is another gateway, in the named account and region.

    EC2 takes such a request and lets it fail. The provider reports the failed state.
    """
    (other,) = call.found["peerTransitGatewayId"]
    if other.id == call.values["transitGatewayId"]:
        raise call.error(
            ("InvalidParameterValue", "{id} cannot be peered with itself"), id=other.id
        )
    if (other.tenant, other.place) != _peer(call):
        account, region = _peer(call)
        raise CloudError(
            "failed",
            "waiting for EC2 Transit Gateway Peering Attachment create: unexpected state 'failed', "
            f"wanted target 'available, pendingAcceptance': {other.id} is not in {account}, "
            f"{region}",
        )


def _peered_once(call: Call) -> None:
    """A rule: two gateways have one peering, whoever requested it."""
    ends = {call.values["transitGatewayId"], call.values["peerTransitGatewayId"]}
    for other, body in siblings(call, None):
        if ends == {body["transitGatewayId"], body["peerTransitGatewayId"]}:
            said = "The transit gateways are peered already: {by}"
            raise call.error(("DuplicateTransitGatewayAttachment", said), by=other)


def _request(call: Call, id_: str) -> Values:
    del id_
    account, _ = _peer(call)
    state = "pendingAcceptance"
    return {"peerAccountId": account, "state": state, "_state": state}


def _is_of_own_gateway(world: World, found: Found) -> bool:
    peer = (found.body["peerAccountId"], found.body["peerRegion"])
    return peer == (world.tenant, world.place)


TGW_PEERING = aws(
    "aws:ec2transitgateway/peeringAttachment:PeeringAttachment",
    {
        "transitGatewayId": ref(TGW, required=True, fixed=True),
        "peerTransitGatewayId": ref(TGW, required=True, fixed=True, elsewhere=True),
        "peerRegion": text(required=True, fixed=True),
        "peerAccountId": text(fixed=True, computed=True),
    },
    id="tgw-attach",
    action="EC2: CreateTransitGatewayPeeringAttachment",
    updates="EC2: CreateTags",
    arn_of="ec2:transit-gateway-attachment",
    missing=NO_ATTACHMENT,
    rules=(_own_gateway, when_new(_other_gateway), when_new(_peered_once)),
    outputs=("state",),
    made=_request,
    visible=_is_of_own_gateway,
)


def _pending(call: Call) -> None:
    """A rule: the owner of the other gateway accepts, in its region, what waits for it."""
    (found,) = call.found["transitGatewayAttachmentId"]
    if not _is_of_own_gateway(call.world, found):
        raise call.error(NOT_OWNER, id=found.body["peerTransitGatewayId"])
    if found.body["_state"] != "pendingAcceptance":
        said = "{id} is in invalid state ({state})"
        raise call.error(("IncorrectState", said), id=found.id, state=found.body["_state"])


def _shown(call: Call, id_: str) -> Values:
    """The attachment as the account of the accepter sees it."""
    found = call.world.find(TGW_PEERING, id_)
    if found is None:
        return {}
    return {
        "transitGatewayId": found.body["peerTransitGatewayId"],
        "peerTransitGatewayId": found.body["transitGatewayId"],
        "peerAccountId": found.tenant,
        "peerRegion": found.place,
    }


def _accept(call: Call) -> None:
    found = call.world.find(TGW_PEERING, call.id)
    assert found is not None
    state = "available"
    call.world.put(TGW_PEERING, call.id, {**found.body, "state": state, "_state": state})
    for world in (call.world, call.world.of(found.tenant, found.place)):
        join_default_tables(world, call.id, propagate=False)


TGW_PEERING_ACCEPTER = aws(
    "aws:ec2transitgateway/peeringAttachmentAccepter:PeeringAttachmentAccepter",
    {
        "transitGatewayAttachmentId": ref(
            TGW_PEERING, required=True, fixed=True, on_delete="cascade"
        ),
    },
    id=lambda call: str(call.values["transitGatewayAttachmentId"]),
    action="EC2: AcceptTransitGatewayPeeringAttachment",
    updates="EC2: CreateTags",
    deletes="EC2: DeleteTransitGatewayPeeringAttachment",
    rules=(when_new(_pending),),
    outputs=("peerAccountId", "peerRegion", "peerTransitGatewayId", "transitGatewayId"),
    made=_shown,
    created=_accept,
    deleted=lambda call: call.world.remove_all(TGW_PEERING, call.id),
    read=lambda call: {**(call.stored or {}), **_shown(call, call.id)},
)
