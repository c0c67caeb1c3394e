"""VPC route tables, their associations and their routes.

EC2 refuses a route to a transit gateway until the VPC has an attachment to it. Its error says that
the gateway does not exist, although it does.
"""

from __future__ import annotations

import zlib

from sandbox.clouds.aws.cloud import aws, replace_action
from sandbox.clouds.aws.peering import VPC_PEERING
from sandbox.clouds.aws.prefix_lists import PREFIX_LIST, ROUTES, has_room
from sandbox.clouds.aws.transit_gateway import TGW
from sandbox.clouds.aws.transit_gateway_attachments import TGW_ATTACHMENT
from sandbox.clouds.aws.vpc import INTERNET_GATEWAY, SUBNET, VPC
from sandbox.clouds.aws.vpc_endpoint import VPC_ENDPOINT
from sandbox.clouds.declare import Call, Error, Rule
from sandbox.clouds.inputs import blocks, cidr, one_of, ref
from sandbox.clouds.rules import needs, network, same, unique
from sandbox.clouds.wire import Values
from sandbox.clouds.world import World

_NO_TRANSIT_GATEWAY: Error = (
    "InvalidTransitGatewayID.NotFound",
    "The transitGateway ID '{id}' does not exist.",
)
TARGETS = {
    "gatewayId": ref(INTERNET_GATEWAY, names_object=lambda call, value: value != "local"),
    "transitGatewayId": ref(TGW, on_delete="keep", elsewhere=True, missing=_NO_TRANSIT_GATEWAY),
    "vpcPeeringConnectionId": ref(VPC_PEERING, on_delete="keep"),
    "vpcEndpointId": ref(VPC_ENDPOINT),
}
"""The inputs that name the target of a route, of which one is given."""
_OTHER_NETWORKS: Error = (
    "InvalidParameterValue",
    "route table and network gateway {id} belong to different networks",
)
_BAD_BLOCK: Error = (
    "InvalidParameterValue",
    "Value ({block}) for parameter cidrBlock is invalid. This is not a valid CIDR block.",
)


def _is_attached(world: World, vpc_id: str, gateway: str) -> bool:
    attachments = world.where(TGW_ATTACHMENT, vpcId=vpc_id, transitGatewayId=gateway)
    return any(body["_state"] == "available" for _, body in attachments)


def _ends(world: World, peering: str) -> tuple[str, ...]:
    """The VPCs of an active or pending peering connection; none when it is gone."""
    found = world.get(VPC_PEERING, peering)
    return () if found is None else (found["vpcId"], found["peerVpcId"])


def _state(call: Call, vpc_id: str, route: Values) -> str:
    """The state of a route: a blackhole when its attachment or peering is gone or not active.

    A route to a pending peering is a blackhole too (AWS, "Update your route tables for a VPC
    peering connection").
    """
    transit, peering = route.get("transitGatewayId"), route.get("vpcPeeringConnectionId")
    if transit is not None and not _is_attached(call.world, vpc_id, transit):
        return "blackhole"
    if peering is not None:
        found = call.world.get(VPC_PEERING, peering)
        if found is None or found["acceptStatus"] != "active":
            return "blackhole"
    return "active"


def _check_destination(call: Call, vpc_id: str, destination: str) -> None:
    """Refuse a route inside the VPC. Such an entry of a prefix list is ignored instead."""
    vpc = call.world.get(VPC, vpc_id) or {}
    block = network(call, destination, _BAD_BLOCK)
    if block.subnet_of(network(call, vpc["cidrBlock"], _BAD_BLOCK)):
        said = (
            "The destination CIDR block {block} is equal to or more specific than one of this "
            "VPC's CIDR blocks. This route can target only an interface or an instance."
        )
        raise call.error(("InvalidParameterValue", said), block=destination)


def _check_target(call: Call, vpc_id: str, route: Values) -> None:
    """Refuse a route whose target does not belong to the VPC."""
    gateway = route.get("gatewayId")
    if gateway is not None and gateway != "local":
        found = call.world.get(INTERNET_GATEWAY, gateway) or {}
        if found.get("vpcId") != vpc_id:
            raise call.error(_OTHER_NETWORKS, id=gateway)
    transit, peering = route.get("transitGatewayId"), route.get("vpcPeeringConnectionId")
    if transit is not None and not _is_attached(call.world, vpc_id, transit):
        raise call.error(_NO_TRANSIT_GATEWAY, id=transit)
    if peering is not None and vpc_id not in _ends(call.world, peering):
        raise call.error(VPC_PEERING.missing, id=peering)
    endpoint = route.get("vpcEndpointId")
    if endpoint is not None:
        found = call.world.get(VPC_ENDPOINT, endpoint) or {}
        if found.get("vpcId") != vpc_id:
            raise call.error(_OTHER_NETWORKS, id=endpoint)


def _inline_routes(call: Call) -> None:
    asked = replace_action(call, "EC2: CreateRoute")
    seen: set[str] = set()
    for route in call.values.get("routes", []):
        destination = route.get("cidrBlock")
        if destination is None:
            said = "The request must contain the parameter destinationCidrBlock"
            raise asked.error(("MissingParameter", said))
        if destination in seen:
            said = f"The route identified by {destination} already exists."
            raise asked.error(("RouteAlreadyExists", said))
        seen.add(destination)
        _check_destination(asked, call.values["vpcId"], destination)
        _check_target(asked, call.values["vpcId"], route)


ROUTE_TABLE = aws(
    "aws:ec2/routeTable:RouteTable",
    {
        "vpcId": ref(VPC, required=True, fixed=True),
        "routes": blocks({"cidrBlock": cidr(), **TARGETS}, unordered=True, computed=True),
    },
    id="rtb",
    action="EC2: CreateRouteTable",
    arn_of="ec2:route-table",
    owned=True,
    noun="routeTable",
    rules=(_inline_routes,),
    made=lambda call, id_: {"routes": call.values.get("routes", [])},
)

_ASSOCIATED: Error = (
    "Resource.AlreadyAssociated",
    "the specified association for route table {routeTableId} conflicts with an existing "
    "association ({by})",
)


def _same_vpc(member: str) -> Rule:
    """The subnet or gateway is in the VPC of the route table."""
    said = f"Route table {{routeTableId}} and {{{member}}} are in other networks"
    return same(f"{member}.vpcId", "routeTableId.vpcId", ("InvalidParameterValue", said))


ROUTE_TABLE_ASSOCIATION = aws(
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    {
        "routeTableId": ref(ROUTE_TABLE, required=True),
        "subnetId": ref(SUBNET, fixed=True, on_delete="cascade"),
        "gatewayId": ref(INTERNET_GATEWAY, fixed=True, on_delete="cascade"),
    },
    id="rtbassoc",
    action="EC2: AssociateRouteTable",
    updates="EC2: ReplaceRouteTableAssociation",
    tagged=False,
    checks=(one_of(("gatewayId", "subnetId")),),
    rules=(
        needs(
            "gatewayId",
            "subnetId",
            error=("MissingParameter", "one of `gatewayId,subnetId` must be specified"),
        ),
        _same_vpc("subnetId"),
        _same_vpc("gatewayId"),
        unique("subnetId", error=_ASSOCIATED),
        unique("gatewayId", error=_ASSOCIATED),
    ),
)


def _one_route(call: Call) -> None:
    """Refuse a route without destination or target, and a second one for a destination."""
    destination = call.values.get("destinationCidrBlock")
    has_destination = destination is not None or ROUTES.prefix_list in call.values
    if not has_destination or not any(target in call.values for target in TARGETS):
        said = "The request must contain a destination and one target"
        raise call.error(("MissingParameter", said))
    table = call.target("routeTableId")
    _check_target(call, table["vpcId"], call.values)
    if destination is None:
        return
    _check_destination(call, table["vpcId"], destination)
    if any(route.get("cidrBlock") == destination for route in table.get("routes", [])):
        raise call.error(_ROUTE_EXISTS, **call.values)


def _state_now(call: Call) -> str:
    return _state(call, call.target("routeTableId")["vpcId"], call.values)


def _read_route(call: Call) -> Values | None:
    body = call.stored or {}
    table = call.world.get(ROUTE_TABLE, body["routeTableId"]) or {}
    return {**body, "state": _state(call, table["vpcId"], body)}


def _route_id(call: Call) -> str:
    destination = call.values.get("destinationCidrBlock") or call.values[ROUTES.prefix_list]
    return f"r-{call.values['routeTableId']}{zlib.crc32(destination.encode())}"


_ROUTE_EXISTS: Error = (
    "RouteAlreadyExists",
    "Route in Route Table ({routeTableId}) with destination ({destinationCidrBlock}) already "
    "exists",
)
_LIST_EXISTS: Error = (
    "RouteAlreadyExists",
    "Route in Route Table ({routeTableId}) with destination ({destinationPrefixListId}) already "
    "exists",
)
_DESTINATIONS = ("destinationCidrBlock", ROUTES.prefix_list)

ROUTE = aws(
    "aws:ec2/route:Route",
    {
        "routeTableId": ref(ROUTE_TABLE, required=True, fixed=True, on_delete="cascade"),
        "destinationCidrBlock": cidr(fixed=True),
        ROUTES.prefix_list: ref(PREFIX_LIST, fixed=True),
        **TARGETS,
    },
    id=_route_id,
    action="EC2: CreateRoute",
    updates="EC2: ReplaceRoute",
    tagged=False,
    checks=(one_of(tuple(TARGETS)), one_of(_DESTINATIONS)),
    rules=(
        unique("destinationCidrBlock", within="routeTableId", error=_ROUTE_EXISTS),
        unique(ROUTES.prefix_list, within="routeTableId", error=_LIST_EXISTS),
        _one_route,
        has_room("aws:ec2/route:Route"),
    ),
    outputs=("instanceId", "instanceOwnerId", "origin", "state"),
    made=lambda call, id_: {
        "instanceId": "",
        "instanceOwnerId": "",
        "origin": "CreateRoute",
        "state": _state_now(call),
    },
    changed=lambda call: {"state": _state_now(call)},
    read=_read_route,
)
