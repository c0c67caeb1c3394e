"""VPC peering connections, and their acceptance by the owner of the other VPC.

A connection belongs to the account and region of its requester. The owner of the other VPC sees it
in the region of that VPC. The accepter accepts only with ``autoAccept``, and only a pending
connection. Deleting the accepter changes nothing in the cloud.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from ipaddress import IPv4Network

from sandbox.clouds.aws.cloud import AWS, aws, replace_action
from sandbox.clouds.aws.vpc import VPC
from sandbox.clouds.declare import Call, CloudError, Error
from sandbox.clouds.inputs import Failure, block, flag, ref, text
from sandbox.clouds.rules import when_new
from sandbox.clouds.wire import Values
from sandbox.clouds.world import World
from sandbox.store import Found

_OPTIONS = {"allowRemoteVpcDnsResolution": flag()}
PEERED_ALREADY: Error = (
    "VpcPeeringConnectionAlreadyExists",
    "A VPC peering connection between the VPCs already exists: {by}",
)
_NOT_THE_PEER: Error = (
    "OperationNotPermitted",
    "User {account} cannot accept the peering with {id} of another account or region",
)


def _peer(call: Call) -> tuple[str, str]:
    """(account, region) of the other VPC: the requester's own unless the inputs name others."""
    values = call.values
    return values.get("peerOwnerId", call.tenant), values.get("peerRegion", call.place)


def _not_both(inputs: Values) -> Iterator[Failure]:
    if inputs.get("autoAccept") and "peerRegion" in inputs:
        yield (
            "autoAccept",
            "`peer_region` cannot be set whilst `auto_accept` is `true` when creating an EC2 VPC "
            "Peering Connection",
        )


def _check_peer(call: Call) -> None:
    """A rule: the other VPC is in the named account and region, with another block.

    EC2 takes such a request and lets it fail. The provider reports the failed state.
    """
    (other,) = call.found["peerVpcId"]
    if (other.tenant, other.place) != _peer(call):
        raise call.error(VPC.missing, id=other.id)
    mine = call.target("vpcId")["cidrBlock"]
    if IPv4Network(mine).overlaps(IPv4Network(other.body["cidrBlock"])):
        raise CloudError(
            "failed",
            "waiting for EC2 VPC Peering Connection create: unexpected state 'failed', wanted "
            f"target 'active, pending-acceptance': {mine} of {call.values['vpcId']} overlaps "
            f"{other.body['cidrBlock']} of {other.id}",
        )


def _peered_once(call: Call) -> None:
    """A rule: two VPCs have one connection, whoever requested it."""
    ends = {call.values["vpcId"], call.values["peerVpcId"]}
    for other in call.world.every(VPC_PEERING):
        if other.id != call.id and ends == {other.body["vpcId"], other.body["peerVpcId"]}:
            raise call.error(PEERED_ALREADY, by=other.id)


def _accepts_itself(call: Call) -> None:
    if call.values.get("autoAccept") and _peer(call) != (call.tenant, call.place):
        raise call.error(_NOT_THE_PEER, account=call.tenant, id=call.values["peerVpcId"])


def _request(call: Call, id_: str) -> Values:
    del id_
    account, region = _peer(call)
    accepted = bool(call.values.get("autoAccept"))
    return {
        "peerOwnerId": account,
        "peerRegion": region,
        "acceptStatus": "active" if accepted else "pending-acceptance",
    }


def _is_of_own_vpc(world: World, found: Found) -> bool:
    """Whether the VPC that a connection was requested with is in the account and region."""
    return (found.body["peerOwnerId"], found.body["peerRegion"]) == (world.tenant, world.place)


VPC_PEERING = aws(
    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection",
    {
        "vpcId": ref(VPC, required=True, fixed=True),
        "peerVpcId": ref(VPC, required=True, fixed=True, elsewhere=True),
        "peerOwnerId": text(fixed=True, computed=True),
        "peerRegion": text(fixed=True, computed=True),
        "autoAccept": flag(),
        "accepter": block(_OPTIONS, computed=True),
        "requester": block(_OPTIONS, computed=True),
    },
    id="pcx",
    action="EC2: CreateVpcPeeringConnection",
    updates="EC2: ModifyVpcPeeringConnectionOptions",
    noun="vpcPeeringConnection",
    checks=(_not_both,),
    rules=(when_new(_check_peer), _peered_once, when_new(_accepts_itself)),
    outputs=("acceptStatus",),
    made=_request,
    visible=_is_of_own_vpc,
)


def _shown(call: Call) -> Values | None:
    """The connection as the account of the accepter sees it; None when it is gone."""
    found = call.world.find(VPC_PEERING, call.id)
    if found is None:
        return None
    body = found.body
    seen = {"acceptStatus": body["acceptStatus"], "peerRegion": body["peerRegion"]}
    if call.tenant == body["peerOwnerId"] != found.tenant:
        ends = (found.tenant, body["vpcId"], body["peerVpcId"])
    else:
        ends = (body["peerOwnerId"], body["peerVpcId"], body["vpcId"])
    return {**seen, **dict(zip(("peerOwnerId", "peerVpcId", "vpcId"), ends, strict=True))}


def _accept(call: Call, id_: str) -> Values:
    """Accept the connection if it waits and ``autoAccept`` is on; the outputs of the accepter."""
    found = call.world.find(VPC_PEERING, id_)
    waits = found is not None and found.body["acceptStatus"] == "pending-acceptance"
    if found is not None and waits and call.values.get("autoAccept"):
        if not _is_of_own_vpc(call.world, found):
            raise call.error(_NOT_THE_PEER, account=call.tenant, id=id_)
        call.world.put(VPC_PEERING, id_, {**found.body, "acceptStatus": "active"})
    return _shown(call) or {}


VPC_PEERING_ACCEPTER = aws(
    "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter",
    {
        "vpcPeeringConnectionId": ref(VPC_PEERING, required=True, fixed=True, on_delete="cascade"),
        "autoAccept": flag(),
        "accepter": block(_OPTIONS),
        "requester": block(_OPTIONS),
    },
    id=lambda call: str(call.values["vpcPeeringConnectionId"]),
    action="EC2: AcceptVpcPeeringConnection",
    outputs=("acceptStatus", "peerOwnerId", "peerRegion", "peerVpcId", "vpcId"),
    made=_accept,
    changed=lambda call: _accept(call, call.id),
    read=lambda call: {**(call.stored or {}), **(_shown(call) or {})},
)


_FILTERS: Mapping[str, Callable[[Found], str]] = {
    "requester-vpc-info.vpc-id": lambda found: found.body["vpcId"],
    "requester-vpc-info.owner-id": lambda found: found.tenant,
    "accepter-vpc-info.vpc-id": lambda found: found.body["peerVpcId"],
    "accepter-vpc-info.owner-id": lambda found: found.body["peerOwnerId"],
    "status-code": lambda found: found.body["acceptStatus"],
    "vpc-peering-connection-id": lambda found: found.id,
}
"""The filters that are modelled -> what they are compared with."""


@AWS.function("aws:ec2/getVpcPeeringConnections:getVpcPeeringConnections")
def _list_peerings(call: Call) -> Values:
    """The peerings that the account sees in the region, by filters."""
    call = replace_action(call, "EC2: DescribeVpcPeeringConnections")
    wanted = call.values.get("filters") or []
    for item in wanted:
        if item["name"] not in _FILTERS:
            said = f"The filter '{item['name']}' is invalid, or is not modelled: {list(_FILTERS)}"
            raise call.error(("InvalidParameterValue", said))
    ids = [
        found.id
        for found in call.world.every(VPC_PEERING)
        if all(_FILTERS[item["name"]](found) in item["values"] for item in wanted)
    ]
    return {"filters": wanted, "id": call.place, "ids": ids, "region": call.place, "tags": {}}
