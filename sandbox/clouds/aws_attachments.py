"""Transit gateway VPC attachments in EC2, of the customer and of other accounts.

The customer's own attachment is available at once. An attachment of another account stays in
``pendingAcceptance``, unless the gateway accepts shared attachments automatically. The state is
stored under ``_state``. When the customer deletes an attachment of another account, it is stored as
deleted, because its owner still sees it in that state.
"""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.clouds import tokens
from sandbox.clouds.aws_common import ACCOUNT, CLOUD, find, new_id, refuse, where
from sandbox.clouds.wire import Values
from sandbox.store import Store


def tgw_id(reference: str) -> str:
    """The id of a transit gateway that is given by its id or its ARN."""
    return reference.rsplit("/", 1)[-1]


def tgw_or_refuse(store: Store, action: str, id_: str, region: str | None = None) -> Values:
    """The transit gateway. Raises EC2's error for an id that does not exist."""
    tgw = find(store, tokens.TGW, id_, region)
    if tgw is None:
        message = f"Transit Gateway {id_} was deleted or does not exist."
        raise refuse(action, "InvalidTransitGatewayID.NotFound", message)
    return tgw


def attachment_or_refuse(store: Store, action: str, id_: str, region: str | None = None) -> Values:
    """The attachment. Raises EC2's error for an id that does not exist."""
    attachment = find(store, tokens.TGW_ATTACHMENT, id_, region)
    if attachment is None:
        message = f"Transit Gateway Attachment {id_} was deleted or does not exist."
        raise refuse(action, "InvalidTransitGatewayAttachmentID.NotFound", message)
    return attachment


def available_or_refuse(store: Store, action: str, id_: str, region: str) -> Values:
    """The attachment, which must be ``available`` to be associated or routed to."""
    attachment = attachment_or_refuse(store, action, id_, region)
    if attachment["_state"] != "available":
        message = f"{id_} is in invalid state ({attachment['_state']})"
        raise refuse(action, "IncorrectState", message)
    return attachment


def attachments_of(store: Store, id_: str) -> Iterator[tuple[str, Values]]:
    """Every attachment of a transit gateway that is not deleted."""
    return where(store, tokens.TGW_ATTACHMENT, transitGatewayId=id_)


def unattached_or_refuse(store: Store, id_: str, vpc_id: str) -> None:
    """Refuse a second attachment of a VPC to the same transit gateway."""
    if any(body["vpcId"] == vpc_id for _, body in attachments_of(store, id_)):
        raise refuse(
            "EC2: CreateTransitGatewayVpcAttachment",
            "DuplicateTransitGatewayAttachment",
            f"{id_} has non-deleted Transit Gateway Attachments with same VPC ID.",
        )


def unlink(store: Store, token: str, attachment_id: str, table_id: str | None = None) -> None:
    """Delete the associations or propagations of an attachment, in one table or in all."""
    for id_, body in where(store, token, transitGatewayAttachmentId=attachment_id):
        if table_id in (None, body["transitGatewayRouteTableId"]):
            store.delete(CLOUD, token, id_)


def join_default_tables(
    store: Store, attachment_id: str, associate: bool = True, propagate: bool = True
) -> None:
    """Add an available attachment to the default tables of the gateway, if it has any.

    An attachment can be associated with one table only. So one that is already associated stays
    in its table.
    """
    action = "EC2: ModifyTransitGatewayVpcAttachment"
    attachment = attachment_or_refuse(store, action, attachment_id)
    tgw = tgw_or_refuse(store, action, attachment["transitGatewayId"])
    association, propagation = tokens.TGW_ASSOCIATION, tokens.TGW_PROPAGATION
    for wanted, prop, token in (
        (associate, "associationDefaultRouteTableId", association),
        (propagate, "propagationDefaultRouteTableId", propagation),
    ):
        table_id = tgw.get(prop)
        if not table_id:
            continue
        if not wanted:
            unlink(store, token, attachment_id, table_id)
        elif token == propagation or not any(
            where(store, association, transitGatewayAttachmentId=attachment_id)
        ):
            id_ = f"{table_id}_{attachment_id}"
            if find(store, token, id_) is None:
                link = {
                    "transitGatewayAttachmentId": attachment_id,
                    "transitGatewayRouteTableId": table_id,
                    "resourceId": attachment["vpcId"],
                    "resourceType": "vpc",
                    "region": attachment["region"],
                }
                if token == propagation:
                    link["_routed"] = has_room(store, table_id, attachment)
                store.put(CLOUD, token, id_, link)


def block_of(store: Store, attachment: Values) -> str:
    """The CIDR block of the attached VPC: stored for Kong's, looked up for the customer's."""
    if "_cidrBlock" in attachment:
        return str(attachment["_cidrBlock"])
    vpc = find(store, tokens.VPC, attachment["vpcId"]) or {}
    return str(vpc["cidrBlock"])


def has_room(store: Store, table_id: str, attachment: Values) -> bool:
    """Whether a propagation of ``attachment`` adds its route to a table.

    It does not when the table already has a propagated route for the same block: "the routes for
    the newly attached VPC aren't propagated to the transit gateway route table" (AWS, "Amazon
    VPC attachments in Amazon VPC Transit Gateways"). What happens when the first route is deleted
    is not documented. Here the second one's route is not added until it is propagated again.
    """
    block = block_of(store, attachment)
    return not any(
        link["_routed"]
        and block_of(store, attachment_or_refuse(store, "", link["transitGatewayAttachmentId"]))
        == block
        for _, link in where(store, tokens.TGW_PROPAGATION, transitGatewayRouteTableId=table_id)
    )


def open_attachment(
    store: Store, tgw: str, body: Values, *, owner: str = ACCOUNT, accepted: bool = True
) -> str:
    """Create an attachment of ``body["vpcId"]`` to the gateway ``tgw``; returns its id."""
    gateway = tgw_or_refuse(store, "EC2: CreateTransitGatewayVpcAttachment", tgw)
    id_ = new_id(store, "tgw-attach")
    attachment = {
        **body,
        "transitGatewayId": tgw,
        "vpcOwnerId": owner,
        "region": gateway["region"],
        "_state": "available" if accepted else "pendingAcceptance",
    }
    store.put(CLOUD, tokens.TGW_ATTACHMENT, id_, attachment)
    return id_


def close_attachment(store: Store, id_: str, *, by_customer: bool) -> None:
    """Delete an attachment with its associations and propagations.

    Static routes to it stay in their tables and become blackholes.
    """
    attachment = find(store, tokens.TGW_ATTACHMENT, id_)
    if attachment is None:
        return
    for token in (tokens.TGW_ASSOCIATION, tokens.TGW_PROPAGATION):
        unlink(store, token, id_)
    store.delete(CLOUD, tokens.TGW_ATTACHMENT, id_)
    store.delete(CLOUD, tokens.TGW_ACCEPTER, id_)
    if by_customer and attachment["vpcOwnerId"] != ACCOUNT:
        tombstone = {**attachment, "_state": "deleted"}
        store.put(CLOUD, tokens.TGW_ATTACHMENT_DELETED, id_, tombstone)
