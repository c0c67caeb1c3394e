"""Transit gateway route tables: who is associated, who propagates, static routes.

An attachment is associated with one table only, and only once it is ``available``; a
gateway with a default table puts every accepted attachment there, so a table of one's own
needs the default switched off first.
"""

from __future__ import annotations

from sandbox.clouds import tokens
from sandbox.clouds.aws_attachments import available_or_refuse, tgw_or_refuse, unlink
from sandbox.clouds.aws_common import CLOUD, aws_type, cidr, ec2_arn, find, new_id, refuse, where
from sandbox.clouds.inputs import flag, text
from sandbox.clouds.model import Call
from sandbox.clouds.wire import Values


def _table_or_refuse(call: Call, action: str, id_: str, region: str) -> Values:
    table = find(call.store, tokens.TGW_ROUTE_TABLE, id_, region)
    if table is None:
        message = f"Transit Gateway Route Table {id_} was deleted or does not exist."
        raise refuse(action, "InvalidRouteTableID.NotFound", message)
    return table


def _create_table(call: Call, inputs: Values) -> tuple[str, Values]:
    action = "EC2: CreateTransitGatewayRouteTable"
    tgw_or_refuse(call.store, action, inputs["transitGatewayId"], inputs["region"])
    id_ = new_id(call.store, "tgw-rtb")
    return id_, {
        "arn": ec2_arn(inputs["region"], "transit-gateway-route-table", id_),
        "defaultAssociationRouteTable": False,
        "defaultPropagationRouteTable": False,
    }


def _delete_table(call: Call, id_: str, body: Values) -> None:
    del body
    for token, noun in (
        (tokens.TGW_ASSOCIATION, "associated"),
        (tokens.TGW_PROPAGATION, "propagating"),
    ):
        links = where(call.store, token, transitGatewayRouteTableId=id_)
        held_by = [link["transitGatewayAttachmentId"] for _, link in links]
        if held_by:
            message = f"{id_} has {noun} attachments: {', '.join(held_by)}."
            raise refuse("EC2: DeleteTransitGatewayRouteTable", "IncorrectState", message)
    for route, _ in where(call.store, tokens.TGW_ROUTE, transitGatewayRouteTableId=id_):
        call.store.delete(CLOUD, tokens.TGW_ROUTE, route)


def _members(call: Call, action: str, inputs: Values) -> tuple[str, str, Values]:
    """(table id, attachment id, attachment) of a link or route; both of one gateway."""
    table_id = inputs["transitGatewayRouteTableId"]
    attachment_id = inputs["transitGatewayAttachmentId"]
    table = _table_or_refuse(call, action, table_id, inputs["region"])
    attachment = available_or_refuse(call.store, action, attachment_id, inputs["region"])
    if attachment["transitGatewayId"] != table["transitGatewayId"]:
        message = f"{attachment_id} and {table_id} do not belong to the same transit gateway"
        raise refuse(action, "InvalidParameterValue", message)
    return table_id, attachment_id, attachment


def _associate(call: Call, inputs: Values) -> tuple[str, Values]:
    action = "EC2: AssociateTransitGatewayRouteTable"
    table_id, attachment_id, attachment = _members(call, action, inputs)
    if inputs["replaceExistingAssociation"]:
        unlink(call.store, tokens.TGW_ASSOCIATION, attachment_id)
    if any(where(call.store, call.token, transitGatewayAttachmentId=attachment_id)):
        raise refuse(
            action,
            "Resource.AlreadyAssociated",
            f"Transit Gateway Attachment {attachment_id} is already associated to a route table.",
        )
    linked = {"resourceId": attachment["vpcId"], "resourceType": "vpc"}
    return f"{table_id}_{attachment_id}", linked


def _propagate(call: Call, inputs: Values) -> tuple[str, Values]:
    action = "EC2: EnableTransitGatewayRouteTablePropagation"
    table_id, attachment_id, attachment = _members(call, action, inputs)
    id_ = f"{table_id}_{attachment_id}"
    if find(call.store, call.token, id_) is not None:
        raise refuse(
            action,
            "TransitGatewayRouteTablePropagation.Duplicate",
            f"Propagation of {attachment_id} to {table_id} already exists.",
        )
    return id_, {"resourceId": attachment["vpcId"], "resourceType": "vpc"}


def _create_route(call: Call, inputs: Values) -> tuple[str, Values]:
    action, destination = "EC2: CreateTransitGatewayRoute", inputs["destinationCidrBlock"]
    cidr(action, destination)
    table_id = inputs["transitGatewayRouteTableId"]
    _table_or_refuse(call, action, table_id, inputs["region"])
    has_target = "transitGatewayAttachmentId" in inputs
    if has_target == inputs["blackhole"]:
        message = "A route is either a blackhole or has a transitGatewayAttachmentId"
        raise refuse(action, "InvalidParameterCombination", message)
    if has_target:
        _members(call, action, inputs)
    id_ = f"{table_id}_{destination}"
    if find(call.store, call.token, id_) is not None:
        message = f"Route {destination} already exists in Transit Gateway Route Table {table_id}."
        raise refuse(action, "RouteAlreadyExists", message)
    return id_, {}


_LINK = {
    "transitGatewayAttachmentId": text(required=True, replace=True),
    "transitGatewayRouteTableId": text(required=True, replace=True),
}

TYPES = (
    aws_type(
        tokens.TGW_ROUTE_TABLE,
        {"transitGatewayId": text(required=True, replace=True)},
        ("arn", "defaultAssociationRouteTable", "defaultPropagationRouteTable"),
        _create_table,
        delete=_delete_table,
    ),
    aws_type(
        tokens.TGW_ASSOCIATION,
        {**_LINK, "replaceExistingAssociation": flag(default=False)},
        ("resourceId", "resourceType"),
        _associate,
        tagged=False,
    ),
    aws_type(
        tokens.TGW_PROPAGATION,
        _LINK,
        ("resourceId", "resourceType"),
        _propagate,
        tagged=False,
    ),
    aws_type(
        tokens.TGW_ROUTE,
        {
            "destinationCidrBlock": text(required=True, replace=True),
            "transitGatewayRouteTableId": text(required=True, replace=True),
            "transitGatewayAttachmentId": text(replace=True),
            "blackhole": flag(default=False, replace=True),
        },
        (),
        _create_route,
        tagged=False,
    ),
)
