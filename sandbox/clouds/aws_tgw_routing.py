"""Transit gateway route tables: associations, propagations and static routes.

An attachment can be associated with one table only, and only when it is ``available``. A gateway
with a default table associates every accepted attachment with it. To use another table, switch the
default off first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sandbox.clouds import tokens
from sandbox.clouds.aws_attachments import (
    attachment_or_refuse,
    available_or_refuse,
    block_of,
    has_room,
    tgw_or_refuse,
    unlink,
)
from sandbox.clouds.aws_common import (
    CLOUD,
    aws_type,
    cidr,
    ec2_arn,
    find,
    new_id,
    refuse,
    region_of,
    where,
)
from sandbox.clouds.inputs import flag, text
from sandbox.clouds.model import Call
from sandbox.clouds.wire import Values
from sandbox.store import Store

_SEARCH = "EC2: SearchTransitGatewayRoutes"
_FILTERS = {
    "state": ("active", "blackhole", "deleted", "deleting", "pending"),
    "type": ("propagated", "static"),
}
"""The filters that are modelled, and the values that each accepts."""


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
    """(table id, attachment id, attachment) of an association, a propagation or a route.

    Refuses a table and an attachment of different gateways.
    """
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
    routed = has_room(call.store, table_id, attachment)
    return id_, {"resourceId": attachment["vpcId"], "resourceType": "vpc", "_routed": routed}


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


def _read_route(call: Call, id_: str, body: Values) -> Values | None:
    """Read a static route. When its attachment was deleted, it is a blackhole without a target."""
    del id_
    attachment = body.get("transitGatewayAttachmentId")
    if attachment is None or find(call.store, tokens.TGW_ATTACHMENT, attachment) is not None:
        return body
    left = {key: value for key, value in body.items() if key != "transitGatewayAttachmentId"}
    return {**left, "blackhole": True}


@dataclass(frozen=True)
class Route:
    """One route of a transit gateway route table."""

    destination: str
    """A CIDR block."""
    kind: Literal["static", "propagated"]
    attachment: str | None
    """The id of the attachment that is the target; None for a blackhole."""


def routes(store: Store, table_id: str) -> list[Route]:
    """The routes of a table. A static route replaces a propagated one for the same block."""
    found: dict[str, Route] = {}
    for _, link in where(store, tokens.TGW_PROPAGATION, transitGatewayRouteTableId=table_id):
        if link["_routed"]:
            id_ = link["transitGatewayAttachmentId"]
            attachment = attachment_or_refuse(store, _SEARCH, id_)
            block = block_of(store, attachment)
            found[block] = Route(block, "propagated", id_)
    for _, route in where(store, tokens.TGW_ROUTE, transitGatewayRouteTableId=table_id):
        block, target = route["destinationCidrBlock"], route.get("transitGatewayAttachmentId")
        if target is not None and find(store, tokens.TGW_ATTACHMENT, target) is None:
            target = None
        found[block] = Route(block, "static", target)
    return list(found.values())


def _wanted(args: Values) -> dict[str, list[str]]:
    """Property -> values to search for. EC2 needs at least one filter."""
    filters = args.get("filters") or []
    if not filters:
        message = "The request must contain the parameter Filters"
        raise refuse(_SEARCH, "MissingParameter", message)
    for item in filters:
        known = _FILTERS.get(item["name"])
        if known is None:
            message = f"The sandbox models the filters {list(_FILTERS)}, not {item['name']!r}"
            raise refuse(_SEARCH, "InvalidParameterValue", message)
        for value in item["values"]:
            if value not in known:
                message = f"Value ({value}) for filter {item['name']} is invalid, use {list(known)}"
                raise refuse(_SEARCH, "InvalidParameterValue", message)
    return {item["name"]: item["values"] for item in filters}


def _search_routes(call: Call, args: Values) -> Values:
    region, table_id = region_of(call, args), args["transitGatewayRouteTableId"]
    wanted = _wanted(args)
    _table_or_refuse(call, _SEARCH, table_id, region)
    shown = [
        {
            "destinationCidrBlock": route.destination,
            "prefixListId": "",
            "state": "blackhole" if route.attachment is None else "active",
            "transitGatewayRouteTableAnnouncementId": "",
            "type": route.kind,
        }
        for route in routes(call.store, table_id)
    ]
    return {
        "filters": args["filters"],
        "id": table_id,
        "region": region,
        "routes": [route for route in shown if all(route[name] in wanted[name] for name in wanted)],
        "transitGatewayRouteTableId": table_id,
    }


INVOKES = {"aws:ec2transitgateway/getRouteTableRoutes:getRouteTableRoutes": _search_routes}

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
        read=_read_route,
        tagged=False,
    ),
)
