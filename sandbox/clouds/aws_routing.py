"""VPC route tables, their subnet associations and their routes.

EC2 refuses a route to a transit gateway until the VPC has an attachment to it. Its error says that
the gateway does not exist, although it does.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from sandbox.clouds import tokens
from sandbox.clouds.aws_common import (
    ACCOUNT,
    CLOUD,
    aws_type,
    cidr,
    ec2_arn,
    find,
    new_id,
    not_cidr,
    refuse,
    where,
)
from sandbox.clouds.aws_vpc import vpc_or_refuse
from sandbox.clouds.inputs import blocks, text
from sandbox.clouds.model import Call, Failure
from sandbox.clouds.wire import Values

TARGETS = ("gatewayId", "transitGatewayId", "vpcPeeringConnectionId")


def _table_or_refuse(call: Call, action: str, table_id: str, region: str) -> Values:
    table = find(call.store, tokens.ROUTE_TABLE, table_id, region)
    if table is None:
        message = f"The routeTable ID '{table_id}' does not exist"
        raise refuse(action, "InvalidRouteTableID.NotFound", message)
    return table


def _attached(call: Call, vpc_id: str, tgw_id: str) -> bool:
    attachments = where(call.store, tokens.TGW_ATTACHMENT, vpcId=vpc_id, transitGatewayId=tgw_id)
    return any(body["_state"] == "available" for _, body in attachments)


def _target_or_refuse(call: Call, action: str, vpc_id: str, route: Values, region: str) -> None:
    """Refuse a route whose target does not exist or does not belong to the route's VPC."""
    tgw, peering = route.get("transitGatewayId"), route.get("vpcPeeringConnectionId")
    gateway = route.get("gatewayId")
    if tgw is not None and not _attached(call, vpc_id, tgw):
        message = f"The transitGateway ID '{tgw}' does not exist."
        raise refuse(action, "InvalidTransitGatewayID.NotFound", message)
    if peering is not None:
        found = find(call.store, tokens.VPC_PEERING, peering)
        if found is None or found["peerVpcId"] != vpc_id:
            message = f"The vpcPeeringConnection ID '{peering}' does not exist"
            raise refuse(action, "InvalidVpcPeeringConnectionID.NotFound", message)
    if gateway is not None and gateway != "local":
        found = find(call.store, tokens.INTERNET_GATEWAY, gateway, region)
        if found is None:
            message = f"The gateway ID '{gateway}' does not exist"
            raise refuse(action, "InvalidGatewayID.NotFound", message)
        if found.get("vpcId") != vpc_id:
            message = f"route table and network gateway {gateway} belong to different networks"
            raise refuse(action, "InvalidParameterValue", message)


def _destination_or_refuse(call: Call, action: str, vpc_id: str, destination: str) -> None:
    """Refuse a destination inside the VPC: its target must be an interface or an instance."""
    vpc = find(call.store, tokens.VPC, vpc_id)
    block = cidr(action, destination)
    if vpc is not None and block.subnet_of(cidr(action, vpc["cidrBlock"])):
        raise refuse(
            action,
            "InvalidParameterValue",
            f"The destination CIDR block {destination} is equal to or more specific than one of "
            "this VPC's CIDR blocks. This route can target only an interface or an instance.",
        )


def _inline_routes(call: Call, vpc_id: str, inputs: Values) -> None:
    seen: set[str] = set()
    for route in inputs.get("routes", []):
        action, destination = "EC2: CreateRoute", route.get("cidrBlock")
        if destination is None:
            message = "The request must contain the parameter destinationCidrBlock"
            raise refuse(action, "MissingParameter", message)
        if destination in seen:
            message = f"The route identified by {destination} already exists."
            raise refuse(action, "RouteAlreadyExists", message)
        seen.add(destination)
        _destination_or_refuse(call, action, vpc_id, destination)
        _target_or_refuse(call, action, vpc_id, route, inputs["region"])


def _create_table(call: Call, inputs: Values) -> tuple[str, Values]:
    vpc_or_refuse(call, "EC2: CreateRouteTable", inputs["vpcId"], inputs["region"])
    _inline_routes(call, inputs["vpcId"], inputs)
    id_ = new_id(call.store, "rtb")
    return id_, {
        "arn": ec2_arn(inputs["region"], "route-table", id_),
        "ownerId": ACCOUNT,
        "routes": inputs.get("routes", []),
    }


def _update_table(call: Call, id_: str, body: Values, inputs: Values) -> Values:
    del id_
    _inline_routes(call, inputs["vpcId"], {**inputs, "region": body["region"]})
    return {}


def _delete_table(call: Call, id_: str, body: Values) -> None:
    del body
    if any(where(call.store, tokens.ROUTE_TABLE_ASSOCIATION, routeTableId=id_)):
        message = f"The routeTable '{id_}' has dependencies and cannot be deleted."
        raise refuse("EC2: DeleteRouteTable", "DependencyViolation", message)
    for route_id, _ in where(call.store, tokens.ROUTE, routeTableId=id_):
        call.store.delete(CLOUD, tokens.ROUTE, route_id)


def _check_association(inputs: Values) -> Iterator[Failure]:
    if "subnetId" in inputs and "gatewayId" in inputs:
        yield "subnetId", "only one of `gatewayId,subnetId` can be specified"


def _associate(call: Call, id_: str | None, inputs: Values) -> None:
    action, region = "EC2: AssociateRouteTable", inputs["region"]
    table = _table_or_refuse(call, action, inputs["routeTableId"], region)
    member = "subnetId" if "subnetId" in inputs else "gatewayId"
    if member not in inputs:
        raise refuse(action, "MissingParameter", "one of `gatewayId,subnetId` must be specified")
    token = tokens.SUBNET if member == "subnetId" else tokens.INTERNET_GATEWAY
    found = find(call.store, token, inputs[member], region)
    if found is None:
        noun, code = ("subnet", "Subnet") if member == "subnetId" else ("gateway", "Gateway")
        message = f"The {noun} ID '{inputs[member]}' does not exist"
        raise refuse(action, f"Invalid{code}ID.NotFound", message)
    if found.get("vpcId") != table["vpcId"]:
        message = f"Route table {inputs['routeTableId']} and {inputs[member]} are in other networks"
        raise refuse(action, "InvalidParameterValue", message)
    taken = where(call.store, tokens.ROUTE_TABLE_ASSOCIATION, **{member: inputs[member]})
    for other, _ in taken:
        if other != id_:
            raise refuse(
                action,
                "Resource.AlreadyAssociated",
                f"the specified association for route table {inputs['routeTableId']} conflicts "
                f"with an existing association ({other})",
            )


def _create_association(call: Call, inputs: Values) -> tuple[str, Values]:
    _associate(call, None, inputs)
    return new_id(call.store, "rtbassoc"), {}


def _update_association(call: Call, id_: str, body: Values, inputs: Values) -> Values:
    _associate(call, id_, {**inputs, "region": body["region"]})
    return {}


def _check_route(inputs: Values) -> Iterator[Failure]:
    if "destinationCidrBlock" in inputs:
        yield from not_cidr("destinationCidrBlock", inputs["destinationCidrBlock"])
    given = [target for target in TARGETS if target in inputs]
    if len(given) > 1:
        yield given[1], f"only one of `{','.join(TARGETS)}` can be specified, but {given} were"


def _create_route(call: Call, inputs: Values) -> tuple[str, Values]:
    action, table_id = "EC2: CreateRoute", inputs["routeTableId"]
    table = _table_or_refuse(call, action, table_id, inputs["region"])
    if "destinationCidrBlock" not in inputs or not any(t in inputs for t in TARGETS):
        message = "The request must contain a destinationCidrBlock and one target"
        raise refuse(action, "MissingParameter", message)
    destination = inputs["destinationCidrBlock"]
    same = {"routeTableId": table_id, "destinationCidrBlock": destination}
    inline = [route["cidrBlock"] for route in table.get("routes", [])]
    if any(where(call.store, tokens.ROUTE, **same)) or destination in inline:
        message = (
            f"Route in Route Table ({table_id}) with destination ({destination}) already exists"
        )
        raise refuse(action, "RouteAlreadyExists", message)
    _destination_or_refuse(call, action, table["vpcId"], destination)
    _target_or_refuse(call, action, table["vpcId"], inputs, inputs["region"])
    id_ = f"r-{table_id}{zlib.crc32(destination.encode())}"
    return id_, {"origin": "CreateRoute", "state": "active", "instanceId": ""}


def _update_route(call: Call, id_: str, body: Values, inputs: Values) -> Values:
    del id_
    action = "EC2: ReplaceRoute"
    table = _table_or_refuse(call, action, inputs["routeTableId"], body["region"])
    _target_or_refuse(call, action, table["vpcId"], inputs, body["region"])
    return {"state": "active"}


def _read_route(call: Call, id_: str, body: Values) -> Values:
    """Read a route. It becomes a blackhole when its attachment or peering was deleted."""
    del id_
    table = find(call.store, tokens.ROUTE_TABLE, body["routeTableId"])
    tgw, peering = body.get("transitGatewayId"), body.get("vpcPeeringConnectionId")
    detached = table is not None and tgw is not None and not _attached(call, table["vpcId"], tgw)
    unpeered = peering is not None and find(call.store, tokens.VPC_PEERING, peering) is None
    return {**body, "state": "blackhole"} if detached or unpeered else body


_ROUTE_TARGETS = {target: text() for target in TARGETS}

TYPES = (
    aws_type(
        tokens.ROUTE_TABLE,
        {
            "vpcId": text(required=True, replace=True),
            "routes": blocks(
                {"cidrBlock": text(), **_ROUTE_TARGETS},
                unordered=True,
                computed=True,
            ),
        },
        ("arn", "ownerId"),
        _create_table,
        update=_update_table,
        delete=_delete_table,
    ),
    aws_type(
        tokens.ROUTE_TABLE_ASSOCIATION,
        {
            "routeTableId": text(required=True),
            "subnetId": text(replace=True),
            "gatewayId": text(replace=True),
        },
        (),
        _create_association,
        update=_update_association,
        check=_check_association,
        tagged=False,
    ),
    aws_type(
        tokens.ROUTE,
        {
            "routeTableId": text(required=True, replace=True),
            "destinationCidrBlock": text(replace=True),
            **_ROUTE_TARGETS,
        },
        ("instanceId", "instanceOwnerId", "origin", "state"),
        _create_route,
        update=_update_route,
        read=_read_route,
        check=_check_route,
        tagged=False,
    ),
)
