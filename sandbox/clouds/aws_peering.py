"""Acceptance of VPC peerings that Kong requests, and the account's data sources.

The accepter accepts only with ``autoAccept``, and only a pending peering. Deleting it changes
nothing in the cloud, so a peering exists until Kong deletes it.
"""

from __future__ import annotations

from sandbox.clouds import tokens
from sandbox.clouds.aws_common import ACCOUNT, CLOUD, aws_type, find, refuse, region_of
from sandbox.clouds.inputs import block, flag, text
from sandbox.clouds.model import Call
from sandbox.clouds.wire import Values


def _shown(peering: Values) -> Values:
    """The peering as the accepter sees it: ``peer`` is Kong."""
    return {
        "acceptStatus": peering["_state"],
        "peerOwnerId": peering["ownerId"],
        "peerRegion": peering["peerRegion"],
        "peerVpcId": peering["vpcId"],
        "vpcId": peering["peerVpcId"],
    }


def _accept(call: Call, inputs: Values) -> tuple[str, Values]:
    id_ = inputs["vpcPeeringConnectionId"]
    peering = find(call.store, tokens.VPC_PEERING, id_, inputs["region"])
    if peering is None:
        message = f"The vpcPeeringConnection ID '{id_}' does not exist"
        action = "EC2: DescribeVpcPeeringConnections"
        raise refuse(action, "InvalidVpcPeeringConnectionID.NotFound", message)
    if inputs.get("autoAccept") and peering["_state"] == "pending-acceptance":
        peering["_state"] = "active"
        call.store.put(CLOUD, tokens.VPC_PEERING, id_, peering)
    return id_, _shown(peering)


def _update(call: Call, id_: str, body: Values, inputs: Values) -> Values:
    del id_
    return _accept(call, {**inputs, "region": body["region"]})[1]


def _read(call: Call, id_: str, body: Values) -> Values | None:
    peering = find(call.store, tokens.VPC_PEERING, id_, body["region"])
    return None if peering is None else {**body, **_shown(peering)}


TYPES = (
    aws_type(
        tokens.VPC_PEERING_ACCEPTER,
        {
            "vpcPeeringConnectionId": text(required=True, replace=True),
            "autoAccept": flag(),
            "accepter": block({"allowRemoteVpcDnsResolution": flag()}),
            "requester": block({"allowRemoteVpcDnsResolution": flag()}),
        },
        ("acceptStatus", "peerOwnerId", "peerRegion", "peerVpcId", "vpcId"),
        _accept,
        update=_update,
        read=_read,
    ),
)


def _caller_identity(call: Call, args: Values) -> Values:
    del call, args
    return {
        "accountId": ACCOUNT,
        "arn": f"arn:aws:iam::{ACCOUNT}:user/gateway",
        "id": ACCOUNT,
        "userId": "AIDASANDBOXGATEWAY",
    }


def _region(call: Call, args: Values) -> Values:
    region = region_of(call, {"region": args.get("region") or args.get("name")})
    return {
        "region": region,
        "name": region,
        "id": region,
        "endpoint": f"ec2.{region}.amazonaws.com",
        "description": region,
    }


INVOKES = {
    "aws:index/getCallerIdentity:getCallerIdentity": _caller_identity,
    "aws:index/getRegion:getRegion": _region,
}
