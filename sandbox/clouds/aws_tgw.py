"""Transit gateways, the customer's own attachments, and the acceptance of Kong's.

Deleting a ``VpcAttachmentAccepter`` deletes the attachment itself, which belongs to the other
account: the AWS provider calls DeleteTransitGatewayVpcAttachment. When a gateway cannot be deleted
yet, that provider retries for ten minutes. This one refuses at once, so that a wrong order of
deletes shows.
"""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.clouds import tokens
from sandbox.clouds.aws_attachments import (
    attachment_or_refuse,
    attachments_of,
    close_attachment,
    join_default_tables,
    open_attachment,
    tgw_or_refuse,
    unattached_or_refuse,
)
from sandbox.clouds.aws_common import (
    ACCOUNT,
    CLOUD,
    aws_type,
    cidr,
    ec2_arn,
    find,
    new_id,
    refuse,
    where,
)
from sandbox.clouds.aws_vpc import vpc_or_refuse
from sandbox.clouds.inputs import flag, text, text_set, texts, whole
from sandbox.clouds.model import Call, Failure, Input
from sandbox.clouds.wire import Values

_SWITCH = ("enable", "disable")
_SHOWN = (
    "applianceModeSupport",
    "dnsSupport",
    "ipv6Support",
    "securityGroupReferencingSupport",
    "subnetIds",
    "transitGatewayId",
    "vpcId",
    "vpcOwnerId",
)
"""Properties of the accepted attachment that the accepter outputs."""


def _switch(default: str | None, *, replace: bool = False) -> Input:
    return text(default=default, choices=_SWITCH, computed=default is None, replace=replace)


def _switched_on(old: str, new: str) -> bool:
    """Whether a default table is switched on, which needs a new gateway; off is in place."""
    return old == "disable" and new == "enable"


def _check_tgw(inputs: Values) -> Iterator[Failure]:
    asn = inputs.get("amazonSideAsn", 64512)
    if not (64512 <= asn <= 65534 or 4200000000 <= asn <= 4294967294):
        yield "amazonSideAsn", f"expected an ASN of 64512-65534 or 4200000000-4294967294, got {asn}"


def _tgw_blocks_or_refuse(inputs: Values) -> None:
    for value in inputs.get("transitGatewayCidrBlocks", []):
        if cidr("EC2: CreateTransitGateway", value).prefixlen > 24:
            message = f"CIDR block {value} must be /24 or larger"
            raise refuse("EC2: CreateTransitGateway", "InvalidParameterValue", message)


def _create_tgw(call: Call, inputs: Values) -> tuple[str, Values]:
    _tgw_blocks_or_refuse(inputs)
    region = inputs["region"]
    id_ = new_id(call.store, "tgw")
    associate = inputs["defaultRouteTableAssociation"] == "enable"
    propagate = inputs["defaultRouteTablePropagation"] == "enable"
    outputs: Values = {"arn": ec2_arn(region, "transit-gateway", id_), "ownerId": ACCOUNT}
    if associate or propagate:
        table = new_id(call.store, "tgw-rtb")
        implicit = {
            "transitGatewayId": id_,
            "region": region,
            "defaultAssociationRouteTable": associate,
            "defaultPropagationRouteTable": propagate,
        }
        call.store.put(CLOUD, tokens.TGW_ROUTE_TABLE, table, implicit)
        if associate:
            outputs["associationDefaultRouteTableId"] = table
        if propagate:
            outputs["propagationDefaultRouteTableId"] = table
    return id_, outputs


def _update_tgw(call: Call, id_: str, body: Values, inputs: Values) -> Values:
    del call, id_, body
    _tgw_blocks_or_refuse(inputs)
    gone: Values = {}
    for setting, table in (
        ("defaultRouteTableAssociation", "associationDefaultRouteTableId"),
        ("defaultRouteTablePropagation", "propagationDefaultRouteTableId"),
    ):
        if inputs[setting] == "disable":
            gone[table] = None
    return gone


def _delete_tgw(call: Call, id_: str, body: Values) -> None:
    del body
    held_by = [attachment for attachment, _ in attachments_of(call.store, id_)]
    if held_by:
        message = f"{id_} has non-deleted VPC Attachments: {', '.join(held_by)}."
        raise refuse("EC2: DeleteTransitGateway", "IncorrectState", message)
    for table, _ in where(call.store, tokens.TGW_ROUTE_TABLE, transitGatewayId=id_):
        for route, _ in where(call.store, tokens.TGW_ROUTE, transitGatewayRouteTableId=table):
            call.store.delete(CLOUD, tokens.TGW_ROUTE, route)
        call.store.delete(CLOUD, tokens.TGW_ROUTE_TABLE, table)


def _check_attachment(inputs: Values) -> Iterator[Failure]:
    if inputs.get("subnetIds") == []:
        yield "subnetIds", "expected subnetIds to have at least 1 item, got 0"


def _subnets_or_refuse(call: Call, action: str, vpc_id: str, inputs: Values) -> None:
    """Refuse a subnet that is not in the VPC, and two in the same availability zone."""
    zones: dict[str, str] = {}
    for subnet_id in inputs["subnetIds"]:
        subnet = find(call.store, tokens.SUBNET, subnet_id, inputs["region"])
        if subnet is None or subnet["vpcId"] != vpc_id:
            message = f"The subnet ID '{subnet_id}' does not exist"
            raise refuse(action, "InvalidSubnetID.NotFound", message)
        zone = subnet["availabilityZoneId"]
        if zone in zones:
            message = f"Duplicate Subnets for same AZ: {zones[zone]}, {subnet_id} in {zone}"
            raise refuse(action, "DuplicateSubnetsInSameZone", message)
        zones[zone] = subnet_id


def _create_attachment(call: Call, inputs: Values) -> tuple[str, Values]:
    action, region = "EC2: CreateTransitGatewayVpcAttachment", inputs["region"]
    tgw_id, vpc_id = inputs["transitGatewayId"], inputs["vpcId"]
    tgw = tgw_or_refuse(call.store, action, tgw_id, region)
    vpc_or_refuse(call, action, vpc_id, region)
    _subnets_or_refuse(call, action, vpc_id, inputs)
    unattached_or_refuse(call.store, tgw_id, vpc_id)
    outputs = {
        "securityGroupReferencingSupport": inputs.get(
            "securityGroupReferencingSupport", tgw["securityGroupReferencingSupport"]
        )
    }
    id_ = open_attachment(call.store, tgw_id, {**inputs, **outputs})
    _join(call, id_, inputs)
    return id_, {
        **outputs,
        "arn": ec2_arn(region, "transit-gateway-attachment", id_),
        "vpcOwnerId": ACCOUNT,
        "_state": "available",
    }


def _join(call: Call, id_: str, inputs: Values) -> None:
    join_default_tables(
        call.store,
        id_,
        associate=inputs["transitGatewayDefaultRouteTableAssociation"],
        propagate=inputs["transitGatewayDefaultRouteTablePropagation"],
    )


def _update_attachment(call: Call, id_: str, body: Values, inputs: Values) -> Values:
    action = "EC2: ModifyTransitGatewayVpcAttachment"
    _subnets_or_refuse(call, action, inputs["vpcId"], {**inputs, "region": body["region"]})
    _join(call, id_, inputs)
    return {}


def _delete_attachment(call: Call, id_: str, body: Values) -> None:
    del body
    close_attachment(call.store, id_, by_customer=True)


def _accept(call: Call, inputs: Values) -> tuple[str, Values]:
    action = "EC2: AcceptTransitGatewayVpcAttachment"
    id_ = inputs["transitGatewayAttachmentId"]
    attachment = attachment_or_refuse(call.store, action, id_, inputs["region"])
    if attachment["_state"] != "pendingAcceptance":
        message = f"{id_} is in invalid state ({attachment['_state']})"
        raise refuse(action, "IncorrectState", message)
    call.store.put(CLOUD, tokens.TGW_ATTACHMENT, id_, {**attachment, "_state": "available"})
    _join(call, id_, inputs)
    return id_, {key: attachment.get(key) for key in _SHOWN}


def _update_accepter(call: Call, id_: str, body: Values, inputs: Values) -> Values:
    action = "EC2: ModifyTransitGatewayVpcAttachment"
    attachment_or_refuse(call.store, action, id_, body["region"])
    _join(call, id_, inputs)
    return {}


def _read_accepter(call: Call, id_: str, body: Values) -> Values | None:
    """Read the accepter; None when the attachment was deleted, by Kong or by anyone."""
    attachment = find(call.store, tokens.TGW_ATTACHMENT, id_, body["region"])
    if attachment is None:
        return None
    return {**body, **{key: attachment.get(key) for key in _SHOWN}}


_DEFAULT_TABLES = {
    "transitGatewayDefaultRouteTableAssociation": flag(default=True),
    "transitGatewayDefaultRouteTablePropagation": flag(default=True),
}

TYPES = (
    aws_type(
        tokens.TGW,
        {
            "amazonSideAsn": whole(default=64512),
            "autoAcceptSharedAttachments": _switch("disable"),
            "defaultRouteTableAssociation": text(
                default="enable", choices=_SWITCH, replace=_switched_on
            ),
            "defaultRouteTablePropagation": text(
                default="enable", choices=_SWITCH, replace=_switched_on
            ),
            "description": text(),
            "dnsSupport": _switch("enable"),
            "multicastSupport": _switch("disable", replace=True),
            "securityGroupReferencingSupport": _switch("disable"),
            "transitGatewayCidrBlocks": text_set(),
            "vpnEcmpSupport": _switch("enable"),
        },
        ("arn", "associationDefaultRouteTableId", "ownerId", "propagationDefaultRouteTableId"),
        _create_tgw,
        update=_update_tgw,
        delete=_delete_tgw,
        check=_check_tgw,
    ),
    aws_type(
        tokens.TGW_ATTACHMENT,
        {
            "transitGatewayId": text(required=True, replace=True),
            "vpcId": text(required=True, replace=True),
            "subnetIds": texts(required=True, unordered=True),
            "applianceModeSupport": _switch("disable"),
            "dnsSupport": _switch("enable"),
            "ipv6Support": _switch("disable"),
            "securityGroupReferencingSupport": _switch(None),
            **_DEFAULT_TABLES,
        },
        ("arn", "vpcOwnerId"),
        _create_attachment,
        update=_update_attachment,
        delete=_delete_attachment,
        check=_check_attachment,
    ),
    aws_type(
        tokens.TGW_ACCEPTER,
        {"transitGatewayAttachmentId": text(required=True, replace=True), **_DEFAULT_TABLES},
        _SHOWN,
        _accept,
        update=_update_accepter,
        delete=_delete_attachment,
        read=_read_accepter,
    ),
)
