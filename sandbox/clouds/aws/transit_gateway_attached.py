"""What is attached to a transit gateway: VPCs, VPN connections, firewalls, and other gateways.

A VPN connection and a firewall have ids of their own, and keep the id of their attachment under
``_attachment``. All keep the state of the attachment under ``_state``.

A VPC and a VPN connection propagate. A VPN connection propagates what BGP learns, which is not
modelled here. A peering and a firewall have static routes only (AWS, "Transit gateway peering
attachments", "Transit gateway-attached firewalls").
"""

from __future__ import annotations

from typing import Any, Final

from sandbox.clouds.aws.vpc import VPC
from sandbox.clouds.declare import Call, Error
from sandbox.clouds.inputs import Input, ref
from sandbox.clouds.wire import Values
from sandbox.clouds.world import World
from sandbox.store import Found

ATTACHED: Final = {
    "aws:ec2transitgateway/vpcAttachment:VpcAttachment": "vpc",
    "aws:ec2transitgateway/peeringAttachment:PeeringAttachment": "peering",
    "aws:ec2/vpnConnection:VpnConnection": "vpn",
    "aws:networkfirewall/firewall:Firewall": "network-function",
}
"""The type of what is attached -> the ``resourceType`` of its attachment in EC2."""
_WITH_OWN_ID: Final = [token for token, kind in ATTACHED.items() if kind in ("vpc", "peering")]
"""The types whose ids are those of the attachments."""
PROPAGATING: Final = ("vpc", "vpn")
"""The kinds of attachments that propagate."""
NO_ATTACHMENT: Error = (
    "InvalidTransitGatewayAttachmentID.NotFound",
    "Transit Gateway Attachment {id} was deleted or does not exist.",
)


def attached(world: World, attachment: str) -> Found | None:
    """What has an attachment: a VPC attachment, a peering, a VPN connection or a firewall."""
    for token in ATTACHED:
        type_ = world.cloud.types[token]
        if token in _WITH_OWN_ID:
            found = world.find(type_, attachment)
        else:
            found = next(world.every(type_, _attachment=attachment), None)
        if found is not None:
            return found
    return None


def _id_of_attached(call: Call, attachment: str) -> str:
    found = attached(call.world, attachment)
    return attachment if found is None else found.id


def attachment_ref(fixed: bool = True, **how: Any) -> Input:
    """An input that is the id of an attachment of any kind."""
    return ref(*ATTACHED, find=_id_of_attached, missing=NO_ATTACHMENT, fixed=fixed, **how)


def gateways_of(body: Values) -> set[str]:
    """The gateways of an attachment. A peering has two."""
    return {body[key] for key in ("transitGatewayId", "peerTransitGatewayId") if key in body}


def resource_of(found: Found, gateway: str) -> Values:
    """What is attached to a gateway, as EC2 describes it."""
    kind, body = ATTACHED[found.kind], found.body
    if kind == "vpc":
        id_ = body["vpcId"]
    elif kind == "peering":
        (id_,) = gateways_of(body) - {gateway}
    else:
        id_ = found.id
    return {"resourceId": id_, "resourceType": kind}


def block_of(world: World, found: Found) -> str | None:
    """The block that an attachment propagates: of the attached VPC, or None without a VPC.

    It is stored for Kong's VPC, and looked up for the customer's.
    """
    if ATTACHED[found.kind] != "vpc":
        return None
    body = found.body
    if "_cidrBlock" in body:
        return str(body["_cidrBlock"])
    vpc = world.of(body["vpcOwnerId"]).get(VPC, body["vpcId"]) or {}
    return str(vpc["cidrBlock"])
