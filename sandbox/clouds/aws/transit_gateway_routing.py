"""Transit gateway route tables: associations, propagations, static routes and prefix lists.

An attachment can be associated with one table only, and only when it is ``available``. A gateway
with a default table associates every accepted attachment with it. To use another table, switch the
default off first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final, Literal

from sandbox.clouds.aws.cloud import AWS, aws, replace_action
from sandbox.clouds.aws.prefix_lists import PREFIX_LIST
from sandbox.clouds.aws.transit_gateway import NOT_OWNER, TGW
from sandbox.clouds.aws.transit_gateway_attached import (
    ATTACHED,
    PROPAGATING,
    attached,
    attachment_ref,
    block_of,
    gateways_of,
    resource_of,
)
from sandbox.clouds.declare import Call, Error, ResourceType
from sandbox.clouds.inputs import flag, ref, text
from sandbox.clouds.rules import network, unique
from sandbox.clouds.wire import Values
from sandbox.clouds.world import World
from sandbox.store import Found

_SEARCH = "EC2: SearchTransitGatewayRoutes"
_FILTERS = {
    "state": ("active", "blackhole", "deleted", "deleting", "pending"),
    "type": ("propagated", "static"),
}
"""The filters that are modelled, and the values that each accepts."""


_TABLES_MAX: Final = 20
"""Quota of the route tables of a transit gateway (AWS, "Transit gateway quotas")."""


def _few_tables(call: Call) -> None:
    """A rule: the gateway has room for the table. Its default table counts too."""
    gateway = call.values["transitGatewayId"]
    tables = call.world.where(TGW_ROUTE_TABLE, transitGatewayId=gateway)
    if call.stored is None and len(list(tables)) >= _TABLES_MAX:
        said = "{gateway} has {most} route tables, the most that it may have."
        code = "TransitGatewayRouteTableLimitExceeded"
        raise call.error((code, said), gateway=gateway, most=_TABLES_MAX)


def _own_gateway(call: Call) -> None:
    """A rule: an account has no route tables in a gateway that is shared with it."""
    (gateway,) = call.found["transitGatewayId"]
    if gateway.tenant != call.tenant:
        raise call.error(NOT_OWNER, id=gateway.id)


TGW_ROUTE_TABLE = aws(
    "aws:ec2transitgateway/routeTable:RouteTable",
    {"transitGatewayId": ref(TGW, required=True, fixed=True, on_delete="cascade")},
    id="tgw-rtb",
    action="EC2: CreateTransitGatewayRouteTable",
    arn_of="ec2:transit-gateway-route-table",
    missing=(
        "InvalidRouteTableID.NotFound",
        "Transit Gateway Route Table {id} was deleted or does not exist.",
    ),
    in_use={
        "aws:ec2transitgateway/routeTablePropagation:RouteTablePropagation": (
            "IncorrectState",
            "{id} has propagating attachments: {by}.",
        ),
        "": ("IncorrectState", "{id} has associated attachments: {by}."),
    },
    rules=(_own_gateway, _few_tables),
    outputs=("defaultAssociationRouteTable", "defaultPropagationRouteTable"),
    made=lambda call, id_: {
        "defaultAssociationRouteTable": False,
        "defaultPropagationRouteTable": False,
    },
)

_LINK = {
    "transitGatewayAttachmentId": attachment_ref(required=True, on_delete="cascade"),
    "transitGatewayRouteTableId": ref(TGW_ROUTE_TABLE, required=True, fixed=True),
}


def _available(call: Call) -> None:
    """A rule: the attachment, if one is named, was accepted."""
    attachment = call.target("transitGatewayAttachmentId")
    if attachment and attachment["_state"] != "available":
        id_, state = call.values["transitGatewayAttachmentId"], attachment["_state"]
        raise call.error(
            ("IncorrectState", "{id} is in invalid state ({state})"), id=id_, state=state
        )


def _same_gateway(call: Call) -> None:
    """A rule: the attachment, if one is named, and the table are of one gateway."""
    attachment = call.target("transitGatewayAttachmentId")
    table = call.target("transitGatewayRouteTableId")
    if attachment and table["transitGatewayId"] not in gateways_of(attachment):
        said = (
            "{transitGatewayAttachmentId} and {transitGatewayRouteTableId} do not belong to the "
            "same transit gateway"
        )
        raise call.error(("InvalidParameterValue", said), **call.values)


def _propagates(call: Call) -> None:
    """A rule: the attachment is of a kind that propagates."""
    (found,) = call.found["transitGatewayAttachmentId"]
    kind = ATTACHED[found.kind]
    if kind not in PROPAGATING:
        said = "Attachments of type {kind} cannot propagate routes: {id}. Create static routes"
        id_ = call.values["transitGatewayAttachmentId"]
        raise call.error(("UnsupportedOperation", said), id=id_, kind=kind)


def _link_id(call: Call) -> str:
    """The id of an association or a propagation."""
    values = call.values
    return f"{values['transitGatewayRouteTableId']}_{values['transitGatewayAttachmentId']}"


def _replace_association(call: Call) -> None:
    if call.values["replaceExistingAssociation"]:
        unlink(call.world, TGW_ASSOCIATION, call.values["transitGatewayAttachmentId"])


def _attached(call: Call, id_: str) -> Values:
    del id_
    (found,) = call.found["transitGatewayAttachmentId"]
    return resource_of(found, call.target("transitGatewayRouteTableId")["transitGatewayId"])


TGW_ASSOCIATION = aws(
    "aws:ec2transitgateway/routeTableAssociation:RouteTableAssociation",
    {**_LINK, "replaceExistingAssociation": flag(default=False)},
    id=_link_id,
    action="EC2: AssociateTransitGatewayRouteTable",
    tagged=False,
    rules=(
        _available,
        _same_gateway,
        _replace_association,
        unique(
            "transitGatewayAttachmentId",
            error=(
                "Resource.AlreadyAssociated",
                "Transit Gateway Attachment {transitGatewayAttachmentId} is already associated to "
                "a route table.",
            ),
        ),
    ),
    outputs=("resourceId", "resourceType"),
    made=_attached,
)


def _propagated(call: Call, id_: str) -> Values:
    table = call.values["transitGatewayRouteTableId"]
    (found,) = call.found["transitGatewayAttachmentId"]
    return {**_attached(call, id_), "_routed": _has_room(call.world, table, found)}


TGW_PROPAGATION = aws(
    "aws:ec2transitgateway/routeTablePropagation:RouteTablePropagation",
    _LINK,
    id=_link_id,
    action="EC2: EnableTransitGatewayRouteTablePropagation",
    tagged=False,
    taken=(
        "TransitGatewayRouteTablePropagation.Duplicate",
        "Propagation of {transitGatewayAttachmentId} to {transitGatewayRouteTableId} already "
        "exists.",
    ),
    rules=(_available, _same_gateway, _propagates),
    outputs=("resourceId", "resourceType"),
    made=_propagated,
)


def unlink(world: World, type_: ResourceType, attachment: str, table: str | None = None) -> None:
    """Delete the associations or propagations of an attachment, in one table or in all."""
    for link in list(world.every(type_)):
        if link.body["transitGatewayAttachmentId"] == attachment and table in (
            None,
            link.body["transitGatewayRouteTableId"],
        ):
            world.remove(link)


def join_default_tables(
    world: World, attachment_id: str, *, associate: bool = True, propagate: bool = True
) -> None:
    """Add an available attachment to the default tables of its gateway, or delete it from them.

    ``world`` is that of the gateway's owner. An attachment can be associated with one table only.
    So one that is already associated stays in its table.
    """
    found = attached(world, attachment_id)
    if found is None:
        return
    for id_ in sorted(gateways_of(found.body)):
        gateway = world.get(TGW, id_)
        if gateway is not None and gateway["ownerId"] == world.tenant:
            _join_default_tables_of(
                world, id_, attachment_id, associate=associate, propagate=propagate
            )


def _join_default_tables_of(
    world: World, gateway: str, attachment_id: str, *, associate: bool, propagate: bool
) -> None:
    found, body = attached(world, attachment_id), world.get(TGW, gateway) or {}
    assert found is not None
    for wanted, prop, type_ in (
        (associate, "associationDefaultRouteTableId", TGW_ASSOCIATION),
        (propagate, "propagationDefaultRouteTableId", TGW_PROPAGATION),
    ):
        table = body.get(prop)
        if not table:
            continue
        link = {
            "transitGatewayAttachmentId": attachment_id,
            "transitGatewayRouteTableId": table,
            **resource_of(found, gateway),
            "region": world.place,
        }
        if not wanted:
            unlink(world, type_, attachment_id, table)
        elif type_ is TGW_ASSOCIATION:
            if not any(world.where(type_, transitGatewayAttachmentId=attachment_id)):
                world.put(type_, f"{table}_{attachment_id}", link)
        elif world.get(type_, f"{table}_{attachment_id}") is None:
            link["_routed"] = _has_room(world, table, found)
            world.put(type_, f"{table}_{attachment_id}", link)


def _propagations(world: World, table: str) -> Iterator[tuple[str, str]]:
    """(block, attachment id) of the propagations of VPCs that have a route in a table."""
    for _, link in world.where(TGW_PROPAGATION, transitGatewayRouteTableId=table):
        id_ = link["transitGatewayAttachmentId"]
        found = attached(world, id_)
        block = block_of(world, found) if link["_routed"] and found is not None else None
        if block is not None:
            yield block, id_


def _has_room(world: World, table: str, found: Found) -> bool:
    """Whether a propagation of an attachment adds its route to a table.

    It does not when the table already has a propagated route for the same or an overlapping block:
    "the routes for the newly attached VPC aren't propagated to the transit gateway route table"
    (AWS, "Amazon VPC attachments in Amazon VPC Transit Gateways"). What happens when the first
    route is deleted is not documented. Here the second one's route is not added until it is
    propagated again.
    """
    block = block_of(world, found)
    if block is None:
        return True
    others = (IPv4Network(other) for other, _ in _propagations(world, table))
    return not any(map(IPv4Network(block).overlaps, others))


# Routes

_EXISTS: Error = (
    "RouteAlreadyExists",
    "Route {destinationCidrBlock} already exists in Transit Gateway Route Table "
    "{transitGatewayRouteTableId}.",
)
_BAD_BLOCK: Error = (
    "InvalidParameterValue",
    "Value ({block}) for parameter destinationCidrBlock is invalid. This is not a valid CIDR "
    "block.",
)


def _good_block(call: Call) -> None:
    network(call, call.values["destinationCidrBlock"], _BAD_BLOCK)


def _one_target(call: Call) -> None:
    if ("transitGatewayAttachmentId" in call.values) == call.values["blackhole"]:
        said = "A route is either a blackhole or has a transitGatewayAttachmentId"
        raise call.error(("InvalidParameterCombination", said))


def _read_route(call: Call) -> Values | None:
    """Read a static route. When its attachment was deleted, it is a blackhole without a target."""
    body = dict(call.stored or {})
    if not _has_target(call.world, body):
        body.pop("transitGatewayAttachmentId", None)
        body["blackhole"] = True
    return body


def _has_target(world: World, route: Values) -> bool:
    target = route.get("transitGatewayAttachmentId")
    return target is not None and attached(world, target) is not None


TGW_ROUTE = aws(
    "aws:ec2transitgateway/route:Route",
    {
        "destinationCidrBlock": text(required=True, fixed=True),
        "transitGatewayRouteTableId": ref(
            TGW_ROUTE_TABLE, required=True, fixed=True, on_delete="cascade"
        ),
        "transitGatewayAttachmentId": attachment_ref(on_delete="keep"),
        "blackhole": flag(default=False, fixed=True),
    },
    id=lambda call: (
        f"{call.values['transitGatewayRouteTableId']}_{call.values['destinationCidrBlock']}"
    ),
    action="EC2: CreateTransitGatewayRoute",
    tagged=False,
    taken=_EXISTS,
    rules=(_good_block, _one_target, _available, _same_gateway),
    read=_read_route,
)


TGW_PREFIX_LIST = aws(
    "aws:ec2transitgateway/prefixListReference:PrefixListReference",
    {
        "prefixListId": ref(PREFIX_LIST, required=True, fixed=True),
        "transitGatewayRouteTableId": ref(
            TGW_ROUTE_TABLE, required=True, fixed=True, on_delete="cascade"
        ),
        "transitGatewayAttachmentId": attachment_ref(fixed=False, on_delete="keep"),
        "blackhole": flag(default=False),
    },
    id=lambda call: f"{call.values['transitGatewayRouteTableId']}_{call.values['prefixListId']}",
    action="EC2: CreateTransitGatewayPrefixListReference",
    updates="EC2: ModifyTransitGatewayPrefixListReference",
    tagged=False,
    taken=(
        "InvalidParameterValue",
        "{prefixListId} is already referenced by Transit Gateway Route Table "
        "{transitGatewayRouteTableId}.",
    ),
    rules=(_one_target, _available, _same_gateway),
    outputs=("prefixListOwnerId",),
    made=lambda call, id_: {"prefixListOwnerId": call.target("prefixListId")["ownerId"]},
    read=_read_route,
)


@dataclass(frozen=True)
class Route:
    """One route of a transit gateway route table."""

    destination: str
    """A CIDR block."""
    kind: Literal["static", "propagated"]
    attachment: str | None
    """The id of the attachment that is the target; None for a blackhole."""
    prefix_list: str = ""
    """The id of the prefix list that it is an entry of; empty without one."""


def routes(world: World, table: str) -> list[Route]:
    """The routes of a table, one for each block.

    A static route goes before an entry of a prefix list, and that before a propagated route (AWS,
    "How transit gateways work": "Route evaluation order"). Which of two lists with an equal entry
    is used is not documented.
    """
    found = {block: Route(block, "propagated", id_) for block, id_ in _propagations(world, table)}
    for _, reference in world.where(TGW_PREFIX_LIST, transitGatewayRouteTableId=table):
        target = reference["transitGatewayAttachmentId"] if _has_target(world, reference) else None
        id_ = reference["prefixListId"]
        for entry in (world.get(PREFIX_LIST, id_) or {}).get("entries", []):
            found[entry["cidr"]] = Route(entry["cidr"], "static", target, id_)
    for _, route in world.where(TGW_ROUTE, transitGatewayRouteTableId=table):
        block = route["destinationCidrBlock"]
        target = route["transitGatewayAttachmentId"] if _has_target(world, route) else None
        found[block] = Route(block, "static", target)
    return list(found.values())


def _wanted(call: Call) -> dict[str, list[str]]:
    """Property -> values to search for. EC2 needs at least one filter."""
    filters = call.values.get("filters") or []
    if not filters:
        said = "The request must contain the parameter Filters"
        raise call.error(("MissingParameter", said))
    for item in filters:
        known = _FILTERS.get(item["name"])
        if known is None:
            said = f"The sandbox models the filters {list(_FILTERS)}, not {item['name']!r}"
            raise call.error(("InvalidParameterValue", said))
        for value in item["values"]:
            if value not in known:
                said = f"Value ({value}) for filter {item['name']} is invalid, use {list(known)}"
                raise call.error(("InvalidParameterValue", said))
    return {item["name"]: item["values"] for item in filters}


@AWS.function("aws:ec2transitgateway/getRouteTableRoutes:getRouteTableRoutes")
def _search_routes(call: Call) -> Values:
    call = replace_action(call, _SEARCH)
    table = call.values["transitGatewayRouteTableId"]
    wanted = _wanted(call)
    if call.world.get(TGW_ROUTE_TABLE, table) is None:
        raise call.error(TGW_ROUTE_TABLE.missing, id=table)
    shown = [
        {
            "destinationCidrBlock": route.destination,
            "prefixListId": route.prefix_list,
            "state": "blackhole" if route.attachment is None else "active",
            "transitGatewayRouteTableAnnouncementId": "",
            "type": route.kind,
        }
        for route in routes(call.world, table)
    ]
    return {
        "filters": call.values["filters"],
        "id": table,
        "region": call.place,
        "routes": [route for route in shown if all(route[name] in wanted[name] for name in wanted)],
        "transitGatewayRouteTableId": table,
    }
