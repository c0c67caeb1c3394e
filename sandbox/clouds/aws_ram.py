"""RAM resource shares: which resources are shared, and with which accounts.

Konnect needs one share per network and one resource per share, so the same transit gateway may be
in several shares. Kong's account is outside the customer's organisation. A share accepts such an
account only with ``allowExternalPrincipals``.
"""

from __future__ import annotations

import re
import uuid

from sandbox.clouds import tokens
from sandbox.clouds.aws_attachments import tgw_id
from sandbox.clouds.aws_common import ACCOUNT, CLOUD, aws_type, find, refuse, where
from sandbox.clouds.inputs import flag, text, text_set
from sandbox.clouds.model import Autoname, Call
from sandbox.clouds.wire import Values
from sandbox.store import Store

_ASSOCIATE = "RAM: AssociateResourceShare"


def is_resource_configuration(arn: str, region: str) -> bool:
    """Whether an ARN is that of a VPC Lattice resource configuration of the customer.

    Resource configurations are not modelled, so every ARN of the right form is taken as existing.
    """
    start = re.escape(f"arn:aws:vpc-lattice:{region}:{ACCOUNT}:resourceconfiguration/")
    return re.fullmatch(start + r"rcfg-[0-9a-z]{17}", arn) is not None


def resources_of(store: Store, share_arn: str) -> list[str]:
    """The ARNs of the resources in a share, without deleted resources."""
    associations = where(store, tokens.RAM_RESOURCE, resourceShareArn=share_arn)
    return [body["resourceArn"] for _, body in associations if _is_there(store, body)]


def _create_share(call: Call, inputs: Values) -> tuple[str, Values]:
    unique = uuid.uuid5(uuid.NAMESPACE_OID, f"ram:{call.store.serial('aws:ram')}")
    arn = f"arn:aws:ram:{inputs['region']}:{ACCOUNT}:resource-share/{unique}"
    return arn, {"arn": arn}


def _update_share(call: Call, id_: str, body: Values, inputs: Values) -> Values:
    del body
    if not inputs["allowExternalPrincipals"]:
        for _, association in where(call.store, tokens.RAM_PRINCIPAL, resourceShareArn=id_):
            _admit_or_refuse("RAM: UpdateResourceShare", association["principal"], inputs)
    return {}


def _delete_share(call: Call, id_: str, body: Values) -> None:
    del body
    for token in (tokens.RAM_RESOURCE, tokens.RAM_PRINCIPAL):
        for association, _ in where(call.store, token, resourceShareArn=id_):
            call.store.delete(CLOUD, token, association)


def _share_or_refuse(call: Call, inputs: Values) -> Values:
    arn = inputs["resourceShareArn"]
    share = find(call.store, tokens.RAM_SHARE, arn, inputs["region"])
    if share is None:
        message = f"ResourceShare {arn} could not be found."
        raise refuse(_ASSOCIATE, "UnknownResourceException", message)
    return share


def _once_or_refuse(call: Call, id_: str) -> None:
    if find(call.store, call.token, id_) is not None:
        message = f"The association {id_} already exists."
        raise refuse(_ASSOCIATE, "InvalidParameterException", message)


def _admit_or_refuse(action: str, principal: str, share: Values) -> None:
    account = re.search(r"(?:^|:)(\d{12})(?:$|:)", principal)
    if account is None:
        message = f"Principal ID {principal} is malformed. Verify the ID and try again."
        raise refuse(action, "InvalidParameterException", message)
    if account.group(1) != ACCOUNT and not share.get("allowExternalPrincipals"):
        raise refuse(
            action,
            "OperationNotPermittedException",
            f"Principal {principal} is not in your AWS organization. You do not have permission "
            "to add external AWS accounts to a resource share.",
        )


def _share_resource(call: Call, inputs: Values) -> tuple[str, Values]:
    _share_or_refuse(call, inputs)
    arn, region = inputs["resourceArn"], inputs["region"]
    lattice = is_resource_configuration(arn, region)
    if not lattice and not arn.startswith(f"arn:aws:ec2:{region}:{ACCOUNT}:transit-gateway/"):
        message = f"The specified resource ARN {arn} is not valid. Verify the ARN and try again."
        raise refuse(_ASSOCIATE, "MalformedArnException", message)
    if not lattice and find(call.store, tokens.TGW, tgw_id(arn), region) is None:
        message = f"The resource {arn} could not be found."
        raise refuse(_ASSOCIATE, "UnknownResourceException", message)
    id_ = f"{inputs['resourceShareArn']},{arn}"
    _once_or_refuse(call, id_)
    return id_, {}


def _read_resource(call: Call, id_: str, body: Values) -> Values | None:
    """Read the association; None when its resource was deleted."""
    del id_
    return body if _is_there(call.store, body) else None


def _is_there(store: Store, association: Values) -> bool:
    arn = association["resourceArn"]
    lattice = is_resource_configuration(arn, association["region"])
    return lattice or find(store, tokens.TGW, tgw_id(arn)) is not None


def _share_with(call: Call, inputs: Values) -> tuple[str, Values]:
    share = _share_or_refuse(call, inputs)
    _admit_or_refuse(_ASSOCIATE, inputs["principal"], share)
    id_ = f"{inputs['resourceShareArn']},{inputs['principal']}"
    _once_or_refuse(call, id_)
    return id_, {}


TYPES = (
    aws_type(
        tokens.RAM_SHARE,
        {
            "name": text(),
            "allowExternalPrincipals": flag(default=False),
            "permissionArns": text_set(replace=True, computed=True),
        },
        ("arn",),
        _create_share,
        update=_update_share,
        delete=_delete_share,
        autoname=Autoname("name"),
    ),
    aws_type(
        tokens.RAM_RESOURCE,
        {
            "resourceArn": text(required=True, replace=True),
            "resourceShareArn": text(required=True, replace=True),
        },
        (),
        _share_resource,
        read=_read_resource,
        tagged=False,
    ),
    aws_type(
        tokens.RAM_PRINCIPAL,
        {
            "principal": text(required=True, replace=True),
            "resourceShareArn": text(required=True, replace=True),
        },
        (),
        _share_with,
        tagged=False,
    ),
)
